"""A condition that fails, looked into: what it found, what it needs, by how much it misses. Said as JSON and in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from chaoce.assessment.claims import Failure
from chaoce.facts.firm import Fact, Firm
from chaoce.facts.types import Field
from chaoce.marked import Names
from chaoce.money import format_yuan
from chaoce.rules import expr as x
from chaoce.rules.evaluate import Unstated, earlier, evaluate, series_of
from chaoce.rules.words import both, say_money, say_number, say_value

_DIRECTION = {">": 1, ">=": 1, "<": -1, "<=": -1}


@dataclass(frozen=True)
class Miss:
    """What a failing condition found. Of its parts only those that apply are set.

    `unstated` names what the facts do not state; `before` is the fact of an earlier year that was the first; `value` stands
    against `required`; `compare` is set where both are amounts or numbers, with the `gap` between them.
    """

    failure: Failure
    unstated: str | None = None
    before: Fact | None = None
    field: Field | None = None
    value: Any = None
    required: Any = None
    compare: x.Compare | None = None

    @property
    def gap(self) -> Fraction:
        return abs(Fraction(self.value) - Fraction(self.required))


def look_into(failure: Failure, fact: Fact, firm: Firm) -> Miss:
    """What made a condition fail for a fact."""
    if failure.unstated is not None:
        return Miss(failure, unstated=failure.unstated)
    tree = failure.condition.tree
    if isinstance(tree, x.First):
        before = _first(tree, fact, firm)
        if before is not None:
            return Miss(failure, before=before)
        tree = tree.condition
    if isinstance(tree, x.Compare):
        value, required = evaluate(tree.left)(fact, firm), evaluate(tree.right)(fact, firm)
        measured = tree.left.type in ("money", "number")
        return Miss(failure, field=_field(tree.left), value=value, required=required, compare=tree if measured else None)
    if isinstance(tree, x.Within):
        return Miss(failure, field=_field(tree.item), value=evaluate(tree.item)(fact, firm), required=list(tree.values))
    if isinstance(tree, x.FactField | x.FirmField):
        return Miss(failure, field=tree.field, value=False, required=True)
    return Miss(failure)


def _field(tree: x.Expr) -> Field | None:
    return tree.field if isinstance(tree, x.FactField | x.FirmField) else None


def _first(condition: x.First, fact: Fact, firm: Firm) -> Fact | None:
    """The fact of an earlier year because of which this one is not the first."""
    holds = evaluate(condition.condition)
    for other in earlier(fact, firm, series_of(condition.condition)):
        try:
            if holds(other, firm):
                return other
        except Unstated:
            continue
    return None


def to_json(miss: Miss) -> dict[str, Any]:
    """The condition in the rule's own words with its particulars; money is yuan."""
    row: dict[str, Any] = {"condition": miss.failure.condition.code}
    if miss.unstated is not None:
        row["unstated"] = miss.unstated
    elif miss.before is not None:
        row["earlier"] = miss.before.id
    elif miss.compare is not None:
        kind = miss.compare.left.type
        row |= {"value": _plain(miss.value, kind), "required": _plain(miss.required, kind), "margin": _plain(miss.gap, kind)}
    elif miss.required is not None:
        row |= {"value": _value(miss.value), "required": _value(miss.required)}
    return row


def _plain(value: Any, kind: str) -> str:
    exact = Fraction(value)
    if kind == "money" and exact.denominator == 1:
        return format_yuan(int(exact))
    return say_number(exact / 100 if kind == "money" else exact).replace(",", "")


def _value(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return say_number(value) if isinstance(value, Fraction) else value


def to_words(miss: Miss, fields: Mapping[str, Field]) -> tuple[Names, Names]:
    """Why the condition fails, and what would change it. `fields` gives the names of what is not stated."""
    need = miss.failure.condition.names
    if miss.unstated is not None:
        named = fields[miss.unstated].names if miss.unstated in fields else Names(miss.unstated, miss.unstated)
        return (
            Names(f"没有写明“{named.zh}”(须{need.zh})", f"'{named.en}' is not stated ({need.en})"),
            Names(f"写明“{named.zh}”", f"state '{named.en}'"),
        )
    if miss.before is not None:
        year, own = miss.before.date.year, miss.before.id
        return (
            Names(f"不是首次:{year} 年已达到({own})", f"not the first time: reached in {year} ({own})"),
            Names("无;只奖首次", "nothing; only the first time is paid"),
        )
    if miss.compare is not None:
        return _measured(miss, miss.compare)
    if miss.field is not None:
        field = miss.field
        found = Names(
            f"{field.names.zh}是“{say_value(field, miss.value, 'zh')}”", f"{field.names.en} is '{say_value(field, miss.value, 'en')}'"
        )
        if miss.required is True:
            need = Names(f"“{need.zh}”为是", f"{need.en}: yes")
        return found, Names(f"须{need.zh}", need.en)
    return Names(f"不满足:{need.zh}", f"does not hold: {need.en}"), Names(f"须{need.zh}", need.en)


def _measured(miss: Miss, compare: x.Compare) -> tuple[Names, Names]:
    """A number that misses another: by how much, and which way."""
    kind, label = compare.left.type, both(compare.left)

    def shown(number: Any) -> Names:
        if kind == "money":
            return Names(say_money(Fraction(number), "zh"), say_money(Fraction(number), "en"))
        return Names(say_number(number), say_number(number))

    value, required, gap = shown(miss.value), shown(miss.required), shown(miss.gap)
    direction = _DIRECTION.get(compare.op, 0)
    if direction == 0:
        need = miss.failure.condition.names
        return Names(f"{label.zh}是 {value.zh}", f"{label.en} is {value.en}"), Names(f"须{need.zh}", need.en)
    strict = compare.op in (">", "<")
    if miss.gap == 0:
        why = Names(
            f"正好等于 {required.zh},须{'高于' if direction > 0 else '低于'}",
            f"exactly {required.en}; it must be {'above' if direction > 0 else 'below'}",
        )
    else:
        why = Names(
            f"比 {required.zh} {'低' if direction > 0 else '高'} {gap.zh}",
            f"{gap.en} {'below' if direction > 0 else 'above'} {required.en}",
        )
    change = Names(
        f"{label.zh}再{'增加' if direction > 0 else '减少'} {gap.zh}{'以上' if strict else ''}",
        f"{gap.en} {'more' if direction > 0 else 'less'} of {label.en}{', and a little' if strict else ''}",
    )
    return Names(f"{label.zh} {value.zh},{why.zh}", f"{label.en} {value.en}: {why.en}"), change
