"""A large part of the best claim as a mixed-integer programme, solved by HiGHS and recomputed in whole fen.

The solver works in floating point and is believed in nothing: its choice is recomputed by the ledger, and the choice is
called optimal only if the recomputed total reaches the solver's bound, rounded outward. Work is limited by nodes, never by
the clock.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chaoce.assess.claims import Cap, Claim

if TYPE_CHECKING:
    from chaoce.assess.choose import Ledger, Problem

#: Branch-and-bound nodes, and rows of the LP solved, before the solver stops without `exact`.
SOLVER_NODES = 300


def solve(
    problem: Problem, claims: Sequence[Claim], caps: Sequence[Cap], ledger: Ledger, start: tuple[int, ...], exact: bool
) -> tuple[tuple[int, ...], int]:
    """The best choice found for one part and a proven upper bound of its total, in fen."""
    import highspy

    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    model.setOptionValue("random_seed", 0)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 0.99)
    model.setOptionValue("mip_feasibility_tolerance", 1e-9)
    if not exact:
        model.setOptionValue("mip_max_nodes", SOLVER_NODES)
    infinity = highspy.kHighsInf
    column = {number: index for index, number in enumerate(problem.claims)}
    for _ in problem.claims:
        model.addVar(0.0, 1.0)
    for index in range(len(column)):
        model.changeColIntegrality(index, highspy.HighsVarType.kInteger)
    # Limits nest: the innermost takes in claims, each further one takes in limits.
    chain = _chains(problem, caps)
    limit_column: dict[int, int] = {}
    for index in problem.caps:
        limit_column[index] = len(column) + len(limit_column)
        model.addVar(0.0, float(caps[index].left))
    inside: dict[int, list[tuple[int, float]]] = {index: [] for index in problem.caps}
    objective = [0.0] * (len(column) + len(limit_column))
    for number, own in column.items():
        for place, part in enumerate(claims[number].parts):
            held = chain.of_part.get((number, place))
            if held is None:
                objective[own] += float(part.due)
            else:
                inside[held].append((own, float(part.due)))
    for index in problem.caps:
        outer = chain.outer.get(index)
        if outer is None:
            objective[limit_column[index]] = 1.0
        else:
            inside[outer].append((limit_column[index], 1.0))
    for index, terms in inside.items():
        row = [limit_column[index], *(col for col, _ in terms)]
        model.addRow(-infinity, 0.0, len(row), row, [1.0, *(-value for _, value in terms)])
    for group in problem.cliques:
        row = [column[number] for number in group]
        model.addRow(-infinity, 1.0, len(row), row, [1.0] * len(row))
    for index, cost in enumerate(objective):
        model.changeColCost(index, cost)
    model.changeObjectiveSense(highspy.ObjSense.kMaximize)
    model.run()
    values = list(model.getSolution().col_value)
    picked = [number for number, index in column.items() if index < len(values) and values[index] > 0.5]
    made = _completed(picked, problem, claims, ledger)
    if ledger.total(start) > ledger.total(made):
        made = start
    dual = model.getInfo().mip_dual_bound
    trivial = _trivial_bound(problem, claims, caps)
    bound = min(trivial, math.floor(dual + 1e-3)) if math.isfinite(dual) else trivial
    return made, max(bound, ledger.total(made))


class _Chains:
    def __init__(self, of_part: dict[tuple[int, int], int], outer: dict[int, int]):
        self.of_part, self.outer = of_part, outer


def _chains(problem: Problem, caps: Sequence[Cap]) -> _Chains:
    by_size = sorted(problem.caps, key=lambda index: (len(caps[index].members), index))
    of_part: dict[tuple[int, int], int] = {}
    outer: dict[int, int] = {}
    top: dict[tuple[int, int], int] = {}
    for index in by_size:
        for member in caps[index].members:
            if member in top:
                outer[top[member]] = index
            else:
                of_part[member] = index
        for member in caps[index].members:
            top[member] = index
    return _Chains(of_part, outer)


def _completed(picked: Sequence[int], problem: Problem, claims: Sequence[Claim], ledger: Ledger) -> tuple[int, ...]:
    """The choice made lawful and maximal: claims that conflict with none are made, in the plan's order."""
    groups_of: dict[int, set[int]] = {number: set() for number in problem.claims}
    for index, group in enumerate(problem.cliques):
        for number in group:
            groups_of[number].add(index)
    taken: set[int] = set()
    made = []
    order = (
        sorted(problem.claims, key=lambda n: (n not in picked_set, claims[n].order, claims[n].fact.id))
        if (picked_set := set(picked))
        else list(problem.claims)
    )
    for number in order:
        if taken.isdisjoint(groups_of[number]):
            taken |= groups_of[number]
            made.append(number)
    return tuple(sorted(made))


def _trivial_bound(problem: Problem, claims: Sequence[Claim], caps: Sequence[Cap]) -> int:
    return sum(claims[number].due for number in problem.claims)
