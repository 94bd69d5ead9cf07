"""Rows that an operation is about, cut to what its caller may see; everything else is not there."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest

from chaoce.service.api.problems import Problem
from chaoce.service.calls.models import Call
from chaoce.service.cases.models import Case
from chaoce.service.documents.models import Upload
from chaoce.service.facts.models import Fact
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Membership


def member_of(request: HttpRequest) -> Membership:
    """The membership that acts."""
    return request.member  # type: ignore[attr-defined,no-any-return]


def _one(rows: Any, **which: Any) -> Any:
    row = rows.filter(**which).first()
    if row is None:
        raise Http404
    return row


def firm_of(request: HttpRequest, uscc: str) -> Firm:
    """The firm of an identifier."""
    return _one(Firm.objects.seen_by(member_of(request)), uscc=uscc)


def own_firm(request: HttpRequest, uscc: str) -> Firm:
    """The caller's own firm, which alone may be written about; any other one is not there."""
    firm = member_of(request).firm
    if firm is None or firm.uscc != uscc:
        raise Http404
    return firm


def fact_of(request: HttpRequest, ref: int) -> Fact:
    """The fact of a ref."""
    return _one(Fact.objects.seen_by(member_of(request)).select_related("firm"), pk=ref)


def upload_of(request: HttpRequest, upload: Any) -> Upload:
    """The file of an id, among those that have not been taken back."""
    return _one(Upload.objects.seen_by(member_of(request)).kept().select_related("firm"), pk=upload)


def call_of(request: HttpRequest, call: int) -> Call:
    """The call of an id."""
    return _one(Call.objects.seen_by(member_of(request)).select_related("lead").prefetch_related("joint"), pk=call)


def case_of(request: HttpRequest, case: int) -> Case:
    """The case of an id, with its call, guide and firm."""
    return _one(Case.objects.seen_by(member_of(request)).select_related("call", "guide", "firm"), pk=case)


def seen(request: HttpRequest, row: Case, version: int) -> int:
    """The version that the caller saw. An If-Match that says another one is a stale page too."""
    match = request.headers.get("If-Match")
    if match is not None and match.strip().removeprefix("W/") not in ("*", f'"{version}"'):
        raise Problem("stale", version=row.version)
    return version
