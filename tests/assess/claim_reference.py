"""The best lawful claim by brute force, written from the contract alone: nothing here calls the program.

Its own table of the sixteen benefits, its own dates, matters and arithmetic (whole fen and fractions), and every lawful way
to claim tried one by one. Slow and plain on purpose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any, NamedTuple

YUAN = 100
WAN = 10_000 * YUAN
PERCENT = Fraction(1, 100)
Facts = Sequence[dict]


def money(text: str) -> int:
    whole, _, part = text.partition(".")
    return int(whole) * 100 + int(part.ljust(2, "0") or "0")


def matters(fact: dict) -> list[str]:
    """“Left out, it is the fact's own id; for a recognition it is `recognition:<title>`” (contract, section 1)."""
    if "matter" not in fact:
        return [f"recognition:{fact['title']}" if fact["type"] == "recognition" else fact["id"]]
    return fact["matter"] if isinstance(fact["matter"], list) else [fact["matter"]]


def overlap(one: str, other: str) -> bool:
    """“`a` and `a#1` overlap, `a#1` and `a#2` do not” (contract, section 1)."""
    return one == other or one + "#" == other[: len(one) + 1] or other + "#" == one[: len(other) + 1]


def share(ones: Sequence[str], others: Sequence[str]) -> bool:
    return any(overlap(one, other) for one in ones for other in others)


@dataclass(frozen=True)
class Rule:
    """One benefit: `worth` gives exact fen or None; `once` names what is paid once, None for no such thing."""

    id: str
    type: str
    applies: Callable[[dict, dict], bool]
    worth: Callable[[dict, dict], Fraction | int | None]
    item: int | None = None
    yearly: int | None = None
    lifelong: int | None = None
    once: Callable[[dict], Any] | None = None
    once_firm: bool = False


@dataclass(frozen=True)
class Plan:
    """One policy: rules in its order, its term, which of them are paid beside each other, and the limits they share."""

    id: str
    rules: tuple[Rule, ...]
    first: str
    last: str
    beside: tuple[frozenset[str], ...] = ()
    shared_item: tuple[tuple[int, frozenset[str]], ...] = ()
    #: (fen, benefits, for life, field by whose value it is told apart or None for the firm)
    shared: tuple[tuple[int, frozenset[str], bool, str | None], ...] = ()

    def bundle(self, name: str) -> frozenset[str]:
        return next((group for group in self.beside if name in group), frozenset([name]))


class Claim(NamedTuple):
    fact: dict
    plan: int
    dues: tuple[tuple[Rule, int], ...]


class Best(NamedTuple):
    total: int
    #: (plan id, benefit id) -> [(fact id, fen)] in the order in which limits are filled
    paid: dict[tuple[str, str], list[tuple[str, int]]]


def best(plans: Sequence[Plan], firm: dict, year: int) -> Best:
    """The best of all lawful ways to claim."""
    claims = list(_claims(plans, firm, year))
    against = [
        [other for other in range(len(claims)) if other != own and _exclude(claims[own], claims[other])] for own in range(len(claims))
    ]
    top = None
    for made in _ways(against):
        paid = _paid(plans, [claims[number] for number in made], firm["facts"], firm.get("received", []), year)
        key = _key(plans, paid, [claims[number] for number in made])
        if top is None or key > top[0]:
            top = key, paid
    assert top is not None
    return Best(top[0][0], top[1])


def _claims(plans: Sequence[Plan], firm: dict, year: int) -> Iterator[Claim]:
    received = firm.get("received", [])
    for fact in firm["facts"]:
        if fact["date"][:4] != str(year):
            continue
        for number, plan in enumerate(plans):
            if not plan.first <= fact["date"] <= plan.last:
                continue
            bundles: dict[frozenset[str], list[tuple[Rule, int]]] = {}
            for rule in plan.rules:
                if rule.type != fact["type"] or not rule.applies(fact, firm):
                    continue
                if rule.once_firm and any(item["benefit"] == rule.id for item in received):
                    continue
                worth = rule.worth(fact, firm)
                if worth is None:
                    continue
                amount = max(0, Fraction(worth).numerator // Fraction(worth).denominator)
                if rule.item is not None:
                    amount = min(amount, rule.item)
                if amount > 0:
                    bundles.setdefault(plan.bundle(rule.id), []).append((rule, amount))
            had = sum(money(item["amount"]) for item in received if share([item["matter"]], matters(fact)))
            for parts in bundles.values():
                for size in range(len(parts), 0, -1):  # benefits paid beside each other may be claimed together or one by one
                    for some in combinations(parts, size):
                        dues = _after(plan, list(some), had)
                        if sum(due for _, due in dues) > 0:
                            yield Claim(fact, number, tuple(dues))


def _after(plan: Plan, parts: list[tuple[Rule, int]], had: int) -> list[tuple[Rule, int]]:
    """“due = max(0, min(amount rounded down, limit of the item) - received)”, in the plan's order where several share it."""
    left = [amount for amount, _ in plan.shared_item]
    dues = []
    for rule, amount in parts:
        for place, (_, over) in enumerate(plan.shared_item):
            if rule.id in over:
                amount = min(amount, left[place])
        for place, (_, over) in enumerate(plan.shared_item):
            if rule.id in over:
                left[place] -= amount
        due = max(0, amount - had)
        had = max(0, had - amount)
        dues.append((rule, due))
    return dues


def _exclude(one: Claim, other: Claim) -> bool:
    """“Of the facts whose matters overlap only one is paid, by one benefit, once (不重复)” (contract, section 1)."""
    if share(matters(one.fact), matters(other.fact)):
        return True
    if one.plan != other.plan:
        return False
    return any(
        mine is theirs and mine.once is not None and mine.once(one.fact) == mine.once(other.fact)
        for mine, _ in one.dues
        for theirs, _ in other.dues
    )


def _ways(against: list[list[int]]) -> Iterator[list[int]]:
    """Every lawful way to claim: sets without two that exclude each other; what nothing excludes is always claimed."""

    def visit(number: int, made: list[int], barred: set[int]) -> Iterator[list[int]]:
        if number == len(against):
            yield list(made)
            return
        if number not in barred:
            yield from visit(number + 1, [*made, number], barred | set(against[number]))
        if against[number]:
            yield from visit(number + 1, made, barred)

    yield from visit(0, [], set())


class _Open(NamedTuple):
    """A limit and what is left of it, by the value that tells it apart."""

    plan: int
    over: frozenset[str]
    by: str | None
    most: Callable[[Any], int]
    left: dict[Any, int]

    def key(self, fact: dict) -> Any:
        return None if self.by is None else fact[self.by]

    def left_for(self, fact: dict) -> int:
        key = self.key(fact)
        return self.left[key] if key in self.left else self.most(key)


def _paid(
    plans: Sequence[Plan], made: Sequence[Claim], facts: Facts, received: Facts, year: int
) -> dict[tuple[str, str], list[tuple[str, int]]]:
    """“a limit that binds is filled by date, then id” (contract, section 3)."""
    limits: list[_Open] = []
    for number, plan in enumerate(plans):
        own = [(rule.yearly, frozenset([rule.id]), False, None) for rule in plan.rules if rule.yearly is not None]
        own += [(rule.lifelong, frozenset([rule.id]), True, None) for rule in plan.rules if rule.lifelong is not None]
        for amount, over, whole_life, by in [*own, *plan.shared]:
            counted = [
                item for item in received if item["benefit"] in over and (whole_life or int(item.get("year", item["date"][:4])) == year)
            ]

            def most(key: Any, amount: int = amount, by: str | None = by, counted: Facts = tuple(counted)) -> int:
                """“It also counts against its benefit's yearly limit”; one told apart by a field: where its matter is, else everywhere."""
                used = 0
                for item in counted:
                    groups = {fact.get(by) for fact in facts if share([item["matter"]], matters(fact))} if by else set()
                    used += money(item["amount"]) if not groups or key in groups else 0
                return max(0, amount - used)

            limits.append(_Open(number, over, by, most, {}))
    order = {(number, rule.id): place for number, plan in enumerate(plans) for place, rule in enumerate(plan.rules)}
    paid: dict[tuple[str, str], list[tuple[str, int]]] = {}
    for claim in sorted(made, key=lambda c: (c.fact["date"], c.fact["id"], c.plan, order[c.plan, c.dues[0][0].id])):
        for rule, due in claim.dues:
            over = [limit for limit in limits if limit.plan == claim.plan and rule.id in limit.over]
            amount = min([due, *(limit.left_for(claim.fact) for limit in over)])
            for limit in over:
                limit.left[limit.key(claim.fact)] = limit.left_for(claim.fact) - amount
            if amount > 0:
                paid.setdefault((plans[claim.plan].id, rule.id), []).append((claim.fact["id"], amount))
    return paid


def _key(plans: Sequence[Plan], paid: dict, made: Sequence[Claim]) -> tuple:
    """“Ties: larger amounts for the benefits earlier in the plan, then the smaller sorted list of fact ids”.

    Of two lists of which one begins with the other the longer stands first: what can be claimed is claimed. Where even the
    facts are the same the contract is silent; the first fact takes the earlier benefit.
    """
    by_benefit = tuple(sum(amount for _, amount in paid.get((plan.id, rule.id), ())) for plan in plans for rule in plan.rules)
    order = {(number, rule.id): place for number, plan in enumerate(plans) for place, rule in enumerate(plan.rules)}
    rows = sorted((claim.fact["id"], claim.plan, order[claim.plan, claim.dues[0][0].id]) for claim in made)
    return (sum(by_benefit), by_benefit, _Smaller([row[0] for row in rows]), _Smaller([row[1:] for row in rows]))


class _Smaller:
    """A list that counts as larger where it is smaller, or where it goes on."""

    def __init__(self, entries: list):
        self.entries = [(0, entry) for entry in entries] + [(1,)]

    def __gt__(self, other: _Smaller) -> bool:
        return self.entries < other.entries

    def __lt__(self, other: _Smaller) -> bool:
        return self.entries > other.entries

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Smaller) and self.entries == other.entries

    __hash__ = None  # type: ignore[assignment]


# The tables.

_PURPOSES = ("product_development", "algorithm_design", "model_training", "product_validation", "application")
_APPLICATION = ("ai_application_scenario", "ai_benchmark_enterprise", "ai_service_provider", "digital_excellent_product")
_DATA = ("intelligent_cloud_enterprise", "big_data_demonstration", "zhejiang_digital_merchant")
STANDARD = ((0, 5), (1_000 * WAN, 7), (5_000 * WAN, 9))


def progressive(value: int, brackets: Sequence[tuple[int, int]]) -> Fraction:
    """“progressive: each rate for the part above its threshold” (contract, section 2)."""
    total = Fraction(0)
    for place, (above, rate) in enumerate(brackets):
        top = brackets[place + 1][0] if place + 1 < len(brackets) else None
        inside = max(0, (value if top is None else min(value, top)) - above)
        total += inside * rate * PERCENT
    return total


def _award(name: str, titles: Sequence[str], level: str | None, amount: int, once: str | None) -> Rule:
    return Rule(
        name,
        "recognition",
        lambda fact, firm: fact["title"] in titles and level in (None, fact["level"]) and fact.get("new", True),
        lambda fact, firm: amount,
        once={None: None, "firm": lambda fact: "firm", "title": lambda fact: fact["title"]}[once],
        once_firm=once == "firm",
    )


def _first_reaches(fact: dict, firm: dict) -> bool:
    """“an earlier year at 3,000,000 or more, registered or not, is what makes a later one not the first”."""
    return (
        fact["registered"]
        and money(fact["sales"]) >= 300 * WAN
        and not any(
            other["type"] == "data_product_year"
            and other["product"] == fact["product"]
            and other["date"][:4] < fact["date"][:4]
            and money(other["sales"]) >= 300 * WAN
            for other in firm["facts"]
        )
    )


def haining_ai(made: str) -> Plan:
    """The sixteen benefits of section 三 under the decisions `none`, `standard` or `decided` (contract, sections 2 and 5)."""
    decided = made == "decided"
    compute, scenario = (30, 25) if decided else (50, 30)
    filing, national, provincial = (80 * WAN, 40 * WAN, 15 * WAN) if decided else (100 * WAN, 50 * WAN, 20 * WAN)
    return Plan(
        "haining-ai-2026",
        (
            Rule(
                "compute-purchase",
                "compute_purchase",
                lambda fact, firm: fact["resource"] in ("intelligent", "super") and fact["purpose"] in _PURPOSES,
                lambda fact, firm: money(fact["paid"]) * compute * PERCENT,
                yearly=50 * WAN,
            ),
            Rule(
                "manufacturing-cooperation",
                "ai_cooperation",
                lambda fact, firm: firm["enterprise"]["industry"].startswith("C"),
                lambda fact, firm: money(fact["paid"]) * 20 * PERCENT,
                yearly=50 * WAN,
            ),
            Rule(
                "benchmark-scenario",
                "scenario_project",
                lambda fact, firm: fact["built_by"] == "enterprise" and fact["selected"],
                lambda fact, firm: money(fact["investment"]) * scenario * PERCENT,
                item=100 * WAN,
            ),
            Rule(
                "ai-investment",
                "investment_project",
                lambda fact, firm: money(fact["productive_investment"]) >= 2_000 * WAN and fact["ai_field"],
                lambda fact, firm: (
                    None if made == "none" else progressive(money(fact["productive_investment"]), STANDARD) * Fraction(105, 100)
                ),
                item=2_000 * WAN,
            ),
            _award("generative-ai-filing", ("generative_ai_filing",), None, filing, "firm"),
            _award("national-application-award", _APPLICATION, "national", national, "title"),
            _award("provincial-application-award", _APPLICATION, "provincial", provincial, "title"),
            _award("provincial-data-award", _DATA, "provincial", 20 * WAN, "title"),
            _award("national-dataset-award", ("high_quality_dataset_pilot",), "national", 30 * WAN, None),
            _award("provincial-dataset-award", ("high_quality_dataset_pilot",), "provincial", 15 * WAN, None),
            Rule("data-product-sales", "data_product_year", _first_reaches, lambda fact, firm: 35 * WAN, once=lambda fact: fact["product"]),
            _award("dcmm-pilot", ("dcmm_pilot",), "provincial", 50 * WAN, "firm"),
            _award("cdo-pilot", ("cdo_pilot",), "provincial", 20 * WAN, "firm"),
            Rule("data-ip-certificate", "data_ip_certificate", lambda fact, firm: True, lambda fact, firm: 1_000 * YUAN, yearly=3 * WAN),
            Rule(
                "data-ip-licence",
                "data_ip_licence",
                lambda fact, firm: fact["role"] in ("licensee", "transferee"),
                lambda fact, firm: money(fact["paid"]) * 10 * PERCENT,
                yearly=10 * WAN,
            ),
            Rule(
                "data-ip-pledge-loan",
                "pledge_loan_interest",
                lambda fact, firm: True,
                lambda fact, firm: money(fact["paid"]) * 30 * PERCENT,
                yearly=10 * WAN,
            ),
        ),
        first="2026-01-05",
        last="2027-12-31",
    )


def haining_manufacturing(brackets: bool) -> Plan:
    """Equipment, software and the sample's further award: beside each other, together at most 20,000,000 a project."""
    software = ((0, 13), (100 * WAN, 15), (500 * WAN, 17)) if brackets else None

    def _software(fact: dict, firm: dict) -> Fraction | None:
        if software is None or "software" not in fact:
            return None
        return progressive(money(fact["software"]), software)

    def _sample(fact: dict, firm: dict) -> Fraction | None:
        plain = _software(fact, firm)
        return None if plain is None else plain / 10

    three = frozenset(["equipment", "software", "digital-sample"])
    return Plan(
        "haining-manufacturing-2025",
        (
            Rule(
                "equipment",
                "investment_project",
                lambda fact, firm: "equipment" in fact and money(fact["equipment"]) >= 500 * WAN,
                lambda fact, firm: progressive(money(fact["equipment"]), STANDARD),
            ),
            Rule("software", "investment_project", lambda fact, firm: True, _software),
            Rule("digital-sample", "investment_project", lambda fact, firm: fact.get("digital_sample", False), _sample),
        ),
        first="2025-06-20",
        last="9999-12-31",
        beside=(three,),
        shared_item=((2_000 * WAN, three),),
    )
