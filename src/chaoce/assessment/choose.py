"""The best lawful claim (从优、就高、不重复): of all ways to claim, the highest total.

Claims that exclude each other come as cliques, limits bind sums. Most claims meet no other: they are made. The rest falls
into independent parts; a small part is searched exactly in whole fen, a large one goes to the mixed-integer solver. Both
end after a fixed amount of work, never by the clock, so the same input gives the same choice everywhere.

Ties: larger amounts for the benefits earlier in the plan, then the smaller sorted list of fact ids.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def choose(claims: Sequence[Claim], cliques: Sequence[tuple[int, ...]], caps: Sequence[Cap], exact: bool = False) -> Choice:
    """The best lawful choice over all parts; with `exact` the solver goes on to the proof."""
    made, problems = parts(claims, cliques, caps)
    ledger = Ledger(claims, caps)
    gap = 0
    for problem in problems:
        chosen, missing = _solve(problem, claims, caps, ledger, exact)
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


def _solve(problem: Problem, claims: Sequence[Claim], caps: Sequence[Cap], ledger: Ledger, exact: bool) -> tuple[tuple[int, ...], int]:
    if not problem.caps and problem.cliques[0] == tuple(sorted(problem.claims)):
        return (_largest(problem, claims),), 0
    search = Search(problem, claims, caps, ledger)
    if search.run(SEARCH_WORK):
        return search.best, 0
    made, bound = solve(problem, claims, caps, ledger, search.best, exact)
    gap = bound - ledger.total(made)
    # With the best total known, the search has less to look at and may yet settle the ties.
    if gap == 0 and search.run(SEARCH_WORK, made):
        made = search.best
    return made, gap


def largest_first(claims: Sequence[Claim], cliques: Sequence[tuple[int, ...]], caps: Sequence[Cap]) -> Choice:
    """The other reading of 就高: matter by matter the larger amount, whatever the total; the bound stays that of the best total."""
    made = greedy(groups_of(range(len(claims)), cliques), claims)
    total = Ledger(claims, caps).total(made)
    return Choice(made, total, max(total, choose(claims, cliques, caps).bound))
