"""The queue of cases: what is mine to do, how long each has waited, and the filters, orders and counts of its page.

Waiting is counted in working days since the firm handed in. The clock stands while a correction is with the firm: every stop moves
its start by its own length, so that what a page shows, sorts by and filters by is one and the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models import Case as Switch
from django.db.models import When as On
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chaoce.service.calls.models import Guide
from chaoce.service.cases.flow import Outcome, State
from chaoce.service.cases.models import Case, CaseLine, Check, Correction, Event, Opinion, Review, Visit
from chaoce.service.cases.workdays import before_workdays, workdays
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import DEPARTMENT, Role

#: States in which a case waits for the departments.
OPEN = (State.SUBMITTED, State.REVIEW, State.REVIEWED)
DONE = (State.DECIDED, State.READY)


# How long a case has waited.


class Waiting(NamedTuple):
    """How long a case has waited, or took: working days without the stops, of those that the guide says it usually takes.

    `stopped`: the clock stands now, the case is with the firm. `over`: it is decided.
    """

    days: int
    of: int
    stopped: bool
    over: bool

    @property
    def late(self) -> bool:
        """Whether the departments have had it longer than the guide says."""
        return self.days > self.of and not self.stopped and not self.over


def waiting(case: Case, now: datetime | None = None) -> Waiting | None:
    """How long a case has waited; None before it is handed in and once it is withdrawn. A row of the queue asks no query."""
    if case.submitted_at is None or case.state in (State.DRAFT, State.WITHDRAWN):
        return None
    now = now or timezone.now()
    if hasattr(case, "clock"):
        clock = case.clock
    else:
        clock = clocked(Case.objects.filter(pk=case.pk), now).values_list("clock", flat=True).get()  # type: ignore[misc]
    over = case.state in DONE
    until = case.decided_at if over and case.decided_at is not None else now
    days = workdays(timezone.localdate(until - (now - clock)), timezone.localdate(until))
    return Waiting(days, case.guide.review_days, case.clock_stopped_at is not None, over)


def clocked(rows: QuerySet[Case], now: datetime) -> QuerySet[Case]:
    """The cases with `clock`: the moment since which each has waited, now less its time without the stops; NULL where it does not wait.

    A case that was opened again waits since then: while it was decided it did not wait.
    """
    moment = Value(now, output_field=DateTimeField())
    nothing = Value(timedelta(), output_field=DurationField())
    opened = Event.objects.filter(case=OuterRef("pk"), kind="reopen").order_by("-at").values("at")[:1]
    stops = Correction.objects.filter(case=OuterRef("pk"), asked_at__gte=OuterRef("reopened"), answered_at__isnull=False)
    stopped = stops.order_by().values("case").annotate(time=Sum(_between(F("asked_at"), F("answered_at")))).values("time")
    begun = ExpressionWrapper(
        Coalesce(F("reopened"), F("submitted_at"))
        + Coalesce(Switch(On(reopened=None, then=F("clock_stopped_for")), default=Subquery(stopped)), nothing)
        + Coalesce(_between(F("clock_stopped_at"), moment), nothing)
        + Switch(On(state__in=DONE, then=_between(F("decided_at"), moment)), default=nothing),
        output_field=DateTimeField(),
    )
    clock = Switch(On(state__in=(State.DRAFT, State.WITHDRAWN), then=None), default=begun, output_field=DateTimeField())
    return rows.annotate(reopened=Subquery(opened, output_field=DateTimeField())).annotate(clock=clock)


def _between(first: F | Value, last: F | Value) -> ExpressionWrapper:
    return ExpressionWrapper(last - first, output_field=DurationField())


def _late(today: date) -> Q:
    """Cases that the departments have had longer than their guide says."""
    late = Q(pk__in=[])
    for days in Guide.objects.filter(published_at__isnull=False).order_by().values_list("review_days", flat=True).distinct():
        midnight = timezone.make_aware(datetime.combine(before_workdays(today, days) + timedelta(days=1), time()))
        late |= Q(guide__review_days=days, clock__lt=midnight)
    return late & Q(state__in=OPEN)


# What is mine to do.

#: What somebody may have to do in a case -> how the queue says it.
TASKS: dict[str, str | Promise] = {
    "decide": _("Decide"),
    "accept": _("Pre-check"),
    "verdict": _("Give the finding"),
    "close": _("Close the review"),
    "findings": _("Clear the findings"),
    "go_on": _("Deadline passed"),
    "ready": _("Release for notice"),
    "look": _("First look"),
    "answer": _("Answer the question"),
}


def tasks(member: Membership, today: date | None = None) -> list[tuple[str, Q]]:
    """(task, the cases in which it is this person's to do), the first that fits counts; none for those who only read."""
    today = today or timezone.localdate()
    if member.role == Role.TOWN:
        looked = Exists(Visit.objects.filter(case=OuterRef("pk")))
        return [("look", Q(state__in=(State.SUBMITTED, State.REVIEW)) & ~Q(looked))]
    if member.role == Role.EXPERT:
        asked = Exists(Opinion.objects.filter(case=OuterRef("pk"), expert=member.user_id, answered_at=None))
        return [("answer", Q(asked))]
    if member.role not in DEPARTMENT:
        return []
    lead = Q(call__lead=member.department_id)
    missing = Review.objects.filter(case=OuterRef("pk"), verdict="")
    own = Q(Exists(missing.filter(department=member.department_id)))
    if member.role == Role.HEAD:
        return [("decide", lead & Q(state=State.REVIEWED)), ("verdict", ~lead & Q(state=State.REVIEW) & own)]
    found = Q(state=State.REVIEW) & ~Q(Exists(missing))
    overdue = Exists(Correction.objects.filter(case=OuterRef("pk"), answered_at=None, deadline__lt=today))
    return [
        ("accept", lead & Q(state=State.SUBMITTED)),
        ("verdict", Q(state=State.REVIEW) & own),
        ("findings", lead & found & Q(Exists(_stopping()))),
        ("close", lead & found),
        ("go_on", lead & Q(state=State.CORRECTION) & Q(overdue)),
        ("ready", lead & Q(state=State.DECIDED) & ~Q(outcome=Outcome.REFUSED)),
    ]


def _stopping() -> QuerySet[Check]:
    return Check.objects.filter(case=OuterRef("pk"), passed=False, stops=True, cleared_at=None)


# The filters of the page.

TABS: dict[str, str | Promise] = {
    "todo": _("Mine to do"),
    "open": _("In progress"),
    "firm": _("With the firm"),
    "done": _("Decided"),
    "all": _("All"),
}
_OF_TAB: dict[str, tuple[State, ...]] = {"open": OPEN, "firm": (State.CORRECTION,), "done": DONE}
SORTS: dict[str, str | Promise] = {
    "waiting": _("Longest waiting first"),
    "amount": _("Largest amount first"),
    "submitted": _("Last submitted first"),
    "number": _("By number"),
}
_ORDERS = {
    "waiting": (F("clock").asc(nulls_last=True), "pk"),
    "amount": (F("claimed").desc(nulls_last=True), "pk"),
    "submitted": (F("submitted_at").desc(nulls_last=True), "-pk"),
    "number": ("number", "pk"),
}


@dataclass(frozen=True)
class Wanted:
    """What somebody asks of the queue. What makes no sense is left out, never an error: a link that was kept still works."""

    tab: str = ""
    q: str = ""
    state: str = ""
    call: int | None = None
    town: str = ""
    verdict: bool = False
    stops: bool = False
    late: bool = False
    mine: bool = False
    sort: str = "waiting"

    @classmethod
    def of(cls, query: Mapping[str, str], member: Membership) -> Wanted:
        """As a query string says it."""
        tabs = tabs_of(member)
        tab, call, sort = query.get("tab", ""), query.get("call", ""), query.get("sort", "")
        return cls(
            tab=tab if tab in tabs else tabs[0],
            q=query.get("q", "").replace("\x00", "").strip()[:80],
            state=state if (state := query.get("state", "")) in State.values else "",
            call=int(call) if call.isascii() and call.isdigit() and len(call) < 19 else None,
            town=query.get("town", "").replace("\x00", "")[:9],
            verdict=query.get("verdict") == "1",
            stops=query.get("stops") == "1",
            late=query.get("late") == "1",
            mine=query.get("mine") == "1",
            sort=sort if sort in SORTS else "waiting",
        )

    @property
    def narrowed(self) -> bool:
        """Whether anything but the tab and the order is asked."""
        return bool(self.q or self.state or self.call or self.town or self.verdict or self.stops or self.late or self.mine)


def tabs_of(member: Membership) -> list[str]:
    """The tabs of a person: what is mine to do first, where anything ever is."""
    return [tab for tab in TABS if tab != "todo" or tasks(member)]


def queue(member: Membership, wanted: Wanted) -> QuerySet[Case]:
    """The cases of a tab, in order, with what a row shows; the number of queries does not grow with the rows."""
    rows = _of_tab(_narrowed(member, wanted), member, wanted.tab)
    return _with_columns(rows, member).select_related("firm", "firm__town", "call", "guide").order_by(*_ORDERS[wanted.sort])  # type: ignore[arg-type]


def next_to_do(member: Membership, but: int | None) -> int | None:
    """The case of `todo` that has waited longest, by its primary key; None where there is no other."""
    rows = _of_tab(Case.objects.seen_by(member), member, "todo")
    if but is not None:
        rows = rows.exclude(pk=but)
    return clocked(rows, timezone.now()).order_by(*_ORDERS["waiting"]).values_list("pk", flat=True).first()  # type: ignore[arg-type]


def counts(member: Membership, wanted: Wanted) -> dict[str, int]:
    """How many cases each tab has under the filters."""
    rows = _narrowed(member, wanted)
    by_state = dict(rows.order_by().values_list("state").annotate(Count("pk")))
    found = {"all": sum(by_state.values())}
    found |= {tab: sum(by_state.get(state, 0) for state in states) for tab, states in _OF_TAB.items()}
    return {tab: _of_tab(rows, member, "todo").count() if tab == "todo" else found[tab] for tab in tabs_of(member)}


def _of_tab(rows: QuerySet[Case], member: Membership, tab: str) -> QuerySet[Case]:
    if tab == "todo":
        return rows.filter(reduce(or_, (which for _task, which in tasks(member))))
    return rows.filter(state__in=_OF_TAB[tab]) if tab in _OF_TAB else rows


def _narrowed(member: Membership, wanted: Wanted) -> QuerySet[Case]:
    """The cases that a person sees, cut by every filter but the tab."""
    rows = Case.objects.seen_by(member)
    if wanted.q:
        rows = rows.filter(Q(number__icontains=wanted.q) | Q(firm__name__contains=wanted.q) | Q(firm__uscc__istartswith=wanted.q))
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.call is not None:
        rows = rows.filter(call=wanted.call)
    if wanted.town:
        rows = rows.filter(firm__town=wanted.town)
    if wanted.verdict:
        own = Review.objects.filter(case=OuterRef("pk"), department=member.department_id, verdict="")
        rows = rows.filter(Exists(own), state=State.REVIEW)
    if wanted.stops:
        rows = rows.filter(Exists(_stopping()))
    if wanted.mine:
        rows = rows.filter(Exists(Event.objects.filter(case=OuterRef("pk"), by=member.user_id)))
    if wanted.late:
        rows = clocked(rows, timezone.now()).filter(_late(timezone.localdate()))  # type: ignore[assignment]
    return rows


def _with_columns(rows: QuerySet[Case], member: Membership) -> QuerySet[Case]:
    def total(field: str) -> Subquery:
        lines = CaseLine.objects.filter(case=OuterRef("pk")).order_by().values("case")
        return Subquery(lines.annotate(total=Sum(field)).values("total"), output_field=BigIntegerField())

    def number(found: QuerySet) -> Coalesce:
        counted = found.filter(case=OuterRef("pk")).order_by().values("case").annotate(number=Count("pk")).values("number")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    whens = [On(which, then=Value(task)) for task, which in tasks(member)]
    ceilings = CaseLine.objects.filter(case=OuterRef("pk"), ceiling=True)
    return clocked(rows, timezone.now()).annotate(
        claimed=total("claimed"),
        granted=total("granted"),
        has_ceiling=Exists(ceilings),
        reviews_all=number(Review.objects.all()),
        reviews_given=number(Review.objects.exclude(verdict="")),
        objections=number(Review.objects.filter(verdict="objects")),
        stopping=number(Check.objects.filter(passed=False, stops=True, cleared_at=None)),
        deadline=Subquery(Correction.objects.filter(case=OuterRef("pk"), answered_at=None).values("deadline")[:1]),
        task=Switch(*whens, default=Value(""), output_field=CharField()) if whens else Value("", output_field=CharField()),
    )
