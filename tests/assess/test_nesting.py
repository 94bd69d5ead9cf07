"""Limits that lie in each other, and a choice under change: its worth is at every step what the ledger would say."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from conflict_kit import instance
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import FACTS, policies, spenders
from test_random_policies import session_of

from chaoce.assessment.conflict import cliques
from chaoce.assessment.nesting import Nesting, Standing
from chaoce.assessment.prepare import Session, prepare
from chaoce.assessment.problem import Ledger, groups_of
from chaoce.policy.model import Policy
from core_kit import firm, kept, write_policy

_TRIES = settings().max_examples


def _stand(session: Session, raw: dict):
    """A standing over all claims of a firm, with the ledger that it must agree with."""
    engine, read = session.assessor.engine, session.read(raw)
    claims, _ = engine.claims(read, 2026)
    caps = engine.caps_over(claims, read, 2026)
    groups = groups_of(range(len(claims)), cliques(claims))
    nesting = Nesting(range(len(caps)), caps)
    return Standing(list(range(len(claims))), groups, claims, nesting), Ledger(claims, caps), groups


def _lawful(standing: Standing, groups: dict[int, tuple[int, ...]]) -> None:
    held = [group for number in standing.made for group in groups[number]]
    assert len(held) == len(set(held))


@given(one=policies("p"), two=policies("q"), raw=spenders(6), seed=st.integers(0, 99))
@settings(max_examples=2 * _TRIES)
def test_a_choice_is_worth_what_the_ledger_says_at_every_step(one, two, raw, seed):
    """Claims come in and go out; the worth that is kept up to date equals the sum under the limits filled by date, then id."""
    standing, ledger, groups = _stand(session_of(one, two), raw)
    chance = random.Random(seed)
    assert standing.worth() == 0
    for _ in range(12):
        number = chance.randrange(len(groups)) if groups else None
        if number is None:
            return
        if number in standing.made:
            standing.put(number, -1)
        elif not standing.rivals(number):
            standing.put(number, 1)
        _lawful(standing, groups)
        assert standing.worth() == ledger.total(sorted(standing.made))
    assert all(set(standing.rivals(number)) <= standing.made for number in groups if number not in standing.made)


@given(one=policies("p"), two=policies("q"), raw=spenders(6))
@settings(max_examples=2 * _TRIES)
def test_completing_makes_all_that_is_still_lawful(one, two, raw):
    """What no claim made excludes is made: afterwards every claim left out has a rival, and nothing was taken back."""
    standing, ledger, groups = _stand(session_of(one, two), raw)
    if groups:
        standing.put(len(groups) - 1, 1)
    before = set(standing.made)
    standing.complete()
    _lawful(standing, groups)
    assert before <= standing.made
    assert all(standing.rivals(number) for number in groups if number not in standing.made)
    assert standing.worth() == ledger.total(sorted(standing.made))


@given(one=policies("p"), two=policies("q"), raw=spenders(6))
@settings(max_examples=2 * _TRIES)
def test_improving_never_makes_it_worse_and_ends_where_no_exchange_helps(one, two, raw):
    """Single claims are exchanged for their rivals as long as the worth grows: at the end no single exchange would."""
    standing, ledger, groups = _stand(session_of(one, two), raw)
    standing.complete()
    before = standing.worth()
    standing.improve(50)
    _lawful(standing, groups)
    after = standing.worth()
    assert before <= after == ledger.total(sorted(standing.made))
    for number in groups:
        if number in standing.made:
            continue
        rivals = standing.rivals(number)
        assert rivals
        for rival in rivals:
            standing.put(rival, -1)
        standing.put(number, 1)
        assert standing.worth() <= after
        standing.put(number, -1)
        for rival in rivals:
            standing.put(rival, 1)


_BLOCKS = "甲。\n```benefit p1\ntitle: {zh: 甲, en: p1}\non: spend\npays: 100% of paid\n```\n"


@kept
def _plain() -> Session:
    with tempfile.TemporaryDirectory() as folder:
        return prepare([Policy.load(write_policy(Path(folder), "p", _BLOCKS, FACTS))], 2026)


def _spend(id: str, matter: str | list[str], paid: str) -> dict:
    return {"id": id, "type": "spend", "date": "2026-01-01", "matter": matter, "kind": "x", "group": "g", "paid": paid}


def test_a_worse_claim_is_exchanged_for_a_better_one():
    """From the worst choice of a chain to the best, exchange by exchange; and it stops at once where nothing can be gained."""
    raw = firm([_spend("f1", ["a", "b"], "10.00"), _spend("f2", "a", "7.00"), _spend("f3", ["b", "c"], "17.00"), _spend("f4", "c", "6.00")])
    standing, _, groups = _stand(_plain(), raw)
    standing.put(0, 1)
    standing.complete()
    assert (standing.made, standing.worth()) == ({0, 3}, 1600)
    standing.improve(8)
    assert (standing.made, standing.worth()) == ({1, 2}, 2400)
    standing.improve(8)
    assert (standing.made, standing.worth()) == ({1, 2}, 2400)
    _lawful(standing, groups)


def test_no_round_is_no_exchange():
    """The number of rounds is the limit of the work."""
    raw = firm([_spend("f1", "a", "10.00"), _spend("f2", "a", "17.00")])
    standing, _, _ = _stand(_plain(), raw)
    standing.complete()
    standing.improve(0)
    assert standing.worth() == 1000
    standing.improve(1)
    assert standing.worth() == 1700


@pytest.mark.parametrize("seed", range(3))
def test_a_large_choice_improves(seed, tmp_path):
    """Where hundreds meet, exchanging brings a choice made blindly up to within a few per cent of the best."""
    made = instance(60, seed, 60)
    session = prepare(made.policies(tmp_path), 2026)
    standing, ledger, groups = _stand(session, made.raw)
    standing.complete()
    before = standing.worth()
    standing.improve(20)
    _lawful(standing, groups)
    assert standing.worth() == ledger.total(sorted(standing.made)) > before
    assert standing.worth() * 100 >= session.assess(session.read(made.raw)).total * 85
