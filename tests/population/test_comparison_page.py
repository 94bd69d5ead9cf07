"""The page of a comparison: one file in two languages, exact in its tables, drawn by a real browser, that no name can break."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest
from pypdf import PdfReader

from chaoce.faults import Faults
from chaoce.population.page import render_page, write_page
from chaoce.population.page_words import DRAWN, WORDS
from core_kit import ROOT

_STATIC = ROOT / "src" / "chaoce" / "population" / "static"
_HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\"'<!--{{7*7}}\u2028"
_CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
browser = pytest.mark.skipif(_CHROMIUM is None, reason="no chromium on this machine: the charts can only be drawn by a browser")


def _benefit(name: str, zh: str, en: str, before: str, after: str, winners: int = 0, losers: int = 0, clause: str = "三(一)") -> dict:
    money = {"before": before, "after": after, "firms_before": 8266, "firms_after": 8207}
    return {"policy": "plan", "benefit": name, "clause": clause, **money, "winners": winners, "losers": losers, "zh": zh, "en": en}


def _group(by: str, name: str, zh: str, en: str, before: str, after: str) -> dict:
    return {"by": by, "name": name, "firms": 5000, "before": before, "after": after, "winners": 3, "losers": 1234, "zh": zh, "en": en}


def _limit(name: str, zh: str, en: str, held: int, points: list) -> dict:
    own = {"per": "firm", "amount": "500000.00", "held": held, "marginal": f"{held}.00"}
    return {"policy": "plan", "benefit": name, "clause": "三(一)", "zh": zh, "en": en, **own, "points": points}


def comparison() -> dict:
    """A comparison as `to_data` gives one, with every part filled."""
    return {
        "year": 2026,
        "synthetic": True,
        "policies": [{"id": "plan", "zh": "人工智能实施方案", "en": "Plan for AI"}],
        "base": {"policies": ["plan"], "readings": {"q1": "strict"}, "changes": []},
        "change": {"policies": ["plan"], "readings": {"q1": "wide"}, "changes": ["compute.rate=40%", "scenario.quota=20", "filing.where="]},
        "firms": 20000,
        "winners": 8,
        "losers": 8133,
        "before": "1111111111.11",
        "after": "1007654321.09",
        "benefits": [
            _benefit("compute", "算力补贴", "Compute subsidy", "651012963.38", "534061614.96", 2, 8139),
            _benefit("scenario", "场景补助", "Scenario grant", "7258396.88", "20753955.28", 8, 0, "三(二)"),
            _benefit("filing", "备案奖励", "Filing award", "452839750.85", "452838750.85", 0, 1, "三(三)"),
            _benefit("none", "没有人的奖励", "Award for nobody", "0.00", "0.00", clause="三(四)"),
        ],
        "groups": [
            _group("size", "micro", "微型(20人以下)", "micro (under 20 employees)", "911111111.10", "807654321.08"),
            _group("size", "large", "大型(1000人以上)", "large (1000 and more)", "200000000.01", "200000000.01"),
            _group("section", "C", "制造业 (C)", "manufacturing (C)", "1111111111.11", "1007654321.09"),
            _group("town", "330481001", "硖石街道", "Xiashi Subdistrict", "1111111111.11", "1007654321.09"),
        ],
        "lorenz": [[20_000 * at, 400 * at * at, 400 * at * at - at * (50 - at)] for at in range(51)],
        "spread": {
            "draws": 500,
            "before": ["600000001.01", "666666666.67", "700000000.03"],
            "after": ["550000000.01", "604592592.65", "650000000.07"],
            "difference": ["-69929375.03", "-65602160.77", "-60934103.96"],
        },
        "take_up": {"*": "60%", "compute": "1/3"},
        "expected": ["666666666.66", "604592592.65"],
        "limits": [
            _limit("compute", "算力补贴", "Compute subsidy", 127, [
                ["125000.00", "900000000.01"], ["500000.00", "1007654321.09"], ["1500000.00", "1100000000.02"],
            ]),
            _limit("filing", "备案奖励", "Filing award", 0, []),
        ],
        "shortages": [
            {"policy": "plan", "name": "scenario", "how": how, "holds": holds, "wanted": wanted}
            for how, holds, wanted in (
                ("quota", "20", "1234"), ("tie", "10", "11"), ("first come", "1000000.00", "1234567.89"),
                ("pro rata", "2000000.00", "2345678.91"), ("unsaid", "3000000.00", "3456789.12"),
            )
        ],
        "solved": {
            "name": "compute.rate", "budget": "540000000.00", "whole_plan": False, "value": "40.4%", "cost": "539403031.10",
            "next_value": "40.41%", "next_cost": "540000001.00",
            "tried": [["0%", "0.00"], ["20%", "267030807.48"], ["40.4%", "539403031.10"], ["40.41%", "540000001.00"]],
        },
    }  # fmt: skip


def _changed(**parts: object) -> dict:
    return {**comparison(), **parts}


def _without_change() -> dict:
    same = [{**row, "after": row["before"], "winners": 0, "losers": 0} for row in comparison()["benefits"]]
    groups = [{**row, "after": row["before"], "winners": 0, "losers": 0} for row in comparison()["groups"]]
    return _changed(benefits=same, groups=groups, after="1111111111.11", winners=0, losers=0, take_up={}, expected=None, solved=None)


def _empty() -> dict:
    zero = ["0.00"] * 3
    nobody = {"draws": 100, "before": zero, "after": zero, "difference": zero}
    parts = {"benefits": [], "groups": [], "lorenz": [], "limits": [], "shortages": [], "take_up": {}, "expected": None, "solved": None}
    return _changed(**parts, spread=nobody, before="0.00", after="0.00", winners=0, losers=0, synthetic=False)


def _solved(**parts: object) -> dict:
    return _changed(solved={**comparison()["solved"], **parts})


def _hostile() -> dict:
    def poison(value: object, key: str = "") -> object:
        if isinstance(value, dict):
            return {name: poison(own, name) for name, own in value.items()}
        if isinstance(value, list):
            return [poison(own, key) for own in value]
        return f"{value}{_HOSTILE}" if key in ("zh", "en", "clause", "per") else value

    data = poison(comparison())
    assert isinstance(data, dict)
    data["change"]["changes"].append(_HOSTILE)
    data["change"]["readings"]["q1"] = _HOSTILE
    return data


_CASES = {
    "everything": comparison(),
    "hostile names": _hostile(),
    "nothing changes": _without_change(),
    "nothing at all": _empty(),
    "nobody paid after": _changed(lorenz=[[own[0], own[1], 0] for own in comparison()["lorenz"]]),
    "nobody paid before": _changed(lorenz=[[own[0], 0, own[2]] for own in comparison()["lorenz"]]),
    "one benefit changes": _changed(
        benefits=[_benefit("compute", "算力补贴", "Compute subsidy", "1.00", "0.50", 0, 1)], before="1.00", after="0.50", solved=None
    ),
    "another policy": _changed(
        policies=[{"id": "plan", "zh": "甲", "en": "A"}, {"id": "other", "zh": "乙", "en": "B"}],
        change={"policies": ["some/folder/other"], "readings": {}, "changes": []},
    ),
    "many towns": _changed(
        groups=[_group("town", f"{at}", f"镇{at}", f"Town {at}", f"{at}000.00", f"{at}000.10") for at in range(10, 95)]
    ),
    "budget too small": _solved(value=None, cost=None, next_value="0%", next_cost="600000000.00", tried=[["0%", "600000000.00"]]),
    "budget for all": _solved(
        name="scenario.quota", whole_plan=True, value="10000", next_value=None, next_cost=None,
        tried=[["0", "0.00"], ["4", "100.00"], ["16", "539403031.10"], ["10000", "539403031.10"]],
    ),
    "an amount solved": _solved(
        name="filing.limit.item", value="800000.00", next_value="800001.00", tried=[["1.00", "5.00"], ["800000.00", "539403031.10"]]
    ),
}  # fmt: skip
cases = pytest.mark.parametrize("data", list(_CASES.values()), ids=list(_CASES))


class _Page(HTMLParser):
    """The tags of a page, the text of each language, and the rows of its tables."""

    def __init__(self, source: str):
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.scripts: list[str] = []
        self.tables = 0
        self._open: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in ("meta", "input", "br", "img"):
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open and self._open[-1] == tag, f"{tag} ends {self._open[-3:]}"
        self._open.pop()

    def handle_data(self, data):
        inner = self._open[-1] if self._open else ""
        if inner == "script":
            self.scripts.append(data)
        elif inner != "style":
            self.words.append(data)


def _texts(source: str) -> str:
    return "".join(_Page(source).words)


@cases
def test_the_page_needs_no_network(data):
    """One file, no network at all: the only addresses in it are the names of XML vocabularies."""
    source = render_page(data)
    assert set(re.findall(r"https?://[^\"'\s)]*", source)) == {
        "http://www.w3.org/2000/svg", "http://www.w3.org/1999/xlink", "http://www.w3.org/2000/xmlns/",
        "http://www.w3.org/XML/1998/namespace",
    }  # fmt: skip
    parsed = _Page(source)
    assert not [tag for tag, attributes in parsed.tags if {"src", "href", "action", "srcset", "data"} & set(attributes)]
    styles = "".join(re.findall(r"<style>(.*?)</style>", source, re.DOTALL))
    assert not re.search(r"@import|url\(", styles)
    policy = next(attributes["content"] for tag, attributes in parsed.tags if attributes.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None and policy.startswith("default-src 'none';")


@cases
def test_the_same_comparison_gives_the_same_bytes(data, tmp_path):
    """The same input gives the same bytes, and no date of today stands in them."""
    first, second = tmp_path / "a.html", tmp_path / "b.html"
    write_page(first, copy.deepcopy(data))
    write_page(second, copy.deepcopy(data))
    assert first.read_bytes() == second.read_bytes()


def test_a_page_that_cannot_be_written_is_a_fault(tmp_path):
    """A place that cannot be written is said, and nothing half done is left."""
    with pytest.raises(Faults):
        write_page(tmp_path / "no such folder" / "page.html", comparison())


def test_every_word_is_there_in_both_languages():
    """Everything that the page says, it says in Chinese and in English, with the same particulars."""
    for key, names in WORDS.items():
        assert key in ("nothing", "space") or (names.zh and names.en), key
        assert set(re.findall(r"{\w+}", names.zh)) == set(re.findall(r"{\w+}", names.en)), key
        assert not re.search(r"[\u4e00-\u9fff]", names.en.replace("潮策", "")), key
    assert set(DRAWN) <= set(WORDS)


def test_chinese_is_written_with_chinese_punctuation():
    """Chinese texts use full-width punctuation."""
    for key, names in WORDS.items():
        assert not re.search(r"[\u4e00-\u9fff”》}] ?[,;:()!?]|[,;:()!?] ?[\u4e00-\u9fff“《{]", names.zh), key


@cases
def test_what_is_said_in_one_language_is_said_in_the_other(data):
    """Both languages are complete in the page: every Chinese text has its English one beside it."""
    source = render_page(data)
    assert re.findall(r'class="(zh|en)"', source)[::2] == ["zh"] * (source.count('class="en"'))
    assert source.count('class="zh"') == source.count('class="en"') > 40
    assert "undefined" not in _texts(source) and "None" not in _texts(source)

    def complete(value: object) -> None:
        if isinstance(value, dict):
            assert ("zh" in value) == ("en" in value), value
            for own in value.values():
                complete(own)
        elif isinstance(value, list):
            for own in value:
                complete(own)

    complete(json.loads(_Page(source).scripts[0]))


def test_the_tables_hold_every_figure_exactly():
    """Money stays exact in tables: every amount of the data stands in the page to the fen, its thousands parted."""
    data = comparison()
    words = _texts(render_page(data))
    found: list[str] = re.findall(r"-?\d+\.\d\d\b", json.dumps({key: own for key, own in data.items() if key != "lorenz"}))
    assert len(found) > 50
    for amount in found:
        whole, part = amount.split(".")
        assert f"{int(whole):,}.{part}" in words, amount
    assert "-116,951,348.42" in words and "+13,495,558.40" in words and "-103,456,790.02" in words
    for point in data["lorenz"]:
        for value in point:
            assert (f"{value // 10**4}.{value % 10**4:04d}".rstrip("0").rstrip(".") + "%") in words


def test_the_head_says_what_was_changed_against_what_and_of_whom():
    """The title says what was changed, against what, the year and the number of firms."""
    words = _texts(render_page(comparison()))
    for said in (
        "“算力补贴”的比例改为 40%", "Compute subsidy: rate becomes 40%", "“场景补助”的名额改为 20 个",
        "Scenario grant: quota becomes 20 places", "2026 年度 · 20,000 家企业", "2026 · 20,000 firms",
        "“备案奖励”的 where 一行删去", "口径 q1 取 wide", "q1 is read as wide", "compute.rate=40%",
        "《人工智能实施方案》（口径：q1=strict）",
    ):  # fmt: skip
        assert said in words, said
    plain = _changed(
        change={"policies": ["plan"], "readings": {"q1": "strict"}, "changes": ["compute.limit.firm=80万", "filing.amount=12345"]}
    )
    words = _texts(render_page(plain))
    assert "“算力补贴”的上限（每家）改为 80 万元" in words and "Compute subsidy: limit (a firm) becomes 800,000 yuan" in words
    assert "“备案奖励”的金额改为 12,345.00 元" in words


def test_invented_firms_are_said_to_be_invented():
    """A plain banner says that every firm is invented, and only where they are."""
    assert "本页的企业全部是虚构的" in render_page(comparison()) and "Every firm behind this page is invented" in render_page(comparison())
    real = render_page(_changed(synthetic=False))
    assert "虚构" not in real and "invented" not in real


def test_the_headline_is_computed_from_the_data():
    """Headline figures: the difference, its share, the firms that get the same, and the share of the money that the most get."""
    words = _texts(render_page(comparison()))
    for said in (
        "少 1.03 亿元", "103.5 million yuan less", "比改前少 9.3%", "另有 11,859 家不变", "占全部企业的 0.04%", "−6,993 万元至 −6,093 万元",
        "得到最多的 10% 企业拿走 19% 的钱，改后 19.0%", "预算 5.4 亿元：“算力补贴”的比例可定为 40.4%", "预算余 596,968.90 元",
        "其余政策项 60%、算力补贴 1/3", "all other benefits 60%, Compute subsidy 1/3", "20 个", "1,234 个", "1,000,000.00 元",
        "“算力补贴”的上限从每家 50 万元放宽到 150 万元，支出多 9,235 万元", "从 11.11 亿元到 10.08 亿元：3 项变动，合计少 1.03 亿元",
    ):  # fmt: skip
        assert said in words, said
    assert "没有人的奖励" not in words, "a benefit with zero in both is left out"
    assert "没有一项支出变动" in _texts(render_page(_without_change())), "it is said when nothing changes"


def test_nothing_that_a_name_holds_becomes_markup():
    """A name is shown, never run: script, quotes and markup in titles, clauses, changes and readings stay text."""
    source = render_page(_hostile())
    parsed = _Page(source)
    assert [tag for tag, _ in parsed.tags].count("script") == 3
    assert not [tag for tag, attributes in parsed.tags if tag == "img" or any(name.startswith("on") for name in attributes)]
    assert _HOSTILE in "".join(parsed.words)
    assert len(json.loads(parsed.scripts[0])["charts"]) == 8, "the data block is one block"
    assert "owned" not in "".join(parsed.scripts[1:])


def test_only_the_scripts_of_the_page_may_run():
    """The page names its two scripts by digest; the browser runs no other."""
    parsed = _Page(render_page(comparison()))
    policy = next(attributes["content"] for tag, attributes in parsed.tags if attributes.get("http-equiv") == "Content-Security-Policy")
    from base64 import b64encode

    for script in parsed.scripts[1:]:
        assert f"'sha256-{b64encode(hashlib.sha256(script.encode()).digest()).decode()}'" in (policy or "")
    assert "script-src 'unsafe" not in (policy or "")


def test_the_tables_can_be_read_without_a_script():
    """Without JavaScript the tables are open, the empty charts are gone, and the switch is of CSS alone."""
    source = render_page(comparison())
    assert source.count("<details open") == source.count("<details") >= 8
    assert "<noscript><style>.draw, .legend { display: none; }</style></noscript>" in source
    assert "body:has(#say-en:checked) .zh" in source


def test_every_chart_has_a_title_a_table_and_a_text_alternative():
    """Each chart has a title, an alternative for who cannot see it, and the exact figures under it."""
    source = render_page(comparison())
    charts = json.loads(_Page(source).scripts[0])["charts"]
    assert list(charts) == ["solved", "clauses", "fall", "lorenz", "bite", "by_size", "by_section", "by_town"]
    for key in charts:
        assert f'id="chart-{key}" role="img" aria-labelledby="title-{key} note-{key}"' in source
        assert f'<h2 id="title-{key}">' in source and f'id="note-{key}"' in source
        section = source[source.index(f'id="title-{key}"') :]
        assert "<table" in section[: section.index("</section>")]


def test_many_groups_are_all_in_the_table_and_the_largest_in_the_chart():
    """A chart of a hundred towns shows nothing: the largest are drawn, in their order, and all are in the table."""
    source = render_page(_CASES["many towns"])
    rows = json.loads(_Page(source).scripts[0])["charts"]["by_town"]["rows"]
    assert [row["name"]["zh"] for row in rows] == [f"镇{at}" for at in range(65, 95)]
    assert all(f"镇{at}" in _texts(source) for at in range(10, 95))


def test_the_library_is_the_one_that_was_published():
    """What is not ours stands unchanged beside its licence, and its digest is written down."""
    digest = hashlib.sha256((_STATIC / "echarts.common.min.js").read_bytes()).hexdigest()
    readme = (_STATIC / "README.md").read_text(encoding="utf-8")
    assert digest in readme and "6.1.0" in readme and "Apache-2.0" in readme
    for name in ("echarts.LICENSE", "echarts.NOTICE", "echarts.LICENSE-d3", "echarts.LICENSE-zrender"):
        assert name in readme and (_STATIC / name).stat().st_size > 100
    source = render_page(comparison())
    for notice in (
        "Copyright 2017-2026 The Apache Software Foundation",
        "Mike Bostock",
        "Baidu",
        "Licensed to the Apache Software Foundation",
    ):
        assert notice in source


# In a browser


def _chromium(folder: Path, page: Path, hash_: str, *options: str) -> tuple[str, list[str]]:
    """The DOM after the page has run, and what the console said."""
    assert _CHROMIUM is not None
    command = [
        _CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--enable-logging=stderr", "--disable-extensions",
        f"--user-data-dir={folder / 'profile'}", "--window-size=1400,3000", "--virtual-time-budget=5000", *options,
        f"{page.as_uri()}{hash_}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, timeout=180, check=True)
    errors = done.stderr.decode("utf-8", "replace")
    return done.stdout.decode("utf-8"), [line for line in errors.splitlines() if re.search(r"CONSOLE[:(]", line)]


def _body(dom: str) -> str:
    """What stands before the scripts."""
    return dom.partition('<script type="application/json"')[0]


def _drawn(dom: str) -> dict[str, list[str]]:
    """The texts in the drawing of each chart."""
    parts = re.split(r'<div class="chart" id="chart-(\w+)"', _body(dom))[1:]
    found = {}
    for key, part in zip(parts[::2], parts[1::2], strict=True):
        svg = part.partition("<svg")[2].partition("</svg>")[0]
        assert svg.count("<path") > 3, f"{key} is empty"
        found[key] = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    return found


@browser
@pytest.mark.parametrize(
    ("hash_", "words"),
    [
        ("", ["算力补贴", "5.34 亿 (−1.17 亿)", "亿元", "改后合计", "企业占比（从得到最少的起）", "改后规则：50 万元",
              "得少 ← 企业数 → 得多", "预算 5.4 亿元"]),
        ("#en", ["Compute subsidy", "534.1m (−117.0m)", "million yuan", "total after", "share of firms, those with the least first",
                 "changed rules: 500,000 yuan", "get less ← firms → get more", "budget 540 million yuan"]),
    ],
    ids=["zh", "en"],
)  # fmt: skip
def test_a_browser_draws_every_chart(tmp_path, hash_, words):
    """The charts are drawn in the language of the page, every one of them, and the console says nothing."""
    page = tmp_path / "comparison.html"
    write_page(page, comparison())
    dom, console = _chromium(tmp_path, page, hash_, "--dump-dom")
    assert console == []
    drawn = _drawn(dom)
    assert set(drawn) == {"solved", "clauses", "fall", "lorenz", "bite", "by_size", "by_section", "by_town"}
    assert all(len(texts) > 4 for texts in drawn.values())
    every = [text for texts in drawn.values() for text in texts]
    for word in words:
        assert any(word in text for text in every), word
    chinese = [
        text for text in every if re.search(r"[\u4e00-\u9fff]", text.replace("三(一)", "").replace("三(二)", "").replace("三(三)", ""))
    ]
    assert bool(chinese) == (hash_ == "")
    assert f'lang="{"en" if hash_ else "zh-CN"}"' in dom[:200]
    assert "NaN" not in "".join(re.findall(r"<svg.*?</svg>", dom, re.DOTALL))


@browser
@pytest.mark.parametrize("name", [name for name in _CASES if name != "everything"])
def test_a_browser_draws_what_there_is_to_draw(tmp_path, name):
    """Whatever a comparison lacks, every chart that stands in the page is drawn, and the console says nothing."""
    page = tmp_path / "comparison.html"
    write_page(page, _CASES[name])
    dom, console = _chromium(tmp_path, page, "", "--dump-dom", "--window-size=390,3000")
    assert console == []
    assert set(_drawn(dom)) == set(json.loads(_Page(render_page(_CASES[name])).scripts[0])["charts"])
    assert "owned</title>" not in dom and "<img" not in _body(dom)


def _with_script(data: dict, page: Path, script: str) -> None:
    """The page with a script of the test at its end, which the policy of the page would not let run."""
    source = re.sub(r"<meta http-equiv=[^>]*>", "", render_page(data))
    cut = source.rindex("</body>")
    page.write_text(f"{source[:cut]}<script>{script}</script>{source[cut:]}", encoding="utf-8")


@browser
def test_charts_are_drawn_anew_when_the_language_is_switched(tmp_path):
    """The switch turns the whole page: its language, its title and every chart."""
    page = tmp_path / "comparison.html"
    _with_script(comparison(), page, "document.querySelector('label[for=say-en]').click();")
    dom, console = _chromium(tmp_path, page, "", "--dump-dom")
    assert console == []
    drawn = _drawn(dom)
    assert "total after" in drawn["fall"] and "改后合计" not in drawn["fall"]
    assert 'lang="en"' in dom[:200] and "<title>What a change of policy does" in dom


@browser
def test_a_hostile_name_stays_text_in_a_tooltip(tmp_path):
    """Tooltips are markup that the script writes: a name in one is text all the same."""
    show = (
        "for (const own of document.querySelectorAll('.chart')) for (const series of [0, 1]) echarts.getInstanceByDom(own)"
        ".dispatchAction({type: 'showTip', seriesIndex: series, dataIndex: 1});"
    )
    page = tmp_path / "comparison.html"
    _with_script(_hostile(), page, show)
    dom, console = _chromium(tmp_path, page, "", "--dump-dom")
    assert console == []
    tips = re.findall(r'<div class="tip"><b>(.*?)</b>', _body(dom), re.DOTALL)
    assert len(tips) >= 6 and any("&lt;/script&gt;" in tip for tip in tips)
    assert "owned</title>" not in dom and "<img" not in _body(dom)


@browser
def test_an_error_in_the_page_would_be_seen(tmp_path):
    """The test above it would see an error: a page whose data is broken says so on the console."""
    page = tmp_path / "comparison.html"
    page.write_text(render_page(comparison()).replace('{"charts":', "{broken", 1), encoding="utf-8")
    _, console = _chromium(tmp_path, page, "", "--dump-dom")
    assert console != []


@browser
def test_on_paper_charts_and_tables_are_all_there(tmp_path):
    """Printed on A4 every table is open and every chart as wide as the sheet."""
    page, paper = tmp_path / "comparison.html", tmp_path / "comparison.pdf"
    write_page(page, comparison())
    _, console = _chromium(tmp_path, page, "#en", "--no-pdf-header-footer", f"--print-to-pdf={paper}")
    assert console == []
    reader = PdfReader(io.BytesIO(paper.read_bytes()))
    assert 3 <= len(reader.pages) <= 14
    width, height = reader.pages[0].mediabox.width, reader.pages[0].mediabox.height
    assert (int(width), int(height)) == (594, 841) or (int(width), int(height)) == (595, 841)
    words = "".join("".join(own.extract_text() for own in reader.pages).split())
    for said in ("-116,951,348.42", "millionyuan", "changedrules:500,000yuan", "40.4%(chosen)"):
        assert said in words, said
