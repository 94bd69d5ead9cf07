"""What a support policy pays: few shapes, as a typed, frozen tree. Amounts are fen, rates are fractions.

Pay        a rate of a base, a fixed amount, an amount per unit, progressive brackets, a ladder of steps, a choice by
           class, the least of several, a standard of another document, a raise, an uplift on another benefit
Benefit    a Pay with its conditions, limits, once-only, quota, pool, schedule and quotations
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any
from typing import Literal as OneOf

from chaoce.marked import Names
from chaoce.rules.expr import Expr

#: Fen or a rate as the text gives it, or the Param by which the yearly decisions will.
Amount = Any


class Pay:
    """What one fact is worth before limits."""

    at_most: bool = False

    def parts(self) -> Iterator[Pay]:
        for entry in fields(self):  # type: ignore[arg-type]
            value = getattr(self, entry.name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Pay):
                    yield part

    def walk(self) -> Iterator[Pay]:
        yield self
        for part in self.parts():
            yield from part.walk()

    @property
    def ceiling(self) -> bool:
        """Whether the text gives any of it as a ceiling (最高, 以内, 不高于) and no decision has settled it."""
        return any(part.at_most for part in self.walk())


@dataclass(frozen=True)
class Fixed(Pay):
    """An amount: 1000000."""

    amount: Amount
    at_most: bool = False


@dataclass(frozen=True)
class Rate(Pay):
    """A rate of a base: 50% of paid."""

    rate: Amount
    base: Expr
    at_most: bool = False


@dataclass(frozen=True)
class PerUnit(Pay):
    """An amount for each unit: 1000 per 件, 100 per ㎡ of area."""

    amount: Amount
    unit: str
    count: Expr | None = None
    at_most: bool = False


@dataclass(frozen=True)
class Bracket:
    """The rate for what lies above a threshold, in fen; a threshold that the text does not give is a parameter."""

    above: Amount
    rate: Fraction


@dataclass(frozen=True)
class Progressive(Pay):
    """Each rate for the part of the base above its threshold (超额累进)."""

    base: Expr
    brackets: tuple[Bracket, ...]
    at_most: bool = False


@dataclass(frozen=True)
class Step:
    """A step of a ladder: a threshold in fen or a class, and what reaching it gives; `over` asks for more than it (突破)."""

    at: Any
    amount: Amount
    over: bool = False


@dataclass(frozen=True)
class Ladder(Pay):
    """The amount of the highest step reached, where no earlier fact of the series reached it (首次).

    With `difference`, less what the highest step reached before gives (晋级差额, 累计).
    """

    on: Expr
    steps: tuple[Step, ...]
    difference: bool
    at_most: bool = False


@dataclass(frozen=True)
class ByClass(Pay):
    """What is paid depends on the class of the fact: by level, by rank, by role, by kind of hardware."""

    by: Expr
    classes: tuple[str, ...]
    pays: tuple[Pay, ...]


@dataclass(frozen=True)
class LeastOf(Pay):
    """The least of several amounts (double limits)."""

    options: tuple[Pay, ...]


@dataclass(frozen=True)
class Standard(Pay):
    """What a standard of another document gives for the base; it comes from the yearly decisions."""

    name: str
    base: Expr


@dataclass(frozen=True)
class Raised(Pay):
    """A raise of what is paid: by a rate (上浮5%, times 1.05) or by percentage points (提高2个百分点), always or on a condition."""

    pay: Pay
    by: Fraction
    points: bool
    when: Expr | None = None


@dataclass(frozen=True)
class Uplift(Pay):
    """A further award on what another benefit gives for the same fact (加奖): a rate of it, or points more on its rates."""

    by: Fraction
    points: bool
    benefit: str
    at_most: bool = False


@dataclass(frozen=True)
class Limit:
    """A sum that may not be exceeded: per item, per firm, or per value of a field; in a year or for life.

    `over` names the benefits that share it. A limit may be a share of a base (`base` with `amount` a Fraction) where it is
    per item. `when` restricts it to some facts.
    """

    name: str
    amount: Amount
    per: str
    span: OneOf["year", "life"]
    over: tuple[str, ...]
    base: Expr | None = None
    when: Expr | None = None
    quotes: tuple[str, ...] = ()
    line: int = 0


@dataclass(frozen=True)
class Quota:
    """At most so many a year over the whole city; `counting` says which facts use a place, `by` the field that ranks them."""

    count: int
    unit: str
    by: str | None = None
    counting: Expr | None = None


@dataclass(frozen=True)
class Pool:
    """A sum for all firms together, in fen: each year, or so much for each item granted (平均).

    `sharing` is None where nothing says how a sum that is too small is shared. A shared pool has a name and lies `over`
    several benefits or other pools; over nothing, it is a budget for things that this policy does not state.
    """

    amount: Amount
    sharing: OneOf["first come", "pro rata"] | None = None
    per: OneOf["year", "item"] = "year"
    name: str = ""
    over: tuple[str, ...] = ()
    title: Names | None = None
    clause: str = ""
    quotes: tuple[str, ...] = ()
    line: int = 0

    def holds(self, items: int) -> int:
        """What the pool holds, in fen, where so many items are granted."""
        assert isinstance(self.amount, int), "a pool whose amount is not decided holds nothing yet"
        return self.amount * items if self.per == "item" else self.amount


@dataclass(frozen=True)
class Source:
    """The rule of another policy that a standard was taken from: whether its text is a restatement, its amounts ceilings."""

    policy: str
    title: Names
    restated: bool
    ceiling: bool


@dataclass(frozen=True)
class Benefit:
    """One thing that a policy pays for (政策项), with the words of the text that it stands on."""

    id: str
    policy: str
    clause: str
    title: Names
    on: str
    of: tuple[str, ...] | None
    where: Expr | None
    pays: Pay
    limits: tuple[Limit, ...] = ()
    once: str | None = None
    beside: tuple[str, ...] = ()
    quota: Quota | None = None
    pool: Pool | None = None
    schedule: tuple[Fraction, ...] = ()
    params: Mapping[str, str] = field(default_factory=dict)
    review: Names | None = None
    quotes: tuple[str, ...] = ()
    respectively: str | None = None
    lead: str = ""
    joint: tuple[str, ...] = ()
    text_pays: Pay | None = None
    standard_of: Source | None = None
    sentence: str = ""
    translation: str = ""
    file: str = ""
    line: int = 0

    @property
    def ceiling(self) -> bool:
        """Whether what it pays is a ceiling of the text that no decision has settled."""
        return self.pays.ceiling

    @property
    def decided(self) -> bool:
        """Whether the year's decisions have settled what it pays; `text_pays` then keeps what the text gives."""
        return self.text_pays is not None

    def item_limits(self) -> tuple[Limit, ...]:
        return tuple(limit for limit in self.limits if limit.per == "item")
