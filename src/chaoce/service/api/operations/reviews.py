"""The departments' steps, and what stands beside the flow: remarks, visits, experts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query

from chaoce.money import parse_yuan
from chaoce.service.api.operations.asked import case_of, member_of, seen
from chaoce.service.api.operations.cases import shown
from chaoce.service.api.paging import page_of
from chaoce.service.api.problems import Problem
from chaoce.service.api.register import Group
from chaoce.service.api.scopes import Scope
from chaoce.service.api.shapes.cases import CaseShape, Opinions, OpinionShape, RemarkPage, RemarkShape, Visits, VisitShape
from chaoce.service.api.shapes.common import Paged, Version
from chaoce.service.api.shapes.steps import (
    AddRemark,
    AnswerAsExpert,
    AskExpert,
    ClearCheck,
    Decide,
    GiveVerdict,
    Lower,
    ReportVisit,
    SendBack,
    Why,
)  # fmt: skip
from chaoce.service.cases import steps
from chaoce.service.cases.models import Remark
from chaoce.service.cases.parties import Party, parties
from chaoce.service.cases.timeline import sees_inside, who_of
from chaoce.service.people.models import Membership, User
from chaoce.service.people.roles import Role

group = Group("Reviews")
beside = Group("Beside the flow")


def _step(request: HttpRequest, number: int, body: Version, step: Callable[..., Any], *told: Any) -> CaseShape:
    row, member = case_of(request, number), member_of(request)
    return shown(step(row, member, seen(request, row, body.version), *told), member)


@group.writes("/cases/{int:number}/accept", Scope.WRITE_REVIEWS, CaseShape, "Accept for review", "受理")
def accept(request: HttpRequest, number: int, body: Version) -> CaseShape:
    """The lead ends the pre-check: one review a department opens, all at once."""
    return _step(request, number, body, steps.accept)


@group.writes("/cases/{int:number}/send-back", Scope.WRITE_REVIEWS, CaseShape, "Send back for correction", "退回补正")
def send_back(request: HttpRequest, number: int, body: SendBack) -> CaseShape:
    """Asks the firm to put points right until a day; the clock of the case stands meanwhile."""
    points = [{"text": point.text, "fact": point.fact} for point in body.points]
    return _step(request, number, body, steps.send_back, points, body.deadline)


@group.writes("/cases/{int:number}/go-on", Scope.WRITE_REVIEWS, CaseShape, "Go on as it is", "逾期未补正继续办理")
def go_on(request: HttpRequest, number: int, body: Why) -> CaseShape:
    """Goes on once the deadline of a correction has passed without an answer."""
    return _step(request, number, body, steps.go_on, body.why)


@group.writes("/cases/{int:number}/verdict", Scope.WRITE_REVIEWS, CaseShape, "Give the department's finding", "提交会审意见")
def give_verdict(request: HttpRequest, number: int, body: GiveVerdict) -> CaseShape:
    """The department agrees or objects; it may change its finding until the lead closes the review."""
    return _step(request, number, body, steps.give_verdict, body.verdict, body.opinion)


@group.writes("/cases/{int:number}/lower", Scope.WRITE_REVIEWS, CaseShape, "Lower an amount", "核减金额")
def lower(request: HttpRequest, number: int, body: Lower) -> CaseShape:
    """A lower amount for one line with its reason; never a higher one. `amount` null takes it back."""
    amount = None if body.amount is None else parse_yuan(body.amount)
    return _step(request, number, body, steps.lower, body.line, amount, body.why)


@group.writes("/cases/{int:number}/clear-check", Scope.WRITE_REVIEWS, CaseShape, "Clear a finding", "核销核查发现")
def clear_check(request: HttpRequest, number: int, body: ClearCheck) -> CaseShape:
    """Clears what the pre-check stopped, with the reason for it."""
    return _step(request, number, body, steps.clear_check, body.check, body.why)


@group.writes("/cases/{int:number}/close-review", Scope.WRITE_REVIEWS, CaseShape, "Close the review", "结束会审")
def close_review(request: HttpRequest, number: int, body: Version) -> CaseShape:
    """The lead closes the review, once every department has found."""
    return _step(request, number, body, steps.close_review)


@group.writes("/cases/{int:number}/return", Scope.WRITE_REVIEWS, CaseShape, "Return to review", "退回会审")
def return_to_review(request: HttpRequest, number: int, body: Why) -> CaseShape:
    """The head of the lead sends the case back to the reviewers."""
    return _step(request, number, body, steps.return_to_review, body.why)


@group.writes("/cases/{int:number}/decide", Scope.WRITE_REVIEWS, CaseShape, "Decide", "作出决定")
def decide(request: HttpRequest, number: int, body: Decide) -> CaseShape:
    """The head of the lead decides. Everything is computed again now; nothing is granted above it. Where the text gives only a ceiling
    and no decision of the year has settled it, the amount and its reason are needed."""
    grants: dict[int, tuple[int, str]] = {}
    for one in body.grants:
        if one.line in grants:
            raise Problem("invalid", faults=[{"at": "body.grants", "text": f"line {one.line} stands here twice"}])
        grants[one.line] = (parse_yuan(one.amount) or 0, one.why)
    return _step(request, number, body, steps.decide, grants, body.why)


@group.writes("/cases/{int:number}/make-ready", Scope.WRITE_REVIEWS, CaseShape, "Release for the notice", "转入公示准备")
def make_ready(request: HttpRequest, number: int, body: Version) -> CaseShape:
    """Releases a granted case for the notice."""
    return _step(request, number, body, steps.make_ready)


@group.writes("/cases/{int:number}/reopen", Scope.WRITE_REVIEWS, CaseShape, "Re-open", "重新审理")
def reopen(request: HttpRequest, number: int, body: Why) -> CaseShape:
    """Opens a decided case again: what it granted no longer stands, the departments find anew."""
    return _step(request, number, body, steps.reopen, body.why)


@beside.reads("/cases/{int:number}/remarks", Scope.READ_CASES, RemarkPage, "List remarks", "留言列表")
def remarks(request: HttpRequest, number: int, query: Query[Paged]) -> RemarkPage:
    """What was written on the case; what is inside is read by the departments, and by those who wrote it."""
    row, member = case_of(request, number), member_of(request)
    rows = row.remarks.select_related("by")
    if not sees_inside(member):
        rows = rows.filter(Q(inside=False) if member.is_firm else Q(inside=False) | Q(by=member.user_id))
    page = page_of(request, rows, query, lambda remark: remark)
    wrote = parties(row, [remark.by_id for remark in page["items"]])
    return RemarkPage(items=[_remark(remark, wrote.get(remark.by_id), member) for remark in page["items"]], next=page["next"])


@beside.writes("/cases/{int:number}/remarks", Scope.WRITE_CASES, RemarkShape, "Write a remark", "留言", status=201)
def add_remark(request: HttpRequest, number: int, body: AddRemark) -> RemarkShape:
    """Writes on the case: inside for the departments, or between the departments and the firm."""
    row, member = case_of(request, number), member_of(request)
    written = steps.remark(row, member, seen(request, row, body.version), body.text, body.inside)
    return _remark(written, parties(row, [written.by_id]).get(written.by_id), member)


def _remark(row: Remark, party: Party | None, member: Membership) -> RemarkShape:
    known = party is not None and (not member.is_firm or party.is_firm)
    return RemarkShape.of(row, who_of(party)[0], party.person if party is not None and known else "")


@beside.reads("/cases/{int:number}/visits", Scope.READ_CASES, Visits, "List visits", "走访列表")
def visits(request: HttpRequest, number: int) -> Visits:
    """First looks and visits on the spot by the town."""
    return Visits(items=[VisitShape.of(row) for row in case_of(request, number).visits.select_related("by")])


@beside.writes("/cases/{int:number}/visits", Scope.WRITE_REVIEWS, VisitShape, "Report a visit", "提交走访情况", status=201)
def report_visit(request: HttpRequest, number: int, body: ReportVisit) -> VisitShape:
    """The town's first look, or its visit on the spot."""
    row = case_of(request, number)
    told = (body.day, body.report, body.sound, body.on_site)
    return VisitShape.of(steps.report_visit(row, member_of(request), seen(request, row, body.version), *told))


@beside.reads("/cases/{int:number}/opinions", Scope.READ_CASES, Opinions, "List experts' opinions", "专家意见列表")
def opinions(request: HttpRequest, number: int) -> Opinions:
    """Questions to experts and their answers; an expert reads only the own one."""
    rows = case_of(request, number).opinions.select_related("expert")
    member = member_of(request)
    if member.role == Role.EXPERT:
        rows = rows.filter(expert=member.user_id)
    return Opinions(items=[OpinionShape.of(row) for row in rows])


@beside.writes("/cases/{int:number}/opinions", Scope.WRITE_REVIEWS, OpinionShape, "Ask an expert", "咨询专家", status=201)
def ask_expert(request: HttpRequest, number: int, body: AskExpert) -> OpinionShape:
    """Asks an expert about the case; from then on the expert sees it."""
    row = case_of(request, number)
    expert = User.objects.filter(email=body.expert.strip().lower(), is_active=True).first()
    if expert is None or not expert.memberships.filter(role=Role.EXPERT, ended_at=None).exists():
        raise Problem("invalid", faults=[{"at": "body.expert", "text": "nobody with this address is an expert here"}])
    return OpinionShape.of(steps.ask_expert(row, member_of(request), seen(request, row, body.version), expert, body.question))


@beside.writes("/cases/{int:number}/opinions/own", Scope.WRITE_REVIEWS, OpinionShape, "Answer as an expert", "专家答复")
def answer_as_expert(request: HttpRequest, number: int, body: AnswerAsExpert) -> OpinionShape:
    """The expert's answer, or the word that the expert stands aside."""
    row = case_of(request, number)
    written = steps.answer_as_expert(row, member_of(request), seen(request, row, body.version), body.text, body.recused)
    return OpinionShape.of(written)
