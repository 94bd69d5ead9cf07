"""Firms too large to search: the solver's answer is lawful, bounded, the same every time, and silent."""

from __future__ import annotations

import random

import pytest
from claim_reference import money
from conflict_kit import check_lawful, instance
from policy_strategies import FACTS

from chaoce.assessment import choose
from chaoce.assessment.prepare import prepare
from chaoce.policy.model import Policy
from core_kit import firm, run, write_policy, yuan


@pytest.mark.parametrize("share", [15, 40, 80])
def test_three_hundred_facts_in_conflict_get_a_lawful_answer(share, tmp_path, capfd):
    """“solve only the rest with HiGHS, recompute its choice in integer fen, and say optimal only with the proof, else the bound
    (rounded outward) and the gap” (design): lawful by an independent check, at most the bound, and nothing printed."""
    made = instance(300, share, share)
    answer = run(prepare(made.policies(tmp_path), 2026), made.raw)
    check_lawful(made, answer)
    total = money(answer["total"])
    assert answer["optimal"] or money(answer["bound"]) - total < total // 100
    printed = capfd.readouterr()
    assert (printed.out, printed.err) == ("", "")


def test_the_order_of_anything_never_matters(tmp_path):
    """“the order of the file never matters” and “the same input gives the same bytes” (contract, section 3; design)."""
    made = instance(300, 7, 50)
    answers = [run(prepare(made.policies(tmp_path / "one"), 2026), made.raw)]
    answers.append(run(prepare(made.policies(tmp_path / "two"), 2026), made.raw))
    random.Random(7).shuffle(made.raw["facts"])
    for fact in made.raw["facts"]:
        fact["matter"] = fact["matter"][::-1]
    answers.append(run(prepare(made.policies(tmp_path / "three", turned=True), 2026), made.raw))
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize("seed", range(3))
def test_exact_goes_on_to_the_proof(seed, tmp_path, monkeypatch):
    """`--exact` goes on to the proof, whatever the search and the nodes left open."""
    monkeypatch.setattr(choose, "SEARCH_WORK", 1)
    made = instance(40, seed, 20)
    answer = run(prepare(made.policies(tmp_path), 2026), made.raw, exact=True)
    check_lawful(made, answer)
    assert answer["optimal"] is True


@pytest.mark.parametrize("seed", range(12))
def test_solver_and_search_agree(seed, tmp_path, monkeypatch):
    """The search in whole fen and the solver are two readers of one question: they give the same total, both with proof."""
    made = instance(12, seed, 15 + 5 * seed)
    session = prepare(made.policies(tmp_path), 2026)
    monkeypatch.setattr(choose, "SEARCH_WORK", 10**9)
    searched = run(session, made.raw)
    monkeypatch.setattr(choose, "SEARCH_WORK", 0)
    solved = run(session, made.raw, exact=True)
    check_lawful(made, searched)
    check_lawful(made, solved)
    assert searched["total"] == solved["total"]
    assert searched["optimal"] and solved["optimal"]


@pytest.mark.parametrize("step", range(4))
def test_sums_beyond_floating_point_are_never_called_proven_wrongly(step, tmp_path, monkeypatch):
    """“recompute its choice in integer fen, and say optimal only with the proof, else the bound (rounded outward)” (design): one
    fen more, in sums whose single fen no float can hold, is either found or lies under the bound."""
    blocks = "甲。\n```benefit p1\ntitle: {zh: 甲, en: p1}\non: spend\npays: 100% of paid\n```\n"
    session = prepare([Policy.load(write_policy(tmp_path, "p", blocks, FACTS))], 2026)
    left, right = 4 * 10**17 + 7 * step + 3, 4 * 10**17 + 3 * step
    raw = firm(
        {"id": name, "type": "spend", "date": "2026-01-01", "matter": matter, "kind": "x", "group": "g", "paid": yuan(paid)}
        for name, matter, paid in (("f1", "x", left), ("f2", ["x", "y"], left + right - 1), ("f3", "y", right))
    )
    assert run(session, raw)["total"] == yuan(left + right)
    monkeypatch.setattr(choose, "SEARCH_WORK", 0)
    answer = run(session, raw)
    assert answer["total"] == yuan(left + right) or money(answer["bound"]) >= left + right


def test_two_parts_of_a_claim_under_one_limit(tmp_path, monkeypatch):
    """Benefits paid beside each other under a limit that they share are one claim with two parts: the limit holds their sum."""
    blocks = (
        "甲。\n```benefit p1\ntitle: {zh: 甲, en: p1}\non: spend\npays: 50% of paid\nbeside: p2\n```\n"
        "甲。\n```benefit p2\ntitle: {zh: 乙, en: p2}\non: spend\npays: 30% of paid\nbeside: p1\n```\n"
        "甲。\n```benefit p3\ntitle: {zh: 丙, en: p3}\non: spend\npays: 70% of paid\n```\n"
        "甲。\n```limit both\nlimit: 60 per firm per year\nover: [p1, p2]\n```\n"
    )
    session = prepare([Policy.load(write_policy(tmp_path, "p", blocks, FACTS))], 2026)
    raw = firm([{"id": "f1", "type": "spend", "date": "2026-01-01", "matter": "a", "kind": "x", "group": "g", "paid": "100.00"}])
    monkeypatch.setattr(choose, "SEARCH_WORK", 0)
    answer = run(session, raw)
    assert (answer["total"], answer["optimal"]) == ("70.00", True)
