"""SQL texts for exact whole numbers and their ratios, in DuckDB's HUGEINT: never a DOUBLE, and NULL wherever a part is NULL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple


class CannotSay(Exception):
    """Something in a rule or a file that this reader has no SQL for."""


class Ratio(NamedTuple):
    """An exact number: SQL of a whole numerator over a denominator above zero, a constant where it can be; NULL in either is NULL."""

    over: str
    under: int | str = 1

    @property
    def under_sql(self) -> str:
        return whole(self.under) if isinstance(self.under, int) else self.under


def whole(value: int) -> str:
    return f"({value})::HUGEINT"


def times(sql: str, factor: int | str) -> str:
    return sql if factor == 1 else f"({sql} * {whole(factor) if isinstance(factor, int) else factor})"


def product(one: int | str, other: int | str) -> int | str:
    if isinstance(one, int) and isinstance(other, int):
        return one * other
    return times(whole(one), other) if isinstance(one, int) else times(one, other)


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def column(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def literal(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if isinstance(value, str):
        return quoted(value)
    raise CannotSay(f"a literal {value!r}")


def constant(value: int | Fraction) -> Ratio:
    fraction = Fraction(value)
    return Ratio(whole(fraction.numerator), fraction.denominator)


def compared(one: Ratio, op: str, other: Ratio) -> str:
    return f"({times(one.over, other.under)} {op} {times(other.over, one.under)})"


def added(one: Ratio, op: str, other: Ratio) -> Ratio:
    if one.under == other.under:
        return Ratio(f"({one.over} {op} {other.over})", one.under)
    return Ratio(f"({times(one.over, other.under)} {op} {times(other.over, one.under)})", product(one.under, other.under))


def multiplied(one: Ratio, other: Ratio) -> Ratio:
    return Ratio(times(one.over, other.over), product(one.under, other.under))


def divided(one: Ratio, other: Ratio) -> Ratio:
    """NULL where the divisor is zero; the sign goes to the numerator."""
    divisor = times(other.over, one.under)
    return Ratio(f"({times(one.over, other.under)} * sign({divisor}))", f"nullif(abs({divisor}), 0)")


def cases(ways: Sequence[tuple[str, Ratio]], otherwise: Ratio | None) -> Ratio:
    """The ratio of the first case that holds; NULL where none does and nothing else is given."""
    every = [*(ratio for _, ratio in ways), *([otherwise] if otherwise else [])]
    if all(isinstance(ratio.under, int) for ratio in every):
        under = lcm(*(ratio.under for ratio in every))
        overs = [times(ratio.over, under // ratio.under) for ratio in every]
        return Ratio(_in_order(ways, overs), under)
    return Ratio(_in_order(ways, [ratio.over for ratio in every]), _in_order(ways, [ratio.under_sql for ratio in every]))


def _in_order(ways: Sequence[tuple[str, Ratio]], values: Sequence[str]) -> str:
    """The values of the cases, with one more where none of them holds."""
    return case_of([(when, value) for (when, _), value in zip(ways, values, strict=False)], [*values, None][len(ways)])


def case_of(cases: Sequence[tuple[str, str]], otherwise: str | None) -> str:
    return f"CASE {' '.join(f'WHEN {when} THEN {then}' for when, then in cases)} ELSE {otherwise or 'NULL'} END"


def picked(condition: str, yes: Ratio, no: Ratio) -> Ratio:
    """One or the other; NULL where the condition is."""
    return cases([(condition, yes), (f"NOT {condition}", no)], None)


def unstated(ratio: Ratio) -> str:
    return f"{ratio.over} IS NULL" if isinstance(ratio.under, int) else f"({ratio.over} IS NULL OR {ratio.under} IS NULL)"


def rounded(ratio: Ratio, rounding: str) -> str:
    """Whole fen, once, never below zero."""
    over, under = ratio.over, ratio.under_sql
    if rounding not in ("down", "half up"):
        raise CannotSay(f"rounding {rounding}")
    whole = f"{over} // {under}" if rounding == "down" else f"(2 * {over} + {under}) // (2 * {under})"
    return f"CASE WHEN {unstated(ratio)} THEN NULL WHEN {over} <= 0 THEN 0 ELSE {whole} END"


def year_of(day: str, starts: tuple[int, int]) -> str:
    """The year that a day counts in."""
    return f"(year({day}) - CASE WHEN month({day}) * 100 + day({day}) < {starts[0] * 100 + starts[1]} THEN 1 ELSE 0 END)"


def overlap(one: str, other: str) -> str:
    return f"{one}.base = {other}.base AND ({one}.part = {other}.part OR {one}.part = '' OR {other}.part = '')"
