"""Firms and what they are due."""

from __future__ import annotations

import json

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Query

from chaoce.assessment.explain import plain
from chaoce.assessment.wire import to_json
from chaoce.service.api.door import Caller
from chaoce.service.api.operations.asked import firm_of, member_of
from chaoce.service.api.paging import page_of
from chaoce.service.api.register import Group
from chaoce.service.api.scopes import Scope
from chaoce.service.api.shapes.firms import Assessment, Explanation, FirmFilter, FirmPage, FirmShape, YearOf
from chaoce.service.api.shapes.people import Me
from chaoce.service.api.wire import answer
from chaoce.service.firms.models import Firm
from chaoce.service.plan.assessing import assess_firm, explained
from chaoce.service.plan.sessions import this_year

people = Group("People")
firms_group = Group("Firms")


@people.reads("/me", None, Me, "Who this token acts as", "本令牌代表谁")
def me(request: HttpRequest) -> Me:
    """The membership in which the token acts, its role and place, and the scopes of the token."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return Me.of(caller.member, caller.token)


@firms_group.reads("/firms", Scope.READ_FIRMS, FirmPage, "List firms", "企业列表")
def firms(request: HttpRequest, query: Query[FirmFilter]) -> FirmPage:
    """A firm sees itself, a town its own firms, a department those that its calls and lists give it, finance those with a case or with
    support received, the rest of the city all."""
    rows = Firm.objects.seen_by(member_of(request))
    if query.town:
        rows = rows.filter(town=query.town)
    if query.q:
        rows = rows.filter(Q(name__contains=query.q) | Q(uscc__startswith=query.q.upper()))
    return FirmPage(**page_of(request, rows, query, FirmShape.of, ("uscc",)))


@firms_group.reads("/firms/{uscc}", Scope.READ_FIRMS, FirmShape, "Get a firm", "查看企业")
def firm(request: HttpRequest, uscc: str) -> FirmShape:
    """A firm by its 统一社会信用代码."""
    return FirmShape.of(firm_of(request, uscc))


@firms_group.reads("/firms/{uscc}/assessment", Scope.READ_FIRMS, Assessment, "What a firm is due", "测算")
def assessment(request: HttpRequest, uscc: str, query: Query[YearOf]) -> HttpResponse:
    """The best lawful claim of the firm in a year over all its standing facts, after all that it has received: exactly the object
    that `chaoce assess --json` prints for its facts file."""
    found = assess_firm(firm_of(request, uscc), query.year or this_year())
    return answer(json.dumps(to_json(found), ensure_ascii=False))


@firms_group.reads("/firms/{uscc}/explanation", Scope.READ_FIRMS, Explanation, "Why a firm is due that", "测算说明")
def explanation(request: HttpRequest, uscc: str, query: Query[YearOf]) -> HttpResponse:
    """The same explained: the official sentence over every figure, the arithmetic, the limits that bound, what lost and by how much.
    Texts are {zh, en}."""
    found = explained(firm_of(request, uscc), query.year or this_year())
    return answer(json.dumps(plain(found), ensure_ascii=False))
