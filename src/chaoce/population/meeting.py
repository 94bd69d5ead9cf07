"""Where claims meet, in columns: the groups of claims of which at most one can be made (assessment/conflict.py).

Which facts share a matter is known (matters.py); here, for given claims, the groups among them. A group that lies in another says
nothing new and is dropped.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from chaoce.assessment.claims import Line
from chaoce.population.intake import Intake, repeated

#: The number of the first group that is not of a shared matter.
_OTHER_GROUPS = 2**31


def groups_of(claims: pl.DataFrame, shared: pl.DataFrame, lines: Sequence[Line], intake: Intake) -> pl.DataFrame:
    """The groups of two claims or more: #firm, #group, #fact, claim. No group lies in another."""
    keys = claims.select("#firm", "#fact", "claim")
    keys = keys.unique() if has_parts(claims) else keys
    found = [_sharing(keys, shared)]
    # Two claims for one fact exclude each other, whatever its matter.
    twice = keys.filter(pl.Series(repeated(keys["#fact"].to_numpy())))
    if twice.height:
        found.append(
            twice.join(shared.select("#fact").unique(), on="#fact", how="anti").select(
                "#firm", (pl.col("#fact") + _OTHER_GROUPS).alias("#group"), "#fact", "claim"
            )
        )
    once = _once(claims, lines, intake)
    if once is not None:
        found.append(once)
    groups = pl.concat(found, how="vertical_relaxed").with_columns(pl.col("#group").cast(pl.UInt64))
    groups = groups.filter(pl.len().over("#group") > 1)
    return _without_inner(groups)


def _sharing(keys: pl.DataFrame, shared: pl.DataFrame) -> pl.DataFrame:
    """The claims of facts that share a matter, in the groups that hold two claims or more."""
    # Facts and groups are numbered from 0, so counting them costs one pass.
    of_fact = np.bincount(keys["#fact"].to_numpy(), minlength=int(shared["#fact"].max() or 0) + 1)  # type: ignore[arg-type]
    fact, group = shared["#fact"].to_numpy(), shared["#group"].to_numpy()
    claims = np.bincount(group, weights=of_fact[fact]) if len(group) else np.zeros(0)
    here = shared.filter(pl.Series((of_fact[fact] > 0) & (claims[group] > 1), dtype=pl.Boolean))
    some = keys.filter(pl.Series(holding(here["#fact"], keys["#fact"])))
    return here.select("#fact", "#group").join(some, on="#fact").select("#firm", "#group", "#fact", "claim")


def holding(numbers: pl.Series, asked: pl.Series) -> np.ndarray:
    """Which of the numbers asked stand among the others; both are small whole numbers."""
    most = max(int(numbers.max() or 0), int(asked.max() or 0))  # type: ignore[arg-type]
    there = np.zeros(most + 1, dtype=bool)
    there[numbers.to_numpy()] = True
    return there[asked.to_numpy()]


def has_parts(claims: pl.DataFrame) -> bool:
    """Whether some claim has several parts."""
    return bool((claims["line"] != claims["claim"]).any())


def _once(claims: pl.DataFrame, lines: Sequence[Line], intake: Intake) -> pl.DataFrame | None:
    """Claims of a benefit that is paid once: once a firm, or once for each value of a field."""
    found = []
    paid_once = [line for line in lines if line.benefit.once is not None]
    claims = claims.filter(pl.col("line").is_in([line.order for line in paid_once]))
    for line in paid_once:
        key = str(line.benefit.once)
        own = claims.filter(pl.col("line") == line.order)
        # Most firms claim it once at the most, whatever the field says.
        own = own.filter(pl.Series(repeated(own["#firm"].to_numpy())))
        if key != "firm" and own.height:
            frame = intake.facts[line.benefit.on].frame.select("#fact", pl.col(key).cast(pl.String).alias("value"))
            own = own.join(frame, on="#fact", how="left")
        else:
            own = own.with_columns(pl.lit(None, dtype=pl.String).alias("value"))
        own = own.filter(pl.struct("#firm", "value").is_duplicated())
        if own.height:
            found.append(own.select("#firm", "#fact", "line", "claim", "value"))
    if not found:
        return None
    rows = pl.concat(found).sort("#firm", "line", "value", "#fact")
    number = pl.struct("#firm", "line", "value").rle_id().cast(pl.UInt64) + 2 * _OTHER_GROUPS
    return rows.select("#firm", number.alias("#group"), "#fact", "claim")


def _without_inner(groups: pl.DataFrame) -> pl.DataFrame:
    """The groups without those that lie in another; of equal ones the first is kept."""
    key = ["#fact", "claim"]
    crossing = groups.filter(pl.struct(key).is_duplicated())
    if not crossing.height:
        return groups
    sizes = groups.group_by("#group").len("size")
    pairs = crossing.join(crossing, on=key, suffix=".other").filter(pl.col("#group") != pl.col("#group.other"))
    common = pairs.group_by("#group", "#group.other").len("common").join(sizes, on="#group")
    common = common.join(sizes.rename({"#group": "#group.other", "size": "size.other"}), on="#group.other")
    inner = common.filter(
        (pl.col("common") == pl.col("size")) & ((pl.col("size") < pl.col("size.other")) | (pl.col("#group") > pl.col("#group.other")))
    )
    return groups.join(inner.select("#group").unique(), on="#group", how="anti")


def crossing(groups: pl.DataFrame) -> pl.Series:
    """The firms in which a claim is in more than one group."""
    return groups.filter(pl.struct("#fact", "claim").is_duplicated())["#firm"].unique()
