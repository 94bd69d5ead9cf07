"""The best claim of many firms at once, where groups of claims cross, or meet under limits that bind.

Firms whose problem has the same shape (which benefits stand in which groups) are solved together: the ways to choose are found once,
and each is tried for all of them, in whole fen. The total decides, then what each benefit gets in the plan's order, as for one firm.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from chaoce.assessment.choose import SEARCH_WORK
from chaoce.population.limits import with_left

#: What a limit leaves where there is none.
_NO_LIMIT = 2**62


def unsolvable(groups: pl.DataFrame, claims: pl.DataFrame) -> pl.Series:
    """Of firms whose groups cross or meet under limits that bind, those with a part whose ways are too many.

    Few enough for the one-firm search to come to its end too, with ties settled: it looks at no more nodes than there are lawful
    choices times the facts, and in each at no more than all facts. A lawful choice takes at most one claim of each group, so there
    are at most as many as the product of their sizes, none included. `groups` is their #firm, #part, #group, #fact, claim.
    """
    sizes = groups.group_by("#firm", "#part", "#group").agg(pl.len().cast(pl.Int64).alias("claims"))
    parts = sizes.group_by("#firm", "#part").agg(
        pl.len().alias("groups"), pl.col("claims").max().alias("most"), (pl.col("claims").clip(0, 31) + 1).product().alias("choices")
    )
    facts = claims.group_by("#firm").agg((pl.col("#fact").n_unique() + 1).cast(pl.Int64).alias("facts"))
    # Twelve groups of 30 claims are the most whose product is sure to fit a word.
    few = (pl.col("groups") <= 12) & (pl.col("most") <= 30)
    small = pl.col("choices") <= SEARCH_WORK // (pl.col("facts") * pl.col("facts"))
    return parts.join(facts, on="#firm").filter(~(few & small))["#firm"].unique()


def parts_of(groups: pl.DataFrame, bound: pl.DataFrame) -> pl.DataFrame:
    """The groups with `#part`, equal for groups that depend on each other: through a claim in both, or a limit that binds both.

    `groups` has #firm, #group, #fact, line, claim; `bound` the benefits of firms whose limits bind.
    """
    rows = groups.join(bound.with_columns(pl.lit(True).alias("bound")), on=["#firm", "line"], how="left")
    rows = rows.with_columns(pl.col("bound").fill_null(False), pl.col("#group").alias("#part"))
    while True:
        by_claim = pl.col("#part").min().over("#fact", "claim")
        by_limit = pl.when("bound").then(pl.col("#part").min().over("#firm", "line", "bound")).otherwise("#part")
        joined = rows.with_columns(pl.min_horizontal(by_claim, by_limit).alias("#part"))
        joined = joined.with_columns(pl.col("#part").min().over("#group"))
        if joined["#part"].equals(rows["#part"]):
            return joined.drop("bound")
        rows = joined


def solve(slots: pl.DataFrame, free: pl.DataFrame, left: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The slots taken, and how many shapes of parts there were.

    `slots` are the claims to choose from: #firm, #part, line, due and `groups`, the list of their groups; no two of one are taken.
    `free` is what each firm's benefits get otherwise (#firm, line, free), `left` what limits leave (limits.left).
    """
    lines = slots.select("#firm", "#part", "line").unique().sort("#part", "line")
    lines = lines.with_columns((pl.int_range(pl.len()).over("#part")).alias("place"))
    lines = with_left(lines.join(free, on=["#firm", "line"], how="left"), left)
    lines = lines.with_columns(pl.col("free").fill_null(0), pl.col("left").fill_null(_NO_LIMIT)).sort("#part", "line")
    ordered = _coded(slots.join(lines.select("#part", "line", "place"), on=["#part", "line"], maintain_order="left"))
    shape = ordered.group_by("#part", maintain_order=True).agg(
        pl.col("code").str.join(",").alias("shape"), pl.col("#slot").first().alias("start")
    )
    line_start = lines.with_row_index("#line").group_by("#part", maintain_order=True).agg(pl.col("#line").first().alias("line_start"))
    shape = shape.join(line_start, on="#part", maintain_order="left")
    due, free_of, left_of = ordered["due"].to_numpy(), lines["free"].to_numpy(), lines["left"].to_numpy()
    taken: list[np.ndarray] = []
    shapes = shape.partition_by("shape", maintain_order=True)
    for firms in shapes:
        taken.append(_solve_shape(_decoded(firms["shape"][0]), firms, due, free_of, left_of))
    chosen = np.zeros(ordered.height, dtype=bool)
    chosen[np.concatenate(taken) if taken else []] = True
    return ordered.filter(pl.Series(chosen)), len(shapes)


def _coded(slots: pl.DataFrame) -> pl.DataFrame:
    """The slots of each part in a fixed order, each with its `code`: the place of its benefit and its groups, counted within the part."""
    rows = slots.with_row_index("#row").select("#row", "#part", "groups").explode("groups").sort("#part", "groups", "#row")
    rows = rows.with_columns(pl.col("groups").rle_id().alias("number"))
    rows = rows.with_columns(pl.col("number") - pl.col("number").min().over("#part"))
    words = rows.group_by("#row").agg(pl.col("number").sort().cast(pl.String).str.join(".").alias("named"))
    coded = slots.with_row_index("#row").join(words, on="#row", how="left")
    coded = coded.with_columns(pl.concat_str([pl.col("place").cast(pl.String), pl.col("named")], separator=":").alias("code"))
    return coded.sort("#part", "named", "place", "#row").with_row_index("#slot")


#: Of a slot: the place of its benefit among those of the part, and its groups.
_Slot = tuple[int, frozenset[int]]


def _decoded(shape: str) -> list[_Slot]:
    found = []
    for code in shape.split(","):
        place, _, groups = code.partition(":")
        found.append((int(place), frozenset(int(group) for group in groups.split("."))))
    return found


def ways_of(slots: Sequence[_Slot]) -> list[tuple[int, ...]]:
    """Every way to take slots of which no two share a group, and to which none can be added.

    >>> ways_of([(0, frozenset({0})), (1, frozenset({0, 1})), (0, frozenset({1}))])
    [(0, 2), (1,)]
    """
    found: list[tuple[int, ...]] = []

    def go(number: int, taken: tuple[int, ...], groups: frozenset[int]) -> None:
        if number == len(slots):
            if all(place in taken or own & groups for place, (_, own) in enumerate(slots)):
                found.append(taken)
            return
        own = slots[number][1]
        if not own & groups:
            go(number + 1, (*taken, number), groups | own)
        go(number + 1, taken, groups)

    go(0, (), frozenset())
    return found


def _solve_shape(slots: list[_Slot], firms: pl.DataFrame, due: np.ndarray, free_of: np.ndarray, left_of: np.ndarray) -> np.ndarray:
    """The numbers of the slots taken, for all parts of one shape."""
    starts = firms["start"].to_numpy().astype(np.int64)
    line_starts = firms["line_start"].to_numpy().astype(np.int64)
    places = max(place for place, _ in slots) + 1
    dues = [due[starts + slot] for slot in range(len(slots))]
    free = [free_of[line_starts + place] for place in range(places)]
    left = [left_of[line_starts + place] for place in range(places)]
    ways = ways_of(slots)
    best: list[np.ndarray] | None = None
    chosen = np.zeros(len(starts), dtype=np.int64)
    for number, way in enumerate(ways):
        sums = list(free)
        for slot in way:
            place = slots[slot][0]
            sums[place] = sums[place] + dues[slot]
        amounts = [np.minimum(sums[place], left[place]) for place in range(places)]
        key = [np.sum(amounts, axis=0), *amounts]
        if best is None:
            best = key
            continue
        better = _greater(key, best)
        chosen[better] = number
        best = [np.where(better, mine, theirs) for mine, theirs in zip(key, best, strict=True)]
    return np.concatenate([(starts[chosen == number][:, None] + np.array(way, dtype=np.int64)).ravel() for number, way in enumerate(ways)])


def _greater(one: list[np.ndarray], other: list[np.ndarray]) -> np.ndarray:
    """Where one list of numbers stands before another: the first that differs decides."""
    greater = np.zeros(len(one[0]), dtype=bool)
    same = np.ones(len(one[0]), dtype=bool)
    for mine, theirs in zip(one, other, strict=True):
        greater |= same & (mine > theirs)
        same &= mine == theirs
    return greater
