"""A large part of the best claim as a mixed-integer programme, solved by HiGHS and recomputed in whole fen.

The solver works in floating point and is believed in nothing: its choice is made lawful, improved and recomputed in fen, and
the total is called optimal only if it reaches the solver's bound, rounded outward. Work is limited by nodes, never by the
clock, on one thread with a fixed seed.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from chaoce.assessment.claims import Cap, Claim
from chaoce.assessment.nesting import Nesting, Standing
from chaoce.assessment.problem import Ledger, Problem

#: Branch-and-bound nodes that the solver may visit without `exact`.
SOLVER_NODES = 100
#: Rounds of exchanging single claims after the solver.
IMPROVING_ROUNDS = 8
#: By how much the solver's bound is moved outward, for its floating point: part of a fen, and part of the bound itself.
OUTWARD = 0.01, 1e-13


def solve(
    problem: Problem, claims: Sequence[Claim], caps: Sequence[Cap], ledger: Ledger, start: tuple[int, ...], exact: bool
) -> tuple[tuple[int, ...], int]:
    """The best choice found for one part and a proven upper bound of its total, in fen."""
    nesting = Nesting(problem.caps, caps)
    picked, dual = _Model(problem, claims, nesting).solve(exact)
    groups = problem.groups()
    best: tuple[int, ...] = start
    for choice in (picked, start):
        standing = Standing(problem.claims, groups, claims, nesting)
        for number in choice:
            if not standing.rivals(number):
                standing.put(number, 1)
        standing.complete()
        standing.improve(IMPROVING_ROUNDS)
        made = tuple(sorted(standing.made))
        if ledger.total(made) > ledger.total(best) or (choice is picked and ledger.total(made) == ledger.total(best)):
            best = made
    everything = sum(claims[number].due for number in problem.claims)
    bound = min(everything, math.floor(dual + OUTWARD[0] + dual * OUTWARD[1])) if math.isfinite(dual) else everything
    return best, max(bound, ledger.total(best))


class _Model:
    """The programme: a yes or no for each claim, an amount for each limit.

    Maximise what lies under no limit plus the amounts of the widest limits; an amount is at most what is left of its limit and
    at most what lies right under it; of a clique at most one.
    """

    def __init__(self, problem: Problem, claims: Sequence[Claim], nesting: Nesting):
        import highspy

        self.problem, self.claims, self.nesting = problem, claims, nesting
        self.highs = highspy.Highs()
        self.highs.silent()
        self.infinity = highspy.kHighsInf
        self.column = {number: place for place, number in enumerate(problem.claims)}
        self.amount = {index: len(self.column) + place for place, index in enumerate(nesting.order)}
        for place in self.column.values():
            self.highs.addVar(0.0, 1.0)
            self.highs.changeColIntegrality(place, highspy.HighsVarType.kInteger)
        for index in nesting.order:
            self.highs.addVar(0.0, float(nesting.left[index]))
        self._limits()
        for group in problem.cliques:
            self._row(1.0, [(self.column[number], 1.0) for number in group])
        self.highs.changeObjectiveSense(highspy.ObjSense.kMaximize)

    def _limits(self) -> None:
        inside: dict[int, list[tuple[int, float]]] = {index: [] for index in self.nesting.order}
        for number, column in self.column.items():
            free = 0
            for place, part in enumerate(self.claims[number].parts):
                index = self.nesting.innermost.get((number, place))
                if index is None:
                    free += part.due
                else:
                    inside[index].append((column, -float(part.due)))
            self.highs.changeColCost(column, float(free))
        for index in self.nesting.order:
            outer = self.nesting.outer.get(index)
            if outer is None:
                self.highs.changeColCost(self.amount[index], 1.0)
            else:
                inside[outer].append((self.amount[index], -1.0))
        for index, terms in inside.items():
            self._row(0.0, [(self.amount[index], 1.0), *terms])

    def _row(self, most: float, terms: Sequence[tuple[int, float]]) -> None:
        # A claim with several parts under one limit stands in its row once: HiGHS refuses a row that names a column twice.
        row: dict[int, float] = {}
        for column, value in terms:
            row[column] = row.get(column, 0.0) + value
        self.highs.addRow(-self.infinity, most, len(row), list(row), list(row.values()))

    def solve(self, exact: bool) -> tuple[tuple[int, ...], float]:
        """The claims that the solver picks and its bound; without `exact` after a fixed number of nodes."""
        options: dict[str, Any] = {
            "threads": 1,
            "random_seed": 0,
            "mip_rel_gap": 0.0,
            "mip_abs_gap": 0.5,
            "mip_feasibility_tolerance": 1e-9,
        }
        if not exact:
            options |= {"mip_max_nodes": SOLVER_NODES, "mip_allow_restart": False}
        for name, value in options.items():
            self.highs.setOptionValue(name, value)
        self.highs.run()
        values = list(self.highs.getSolution().col_value)
        picked = tuple(number for number, column in self.column.items() if column < len(values) and values[column] > 0.5)
        return picked, self.highs.getInfo().mip_dual_bound
