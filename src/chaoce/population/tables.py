"""The files of a population (contract §4): one table of firms, one for each type of fact, one of support received.

A table is a Parquet or a CSV file. Work goes by ranges of firms, in order of their identifier: a Parquet file whose row groups
lie in that order is read range by range as it stands; any other file is first parted, once, in a stream.
"""

from __future__ import annotations

import codecs
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import polars as pl

from chaoce.facts.types import FactTypes
from chaoce.faults import Fault, Faults, listed

#: Firms in one range: small enough that a worker needs little memory, large enough to be worth a pass.
FIRMS_IN_A_RANGE = 250_000
#: How many times over the rows of a file may be read because its row groups reach over several ranges.
_READ_OVER = 3
#: So many rows in all may be read in any case: less than parting a file would cost.
_LITTLE = 3_000_000

ENTERPRISES, RECEIVED = "enterprises", "received"


class Range(NamedTuple):
    """Firms from `low` up to but not including `high`; None has no end. Rows without a firm belong to the first."""

    number: int
    low: str | None
    high: str | None


@dataclass(frozen=True)
class Table:
    """One file of a population, or the folder of its parts."""

    name: str
    path: Path
    file: Path
    parted: bool = False

    @property
    def text(self) -> bool:
        """Whether every value is text, as in CSV."""
        return self.file.suffix == ".csv"

    def scan(self) -> pl.LazyFrame:
        """All rows with their place in the file: `#row`, from 1, or in a text the line, after the head."""
        if self.text:
            return pl.scan_csv(self.file, infer_schema=False, row_index_name="#row", row_index_offset=2)
        return pl.scan_parquet(self.file, row_index_name="#row", row_index_offset=1)

    def read(self, part: Range) -> pl.DataFrame:
        """The rows of a range of firms, in the order of the file."""
        if self.parted:
            path = self.path / f"part-{part.number:05d}.parquet"
            return pl.read_parquet(path) if path.exists() else self.scan().head(0).collect()
        frame = self.scan()
        if "uscc" not in frame.collect_schema():
            return frame.collect() if part.number == 0 else frame.head(0).collect()
        return frame.filter(_within(part)).collect()


def _within(part: Range) -> pl.Expr:
    uscc = pl.col("uscc")
    inside = pl.lit(True)
    if part.low is not None:
        inside = uscc >= part.low
    if part.high is not None:
        inside = (uscc < part.high) if part.low is None else inside & (uscc < part.high)
    return inside | uscc.is_null() if part.low is None else inside


@dataclass(frozen=True)
class Tables:
    """The files of a population, and those that no fact type of the policies knows."""

    folder: Path
    enterprises: Table
    facts: tuple[Table, ...]
    received: Table | None
    unread: tuple[Path, ...]

    def all(self) -> tuple[Table, ...]:
        return (self.enterprises, *self.facts, *([self.received] if self.received else []))


def find_tables(folder: Path, types: FactTypes) -> Tables:
    """The tables of a folder; raises Faults where the firms are missing or a table is there twice."""
    if not folder.is_dir():
        raise Faults([Fault("folder.missing", file=str(folder))])
    known = (ENTERPRISES, RECEIVED, *types.types)
    found: dict[str, Table] = {}
    faults, unread = [], []
    for path in sorted(folder.iterdir()):
        if path.suffix not in (".parquet", ".csv") or path.name.startswith("."):
            continue
        if path.stem not in known:
            unread.append(path)
        elif path.stem in found:
            faults.append(Fault("population.twice", {"other": found[path.stem].file.name}, file=str(path)))
        else:
            found[path.stem] = Table(path.stem, path, path)
    if ENTERPRISES not in found:
        faults.append(Fault("population.firms", {"options": listed(known)}, file=str(folder)))
    for table in found.values():
        if table.text and (offset := _not_utf8(table.file)) is not None:
            faults.append(Fault("population.encoding", {"offset": offset}, file=str(table.file)))
            continue
        try:
            columns = table.scan().collect_schema()
            if table.text:
                table.scan().select(pl.len()).collect(engine="streaming")
        except (pl.exceptions.PolarsError, OSError) as error:
            faults.append(Fault("population.broken", {"detail": _first_line(error)}, file=str(table.file)))
            continue
        if "uscc" in columns and columns["uscc"] != pl.String:
            particulars = {"got": str(columns["uscc"]), "want": "文本", "want_en": "text"}
            faults.append(Fault("population.type", particulars, str(table.file), key="uscc"))
    if faults:
        raise Faults(faults)
    facts = tuple(found[name] for name in types.types if name in found)
    return Tables(folder, found[ENTERPRISES], facts, found.get(RECEIVED), tuple(unread))


def _not_utf8(path: Path) -> int | None:
    """The first byte of a text that is not UTF-8; None if all are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    done = 0
    with path.open("rb") as file:
        while piece := file.read(2**20):
            try:
                decoder.decode(piece)
            except UnicodeDecodeError as error:
                return done + error.start
            done += len(piece)
    return None


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def ranges(tables: Tables, firms: int = FIRMS_IN_A_RANGE) -> list[Range]:
    """The ranges that the firms are cut into, about equal in number."""
    frame = tables.enterprises.scan()
    if "uscc" not in frame.collect_schema():
        return [Range(0, None, None)]
    names = frame.select("uscc").drop_nulls().collect()["uscc"].sort()
    count = max(1, -(-len(names) // firms))
    cuts = sorted({names[len(names) * number // count] for number in range(1, count)}) if len(names) else []
    ends = [None, *cuts, None]
    return [Range(number, low, high) for number, (low, high) in enumerate(pairwise(ends))]


def part_where_needed(tables: Tables, parts: Sequence[Range], folder: Path) -> Tables:
    """The tables, each readable range by range: a file that is in no order is parted into `folder` in one pass."""
    if len(parts) == 1:
        return tables
    cuts = [part.low for part in parts[1:]]

    def ready(table: Table) -> Table:
        return table if not table.text and _in_order(table.file, cuts) else _part(table, cuts, folder / table.name)  # type: ignore[arg-type]

    received = ready(tables.received) if tables.received is not None else None
    return Tables(tables.folder, ready(tables.enterprises), tuple(map(ready, tables.facts)), received, tables.unread)


def _in_order(path: Path, cuts: Sequence[str]) -> bool:
    """Whether few rows are read more than once: every row group is read by each range that it reaches into."""
    frame = pl.scan_parquet(path)
    if "uscc" not in frame.collect_schema() or frame.select(pl.col("uscc").is_sorted()).collect().item():
        return True
    rows = read = 0
    for low, high, count in _row_groups(path):
        rows += count
        read += count * (len(cuts) + 1 if low is None or high is None else bisect_right(cuts, high) - bisect_right(cuts, low) + 1)
    return read <= max(_READ_OVER * rows, _LITTLE)


def _row_groups(path: Path) -> list[tuple[str | None, str | None, int]]:
    """The first and the last firm of every row group and its rows, read row group by row group in a stream."""
    frame = (
        pl.scan_parquet(path, row_index_name="#row")
        .select((pl.col("#row") // _STRIDE).alias("group"), "uscc")
        .group_by("group")
        .agg(pl.col("uscc").min().alias("low"), pl.col("uscc").max().alias("high"), pl.len().alias("rows"))
        .collect(engine="streaming")
    )
    return list(frame.select("low", "high", "rows").iter_rows())


#: Rows that are looked at together to see whether a file is in order.
_STRIDE = 50_000


def _part(table: Table, cuts: Sequence[str], folder: Path) -> Table:
    """The table parted by ranges into one file each, in a stream."""
    folder.mkdir(parents=True, exist_ok=True)
    frame = table.scan()
    if "uscc" not in frame.collect_schema():
        frame.sink_parquet(folder / "part-00000.parquet")
        return Table(table.name, folder, table.file, parted=True)
    bounds = pl.Series(list(cuts), dtype=pl.String)
    number = pl.col("uscc").fill_null("").map_batches(lambda names: bounds.search_sorted(names, side="right").cast(pl.UInt32), pl.UInt32)
    parted = pl.PartitionBy(folder, key="#part", include_key=False, file_path_provider=_named)
    frame.with_columns(number.alias("#part")).sink_parquet(parted, mkdir=True, maintain_order=True)
    return Table(table.name, folder, table.file, parted=True)


def _named(place: object) -> str:
    keys = place.partition_keys  # type: ignore[attr-defined]
    return f"part-{keys.row(0)[0]:05d}.parquet"
