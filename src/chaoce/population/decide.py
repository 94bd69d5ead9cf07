"""The best lawful claim of every firm of a range (从优、就高、不重复), each by the shortest road that is exact (docs/population.md).

free      no claims of the firm meet: all are made
largest   they meet in groups that no limit ties together: of each group the largest
batch     groups cross, or limits that bind tie them together: firms of one shape are solved together (batch.py)
engine    everything else: the one-firm reader (alone.py), which searches and, in the end, asks the solver
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from chaoce.population import batch, limits, meeting
from chaoce.population.city_lines import city_lines
from chaoce.population.intake import Intake, repeated
from chaoce.population.lines import Claimed, Plan

ROADS = ("none", "free", "largest", "batch", "engine")


@dataclass
class Decided:
    """What is made of the claims of a range: `made` the claims made, `paid` what each benefit of a firm comes to, in fen.

    `left` is what the limits of firms leave (limits.left). `alone` are the firms left to the one-firm reader; they are in neither.
    `roads` counts firms by road, `shapes` the shapes of parts solved.
    """

    made: pl.DataFrame
    paid: pl.DataFrame
    left: pl.DataFrame
    alone: list[int]
    roads: dict[str, int] = field(default_factory=dict)
    shapes: int = 0


def decide(plan: Plan, intake: Intake, claimed: Claimed, shared: pl.DataFrame, only: pl.Series | None = None) -> Decided:
    """Which claims of the firms of a range are made, and what they come to under the limits of each firm.

    `only` are the firms that the claims are of, where they are not those of all firms.
    """
    alone = claimed.all_alone() | intake.large | limits.tangled(plan, intake, claimed)
    if only is not None:
        firms = pl.Series(sorted(alone), dtype=pl.UInt32)
        alone = set(firms.filter(firms.is_in(only.implode())).to_list())
    claims = _without(claimed.claims, alone)
    left = limits.left(plan, intake)
    groups = meeting.groups_of(claims, _without(shared, alone), plan.engine.lines, intake)
    greedy = any(policy.settings.choice == "largest first" for policy in plan.engine.policies)
    crossing = meeting.crossing(groups)
    hard = set(crossing.to_list()) if greedy else set()
    if groups.height and meeting.has_parts(claims):
        # A claim of several parts that meets another is rare enough for the one-firm reader.
        several = claims.filter(pl.struct("#fact", "claim").is_duplicated()).select("#fact", "claim").unique()
        hard |= set(groups.join(several, on=["#fact", "claim"])["#firm"].to_list())
    if hard:
        alone |= hard
        claims, groups = _without(claims, hard), _without(groups, hard)
    sums = limits.sums_of(claims)
    in_groups = groups.join(claims, on=["#firm", "#fact", "claim"]).select("#firm", "#group", "#fact", "line", "claim", "due")
    bound = pl.DataFrame(schema={"#firm": pl.UInt32, "line": pl.UInt16}) if greedy else limits.binding(sums, left)
    under = in_groups.join(bound, on=["#firm", "line"])["#group"].unique()
    tied = in_groups.filter(pl.col("#group").is_in(under.implode()) | pl.col("#firm").is_in(crossing.implode()))
    tied = batch.parts_of(tied, bound)
    many = batch.unsolvable(tied, claims.filter(pl.col("#firm").is_in(tied["#firm"].unique().implode())))
    # Which of several facts is paid matters where the city's limits look at facts; then ties are settled by id, one firm by itself.
    city = [line.order for line in city_lines(plan.engine.lines)]
    cannot = set(many.to_list()) | set(tied.filter(pl.col("line").is_in(city))["#firm"].to_list())
    if cannot:
        alone |= cannot
        claims, in_groups = _without(claims, cannot), _without(in_groups, cannot)
        tied = _without(tied, cannot)
    # Where no claims meet, all are made, and their sums are known already.
    touched = in_groups["#firm"].unique()
    apart, near = _parted(claims, touched)
    # Of a fact with a claim in a group all claims are in groups, as they exclude each other.
    free = near.filter(~pl.Series(meeting.holding(in_groups["#fact"], near["#fact"])))
    taken, batched, shapes = _choose(in_groups, tied, free, left, _Ids(intake, city))
    near = pl.concat([free.select(_MADE), taken.select(_MADE)])
    made = pl.concat([apart.select(_MADE), near])
    paid = _paid(pl.concat([_without(_parted(sums, touched)[0], cannot), limits.sums_of(near)]), left)
    roads = _count(sums, in_groups, batched, alone, cannot)
    return Decided(made, paid, left, sorted(alone), roads, shapes)


_MADE = ["#firm", "#fact", "line", "claim", "due"]


def _parted(frame: pl.DataFrame, firms: pl.Series) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The rows of other firms, and those of these."""
    mine = pl.Series(meeting.holding(firms, frame["#firm"]))
    return frame.filter(~mine), frame.filter(mine)


def _without(frame: pl.DataFrame, firms: set[int]) -> pl.DataFrame:
    return frame.filter(~pl.col("#firm").is_in(sorted(firms))) if firms else frame


def _choose(
    in_groups: pl.DataFrame, tied: pl.DataFrame, free: pl.DataFrame, left: pl.DataFrame, ids: _Ids
) -> tuple[pl.DataFrame, set[int], int]:
    """The claims taken of every group, the firms whose groups were solved together, and the number of shapes."""
    if not in_groups.height:
        return in_groups, set(), 0
    # Of the claims of one benefit in the same groups only the largest can be worth making; of equal ones that of the smaller id.
    order = {"in": False, "line": False, "due": True, "id": False}
    parts = tied.select("#fact", "line", "#part").unique()
    slots = ids.beside(_slots(in_groups)).join(parts, on=["#fact", "line"], how="left").sort(list(order), descending=list(order.values()))
    slots = slots.unique(["in", "line"], keep="first", maintain_order=True)
    bound = tied["#group"].unique()
    loose = slots.filter(~pl.col("groups").list.first().is_in(bound.implode()))
    loose = loose.sort("in", "due", "line", descending=[False, True, False]).unique("in", keep="first", maintain_order=True)
    open_slots = slots.filter(pl.col("groups").list.first().is_in(bound.implode()))
    # What is alone in its groups has nothing to be chosen from; it is then as sure as a claim that meets no other.
    rivals = open_slots.select("#fact", "line", "groups").explode("groups").filter(pl.len().over("groups") > 1)
    single = open_slots.join(rivals, on=["#fact", "line"], how="anti")
    open_slots = open_slots.join(rivals, on=["#fact", "line"], how="semi")
    if not open_slots.height:
        return pl.concat([loose, single]).drop("#part"), set(), 0
    firms = open_slots["#firm"].unique()
    sure = pl.concat([_parted(own.select("#firm", "line", "due"), firms)[1] for own in (free, loose, single)])
    sums = sure.group_by("#firm", "line").agg(pl.col("due").sum().alias("free"))
    chosen, shapes = batch.solve(open_slots, sums, left)
    return pl.concat([loose, single, chosen.select(loose.columns)]).drop("#part"), set(firms.to_list()), shapes


def _slots(in_groups: pl.DataFrame) -> pl.DataFrame:
    """Each claim once, with the groups that it is in and `in`, a number for them."""
    columns = ["#fact", "line", "#firm", "claim", "due"]
    key = in_groups["#fact"].cast(pl.UInt64) * 2**16 + in_groups["line"]
    several = pl.Series(repeated(key.to_numpy()))
    alone = in_groups.filter(~several).select(*columns, pl.concat_list("#group").alias("groups"))
    rows = in_groups.filter(several).sort("#fact", "line", "#group").group_by("#fact", "line", maintain_order=True)
    slots = pl.concat([alone, rows.agg(pl.col("#firm", "claim", "due").first(), pl.col("#group").alias("groups"))])
    crossing = slots.filter(pl.col("groups").list.len() > 1).select("groups").unique(maintain_order=True).with_row_index("number")
    first = pl.col("groups").list.first() * 2
    if not crossing.height:
        return slots.with_columns(first.alias("in"))
    slots = slots.join(crossing, on="groups", how="left", maintain_order="left")
    number = pl.when(pl.col("number").is_null()).then(first).otherwise(pl.col("number").cast(pl.UInt64) * 2 + 1)
    return slots.with_columns(number.alias("in")).drop("number")


class _Ids:
    """The ids of facts, where it matters which of two equal ones is paid: under limits of the city, which look at facts."""

    def __init__(self, intake: Intake, lines: Sequence[int]):
        self.intake, self.lines = intake, lines

    def beside(self, rows: pl.DataFrame) -> pl.DataFrame:
        """The rows with the `id` of their facts, null where it makes no difference."""
        some = rows.filter(pl.col("line").is_in(list(self.lines)))
        if not some.height:
            return rows.with_columns(pl.lit(None, dtype=pl.String).alias("id"))
        wanted = some["#fact"].unique().implode()
        found = [own.frame.filter(pl.col("#fact").is_in(wanted)).select("#fact", "id") for own in self.intake.facts.values()]
        return rows.join(pl.concat(found), on="#fact", how="left")


def _paid(sums: pl.DataFrame, left: pl.DataFrame) -> pl.DataFrame:
    """What each benefit of a firm comes to: #firm, line, paid; nothing where its limit leaves nothing."""
    held = limits.with_left(sums, left).with_columns(pl.min_horizontal("due", "left").alias("paid"))
    return held.filter(pl.col("paid") > 0).select("#firm", "line", "paid")


def _count(sums: pl.DataFrame, in_groups: pl.DataFrame, batched: set[int], alone: set[int], cannot: set[int]) -> dict[str, int]:
    claiming = sums["#firm"].n_unique() - len(cannot)
    meeting_firms = in_groups["#firm"].n_unique()
    return {"free": claiming - meeting_firms, "largest": meeting_firms - len(batched), "batch": len(batched), "engine": len(alone)}
