"""Populations side by side with their peers, in one run: `make bench-population` (`--quick` is smaller and writes nothing).

    run.py [--quick] [--only many,scale,peers,claims,whatif]

Every figure is a median of several samples taken in turn with the peer's. A full run writes the tables into README.md and all
figures into results.json. A benchmark is not a test: a target that is missed is said, and nothing fails.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(ROOT / "tests" / "population")]

import firms as invented  # noqa: E402
from measure import machine  # noqa: E402

WORK = ROOT / ".bench" / "population"
CHAOCE = Path(sys.executable).with_name("chaoce")
SEED = 20260105
ONE = "haining-ai-2026"
SAMPLES = 5


def county(firms: int, overlap: str = "10%") -> Path:
    """A synthetic county with five facts a firm; made once."""
    folder = WORK / f"county-{firms}-{overlap.rstrip('%')}"
    if not (folder / "SYNTHETIC.txt").exists():
        shutil.rmtree(folder, ignore_errors=True)
        options = ["--firms", str(firms), "--seed", str(SEED), "--facts", "5", "--overlap", overlap]
        subprocess.run([CHAOCE, "population", "synthesize", *options, "--out", folder], check=True, capture_output=True)
    return folder


def decisions() -> Path:
    path = WORK / "decisions.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(invented.DECISIONS, encoding="utf-8")
    return path


def process(command: Sequence[object]) -> dict:
    """Seconds, processor seconds, and the most memory of all of them together, in MiB."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    running = subprocess.Popen([str(part) for part in command], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    most, out = 0, None
    while out is None:
        try:
            out, _ = running.communicate(timeout=0.3)
        except subprocess.TimeoutExpired:
            most = max(most, _together(running.pid))
    seconds = time.perf_counter() - start
    if running.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {running.returncode}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": seconds, "cpu": cpu, "together_mib": most / 2**20, "out": out}


def _together(pid: int) -> int:
    """Memory of its own of a process and of all that it started; the pages of files that they share are in none."""
    total = 0
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(("RssAnon:", "RssShmem:")):
                total += int(line.split()[1]) * 1024
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            total += sum(_together(int(child)) for child in children.read_text().split())
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        pass
    return total


def in_turn(samples: int, **runs: Callable[[], dict]) -> dict[str, dict]:
    """Each run once to warm up, then sample after sample, one after the other; the medians of the figures."""
    found: dict[str, list[dict]] = {name: [] for name in runs}
    for sample in range(samples + 1):
        for name, once in runs.items():
            figures = once()
            if sample:
                found[name].append(figures)
    medians = {}
    for name, rows in found.items():
        numbers = [key for key, value in rows[0].items() if isinstance(value, int | float)]
        medians[name] = {key: statistics.median(row[key] for row in rows) for key in numbers}
        medians[name]["slowest"] = max(row["seconds"] for row in rows)
    return medians


def _ours(folder: Path, *more: object) -> Callable[[], dict]:
    out = WORK / "ours"

    def once() -> dict:
        shutil.rmtree(out, ignore_errors=True)
        return process([CHAOCE, "population", "run", folder, "--year", 2026, "--decisions", decisions(), "--out", out, *more])

    return once


def _hand(folder: Path) -> Callable[[], dict]:
    return lambda: process([sys.executable, HERE / "hand_polars.py", folder, WORK / "hand"])


def many(quick: bool) -> dict:
    """The whole way from Parquet to Parquet against the script that only sums and caps; and where the time goes."""
    folder = county(100_000 if quick else 1_000_000)
    found = in_turn(2 if quick else SAMPLES, ours=_ours(folder), hand=_hand(folder))
    return {"firms": 100_000 if quick else 1_000_000, **found, "where": where(folder)}


def where(folder: Path) -> dict:
    """Processor seconds of one range of firms, by what is done, in one thread."""
    code = f"""
import json, os, shutil, sys, time
os.environ["POLARS_MAX_THREADS"] = "1"
from pathlib import Path
from chaoce.population import intake, reckon, tables
from chaoce.population.recipe import Recipe
from chaoce.population.reckon import Job
spent = {{}}
def timed(module, name, label):
    real = getattr(module, name)
    def run(*args, **more):
        start = time.perf_counter()
        try:
            return real(*args, **more)
        finally:
            spent[label] = spent.get(label, 0) + time.perf_counter() - start
    setattr(module, name, run)
timed(tables.Table, "read", "reading the files")
timed(reckon, "take_in", "take in")
timed(reckon, "overlaps", "who shares a matter, what was received")
timed(reckon, "claim", "claims")
timed(reckon, "decide", "the best claim, in columns")
timed(reckon, "read_alone", "firms read one by one")
timed(reckon, "city_facts", "facts under limits of the city")
recipe = Recipe(("{ONE}",), 2026, decisions=({str(decisions())!r},))
session = recipe.session()
found = tables.find_tables(Path({str(folder)!r}), session.reader.types)
part = tables.ranges(found)[0]
job = Job.of(session, found)
place = Path({str(WORK / "where")!r})
for _ in range(2):
    shutil.rmtree(place, ignore_errors=True)
    spent.clear()
    start = time.perf_counter()
    report = reckon.reckon(job, part, place)
    spent["all"] = time.perf_counter() - start
spent["checking and typing every row"] = spent.pop("take in") - spent["reading the files"]
spent["firms"] = report.firms
print(json.dumps(spent))
"""
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def scale(quick: bool) -> dict:
    """Ten times as many firms: memory stays, time grows with the number."""
    sizes = (100_000, 300_000) if quick else (1_000_000, 10_000_000)
    found = {}
    for size in sizes:
        figures = _ours(county(size))()
        found[str(size)] = {key: value for key, value in figures.items() if key != "out"}
    return found


def peers(quick: bool) -> dict:
    """OpenFisca and policyengine-core by arrays and by JSON, from the same files; what they take and whom they pay wrongly."""
    import peers as others

    folder = county(100_000 if quick else 1_000_000)
    _ours(folder)()
    # A process begins with the peak of the one that starts it, so what is large is read after all of them have run.
    found: dict[str, dict] = {}
    for engine in others.ENGINES:
        for road, options in (("arrays", {}), ("json", {"firms": 500 if quick else 1_000, "batch": 1})):
            found[f"{engine} {road}"] = others.run(engine, road, folder, WORK / "peers", **options)
    exact = others.exact_of(WORK / "ours" / "entitlements.parquet")
    for figures in found.values():
        if not figures.get("missing"):
            figures["wrong"] = others.wrong(Path(figures.pop("amounts")), exact)
    return found


def claims(quick: bool) -> dict:
    """The best claim of firms of which a third are in conflict, against one HiGHS model a firm: the same totals, and how fast."""
    import hand_highs
    import polars as pl

    from chaoce.assessment.choose import Known
    from chaoce.assessment.conflict import cliques
    from chaoce.population.alone import firms_of, read_alone
    from chaoce.population.decide import decide
    from chaoce.population.intake import take_in
    from chaoce.population.lines import Plan, claim
    from chaoce.population.matters import overlaps
    from chaoce.population.recipe import Recipe
    from chaoce.population.reckon import reckon_due
    from chaoce.population.tables import Range, find_tables

    count = 10_000 if quick else 100_000
    folder = county(count, "65%")
    session = Recipe((ONE,), 2026, decisions=(str(decisions()),)).session()
    engine = session.assessor.engine
    plan = Plan(engine, 2026)
    intake = take_in(find_tables(folder, session.reader.types), session.reader.types, Range(0, None, None))
    times = []
    for _ in range(SAMPLES + 1):
        start = time.perf_counter()
        met = overlaps(intake)
        claimed = claim(plan, intake, met.taken)
        begun = time.perf_counter()
        decided = decide(plan, intake, claimed, met.shared)
        read_alone(plan, intake, decided.alone, Known())
        times.append((time.perf_counter() - begun, time.perf_counter() - start))
    due = reckon_due(plan, intake, claimed, met.shared)
    ours = {"seconds": statistics.median(t[0] for t in times[1:]), "with_claims": statistics.median(t[1] for t in times[1:])}
    totals = dict(due.entitled.group_by("uscc").agg(pl.col("paid").sum()).iter_rows())
    problems = []
    for _, firm, _ in firms_of(intake, intake.firms["#firm"].to_list()):
        found, _ = engine.claims(firm, 2026, why=False)
        groups = cliques(found)
        if groups:
            caps = engine.caps_over(found, firm, 2026)
            problems.append(
                {
                    "uscc": firm.uscc,
                    "claims": [[part.due for part in own.parts] for own in found],
                    "cliques": [list(group) for group in groups],
                    "caps": [{"left": cap.left, "members": [list(member) for member in cap.members]} for cap in caps],
                    "total": totals.get(firm.uscc, 0),
                }
            )
    theirs = hand_highs.run(problems)
    roads = {name: due.decided.roads[name] for name in ("free", "largest", "batch", "engine")}
    return {"firms": count, "in_conflict": len(problems), "roads": roads, "shapes": due.decided.shapes, "ours": ours, "highs": theirs}


def whatif(quick: bool) -> dict:
    """One parameter changed over a population that is kept, against reckoning it all."""
    from chaoce.population.engines import Cores
    from chaoce.population.recipe import Recipe
    from chaoce.population.study import Study

    folder = county(100_000 if quick else 1_000_000)
    recipe = Recipe((ONE,), 2026, decisions=(str(decisions()),))
    full, asked = [], {}
    changes = ("compute-purchase.rate=40%", "manufacturing-cooperation.limit=80万", "data-ip-certificate.amount=500")
    for _ in range(2 if quick else 3):
        shutil.rmtree(WORK / "study", ignore_errors=True)
        engine = Cores()
        list(engine.over(_nothing, None, _empty()))
        start = time.perf_counter()
        with Study(folder, recipe, WORK / "study", engine) as study:
            full.append(time.perf_counter() - start)
            for change in changes:
                for _ in range(3):
                    start = time.perf_counter()
                    study.ask(recipe.with_changes(change))
                    asked.setdefault(change, []).append(time.perf_counter() - start)
    return {"full": statistics.median(full), "asked": {change: statistics.median(times) for change, times in asked.items()}}


def _nothing(work: object, part: object) -> None:
    """Wakes a worker, so that its start is in no figure."""
    from chaoce.population import redo

    assert redo


def _empty() -> list:
    from chaoce.population.tables import Range

    return [Range(number, None, None) for number in range(8)]


PARTS = {"many": many, "scale": scale, "peers": peers, "claims": claims, "whatif": whatif}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--only", default=",".join(PARTS))
    options = parser.parse_args()
    results_file = HERE / "results.json"
    results = json.loads(results_file.read_text(encoding="utf-8")) if results_file.exists() and not options.quick else {}
    results |= {"date": datetime.date.today().isoformat(), "machine": machine(), "load": [round(value, 2) for value in os.getloadavg()]}
    for name in options.only.split(","):
        results[name] = PARTS[name](options.quick)
        print(name, json.dumps(results[name], ensure_ascii=False, default=str), flush=True)
        if not options.quick:
            results_file.write_text(json.dumps(results, ensure_ascii=False, indent=1, default=str) + "\n", encoding="utf-8")
    if not options.quick:
        import tables_of

        tables_of.write(HERE / "README.md", results)
    return 0


if __name__ == "__main__":
    sys.exit(main())
