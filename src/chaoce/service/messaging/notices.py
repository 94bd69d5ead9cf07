"""Messages that no step of a case sends: deadlines, calls that open, files that cannot be used. Each is told once."""

from __future__ import annotations

import logging
from datetime import date, timedelta

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from chaoce.faults import Faults
from chaoce.service.calls.models import Call
from chaoce.service.cases.amounts import best_claims
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Case, Correction
from chaoce.service.documents.models import Upload
from chaoce.service.firms.models import Firm
from chaoce.service.messaging.models import Message
from chaoce.service.messaging.post import tell
from chaoce.service.people.roles import FIRM

#: Days before a deadline on which it is recalled.
BEFORE = 3

_log = logging.getLogger(__name__)


def remind_of_corrections(today: date | None = None) -> int:
    """Recalls corrections that are due within three days, and tells of those that are overdue; returns how many messages went."""
    today = today or timezone.localdate()
    waiting = Correction.objects.filter(answered_at=None, case__state=State.CORRECTION, deadline__lte=today + timedelta(days=BEFORE))
    told = 0
    for correction in waiting.select_related("case__firm", "case__call"):
        code = "deadline_near" if correction.deadline >= today else "deadline_passed"
        told += len(tell(code, correction.case, once=f"correction:{correction.pk}", deadline=correction.deadline.isoformat()))
    return told


def remind_of_drafts(today: date | None = None) -> int:
    """Recalls drafts whose call closes within three days; returns how many messages went."""
    now = timezone.now()
    last = (today or timezone.localdate()) + timedelta(days=BEFORE)
    drafts = Case.objects.filter(
        state=State.DRAFT, call__published_at__isnull=False, call__closed_at=None, call__opens_at__lte=now, call__closes_at__gt=now,
        call__closes_at__date__lte=last,
    )  # fmt: skip
    told = 0
    for case in drafts.select_related("firm", "call"):
        told += len(tell("call_closing", case, once=f"case:{case.pk}", day=last_day(case.call).isoformat()))
    return told


def last_day(call: Call) -> date:
    """The last day on which a call is open: its end is exclusive."""
    return timezone.localdate(call.closes_at - timedelta(microseconds=1))


def calls_to_announce() -> list[int]:
    """The calls that are open; firms that were told before are not told again."""
    return list(Call.objects.open_on(timezone.now()).values_list("pk", flat=True))


def announce(number: int) -> int:
    """Tells the firms that have an account here and are due something in a call; returns how many messages went.

    Firms that have begun an application in it know of it. A firm whose facts cannot be assessed is passed over and logged.
    """
    call = Call.objects.open_on(timezone.now()).filter(pk=number).first()
    guide = call.guide if call is not None else None
    if call is None or guide is None:
        return 0
    told = 0
    known = Message.objects.filter(code="call_opened", once=f"call:{call.pk}").values("to")
    firms = Firm.objects.filter(memberships__role__in=sorted(FIRM), memberships__ended_at=None).exclude(cases__call=call)
    for firm in firms.exclude(memberships__user__in=known).distinct().iterator(chunk_size=200):
        try:
            due = best_claims(firm, call, guide).answer.total
        except Faults as faults:
            _log.warning("call %s not announced to firm %s: %s", call.pk, firm.pk, faults)
            continue
        if due:
            told += len(
                tell(
                    "call_opened",
                    None,
                    firm=firm,
                    url=_of_call(call),
                    once=f"call:{call.pk}",
                    title=call.zh,
                    day=last_day(call).isoformat(),
                )
            )
    return told


def _of_call(call: Call) -> str:
    try:
        return reverse("firm:call", args=[call.pk])
    except NoReverseMatch:
        return ""


def upload_faults(upload: Upload) -> None:
    """Tells a firm's people of a file that cannot be used: once a day, with the first such file, however many they handed in."""
    if upload.state != Upload.State.REFUSED:
        return
    try:
        url = reverse("firm:uploads")
    except NoReverseMatch:
        url = ""
    day = timezone.localdate(upload.uploaded_at)
    tell("upload_faults", None, firm=upload.firm, url=url, once=f"uploads:{upload.firm_id}:{day}", file=upload.name)
