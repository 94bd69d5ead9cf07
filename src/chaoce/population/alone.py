"""Firms read one by one: what columns cannot say of a range goes through the same engine that assesses a single firm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import polars as pl

from chaoce.assessment.answer import Decided
from chaoce.assessment.choose import Known
from chaoce.assessment.problem import Ledger
from chaoce.facts.firm import Fact, Firm, Received
from chaoce.facts.types import FactType, Field
from chaoce.population.columns import MILLIONTHS
from chaoce.population.intake import Intake
from chaoce.population.lines import Plan

#: What a fact contributes to a benefit, in fen.
PAID = {"#firm": pl.UInt32, "#fact": pl.UInt32, "line": pl.UInt16, "paid": pl.Int64}


def read_alone(plan: Plan, intake: Intake, firms: Sequence[int], known: Known) -> pl.DataFrame:
    """What each fact of the firms is paid, benefit by benefit."""
    rows: list[tuple[int, int, int, int]] = []
    for place, firm, numbers in firms_of(intake, firms):
        decided = Decided.of(plan.engine, firm, plan.year, why=False, known=known)
        for number, amounts in Ledger(decided.claims, decided.caps).amounts(decided.choice.made).items():
            claim = decided.claims[number]
            for part, amount in zip(claim.parts, amounts, strict=True):
                if amount > 0:
                    rows.append((place, numbers[claim.fact.id], part.line.order, amount))
    return pl.DataFrame(rows, schema=PAID, orient="row")


def firms_of(intake: Intake, firms: Sequence[int]) -> list[tuple[int, Firm, Mapping[str, int]]]:
    """The firms with these places, as the one-firm reader knows them, each with the numbers of its facts by id."""
    if not firms:
        return []
    wanted = pl.Series(firms, dtype=pl.UInt32).implode()
    facts: dict[int, list[Fact]] = {place: [] for place in firms}
    numbers: dict[int, dict[str, int]] = {place: {} for place in firms}
    for facts_of in intake.facts.values():
        for row in facts_of.frame.filter(pl.col("#firm").is_in(wanted)).iter_rows(named=True):
            fact = _fact(row, facts_of.type)
            facts[row["#firm"]].append(fact)
            numbers[row["#firm"]][fact.id] = row["#fact"]
    received: dict[int, list[Received]] = {place: [] for place in firms}
    for row in intake.received.filter(pl.col("#firm").is_in(wanted)).iter_rows(named=True):
        item = Received(row["benefit"], row["matter"], row["date"], row["amount"], row["year"], row["policy"])
        received[row["#firm"]].append(item)
    fields = intake.types.firm
    found: list[tuple[int, Firm, Mapping[str, int]]] = []
    for row in intake.firms.filter(pl.col("#firm").is_in(wanted)).iter_rows(named=True):
        place = row["#firm"]
        values = {name: _value(own, row[name]) for name, own in fields.items() if row[name] is not None}
        facts[place].sort(key=lambda fact: (fact.date, fact.id))
        received[place].sort(key=lambda item: (item.date, item.benefit, item.matter, item.amount))
        found.append((place, Firm(row["uscc"], values, tuple(facts[place]), tuple(received[place])), numbers[place]))
    return found


def _fact(row: Mapping[str, Any], own: FactType) -> Fact:
    values = {name: _value(field, row[name]) for name, field in own.fields.items() if row[name] is not None}
    matter = row["matter"]
    if matter is None:
        matter = [row["id"] if own.matter is None else own.matter.format_map(values)]
    return Fact(row["id"], own.name, row["date"], tuple(matter), values)


def _value(field: Field, value: Any) -> Any:
    return Fraction(value, MILLIONTHS) if field.kind == "quantity" else value
