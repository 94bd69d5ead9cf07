"""A problem of choice: claims by number, which exclude which, and what chosen claims come to under the limits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from chaoce.assessment.claims import Cap, Claim


class Ledger:
    """What chosen claims come to under the limits: each limit is filled by date, then id."""

    def __init__(self, claims: Sequence[Claim], caps: Sequence[Cap]):
        self.claims = claims
        self.left = [cap.left for cap in caps]
        self.caps_of: list[list[list[int]]] = [[[] for _ in claim.parts] for claim in claims] if caps else []
        for index, cap in enumerate(caps):
            for number, part in cap.members:
                self.caps_of[number][part].append(index)
        self.rank = sorted(range(len(claims)), key=lambda n: (claims[n].fact.date, claims[n].fact.id, claims[n].order))
        self.place = {number: place for place, number in enumerate(self.rank)}

    def fill(self, made: Sequence[int]) -> dict[int, list[tuple[int, int | None]]]:
        """What each part of each claim made is paid, in fen, with the index of the limit that held it down, if one did."""
        left = list(self.left)
        paid: dict[int, list[tuple[int, int | None]]] = {}
        for number in sorted(made, key=self.place.__getitem__):
            row: list[tuple[int, int | None]] = []
            for place, part in enumerate(self.claims[number].parts):
                amount, held = part.due, None
                caps = self.caps_of[number][place] if left else ()
                for cap in caps:
                    if left[cap] < amount:
                        amount, held = left[cap], cap
                for cap in caps:
                    left[cap] -= amount
                row.append((amount, held))
            paid[number] = row
        return paid

    def amounts(self, made: Sequence[int]) -> dict[int, list[int]]:
        """What each part of each claim made is paid, in fen."""
        return {number: [amount for amount, _ in row] for number, row in self.fill(made).items()}

    def total(self, made: Sequence[int]) -> int:
        return sum(sum(row) for row in self.amounts(made).values())


class Problem(NamedTuple):
    """One independent part: its claims by number, in order of fact id and plan, with the cliques and limits among them."""

    claims: tuple[int, ...]
    cliques: tuple[tuple[int, ...], ...]
    caps: tuple[int, ...]

    def groups(self) -> dict[int, tuple[int, ...]]:
        """The cliques that each claim is in."""
        return groups_of(self.claims, self.cliques)


def groups_of(numbers: Iterable[int], cliques: Sequence[tuple[int, ...]]) -> dict[int, tuple[int, ...]]:
    """The indices of the cliques that each of the claims is in."""
    groups: dict[int, tuple[int, ...]] = {number: () for number in numbers}
    for index, clique in enumerate(cliques):
        for number in clique:
            groups[number] += (index,)
    return groups


def greedy(groups: dict[int, tuple[int, ...]], claims: Sequence[Claim]) -> tuple[int, ...]:
    """Claim after claim the largest that is still lawful; of equal ones the earlier benefit, then the smaller fact id."""
    taken: set[int] = set()
    made = []
    for number in sorted(groups, key=lambda n: (-claims[n].due, claims[n].order, claims[n].fact.id)):
        if taken.isdisjoint(groups[number]):
            taken.update(groups[number])
            made.append(number)
    return tuple(sorted(made))
