"""The best lawful claim against brute force: “of all lawful ways to claim, the firm gets the one with the highest total”."""

from __future__ import annotations

import pytest
from claim_reference import best, haining_ai, haining_manufacturing
from firm_strategies import firms
from hypothesis import given, settings
from hypothesis import strategies as st

from chaoce.assessment import choose
from chaoce.assessment.answer import assess_once
from chaoce.assessment.prepare import prepare
from chaoce.assessment.wire import to_json
from core_kit import alone, both, run, yuan

_TRIES = settings().max_examples


def _same(answer: dict, expected, plans) -> None:
    """Total, benefits in the plan's order and what each fact gives, to the fen."""
    paid = {(row["policy"], row["id"]): [(fact["id"], fact["amount"]) for fact in row["facts"]] for row in answer["benefits"]}
    wanted = {
        (plan.id, rule.id): [(name, yuan(amount)) for name, amount in expected.paid[plan.id, rule.id]]
        for plan in plans
        for rule in plan.rules
        if (plan.id, rule.id) in expected.paid
    }
    assert answer["total"] == yuan(expected.total)
    assert paid == wanted
    assert list(paid) == list(wanted)
    assert answer["optimal"] is True


def _once(session, raw: dict) -> dict:
    return to_json(assess_once(session.assessor.engine, session.read(raw), session.year))


@given(raw=firms(), made=st.sampled_from(["none", "standard", "decided"]), year=st.sampled_from([2026, 2026, 2026, 2027]))
@settings(max_examples=4 * _TRIES)
def test_the_plan_alone_equals_brute_force(raw, made, year):
    """“of all lawful ways to claim, the firm gets the one with the highest total”; “Ties: larger amounts for the benefits earlier
    in the plan, then the smaller sorted list of fact ids”; “a limit that binds is filled by date, then id” (contract, 2 and 3)."""
    plans = [haining_ai(made)]
    _same(_once(alone(made, year), raw), best(plans, raw, year), plans)


@given(
    raw=firms(types=("investment_project", "compute_purchase", "ai_cooperation"), sample=True),
    made=st.sampled_from(["none", "standard"]),
    brackets=st.booleans(),
    year=st.sampled_from([2026, 2026, 2027]),
)
@settings(max_examples=3 * _TRIES)
def test_two_policies_together_equal_brute_force(raw, made, brackets, year):
    """“`--policy DIR` (may be repeated: assessed together)”: a project is paid by one of two policies, once; equipment, software
    and the further award are paid beside each other under a limit that they share (contract, section 3)."""
    plans = [haining_ai(made), haining_manufacturing(brackets)]
    _same(_once(both(made, brackets, year), raw), best(plans, raw, year), plans)


@given(
    raw=firms(types=("compute_purchase", "ai_cooperation", "data_ip_licence", "investment_project"), sample=True),
    year=st.sampled_from([2026, 2027]),
)
@settings(max_examples=2 * _TRIES)
def test_the_solver_alone_finds_the_same_total(raw, year):
    """A part that is too large for the exact search goes to the solver: it finds the same total and proves it."""
    plans = [haining_ai("standard"), haining_manufacturing(True)]
    session = both(year=year)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(choose, "SEARCH_WORK", 0)
        answer = assess_once(session.assessor.engine, session.read(raw), year)
    assert yuan(answer.total) == yuan(best(plans, raw, year).total)
    assert answer.optimal


def test_what_lost_is_refused_with_the_claim_that_won(ai):
    """“`refused`: … the condition that failed with its margin, or the claim that won over it” (contract, section 3)."""
    from core_kit import compute, firm

    raw = firm([compute("p1", "100000.00", matter="m"), compute("p2", "300000.00", matter="m#1")])
    answer = run(prepare([ai], 2026), raw)
    assert answer["refused"] == [
        {
            "fact": "p1",
            "benefit": "compute-purchase",
            "reason": "overlap",
            "amount": "50000.00",
            "won": {"fact": "p2", "benefit": "compute-purchase", "amount": "150000.00"},
        }
    ]
