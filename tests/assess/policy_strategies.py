"""Small random policies, as the text of a literate file and as a table for the brute force, and firms that strain them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from claim_reference import Plan, Rule, money
from hypothesis import strategies as st

from core_kit import firm, yuan

FACTS = """
facts:
  spend:
    name: {zh: 支出, en: spending}
    fields:
      paid: {kind: money, zh: 金额, en: amount paid}
      kind: {kind: choice, zh: 种类, en: kind, of: {x: {zh: 甲, en: x}, y: {zh: 乙, en: y}}}
      group: {kind: text, zh: 组, en: group}
  prize:
    name: {zh: 奖项, en: prize}
    fields:
      kind: {kind: choice, zh: 种类, en: kind, of: {x: {zh: 甲, en: x}, y: {zh: 乙, en: y}}}
      group: {kind: text, zh: 组, en: group}
"""
_RATES = {"10%": Fraction(1, 10), "50%": Fraction(1, 2), "33.3%": Fraction(333, 1000), "1/3": Fraction(1, 3), "100%": Fraction(1)}
_CAPS = (50, 99, 100, 101, 150, 250)


class Drawn(NamedTuple):
    """A policy as text and as a table."""

    name: str
    blocks: str
    plan: Plan


def _condition(draw: st.DrawFn, kind: str) -> tuple[str, Callable[[dict, dict], bool]]:
    options: list[tuple[str, Callable[[dict, dict], bool]]] = [
        ("", lambda fact, firm: True),
        ("", lambda fact, firm: True),
        ("kind == x", lambda fact, firm: fact["kind"] == "x"),
    ]
    if kind == "spend":
        options += [
            ("paid >= 100", lambda fact, firm: money(fact["paid"]) >= 10_000),
            ("paid > 100 and not kind == y", lambda fact, firm: money(fact["paid"]) > 10_000 and fact["kind"] != "y"),
        ]
    return options[draw(st.integers(0, len(options) - 1))]


def _amount(draw: st.DrawFn, kind: str) -> tuple[str, Callable[[dict, dict], Any], int]:
    if kind == "prize" or draw(st.integers(0, 3)) == 0:
        fixed = draw(st.sampled_from((20, 50, 99, 100)))
        return f"at most {fixed}", lambda fact, firm: fixed * 100, fixed
    name = draw(st.sampled_from(sorted(_RATES)))
    rate = _RATES[name]
    return f"{name} of paid", lambda fact, firm: money(fact["paid"]) * rate, 0


@st.composite
def policies(draw: st.DrawFn, name: str = "p") -> Drawn:
    """A policy of one to four benefits: rates, fixed amounts, caps near the sums, once-only, side by side, shared limits."""
    ids = [f"{name}{number}" for number in range(1, draw(st.integers(1, 4)) + 1)]
    kinds = {own: draw(st.sampled_from(["spend", "spend", "prize"])) for own in ids}
    pair = next((pair for pair in itertools.pairwise(ids) if kinds[pair[0]] == kinds[pair[1]]), None)
    beside = frozenset(pair) if pair and draw(st.integers(0, 2)) == 0 else frozenset()
    text, rules, least = [], [], {}
    for own in ids:
        where, applies = _condition(draw, kinds[own])
        pays, worth, least[own] = _amount(draw, kinds[own])
        lines = [f"title: {{zh: {own}, en: {own}}}", f"on: {kinds[own]}", f"pays: {pays}"]
        if where:
            lines.append(f"where: {where}")
        caps: dict[str, int | None] = {"item": None, "yearly": None, "lifelong": None}
        for key in caps:
            if draw(st.integers(0, 2)) == 0:
                caps[key] = draw(st.sampled_from([cap for cap in _CAPS if cap >= least[own]]))
        if caps["item"] is not None:
            caps["item"] = min(filter(None, caps.values()))
        words = {"item": "per item", "yearly": "per firm per year", "lifelong": "per firm for life"}
        limits = ", ".join(f"{cap} {words[key]}" for key, cap in caps.items() if cap is not None)
        if limits:
            lines.append(f"limit: [{limits}]")
        once = draw(st.sampled_from([None, None, None, "firm", "group"]))
        if once:
            lines.append(f"once: {once}")
        if own in beside:
            lines.append(f"beside: [{', '.join(sorted(beside - {own}))}]")
        text.append(f"甲。\n```benefit {own}\n" + "\n".join(lines) + "\n```\n")
        rules.append(
            Rule(
                own,
                kinds[own],
                applies,
                worth,
                **{key: None if cap is None else cap * 100 for key, cap in caps.items()},
                once={None: None, "firm": lambda fact: "firm", "group": lambda fact: fact["group"]}[once],
                once_firm=once == "firm",
            )
        )
    shared, shared_item = [], []
    for number, over in enumerate(_shared(draw, ids)):
        cap = draw(st.sampled_from([cap for cap in _CAPS if cap >= 100]))
        if over == beside and draw(st.booleans()):
            shared_item.append((cap * 100, over))
            words = "per item"
        else:
            # Limits lie in each other, never across: one a group lies under nothing that binds one of its benefits alone.
            alone = all(rule.yearly is None and rule.lifelong is None for rule in rules if rule.id in over)
            grouped = number == 0 and alone and len({kinds[own] for own in over}) == 1
            life, by = draw(st.booleans()), draw(st.sampled_from([None, "group"])) if grouped else None
            shared.append((cap * 100, over, life, by))
            words = f"per {by or 'firm'} {'for life' if life else 'per year'}"
        text.append(f"乙。\n```limit {name}-s{number}\nlimit: {cap} {words}\nover: [{', '.join(sorted(over))}]\n```\n")
    plan = Plan(name, tuple(rules), "2026-01-01", "9999-12-31", (beside,) if beside else (), tuple(shared_item), tuple(shared))
    return Drawn(name, "\n".join(text), plan)


def _shared(draw: st.DrawFn, ids: list[str]) -> list[frozenset[str]]:
    """The benefits that limits are laid over, the narrower first."""
    found = []
    if len(ids) > 1 and draw(st.booleans()):
        found.append(frozenset(ids[:2]))
    if len(ids) > 2 and draw(st.booleans()):
        found.append(frozenset(ids))
    return found


_MATTERS = ("a", "a#1", "a#2", "b", "b#1", "c", "d")


@st.composite
def spenders(draw: st.DrawFn, most: int = 6) -> dict:
    """A firm that spends sums near the caps on matters that overlap."""
    facts = []
    for number in draw(st.permutations(range(1, most + 1)))[: draw(st.sampled_from([1, 3, 4, 5, most]))]:
        fact: dict[str, Any] = {
            "id": f"f{number}",
            "type": draw(st.sampled_from(["spend", "spend", "prize"])),
            "date": draw(st.sampled_from(["2026-01-01", "2026-03-01", "2026-03-01", "2026-12-31"])),
            "matter": draw(st.one_of(st.sampled_from(_MATTERS), st.lists(st.sampled_from(_MATTERS), min_size=1, max_size=2))),
            "kind": draw(st.sampled_from("xxy")),
            "group": draw(st.sampled_from("gh")),
        }
        if fact["type"] == "spend":
            fact["paid"] = draw(
                st.one_of(st.sampled_from(["100.00", "200.00", "300.00", "99.99", "150.01"]), st.integers(0, 40_000).map(yuan))
            )
        facts.append(fact)
    received = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "benefit": st.sampled_from(["p1", "p2", "q1", "elsewhere"]),
                    "matter": st.sampled_from([*_MATTERS, "z"]),
                    "date": st.sampled_from(["2025-06-01", "2026-02-01"]),
                    "amount": st.sampled_from(["10.00", "50.00", "99.99"]),
                }
            ),
            max_size=2,
        )
    )
    return firm(facts, received)
