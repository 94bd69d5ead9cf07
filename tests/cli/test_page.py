"""The page: one self-contained file that says the same as the text, and runs nothing that a firm's file holds."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from core_kit import STANDARD, chaoce, compute, firm, got, investment, product, scenario, title, write_firms

_HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>\"'&lt;{{7*7}}"
_RAW = firm(
    [
        compute("p1", "820000.03", matter="m#1", evidence={"file": _HOSTILE, "seller": _HOSTILE, "item": _HOSTILE}),
        compute(_HOSTILE, "100.00", matter="m"), investment("i1", "19999999.00"), scenario("s1", "9000000.00"),
        title("r1", "ai_benchmark_enterprise", "national"), product("d1", "2999999.99", name=_HOSTILE),
    ],
    [got("provincial-application-award", "recognition:ai_benchmark_enterprise", "200000.00")],
    name=_HOSTILE,
)  # fmt: skip


class _Page(HTMLParser):
    """The tags and the text of a page."""

    def __init__(self, source: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._in: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._in.append(tag)

    def handle_data(self, data):
        if not self._in or self._in[-1] not in ("style", "script"):
            self.words.append(data)


@pytest.fixture(params=["zh", "en"])
def page(request, tmp_path):
    made = tmp_path / "decisions.yaml"
    made.write_text(STANDARD.format(year=2026), encoding="utf-8")
    path, target = write_firms(tmp_path / "firm.json", _RAW), tmp_path / "page.html"
    done = chaoce("assess", path, "--year", "2026", "--json", "--decisions", made, "--html", target, "--lang", request.param)
    assert (done.status, done.err) == (0, "")
    return target.read_text(encoding="utf-8"), json.loads(done.out)


def test_nothing_that_a_file_holds_becomes_markup(page):
    """“Treat every file as hostile … no scripts” (design): what a firm writes is shown, never run."""
    source, _ = page
    parsed = _Page(source)
    assert "".join(_HOSTILE.split()) in "".join("".join(parsed.words).split())
    assert not [tag for tag, attributes in parsed.tags if tag == "img" or any(name.startswith("on") for name in attributes)]
    assert "alert(" not in "".join(re.findall(r"<script[^>]*>(.*?)</script>", source, re.DOTALL))
    assert "{{7*7}}" in "".join(parsed.words)


def test_the_page_needs_nothing_else(page):
    """A self-contained page: no style, script, picture or font from elsewhere."""
    source, _ = page
    outward = [
        value
        for _, attributes in _Page(source).tags
        for name, value in attributes.items()
        if name in ("src", "href", "action", "data") and value and not value.startswith(("#", "data:"))
    ]
    assert outward == []
    assert not re.search(r"@import|url\((?!['\"]?(?:data:|#))", source)


def test_the_page_shows_every_figure(page):
    """The page renders the same explanation as the text: the total, every benefit and every fact."""
    source, answer = page
    words = "".join(_Page(source).words)
    amounts = [answer["total"], *(row["amount"] for row in answer["benefits"])]
    amounts += [fact["amount"] for row in answer["benefits"] for fact in row["facts"]]
    for amount in amounts:
        assert f"{int(amount[:-3]):,}{amount[-3:]}" in words
    assert "999,999.00" in words and "20,000,000.00" in words
