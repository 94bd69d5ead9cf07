"""A what-if over one range: only the benefits that change are claimed anew, and only the firms that they reach decided anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from chaoce.assessment.claims import Engine
from chaoce.facts.types import FactTypes
from chaoce.population.city_lines import city_lines
from chaoce.population.intake import Facts, find_firms, overridden
from chaoce.population.keep import Kept, read_kept
from chaoce.population.lines import Claimed, Plan, claim
from chaoce.population.recipe import Recipe
from chaoce.population.reckon import place_of, reckon_due, whole
from chaoce.population.selected import Selected
from chaoce.population.tables import Range
from chaoce.rules.tree import Benefit

#: What a benefit of a firm was and would be before the city's limits, in fen, where the two differ.
CHANGED = {"uscc": pl.String, "line": pl.UInt16, "before": pl.Int64, "after": pl.Int64}


@dataclass(frozen=True)
class Again:
    """A what-if to be worked out over kept ranges: plain data that any process can be handed."""

    recipe: Recipe
    changed: tuple[int, ...]
    kept: Path
    folder: Path
    selected: Selected | None = None


def changed_lines(old: Engine, new: Engine) -> tuple[int, ...] | None:
    """The benefits that pay otherwise under other rules; None where everything is to be looked at anew."""
    if [(line.policy.id, line.benefit.id) for line in old.lines] != [(line.policy.id, line.benefit.id) for line in new.lines]:
        return None
    had, has = ({line.order for line in city_lines(rules.lines)} for rules in (old, new))
    # Facts take places of a quota though they are not paid: of a new one, or in other days, all of them are looked at.
    if any(new.lines[order].benefit.quota is not None for order in has - had):
        return None
    days = [[(line.policy.term, line.policy.settings.year_starts) for line in rules.lines if line.benefit.quota] for rules in (old, new)]
    if days[0] != days[1]:
        return None
    if _limits(old) != _limits(new):
        return tuple(line.order for line in new.lines)
    changed = []
    for before, after in zip(old.lines, new.lines, strict=True):
        one, other = before.policy, after.policy
        whole_policy = (one.term, one.eligible, one.limits, one.settings) != (other.term, other.eligible, other.limits, other.settings)
        under = {pay.benefit for pay in after.benefit.pays.walk() if hasattr(pay, "benefit")}
        lifted = any(_money(one.benefit(name)) != _money(other.benefit(name)) for name in under)
        if whole_policy or lifted or after.order in has ^ had or _money(before.benefit) != _money(after.benefit):
            changed.append(after.order)
    return tuple(changed)


def _limits(engine: Engine) -> list[tuple[object, ...]]:
    """The limits of firms in order, whatever their amounts: claims name them by their place."""
    return [(policy.id, limit.name, limit.per, limit.span, limit.over, limit.when) for limit, policy in engine.caps]


def _money(benefit: Benefit) -> tuple[object, ...]:
    """What of a benefit a firm's own amount depends on, and which facts take a place of its quota."""
    counting = benefit.quota.counting if benefit.quota is not None else None
    return benefit.on, benefit.of, benefit.where, benefit.pays, benefit.limits, benefit.once, benefit.beside, counting


_plans: dict[Again, tuple[Plan, FactTypes]] = {}


def redo(again: Again, part: Range) -> int:
    """Work a what-if out over one range into its folder; how many benefits of firms change."""
    if again not in _plans:
        _plans.clear()
        session = again.recipe.session()
        _plans[again] = Plan(session.assessor.engine, session.year), session.reader.types
    plan, types = _plans[again]
    base = place_of(again.kept, part)
    kept = read_kept(base, types)
    overrides = again.selected.overrides() if again.selected is not None else {}
    for (name, flag), values in overrides.items():
        if name in kept.intake.facts:
            own = kept.intake.facts[name]
            kept.intake.facts[name] = Facts(own.type, overridden(own.frame, kept.intake.firms, flag, values))
    names = {plan.engine.lines[order].benefit.on for order in again.changed} | {name for name, _ in overrides}
    # A project may take a place of a quota without a claim, so the change of the list itself reaches its firm.
    listed = [find_firms(values["uscc"], kept.intake.firms).drop_nulls() for values in overrides.values()]
    reached = _reached(plan, kept, frozenset(names), frozenset(again.changed), listed)
    due = reckon_due(plan, kept.intake, reached.claimed, kept.met.shared.filter(reached.here(reached.wholly)), reached.firms)
    key = ["#firm", "line"]
    before = kept.paid.filter(reached.looked_at()).rename({"paid": "before"})
    changed = before.join(due.paid.rename({"paid": "after"}), on=key, how="full", coalesce=True)
    changed = changed.with_columns(pl.col("before", "after").fill_null(0)).filter(pl.col("before") != pl.col("after")).sort(key)
    uscc = kept.intake.firms["uscc"]
    changed = changed.with_columns(uscc.gather(changed["#firm"]).alias("uscc"))
    city = _city(pl.read_ipc(base / "city.arrow"), due.city, reached, kept.intake.firms)
    with whole(place_of(again.folder, part)) as beside:
        changed.select(list(CHANGED)).write_ipc(beside / "changed.arrow")
        city.write_ipc(beside / "city.arrow")
    return changed.height


@dataclass(frozen=True)
class _Reached:
    """What a change reaches: the claims to decide, of these firms; of those `wholly` reached all, of the others the `lines` renewed.

    A firm whose matters do not overlap and that no shared limit holds has benefits that know nothing of each other.
    """

    claimed: Claimed
    firms: pl.Series
    wholly: pl.Series
    lines: tuple[int, ...]

    @staticmethod
    def here(firms: pl.Series) -> pl.Expr:
        return pl.col("#firm").is_in(firms.implode())

    def looked_at(self) -> pl.Expr:
        """The benefits of firms that are decided anew."""
        return self.here(self.wholly) | (self.here(self.firms) & pl.col("line").is_in(list(self.lines)))


def _reached(plan: Plan, kept: Kept, names: frozenset[str], changed: frozenset[int], listed: Sequence[pl.Series]) -> _Reached:
    """What a change of some benefits, of facts of some types, reaches; `listed` are firms whose facts are chosen otherwise."""
    old = kept.claimed
    fresh = claim(plan, kept.intake, kept.met.taken, names)
    renewed = tuple(line.order for line in plan.engine.lines if line.benefit.on in names)
    before = old.claims.filter(pl.col("line").is_in(list(renewed)))
    if listed or len(changed) != len(renewed):
        key = ["#fact", "line", "due"]
        moved = pl.concat([before.join(fresh.claims, on=key, how="anti"), fresh.claims.join(before, on=key, how="anti")])
        # A limit or a once-only rule that changes reaches every firm that claims the benefit, though no claim changes.
        named = pl.col("line").is_in(sorted(changed))
        some = [moved["#firm"], before.filter(named)["#firm"], fresh.claims.filter(named)["#firm"]]
    else:
        some = [before["#firm"], fresh.claims["#firm"]]
    alone = {**old.alone, **fresh.alone}
    other = [sorted(own.get(name, set())) for name in names for own in (old.alone, fresh.alone)] + [sorted(kept.intake.large)]
    firms = pl.concat([*some, *listed, *(pl.Series(own, dtype=pl.UInt32) for own in other)]).unique()
    bound = pl.Series(sorted(kept.intake.large.union(*alone.values())), dtype=pl.UInt32)
    near = pl.concat([kept.met.shared["#firm"], old.under["#firm"], fresh.under["#firm"], bound, *listed]).unique()
    wholly = near.filter(near.is_in(firms.implode()))
    mine, others = _Reached.here(firms), _Reached.here(wholly) & ~pl.col("line").is_in(list(renewed))
    claims = pl.concat([old.claims.filter(others), fresh.claims.filter(mine)])
    under = pl.concat([old.under.filter(others), fresh.under.filter(mine)])
    return _Reached(Claimed(claims, under, alone), firms, wholly, renewed)


def _city(base: pl.DataFrame, due: pl.DataFrame, reached: _Reached, firms: pl.DataFrame) -> pl.DataFrame:
    """The facts under limits of the city: those that were looked at as they are now, the others as they were."""
    looked_at = [frame.with_columns(find_firms(frame["uscc"], firms)).select(reached.looked_at()).to_series() for frame in (base, due)]
    return pl.concat([base.filter(~looked_at[0]), due.filter(looked_at[1])]).sort("line", "uscc", "date", "id")
