"""What a change does: cost by clause, who wins and who loses, by size, industry and town, how sure it is, and what limits hold.

The answer is data (Comparison); tables, Parquet files, the page and the terminal only show it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl

from chaoce.assessment.claims import Line
from chaoce.marked import Names
from chaoce.money import format_yuan
from chaoce.policy.change import limits_by_name
from chaoce.population.recipe import Recipe
from chaoce.population.study import Study, WhatIf
from chaoce.population.uncertainty import Spread, expected, spread
from chaoce.rules.tree import Limit

#: Sizes by employees: the upper end of each, by the national division of industry (统计上大中小微型企业划分办法 2017).
SIZES = (("micro", 20), ("small", 300), ("medium", 1000), ("large", None))
#: Points of the curve of concentration.
_POINTS = 50
#: By how much a limit is moved to show its bite, as shares of what it is.
_BITES = tuple(Fraction(share, 100) for share in (25, 50, 75, 100, 125, 150, 200, 300))


@dataclass(frozen=True)
class LimitBite:
    """What a limit holds down: the firms that it holds, what one yuan more of it costs, and the cost of the plan at other heights.

    `points` are (limit, cost of the whole plan), both in fen.
    """

    policy: str
    benefit: str
    clause: str
    per: str
    name: str
    amount: int
    held: int
    marginal: int
    points: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A base and a change, side by side.

    benefits  policy, benefit, clause, before, after, firms_before, firms_after, winners, losers
    groups    by (size, section, town), name, firms, before, after, winners, losers
    firms     uscc, before, after: the firms whose total changes
    lorenz    the share of all firms (poorest first) against the share of the money, in millionths, before and after
    Money is fen.
    """

    base: Recipe
    change: WhatIf
    year: int
    firms_in_all: int
    benefits: pl.DataFrame
    groups: pl.DataFrame
    firms: pl.DataFrame
    lorenz: tuple[tuple[int, int, int], ...]
    spread: Spread
    take_up: Mapping[str, Fraction]
    expected: tuple[int, int] | None
    limits: tuple[LimitBite, ...]
    titles: Mapping[tuple[str, str], Names]
    policies: Mapping[str, Names]

    @property
    def before(self) -> int:
        return int(self.benefits["before"].sum())

    @property
    def after(self) -> int:
        return int(self.benefits["after"].sum())


def compare(study: Study, recipe: Recipe, draws: int, seed: int, take_up: Mapping[str, Fraction], bites: bool = True) -> Comparison:
    """A study's base against other rules; raises Faults."""
    what = study.ask(recipe)
    firms = study.firms()
    moved = what.difference.group_by("uscc").agg((pl.col("after") - pl.col("before")).sum().alias("more"))
    firms = firms.rename({"paid": "before"}).join(moved, on="uscc", how="left", maintain_order="left")
    firms = firms.with_columns((pl.col("before") + pl.col("more").fill_null(0)).alias("after")).drop("more")
    rows = by_benefit(study, what)
    return Comparison(
        base=study.recipe,
        change=what,
        year=recipe.year,
        firms_in_all=firms.height,
        benefits=_benefits(study, what),
        groups=_groups(firms),
        firms=firms.filter(pl.col("before") != pl.col("after")).select("uscc", "before", "after"),
        lorenz=_lorenz(firms),
        spread=spread(rows, draws, seed, take_up),
        take_up=take_up,
        expected=expected(rows, take_up) if take_up else None,
        limits=tuple(_bites_of(study, recipe, what)) if bites else (),
        titles={(line.policy.id, line.benefit.id): line.benefit.title for line in (*study.base.lines, *what.costs.lines)},
        policies={line.policy.id: line.policy.title for line in (*study.base.lines, *what.costs.lines)},
    )


def by_benefit(study: Study, what: WhatIf) -> pl.DataFrame:
    """Every benefit of every firm before and after: uscc, benefit (`policy benefit` where two policies name it alike), before, after."""
    lines = study.base.lines
    rows = study.entitled()
    names = pl.Series([line.benefit.id for line in lines], dtype=pl.String)
    policies = pl.Series([line.policy.id for line in lines], dtype=pl.String)
    base = rows.select(
        "uscc", policies.gather(rows["line"]).alias("policy"), names.gather(rows["line"]).alias("benefit"), pl.col("paid").alias("before")
    )
    key = ["uscc", "policy", "benefit"]
    after = what.difference.select(*key, "after", pl.col("before").alias("was"))
    joined = base.join(after, on=key, how="full", coalesce=True)
    joined = joined.with_columns(pl.coalesce("after", "before").alias("after"), pl.col("before").fill_null(0))
    return joined.select("uscc", "benefit", "before", "after").sort("uscc", "benefit")


def _benefits(study: Study, what: WhatIf) -> pl.DataFrame:
    key = ["policy", "benefit"]
    before = study.costs.benefits.select(*key, "clause", pl.col("firms").alias("firms_before"), pl.col("paid").alias("before"))
    after = what.costs.benefits.select(
        *key, pl.col("clause").alias("clause_after"), pl.col("firms").alias("firms_after"), pl.col("paid").alias("after")
    )
    gains = what.difference.group_by(key).agg(
        (pl.col("after") > pl.col("before")).sum().cast(pl.Int64).alias("winners"),
        (pl.col("after") < pl.col("before")).sum().cast(pl.Int64).alias("losers"),
    )
    joined = before.join(after, on=key, how="full", coalesce=True, maintain_order="left_right")
    joined = joined.join(gains, on=key, how="left", maintain_order="left")
    joined = joined.with_columns(pl.coalesce("clause", "clause_after").alias("clause"))
    numbers = ("before", "after", "firms_before", "firms_after", "winners", "losers")
    return joined.select(*key, "clause", *(pl.col(name).fill_null(0) for name in numbers))


def _size() -> pl.Expr:
    chain: Any = pl.when(pl.col("employees").is_null()).then(pl.lit("unknown"))
    for name, below in SIZES[:-1]:
        chain = chain.when(pl.col("employees") < below).then(pl.lit(name))
    return chain.otherwise(pl.lit(SIZES[-1][0]))


def _groups(firms: pl.DataFrame) -> pl.DataFrame:
    """The same sums by size, by section of industry, by town."""
    keyed = firms.with_columns(_size().alias("size"), pl.col("town").fill_null("unknown"))
    order = {name: place for place, (name, _) in enumerate((*SIZES, ("unknown", None)))}
    found = []
    for by in ("size", "section", "town"):
        sums = keyed.group_by(pl.col(by).alias("name")).agg(
            pl.len().cast(pl.Int64).alias("firms"),
            pl.col("before").sum(),
            pl.col("after").sum(),
            (pl.col("after") > pl.col("before")).sum().cast(pl.Int64).alias("winners"),
            (pl.col("after") < pl.col("before")).sum().cast(pl.Int64).alias("losers"),
        )
        place = pl.col("name").replace_strict(order, default=0, return_dtype=pl.Int64)
        found.append(sums.sort(place, "name").select(pl.lit(by).alias("by"), pl.all()))
    return pl.concat(found)


def _lorenz(firms: pl.DataFrame) -> tuple[tuple[int, int, int], ...]:
    """What share of the money goes to the poorest shares of those that are paid at all, before or after."""
    paid = firms.filter((pl.col("before") > 0) | (pl.col("after") > 0))
    if not paid.height:
        return ()
    curves = []
    for name in ("before", "after"):
        sums = np.cumsum(np.sort(paid[name].to_numpy()))
        total = int(sums[-1]) or 1
        places = [paid.height * point // _POINTS for point in range(_POINTS + 1)]
        curves.append([0 if place == 0 else int(sums[place - 1]) * 10**6 // total for place in places])
    shares = [10**6 * point // _POINTS for point in range(_POINTS + 1)]
    return tuple(zip(shares, *curves, strict=True))


def _bites_of(study: Study, recipe: Recipe, what: WhatIf) -> list[LimitBite]:
    """Every limit of the changed rules: how many reach it, what a yuan more of it costs; for the dearest, its cost at other heights."""
    found = []
    for line in what.costs.lines:
        for name, limit in limits_by_name(line.benefit).items():
            if isinstance(limit.amount, int):
                found.append(_marginal(study, recipe, what, line, name, limit))
    if found:
        dearest = max(found, key=lambda bite: bite.marginal)
        place = found.index(dearest)
        found[place] = _curve(study, recipe, what, dearest)
    return found


def _at(recipe: Recipe, bite: LimitBite, fen: int) -> Recipe:
    """The rules with a limit of another height."""
    return recipe.with_changes(f"{bite.policy}:{bite.benefit}.limit.{bite.name}={format_yuan(fen)}")


def _marginal(study: Study, recipe: Recipe, what: WhatIf, line: Line, name: str, limit: Limit) -> LimitBite:
    """One yuan more of the limit: each firm or item that it holds down gets a yuan more, exactly, best claims chosen anew."""
    bite = LimitBite(line.policy.id, line.benefit.id, line.benefit.clause, limit.per, name, int(limit.amount), 0, 0)
    more = study.ask(_at(recipe, bite, bite.amount + 100))
    return replace(bite, held=_gaining(what.difference, more.difference, bite), marginal=more.costs.paid - what.costs.paid)


def _gaining(one: pl.DataFrame, other: pl.DataFrame, bite: LimitBite) -> int:
    """How many firms the other change gives more of the benefit than the one; each says what differs from the base."""
    mine = (pl.col("policy") == bite.policy) & (pl.col("benefit") == bite.benefit)
    joined = one.filter(mine).join(other.filter(mine), on="uscc", how="full", coalesce=True, suffix=".other")
    was, would = pl.coalesce("after", "before.other"), pl.coalesce("after.other", "before")
    return joined.filter(would > was).height


def _curve(study: Study, recipe: Recipe, what: WhatIf, bite: LimitBite) -> LimitBite:
    points = []
    for share in _BITES:
        fen = bite.amount * share.numerator // share.denominator
        paid = what.costs.paid if fen == bite.amount else study.ask(_at(recipe, bite, fen)).costs.paid
        points.append((fen, paid))
    return replace(bite, points=tuple(points))


def take_up_of(written: Sequence[str]) -> dict[str, Fraction]:
    """Take-up rates as written, `60%` or `benefit=40%`; raises Faults."""
    from chaoce.faults import Fault, Faults
    from chaoce.money import parse_rate

    found = {}
    for text in written:
        name, mark, rate = text.rpartition("=")
        value = parse_rate(rate)
        if value is None or value > 1:
            raise Faults([Fault("rule.rate", {"value": text}, key="--take-up")])
        found[name if mark else ""] = value
    return found
