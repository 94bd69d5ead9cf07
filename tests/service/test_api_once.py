"""Writes that are sent twice at the same moment, against a real PostgreSQL with real threads."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from chaoce.service.api import once
from chaoce.service.api.models import Answered
from chaoce.service.cases import steps
from chaoce.service.cases.models import Case, Remark
from service.api_kit import Program, problem, said
from service.kit import make_call, make_member, submitted

pytestmark = pytest.mark.django_db(transaction=True)


def _at_once(count, work):
    """The same work in so many threads, begun together."""
    barrier = threading.Barrier(count)

    def run(number):
        try:
            barrier.wait(10)
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_the_same_write_at_the_same_moment_is_done_once():
    """“Concurrent duplicate → 409 and never twice the work.”"""
    case, owner = submitted(make_call())
    program = Program(owner)
    body = {"version": Case.objects.get(pk=case.pk).version, "text": "once", "inside": False}
    for turn in range(5):
        key = f"turn-{turn}"
        answers = _at_once(6, lambda _number, key=key: program.post(f"/cases/{case.pk}/remarks", body, key=key))
        assert {response.status_code for response in answers} <= {201, 409}
        for response in answers:
            if response.status_code == 409:
                problem(response, 409, "in-progress")
        assert len({response.content for response in answers if response.status_code == 201}) == 1
        assert Remark.objects.count() == Answered.objects.count() == turn + 1
        body["version"] = Case.objects.get(pk=case.pk).version


def test_while_one_runs_the_other_is_told_to_wait(monkeypatch):
    """The second of two runs into the first, is answered with 409 and Retry-After, and later gets the first one's answer."""
    call = make_call()
    program = Program(make_member("firm_owner"))
    inside, go_on = threading.Event(), threading.Event()
    real = steps.open_draft

    def slow(*args, **kwargs):
        made = real(*args, **kwargs)
        inside.set()
        assert go_on.wait(10)
        return made

    monkeypatch.setattr(steps, "open_draft", slow)
    found = {}

    def first():
        try:
            found["first"] = program.post("/cases", {"call": call.pk}, key="same")
        finally:
            connection.close()

    thread = threading.Thread(target=first)
    thread.start()
    assert inside.wait(10)
    second = program.post("/cases", {"call": call.pk}, key="same")
    problem(second, 409, "in-progress")
    assert second.headers["Retry-After"] == "1" and Case.objects.count() == 0  # nothing of the first is seen before it has ended
    go_on.set()
    thread.join(10)
    third = program.post("/cases", {"call": call.pk}, key="same")
    assert third.content == found["first"].content and third.headers["Idempotent-Replayed"] == "true"
    assert Case.objects.count() == 1


def test_work_that_breaks_off_leaves_nothing(monkeypatch):
    """A failure of the service undoes the work and keeps no answer: the same key works again."""
    call = make_call()
    program = Program(make_member("firm_owner"))
    real = steps.open_draft

    def broken(*args, **kwargs):
        real(*args, **kwargs)
        raise RuntimeError("the machine is on fire")

    monkeypatch.setattr(steps, "open_draft", broken)
    problem(program.post("/cases", {"call": call.pk}, key="same"), 500, "broken")
    assert (Case.objects.count(), Answered.objects.count()) == (0, 0)
    monkeypatch.setattr(steps, "open_draft", real)
    said(program.post("/cases", {"call": call.pk}, key="same"), 201)


def test_old_answers_are_let_go():
    """Answers are kept for a week."""
    call = make_call()
    program = Program(make_member("firm_owner"))
    said(program.post("/cases", {"call": call.pk}, key="old"), 201)
    assert once.forget() == 0
    with connection.cursor() as cursor:
        cursor.execute("UPDATE api_answered SET at = at - interval '8 days'")
    assert once.forget() == 1 and not Answered.objects.exists()


def test_two_heads_decide_and_one_is_stale():
    """“No two deciders”: of two decisions on the same version sent at one moment one is made, the other told that it is stale."""
    from service.kit import reviewed

    case, _owner, lead = reviewed(make_call())
    heads = [Program(make_member("head", department=lead.department)) for _ in range(2)]
    line = case.lines.get()
    body = {"version": case.version, "grants": [{"line": line.pk, "amount": "1000.00", "why": "budget"}]}
    answers = _at_once(2, lambda number: heads[number].post(f"/cases/{case.pk}/decide", body))
    assert sorted(response.status_code for response in answers) == [200, 409]
    problem(next(response for response in answers if response.status_code == 409), 409, "stale")
    assert case.firm.received.standing().count() == 1
