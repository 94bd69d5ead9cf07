"""Facts × rules: which benefit could pay which fact, how much, and why not.

A claim is what one policy would pay for one fact: usually one benefit, or several that are paid beside each other for the
same matter. What overlapping matters have received is already taken off.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from typing import Any, NamedTuple

from chaoce.dates import year_of
from chaoce.facts.firm import Fact, Firm, Received
from chaoce.facts.matter import overlap
from chaoce.marked import Names
from chaoce.money import round_down, round_half_up
from chaoce.policy.decisions import undecided
from chaoce.policy.model import Policy
from chaoce.rules import expr as x
from chaoce.rules.evaluate import Evaluate, Unstated, evaluate, exact
from chaoce.rules.settle import undecided as names_undecided
from chaoce.rules.tree import Benefit, Limit, Pay, Uplift
from chaoce.rules.words import both, say

#: What an application claims: (policy, benefit, fact id).
Claiming = Container[tuple[str, str, str]]


class Condition:
    """A condition of a rule, ready to be tested and to be said."""

    def __init__(self, tree: x.Expr):
        self.tree = tree
        self.holds = evaluate(tree)

    @cached_property
    def measured(self) -> bool:
        """Whether it can be missed by a margin: an amount, a number, a first time."""
        tree = self.tree
        return isinstance(tree, x.First) or (isinstance(tree, x.Compare) and tree.left.type in ("money", "number"))

    @cached_property
    def code(self) -> str:
        return say(self.tree, "code")

    @cached_property
    def names(self) -> Names:
        return both(self.tree)


class Failure(NamedTuple):
    """A condition that does not hold: which, and the name of what is not stated if that is why."""

    condition: Condition
    unstated: str | None


class Refusal(NamedTuple):
    """Why a benefit pays nothing for a fact.

    reason: term, eligible, condition, undecided, nothing (the amount is zero), received, once, overlap, limit; and base, of an
    application that claims what is paid on top of another benefit (`names`) without that one. Of an overlap, `worth` is what the
    refused benefit could have paid and `won_paid` what the winning claim is paid, in fen.
    """

    fact: Fact
    line: Line
    reason: str
    failures: tuple[Failure, ...] = ()
    names: tuple[str, ...] = ()
    claim: Claim | None = None
    won: Claim | None = None
    limit: Cap | None = None
    worth: int = 0
    won_paid: int = 0


@dataclass(frozen=True, eq=False)
class Line:
    """One benefit made ready to compute; `order` is its place over all policies assessed together."""

    order: int
    policy: Policy
    benefit: Benefit
    conditions: tuple[Condition, ...]
    titles: frozenset[str] | None
    by: str | None
    exact: Evaluate | None
    item_limits: tuple[Callable[[Fact, Firm], int | None], ...]
    undecided: tuple[str, ...]
    bundle: int
    ceiling: bool
    fields: tuple[str, ...]


class Part(NamedTuple):
    """What one benefit gives within a claim, in fen: after its item limit, and what is due after received support."""

    line: Line
    exact: int | Fraction
    rounded: int
    limited: int
    due: int


class Claim(NamedTuple):
    """What one policy would pay for one fact."""

    fact: Fact
    parts: tuple[Part, ...]
    received: int
    due: int

    @property
    def order(self) -> int:
        return self.parts[0].line.order


@dataclass(frozen=True, eq=False)
class Cap:
    """A limit that binds several claims, with what is left of it: `members` are (claim index, part index) pairs."""

    limit: Limit
    policy: Policy
    used: int
    left: int
    members: tuple[tuple[int, int], ...]


class Engine:
    """Policies made ready to assess; build once, use for many firms."""

    def __init__(self, policies: Sequence[Policy]):
        self.policies = tuple(policies)
        self.lines: list[Line] = []
        self._by_type: dict[str, list[list[Line]]] = {}
        self._eligible: list[Condition | None] = []
        for place, policy in enumerate(self.policies):
            lines = self._lines_of(policy)
            self._eligible.append(Condition(policy.eligible) if policy.eligible is not None else None)
            for line in lines:
                per_policy = self._by_type.setdefault(line.benefit.on, [[] for _ in self.policies])
                per_policy[place].append(line)
            self.lines.extend(lines)
        self._round = [round_down if p.settings.rounding == "down" else round_half_up for p in self.policies]
        self.caps = [(limit, policy) for policy in self.policies for limit in _firm_limits(policy)]
        self.caps_of = {
            (policy.id, benefit): [
                (index, evaluate(limit.when) if limit.when is not None else None)
                for index, (limit, owner) in enumerate(self.caps)
                if owner is policy and benefit in limit.over
            ]
            for policy in self.policies
            for benefit in [b.id for b in policy.benefits]
        }
        self.shared_items = [tuple(limit for limit in policy.limits if limit.per == "item") for policy in self.policies]
        self.starts = [policy.settings.year_starts for policy in self.policies]

    def _lines_of(self, policy: Policy) -> list[Line]:
        benefits = {benefit.id: benefit for benefit in policy.benefits}
        bundles = _bundles(policy.benefits)
        return [
            _line(len(self.lines) + place, policy, benefit, benefits, bundles[benefit.id]) for place, benefit in enumerate(policy.benefits)
        ]

    def claims(
        self, firm: Firm, year: int, types: Container[str] | None = None, why: bool = True, claiming: Claiming | None = None
    ) -> tuple[list[Claim], list[Refusal]]:
        """Every claim that could be made for the year (of facts of some types only), and every refusal, before claims meet.

        Without `why` the refusals do not say which conditions fail. With `claiming` nothing else is claimed or refused than what
        it holds: an application claims some benefits for some facts, while conditions still read all facts, and what the matter
        has received for a benefit that may be paid beside is not taken off what is claimed now (`_Share`).
        """
        claims: list[Claim] = []
        refusals: list[Refusal] = []
        for fact in firm.facts:
            per_policy = self._by_type.get(fact.type)
            if per_policy is None or (types is not None and fact.type not in types):
                continue
            for place, lines in enumerate(per_policy):
                share = None
                if claiming is not None:
                    mine = [line for line in lines if (line.policy.id, line.benefit.id, fact.id) in claiming]
                    share = _Share(fact, firm, [line for line in lines if line not in mine], mine) if mine else None
                    lines = mine
                if lines and year_of(fact.date, self.starts[place]) == year:
                    self._claim(fact, firm, place, lines, claims, refusals, why, share)
        return claims, refusals

    def _claim(
        self,
        fact: Fact,
        firm: Firm,
        place: int,
        lines: list[Line],
        claims: list[Claim],
        refusals: list[Refusal],
        why: bool,
        share: _Share | None,
    ) -> None:
        """What one policy gives for one fact; of an application, for its share of the benefits."""
        first, last = self.policies[place].term
        in_term = first <= fact.date <= last
        eligible = self._eligible[place]
        barred = None
        if in_term and eligible is not None and not _holds(eligible.holds, fact, firm):
            barred = _failures((eligible,), fact, firm)
        bundles: dict[int, list[Part]] = {}
        for line in lines:
            if line.titles is not None and fact.values[line.by] not in line.titles:  # type: ignore[index]
                continue
            if not in_term:
                refusals.append(Refusal(fact, line, "term"))
            elif barred is not None:
                refusals.append(Refusal(fact, line, "eligible", barred))
            elif share is not None and (lacking := share.lacks(line)):
                refusals.append(Refusal(fact, line, "base", names=lacking))
            else:
                part = self._part(fact, firm, place, line, why)
                if isinstance(part, Refusal):
                    refusals.append(part)
                else:
                    bundles.setdefault(line.bundle, []).append(part)
        received = _received(fact, firm.received) if firm.received and bundles else 0
        for parts in bundles.values():
            before = self._before(fact, firm, place, parts[0].line.bundle, share) if share is not None and received else []
            whole = self._together(fact, parts, place, received, share, before)
            if whole.due == 0:
                refusals.extend(Refusal(fact, part.line, "received", claim=whole) for part in whole.parts)
                continue
            claims.append(whole)
            for some in self._less(parts, share):
                claim = self._together(fact, some, place, received, share, before)
                if claim.due > 0:
                    claims.append(claim)

    def _before(self, fact: Fact, firm: Firm, place: int, bundle: int, share: _Share) -> list[Part]:
        """What the benefits that an application leaves out give for its fact, of those beside it that the matter has received."""
        parts = (
            self._part(fact, firm, place, line, why=False, again=True)
            for line in share.others
            if line.bundle == bundle and line.order in share.own and (line.titles is None or fact.values[line.by] in line.titles)  # type: ignore[index]
        )
        return [part for part in parts if isinstance(part, Part)]

    def _together(
        self, fact: Fact, parts: list[Part], place: int, received: int, share: _Share | None = None, before: Sequence[Part] = ()
    ) -> Claim:
        """One claim of several parts: after the limits that they share in the item, and after what its matter has received."""
        shared = self.shared_items[place]
        if shared or received:
            every = sorted((*parts, *before), key=lambda part: part.line.order)
            limits = [limit for limit in shared if any(part.line.benefit.id in limit.over for part in every)]
            if share is not None and received and share.own:
                parts = share.due(_due(every, limits, 0), frozenset(part.line.order for part in parts), received)
            else:
                parts = _due(every, limits, received)
        return Claim(fact, tuple(parts), received, sum(part.due for part in parts))

    def _less(self, parts: list[Part], share: _Share | None) -> Iterator[list[Part]]:
        """The claims of fewer parts, where leaving one out can be worth it: it is paid once, or held by a limit over several facts."""
        if len(parts) == 1 or not any(part.line.benefit.once or self.caps_of[part.line.policy.id, part.line.benefit.id] for part in parts):
            return
        for size in range(len(parts) - 1, 0, -1):
            for some in combinations(parts, size):
                named = {part.line.benefit.id for part in some}.union(share.received if share is not None else ())
                if all(pay.benefit in named for part in some for pay in part.line.benefit.pays.walk() if isinstance(pay, Uplift)):
                    yield list(some)

    def _part(self, fact: Fact, firm: Firm, place: int, line: Line, why: bool, again: bool = False) -> Part | Refusal:
        """What one benefit gives for one fact, or why nothing; `again` asks also where it is paid once and was."""
        for condition in line.conditions:
            if not _holds(condition.holds, fact, firm):
                return Refusal(fact, line, "condition", _failures(line.conditions, fact, firm) if why else ())
        if line.exact is None:
            unstated = tuple(name for name in line.fields if name not in fact.values)[:1]
            return Refusal(fact, line, "condition", names=unstated) if unstated else Refusal(fact, line, "undecided", names=line.undecided)
        if firm.received and not again and line.benefit.once == "firm" and any(_is_for(item, line) for item in firm.received):
            return Refusal(fact, line, "once")
        try:
            for _, when in self.caps_of[line.policy.id, line.benefit.id]:
                if when is not None:
                    when(fact, firm)  # a limit that may or may not hold is not taken to be absent
            worth = line.exact(fact, firm)
            rounded = self._round[place](worth) if type(worth) is Fraction else max(0, worth)
            limited = rounded
            for limit in line.item_limits:
                most = limit(fact, firm)
                if most is not None and most < limited:
                    limited = most
        except Unstated as missing:
            return Refusal(fact, line, "condition", names=(missing.name,))
        if limited == 0:
            return Refusal(fact, line, "nothing")
        return Part(line, worth, rounded, limited, limited)

    def caps_over(self, claims: Sequence[Claim], firm: Firm, year: int) -> list[Cap]:
        """The limits over several claims that bind: those that leave less than all that could be claimed under them."""
        members: dict[tuple[int, Any], list[tuple[int, int]]] = {}
        for number, claim in enumerate(claims):
            for part_number, part in enumerate(claim.parts):
                for index, when in self.caps_of[part.line.policy.id, part.line.benefit.id]:
                    if when is None or when(claim.fact, firm):
                        per = self.caps[index][0].per
                        key = None if per == "firm" else claim.fact.values.get(per)
                        members.setdefault((index, key), []).append((number, part_number))
        found = []
        for (index, key), held in members.items():
            limit, policy = self.caps[index]
            used = sum(item.amount for item in _counted(firm, limit, policy, year) if _in_group(item, limit, policy, key, firm))
            left = max(0, limit.amount - used)  # type: ignore[operator]
            if sum(claims[number].parts[part].due for number, part in held) > left:
                found.append(Cap(limit, policy, used, left, tuple(held)))
        return found


class _Share:
    """The share of a policy's benefits that an application claims for one fact, beside what the same matter has received before.

    Benefits that are paid beside each other may be claimed in several applications, one after the other. What was received for
    one of them by name is taken off that one first, so that it neither lessens what is claimed beside it nor is paid once more;
    the rest is taken off the others that were received, then off what is claimed, in the plan's order. All claims together come
    to what one claim of all of them gives.
    """

    def __init__(self, fact: Fact, firm: Firm, others: Sequence[Line], claimed: Sequence[Line]):
        self.others = others
        self.own: dict[int, int] = {}
        items = [item for item in firm.received if any(overlap(item.matter, matter) for matter in fact.matter)]
        for line in (*others, *claimed) if items else ():
            amounts = [item.amount for item in items if _is_for(item, line)]
            if amounts:
                self.own[line.order] = sum(amounts)
        self.received = frozenset(line.benefit.id for line in others if line.order in self.own)
        self._claimed = frozenset(line.benefit.id for line in claimed)

    def lacks(self, line: Line) -> tuple[str, ...]:
        """The benefits on top of which a line is paid that are neither claimed nor received."""
        bases = (pay.benefit for pay in line.benefit.pays.walk() if isinstance(pay, Uplift))
        return tuple(base for base in dict.fromkeys(bases) if base not in self._claimed and base not in self.received)

    def due(self, parts: Sequence[Part], claimed: frozenset[int], received: int) -> list[Part]:
        """Of parts after their limits those that are claimed, after received support."""
        rest = received
        taken = {}
        for part in parts:
            taken[part.line.order] = min(part.limited, self.own.get(part.line.order, 0), rest)
            rest -= taken[part.line.order]
        for part in sorted(parts, key=lambda part: part.line.order in claimed):
            more = min(part.limited - taken[part.line.order], rest)
            taken[part.line.order] += more
            rest -= more
        return [part._replace(due=part.limited - taken[part.line.order]) for part in parts if part.line.order in claimed]


def _line(order: int, policy: Policy, benefit: Benefit, benefits: Mapping[str, Benefit], bundle: int) -> Line:
    missing = undecided(benefit)
    settled = [part for part in x.conjuncts(benefit.where) if not names_undecided(part)]
    return Line(
        order=order,
        policy=policy,
        benefit=benefit,
        conditions=tuple(Condition(part) for part in settled),
        titles=frozenset(benefit.of) if benefit.of is not None else None,
        by=policy.types.types[benefit.on].by,
        exact=None if missing else exact(benefit.pays, benefits),
        item_limits=() if missing else tuple(_item_limit(limit) for limit in benefit.item_limits()),
        undecided=missing,
        bundle=bundle,
        ceiling=benefit.ceiling or any(isinstance(pay, Uplift) and benefits[pay.benefit].ceiling for pay in benefit.pays.walk()),
        fields=_fields(benefit.pays),
    )


def _fields(pays: Pay) -> tuple[str, ...]:
    """The fields of the fact that an amount is reckoned on."""
    trees = (getattr(pay, name, None) for pay in pays.walk() for name in ("base", "count", "on", "by"))
    found = (part.field.name for tree in trees if isinstance(tree, x.Expr) for part in tree.walk() if isinstance(part, x.FactField))
    return tuple(dict.fromkeys(found))


def _item_limit(limit: Limit) -> Callable[[Fact, Firm], int | None]:
    when = evaluate(limit.when) if limit.when is not None else None
    base = evaluate(limit.base) if limit.base is not None else None
    amount = limit.amount

    def most(fact: Fact, firm: Firm) -> int | None:
        if when is not None and not when(fact, firm):
            return None
        return amount if base is None else round_down(Fraction(base(fact, firm) * amount))  # type: ignore[operator,return-value]

    return most


def _firm_limits(policy: Policy) -> list[Limit]:
    own = [limit for benefit in policy.benefits if not undecided(benefit) for limit in benefit.limits]
    return [limit for limit in (*own, *policy.limits) if limit.per != "item"]


def _bundles(benefits: Sequence[Benefit]) -> dict[str, int]:
    """Benefits that may be paid beside each other for one matter share a number."""
    number = {benefit.id: place for place, benefit in enumerate(benefits)}
    for benefit in benefits:
        for other in benefit.beside:
            mine, theirs = number[benefit.id], number[other]
            number = {name: mine if value == theirs else value for name, value in number.items()}
    return number


def _due(parts: list[Part], shared: Sequence[Limit], received: int) -> list[Part]:
    """The parts after limits that they share in this item, and after received support: taken off in the plan's order."""
    left = {limit.name: limit.amount for limit in shared}
    due = []
    for part in parts:
        amount = part.limited
        for limit in shared:
            if part.line.benefit.id in limit.over:
                amount = min(amount, left[limit.name])  # type: ignore[type-var,assignment]
        for limit in shared:
            if part.line.benefit.id in limit.over:
                left[limit.name] -= amount
        taken = min(amount, received)
        received -= taken
        due.append(part._replace(limited=amount, due=amount - taken))
    return due


def _counted(firm: Firm, limit: Limit, policy: Policy, year: int) -> Iterator[Received]:
    """The support received that counts against a limit."""
    for item in firm.received:
        if item.benefit in limit.over and item.policy in (None, policy.id):
            counted = item.year if item.year is not None else year_of(item.date, policy.settings.year_starts)
            if limit.span == "life" or counted == year:
                yield item


def _in_group(item: Received, limit: Limit, policy: Policy, key: Any, firm: Firm) -> bool:
    """Whether support received counts in this group of a limit per field: where its matter is, or everywhere if no fact shows.

    Only facts that the limit's benefits read can show it; a title that shares the matter says nothing of a field it does not have.
    """
    if limit.per == "firm":
        return True
    types = {benefit.on for benefit in policy.benefits if benefit.id in limit.over}
    own = [fact for fact in firm.facts if fact.type in types and any(overlap(item.matter, matter) for matter in fact.matter)]
    groups = {fact.values.get(limit.per) for fact in own}
    return key in groups or not groups


def _received(fact: Fact, received: Sequence[Received]) -> int:
    return sum(item.amount for item in received if any(overlap(item.matter, matter) for matter in fact.matter))


def _is_for(item: Received, line: Line) -> bool:
    return item.benefit == line.benefit.id and item.policy in (None, line.policy.id)


def _holds(condition: Evaluate, fact: Fact, firm: Firm) -> bool:
    try:
        return condition(fact, firm)
    except Unstated:
        return False


def _failures(conditions: Sequence[Condition], fact: Fact, firm: Firm) -> tuple[Failure, ...]:
    failures = []
    for condition in conditions:
        try:
            if not condition.holds(fact, firm):
                failures.append(Failure(condition, None))
        except Unstated as missing:
            failures.append(Failure(condition, missing.name))
    return tuple(failures)
