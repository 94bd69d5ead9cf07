"""Firms too large to search: the solver's answer is lawful, bounded, the same every time, and silent."""

from __future__ import annotations

import random

import pytest
from claim_reference import money
from conflict_kit import check_lawful, instance

from chaoce.assessment import choose
from chaoce.assessment.prepare import prepare
from core_kit import run


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


def test_sums_of_any_size_are_exact(tmp_path, monkeypatch):
    """“Money is whole fen”: where sums are beyond what floating point can tell apart, the total is still exact and the bound no
    lower than the truth."""
    made = instance(8, 3, 80)
    for place, fact in enumerate(made.raw["facts"]):
        fact["paid"] = f"99999999999999{place}.{place}1"
        fact["matter"] = ["m"] if place < 4 else [f"m{place}"]
    session = prepare(made.policies(tmp_path), 2026)
    searched = run(session, made.raw)
    monkeypatch.setattr(choose, "SEARCH_WORK", 0)
    solved = run(session, made.raw)
    check_lawful(made, searched)
    check_lawful(made, solved)
    assert money(solved.get("bound", solved["total"])) >= money(searched["total"])
