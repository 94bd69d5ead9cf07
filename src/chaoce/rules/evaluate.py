"""Rules read to compute: a tree becomes a function of one fact, exact to the fraction.

A field that the fact does not state raises Unstated; it never counts as false or zero.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

from chaoce.dates import whole_years
from chaoce.facts.firm import Fact, Firm
from chaoce.rules import expr as x
from chaoce.rules import tree as t
from chaoce.rules.settle import add_points, undecided

Number = int | Fraction
Evaluate = Callable[[Fact, Firm], Any]


class Unstated(LookupError):
    """Something that the rule reads is not stated in the facts."""

    def __init__(self, name: str):
        self.name = name
        super().__init__(name)


_OPERATORS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def evaluate(node: x.Expr) -> Evaluate:
    """The function that gives an expression's value for a fact of a firm; money in fen."""
    return _EVALUATE[type(node)](node)


def _literal(node: x.Literal) -> Evaluate:
    value = node.value
    return lambda fact, firm: value


def _fact_field(node: x.FactField) -> Evaluate:
    name = node.field.name

    def field(fact: Fact, firm: Firm) -> Any:
        try:
            return fact.values[name]
        except KeyError:
            raise Unstated(name) from None

    return field


def _firm_field(node: x.FirmField) -> Evaluate:
    name = node.field.name

    def field(fact: Fact, firm: Firm) -> Any:
        try:
            return firm.values[name]
        except KeyError:
            raise Unstated(f"firm.{name}") from None

    return field


def _table(node: x.Table) -> Evaluate:
    rows, by = dict(node.rows), evaluate(node.by)

    def look_up(fact: Fact, firm: Firm) -> Any:
        key = by(fact, firm)
        if key not in rows:
            raise Unstated(str(key))
        return rows[key]

    return look_up


def _compare(node: x.Compare) -> Evaluate:
    op, left, right = _OPERATORS[node.op], evaluate(node.left), evaluate(node.right)
    if isinstance(node.right, x.Literal):
        value = node.right.value
        return lambda fact, firm: op(left(fact, firm), value)
    return lambda fact, firm: op(left(fact, firm), right(fact, firm))


def _within(node: x.Within) -> Evaluate:
    item, values = evaluate(node.item), frozenset(node.values)
    return lambda fact, firm: item(fact, firm) in values


def _both(node: x.Both) -> Evaluate:
    parts = tuple(evaluate(part) for part in node.parts)
    return lambda fact, firm: _decide(parts, fact, firm, False)


def _either(node: x.Either) -> Evaluate:
    parts = tuple(evaluate(part) for part in node.parts)
    return lambda fact, firm: _decide(parts, fact, firm, True)


def _decide(parts: tuple[Evaluate, ...], fact: Fact, firm: Firm, decisive: bool) -> bool:
    """Any part with the decisive value decides, even beside one that is not stated."""
    unstated = None
    for part in parts:
        try:
            if part(fact, firm) is decisive:
                return decisive
        except Unstated as missing:
            unstated = unstated or missing
    if unstated is not None:
        raise unstated
    return not decisive


def _negation(node: x.Negation) -> Evaluate:
    part = evaluate(node.part)
    return lambda fact, firm: not part(fact, firm)


def _arithmetic(node: x.Arithmetic) -> Evaluate:
    left, right = evaluate(node.left), evaluate(node.right)
    if node.op == "/":

        def divide(fact: Fact, firm: Firm) -> Fraction:
            divisor = right(fact, firm)
            if divisor == 0:
                raise Unstated("/ 0")
            return Fraction(left(fact, firm)) / divisor

        return divide
    op = {"+": operator.add, "-": operator.sub, "*": operator.mul}[node.op]
    return lambda fact, firm: op(left(fact, firm), right(fact, firm))


def earlier(fact: Fact, firm: Firm, series: str | None) -> Iterator[Fact]:
    """The facts of the same type and series from earlier calendar years."""
    own = fact.values.get(series) if series else None
    for other in firm.facts:
        if other.type == fact.type and other.date.year < fact.date.year and (series is None or other.values.get(series) == own):
            yield other


def series_of(node: x.Expr) -> str | None:
    """The series is the fact type's; the tree carries it in the field's owner, so that readers need no other source."""
    for part in node.walk():
        if isinstance(part, x.FactField) and part.series is not None:
            return None if part.series == "firm" else part.series
    return None


def _last_year(node: x.Expr) -> Evaluate:
    of, series = evaluate(node), series_of(node)

    def last_year(fact: Fact, firm: Firm) -> Number:
        for other in earlier(fact, firm, series):
            if other.date.year == fact.date.year - 1:
                return of(other, firm)
        raise Unstated(f"{fact.type} {fact.date.year - 1}")

    return last_year


def _previous(node: x.Previous) -> Evaluate:
    return _last_year(node.of)


def _growth(node: x.Growth) -> Evaluate:
    now, before = evaluate(node.of), _last_year(node.of)

    def growth(fact: Fact, firm: Firm) -> Fraction:
        base = before(fact, firm)
        if base <= 0:
            raise Unstated("/ 0")
        return Fraction(now(fact, firm) - base) / base

    return growth


def _first(node: x.First) -> Evaluate:
    condition, series = evaluate(node.condition), series_of(node.condition)

    def held(fact: Fact, firm: Firm) -> bool:
        """An earlier year of which it cannot be said did not reach it: the first year of a series has no growth."""
        try:
            return condition(fact, firm)
        except Unstated:
            return False

    return lambda fact, firm: condition(fact, firm) and not any(held(other, firm) for other in earlier(fact, firm, series))


def _years_since(node: x.YearsSince) -> Evaluate:
    day = evaluate(node.day)
    return lambda fact, firm: whole_years(day(fact, firm), fact.date)


def _holds(node: x.Holds) -> Evaluate:
    name, by, values = node.fact_type, node.by, frozenset(node.values)
    return lambda fact, firm: any(other.type == name and other.values.get(by) in values and other.date <= fact.date for other in firm.facts)


_EVALUATE: Mapping[type, Callable[[Any], Evaluate]] = {
    x.Literal: _literal,
    x.FactField: _fact_field,
    x.FactDate: lambda node: lambda fact, firm: fact.date,
    x.FirmField: _firm_field,
    x.Table: _table,
    x.Compare: _compare,
    x.Within: _within,
    x.Both: _both,
    x.Either: _either,
    x.Negation: _negation,
    x.Arithmetic: _arithmetic,
    x.Previous: _previous,
    x.Growth: _growth,
    x.First: _first,
    x.YearsSince: _years_since,
    x.Holds: _holds,
}


def exact(pay: t.Pay, benefits: Mapping[str, t.Benefit]) -> Evaluate:
    """The function that gives the exact amount of a settled tree, in fen, before any rounding or limit."""
    return _EXACT[type(pay)](pay, benefits)


def _rate(pay: t.Rate, benefits: Mapping[str, t.Benefit]) -> Evaluate:
    rate, base = pay.rate, evaluate(pay.base)
    return lambda fact, firm: base(fact, firm) * rate


def _per_unit(pay: t.PerUnit, benefits: Mapping[str, t.Benefit]) -> Evaluate:
    amount = pay.amount
    if pay.count is None:
        return lambda fact, firm: amount
    count = evaluate(pay.count)
    return lambda fact, firm: count(fact, firm) * amount


def _progressive(pay: t.Progressive, benefits: Mapping[str, t.Benefit]) -> Evaluate:
    base = evaluate(pay.base)
    tops = (*(bracket.above for bracket in pay.brackets[1:]), None)
    rows = tuple((bracket.above, top, bracket.rate) for bracket, top in zip(pay.brackets, tops, strict=True))

    def progressive(fact: Fact, firm: Firm) -> Number:
        value = base(fact, firm)
        total: Number = 0
        for above, top, rate in rows:
            if value > above:
                total += ((value if top is None or value < top else top) - above) * rate
        return total

    return progressive


def reached(ladder: t.Ladder) -> Callable[[Fact, Firm], int]:
    """How many steps of a ladder a fact has reached."""
    on = evaluate(ladder.on)
    if isinstance(ladder.steps[0].at, int):
        thresholds = tuple((operator.gt if step.over else operator.ge, step.at) for step in ladder.steps)
        return lambda fact, firm: sum(passed(on(fact, firm), threshold) for passed, threshold in thresholds)
    places = {step.at: number for number, step in enumerate(ladder.steps, 1)}
    return lambda fact, firm: places.get(on(fact, firm), 0)


def _ladder(pay: t.Ladder, benefits: Mapping[str, t.Benefit]) -> Evaluate:
    steps, series = reached(pay), series_of(pay.on)
    amounts: tuple[Any, ...] = (0, *(step.amount for step in pay.steps))

    def ladder(fact: Fact, firm: Firm) -> Number:
        now = steps(fact, firm)
        before = max((steps(other, firm) for other in earlier(fact, firm, series)), default=0)
        if now <= before:
            return 0
        return amounts[now] - (amounts[before] if pay.difference else 0)  # type: ignore[operator]

    return ladder


def _by_class(pay: t.ByClass, benefits: Mapping[str, t.Benefit]) -> Evaluate:
    by = evaluate(pay.by)
    pays = {name: exact(part, benefits) for name, part in zip(pay.classes, pay.pays, strict=True)}

    def by_class(fact: Fact, firm: Firm) -> Number:
        part = pays.get(by(fact, firm))
        return part(fact, firm) if part is not None else 0

    return by_class


def _least_of(pay: t.LeastOf, benefits: Mapping[str, t.Benefit]) -> Evaluate:
    options = tuple(exact(option, benefits) for option in pay.options)
    return lambda fact, firm: min(option(fact, firm) for option in options)


def _raised(pay: t.Raised, benefits: Mapping[str, t.Benefit]) -> Evaluate:
    plain = exact(pay.pay, benefits)
    if pay.points:
        raised = exact(add_points(pay.pay, pay.by), benefits)
    else:
        factor = 1 + pay.by
        raised = lambda fact, firm: plain(fact, firm) * factor  # noqa: E731
    if pay.when is None:
        return raised
    when = evaluate(pay.when)
    return lambda fact, firm: (raised if when(fact, firm) else plain)(fact, firm)


def _uplift(pay: t.Uplift, benefits: Mapping[str, t.Benefit]) -> Evaluate:
    under = benefits[pay.benefit]
    missing = undecided((under.pays, under.where))
    if missing:

        def lacking(fact: Fact, firm: Firm) -> Number:
            raise Unstated(missing[0])

        return lacking
    plain = exact(under.pays, benefits)
    where = evaluate(under.where) if under.where is not None else None
    raised = exact(add_points(under.pays, pay.by), benefits) if pay.points else None

    def uplift(fact: Fact, firm: Firm) -> Number:
        if where is not None and not where(fact, firm):
            return 0
        if raised is not None:
            return raised(fact, firm) - plain(fact, firm)
        return plain(fact, firm) * pay.by

    return uplift


def _fixed(pay: t.Fixed, benefits: Mapping[str, t.Benefit]) -> Evaluate:
    amount = pay.amount
    return lambda fact, firm: amount


_EXACT: Mapping[type, Callable[[Any, Mapping[str, t.Benefit]], Evaluate]] = {
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
