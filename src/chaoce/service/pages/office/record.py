"""The record of what was done to cases: who, when, what. For the auditor and the programme office; read only."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from chaoce.dates import parse_date
from chaoce.service.cases.models import Case, Event
from chaoce.service.cases.timeline import NAMES, say
from chaoce.service.pages.sheets import workbook

PAGE = 50
#: Rows of one export; more are cut by day.
MOST = 50_000


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Events, the latest first, narrowed by words, kind and days."""
    rows = _wanted(request)
    happened = set(Event.objects.order_by().values_list("kind", flat=True).distinct())
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "office/record.html",
        {
            "page": page,
            "entries": [(event, say(event.kind, event.particulars)) for event in page],
            "kinds": [(kind, name) for kind, name in NAMES.items() if kind in happened],
            "wanted": request.GET,
        },
    )


def _wanted(request: HttpRequest) -> QuerySet[Event]:
    rows = Event.objects.filter(case__in=Case.objects.seen_by(request.member))  # type: ignore[attr-defined]
    words = request.GET.get("q", "").strip()
    if words:
        rows = rows.filter(
            Q(case__number__icontains=words)
            | Q(case__firm__name__icontains=words)
            | Q(case__firm__uscc=words.upper())
            | Q(by__name__icontains=words)
        )
    if request.GET.get("kind"):
        rows = rows.filter(kind=request.GET["kind"])
    first, last = parse_date(request.GET.get("from")), parse_date(request.GET.get("to"))
    if first:
        rows = rows.filter(at__gte=_midnight(first))
    if last:
        rows = rows.filter(at__lt=_midnight(last + timedelta(days=1)))
    return rows.select_related("case__firm", "by").order_by("-at", "-id")


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


@require_safe
def export(request: HttpRequest) -> FileResponse:
    """The same events as a spreadsheet."""
    head = [_("When"), _("Case"), _("Firm"), _("Tax id"), _("Who"), _("What"), _("In words")]
    rows: list[list[Any]] = [
        [
            timezone.localtime(event.at).replace(tzinfo=None),
            event.case.number or "",
            event.case.firm.name,
            event.case.firm.uscc,
            event.by.name if event.by else "",
            str(NAMES[event.kind]),
            say(event.kind, event.particulars),
        ]
        for event in _wanted(request)[:MOST].iterator(chunk_size=2000)
    ]
    return workbook(head, rows, "record.xlsx")
