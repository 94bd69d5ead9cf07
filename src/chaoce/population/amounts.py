"""What a benefit pays, read into columns: a settled tree of payments becomes whole fen for every fact of a frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from math import lcm
from typing import Any

import polars as pl

from chaoce.population.columns import Columns, NotInColumns, Number, add, alike, word
from chaoce.rules import expr as x
from chaoce.rules import tree as t
from chaoce.rules.settle import add_points, undecided


def fen(columns: Columns, pay: t.Pay, benefits: Mapping[str, t.Benefit], rounding: str) -> pl.Expr:
    """What a fact is worth in whole fen, rounded once and not below zero; null where it cannot be said. Raises NotInColumns."""
    exact = amount(columns, pay, benefits)
    top, over = exact.top, exact.over
    if over != 1:
        top = (2 * top + over) // (2 * over) if rounding == "half up" else top // over
        if rounding == "half up":
            _fits_twice(exact)
    return pl.max_horizontal(top, 0) if _may_be_negative(pay) else top


def _fits_twice(exact: Number) -> None:
    if 2 * exact.most + exact.over > 2**63 - 1:
        raise NotInColumns


def _may_be_negative(pay: t.Pay) -> bool:
    return any(isinstance(part, t.Ladder | t.Uplift) for part in pay.walk()) or any(
        isinstance(node, x.Arithmetic | x.Previous) for part in pay.walk() for node in _nodes(part)
    )


def _nodes(pay: t.Pay) -> list[Any]:
    trees = (getattr(pay, name, None) for name in ("base", "count", "on", "by"))
    return [node for tree in trees if isinstance(tree, x.Expr) for node in tree.walk()]


def amount(columns: Columns, pay: t.Pay, benefits: Mapping[str, t.Benefit]) -> Number:
    """The exact amount in fen, before any rounding or limit; raises NotInColumns."""
    reader = _AMOUNTS.get(type(pay))
    if reader is None:
        raise NotInColumns
    return reader(columns, pay, benefits)


def _fixed(columns: Columns, pay: t.Fixed, benefits: Mapping[str, t.Benefit]) -> Number:
    return Number.of(pay.amount)


def _rate(columns: Columns, pay: t.Rate, benefits: Mapping[str, t.Benefit]) -> Number:
    return columns.number(pay.base).times(pay.rate)


def _per_unit(columns: Columns, pay: t.PerUnit, benefits: Mapping[str, t.Benefit]) -> Number:
    return Number.of(pay.amount) if pay.count is None else columns.number(pay.count).times(pay.amount)


def _progressive(columns: Columns, pay: t.Progressive, benefits: Mapping[str, t.Benefit]) -> Number:
    """Each rate for the part of the base above its threshold: the whole base at the first rate, and at every threshold what the
    rate grows or falls by for the part above it."""
    base = columns.number(pay.base)
    total: Number | None = None
    before = Fraction(0)
    for bracket in pay.brackets:
        if not isinstance(bracket.above, int) or not isinstance(bracket.rate, Fraction | int):
            raise NotInColumns
        step = Fraction(bracket.rate) - before
        before = Fraction(bracket.rate)
        above = bracket.above * base.over
        part = base._replace(top=pl.max_horizontal(base.top - above, pl.when(base.top.is_not_null()).then(0))) if above else base
        row = part.times(step)
        total = row if total is None else add(total, row)
    if total is None:
        raise NotInColumns
    return total


def _ladder(columns: Columns, pay: t.Ladder, benefits: Mapping[str, t.Benefit]) -> Number:
    if not all(isinstance(step.amount, int) for step in pay.steps):
        raise NotInColumns
    amounts = (0, *(step.amount for step in pay.steps))
    if isinstance(pay.steps[0].at, int):
        on = columns.number(pay.on)
        passed = [on.top > step.at * on.over if step.over else on.top >= step.at * on.over for step in pay.steps]
        now = passed[0].cast(pl.Int64)
        for step in passed[1:]:
            now = now + step.cast(pl.Int64)
    else:
        places = {step.at: place for place, step in enumerate(pay.steps, 1)}
        on_word = word(pay.on)
        now = pl.when(on_word.is_not_null()).then(on_word.replace_strict(places, default=0, return_dtype=pl.Int64))
    keys = columns.one_a_year(pay.on)
    # Of a series there is one fact a year; one earlier year that does not say leaves it unsaid what was reached before.
    before = columns.step(now.cum_max().shift(1).over(keys, order_by="#year").fill_null(0))
    silent = columns.step(now.is_null().cast(pl.Int64).cum_sum().shift(1).over(keys, order_by="#year").fill_null(0))
    worth = _pick(now, amounts)
    if pay.difference:
        worth = worth - _pick(before, amounts)
    paid = pl.when(now.is_null() | (silent > 0)).then(None).when(now <= before).then(0).otherwise(worth)
    return Number(paid, 1, max(abs(value) for value in amounts))


def _pick(place: pl.Expr, amounts: tuple[Any, ...]) -> pl.Expr:
    return place.replace_strict(dict(enumerate(amounts)), default=None, return_dtype=pl.Int64)


def _by_class(columns: Columns, pay: t.ByClass, benefits: Mapping[str, t.Benefit]) -> Number:
    by = word(pay.by)
    options = [amount(columns, part, benefits) for part in pay.pays]
    over = lcm(*(option.over for option in options))
    options = [option.in_parts(over) for option in options]
    chain: Any = pl.when(by.is_null()).then(None)
    for name, option in zip(pay.classes, options, strict=True):
        chain = chain.when(by == name).then(option.top)
    return Number(chain.otherwise(0), over, max(option.most for option in options))


def _least_of(columns: Columns, pay: t.LeastOf, benefits: Mapping[str, t.Benefit]) -> Number:
    least: Number | None = None
    for part in pay.options:
        option = amount(columns, part, benefits)
        if least is None:
            least = option
            continue
        one, other = alike(least, option)
        smaller = pl.when(one.top <= other.top).then(one.top).when(one.top > other.top).then(other.top)
        least = Number(smaller, one.over, max(one.most, other.most))
    if least is None:
        raise NotInColumns
    return least


def _raised(columns: Columns, pay: t.Raised, benefits: Mapping[str, t.Benefit]) -> Number:
    plain = amount(columns, pay.pay, benefits)
    raised = amount(columns, add_points(pay.pay, pay.by), benefits) if pay.points else plain.times(1 + pay.by)
    if pay.when is None:
        return raised
    when = columns.flag(pay.when)
    one, other = alike(plain, raised)
    return Number(pl.when(when).then(other.top).when(~when).then(one.top), one.over, max(one.most, other.most))


def _uplift(columns: Columns, pay: t.Uplift, benefits: Mapping[str, t.Benefit]) -> Number:
    under = benefits[pay.benefit]
    if undecided((under.pays, under.where)):
        return Number(pl.lit(None, dtype=pl.Int64), 1, 0)
    plain = amount(columns, under.pays, benefits)
    if pay.points:
        raised, same = alike(amount(columns, add_points(under.pays, pay.by), benefits), plain)
        more = Number(raised.top - same.top, raised.over, raised.most + same.most)
    else:
        more = plain.times(pay.by)
    if under.where is None:
        return more
    where = columns.flag(under.where)
    return more._replace(top=pl.when(where).then(more.top).when(~where).then(0))


_AMOUNTS: Mapping[type, Callable[[Columns, Any, Mapping[str, t.Benefit]], Number]] = {
    t.Fixed: _fixed,
    t.Rate: _rate,
    t.PerUnit: _per_unit,
    t.Progressive: _progressive,
    t.Ladder: _ladder,
    t.ByClass: _by_class,
    t.LeastOf: _least_of,
    t.Raised: _raised,
    t.Uplift: _uplift,
}
