"""The demonstration's story: decisions, calls, and applications of synthetic firms at every point of the flow.

Every application goes through the same steps as a real one; nothing is written past them. Who acts for the firms is one invented
agent without a password.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from chaoce.marked import Names
from chaoce.money import format_yuan
from chaoce.service.calls.drafting import evidence_of
from chaoce.service.calls.models import Call, Guide
from chaoce.service.cases import steps
from chaoce.service.cases.amounts import best_claims
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.matters import keys_in_hand
from chaoce.service.cases.models import Case
from chaoce.service.facts.models import Fact
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Department, Membership, User
from chaoce.service.people.roles import Role
from chaoce.service.plan.models import YearDecisions
from chaoce.service.plan.sessions import policy_of

PLAN = "haining-ai-2026"
#: Invented, as the text says: the city's own decisions are not public.
DECISIONS = """year: {year}
note: {{zh: 演示用的年度决定是虚构的, en: the decisions of this demonstration are invented}}
rates: {{benchmark-scenario: "25%"}}
amounts: {{generative-ai-filing: "800000.00", national-application-award: "400000.00", provincial-application-award: "150000.00"}}
standards:
  strategic_emerging: {{policy: haining-manufacturing-2025, benefit: equipment}}
"""


TEXT = Names(
    "本指南为演示用，内容虚构。企业登录后核对系统列出的事实和测算结果，填写联系人后提交；牵头部门受理后，各会审部门同时审核。",
    "This guide is for demonstration and invented. Sign in, look through the facts and the assessment, fill in a contact and submit; once "
    "the lead department has accepted the case, all departments review it together.",
)


@dataclass(frozen=True)
class Planned:
    """A call of the demonstration: when its window opens and closes, in days from today."""

    zh: str
    en: str
    benefits: tuple[str, ...]
    opens: int
    closes: int
    rules: dict[str, dict] = field(default_factory=dict)


_SOURCE = "演示用申报通知（虚构）"
_RULES = {
    "registered_in": {"on": True, "source": _SOURCE, "division": "330481"},
    "tax_basis": {"on": True, "source": _SOURCE, "basis": "default"},
    "related_parties": {"on": True, "source": _SOURCE},
    "records_years": {"on": True, "source": _SOURCE, "years": 3},
}
CALLS = (
    Planned(
        "算力补贴与人工智能合作补助",
        "Compute subsidy and AI cooperation",
        ("compute-purchase", "manufacturing-cooperation"),
        -20,
        40,
        _RULES,
    ),
    Planned(
        "应用标杆和备案奖励",
        "Application benchmarks and filings",
        ("generative-ai-filing", "national-application-award", "provincial-application-award", "provincial-data-award"),
        -15,
        30,
        _RULES,
    ),
    Planned(
        "数据知识产权补助",
        "Data intellectual property",
        ("data-ip-certificate", "data-ip-licence", "data-ip-pledge-loan"),
        -10,
        5,
        _RULES,
    ),
    Planned(
        "数据基础支撑奖励",
        "Data foundations",
        ("national-dataset-award", "provincial-dataset-award", "data-product-sales", "dcmm-pilot", "cdo-pilot"),
        12,
        60,
        _RULES,
    ),
)


def record_decisions(year: int, office: User) -> YearDecisions:
    """The year's decisions; the compute subsidy is left a ceiling, so that both kinds of amounts are seen."""
    return YearDecisions.objects.create(year=year, version=1, text=DECISIONS.format(year=year), source=_SOURCE, recorded_by=office)


def open_calls(year: int, office: User) -> list[Call]:
    """The calls with their guides: open, closing soon and to come."""
    now = timezone.now()
    made = []
    for planned in CALLS:
        benefits = [policy_of(PLAN).benefit(name) for name in planned.benefits]
        lead = Department.objects.get(zh=benefits[0].lead)
        call = Call.objects.create(
            year=year,
            zh=f"{year}年度{planned.zh}",
            en=f"{planned.en}, {year}",
            benefits=[[PLAN, name] for name in planned.benefits],
            lead=lead,
            opens_at=now + timedelta(days=planned.opens),
            closes_at=now + timedelta(days=planned.closes),
            published_at=now + timedelta(days=min(planned.opens, -1)),
            created_by=office,
        )
        joint = dict.fromkeys(name for benefit in benefits for name in benefit.joint)
        call.joint.set(Department.objects.filter(zh__in=[name for name in joint if name != lead.zh]))
        # What the rules call for is asked for in the call to come; in the open ones it may be left out, so that they can be tried at once.
        evidence = [{**item, "required": planned.opens > 0} for item in evidence_of(sorted(call.pairs))]
        Guide.objects.create(
            call=call,
            version=1,
            rules=planned.rules,
            evidence=evidence,
            text_zh=TEXT.zh,
            text_en=TEXT.en,
            published_at=call.published_at,
            published_by=office,
        )
        made.append(call)
    return made


def play(calls: Sequence[Call], most: int = 24) -> list[Case]:
    """Applications of synthetic firms in the open calls, each taken to another point of the flow."""
    agent = User.objects.create_user("agent@example.invalid", None, name="代办员（虚构）")
    played: list[Case] = []
    for call in calls:
        if not call.is_open:
            continue
        guide = call.guide
        assert guide is not None
        count = 0
        for firm in Firm.objects.filter(synthetic=True, facts__in=_facts_for(call)).distinct().order_by("uscc").iterator(chunk_size=100):
            if count == most // 3:
                break
            taken = keys_in_hand(firm, firm.facts.standing())
            if not best_claims(firm, call, guide, but=taken).amounts:
                continue
            owner, _new = Membership.objects.get_or_create(user=agent, role=Role.FIRM_OWNER, firm=firm)
            try:
                played.append(_SCENES[len(played) % len(_SCENES)](_filled_in(firm, call, owner), owner))
                count += 1
            except Refused as refused:
                raise AssertionError(f"{firm} {call}: {refused}") from refused
    return played


def _facts_for(call: Call) -> QuerySet[Fact, Any]:
    types = {policy_of(policy).benefit(benefit).on for policy, benefit in call.pairs}
    return Fact.objects.filter(type__in=types, withdrawn_at=None, date__year=call.year).values("pk")


def staff(role: Role, department: Department) -> Membership:
    """Somebody of a department: the demonstration's own account where there is one, else an invented person without a password."""
    found = Membership.objects.filter(role=role, department=department, ended_at=None).first()
    if found is None:
        name = {Role.REVIEWER: "审核员", Role.HEAD: "负责人"}[role]
        user = User.objects.create_user(f"{role}-{department.pk}@example.invalid", None, name=f"{department.zh}{name}（虚构）")
        found = Membership.objects.create(user=user, role=role, department=department)
    return found


def _filled_in(firm: Firm, call: Call, owner: Membership) -> Case:
    case = steps.open_draft(firm, call, owner)
    form = {"contact": "联系人（虚构）", "phone": "0573-00000000", "consent": "yes"}
    return steps.save_form(case, owner, case.version, form)


def _draft(case: Case, owner: Membership) -> Case:
    return case


def _submitted(case: Case, owner: Membership) -> Case:
    return steps.submit(case, owner, case.version)


def _corrected(case: Case, owner: Membership) -> Case:
    case = _submitted(case, owner)
    points = [{"text": "请补充合同和付款凭证。", "fact": ""}]
    return steps.send_back(case, staff(Role.REVIEWER, case.call.lead), case.version, points, timezone.localdate() + timedelta(days=10))


def _in_review(case: Case, owner: Membership) -> Case:
    case = _submitted(case, owner)
    return steps.accept(case, staff(Role.REVIEWER, case.call.lead), case.version)


def _half_found(case: Case, owner: Membership) -> Case:
    return _agreed(_in_review(case, owner), lead=False)


def _agreed(case: Case, lead: bool) -> Case:
    for review in list(case.reviews.select_related("department").filter(lead=lead)):
        case = steps.give_verdict(case, staff(Role.REVIEWER, review.department), case.version, "agrees", "")
    return case


def _reviewed(case: Case, owner: Membership) -> Case:
    case = _agreed(_agreed(_in_review(case, owner), lead=False), lead=True)
    lead = staff(Role.REVIEWER, case.call.lead)
    for check in list(case.checks.filter(passed=False, stops=True, cleared_at=None)):
        steps.clear_check(case, lead, case.version, check.pk, "已核对原件（演示）。")
        case.refresh_from_db()
    return steps.close_review(case, lead, case.version)


def _decided(case: Case, owner: Membership) -> Case:
    case = _reviewed(case, owner)
    grants = {line.pk: (line.claimed * 8 // 10, "按年度预算统筹安排（演示）。") for line in case.lines.filter(ceiling=True) if line.claimed}
    return steps.decide(case, staff(Role.HEAD, case.call.lead), case.version, grants)


def _ready(case: Case, owner: Membership) -> Case:
    case = _decided(case, owner)
    return steps.make_ready(case, staff(Role.REVIEWER, case.call.lead), case.version)


def _withdrawn(case: Case, owner: Membership) -> Case:
    return steps.withdraw(_submitted(case, owner), owner, _version(case), "改在下一批申报（演示）。")


def _version(case: Case) -> int:
    return Case.objects.values_list("version", flat=True).get(pk=case.pk)


#: Each takes a filled-in draft to another point of the flow; the applications go through them in turn.
_SCENES: tuple[Callable[[Case, Membership], Case], ...] = (
    _submitted, _in_review, _half_found, _corrected, _reviewed, _decided, _ready, _withdrawn, _draft,
)  # fmt: skip


def told(cases: Sequence[Case]) -> str:
    """A line for the terminal: how many cases, and what was granted."""
    granted = sum(line.granted or 0 for case in cases for line in case.lines.all())
    return f"{len(cases)} / {format_yuan(granted)}"
