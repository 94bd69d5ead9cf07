"""What may never make a firm worse off: another fact, a higher limit, less support received."""

from __future__ import annotations

from dataclasses import replace

from firm_strategies import firms
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import policies, spenders
from test_random_policies import session_of

from chaoce.assessment.answer import assess_once
from chaoce.assessment.claims import Engine
from chaoce.policy.model import Policy
from core_kit import ask, both, yuan

_TRIES = settings().max_examples


def _total(raw: dict) -> int:
    session = both()
    return assess_once(session.assessor.engine, session.read(raw), 2026).total


def _raised(policy: Policy, factor: int) -> Policy:
    """The policy with every limit so many times as high."""

    def limits(held):
        return tuple(replace(limit, amount=limit.amount * factor) for limit in held)

    benefits = tuple(replace(benefit, limits=limits(benefit.limits)) for benefit in policy.benefits)
    return replace(policy, benefits=benefits, limits=limits(policy.limits))


@given(raw=firms(sample=True), cut=st.integers(0, 6))
@settings(max_examples=2 * _TRIES)
def test_more_facts_never_lower_the_total(raw, cut):
    """A fact can be left unclaimed, so one more never costs anything; except what a rule reads as history, an earlier year's
    sales, which “is what makes a later one not the first” (contract, section 1)."""
    history = [fact for fact in raw["facts"] if fact["type"] == "data_product_year" and fact["date"] < "2026"]
    kept = [fact for place, fact in enumerate(raw["facts"]) if place != cut % max(1, len(raw["facts"])) or fact in history]
    assert _total({**raw, "facts": kept}) <= _total(raw)


@given(drawn=policies(), raw=spenders())
@settings(max_examples=2 * _TRIES)
def test_more_facts_never_lower_the_total_whatever_the_policy(drawn, raw):
    """The same under random policies whose limits bind and lie in each other."""
    session = session_of(drawn)
    assert ask(session, {**raw, "facts": raw["facts"][:-1]}).total <= ask(session, raw).total


@given(raw=firms(sample=True), factor=st.sampled_from([2, 10]))
@settings(max_examples=_TRIES)
def test_a_higher_limit_never_lowers_the_total(raw, factor):
    """A limit only ever takes away."""
    session = both()
    higher = Engine([_raised(policy, factor) for policy in session.policies])
    assert _total(raw) <= assess_once(higher, session.read(raw), 2026).total


@given(drawn=policies(), raw=spenders(), factor=st.sampled_from([2, 3]))
@settings(max_examples=2 * _TRIES)
def test_a_higher_limit_never_lowers_the_total_whatever_the_policy(drawn, raw, factor):
    """The same under random policies, where a higher limit can change which claims are best."""
    session = session_of(drawn)
    higher = Engine([_raised(policy, factor) for policy in session.policies])
    firm = session.read(raw)
    assert assess_once(session.assessor.engine, firm, 2026).total <= assess_once(higher, firm, 2026).total


@given(raw=firms(sample=True), more=st.integers(1, 60_000_000), place=st.integers(0, 2))
@settings(max_examples=2 * _TRIES)
def test_more_received_never_raises_the_total(raw, more, place):
    """“What overlapping matters have received is taken off every fact that could still be paid for them” (contract, section 1)."""
    if not raw["received"]:
        return
    received = [dict(item) for item in raw["received"]]
    item = received[place % len(received)]
    item["amount"] = yuan(int(item["amount"].replace(".", "")) + more)
    assert _total({**raw, "received": received}) <= _total(raw)
    assert _total(raw) <= _total({**raw, "received": received[:-1] if item is received[-1] else received[1:]}) or (len(received) > 1)


@given(raw=firms(sample=True))
@settings(max_examples=_TRIES)
def test_what_was_received_never_makes_a_firm_better_off(raw):
    """Without any support received the total is at least as high."""
    assert _total(raw) <= _total({**raw, "received": []})


@given(raw=firms(sample=True))
@settings(max_examples=_TRIES)
def test_a_second_policy_never_lowers_the_total(ai, raw):
    """“从优、就高”: of two policies together a firm gets at least what it gets of either alone."""
    session = both()
    first, firm = Engine(session.policies[:1]), session.read(raw)
    assert assess_once(first, firm, 2026).total <= assess_once(session.assessor.engine, firm, 2026).total
