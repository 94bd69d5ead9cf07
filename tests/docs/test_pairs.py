"""The pages for users say the same in Chinese and in English."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docs_kit import PAIRS, ROOT, codes, headings, name_of, prose, rows

#: The pages that a user needs; the rest is for those who carry the code on.
USERS = (
    *("assess", "evidence", "check", "decisions", "policies", "facts", "library"),
    *("population", "what-if", "synthetic", "cluster"),
    *("service", "production"),
    *("people", "firm", "lists", "calls", "review", "case-flow", "papers", "messages", "api"),
)

_pairs = pytest.mark.parametrize(("english", "chinese"), PAIRS, ids=[name_of(pair[0]) for pair in PAIRS])


def test_every_page_for_users_has_a_sister() -> None:
    """Every page that a user needs, for one firm and for many, exists in both languages, and README.zh.md links to the Chinese ones
    only."""
    assert {page.stem for _, page in PAIRS if page.parent.name == "zh"} == set(USERS)
    for language, folder in (("README.md", "docs"), ("README.zh.md", "docs/zh")):
        text = (ROOT / language).read_text("utf-8")
        for name in USERS:
            assert f"({folder}/{name}.md)" in text, f"{language}: {name}"
            other = "docs/zh" if folder == "docs" else "docs"
            assert f"({other}/{name}.md)" not in text, f"{language}: {name}"


@_pairs
def test_sisters_link_to_each_other(english: Path, chinese: Path) -> None:
    """Each page of a pair links to the other."""
    for page, other, word in ((english, chinese, "中文"), (chinese, english, "English")):
        link = re.search(rf"^\[{word}\]\((.*)\)$", page.read_text("utf-8"), re.M)
        assert link is not None and (page.parent / link[1]).resolve() == other


@_pairs
def test_sisters_have_the_same_headings(english: Path, chinese: Path) -> None:
    """As many headings, of the same levels."""
    assert headings(english) == headings(chinese)


@_pairs
def test_sisters_have_the_same_code(english: Path, chinese: Path) -> None:
    """The same code blocks but for comments, the language asked for and, of a session, what is printed."""
    ours, theirs = codes(english), codes(chinese)
    assert [code.kind for code in ours] == [code.kind for code in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert _bare(one.kind, one.text) == _bare(other.kind, other.text)


def _bare(kind: str, text: str) -> list[str]:
    lines = [line for line in text.splitlines() if kind != "console" or line.startswith("$ ")]
    bare = []
    for line in lines:
        if kind in ("yaml", "sh", "python"):
            line = re.sub(r"(^|\s+)#\s.*", "", line)
        line = re.sub(r" --lang \w+|CHAOCE_LANG=\w+", "", line)
        if kind == "python":
            line = line.replace('"en"', '"zh"')
        if line.strip():
            bare.append(line.strip())
    return bare


@_pairs
def test_sisters_have_the_same_tables(english: Path, chinese: Path) -> None:
    """As many rows, of as many cells; what stands in code in a row is the same."""
    ours, theirs = rows(english), rows(chinese)
    assert [len(row) for row in ours] == [len(row) for row in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert _in_code(" ".join(one)) == _in_code(" ".join(other))


@_pairs
def test_sisters_name_the_same_things(english: Path, chinese: Path) -> None:
    """What one page names in code, the other names too, and both link to the same things."""
    named = [_in_code(re.sub(r"CHAOCE_LANG=\w+", "CHAOCE_LANG", prose(page))) for page in (english, chinese)]
    assert named[0] == named[1]
    links = [{Path(link.partition("#")[0]).name for link in re.findall(r"\]\(([^)\s]+)\)", prose(page))} for page in (english, chinese)]
    assert links[0] ^ links[1] <= {english.name, chinese.name}


def _in_code(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", text))


@_pairs
def test_sisters_give_the_same_figures(english: Path, chinese: Path) -> None:
    """Every figure of a table (limits, sizes, shares) stands in the same row of both; a thousand may be parted or written out."""
    for one, other in zip(rows(english), rows(chinese), strict=True):
        figures = [re.findall(r"\d[\d,.]*\d|\d", " ".join(row)) for row in (one, other)]
        ours, theirs = ({figure.replace(",", "") for figure in found} for found in figures)
        assert ours == theirs, (one, other)
