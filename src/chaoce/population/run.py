"""`chaoce population run`: from the files of a population to what every firm is due, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl

from chaoce.assessment.claims import Line
from chaoce.facts.types import FactTypes
from chaoce.faults import Fault, Faults
from chaoce.population.city import Shortage, cut_of, settle, shortage_data
from chaoce.population.decide import ROADS
from chaoce.population.engines import Engine
from chaoce.population.intake import unknown_columns
from chaoce.population.progress import Progress
from chaoce.population.recipe import Recipe
from chaoce.population.reckon import Report, Work, do, place_of, read_report
from chaoce.population.selected import Selected, chosen_by_rank
from chaoce.population.tables import FIRMS_IN_A_RANGE, Range, Table, Tables, find_tables, part_where_needed, ranges

MONEY = pl.Decimal(18, 2)
#: Rows of a row group of what is written.
ROW_GROUP = 100_000
#: How many of what is set aside is shown.
SHOWN = 20


@dataclass
class Outcome:
    """A run that came to its end: where its files are, what was read, which roads were taken, what was short, what was not read."""

    folder: Path
    report: Report
    shortages: list[Shortage]
    rejected: pl.DataFrame
    totals: pl.DataFrame
    notes: list[Fault] = field(default_factory=list)
    resumed: int = 0


@dataclass(frozen=True)
class Reckoned:
    """The ranges of a run, all reckoned, in their work folder."""

    folder: Path
    parts: tuple[Range, ...]
    tables: Tables
    report: Report
    lines: tuple[Line, ...]
    resumed: int

    def scan(self, name: str) -> pl.LazyFrame:
        """One kind of file of all ranges, in order of the firms."""
        return pl.scan_ipc([place_of(self.folder, part) / f"{name}.arrow" for part in self.parts])


def run(
    folder: Path,
    recipe: Recipe,
    out: Path,
    engine: Engine,
    strict: bool = False,
    firms: int = FIRMS_IN_A_RANGE,
    progress: Callable[[int], Progress] = Progress,
) -> Outcome:
    """Reckon a population into `out`; raises Faults, and then writes nothing there.

    Finished ranges lie in a work folder inside `out` until all is done, so that a run that was broken off goes on from them.
    """
    session = recipe.session()
    tables = find_tables(folder, session.reader.types)
    notes = unread_of(tables, session.reader.types)
    if strict and notes:
        raise Faults(notes)
    work = out / f".work-{_mark(tables, recipe, firms)[:16]}"
    for stale in out.glob(".work-*"):
        if stale != work:
            shutil.rmtree(stale)
    base = replace(recipe, changes=())
    try:
        selected = chosen_by_rank(recipe, base, tables, ranges(tables, firms), work / "selected")
        reckoned = reckon_all(tables, recipe, work, engine, strict, firms, progress, selected=selected)
    except Faults:
        if strict:
            shutil.rmtree(work, ignore_errors=True)
        raise
    rows = reckoned.scan("city").collect()
    city, shortages = settle(rows, reckoned.lines)
    _write(reckoned, city, recipe.year, out)
    rejected = reckoned.scan("rejected").collect()
    outcome = Outcome(out, reckoned.report, shortages, rejected, _totals(reckoned, out), notes, reckoned.resumed)
    (out / "summary.json").write_text(json.dumps(summary(outcome, recipe), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(work, ignore_errors=True)
    return outcome


def reckon_all(
    tables: Tables,
    recipe: Recipe,
    work: Path,
    engine: Engine,
    strict: bool = False,
    firms: int = FIRMS_IN_A_RANGE,
    progress: Callable[[int], Progress] = Progress,
    kept: bool = False,
    selected: Selected | None = None,
) -> Reckoned:
    """Every range of a population, in the work folder; those that are there already are left as they are."""
    lines = tuple(recipe.session().assessor.engine.lines)
    parts = ranges(tables, firms)
    work.mkdir(parents=True, exist_ok=True)
    parted = _parted(tables, parts, work)
    task = Work(recipe, parted, work, selected, kept)
    done = {part: place_of(work, part) for part in parts}
    ready = {part: read_report(place) for part, place in done.items() if (place / "report.json").exists()}
    bar = progress(sum(_rows(table) for table in tables.all()))
    total = Report()
    for report in ready.values():
        bar.skip(report.rows)
        total = total + report
    open_parts = [part for part in parts if part not in ready]
    if strict and total.rejected:
        raise _refused(work, ready)
    seen = dict(ready)
    for part, report in engine.over(do, task, open_parts):
        seen[part] = report
        total = total + report
        bar.add(report.rows)
        if strict and report.rejected:
            raise _refused(work, seen)
    bar.end()
    return Reckoned(work, tuple(parts), parted, total, lines, len(ready))


def _rows(table: Table) -> int:
    return int(table.scan().select(pl.len()).collect(engine="streaming").item())


def _parted(tables: Tables, parts: Sequence[Range], work: Path) -> Tables:
    """The tables readable range by range; what an earlier run has parted is not parted again."""
    folder, mark = work / "parted", work / "parted.json"
    if mark.exists():
        names = json.loads(mark.read_text(encoding="utf-8"))
        place = {
            table.name: Table(table.name, folder / table.name, table.file, parted=True) for table in tables.all() if table.name in names
        }
        received = place.get("received", tables.received)
        facts = tuple(place.get(table.name, table) for table in tables.facts)
        return Tables(tables.folder, place.get("enterprises", tables.enterprises), facts, received, tables.unread)
    shutil.rmtree(folder, ignore_errors=True)
    parted = part_where_needed(tables, parts, folder)
    mark.write_text(json.dumps([table.name for table in parted.all() if table.parted]), encoding="utf-8")
    return parted


def _mark(tables: Tables, recipe: Recipe, firms: int) -> str:
    """What a broken-off run must have in common with this one to be gone on with: the same rules, files of the same size and time."""
    digest = hashlib.sha256(f"{recipe.mark()} {firms}".encode())
    for table in tables.all():
        stat = table.file.stat()
        digest.update(f"{table.file.resolve()} {stat.st_size} {stat.st_mtime_ns}".encode())
    return digest.hexdigest()


def unread_of(tables: Tables, types: FactTypes) -> list[Fault]:
    """Files and columns that nothing reads."""
    notes = [Fault("population.unread", file=str(path)) for path in tables.unread]
    notes.extend(
        Fault("population.column", {"value": name}, file=str(table.file), key=name) for table, name in unknown_columns(tables, types)
    )
    return notes


def faults_of(rejected: pl.DataFrame, shown: int = SHOWN) -> list[Fault]:
    """The first rows that were set aside, as faults with file and row."""
    found = []
    for row in rejected.head(shown).iter_rows(named=True):
        found.append(_fault(row))
    return found


_PARTICULARS = {
    "division.6": ("division", {"digits": 6, "right": "330481"}),
    "division.9": ("division", {"digits": 9, "right": "330481001"}),
}


def _fault(row: dict) -> Fault:
    code, more = _PARTICULARS.get(row["code"], (row["code"], {}))
    particulars = {"value": row["value"], "options": "—", "want": "该种类的值", "want_en": "a value of its kind", **more}
    if code == "uscc.check" and row["value"]:
        from chaoce.facts.uscc import check_character

        particulars["right"] = check_character(row["value"][:17])
    if code == "series.twice":
        particulars |= {"year": "", "other": ""}
        code = "population.series"
    if code == "id.twice":
        code = "population.id"
    if code in ("missing", "shape", "unknown.value"):
        code = f"population.{code}"
    return Fault(code, particulars, row["file"], row["row"], row["uscc"], row["id"], row["field"])


def _refused(work: Path, seen: Iterable[Range]) -> Faults:
    """The faults of what was read, for a run that is to stop at the first."""
    files = [place_of(work, part) / "rejected.arrow" for part in sorted(seen)]
    rejected = pl.scan_ipc(files).collect()
    return Faults([*faults_of(rejected), Fault("population.strict", {"count": rejected.height})])


def yuan(name: str) -> pl.Expr:
    """A column of fen as yuan with two places; exact, as decimals divide without rounding here."""
    return (pl.col(name).cast(pl.Decimal(38, 2)) / 100).cast(MONEY)


def _write(reckoned: Reckoned, city: pl.DataFrame, year: int, out: Path) -> None:
    """All files of the answer beside their places, then into them one after the other."""
    beside = out / ".new"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    cut = cut_of(city)
    entitled = reckoned.scan("entitled")
    firms = reckoned.scan("firms").select("uscc", "paid")
    if cut.height:
        lost = cut.select("uscc", "line", (pl.col("paid") - pl.col("amount")).alias("lost"))
        entitled = entitled.join(lost.lazy(), on=["uscc", "line"], how="left", maintain_order="left")
        entitled = entitled.with_columns((pl.col("paid") - pl.col("lost").fill_null(0)).alias("amount"))
        all_lost = lost.group_by("uscc").agg(pl.col("lost").sum())
        firms = firms.join(all_lost.lazy(), on="uscc", how="left", maintain_order="left")
        firms = firms.select("uscc", (pl.col("paid") - pl.col("lost").fill_null(0)).alias("paid"))
    else:
        entitled = entitled.with_columns(pl.col("paid").alias("amount"))
    named = {line.order: line for line in reckoned.lines}
    words = {
        "policy": {order: line.policy.id for order, line in named.items()},
        "benefit": {order: line.benefit.id for order, line in named.items()},
        "clause": {order: line.benefit.clause for order, line in named.items()},
    }
    entitled.select(
        "uscc",
        pl.lit(year, dtype=pl.Int32).alias("year"),
        *(pl.col("line").replace_strict(own, return_dtype=pl.String).alias(name) for name, own in words.items()),
        yuan("paid").alias("before_pool"),
        yuan("amount").alias("amount"),
    ).sink_parquet(beside / "entitlements.parquet", row_group_size=ROW_GROUP)
    firms.select("uscc", pl.lit(year, dtype=pl.Int32).alias("year"), yuan("paid").alias("total")).sink_parquet(
        beside / "totals.parquet", row_group_size=ROW_GROUP
    )
    rejected = with_reasons(reckoned.scan("rejected").collect())
    if rejected.height:
        rejected.write_parquet(beside / "rejected.parquet", row_group_size=ROW_GROUP)
    else:
        (out / "rejected.parquet").unlink(missing_ok=True)
    for path in sorted(beside.iterdir()):
        path.replace(out.joinpath(path.name))
    beside.rmdir()


def with_reasons(rejected: pl.DataFrame) -> pl.DataFrame:
    """What was set aside with its reason in both languages."""
    kinds = rejected.unique(["code", "field", "value"], maintain_order=True) if rejected.height else rejected
    rows = [(row["code"], row["field"], row["value"], *_reasons(row)) for row in kinds.iter_rows(named=True)]
    keys = ["code", "field", "value"]
    said = pl.DataFrame(rows, schema={**{key: pl.String for key in keys}, "reason": pl.String, "reason_en": pl.String}, orient="row")
    return rejected.join(said, on=keys, how="left", nulls_equal=True, maintain_order="left")


def _reasons(row: dict) -> tuple[str, str]:
    fault = _fault({**row, "file": None, "row": None, "uscc": None, "id": None})
    return fault.say("zh"), fault.say("en")


def _totals(reckoned: Reckoned, out: Path) -> pl.DataFrame:
    """What each benefit comes to: line, firms, before the city's limits and after them, in yuan."""
    return (
        pl.scan_parquet(out / "entitlements.parquet")
        .group_by("policy", "benefit", "clause")
        .agg(pl.len().alias("firms"), pl.col("before_pool").sum(), pl.col("amount").sum())
        .collect(engine="streaming")
        .join(_order(reckoned.lines), on=["policy", "benefit"], how="left")
        .sort("order")
        .drop("order")
    )


def _order(lines: Sequence[Line]) -> pl.DataFrame:
    rows = [(line.policy.id, line.benefit.id, line.order) for line in lines]
    return pl.DataFrame(rows, schema={"policy": pl.String, "benefit": pl.String, "order": pl.Int64}, orient="row")


def summary(outcome: Outcome, recipe: Recipe) -> dict:
    """The figures of a run as data; money is yuan as text."""
    report = outcome.report
    return {
        "year": recipe.year,
        "policies": list(recipe.policies),
        "readings": dict(recipe.readings),
        "changes": list(recipe.changes),
        "firms": report.firms,
        "facts": report.facts,
        "rows": report.rows,
        "rejected": report.rejected,
        "roads": {name: report.roads.get(name, 0) for name in ROADS},
        "parts": {"shapes": report.shapes, "searched": report.searched, "solved": report.solved, "shared": report.shared},
        "shortages": [shortage_data(shortage) for shortage in outcome.shortages],
        "benefits": [
            {**row, "before_pool": str(row["before_pool"]), "amount": str(row["amount"])} for row in outcome.totals.iter_rows(named=True)
        ],
    }
