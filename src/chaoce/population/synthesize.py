"""A population to begin with: an invented county, as the files that `population run` reads (docs/synthetic.md).

Every firm is invented, and the files say so. The county is made block by block of 50,000 firms, each from a stream of random
numbers of its own, so that memory stays bounded and a seed gives the same bytes whatever the machine, its threads or its libraries:
all draws are whole numbers (chaoce.population.county says why).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import polars as pl

from chaoce.marked import Names
from chaoce.population.block import BLOCK, MOST_FIRMS, TYPES, Plan, make_block
from chaoce.population.county import County, read_county

#: Raised when the same parameters and the same seed would give other bytes.
GENERATOR = 1
#: Rows in a row group, so that a reader can take a range of firms.
ROW_GROUP = 50_000
MOST_FACTS_PER_FIRM = 50
TABLES = ("enterprises", *TYPES, "received")
NOTICE_FILE = "SYNTHETIC.txt"

NOTICE = Names(
    "本目录是合成数据：企业、事实和金额全部由程序虚构，不是海宁或其他任何地方的真实情况；名称或代码与真实企业相同，纯属偶然。",
    "This folder is synthetic: every firm, fact and amount in it is invented by a program and tells nothing of Haining or of anywhere "
    "else; a name or an identifier that a real firm has too is there by chance.",
)


class Summary(NamedTuple):
    """What was made: rows by table, the files, and the notice that all of it is invented."""

    counts: Mapping[str, int]
    files: tuple[str, ...]
    notice: Names


def synthesize(
    out: Path,
    firms: int,
    seed: int,
    year: int = 2026,
    overlap: Fraction = Fraction(1, 10),
    facts_per_firm: Fraction | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Writes an invented county of so many firms into a folder that is empty or not there; raises ValueError.

    `overlap` is the share of facts that share a matter with another fact of their firm, `facts_per_firm` the mean number of facts
    of a firm (left out, few firms have any). `progress` is told how many firms are done, of how many.
    """
    county = read_county()
    _check(firms, seed, year, overlap, facts_per_firm, county)
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise ValueError(f"{out} is not an empty folder")
    out.mkdir(parents=True, exist_ok=True)
    plan = Plan(county, firms, seed, year, overlap, facts_per_firm)
    mean = "county.yaml" if facts_per_firm is None else str(facts_per_firm)
    told = {
        "generator": f"chaoce population synthesize {GENERATOR}.{county.version}",
        "firms": str(firms),
        "seed": str(seed),
        "year": str(year),
        "overlap": str(overlap),
        "facts per firm": mean,
    }
    parts_folder = out / ".parts"
    parts_folder.mkdir()
    try:
        counts = _write_parts(plan, parts_folder, progress)
        for name in counts:
            _join_parts(parts_folder, name, {"合成数据": NOTICE.zh, "synthetic": NOTICE.en, **told})
        # Only what is whole is put where it is looked for.
        for name in counts:
            (parts_folder / f"{name}.parquet").rename(out.joinpath(f"{name}.parquet"))
        lines = [NOTICE.zh, NOTICE.en, "", *(f"{key}: {value}" for key, value in told.items()), ""]
        lines += [f"{name}.parquet: {count}" for name, count in counts.items()]
        out.joinpath(NOTICE_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    finally:
        shutil.rmtree(parts_folder, ignore_errors=True)
    return Summary(counts, (*(f"{name}.parquet" for name in counts), NOTICE_FILE), NOTICE)


def _write_parts(plan: Plan, parts_folder: Path, progress: Callable[[int, int], None] | None) -> dict[str, int]:
    """Every block's tables as files of their own, for all tables are made together and each is to be one file; the rows of each."""
    counts = dict.fromkeys(TABLES, 0)
    for block in range(-(-plan.firms // BLOCK)):
        for name, table in make_block(plan, block).items():
            table.write_ipc(parts_folder / f"{name}.{block:04d}.arrow", compression="lz4")
            counts[name] += table.height
        if progress is not None:
            progress(min(plan.firms, (block + 1) * BLOCK), plan.firms)
    return counts


def _join_parts(parts_folder: Path, name: str, metadata: dict[str, str]) -> None:
    """One table from its parts, in a stream; the parts go."""
    pieces = sorted(parts_folder.glob(f"{name}.*.arrow"))
    table = pl.scan_ipc(pieces)
    table.sink_parquet(
        parts_folder / f"{name}.parquet", row_group_size=ROW_GROUP, metadata=metadata, maintain_order=True, engine="streaming"
    )
    for piece in pieces:
        piece.unlink()


def _check(firms: int, seed: int, year: int, overlap: Fraction, facts_per_firm: Fraction | None, county: County) -> None:
    if not 1 <= firms <= MOST_FIRMS:
        raise ValueError(f"firms must be from 1 to {MOST_FIRMS}, not {firms}")
    if seed < 0:
        raise ValueError(f"seed must not be negative, as {seed} is")
    if not 2000 <= year <= 2098:
        raise ValueError(f"year must be from 2000 to 2098, not {year}")
    if not 0 <= overlap <= county.number("most_overlap"):
        raise ValueError(f"overlap must be a share from 0 to {county.number('most_overlap')}, not {overlap}")
    if facts_per_firm is not None and not 0 <= facts_per_firm <= MOST_FACTS_PER_FIRM:
        raise ValueError(f"facts_per_firm must be from 0 to {MOST_FACTS_PER_FIRM}, not {facts_per_firm}")
