"""Calls, benefits and the year's decisions."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Query

from chaoce.assessment.claims import Line
from chaoce.assessment.describe import describe
from chaoce.assessment.explain import plain
from chaoce.assessment.prepare import Session
from chaoce.service.api.operations.asked import call_of, member_of
from chaoce.service.api.paging import page_of
from chaoce.service.api.register import Group
from chaoce.service.api.scopes import Scope
from chaoce.service.api.shapes.calls import CallFilter, CallPage, CallShape, CallWithGuide
from chaoce.service.api.shapes.firms import YearOf
from chaoce.service.api.shapes.plan import Benefits, BenefitShape, DecisionsShape
from chaoce.service.calls.models import Call
from chaoce.service.plan.sessions import decisions_of, session_of, this_year

calls_group = Group("Calls")
plan_group = Group("Plan")


@calls_group.reads("/calls", Scope.READ_CALLS, CallPage, "List calls", "申报批次列表")
def calls(request: HttpRequest, query: Query[CallFilter]) -> CallPage:
    """Published calls; a department sees its own drafts too."""
    rows = Call.objects.seen_by(member_of(request)).select_related("lead").prefetch_related("joint")
    if query.year is not None:
        rows = rows.filter(year=query.year)
    if query.open is not None:
        open_now = Call.objects.open_on(timezone.now())
        rows = rows.filter(pk__in=open_now) if query.open else rows.exclude(pk__in=open_now)
    return CallPage(**page_of(request, rows, query, CallShape.of))


@calls_group.reads("/calls/{int:number}", Scope.READ_CALLS, CallWithGuide, "Get a call with its guide", "查看申报批次与指南")
def call(request: HttpRequest, number: int) -> CallWithGuide:
    """A call with the guide in force: evidence list, procedure rules with their sources, days."""
    return CallWithGuide.of(call_of(request, number))


@plan_group.reads("/benefits", Scope.READ_PLAN, Benefits, "List benefits", "政策项目录")
def benefits(request: HttpRequest, query: Query[YearOf]) -> Benefits:
    """Everything that the policies pay for: clause, official sentence, rule and limits in words, as the year's decisions settle it."""
    year = query.year or this_year()
    return Benefits(year=year, items=[_shape(line) for line in _lines(session_of(year))])


@plan_group.reads("/benefits/{policy}/{benefit}", Scope.READ_PLAN, BenefitShape, "Get a benefit", "查看政策项")
def benefit(request: HttpRequest, policy: str, benefit: str, query: Query[YearOf]) -> BenefitShape:
    """One benefit of one policy."""
    for line in _lines(session_of(query.year or this_year())):
        if (line.policy.id, line.benefit.id) == (policy, benefit):
            return _shape(line)
    raise Http404


@plan_group.reads("/decisions/{int:year}", Scope.READ_PLAN, DecisionsShape, "The year's decisions", "年度决定")
def decisions(request: HttpRequest, year: int) -> DecisionsShape:
    """The decisions in force for a year, as a decisions file; 404 where none was recorded."""
    row = decisions_of(year) if year < 10_000 else None
    if row is None:
        raise Http404
    return DecisionsShape.of(row)


def _lines(session: Session) -> tuple[Line, ...]:
    return tuple(session.assessor.engine.lines)


def _shape(line: Line) -> BenefitShape:
    said: dict[str, Any] = plain(describe(line))
    names = (
        "policy",
        "id",
        "clause",
        "title",
        "sentence",
        "translation",
        "quotes",
        "rule",
        "limits",
        "lead",
        "joint",
        "ceiling",
        "settled",
    )
    return BenefitShape(
        **{name: said[name] for name in names}, status=said["status"], notes=said["notes"], facts=line.benefit.on,
    )  # fmt: skip
