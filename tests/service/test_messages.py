"""Messages: one catalogue, one message a person, mails that go once, reminders that go once, and the pages that show them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail as outbox
from django.db import transaction
from django.utils import timezone
from django.utils.translation import override
from procrastinate.contrib.django import app

import chaoce.service
from chaoce.service.calls.models import Call, Guide
from chaoce.service.cases import steps
from chaoce.service.cases.flow import State
from chaoce.service.documents.models import Upload
from chaoce.service.facts.record import add_facts
from chaoce.service.messaging import mailing, notices, tasks
from chaoce.service.messaging.catalogue import KINDS, Side, Topic, topics_of, words
from chaoce.service.messaging.models import MailChoice, Message
from chaoce.service.messaging.post import tell
from chaoce.service.messaging.unread import MOST, at_bell, unread
from service.browsing import assert_sound, needs_browser, other_looks, visit
from service.kit import client_of, in_days, make_call, make_firm, make_member, make_town, purchase, reviewed, submitted

SERVICE = Path(chaoce.service.__file__).parent

#: Particulars of every kind that a message can have.
SAMPLES = {
    "deadline": "2026-03-09",
    "day": "2026-03-09",
    "outcome": "partly",
    "why": "预算已调整",
    "title": "2026 年名单",
    "file": "发票.pdf",
    "other": "HN-2026-000009",
    "facts": "p1",
    "settled": "年度核定决定：40%。",
}


def _told() -> Iterator[tuple[str, str]]:
    """(file, code) of every call of `tell` in the service, whatever puts the code together."""
    for path in sorted(SERVICE.rglob("*.py")):
        text = path.read_text("utf-8")
        if "messaging.post import tell" not in text:
            continue
        tree = ast.parse(text)
        functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
        for function in functions:
            assigned = {
                target.id: node.value
                for node in ast.walk(function)
                if isinstance(node, ast.Assign)
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "tell" and node.args:
                    code = node.args[0]
                    code = assigned.get(code.id, code) if isinstance(code, ast.Name) else code
                    tested = {id(inner) for part in ast.walk(code) if isinstance(part, ast.IfExp) for inner in ast.walk(part.test)}
                    for part in ast.walk(code):
                        if isinstance(part, ast.Constant) and isinstance(part.value, str) and id(part) not in tested:
                            yield path.name, part.value


def test_every_message_that_is_told_is_in_the_catalogue_and_the_reverse():
    """“One catalogue of them”: nothing is told that is not in it, and nothing is in it that nobody tells."""
    told = {code for _file, code in _told()}
    assert told == set(KINDS)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("code", sorted(KINDS))
@pytest.mark.django_db
def test_every_message_has_words_in_both_languages(code, language):
    """“In both languages”: every message, for every side, with all its particulars filled in, and none of its words left English."""
    case, _owner = submitted(make_call())
    kind = KINDS[code]
    for side, said in ((Side.FIRM, kind.firm), (Side.CITY, kind.city)):
        if said is None:
            continue
        message = Message(code=code, side=side, case=case, particulars={name: SAMPLES[name] for name in kind.particulars})
        with override(language):
            shown = words(message)
        with override("en"):
            english = words(message)
        text = " ".join([shown.subject, shown.body, shown.more])
        assert shown.subject and shown.body and "%(" not in text
        if language == "zh-hans":
            assert shown.subject != english.subject and shown.body != english.body
            assert not {"the", "has", "application", "of"} & set(text.lower().split()), text
            assert not any(sign in text for sign in (",", ";", "(", ": ")), text
        for name in kind.particulars:
            if name in ("deadline", "day"):
                assert ("2026年3月9日" if language == "zh-hans" else "9 March 2026") in text
            elif name != "outcome":
                assert SAMPLES[name] in text


def test_a_message_is_told_with_its_particulars_and_no_others():
    """A message that lacks a particular would be shown without it: it is refused when it is told."""
    with pytest.raises(TypeError):
        tell("deadline_near", None)
    with pytest.raises(TypeError):
        tell("case_submitted", None, deadline="2026-01-01")
    with pytest.raises(KeyError):
        tell("no_such_message", None)


def test_a_mail_never_says_what_only_the_service_says():
    """“No personal data beyond need”: reasons that people wrote are read in the service, and stand in no mail."""
    for kind in KINDS.values():
        for said in (kind.firm, kind.city):
            if said is not None:
                assert "%(why)s" not in str(said.subject) + str(said.body)


def _codes(member) -> set[str]:
    return set(Message.objects.filter(to=member.user).values_list("code", flat=True))


@pytest.mark.django_db
def test_who_is_told_of_a_case():
    """Each step is told to those whom it concerns: not to who took it, not to another firm, department or town."""
    call = make_call()
    town = make_town()
    firm = make_firm(town=town)
    colleague = make_member("firm_staff", firm=firm)
    stranger = make_member("firm_owner")
    lead = make_member("reviewer", department=call.lead)
    officer = make_member("town", town=town)
    other_town = make_member("town", town=make_town("330481002", "海洲街道"))
    case, owner = submitted(call, firm=firm)
    joint = make_member("reviewer", department=call.joint.get())
    assert _codes(owner) == set()  # who hands in knows of it
    assert _codes(colleague) == _codes(lead) == _codes(officer) == {"case_submitted"}
    assert _codes(joint) == _codes(stranger) == _codes(other_town) == set()

    case = steps.accept(case, lead, case.version)
    assert "case_accepted" in _codes(joint) and "case_accepted" in _codes(owner) and "case_accepted" not in _codes(lead)
    case = steps.give_verdict(case, joint, case.version, "agrees", "")
    assert "all_found" not in _codes(lead)
    head = make_member("head", department=call.lead)
    case = steps.give_verdict(case, lead, case.version, "agrees", "")
    assert "all_found" in _codes(head)
    steps.remark(case, joint, case.version, "看一下", inside=True)
    assert "remark_inside" in _codes(lead) and "remark_inside" not in _codes(owner) | _codes(colleague) | _codes(officer)
    steps.remark(case, lead, case.version, "请补充", inside=False)
    assert "remark_to_firm" in _codes(owner) and "remark_to_firm" in _codes(joint)
    steps.remark(case, owner, case.version, "好的", inside=False)
    assert "remark_from_firm" in _codes(lead)
    steps.report_visit(case, officer, case.version, timezone.localdate(), "属实", True, True)
    assert "visit_reported" in _codes(lead)
    expert = make_member("expert")
    other = make_member("expert")
    steps.ask_expert(case, lead, case.version, expert.user, "?")
    assert _codes(expert) == {"expert_asked"} and _codes(other) == set()
    steps.answer_as_expert(case, expert, case.version, "没有问题", False)
    assert "expert_answered" in _codes(lead)
    case = steps.close_review(case, lead, case.version)
    assert "case_reviewed" in _codes(head) and "case_reviewed" in _codes(owner) and "case_reviewed" not in _codes(joint)
    case = steps.return_to_review(case, head, case.version, "再看")
    assert "case_returned" in _codes(lead) and "case_returned" not in _codes(owner)
    case = steps.close_review(case, lead, case.version)
    finance = make_member("finance")
    case = steps.decide(case, head, case.version, {case.lines.get().pk: (100, "预算")})
    assert "case_decided" in _codes(owner) & _codes(joint) & _codes(finance)
    case = steps.reopen(case, head, case.version, "错了")
    assert "case_reopened" in _codes(owner) & _codes(finance)
    assert _codes(stranger) == _codes(other_town) == set()


@pytest.mark.django_db
def test_one_message_a_person():
    """Somebody with two roles that are told gets one message; somebody whose role has ended gets none."""
    call = make_call()
    both = make_member("reviewer", department=call.lead)
    type(both).objects.create(user=both.user, role="head", department=call.lead)
    gone = make_member("reviewer", department=call.lead)
    gone.ended_at = timezone.now()
    gone.save()
    barred = make_member("reviewer", department=call.lead)
    barred.user.is_active = False
    barred.user.save()
    submitted(call)
    assert Message.objects.filter(to=both.user).count() == 1
    assert not Message.objects.filter(to__in=[gone.user, barred.user]).exists()


@pytest.mark.django_db
def test_each_side_reads_its_own_words():
    """A firm is told in other words than a department; who leads finds a number and the firm's name, never a name of a person."""
    call = make_call()
    lead = make_member("reviewer", department=call.lead)
    case, _owner = submitted(call)
    message = Message.objects.get(to=lead.user)
    assert message.side == Side.CITY
    assert case.firm.name in words(message).body and case.number in words(message).subject


def run_worker() -> None:
    """The real worker, until nothing is left to do."""
    with app.replace_connector(app.connector.get_worker_connector()) as working:
        working.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)


@pytest.mark.django_db(transaction=True)
def test_a_mail_goes_once_and_in_the_language_of_who_reads_it():
    """“Mail after commit by a task, in the person's language; mailed_at set once”: one mail each, also when the job runs again."""
    call = make_call()
    english = make_member("reviewer", department=call.lead, language="en")
    chinese = make_member("reviewer", department=call.lead)
    case, _owner = submitted(call)
    assert outbox.outbox == []
    run_worker()
    sent = {mail.to[0]: mail for mail in outbox.outbox}
    assert set(sent) == {english.user.email, chinese.user.email}
    assert sent[english.user.email].subject == f"[chaoce] New application {case.number}"
    assert sent[chinese.user.email].subject == f"【潮策】新的申报 {case.number}"
    assert f"/review/cases/{case.pk}/" in sent[english.user.email].body
    first = Message.objects.get(to=english.user)
    assert first.mailed_at is not None
    assert mailing.send(first.pk) is False  # the same job once more
    tasks.mail.defer(message=first.pk)
    run_worker()
    assert len(outbox.outbox) == 2
    assert Message.objects.get(pk=first.pk).mailed_at == first.mailed_at
    assert sent[english.user.email].extra_headers["Message-ID"].startswith(f"<message-{first.pk}@")


@pytest.mark.django_db(transaction=True)
def test_no_mail_goes_where_the_transaction_ends_badly():
    """“Mail after commit”: what was undone was never told, in the service or by mail."""
    call = make_call()
    make_member("reviewer", department=call.lead)
    case, owner = submitted(call)
    run_worker()
    outbox.outbox.clear()
    with pytest.raises(RuntimeError), transaction.atomic():
        steps.withdraw(case, owner, case.version, "误报")
        raise RuntimeError
    run_worker()
    assert outbox.outbox == [] and not Message.objects.filter(code="case_withdrawn").exists()


@pytest.mark.django_db(transaction=True)
def test_a_mail_server_that_is_away_is_asked_again(monkeypatch):
    """“Retried”: a mail that the server refused is tried again later, and goes once in the end."""
    call = make_call()
    lead = make_member("reviewer", department=call.lead)
    submitted(call)
    real = mailing.mail_of
    calls = []

    class Away(Exception):
        pass

    def away(message):
        calls.append(message.pk)
        raise Away

    monkeypatch.setattr(mailing, "mail_of", away)
    run_worker()
    message = Message.objects.get(to=lead.user)
    assert len(calls) == 1 and message.mailing_at is None and message.mailed_at is None
    from procrastinate.contrib.django.models import ProcrastinateJob

    job = ProcrastinateJob.objects.get(task_name="messaging.mail")
    assert job.status == "todo" and job.scheduled_at > timezone.now()
    monkeypatch.setattr(mailing, "mail_of", real)
    assert mailing.send(message.pk) is True
    assert len(outbox.outbox) == 1


@pytest.mark.django_db
def test_a_mail_that_may_have_gone_is_not_sent_again():
    """“Never two mails”: where the process died while it sent, nobody knows whether it went; it is not sent again."""
    case, owner = submitted(make_call())
    message = Message.objects.create(to=owner.user, code="case_accepted", case=case, mailing_at=timezone.now())
    assert mailing.send(message.pk) is False and outbox.outbox == []
    assert mailing.send(10**9) is False


@pytest.mark.django_db
def test_what_people_wrote_cannot_reach_the_head_of_a_mail():
    """A line break in a call's title or a firm's name stays in its line: no header can be smuggled into a mail."""
    case, owner = submitted(make_call())
    case.call.zh = "算力\r\nBcc: all@example.org"
    case.call.save()
    tell("call_closing", case, day="2026-03-09")
    message = Message.objects.get(code="call_closing", to=owner.user)
    mail = mailing.mail_of(message)
    assert mail.message()["Bcc"] is None and "\n" not in mail.subject


@pytest.mark.django_db
def test_mails_that_a_person_switched_off_do_not_go():
    """“A person may switch mail off for non-essential ones”: the topic switched off is not mailed; deadlines and decisions are."""
    from procrastinate.contrib.django.models import ProcrastinateJob

    call = make_call()
    lead = make_member("reviewer", department=call.lead)
    MailChoice.objects.create(user=lead.user, off=[Topic.WORK])
    case, owner = submitted(call)
    assert Message.objects.filter(to=lead.user).count() == 1
    mailed = set(ProcrastinateJob.objects.filter(task_name="messaging.mail").values_list("args__message", flat=True))
    assert not mailed
    MailChoice.objects.create(user=owner.user, off=[topic.value for topic in Topic])
    steps.send_back(case, lead, case.version, [{"text": "?"}], timezone.localdate() + timedelta(days=5))
    asked = Message.objects.get(to=owner.user, code="case_sent_back")
    mailed = set(ProcrastinateJob.objects.filter(task_name="messaging.mail").values_list("args__message", flat=True))
    assert mailed == {asked.pk}


@pytest.mark.django_db
def test_a_deadline_is_recalled_once_three_days_before():
    """“Three days before a correction's deadline; once”; and once when it has passed, to the firm and to the lead."""
    call = make_call()
    lead = make_member("reviewer", department=call.lead)
    case, owner = submitted(call)
    today = timezone.localdate()
    steps.send_back(case, lead, case.version, [{"text": "?"}], today + timedelta(days=10))
    assert notices.remind_of_corrections(today + timedelta(days=6)) == 0
    assert notices.remind_of_corrections(today + timedelta(days=7)) == 1
    assert notices.remind_of_corrections(today + timedelta(days=8)) == 0
    assert notices.remind_of_corrections(today + timedelta(days=10)) == 0
    assert notices.remind_of_corrections(today + timedelta(days=11)) == 2
    assert notices.remind_of_corrections(today + timedelta(days=12)) == 0
    assert {"deadline_near", "deadline_passed"} <= _codes(owner)
    assert "deadline_passed" in _codes(lead) and "deadline_near" not in _codes(lead)
    # Somebody who joins the firm afterwards is told as well, the others not again.
    late = make_member("firm_staff", firm=case.firm)
    assert notices.remind_of_corrections(today + timedelta(days=12)) == 1
    assert _codes(late) == {"deadline_passed"}


@pytest.mark.django_db
def test_a_corrected_case_is_not_recalled():
    """A correction that was answered has no deadline any more."""
    call = make_call()
    lead = make_member("reviewer", department=call.lead)
    case, owner = submitted(call)
    case = steps.send_back(case, lead, case.version, [{"text": "?"}], timezone.localdate() + timedelta(days=2))
    steps.resubmit(case, owner, case.version, ["!"])
    assert notices.remind_of_corrections() == 0


def call_until(days: float) -> Call:
    """A call that closes in so many days; a published call cannot be shortened."""
    long = make_call()
    call = Call.objects.create(
        year=2026, zh="算力补贴", benefits=long.benefits, lead=long.lead, opens_at=in_days(-9), closes_at=in_days(days),
        published_at=in_days(-9), created_by=long.created_by,
    )  # fmt: skip
    Guide.objects.create(call=call, version=1, published_at=in_days(-9), published_by=call.created_by)
    return call


@pytest.mark.django_db
def test_a_draft_is_recalled_before_its_call_closes():
    """A draft whose call closes within three days is recalled once; one in a call with more time is not."""
    for days, told in ((2, 1), (10, 0)):
        call = call_until(days)
        firm = make_firm()
        owner = make_member("firm_owner", firm=firm)
        steps.open_draft(firm, call, owner)
        assert notices.remind_of_drafts() == told
        assert notices.remind_of_drafts() == 0


@pytest.mark.django_db(transaction=True)
def test_an_open_call_is_told_to_firms_that_are_due_something():
    """“Call opened for which the firm is due something”: by the real engine; firms due nothing, without an account or at it already
    are not told; nobody is told twice."""
    call = make_call()
    due, nothing, begun = make_firm(), make_firm(), make_firm()
    make_firm()  # without an account
    people = {firm.pk: make_member("firm_owner", firm=firm) for firm in (due, nothing, begun)}
    for firm in (due, begun):
        add_facts(firm, [purchase()], "import", people[firm.pk].user)
    steps.open_draft(begun, call, people[begun.pk])
    tasks.remind(0)
    run_worker()
    told = Message.objects.filter(code="call_opened")
    assert notices.announce(call_until(-1).pk) == 0
    assert [message.to_id for message in told] == [people[due.pk].user_id]
    assert told.get().particulars["title"] == call.zh
    tasks.remind(1)
    run_worker()
    assert told.count() == 1


@pytest.mark.django_db
def test_files_that_cannot_be_used_are_told_once_a_day():
    """However many broken files a firm hands in on a day, it gets one message; a file that can be used brings none."""
    owner = make_member("firm_owner")

    def hand_in(name: str, state: str) -> Upload:
        return Upload.objects.create(firm=owner.firm, name=name, size=1, sha256="0" * 64, state=state, uploaded_by=owner.user)

    notices.upload_faults(hand_in("a.pdf", "read"))
    assert _codes(owner) == set()
    for name in ("b.pdf", "c.pdf"):
        notices.upload_faults(hand_in(name, "refused"))
    assert Message.objects.get(to=owner.user).particulars == {"file": "b.pdf"}


# The pages.


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_shows_what_is_not_read_first(language):
    """Messages not read stand first, the newest on top; those of others are not there."""
    call = make_call()
    case, owner = submitted(call)
    other = make_member("firm_owner")
    for code in ("case_accepted", "case_reviewed"):
        Message.objects.create(to=owner.user, code=code, case=case)
    Message.objects.create(to=other.user, code="case_goes_on", case=case)
    Message.objects.filter(code="case_reviewed").update(read_at=timezone.now())
    client = client_of(owner, language)
    page = client.get("/messages/").content.decode()
    first, second = ("is in review", "has been reviewed") if language == "en" else ("进入会审", "会审已办结")
    assert 0 < page.index(first) < page.index(second)
    assert page.count('class="message ') + page.count('class="message"') == 2
    only = client.get("/messages/?show=unread").content.decode()
    assert first in only and second not in only


@pytest.mark.django_db
def test_the_list_asks_no_more_queries_with_more_messages(django_assert_max_num_queries):
    """“No list page grows in queries with its rows”; the bell costs one query on any page."""
    case, owner = submitted(make_call())
    Message.objects.create(to=owner.user, code="case_accepted", case=case)
    client = client_of(owner)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        client.get("/messages/")
    Message.objects.bulk_create(Message(to=owner.user, code="case_accepted", case=case) for _ in range(60))
    with CaptureQueriesContext(connection) as many:
        page = client.get("/messages/").content.decode()
    assert len(many) <= len(few) and "?page=2" in page
    with django_assert_max_num_queries(1):
        assert unread(owner.user) == 61
    assert at_bell(owner.user) == "61"
    Message.objects.bulk_create(Message(to=owner.user, code="case_accepted", case=case) for _ in range(60))
    assert at_bell(owner.user) == f"{MOST}+" and 'class="bell-count">99+' in client.get("/messages/").content.decode()


@pytest.mark.django_db
def test_opening_a_message_reads_it_and_goes_to_the_case():
    """A message leads to its case, acting in the role that may see it; another's message is not there."""
    call = make_call()
    lead = make_member("reviewer", department=call.lead)
    case, _owner = submitted(call)
    message = Message.objects.get(to=lead.user)
    town = make_member("town", town=make_town("330481009", "尖山新区"))
    town.user, old = lead.user, town.user
    town.save()
    client = client_of(town)
    answer = client.post(f"/messages/{message.pk}/open/")
    assert answer.status_code == 302 and answer["Location"] == mailing.path_of(message) == f"/review/cases/{case.pk}/"
    assert client.session["membership"] == lead.pk
    message.refresh_from_db()
    assert message.read_at is not None
    assert client_of(make_member("reviewer")).post(f"/messages/{message.pk}/open/").status_code == 404
    assert client.get(f"/messages/{message.pk}/open/").status_code == 405
    assert old.pk != lead.user.pk


@pytest.mark.django_db
def test_a_message_of_a_case_that_is_gone_for_the_person_says_so():
    """Who no longer has the role that saw a case is told so, and learns nothing of the case."""
    call = make_call()
    lead = make_member("reviewer", department=call.lead)
    submitted(call)
    message = Message.objects.get(to=lead.user)
    lead.ended_at = timezone.now()
    lead.save()
    elsewhere = make_member("reviewer", department=call.joint.get())
    elsewhere.user = lead.user
    elsewhere.department = make_member("reviewer").department
    elsewhere.save()
    call.joint.clear()
    elsewhere.department = call.lead.__class__.objects.create(zh="市科技局", en="Science")
    elsewhere.save()
    answer = client_of(elsewhere).post(f"/messages/{message.pk}/open/", follow=True)
    assert answer.redirect_chain == [("/messages/", 302)]
    assert "已无法查看" in answer.content.decode()


@pytest.mark.django_db
def test_marking_all_read_leaves_what_came_since():
    """“Mark all” marks what the page showed, not what has come meanwhile."""
    case, owner = submitted(make_call())
    first = Message.objects.create(to=owner.user, code="case_accepted", case=case)
    second = Message.objects.create(to=owner.user, code="case_reviewed", case=case)
    client = client_of(owner)
    client.post("/messages/read/", {"newest": first.pk})
    assert list(Message.objects.filter(to=owner.user, read_at=None)) == [second]
    client.post("/messages/read/", {"newest": "一"})
    assert client.post(f"/messages/{second.pk}/read/", {"next": "//evil.example/"})["Location"] == "/messages/"
    assert unread(owner.user) == 0 and at_bell(owner.user) == ""


@pytest.mark.django_db
def test_choosing_which_mails_come():
    """Only topics of the person's sides are offered; what is not ticked is switched off, what is not shown stays as it was."""
    owner = make_member("firm_owner")
    MailChoice.objects.create(user=owner.user, off=[Topic.WORK])
    client = client_of(owner)
    page = client.get("/messages/mails/").content.decode()
    assert 'value="progress"' in page and 'value="work"' not in page
    assert client.post("/messages/mails/", {"wanted": ["progress", "calls"]}).status_code == 302
    assert MailChoice.objects.get(user=owner.user).off == sorted([Topic.FILES, Topic.REMARKS, Topic.WORK])
    assert client.post("/messages/mails/", {"wanted": ["no-such-topic"]}).status_code == 422
    assert Topic.WORK in topics_of(Side.CITY) and Topic.WORK not in topics_of(Side.FIRM)


@pytest.mark.django_db
def test_messages_are_nobody_elses(client):
    """Without sign-in there is nothing; and a decided case tells the firm what to read next."""
    assert client.get("/messages/").status_code == 302
    call = make_call()
    case, owner, _lead = reviewed(call)
    head = make_member("head", department=call.lead)
    steps.decide(case, head, case.version, {case.lines.get().pk: (0, "无预算")}, "无预算")
    assert case.__class__.objects.get(pk=case.pk).state == State.DECIDED
    page = client_of(owner).get("/messages/").content.decode()
    assert "不予支持" in page


@needs_browser
@pytest.mark.django_db(transaction=True)
@other_looks
def test_the_pages_are_sound_in_a_browser(live_server, chromium, language, width):
    """“WCAG 2.2 AA, works at 360 px, both languages”: the list is read and emptied with clicks, and axe finds nothing."""
    case, owner = submitted(make_call())
    for code in ("case_accepted", "case_reviewed"):
        Message.objects.create(to=owner.user, code=code, case=case)
    with visit(chromium, live_server, owner, language, width) as page:
        page.goto(f"{live_server.url}/messages/")
        assert_sound(page)
        assert page.locator(".bell-count").inner_text().startswith("2")
        page.locator(".message-new").first.get_by_role("button").last.click()
        assert page.locator(".message-new").count() == 1
        page.locator(".head-actions button").click()
        page.wait_for_selector(".bell-count", state="detached")
        page.goto(f"{live_server.url}/messages/?show=unread")
        assert_sound(page)
        page.locator(".head-actions a").click()
        assert_sound(page)
        page.locator("input[value=progress]").uncheck()
        page.locator("main .btn-primary").click()
        page.wait_for_selector(".told .tone-good")
    assert MailChoice.objects.get(user=owner.user).off == [Topic.PROGRESS]
