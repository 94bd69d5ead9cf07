"""The year's decisions: what is in force, what a new version would change, and every version that there was."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from chaoce.service.calls.models import Call
from chaoce.service.cases.faults import Refused, Stale
from chaoce.service.cases.matters import WAITING
from chaoce.service.cases.models import Case, CaseLine
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import Role
from chaoce.service.plan import decide
from chaoce.service.plan.models import YearDecisions
from chaoce.service.plan.sessions import decisions_of, this_year
from chaoce.service.wording import spoken


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest) -> HttpResponse:
    """The page; `action` is check (say what a text would change) or record, which does no more than check until that was looked at."""
    member: Membership = request.member  # type: ignore[attr-defined]
    sent = request.POST if request.method == "POST" else request.GET
    year = _year(sent.get("year", ""))
    last = decisions_of(year)
    context: dict[str, Any] = {
        "year": year,
        "years": sorted({this_year(), this_year() + 1, *YearDecisions.objects.values_list("year", flat=True)}, reverse=True),
        "last": last,
        "records": member.role == Role.OFFICE,
        "text": last.text if last else decide.beginning(year),
        "source": "",
        "version": last.version if last else 0,
        "versions": decide.versions(year),
        "decidable": decide.decidable(year),
    }
    if request.method != "POST":
        return render(request, "office/decisions.html", context)
    text, source = request.POST.get("text", "").replace("\r\n", "\n"), request.POST.get("source", "")
    context |= {"text": text, "source": source}
    version = request.POST.get("version", "")
    looked_at = request.POST.get("looked_at", "") == decide.digest(year, text)
    if request.POST.get("action") == "record" and looked_at:
        context |= {"digest": decide.digest(year, text)}
        try:
            decide.record(member, year, text, source, int(version) if version.isdecimal() else -1, spoken())
        except Refused as refused:
            context |= {"refused": refused, "stale": isinstance(refused, Stale)}
            return render(request, "office/decisions.html", context, status=409 if context["stale"] else 422)
        messages.success(request, _("Recorded. From now on amounts are computed with these decisions; what is decided stays."))
        return redirect(f"{reverse('office:decisions')}?year={year}")
    wrong = decide.faults_in(year, text, spoken())
    if wrong:
        context["wrong"] = wrong
        return render(request, "office/decisions.html", context, status=422)
    changed = decide.changes(year, text)
    touched = {(row.policy, row.benefit) for row in changed}
    context |= {"digest": decide.digest(year, text), "first": request.POST.get("action") == "record"}
    context |= {"checked": True, "changed": changed, "cases": _open_cases(member, year, touched)}
    return render(request, "office/decisions.html", context)


def _year(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and 2000 <= int(text) <= 2098 else this_year()


def _open_cases(member: Membership, year: int, benefits: set[tuple[str, str]]) -> int:
    """How many cases that wait for their decision claim one of these benefits."""
    if not benefits:
        return 0
    wanted = Q()
    for policy, benefit in benefits:
        wanted |= Q(policy=policy, benefit=benefit)
    lines = CaseLine.objects.filter(wanted).values("case")
    calls = Call.objects.filter(year=year).values("pk")
    return Case.objects.seen_by(member).filter(pk__in=lines, call__in=calls, state__in=WAITING).count()
