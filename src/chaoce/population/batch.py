"""The best claim of many firms at once, where groups of claims meet under limits that bind.

Firms whose problem has the same shape (which benefits stand in which group) are solved together: every way to choose is tried
once, for all of them, in whole fen. The total decides, then what each benefit gets in the plan's order, as for a single firm.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import polars as pl

from chaoce.assessment.choose import SEARCH_WORK
from chaoce.population.limits import with_left

#: More benefits than one firm can have.
_PLACES = 2**16
#: What a limit leaves where there is none.
_NO_LIMIT = 2**62


def solvable(groups: pl.DataFrame, claims: pl.DataFrame) -> pl.Series:
    """Of firms whose groups meet under limits that bind, those whose ways are few enough.

    Few enough for the one-firm search to come to its end too, with ties settled: it looks at no more nodes than there are lawful
    choices times the facts, and in each at no more than all facts. `groups` is their #firm, #group, #fact, claim.
    """
    sizes = groups.group_by("#firm", "#group").agg(pl.len().cast(pl.Int64).alias("claims"))
    firms = sizes.group_by("#firm").agg(
        pl.len().alias("groups"), pl.col("claims").max().alias("most"), (pl.col("claims").clip(0, 31) + 1).product().alias("choices")
    )
    # Twelve groups of 31 claims are the most whose product is sure to fit a word.
    firms = firms.filter((pl.col("groups") <= 12) & (pl.col("most") <= 30))
    facts = claims.group_by("#firm").agg((pl.col("#fact").n_unique() + 1).cast(pl.Int64).alias("facts"))
    firms = firms.join(facts, on="#firm")
    return firms.filter(pl.col("choices") <= SEARCH_WORK // (pl.col("facts") * pl.col("facts")))["#firm"]


def solve(slots: pl.DataFrame, free: pl.DataFrame, left: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The slots taken, and how many shapes there were.

    `slots` has a row for each benefit in each group (#firm, #group, line, due); of each group exactly one is taken. `free` is what
    each firm's benefits get otherwise (#firm, line, free), `left` what limits leave (limits.left).
    """
    ordered = slots.sort("#firm", "#group", "line").with_row_index("#slot")
    lines = ordered.select("#firm", "line").unique().sort("#firm", "line")
    lines = lines.with_columns((pl.int_range(pl.len()).over("#firm")).alias("place"))
    lines = with_left(lines.join(free, on=["#firm", "line"], how="left"), left)
    lines = lines.with_columns(pl.col("free").fill_null(0), pl.col("left").fill_null(_NO_LIMIT)).sort("#firm", "line")
    ordered = ordered.join(lines.select("#firm", "line", "place"), on=["#firm", "line"], maintain_order="left")
    ordered = ordered.with_columns(pl.col("#group").rle_id().alias("number"))
    ordered = ordered.with_columns((pl.col("number") - pl.col("number").min().over("#firm")).alias("number"))
    shape = ordered.group_by("#firm", maintain_order=True).agg(
        (pl.col("number").cast(pl.Int64) * _PLACES + pl.col("place")).cast(pl.String).str.join(",").alias("shape"),
        pl.col("#slot").first().alias("start"),
    )
    shape = shape.with_columns((pl.int_range(pl.len())).alias("at"))
    line_start = lines.with_row_index("#line").group_by("#firm", maintain_order=True).agg(pl.col("#line").first().alias("line_start"))
    shape = shape.join(line_start, on="#firm", maintain_order="left")
    due, free_of, left_of = ordered["due"].to_numpy(), lines["free"].to_numpy(), lines["left"].to_numpy()
    taken: list[np.ndarray] = []
    shapes = shape.partition_by("shape", maintain_order=True)
    for firms in shapes:
        code = [int(value) for value in firms["shape"][0].split(",")]
        taken.append(_solve_shape([(value // _PLACES, value % _PLACES) for value in code], firms, due, free_of, left_of))
    chosen = np.concatenate(taken) if taken else np.zeros(0, dtype=np.int64)
    return ordered.filter(pl.Series(np.isin(np.arange(ordered.height), chosen))), len(shapes)


def _solve_shape(code: list[tuple[int, int]], firms: pl.DataFrame, due: np.ndarray, free_of: np.ndarray, left_of: np.ndarray) -> np.ndarray:
    """The numbers of the slots taken, for all firms of one shape; `code` gives the group and the benefit of each slot."""
    starts = firms["start"].to_numpy().astype(np.int64)
    line_starts = firms["line_start"].to_numpy().astype(np.int64)
    groups: dict[int, list[int]] = {}
    for slot, (group, _) in enumerate(code):
        groups.setdefault(group, []).append(slot)
    places = max(place for _, place in code) + 1
    dues = [due[starts + slot] for slot in range(len(code))]
    free = [free_of[line_starts + place] for place in range(places)]
    left = [left_of[line_starts + place] for place in range(places)]
    ways = list(product(*groups.values()))
    best: list[np.ndarray] | None = None
    chosen = np.zeros(len(starts), dtype=np.int64)
    for number, way in enumerate(ways):
        sums = list(free)
        for slot in way:
            place = code[slot][1]
            sums[place] = sums[place] + dues[slot]
        amounts = [np.minimum(sums[place], left[place]) for place in range(places)]
        key = [np.sum(amounts, axis=0), *amounts]
        if best is None:
            best = key
            continue
        better = _greater(key, best)
        chosen[better] = number
        best = [np.where(better, mine, theirs) for mine, theirs in zip(key, best, strict=True)]
    slots_of = np.array(ways, dtype=np.int64)
    return (starts[:, None] + slots_of[chosen]).ravel()


def _greater(one: list[np.ndarray], other: list[np.ndarray]) -> np.ndarray:
    """Where one list of numbers stands before another: the first that differs decides."""
    greater = np.zeros(len(one[0]), dtype=bool)
    same = np.ones(len(one[0]), dtype=bool)
    for mine, theirs in zip(one, other, strict=True):
        greater |= same & (mine > theirs)
        same &= mine == theirs
    return greater
