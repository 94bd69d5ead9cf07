"""Applications: what is due where some benefits are claimed for some facts, in one application or in several one after the other."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Iterable
from pathlib import Path

import pytest
from firm_strategies import firms
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import FACTS, Drawn, policies, spenders

from chaoce.assessment.answer import Answer, assess_once
from chaoce.assessment.explain import explain, plain
from chaoce.assessment.prepare import Session, prepare
from chaoce.assessment.wire import to_json
from chaoce.policy.model import Policy
from core_kit import both, compute, fen, firm, got, investment, title, write_policy, yuan

_TRIES = settings().max_examples
Claim = tuple[str, str, str]
MADE = "haining-manufacturing-2025"


def session_of(*drawn: Drawn) -> Session:
    with tempfile.TemporaryDirectory() as folder:
        return prepare([Policy.load(write_policy(Path(folder), own.name, own.blocks, FACTS)) for own in drawn], 2026)


def every(session: Session, raw: dict) -> list[Claim]:
    """All that could be written in an application: each benefit with each fact."""
    return [(line.policy.id, line.benefit.id, fact["id"]) for line in session.assessor.engine.lines for fact in raw["facts"]]


def claimed(session: Session, raw: dict, claims: Iterable[Claim]) -> Answer:
    return session.assess_claims(session.read(raw), frozenset(claims))


def whole(session: Session, raw: dict) -> Answer:
    """What `chaoce assess` gives, without other readings."""
    return assess_once(session.assessor.engine, session.read(raw), 2026)


def parts(answer: Answer) -> dict[Claim, int]:
    """What each claim is due."""
    return {(e.line.policy.id, e.id, paid.fact.id): paid.amount for e in answer.benefits for paid in e.paid}


def without_beside(session: Session, raw: dict) -> dict:
    """The firm without what it has received for benefits that are paid beside others (that has its own tests below)."""
    beside = {line.benefit.id for line in session.assessor.engine.lines if line.benefit.beside}
    return {**raw, "received": [item for item in raw["received"] if item["benefit"] not in beside]}


@given(one=policies("p"), two=policies("q"), raw=spenders(5))
@settings(max_examples=2 * _TRIES)
def test_who_claims_all_gets_the_assessment(one, two, raw):
    """An application that claims every benefit for every fact comes to what `assess` gives, to the byte."""
    session = session_of(one, two)
    raw = without_beside(session, raw)
    assert to_json(claimed(session, raw, every(session, raw))) == to_json(whole(session, raw))


@given(raw=firms(sample=True))
@settings(max_examples=2 * _TRIES)
def test_who_claims_all_of_the_plan_gets_the_assessment(raw):
    """The same under the plan and the support of equipment and software, whatever was received before: the total, fact by fact."""
    session = both()
    answer, all_of_it = whole(session, raw), claimed(session, raw, every(session, raw))
    assert all_of_it.total == answer.total
    if raw == without_beside(session, raw):
        assert to_json(all_of_it) == to_json(answer)


@given(one=policies("p"), two=policies("q"), raw=spenders(5), data=st.data())
@settings(max_examples=3 * _TRIES)
def test_who_claims_less_gets_no_more(one, two, raw, data):
    """Claims of a part never come to more than claims of all, and nothing is due, or refused, that is not claimed."""
    session = session_of(one, two)
    raw = without_beside(session, raw)
    some = set(data.draw(st.lists(st.sampled_from(every(session, raw)), unique=True)))
    fewer = {claim for claim in some if data.draw(st.booleans())}
    answers = [claimed(session, raw, claims) for claims in (fewer, some)]
    assert answers[0].total <= answers[1].total <= whole(session, raw).total
    for claims, answer in zip((fewer, some), answers, strict=True):
        assert parts(answer).keys() <= claims
        assert {(r.line.policy.id, r.line.benefit.id, r.fact.id) for r in answer.refused} <= claims
        plain(explain(answer))


@given(raw=firms(sample=True), data=st.data())
@settings(max_examples=2 * _TRIES)
def test_parts_of_one_matter_in_one_application_after_the_other(raw, data):
    """Whoever claims in several applications what is paid beside each other gets no more than who claims all of it at once."""
    session = both()
    best = whole(session, raw).total
    claims = data.draw(st.permutations([claim for claim in every(session, raw) if claim[0] == MADE]))
    others = [claim for claim in every(session, raw) if claim[0] != MADE]
    matters = {fact["id"]: fact.get("matter", fact["id"]) for fact in raw["facts"]}
    if any(isinstance(matter, list) for matter in matters.values()):
        return  # received support has one matter; the service links the others (facts/dossier.py)
    total, received = 0, list(raw["received"])
    for some in [*([claim] for claim in claims), others]:
        for (policy, benefit, fact), amount in parts(claimed(session, {**raw, "received": received}, some)).items():
            total += amount
            matter = matters[fact]
            if fact in {own["id"] for own in raw["facts"] if own["type"] == "recognition" and "matter" not in own}:
                matter = f"recognition:{next(own['title'] for own in raw['facts'] if own['id'] == fact)}"
            received.append(got(benefit, matter, yuan(amount), "2026-12-31", policy=policy, year=2026))
    if not _once_by_title(raw):
        assert total <= best


def _once_by_title(raw: dict) -> bool:
    """Whether an award that is paid once a title, or product, could be claimed for two matters: the service's part (cases/amounts.py)."""
    keys = [fact.get("title") or fact.get("product") for fact in raw["facts"]]
    return len([key for key in keys if key]) != len({key for key in keys if key})


def project(software: str = "3000000", equipment: str = "8000000", sample: bool = True) -> dict:
    return investment("i", "10000000", ai_field=False, equipment=equipment, software=software, digital_sample=sample)


def one_after_the_other(raw: dict, order: Iterable[str]) -> dict[str, int]:
    """What each benefit of the project gives where each is claimed in an application of its own, in this order."""
    found: dict[str, int] = {}
    received = list(raw["received"])
    for benefit in order:
        due = parts(claimed(both(), {**raw, "received": received}, [(MADE, benefit, "i")]))
        for (policy, name, fact), amount in due.items():
            found[name] = found.get(name, 0) + amount
            received.append(got(name, fact, yuan(amount), policy=policy))
    return found


@pytest.mark.parametrize("order", list(itertools.permutations(["equipment", "software", "digital-sample"])))
def test_beside_each_other_in_any_order(order):
    """Equipment, software and the further award for software may be claimed in three applications: each is paid in full and once,
    but the further award only after what it is on top of."""
    raw = firm([project()])
    at_once = {name: amount for (_, name, _), amount in parts(whole(both(), raw)).items()}
    found = one_after_the_other(raw, order)
    if order.index("digital-sample") < order.index("software"):
        assert "digital-sample" not in found
        at_once.pop("digital-sample")
    assert found == at_once
    assert one_after_the_other(raw, [*order, *order]) == {name: amount for (_, name, _), amount in parts(whole(both(), raw)).items()}


@pytest.mark.parametrize("order", [("equipment", "software"), ("software", "equipment")])
def test_beside_each_other_under_one_limit(order):
    """“设备和软件合计单个项目最高2000万元” binds the applications together, in either order."""
    raw = firm([project(software="60000000", equipment="200000000", sample=False)])
    assert sum(one_after_the_other(raw, order).values()) == 20_000_000_00 == whole(both(), raw).total


@pytest.mark.parametrize("order", [("equipment", "software"), ("software", "equipment")])
def test_other_support_is_taken_off_once(order):
    """What another plan has paid for the matter is taken off what is claimed first, and not once more off what is claimed beside it."""
    raw = firm([project(sample=False)], [got("national-grant", "i", "50000")])
    assert sum(one_after_the_other(raw, order).values()) == whole(both(), raw).total


def test_other_support_is_not_left_on_what_nobody_claims():
    """Software claimed alone is less what another plan has paid for the project, though equipment, not claimed, could bear it."""
    raw = firm([project(sample=False)], [got("national-grant", "i", "50000")])
    alone = firm([project(sample=False)])
    (bare,) = parts(claimed(both(), alone, [(MADE, "software", "i")])).values()
    assert parts(claimed(both(), raw, [(MADE, "software", "i")])) == {(MADE, "software", "i"): bare - 50000_00}


def test_a_benefit_is_not_paid_again_in_the_name_of_one_beside_it():
    """Software granted once is not due again, although the project could still get equipment."""
    raw = firm([project(sample=False)])
    (amount,) = parts(claimed(both(), raw, [(MADE, "software", "i")])).values()
    again = {**raw, "received": [got("software", "i", yuan(amount), policy=MADE)]}
    answer = claimed(both(), again, [(MADE, "software", "i")])
    assert answer.total == 0
    assert [refusal.reason for refusal in answer.refused] == ["received"]
    both_claimed = parts(claimed(both(), again, [(MADE, "software", "i"), (MADE, "equipment", "i")]))
    assert both_claimed == {(MADE, "equipment", "i"): parts(whole(both(), raw))[MADE, "equipment", "i"]}


def test_what_was_granted_less_than_due_may_be_topped_up():
    """A benefit that was granted in part is due the rest of itself, and nothing of what is beside it."""
    raw = firm([project(sample=False)])
    (amount,) = parts(claimed(both(), raw, [(MADE, "software", "i")])).values()
    again = {**raw, "received": [got("software", "i", "100", policy=MADE)]}
    assert parts(claimed(both(), again, [(MADE, "software", "i")])) == {(MADE, "software", "i"): amount - 100_00}


def test_on_top_of_nothing():
    """“在原基础上加奖10%” needs what it is on top of: claimed with it, or received before."""
    answer = claimed(both(), firm([project()]), [(MADE, "digital-sample", "i")])
    assert answer.total == 0
    row = to_json(answer)["refused"][0]
    assert (row["reason"], row["base"]) == ("base", ["software"])
    said = explain(answer)["refused"][0]
    assert "软件投入奖励" in said["why"].zh
    assert "Award for software" in said["change"].en
    with_software = claimed(both(), firm([project()]), [(MADE, "digital-sample", "i"), (MADE, "software", "i")])
    assert parts(with_software)[MADE, "digital-sample", "i"] == fen("39000.00") + fen("4000.00")  # a tenth of 13% of 1m and 15% of 2m
    after = firm([project()], [got("software", "i", "430000.00", policy=MADE)])
    assert parts(claimed(both(), after, [(MADE, "digital-sample", "i")])) == {(MADE, "digital-sample", "i"): fen("43000.00")}


def test_conditions_read_facts_that_are_not_claimed():
    """“首次” looks at every fact of the firm, claimed or not."""
    sales = {"type": "data_product_year", "product": "p", "registered": True, "sales": "3000000.00"}
    raw = firm([{**sales, "id": "y25", "date": "2025-12-31"}, {**sales, "id": "y26", "date": "2026-12-31"}])
    assert claimed(both(), raw, [("haining-ai-2026", "data-product-sales", "y26")]).total == 0


def test_claims_that_exclude_each_other_are_settled_within_the_application():
    """Two facts of one matter in one application: one of them is paid, at its best."""
    raw = firm([compute("a", "100000", matter="invoice:1"), compute("b", "200000", matter="invoice:1#1")])
    claims = [("haining-ai-2026", "compute-purchase", key) for key in "ab"]
    assert parts(claimed(both(), raw, claims)) == {claims[1]: 100000_00}
    assert parts(claimed(both(), raw, claims[:1])) == {claims[0]: 50000_00}


def test_what_is_not_there_is_not_claimed():
    """A claim of a fact that does not stand, of a benefit that reads other facts, or of no benefit at all comes to nothing."""
    raw = firm([title("r", "cdo_pilot")])
    plan = "haining-ai-2026"
    for claims in ([(plan, "cdo-pilot", "gone")], [(plan, "compute-purchase", "r")], [(plan, "nothing", "r")], []):
        assert parts(claimed(both(), raw, claims)) == {}
