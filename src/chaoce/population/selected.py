"""A quota changed for a what-if: which projects would be chosen is read from their ranks in the review (`rank`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from chaoce.assessment.claims import Line
from chaoce.faults import Fault, Faults
from chaoce.population.city import best_ranks
from chaoce.population.columns import Columns, NotInColumns, firm_fields
from chaoce.population.intake import take_in
from chaoce.population.lines import Plan
from chaoce.population.recipe import Recipe
from chaoce.population.tables import Range, Tables
from chaoce.rules import expr as x


@dataclass(frozen=True)
class Selected:
    """Facts that are taken to be chosen, or not, whatever the files say: one file for each flag of a type."""

    files: tuple[tuple[str, str, Path], ...]

    def overrides(self) -> dict[tuple[str, str], pl.DataFrame]:
        return {(type_name, flag): pl.read_ipc(path) for type_name, flag, path in self.files}


#: The checked facts of a type, with the identifier of their firm.
Checked = Callable[[str], pl.DataFrame]


def chosen_by_rank(recipe: Recipe, base: Recipe, tables: Tables, parts: Sequence[Range], folder: Path) -> Selected | None:
    """What a change of quotas selects, where the recipe changes any; every row of the files is checked for it."""
    if recipe == base:
        return None
    session = recipe.session()
    rules, old = session.assessor.engine, base.session().assessor.engine

    def checked(name: str) -> pl.DataFrame:
        found = []
        for part in parts:
            intake = take_in(tables, session.reader.types, part)
            if name in intake.facts:
                found.append(with_uscc(intake.facts[name].frame, intake.firms))
        return pl.concat(found) if found else pl.DataFrame()

    return choose_by_rank(rules.lines, old.lines, Plan(rules, recipe.year), checked, folder)


def with_uscc(facts: pl.DataFrame, firms: pl.DataFrame) -> pl.DataFrame:
    """Checked facts with the identifier of their firm."""
    return facts.with_columns(firms["uscc"].gather(facts["#firm"]).alias("uscc"))


def choose_by_rank(lines: Sequence[Line], old: Sequence[Line], plan: Plan, checked: Checked, folder: Path) -> Selected | None:
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
        rows = _candidates(line, plan, checked(line.benefit.on), others, quota.by)
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


def _candidates(line: Line, plan: Plan, facts: pl.DataFrame, others: Sequence[x.Expr], by: str) -> pl.DataFrame:
    """The ranked facts of the year that could be chosen."""
    if not facts.width:
        return pl.DataFrame(schema=_CANDIDATES)
    reading = Columns()
    try:
        holds = [reading.flag(part).fill_null(False) for part in others]
        if reading.steps or reading.held or any(firm_fields(part) for part in others):
            raise NotInColumns
    except NotInColumns:
        raise Faults([Fault("population.quota.flag", {"benefit": line.benefit.id})]) from None
    ranked = facts.filter(plan.meant(line) & plan.in_term(line), *holds).filter(pl.col(by).is_not_null())
    return ranked.select("uscc", "id", pl.col(by).cast(pl.Int64).alias("rank"))
