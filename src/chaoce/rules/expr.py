"""Expressions over a fact, its firm and its history: a small typed tree, frozen and pure.

Every node has a `type`: money (fen), number, flag, date, text or choice. The tree is data; the readers that evaluate,
explain or translate it live elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from typing import Literal as OneOf

from chaoce.facts.types import Field

Type = OneOf["money", "number", "flag", "date", "text", "choice"]
Comparator = OneOf["==", "!=", "<", "<=", ">", ">="]


class Expr:
    """A node of an expression."""

    type: Type

    def children(self) -> Iterator[Expr]:
        for field in fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            for part in value if isinstance(value, tuple) else (value,):
                if isinstance(part, Expr):
                    yield part

    def walk(self) -> Iterator[Expr]:
        yield self
        for child in self.children():
            yield from child.walk()


@dataclass(frozen=True)
class Literal(Expr):
    """A constant. Money is fen; `unit` is what the number counts: yuan, ratio (written with %), count, or none."""

    value: int | Fraction | str | bool | date
    type: Type
    unit: OneOf["yuan", "ratio", "count", "none"] = "none"


@dataclass(frozen=True)
class FactField(Expr):
    """A field of the fact; `series` is its fact type's, by which earlier years are found."""

    field: Field
    type: Type
    series: str | None = None


@dataclass(frozen=True)
class FactDate(Expr):
    """The fact's own date."""

    type: Type = "date"


@dataclass(frozen=True)
class FirmField(Expr):
    """A field of the firm, written `firm.…`."""

    field: Field
    type: Type


@dataclass(frozen=True)
class Param(Expr):
    """A value that the text leaves to the yearly decisions, written `param.…`; a table is looked up `by` an expression."""

    name: str
    type: Type
    by: Expr | None = None


@dataclass(frozen=True)
class Table(Expr):
    """A parameter's decided table, looked up by an expression; an entry that it lacks leaves the question unstated."""

    rows: tuple[tuple[str, int | Fraction], ...]
    by: Expr
    type: Type


@dataclass(frozen=True)
class Compare(Expr):
    op: Comparator
    left: Expr
    right: Expr
    type: Type = "flag"


@dataclass(frozen=True)
class Within(Expr):
    """The item is one of the values, written `resource in {intelligent, super}`."""

    item: Expr
    values: tuple[str, ...]
    type: Type = "flag"


@dataclass(frozen=True)
class Both(Expr):
    parts: tuple[Expr, ...]
    type: Type = "flag"


@dataclass(frozen=True)
class Either(Expr):
    parts: tuple[Expr, ...]
    type: Type = "flag"


@dataclass(frozen=True)
class Negation(Expr):
    part: Expr
    type: Type = "flag"


@dataclass(frozen=True)
class Arithmetic(Expr):
    op: OneOf["+", "-", "*", "/"]
    left: Expr
    right: Expr
    type: Type


@dataclass(frozen=True)
class Previous(Expr):
    """The value in the fact of the year before, of the same type and series."""

    of: Expr
    type: Type


@dataclass(frozen=True)
class Growth(Expr):
    """(this year's value - last year's) / last year's."""

    of: Expr
    type: Type = "number"


@dataclass(frozen=True)
class First(Expr):
    """The condition holds for this fact and held for none of its series in an earlier year (首次)."""

    condition: Expr
    type: Type = "flag"


@dataclass(frozen=True)
class YearsSince(Expr):
    """Whole years from a date to the date of the fact."""

    day: Expr
    type: Type = "number"


@dataclass(frozen=True)
class Holds(Expr):
    """The firm has, on the date of the fact, a fact of this type with one of these values in its `by` field."""

    fact_type: str
    by: str
    values: tuple[str, ...]
    type: Type = "flag"


def conjuncts(condition: Expr | None) -> tuple[Expr, ...]:
    """The conditions that must all hold, one by one."""
    if condition is None:
        return ()
    if isinstance(condition, Both):
        return tuple(part for whole in condition.parts for part in conjuncts(whole))
    return (condition,)
