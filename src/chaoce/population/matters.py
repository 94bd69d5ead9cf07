"""Which facts of a firm share a matter, and what support overlapping matters have received; from the facts alone, whatever the rules.

`a` and `a#1` overlap, `a#1` and `a#2` do not (docs/facts.md). The thing before the `#`, with its firm, is found by a 64-bit number;
numbers that meet are then looked at exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from chaoce.facts.types import FactType
from chaoce.population.intake import Intake, mixed, repeated
from chaoce.population.values import own_matter

#: Facts that share a matter: each group of facts that all overlap each other.
SHARED = {"#firm": pl.UInt32, "#group": pl.UInt32, "#fact": pl.UInt32}
#: What the matters of a fact have received, in fen.
TAKEN = {"#fact": pl.UInt32, "#received": pl.Int64}
_MATTERS = {"#firm": pl.UInt32, "#fact": pl.UInt32, "matter": pl.String}
_THING = ["#firm", "base"]


@dataclass(frozen=True)
class Overlaps:
    """The facts that overlap another fact of their firm, group by group, and what facts have received."""

    shared: pl.DataFrame
    taken: pl.DataFrame


def overlaps(intake: Intake) -> Overlaps:
    """Where the matters of a range overlap each other and what was received."""
    stated, own = _keyed(_stated(intake)), _keyed(_own_ids(intake))
    return Overlaps(_shared(stated, own), _taken(intake, stated, own))


def _shared(stated: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    # An id is its fact's own in a firm, so it is shared only where a matter names it.
    named = own.filter(pl.col("#key").is_in(stated["#key"].implode()))
    twice = pl.Series(repeated(stated["#key"].to_numpy()))
    if named.height:
        twice = twice | stated["#key"].is_in(named["#key"].implode())
    met = pl.concat([stated.filter(twice), named]).with_columns(_base_and_mark())
    if not met.height:
        return pl.DataFrame(schema=SHARED)
    met = met.select("#firm", "#fact", "base", "mark")
    whole, lines = met.filter(pl.col("mark").is_null()), met.filter(pl.col("mark").is_not_null())
    # A line of a thing overlaps the same line and the whole; the whole overlaps every line; lines do not overlap each other.
    order = [*_THING, "mark", "#fact"]
    found = [lines.select(order)]
    if lines.height and whole.height:
        beside = lines.select(*_THING, "mark").unique().join(whole.select(*_THING, "#fact"), on=_THING)
        found += [beside.select(order), whole.join(lines.select(_THING).unique(), on=_THING, how="anti").select(order)]
    else:
        found.append(whole.select(order))
    groups = pl.concat(found).group_by([*_THING, "mark"], maintain_order=True).agg(pl.col("#fact").unique(maintain_order=True))
    groups = groups.filter(pl.col("#fact").list.len() > 1).with_row_index("#group")
    return groups.select("#firm", "#group", "#fact").explode("#fact")


def _taken(intake: Intake, stated: pl.DataFrame, own: pl.DataFrame) -> pl.DataFrame:
    if not intake.received.height:
        return pl.DataFrame(schema=TAKEN)
    items = _keyed(intake.received.with_row_index("#item").select("#item", "#firm", "matter", "amount"))
    keys = items["#key"].implode()
    rows = pl.concat([frame.filter(pl.col("#key").is_in(keys)) for frame in (stated, own)]).with_columns(_base_and_mark())
    met = rows.join(items.with_columns(_base_and_mark()), on=_THING, suffix=".got")
    met = met.filter(pl.col("mark").is_null() | pl.col("mark.got").is_null() | (pl.col("mark") == pl.col("mark.got")))
    return met.unique(["#fact", "#item"]).group_by("#fact").agg(pl.col("amount").sum().alias("#received"))


def _base_and_mark() -> list[pl.Expr]:
    """The thing that a matter names, and the line of it that is meant, if one is."""
    parts = pl.col("matter").str.splitn("#", 2)
    return [parts.struct.field("field_0").alias("base"), parts.struct.field("field_1").alias("mark")]


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with a number for the firm and the thing of each matter."""
    keys = mixed(rows["#firm"], rows["matter"])
    marked = rows["matter"].str.contains("#", literal=True)
    if marked.any():
        some = rows.filter(marked).with_columns(_base_and_mark())
        keys[marked.to_numpy()] = mixed(some["#firm"], some["base"])
    return rows.with_columns(pl.Series("#key", keys))


def _stated(intake: Intake) -> pl.DataFrame:
    """The matters that facts name, those that their type gives them, and ids that name a line of another thing (`a#1`)."""
    found = [pl.DataFrame(schema=_MATTERS)]
    for own, frame in _frames(intake):
        stated = frame.filter(pl.col("matter").is_not_null())
        if stated.height:
            found.append(stated.select("#firm", "#fact", "matter").explode("matter"))
        silent = frame.filter(pl.col("matter").is_null()) if stated.height else frame
        if own.matter is not None:
            found.append(silent.select("#firm", "#fact", own_matter(own.matter).alias("matter")))
        else:
            lines = silent.filter(pl.col("id").str.contains("#", literal=True))
            found.append(lines.select("#firm", "#fact", pl.col("id").alias("matter")))
    return pl.concat(found)


def _own_ids(intake: Intake) -> pl.DataFrame:
    """The facts whose matter is their own id, which is then a whole thing of its own."""
    found = [pl.DataFrame(schema=_MATTERS)]
    for own, frame in _frames(intake):
        if own.matter is None:
            silent = frame.filter(pl.col("matter").is_null() & ~pl.col("id").str.contains("#", literal=True))
            found.append(silent.select("#firm", "#fact", pl.col("id").alias("matter")))
    return pl.concat(found)


def _frames(intake: Intake) -> Iterator[tuple[FactType, pl.DataFrame]]:
    for own in intake.facts.values():
        yield own.type, own.frame
