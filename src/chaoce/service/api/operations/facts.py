"""Facts of firms and what they have received."""

from __future__ import annotations

from django.http import HttpRequest
from ninja import Query

from chaoce.service.api.operations.asked import fact_of, firm_of, member_of, own_firm, upload_of
from chaoce.service.api.paging import page_of
from chaoce.service.api.register import Group
from chaoce.service.api.scopes import Scope
from chaoce.service.api.shapes.common import Paged
from chaoce.service.api.shapes.facts import (
    FactFilter,
    FactPage,
    FactsFile,
    FactShape,
    ReceivedPage,
    ReceivedShape,
    StateFact,
    WithdrawFact,
)  # fmt: skip
from chaoce.service.documents import statements
from chaoce.service.documents.lines import read_values, strange_among
from chaoce.service.facts.dossier import dossier
from chaoce.service.facts.models import Fact, Received

group = Group("Facts")


@group.reads("/firms/{uscc}/facts", Scope.READ_FACTS, FactPage, "List a firm's facts", "事实列表")
def facts(request: HttpRequest, uscc: str, query: Query[FactFilter]) -> FactPage:
    """The standing facts of a firm; with `withdrawn` those that no longer stand as well."""
    rows = Fact.objects.seen_by(member_of(request)).filter(firm=firm_of(request, uscc))
    if not query.withdrawn:
        rows = rows.filter(withdrawn_at=None)
    if query.type:
        rows = rows.filter(type=query.type)
    if query.year:
        rows = rows.filter(date__year=query.year)
    return FactPage(**page_of(request, rows, query, FactShape.of))


@group.writes("/firms/{uscc}/facts", Scope.WRITE_FACTS, FactShape, "State a fact", "填报事实", status=201)
def state_fact(request: HttpRequest, uscc: str, body: StateFact) -> FactShape:
    """Adds a fact that the firm states itself, borne out by a file that it has handed in."""
    own_firm(request, uscc)
    upload = upload_of(request, body.upload)
    kind = statements.stated_types().get(body.type)
    said = {name: ("true" if value else "false") if isinstance(value, bool) else value for name, value in body.values.items()}
    values = read_values(kind, said) if kind is not None else {}
    if kind is not None:
        values |= strange_among(kind, said)
    return FactShape.of(statements.state(member_of(request), body.type, body.date, values, body.thing, upload, body.note))


@group.reads("/facts/{int:ref}", Scope.READ_FACTS, FactShape, "Get a fact", "查看事实")
def fact(request: HttpRequest, ref: int) -> FactShape:
    """A fact by its ref, standing or not."""
    return FactShape.of(fact_of(request, ref))


@group.writes("/facts/{int:ref}/withdraw", Scope.WRITE_FACTS, FactShape, "Withdraw a fact", "撤回事实")
def withdraw_fact(request: HttpRequest, ref: int, body: WithdrawFact) -> FactShape:
    """Takes back a fact that the firm stated itself, while no live case stands on it. Facts of invoices go with their file, facts of
    official lists are the department's."""
    row = fact_of(request, ref)
    statements.withdraw(member_of(request), row)
    return FactShape.of(fact_of(request, ref))


@group.reads("/firms/{uscc}/facts-file", Scope.READ_FACTS, FactsFile, "A firm's facts file", "事实文件")
def facts_file(request: HttpRequest, uscc: str) -> FactsFile:
    """All standing facts and all support received, as a facts file: what `chaoce assess` takes."""
    return FactsFile(**dossier(firm_of(request, uscc)))


@group.reads("/firms/{uscc}/received", Scope.READ_FACTS, ReceivedPage, "List support received", "已获支持列表")
def received(request: HttpRequest, uscc: str, query: Query[Paged]) -> ReceivedPage:
    """Support already granted to a firm, under any plan of any level, withdrawn entries too."""
    rows = Received.objects.seen_by(member_of(request)).filter(firm=firm_of(request, uscc)).select_related("case_line")
    return ReceivedPage(**page_of(request, rows, query, ReceivedShape.of))
