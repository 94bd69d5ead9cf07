"""One range of firms, from the rows of the files to what each is due: a pure function, whichever machine runs it.

What comes out lies in a folder of its own that appears whole or not at all, so that a run can go on where it was broken off.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl

from chaoce.assessment.choose import Known
from chaoce.assessment.claims import Line
from chaoce.assessment.prepare import Session
from chaoce.facts.types import FactTypes
from chaoce.population import limits
from chaoce.population.alone import read_alone
from chaoce.population.columns import Columns, NotInColumns
from chaoce.population.decide import Decided, decide
from chaoce.population.intake import Intake, take_in
from chaoce.population.lines import Plan, claim
from chaoce.population.meeting import shared_matters
from chaoce.population.tables import Range, Tables
from chaoce.rules.evaluate import Unstated, evaluate

#: What a benefit of a firm comes to before the city's limits, in fen; `line` is its place over all policies.
ENTITLED = {"uscc": pl.String, "line": pl.UInt16, "paid": pl.Int64}
#: A fact of a benefit that has a limit over the city: its rank, whether it takes a place, and what it is paid before that limit.
CITY = {
    "line": pl.UInt16, "uscc": pl.String, "id": pl.String, "date": pl.Date, "rank": pl.Int64, "counted": pl.Boolean, "paid": pl.Int64,
}  # fmt: skip


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
class Job:
    """What every range of a run shares: the policies of a year, the tables, and flags set otherwise for a what-if."""

    plan: Plan
    types: FactTypes
    tables: Tables
    overrides: Mapping[tuple[str, str], pl.DataFrame] = field(default_factory=dict)

    @classmethod
    def of(cls, session: Session, tables: Tables, overrides: Mapping[tuple[str, str], pl.DataFrame] | None = None) -> Job:
        return cls(Plan(session.assessor.engine, session.year), session.reader.types, tables, overrides or {})


def reckon(job: Job, part: Range, folder: Path) -> Report:
    """Reckon one range into `folder/range-…`, unless that is there already."""
    place = folder / f"range-{part.number:05d}"
    if (place / "report.json").exists():
        return read_report(place)
    intake = take_in(job.tables, job.types, part, job.overrides)
    entitled, city, report = due(job.plan, intake)
    beside = place.with_name(f".{place.name}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    entitled.write_ipc(beside / "entitled.arrow")
    _firms(intake, entitled).write_ipc(beside / "firms.arrow")
    city.write_ipc(beside / "city.arrow")
    intake.rejected.write_ipc(beside / "rejected.arrow")
    (beside / "report.json").write_text(json.dumps(report.__dict__), encoding="utf-8")
    shutil.rmtree(place, ignore_errors=True)
    beside.rename(place)
    return report


def read_report(place: Path) -> Report:
    return Report(**json.loads((place / "report.json").read_text(encoding="utf-8")))


def due(plan: Plan, intake: Intake) -> tuple[pl.DataFrame, pl.DataFrame, Report]:
    """What each benefit of each firm comes to, the facts under limits of the city, and how it was done."""
    claimed = claim(plan, intake)
    shared = shared_matters(plan, intake)
    decided = decide(plan, intake, claimed, shared)
    known = Known()
    alone = read_alone(plan, intake, decided.alone, known)
    paid = pl.concat([decided.paid, alone.group_by("#firm", "line").agg(pl.col("paid").sum()).select(decided.paid.columns)])
    uscc = intake.firms["uscc"]
    paid = paid.sort("#firm", "line")
    entitled = paid.select(uscc.gather(paid["#firm"]).alias("uscc"), "line", "paid")
    city = _city(plan, intake, decided, alone)
    report = Report(
        rows=intake.rows,
        firms=intake.firms.height,
        facts=sum(own.frame.height for own in intake.facts.values()),
        rejected=intake.rejected.height,
        roads={**decided.roads, "none": intake.firms.height - sum(decided.roads.values())},
        shapes=decided.shapes,
        searched=known.searched,
        solved=known.solved,
        shared=known.shared,
    )
    return entitled, city, report


def _firms(intake: Intake, entitled: pl.DataFrame) -> pl.DataFrame:
    """Every firm of the range with what it is due in all, before the city's limits, and what it is counted by."""
    sums = entitled.group_by("uscc").agg(pl.col("paid").sum())
    firms = intake.firms.select("uscc", "section", "town", "employees")
    return firms.join(sums, on="uscc", how="left", maintain_order="left").with_columns(pl.col("paid").fill_null(0))


def city_lines(lines: Sequence[Line]) -> list[Line]:
    """The benefits under a limit over the whole city."""
    pooled: set[tuple[str, str]] = set()
    for policy in {line.policy.id: line.policy for line in lines}.values():
        pooled |= {(policy.id, name) for pool in policy.pools for name in pool.over}
    return [line for line in lines if line.benefit.quota or line.benefit.pool or (line.policy.id, line.benefit.id) in pooled]


def _city(plan: Plan, intake: Intake, decided: Decided, alone: pl.DataFrame) -> pl.DataFrame:
    """The facts of benefits under limits of the city: those that are paid, and those that take a place without being paid."""
    found = [pl.DataFrame(schema=CITY)]
    for line in city_lines(plan.engine.lines):
        if line.benefit.on not in intake.facts:
            continue
        frame = intake.facts[line.benefit.on].frame
        paid = pl.concat([_filled(plan, intake, decided, line), alone.filter(pl.col("line") == line.order).select("#fact", "paid")])
        quota = line.benefit.quota
        counted = _counted(plan, intake, line) if quota is not None and quota.counting is not None else None
        rows = frame.join(paid, on="#fact", how="left", maintain_order="left")
        taking = pl.col("#fact").is_in(counted.implode()) if counted is not None else pl.col("paid").is_not_null()
        rows = rows.with_columns(taking.alias("counted")).filter(pl.col("paid").is_not_null() | pl.col("counted"))
        rank = pl.col(quota.by).cast(pl.Int64) if quota is not None and quota.by else pl.lit(None, dtype=pl.Int64)
        found.append(
            rows.select(
                pl.lit(line.order, dtype=pl.UInt16).alias("line"),
                intake.firms["uscc"].gather(rows["#firm"]).alias("uscc"),
                "id",
                "date",
                rank.alias("rank"),
                "counted",
                pl.col("paid").fill_null(0),
            )
        )
    return pl.concat(found).sort("line", "uscc", "date", "id")


def _filled(plan: Plan, intake: Intake, decided: Decided, line: Line) -> pl.DataFrame:
    """What each fact of a benefit is paid: a limit that binds is filled by date, then id."""
    made = decided.made.filter(pl.col("line") == line.order)
    frame = intake.facts[line.benefit.on].frame.select("#fact", "date", "id")
    rows = limits.with_left(made.join(frame, on="#fact").sort("#firm", "date", "id"), limits.left(plan, intake))
    before = pl.col("due").cum_sum().over("#firm") - pl.col("due")
    open_part = pl.when(pl.col("left").is_null()).then(pl.col("due")).otherwise(pl.min_horizontal("due", pl.col("left") - before))
    return rows.with_columns(open_part.alias("paid")).filter(pl.col("paid") > 0).select("#fact", "paid")


def _counted(plan: Plan, intake: Intake, line: Line) -> pl.Series:
    """The facts that take a place of a quota, whether or not they are paid."""
    frame = intake.facts[line.benefit.on].frame.filter(plan.meant(line) & plan.in_term(line))
    tree = line.benefit.quota.counting  # type: ignore[union-attr]
    columns = Columns()
    try:
        holds = columns.flag(tree)  # type: ignore[arg-type]
    except NotInColumns:
        return _counted_one_by_one(intake, frame, line)
    if columns.steps:
        return _counted_one_by_one(intake, frame, line)
    fields = [name for name in frame.columns if not name.startswith("firm.")]
    joined = frame.select(fields).join(
        intake.firms.select("#firm", pl.exclude("#firm").name.prefix("firm.")), on="#firm", how="left", maintain_order="left"
    )
    return joined.filter(holds.fill_null(False))["#fact"]


def _counted_one_by_one(intake: Intake, frame: pl.DataFrame, line: Line) -> pl.Series:
    from chaoce.population.alone import firms_of

    holds = evaluate(line.benefit.quota.counting)  # type: ignore[union-attr,arg-type]
    wanted = set(frame["#fact"].to_list())
    found = []
    for _, firm, numbers in firms_of(intake, frame["#firm"].unique().sort().to_list()):
        for fact in firm.facts:
            try:
                if numbers[fact.id] in wanted and holds(fact, firm):
                    found.append(numbers[fact.id])
            except Unstated:
                continue
    return pl.Series(found, dtype=pl.UInt32)
