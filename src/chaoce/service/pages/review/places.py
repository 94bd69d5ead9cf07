"""The towns' page of first looks and visits, and the firms that somebody may see."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from chaoce.money import parse_yuan
from chaoce.service.cases import queue
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Case, Visit
from chaoce.service.cases.queue import Wanted
from chaoce.service.facts.models import Fact
from chaoce.service.firms.models import Firm
from chaoce.service.pages.review.listing import PAGE
from chaoce.service.people.models import Membership, Town
from chaoce.service.people.roles import Role
from chaoce.service.plan.sessions import policies

#: States in which a town may still report.
VISITABLE = (State.SUBMITTED, State.REVIEW, State.CORRECTION)


@require_GET
def visits(request: HttpRequest) -> HttpResponse:
    """Cases that wait for the town's first look, longest waiting first; or those that have had one."""
    member: Membership = request.member  # type: ignore[attr-defined]
    seen = "seen" in request.GET
    reported = Exists(Visit.objects.filter(case=OuterRef("pk")))
    rows = queue.queue(member, Wanted(tab="all"))
    which = Q(reported) if seen else Q(state__in=VISITABLE) & ~Q(reported)
    if member.role != Role.TOWN:
        rows = rows.exclude(firm__town=None)
    counted = Case.objects.seen_by(member)
    if member.role != Role.TOWN:
        counted = counted.exclude(firm__town=None)
    page = Paginator(rows.filter(which), PAGE).get_page(request.GET.get("page"))
    reports = _reports(page.object_list) if seen else {}  # type: ignore[arg-type]
    for case in page.object_list:
        case.waited = queue.waiting(case)  # type: ignore[attr-defined]
        case.reports = reports.get(case.pk, [])  # type: ignore[attr-defined]
    context = {
        "page": page,
        "seen": seen,
        "waiting_count": counted.filter(Q(state__in=VISITABLE) & ~Q(reported)).count(),
        "seen_count": counted.filter(Q(reported)).count(),
        "town": member.role == Role.TOWN,
    }
    return render(request, "review/visits.html", context)


def _reports(cases: list[Case]) -> dict[int, list[Visit]]:
    found: dict[int, list[Visit]] = {}
    for visit in Visit.objects.filter(case__in=[case.pk for case in cases]).select_related("by"):
        found.setdefault(visit.case_id, []).append(visit)
    return found


@require_GET
def firms(request: HttpRequest) -> HttpResponse:
    """The firms that somebody may see, by name or tax id, with how much there is of each."""
    member: Membership = request.member  # type: ignore[attr-defined]
    q = request.GET.get("q", "").replace("\x00", "").strip()[:80]
    town = request.GET.get("town", "").replace("\x00", "")[:9]
    rows = Firm.objects.seen_by(member)
    if q:
        rows = rows.filter(Q(name__contains=q) | Q(uscc__startswith=q.upper()))
    if town:
        rows = rows.filter(town=town)
    page = Paginator(_counted(rows, member).select_related("town").order_by("uscc"), PAGE).get_page(request.GET.get("page"))
    towns = Town.objects.all() if member.role != Role.TOWN else []
    return render(request, "review/firms.html", {"page": page, "q": q, "town": town, "towns": towns})


def _counted(rows: QuerySet[Firm], member: Membership) -> QuerySet[Firm]:
    def number(found: QuerySet) -> Coalesce:
        counted = found.filter(firm=OuterRef("pk")).order_by().values("firm").annotate(number=Count("pk")).values("number")
        return Coalesce(Subquery(counted, output_field=IntegerField()), 0)

    return rows.annotate(cases_count=number(Case.objects.seen_by(member)), facts_count=number(Fact.objects.standing()))


@require_GET
def firm(request: HttpRequest, pk: int) -> HttpResponse:
    """A firm with its facts, what it has received, and its cases."""
    member: Membership = request.member  # type: ignore[attr-defined]
    row = get_object_or_404(Firm.objects.seen_by(member).select_related("town"), pk=pk)
    cases = list(queue.queue(member, Wanted(tab="all", sort="submitted")).filter(firm=row)[:100])
    for case in cases:
        case.waited = queue.waiting(case)  # type: ignore[attr-defined]
    facts = row.facts.standing().with_sources().order_by("-date", "key")
    page = Paginator(facts, PAGE).get_page(request.GET.get("page"))
    names = {name: kind.names for policy in policies() for name, kind in policy.types.types.items()}
    for fact in page.object_list:
        fact.names = names.get(fact.type, fact.type)
        fact.paid = parse_yuan(fact.raw.get("paid"))
    context = {
        "firm": row,
        "cases": cases,
        "facts": page,
        "received": list(
            row.received.standing().select_related("row", "row__list", "case_line", "case_line__case").order_by("-date", "pk")[:200]
        ),
        "seen_cases": {case.pk for case in cases},
    }
    return render(request, "review/firm.html", context)
