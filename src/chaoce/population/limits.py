"""The limits of firms in columns: what is left of each after support received, and where one binds."""

from __future__ import annotations

import polars as pl

from chaoce.population.intake import Intake
from chaoce.population.lines import Claimed, Plan
from chaoce.rules.tree import Limit


def sums_of(claims: pl.DataFrame) -> pl.DataFrame:
    """What claims come to by benefit of a firm, before its limits: #firm, line, due."""
    key = pl.col("#firm").cast(pl.UInt64) * _LINES + pl.col("line")
    sums = claims.select(key.alias("key"), "due").sort("key").group_by("key", maintain_order=True).agg(pl.col("due").sum())
    firm, line = pl.col("key") // _LINES, pl.col("key") % _LINES
    return sums.select(firm.cast(pl.UInt32).alias("#firm"), line.cast(pl.UInt16).alias("line"), "due")


#: More benefits than there can be.
_LINES = 2**16


def binding(sums: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """The benefits of firms that could claim more than their limits leave."""
    return with_left(sums, left).filter(pl.col("due") > pl.col("left")).select("#firm", "line")


def left(plan: Plan, intake: Intake) -> pl.DataFrame:
    """What the limits over one benefit leave: #firm (null for every other firm), line, left."""
    rows: list[pl.DataFrame] = []
    schema = {"#firm": pl.UInt32, "line": pl.UInt16, "left": pl.Int64}
    for line in plan.engine.lines:
        limits = [index for index, _ in plan.engine.caps_of[line.policy.id, line.benefit.id] if index in plan.own]
        if not limits:
            continue
        most = min(plan.engine.caps[index][0].amount for index in limits)
        rows.append(pl.DataFrame({"#firm": [None], "line": [line.order], "left": [most]}, schema=schema))
        for index in limits:
            limit, policy = plan.engine.caps[index]
            used = counted(plan, intake, limit, policy.id, policy.settings.year_starts)
            if used.height:
                spent = used.group_by("#firm").agg(pl.col("amount").sum().alias("used"))
                over = pl.max_horizontal(pl.lit(limit.amount, dtype=pl.Int64) - pl.col("used"), 0)
                rows.append(
                    spent.select("#firm", pl.lit(line.order, dtype=pl.UInt16).alias("line"), pl.min_horizontal(over, most).alias("left"))
                )
    if not rows:
        return pl.DataFrame(schema=schema)
    return pl.concat(rows).group_by("#firm", "line").agg(pl.col("left").min())


def counted(plan: Plan, intake: Intake, limit: Limit, policy: str, starts: tuple[int, int]) -> pl.DataFrame:
    """Support received that counts against a limit."""
    if not intake.received.height:
        return intake.received
    mine = pl.col("benefit").is_in(list(limit.over)) & pl.col("policy").fill_null(policy).eq(policy)
    if limit.span == "year":
        day = pl.col("date")
        before = (day.dt.month() < starts[0]) | ((day.dt.month() == starts[0]) & (day.dt.day() < starts[1]))
        mine = mine & (pl.coalesce("year", day.dt.year().cast(pl.Int64) - before.cast(pl.Int64)) == plan.year)
    return intake.received.filter(mine)


def with_left(sums: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """Sums of benefits with what their limits leave; null where there is no limit."""
    usual = left.filter(pl.col("#firm").is_null()).select("line", pl.col("left").alias("usual"))
    some = left.filter(pl.col("#firm").is_not_null())
    sums = sums.join(usual, on="line", how="left", maintain_order="left")
    if some.height:
        sums = sums.join(some, on=["#firm", "line"], how="left", maintain_order="left")
        return sums.with_columns(pl.coalesce("left", "usual").alias("left")).drop("usual")
    return sums.rename({"usual": "left"})


def tangled(plan: Plan, intake: Intake, claimed: Claimed) -> set[int]:
    """The firms in which a limit over several benefits, over a field or on a condition binds."""
    found: set[int] = set()
    if not claimed.under.height:
        return found
    rows = claimed.under.join(claimed.claims.select("#fact", "line", "due"), on=["#fact", "line"])
    sums = rows.group_by("#firm", "limit", "group").agg(pl.col("due").sum())
    for index in sums["limit"].unique().to_list():
        limit, policy = plan.engine.caps[index]
        own = sums.filter(pl.col("limit") == index)
        used = counted(plan, intake, limit, policy.id, policy.settings.year_starts)
        found |= set(own.filter(pl.col("#firm").is_in(used["#firm"].unique().implode()))["#firm"].to_list())
        found |= set(own.filter(pl.col("due") > limit.amount)["#firm"].to_list())
    return found
