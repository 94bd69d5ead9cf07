"""The exact search of a small part: branch and bound in whole fen, in the order that settles ties.

Facts are taken in order of their ids; for each the claims in the plan's order, then none. Of choices with equal amounts the
one with the smaller sorted list of fact ids is kept, and of those the first one found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby

from chaoce.assessment.claims import Cap, Claim
from chaoce.assessment.problem import Ledger, Problem, greedy

Key = tuple[int, ...]


class Search:
    """Searches one part; `best` is the best choice so far, whether or not the search came to its end."""

    def __init__(self, problem: Problem, claims: Sequence[Claim], caps: Sequence[Cap], ledger: Ledger):
        self.claims, self.ledger = claims, ledger
        self.facts = [tuple(group) for _, group in groupby(problem.claims, key=lambda n: claims[n].fact.id)]
        self.groups_of = problem.groups()
        self.orders = sorted({part.line.order for number in problem.claims for part in claims[number].parts})
        self._bounds = _Bounds(self.facts, problem, claims, caps)
        self.best: tuple[int, ...] = ()
        self._best_key: Key | None = None
        self._best_facts: tuple[bool, ...] = ()
        self._place = {number: place for place, fact in enumerate(self.facts) for number in fact}

    def run(self, work: int, start: Sequence[int] | None = None) -> bool:
        """Search through from a lawful choice (the greedy one if none is given), which it never falls below.

        False if the work (facts looked at, over all nodes) ran out before the end.
        """
        self._left = work
        self.best = greedy(self.groups_of, self.claims) if start is None else tuple(start)
        self._floor = self._key(self.best)[0]
        return self._visit(0, [], set())

    def _key(self, made: Sequence[int]) -> Key:
        """What a choice is worth: its total, then what each benefit gets, in the plan's order."""
        by_order = dict.fromkeys(self.orders, 0)
        for number, row in self.ledger.amounts(made).items():
            for part, amount in zip(self.claims[number].parts, row, strict=True):
                by_order[part.line.order] += amount
        return (sum(by_order.values()), *by_order.values())

    def _visit(self, depth: int, made: list[int], taken: set[int]) -> bool:
        if self._left <= 0:
            return False
        self._left -= 1 + len(self.facts) - depth
        if depth == len(self.facts):
            key, facts = self._key(made), self._facts_of(made)
            if key[0] >= self._floor and (self._best_key is None or (key, facts) > (self._best_key, self._best_facts)):
                self.best, self._best_key, self._best_facts = tuple(sorted(made)), key, facts
            return True
        bound = self._bounds.total(depth, made, taken, self.groups_of)
        lowest = self._best_key[0] if self._best_key is not None else self._floor
        if bound < lowest:
            return True
        if bound == lowest and self._best_key is not None and not self._could_win_tie(depth, made, taken):
            return True
        for number in self.facts[depth]:
            groups = self.groups_of[number]
            if taken.isdisjoint(groups):
                made.append(number)
                finished = self._visit(depth + 1, made, taken.union(groups))
                made.pop()
                if not finished:
                    return False
                if not groups:  # it excludes nothing: it is always made
                    return True
        return self._visit(depth + 1, made, taken)

    def _facts_of(self, numbers: Iterable[int]) -> tuple[bool, ...]:
        """Which facts the claims are of, in order of id: the larger of two is the smaller sorted list of ids."""
        places = {self._place[number] for number in numbers}
        return tuple(place in places for place in range(len(self.facts)))

    def _could_win_tie(self, depth: int, made: list[int], taken: set[int]) -> bool:
        """Whether some benefit could still get more than in the best choice, before one that must get less.

        Where all could get the same, whether the facts could still be earlier ones.
        """
        assert self._best_key is not None
        most = dict.fromkeys(self.orders, 0)
        possible = [*made, *(n for fact in self.facts[depth:] for n in fact if taken.isdisjoint(self.groups_of[n]))]
        for number in possible:
            for part in self.claims[number].parts:
                most[part.line.order] += part.due
        for order, held in zip(self.orders, self._best_key[1:], strict=True):
            cap = self._bounds.most_of(order)
            bound = most[order] if cap is None else min(cap, most[order])
            if bound != held:
                return bound > held
        return self._facts_of(possible) > self._best_facts


class _Bounds:
    """Upper bounds of what a choice can still become, exact in fen.

    Facts that share a clique exclude each other: of a run of such facts only the largest claim counts. And what lies under a
    limit never comes to more than is left of it.
    """

    def __init__(self, facts: Sequence[tuple[int, ...]], problem: Problem, claims: Sequence[Claim], caps: Sequence[Cap]):
        self.facts, self.claims = facts, claims
        self.caps = [(caps[index].left, caps[index].members) for index in problem.caps]
        self.clique_of: dict[int, int] = {}
        for index, group in enumerate(problem.cliques):
            for number in group:
                self.clique_of.setdefault(number, index)
        # A part of a claim is bounded by the innermost limit over it that could bind.
        self.cap_of: dict[tuple[int, int], int] = {}
        for index, (_, members) in enumerate(self.caps):
            for member in members:
                held = self.cap_of.get(member)
                if held is None or len(self.caps[held][1]) > len(members):
                    self.cap_of[member] = index

    def most_of(self, order: int) -> int | None:
        """The least of the limits under which all of a benefit's claims lie, if there is one."""
        least = None
        for left, members in self.caps:
            if all(self.claims[number].parts[part].line.order == order for number, part in members):
                least = left if least is None else min(least, left)
        return least

    def total(self, depth: int, made: list[int], taken: set[int], groups_of: dict[int, tuple[int, ...]]) -> int:
        open_facts = [[number for number in fact if taken.isdisjoint(groups_of[number])] for fact in self.facts[depth:]]
        # By cliques: each fact or clique of facts gives at most its largest claim, whatever the limits.
        largest: dict[int, int] = {}
        free = 0
        for options in open_facts:
            if not options:
                continue
            best = max(options, key=lambda n: self.claims[n].due)
            clique = self.clique_of.get(best)
            due = self.claims[best].due
            if clique is None or len({self.clique_of.get(n) for n in options}) > 1:
                free += due
            elif largest.get(clique, 0) < due:
                largest[clique] = due
        under: dict[int, int] = {}
        made_free = 0
        for number in made:
            for place, part in enumerate(self.claims[number].parts):
                cap = self.cap_of.get((number, place))
                if cap is None:
                    made_free += part.due
                else:
                    under[cap] = under.get(cap, 0) + part.due
        made_total = made_free + sum(min(self.caps[cap][0], amount) for cap, amount in under.items())
        by_cliques = made_total + free + sum(largest.values())
        # By limits: all that is still open, under its limits.
        open_free = 0
        for options in open_facts:
            best_free = 0
            for number in options:
                loose = 0
                for place, part in enumerate(self.claims[number].parts):
                    cap = self.cap_of.get((number, place))
                    if cap is None:
                        loose += part.due
                    else:
                        under[cap] = under.get(cap, 0) + part.due
                best_free = max(best_free, loose)
            open_free += best_free
        by_limits = made_free + open_free + sum(min(self.caps[cap][0], amount) for cap, amount in under.items())
        return min(by_cliques, by_limits)
