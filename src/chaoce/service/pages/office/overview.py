"""Where a year stands: calls, cases, departments, amounts. Every figure is one query over all cases, whatever their number."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, F, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from chaoce.service.calls.models import Call
from chaoce.service.cases.flow import Outcome, State
from chaoce.service.cases.models import Case, CaseLine, Check, Review
from chaoce.service.people.models import Membership
from chaoce.service.plan.sessions import benefit_of, decisions_of, this_year

#: Granted: what was decided and is not undone.
_GRANTED = Q(case__state__in=[State.DECIDED, State.READY])


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The overview of a year."""
    member: Membership = request.member  # type: ignore[attr-defined]
    years = sorted({this_year(), *Call.objects.values_list("year", flat=True)}, reverse=True)
    asked = request.GET.get("year", "")
    year = int(asked) if asked.isdecimal() and int(asked) in years else this_year()
    cases = Case.objects.seen_by(member).filter(call__year=year)
    return render(
        request,
        "office/overview.html",
        {
            "year": year,
            "years": years,
            "decisions": decisions_of(year),
            "states": _states(cases),
            "calls": _calls(member, year),
            "departments": _departments(cases),
            "benefits": _benefits(cases),
            "totals": _totals(cases),
        },
    )


def _states(cases: Any) -> list[dict[str, Any]]:
    counted = dict(cases.values_list("state").annotate(count=Count("pk")).order_by())
    queue = reverse("review:queue")
    return [
        {"state": state, "count": counted.get(state.value, 0), "url": f"{queue}?state={state.value}"}
        for state in State
        if state != State.DRAFT
    ]


def _calls(member: Membership, year: int) -> list[Call]:
    handed_in = Q(cases__submitted_at__isnull=False)
    open_cases = Q(cases__state__in=[State.SUBMITTED, State.CORRECTION, State.REVIEW, State.REVIEWED])
    rows = Call.objects.seen_by(member).filter(year=year).select_related("lead")
    return list(
        rows.annotate(
            handed_in=Count("cases", filter=handed_in),
            waiting=Count("cases", filter=open_cases),
            decided=Count("cases", filter=Q(cases__state__in=[State.DECIDED, State.READY])),
        )
    )


def _departments(cases: Any) -> list[Any]:
    """By department: reviews asked of it in cases under review, and how many still wait for it."""
    rows = Review.objects.filter(case__in=cases).values(zh=F("department__zh"), en=F("department__en"))
    return list(
        rows.annotate(
            leads=Count("pk", filter=Q(lead=True)),
            joins=Count("pk", filter=Q(lead=False)),
            waiting=Count("pk", filter=Q(verdict="", case__state=State.REVIEW)),
            objecting=Count("pk", filter=Q(verdict="objects")),
        ).order_by("-waiting", "zh")
    )


def _benefits(cases: Any) -> list[dict[str, Any]]:
    """By benefit: what is claimed as a ceiling, what is claimed as the text or a decision settles it, and what was granted."""
    going_on = Q(case__state__in=[State.SUBMITTED, State.CORRECTION, State.REVIEW, State.REVIEWED])
    rows = (
        CaseLine.objects.filter(case__in=cases)
        .values("policy", "benefit")
        .annotate(
            cases=Count("case", distinct=True),
            as_ceiling=Sum("claimed", filter=going_on & Q(ceiling=True)),
            as_settled=Sum("claimed", filter=going_on & Q(ceiling=False)),
            decided=Sum("granted", filter=_GRANTED),
        )
        .order_by("policy", "benefit")
    )
    found = []
    for row in rows:
        benefit = benefit_of(row["policy"], row["benefit"])
        found.append({**row, "title": benefit.title, "clause": benefit.clause})
    return found


def _totals(cases: Any) -> dict[str, Any]:
    counted = cases.aggregate(
        handed_in=Count("pk"),
        granted=Count("pk", filter=Q(outcome=Outcome.GRANTED)),
        partly=Count("pk", filter=Q(outcome=Outcome.PARTLY)),
        refused=Count("pk", filter=Q(outcome=Outcome.REFUSED)),
        firms=Count("firm", distinct=True),
    )
    lines = CaseLine.objects.filter(case__in=cases).aggregate(granted_fen=Sum("granted", filter=_GRANTED))
    stopped = Check.objects.filter(case__in=cases, passed=False, stops=True, cleared_at=None).values("case").distinct().count()
    return {**counted, "granted_fen": lines["granted_fen"] or 0, "stopped": stopped}
