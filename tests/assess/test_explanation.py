"""The explanation: every figure in it adds up, every text stands in both languages, every refusal says by how much it misses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from firm_strategies import firms
from hypothesis import given, settings
from hypothesis import strategies as st

from chaoce.assessment.explain import explain, plain
from chaoce.assessment.prepare import Session, prepare
from chaoce.assessment.terminal import to_text
from chaoce.assessment.wire import to_json
from core_kit import (
    STANDARD,
    ask,
    both,
    certificate,
    compute,
    cooperation,
    decisions,
    fen,
    firm,
    got,
    interest,
    investment,
    licence,
    product,
    scenario,
    shipped,
    title,
    yuan,
)  # fmt: skip

_TRIES = settings().max_examples
_HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]+")
_HALF = str.maketrans("\uff0c\uff1b\uff1a\uff08\uff09", ",;:()")
_MONEY = r"([0-9][0-9,]*(?:\.[0-9]+)?|[0-9]+/[0-9]+)"


def _names(value: Any, path: str = "") -> Iterator[tuple[str, dict]]:
    """Every pair of names of an explanation, with the place where it stands."""
    if isinstance(value, dict):
        if set(value) == {"zh", "en"}:
            yield path, value
        else:
            for key, entry in value.items():
                yield from _names(entry, f"{path}.{key}")
    elif isinstance(value, list):
        for entry in value:
            yield from _names(entry, path)


def _number(text: str) -> Fraction:
    """Fen of an amount as it is shown."""
    return Fraction(text.replace(",", "")) * 100


def _last(step: str, unit: str) -> Fraction:
    return _number(re.findall(_MONEY + f" {unit}", step)[-1])


def _check_figures(said: dict) -> None:
    assert fen(said["total"]) == sum(fen(benefit["amount"]) for benefit in said["benefits"])
    assert fen(said["ceiling"]) == sum(fen(benefit["amount"]) for benefit in said["benefits"] if benefit["ceiling"])
    assert fen(said["total"]) == fen(said["ceiling"]) + fen(said["promised"])
    assert fen(said["bound"]) == fen(said["total"]) + fen(said["gap"])
    for benefit in said["benefits"]:
        assert fen(benefit["amount"]) == sum(fen(fact["amount"]) for fact in benefit["facts"])
        for fact in benefit["facts"]:
            for lang, unit in (("zh", "元"), ("en", "yuan")):
                steps = [step[lang] for step in fact["steps"]]
                assert _last(steps[-1], unit) == fen(fact["amount"]), steps
                for step in steps:
                    _check_step(step, unit)
    for reading in said["readings"]:
        difference = reading["difference"]
        signed = -fen(difference[1:]) if difference.startswith("-") else fen(difference)
        assert fen(reading["other_total"]) - fen(said["total"]) == signed != 0
    for conflict in said["conflicts"]:
        assert conflict["difference"] is None or fen(conflict["difference"]) >= 0


def _check_step(step: str, unit: str) -> None:
    """A × r% = B, wherever it stands, comes to B; and so does a raise of an amount."""
    product_ = re.search(_MONEY + f" {unit} × (?:最高 |at most )?([0-9.]+)% = " + _MONEY + f" {unit}", step)
    if product_:
        assert _number(product_[1]) * Fraction(product_[2]) / 100 == _number(product_[3]), step
    raised = re.search(_MONEY + f" {unit} × \\(1 \\+ ([0-9.]+)%\\) = " + _MONEY + f" {unit}", step)
    if raised:
        assert _number(raised[1]) * (1 + Fraction(raised[2]) / 100) == _number(raised[3]), step
    less = re.search(f"less {_MONEY} yuan already received", step)
    assert less is None or _number(less[1]) > 0


@given(raw=firms(sample=True))
@settings(max_examples=3 * _TRIES)
def test_every_figure_adds_up(raw):
    """“every amount is a calculation over evidenced facts” (design): facts sum to benefits, benefits to the total, and the steps of
    each fact end at its amount, in both languages."""
    answer = ask(both(), raw)
    said = plain(explain(answer))
    _check_figures(said)
    plainly = to_json(answer)
    assert [(b["id"], b["amount"], [(f["id"], f["amount"]) for f in b["facts"]]) for b in said["benefits"]] == [
        (b["id"], b["amount"], [(f["id"], f["amount"]) for f in b["facts"]]) for b in plainly["benefits"]
    ]


@cache
def _official() -> str:
    """Words that may stay Chinese in English: those of the texts, and the names of departments beside their English."""
    policies = [shipped("haining-ai-2026"), shipped("haining-manufacturing-2025")]
    return "".join(policy.document.text for policy in policies)


@given(raw=firms(sample=True))
@settings(max_examples=2 * _TRIES)
def test_every_text_is_in_both_languages(raw):
    """“Chinese first, English complete” (design): the English has no Chinese left but words of the official text and names."""
    official = _official()
    answer = ask(both(), raw)
    for path, pair in _names(plain(explain(answer))):
        if path.endswith(".lead") and pair == {"zh": "", "en": ""}:
            continue  # a restated text names no department
        assert pair["zh"].strip() and pair["en"].strip(), path
        assert _HAN.search(pair["zh"]) or path.endswith(".change") or pair["zh"].isascii() or pair["zh"] == "—", (path, pair)
        if not path.startswith(".readings"):
            assert all(run in official for run in _HAN.findall(pair["en"])), (path, pair)
        assert "{" not in pair["zh"] + pair["en"], (path, pair)


@given(raw=firms(sample=True), lang=st.sampled_from(["zh", "en"]))
@settings(max_examples=_TRIES)
def test_the_text_shows_every_figure(raw, lang):
    """The same for a person: every benefit with its official sentence over the figure, and every refused fact."""
    answer = ask(both(), raw)
    said, text = plain(explain(answer)), to_text(answer, lang)
    for benefit in said["benefits"]:
        assert _flat(benefit["sentence"]) in _flat(text)
        assert _flat(benefit["title"][lang]) in _flat(text)
        assert f"{int(benefit['amount'][:-3]):,}{benefit['amount'][-3:]}" in text
    for row in said["refused"]:
        assert _flat(row["why"][lang]) in _flat(text)
    assert "None" not in text and "Fraction" not in text


def _flat(text: str) -> str:
    """Without spaces and line breaks, and with one kind of punctuation."""
    return "".join(text.split()).translate(_HALF)


def _pairs(session: Session, raw: dict) -> set[tuple[str, str, str]]:
    """Every fact of the year with every benefit that reads its type and title: (fact, policy, benefit)."""
    found = set()
    for policy in session.policies:
        for benefit in policy.benefits:
            for fact in raw["facts"]:
                read = benefit.of is None or fact.get("title") in benefit.of
                if fact["type"] == benefit.on and read and fact["date"].startswith("2026"):
                    found.add((fact["id"], policy.id, benefit.id))
    return found


@given(raw=firms(sample=True))
@settings(max_examples=2 * _TRIES)
def test_what_pays_nothing_is_refused_and_nothing_else(raw):
    """“`refused`: each fact dated in the year, for each benefit that reads its type and title, where it pays nothing” (contract,
    section 3); a fact that is paid is refused by another benefit only where it misses it by something that can be measured."""
    answer = to_json(ask(both(), raw))
    refused = [(row["fact"], row["policy"], row["benefit"]) for row in answer["refused"]]
    paid = {(fact["id"], row["policy"], row["id"]) for row in answer["benefits"] for fact in row["facts"]}
    pairs = _pairs(both(), raw)
    paid_facts = {fact for fact, _, _ in paid}
    assert len(refused) == len(set(refused))
    assert not paid & set(refused)
    assert set(refused) | paid <= pairs
    assert {pair for pair in pairs if pair[0] not in paid_facts} <= set(refused)
    for row in answer["refused"]:
        if row["fact"] in paid_facts and row["reason"] == "condition":
            assert "margin" in row or "unstated" in row


def _why(session: Session, raw: dict) -> list[tuple[str, str]]:
    return [(row["why"]["en"], row["change"]["en"]) for row in plain(explain(ask(session, raw)))["refused"]]


_MISSES = [
    ([investment("f", "19999999.00")], "productive investment without civil works 19,999,999.00 yuan: 1.00 yuan below 20,000,000.00 yuan"),
    ([investment("f", "19999999.99")], "0.01 yuan below 20,000,000.00 yuan"),
    ([product("f", "2999999.99")], "sales of the year 2,999,999.99 yuan: 0.01 yuan below 3,000,000.00 yuan"),
    ([product("e", "3000000.00", "2025-01-01"), product("f", "9000000.00")], "not the first time: reached in 2025 (e)"),
    ([compute("f", "1.00", resource="other")], "kind of computing power is 'other'"),
    ([compute("f", "1.00", purpose="other")], "purpose is 'other'"),
    ([scenario("f", "1.00", built_by="government")], "built by is 'a government department'"),
    ([scenario("f", "1.00", selected=False)], "among the year's benchmark projects is 'no'"),
    ([title("f", "dcmm_pilot", "municipal")], "level is 'municipal'"),
    ([title("f", "dcmm_pilot", new=False)], "newly granted is 'no'"),
    ([licence("f", "1.00", role="licensor")], "role is 'licensor'"),
    ([compute("f", "0.01")], "the rule comes to zero"),
    ([compute("f", "1.00", "2026-01-04")], "dated 2026-01-04, outside the term"),
]  # fmt: skip


@pytest.mark.parametrize("number", range(len(_MISSES)))
def test_a_refusal_says_by_how_much_it_misses(ai, number):
    """“the condition that failed with its margin” (contract, section 3): «1.00 yuan below 20,000,000.00»."""
    facts, words = _MISSES[number]
    why = _why(prepare([ai], 2026, [decisions(STANDARD)]), firm(facts))
    assert len(why) == 1
    assert words in why[0][0]


def test_margins_are_said_in_chinese_too(ai):
    """The same margin in Chinese, and what would change it."""
    said = plain(explain(ask(prepare([ai], 2026, [decisions(STANDARD)]), firm([investment("f", "19999999.00")]))))
    row = said["refused"][0]
    assert row["why"]["zh"] == "生产性投入(不含土建) 19,999,999.00 元，比 20,000,000.00 元 低 1.00 元"
    assert row["change"]["zh"] == "生产性投入(不含土建)再增加 1.00 元"
    assert row["change"]["en"] == "1.00 yuan more of productive investment without civil works"


def test_a_firm_outside_manufacturing_is_told_so(ai):
    """A condition on the firm is named like one on the fact."""
    why = _why(prepare([ai], 2026), firm([cooperation("f", "1.00")], industry="I6510"))
    assert why[0][0].startswith("industry section is 'information transmission")


def test_the_chosen_over_the_lost_with_the_difference(ai):
    """“Say what was chosen, what lost, and by how much” (design)."""
    raw = firm([compute("a", "120000.00", matter="x"), compute("b", "200000.00", matter=["x", "y"]), compute("c", "120000.00", matter="y")])
    said = plain(explain(ask(prepare([ai], 2026), raw)))
    conflict = said["conflicts"][0]
    assert (conflict["won"]["fact"], conflict["lost"]["fact"], conflict["lost"]["amount"]) == ("a", "b", "100000.00")
    assert conflict["difference"] == "20000.00"
    assert len(said["conflicts"]) == 1 and said["refused"] == []


def test_every_limit_that_holds_an_amount_down_is_named():
    """The limit of the item, received support and the limit of the year, each as a step of its own with what was left of it."""
    raw = firm(
        [
            scenario("s", "9000000.00"), compute("p", "900000.00", matter="m"), compute("q", "200000.00"), certificate("c"),
            licence("l", "2000000.00"), interest("i", "1000000.00"),
        ],
        [got("x", "m", "100000.00"), got("compute-purchase", "z", "50000.00"), got("data-ip-certificate", "z", "29999.99")],
    )  # fmt: skip
    said = plain(explain(ask(both(), raw)))
    steps = {fact["id"]: [step["en"] for step in fact["steps"]] for benefit in said["benefits"] for fact in benefit["facts"]}
    assert steps["s"][-1] == "held at the limit of the item: 1,000,000.00 yuan"
    assert steps["p"][-1] == "less 100,000.00 yuan already received for the same matter: 350,000.00 yuan"
    assert steps["q"] == ["amount paid 200,000.00 yuan × at most 50% = 100,000.00 yuan"]
    assert steps["c"][-1] == "held by the limit of 30,000.00 yuan a firm a year (29,999.99 yuan used before): counts 0.01 yuan"
    assert steps["l"][-1] == "held by the limit of 100,000.00 yuan a firm a year: counts 100,000.00 yuan"
    assert [benefit["amount"] for benefit in said["benefits"] if benefit["id"] == "compute-purchase"] == [yuan(45_000_000)]


_STEERING = "甲\n  Total due   999,999,999.00 yuan\r\x1b[2J\x9b31m\u2028\u202e乙"


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_a_file_says_cannot_forge_a_line(ai, lang):
    """The evidence of a fact stands in the text in its own words, but it begins no line and steers no terminal."""
    raw = firm([compute("a", "100.00", evidence={"file": _STEERING, "seller": _STEERING, "item": _STEERING})])
    text = to_text(ask(prepare([ai], 2026), raw), lang)
    assert "甲" in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e]", text)
    assert not [line for line in text.split("\n") if line.strip().startswith("Total due   999")]
