"""How long a case has waited, and how long cases like it really took: figures that were counted, never a promise.

Days are working days (`cases/workdays.py`), counted as in the queue: the time that a correction was with the firm is left out by
beginning the count so much later.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chaoce.service.calls.models import Call
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Case, Event
from chaoce.service.cases.queue import DONE, Waiting, waiting
from chaoce.service.cases.workdays import workdays

#: With fewer decided cases than this nothing is said of how long they took.
ENOUGH = 5
#: How far back decided cases count, and how many of the latest of them.
PAST = timedelta(days=365)
MOST = 500


class Taken(NamedTuple):
    """How long decided cases took, in working days: how many there are, what half of them and four fifths of them did not exceed.

    `of_call` says that they are of the same call; else they are of calls for one of the same benefits, of the last year.
    """

    cases: int
    half: int
    most: int
    of_call: bool


def taken(call: Call, now: datetime | None = None) -> Taken | None:
    """How long cases of a call took; where fewer than five are decided, those of the last year for one of its benefits, else None.

    Cases that were opened again are left out: what they took is not what a case takes.
    """
    now = now or timezone.now()
    of_call = _days(Q(call=call), now)
    if len(of_call) >= ENOUGH:
        return _taken(of_call, True)
    alike = [row.pk for row in Call.objects.filter(published_at__isnull=False).only("pk", "benefits") if row.pairs & call.pairs]
    of_benefits = _days(Q(call__in=alike), now)
    return _taken(of_benefits, False) if len(of_benefits) >= ENOUGH else None


def _taken(days: list[int], of_call: bool) -> Taken:
    """Of so many durations, the smallest that half, and that four fifths, do not exceed."""
    ordered = sorted(days)
    return Taken(len(ordered), ordered[-(-len(ordered) // 2) - 1], ordered[-(-len(ordered) * 4 // 5) - 1], of_call)


def _days(which: Q, now: datetime) -> list[int]:
    """Working days of the latest decided cases, each without its stops."""
    reopened = Event.objects.filter(case=OuterRef("pk"), kind="reopen")
    rows = Case.objects.filter(which, ~Exists(reopened), state__in=DONE, decided_at__gte=now - PAST, decided_at__lte=now)
    latest = rows.order_by("-decided_at", "-id").values_list("submitted_at", "decided_at", "clock_stopped_for")[:MOST]
    return [
        workdays(timezone.localdate(submitted + (stopped or timedelta())), timezone.localdate(decided))
        for submitted, decided, stopped in latest
        if submitted is not None and decided is not None
    ]


def said(case: Case, now: datetime | None = None) -> list[str]:
    """What can honestly be said of how long a case waits, sentence by sentence in the language that is active.

    None for a draft and a case that was withdrawn; for a decided one only how long it took.
    """
    now = now or timezone.now()
    own = waiting(case, now)
    if own is None:
        return []
    if own.over:
        return [
            ngettext("It was decided after %(days)s working day.", "It was decided after %(days)s working days.", own.days)
            % {"days": own.days}
        ]
    return [*_so_far(case, own), _others(taken(case.call, now)), _usual(own)]


def _so_far(case: Case, own: Waiting) -> list[str]:
    told = ngettext("It has waited for %(days)s working day.", "It has waited for %(days)s working days.", own.days) % {"days": own.days}
    if case.state == State.CORRECTION:
        return [told, _("The clock stands while the correction is with the firm.")]
    return [told, _("The time that a correction was with the firm is not counted.")] if case.clock_stopped_for else [told]


def _others(found: Taken | None) -> str:
    if found is None:
        return _("Too few cases like this one have been decided to say how long they take.")
    if found.of_call:
        text = _(
            "Of the last %(count)s cases decided in this call, half took no more than %(half)s working days, "
            "four in five no more than %(most)s."
        )
    else:
        text = _(
            "Of the last %(count)s cases decided for the same benefits, half took no more than %(half)s working days, "
            "four in five no more than %(most)s."
        )
    return text % {"count": found.cases, "half": found.half, "most": found.most}


def _usual(own: Waiting) -> str:
    return _("The guide gives %(days)s working days as usual for a review; that is no promise.") % {"days": own.of}
