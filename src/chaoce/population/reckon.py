"""One range of firms, from the rows of the files to what each is due: a pure function, whichever machine runs it.

What comes out lies in a folder of its own that appears whole or not at all, so that a run can go on where it was broken off.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from chaoce.assessment.choose import Known
from chaoce.assessment.prepare import Session
from chaoce.facts.types import FactTypes
from chaoce.population.alone import read_alone
from chaoce.population.city_facts import city_facts
from chaoce.population.decide import Decided, decide
from chaoce.population.intake import Intake, take_in
from chaoce.population.keep import keep
from chaoce.population.lines import Claimed, Plan, claim
from chaoce.population.matters import overlaps
from chaoce.population.recipe import Recipe
from chaoce.population.selected import Selected
from chaoce.population.tables import Range, Tables


@dataclass
class Report:
    """What was read of a range and which roads its firms took."""

    rows: int = 0
    firms: int = 0
    facts: int = 0
    rejected: int = 0
    roads: dict[str, int] = field(default_factory=dict)
    shapes: int = 0
    searched: int = 0
    solved: int = 0
    shared: int = 0

    def __add__(self, other: Report) -> Report:
        names = ("rows", "firms", "facts", "rejected", "shapes", "searched", "solved", "shared")
        sums = {name: getattr(self, name) + getattr(other, name) for name in names}
        roads = {name: self.roads.get(name, 0) + other.roads.get(name, 0) for name in {**self.roads, **other.roads}}
        return Report(roads=roads, **sums)


@dataclass(frozen=True)
class Work:
    """What a worker needs to reckon ranges into `folder`: plain data that any process can be handed.

    With `kept` the claims and checked facts of each range stay beside its answer, for what-ifs.
    """

    recipe: Recipe
    tables: Tables
    folder: Path
    selected: Selected | None = None
    kept: bool = False


@dataclass(frozen=True)
class Job:
    """Work made ready: the policies in columns."""

    plan: Plan
    types: FactTypes
    tables: Tables
    overrides: Mapping[tuple[str, str], pl.DataFrame] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, tables: Tables, selected: Selected | None = None) -> Job:
        overrides = selected.overrides() if selected is not None else {}
        return cls(Plan(session.assessor.engine, session.year), session.reader.types, tables, overrides)


_jobs: dict[Work, Job] = {}


def do(work: Work, part: Range) -> Report:
    """Reckon one range of a piece of work; the policies are made ready once a process."""
    if work not in _jobs:
        _jobs.clear()
        _jobs[work] = Job.of(work.recipe.session(), work.tables, work.selected)
    return reckon(_jobs[work], part, work.folder, work.kept)


def reckon(job: Job, part: Range, folder: Path, kept: bool = False) -> Report:
    """Reckon one range into `folder/range-…`, unless that is there already."""
    place = place_of(folder, part)
    if (place / "report.json").exists():
        return read_report(place)
    intake = take_in(job.tables, job.types, part, job.overrides)
    met = overlaps(intake)
    claimed = claim(job.plan, intake, met.taken)
    due = reckon_due(job.plan, intake, claimed, met.shared)
    report = Report(
        rows=intake.rows,
        firms=intake.firms.height,
        facts=sum(own.frame.height for own in intake.facts.values()),
        rejected=intake.rejected.height,
        roads={**due.decided.roads, "none": intake.firms.height - sum(due.decided.roads.values())},
        shapes=due.decided.shapes,
        searched=due.known.searched,
        solved=due.known.solved,
        shared=due.known.shared,
    )
    with whole(place) as beside:
        due.entitled.write_ipc(beside / "entitled.arrow")
        _firms(intake, due.paid).write_ipc(beside / "firms.arrow")
        due.city.write_ipc(beside / "city.arrow")
        intake.rejected.write_ipc(beside / "rejected.arrow")
        if kept:
            keep(beside, intake, claimed, met, due.paid)
        (beside / "report.json").write_text(json.dumps(report.__dict__), encoding="utf-8")
    return report


def place_of(folder: Path, part: Range) -> Path:
    """Where a range is reckoned into."""
    return folder / f"range-{part.number:05d}"


@contextmanager
def whole(place: Path) -> Iterator[Path]:
    """A folder to fill beside the one that is meant, which then takes its place."""
    beside = place.with_name(f".{place.name}-{platform.node()}-{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    yield beside
    try:
        shutil.rmtree(place, ignore_errors=True)
        beside.rename(place)
    except OSError:
        # Another worker, cut off and thought dead, has finished the same range; what it wrote is the same.
        if not place.exists():
            raise
        shutil.rmtree(beside, ignore_errors=True)


def read_report(place: Path) -> Report:
    """The report of a range that is done."""
    return Report(**json.loads((place / "report.json").read_text(encoding="utf-8")))


@dataclass(frozen=True)
class Due:
    """What firms are due before the city's limits: `entitled` by firm and benefit (uscc, line, paid in fen), sorted.

    `paid` is the same by the place of the firm.
    """

    entitled: pl.DataFrame
    paid: pl.DataFrame
    city: pl.DataFrame
    decided: Decided
    known: Known


def reckon_due(plan: Plan, intake: Intake, claimed: Claimed, shared: pl.DataFrame, only: pl.Series | None = None) -> Due:
    """What each benefit of each firm comes to, and the facts under limits of the city; of some firms only, if they are named."""
    decided = decide(plan, intake, claimed, shared, only)
    known = Known()
    alone = read_alone(plan, intake, decided.alone, known)
    paid = pl.concat([decided.paid, alone.group_by("#firm", "line").agg(pl.col("paid").sum()).select(decided.paid.columns)])
    paid = paid.sort("#firm", "line")
    entitled = paid.select(intake.firms["uscc"].gather(paid["#firm"]).alias("uscc"), "line", "paid")
    return Due(entitled, paid, city_facts(plan, intake, decided, alone, only), decided, known)


def _firms(intake: Intake, paid: pl.DataFrame) -> pl.DataFrame:
    """Every firm of the range with what it is due in all, before the city's limits, and what it is counted by."""
    sums = np.zeros(intake.firms.height, dtype=np.int64)
    np.add.at(sums, paid["#firm"].to_numpy(), paid["paid"].to_numpy())
    return intake.firms.select("uscc", "section", "town", "employees").with_columns(pl.Series("paid", sums))
