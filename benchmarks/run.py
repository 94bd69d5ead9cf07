"""All benchmarks in one run: `.venv/bin/python benchmarks/run.py [--quick]`.

Prints the tables; a full run also writes them into benchmarks/README.md, and every figure to benchmarks/results.json.
A benchmark is not a test: a target that is missed is said, and nothing fails.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import conflict
import firms
import ours
import peer
import report
from measure import machine

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = ROOT / ".bench"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer repetitions, firms and instances; nothing is written")
    parser.add_argument("--no-peer", action="store_true", help="leave OpenFisca out")
    options = parser.parse_args()
    results = measured(options.quick, not options.no_peer)
    tables = report.tables(results)
    print(tables)
    if not options.quick:
        (HERE / "results.json").write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        report.write(HERE / "README.md", tables)
    return 0


def measured(quick: bool, with_peer: bool) -> dict:
    """Every figure, in seconds and fen."""
    samples, count = (7, 1_000) if quick else (25, 10_000)
    inputs = WORK / "inputs"
    inputs.mkdir(parents=True, exist_ok=True)
    decisions = inputs / "decisions.yaml"
    decisions.write_text(firms.DECISIONS, encoding="utf-8")
    files = {name: inputs / f"{name}.jsonl" for name in ("any", "plain")}
    for name, file in files.items():
        firms.write_jsonl(file, firms.population(count, plain=name == "plain"))
    load = [round(value, 2) for value in os.getloadavg()]
    ready = ours.session(decisions)
    results = {
        "date": datetime.date.today().isoformat(),
        "quick": quick,
        "machine": machine(),
        "load_before": load,
        "revision": _revision(),
        "versions": {name: version(name) for name in ("chaoce", "pyyaml", "highspy")},
        "firms": count,
        "facts": sum(len(json.loads(line)["facts"]) for line in files["any"].read_text(encoding="utf-8").splitlines()),
        "starts": _plain(ours.starts(samples)),
        "policy": _plain(ours.policy(samples)),
        "one_firm": _plain(ours.one_firm(ready, samples)),
        "many_firms": _plain(ours.many_firms(ready, files["any"], decisions, samples)),
    }
    if with_peer and (python := peer.environment(WORK)) is not None:
        results["peer"] = peer.compare(python, ready, inputs, files["plain"], decisions, samples)
    results["conflict"] = _conflict(quick)
    results["load_after"] = [round(value, 2) for value in os.getloadavg()]
    return results


def _conflict(quick: bool) -> dict:
    """300 facts over three policies: every share of the sums with several seeds; `exact` for the first of them."""
    shares, seeds, seconds = ((15, 33, 80), (1,), 10) if quick else (conflict.SHARES, (1, 2, 3), 30)
    root = WORK / "conflict"
    rows, exact = [], []
    for share in shares:
        for seed in seeds:
            print(f"conflict: limits at {share}%, seed {seed} …", file=sys.stderr)
            one = conflict.instance(share, seed, root)
            rows.append(conflict.solved(one))
        found = conflict.solved_exactly(share, seeds[0], root, seconds)
        exact.append({"share": share, "seed": seeds[0], "proven": found is not None, **(found or {})})
    return {"facts": conflict.FACTS, "exact_seconds": seconds, "rows": rows, "exact": exact}


def _plain(times: dict) -> dict:
    return {name: value.plain() for name, value in times.items()}


def _revision() -> str:
    """The commit, with a plus where the tree differs from it."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
