"""One matter in two cases: stopped, shown to the reviewers of both, and over when one of them lets go of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from chaoce.service.cases import amounts, checks, steps
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.models import Case
from chaoce.service.facts.record import add_facts
from chaoce.service.lists import takeover, tasks
from service.kit import FORM, client_of, make_call, make_department, make_firm, make_member, purchase, reviewed, submitted
from service.test_lists import csv_list
from service.truths import ask, broken

pytestmark = pytest.mark.django_db

PLAN = "haining-ai-2026"
INVOICE = "invoice:26332000000478220001"
WHY = "the year's budget"


def claiming(call, matter: str | list[str], key: str = "p1", **more) -> Case:
    """A case of a firm of its own that has handed in a purchase with this matter."""
    return submitted(call, facts=[{**purchase(key), "matter": matter, **more}])[0]


def shown(case: Case) -> dict[str, list[int]]:
    """The clashes that stop a case: matter -> the other cases, by the database."""
    rows = ask("SELECT subject, others FROM cases_check WHERE case_id = %s AND code = 'same_matter' AND NOT passed AND stops", case.pk)
    return {subject: sorted(others) for subject, others in rows}


def owner_of(case: Case):
    """Somebody of the firm."""
    return make_member("firm_owner", firm=case.firm)


def found_by_all(case: Case, clear: bool = False) -> Case:
    """The case with its review done by both departments, and closed if it can be."""
    lead = make_member("reviewer", department=case.call.lead)
    case = steps.accept(Case.objects.get(pk=case.pk), lead, case.version)
    for department in (case.call.joint.get(), case.call.lead):
        case = steps.give_verdict(case, make_member("reviewer", department=department), case.version, "agrees", "")
    if clear:
        for check in case.checks.filter(passed=False, stops=True, cleared_at=None):
            case = steps.clear_check(case, lead, case.version, check.pk, "the invoice was split between the two")
    return steps.close_review(case, lead, case.version)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (INVOICE, INVOICE),
        (f"{INVOICE}#1", f"{INVOICE}#1"),
        (INVOICE, f"{INVOICE}#3"),
        (f"{INVOICE}#3", INVOICE),
        ("project:2604-330481-07-02-1", "project:2604-330481-07-02-1"),
        ("contract:HT-1", "contract:HT-1#2"),
        ("certificate:ZJ1", "certificate:ZJ1"),
        ("scenario:1", "scenario:1"),
        ("loan:1", "loan:1"),
        (["invoice:1", INVOICE], [f"{INVOICE}#2", "invoice:9"]),
    ],
)
def test_the_same_matter_of_two_firms_is_stopped_and_shown_to_both(mine, theirs):
    """“Same matter in two cases, whoever handed it in, is stopped and shown to both reviewers.”"""
    call = make_call()
    first, second = claiming(call, mine), claiming(call, theirs)
    assert [others for others in shown(first).values()] == [[second.pk]]
    assert [others for others in shown(second).values()] == [[first.pk]]
    for case in (first, second):
        with pytest.raises(Refused) as said:
            found_by_all(case)
        assert said.value.points, "the finding is named"
        assert case.events.filter(kind="same_matter", inside=True).exists()
    assert broken() == {}


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (f"{INVOICE}#1", f"{INVOICE}#2"),
        (INVOICE, f"{INVOICE}0"),
        (None, None),
        ("recognition:cdo_pilot", "recognition:cdo_pilot"),
        ("own-word", "own-word"),
    ],
)
def test_different_matters_of_two_firms_do_not_meet(mine, theirs):
    """“`a` and `a#1` overlap, `a#1` and `a#2` do not” (contract); a firm's title, or a fact without a matter, is its own."""
    call = make_call()
    first, second = (submitted(call, facts=[purchase(matter=matter)])[0] for matter in (mine, theirs))
    assert (shown(first), shown(second)) == ({}, {})


def test_both_reviewers_see_it_on_their_page():
    """“Shown to both reviewers”: each page of a case names the other case, whichever department leads it; the firm's page does not."""
    call = make_call()
    first, second = claiming(call, INVOICE), claiming(call, INVOICE)
    for case, other in ((first, second), (second, first)):
        page = client_of(make_member("reviewer", department=call.lead)).get(f"/review/cases/{case.pk}/").content.decode()
        assert other.number in page
        own = client_of(owner_of(case)).get(f"/firm/cases/{case.pk}/").content.decode()
        assert case.number in own and other.number not in own, "a firm never sees another's existence"


def test_a_departments_list_is_one_who_handed_it_in():
    """“Whoever handed it in”: a selection on a department's list and an application of another firm for the same project meet."""
    firm, call = make_firm(), make_call(benefits=((PLAN, "benchmark-scenario"),))
    scenario = {
        "type": "scenario_project", "date": "2026-05-08", "built_by": "enterprise", "selected": True, "investment": "3000000.00",
        "matter": "project:2604-330481-07-02-1",
    }  # fmt: skip
    member = make_member("reviewer", department=make_department())
    head = "统一社会信用代码,企业名称,日期,事项,建设主体,入选年度标杆项目,投资额\n"
    text = head + f"{firm.uscc},{firm.name},2026-05-08,{scenario['matter']},企业,是,3000000.00\n"
    listed = csv_list(member, text, title="标杆场景", type="scenario_project")
    takeover.begin(member, listed.pk)
    tasks.follow_up(listed.pk)
    fact = firm.facts.standing().get()
    assert (fact.row, fact.source, fact.matters) == (listed.rows.get(), "list", [scenario["matter"]])
    owner = make_member("firm_owner", firm=firm)
    mine = steps.open_draft(firm, call, owner)
    mine = steps.save_form(mine, owner, mine.version, FORM)
    mine = steps.submit(mine, owner, mine.version)
    other, _owner = submitted(call, facts=[{"id": "own", **scenario}])
    assert shown(mine) == {scenario["matter"]: [other.pk]}
    assert shown(other) == {scenario["matter"]: [mine.pk]}


def test_it_is_over_when_one_is_withdrawn():
    """“And ends when one is withdrawn”: the other case is free of the finding, and what it passed is written down."""
    call = make_call()
    first, second = claiming(call, INVOICE), claiming(call, INVOICE)
    steps.withdraw(second, owner_of(second), second.version, "handed in by mistake")
    assert shown(first) == {}
    assert first.checks.get(code="same_matter").passed
    found_by_all(first)
    assert broken() == {}


def test_it_is_over_when_one_is_refused():
    """“And ends when one is refused”: a refused case holds no matter, and the other goes on without a word."""
    call = make_call()
    first = found_by_all(claiming(call, INVOICE))
    second = claiming(call, INVOICE)
    first = Case.objects.get(pk=first.pk)
    head = make_member("head", department=call.lead)
    with pytest.raises(Refused):
        steps.decide(first, head, first.version, {first.lines.get().pk: (0, WHY)}, "not eligible")
    first = steps.return_to_review(first, head, first.version, "another case has the invoice")
    lead = make_member("reviewer", department=call.lead)
    check = first.checks.get(code="same_matter")
    first = steps.clear_check(first, lead, first.version, check.pk, "to be refused")
    first = steps.close_review(first, lead, first.version)
    assert shown(second) == {INVOICE: [first.pk]}
    steps.decide(first, head, first.version, {first.lines.get().pk: (0, WHY)}, "not eligible")
    assert shown(second) == {}
    found_by_all(second)
    assert broken() == {}


def test_what_was_granted_stops_whoever_comes_later():
    """“One matter is paid once”: an invoice that another firm was granted for is found in a case that comes after the decision."""
    call = make_call()
    first = found_by_all(claiming(call, INVOICE))
    steps.decide(first, make_member("head", department=call.lead), first.version, {first.lines.get().pk: (1, WHY)})
    second = claiming(call, f"{INVOICE}#2")
    assert shown(second) == {f"{INVOICE}#2": [first.pk]}
    with pytest.raises(Refused):
        found_by_all(second)


def test_a_line_that_is_taken_out_lets_go_of_its_matter():
    """“Ends”: a firm that is sent back and takes the line out of its case frees the other, once it has handed the correction in."""
    call = make_call()
    first = claiming(call, INVOICE)
    second, owner = submitted(call, facts=[purchase("p1", "1000.00", INVOICE), purchase("p2", "1000.00", "invoice:2")])
    lead = make_member("reviewer", department=call.lead)
    second = steps.send_back(second, lead, second.version, [{"text": "not yours"}], timezone.localdate() + timedelta(days=1))
    second = steps.choose_lines(second, owner, second.version, [(PLAN, "compute-purchase", "p2")])
    assert shown(first) == {INVOICE: [second.pk]}, "what is not handed in changes nothing"
    steps.resubmit(second, owner, second.version, ["taken out"])
    assert shown(first) == {} and broken() == {}


def test_three_cases_with_one_matter_all_know_each_other():
    """“Shown to both reviewers”: of three each names the two others, and one that goes away is taken out of both."""
    call = make_call()
    cases = [claiming(call, INVOICE) for _ in range(3)]
    keys = [case.pk for case in cases]
    for case in cases:
        assert shown(case) == {INVOICE: sorted(set(keys) - {case.pk})}
    steps.withdraw(cases[1], owner_of(cases[1]), cases[1].version, "mistake")
    assert (shown(cases[0]), shown(cases[2])) == ({INVOICE: [keys[2]]}, {INVOICE: [keys[0]]})


def test_what_was_cleared_is_asked_again_when_another_comes():
    """“Stopped”: a clash that a reviewer cleared with a reason is open anew when a third case claims the same matter."""
    call = make_call()
    first, _second = claiming(call, INVOICE), claiming(call, INVOICE)
    first = found_by_all(Case.objects.get(pk=first.pk), clear=True)
    claiming(call, INVOICE)
    assert first.checks.get(code="same_matter").cleared_at is None
    with pytest.raises(Refused):
        steps.decide(first, make_member("head", department=call.lead), first.version, {first.lines.get().pk: (1, WHY)})


def test_a_firm_does_not_claim_one_matter_in_two_of_its_cases():
    """“One matter is paid once”: a firm's second case with the matter is refused when it is handed in, and told which case has it."""
    call, firm = make_call(), make_firm()
    first, owner = submitted(call, firm=firm)
    second = steps.open_draft(firm, call, owner)
    assert not second.lines.exists(), "what is in hand is not proposed"
    second = steps.choose_lines(second, owner, second.version, [(PLAN, "compute-purchase", "p1")])
    second = steps.save_form(second, owner, second.version, FORM)
    with pytest.raises(Refused) as said:
        steps.submit(second, owner, second.version)
    assert first.number in said.value.points[0]
    steps.withdraw(first, owner, first.version, "to be handed in better")
    assert steps.submit(second, owner, second.version).state == "submitted"
    assert broken() == {}


def test_a_case_that_is_opened_again_meets_who_came_meanwhile():
    """“Re-opening”: a case that was refused and is opened again finds the one that claims its matter now, and is shown to it."""
    call = make_call()
    first, _owner, _lead = reviewed(call, facts=[purchase(matter=INVOICE)])
    head = make_member("head", department=call.lead)
    first = steps.decide(first, head, first.version, {first.lines.get().pk: (0, WHY)}, "not eligible")
    second = claiming(call, INVOICE)
    assert shown(second) == {}
    first = steps.reopen(first, head, first.version, "a complaint")
    assert (shown(first), shown(second)) == ({INVOICE: [second.pk]}, {INVOICE: [first.pk]})
    assert broken() == {}


def test_a_draft_stops_nobody():
    """“Same matter in two cases”: what is not handed in is the firm's alone, and neither stops another nor is shown."""
    call, firm = make_call(), make_firm()
    owner = make_member("firm_owner", firm=firm)
    add_facts(firm, [purchase(matter=INVOICE)], "import", owner.user)
    steps.open_draft(firm, call, owner)
    assert shown(claiming(call, INVOICE)) == {}


def test_one_matter_under_two_calls_meets_as_well():
    """“Whoever handed it in”: the calls, benefits and departments of the two cases do not matter."""
    cooperation = {"id": "a1", "type": "ai_cooperation", "date": "2026-05-01", "paid": "100000.00", "matter": INVOICE}
    first = claiming(make_call(), INVOICE)
    second, _owner = submitted(make_call(benefits=((PLAN, "manufacturing-cooperation"),)), facts=[cooperation])
    assert (shown(first), shown(second)) == ({INVOICE: [second.pk]}, {INVOICE: [first.pk]})


def test_looking_again_finds_the_same():
    """“Checks … with their findings”: run anew they say the same, once, and what was cleared stays cleared."""
    call = make_call()
    first, second = claiming(call, INVOICE), claiming(call, INVOICE)
    lead = make_member("reviewer", department=call.lead)
    check = first.checks.get(code="same_matter")
    first = steps.clear_check(first, lead, first.version, check.pk, "the invoice was split")
    for case in (first, second, first):
        checks.run(Case.objects.get(pk=case.pk), amounts.reckon(case))
    assert (shown(first), shown(second)) == ({INVOICE: [second.pk]}, {INVOICE: [first.pk]})
    assert first.checks.get(code="same_matter").cleared_why == "the invoice was split"
