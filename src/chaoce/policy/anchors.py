"""The numbers of a rule: what its quotation must say, with unit and comparator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from chaoce.rules import expr as x
from chaoce.rules import tree as t

_COMPLEMENT = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
_UNITS = {"yuan": "元", "ratio": "%", "count": ""}


@dataclass(frozen=True)
class Anchor:
    """A number that a rule uses: value (money in yuan), unit, comparator, and the key.

    The comparator is `*` where the text may say any, `?` where the number stands in a calculation and cannot be held to the text.
    """

    value: Fraction
    unit: str
    comparator: str
    key: str
    per: str | None = None


def anchors(benefit: t.Benefit) -> tuple[Anchor, ...]:
    """Every number of a benefit that the text must show; parameters are the decisions' business."""
    found = [*anchors_of_pay(benefit.pays), *_of_expression(benefit.where, "where")]
    for limit in benefit.limits:
        found.extend(of_limit(limit))
    if benefit.quota is not None:
        found.append(Anchor(Fraction(benefit.quota.count), benefit.quota.unit, "<=", "quota"))
        found.extend(_of_expression(benefit.quota.counting, "quota"))
    if benefit.pool is not None:
        found.extend(of_pool(benefit.pool))
    found.extend(Anchor(share, "%", "=", "schedule") for share in benefit.schedule)
    return tuple(found)


def of_pool(pool: t.Pool) -> tuple[Anchor, ...]:
    """The number of a pool; texts say it as a ceiling, a budget or an average."""
    return (Anchor(Fraction(pool.amount, 100), "元", "*", "pool"),) if isinstance(pool.amount, int) else ()


def of_limit(limit: t.Limit) -> Iterator[Anchor]:
    """The numbers of a limit; a limit says 不超过."""
    if isinstance(limit.amount, Fraction):
        yield Anchor(limit.amount, "%", "<=", "limit")
    elif isinstance(limit.amount, int):
        yield Anchor(Fraction(limit.amount, 100), "元", "<=", "limit")
    yield from _of_expression(limit.base, "limit")
    yield from _of_expression(limit.when, "limit")


def anchors_of_pay(pay: t.Pay) -> Iterator[Anchor]:
    """The numbers of what a rule pays."""
    for part in pay.walk():
        comparator = "<=" if part.at_most else "="
        if isinstance(part, t.Rate):
            if isinstance(part.rate, Fraction):
                yield Anchor(part.rate, "%", comparator, "pays")
        elif isinstance(part, t.Fixed | t.PerUnit):
            if isinstance(part.amount, int):
                yield Anchor(Fraction(part.amount, 100), "元", comparator, "pays", part.unit if isinstance(part, t.PerUnit) else None)
        elif isinstance(part, t.Progressive):
            for bracket in part.brackets:
                yield Anchor(bracket.rate, "%", comparator, "pays")
                if isinstance(bracket.above, int) and bracket.above:
                    yield Anchor(Fraction(bracket.above, 100), "元", "*", "pays")
        elif isinstance(part, t.Ladder):
            for step in part.steps:
                if isinstance(step.at, int):
                    yield Anchor(Fraction(step.at, 100), "元", ">" if step.over else ">=", "pays")
                if isinstance(step.amount, int):
                    yield Anchor(Fraction(step.amount, 100), "元", comparator, "pays")
        elif isinstance(part, t.Raised | t.Uplift):
            yield Anchor(part.by, "点" if part.points else "%", "+", "pays")
            if isinstance(part, t.Raised):
                yield from _of_expression(part.when, "pays")
        for tree in (getattr(part, name, None) for name in ("base", "count", "on", "by")):
            if isinstance(tree, x.Expr):
                yield from _of_expression(tree, "pays")


def _of_expression(tree: x.Expr | None, key: str, negated: bool = False) -> Iterator[Anchor]:
    """Every number in an expression; one that is compared directly carries its comparator."""
    if tree is None:
        return
    if isinstance(tree, x.Negation):
        yield from _of_expression(tree.part, key, not negated)
    elif isinstance(tree, x.Compare) and isinstance(tree.right, x.Literal):
        op = _COMPLEMENT[tree.op] if negated else tree.op
        unit = "年" if isinstance(tree.left, x.YearsSince) else None
        yield from _of_literal(tree.right, "=" if op == "==" else op, key, unit)
        yield from _of_expression(tree.left, key)
    elif isinstance(tree, x.Literal):
        # Inside a calculation the text's comparator cannot be told.
        yield from _of_literal(tree, "?", key)
    else:
        for child in tree.children():
            yield from _of_expression(child, key, negated)


def _of_literal(literal: x.Literal, comparator: str, key: str, unit: str | None = None) -> Iterator[Anchor]:
    if literal.unit != "none":
        value = Fraction(str(literal.value))
        yield Anchor(value / 100 if literal.unit == "yuan" else value, unit or _UNITS[literal.unit], comparator, key)
