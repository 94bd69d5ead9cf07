"""Large firms whose every matter could be claimed under three policies, and a checker that knows nothing of the program."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from claim_reference import matters, money, share

from chaoce.policy.model import Policy
from core_kit import firm, write_policy, yuan

_FIELDS = ["paid: {kind: money, zh: 金额, en: amount paid}", "area: {kind: count, zh: 面积, en: area}"]
NAMES = ("north", "south", "west")


class Benefit(NamedTuple):
    """A benefit of the three policies: what it pays for a fact, from which sum on, and its cap a firm a year, in fen."""

    name: str
    percent: int
    least: int
    cap: int

    def due(self, fact: dict) -> int:
        paid = money(fact["paid"])
        return paid * self.percent // 100 if paid >= self.least else 0


class Instance(NamedTuple):
    raw: dict
    benefits: dict[str, tuple[Benefit, ...]]
    shared: dict[str, int]

    def policies(self, folder: Path, turned: bool = False) -> list[Policy]:
        """The policies as restated files; `turned` declares the fact type's fields in another order."""
        fields = _FIELDS[::-1] if turned else _FIELDS
        types = "facts:\n  spend:\n    name: {zh: 支出, en: spending}\n    fields:\n" + "".join(f"      {line}\n" for line in fields)
        loaded = []
        for name, benefits in self.benefits.items():
            blocks = "".join(
                f"支持。\n```benefit {own.name}\ntitle: {{zh: {own.name}, en: {own.name}}}\non: spend\nwhere: paid >= {own.least // 100}\n"
                f"pays: {own.percent}% of paid\nlimit: {own.cap // 100} per firm per year\n```\n"
                for own in benefits
            )
            if name in self.shared:
                over = ", ".join(own.name for own in benefits)
                blocks += f"合计。\n```limit {name}-all\nlimit: {self.shared[name] // 100} per firm per year\nover: [{over}]\n```\n"
            loaded.append(Policy.load(write_policy(folder, name, blocks, types)))
        return loaded


def instance(facts: int, seed: int, share_of_sum: int) -> Instance:
    """So many facts on overlapping matters, and caps at so many per cent of what could be claimed under them."""
    chance = random.Random(seed)
    rows = []
    for number in range(facts):
        pool = [f"m{chance.randrange(facts // 2)}" for _ in range(chance.choice((1, 1, 2, 3)))]
        rows.append(
            {
                "id": f"f{number:03d}",
                "type": "spend",
                "date": f"2026-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
                "matter": [matter + chance.choice(("", "#1", "#2")) for matter in dict.fromkeys(pool)],
                "paid": yuan(chance.randint(1_000_00, 400_000_00)),
                "area": chance.randint(1, 9),
            }
        )
    benefits, shared = {}, {}
    for place, name in enumerate(NAMES):
        own = []
        for number, (percent, least) in enumerate(((50, 200_000_00), (30 + 5 * place, 0))):
            plain = Benefit(f"{name}-{number}", percent, least, 0)
            every = sum(plain.due(row) for row in rows)
            own.append(plain._replace(cap=every * share_of_sum // 100 // 100 * 100))
        benefits[name] = tuple(own)
        if place == 1:
            shared[name] = sum(one.cap for one in own) * 3 // 4 // 100 * 100
    return Instance(firm(rows), benefits, shared)


def check_lawful(made: Instance, answer: dict) -> None:
    """No two claims overlap, no amount is above what its rule gives, no cap is passed, everything adds up."""
    facts = {fact["id"]: fact for fact in made.raw["facts"]}
    rules = {own.name: (policy, own) for policy, benefits in made.benefits.items() for own in benefits}
    paid = [(row["id"], fact["id"], money(fact["amount"])) for row in answer["benefits"] for fact in row["facts"]]
    for place, (_, one, amount) in enumerate(paid):
        assert amount > 0
        for _, other, _ in paid[:place]:
            assert one != other and not share(matters(facts[one]), matters(facts[other])), (one, other)
    sums: dict[str, int] = defaultdict(int)
    of_policy: dict[str, int] = defaultdict(int)
    for benefit, fact, amount in paid:
        policy, rule = rules[benefit]
        assert amount <= rule.due(facts[fact])
        sums[benefit] += amount
        of_policy[policy] += amount
    for row in answer["benefits"]:
        assert money(row["amount"]) == sums[row["id"]] <= rules[row["id"]][1].cap
    for policy, most in made.shared.items():
        assert of_policy[policy] <= most
    for row in answer["benefits"]:
        rule, rows = rules[row["id"]][1], [(facts[fact["id"]], money(fact["amount"])) for fact in row["facts"]]
        assert rows == sorted(rows, key=lambda pair: (pair[0]["date"], pair[0]["id"]))
        assert all(amount == rule.due(fact) for fact, amount in rows[:-1]) or rules[row["id"]][0] in made.shared
    assert money(answer["total"]) == sum(sums.values())
    bound = money(answer["bound"]) if "bound" in answer else money(answer["total"])
    assert answer["optimal"] is (bound == money(answer["total"]))
    assert money(answer["total"]) <= bound
