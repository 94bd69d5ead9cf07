"""Small inputs for the peers: a population's files from invented firms, and the firms in conflict as problems of choice.

inputs.py population OUT [--firms N] [--plain]
inputs.py problems DIR OUT          (DIR as `population` writes it; the firms are those of its firms.jsonl)
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent.parent / "tests" / "population")]

import firms  # noqa: E402
from population_kit import write_population  # noqa: E402

from chaoce import Decisions, Policy, prepare  # noqa: E402
from chaoce.assessment.conflict import cliques  # noqa: E402
from chaoce.assessment.prepare import Session  # noqa: E402

POLICY = "haining-ai-2026"


def session(folder: Path) -> Session:
    """The plan with the benchmark's decisions."""
    folder.mkdir(parents=True, exist_ok=True)
    decisions = folder / "decisions.yaml"
    decisions.write_text(firms.DECISIONS, encoding="utf-8")
    return prepare([Policy.load(POLICY)], firms.YEAR, [Decisions.load(decisions)])


def population(out: Path, count: int, plain: bool = False) -> Path:
    """The files of so many invented firms, and the same firms as `firms.jsonl`."""
    raws = list(firms.population(count, plain=plain))
    write_population(raws, session(out).reader.types, out)
    firms.write_jsonl(out / "firms.jsonl", iter(raws))
    return out


def problems(ready: Session, raws: Iterable[dict]) -> Iterator[dict]:
    """The firms whose claims exclude each other, as `hand_highs.py` reads them, with the total that `assess` gives them."""
    engine, year = ready.assessor.engine, ready.year
    for raw in raws:
        firm = ready.read(raw)
        claims, _ = engine.claims(firm, year, why=False)
        groups = cliques(claims)
        if not groups:
            continue
        caps = engine.caps_over(claims, firm, year)
        yield {
            "uscc": firm.uscc,
            "claims": [[part.due for part in claim.parts] for claim in claims],
            "cliques": [list(group) for group in groups],
            "caps": [{"left": cap.left, "members": [list(member) for member in cap.members]} for cap in caps],
            "total": ready.assessor.assess(firm, year, readings=False).total,
        }


def write_problems(folder: Path, out: Path) -> int:
    """The problems of a folder's firms, one a line; how many."""
    raws = map(json.loads, (folder / "firms.jsonl").read_text(encoding="utf-8").splitlines())
    count = 0
    with out.open("w", encoding="utf-8", newline="\n") as file:
        for problem in problems(session(folder), raws):
            file.write(json.dumps(problem) + "\n")
            count += 1
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=("population", "problems"))
    parser.add_argument("paths", type=Path, nargs="+", metavar="PATH")
    parser.add_argument("--firms", type=int, default=2_000)
    parser.add_argument("--plain", action="store_true", help="no matter twice and nothing received")
    options = parser.parse_args()
    if options.task == "population":
        population(options.paths[0], options.firms, options.plain)
    else:
        print(json.dumps({"problems": write_problems(*options.paths)}))


if __name__ == "__main__":
    main()
