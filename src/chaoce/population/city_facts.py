"""The facts of benefits that have a limit over the whole city: what each is paid before it, and which take a place of a quota."""

from __future__ import annotations

import polars as pl

from chaoce.assessment.claims import Line
from chaoce.population import limits
from chaoce.population.alone import firms_of
from chaoce.population.city_lines import city_lines
from chaoce.population.columns import Columns, NotInColumns
from chaoce.population.decide import Decided
from chaoce.population.intake import Intake
from chaoce.population.lines import Plan
from chaoce.rules.evaluate import Unstated, evaluate

#: `line` is the benefit's place over all policies; `counted` whether the fact takes a place; `paid` is fen before the city's limits.
CITY = {
    "line": pl.UInt16, "uscc": pl.String, "id": pl.String, "date": pl.Date, "rank": pl.Int64, "counted": pl.Boolean, "paid": pl.Int64,
}  # fmt: skip


def city_facts(plan: Plan, intake: Intake, decided: Decided, alone: pl.DataFrame, only: pl.Series | None = None) -> pl.DataFrame:
    """The facts that are paid, and those that take a place without being paid; of some firms only, if they are named."""
    found = [pl.DataFrame(schema=CITY)]
    for line in city_lines(plan.engine.lines):
        if line.benefit.on not in intake.facts:
            continue
        frame = intake.facts[line.benefit.on].frame
        if only is not None:
            frame = frame.filter(pl.col("#firm").is_in(only.implode()))
        paid = pl.concat([_filled(intake, decided, line), alone.filter(pl.col("line") == line.order).select("#fact", "paid")])
        quota = line.benefit.quota
        counted = _counted(plan, intake, frame, line) if quota is not None and quota.counting is not None else None
        # Its own columns are marked, as a field of the fact may have any name.
        rows = frame.join(paid.rename({"paid": "#paid"}), on="#fact", how="left", maintain_order="left")
        taking = pl.col("#fact").is_in(counted.implode()) if counted is not None else pl.col("#paid").is_not_null()
        rows = rows.with_columns(taking.alias("#counted")).filter(pl.col("#paid").is_not_null() | pl.col("#counted"))
        rank = pl.col(quota.by).cast(pl.Int64) if quota is not None and quota.by else pl.lit(None, dtype=pl.Int64)
        uscc = intake.firms["uscc"].gather(rows["#firm"]).alias("uscc")
        number = pl.lit(line.order, dtype=pl.UInt16).alias("line")
        paid_here, taken = pl.col("#paid").fill_null(0).alias("paid"), pl.col("#counted").alias("counted")
        found.append(rows.select(number, uscc, "id", "date", rank.alias("rank"), taken, paid_here))
    return pl.concat(found).sort("line", "uscc", "date", "id")


def _filled(intake: Intake, decided: Decided, line: Line) -> pl.DataFrame:
    """What each fact of a benefit is paid: a limit that binds is filled by date, then id."""
    made = decided.made.filter(pl.col("line") == line.order)
    frame = intake.facts[line.benefit.on].frame.select("#fact", "date", "id")
    rows = limits.with_left(made.join(frame, on="#fact").sort("#firm", "date", "id"), decided.left)
    before = pl.col("due").cum_sum().over("#firm") - pl.col("due")
    open_part = pl.when(pl.col("left").is_null()).then(pl.col("due")).otherwise(pl.min_horizontal("due", pl.col("left") - before))
    return rows.with_columns(open_part.alias("paid")).filter(pl.col("paid") > 0).select("#fact", "paid")


def _counted(plan: Plan, intake: Intake, frame: pl.DataFrame, line: Line) -> pl.Series:
    """The facts that take a place of a quota, whether or not they are paid."""
    frame = frame.filter(plan.meant(line) & plan.in_term(line))
    columns = Columns()
    try:
        holds = columns.flag(line.benefit.quota.counting)  # type: ignore[union-attr,arg-type]
        if columns.steps or columns.held:
            raise NotInColumns
    except NotInColumns:
        return _counted_one_by_one(intake, frame, line)
    firms = intake.firms.select("#firm", pl.exclude("#firm").name.prefix("firm."))
    joined = frame.join(firms, on="#firm", how="left", maintain_order="left")
    return joined.filter(holds.fill_null(False))["#fact"]


def _counted_one_by_one(intake: Intake, frame: pl.DataFrame, line: Line) -> pl.Series:
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
