"""The best lawful claim (从优、就高、不重复): of all ways to claim, the highest total.

Claims that exclude each other come as cliques, limits bind sums. Most claims meet no other: they are made. The rest falls
into independent parts; a small part is searched exactly in whole fen, a large one goes to the mixed-integer solver. Both
end after a fixed amount of work, never by the clock, so the same input gives the same choice everywhere.

Ties: larger amounts for the benefits earlier in the plan, then the smaller sorted list of fact ids.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import NamedTuple

from chaoce.assessment.claims import Cap, Claim
from chaoce.assessment.problem import Ledger, Problem, greedy, groups_of
from chaoce.assessment.search import Search
from chaoce.assessment.solver import solve

#: Facts that the exact search may look at in one part, over all its nodes, before it hands over to the solver.
SEARCH_WORK = 60_000


class Choice(NamedTuple):
    """The claims made (numbers in order) and, in fen, the proven upper bound of the total where that is higher."""

    made: tuple[int, ...]
    total: int
    bound: int


def parts(claims: Sequence[Claim], cliques: Sequence[tuple[int, ...]], caps: Sequence[Cap]) -> tuple[list[int], list[Problem]]:
    """The claims that are made without a question, and the independent problems among the others.

    Only limits that bind tie claims together.
    """
    parent = list(range(len(claims)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    if not cliques:
        return list(range(len(claims))), []
    for group in cliques:
        for number in group[1:]:
            parent[root(number)] = root(group[0])
    for cap in caps:
        for number, _ in cap.members[1:]:
            parent[root(number)] = root(cap.members[0][0])
    groups: dict[int, list[int]] = {}
    for number in range(len(claims)):
        groups.setdefault(root(number), []).append(number)
    made: list[int] = []
    problems: list[Problem] = []
    for members in groups.values():
        inside = set(members)
        own = tuple(group for group in cliques if group[0] in inside)
        if not own:
            made.extend(members)
            continue
        members.sort(key=lambda n: (claims[n].fact.id, claims[n].order))
        problems.append(Problem(tuple(members), own, tuple(index for index, cap in enumerate(caps) if cap.members[0][0] in inside)))
    return made, problems


class Known:
    """Parts solved before: equal parts share the answer. Counts what was searched, solved and shared."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, tuple[tuple[int, ...], int]] = {}
        self.searched = self.solved = self.shared = 0

    def solve(
        self, problem: Problem, claims: Sequence[Claim], caps: Sequence[Cap], ledger: Ledger, exact: bool
    ) -> tuple[tuple[int, ...], int]:
        """The choice for a part and how far it may be from the best, in fen."""
        key = _likeness(problem, claims, caps, ledger)
        if key in self._answers:
            self.shared += 1
        else:
            made, gap, solver = _solve(problem, claims, caps, ledger, exact)
            place = {number: at for at, number in enumerate(problem.claims)}
            self._answers[key] = tuple(place[number] for number in made), gap
            self.solved += solver
            self.searched += not solver
        places, gap = self._answers[key]
        return tuple(sorted(problem.claims[at] for at in places)), gap


def _likeness(problem: Problem, claims: Sequence[Claim], caps: Sequence[Cap], ledger: Ledger) -> Hashable:
    """What the answer for a part depends on: two parts that are alike in it have the same answer.

    That is the order of their facts by id and by date, the amounts of each benefit, the groups and what the limits leave.
    """
    place = {number: at for at, number in enumerate(problem.claims)}
    facts = {identity: at for at, identity in enumerate(sorted({claims[number].fact.id for number in problem.claims}))}
    rows = tuple((facts[claims[n].fact.id], tuple((part.line.order, part.due) for part in claims[n].parts)) for n in problem.claims)
    filled = tuple(place[number] for number in ledger.rank if number in place)
    groups = tuple(tuple(place[number] for number in group) for group in problem.cliques)
    limits = tuple((caps[i].left, tuple((place[number], part) for number, part in caps[i].members)) for i in problem.caps)
    return rows, filled, groups, limits


def choose(
    claims: Sequence[Claim],
    cliques: Sequence[tuple[int, ...]],
    caps: Sequence[Cap],
    exact: bool = False,
    known: Known | None = None,
) -> Choice:
    """The best lawful choice over all parts; with `exact` the solver goes on to the proof, with `known` equal parts are solved once."""
    made, problems = parts(claims, cliques, caps)
    ledger = Ledger(claims, caps)
    gap = 0
    for problem in problems:
        if known is None:
            chosen, missing, _ = _solve(problem, claims, caps, ledger, exact)
        else:
            chosen, missing = known.solve(problem, claims, caps, ledger, exact)
        made.extend(chosen)
        gap += missing
    made.sort()
    total = ledger.total(made)
    return Choice(tuple(made), total, total + gap)


def _largest(problem: Problem, claims: Sequence[Claim]) -> int:
    """Of claims that all exclude each other, under no limit, the largest; ties as everywhere."""

    def rank(number: int) -> tuple[int, list[tuple[int, int]], str]:
        claim = claims[number]
        return -claim.due, [(part.line.order, -part.due) for part in claim.parts], claim.fact.id

    return min(problem.claims, key=rank)


def _solve(
    problem: Problem, claims: Sequence[Claim], caps: Sequence[Cap], ledger: Ledger, exact: bool
) -> tuple[tuple[int, ...], int, bool]:
    """The choice for a part, how far it may be from the best, and whether the solver was asked."""
    if not problem.caps and problem.cliques[0] == tuple(sorted(problem.claims)):
        return (_largest(problem, claims),), 0, False
    search = Search(problem, claims, caps, ledger)
    if search.run(SEARCH_WORK):
        return search.best, 0, False
    made, bound = solve(problem, claims, caps, ledger, search.best, exact)
    gap = bound - ledger.total(made)
    # With the best total known, the search has less to look at and may yet settle the ties.
    if gap == 0 and search.run(SEARCH_WORK, made):
        made = search.best
    return made, gap, True


def largest_first(claims: Sequence[Claim], cliques: Sequence[tuple[int, ...]], caps: Sequence[Cap]) -> Choice:
    """The other reading of 就高: matter by matter the larger amount, whatever the total; the bound stays that of the best total."""
    made = greedy(groups_of(range(len(claims)), cliques), claims)
    total = Ledger(claims, caps).total(made)
    return Choice(made, total, max(total, choose(claims, cliques, caps).bound))
