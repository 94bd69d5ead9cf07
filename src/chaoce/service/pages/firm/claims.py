"""What a case could claim: every fact of the firm that a benefit of the call reads, with what it would bring, and what is chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chaoce.assessment.describe import describe
from chaoce.assessment.explain import explain
from chaoce.money import parse_yuan
from chaoce.service.calls.procedure import basis_of
from chaoce.service.cases import amounts, matters
from chaoce.service.cases.models import Case, CaseLine
from chaoce.service.facts.dossier import compose
from chaoce.service.facts.models import Fact
from chaoce.service.pages.firm.due import claims_in_hand
from chaoce.service.plan.sessions import session_of

Claim = tuple[str, str, str]


@dataclass(frozen=True)
class Choice:
    """A fact under a benefit. `amount` is what it brings as things are chosen now, `alone` what it could bring; both fen."""

    number: int
    claim: Claim
    fact: Fact
    said: Mapping[str, Any]
    chosen: bool
    amount: int | None
    alone: int
    why: Any = None
    steps: tuple[Any, ...] = ()
    elsewhere: Case | None = None
    ceiling: bool = False
    decided: CaseLine | None = None  # by a decision in this call: it cannot be claimed until that case is opened again

    @property
    def value(self) -> str:
        """How a form names it."""
        return "|".join(self.claim)


@dataclass(frozen=True)
class Group:
    """The choices of one benefit; `nothing` are facts that bring nothing under it, with why."""

    said: Mapping[str, Any]
    policy_title: str
    choices: list[Choice]
    nothing: list[Mapping[str, Any]]


@dataclass(frozen=True)
class Claims:
    """What a case could claim and does. Sums are fen, ceilings and decided amounts apart."""

    groups: list[Group]
    ceiling: int
    decided: int
    gone: list[Any]

    @property
    def settled(self) -> set[str]:
        """What a decision in this call has settled, as a form names it."""
        return {choice.value for group in self.groups for choice in group.choices if choice.decided is not None}

    @property
    def any_chosen(self) -> bool:
        """Whether something is claimed."""
        return any(choice.chosen for group in self.groups for choice in group.choices)


def claims_of(case: Case) -> Claims:
    """What the case could claim now; the lines of the case are chosen."""
    session = session_of(case.call.year)
    facts = list(case.firm.facts.standing().with_sources())
    by_key = {fact.key: fact for fact in facts}
    raw = compose(case.firm, facts, case.firm.received.standing().exclude(case_line__case=case), basis_of(case.guide))
    firm = session.read(raw)
    pairs = case.call.pairs
    over = matters.settled(case.firm, case.call, but=case)
    everything = explain(session.assess_claims(firm, frozenset((*pair, key) for pair in pairs for key in by_key) - over.keys()))
    lines = list(case.lines.select_related("fact"))
    chosen = {(line.policy, line.benefit, line.fact.key) for line in lines} - over.keys()
    reckoned = amounts.Reckoned(session.assess_claims(firm, frozenset(chosen)), raw, "")
    due, ceilings = reckoned.amounts, reckoned.ceilings
    paid = _paid(explain(reckoned.answer))
    all_paid = _paid(everything)
    refused = {(row["policy"], row["benefit"], row["fact"]): row for row in everything["refused"]}
    lost = {(row["lost"]["policy"], row["lost"]["benefit"], row["lost"]["fact"]): row for row in everything["conflicts"]}
    taken = _elsewhere(case)
    groups, number = [], 0
    for line in session.assessor.engine.lines:
        pair = (line.policy.id, line.benefit.id)
        if pair not in pairs:
            continue
        choices, nothing = [], []
        for fact in facts:
            claim = (*pair, fact.key)
            alone = all_paid.get(claim)
            if claim in chosen or claim in over or alone is not None or claim in lost or _still_worth(refused.get(claim)):
                row = paid.get(claim) or alone or {}
                number += 1
                choices.append(
                    Choice(
                        number,
                        claim,
                        fact,
                        row,
                        claim in chosen,
                        due.get(claim, 0) if claim in chosen else None,
                        parse_yuan(alone["amount"] if alone else lost[claim]["lost"]["amount"] if claim in lost else "0") or 0,
                        refused.get(claim, {}).get("why"),
                        tuple(row.get("steps", ())),
                        next((taken[base] for base in fact.bases if base in taken), None),
                        line.ceiling,
                        over.get(claim),
                    )
                )
            elif claim in refused:
                nothing.append(refused[claim])
        if choices or nothing:
            groups.append(Group(describe(line), line.policy.title.zh, choices, nothing))
    sums = [(claim[:2] in ceilings, amount) for claim, amount in due.items()]
    gone = [line for line in lines if line.fact.key not in by_key]
    return Claims(groups, sum(a for c, a in sums if c), sum(a for c, a in sums if not c), gone)


def _paid(said: Mapping[str, Any]) -> dict[Claim, Mapping[str, Any]]:
    return {(entry["policy"], entry["id"], fact["id"]): fact for entry in said["benefits"] for fact in entry["facts"]}


def _still_worth(refused: Mapping[str, Any] | None) -> bool:
    """Whether a claim that gets nothing beside the others could get something without them."""
    return refused is not None and refused["reason"] in ("limit", "once")


def _elsewhere(case: Case) -> dict[str, Case]:
    """The bases of matters that the firm's other live cases claim."""
    mine = matters.bases_in_hand(case.firm, case)
    if not mine:
        return {}
    found: dict[str, Case] = {}
    for other in claims_in_hand(case.firm, case).values():
        for line in other.lines.all():
            for base in line.fact.bases:
                if base in mine:
                    found.setdefault(base, other)
    return found
