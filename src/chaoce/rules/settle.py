"""What the yearly decisions change in a rule: parameters filled in, ceilings settled, standards put in, rates raised.

Pure: a tree goes in, a tree comes out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import Any

from chaoce.money import say_rate, say_yuan
from chaoce.rules import expr as x
from chaoce.rules import tree as t


def rewrite(node: Any, change: Callable[[Any], Any]) -> Any:
    """The tree with `change` applied to every node, from the leaves up."""
    if isinstance(node, tuple):
        parts = tuple(rewrite(part, change) for part in node)
        return parts if any(a is not b for a, b in zip(parts, node, strict=True)) else node
    if not is_dataclass(node) or not isinstance(node, x.Expr | t.Pay | t.Bracket | t.Step | t.Limit | t.Pool):
        return node
    part: Any = node
    changed = {}
    for entry in fields(part):
        value = getattr(node, entry.name)
        new = rewrite(value, change)
        if new is not value:
            changed[entry.name] = new
    return change(replace(part, **changed) if changed else part)


#: The places of a tree that hold an expression; a decided value stands there as a literal.
_EXPRESSIONS = ("left", "right", "of", "base", "count", "on")


def fill(node: Any, values: Mapping[str, Any]) -> Any:
    """The tree with the parameters that have a value filled in."""

    def change(part: Any) -> Any:
        if not isinstance(part, x.Param) or part.name not in values:
            return part
        value = values[part.name]
        if part.by is not None:
            return x.Table(tuple(value.items()), part.by, part.type)
        return value

    def literal(part: Any) -> Any:
        """Where an expression stands, a value must itself be an expression."""
        sides = {}
        for side in _EXPRESSIONS:
            value = getattr(part, side, None)
            if isinstance(value, int | Fraction):
                sides[side] = x.Literal(value, "money" if isinstance(value, int) else "number")
        return replace(part, **sides) if sides else part

    return rewrite(node, lambda part: literal(change(part)))


def base_on(pay: t.Pay, base: x.Expr) -> t.Pay:
    """The same shape over another base, settled: how a standard names a rule of another policy."""

    def change(part: Any) -> Any:
        if isinstance(part, t.Rate | t.Progressive):
            return replace(part, base=base, at_most=False)
        return part

    return rewrite(pay, change)


def put_standard(pay: t.Pay, standards: Mapping[str, t.Pay | tuple[t.Bracket, ...]]) -> t.Pay:
    """The tree with its standards put in where the decisions give them."""

    def change(part: Any) -> Any:
        if not isinstance(part, t.Standard) or part.name not in standards:
            return part
        standard = standards[part.name]
        return t.Progressive(part.base, standard) if isinstance(standard, tuple) else base_on(standard, part.base)

    return rewrite(pay, change)


def add_points(pay: t.Pay, points: Fraction) -> t.Pay:
    """The tree with every rate raised by percentage points."""

    def change(part: Any) -> Any:
        if isinstance(part, t.Rate) and isinstance(part.rate, Fraction):
            return replace(part, rate=part.rate + points)
        if isinstance(part, t.Bracket):
            return replace(part, rate=part.rate + points)
        return part

    return rewrite(pay, change)


class CannotSettle(Exception):
    """A decision does not fit its rule: a fault code with its particulars."""

    def __init__(self, code: str, **particulars: object):
        self.code, self.particulars = code, particulars
        super().__init__(code)


def decide_rate(pay: t.Pay, rate: Fraction) -> t.Pay:
    """The rate that the year's decision gives instead of the text's ceiling; raises CannotSettle."""
    rates = [part for part in pay.walk() if isinstance(part, t.Rate)]
    if len(rates) != 1:
        raise CannotSettle("decision.shape", want="rates")
    _not_above(rates[0].rate, rate, rates[0].at_most)
    return rewrite(pay, lambda part: replace(part, rate=rate, at_most=False) if part is rates[0] else part)


def decide_brackets(pay: t.Pay, rates: tuple[Fraction, ...]) -> t.Pay:
    """One decided rate for each bracket; raises CannotSettle."""
    progressive = [part for part in pay.walk() if isinstance(part, t.Progressive)]
    if len(progressive) != 1 or len(progressive[0].brackets) != len(rates):
        raise CannotSettle("decision.shape", want="rates")
    for bracket, rate in zip(progressive[0].brackets, rates, strict=True):
        _not_above(bracket.rate, rate, progressive[0].at_most)
    brackets = tuple(replace(b, rate=rate) for b, rate in zip(progressive[0].brackets, rates, strict=True))
    return rewrite(pay, lambda part: replace(part, brackets=brackets, at_most=False) if part is progressive[0] else part)


def decide_amount(pay: t.Pay, amount: int) -> t.Pay:
    """The amount that the year's decision gives instead of the text's ceiling; raises CannotSettle."""
    fixed = [part for part in pay.walk() if isinstance(part, t.Fixed | t.PerUnit)]
    if len(fixed) != 1:
        raise CannotSettle("decision.shape", want="amounts")
    _not_above(fixed[0].amount, amount, fixed[0].at_most)
    return rewrite(pay, lambda part: replace(part, amount=amount, at_most=False) if part is fixed[0] else part)


def decide_class(pay: t.Pay, name: str, decide: Callable[[t.Pay], t.Pay]) -> t.Pay:
    """A decision for one class of what is paid by class; raises CannotSettle."""
    if not isinstance(pay, t.ByClass) or name not in pay.classes:
        raise CannotSettle("unknown.value", value=name, options=", ".join(pay.classes) if isinstance(pay, t.ByClass) else "")
    pays = tuple(decide(part) if own == name else part for own, part in zip(pay.classes, pay.pays, strict=True))
    return replace(pay, pays=pays)


def _not_above(text: object, decided: int | Fraction, at_most: bool) -> None:
    if not at_most:
        raise CannotSettle("decision.promise")
    if isinstance(text, int | Fraction) and decided > text:
        raise CannotSettle("decision.above", got=_shown(decided), text=_shown(text))


def _shown(value: int | Fraction) -> str:
    return say_rate(value) if isinstance(value, Fraction) else say_yuan(value)


def undecided(node: Any) -> tuple[str, ...]:
    """The names of what the decisions must still give before the rule can compute."""
    found: dict[str, None] = {}

    def note(part: Any) -> Any:
        if isinstance(part, x.Param | t.Standard):
            found.setdefault(part.name)
        return part

    rewrite(node, note)
    return tuple(found)
