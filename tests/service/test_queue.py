"""The queue: who sees what, what is whose to do, how long a case has waited, and that a list never grows in queries."""

from __future__ import annotations

import doctest
from datetime import date, datetime, timedelta

import pytest
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chaoce.service.calls.models import Guide
from chaoce.service.cases import queue, steps, workdays
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Case, Check
from chaoce.service.cases.queue import Wanted
from service.kit import in_days, make_call, make_department, make_firm, make_member, make_town, purchase, reviewed, submitted

SHANGHAI = timezone.get_default_timezone()


def at(year: int, month: int, day: int, hour: int = 10) -> datetime:
    """A moment in Haining."""
    return datetime(year, month, day, hour, tzinfo=SHANGHAI)


def asked(member, query: str = "tab=all") -> list[Case]:
    """The cases of a queue."""
    return list(queue.queue(member, Wanted.of(QueryDict(query), member)))


def people(call) -> dict:
    """One person a role around a call."""
    return {
        "reviewer": make_member("reviewer", department=call.lead),
        "joint": make_member("reviewer", department=call.joint.get()),
        "head": make_member("head", department=call.lead),
        "joint head": make_member("head", department=call.joint.get()),
        "elsewhere": make_member("reviewer", department=make_department("市科技局")),
        "town": make_member("town", town=make_town()),
        "expert": make_member("expert"),
        **{role: make_member(role) for role in ("finance", "auditor", "office", "leader")},
    }


# Working days.


def test_the_examples_of_working_days_hold():
    """The docstrings of the working days are true."""
    assert doctest.testmod(workdays).failed == 0


def test_working_days_follow_the_notice_of_the_year():
    """国务院办公厅关于2026年部分节假日安排的通知: 春节 2月15日至23日放假, 2月14日、2月28日上班."""
    assert workdays.workdays(date(2026, 2, 13), date(2026, 2, 24)) == 2  # the 14th, worked, and the 24th
    assert not workdays.is_workday(date(2026, 10, 5)) and workdays.is_workday(date(2026, 10, 10))
    assert sum(workdays.is_workday(date(2026, 1, 1) + timedelta(days=n)) for n in range(365)) == 261 - 19 + 6  # Mon–Fri, less 19, plus 6
    assert workdays.announced(2026) and not workdays.announced(2031)
    assert workdays.workdays(date(2031, 1, 3), date(2031, 1, 10)) == 5


@pytest.mark.parametrize("count", range(0, 40))
def test_the_days_before_and_after_agree(count):
    """What is late by the day is late by the count: the filter and the figure are one and the same."""
    today = date(2026, 10, 14)
    since = workdays.before_workdays(today, count)
    assert workdays.workdays(since, today) > count >= workdays.workdays(since + timedelta(days=1), today)
    assert workdays.workdays(today, workdays.after_workdays(today, count)) == count


# Waiting.


def set_times(case: Case, **times) -> Case:
    """The case with other times, as if it had lain longer."""
    Case.objects.filter(pk=case.pk).update(version=case.version + 1, **times)
    return Case.objects.select_related("guide").get(pk=case.pk)


@pytest.mark.django_db
def test_the_clock_stands_while_a_correction_is_with_the_firm():
    """“A deadline, and a clock that stops”: what the firm takes is not what the departments take."""
    case, _owner = submitted(make_call())
    case = set_times(case, submitted_at=at(2026, 3, 2))
    assert queue.waiting(case, at(2026, 3, 30)) == queue.Waiting(20, 20, False, False)
    assert queue.waiting(case, at(2026, 3, 31)).late
    stopped = set_times(case, clock_stopped_for=timedelta(days=7))
    assert queue.waiting(stopped, at(2026, 3, 31)) == queue.Waiting(16, 20, False, False)
    lead = make_member("reviewer", department=case.call.lead)
    steps.send_back(stopped, lead, stopped.version, [{"text": "the contract"}], timezone.localdate() + timedelta(days=3))
    stands = set_times(Case.objects.get(pk=case.pk), clock_stopped_at=at(2026, 3, 17))
    for day in (at(2026, 3, 17), at(2026, 3, 24), at(2026, 6, 30)):
        assert queue.waiting(stands, day)._replace(days=0) == queue.Waiting(0, 20, True, False)
        assert queue.waiting(stands, day).days in (5, 6) and not queue.waiting(stands, day).late


@pytest.mark.django_db
def test_a_decided_case_took_what_it_took_and_one_opened_again_waits_since_then():
    """“An honest waiting time”: while it was decided a case did not wait."""
    call = make_call()
    case, _owner, lead = reviewed(call)
    head = make_member("head", department=call.lead)
    case = steps.decide(case, head, case.version, {case.lines.get().pk: (100, "the year's budget")})
    case = set_times(case, submitted_at=timezone.now() - timedelta(days=40), decided_at=timezone.now() - timedelta(days=30))
    took = queue.waiting(case)
    assert took.over and took.days == workdays.workdays(timezone.localdate(case.submitted_at), timezone.localdate(case.decided_at))
    case = steps.reopen(case, head, case.version, "a fact was wrong")
    assert queue.waiting(Case.objects.select_related("guide").get(pk=case.pk)).days == 0
    case = steps.send_back(case, lead, case.version, [{"text": "the contract"}], timezone.localdate() + timedelta(days=3))
    assert queue.waiting(Case.objects.select_related("guide").get(pk=case.pk)).days == 0
    owner = make_member("firm_owner", firm=case.firm)
    case = steps.withdraw(case, owner, case.version, "no longer")
    assert queue.waiting(case) is None


@pytest.mark.django_db
def test_what_is_late_is_found_and_sorted_as_it_is_shown():
    """Sorting and filtering by waiting show the longest wait first, and exactly those above the days of their guide."""
    call = make_call()
    short = make_call()
    Guide.objects.create(call=short, version=2, review_days=3, published_at=in_days(-1), published_by=call.created_by)
    lead = make_member("reviewer", department=call.lead)
    cases = [submitted(call)[0] for _ in range(3)] + [submitted(short)[0] for _ in range(3)]
    for number, case in enumerate(cases):
        case = set_times(case, submitted_at=timezone.now() - timedelta(days=7 * (number + 1)))
        if number == 5:
            steps.send_back(case, lead, case.version, [{"text": "the contract"}], timezone.localdate() + timedelta(days=3))
            set_times(Case.objects.get(pk=case.pk), clock_stopped_at=timezone.now() - timedelta(days=41))
    rows = asked(lead, "tab=all&sort=waiting")
    shown = [queue.waiting(row) for row in rows]
    assert [one.days for one in shown] == sorted((one.days for one in shown), reverse=True)
    late = asked(lead, "tab=all&late=1")
    assert {row.pk for row in late} == {row.pk for row, one in zip(rows, shown, strict=True) if one.late} and len(late) in (2, 3)


# Who sees what.


@pytest.mark.django_db
def test_every_role_sees_its_own_cases_and_nobody_a_draft():
    """“A firm never sees another's existence; a reviewer sees what the clause's departments give it”; a draft is the firm's alone."""
    call = make_call()
    firm = make_firm(town=make_town())
    case, owner = submitted(call, firm=firm)
    other, _other_owner = submitted(call, firm=make_firm(town=make_town("330481002", "海洲街道")))
    applicant = make_member("firm_owner", firm=make_firm(town=make_town()))
    draft = steps.open_draft(applicant.firm, call, applicant)
    who = people(call)
    steps.ask_expert(case, who["reviewer"], case.version, who["expert"].user, "Is this computing power?")
    both, one = {case.pk, other.pk}, {case.pk}
    expected = {
        "reviewer": both, "joint": both, "head": both, "joint head": both, "elsewhere": set(), "town": one, "expert": one,
        "finance": both, "auditor": both, "office": both, "leader": both,
    }  # fmt: skip
    for name, member in who.items():
        seen = {row.pk for row in asked(member)}
        assert seen == expected[name], name
        assert draft.pk not in seen
    withdrawn = steps.withdraw(draft, applicant, draft.version, "not now")
    assert all(withdrawn.pk not in {row.pk for row in asked(member)} for member in who.values())
    assert {row.pk for row in Case.objects.seen_by(owner)} == one


# What is whose to do.


@pytest.mark.django_db
def test_what_is_mine_to_do_follows_the_flow():
    """For a lead pre-check, accept, close; for a joint department its finding; for the head the decision; for the town the first look."""
    call = make_call()
    case, _owner = submitted(call, firm=make_firm(town=make_town()))
    who = people(call)

    def mine() -> dict[str, str]:
        found = {}
        for name, member in who.items():
            rows = asked(member, "tab=todo") if "todo" in queue.tabs_of(member) else []
            found.update((name, row.task) for row in rows)
        return found

    assert mine() == {"reviewer": "accept", "town": "look"}
    case = steps.ask_expert(case, who["reviewer"], case.version, who["expert"].user, "Is it?").case
    case = steps.report_visit(case, who["town"], case.version, timezone.localdate(), "Seen.", True, True).case
    assert mine() == {"reviewer": "accept", "expert": "answer"}
    case = steps.accept(case, who["reviewer"], Case.objects.get(pk=case.pk).version)
    assert mine() == {"reviewer": "verdict", "joint": "verdict", "joint head": "verdict", "expert": "answer"}
    opinion = steps.answer_as_expert(case, who["expert"], case.version, "It is.", False)
    assert opinion.answered_at
    case = steps.give_verdict(case, who["reviewer"], case.version, "agrees", "")
    assert mine() == {"joint": "verdict", "joint head": "verdict"}
    case = steps.give_verdict(case, who["joint"], case.version, "agrees", "")
    assert mine() == {"reviewer": "close"}
    check = Check.objects.create(case=case, code="not_due", stops=True, passed=False, subject="x", particulars={"fact": "p1"})
    assert mine() == {"reviewer": "findings"}
    case = steps.clear_check(case, who["reviewer"], case.version, check.pk, "looked at")
    case = steps.close_review(case, who["reviewer"], case.version)
    assert mine() == {"head": "decide"}
    case = steps.decide(case, who["head"], case.version, {case.lines.get().pk: (100, "the year's budget")})
    assert mine() == {"reviewer": "ready"}
    steps.make_ready(case, who["reviewer"], case.version)
    assert mine() == {}
    assert [name for name, member in who.items() if "todo" not in queue.tabs_of(member)] == ["finance", "auditor", "office", "leader"]


@pytest.mark.django_db
def test_a_correction_whose_deadline_has_passed_is_the_leads_again():
    """A case does not lie with the firm for ever: once the deadline has passed the lead may go on."""
    call = make_call()
    case, _owner = submitted(call)
    lead = make_member("reviewer", department=call.lead)
    steps.send_back(case, lead, case.version, [{"text": "the contract"}], timezone.localdate() + timedelta(days=1))
    assert asked(lead, "tab=todo") == []
    case.corrections.update(deadline=timezone.localdate() - timedelta(days=1))
    assert [row.task for row in asked(lead, "tab=todo")] == ["go_on"]


# Filters.


@pytest.mark.django_db
def test_filters_search_and_orders():
    """“A queue with filters, search, sort.”"""
    call, second = make_call(), make_call()
    town = make_town()
    first, _ = submitted(call, firm=make_firm(town=town, name="海宁青禾有限公司"), facts=[purchase(paid="1000.00")])
    large, _ = submitted(second, firm=make_firm(name="桐乡蓝海有限公司"), facts=[purchase(paid="900000.00")])
    lead = make_member("reviewer", department=call.lead)

    def found(query: str) -> list[int]:
        return [row.pk for row in asked(lead, f"tab=all&{query}")]

    assert found("q=青禾") == found(f"q={first.number.lower()}") == found(f"q={first.firm.uscc[:18]}") == [first.pk]
    assert found("q=%00") and found("q=nothing like it") == []
    assert found(f"call={second.pk}") == [large.pk] and found("call=x") == found("call=99999999999999999999") != []
    assert found(f"town={town.pk}") == [first.pk]
    assert found("sort=amount") == [large.pk, first.pk]
    assert found("sort=number") == [first.pk, large.pk]
    assert found("sort=submitted") == [large.pk, first.pk]
    assert found("mine=1") == []
    first = steps.accept(first, lead, first.version)
    assert found("mine=1") == found("verdict=1") == found("state=review") == [first.pk]
    assert found("state=nonsense") == found("")
    Check.objects.create(case=large, code="not_due", stops=True, passed=False, subject="x", particulars={"fact": "p1"})
    assert found("stops=1") == [large.pk]
    row = next(row for row in asked(lead) if row.pk == large.pk)
    assert (row.claimed, row.stopping, row.reviews_all) == (45000000, 1, 0)


@pytest.mark.django_db
def test_the_counts_of_the_tabs_are_those_of_their_lists():
    """Counts per tab, under the same filters."""
    call = make_call()
    lead = make_member("reviewer", department=call.lead)
    case, _ = submitted(call)
    submitted(call)
    back, _ = submitted(call)
    steps.send_back(back, lead, back.version, [{"text": "the contract"}], timezone.localdate() + timedelta(days=1))
    reviewed(call)
    for query in ("", f"q={case.number}", "late=1", "state=review"):
        wanted = Wanted.of(QueryDict(query), lead)
        for tab, count in queue.counts(lead, wanted).items():
            assert count == len(asked(lead, f"tab={tab}&{query}")), (tab, query)
    assert queue.counts(lead, Wanted.of(QueryDict(""), lead)) == {"todo": 2, "open": 3, "firm": 1, "done": 0, "all": 4}


@pytest.mark.django_db
def test_the_queue_asks_as_many_queries_for_many_rows_as_for_one():
    """“No list page grows in queries with its rows (a test counts them).”"""
    call = make_call()
    lead = make_member("reviewer", department=call.lead)

    def queries() -> int:
        from django.db import connection

        with CaptureQueriesContext(
            connection,
        ) as captured:
            for row in asked(lead):
                assert queue.waiting(row) is not None
                assert row.firm.name and row.call.title and row.guide.review_days
        return len(captured)

    submitted(call)
    few = queries()
    for _ in range(4):
        submitted(call)
    assert queries() == few == 1
    assert State.SUBMITTED in queue.OPEN
