"""Calls as a firm sees them: open, coming and past ones, each with its guide; and the way into a draft."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from chaoce.service.calls.models import Call, Guide
from chaoce.service.calls.procedure import RULES, switched_on
from chaoce.service.cases import steps
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Case
from chaoce.service.pages.firm.common import PAGE, firm_of, guide_in_force, member_of, tell
from chaoce.service.plan.sessions import every_benefit


@require_safe
def calls(request: HttpRequest) -> HttpResponse:
    """Open and coming calls, and the past ones page by page; each with what the firm has in it."""
    now = timezone.now()
    seen = Call.objects.seen_by(member_of(request)).select_related("lead").prefetch_related("guides")
    open_calls = list(seen.open_on(now).order_by("closes_at", "pk"))
    coming = list(seen.filter(opens_at__gt=now, closed_at=None).order_by("opens_at", "pk"))
    past = seen.filter(closes_at__lte=now) | seen.exclude(closed_at=None)
    page = Paginator(past.order_by("-closes_at", "-pk"), PAGE).get_page(request.GET.get("page"))
    mine: dict[int, list[Case]] = {}
    shown = [*open_calls, *coming, *page.object_list]
    for case in Case.objects.filter(firm=firm_of(request), call__in=[call.pk for call in shown]).exclude(state=State.WITHDRAWN):
        mine.setdefault(case.call_id, []).append(case)
    context = {
        "open": [_entry(call, mine) for call in open_calls],
        "coming": [_entry(call, mine) for call in coming],
        "past": [_entry(call, mine) for call in page.object_list],
        "page": page,
    }
    return render(request, "firm/calls.html", context)


def _entry(call: Call, mine: dict[int, list[Case]]) -> dict[str, Any]:
    cases = mine.get(call.pk, [])
    return {
        "call": call,
        "benefits": benefits_of(call),
        "cases": [case for case in cases if case.state != State.DRAFT],
        "draft": next((case for case in cases if case.state == State.DRAFT), None),
        "guide": guide_in_force(call),
    }


def benefits_of(call: Call) -> list[tuple[Any, Any]]:
    """The benefits of a call with their policies, in the order of the plan."""
    return [(policy, benefit) for policy, benefit in every_benefit() if (policy.id, benefit.id) in call.pairs]


@require_safe
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """The guide of a call: its window, what it pays, what has to be attached, how it is handled."""
    row = get_object_or_404(Call.objects.seen_by(member_of(request)).select_related("lead").prefetch_related("guides", "joint"), pk=pk)
    cases = list(Case.objects.filter(firm=firm_of(request), call=row).exclude(state=State.WITHDRAWN))
    guide = guide_in_force(row)
    context = {
        **_entry(row, {row.pk: cases}),
        "rules": rules_of(guide) if guide is not None else [],
        "now": timezone.now(),
    }
    return render(request, "firm/call.html", context)


def rules_of(guide: Guide) -> list[dict[str, Any]]:
    """The procedure rules that a guide switches on: what each asks, its parameters in words, and its source."""
    found = []
    for code, given in switched_on(guide).items():
        rule = RULES[code]
        params = []
        for param in rule.params:
            raw = given.get(param.name, param.default)
            if param.kind == "lines":
                continue  # who is on a list of others is not told to everybody
            params.append((param.label, dict(param.choices).get(raw, raw) if param.choices else raw))
        found.append({"rule": rule, "params": params, "source": given.get("source", "")})
    return found


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Opens the firm's draft in a call, or goes to the one that is open."""
    row = get_object_or_404(Call.objects.seen_by(member_of(request)), pk=pk)
    try:
        case = steps.open_draft(firm_of(request), row, member_of(request))
    except Refused as refused:
        tell(request, refused)
        return redirect("firm:call", pk)
    return redirect("firm:draft", case.pk)
