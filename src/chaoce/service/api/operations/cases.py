"""Cases: the list, one whole, and what a firm does with its own."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Query

from chaoce.money import format_yuan
from chaoce.service.api.operations.asked import call_of, case_of, member_of, seen, upload_of
from chaoce.service.api.paging import page_of
from chaoce.service.api.problems import Problem
from chaoce.service.api.register import Group
from chaoce.service.api.scopes import Scope
from chaoce.service.api.shapes.cases import (
    AttachmentShape,
    BetterClaim,
    CaseBrief,
    CaseFilter,
    CasePage,
    CaseShape,
    CheckShape,
    CorrectionShape,
    EventShape,
    EvidenceList,
    EvidenceWanted,
    LineShape,
    LostClaim,
    Pinned,
    PinnedShape,
    ReviewShape,
    Timeline,
    WaitingShape,
)  # fmt: skip
from chaoce.service.api.shapes.common import Version, yuan
from chaoce.service.api.shapes.steps import Attach, ChooseLines, OpenCase, Resubmit, SaveForm, Why
from chaoce.service.cases import amounts, steps
from chaoce.service.cases.flow import TRANSITIONS, State
from chaoce.service.cases.form import evidence_wanted
from chaoce.service.cases.models import Case
from chaoce.service.cases.queue import waiting
from chaoce.service.cases.timeline import sees_inside
from chaoce.service.cases.timeline import timeline as entries_of
from chaoce.service.documents import store
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import Role

group = Group("Cases")
_SETTLED = (State.DECIDED, State.READY)


def shown(case: Case, member: Membership) -> CaseShape:
    """A case as a member sees it now, read anew."""
    row = Case.objects.select_related("call", "guide", "firm").prefetch_related("lines__fact", "corrections").get(pk=case.pk)
    inside = sees_inside(member)
    wait = waiting(row)
    lines = [LineShape.of(line, inside or row.state in _SETTLED) for line in row.lines.all()]
    more: dict[str, Any] = {}
    if inside:
        more["reviews"] = [ReviewShape.of(one) for one in row.reviews.select_related("department", "by")]
        more["checks"] = [CheckShape.of(one) for one in row.checks.all()]
    return CaseShape(
        **CaseBrief.members(row), guide=row.guide.version, form={key: str(value) for key, value in row.form.items()}, lines=lines,
        corrections=[CorrectionShape.of(one) for one in row.corrections.all()], decided_why=row.decided_why,
        waiting=WaitingShape(**wait._asdict(), late=wait.late) if wait else None,
        steps=[name for name, move in TRANSITIONS.items() if State(row.state) in move.sources and Role(member.role) in move.roles], **more,
    )  # fmt: skip


@group.reads("/cases", Scope.READ_CASES, CasePage, "List cases", "申报列表")
def cases(request: HttpRequest, query: Query[CaseFilter]) -> CasePage:
    """A firm sees its own; a department those of the calls that it leads or joins, a town those of its firms, an expert those that it
    was asked about. Drafts are the firm's alone."""
    rows = Case.objects.seen_by(member_of(request)).select_related("call", "firm").prefetch_related("lines")
    wanted = {"state": query.state, "call": query.call, "firm__uscc": query.firm, "call__year": query.year, "number": query.number}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
    if query.changed_since is not None:
        if query.changed_since.utcoffset() is None or not 1900 < query.changed_since.year < 9000:
            text = "a moment with its offset from UTC, like 2026-03-24T15:00:00+08:00"
            raise Problem("invalid", faults=[{"at": "query.changed_since", "text": text}])
        rows = rows.filter(changed_at__gte=query.changed_since)
    return CasePage(**page_of(request, rows, query, CaseBrief.of))


@group.reads("/cases/{int:number}", Scope.READ_CASES, CaseShape, "Get a case", "查看申报")
def case(request: HttpRequest, number: int) -> CaseShape:
    """A whole case; its version is the entity tag as well."""
    return shown(case_of(request, number), member_of(request))


@group.writes("/cases", Scope.WRITE_CASES, CaseShape, "Open a draft", "新建申报草稿", status=201)
def open_case(request: HttpRequest, body: OpenCase) -> CaseShape:
    """The firm's draft in a call: the one that is open already, else a new one with the best claim within the call's benefits."""
    member = member_of(request)
    call = call_of(request, body.call)
    assert member.firm is not None
    return shown(steps.open_draft(member.firm, call, member), member)


@group.writes("/cases/{int:number}/lines", Scope.WRITE_CASES, CaseShape, "Choose what is claimed", "选择申报事项")
def choose_lines(request: HttpRequest, number: int, body: ChooseLines) -> CaseShape:
    """Says all that the case claims: standing facts of the firm under benefits of the call."""
    row, member = case_of(request, number), member_of(request)
    chosen = [(one.policy, one.benefit, one.fact) for one in body.lines]
    return shown(steps.choose_lines(row, member, seen(request, row, body.version), chosen), member)


@group.writes("/cases/{int:number}/form", Scope.WRITE_CASES, CaseShape, "Save the form", "保存申报表")
def save_form(request: HttpRequest, number: int, body: SaveForm) -> CaseShape:
    """Saves what the firm wrote so far; nothing is asked for until it is handed in. `consent` is given by "yes"."""
    row, member = case_of(request, number), member_of(request)
    form = {str(name): value for name, value in body.form.items()}
    return shown(steps.save_form(row, member, seen(request, row, body.version), form), member)


@group.reads("/cases/{int:number}/evidence", Scope.READ_CASES, EvidenceList, "The evidence list of a case", "申报材料清单")
def evidence(request: HttpRequest, number: int) -> EvidenceList:
    """The items of the guide's evidence list that the case needs, with the files that answer them."""
    return _evidence(case_of(request, number))


@group.writes("/cases/{int:number}/evidence", Scope.WRITE_CASES, EvidenceList, "Put a file to the evidence list", "附上材料")
def attach(request: HttpRequest, number: int, body: Attach) -> EvidenceList:
    """Puts a file that the firm has handed in to an item of the evidence list, while the case is a draft or with the firm."""
    row = case_of(request, number)
    if seen(request, row, body.version) != row.version:
        raise Problem("stale", version=row.version)
    store.attach(member_of(request), upload_of(request, body.upload), row, body.item)
    return _evidence(case_of(request, number))


def _evidence(row: Case) -> EvidenceList:
    items = [
        EvidenceWanted(
            code=item["code"], zh=item["zh"], en=item.get("en") or item["zh"], required=bool(item.get("required")),
            files=[AttachmentShape(upload=one.pk, name=one.name, size=one.size, item=one.evidence) for one in item["uploads"]],
        )
        for item in evidence_wanted(row)
    ]  # fmt: skip
    return EvidenceList(version=row.version, items=items)


@group.reads("/cases/{int:number}/better-claim", Scope.READ_CASES, BetterClaim, "What handing it in would foreclose", "提交前比较")
def better_claim(request: HttpRequest, number: int) -> BetterClaim:
    """Whether a better claim for the same matters, or within the same limits, would be lost once this case is granted."""
    found = amounts.better_claim(case_of(request, number))
    if found is None:
        return BetterClaim(forecloses=False, best=None, case=None, rest=None, lost=None, claims=[])
    claims = [
        LostClaim(
            policy=row["policy"], benefit=row["benefit"], facts=row["facts"],
            best=format_yuan(row["best"]), left=format_yuan(row["left"]), lost=format_yuan(row["lost"]),
        )
        for row in found["claims"]
    ]  # fmt: skip
    return BetterClaim(forecloses=True, claims=claims, **{name: yuan(found[name]) for name in ("best", "case", "rest", "lost")})


@group.writes("/cases/{int:number}/submit", Scope.WRITE_CASES, CaseShape, "Hand in", "提交申报")
def submit(request: HttpRequest, number: int, body: Version) -> CaseShape:
    """Hands the case in, once nothing is missing and something is due for every line; `points` of a refusal list all that is."""
    row, member = case_of(request, number), member_of(request)
    return shown(steps.submit(row, member, seen(request, row, body.version)), member)


@group.writes("/cases/{int:number}/resubmit", Scope.WRITE_CASES, CaseShape, "Hand in the correction", "提交补正")
def resubmit(request: HttpRequest, number: int, body: Resubmit) -> CaseShape:
    """Hands the case in again with an answer to each point of the correction; its clock goes on."""
    row, member = case_of(request, number), member_of(request)
    return shown(steps.resubmit(row, member, seen(request, row, body.version), list(body.answers)), member)


@group.writes("/cases/{int:number}/withdraw", Scope.WRITE_CASES, CaseShape, "Withdraw", "撤回申报")
def withdraw(request: HttpRequest, number: int, body: Why) -> CaseShape:
    """Takes the case back; what it claims is free for another."""
    row, member = case_of(request, number), member_of(request)
    return shown(steps.withdraw(row, member, seen(request, row, body.version), body.why), member)


@group.reads("/cases/{int:number}/timeline", Scope.READ_CASES, Timeline, "What happened to a case", "办理过程")
def timeline(request: HttpRequest, number: int) -> Timeline:
    """What happened, in plain words; a firm sees nothing from inside."""
    return Timeline(items=[EventShape.of(entry) for entry in entries_of(case_of(request, number), member_of(request))])


@group.reads("/cases/{int:number}/assessments", Scope.READ_CASES, Pinned, "How the amounts came about", "测算存档")
def assessments(request: HttpRequest, number: int) -> Pinned:
    """The assessments on submission and at the decision, with the policies, decisions, facts and engine that went in. Running them
    again gives the same bytes."""
    return Pinned(items=[PinnedShape.of(row) for row in case_of(request, number).assessed.all()])
