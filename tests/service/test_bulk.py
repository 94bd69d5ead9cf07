"""Steps over several cases: each its own transaction, and none of them twice."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.db import connection
from django.urls import reverse

from chaoce.service.calls.models import Call, Guide
from chaoce.service.cases import bulk, steps
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import BulkRun, Case, Event
from chaoce.service.people.models import Department
from service.kit import client_of, make_call, make_department, make_member, reviewed, submitted


def lead_and_cases(count: int = 3):
    """A lead reviewer and cases in pre-check."""
    call = make_call()
    return make_member("reviewer", department=call.lead), [submitted(call)[0] for _ in range(count)]


def led_by(department: Department) -> Call:
    """A call that another department leads alone."""
    model = make_call()
    call = Call.objects.create(
        year=2026, zh="另一批次", benefits=model.benefits, lead=department, opens_at=model.opens_at, closes_at=model.closes_at,
        published_at=model.published_at, created_by=model.created_by,
    )  # fmt: skip
    Guide.objects.create(call=call, version=1, published_at=model.published_at, published_by=model.created_by)
    return call


def boxes(cases: list[Case]) -> list[str]:
    """The values of the ticked boxes."""
    return [f"{case.pk}:{case.version}" for case in cases]


@pytest.mark.django_db
def test_a_step_over_several_cases_is_taken_in_each():
    """“Safe bulk actions”: accept, agree and release, case by case, with a page that says what was done."""
    lead, cases = lead_and_cases()
    client = client_of(lead)
    done = client.post(reverse("review:bulk"), {"token": bulk.new_token(), "action": "accept", "case": boxes(cases)}, follow=True)
    assert {Case.objects.get(pk=case.pk).state for case in cases} == {State.REVIEW}
    assert all(case.number in done.content.decode() for case in cases)
    cases = list(Case.objects.filter(pk__in=[case.pk for case in cases]))
    client.post(reverse("review:bulk"), {"token": bulk.new_token(), "action": "agree", "case": boxes(cases)})
    assert all(case.reviews.get(lead=True).verdict == "agrees" for case in cases)


@pytest.mark.django_db
def test_ready_for_notice_over_several_leaves_refused_cases():
    """A refused case is not published: it is left and named, the others go on."""
    call = make_call()
    head = make_member("head", department=call.lead)
    granted, _o, lead = reviewed(call)
    granted = steps.decide(granted, head, granted.version, {granted.lines.get().pk: (100, "the year's budget")})
    refused, _o, _l = reviewed(call)
    refused = steps.decide(refused, head, refused.version, {refused.lines.get().pk: (0, "not eligible")}, "not eligible")
    run = bulk.run(bulk.new_token(), lead, "make_ready", [(case.pk, case.version) for case in (refused, granted)])
    assert [bool(why) for _pk, _number, why in run.results] == [True, False]
    assert Case.objects.get(pk=granted.pk).state == State.READY


@pytest.mark.django_db
def test_pressing_twice_does_the_work_once():
    """“Safe bulk actions that cannot fire twice”: the second press, and the back button, find what the first did."""
    lead, cases = lead_and_cases()
    client = client_of(lead)
    token = bulk.new_token()
    answers = [client.post(reverse("review:bulk"), {"token": token, "action": "accept", "case": boxes(cases)}) for _ in range(3)]
    assert {answer.url for answer in answers} == {reverse("review:bulk_result", args=[token])}
    assert BulkRun.objects.count() == 1
    assert Event.objects.filter(kind="accept").count() == 3
    assert client.get(answers[0].url).status_code == 200


@pytest.mark.django_db
def test_two_tabs_do_the_work_once():
    """Two tabs with the same list have different tokens: what the first did makes the second's cases stale."""
    lead, cases = lead_and_cases()
    first, second = (bulk.run(bulk.new_token(), lead, "accept", [(case.pk, case.version) for case in cases]) for _ in range(2))
    assert not any(why for _pk, _number, why in first.results)
    assert all(why for _pk, _number, why in second.results)
    assert Event.objects.filter(kind="accept").count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_the_same_moment_do_the_work_once():
    """The token is a unique key of the database: of two calls at once one does the work."""
    lead, cases = lead_and_cases(4)
    token, barrier = bulk.new_token(), Barrier(2)
    failures: list[BaseException] = []

    def press() -> None:
        try:
            barrier.wait(10)
            bulk.run(token, lead, "accept", [(case.pk, case.version) for case in cases])
        except BaseException as failure:
            failures.append(failure)
        finally:
            connection.close()

    threads = [Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not failures
    assert Event.objects.filter(kind="accept").count() == 4
    assert len(BulkRun.objects.get().results) == 4


@pytest.mark.django_db
def test_one_case_that_cannot_does_not_hold_the_others():
    """Each case is a transaction of its own: a stale one and one that is not mine are named, the rest is done."""
    lead, cases = lead_and_cases()
    other = make_member("reviewer", department=lead.department)
    steps.accept(cases[0], other, cases[0].version)
    foreign, _owner = submitted(led_by(make_department("市科技局")))
    run = bulk.run(bulk.new_token(), lead, "accept", [(case.pk, case.version) for case in [*cases, foreign]])
    assert [bool(why) for _pk, _number, why in run.results] == [True, False, False, True]
    assert run.results[3][1] == "", "the number of a case that is not there for one is not told"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data",
    [
        {"action": "decide"},
        {"action": ""},
        {"case": []},
        {"case": ["x:1", "1", ":", "99999999999999999999:1"]},
        {"token": ""},
        {"token": "x" * 65},
    ],
)
def test_nothing_begins_where_nothing_can(data):
    """No such step, nothing chosen, no token: said, and nothing is done."""
    lead, cases = lead_and_cases(1)
    sent = {"token": bulk.new_token(), "action": "accept", "case": boxes(cases), **data}
    answer = client_of(lead).post(reverse("review:bulk"), sent)
    assert (answer.status_code, answer.url) == (302, reverse("review:queue"))
    assert not BulkRun.objects.exists() and Case.objects.get(pk=cases[0].pk).state == State.SUBMITTED


@pytest.mark.django_db
def test_a_token_is_its_persons_own():
    """Somebody else's token neither works nor shows what was done with it."""
    lead, cases = lead_and_cases(1)
    token = bulk.new_token()
    bulk.run(token, lead, "accept", [(cases[0].pk, cases[0].version)])
    other = make_member("reviewer", department=lead.department)
    with pytest.raises(Refused):
        bulk.run(token, other, "accept", [(cases[0].pk, cases[0].version)])
    assert client_of(other).get(reverse("review:bulk_result", args=[token])).status_code == 404
    with pytest.raises(Refused):
        bulk.run(bulk.new_token(), make_member("auditor"), "accept", [(cases[0].pk, cases[0].version)])


@pytest.mark.django_db
def test_no_more_than_a_hundred_at_once():
    """A press is over at most a hundred cases, and says so."""
    lead, _cases = lead_and_cases(1)
    with pytest.raises(Refused, match="100"):
        bulk.run(bulk.new_token(), lead, "accept", [(number, 1) for number in range(bulk.MOST + 1)])
