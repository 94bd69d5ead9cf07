"""The departments' pages: who sees them, what they show, what they say when a step cannot be taken, and what never reaches the firm."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from chaoce.service.cases import queue, steps
from chaoce.service.cases.flow import Outcome, State
from chaoce.service.cases.models import Case, Check, SavedView
from chaoce.service.cases.timeline import timeline
from chaoce.service.documents.models import LineAnswer
from chaoce.service.documents.settling import refresh
from chaoce.service.facts.record import add_facts, add_received, withdraw_facts
from chaoce.service.firms.models import Firm
from chaoce.service.pages.review.forms import YuanField
from service.handing import COMPUTE, digital_xml, hand, item, pdf, sheet_of
from service.kit import client_of, make_call, make_department, make_firm, make_member, make_town, purchase, reviewed, submitted
from service.test_bulk import led_by

pytestmark = pytest.mark.django_db


def page(member, case: Case | int, language: str = "zh-hans", query: str = "") -> str:
    """The case page as somebody sees it."""
    answer = client_of(member, language).get(reverse("review:case", args=[getattr(case, "pk", case)]) + query)
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


def send(member, name: str, case: Case, data: dict | None = None, *more: int, version: int | None = None, language: str = "en"):
    """A step as a browser sends it."""
    sent = {"version": case.version if version is None else version, **(data or {})}
    return client_of(member, language).post(reverse(f"review:{name}", args=[case.pk, *more]), sent)


def now(case: Case) -> Case:
    """The case as it is now."""
    return Case.objects.select_related("call", "guide", "firm").get(pk=case.pk)


def around(call) -> dict:
    """One person a role."""
    return {
        "reviewer": make_member("reviewer", department=call.lead),
        "joint": make_member("reviewer", department=call.joint.get()),
        "head": make_member("head", department=call.lead),
        "elsewhere": make_member("reviewer", department=make_department("市科技局")),
        "head elsewhere": make_member("head", department=make_department("市科技局")),
        "town": make_member("town", town=make_town()),
        "other town": make_member("town", town=make_town("330481002", "海洲街道")),
        "expert": make_member("expert"),
        "other expert": make_member("expert"),
        **{role: make_member(role) for role in ("finance", "auditor", "office", "leader")},
    }


# Who sees what.


def test_every_role_and_the_case_page():
    """“A firm never sees another's existence; a reviewer sees what the clause's departments give it”: the rest is not there for them."""
    call = make_call()
    case, owner = submitted(call, firm=make_firm(town=make_town()))
    who = around(call)
    case = steps.ask_expert(case, who["reviewer"], case.version, who["expert"].user, "Is it?").case
    url = reverse("review:case", args=[case.pk])
    found = {name: client_of(member).get(url).status_code for name, member in who.items()}
    hidden = {"elsewhere", "head elsewhere", "other town", "other expert"}
    assert found == {name: 404 if name in hidden else 200 for name in who}
    assert client_of(owner).get(url).status_code == 403
    assert client_of(None).get(url).status_code == 302


def test_a_draft_is_there_for_nobody_of_the_city():
    """“A draft is the firm's alone”, also once it was withdrawn before it was handed in."""
    call = make_call()
    firm = make_firm(town=make_town())
    owner = make_member("firm_owner", firm=firm)
    draft = steps.open_draft(firm, call, owner)
    who = around(call)
    for _ in range(2):
        for name, member in who.items():
            client = client_of(member)
            assert client.get(reverse("review:case", args=[draft.pk])).status_code == 404, name
            if name != "expert" and name != "other expert" and client.get(reverse("review:firms")).status_code == 200:
                shown = client.get(reverse("review:firm", args=[firm.pk]))
                assert shown.status_code == (200 if name in ("town", "auditor", "office", "leader") else 404), name
                if shown.status_code == 200:
                    assert f"#{draft.pk}" not in re.sub(r"<[^>]*>", "", shown.content.decode())
        draft = steps.withdraw(now(draft), owner, now(draft).version, "not now") if draft.state == State.DRAFT else draft


def test_what_towns_and_experts_are_not_shown():
    """Comments inside, findings of departments and of the checks are the departments' own; an expert is shown only the own question."""
    call = make_call()
    case, _owner = submitted(call, firm=make_firm(town=make_town()))
    who = around(call)
    case = steps.ask_expert(case, who["reviewer"], case.version, who["expert"].user, "QUESTION-ONE").case
    case = steps.ask_expert(now(case), who["reviewer"], now(case).version, who["other expert"].user, "QUESTION-TWO").case
    case = steps.accept(now(case), who["reviewer"], now(case).version)
    case = steps.give_verdict(case, who["joint"], case.version, "objects", "OPINION-INSIDE")
    case = steps.remark(case, who["reviewer"], case.version, "REMARK-INSIDE", True).case
    steps.remark(now(case), who["reviewer"], now(case).version, "MESSAGE-OUTSIDE", False)
    shown = {name: page(who[name], case) for name in ("reviewer", "auditor", "leader", "finance", "town", "expert")}
    for name in ("reviewer", "auditor", "leader", "finance"):
        assert all(word in shown[name] for word in ("OPINION-INSIDE", "REMARK-INSIDE", "MESSAGE-OUTSIDE", "QUESTION-TWO")), name
    assert "MESSAGE-OUTSIDE" in shown["town"]
    for word in ("OPINION-INSIDE", "REMARK-INSIDE", "QUESTION-ONE", 'id="checks"'):
        assert word not in shown["town"], word
    assert "QUESTION-ONE" in shown["expert"]
    for word in ("OPINION-INSIDE", "REMARK-INSIDE", "MESSAGE-OUTSIDE", "QUESTION-TWO", 'id="checks"', 'id="timeline"'):
        assert word not in shown["expert"], word


def test_the_firm_never_sees_what_is_written_inside():
    """“Comments inside and messages to the firm kept apart”: apart on the page by words and place, and never told to the firm."""
    call = make_call()
    case, owner = submitted(call)
    lead = make_member("reviewer", department=call.lead)
    assert send(lead, "inside", case, {"text": "REMARK-INSIDE"}).status_code == 302
    assert send(lead, "to_firm", now(case), {"text": "MESSAGE-OUTSIDE"}).status_code == 302
    assert [(row.inside, row.text) for row in case.remarks.all()] == [(True, "REMARK-INSIDE"), (False, "MESSAGE-OUTSIDE")]
    staff = page(lead, case)
    inside, outside = staff.index('id="talk-inside"'), staff.index('id="talk-firm"')
    assert inside < staff.index("REMARK-INSIDE") < outside < staff.index("MESSAGE-OUTSIDE")
    assert "内部留言：企业看不到" in staff and "与企业沟通：企业可以看到" in staff
    assert not any(entry.inside for entry in timeline(now(case), owner))
    theirs = client_of(owner)
    for name, args in (("firm:case", [case.pk]), ("firm:cases", []), ("messages:list", [])):
        said = theirs.get(reverse(name, args=args)).content.decode()
        assert "REMARK-INSIDE" not in said, name
    assert "MESSAGE-OUTSIDE" in theirs.get(reverse("firm:case", args=[case.pk])).content.decode()


# The case on one page.


def with_invoices(call):
    """A case that stands on a PDF and an XML, with the line of one that is not claimed."""
    firm = make_firm(town=make_town())
    owner = make_member("firm_owner", firm=firm)
    first = sheet_of(
        firm, 1, item("300000.00", "18000.00", name="*信息技术服务*智能算力租赁"), item("2000.00", "120.00", name="*设备*路由器")
    )
    files = [
        hand(owner, "算力.pdf", pdf(first)),
        hand(owner, "超算.xml", digital_xml(sheet_of(firm, 2, item("240000.00", "14400.00", name="*信息技术服务*超级计算机时")))),
    ]
    for upload in files:
        LineAnswer.objects.create(
            firm=firm, invoice=upload.invoice, line=1, type="compute_purchase", values=COMPUTE, answered_by=owner.user
        )
    refresh(firm, owner.user)
    return submitted(call, firm=firm, facts=[purchase("s1", "50000.00")])[0], files


def test_evidence_stands_left_and_the_sentence_and_arithmetic_right():
    """“The case on one page: evidence left, computed result right”: the claimed line marked, the official sentence, the steps."""
    call = make_call()
    case, files = with_invoices(call)
    lead = make_member("reviewer", department=call.lead)
    said = page(lead, case)
    pair = said[said.index('class="pair-evidence"') : said.index('class="pair-evidence"', said.index('class="pair-evidence"') + 5)]
    assert pair.index("路由器") < pair.index('class="pair-amounts"')
    assert pair.count("本项申报") == 1 and pair.index("智能算力租赁") < pair.index("本项申报") < pair.index("路由器")
    amounts = pair[pair.index('class="pair-amounts"') :]
    assert "按照不高于实际购买金额的50%给予补贴" in amounts and "三(一)" in amounts
    assert "300,000.00" in amounts and "150,000.00" in amounts and "上限" in amounts
    assert 'lang="zh"' in page(lead, case, "en") and "Compute subsidy" in page(lead, case, "en")
    client = client_of(lead)
    for upload in files:
        assert b"".join(client.get(reverse("review:file", args=[case.pk, upload.pk])).streaming_content)
        part = client.get(reverse("review:source", args=[case.pk, upload.pk]), headers={"HX-Request": "true"}).content.decode()
        assert "<html" not in part and ("source-page" in part or "source-text" in part)
        assert "<html" in client.get(reverse("review:source", args=[case.pk, upload.pk])).content.decode()
    picture = client.get(reverse("review:picture", args=[case.pk, files[0].pk, 1]) + "?line=1")
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/png")
    for number in (0, 2, 99):
        assert client.get(reverse("review:picture", args=[case.pk, files[0].pk, number])).status_code == 404


def test_a_file_is_handed_out_with_its_own_case_only():
    """A file of the firm that the case does not stand on, and a file of another firm, are not there."""
    call = make_call()
    case, files = with_invoices(call)
    _other, other_files = with_invoices(call)
    loose = hand(make_member("firm_owner", firm=case.firm), "另一张.xml", digital_xml(sheet_of(case.firm, 77)))
    who = around(call)
    client = client_of(who["reviewer"])
    assert client.get(reverse("review:file", args=[case.pk, files[0].pk]))["Content-Disposition"].startswith("attachment")
    for upload in (loose, other_files[0]):
        for name in ("file", "source"):
            assert client.get(reverse(f"review:{name}", args=[case.pk, upload.pk])).status_code == 404
    assert client_of(who["elsewhere"]).get(reverse("review:file", args=[case.pk, files[0].pk])).status_code == 404
    assert client_of(who["other town"]).get(reverse("review:file", args=[case.pk, files[0].pk])).status_code == 404


def test_findings_lead_to_the_other_case_only_for_those_who_see_it():
    """“Shown to both reviewers”: with a link to the other case where the reader may open it, by its number alone where not."""
    call, apart = make_call(), led_by(make_department("市科技局"))
    matter = "invoice:26332000000447829611#1"
    first, _ = submitted(call, facts=[purchase("a", matter=matter)])
    second, _ = submitted(apart, facts=[purchase("b", matter=matter)])
    mine = page(make_member("reviewer", department=call.lead), first)
    assert second.number in mine and reverse("review:case", args=[second.pk]) not in mine
    theirs = page(make_member("reviewer", department=apart.lead), second)
    assert first.number in theirs
    assert reverse("review:case", args=[second.pk]) in page(make_member("auditor"), first)


def test_clearing_a_finding_and_closing_the_review():
    """The page says why the review cannot be closed; a finding is cleared with its reason and says who cleared it."""
    call = make_call()
    case, _owner = submitted(call)
    lead, joint = make_member("reviewer", department=call.lead), make_member("reviewer", department=call.joint.get())
    assert send(lead, "accept", case).status_code == 302
    check = Check.objects.create(case=case, code="not_due", stops=True, passed=False, subject="x", particulars={"fact": "p1"})
    case = now(case)
    assert send(joint, "verdict", case, {"verdict": "agrees", "opinion": ""}).status_code == 302
    assert send(lead, "verdict", now(case), {"verdict": "agrees", "opinion": ""}).status_code == 302
    assert "The review cannot be closed yet" in page(lead, case, "en")
    refused = send(lead, "close_review", now(case))
    assert refused.status_code == 422 and "Findings of the checks are open" in refused.content.decode()
    empty = send(lead, "clear", now(case), {"why": " "}, check.pk)
    assert empty.status_code == 422 and now(case).checks.get(pk=check.pk).cleared_at is None
    assert send(lead, "clear", now(case), {"why": "LOOKED-AT"}, check.pk).status_code == 302
    assert "LOOKED-AT" in page(joint, case)
    assert send(lead, "close_review", now(case)).status_code == 302
    assert now(case).state == State.REVIEWED


def test_the_checks_are_run_anew():
    """What changed since (facts, lists, other cases) is found by looking again, on the page that says so."""
    call = make_call()
    case, _owner = submitted(call)
    lead = make_member("reviewer", department=call.lead)
    withdraw_facts([case.lines.get().fact], None, "a mistake")
    assert "the fact no longer stands" not in page(lead, case, "en")
    assert send(lead, "look_again", case).status_code == 302
    assert "the fact no longer stands" in page(lead, case, "en")
    assert send(make_member("auditor"), "look_again", now(case)).status_code == 403


def test_a_stale_page_shows_the_case_as_it_is_and_keeps_what_was_typed():
    """“A stale page is told so” and nothing is lost: the typed words stand in their form, which can be sent again."""
    call = make_call()
    case, _owner = submitted(call)
    lead = make_member("reviewer", department=call.lead)
    case = steps.accept(case, lead, case.version)
    old = case.version
    steps.give_verdict(case, make_member("reviewer", department=call.joint.get()), case.version, "agrees", "meanwhile")
    answer = send(lead, "verdict", case, {"verdict": "objects", "opinion": "TYPED-WORDS"}, version=old)
    said = answer.content.decode()
    assert answer.status_code == 409 and "TYPED-WORDS" in said and "Somebody else has changed this case" in said
    assert re.search(r'value="objects"[^>]*checked', said)
    assert set(re.findall(r'name="version" value="(\d+)"', said)) == {str(now(case).version)}
    again = send(lead, "verdict", now(case), {"verdict": "objects", "opinion": "TYPED-WORDS"})
    assert again.status_code == 302 and case.reviews.get(lead=True).opinion == "TYPED-WORDS"
    for version in (-1, "", "x", "9" * 30):
        assert send(lead, "verdict", now(case), {"verdict": "agrees", "version": version}).status_code == 409


def test_a_refused_step_keeps_what_was_typed():
    """What is wrong is said where it is, and what was typed stays in the form."""
    call = make_call()
    case, _owner = submitted(call)
    lead = make_member("reviewer", department=call.lead)
    case = steps.accept(case, lead, case.version)
    line = case.lines.get()
    for typed, words in (("999999999", "The amount can only be lowered"), ("1e5", "is no amount")):
        answer = send(lead, "lower", case, {"amount": typed, "why": "TYPED-WORDS"}, line.pk)
        said = answer.content.decode()
        assert answer.status_code == 422 and words in said and "TYPED-WORDS" in said and typed in said
    assert send(lead, "lower", case, {"amount": "100,000.00", "why": "half a year only"}, line.pk).status_code == 302
    assert case.lines.get().lowered == 10000000
    assert send(lead, "lower", now(case), {"undo": "1"}, line.pk).status_code == 302
    assert case.lines.get().lowered is None


READ = {"300000": 30000000, "300,000.5": 30000050, "３００，０００元": 30000000, "0": 0, "": None}
UNREAD = ("300,00", "-5", "1.234", "1e3", "٣", "1,000,0.00", "12345678901234567890")


@pytest.mark.parametrize("typed", [*READ, *UNREAD])
def test_amounts_are_read_exactly_or_not_at_all(typed):
    """Money is whole fen; what could be read in two ways is not read."""
    field = YuanField(required=False)
    if typed in UNREAD:
        with pytest.raises(ValidationError):
            field.clean(typed)
    else:
        assert field.clean(typed) == READ[typed]


def test_sending_back_lists_points_with_their_facts_and_a_deadline():
    """“Corrections go back to the firm with a list of points, a deadline”: by default the guide's working days from today."""
    call = make_call()
    case, _owner = submitted(call)
    lead = make_member("reviewer", department=call.lead)
    said = page(lead, case, "en")
    deadline = re.search(r'name="deadline" value="([\d-]+)"', said)[1]
    from chaoce.service.cases.workdays import after_workdays

    assert date.fromisoformat(deadline) == after_workdays(timezone.localdate(), case.guide.correction_days)
    more = send(lead, "send_back", case, {"point": ["FIRST", ""], "about": ["p1", ""], "deadline": deadline, "more": "1"})
    assert more.status_code == 200 and more.content.decode().count('name="point"') == 2 and "FIRST" in more.content.decode()
    assert now(case).state == State.SUBMITTED
    wrong = send(lead, "send_back", case, {"point": ["FIRST"], "about": ["p1"], "deadline": "2020-01-01"})
    assert wrong.status_code == 422 and "FIRST" in wrong.content.decode() and '"p1" selected' in wrong.content.decode()
    none = send(lead, "send_back", case, {"point": [" "], "about": [""], "deadline": deadline})
    assert none.status_code == 422
    sent = send(lead, "send_back", case, {"point": ["FIRST", "", "SECOND"], "about": ["p1", "", ""], "deadline": deadline})
    assert sent.status_code == 302
    points = case.corrections.get().points
    assert [(point["text"], point["fact"]) for point in points] == [("FIRST", "p1"), ("SECOND", "")]
    assert "FIRST" in page(lead, case)


def test_a_correction_begins_with_the_findings_that_are_the_firms_to_mend():
    """Findings about the firm's own papers are offered as points; what is about others never is."""
    call = make_call()
    case, _owner = submitted(call)
    Check.objects.create(
        case=case, code="above_invoice", stops=True, passed=False, subject="p1",
        particulars={"fact": "p1", "paid": "2.00", "most": "1.00", "invoice": "77"},
    )  # fmt: skip
    Check.objects.create(
        case=case, code="same_matter", stops=True, passed=False, subject="m", particulars={"matter": "m", "numbers": "HN-9"}
    )
    said = page(make_member("reviewer", department=call.lead), case, "en")
    points = "".join(re.findall(r"<textarea[^>]*name=\"point\"[^>]*>([^<]*)", said))
    assert "states 2.00 yuan" in points and "HN-9" not in points


def test_going_on_after_the_deadline():
    """Once the deadline of a correction has passed the lead may go on; before it the step is not offered."""
    call = make_call()
    case, _owner = submitted(call)
    lead = make_member("reviewer", department=call.lead)
    case = steps.send_back(case, lead, case.version, [{"text": "the contract"}], timezone.localdate() + timedelta(days=1))
    assert reverse("review:go_on", args=[case.pk]) not in page(lead, case)
    assert send(lead, "go_on", case, {"why": "no answer"}).status_code == 422
    case.corrections.update(deadline=timezone.localdate() - timedelta(days=1))
    assert reverse("review:go_on", args=[case.pk]) in page(lead, case)
    assert send(lead, "go_on", case, {"why": "no answer"}).status_code == 302
    assert now(case).state == State.SUBMITTED


# The decision.


def test_the_head_sees_what_is_computed_now_and_decides_on_it():
    """“The amount is computed again at decision”: shown before, marked where it changed; a ceiling needs the head's own amount."""
    call = make_call()
    case, _owner, _lead = reviewed(call)
    head = make_member("head", department=call.lead)
    line = case.lines.get()
    add_received(case.firm, "compute-purchase", "p1", date(2026, 2, 1), 1000000, None, policy="haining-ai-2026")
    said = page(head, case, "en")
    assert "Computed now" in said and "400,000.00" in said and "changed" in said
    seen = {f"seen{line.pk}": re.search(rf'name="seen{line.pk}" value="(\d+)"', said)[1]}
    empty = send(head, "decide", case, {**seen, f"amount{line.pk}": "", f"why{line.pk}": "", "why": "TYPED-WORDS"})
    assert empty.status_code == 422 and "only a ceiling" in empty.content.decode() and "TYPED-WORDS" in empty.content.decode()
    above = send(head, "decide", case, {**seen, f"amount{line.pk}": "400000.01", f"why{line.pk}": "all of it", "why": ""})
    assert above.status_code == 422 and now(case).state == State.REVIEWED
    done = send(head, "decide", case, {**seen, f"amount{line.pk}": "350,000", f"why{line.pk}": "the year's budget", "why": ""})
    assert done.status_code == 302
    assert (now(case).outcome, case.lines.get().granted) == (Outcome.PARTLY, 35000000)
    assert "350,000.00" in page(head, case)


def test_nothing_is_decided_on_an_amount_that_was_not_seen():
    """Where another grant changed what is computed after the page was opened, nothing is decided and the new amount is shown."""
    call = make_call()
    case, _owner, _lead = reviewed(call)
    head = make_member("head", department=call.lead)
    line = case.lines.get()
    data = {f"seen{line.pk}": "41000000", f"amount{line.pk}": "300000", f"why{line.pk}": "the year's budget", "why": ""}
    add_received(case.firm, "compute-purchase", "p1", date(2026, 2, 1), 1000000, None, policy="haining-ai-2026")
    answer = send(head, "decide", case, data)
    said = answer.content.decode()
    assert answer.status_code == 409 and now(case).state == State.REVIEWED and case.lines.get().granted is None
    assert "400,000.00 yuan now, 410,000.00 yuan on your page" in said and 'value="300000"' in said
    assert f'name="seen{line.pk}" value="40000000"' in said
    assert send(head, "decide", now(case), {**data, f"seen{line.pk}": "40000000"}).status_code == 302


@pytest.mark.parametrize("four_eyes", [True, False])
def test_four_eyes_says_who_may_not_decide_and_why(four_eyes):
    """“A four-eyes switch a call”: who took part in the review is named and cannot decide, where the call's guide says so."""
    call = make_call(four_eyes=four_eyes)
    case, _owner = submitted(call)
    head, other = make_member("head", department=call.lead), make_member("head", department=call.lead)
    joint = make_member("reviewer", department=call.joint.get())
    case = steps.accept(case, head, case.version)
    case = steps.give_verdict(case, joint, case.version, "agrees", "")
    case = steps.give_verdict(case, head, case.version, "agrees", "")
    case = steps.close_review(case, head, case.version)
    line = case.lines.get()
    data = {f"seen{line.pk}": "41000000", f"amount{line.pk}": "300000", f"why{line.pk}": "the year's budget", "why": ""}
    own, theirs = page(head, case, "en"), page(other, case, "en")
    assert ("You took part in the review" in own) == four_eyes
    assert ("Four eyes: who took part in the review may not decide" in theirs and head.user.name in theirs) == four_eyes
    assert send(head, "decide", case, data).status_code == (422 if four_eyes else 302)
    if four_eyes:
        assert send(other, "decide", now(case), data).status_code == 302


def test_returning_releasing_and_opening_again():
    """Return to review, ready for notice and re-opening ask for what the flow says, and stand only where the flow has them."""
    call = make_call()
    case, _owner, lead = reviewed(call)
    head = make_member("head", department=call.lead)
    assert send(head, "return_to_review", case, {"why": ""}).status_code == 422
    assert send(head, "return_to_review", case, {"why": "the contract is missing"}).status_code == 302
    case = steps.close_review(now(case), lead, now(case).version)
    line = case.lines.get()
    data = {f"seen{line.pk}": "41000000", f"amount{line.pk}": "300000", f"why{line.pk}": "the year's budget", "why": ""}
    assert send(head, "decide", case, data).status_code == 302
    assert reverse("review:decide", args=[case.pk]) not in page(head, case)
    assert send(lead, "make_ready", now(case)).status_code == 302
    assert send(lead, "reopen", now(case), {"why": "an error"}).status_code == 403
    assert send(head, "reopen", now(case), {"why": "an error"}).status_code == 302
    assert now(case).state == State.REVIEW


def test_readers_are_offered_no_step_and_can_take_none():
    """Finance, auditor, office and leaders read only; nobody is offered what is not theirs."""
    call = make_call()
    case, _owner = submitted(call, firm=make_firm(town=make_town()))
    who = around(call)
    for name in ("finance", "auditor", "office", "leader"):
        said = page(who[name], case)
        main = said[said.index('<main id="main"') :]
        assert set(re.findall(r'<form method="post" action="([^"]*)"', main)) == set(), name
        for step in ("accept", "inside", "to_firm", "verdict", "close_review"):
            assert send(who[name], step, case, {"text": "x", "verdict": "agrees"}).status_code == 403, (name, step)
    assert reverse("review:accept", args=[case.pk]) not in page(who["joint"], case)
    refused = send(who["joint"], "accept", case)
    assert refused.status_code == 422 and now(case).state == State.SUBMITTED
    assert send(who["elsewhere"], "accept", case).status_code == 404


# Towns, experts, firms.


def test_a_town_reports_a_first_look():
    """“Their town's firms, a first look, the visit on site.”"""
    call = make_call()
    case, _owner = submitted(call, firm=make_firm(town=make_town()))
    other, _o = submitted(call, firm=make_firm(town=make_town("330481002", "海洲街道")))
    town = make_member("town", town=make_town())
    client = client_of(town, "en")
    waiting = client.get(reverse("review:visits")).content.decode()
    assert case.number in waiting and other.number not in waiting
    today = timezone.localdate()
    good = {"day": today.isoformat(), "on_site": "1", "sound": "0", "report": "NO-MACHINES"}
    for wrong in ({"day": (today + timedelta(days=1)).isoformat()}, {"day": "soon"}, {"report": ""}, {"sound": ""}, {"on_site": "maybe"}):
        answer = send(town, "visit", case, {**good, **wrong})
        assert answer.status_code == 422, wrong
        assert "report" in wrong or "NO-MACHINES" in answer.content.decode()
    assert send(town, "visit", case, good).status_code == 302
    visit = case.visits.get()
    assert (visit.on_site, visit.sound, visit.report, visit.day) == (True, False, "NO-MACHINES", today)
    assert case.number not in client.get(reverse("review:visits")).content.decode()
    assert case.number in client.get(reverse("review:visits") + "?seen").content.decode()
    assert "NO-MACHINES" in page(make_member("reviewer", department=call.lead), case)
    assert send(town, "visit", other, good).status_code == 404


@pytest.mark.parametrize("recused", [False, True])
def test_an_expert_answers_or_stands_aside(recused):
    """“Experts”: an expert answers the question, or stands aside and says why; once."""
    call = make_call()
    case, _owner = submitted(call)
    lead, expert = make_member("reviewer", department=call.lead), make_member("expert")
    assert queue.tabs_of(expert)[0] == "todo"
    assert send(lead, "ask", case, {"expert": expert.user_id, "question": "QUESTION"}).status_code == 302
    assert send(lead, "ask", now(case), {"expert": lead.user_id, "question": "QUESTION"}).status_code == 422
    assert "QUESTION" in page(expert, case)
    assert send(expert, "answer", now(case), {"text": " "}).status_code == 422
    sent = send(expert, "answer", now(case), {"text": "ANSWER", **({"recused": "on"} if recused else {})})
    assert sent.status_code == 302
    opinion = case.opinions.get()
    assert (opinion.text, opinion.recused) == ("ANSWER", recused)
    assert "ANSWER" in page(lead, case) and reverse("review:answer", args=[case.pk]) not in page(expert, case)
    assert send(expert, "answer", now(case), {"text": "again"}).status_code == 422


def test_firms_are_found_by_name_and_tax_id():
    """Readers see all firms, departments and finance those that cases and support give them, a town its own; an expert and a firm
    none."""
    call = make_call()
    firm = make_firm(name="海宁青禾有限公司", town=make_town())
    submitted(call, firm=firm)
    other = make_firm(name="桐乡蓝海有限公司")
    add_received(firm, "compute-purchase", "p1", date(2026, 2, 1), 12345, None, policy="haining-ai-2026")
    who = around(call)
    for name in ("reviewer", "elsewhere", "finance", "auditor", "office", "leader"):
        said = client_of(who[name]).get(reverse("review:firms")).content.decode()
        assert (firm.name in said) == (name != "elsewhere"), name
        assert (other.name in said) == (name in ("auditor", "office", "leader")), name
    town = client_of(who["town"])
    said = town.get(reverse("review:firms")).content.decode()
    assert firm.name in said and other.name not in said
    assert town.get(reverse("review:firm", args=[other.pk])).status_code == 404
    assert client_of(who["expert"]).get(reverse("review:firms")).status_code == 403
    client = client_of(who["auditor"])
    for q, found in (("青禾", True), (firm.uscc[:12].lower(), True), ("%", False), ("nothing", False)):
        assert (firm.name in client.get(reverse("review:firms"), {"q": q}).content.decode()) == found, q
    said = client.get(reverse("review:firm", args=[firm.pk])).content.decode()
    assert "123.45" in said and "820,000.00" in said and "HN-2026" in said
    assert "HN-2026" not in client_of(who["elsewhere"]).get(reverse("review:firm", args=[firm.pk])).content.decode()


# The list: kept views, the workbook, and how much it asks.


def test_views_are_kept_renamed_and_deleted():
    """“Saved views (save, rename, delete)”: each person's own."""
    lead = make_member("reviewer")
    client = client_of(lead, "en")
    query = "tab=open&q=%E9%9D%92%E7%A6%BE&late=1&nonsense=1&page=3"
    client.post(reverse("review:save_view"), {"name": " Mine ", "query": query})
    view = SavedView.objects.get()
    assert (view.name, view.user) == ("Mine", lead.user) and "nonsense" not in view.query and "page" not in view.query
    shown = client.get(reverse("review:queue") + f"?{view.query}").content.decode()
    assert 'aria-current="true"' in shown and "Mine" in shown
    client.post(reverse("review:save_view"), {"name": "Mine", "query": "tab=all"})
    assert SavedView.objects.get().query == "tab=all"
    client.post(reverse("review:save_view"), {"name": "Other", "query": ""})
    client.post(reverse("review:rename_view", args=[view.pk]), {"name": "Other"})
    assert SavedView.objects.get(pk=view.pk).name == "Mine"
    client.post(reverse("review:rename_view", args=[view.pk]), {"name": "Renamed"})
    for name in ("", " ", "\x00"):
        client.post(reverse("review:save_view"), {"name": name, "query": "tab=all"})
    assert set(SavedView.objects.values_list("name", flat=True)) == {"Renamed", "Other"}
    stranger = client_of(make_member("reviewer"))
    assert stranger.post(reverse("review:rename_view", args=[view.pk]), {"name": "x"}).status_code == 404
    stranger.post(reverse("review:delete_view", args=[view.pk]))
    assert SavedView.objects.count() == 2
    for _ in range(2):
        client.post(reverse("review:delete_view", args=[view.pk]))
    assert SavedView.objects.get().name == "Other"


@pytest.mark.parametrize(("language", "head"), [("zh-hans", "企业"), ("en", "Firm")])
def test_the_workbook_has_the_list_with_money_as_numbers_and_text_as_text(language, head):
    """“Export to XLSX”: the filtered list, money as numbers, the head in the page's language, no formula whatever a name begins with."""
    call = make_call()
    names = ['=HYPERLINK("http://x")', "+1", "-1", "@x", "正常\x0b公司"]
    for name in names:
        case, _owner = submitted(call)
        Firm.objects.filter(pk=case.firm_id).update(name=name)
    submitted(make_call(), firm=make_firm(name="不在此批次"))
    lead = make_member("reviewer", department=call.lead)
    answer = client_of(lead, language).get(reverse("review:export"), {"tab": "all", "call": call.pk, "sort": "number"})
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
    rows = list(book.active.iter_rows())
    assert rows[0][1].value == head and len(rows) == 6
    assert [row[1].value for row in rows[1:]] == [*names[:4], "正常公司"]
    for row in rows[1:]:
        assert all(cell.data_type != "f" for cell in row)
        assert Decimal(str(row[9].value)) == Decimal("410000") and row[9].number_format == "#,##0.00"
        assert row[7].value.date() == timezone.localdate()
    assert all(row[1].quotePrefix for row in rows[1:5])


def grows(member, url: str, more) -> None:
    """The page asks as many queries for few rows as for many."""
    client = client_of(member)
    client.get(url)

    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(url)
            assert answer.status_code == 200
            if answer.streaming:
                b"".join(answer.streaming_content)
        return len(captured)

    few = asked()
    for _ in range(6):
        more()
    assert asked() == few <= 30, (few, asked())


def test_no_list_grows_in_queries_with_its_rows():
    """“No list page grows in queries with its rows (a test counts them).”"""
    call = make_call()
    town = make_town()
    submitted(call, firm=make_firm(town=town))
    lead = make_member("reviewer", department=call.lead)

    def more() -> None:
        case, _owner = submitted(call, firm=make_firm(town=town))
        steps.accept(case, lead, case.version)

    for name, query in (
        ("queue", "?tab=all"),
        ("queue", "?late=1&mine=1&verdict=1&stops=1"),
        ("export", "?tab=all"),
        ("visits", ""),
        ("firms", ""),
    ):
        grows(lead, reverse(f"review:{name}") + query, more)


def test_the_case_page_does_not_grow_in_queries_with_its_lines():
    """A case of many facts asks as much as one of a few."""
    call = make_call()
    lead = make_member("reviewer", department=call.lead)
    few, _o = submitted(call, facts=[purchase("p1", "1000.00", matter="invoice:1#1")])
    many, _o = submitted(call, facts=[purchase(f"p{n}", "1000.00", matter=f"invoice:1{n}#1") for n in range(9)])

    def asked(case: Case) -> int:
        client = client_of(lead)
        client.get(reverse("review:case", args=[case.pk]))
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("review:case", args=[case.pk]))
        return len(captured)

    assert asked(few) == asked(many)
    assert many.lines.count() == 9


def test_a_firms_page_does_not_grow_in_queries():
    """The page of a firm with many facts, cases and received support asks as much as with few."""
    call = make_call()
    firm = make_firm()
    submitted(call, firm=firm)
    numbers = iter(range(100))

    def more() -> None:
        number = next(numbers)
        add_facts(firm, [purchase(f"x{number}", "1000.00")], "statement", None)
        add_received(firm, "compute-purchase", f"x{number}", date(2026, 2, 1), 100, None, policy="haining-ai-2026")

    grows(make_member("auditor"), reverse("review:firm", args=[firm.pk]), more)


def test_a_late_case_is_said_to_be_late():
    """“An honest waiting time”: in working days, against what the guide says."""
    call = make_call()
    case, _owner = submitted(call)
    Case.objects.filter(pk=case.pk).update(version=case.version + 1, submitted_at=timezone.now() - timedelta(days=60))
    lead = make_member("reviewer", department=call.lead)
    assert "超期" in page(lead, case)
    assert "超期" in client_of(lead).get(reverse("review:queue")).content.decode()


def test_next_leads_to_what_is_to_do_and_to_the_queue_where_nothing_is():
    """“A queue …, keyboard paths”: the next case that is one's own to do, not the one in front, and words where there is none."""
    call = make_call()
    first, _owner = submitted(call)
    client = client_of(make_member("reviewer", department=call.lead))
    address = reverse("review:next")
    assert client.get(address, {"but": first.pk}).url == reverse("review:queue")
    assert "没有其他待办" in client.get(address, {"but": first.pk}, follow=True).content.decode()
    second, _owner = submitted(call, facts=[purchase("p9", matter="invoice:9")])
    assert client.get(address, {"but": first.pk}).url == reverse("review:case", args=[second.pk])
    assert client.get(address, {"but": second.pk}).url == client.get(address, {"but": "x"}).url == reverse("review:case", args=[first.pk])
    assert client_of(make_member("auditor")).get(address).url == reverse("review:queue")
