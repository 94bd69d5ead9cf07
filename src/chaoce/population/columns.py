"""Rules read into columns: an expression of the tree becomes a Polars expression over a frame of facts, exact in whole numbers.

A number is a whole number of parts: `numerator / over`, both 64-bit integers, with the largest that it can be. What could grow
beyond 64 bits, or has no exact form in columns, raises NotInColumns; the firms that it reaches go to the one-firm reader.
Null stands for what is not stated: as there, it never counts as false or zero, and `and`, `or` decide around it.

The frame has the fields of the fact by name (money in fen, quantities in millionths), those of the firm as `firm.<name>`,
the date as `date`, the number of the firm as `#firm` and the calendar year as `#year`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import Any, ClassVar, NamedTuple

import polars as pl

from chaoce.rules import expr as x
from chaoce.rules.evaluate import series_of

#: The largest fen, count or millionths that columns compute with; a firm with a larger one is read by itself.
LARGEST = 10**13
#: How many parts of one a quantity is counted in.
MILLIONTHS = 10**6
_WORD = 2**63 - 1


class NotInColumns(Exception):
    """The rule has no exact form in columns; the one-firm reader computes it."""


class Number(NamedTuple):
    """An exact number in columns: `top / over`, never beyond `most / over` either side of zero."""

    top: pl.Expr
    over: int
    most: int

    @classmethod
    def of(cls, value: int | Fraction) -> Number:
        exact = Fraction(value)
        return cls(pl.lit(exact.numerator, dtype=pl.Int64), exact.denominator, _fits(abs(exact.numerator)))

    def times(self, factor: int | Fraction) -> Number:
        exact = Fraction(self.over, 1)
        exact = Fraction(factor) / exact
        most = _fits(self.most * abs(exact.numerator))
        return Number(self.top * exact.numerator if exact.numerator != 1 else self.top, exact.denominator, most)

    def in_parts(self, over: int) -> Number:
        """The same number in finer parts."""
        factor = over // self.over
        return self if factor == 1 else Number(self.top * factor, over, _fits(self.most * factor))


def _fits(most: int) -> int:
    if most > _WORD:
        raise NotInColumns
    return most


def alike(one: Number, other: Number) -> tuple[Number, Number]:
    """Two numbers in the same parts."""
    over = lcm(one.over, other.over)
    return one.in_parts(over), other.in_parts(over)


def add(one: Number, other: Number) -> Number:
    """The sum of two numbers."""
    one, other = alike(one, other)
    return Number(one.top + other.top, one.over, _fits(one.most + other.most))


class _Quotient(NamedTuple):
    """A number over a number that is above zero, or null."""

    top: Number
    under: Number


def _above_zero(value: Number) -> Number:
    return value._replace(top=pl.when(value.top > 0).then(value.top))


def word(node: x.Expr) -> pl.Expr:
    """A text, a choice or a date; raises NotInColumns."""
    if isinstance(node, x.Literal) and isinstance(node.value, str | date):
        return pl.lit(node.value)
    if isinstance(node, x.FactDate):
        return pl.col("date")
    if isinstance(node, x.FactField | x.FirmField) and node.field.kind in ("text", "choice", "date"):
        return _field(node)
    raise NotInColumns


def firm_fields(node: x.Expr | None) -> frozenset[str]:
    """The fields of the firm that an expression reads."""
    return frozenset(part.field.name for part in node.walk() if isinstance(part, x.FirmField)) if node is not None else frozenset()


def same_series(node: x.Expr) -> list[str]:
    """The columns by which the facts of one series are found."""
    series = series_of(node)
    return ["#firm"] if series is None else ["#firm", series]


def _field(node: x.FactField | x.FirmField) -> pl.Expr:
    return pl.col(f"firm.{node.field.name}" if isinstance(node, x.FirmField) else node.field.name)


_COMPARE: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_TURNED: Mapping[x.Comparator, x.Comparator] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


class Columns:
    """Reads expressions; what looks at other facts of the series is computed step by step before what reads it.

    `steps` are columns to be added to the frame one after the other; the expressions that are handed out read them by name. `held`
    are titles and the like that the firm holds from a day on, which stand in the columns `#held0`, `#held1` and so on. `series` is
    that of the type of fact.
    """

    def __init__(self, series: str | None = None) -> None:
        self.series = series
        self.steps: list[pl.Expr] = []
        self.held: list[x.Holds] = []

    def step(self, value: pl.Expr) -> pl.Expr:
        name = f"#step{len(self.steps)}"
        self.steps.append(value.alias(name))
        return pl.col(name)

    def one_a_year(self, node: x.Expr) -> list[str]:
        """The columns within which there is one fact a year; raises NotInColumns where an expression reads only the firm."""
        if series_of(node) is None and self.series != "firm":
            raise NotInColumns
        return same_series(node)

    def number(self, node: x.Expr) -> Number:
        """An expression of kind money or number; raises NotInColumns."""
        reader = self._NUMBERS.get(type(node))
        if reader is None:
            raise NotInColumns
        return reader(self, node)

    def flag(self, node: x.Expr) -> pl.Expr:
        """A condition: true, false, or null where something that it reads is not stated; raises NotInColumns."""
        reader = self._FLAGS.get(type(node))
        if reader is None:
            raise NotInColumns
        return reader(self, node)

    def _field_number(self, node: x.FactField | x.FirmField) -> Number:
        if node.field.kind == "quantity":
            return Number(_field(node).cast(pl.Int64, strict=False), MILLIONTHS, LARGEST)
        if node.field.kind not in ("money", "count"):
            raise NotInColumns
        return Number(_field(node), 1, LARGEST)

    def _literal_number(self, node: x.Literal) -> Number:
        if isinstance(node.value, bool) or not isinstance(node.value, int | Fraction):
            raise NotInColumns
        return Number.of(node.value)

    def _table(self, node: x.Table) -> Number:
        values = {key: Fraction(value) for key, value in node.rows}
        over = lcm(*(value.denominator for value in values.values())) if values else 1
        tops = {key: int(value * over) for key, value in values.items()}
        picked = word(node.by).replace_strict(tops, default=None, return_dtype=pl.Int64)
        return Number(picked, over, _fits(max((abs(top) for top in tops.values()), default=0)))

    def _arithmetic(self, node: x.Arithmetic) -> Number:
        if node.op == "/":
            if isinstance(node.right, x.Literal) and isinstance(node.right.value, int | Fraction) and node.right.value:
                return self.number(node.left).times(1 / Fraction(node.right.value))
            raise NotInColumns
        one, other = self.number(node.left), self.number(node.right)
        if node.op == "*":
            return Number(one.top * other.top, one.over * other.over, _fits(one.most * other.most))
        return add(one, other if node.op == "+" else Number(-other.top, other.over, other.most))

    def _last_year(self, node: x.Expr) -> Number:
        """The value in the fact of the year before: a series has one fact a year, so it stands right before in order of years."""
        own, keys = self.number(node), self.one_a_year(node)
        before = own.top.shift(1).over(keys, order_by="#year")
        year = pl.col("#year").shift(1).over(keys, order_by="#year")
        return own._replace(top=self.step(pl.when(year == pl.col("#year") - 1).then(before)))

    def _years_since(self, node: x.YearsSince) -> Number:
        day, own = word(node.day), pl.col("date")
        short = (own.dt.month() < day.dt.month()) | ((own.dt.month() == day.dt.month()) & (own.dt.day() < day.dt.day()))
        return Number((own.dt.year() - day.dt.year()).cast(pl.Int64) - short.cast(pl.Int64), 1, 10**4)

    def _quotient(self, node: x.Expr) -> _Quotient | None:
        """What is compared as a quotient: growth, and a division by something that is not a constant."""
        if isinstance(node, x.Growth):
            now, before = alike(self.number(node.of), self._last_year(node.of))
            return _Quotient(add(now, before._replace(top=-before.top)), _above_zero(before))
        if isinstance(node, x.Arithmetic) and node.op == "/" and not isinstance(node.right, x.Literal):
            top, under = alike(self.number(node.left), self.number(node.right))
            # Values of facts are never below zero, so a divisor that is not zero is above it; a difference may be.
            if any(isinstance(part, x.Arithmetic) and part.op == "-" for part in node.right.walk()):
                raise NotInColumns
            return _Quotient(top, _above_zero(under))
        return None

    def _compare(self, node: x.Compare) -> pl.Expr:
        op: x.Comparator = node.op
        left, right = node.left, node.right
        if left.type not in ("money", "number"):
            if left.type == "flag":
                return _COMPARE[op](self.flag(left), self.flag(right))
            return _COMPARE[op](word(left), word(right))
        quotient = self._quotient(left)
        if quotient is None and (quotient := self._quotient(right)) is not None:
            op, right = _TURNED[op], left
        if quotient is not None:
            # a / b <op> c is a <op> c * b, as b is above zero; where b is null so is all.
            factor, under = self.number(right), quotient.under
            product = Number(factor.top * under.top, factor.over * under.over, _fits(factor.most * under.most))
            one, other = alike(quotient.top, product)
            return _COMPARE[op](one.top, other.top)
        one, other = alike(self.number(left), self.number(right))
        return _COMPARE[op](one.top, other.top)

    def _within(self, node: x.Within) -> pl.Expr:
        return word(node.item).is_in(list(node.values))

    def _both(self, node: x.Both) -> pl.Expr:
        return reduce(operator.and_, [self.flag(part) for part in node.parts])

    def _either(self, node: x.Either) -> pl.Expr:
        return reduce(operator.or_, [self.flag(part) for part in node.parts])

    def _negation(self, node: x.Negation) -> pl.Expr:
        return ~self.flag(node.part)

    def _first(self, node: x.First) -> pl.Expr:
        """It holds, and this is the earliest year in which it held; a year of which it cannot be said did not hold."""
        holds = self.step(self.flag(node.condition))
        earliest = self.step(pl.col("#year").filter(holds.fill_null(False)).min().over(same_series(node.condition)))
        return pl.when(holds).then(earliest >= pl.col("#year")).otherwise(holds)

    def _holds(self, node: x.Holds) -> pl.Expr:
        if node not in self.held:
            self.held.append(node)
        return (pl.col(f"#held{self.held.index(node)}") <= pl.col("date")).fill_null(False)

    def _flag_field(self, node: x.FactField | x.FirmField) -> pl.Expr:
        return _field(node)

    def _literal_flag(self, node: x.Literal) -> pl.Expr:
        if not isinstance(node.value, bool):
            raise NotInColumns
        return pl.lit(node.value)

    _NUMBERS: ClassVar[Mapping[type, Callable[[Any, Any], Number]]] = {
        x.Literal: _literal_number,
        x.FactField: _field_number,
        x.FirmField: _field_number,
        x.Table: _table,
        x.Arithmetic: _arithmetic,
        x.Previous: lambda self, node: self._last_year(node.of),
        x.YearsSince: _years_since,
    }
    _FLAGS: ClassVar[Mapping[type, Callable[[Any, Any], pl.Expr]]] = {
        x.Literal: _literal_flag,
        x.FactField: _flag_field,
        x.FirmField: _flag_field,
        x.Compare: _compare,
        x.Within: _within,
        x.Both: _both,
        x.Either: _either,
        x.Negation: _negation,
        x.First: _first,
        x.Holds: _holds,
    }
