"""A quota changed for a what-if: which projects would be chosen is read from their ranks in the review (`rank`)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from chaoce.assessment.claims import Line
from chaoce.facts.types import Field
from chaoce.faults import Fault, Faults
from chaoce.marked import Names
from chaoce.population.city import best_ranks
from chaoce.population.columns import Columns, NotInColumns
from chaoce.population.lines import Plan
from chaoce.population.recipe import Recipe
from chaoce.population.tables import Tables
from chaoce.population.values import empty, read_column
from chaoce.rules import expr as x


@dataclass(frozen=True)
class Selected:
    """Facts that are taken to be chosen, or not, whatever the files say: one file for each flag of a type."""

    files: tuple[tuple[str, str, Path], ...]

    def overrides(self) -> dict[tuple[str, str], pl.DataFrame]:
        return {(type_name, flag): pl.read_ipc(path) for type_name, flag, path in self.files}


def chosen_by_rank(recipe: Recipe, base: Recipe, tables: Tables, folder: Path) -> Selected | None:
    """What a change of quotas selects, where the recipe changes any."""
    if recipe == base:
        return None
    rules, old = recipe.session().assessor.engine, base.session().assessor.engine
    return choose_by_rank(rules.lines, old.lines, Plan(rules, recipe.year), tables, folder)


def choose_by_rank(lines: Sequence[Line], old: Sequence[Line], plan: Plan, tables: Tables, folder: Path) -> Selected | None:
    """For every quota that differs from that of the old rules: the best ranks are chosen, as many as it allows."""
    before = {(line.policy.id, line.benefit.id): line.benefit.quota for line in old}
    files = []
    for line in lines:
        quota, was = line.benefit.quota, before.get((line.policy.id, line.benefit.id))
        if quota is None or was is None or quota.count == was.count or quota.counting is None:
            continue
        flag, others = _flag_of(line)
        if quota.by is None:
            raise Faults([Fault("population.quota.rank", {"benefit": line.benefit.id, "count": quota.count, "quota": was.count})])
        rows = _candidates(line, plan, tables, flag, others)
        chosen, _ = best_ranks(rows, quota.count)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{line.benefit.on}-{flag}.arrow"
        rows.select("uscc", "id", chosen.alias("value")).write_ipc(path)
        files.append((line.benefit.on, flag, path))
    return Selected(tuple(files)) if files else None


def _flag_of(line: Line) -> tuple[str, list[x.Expr]]:
    """The flag of a fact that says it was chosen, and what else must hold for it to take a place."""
    parts = x.conjuncts(line.benefit.quota.counting)  # type: ignore[union-attr]
    flags = [part for part in parts if isinstance(part, x.FactField)]
    if len(flags) != 1:
        raise Faults([Fault("population.quota.flag", {"benefit": line.benefit.id})])
    return flags[0].field.name, [part for part in parts if part is not flags[0]]


_CANDIDATES = {"uscc": pl.String, "id": pl.String, "rank": pl.Int64}


def _candidates(line: Line, plan: Plan, tables: Tables, flag: str, others: Sequence[x.Expr]) -> pl.DataFrame:
    """The ranked facts of the year that could be chosen."""
    own = line.policy.types.types[line.benefit.on]
    table = next((table for table in tables.facts if table.name == own.name), None)
    if table is None:
        return pl.DataFrame(schema=_CANDIDATES)
    raw = table.scan().collect()
    if not {"uscc", "id", "date"} <= set(raw.columns):
        return pl.DataFrame(schema=_CANDIDATES)
    columns = [raw["uscc"], raw["id"].cast(pl.String), read_column(Field("date", "date", Names("", "")), raw["date"]).values.alias("date")]
    for name, field in own.fields.items():
        values = read_column(field, raw[name]).values if name in raw.columns else empty(field, raw.height)
        columns.append((values.fill_null(field.default) if field.default is not None else values).alias(name))
    frame = pl.DataFrame(columns).with_columns(pl.col("date").dt.year().alias("#year"))
    reading = Columns()
    try:
        holds = [reading.flag(part).fill_null(False) for part in others]
        if reading.steps or reading.held:
            raise NotInColumns
    except NotInColumns:
        raise Faults([Fault("population.quota.flag", {"benefit": line.benefit.id})]) from None
    by = line.benefit.quota.by  # type: ignore[union-attr]
    frame = frame.filter(plan.meant(line) & plan.in_term(line), *holds).filter(pl.col(by).is_not_null())  # type: ignore[arg-type]
    return frame.select("uscc", "id", pl.col(by).cast(pl.Int64).alias("rank"))  # type: ignore[arg-type]
