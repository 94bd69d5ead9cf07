"""A what-if over one range: only the benefits that change are claimed anew, and only the firms that they reach decided anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    if any(new.lines[order].benefit.quota is not None for order in has - had):
        return None  # facts take places of a new quota though they are not paid, so all of them are looked at
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
    claimed, firms = _claimed_anew(plan, kept, frozenset(names), frozenset(again.changed), listed)
    shared = kept.met.shared.filter(pl.col("#firm").is_in(pl.Series(sorted(firms), dtype=pl.UInt32).implode()))
    due = reckon_due(plan, kept.intake, claimed, shared, firms)
    uscc = kept.intake.firms["uscc"].gather(pl.Series(sorted(firms), dtype=pl.UInt32))
    before = pl.read_ipc(base / "entitled.arrow").filter(pl.col("uscc").is_in(uscc.implode()))
    changed = before.rename({"paid": "before"}).join(due.entitled.rename({"paid": "after"}), on=["uscc", "line"], how="full", coalesce=True)
    changed = changed.with_columns(pl.col("before", "after").fill_null(0)).filter(pl.col("before") != pl.col("after"))
    city = pl.read_ipc(base / "city.arrow").filter(~pl.col("uscc").is_in(uscc.implode()))
    with whole(place_of(again.folder, part)) as beside:
        changed.select(list(CHANGED)).sort("uscc", "line").write_ipc(beside / "changed.arrow")
        pl.concat([city, due.city]).sort("line", "uscc", "date", "id").write_ipc(beside / "city.arrow")
    return changed.height


def _claimed_anew(
    plan: Plan, kept: Kept, names: frozenset[str], changed: frozenset[int], listed: Sequence[pl.Series]
) -> tuple[Claimed, frozenset[int]]:
    """The claims of the firms that the change reaches, and those firms."""
    old = kept.claimed
    fresh = claim(plan, kept.intake, kept.met.taken, names)
    renewed = sorted(line.order for line in plan.engine.lines if line.benefit.on in names)
    before = old.claims.filter(pl.col("line").is_in(renewed))
    if listed or len(changed) != len(renewed):
        key = ["#fact", "line", "due"]
        moved = pl.concat([before.join(fresh.claims, on=key, how="anti"), fresh.claims.join(before, on=key, how="anti")])
        # A limit or a once-only rule that changes reaches every firm that claims the benefit, though no claim changes.
        named = pl.col("line").is_in(sorted(changed))
        reached = pl.concat([moved["#firm"], before.filter(named)["#firm"], fresh.claims.filter(named)["#firm"]])
    else:
        reached = pl.concat([before["#firm"], fresh.claims["#firm"]])
    alone = {**old.alone, **fresh.alone}
    firms = frozenset(pl.concat([reached, *listed]).unique().to_list()) | kept.read_alone
    for name in names:
        firms |= old.alone.get(name, set()) | fresh.alone.get(name, set())
    mine = pl.col("#firm").is_in(pl.Series(sorted(firms), dtype=pl.UInt32).implode())
    other = ~pl.col("line").is_in(renewed)
    claims = pl.concat([old.claims.filter(mine & other), fresh.claims.filter(mine)])
    under = pl.concat([old.under.filter(mine & other), fresh.under.filter(mine)])
    return replace(Claimed(claims, under), alone=alone), firms
