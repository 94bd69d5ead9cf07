"""Claims without a form (免申即享): where an official list leaves nothing to ask for, the firm gets a draft that it only confirms."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from chaoce.assessment.prepare import Session
from chaoce.service.calls.models import Call, Guide
from chaoce.service.calls.procedure import basis_of, switched_on, value
from chaoce.service.cases import amounts, steps
from chaoce.service.cases.flow import State
from chaoce.service.cases.form import wanted_of
from chaoce.service.cases.matters import WAITING
from chaoce.service.cases.models import Case, CaseLine, CaseMatter
from chaoce.service.facts.dossier import compose
from chaoce.service.facts.models import Fact, Received, Source
from chaoce.service.firms.models import Firm
from chaoce.service.lists.models import OfficialList, Row
from chaoce.service.messaging.post import tell
from chaoce.service.people.models import Membership
from chaoce.service.plan.sessions import benefit_of, session_of

#: Firms that are looked at together.
BATCH = 200


class Candidate(NamedTuple):
    """A firm with all that an assessment reads, the matters that its live cases claim already, and what decisions in the call settled,
    as (policy, benefit, fact key)."""

    firm: Firm
    facts: list[Fact]
    received: list[Received]
    in_hand: frozenset[str]
    decided: frozenset[tuple[str, str, str]]


def offer_for_list(listed: OfficialList, now: datetime) -> list[Case]:
    """Ready-made drafts from a list that was taken over, in every call that is open; those that were made now."""
    if listed.kind != OfficialList.Kind.FACTS:
        return []
    facts = Fact.objects.standing().filter(row__list=listed)
    types = set(facts.order_by().values_list("type", flat=True).distinct())
    made = []
    for call in Call.objects.open_on(now).select_related("lead"):
        if types & types_of(call):
            made += offer(call, facts.filter(type__in=types_of(call), date__year=call.year).order_by().values("firm"))
    return made


def offer_for_call(pk: int, now: datetime) -> list[Case]:
    """Ready-made drafts in a call that has opened, from all lists taken over before; those that were made now."""
    call = Call.objects.open_on(now).filter(pk=pk).first()
    if call is None:
        return []
    facts = Fact.objects.standing().filter(source=Source.LIST, row__isnull=False, type__in=types_of(call), date__year=call.year)
    return offer(call, facts.order_by().values("firm"))


def types_of(call: Call) -> set[str]:
    """The fact types that the benefits of a call read."""
    return {benefit_of(policy, benefit).on for policy, benefit in call.pairs}


def offer(call: Call, firms: QuerySet) -> list[Case]:
    """Makes a draft, and tells the firm, wherever the firm's facts from lists are due something in a call and nothing is missing.

    Firms that have an open case in the call, or took a ready-made one back, are left alone; so the same may run again at any time.
    """
    guide = call.guide
    if guide is None or not call.is_open:
        return []
    had = Case.objects.filter(call=call, firm=OuterRef("pk")).filter(state__in=[State.DRAFT, *WAITING, State.WITHDRAWN])
    keys = list(Firm.objects.filter(pk__in=firms).exclude(Exists(had)).order_by("pk").values_list("pk", flat=True))
    session, made = session_of(call.year), []
    for start in range(0, len(keys), BATCH):
        for candidate in _candidates(call, keys[start : start + BATCH]):
            lines = _lacking_nothing(call, guide, session, candidate)
            if lines:
                case = _open(call, candidate.firm, _title(lines))
                if case is not None:
                    made.append(case)
    return made


def _candidates(call: Call, keys: Sequence[int]) -> Iterator[Candidate]:
    """Firms with their facts, support received, matters in hand and what was decided: five queries, however many."""
    facts: dict[int, list[Fact]] = {}
    for fact in Fact.objects.standing().filter(firm__in=keys).select_related("row__list"):
        facts.setdefault(fact.firm_id, []).append(fact)
    received: dict[int, list[Received]] = {}
    for row in Received.objects.standing().filter(firm__in=keys):
        received.setdefault(row.firm_id, []).append(row)
    in_hand: dict[int, set[str]] = {}
    for firm, base in CaseMatter.objects.filter(firm__in=keys, alive=True, case__state__in=WAITING).values_list("firm", "base"):
        in_hand.setdefault(firm, set()).add(base)
    decided: dict[int, set[tuple[str, str, str]]] = {}
    lines = CaseLine.objects.filter(case__call=call, case__firm__in=keys, case__state__in=[State.DECIDED, State.READY])
    for firm, policy, benefit, key in lines.values_list("case__firm", "policy", "benefit", "fact__key"):
        decided.setdefault(firm, set()).add((policy, benefit, key))
    for one in Firm.objects.filter(pk__in=keys).order_by("pk"):
        yield Candidate(
            one, facts.get(one.pk, []), received.get(one.pk, []), frozenset(in_hand.get(one.pk, ())), frozenset(decided.get(one.pk, ()))
        )


def _lacking_nothing(call: Call, guide: Guide, session: Session, candidate: Candidate) -> list[CaseLine]:
    """What is due, if all of it rests on official lists and neither evidence list nor rules of the call ask for more; else nothing."""
    rules = switched_on(guide)
    firm = candidate.firm
    if "registered_in" in rules and not firm.division.startswith(str(value(guide, "registered_in", "division"))):
        return []
    if "credit_list" in rules and firm.uscc in {str(entry).strip() for entry in value(guide, "credit_list", "uscc")}:
        return []
    read = session.read(compose(firm, candidate.facts, candidate.received, basis_of(guide)))
    claiming = frozenset((policy, benefit, fact.id) for policy, benefit in call.pairs for fact in read.facts) - candidate.decided
    answer = session.assess_claims(read, claiming)
    due = amounts.Reckoned(answer, {}, "").amounts
    facts = {fact.key: fact for fact in candidate.facts}
    lines = [
        CaseLine(policy=policy, benefit=benefit, fact=facts[key])
        for policy, benefit, key in sorted(due)
        if candidate.in_hand.isdisjoint(facts[key].bases)
    ]
    if not lines or any(line.fact.source != Source.LIST for line in lines):
        return []
    return [] if any(item.get("required") for item in wanted_of(guide, lines)) else lines


def _title(lines: Sequence[CaseLine]) -> str:
    """The title of the list that a claim rests on."""
    return next((line.fact.row.list.title for line in lines if line.fact.row is not None), lines[0].fact.key)


def _open(call: Call, firm: Firm, title: str) -> Case | None:
    with transaction.atomic():
        Firm.objects.select_for_update().get(pk=firm.pk)
        if Case.objects.filter(call=call, firm=firm, state=State.DRAFT).exists():
            return None
        case = steps.open_draft(firm, call, None, ready_made=True)
        tell("ready_claim", case, once=f"ready {case.pk}", title=title)
    return case


def check_anew(listed: OfficialList) -> int:
    """Checks again the cases that a list touches: their reviewers see which fact no longer stands, and what was granted elsewhere;
    of decided ones the lead department learns that a fact is gone. How many."""
    if listed.kind == OfficialList.Kind.RECEIVED:
        touched = Case.objects.filter(state__in=WAITING, firm__in=Received.objects.filter(row__list=listed).values("firm"))
    else:
        lists = [listed.pk, *([listed.supersedes_id] if listed.supersedes_id else [])]
        rows = Case.objects.filter(state__in=[*WAITING, State.DECIDED, State.READY])
        touched = rows.filter(lines__fact__row__list__in=lists, lines__fact__withdrawn_at__isnull=False)
    keys = list(touched.order_by("pk").values_list("pk", flat=True).distinct())
    return sum(steps.check_anew(key) for key in keys)


def drafts_of(listed: OfficialList) -> QuerySet[Case]:
    """The ready-made drafts that rest on a list and wait for the firm's word."""
    rows = Row.objects.filter(list=listed)
    return Case.objects.filter(ready_made=True, state=State.DRAFT, lines__fact__row__in=rows).distinct()


def without_account(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Those whose firm has nobody here who could confirm them."""
    return cases.exclude(Exists(Membership.objects.filter(firm=OuterRef("firm"), ended_at=None)))
