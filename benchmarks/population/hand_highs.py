"""One HiGHS model a firm: the best lawful claim of firms in conflict, in a loop of build and solve.

The input has a firm a line (here on two): `claims` is a list of claims, each the list of what its parts are due in fen; of the claims of a
clique at most one is made; a cap leaves so many fen to the parts (claim, part) that it names, and caps lie one in the other or
apart. `total` may stand beside it, the answer to compare with.

    {"uscc": "…", "claims": [[5000], [2000, 100]], "cliques": [[0, 1]], "total": 3000,
     "caps": [{"left": 3000, "members": [[0, 0], [1, 0]]}]}

HiGHS works in floating point: what it picks is reckoned anew in whole fen, under the caps.

    hand_highs.py PROBLEMS [--most N] [--out TOTALS.jsonl]
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import highspy
import numpy as np

_OPTIONS: dict[str, Any] = {
    "output_flag": False, "threads": 1, "random_seed": 0, "mip_rel_gap": 0.0, "mip_abs_gap": 0.5, "mip_feasibility_tolerance": 1e-9,
}  # fmt: skip


class Solver:
    """HiGHS, told its options once; every firm is a model of its own."""

    def __init__(self) -> None:
        self.highs = highspy.Highs()
        for name, value in _OPTIONS.items():
            self.highs.setOptionValue(name, value)

    def pick(self, problem: dict) -> list[int]:
        """The claims that HiGHS makes."""
        self.highs.passModel(*_model(problem))
        self.highs.run()
        values = self.highs.getSolution().col_value
        return [number for number in range(len(problem["claims"])) if values[number] > 0.5]


def _model(problem: dict) -> tuple[Any, ...]:
    """A yes or no for each claim, an amount for each part under a cap, as HiGHS takes a model: row-wise arrays."""
    claims = problem["claims"]
    capped = {tuple(member): len(claims) + place for place, member in enumerate(_capped(problem))}
    columns = len(claims) + len(capped)
    cost, upper = np.ones(columns), np.ones(columns)
    for number, parts in enumerate(claims):
        cost[number] = sum(due for place, due in enumerate(parts) if (number, place) not in capped)
    for (number, place), column in capped.items():
        upper[column] = claims[number][place]
    rows: list[tuple[float, list[int], list[float]]] = [(1.0, group, [1.0] * len(group)) for group in problem["cliques"]]
    rows += [(0.0, [column, number], [1.0, -float(claims[number][place])]) for (number, place), column in capped.items()]
    for cap in problem["caps"]:
        members = [capped[tuple(member)] for member in cap["members"]]
        rows.append((float(cap["left"]), members, [1.0] * len(members)))
    starts = np.cumsum([0, *(len(indices) for _, indices, _ in rows)], dtype=np.int32)
    indices = np.array([index for _, row, _ in rows for index in row], dtype=np.int32)
    values = np.array([value for _, _, row in rows for value in row])
    most = np.array([row[0] for row in rows])
    whole = np.zeros(columns, dtype=np.int32)
    whole[: len(claims)] = int(highspy.HighsVarType.kInteger)
    row_wise, maximise = int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMaximize)
    shape = columns, len(rows), len(indices), row_wise, maximise, 0.0
    return *shape, cost, np.zeros(columns), upper, np.full(len(rows), -highspy.kHighsInf), most, starts, indices, values, whole


def _capped(problem: dict) -> list[tuple[int, int]]:
    """The parts under any cap, each once."""
    return sorted({(number, place) for cap in problem["caps"] for number, place in cap["members"]})


def worth(problem: dict, made: Sequence[int]) -> int:
    """What claims come to in whole fen: caps that lie one in the other leave the same sum whatever order fills them."""
    left = [cap["left"] for cap in problem["caps"]]
    over: dict[tuple[int, int], list[int]] = {}
    for index, cap in enumerate(problem["caps"]):
        for number, place in cap["members"]:
            over.setdefault((number, place), []).append(index)
    total = 0
    for number in made:
        for place, due in enumerate(problem["claims"][number]):
            own = over.get((number, place), ())
            amount = min([due, *(left[index] for index in own)])
            for index in own:
                left[index] -= amount
            total += amount
    return total


def run(problems: Iterable[dict], totals: dict[str, int] | None = None) -> dict:
    """Solve firm after firm; the seconds in all and for a firm, and how many totals are not those given. `totals` takes the totals."""
    solver, seconds, wrong, short = Solver(), [], 0, 0
    for problem in problems:
        start = time.perf_counter()
        total = worth(problem, solver.pick(problem))
        seconds.append(time.perf_counter() - start)
        if totals is not None:
            totals[problem["uscc"]] = total
        wrong += problem.get("total", total) != total
        short += problem.get("total", total) > total
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "peer": "one HiGHS model a firm",
        "highspy": solver.highs.version(),
        "firms": len(seconds),
        "seconds": sum(seconds),
        "a_firm": statistics.fmean(seconds) if seconds else 0.0,
        "a_firm_median": statistics.median(seconds) if seconds else 0.0,
        "a_firm_slowest": max(seconds, default=0.0),
        "totals_other": wrong,
        "totals_lower": short,
        "peak_mib": used.ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problems", type=Path)
    parser.add_argument("--most", type=int, help="stop after so many firms")
    parser.add_argument("--out", type=Path, help="write the totals here, one firm a line")
    options = parser.parse_args()
    lines = options.problems.read_text(encoding="utf-8").splitlines()[: options.most]
    totals: dict[str, int] = {}
    print(json.dumps(run(map(json.loads, lines), totals)))
    if options.out is not None:
        rows = (json.dumps({"uscc": uscc, "total": total}) for uscc, total in totals.items())
        options.out.write_text("\n".join(rows) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
