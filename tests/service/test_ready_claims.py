"""免申即享: where an official list leaves nothing to ask for, the firm gets a claim that it only confirms."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from chaoce.service.calls.models import Call, Guide
from chaoce.service.cases import steps
from chaoce.service.cases.models import Case
from chaoce.service.facts.record import add_facts
from chaoce.service.lists import ready, takeover, tasks
from chaoce.service.lists.models import OfficialList
from chaoce.service.messaging.models import Message
from service.kit import FORM, make_call, make_department, make_firm, make_member, submitted
from service.test_lists import HEAD, csv_list

pytestmark = pytest.mark.django_db

CDO = (("haining-ai-2026", "cdo-pilot"),)
CERTIFICATE = {
    "code": "cdo-pilot-title", "zh": "公布文件或证书", "en": "list or certificate", "required": True, "benefit": "cdo-pilot", "unless": ["list"],  # noqa: E501
}  # fmt: skip
LICENCE = {"code": "licence", "zh": "营业执照", "en": "business licence", "required": True, "benefit": ""}


def cdo_call(evidence=(CERTIFICATE,), rules=None, **fields):
    """An open call for the chief data officer's award with an evidence list."""
    call = make_call(benefits=CDO, **fields)
    Guide.objects.create(
        call=call, version=2, evidence=list(evidence), rules=rules or {}, published_at=timezone.now(), published_by=call.created_by
    )
    return call


def taken(firms, title="数据官", level="省级") -> OfficialList:
    """A list of those firms, taken over, and what follows done."""
    member = make_member("reviewer", department=make_department())
    rows = "".join(f"{firm.uscc},{firm.name},首席数据官（CDO）试点,{level},2026-05-08,{title}\n" for firm in firms)
    text = HEAD.strip() + ",备注\n" + rows
    listed = csv_list(member, text, title=title)
    takeover.begin(member, listed.pk)
    tasks.follow_up(listed.pk)
    listed.refresh_from_db()
    return listed


def test_a_firm_only_confirms():
    """“Where nothing is missing the firm gets a ready claim that it only confirms (免申即享).”"""
    call, firm = cdo_call(), make_firm()
    owner = make_member("firm_owner", firm=firm)
    taken([firm])
    case = Case.objects.get()
    assert (case.firm, case.call, case.ready_made, case.state, case.created_by) == (firm, call, True, "draft", None)
    assert Message.objects.filter(to=owner.user, code="ready_claim", case=case).count() == 1
    case = steps.save_form(case, owner, case.version, FORM)
    case = steps.submit(case, owner, case.version)
    assert case.lines.get().claimed == 20000000


def test_the_same_again_makes_nothing_twice():
    """Running what follows a take-over again makes no second draft and tells nobody twice."""
    cdo_call()
    firm = make_firm()
    make_member("firm_owner", firm=firm)
    listed = taken([firm])
    tasks.follow_up(listed.pk)
    taken([firm], title="另一份")
    assert Case.objects.count() == 1 and Message.objects.filter(code="ready_claim").count() == 1


def test_a_firm_without_an_account_has_its_claim_waiting():
    """A firm that has nobody here: its draft waits, and the list counts it."""
    cdo_call()
    known, unknown = make_firm(), make_firm()
    make_member("firm_owner", firm=known)
    listed = taken([known, unknown])
    drafts = ready.drafts_of(listed)
    assert drafts.count() == 2
    assert [case.firm for case in ready.without_account(drafts)] == [unknown]


@pytest.mark.parametrize(
    "missing",
    [
        {"evidence": (CERTIFICATE, LICENCE)},
        {"evidence": ({**CERTIFICATE, "unless": []},)},
        {"rules": {"registered_in": {"on": True, "source": "x", "division": "3305"}}},
    ],
    ids=["evidence for all", "evidence for the benefit", "a rule of the call"],
)
def test_where_something_is_missing_there_is_no_ready_claim(missing):
    """Only “where nothing is missing”: a paper that the guide wants, or a rule that the firm fails, leaves the claim to the firm."""
    cdo_call(**missing)
    taken([make_firm()])
    assert not Case.objects.exists()


def test_what_an_official_list_proves_is_not_asked():
    """The item that the list itself proves is not wanted of a claim that rests on it, and is of one that does not."""
    from chaoce.service.cases.form import evidence_wanted

    call, firm = cdo_call(), make_firm()
    taken([firm])
    assert evidence_wanted(Case.objects.get()) == []
    stated = make_firm()
    add_facts(
        stated, [{"id": "r", "type": "recognition", "date": "2026-05-08", "title": "cdo_pilot", "level": "provincial"}], "statement", None
    )
    case = steps.open_draft(stated, call, make_member("firm_owner", firm=stated))
    assert [item["code"] for item in evidence_wanted(case)] == ["cdo-pilot-title"]


@pytest.mark.parametrize("level", ["市级"])
def test_what_is_due_nothing_makes_no_claim(level):
    """A title that the rule does not pay for is a fact, not a claim."""
    cdo_call()
    taken([make_firm()], level=level)
    assert not Case.objects.exists()


def test_a_firm_that_has_applied_already_is_left_alone():
    """A firm with a case of its own in the call gets no second one."""
    call, firm = cdo_call(), make_firm()
    fact = {"id": "r", "type": "recognition", "date": "2026-05-08", "title": "cdo_pilot", "level": "provincial"}
    Guide.objects.create(call=call, version=3, published_at=timezone.now(), published_by=call.created_by)
    submitted(call, firm=firm, facts=[fact])
    taken([firm])
    assert Case.objects.count() == 1


def test_a_call_that_opens_later_finds_the_lists_taken_over_before():
    """The order does not matter: list first or call first."""
    firm = make_firm()
    taken([firm])
    assert not Case.objects.exists()
    call = cdo_call()
    tasks.ready_for_call(call.pk)
    assert Case.objects.get().ready_made


def test_every_morning_open_calls_are_looked_through():
    """A call that opened overnight: the worker looks for its ready claims without anybody asking; a call to come waits."""
    call = cdo_call()
    coming = cdo_call()
    Call.objects.filter(pk=coming.pk).update(opens_at=timezone.now() + timedelta(days=1))
    tasks.every_morning(0)
    waiting = ProcrastinateJob.objects.filter(task_name="lists.ready_for_call")
    assert [job.args for job in waiting] == [{"pk": call.pk}]


def test_a_claim_taken_back_is_not_offered_again():
    """A firm that took the ready-made claim back does not get it again by the next list."""
    cdo_call()
    firm = make_firm()
    owner = make_member("firm_owner", firm=firm)
    listed = taken([firm])
    case = Case.objects.get()
    steps.withdraw(case, owner, case.version, "we apply later")
    tasks.follow_up(listed.pk)
    assert Case.objects.count() == 1
