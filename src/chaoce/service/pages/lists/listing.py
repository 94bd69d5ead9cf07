"""The lists that somebody may see, of facts and of support received; and the empty workbooks to fill in."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.db.models import Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from chaoce.service.facts.models import Received
from chaoce.service.lists import template as workbooks
from chaoce.service.lists.importing import types
from chaoce.service.lists.models import OfficialList
from chaoce.service.pages.sheets import XLSX
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import DEPARTMENT, Role
from chaoce.service.wording import spoken

PAGE = 25
Kind = OfficialList.Kind


def member_of(request: HttpRequest) -> Membership:
    """Who acts; the guard has seen to it that there is somebody."""
    return request.member  # type: ignore[attr-defined,no-any-return]


def hands_in(member: Membership, kind: str) -> bool:
    """Whether somebody may hand in lists of a kind."""
    return member.role == Role.FINANCE if kind == Kind.RECEIVED else member.role in DEPARTMENT | {Role.OFFICE}


@require_safe
def facts(request: HttpRequest) -> HttpResponse:
    """Lists of facts: titles, filings, certificates, selections."""
    return _show(request, Kind.FACTS)


@require_safe
def received(request: HttpRequest) -> HttpResponse:
    """Lists of support that was granted under any plan of any level."""
    standing = Received.objects.standing().filter(row__isnull=False).aggregate(fen=Sum("amount"))
    return _show(request, Kind.RECEIVED, {"fen": standing["fen"] or 0})


def _show(request: HttpRequest, kind: Kind, more: dict[str, Any] | None = None) -> HttpResponse:
    member = member_of(request)
    rows = OfficialList.objects.seen_by(member).filter(kind=kind).select_related("department", "imported_by", "supersedes")
    words = request.GET.get("q", "").strip()
    if words:
        rows = rows.filter(Q(title__icontains=words) | Q(issuer__icontains=words))
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "kind": kind,
        "page": page,
        "words": words,
        "hands_in": hands_in(member, kind),
        "types": {name: found.names for name, found in types().items()},
        **(more or {}),
    }
    return render(request, "lists/list.html", context)


@require_safe
def template(request: HttpRequest) -> HttpResponse:
    """An empty workbook with the headers of a fact type, or of support received, in the language of the page."""
    kind = types().get(request.GET.get("type", ""))
    data = workbooks.of_type(kind, spoken()) if kind is not None else workbooks.of_received(spoken())
    name = f"{kind.names[spoken()] if kind is not None else 'received'}.xlsx"
    headers = {"Content-Disposition": content_disposition_header(True, name) or "attachment"}
    return HttpResponse(data, content_type=XLSX, headers=headers)
