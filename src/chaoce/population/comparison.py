"""A comparison as plain data, for tables, for the page and for other programs: names in both languages, money as yuan in text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chaoce.facts.types import SECTIONS
from chaoce.marked import Names
from chaoce.money import format_yuan, say_rate
from chaoce.population.city import shortage_data
from chaoce.population.compare import Comparison
from chaoce.population.recipe import Recipe
from chaoce.population.solve import Solved
from chaoce.population.towns import TOWNS

SIZE_NAMES = {
    "micro": Names("微型（20人以下）", "micro (under 20 employees)"),
    "small": Names("小型（20-299人）", "small (20-299)"),
    "medium": Names("中型（300-999人）", "medium (300-999)"),
    "large": Names("大型（1000人以上）", "large (1000 and more)"),
    "unknown": Names("未填", "not stated"),
}
_UNKNOWN = SIZE_NAMES["unknown"]


def to_data(comparison: Comparison, synthetic: bool, solved: Solved | None = None) -> dict[str, Any]:
    """Everything that a comparison says, ready for JSON."""
    titles, policies = comparison.titles, comparison.policies
    return {
        "year": comparison.year,
        "synthetic": synthetic,
        "policies": [{"id": name, "zh": title.zh, "en": title.en} for name, title in policies.items()],
        "base": _recipe(comparison.base),
        "change": _recipe(comparison.change.recipe),
        "firms": comparison.firms_in_all,
        "winners": comparison.firms.filter(comparison.firms["after"] > comparison.firms["before"]).height,
        "losers": comparison.firms.filter(comparison.firms["after"] < comparison.firms["before"]).height,
        "before": format_yuan(comparison.before),
        "after": format_yuan(comparison.after),
        "benefits": [_benefit(row, titles) for row in comparison.benefits.iter_rows(named=True)],
        "groups": [_group(row) for row in comparison.groups.iter_rows(named=True)],
        "lorenz": [list(point) for point in comparison.lorenz],
        "spread": {
            "draws": comparison.spread.draws,
            **{name: [format_yuan(fen) for fen in getattr(comparison.spread, name)] for name in ("before", "after", "difference")},
        },
        "take_up": {name or "*": say_rate(rate) for name, rate in comparison.take_up.items()},
        "expected": [format_yuan(fen) for fen in comparison.expected] if comparison.expected else None,
        "limits": [
            {
                "policy": bite.policy,
                "benefit": bite.benefit,
                "clause": bite.clause,
                **_names(titles, bite.policy, bite.benefit),
                "per": bite.per,
                "amount": format_yuan(bite.amount),
                "held": bite.held,
                "marginal": format_yuan(bite.marginal),
                "points": [[format_yuan(limit), format_yuan(cost)] for limit, cost in bite.points],
            }
            for bite in comparison.limits
        ],
        "shortages": [shortage_data(shortage) for shortage in comparison.change.costs.shortages],
        "solved": None if solved is None else solved_data(solved),
    }


def solved_data(solved: Solved) -> dict[str, Any]:
    """The answer to a budget question, ready for JSON."""
    return {
        "name": solved.name,
        "budget": format_yuan(solved.budget),
        "whole_plan": solved.whole_plan,
        "value": solved.value,
        "cost": None if solved.cost is None else format_yuan(solved.cost),
        "next_value": solved.next_value,
        "next_cost": None if solved.next_cost is None else format_yuan(solved.next_cost),
        "tried": [[value, format_yuan(cost)] for value, cost in solved.tried],
    }


def _recipe(recipe: Recipe) -> dict[str, Any]:
    return {"policies": list(recipe.policies), "readings": dict(recipe.readings), "changes": list(recipe.changes)}


def _names(titles: Mapping[tuple[str, str], Names], policy: str, benefit: str) -> dict[str, str]:
    title = titles.get((policy, benefit), Names(benefit, benefit))
    return {"zh": title.zh, "en": title.en}


def _benefit(row: dict[str, Any], titles: Mapping[tuple[str, str], Names]) -> dict[str, Any]:
    money = {name: format_yuan(row[name]) for name in ("before", "after")}
    return {**row, **money, **_names(titles, row["policy"], row["benefit"])}


def _group(row: dict[str, Any]) -> dict[str, Any]:
    kinds = {"size": SIZE_NAMES, "section": SECTIONS, "town": TOWNS}
    names = kinds[row["by"]].get(row["name"], _UNKNOWN if row["name"] == "unknown" else Names(row["name"], row["name"]))
    money = {name: format_yuan(row[name]) for name in ("before", "after")}
    return {**row, **money, "zh": names.zh, "en": names.en}
