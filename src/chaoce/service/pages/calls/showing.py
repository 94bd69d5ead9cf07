"""Calls as those who keep or read them see them: every call, and one with its guides and what was done to it."""

from __future__ import annotations

import difflib
import json
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from chaoce.service.calls.keeping import beside, draft_of, may_keep, may_publish
from chaoce.service.calls.models import Call, Guide
from chaoce.service.pages.calls.forms import WindowForm, local, rule_rows
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import DEPARTMENT, Role
from chaoce.service.plan.sessions import every_benefit

PAGE = 25


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """The calls that somebody sees, the latest year first."""
    member: Membership = request.member  # type: ignore[attr-defined]
    rows = Call.objects.seen_by(member).select_related("lead")
    rows = rows.annotate(handed_in=Count("cases", filter=Q(cases__submitted_at__isnull=False))).order_by("-year", "-closes_at", "id")
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    makes = member.role in DEPARTMENT or member.role == Role.OFFICE
    return render(request, "calls/list.html", {"page": page, "makes": makes, "now": timezone.now()})


def call_of(request: HttpRequest, pk: int) -> Call:
    """A call that somebody sees; else 404."""
    rows = Call.objects.seen_by(request.member).select_related("lead").prefetch_related("joint")  # type: ignore[attr-defined]
    return get_object_or_404(rows, pk=pk)


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One call: its window, what it pays, the guide in force, the versions with what changed, and its record."""
    return render(request, "calls/detail.html", shown(request, call_of(request, pk)))


def shown(request: HttpRequest, call: Call, **more: Any) -> dict[str, Any]:
    """What the page of a call is made of."""
    member: Membership = request.member  # type: ignore[attr-defined]
    guides = list(call.guides.select_related("published_by").order_by("-version"))
    in_force = next((guide for guide in guides if guide.published_at), None)
    return {
        "call": call,
        "benefits": [(policy, benefit) for policy, benefit in every_benefit() if (policy.id, benefit.id) in call.pairs],
        "guide": in_force,
        "rules": [row for row in rule_rows(in_force) if row["on"]] if in_force else [],
        "versions": [(guide, changes(older, guide)) for guide, older in zip(guides, [*guides[1:], None], strict=True)],
        "draft": draft_of(call),
        "events": call.events.select_related("by").order_by("-at"),
        "keeps": may_keep(member, call.lead),
        "publishes": may_publish(member, call.lead),
        "beside": beside(call) if may_keep(member, call.lead) else [],
        "window": WindowForm(initial=local(call)),
        "now": timezone.now(),
        **more,
    }


def changes(older: Guide | None, guide: Guide) -> list[str]:
    """What a version of a guide says otherwise than the one before it: lines that begin with + or -."""
    if older is None:
        return []
    found = difflib.unified_diff(_lines(older), _lines(guide), lineterm="", n=0)
    return [line for line in found if line[:1] in "+-" and not line.startswith(("+++", "---"))]


def _lines(guide: Guide) -> list[str]:
    rules = [f"{code}: {json.dumps(given, ensure_ascii=False, sort_keys=True)}" for code, given in sorted(guide.rules.items())]
    items = [f"{item['code']}: {item['zh']} / {item.get('en', '')}{' *' if item.get('required') else ''}" for item in guide.evidence]
    days = [f"four_eyes: {guide.four_eyes}", f"review_days: {guide.review_days}", f"correction_days: {guide.correction_days}"]
    return [*rules, *items, *days, *guide.text_zh.splitlines(), *guide.text_en.splitlines()]
