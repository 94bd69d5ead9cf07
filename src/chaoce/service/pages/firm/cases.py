"""The firm's applications: the list, and one as it goes through the departments."""

from __future__ import annotations

from collections.abc import Container
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chaoce.service.cases import steps
from chaoce.service.cases.amounts import claimed_as_ceilings
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.flow import TRANSITIONS, State
from chaoce.service.cases.models import Case, CaseLine, Correction
from chaoce.service.cases.reasons import reasons
from chaoce.service.pages.firm.common import PAGE, case_of, firm_of, member_of, tell, version_of

#: What the list can be cut to.
SHOWS = {
    "open": (State.DRAFT, State.SUBMITTED, State.CORRECTION, State.REVIEW, State.REVIEWED),
    "done": (State.DECIDED, State.READY, State.WITHDRAWN),
}


@require_safe
def cases(request: HttpRequest) -> HttpResponse:
    """All applications of the firm, the latest first."""
    rows = Case.objects.filter(firm=firm_of(request)).select_related("call")
    show = request.GET.get("show", "all")
    if show in SHOWS:
        rows = rows.filter(state__in=SHOWS[show])
    rows = rows.prefetch_related("lines", Prefetch("corrections", Correction.objects.filter(answered_at=None)))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    kinds = claimed_as_ceilings(case.pk for case in page if case.submitted_at is not None)
    entries = [
        {"case": case, **sums(list(case.lines.all()), kinds.get(case.pk, set())), "correction": next(iter(case.corrections.all()), None)}
        for case in page
    ]
    return render(request, "firm/cases.html", {"page": page, "entries": entries, "show": show if show in SHOWS else "all"})


def sums(lines: list[CaseLine], kinds: Container[tuple[str, str]]) -> dict[str, Any]:
    """What a case claims, ceilings apart from decided amounts, and what it was granted; None where there is no figure yet.

    `kinds` are the benefits, (policy, benefit), that were claimed only as a ceiling.
    """
    claimed = [line for line in lines if line.claimed is not None]
    granted = [line.granted for line in lines if line.granted is not None]
    ceilings = [line.claimed or 0 for line in claimed if (line.policy, line.benefit) in kinds]
    firm = [line.claimed or 0 for line in claimed if (line.policy, line.benefit) not in kinds]
    return {
        "ceiling": sum(ceilings) if ceilings else None,
        "decided": sum(firm) if firm else None,
        "granted": sum(granted) if granted else None,
    }


@require_safe
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """One application: where it stands, what was said, what was decided and why. A draft is on its own page."""
    row = case_of(request, pk)
    if row.state == State.DRAFT:
        return redirect("firm:draft", pk)
    return render(request, "firm/case.html", shown(row))


def shown(row: Case, **more: Any) -> dict[str, Any]:
    """What the page of a case shows."""
    rows = row.lines.select_related("fact", "fact__upload", "fact__row__list")
    lines = list(rows.defer("fact__upload__reading", "fact__row__list__faults"))
    why, kinds = reasons(row, lines), claimed_as_ceilings([row.pk]).get(row.pk, set())
    return {
        "case": row,
        "lines": [(line, (line.policy, line.benefit) in kinds, why.get(line.pk, "")) for line in lines],
        **sums(lines, kinds),
        "decided_state": row.state in (State.DECIDED, State.READY),
        "correction": row.corrections.filter(answered_at=None).first() if row.state == State.CORRECTION else None,
        "answered": list(row.corrections.exclude(answered_at=None)) if row.state != State.DRAFT else [],
        "attachments": list(row.attachments.filter(removed_at=None)),
        "remarks": list(row.remarks.filter(inside=False).select_related("by")),
        "can_withdraw": State(row.state) in TRANSITIONS["withdraw"].sources,
        **more,
    }


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the application back, with a reason."""
    row = case_of(request, pk)
    why = request.POST.get("why", "")
    try:
        steps.withdraw(row, member_of(request), version_of(request), why)
    except Refused as refused:
        if row.state == State.WITHDRAWN:
            return redirect("firm:case", pk)
        context = shown(row, told=refused, why=why)
        return render(request, "firm/case.html", context, status=422) if row.state != State.DRAFT else _back(request, refused, pk)
    messages.success(request, _("The application is withdrawn. What it claimed is free for another."))
    return redirect("firm:case", pk)


def _back(request: HttpRequest, refused: Refused, pk: int) -> HttpResponse:
    tell(request, refused)
    return redirect("firm:draft", pk)


@require_POST
def write(request: HttpRequest, pk: int) -> HttpResponse:
    """Writes to the departments."""
    row = case_of(request, pk)
    text = request.POST.get("text", "")
    just = timezone.now() - timedelta(minutes=1)
    if row.remarks.filter(by=member_of(request).user, inside=False, text=text.strip(), at__gte=just).exists():
        return redirect("firm:case", pk)  # pressed twice
    try:
        steps.remark(row, member_of(request), row.version, text, inside=False)
    except Refused as refused:
        return render(request, "firm/case.html", shown(row, told=refused, text=text), status=422)
    messages.success(request, _("Sent to the departments."))
    return redirect("firm:case", pk)
