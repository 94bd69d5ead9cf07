"""The amounts of a case: computed by the engine from what is pinned, lowered and never raised, granted once, seen by all that follows."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.db import DatabaseError, connection, transaction
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chaoce import Policy, assess
from chaoce.marked import read_marked
from chaoce.money import format_yuan
from chaoce.policy.decisions import read_decisions
from chaoce.service.cases import amounts, steps
from chaoce.service.cases.faults import Refused, Stale
from chaoce.service.cases.flow import Outcome, State
from chaoce.service.cases.models import Assessed, Case
from chaoce.service.facts.record import add_facts, add_received, withdraw_facts
from chaoce.service.plan.models import YearDecisions
from service.api_kit import Program, said
from service.kit import FORM, client_of, make_call, make_firm, make_member, purchase, reviewed, submitted
from service.truths import ask, broken

pytestmark = pytest.mark.django_db

PLAN = "haining-ai-2026"
THIRTY = 'year: 2026\nrates: {compute-purchase: "30%"}\n'
#: A certificate pays 1,000 yuan exactly: its amount is no ceiling.
CERTIFICATES = ((PLAN, "data-ip-certificate"),)
WHY = "the year's budget"


def certificate(number: int) -> dict:
    """A data-IP certificate newly granted."""
    return {"id": f"c{number}", "type": "data_ip_certificate", "date": "2026-04-01", "number": f"ZJ{number}"}


def decisions(text: str, year: int = 2026) -> YearDecisions:
    """The year's next decisions."""
    version = YearDecisions.objects.filter(year=year).count() + 1
    return YearDecisions.objects.create(year=year, version=version, text=text, source="会议纪要", recorded_by=make_member("office").user)


def head_of(case: Case):
    """A head of the lead department who had no part in the case."""
    return make_member("head", department=case.call.lead)


def in_review(call=None, **kwargs):
    """A case in review, its owner and the lead's reviewer."""
    case, owner = submitted(call or make_call(), **kwargs)
    lead = make_member("reviewer", department=case.call.lead)
    return steps.accept(case, lead, case.version), owner, lead


def refused_by_the_database(query: str, *given_: object) -> str:
    """What the database says to a write of the serving role; the test fails where it lets it pass."""
    with pytest.raises(DatabaseError) as told, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(query, given_)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return str(told.value)


# What is decided.


@settings(
    max_examples=8, derandomize=True, database=None, deadline=None, phases=(Phase.generate,), suppress_health_check=list(HealthCheck)
)  # fmt: skip
@given(
    paid=st.lists(st.integers(100, 90_000_000), min_size=1, max_size=3),
    part=st.integers(0, 10_000),
    rate=st.sampled_from([None, "30%", "12.5%"]),
)
def test_the_amount_decided_is_what_the_engine_says_of_what_was_pinned(paid, part, rate):
    """“The amount is computed again at decision inside one transaction, with policy, facts and engine pinned”: whatever was bought and
    decided, the library alone gives the same answer from the pinned facts and decisions, to the fen, and no line is granted more."""
    with transaction.atomic():
        facts = [purchase(f"p{number}", format_yuan(fen), f"invoice:2633200000004782{number:04d}") for number, fen in enumerate(paid)]
        case, _owner, _lead = reviewed(make_call(), facts=facts)
        if rate:
            decisions(f'year: 2026\nrates: {{compute-purchase: "{rate}"}}\n')
        computed = {line.pk: amounts.reckon(case).amounts.get((line.policy, line.benefit, line.fact.key), 0) for line in case.lines.all()}
        grants = {pk: (fen * part // 10_000, WHY) for pk, fen in computed.items()}
        case = steps.decide(case, head_of(case), case.version, grants, WHY)
        kept = case.assessed.get(purpose=Assessed.Purpose.DECIDED)
        share = {None: (1, 2), "30%": (3, 10), "12.5%": (1, 8)}[rate]
        bought = dict(zip((fact["id"] for fact in facts), paid, strict=True))
        claimed = [bought[line.fact.key] for line in case.lines.select_related("fact")]
        most = min(50_000_000, sum(fen * share[0] // share[1] for fen in claimed))
        assert json.loads(kept.answer)["total"] == format_yuan(most)
        assert amounts.replay(kept) == kept.answer and amounts.verify(kept) == []
        for line in case.lines.all():
            assert (line.granted, line.computed) == (grants[line.pk][0], computed[line.pk])
        assert sum(row.amount for row in case.firm.received.standing()) == sum(fen for fen, _why in grants.values())
        assert broken() == {}
        transaction.set_rollback(True)


def test_what_was_pinned_is_enough_without_this_service():
    """“Policy, facts and engine pinned”: the pinned facts are a facts file, and the pinned decisions a decisions file, of the contract."""
    case, _owner, _lead = reviewed(make_call())
    decisions(THIRTY)
    case = steps.decide(case, head_of(case), case.version, {})
    kept = case.assessed.get(purpose=Assessed.Purpose.DECIDED)
    assert (kept.decisions, kept.year) == (THIRTY, 2026)
    assert set(kept.policies) >= {PLAN} and all(len(digest) == 64 for digest in kept.policies.values())
    assert kept.engine.startswith("chaoce ")
    answer = assess(json.loads(kept.facts), Policy.load(PLAN), 2026, read_decisions(read_marked(kept.decisions, "2026.yaml")))
    assert answer.total == case.lines.get().granted == 24600000


def test_what_was_pinned_does_not_move_when_the_world_does():
    """“Gives the same bytes when run again”: later facts, grants and decisions change nothing of an assessment that was pinned."""
    case, owner, _lead = reviewed(make_call())
    case = steps.decide(case, head_of(case), case.version, {case.lines.get().pk: (41000000, WHY)})
    kept = list(case.assessed.order_by("pk"))
    decisions(THIRTY)
    add_facts(case.firm, [purchase("p2", "100.00")], "statement", owner.user)
    withdraw_facts([case.lines.get().fact], owner.user, "wrong")
    assert [amounts.replay(one) for one in kept] == [one.answer for one in kept]
    assert [amounts.verify(one) for one in kept] == [[], []]
    assert json.loads(kept[1].answer)["total"] == "410000.00"
    refused_by_the_database("UPDATE cases_assessed SET answer = '{}' WHERE id = %s", kept[1].pk)
    assert ask("SELECT answer FROM cases_assessed WHERE id = %s", kept[1].pk) == [(kept[1].answer,)]


def test_a_record_that_was_tampered_with_is_found_out():
    """“Pins the policy version, the facts and the engine”: one sign changed in anything that was pinned is found by its checksum or by
    computing again."""
    case, _owner, _lead = reviewed(make_call())
    kept = case.assessed.get()
    assert amounts.verify(kept) == []
    for name, value in (
        ("facts", kept.facts.replace("820000.00", "820000.01")),
        ("answer", kept.answer.replace("410000.00", "410000.01")),
        ("decisions", THIRTY),
        ("engine", "chaoce 0"),
        ("policies", {PLAN: "0" * 64}),
    ):
        other = Assessed.objects.get(pk=kept.pk)
        setattr(other, name, value)
        assert amounts.verify(other), name
    other = Assessed.objects.get(pk=kept.pk)
    other.answer = other.answer.replace("410000.00", "410000.01")
    other.sha256 = amounts.digest(other)
    assert amounts.verify(other), "a checksum made anew does not hide it: computing again gives another answer"


def test_a_decision_that_is_not_the_pinned_answer_is_refused_by_the_database():
    """“Guarded in the database”: no line is decided with an amount that the pinned answer does not give, nor without an answer."""
    case, _owner, _lead = reviewed(make_call())
    line, head = case.lines.get(), head_of(case)
    with pytest.raises(DatabaseError, match="pinned"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE cases_caseline SET computed = 50000000, granted = 50000000, granted_why = 'because', ceiling = false WHERE id = %s",
            [line.pk],
        )
        cursor.execute(
            "UPDATE cases_case SET state = 'decided', outcome = 'granted', decided_at = now(), decided_by_id = %s, version = version + 1 "
            "WHERE id = %s",
            [head.user_id, case.pk],
        )
        cursor.execute(
            "INSERT INTO facts_received (firm_id, benefit, policy, matter, base, date, year, amount, case_line_id, note, added_at, "
            "withdrawn_why) SELECT %s, 'compute-purchase', %s, f.matters[1], f.bases[1], '2026-05-01', 2026, 50000000, %s, '', now(), '' "
            "FROM facts_fact f WHERE f.id = %s",
            [case.firm_id, PLAN, line.pk, line.fact_id],
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    assert ask("SELECT state FROM cases_case WHERE id = %s", case.pk) == [("reviewed",)]


# Lowered and never raised.


def test_a_reviewer_lowers_with_a_reason_and_never_raises():
    """“A reviewer may lower it with a reason and never raise it”, at the fen: one less is lower, the same is not; nothing is below 0."""
    case, _owner, lead = in_review()
    line = case.lines.get()
    assert line.claimed == 41000000
    for amount in (41000000, 41000001, -1, 10**30, True, 1.0, "1"):
        with pytest.raises(Refused):
            steps.lower(case, lead, case.version, line.pk, amount, WHY)
    for why in ("", "  ", "\0"):
        with pytest.raises(Refused):
            steps.lower(case, lead, case.version, line.pk, 1, why)
    for amount in (40999999, 1, 0):
        case = steps.lower(case, lead, case.version, line.pk, amount, WHY)
        assert case.lines.get().lowered == amount
    assert steps.lower(case, lead, case.version, line.pk, None, "").lines.get().lowered is None


def test_another_departments_lower_amount_is_not_raised():
    """“May lower it … and never raise it”: what one department lowered, another may lower further, not raise or take back."""
    case, _owner, lead = in_review()
    joint = make_member("reviewer", department=case.call.joint.get())
    line = case.lines.get().pk
    case = steps.lower(case, lead, case.version, line, 300, WHY)
    for amount in (301, None):
        with pytest.raises(Refused):
            steps.lower(case, joint, case.version, line, amount, WHY)
    case = steps.lower(case, joint, case.version, line, 299, WHY)
    with pytest.raises(Refused):
        steps.lower(case, lead, case.version, line, 300, WHY)


def test_a_line_of_another_case_is_not_lowered():
    """“Over the case's parts”: a line is lowered and granted in its own case only."""
    call = make_call()
    case, _owner, lead = in_review(call)
    other, _other_owner, _lead = reviewed(call)
    with pytest.raises(Refused):
        steps.lower(case, lead, case.version, other.lines.get().pk, 1, WHY)
    with pytest.raises(Refused):
        steps.decide(other, head_of(other), other.version, {case.lines.get().pk: (1, WHY)})


@pytest.mark.parametrize(
    "change",
    [
        "lowered = claimed, lowered_why = 'x', lowered_by_id = {user}",
        "lowered = claimed + 1, lowered_why = 'x', lowered_by_id = {user}",
        "lowered = -1, lowered_why = 'x', lowered_by_id = {user}",
        "lowered = 5, lowered_why = '', lowered_by_id = {user}",
        "lowered = 5, lowered_why = 'x', lowered_by_id = NULL",
        "claimed = claimed + 1",
        "claimed = claimed - 1",
        "computed = 1",
        "computed = 1, granted = 1, granted_why = 'x'",
        "fact_id = fact_id + 1",
        "benefit = 'other'",
    ],
)
def test_the_database_holds_a_line_in_review(change):
    """“Guarded in the database”: nobody raises a line, changes what was claimed, or grants it, by any other way than the steps."""
    case, _owner, lead = in_review()
    change = change.format(user=lead.user_id)
    refused_by_the_database(f"UPDATE cases_caseline SET {change} WHERE case_id = %s", case.pk)
    assert broken() == {}


@pytest.mark.parametrize(
    "change",
    [
        "computed = 10, granted = 11, granted_why = 'x'",
        "computed = 10, granted = -1, granted_why = 'x'",
        "computed = 10, granted = 9, granted_why = ''",
        "computed = 10, granted = 10, granted_why = '', ceiling = true",
        "computed = NULL, granted = 1, granted_why = 'x'",
        "computed = -1",
        "lowered = 5, lowered_why = 'x', lowered_by_id = {user}",
        "computed = 10, granted = 10, granted_why = 'x'",
    ],
)
def test_the_database_holds_a_line_at_the_decision(change):
    """“Guarded in the database”: more than computed, less without a reason, a ceiling as if it were promised, a lower amount after the
    review, and an amount without a decision are refused whoever writes them."""
    case, _owner, lead = reviewed(make_call())
    refused_by_the_database(f"UPDATE cases_caseline SET {change.format(user=lead.user_id)} WHERE case_id = %s", case.pk)
    assert broken() == {}


@pytest.mark.parametrize(
    "query",
    [
        "UPDATE cases_caseline SET granted = granted + 1, computed = computed + 1 WHERE case_id = %s",
        "UPDATE cases_caseline SET granted = granted - 1, granted_why = 'x' WHERE case_id = %s",
        "DELETE FROM cases_caseline WHERE case_id = %s",
        "UPDATE facts_received SET amount = amount + 1 WHERE case_line_id IN (SELECT id FROM cases_caseline WHERE case_id = %s)",
        "UPDATE facts_received SET withdrawn_at = now(), withdrawn_why = 'x' "
        "WHERE case_line_id IN (SELECT id FROM cases_caseline WHERE case_id = %s)",
        "DELETE FROM facts_received WHERE case_line_id IN (SELECT id FROM cases_caseline WHERE case_id = %s)",
        "UPDATE cases_case SET outcome = 'refused', version = version + 1 WHERE id = %s",
        "UPDATE cases_case SET version = version + 1, decided_by_id = NULL WHERE id = %s",
        "DELETE FROM cases_assessed WHERE case_id = %s",
        "DELETE FROM cases_event WHERE case_id = %s",
        "UPDATE cases_event SET particulars = '{}' WHERE case_id = %s",
        "DELETE FROM cases_case WHERE id = %s",
        "UPDATE cases_review SET verdict = 'objects', opinion = 'x' WHERE case_id = %s",
    ],
)
def test_the_database_holds_a_decision(query):
    """“What was decided pins …; history is only ever added to”: a decided case, what it granted and what was said of it stand still."""
    case, _owner, _lead = reviewed(make_call())
    case = steps.decide(case, head_of(case), case.version, {case.lines.get().pk: (30000000, WHY)})
    refused_by_the_database(query, case.pk)
    assert broken() == {}
    assert case.firm.received.standing().get().amount == 30000000


def test_the_head_grants_at_most_what_is_computed():
    """“Nothing is granted above it”, at the fen, and every amount that cannot be granted is named."""
    case, _owner, _lead = reviewed(make_call())
    head, line = head_of(case), case.lines.get().pk
    for amount in (41000001, -1, True, 1.0, 10**30):
        with pytest.raises(Refused) as told:
            steps.decide(case, head, case.version, {line: (amount, WHY)}, WHY)
        assert "410,000.00" in told.value.points[0]
    case = steps.decide(case, head, case.version, {line: (41000000, WHY)})
    assert (case.outcome, case.lines.get().granted) == (Outcome.GRANTED, 41000000)


def test_a_lower_amount_is_what_is_granted_unless_the_head_says_why():
    """“A reviewer may lower it with a reason”: the head's other amount, below or above the lower one, needs a reason of its own."""
    decisions(THIRTY)
    call = make_call()
    case, _owner, lead = in_review(call)
    joint = make_member("reviewer", department=call.joint.get())
    line = case.lines.get().pk
    case = steps.lower(case, lead, case.version, line, 20000000, "shared with another firm")
    case = steps.give_verdict(case, joint, case.version, "agrees", "")
    case = steps.give_verdict(case, lead, case.version, "agrees", "")
    case = steps.close_review(case, lead, case.version)
    with pytest.raises(Refused):
        steps.decide(case, head_of(case), case.version, {line: (20000001, "")})
    case = steps.decide(case, head_of(case), case.version, {})
    row = case.lines.get()
    assert (row.computed, row.granted, row.granted_why) == (24600000, 20000000, "shared with another firm")
    assert case.outcome == Outcome.PARTLY


# Ceilings.


def test_a_ceiling_is_not_granted_by_itself():
    """“Where the text gives a ceiling, nothing is granted before the year's decision, or the head's own amount with a reason, is
    recorded.”"""
    case, _owner, _lead = reviewed(make_call())
    head, line = head_of(case), case.lines.get()
    assert line.ceiling
    for grants in ({}, {line.pk: (41000000, "")}, {line.pk: (1, "  ")}, {line.pk: (0, "")}):
        with pytest.raises(Refused) as told:
            steps.decide(case, head, case.version, grants, "why")
        assert told.value.points
    assert not case.firm.received.exists() and ask("SELECT count(*) FROM cases_assessed WHERE purpose = 'decided'") == [(0,)]
    decisions(THIRTY)
    case = steps.decide(case, head, case.version, {})
    assert (case.lines.get().granted, case.lines.get().ceiling) == (24600000, False)


def test_an_amount_that_the_text_fixes_needs_no_decision():
    """“A ceiling is not a promise”, and a fixed amount is one: 1,000 yuan a certificate is granted as computed."""
    case, _owner, _lead = reviewed(make_call(benefits=CERTIFICATES), facts=[certificate(1), certificate(2)])
    case = steps.decide(case, head_of(case), case.version, {})
    assert [(line.granted, line.ceiling) for line in case.lines.all()] == [(100000, False)] * 2
    assert case.outcome == Outcome.GRANTED


def test_another_years_decision_settles_nothing():
    """“A file for each year; another year is a fault”: the decision of 2027 does not settle a ceiling of 2026."""
    case, _owner, _lead = reviewed(make_call())
    decisions('year: 2027\nrates: {compute-purchase: "30%"}\n', 2027)
    with pytest.raises(Refused):
        steps.decide(case, head_of(case), case.version, {})


def test_a_decision_recorded_after_the_page_was_opened_is_told():
    """“A stale page is told so”: the head who saw another computed amount decides nothing, and reads both."""
    case, _owner, _lead = reviewed(make_call())
    head, line = head_of(case), case.lines.get()
    decisions(THIRTY)
    sent = {"version": case.version, f"amount{line.pk}": "246000.00", f"why{line.pk}": WHY, f"seen{line.pk}": "41000000", "why": ""}
    answer = client_of(head).post(reverse("review:decide", args=[case.pk]), sent)
    assert answer.status_code == 409 and "246000.00" in answer.content.decode().replace(",", "")
    assert Case.objects.get(pk=case.pk).state == State.REVIEWED


# Facts that change.


def test_facts_that_change_before_the_decision_are_seen_at_it():
    """“The amount is computed again at decision”: support received, and a fact that is gone since the review, change what is granted."""
    case, _owner, _lead = reviewed(make_call())
    head, line = head_of(case), case.lines.get()
    office = make_member("finance").user
    add_received(case.firm, "somewhere-else", line.fact.matters[0], date(2026, 3, 1), 11000000, office)
    with pytest.raises(Refused) as told:
        steps.decide(case, head, case.version, {line.pk: (41000000, WHY)})
    assert "300,000.00" in " ".join(told.value.points)
    case = steps.decide(case, head, case.version, {line.pk: (30000000, WHY)})
    assert (case.lines.get().computed, case.outcome) == (30000000, Outcome.PARTLY)
    assert case.assessed.count() == 2


def test_a_fact_that_is_gone_is_granted_nothing():
    """“A corrected list withdraws facts”: what no longer stands as it was handed in is due nothing at the decision."""
    case, owner, _lead = reviewed(make_call(benefits=CERTIFICATES), facts=[certificate(1), certificate(2)])
    gone, kept = case.lines.order_by("pk")
    withdraw_facts([gone.fact], owner.user, "not ours")
    head = head_of(case)
    with pytest.raises(Refused, match="c1"):
        steps.decide(case, head, case.version, {})
    case = steps.return_to_review(case, head, case.version, "a certificate is gone")
    lead = make_member("reviewer", department=case.call.lead)
    case = steps.clear_check(case, lead, case.version, case.checks.get(code="fact_withdrawn", passed=False).pk, "the other one stands")
    case = steps.close_review(case, lead, case.version)
    case = steps.decide(case, head, case.version, {})
    assert [line.granted for line in case.lines.order_by("pk")] == [0, 100000]
    assert case.lines.get(pk=kept.pk).fact_id == kept.fact_id and broken() == {}


def test_nothing_of_a_decision_stands_where_it_breaks_off(monkeypatch):
    """“Inside one transaction”: a decision that fails at its last moment leaves no amount, no grant, no answer and no event."""
    case, _owner, _lead = reviewed(make_call())
    before = ask("SELECT count(*) FROM cases_event"), ask("SELECT count(*) FROM facts_received"), ask("SELECT count(*) FROM cases_assessed")

    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("chaoce.service.cases.deciding.tell", fail)
    with pytest.raises(RuntimeError):
        steps.decide(case, head_of(case), case.version, {case.lines.get().pk: (1, WHY)})
    assert before == (
        ask("SELECT count(*) FROM cases_event"),
        ask("SELECT count(*) FROM facts_received"),
        ask("SELECT count(*) FROM cases_assessed"),
    )
    assert ask("SELECT state, version FROM cases_case WHERE id = %s", case.pk) == [("reviewed", case.version)]


# What was granted is received.


def decided(case: Case, amount: int | None = None) -> Case:
    """The case decided, every line in full or with an amount."""
    due = amounts.reckon(case).amounts
    grants = {
        line.pk: (due.get((line.policy, line.benefit, line.fact.key), 0) if amount is None else amount, WHY) for line in case.lines.all()
    }
    return steps.decide(case, head_of(case), case.version, grants, WHY)


def next_case(call, firm, fact: dict) -> Case:
    """Another case of the firm, for one fact and no other, its review closed."""
    owner, lead = make_member("firm_owner", firm=firm), make_member("reviewer", department=call.lead)
    add_facts(firm, [fact], "import", owner.user)
    case = steps.open_draft(firm, call, owner)
    case = steps.choose_lines(case, owner, case.version, [(PLAN, "compute-purchase", fact["id"])])
    case = steps.save_form(case, owner, case.version, FORM)
    case = steps.accept(steps.submit(case, owner, case.version), lead, case.version + 1)
    for department in (call.joint.get(), call.lead):
        case = steps.give_verdict(case, make_member("reviewer", department=department), case.version, "agrees", "")
    return steps.close_review(case, lead, case.version)


def test_a_grant_counts_against_the_firms_next_case():
    """“Every grant, paid or not, is received support for what follows”: the next case of the year has what is left of the 500,000."""
    call, firm = make_call(), make_firm()
    first, _owner, _lead = reviewed(call, firm=firm)
    decided(first, 30000000)
    second = next_case(call, firm, purchase("p2", "900000.00"))
    assert [line.claimed for line in second.lines.all()] == [20000000]
    with pytest.raises(Refused):
        decided(second, 20000001)
    decided(second, 20000000)
    assert ask("SELECT sum(amount) FROM facts_received WHERE firm_id = %s", firm.pk) == [(50000000,)]
    assert broken() == {}


def test_a_matter_that_was_granted_is_not_granted_again_under_another_policy():
    """“Nothing twice”: what one policy granted for a project is taken off what another policy gives for the same project."""
    project = {
        "id": "i1", "type": "investment_project", "date": "2026-05-01", "matter": "project:2604-330481-07-02-1", "ai_field": True,
        "productive_investment": "30000000.00", "equipment": "8000000.00", "software": "1000000.00",
    }  # fmt: skip
    firm, text = make_firm(), 'year: 2026\nstandards:\n  strategic_emerging:\n    brackets: [{above: "0", rate: "5%"}]\n'
    decisions(text)
    before = amounts.dossier(firm)["received"]
    case, _owner, _lead = reviewed(make_call(benefits=(("haining-manufacturing-2025", "equipment"),)), firm=firm, facts=[project])
    granted = sum(line.granted or 0 for line in decided(case).lines.all())
    assert granted == 40000000 and before == []
    other = make_call(benefits=((PLAN, "ai-investment"),))
    case, _owner, _lead = reviewed(other, firm=firm, facts=[project])
    # 1.05 × 5% of 30,000,000, less what was received for the project
    assert case.lines.get().claimed == 157500000 - granted
    assert broken() == {}


def test_a_grant_that_was_lowered_counts_with_what_was_granted():
    """“Every grant … is received support”: with the amount that was granted, neither the ceiling nor what was claimed."""
    call, firm = make_call(), make_firm()
    first, _owner, _lead = reviewed(call, firm=firm)
    decided(first, 1)
    second = next_case(call, firm, purchase("p2", "2000000.00"))
    assert second.lines.get().claimed == 49999999


def test_a_matter_that_was_granted_less_is_not_granted_the_rest_in_passing():
    """“One matter is paid once”: what a head granted less of is settled for that call; in another it can be claimed under the same
    benefit only past a finding that stops, and that a reviewer clears with a reason."""
    call, firm = make_call(), make_firm()
    first, _owner, _lead = reviewed(call, firm=firm)
    first = decided(first, 30000000)
    with pytest.raises(Refused, match=str(first)):
        next_case(call, firm, purchase())
    call = make_call()
    with pytest.raises(Refused, match="p1"):
        next_case(call, firm, purchase())
    second, lead = Case.objects.get(state=State.REVIEW), make_member("reviewer", department=call.lead)
    assert second.lines.get().claimed == 11000000, "what was received is taken off"
    check = second.checks.get(code="granted_before")
    assert check.stops
    second = steps.clear_check(second, lead, second.version, check.pk, "a second instalment of the contract")
    assert steps.close_review(second, lead, second.version).state == State.REVIEWED


def test_a_case_that_is_opened_again_gives_back_what_it_granted():
    """“Re-opening with a reason”: what it granted no longer counts, what follows is told, and nothing of the decision is lost."""
    call, firm = make_call(), make_firm()
    first, _owner, _lead = reviewed(call, firm=firm)
    first = decided(first, 30000000)
    second = decided(next_case(call, firm, purchase("p2", "900000.00")), 20000000)
    first = steps.reopen(first, head_of(first), first.version, "a complaint")
    assert ask("SELECT amount FROM facts_received WHERE withdrawn_at IS NULL") == [(20000000,)]
    assert ask("SELECT count(*) FROM facts_received") == [(2,)], "nothing is deleted"
    assert second.events.filter(kind="counted_on").exists()
    assert sum(amounts.reckon(first).amounts.values()) == 30000000, "what the second was granted stays the second's"
    assert broken() == {}


def test_what_a_firm_claims_is_what_was_due_when_it_was_handed_in():
    """“Nothing that the page or the API sends is believed about amounts”: what is claimed is computed, and shown to the fen."""
    case, _owner = submitted(make_call(), facts=[purchase(paid="0.03")])
    assert case.lines.get().claimed == 1
    assert json.loads(case.assessed.get().answer)["total"] == "0.01"


# What handing in would foreclose.


def test_a_better_claim_that_would_be_foreclosed_is_told_and_named():
    """“Before it submits, a firm is told which better claim this case would foreclose”: and which one, with what would be lost."""
    firm, invoice = make_firm(), "invoice:26332000000478220001"
    owner = make_member("firm_owner", firm=firm)
    whole = {"id": "a1", "type": "ai_cooperation", "date": "2026-05-01", "paid": "1000000.00", "matter": invoice}
    parts = [purchase(f"p{line}", "380000.00", f"{invoice}#{line}") for line in (1, 2)]
    add_facts(firm, [whole, *parts], "import", owner.user)
    # Both lines of the invoice bring 190,000 yuan as computing power; the whole of it as cooperation 200,000, and then nothing more.
    case = steps.open_draft(firm, make_call(benefits=((PLAN, "manufacturing-cooperation"),)), owner)
    case = steps.save_form(case, owner, case.version, FORM)
    told = amounts.better_claim(case)
    assert told is not None
    assert (told["best"], told["case"], told["rest"], told["lost"]) == (38000000, 20000000, 0, 18000000)
    (row,) = told["claims"]
    assert (row["policy"], row["benefit"], row["facts"], row["best"], row["left"]) == (PLAN, "compute-purchase", ["p1", "p2"], 38000000, 0)
    program = said(Program(owner).get(f"/cases/{case.pk}/better-claim"), 200)
    assert program["claims"] == [
        {"policy": PLAN, "benefit": "compute-purchase", "facts": ["p1", "p2"], "best": "380000.00", "left": "0.00", "lost": "380000.00"}
    ]
    page = client_of(owner).post(reverse("firm:submit", args=[case.pk]), {"version": case.version, **_ticked(case), **FORM})
    assert Case.objects.get(pk=case.pk).state == State.DRAFT
    told_on_page = page.content.decode().partition('id="foreclosed"')[2].partition('id="draft"')[0]
    assert "算力补贴" in told_on_page, "the better claim is named on the page"


def _ticked(case: Case) -> dict[str, list[str]]:
    return {"line": [f"{line.policy}|{line.benefit}|{line.fact.key}" for line in case.lines.all()]}


def test_where_nothing_is_foreclosed_nothing_is_told():
    """“Which better claim this case would foreclose”: the best claim itself forecloses none."""
    firm = make_firm()
    owner = make_member("firm_owner", firm=firm)
    add_facts(firm, [purchase()], "import", owner.user)
    case = steps.open_draft(firm, make_call(), owner)
    assert amounts.better_claim(case) is None


def test_a_stale_page_changes_no_amount():
    """“No lost update: a stale page is told so”: of two who lower one line the second is told, and the first amount stands."""
    case, _owner, lead = in_review()
    joint = make_member("reviewer", department=case.call.joint.get())
    line = case.lines.get().pk
    steps.lower(case, lead, case.version, line, 300, WHY)
    with pytest.raises(Stale):
        steps.lower(case, joint, case.version, line, 200, WHY)
    assert ask("SELECT lowered FROM cases_caseline WHERE id = %s", line) == [(300,)]
