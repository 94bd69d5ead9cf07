"""Budget questions run backwards: which rate, amount, limit or quota spends a budget, found by halving."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import polars as pl

from chaoce.faults import Fault, Faults
from chaoce.money import format_yuan
from chaoce.policy.change import Change
from chaoce.population.recipe import Recipe
from chaoce.population.study import Study

#: What each kind of value is counted in, and the most that it can be: hundredths of a percent, whole yuan, places.
_MOST = {"rate": 10_000, "amount": 10**9, "limit": 10**10, "quota": 10_000, "pool": 10**11}


@dataclass(frozen=True)
class Solved:
    """A value whose cost is not over the budget, its cost, and the next value, which is over it; None where there is none.

    `tried` are all values tried, as written, with the cost of each in fen.
    """

    name: str
    budget: int
    whole_plan: bool
    value: str | None
    cost: int | None
    next_value: str | None
    next_cost: int | None
    tried: tuple[tuple[str, int], ...]


def solve(study: Study, recipe: Recipe, name: str, budget: int, whole_plan: bool = False) -> Solved:
    """The value of `name` (like `compute-purchase.rate`) that spends the budget, in fen; raises Faults.

    The budget is that of the benefit, or with `whole_plan` that of everything. Halving finds a value within the budget whose next step
    is over it. More of a value nearly always costs more; where it does not (a firm at its limit leaves an invoice to another benefit,
    a pool cuts), there can be a larger value within the budget too.
    """
    probe = Change.read(f"{name}=1")
    if probe.key not in _MOST:
        raise Faults([Fault("change.solve", {"value": name, "options": ", ".join(_MOST)}, key="--solve")])
    write = _writer(probe.key)
    # A pool or a limit over several benefits has no cost of its own: its budget is the plan's.
    whole_plan = whole_plan or all(line.benefit.id != probe.block for line in study.base.lines)
    tried: dict[int, int] = {}

    def cost(step: int) -> int:
        if step not in tried:
            costs = study.ask(recipe.with_changes(f"{name}={write(step)}")).costs
            own = costs.benefits if whole_plan else costs.benefits.filter(_mine(probe))
            tried[step] = int(own["paid"].sum())
        return tried[step]

    low, high = _between(cost, budget, _MOST[probe.key], 0 if probe.key in ("rate", "quota") else 1)
    said = tuple((write(step), fen) for step, fen in sorted(tried.items()))
    return Solved(
        name,
        budget,
        whole_plan,
        write(low) if low is not None else None,
        tried[low] if low is not None else None,
        write(high) if high is not None else None,
        tried[high] if high is not None else None,
        said,
    )


def _between(cost: Callable[[int], int], budget: int, most: int, least: int) -> tuple[int | None, int | None]:
    """The last step within the budget and the first beyond it."""
    if cost(least) > budget:
        return None, least
    low, high = least, max(least, 1)
    while cost(high) <= budget:
        low = high
        if high == most:
            return most, None
        high = min(most, high * 4)
    while high - low > 1:
        middle = (low + high) // 2
        if cost(middle) <= budget:
            low = middle
        else:
            high = middle
    return low, high


def _mine(change: Change) -> pl.Expr:
    own = pl.col("benefit") == change.block
    return own if change.policy is None else own & (pl.col("policy") == change.policy)


def _writer(key: str) -> Callable[[int], str]:
    if key == "rate":
        return lambda step: f"{_percent(step)}%"
    if key == "quota":
        return str
    return lambda step: format_yuan(step * 100)


def _percent(hundredths: int) -> str:
    exact = Fraction(hundredths, 100)
    whole, part = divmod(exact.numerator * 100 // exact.denominator, 100)
    return f"{whole}.{part:02d}".rstrip("0").rstrip(".")
