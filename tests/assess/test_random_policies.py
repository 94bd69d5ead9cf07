"""The best lawful claim under policies that nobody wrote: random rules as literate files, against brute force."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from claim_reference import best
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import FACTS, Drawn, policies, spenders

from chaoce.assessment import choose
from chaoce.assessment.answer import Answer
from chaoce.assessment.prepare import Session, prepare
from chaoce.policy.model import Policy
from core_kit import ask, write_policy, yuan

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
