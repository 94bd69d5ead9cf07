"""What a decision has settled in a call: not due, not offered and not handed in again, until the case is opened again."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chaoce.service.cases import steps
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.models import Case, CaseLine
from chaoce.service.facts.record import add_facts
from chaoce.service.pages.firm.claims import claims_of
from chaoce.service.pages.firm.due import position
from service.api_kit import Program, problem
from service.kit import FORM, client_of, make_call, make_firm, make_member, purchase, reviewed

pytestmark = pytest.mark.django_db

CLAIM = ("haining-ai-2026", "compute-purchase", "p1")
WHY = "the year's budget"


def decided(amount: int = 5000000) -> tuple[Case, object]:
    """A case decided below its ceiling of 63,600 yuan, in a call that is open still, and its owner."""
    case, owner, _lead = reviewed(make_call(), facts=[purchase(paid="127200.00")])
    (line,) = case.lines.all()
    return steps.decide(case, make_member("head", department=case.call.lead), case.version, {line.pk: (amount, WHY)}, WHY), owner


def test_a_remainder_is_not_due_on_the_firms_home():
    """“What a decision settled for a fact and benefit in a call is settled for that call”: no amount due, no button, the case named."""
    case, owner = decided()
    now = position(case.firm, 2026)
    (due,) = now.dues
    assert (due.settled, due.left, due.amount, now.ceiling, now.decided) == (True, False, 0, 0, 0)
    for language in ("zh-hans", "en"):
        client = client_of(owner, language)
        for address in (reverse("firm:home"), reverse("firm:benefit", args=CLAIM[:2])):
            page = client.get(address, {"year": 2026}).content.decode()
            assert "13,600.00" not in page and reverse("firm:apply", args=[case.call_id]) not in page
            assert case.number in page and "50,000.00" in page and "63,600.00" in page
    assert position(case.firm, 2026).said["total"] == "13600.00", "the engine's answer stays"


def test_a_remainder_is_due_beside_what_is_not_decided():
    """“Settled for a fact and benefit”: another fact under the same benefit is due and can be applied for, without the remainder."""
    case, owner = decided()
    add_facts(case.firm, [purchase("p2", "10000.00")], "list", owner.user)
    (due,) = position(case.firm, 2026).dues
    assert (due.settled, due.left, due.amount) == (False, True, 500000)
    assert reverse("firm:apply", args=[case.call_id]) in client_of(owner).get(reverse("firm:home"), {"year": 2026}).content.decode()
    assert [line.fact.key for line in steps.open_draft(case.firm, case.call, owner).lines.all()] == ["p2"]


def test_a_draft_neither_ticks_nor_offers_it():
    """“The draft must not tick or offer it as claimable” (“decided in HN-…”)."""
    case, owner = decided()
    draft = steps.open_draft(case.firm, case.call, owner)
    assert not draft.lines.exists()
    ((choice,),) = [group.choices for group in claims_of(draft).groups]
    assert (choice.claim, choice.chosen, choice.alone, choice.decided.case) == (CLAIM, False, 0, case)
    page = client_of(owner).get(reverse("firm:draft", args=[draft.pk])).content.decode()
    box = page[page.index('id="choice-1"') :][:200]
    assert " disabled" in box and " checked" not in box and f"{case.number}</a>：核定 50,000.00 元，测算 63,600.00 元。" in page


def test_it_is_not_handed_in_again_by_page_or_program():
    """“Handing it in is refused in words”, whoever asks: choosing it, and handing in a draft that has it from before."""
    case, owner = decided()
    draft = steps.open_draft(case.firm, case.call, owner)
    with pytest.raises(Refused, match=case.number):
        steps.choose_lines(draft, owner, draft.version, [CLAIM])
    answer = client_of(owner).post(reverse("firm:save", args=[draft.pk]), {"version": draft.version, "line": "|".join(CLAIM), **FORM})
    assert answer.status_code == 422 and case.number in answer.content.decode()
    program = Program(owner)
    line = dict(zip(("policy", "benefit", "fact"), CLAIM, strict=True))
    body = problem(program.post(f"/cases/{draft.pk}/lines", {"version": draft.version, "lines": [line]}), 409, "refused")
    assert case.number in body["detail"]
    CaseLine.objects.create(case=draft, policy=CLAIM[0], benefit=CLAIM[1], fact=case.firm.facts.get())
    draft = steps.save_form(draft, owner, draft.version, FORM)
    with pytest.raises(Refused) as said:
        steps.submit(draft, owner, draft.version)
    assert [case.number in point for point in said.value.points] == [True]
    body = problem(program.post(f"/cases/{draft.pk}/submit", {"version": draft.version}), 409, "refused")
    assert case.number in str(body)
    assert client_of(owner).get(reverse("firm:draft", args=[draft.pk])).content.decode().count(" checked") == 1, "the declaration alone"


def test_what_was_refused_is_settled_as_well():
    """“What a decision settled”: also that nothing is granted."""
    case, owner = decided(0)
    assert position(case.firm, 2026).ceiling == 0
    assert not steps.open_draft(case.firm, case.call, owner).lines.exists()


def test_opened_again_it_is_the_cases_own():
    """“Until the case is re-opened”: then the case itself claims it, and a withdrawn one leaves it to the next."""
    case, owner = decided()
    case = steps.reopen(case, make_member("head", department=case.call.lead), case.version, "a complaint")
    (due,) = position(case.firm, 2026).dues
    assert (due.settled, due.cases, due.amount) == (False, [case], 6360000)
    steps.withdraw(case, owner, case.version, "to apply anew")
    assert [line.fact.key for line in steps.open_draft(case.firm, case.call, owner).lines.all()] == ["p1"]


def test_another_call_is_not_bound_by_it():
    """“Settled for that call”: in the next one what is left can be claimed; the reviewer is shown what was granted before."""
    case, owner = decided()
    other = make_call()
    draft = steps.open_draft(case.firm, other, owner)
    draft = steps.submit(steps.save_form(draft, owner, draft.version, FORM), owner, draft.version + 1)
    assert draft.lines.get().claimed == 1360000
    assert draft.checks.get(code="granted_before").stops


def test_a_firm_is_not_settled_by_anothers_decision():
    """“A firm never sees another's existence”: what was decided is the firm's own."""
    case, _owner = decided()
    other = make_member("firm_owner", firm=make_firm())
    add_facts(other.firm, [purchase()], "list", other.user)
    assert steps.open_draft(other.firm, case.call, other).lines.count() == 1
