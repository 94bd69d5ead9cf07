"""Background work on lists: reading and matching them, taking long ones over, and what follows for cases and firms."""

from __future__ import annotations

from contextlib import suppress

from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from chaoce.service.calls.models import Call
from chaoce.service.documents.store import path_of
from chaoce.service.lists import ready, takeover
from chaoce.service.lists.faults import is_note
from chaoce.service.lists.matching import Register, match
from chaoce.service.lists.models import OfficialList, Row
from chaoce.service.lists.progress import Progress
from chaoce.service.lists.reading import read_file

State = OfficialList.State


@app.task(name="lists.check", queue="lists")
def check(pk: int) -> None:
    """Reads the file of a list and finds the firms of its rows; goes on where it broke off."""
    try:
        check_now(OfficialList.objects.get(pk=pk))
    except Exception:
        takeover.break_off(pk)
        raise


def check_now(listed: OfficialList) -> None:
    """The same without a queue. Rows are written a batch at a time, so that their number can be seen to grow."""
    if listed.state != State.CHECKING:
        return
    found = read_file(path_of(listed.sha256), listed)
    listed.total, listed.faults = len(found.rows), found.faults
    listed.save(update_fields=["total", "faults"])
    rows = found.rows if not any(not is_note(one) for one in found.faults) else []
    last = listed.rows.order_by("-number").values_list("number", flat=True).first() or 0
    rows = [row for row in rows if row.number > last]
    register = Register()
    for start in range(0, len(rows), takeover.BATCH):
        some = rows[start : start + takeover.BATCH]
        with transaction.atomic():
            Row.objects.bulk_create(match(some, listed, register))
            listed.done = start + len(some)
            listed.save(update_fields=["done"])
    listed.state, listed.done = State.CHECKED, listed.total
    listed.save(update_fields=["state", "done"])


@app.task(name="lists.take_over", queue="lists")
def take_over(pk: int) -> None:
    """Takes a long list over; if it fails nothing of it stands, and the list says so."""
    listed = OfficialList.objects.get(pk=pk)
    if listed.state != State.TAKING:
        return
    try:
        with Progress(pk) as progress:
            takeover.take_now(listed, progress)
    except Exception:
        takeover.break_off(pk)
        raise


@app.task(name="lists.follow_up", queue="lists")
def follow_up(pk: int) -> None:
    """After a take-over or its undoing: live cases that it touches are checked anew, and claims that lack nothing are made ready."""
    listed = OfficialList.objects.get(pk=pk)
    ready.check_anew(listed)
    if listed.state == State.TAKEN:
        ready.offer_for_list(listed, timezone.now())


@app.task(name="lists.ready_for_call", queue="lists")
def ready_for_call(pk: int) -> None:
    """When a call opens: claims that lack nothing are made ready from the lists that were taken over before."""
    ready.offer_for_call(pk, timezone.now())


@app.periodic(cron="0 23 * * *")  # seven in Haining, before firms are told of open calls; the queue counts in UTC
@app.task(name="lists.every_morning", queue="lists", queueing_lock="lists.every_morning")
def every_morning(timestamp: int) -> None:
    """Looks in every open call for claims that lack nothing: of a call that has opened since, or of a guide that asks for less now."""
    for call in Call.objects.open_on(timezone.now()).values_list("pk", flat=True):
        with suppress(AlreadyEnqueued):
            ready_for_call.configure(queueing_lock=f"lists.ready_for_call:{call}").defer(pk=call)
