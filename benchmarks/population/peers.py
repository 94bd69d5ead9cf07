"""OpenFisca and policyengine-core on a population: each in an environment and a process of its own, by both of its roads.

    peers.py DIR OUT [--engine openfisca|policyengine] [--road arrays|json] [--firms N] [--batch K] [--exact ENTITLEMENTS.parquet]

Prints one JSON line a road. `wrong` counts what it pays otherwise than the exact amounts, rounded to the nearest fen.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import peer  # noqa: E402

ENGINES = ("openfisca", "policyengine")
ROADS = ("arrays", "json")
WORK = HERE.parent.parent / ".bench"
SCRIPT = HERE.parent / "openfisca" / "population.py"


def run(engine: str, road: str, folder: Path, out: Path, firms: int = 1_000, batch: int = 1, root: Path = WORK) -> dict:
    """What one road of one engine takes, with the amounts in OUT/ENGINE-ROAD.npz; `missing` where its environment cannot be made."""
    python = peer.environment(root, engine)
    if python is None:
        return {"peer": engine, "road": road, "missing": True}
    amounts = out / f"{engine}-{road}.npz"
    options = ["--firms", str(firms), "--batch", str(batch)] if road == "json" else []
    done = subprocess.run([python, SCRIPT, road, folder, amounts, *options], check=True, capture_output=True, text=True)
    return {**json.loads(done.stdout), "amounts": str(amounts)}


def wrong(amounts: Path, exact: pl.DataFrame) -> dict:
    """How many firms and payments of a road differ from the exact amounts: uscc, benefit, fen (what is not there is nothing)."""
    with np.load(amounts) as found:
        frame = pl.DataFrame(found["amounts"].astype(np.float64), schema=found["benefits"].tolist()).with_columns(
            pl.Series("uscc", found["uscc"])
        )
    paid = frame.unpivot(index="uscc", variable_name="benefit", value_name="yuan").select(
        "uscc", "benefit", (pl.col("yuan") * 100).round().cast(pl.Int64).alias("theirs")
    )
    both = paid.join(exact.select("uscc", "benefit", "fen"), on=["uscc", "benefit"], how="left").with_columns(pl.col("fen").fill_null(0))
    missed = both.filter(pl.col("theirs") != pl.col("fen")).with_columns((pl.col("theirs") - pl.col("fen")).abs().alias("by"))
    return {
        "firms": frame.height,
        "firms_wrong": missed["uscc"].n_unique(),
        "firms_wrong_by_a_yuan": missed.filter(pl.col("by") >= 100)["uscc"].n_unique(),
        "payments": both.filter(pl.col("fen") > 0).height,
        "payments_wrong": missed.height,
        "most_fen": missed["by"].max() or 0,
    }


def exact_of(entitlements: Path) -> pl.DataFrame:
    """The exact amounts, in fen, of a population run (before any city-wide limit)."""
    rows = pl.read_parquet(entitlements)
    amount = "before_pool" if "before_pool" in rows.columns else "amount"
    return rows.select("uscc", "benefit", pl.col(amount).to_physical().cast(pl.Int64).alias("fen"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--engine", choices=ENGINES, action="append", help="left out: both")
    parser.add_argument("--road", choices=ROADS, action="append", help="left out: both")
    parser.add_argument("--firms", type=int, default=1_000, help="how many firms the json road takes")
    parser.add_argument("--batch", type=int, default=1, help="firms in one situation of the json road")
    parser.add_argument("--exact", type=Path, help="entitlements.parquet to count wrong payments by")
    options = parser.parse_args()
    for engine in options.engine or ENGINES:
        for road in options.road or ROADS:
            figures = run(engine, road, options.folder, options.out, options.firms, options.batch)
            if options.exact is not None and "amounts" in figures:
                figures["wrong"] = wrong(Path(figures["amounts"]), exact_of(options.exact))
            print(json.dumps(figures))


if __name__ == "__main__":
    main()
