"""A population under study: reckoned once, then asked what a change would do. Only what a change touches is worked out anew."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from chaoce.assessment.claims import Engine as Rules
from chaoce.assessment.claims import Line
from chaoce.population.city import Shortage, cut_of, settle
from chaoce.population.engines import Engine
from chaoce.population.keep import read_kept
from chaoce.population.lines import Plan
from chaoce.population.progress import Progress
from chaoce.population.recipe import Recipe
from chaoce.population.reckon import place_of
from chaoce.population.redo import Again, changed_lines, redo
from chaoce.population.run import Reckoned, reckon_all
from chaoce.population.selected import choose_by_rank, chosen_by_rank, with_uscc
from chaoce.population.tables import FIRMS_IN_A_RANGE, Tables, find_tables

#: What a benefit of a firm was and would be, in fen, after the city's limits, where the two differ; named by policy and benefit.
DIFFERENCE = {"uscc": pl.String, "policy": pl.String, "benefit": pl.String, "before": pl.Int64, "after": pl.Int64}


@dataclass(frozen=True)
class Costs:
    """What a plan comes to: `benefits` has policy, benefit, clause, firms, due (before the city's limits) and paid, in fen."""

    benefits: pl.DataFrame
    shortages: tuple[Shortage, ...]
    lines: tuple[Line, ...]

    @property
    def paid(self) -> int:
        return int(self.benefits["paid"].sum())


@dataclass(frozen=True)
class WhatIf:
    """A change worked out: what everything would cost, and every benefit of a firm that would be paid otherwise."""

    recipe: Recipe
    costs: Costs
    difference: pl.DataFrame


class Study:
    """A population under given rules, kept so that changes can be asked of it. Close it, or use it as a context."""

    def __init__(
        self,
        folder: Path,
        recipe: Recipe,
        work: Path,
        engine: Engine,
        firms: int = FIRMS_IN_A_RANGE,
        progress: Callable[[int], Progress] = Progress,
    ):
        self.recipe, self.engine, self.work, self.progress, self.size = recipe, engine, work, progress, firms
        session = recipe.session()
        self.rules: Rules = session.assessor.engine
        self.types = session.reader.types
        self.tables: Tables = find_tables(folder, session.reader.types)
        self.base: Reckoned = reckon_all(self.tables, recipe, work / "base", engine, False, firms, progress, kept=True)
        self._entitled = self.base.scan("entitled").collect()
        self._city = self.base.scan("city").collect()
        settled, shortages = settle(self._city, self.base.lines)
        self._cut = cut_of(settled)
        self.costs = _costs(self._entitled, self._cut, self.base.lines, tuple(shortages))
        self._asked = 0

    def firms(self) -> pl.DataFrame:
        """Every firm: uscc, section, town, employees, paid (fen, after the city's limits)."""
        firms = self.base.scan("firms").collect()
        lost = self._cut.group_by("uscc").agg((pl.col("paid") - pl.col("amount")).sum().alias("lost"))
        firms = firms.join(lost, on="uscc", how="left", maintain_order="left")
        return firms.with_columns(pl.col("paid") - pl.col("lost").fill_null(0)).drop("lost")

    def entitled(self) -> pl.DataFrame:
        """What each benefit of each firm is paid, in fen, after the city's limits: uscc, line, paid."""
        return _after_cut(self._entitled, self._cut)

    def ask(self, recipe: Recipe) -> WhatIf:
        """What other rules would do to the same population; raises Faults."""
        session = recipe.session()
        rules = session.assessor.engine
        self._asked += 1
        folder = self.work / f"asked-{self._asked:05d}"
        if recipe.year != self.recipe.year or session.reader.types != self.types:
            return self._anew(recipe, folder)
        changed = changed_lines(self.rules, rules)
        if changed is None:
            return self._anew(recipe, folder)
        selected = choose_by_rank(rules.lines, self.rules.lines, Plan(rules, recipe.year), self._checked, folder / "selected")
        again = Again(recipe, changed, self.base.folder, folder, selected)
        lines = tuple(rules.lines)
        changes = pl.DataFrame(schema={"uscc": pl.String, "line": pl.UInt16, "before": pl.Int64, "after": pl.Int64})
        city = self._city
        if changed or selected is not None:
            for _ in self.engine.over(redo, again, self.base.parts):
                pass
            changes = pl.concat([pl.read_ipc(place_of(folder, part) / "changed.arrow") for part in self.base.parts])
            city = pl.concat([pl.read_ipc(place_of(folder, part) / "city.arrow") for part in self.base.parts])
        settled, shortages = settle(city, lines)
        cut = cut_of(settled)
        shutil.rmtree(folder, ignore_errors=True)
        return WhatIf(recipe, self._costs_after(changes, cut, lines, tuple(shortages)), self._difference(changes, cut))

    def _checked(self, name: str) -> pl.DataFrame:
        """The facts of a type, as they were checked for the base."""
        kept = [read_kept(place_of(self.base.folder, part), self.types) for part in self.base.parts]
        found = [with_uscc(own.intake.facts[name].frame, own.intake.firms) for own in kept if name in own.intake.facts]
        return pl.concat(found) if found else pl.DataFrame()

    def _anew(self, recipe: Recipe, folder: Path) -> WhatIf:
        """Other benefits altogether: the population is reckoned under them from its files."""
        session = recipe.session()
        tables = find_tables(self.tables.folder, session.reader.types)
        selected = chosen_by_rank(recipe, self.recipe, tables, self.base.parts, folder / "selected")
        reckoned = reckon_all(tables, recipe, folder, self.engine, False, self.size, self.progress, selected=selected)
        entitled, city = reckoned.scan("entitled").collect(), reckoned.scan("city").collect()
        settled, shortages = settle(city, reckoned.lines)
        cut = cut_of(settled)
        costs = _costs(entitled, cut, reckoned.lines, tuple(shortages))
        mine, theirs = _named(self.entitled(), self.base.lines), _named(_after_cut(entitled, cut), reckoned.lines)
        key = ["uscc", "policy", "benefit"]
        joined = mine.rename({"paid": "before"}).join(theirs.rename({"paid": "after"}), on=key, how="full", coalesce=True)
        joined = joined.with_columns(pl.col("before", "after").fill_null(0)).filter(pl.col("before") != pl.col("after"))
        shutil.rmtree(folder, ignore_errors=True)
        return WhatIf(recipe, costs, joined.select(list(DIFFERENCE)).sort(key))

    def _costs_after(self, changes: pl.DataFrame, cut: pl.DataFrame, lines: tuple[Line, ...], shortages: tuple[Shortage, ...]) -> Costs:
        """The sums of the base with what changes, benefit by benefit."""
        moved = changes.group_by("line").agg(
            (pl.col("after") - pl.col("before")).sum().alias("more"),
            ((pl.col("after") > 0).cast(pl.Int64) - (pl.col("before") > 0).cast(pl.Int64)).sum().alias("more_firms"),
        )
        lost = cut.group_by("line").agg((pl.col("paid") - pl.col("amount")).sum().alias("lost"))
        own = self.costs.benefits.with_columns(pl.col("order").alias("line")).join(moved, on="line", how="left", maintain_order="left")
        own = own.join(lost, on="line", how="left", maintain_order="left").with_columns(pl.col("more", "more_firms", "lost").fill_null(0))
        due = pl.col("due") + pl.col("more")
        benefits = own.with_columns(due.alias("due"), pl.col("firms") + pl.col("more_firms"), (due - pl.col("lost")).alias("paid"))
        return Costs(benefits.select(self.costs.benefits.columns), shortages, lines)

    def _difference(self, changes: pl.DataFrame, cut: pl.DataFrame) -> pl.DataFrame:
        """What changes after the city's limits of both sides, by firm and benefit in the plan's order."""
        if not self._cut.height and not cut.height:
            return _named(changes, self.base.lines).select(list(DIFFERENCE))
        key = ["uscc", "line"]
        was = self._cut.select(*key, pl.col("paid").alias("was_due"), pl.col("amount").alias("was"))
        would = cut.select(*key, pl.col("paid").alias("would_due"), pl.col("amount").alias("would"))
        rows = changes.join(was, on=key, how="full", coalesce=True).join(would, on=key, how="full", coalesce=True)
        due_before = pl.coalesce("before", "was_due", "would_due")
        due_after = pl.coalesce("after", "would_due", "was_due")
        rows = rows.select(*key, pl.coalesce("was", due_before).alias("before"), pl.coalesce("would", due_after).alias("after"))
        rows = rows.filter(pl.col("before") != pl.col("after")).sort(key)
        return _named(rows, self.base.lines).select(list(DIFFERENCE))

    def close(self) -> None:
        self.engine.close()

    def __enter__(self) -> Study:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _after_cut(entitled: pl.DataFrame, cut: pl.DataFrame) -> pl.DataFrame:
    if not cut.height:
        return entitled
    rows = entitled.join(cut.select("uscc", "line", "amount"), on=["uscc", "line"], how="left", maintain_order="left")
    return rows.with_columns(pl.coalesce("amount", "paid").alias("paid")).drop("amount")


def _named(rows: pl.DataFrame, lines: tuple[Line, ...]) -> pl.DataFrame:
    """Rows by benefit with the names of policy and benefit."""
    names = {"policy": [line.policy.id for line in lines], "benefit": [line.benefit.id for line in lines]}
    words = [pl.Series(name, values, dtype=pl.String) for name, values in names.items()]
    return rows.with_columns(series.gather(rows["line"]).alias(series.name) for series in words).drop("line")


def _costs(entitled: pl.DataFrame, cut: pl.DataFrame, lines: tuple[Line, ...], shortages: tuple[Shortage, ...]) -> Costs:
    sums = entitled.group_by("line").agg(pl.len().cast(pl.Int64).alias("firms"), pl.col("paid").sum().alias("due"))
    lost = cut.group_by("line").agg((pl.col("paid") - pl.col("amount")).sum().alias("lost"))
    rows = [(line.order, line.policy.id, line.benefit.id, line.benefit.clause) for line in lines]
    schema = {"order": pl.UInt16, "policy": pl.String, "benefit": pl.String, "clause": pl.String}
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col("order").alias("line"))
    frame = frame.join(sums, on="line", how="left", maintain_order="left").join(lost, on="line", how="left", maintain_order="left")
    frame = frame.with_columns(pl.col("firms", "due", "lost").fill_null(0))
    frame = frame.with_columns((pl.col("due") - pl.col("lost")).alias("paid"))
    return Costs(frame.select("order", "policy", "benefit", "clause", "firms", "due", "paid"), shortages, lines)
