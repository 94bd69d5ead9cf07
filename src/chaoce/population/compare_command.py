"""`chaoce population compare`: a change asked of a population, as tables on the terminal, Parquet files and a page."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from chaoce.faults import Fault, Faults, listed
from chaoce.files import write_atomically
from chaoce.population.command import engine_of, readings, recipe_of
from chaoce.population.compare import Comparison, compare, take_up_of
from chaoce.population.comparison import solved_data, to_data
from chaoce.population.engines import Engine
from chaoce.population.progress import Progress, terminal
from chaoce.population.recipe import Recipe
from chaoce.population.report import compare_report, rejected_note, solve_report
from chaoce.population.run import unread_of, yuan
from chaoce.population.solve import Solved, solve
from chaoce.population.study import Study
from chaoce.population.synthesize import NOTICE_FILE
from chaoce.rules.phrases import read_amount


def run(options: argparse.Namespace) -> int:
    """Compare as the options say; raises Faults before anything is written."""
    base = replace(recipe_of(options), changes=())
    other = _other(options, base)
    budget = _budget(options)
    take_up = take_up_of(options.take_up)
    if other == base and options.solve is None:
        raise Faults([Fault("compare.nothing")])
    if options.draws < 1:
        raise Faults(
            [Fault("population.count", {"value": options.draws, "want": "正整数", "want_en": "a whole number above 0"}, key="--draws")]
        )
    if options.out is not None and options.out.resolve() == options.folder.resolve():
        raise Faults([Fault("population.out", file=str(options.out))])
    engine = engine_of(options)
    # Machines of a cluster share the folder of the answer, not the temporary one of this machine.
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".work-", dir=options.out))
    try:
        return _compared(options, base, other, budget, take_up, engine, work)
    finally:
        engine.close()
        shutil.rmtree(work, ignore_errors=True)


def _other(options: argparse.Namespace, base: Recipe) -> Recipe:
    """The rules that are compared with the base."""
    other = base.with_changes(*options.change)
    if options.to_policy:
        other = replace(other, policies=tuple(options.to_policy))
    if options.to_reading:
        kept = dict(other.readings) | dict(readings(options.to_reading))
        other = replace(other, readings=tuple(kept.items()))
    return other


def _budget(options: argparse.Namespace) -> int | None:
    if (options.solve is None) != (options.budget is None):
        raise Faults([Fault("compare.solve")])
    if options.budget is None:
        return None
    fen = read_amount(options.budget)
    if fen is None:
        raise Faults([Fault("rule.amount", {"value": options.budget}, key="--budget")])
    return fen


def _compared(
    options: argparse.Namespace, base: Recipe, other: Recipe, budget: int | None, take_up: dict, engine: Engine, work: Path
) -> int:
    rules = other.session().assessor.engine  # a change that does not fit is said before the population is read
    with Study(options.folder, base, work, engine, progress=lambda rows: Progress(rows, terminal())) as study:
        known = {line.benefit.id for line in (*study.base.lines, *rules.lines)}
        if unknown := [name for name in take_up if name and name not in known]:
            raise Faults([Fault("change.block", {"value": unknown[0], "options": listed(known)}, key="--take-up")])
        if study.base.report.firms == 0:
            raise Faults([Fault("population.empty", file=str(options.folder))])
        solved = None
        if options.solve is not None and budget is not None:
            solved = solve(study, other, options.solve, budget, options.whole_plan)
            if solved.value is not None:
                other = other.with_changes(f"{options.solve}={solved.value}")
        comparison = compare(study, other, options.draws, options.seed, take_up)
        data = to_data(comparison, (options.folder / NOTICE_FILE).exists(), solved)
        if options.out is not None:
            write(comparison, data, solved, options.out)
        for fault in unread_of(study.tables, study.types):
            print(fault.say(), file=sys.stderr)
        if (note := rejected_note(study)) is not None:
            print(note, file=sys.stderr)
        if solved is not None:
            print(solve_report(solved))
            print()
        print(compare_report(data, options.out))
        return 1 if study.base.report.rejected else 0


def write(comparison: Comparison, data: dict, solved: Solved | None, out: Path) -> None:
    """The tables as Parquet (money in yuan, DECIMAL), the data as JSON, and the page."""
    from chaoce.population.page import write_page

    out.mkdir(parents=True, exist_ok=True)

    tables = {
        "benefits": comparison.benefits,
        "groups": comparison.groups,
        "firms": comparison.firms,
        "difference": comparison.change.difference,
    }
    for name, frame in tables.items():
        beside = out / f".{name}.parquet"
        frame.with_columns(yuan("before"), yuan("after")).write_parquet(beside)
        beside.replace(out / f"{name}.parquet")
    write_atomically(out / "comparison.json", json.dumps(data, ensure_ascii=False, indent=1) + "\n")
    if solved is not None:
        write_atomically(out / "solved.json", json.dumps(solved_data(solved), ensure_ascii=False, indent=1) + "\n")
    else:
        (out / "solved.json").unlink(missing_ok=True)
    write_page(out / "comparison.html", data)
