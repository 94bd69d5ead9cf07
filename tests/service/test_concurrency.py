"""Two people at the same moment: one is first, the other is told so in words, and afterwards everything holds.

Each test lets real threads, with connections of their own, run up to one lock that is held for them, and lets them go together: so they
meet every time, whichever of them is then the first. What must hold afterwards is asked of the database (`truths.py`).
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from threading import Thread
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from chaoce.service.api import once
from chaoce.service.api.problems import Problem
from chaoce.service.calls import keeping
from chaoce.service.cases import bulk, steps
from chaoce.service.cases.faults import Busy, Refused, Stale
from chaoce.service.cases.models import BulkRun, Case
from chaoce.service.facts.record import add_facts, add_received, withdraw_facts
from chaoce.service.lists import takeover, tasks
from chaoce.service.plan import decide as year
from chaoce.service.plan.models import YearDecisions
from service.kit import FORM, client_of, make_call, make_department, make_firm, make_member, purchase, reviewed, submitted
from service.test_lists import HEAD, csv_list
from service.truths import ask, broken

pytestmark = pytest.mark.django_db(transaction=True)

PLAN = "haining-ai-2026"
WHY = "the year's budget"
INVOICE = "invoice:26332000000478220001"


#: Whether those who meet come in the order in which a test names them, or the other way round.
TURN = {"round": False}
#: What somebody who has not come to an end has come to.
PENDING = object()


@pytest.fixture(params=["in order", "the other way round"], autouse=True)
def turn(request: pytest.FixtureRequest) -> None:
    """Every test is run with either of the two the first to come."""
    TURN["round"] = request.param != "in order"


@contextmanager
def held(*locks: str) -> Iterator[Callable[[int], None]]:
    """Holds what these queries lock until the block ends; gives a function that waits until so many others wait for locks, or ended."""
    given = connection.get_connection_params()
    mine = psycopg.connect(**{name: given[name] for name in ("dbname", "user", "password", "host", "port") if given.get(name)})
    with mine, mine.cursor() as cursor:
        for lock in locks:
            cursor.execute(lock)

        def waited_for(count: int, ended: Callable[[], int] = lambda: 0) -> None:
            until = time.monotonic() + 8
            waiting = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
            while cursor.execute(waiting).fetchone()[0] + ended() < count:
                assert time.monotonic() < until, f"fewer than {count} came to a lock"
                time.sleep(0.01)

        yield waited_for
        mine.rollback()


def together(*work: Callable[[], Any], lock: str) -> list[Any]:
    """What each of these came to, or raised, in the order in which they are given.

    Each comes to a lock, or to its end, before the next begins, in the order of `turn`; none goes on before all have.
    """
    ends: list[Any] = [PENDING] * len(work)

    def run(place: int, one: Callable[[], Any]) -> None:
        try:
            ends[place] = one()
        except BaseException as raised:
            ends[place] = raised
        finally:
            connection.close()

    threads = [Thread(target=run, args=(place, one)) for place, one in enumerate(work)]
    with held(lock) as waited_for:
        for place, thread in enumerate(threads[::-1] if TURN["round"] else threads, 1):
            thread.start()
            waited_for(place, lambda: sum(end is not PENDING for end in ends))
    for thread in threads:
        thread.join(40)
        assert not thread.is_alive()
    return ends


def told(ends: list[Any]) -> tuple[list[Any], list[Refused]]:
    """Those that were done, and those that were told in words why not; anything else that was raised fails the test."""
    for end in ends:
        if isinstance(end, BaseException) and not isinstance(end, Refused):
            raise end
    refused = [end for end in ends if isinstance(end, Refused)]
    assert all(one.text for one in refused)
    return [end for end in ends if not isinstance(end, Refused)], refused


def row_of(table: str, pk: object) -> str:
    """The lock of a row."""
    return f"SELECT FROM {table} WHERE id = {pk} FOR UPDATE"


def case_lock(case: Case) -> str:
    """The lock that every step of a case waits for."""
    return row_of("cases_case", case.pk)


def firm_lock(case: Case) -> str:
    """The lock that whoever computes or grants for a firm waits for."""
    return row_of("firms_firm", case.firm_id)


def full(case: Case, amount: int | None = None) -> dict[int, tuple[int, str]]:
    """Everything that was claimed, or an amount a line, with a reason."""
    return {line.pk: (line.claimed if amount is None else amount, WHY) for line in case.lines.all()}


# One case.


def test_two_heads_decide_at_once():
    """“No two deciders”: of two heads who press at the same moment one decides, and the other is told."""
    case, _owner, _lead = reviewed(make_call())
    heads = [make_member("head", department=case.call.lead) for _ in range(2)]
    done, refused = told(
        together(
            lambda: steps.decide(case, heads[0], case.version, full(case, 100)),
            lambda: steps.decide(case, heads[1], case.version, full(case, 200)),
            lock=case_lock(case),
        )
    )
    assert (len(done), [type(one) for one in refused]) == (1, [Stale])
    assert ask("SELECT count(*) FROM cases_event WHERE kind = 'decide'") == [(1,)]
    assert ask("SELECT amount FROM facts_received") in ([(100,)], [(200,)])
    assert broken() == {}


def test_a_firm_withdraws_while_the_head_decides():
    """“No lost update”: either the case is decided or it is withdrawn, and who came second is told."""
    case, owner, _lead = reviewed(make_call())
    head = make_member("head", department=case.call.lead)
    done, refused = told(
        together(
            lambda: steps.decide(case, head, case.version, full(case)),
            lambda: steps.withdraw(case, owner, case.version, "no longer needed"),
            lock=case_lock(case),
        )
    )
    assert (len(done), [type(one) for one in refused]) == (1, [Stale])
    ((state, granted),) = ask("SELECT c.state, coalesce(l.granted, 0) FROM cases_case c JOIN cases_caseline l ON l.case_id = c.id")
    assert (state, granted) in (("decided", 41000000), ("withdrawn", 0))
    assert broken() == {}


def test_two_reviewers_of_one_department_find_at_once():
    """“One row a department”: of two findings of one department at once the first stands, and the second is told to look again."""
    case, _owner = submitted(make_call())
    lead = make_member("reviewer", department=case.call.lead)
    case = steps.accept(case, lead, case.version)
    two = [make_member("reviewer", department=case.call.joint.get()) for _ in range(2)]
    done, refused = told(
        together(
            lambda: steps.give_verdict(case, two[0], case.version, "agrees", ""),
            lambda: steps.give_verdict(case, two[1], case.version, "objects", "not in Haining"),
            lock=case_lock(case),
        )
    )
    assert (len(done), [type(one) for one in refused]) == (1, [Stale])
    assert ask("SELECT count(*) FROM cases_event WHERE kind = 'verdict'") == [(1,)] and broken() == {}


def test_two_departments_find_at_once():
    """“Department reviews in parallel”: of two who find at once none is lost without a word; the second sends it again and both stand."""
    case, _owner = submitted(make_call())
    lead = make_member("reviewer", department=case.call.lead)
    joint = make_member("reviewer", department=case.call.joint.get())
    case = steps.accept(case, lead, case.version)
    ends = together(
        lambda: steps.give_verdict(case, joint, case.version, "agrees", ""),
        lambda: steps.give_verdict(case, lead, case.version, "agrees", ""),
        lock=case_lock(case),
    )
    told(ends)
    for member, end in zip((joint, lead), ends, strict=True):
        if isinstance(end, Stale):
            steps.give_verdict(case, member, Case.objects.get(pk=case.pk).version, "agrees", "")
    assert ask("SELECT count(*) FROM cases_review WHERE verdict = 'agrees'") == [(2,)] and broken() == {}


def test_two_tabs_hand_one_draft_in():
    """“Double submit, two tabs”: one case with one number is handed in, and the other tab is told."""
    call, firm = make_call(), make_firm()
    owner = make_member("firm_owner", firm=firm)
    add_facts(firm, [purchase()], "import", owner.user)
    case = steps.open_draft(firm, call, owner)
    case = steps.save_form(case, owner, case.version, FORM)
    done, refused = told(together(*[lambda: steps.submit(case, owner, case.version)] * 2, lock=case_lock(case)))
    assert (len(done), [type(one) for one in refused]) == (1, [Stale])
    assert ask("SELECT count(*) FROM cases_event WHERE kind = 'submit'") == [(1,)] and broken() == {}


def test_two_tabs_hand_in_over_the_pages():
    """“Double submit”: over the pages both tabs end at the case that was handed in, and neither with a fault."""
    call, firm = make_call(), make_firm()
    owner = make_member("firm_owner", firm=firm)
    add_facts(firm, [purchase()], "import", owner.user)
    case = steps.open_draft(firm, call, owner)
    sent = {"version": case.version, "line": [f"{PLAN}|compute-purchase|p1"], **FORM}
    browsers = [client_of(owner), client_of(owner)]
    ends = together(
        *(lambda browser=browser: browser.post(reverse("firm:submit", args=[case.pk]), sent) for browser in browsers), lock=case_lock(case)
    )
    assert {answer.status_code for answer in ends} <= {302, 422}
    assert 302 in {answer.status_code for answer in ends}
    assert ask("SELECT count(*), min(state) FROM cases_case") == [(1, "submitted")] and broken() == {}


def test_two_tabs_open_one_draft():
    """“A firm has one draft in a call”: of two tabs that open one at once both are given the same."""
    call, firm = make_call(), make_firm()
    owner = make_member("firm_owner", firm=firm)
    add_facts(firm, [purchase()], "import", owner.user)
    done, refused = told(together(*[lambda: steps.open_draft(firm, call, owner)] * 2, lock=row_of("firms_firm", firm.pk)))
    assert (len({case.pk for case in done}), refused) == (1, [])
    assert broken() == {}


def test_a_draft_is_opened_once_more_while_it_is_handed_in():
    """“Two tabs, back button”: who opens the draft anew and who hands it in do not lock each other out; both are done."""
    call, firm = make_call(), make_firm()
    owner = make_member("firm_owner", firm=firm)
    add_facts(firm, [purchase()], "import", owner.user)
    case = steps.open_draft(firm, call, owner)
    case = steps.save_form(case, owner, case.version, FORM)
    done, refused = told(
        together(
            lambda: steps.submit(case, owner, case.version),
            lambda: steps.open_draft(firm, call, owner),
            lock=firm_lock(case),
        )
    )
    assert (len(done), refused) == (2, [])
    assert ask("SELECT state FROM cases_case WHERE id = %s", case.pk) == [("submitted",)] and broken() == {}


def test_a_draft_that_comes_under_a_new_guide_is_there():
    """“A stale page is told so”: a draft whose guide is published at that moment is told to be looked at anew, not to be gone."""
    call, firm = make_call(), make_firm()
    owner, head = make_member("firm_owner", firm=firm), make_member("head", department=call.lead)
    add_facts(firm, [purchase()], "import", owner.user)
    case = steps.open_draft(firm, call, owner)
    guide = keeping.new_version(call, head)
    keeping.write(guide, head, {"text_zh": "指南"})
    with held(case_lock(case)) as waited_for:
        ends: list[Any] = []
        publisher = Thread(target=lambda: ends.append(_end(lambda: keeping.publish(call, head))))
        publisher.start()
        waited_for(1)
        saver = Thread(target=lambda: ends.append(_end(lambda: steps.save_form(case, owner, case.version, FORM))))
        saver.start()
        waited_for(2)
    publisher.join(20)
    saver.join(20)
    _done, refused = told(ends)
    assert [type(one) for one in refused] in ([], [Stale])
    assert ask("SELECT guide_id FROM cases_case") == [(guide.pk,)] or not refused


def _end(work: Callable[[], Any]) -> Any:
    """What some work came to, or what it raised."""
    try:
        return work()
    except BaseException as raised:
        return raised
    finally:
        connection.close()


def test_a_bulk_step_fires_once():
    """“Safe bulk actions that cannot fire twice”: two presses of one page, and a third from another tab, do each case once."""
    call = make_call()
    lead = make_member("reviewer", department=call.lead)
    cases = [submitted(call)[0] for _ in range(3)]
    chosen, token = [(case.pk, case.version) for case in cases], bulk.new_token()
    ends = together(
        lambda: bulk.run(token, lead, "accept", chosen),
        lambda: bulk.run(token, lead, "accept", chosen),
        lambda: bulk.run(bulk.new_token(), lead, "accept", chosen[::-1]),
        lock=case_lock(cases[1]),
    )  # fmt: skip
    told(ends)
    assert ask("SELECT kind, count(*) FROM cases_event WHERE kind = 'accept' GROUP BY 1") == [("accept", 3)]
    assert BulkRun.objects.count() == 2 and broken() == {}
    assert ask("SELECT count(*) FROM cases_review") == [(6,)]


# Matters.


@pytest.mark.parametrize("theirs", [INVOICE, f"{INVOICE}#1"])
def test_two_cases_with_one_matter_are_handed_in_at_once(theirs):
    """“Same matter in two cases, whoever handed it in, is stopped and shown to both reviewers”: also where both come at one moment."""
    call, drafts = make_call(), []
    for matter in (INVOICE, theirs):
        firm = make_firm()
        owner = make_member("firm_owner", firm=firm)
        add_facts(firm, [purchase(matter=matter)], "import", owner.user)
        case = steps.open_draft(firm, call, owner)
        drafts.append((steps.save_form(case, owner, case.version, FORM), owner))
    done, refused = told(
        together(
            *(lambda case=case, owner=owner: steps.submit(case, owner, case.version) for case, owner in drafts),
            lock=f"SELECT pg_advisory_xact_lock({0x6D61}, {_key(INVOICE)})",
        )
    )
    assert (len(done), refused) == (2, [])
    found = ask("SELECT case_id, others FROM cases_check WHERE code = 'same_matter' AND NOT passed ORDER BY case_id")
    keys = sorted(case.pk for case, _owner in drafts)
    assert found == [(keys[0], [keys[1]]), (keys[1], [keys[0]])] and broken() == {}


def _key(base: str) -> int:
    return zlib.crc32(base.encode()) - 2**31


def test_one_is_decided_while_another_with_its_matter_is_handed_in():
    """“Nothing twice”: the later of the two knows of the earlier; never are both granted without a word."""
    call = make_call()
    first, _owner, _lead = reviewed(call, facts=[purchase(matter=INVOICE)])
    head, firm = make_member("head", department=call.lead), make_firm()
    owner = make_member("firm_owner", firm=firm)
    add_facts(firm, [purchase(matter=f"{INVOICE}#1")], "statement", owner.user)
    second = steps.open_draft(firm, call, owner)
    second = steps.save_form(second, owner, second.version, FORM)
    told(
        together(
            lambda: steps.decide(first, head, first.version, full(first)),
            lambda: steps.submit(second, owner, second.version),
            lock=f"SELECT pg_advisory_xact_lock({0x6D61}, {_key(INVOICE)})",
        )
    )
    assert ask("SELECT others FROM cases_check WHERE case_id = %s AND code = 'same_matter' AND stops AND NOT passed", second.pk) == [
        ([first.pk],)
    ]
    assert broken() == {}


def test_a_finding_is_cleared_while_another_case_changes_it():
    """“A stale page is told so”: who clears a clash while a third case joins it either clears what was seen, or is told that it is gone;
    the clash with the third is open either way."""
    call = make_call()
    first, _owner = submitted(call, facts=[purchase(matter=INVOICE)])
    submitted(call, facts=[purchase(matter=INVOICE)])
    lead, firm = make_member("reviewer", department=call.lead), make_firm()
    owner = make_member("firm_owner", firm=firm)
    add_facts(firm, [purchase(matter=INVOICE)], "import", owner.user)
    third = steps.open_draft(firm, call, owner)
    third = steps.save_form(third, owner, third.version, FORM)
    check = first.checks.get(code="same_matter")
    ends = together(
        lambda: steps.submit(third, owner, third.version),
        lambda: steps.clear_check(first, lead, first.version, check.pk, "split between two"),
        lock=row_of("cases_check", check.pk),
    )
    told(ends)
    assert not isinstance(ends[0], Refused)
    ((others, cleared),) = ask(
        "SELECT others, cleared_at FROM cases_check WHERE case_id = %s AND code = 'same_matter' AND NOT passed", first.pk
    )
    assert third.pk in others and cleared is None and broken() == {}


# One firm, several cases.


def test_grants_of_one_firm_decided_at_once_keep_the_years_limit():
    """“Limits (不重复, a firm a year)”: two cases of one firm, each worth the whole year's 500,000, decided at once, come to 500,000."""
    firm, cases = make_firm(), []
    for number in (1, 2):
        call = make_call()
        owner = make_member("firm_owner", firm=firm)
        add_facts(firm, [purchase(f"p{number}", "1000000.00")], "import", owner.user)
        case = steps.open_draft(firm, call, owner)
        case = steps.choose_lines(case, owner, case.version, [(PLAN, "compute-purchase", f"p{number}")])
        case = steps.save_form(case, owner, case.version, FORM)
        case = _found(steps.submit(case, owner, case.version))
        assert case.lines.get().claimed == 50000000
        cases.append((case, make_member("head", department=call.lead)))
    ends = together(*(lambda case=case, head=head: steps.decide(case, head, case.version, full(case)) for case, head in cases),
                    lock=row_of("firms_firm", firm.pk))  # fmt: skip
    done, refused = told(ends)
    assert (len(done), len(refused)) == (1, 1)
    assert ask("SELECT sum(amount) FROM facts_received WHERE withdrawn_at IS NULL") == [(50000000,)]
    assert broken() == {}


def _found(case: Case) -> Case:
    """A case taken through its review."""
    lead = make_member("reviewer", department=case.call.lead)
    case = steps.accept(case, lead, case.version)
    for department in (case.call.joint.get(), case.call.lead):
        case = steps.give_verdict(case, make_member("reviewer", department=department), case.version, "agrees", "")
    return steps.close_review(case, lead, case.version)


def test_support_paid_elsewhere_arrives_while_a_case_is_decided():
    """“It becomes received support, so that 不重复 sees it”: a payment that comes first is taken off; one that comes later finds the
    decision as it was pinned."""
    case, _owner, _lead = reviewed(make_call())
    head, finance = make_member("head", department=case.call.lead), make_member("finance")
    matter = case.lines.get().fact.matters[0]
    ends = together(
        lambda: steps.decide(case, head, case.version, full(case)),
        lambda: add_received(case.firm, "elsewhere", matter, date(2026, 3, 1), 41000000, finance.user),
        lock=firm_lock(case),
    )
    done, refused = told(ends)
    assert len(done) + len(refused) == 2 and not isinstance(ends[1], Refused)
    granted = ask("SELECT coalesce(sum(amount), 0) FROM facts_received WHERE case_line_id IS NOT NULL")
    assert granted == [(0,)] if refused else granted == [(41000000,)]
    assert broken() == {}


# Facts and lists.


def test_a_fact_is_withdrawn_while_its_case_is_decided():
    """“Facts that change between review and decision are seen at the decision”: nothing is granted for a fact that went first, and a
    decision that went first keeps what it pinned."""
    case, owner, _lead = reviewed(make_call())
    head, fact = make_member("head", department=case.call.lead), case.lines.get().fact
    ends = together(
        lambda: steps.decide(case, head, case.version, full(case)),
        lambda: withdraw_facts([fact], owner.user, "wrong"),
        lock=firm_lock(case),
    )
    told(ends)
    ((decided, gone),) = ask(
        "SELECT c.decided_at, f.withdrawn_at FROM cases_case c JOIN cases_caseline l ON l.case_id = c.id "
        "JOIN facts_fact f ON f.id = l.fact_id"
    )
    assert gone is not None and (decided is None) == isinstance(ends[0], Refused)
    assert broken() == {}


def test_a_corrected_list_withdraws_a_fact_while_a_case_on_it_is_decided():
    """“A corrected list withdraws facts without deleting them”: at the moment of a decision either comes first, and both are told what
    follows: the head by the finding, the lead department by a word on the case."""
    member, firms = make_member("reviewer", department=make_department()), [make_firm(), make_firm()]
    row = "{0.uscc},{0.name},首席数据官（CDO）试点,省级,2026-05-08\n"
    listed = csv_list(member, HEAD + "".join(row.format(firm) for firm in firms))
    takeover.begin(member, listed.pk)
    call, owner = make_call(benefits=((PLAN, "cdo-pilot"),)), make_member("firm_owner", firm=firms[0])
    case = steps.open_draft(firms[0], call, owner)
    case = steps.save_form(case, owner, case.version, FORM)
    case = _found(steps.submit(case, owner, case.version))
    corrected = csv_list(member, HEAD + row.format(firms[1]), supersedes=listed.pk)
    head = make_member("head", department=call.lead)
    ends = together(
        lambda: steps.decide(case, head, case.version, full(case)),
        lambda: takeover.begin(member, corrected.pk),
        lock=firm_lock(case),
    )
    told(ends)
    assert not isinstance(ends[1], BaseException)
    tasks.follow_up(corrected.pk)
    if isinstance(ends[0], Refused):
        assert ask("SELECT count(*) FROM cases_check WHERE code = 'fact_withdrawn' AND NOT passed") == [(1,)]
    else:
        assert ask("SELECT count(*) FROM cases_event WHERE kind = 'fact_gone'") == [(1,)]
    assert broken() == {}


def test_two_lists_over_the_same_firms_are_taken_over_at_once():
    """“No deadlock reaches a user”: two lists that name the same firms in another order, each correcting an earlier one, both go in."""
    member, firms = make_member("reviewer", department=make_department()), [make_firm() for _ in range(4)]
    titles = ("首席数据官（CDO）试点", "企业数据管理国家标准贯标试点企业")
    row, lists = "{0.uscc},{0.name},{1},省级,2026-05-08\n", []
    for title, order in zip(titles, (firms, firms[::-1]), strict=True):
        first = csv_list(member, HEAD + "".join(row.format(firm, title) for firm in order[:2]), title=f"{title} 1")
        takeover.begin(member, first.pk)
        then = csv_list(member, HEAD + "".join(row.format(firm, title) for firm in order[2:]), title=f"{title} 2", supersedes=first.pk)
        lists.append(then)
    ends = together(*(lambda listed=listed: takeover.begin(member, listed.pk) for listed in lists),
                    lock=row_of("firms_firm", firms[1].pk))  # fmt: skip
    done, refused = told(ends)
    assert (len(done), refused) == (2, [])
    assert ask("SELECT count(*) FROM facts_fact WHERE withdrawn_at IS NULL") == [(4,)]


# The year's decisions.


@pytest.mark.parametrize("version", [0, 1])
def test_two_versions_of_the_years_decisions_at_once(version):
    """“Version by version, never written over”: of two who record at once one is first, and the other is told, the first time as well."""
    if version:
        year.record(make_member("office"), 2026, "year: 2026\n", "纪要", 0, "zh")
    office = [make_member("office") for _ in range(2)]
    texts = [f'year: 2026\nrates: {{compute-purchase: "{version}{place}%"}}\n' for place in (1, 2)]
    done, refused = told(
        together(
            lambda: year.record(office[0], 2026, texts[0], "纪要", version, "zh"),
            lambda: year.record(office[1], 2026, texts[1], "纪要", version, "zh"),
            lock=f"SELECT pg_advisory_xact_lock({0x6465}, 2026)",
        )
    )
    assert (len(done), [type(one) for one in refused]) == (1, [Stale])
    assert list(YearDecisions.objects.values_list("version", flat=True)) == list(range(1, version + 2))


# What a person is told.


def test_who_waits_too_long_is_told_so(settings):
    """“No deadlock reaches a user as a 500”: a lock that is not given in time is a sentence, on a page and in the API, and nothing of it
    is kept: the same request works a moment later."""
    case, _owner, _lead = reviewed(make_call())
    head = make_member("head", department=case.call.lead)
    browser = client_of(head)
    line = case.lines.get().pk
    sent = {"version": case.version, f"amount{line}": "410000.00", f"why{line}": WHY, f"seen{line}": "41000000", "why": ""}
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    try:
        with held(firm_lock(case)):
            with pytest.raises(Busy):
                steps.decide(case, head, case.version, full(case))
            answer = browser.post(reverse("review:decide", args=[case.pk]), sent)
        assert answer.status_code == 422 and "稍后再试" in answer.content.decode()
        assert browser.post(reverse("review:decide", args=[case.pk]), sent).status_code == 302
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert broken() == {}


def test_a_page_that_finds_a_lock_says_so_whatever_it_does():
    """“No deadlock reaches a user as a 500”: also where a page works without a step of a case, it says who is at work and what to do."""
    firm = make_firm()
    owner = make_member("firm_owner", firm=firm)
    call = make_call()
    add_facts(firm, [purchase()], "statement", owner.user)
    fact = firm.facts.get()
    browser = client_of(owner)
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '200ms'")
    try:
        with held(row_of("firms_firm", firm.pk)):
            answers = [
                browser.post(reverse("firm:apply", args=[call.pk]), follow=True),
                browser.post(reverse("firm:fact-take-back", args=[fact.pk]), {"why": "wrong"}),
            ]
        assert [answer.status_code for answer in answers] == [200, 409]
        assert all("稍后" in answer.content.decode() for answer in answers)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert ask("SELECT count(*) FROM cases_case") == [(0,)] and ask("SELECT withdrawn_at FROM facts_fact") == [(None,)]


def test_a_busy_answer_of_the_api_is_not_kept():
    """“Idempotency keys on every write”: what could not be done for somebody else's lock is done under the same key a moment later."""

    class Asked:
        method, content_type, body, headers = "POST", "application/json", b"{}", {once.HEADER: "k1"}
        member = make_member("office")

        def get_full_path(self) -> str:
            return "/x"

    def busy() -> Any:
        raise Busy("somebody else")

    with pytest.raises(Busy):
        once.once(Asked(), busy)
    problem = once.problem_of(Busy("somebody else"))
    assert isinstance(problem, Problem) and (problem.kind.status, problem.headers) == (409, {"Retry-After": "1"})
    assert ask("SELECT count(*) FROM api_answered") == [(0,)]


def test_nothing_waits_for_a_day_that_has_passed():
    """“A clock that stops”: a correction that is answered at the moment the lead goes on without it is one or the other, not both."""
    case, owner = submitted(make_call())
    lead = make_member("reviewer", department=case.call.lead)
    now = timezone.now
    case = steps.send_back(case, lead, case.version, [{"text": "more"}], timezone.localdate() + timedelta(days=1))
    timezone.now = lambda: now() + timedelta(days=3)
    try:
        ends = together(
            lambda: steps.resubmit(case, owner, case.version, ["done"]),
            lambda: steps.go_on(case, lead, case.version, "no answer came"),
            lock=case_lock(case),
        )
    finally:
        timezone.now = now
    done, refused = told(ends)
    assert (len(done), [type(one) for one in refused]) == (1, [Stale])
    assert ask("SELECT state FROM cases_case") == [("submitted",)] and broken() == {}
