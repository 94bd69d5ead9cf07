"""The answer for one firm: what each benefit pays, what pays nothing and why, and how sure the total is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from chaoce.assessment.choose import Choice, Known, choose, largest_first
from chaoce.assessment.claims import Cap, Claim, Claiming, Engine, Line, Part, Refusal
from chaoce.assessment.conflict import cliques
from chaoce.assessment.problem import Ledger
from chaoce.facts.firm import Fact, Firm
from chaoce.facts.matter import overlap
from chaoce.policy.model import Policy
from chaoce.rules.tree import Benefit, Fixed


@dataclass(frozen=True)
class Paid:
    """What one fact contributes to a benefit: the amount in fen, with the claim and part it comes from."""

    fact: Fact
    amount: int
    claim: Claim
    part: Part
    held: Cap | None


@dataclass(frozen=True)
class Entitlement:
    """What one benefit pays a firm in a year, in fen, fact by fact in order of date, then id."""

    line: Line
    amount: int
    paid: tuple[Paid, ...]

    @property
    def id(self) -> str:
        return self.line.benefit.id

    @property
    def ceiling(self) -> bool:
        """True where the text gives a ceiling and no decision has settled it."""
        return self.line.ceiling


@dataclass(frozen=True)
class OtherReading:
    """What the total would be, in fen, were an open question settled otherwise."""

    policy: Policy
    id: str
    chosen: str
    other: str
    other_total: int


@dataclass(frozen=True)
class Answer:
    """The assessment of one firm for one year. Amounts are fen; `bound` is the proven upper bound of the total."""

    engine: Engine
    firm: Firm
    year: int
    total: int
    benefits: tuple[Entitlement, ...]
    refused: tuple[Refusal, ...]
    readings: tuple[OtherReading, ...]
    bound: int
    caps: tuple[Cap, ...]
    claims: tuple[Claim, ...]
    made: tuple[int, ...]

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies assessed together, with their decisions."""
        return self.engine.policies

    @property
    def optimal(self) -> bool:
        """Whether no lawful claim has a higher total, with proof."""
        return self.bound == self.total


class Decided(NamedTuple):
    """What could be claimed, what could not, and what is."""

    claims: list[Claim]
    refusals: list[Refusal]
    groups: list[tuple[int, ...]]
    caps: list[Cap]
    choice: Choice

    @classmethod
    def of(
        cls,
        engine: Engine,
        firm: Firm,
        year: int,
        exact: bool = False,
        why: bool = True,
        known: Known | None = None,
        claiming: Claiming | None = None,
    ) -> Decided:
        claims, refusals = engine.claims(firm, year, why=why, claiming=claiming)
        groups = cliques(claims)
        caps = engine.caps_over(claims, firm, year)
        return cls(claims, refusals, groups, caps, _choose(engine, claims, groups, caps, exact, known))


def assess_once(engine: Engine, firm: Firm, year: int, exact: bool = False, claiming: Claiming | None = None) -> Answer:
    """The answer under the readings chosen, without the other readings; with `claiming`, to an application that claims only that."""
    claims, refusals, groups, caps, choice = Decided.of(engine, firm, year, exact, claiming=claiming)
    filled = Ledger(claims, caps).fill(choice.made)
    by_line: dict[int, list[Paid]] = {}
    spent: list[Refusal] = []
    for number, row in filled.items():
        claim = claims[number]
        for part, (amount, held) in zip(claim.parts, row, strict=True):
            cap = caps[held] if held is not None else None
            if amount > 0:
                by_line.setdefault(part.line.order, []).append(Paid(claim.fact, amount, claim, part, cap))
            elif part.due > 0:
                spent.append(Refusal(claim.fact, part.line, "limit", claim=claim, limit=cap))
            else:
                spent.append(Refusal(claim.fact, part.line, "received", claim=claim))
    benefits = tuple(Entitlement(engine.lines[order], sum(p.amount for p in paid), tuple(paid)) for order, paid in sorted(by_line.items()))
    refused = [
        *_unless_paid(refusals, benefits),
        *spent,
        *_lost(claims, groups, caps, {number: sum(a for a, _ in row) for number, row in filled.items()}),
    ]
    refused.sort(key=lambda r: (r.fact.date, r.fact.id, r.line.order))
    return Answer(engine, firm, year, choice.total, benefits, tuple(refused), (), choice.bound, tuple(caps), tuple(claims), choice.made)


def _choose(
    engine: Engine, claims: Sequence[Claim], groups: Sequence[tuple[int, ...]], caps: Sequence[Cap], exact: bool, known: Known | None
) -> Choice:
    if any(policy.settings.choice == "largest first" for policy in engine.policies):
        return largest_first(claims, groups, caps)
    return choose(claims, groups, caps, exact, known)


def _unless_paid(refusals: Sequence[Refusal], benefits: Sequence[Entitlement]) -> list[Refusal]:
    """A fact that is paid is not refused because another benefit was never meant for it; one that it misses by a margin is said."""
    paid = {p.fact.id for entitlement in benefits for p in entitlement.paid}
    return [refusal for refusal in refusals if refusal.fact.id not in paid or _worth_saying(refusal)]


def _worth_saying(refusal: Refusal) -> bool:
    if refusal.reason == "condition":
        return bool(refusal.failures) and all(failure.condition.measured for failure in refusal.failures)
    return refusal.reason not in ("eligible", "nothing")


def _lost(claims: Sequence[Claim], groups: Sequence[tuple[int, ...]], caps: Sequence[Cap], amounts: Mapping[int, int]) -> list[Refusal]:
    """The claims that were not made, each with the claim that won over it."""
    if len(amounts) == len(claims):
        return []
    winner: dict[int, int] = {}
    for group in groups:
        held = [number for number in group if number in amounts]
        for number in group:
            if number not in amounts and held and held[0] < winner.get(number, len(claims)):
                winner[number] = held[0]
    left: dict[tuple[int, int], int] = {}
    for cap in caps:
        for member in cap.members:
            left[member] = min(cap.left, left.get(member, cap.left))
    said = {(claims[number].fact.id, part.line.order) for number in amounts for part in claims[number].parts}
    lost = []
    for number, claim in enumerate(claims):
        won = winner.get(number)
        for place, part in enumerate(claim.parts):
            if number in amounts or (claim.fact.id, part.line.order) in said:
                continue
            said.add((claim.fact.id, part.line.order))
            worth = min(part.due, left.get((number, place), part.due))
            won_claim, won_paid = (claims[won], amounts[won]) if won is not None else (None, 0)
            reason = _why_lost(claim, part, won_claim)
            lost.append(Refusal(claim.fact, part.line, reason, claim=claim, won=won_claim, worth=worth, won_paid=won_paid))
    return lost


def _why_lost(claim: Claim, part: Part, won: Claim | None) -> str:
    """Whether the matter serves another claim, the benefit is paid once, or its limit leaves nothing beside the other parts."""
    if won is None:
        return "overlap"
    if won.fact is claim.fact and won.parts[0].line.bundle == part.line.bundle and won.parts[0].line.policy is part.line.policy:
        return "once" if part.line.benefit.once else "limit"
    return "overlap" if any(overlap(mine, theirs) for mine in claim.fact.matter for theirs in won.fact.matter) else "once"


def total_if_claimed(answer: Answer, refusal: Refusal) -> int:
    """The best total, in fen, if a claim that lost were made all the same: how much was chosen over it."""
    assert refusal.claim is not None
    forced = answer.claims.index(refusal.claim)
    against = {number for group in cliques(answer.claims) if forced in group for number in group if number != forced}
    claims = [claim for number, claim in enumerate(answer.claims) if number not in against]
    return choose(claims, cliques(claims), answer.engine.caps_over(claims, answer.firm, answer.year)).total


class _Variant:
    """The policies with one question settled otherwise, and a quick test of whether that can reach a firm."""

    def __init__(self, base: Engine, policy: Policy, reading: str, other: str, changed: Sequence[Policy]):
        self.policy, self.reading, self.other = policy, reading, other
        self.engine = Engine(changed)
        old = next(p for p in base.policies if p.id == policy.id)
        new = next(p for p in self.engine.policies if p.id == policy.id)
        before = {benefit.id: benefit for benefit in old.benefits}
        self._old, self._new = old.settings, new.settings
        self._beyond = (old.limits, old.term, old.eligible) != (new.limits, new.term, new.eligible)
        self._types = frozenset(b.on for b in new.benefits if _money(b) != _money(before[b.id]))
        # What a changed once-only rule or limit does shows where claims meet; a changed rate or condition in the claims themselves.
        self._excluding = frozenset(b.id for b in new.benefits if (b.once, b.beside) != (before[b.id].once, before[b.id].beside))
        self._limited = frozenset(b.id for b in new.benefits if b.limits != before[b.id].limits)
        # Facts that several computed amounts compete for: what one comes to may be hidden behind another that is paid.
        computed = [b.on for b in new.benefits if not isinstance(b.pays, Fixed)]
        self._crowded = frozenset(name for name in computed if computed.count(name) > 1)

    def reaches(self, firm: Firm, year: int, answer: Answer) -> bool:
        """Whether the total could differ; False only where it cannot."""
        return self._beyond or self._settings_reach(firm, year, answer) or self._benefits_reach(firm, year, answer)

    def _benefits_reach(self, firm: Firm, year: int, answer: Answer) -> bool:
        if self._types.isdisjoint(fact.type for fact in firm.facts):
            return False
        if len(self._claims_of(self._excluding, answer)) > 1:
            return True
        claims, _ = self.engine.claims(firm, year, self._types, why=False)
        if self._worth(claims, self._types) != self._worth(answer.claims, self._types):
            return True
        limited = self._claims_of(self._limited, answer)
        held = any(number in limited for cap in answer.caps for number, _ in cap.members)
        return bool(limited) and (held or bool(self.engine.caps_over(claims, firm, year)))

    @staticmethod
    def _claims_of(benefits: frozenset[str], answer: Answer) -> set[int]:
        return {number for number, claim in enumerate(answer.claims) if any(part.line.benefit.id in benefits for part in claim.parts)}

    def _worth(self, claims: Sequence[Claim], types: frozenset[str]) -> list[tuple[str, list[tuple[str, int]]]]:
        return [
            (claim.fact.id, [(part.line.benefit.id, part.due) for part in claim.parts])
            for claim in claims
            if claim.fact.type in types and claim.parts[0].line.policy.id == self.policy.id
        ]

    def _settings_reach(self, firm: Firm, year: int, answer: Answer) -> bool:
        old, new = self._old, self._new
        if old.choice != new.choice and len(answer.made) != len(answer.claims):
            return True
        if old.rounding != new.rounding:
            if any(part.exact != part.rounded for claim in answer.claims for part in claim.parts):
                return True
            if any(refusal.reason in ("nothing", "received") for refusal in answer.refused):
                return True
            if not self._crowded.isdisjoint(fact.type for fact in firm.facts):
                claims, _ = self.engine.claims(firm, year, self._crowded, why=False)
                if self._worth(claims, self._crowded) != self._worth(answer.claims, self._crowded):
                    return True
        if old.year_starts != new.year_starts:
            low, high = sorted((old.year_starts, new.year_starts))
            return any(low <= (day.month, day.day) < high for day in _days(firm))
        return False


def _money(benefit: Benefit) -> tuple[object, ...]:
    """What of a benefit a firm's own amount depends on; quotas and pools are the city's."""
    return benefit.on, benefit.of, benefit.where, benefit.pays, benefit.limits, benefit.once, benefit.beside


def _days(firm: Firm) -> Iterator[date]:
    for fact in firm.facts:
        yield fact.date
    for item in firm.received:
        yield item.date


class Assessor:
    """Policies with their decisions, ready to assess firm after firm, other readings included."""

    def __init__(self, policies: Sequence[Policy], others: Sequence[tuple[Policy, str, str, Sequence[Policy]]] = ()):
        self.engine = Engine(policies)
        self.variants = [_Variant(self.engine, *other) for other in others]

    def assess(self, firm: Firm, year: int, exact: bool = False, readings: bool = True) -> Answer:
        """The answer for a firm, with every reading that would change its total."""
        answer = assess_once(self.engine, firm, year, exact)
        found = []
        for variant in self.variants if readings else ():
            if not variant.reaches(firm, year, answer):
                continue
            other = Decided.of(variant.engine, firm, year, exact, why=False).choice.total
            if other != answer.total:
                chosen = variant.policy.chosen[variant.reading]
                found.append(OtherReading(variant.policy, variant.reading, chosen, variant.other, other))
        return replace(answer, readings=tuple(found)) if found else answer
