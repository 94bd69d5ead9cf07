"""`chaoce check`: a rule that says something else than its sentence is caught, with the line named."""

from __future__ import annotations

import hashlib
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pytest

from core_kit import POLICIES, Outcome, chaoce

_SOURCE = (POLICIES / "haining-ai-2026" / "policy.md").read_text(encoding="utf-8")


def _folder(tmp_path: Path, source: str) -> Path:
    folder = tmp_path / "haining-ai-2026"
    shutil.copytree(POLICIES / "haining-ai-2026", folder)
    (folder / "policy.md").write_text(source, encoding="utf-8")
    return folder


def _check(tmp_path: Path, source: str) -> Outcome:
    return chaoce("check", _folder(tmp_path, source))


class Wrong(NamedTuple):
    """A change of the policy file: what is replaced (its place: after `behind`), and what is said at the line that holds `at`."""

    old: str
    new: str
    at: str
    said: str
    behind: str = ""


_WRONG = {
    "a rate of 51%": Wrong("pays: at most 50% of paid", "pays: at most 51% of paid", "pays: at most 51%", "the rule says ≤51%"),
    "a rate of 5%": Wrong("pays: at most 50% of paid", "pays: at most 5% of paid", "pays: at most 5%", "the rule says ≤5%"),
    "a rate out by a thousandth": Wrong("pays: 10% of paid", "pays: 10.001% of paid", "pays: 10.001%", "the rule says ="),
    "> for 以上": Wrong(
        "productive_investment >= 2000万", "productive_investment > 2000万", "where: productive", "the rule says >2000万元, but the text's"
    ),
    "<= for 以上": Wrong("sales >= 300万", "sales <= 300万", "where: registered", "the rule says ≤300万元, but the text's"),
    "not < is 以上, not <= is not": Wrong(
        "productive_investment >= 2000万", "not productive_investment <= 2000万", "where: not", "the rule says >2000万元, but the text's"
    ),
    "a cap of 5万": Wrong("limit: 50万 per firm per year", "limit: 5万 per firm per year", "limit: 5万", "the rule says ≤5万元"),
    "a cap of 50 yuan": Wrong("limit: 50万 per firm per year", "limit: 50 per firm per year", "limit: 50 per", "the rule says ≤50元"),
    "a threshold of 200万": Wrong("sales >= 300万", "sales >= 200万", "where: registered", "the rule says ≥200万元"),
    "a missing 不高于": Wrong("pays: at most 50% of paid", "pays: 50% of paid", "pays: 50% of paid", "the rule says =50%, but the text's"),
    "a missing 最高": Wrong("pays: at most 100万", "pays: 100万", "pays: 100万", "the rule says =100万元, but the text's"),
    "an invented 最高": Wrong("pays: 10% of paid", "pays: at most 10% of paid", "pays: at most 10%", "the rule says ≤10%, but the text's"),
    "an invented 最高 a piece": Wrong(
        "pays: 1000 per 件", "pays: at most 1000 per 件", "pays: at most 1000", "the rule says ≤1000元, but the text's"
    ),
    "分别 swapped": Wrong("respectively: 国家", "respectively: 浙江省", "pays: at most 50万", "the rule says ≤50万元, but the numbers"),
    "分别 of something else": Wrong(
        "respectively: 国家", "respectively: 嘉兴市", "respectively: 嘉兴市", "is none of the things that 分别 divides"
    ),
    "分别 left out": Wrong("respectively: 国家\n", "", "```benefit national-application-award", "分别"),
    "amounts of 分别 swapped": Wrong(
        "pays: at most 30万", "pays: at most 15万", "pays: at most 15万", "the rule says ≤15万元, but the numbers"
    ),
    "a wrong unit": Wrong("pays: 1000 per 件", "pays: 1000 per 项", "pays: 1000 per 项", "does not say '每项'"),
    "a sum for a rate": Wrong("pays: 10% of paid", "pays: 10 per 件", "pays: 10 per", "the rule says =10元"),
    "a quota of 9": Wrong("quota: 10 个", "quota: 9 个", "quota: 9", "the rule says ≤9"),
    "a quota in another unit": Wrong("quota: 10 个 per", "quota: 10 件 per", "quota: 10 件", "件"),
    "an uplift of 6%": Wrong("raised by 5%\n", "raised by 6%\n", "raised by 6%", "the rule says +6%"),
    "an uplift forgotten": Wrong(", raised by 5%\n", "\n", "在战略性新兴产业补助标准上浮5%", "no rule uses '"),
    "a limit forgotten": Wrong("limit: 2000万 per item\n", "", "(四)鼓励人工智能投资", "no rule uses '"),
    "a quota forgotten": Wrong("quota: 10 个 per year by rank, counting selected\n", "", "(三)加强应用场景培育", "no rule uses '"),
    "the end of the term": Wrong("to: 2027-12-31", "to: 2027-12-30", "to: 2027-12-30", "the rule says 2027-12-30"),
    "the beginning of the term": Wrong("from: 2026-01-05", "from: 2026-01-01", "from: 2026-01-01", "the rule says 2026-01-01"),
    "the end of the term forgotten": Wrong("to: 2027-12-31\n", "", "```term", "2027年12月31日"),
    "a changed quotation": Wrong(
        "quote: 给予实际合作支出最高20%、最高50万元的补贴",
        "quote: 给予实际合作支出最高20%、最高55万元的补贴",
        "最高55万元",
        "the text does not say '",
    ),
    "a moved quotation": Wrong(
        "quote: 给予实际合作支出最高20%、最高50万元的补贴",
        "quote: 企业建设的场景,给予每个项目投资额30%以内,最高100万元的补助",
        "quote: 企业建设的场景",
        "stands in 三(三), not in the sentence that this block follows",
    ),
    "a quotation from before the block before": Wrong(
        "quote: 首次列入省级首席数据官(CDO)试点的企业给予最高20万元一次性奖励",
        "quote: 首次列入省级企业数据管理国家标准贯标试点企业名单的给予最高50万元奖励",
        "quote: 首次列入省级企业",
        "not in the sentence that this block follows",
        "```benefit cdo-pilot",
    ),
    "no quotation": Wrong("quote: 给予实际合作支出最高20%、最高50万元的补贴\n", "", "```benefit manufacturing-cooperation", "has no quote"),
    "a reading without its words": Wrong("quote: 上浮5%", "quote: 上浮 5%", "quote: 上浮 5%", "the text does not say '"),
}


def _apply(wrong: Wrong) -> str:
    start = _SOURCE.index(wrong.behind)
    place = _SOURCE.index(wrong.old, start)
    return _SOURCE[:place] + wrong.new + _SOURCE[place + len(wrong.old) :]


def _line_of(source: str, words: str, behind: str = "") -> int:
    return source.count("\n", 0, source.index(words, source.index(behind))) + 1


@pytest.mark.parametrize("name", list(_WRONG))
def test_a_wrong_rule_is_caught_at_its_line(name, tmp_path):
    """“the numbers and comparators in the quotation (50%, 50万元, 不高于, 以上, 超过) are read by machine and must agree with the
    rule. A sentence that names money and has no rule says why” (design): each with file, line and what would be right."""
    wrong = _WRONG[name]
    source = _apply(wrong)
    done = _check(tmp_path, source)
    assert done.status == 1
    place = f"policy.md:{_line_of(source, wrong.at, wrong.behind)}: "
    assert [line for line in done.faults if place in line and wrong.said in line], done.err
    assert "rules and text agree" not in done.out


def test_the_policies_that_come_with_the_program_are_good():
    """The plan as it stands: rules and text agree, number by number."""
    for name, said in (("haining-ai-2026", "rules and text agree"), ("haining-manufacturing-2025", "no official text")):
        done = chaoce("check", POLICIES / name)
        assert (done.status, done.err) == (0, "")
        assert said in done.out


def test_the_text_without_its_blocks_is_the_official_text():
    """“Strip the rules and the document's SHA-256 is unchanged” (design): byte for byte the official text beside it."""
    from chaoce.policy.model import Policy

    policy = Policy.load(POLICIES / "haining-ai-2026")
    official = (POLICIES / "haining-ai-2026" / "official.txt").read_bytes()
    assert policy.document.text.encode("utf-8") == official
    assert policy.document.sha256 == policy.sha256 == hashlib.sha256(official).hexdigest()


_CHARACTERS = [
    (
        "按照不高于实际购买金额的50%给予补贴,单家企业年度算力补贴金额不超过50万元。〔",
        "按照不高于实际购买金额的60%给予补贴,单家企业年度算力补贴金额不超过50万元。〔",
    ),
    ("各镇(街)政府均为责任主体", "各镇(街)政府不为责任主体"),
    ("海宁市推进人工智能创新发展的实施方案\n```", "海宁市推进人工智能创新发展实施方案\n```"),
    ("提高全社会的认知度和关注度。", "提高全社会的认知度和关注度"),
    ("一、总体目标\n", "一、总体目标 \n"),
    ("一、总体目标\n\n坚持", "一、总体目标\n\n\n坚持"),
]


@pytest.mark.parametrize("number", range(len(_CHARACTERS)))
def test_a_changed_character_of_the_text_is_caught_at_its_line(number, tmp_path):
    """“the official document word for word”: one character more, less or other is named with its line and the official words."""
    old, new = _CHARACTERS[number]
    assert _SOURCE.count(old) == 1
    source = _SOURCE.replace(old, new)
    done = _check(tmp_path, source)
    assert done.status == 1
    place = source.index(new) + next((i for i, (a, b) in enumerate(zip(new, old, strict=False)) if a != b), min(len(old), len(new)))
    line = source.count("\n", 0, place) + 1
    assert [said for said in done.faults if f"policy.md:{line}: " in said and "differs from the official text" in said], done.err


def test_a_changed_text_with_a_changed_hash_is_caught(tmp_path):
    """The hash in the policy file is no way round: the official text stands beside it."""
    source = _SOURCE.replace("提高全社会的认知度和关注度。", "提高全社会的认知度。")
    old = re.search(r"sha256: (\w{64})", source).group(1)
    from chaoce.policy.literate import read_document

    source = source.replace(old, read_document(source, "policy.md").sha256)
    done = _check(tmp_path, source)
    assert done.status == 1
    assert "differs from the official text" in done.err


def test_a_rule_taken_out_leaves_its_numbers_uncovered(tmp_path):
    """“A sentence that names money and has no rule says why” (design): both numbers of the sentence are named, with its line."""
    block = re.search(r"```benefit data-ip-certificate\n.*?```\n", _SOURCE, re.DOTALL).group(0)
    source = _SOURCE.replace("\n" + block, "")
    done = _check(tmp_path, source)
    line = _line_of(source, "对企业新获得数据知识产权登记证书的")
    assert done.status == 1
    assert [said.partition("policy.md:")[2].partition(":")[0] for said in done.faults] == [str(line)] * 2
    assert "1000元" in done.faults[0] and "3万元" in done.faults[1]


def test_a_note_with_a_reason_covers_a_sentence(tmp_path):
    """… or the reason is stated in a note: then the sentence is counted as explained."""
    block = re.search(r"```benefit data-ip-certificate\n.*?```\n", _SOURCE, re.DOTALL).group(0)
    quote = "对企业新获得数据知识产权登记证书的,每件奖励1000元,单个企业每年最多奖励3万元"
    note = f"```note\nquote: {quote}\nreason: {{zh: 由他处支付, en: paid elsewhere}}\n```\n"
    done = _check(tmp_path, _SOURCE.replace(block, note))
    assert (done.status, done.err) == (0, "")
    assert "1 a stated reason" in done.out


def test_pays_in_names_the_paying_sections(tmp_path):
    """An official text whose paying sections are not named would be covered by nothing and proven vacuously."""
    done = _check(tmp_path, _SOURCE.replace("pays in: [三]\n", ""))
    assert done.status in (1, 2)
    done = _check(tmp_path / "other", _SOURCE.replace("pays in: [三]", "pays in: [九]"))
    assert done.status in (1, 2)


def test_swapped_amounts_without_respectively_are_caught(tmp_path):
    """Where 分别 divides the amounts, each rule says which is its own: two rules that swap them are not excused by leaving it out."""
    source = _SOURCE.replace("respectively: 国家\non: recognition(high", "on: recognition(high")
    source = source.replace("respectively: 省级\n", "")
    source = source.replace("pays: at most 30万", "pays: at most 999").replace("pays: at most 15万", "pays: at most 30万")
    source = source.replace("pays: at most 999", "pays: at most 15万")
    done = _check(tmp_path, source)
    assert done.status == 1


def test_every_option_of_every_reading_is_built(tmp_path):
    """A reading whose other option is no rule is found by the check, not by the first firm that it reaches."""
    source = _SOURCE.replace("raised by 5 points'", "raised by five points'")
    done = _check(tmp_path, source)
    assert done.status == 1
    assert f"policy.md:{_line_of(source, 'raised by five points')}: " in done.err


def test_the_report_counts_what_it_covers():
    """How much of the text the rules cover is said in numbers, and each open reading with its other options."""
    done = chaoce("check", POLICIES / "haining-ai-2026")
    assert "16 rules" in done.out
    for reading in ("cooperation-cap-span", "uplift", "best-claim", "rounding"):
        assert reading in done.out
    assert "restatement" in chaoce("check", POLICIES / "haining-manufacturing-2025").out
