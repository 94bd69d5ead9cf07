"""The facts of a population as DuckDB tables, and expressions and amounts of the rule tree over the facts of one type."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import Any

import duckdb
from sql_text import (
    CannotSay,
    Ratio,
    added,
    case_of,
    cases,
    column,
    compared,
    constant,
    divided,
    literal,
    multiplied,
    overlap,
    picked,
    product,
    quoted,
    rounded,
    times,
    unstated,
    whole,
    year_of,
)

from chaoce.facts.types import FactType, Field
from chaoce.rules import expr as x
from chaoce.rules import tree as t


def is_open(node: Any) -> bool:
    """Whether a tree still has a parameter or a standard that no decision has given."""
    if isinstance(node, x.Param | t.Standard):
        return True
    if isinstance(node, tuple):
        return any(is_open(part) for part in node)
    known = isinstance(node, x.Expr | t.Pay | t.Bracket | t.Step | t.Limit) and is_dataclass(node)
    return known and any(is_open(getattr(node, entry.name)) for entry in fields(node))


# The files


@functools.cache
def _database() -> duckdb.DuckDBPyConnection:
    """One DuckDB for the process: each book has tables of its own in it, and a new one costs as much as a small policy."""
    return duckdb.connect()


class Book:
    """The files of a population in a DuckDB of its own, and the tables made from them."""

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        self.made = 0
        self.con = _database().cursor()
        none = "NULL::VARCHAR uscc, NULL::VARCHAR benefit, NULL::VARCHAR policy, NULL::DATE AS day, NULL::INT AS year"
        self.nothing = self.table(f"SELECT 0::BIGINT item, 0::BIGINT AS row, {none}, 0::HUGEINT AS fen WHERE FALSE")
        self.received = self._received()

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *error: object) -> None:
        self.con.close()

    def table(self, select: str) -> str:
        self.made += 1
        self.con.execute(f"CREATE TEMP TABLE t{self.made} AS {select}")
        return f"t{self.made}"

    def rows(self, select: str) -> list[tuple[Any, ...]]:
        return self.con.execute(select).fetchall()

    def columns(self, name: str) -> dict[str, str] | None:
        """The columns of a file with their types; None if there is no such file."""
        if not (self.folder / f"{name}.parquet").is_file():
            return None
        return {row[0]: row[1] for row in self.rows(f"DESCRIBE SELECT * FROM {self.scan(name)}")}

    def scan(self, name: str) -> str:
        return f"read_parquet({quoted(str(self.folder / f'{name}.parquet'))})"

    def _received(self) -> str:
        columns = self.columns("received")
        if columns is None:
            return self.nothing
        year = "year::INT" if "year" in columns else "NULL::INT"
        policy = "policy::VARCHAR" if "policy" in columns else "NULL::VARCHAR"
        matter = "split_part(matter, '#', 1) base, split_part(matter, '#', 2) part"
        day, fen = f"{stored('date', 'date', columns['date'])} AS day", f"{stored('amount', 'money', columns['amount'])} AS fen"
        whole = f"{year} AS year, {policy} AS policy, {matter}, {day}, {fen}"
        return self.table(f"SELECT row_number() OVER () item, uscc, benefit, {whole} FROM {self.scan('received')}")


def stored(name: str, kind: str, as_type: str) -> str:
    """A column of a file as this reader computes with it: money in fen, a quantity in millionths."""
    own, text = column(name), as_type == "VARCHAR"
    if kind == "money" and (text or (as_type.startswith("DECIMAL") and as_type.endswith(",2)"))):
        return f"({own}::DECIMAL(38,2) * 100)::HUGEINT"
    if kind == "quantity" and (text or as_type.startswith("DECIMAL")):
        return f"({own}::DECIMAL(38,6) * 1000000)::HUGEINT"
    if kind == "count" and (text or as_type.endswith("INT") or as_type.endswith("INTEGER")):
        return f"{own}::HUGEINT"
    if kind == "flag" and as_type in ("BOOLEAN", "VARCHAR"):
        return f"{own}::BOOLEAN"
    if kind == "date" and as_type in ("DATE", "VARCHAR"):
        return f"{own}::DATE"
    if kind in ("text", "choice") and text:
        return own
    raise CannotSay(f"column {name} of type {as_type} as {kind}")


_SQL_TYPES = {"money": "HUGEINT", "quantity": "HUGEINT", "count": "HUGEINT", "flag": "BOOLEAN", "date": "DATE"}


def field_of(field: Field, columns: dict[str, str]) -> str:
    """A field with its default; NULL where it is not stated."""
    if field.name not in columns:
        if field.required:
            raise CannotSay(f"a file without the column {field.name}")
        sql = f"NULL::{_SQL_TYPES.get(field.kind, 'VARCHAR')}"
    else:
        sql = stored(field.name, field.kind, columns[field.name])
    if field.default is None:
        return sql
    scale = 10**6 if field.kind == "quantity" else 1
    default = whole(int(field.default * scale)) if field.kind in ("money", "quantity", "count") else literal(field.default)
    return f"coalesce({sql}, {default})"


# The facts of one type


class Terms:
    """Expressions of a policy over the facts of one type: `f` is the fact, with its firm's fields.

    What looks at other facts is made a table of its own, one row a fact, and joined: `source` is the facts with all of these.
    """

    def __init__(self, plan: Any, fact_type: FactType):
        self.plan, self.book, self.type = plan, plan.book, fact_type
        self.joins: list[str] = []
        self.facts = self._facts()
        matters = f"SELECT row, uscc, unnest(matters) AS matter FROM {self.facts}"
        parts = "split_part(matter, '#', 1) base, split_part(matter, '#', 2) part"
        self.matters = self.book.table(f"SELECT row, uscc, {parts} FROM ({matters})")
        self.touched, self.had = self.book.nothing, self.book.nothing
        if self.book.received != self.book.nothing:
            met = f"{self.matters} m JOIN {self.book.received} r ON r.uscc = m.uscc AND {overlap('m', 'r')}"
            self.touched = self.book.table(f"SELECT DISTINCT m.row, r.item, r.fen FROM {met}")
            self.had = self.book.table(f"SELECT row, sum(fen) AS fen FROM {self.touched} GROUP BY row")

    def _facts(self) -> str:
        policy, columns = self.plan.policy, self.book.columns(self.type.name)
        firm_columns = self.book.columns("enterprises") or {}
        firm = []
        for field in policy.types.firm.values():
            sql = "left(industry, 1)" if field.name == "section" else field_of(field, firm_columns)
            firm.append(f"{sql} AS {column('e_' + field.name)}")
        firms = f"SELECT {', '.join(firm)} FROM {self.book.scan('enterprises')}"
        if columns is None:
            own = [f"NULL::{_SQL_TYPES.get(field.kind, 'VARCHAR')} AS {column('x_' + field.name)}" for field in self.type.fields.values()]
            ids = "NULL::VARCHAR AS uscc, NULL::VARCHAR AS id, NULL::DATE AS day, NULL::VARCHAR[] AS matters"
            return self.book.table(f"SELECT 0::BIGINT AS row, {', '.join([ids, *own])}, e.* FROM ({firms}) e WHERE FALSE")
        own = [f"{field_of(field, columns)} AS {column('x_' + field.name)}" for field in self.type.fields.values()]
        if "matter" in columns and columns["matter"] != "VARCHAR[]":
            raise CannotSay(f"matter of type {columns['matter']}")
        matter = "NULL::VARCHAR[]" if "matter" not in columns else "CASE WHEN len(matter) > 0 THEN matter END"
        ids = f"uscc, id, {stored('date', 'date', columns['date'])} AS day, {matter} AS given"
        facts = f"SELECT {', '.join([ids, *own])} FROM {self.book.scan(self.type.name)}"
        whole = f"row_number() OVER () AS row, f.* EXCLUDE (given), coalesce(f.given, [{self._matter()}]) AS matters, e.*"
        return self.book.table(f"SELECT {whole} FROM ({facts}) f JOIN ({firms}) e ON e.e_uscc = f.uscc")

    def _matter(self) -> str:
        """The matter of a fact that names none."""
        if self.type.matter is None:
            return "f.id"
        parts = []
        for place, piece in enumerate(self.type.matter.replace("}", "{").split("{")):
            if piece:
                parts.append(quoted(piece) if place % 2 == 0 else f"f.{column('x_' + piece)}::VARCHAR")
        return " || ".join(parts)

    def source(self) -> str:
        return " ".join([f"{self.facts} f", *self.joins])

    def _joined(self, select: str) -> str:
        """A table with one row a fact, made from what the facts have by now; its name, by which its columns are read."""
        name = self.book.table(select)
        self.joins.append(f"LEFT JOIN {name} ON {name}.row = f.row")
        return name

    def counts(self, year: int) -> str:
        """Whether the fact is of the year and in the term."""
        policy = self.plan.policy
        first, last = policy.term
        term = f"f.day >= {literal(first)}" + (f" AND f.day <= {literal(last)}" if last < date.max else "")
        return f"{year_of('f.day', policy.settings.year_starts)} = {year} AND {term}"

    def key(self, name: str) -> str:
        return f"f.{column('x_' + name)}" if name in self.type.fields else "NULL"

    def shown(self, name: str) -> str:
        """The received items that a fact's matter shows, with the value that a limit is told apart by."""
        return f"SELECT w.item, {self.key(name)}::VARCHAR AS key FROM {self.touched} w JOIN {self.facts} f ON f.row = w.row"

    # Conditions and values

    def flag(self, node: x.Expr) -> str:
        match node:
            case x.Literal(value=bool() as value):
                return literal(value)
            case x.FactField() | x.FirmField():
                return self._column(node)
            case x.Compare(op, left, right):
                op = {"==": "=", "!=": "<>"}.get(op, op)
                if left.type in ("money", "number"):
                    return compared(self.number(left), op, self.number(right))
                return f"({self.plain(left)} {op} {self.plain(right)})"
            case x.Within(item, values):
                return f"({self.plain(item)} IN ({', '.join(map(quoted, values))}))"
            case x.Both(parts):
                return f"({' AND '.join(map(self.flag, parts))})"
            case x.Either(parts):
                return f"({' OR '.join(map(self.flag, parts))})"
            case x.Negation(part):
                return f"(NOT {self.flag(part)})"
            case x.First(condition):
                return self._first(condition)
            case x.Holds(fact_type, by, values):
                other = self.plan.terms(fact_type)
                titled = f"o.uscc = f.uscc AND o.day <= f.day AND o.{column('x_' + by)} IN ({', '.join(map(quoted, values))})"
                return f"({self._joined(f'SELECT DISTINCT f.row FROM {self.facts} f JOIN {other.facts} o ON {titled}')}.row IS NOT NULL)"
        raise CannotSay(f"the condition {type(node).__name__}")

    def plain(self, node: x.Expr) -> str:
        """A text, a choice, a date or a flag."""
        match node:
            case x.Literal(value):
                return literal(value)
            case x.FactField() | x.FirmField():
                return self._column(node)
            case x.FactDate():
                return "f.day"
        return self.flag(node)

    def number(self, node: x.Expr) -> Ratio:
        match node:
            case x.Literal(value=int() | Fraction() as value) if not isinstance(value, bool):
                return constant(value)
            case x.FactField() | x.FirmField():
                return Ratio(self._column(node), 10**6 if node.field.kind == "quantity" else 1)
            case x.Arithmetic(op, left, right):
                one, other = self.number(left), self.number(right)
                if op in "+-":
                    return added(one, op, other)
                return multiplied(one, other) if op == "*" else divided(one, other)
            case x.Previous(of):
                return self._last_year(of)
            case x.Growth(of):
                now, before = self.number(of), self._last_year(of)
                positive = Ratio(f"CASE WHEN {before.over} > 0 THEN {before.over} END", before.under)
                return divided(added(now, "-", positive), positive)
            case x.YearsSince(day):
                since = self.plain(day)
                early = f"month(f.day) * 100 + day(f.day) < month({since}) * 100 + day({since})"
                return Ratio(f"(year(f.day) - year({since}) - CASE WHEN {early} THEN 1 ELSE 0 END)::HUGEINT")
            case x.Table(rows, by):
                key = self.plain(by)
                return cases([(f"{key} = {quoted(name)}", constant(value)) for name, value in rows], None)
        raise CannotSay(f"the value {type(node).__name__}")

    def _column(self, node: x.FactField | x.FirmField) -> str:
        return f"f.{column(('x_' if isinstance(node, x.FactField) else 'e_') + node.field.name)}"

    def _earlier(self, nodes: Iterable[x.Expr]) -> str:
        """Facts `o` of the same series from earlier calendar years than `f`."""
        series = next((part.series for node in nodes for part in node.walk() if isinstance(part, x.FactField) and part.series), None)
        same = "" if series in (None, "firm") else f" AND o.{column('x_' + series)} IS NOT DISTINCT FROM f.{column('x_' + series)}"
        return f"{self.facts} f JOIN {self.facts} o ON o.uscc = f.uscc AND year(o.day) < year(f.day){same}"

    def _last_year(self, node: x.Expr) -> Ratio:
        value = self.number(node)
        held = self.book.table(f"SELECT f.row, {value.over} AS over, {value.under_sql} AS under FROM {self.source()}")
        pick = "first(v.over ORDER BY o.day, o.id) AS over, first(v.under ORDER BY o.day, o.id) AS under"
        years = f"{self._earlier([node])} JOIN {held} v ON v.row = o.row WHERE year(o.day) = year(f.day) - 1"
        own = self._joined(f"SELECT f.row, {pick} FROM {years} GROUP BY f.row")
        return Ratio(f"{own}.over", value.under if isinstance(value.under, int) else f"{own}.under")

    def _first(self, condition: x.Expr) -> str:
        """Holds now and in no earlier year; an earlier year of which it cannot be said does not count, this one must be stated."""
        now = self.flag(condition)
        held = self.book.table(f"SELECT f.row FROM {self.source()} WHERE {now}")
        before = self._joined(f"SELECT DISTINCT f.row FROM {self._earlier([condition])} JOIN {held} v ON v.row = o.row")
        return f"CASE WHEN {now} THEN {before}.row IS NULL ELSE {now} END"

    # Amounts

    def exact(self, pay: t.Pay, points: Fraction = Fraction(0)) -> Ratio:
        """What a fact is worth in fen, exactly, with every rate raised by so many points."""
        match pay:
            case t.Fixed(amount=int() as amount) | t.PerUnit(amount=int() as amount, count=None):
                return constant(amount)
            case t.PerUnit(amount=int() as amount, count=x.Expr() as count):
                return multiplied(self.number(count), constant(amount))
            case t.Rate(rate=Fraction() as rate, base=base):
                return multiplied(self.number(base), constant(rate + points))
            case t.Progressive(base, brackets):
                return self._progressive(self.number(base), brackets, points)
            case t.Ladder():
                return self._ladder(pay)
            case t.ByClass(by, classes, pays):
                key = self.plain(by)
                own = [(f"{key} = {quoted(name)}", self.exact(part, points)) for name, part in zip(classes, pays, strict=True)]
                return cases([*own, (f"{key} IS NOT NULL", constant(0))], None)
            case t.LeastOf(options):
                least, *others = (self.exact(option, points) for option in options)
                for other in others:
                    least = picked(compared(least, "<=", other), least, other)
                return least
            case t.Raised(part, by, in_points, when):
                plain = self.exact(part, points)
                raised = self.exact(part, points + by) if in_points else multiplied(plain, constant(1 + by))
                return raised if when is None else picked(self.flag(when), raised, plain)
            case t.Uplift(by, in_points, name):
                return self._uplift(self.plan.policy.benefit(name), by, in_points)
        raise CannotSay(f"what {type(pay).__name__} pays: {pay}")

    def _progressive(self, base: Ratio, brackets: Sequence[t.Bracket], points: Fraction) -> Ratio:
        rates = [bracket.rate + points for bracket in brackets]
        under = lcm(*(rate.denominator for rate in rates))
        tops = [*(bracket.above for bracket in brackets[1:]), None]
        parts = []
        for bracket, top, rate in zip(brackets, tops, rates, strict=True):
            low = times(whole(bracket.above), base.under)
            high = base.over if top is None else f"least({base.over}, {times(whole(top), base.under)})"
            share = whole(rate.numerator * (under // rate.denominator))
            parts.append(f"CASE WHEN {base.over} > {low} THEN ({high} - {low}) * {share} ELSE 0 END")
        return Ratio(f"CASE WHEN {unstated(base)} THEN NULL ELSE {' + '.join(parts)} END", product(base.under, under))

    def _ladder(self, pay: t.Ladder) -> Ratio:
        """The highest step that no earlier year reached; a year whose place on the ladder is not stated leaves it open."""
        if isinstance(pay.steps[0].at, int):
            on = self.number(pay.on)
            steps = " + ".join(f"{compared(on, '>' if step.over else '>=', constant(step.at))}::INT" for step in pay.steps)
        else:
            key = self.plain(pay.on)
            places = [(f"{key} = {quoted(step.at)}", str(number)) for number, step in enumerate(pay.steps, 1)]
            steps = case_of([*places, (f"{key} IS NOT NULL", "0")], None)
        now = self._joined(f"SELECT f.row, {steps} AS steps FROM {self.source()}")
        known = "CASE WHEN bool_or(v.steps IS NULL) THEN NULL ELSE max(v.steps) END"
        select = f"SELECT f.row, {known} AS steps FROM {self._earlier([pay.on])} JOIN {now} v ON v.row = o.row GROUP BY f.row"
        before = self._joined(select)
        reached = f"CASE WHEN {before}.row IS NULL THEN 0 ELSE {before}.steps END"
        own = [(f"{now}.steps = {number}", whole(step.amount)) for number, step in enumerate(pay.steps, 1)]
        less = [(f"{before}.steps = {number}", whole(step.amount)) for number, step in enumerate(pay.steps, 1)]
        amount = f"{case_of(own, '0')} - {case_of(less, '0')}" if pay.difference else case_of(own, "0")
        return Ratio(case_of([(f"{now}.steps <= {reached}", "0::HUGEINT"), (f"{now}.steps > {reached}", amount)], None))

    def _uplift(self, under: t.Benefit, by: Fraction, in_points: bool) -> Ratio:
        if is_open((under.pays, under.where)):
            return Ratio("NULL::HUGEINT")
        plain = self.exact(under.pays)
        more = added(self.exact(under.pays, by), "-", plain) if in_points else multiplied(plain, constant(by))
        return more if under.where is None else picked(self.flag(under.where), more, constant(0))

    def under(self, limit: t.Limit, amount: str) -> str:
        """An amount held to a limit of the item."""
        most = whole(limit.amount) if limit.base is None else rounded(multiplied(self.number(limit.base), constant(limit.amount)), "down")
        held = f"CASE WHEN {most} IS NULL THEN NULL ELSE least({amount}, {most}) END"
        if limit.when is None:
            return held
        when = self.flag(limit.when)
        return f"CASE WHEN {when} THEN {held} WHEN NOT {when} THEN {amount} END"
