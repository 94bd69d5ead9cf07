"""How the limits over a part lie in each other, and what a choice comes to under them, kept up to date move by move."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chaoce.assessment.claims import Cap, Claim


class Nesting:
    """Limits from the narrowest to the widest; each lies in at most one wider limit.

    `innermost` gives the limit right over a part of a claim, (claim, part) -> index; `outer` the limit right over a limit.
    """

    def __init__(self, indices: Iterable[int], caps: Sequence[Cap]):
        self.order = sorted(indices, key=lambda index: (len(caps[index].members), index))
        self.left = {index: caps[index].left for index in self.order}
        self.innermost: dict[tuple[int, int], int] = {}
        self.outer: dict[int, int] = {}
        top: dict[tuple[int, int], int] = {}
        for index in self.order:
            for member in caps[index].members:
                if member in top:
                    self.outer[top[member]] = index
                else:
                    self.innermost[member] = index
                top[member] = index

    def worth(self, free: int, sums: dict[int, int]) -> int:
        """Fen of a choice: what lies under no limit, and the sums right under each limit, held by it and by those over it."""
        inside = dict(sums)
        total = free
        for index in self.order:
            amount = min(self.left[index], inside[index])
            outer = self.outer.get(index)
            if outer is None:
                total += amount
            else:
                inside[outer] += amount
        return total


class Standing:
    """A lawful choice under change: claims come in and go out, and its worth is known at every step."""

    def __init__(self, numbers: Sequence[int], groups_of: dict[int, tuple[int, ...]], claims: Sequence[Claim], nesting: Nesting):
        self.numbers, self.groups_of, self.claims, self.nesting = numbers, groups_of, claims, nesting
        self.free = 0
        self.sums = dict.fromkeys(nesting.order, 0)
        self.holder: dict[int, int] = {}
        self.made: set[int] = set()

    def worth(self) -> int:
        return self.nesting.worth(self.free, self.sums)

    def put(self, number: int, sign: int) -> None:
        """Make a claim (sign 1) or take it back (sign -1)."""
        for place, part in enumerate(self.claims[number].parts):
            index = self.nesting.innermost.get((number, place))
            if index is None:
                self.free += sign * part.due
            else:
                self.sums[index] += sign * part.due
        for group in self.groups_of[number]:
            if sign > 0:
                self.holder[group] = number
            else:
                del self.holder[group]
        (self.made.add if sign > 0 else self.made.discard)(number)

    def rivals(self, number: int) -> list[int]:
        """The claims made that exclude this one."""
        return sorted({self.holder[group] for group in self.groups_of[number] if group in self.holder})

    def complete(self) -> None:
        """Make every claim that no claim made excludes, in order."""
        for number in self.numbers:
            if number not in self.made and not self.rivals(number):
                self.put(number, 1)

    def improve(self, rounds: int) -> None:
        """Exchange single claims for their rivals as long as the worth grows, for a fixed number of rounds at the most."""
        for _ in range(rounds):
            before = self.worth()
            for number in self.numbers:
                if number in self.made:
                    continue
                worth, rivals = self.worth(), self.rivals(number)
                for rival in rivals:
                    self.put(rival, -1)
                self.put(number, 1)
                if self.worth() <= worth:
                    self.put(number, -1)
                    for rival in rivals:
                        self.put(rival, 1)
            self.complete()
            if self.worth() == before:
                return
