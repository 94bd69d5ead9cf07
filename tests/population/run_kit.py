"""A population reckoned in columns, held to the one-firm reader."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

import polars as pl
from population_kit import write_population

from chaoce.assessment.answer import assess_once
from chaoce.assessment.prepare import Session
from chaoce.facts.uscc import ALPHABET, check_character
from chaoce.population.reckon import Job, Report, reckon
from chaoce.population.tables import find_tables, part_where_needed, ranges

#: A firm -> (policy, benefit) -> fen.
Amounts = dict[str, dict[tuple[str, str], int]]


def uscc(number: int) -> str:
    """The identifier of an invented firm."""
    body = "91330481MA" + "".join(ALPHABET[number // 31**place % 31] for place in (6, 5, 4, 3, 2, 1, 0))
    return body + check_character(body)


def numbered(raws: Iterable[dict]) -> list[dict]:
    """The same firms, each with an identifier of its own."""
    return [{**raw, "enterprise": {**raw["enterprise"], "uscc": uscc(number)}} for number, raw in enumerate(raws)]


def one_by_one(session: Session, raws: Sequence[dict]) -> Amounts:
    """What `assess` gives each firm, where it gives something."""
    found: Amounts = {}
    for raw in raws:
        answer = assess_once(session.assessor.engine, session.read(raw), session.year)
        if answer.benefits:
            found[answer.firm.uscc] = {(own.line.policy.id, own.id): own.amount for own in answer.benefits}
    return found


def in_columns(session: Session, raws: Sequence[dict], folder: Path, firms: int = 1000, form: str = "parquet") -> tuple[Amounts, Report]:
    """What the ranges of a population give each firm, and the report of all of them."""
    shutil.rmtree(folder, ignore_errors=True)
    write_population(raws, session.reader.types, folder / "in", form)
    tables = find_tables(folder / "in", session.reader.types)
    parts = ranges(tables, firms)
    job = Job.of(session, part_where_needed(tables, parts, folder / "parted"))
    report = sum((reckon(job, part, folder / "out") for part in parts), Report())
    lines = session.assessor.engine.lines
    found: Amounts = {}
    for part in parts:
        for name, line, paid in pl.read_ipc(folder / "out" / f"range-{part.number:05d}" / "entitled.arrow").iter_rows():
            found.setdefault(name, {})[lines[line].policy.id, lines[line].benefit.id] = paid
    return found, report
