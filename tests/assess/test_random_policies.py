"""The best lawful claim under policies that nobody wrote: random rules as literate files, against brute force."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from claim_reference import Plan, Rule, best, money
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import FACTS, Drawn, policies, spenders

from chaoce.assessment import choose
from chaoce.assessment.answer import Answer
from chaoce.assessment.prepare import Session, prepare
from chaoce.policy.model import Policy
from core_kit import ask, firm, write_policy, yuan

_TRIES = settings().max_examples


def session_of(*drawn: Drawn) -> Session:
    with tempfile.TemporaryDirectory() as folder:
        return prepare([Policy.load(write_policy(Path(folder), own.name, own.blocks, FACTS)) for own in drawn], 2026)


def said(answer: Answer) -> dict:
    """(policy, benefit) -> what each fact gives."""
    return {(e.line.policy.id, e.id): [(paid.fact.id, paid.amount) for paid in e.paid] for e in answer.benefits}


@given(drawn=policies(), raw=spenders())
@settings(max_examples=3 * _TRIES)
def test_one_policy(drawn, raw):
    """“Choose the claims with the highest total” (design): total, amounts and ties equal those of trying every lawful way."""
    answer, expected = ask(session_of(drawn), raw), best([drawn.plan], raw, 2026)
    assert yuan(answer.total) == yuan(expected.total)
    assert answer.optimal
    assert said(answer) == expected.paid


@given(one=policies("p"), two=policies("q"), raw=spenders(5))
@settings(max_examples=3 * _TRIES)
def test_two_policies_that_meet(one, two, raw):
    """“A matter serves one claim” (design), whichever of two policies makes it."""
    answer, expected = ask(session_of(one, two), raw), best([one.plan, two.plan], raw, 2026)
    assert yuan(answer.total) == yuan(expected.total)
    assert answer.optimal
    assert said(answer) == expected.paid


@given(one=policies("p"), two=policies("q"), raw=spenders(6))
@settings(max_examples=3 * _TRIES)
def test_the_solver_reaches_the_same_total(one, two, raw):
    """“solve only the rest with HiGHS, recompute its choice in integer fen, and say optimal only with the proof” (design)."""
    expected = best([one.plan, two.plan], raw, 2026)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choose, "SEARCH_WORK", 0)
        answer = ask(session_of(one, two), raw)
    assert answer.bound >= expected.total
    assert yuan(answer.total) == yuan(expected.total)
    assert answer.optimal


_TIE_P = "甲。\n```benefit p1\ntitle: {zh: 甲, en: p1}\non: spend\npays: 20\nlimit: 20 per firm per year\n```\n"
_TIE_Q = "乙。\n```benefit q1\ntitle: {zh: 乙, en: q1}\non: spend\npays: 50\nwhere: kind == x\nlimit: 50 per firm per year\n```\n"


def _spend(id: str, matter: str | list[str], kind: str = "x", date: str = "2026-01-01") -> dict:
    return {"id": id, "type": "spend", "date": date, "matter": matter, "kind": kind, "group": "g", "paid": "100.00"}


def test_of_equal_claims_the_smaller_list_of_facts_is_made(tmp_path):
    """“Ties: larger amounts for the benefits earlier in the plan, then the smaller sorted list of fact ids”: f1 and f2 come before
    f1 and f3, although f1 must take the later benefit for it."""
    session = prepare(
        [Policy.load(write_policy(tmp_path, "p", _TIE_P, FACTS)), Policy.load(write_policy(tmp_path, "q", _TIE_Q, FACTS))], 2026
    )
    answer = ask(session, firm([_spend("f1", "a"), _spend("f2", "b", "y"), _spend("f3", "b")]))
    assert said(answer) == {("p", "p1"): [("f2", 2000)], ("q", "q1"): [("f1", 5000)]}


def test_of_equal_totals_the_earlier_benefit_gets_more(tmp_path):
    """“larger amounts for the benefits earlier in the plan” (contract, section 3), whatever the ids say."""
    blocks = (
        "甲。\n```benefit p1\ntitle: {zh: 甲, en: p1}\non: spend\npays: 20\nwhere: kind == y\n```\n"
        "乙。\n```benefit p2\ntitle: {zh: 乙, en: p2}\non: spend\npays: 20\nwhere: kind == x\n```\n"
    )
    session = prepare([Policy.load(write_policy(tmp_path, "p", blocks, FACTS))], 2026)
    assert said(ask(session, firm([_spend("f1", "a", "x"), _spend("f2", "a", "y")]))) == {("p", "p1"): [("f2", 2000)]}
    assert said(ask(session, firm([_spend("f2", "a", "y"), _spend("f1", "a", "y")]))) == {("p", "p1"): [("f1", 2000)]}


@pytest.mark.parametrize("work", [0, 60_000])
@pytest.mark.parametrize(("first", "second"), [("30.00", "10.00"), ("10.00", "30.00"), ("39.99", "0.01")])
def test_of_equal_totals_two_facts_of_the_earlier_benefit_win_over_one(first, second, work, tmp_path, monkeypatch):
    """Ties look at what each benefit gets in all: 20 and 20 of the earlier benefit before 30 of it and 10 of the later, although
    each 20 is less than 30 and the ids come later."""
    blocks = (
        "甲。\n```benefit p1\ntitle: {zh: 甲, en: p1}\non: spend\npays: 100% of paid\nwhere: kind == x\n```\n"
        "乙。\n```benefit p2\ntitle: {zh: 乙, en: p2}\non: spend\npays: 100% of paid\nwhere: kind == y\n```\n"
    )
    monkeypatch.setattr(choose, "SEARCH_WORK", work)
    session = prepare([Policy.load(write_policy(tmp_path, "p", blocks, FACTS))], 2026)
    facts = [_spend("f1", ["a", "b"]), _spend("f2", ["c", "d"], "y"), _spend("f3", ["a", "c"]), _spend("f4", ["b", "d"])]
    for fact, paid in zip(facts, (first, second, "20.00", "20.00"), strict=True):
        fact["paid"] = paid
    answer = ask(session, firm(facts))
    assert (answer.total, answer.optimal) == (4000, True)
    if work:
        assert said(answer) == {("p", "p1"): [("f3", 2000), ("f4", 2000)]}


_TIED = Plan(
    "p",
    (
        Rule("p1", "spend", lambda fact, firm: fact["kind"] == "x", lambda fact, firm: money(fact["paid"]), yearly=5000),
        Rule("p2", "spend", lambda fact, firm: True, lambda fact, firm: money(fact["paid"]) // 2),
        Rule("p3", "spend", lambda fact, firm: fact["group"] == "g", lambda fact, firm: 1000),
    ),
    "2026-01-01",
    "9999-12-31",
)
_TIED_BLOCKS = (
    "甲。\n```benefit p1\ntitle: {zh: 甲, en: p1}\non: spend\npays: 100% of paid\nwhere: kind == x\nlimit: 50 per firm per year\n```\n"
    "乙。\n```benefit p2\ntitle: {zh: 乙, en: p2}\non: spend\npays: 50% of paid\n```\n"
    "丙。\n```benefit p3\ntitle: {zh: 丙, en: p3}\non: spend\npays: 10\nwhere: group == 'g'\n```\n"
)


@given(raw=spenders(6), sums=st.lists(st.sampled_from([1000, 2000, 3000, 4000]), min_size=6, max_size=6))
@settings(max_examples=3 * _TRIES)
def test_ties_of_round_sums(raw, sums):
    """Sums that often add up to the same: of equal totals exactly the claim that the contract names."""
    for fact, amount in zip(raw["facts"], sums, strict=False):
        fact |= {"type": "spend", "paid": yuan(amount)}
    answer, expected = ask(session_of(Drawn("p", _TIED_BLOCKS, _TIED)), raw), best([_TIED], raw, 2026)
    assert said(answer) == expected.paid
    assert answer.optimal


@pytest.mark.parametrize("work", [0, 1, 60_000])
def test_what_excludes_nothing_is_always_made(work, tmp_path, monkeypatch):
    """A claim that excludes no other is made, also where a limit that it shares with an earlier benefit is full without it: the
    limit “is filled by date, then id” (contract, section 3), and does not depend on a conflict elsewhere."""
    blocks = (
        "甲。\n```benefit p1\ntitle: {zh: 甲, en: p1}\non: prize\npays: 50\n```\n"
        "乙。\n```benefit p2\ntitle: {zh: 乙, en: p2}\non: spend\npays: 50\n```\n"
        "丙。\n```limit all\nlimit: 60 per firm per year\nover: [p1, p2]\n```\n"
    )
    monkeypatch.setattr(choose, "SEARCH_WORK", work)
    session = prepare([Policy.load(write_policy(tmp_path, "p", blocks, FACTS))], 2026)
    alone = [_spend("f1", "a"), {**_spend("f2", "b", date="2026-05-01"), "type": "prize"}]
    del alone[1]["paid"]
    assert said(ask(session, firm(alone))) == {("p", "p1"): [("f2", 1000)], ("p", "p2"): [("f1", 5000)]}
    beside = [*alone, _spend("f3", "c", date="2026-06-01"), _spend("f4", "c", date="2026-06-01")]
    assert said(ask(session, firm(beside))) == {("p", "p1"): [("f2", 1000)], ("p", "p2"): [("f1", 5000)]}


@given(drawn=policies(), raw=spenders(6), work=st.integers(1, 60))
@settings(max_examples=2 * _TRIES)
def test_a_search_that_stops_early_is_never_wrong(drawn, raw, work):
    """“The search stops after a fixed amount of work, never by the clock”: whatever the work, the total is lawful, never above
    the best, and the bound never below it (contract, section 3)."""
    expected = best([drawn.plan], raw, 2026)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choose, "SEARCH_WORK", work)
        answer = ask(session_of(drawn), raw)
    assert answer.total <= expected.total <= answer.bound
    assert not answer.optimal or answer.total == expected.total
