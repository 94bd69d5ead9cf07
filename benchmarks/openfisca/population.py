"""The peer on a population, by the interpreter of its own environment: from the raw facts of the contract (section 4) to amounts.

    population.py arrays DIR OUT.npz                   every firm, as arrays set with set_input
    population.py json DIR OUT.npz --firms N [--batch K]   the first N firms, K firms a situation as the web API takes it

It runs on OpenFisca-Core or policyengine-core, whichever the environment holds. What it prints is one JSON line: the seconds of
each step, the firms, and the peak memory of the process. OUT.npz holds `uscc`, `benefits` and `amounts` (yuan, a row a firm, in
the 32-bit floats that the engine gives). `gathered` is what the peer needs before it can begin: the files read, rows laid out as
events, the years of one data product put together, each event given the place of its firm.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import time
from importlib.metadata import version
from pathlib import Path

import numpy
import polars as pl
import run as peer
from haining_ai import BENEFITS, CountryTaxBenefitSystem
from haining_ai.core import ENGINE, SimulationBuilder
from haining_ai.variables.benefits import FIRST_SALES_YEAR

#: The fact types and the fields that the rules read of them.
_FIELDS = {
    "compute_purchase": ("paid", "resource", "purpose"),
    "ai_cooperation": ("paid",),
    "scenario_project": ("investment", "built_by", "selected"),
    "investment_project": ("productive_investment", "ai_field"),
    "recognition": ("title", "level", "new"),
    "data_product_year": ("product", "registered", "sales"),
    "data_ip_certificate": (),
    "data_ip_licence": ("paid", "role"),
    "pledge_loan_interest": ("paid",),
}


def arrays(folder: Path, year: int) -> tuple[peer.Arrays, pl.Series]:
    """The facts of the year as arrays of events, and all firms; a firm without an event is not among the arrays."""
    firms = pl.read_parquet(folder / "enterprises.parquet", columns=["uscc", "industry"])
    events = pl.concat([_events(folder, name, year) for name in _FIELDS if (folder / f"{name}.parquet").exists()], how="diagonal")
    # OpenFisca counts only groups that have members, so that firms without an event would shift all the others.
    present = firms.join(events.select("uscc").unique(), on="uscc", how="semi", maintain_order="left")
    present = present.with_row_index("place")
    owners = events.select("uscc").join(present.select("uscc", "place"), on="uscc", how="left", maintain_order="left")["place"]
    choices = {}
    for name, index in peer.indices().items():
        values = events[name] if name in events.columns else pl.Series([None] * len(events), dtype=pl.String)
        choices[name] = values.fill_null(peer.DEFAULTS.get(name, "other")).replace_strict(index, return_dtype=pl.Int16).to_numpy()
    flags = {}
    for name, default in peer.FLAGS.items():
        flags[name] = events[name].fill_null(default).to_numpy() if name in events.columns else numpy.full(len(events), default)
    money = {(name, str(year)): events[name].fill_null(0.0).to_numpy() for name in peer.MONEY if name in events.columns}
    for before in range(FIRST_SALES_YEAR, year):
        if f"sales {before}" in events.columns:
            money["sales", str(before)] = events[f"sales {before}"].fill_null(0.0).to_numpy()
    manufacturer = present["industry"].str.starts_with("C").to_numpy()
    days = events["date"].to_numpy()
    whole = peer.Arrays(present["uscc"].to_list(), manufacturer, owners.cast(pl.Int64).to_numpy(), days, choices, flags, money)
    return whole, firms["uscc"]


def _facts(folder: Path, name: str) -> pl.LazyFrame:
    facts = pl.scan_parquet(folder / f"{name}.parquet")
    known = facts.collect_schema().names()
    money = [field for field in _FIELDS[name] if field in peer.MONEY]
    facts = facts.select("uscc", "date", *(field for field in _FIELDS[name] if field in known))
    return facts.with_columns(pl.col("date").cast(pl.Date), *(pl.col(field).cast(pl.Float64) for field in money))


def _events(folder: Path, name: str, year: int) -> pl.DataFrame:
    """The facts of one type that are dated in the year; of a data product also the sales of its earlier years."""
    facts = _facts(folder, name)
    events = facts.filter(pl.col("date").dt.year() == year).with_columns(pl.lit(name).alias("kind"))
    if name == "data_product_year":
        earlier = facts.filter(pl.col("date").dt.year().is_between(FIRST_SALES_YEAR, year - 1)).collect()
        for before in sorted(earlier["date"].dt.year().unique()):
            own = earlier.filter(pl.col("date").dt.year() == before).select("uscc", "product", pl.col("sales").alias(f"sales {before}"))
            events = events.join(own.lazy(), on=["uscc", "product"], how="left")
        events = events.drop("product")
    return events.collect()


def firms_of(folder: Path, count: int) -> list[dict]:
    """The first firms of a population with all their facts, as the contract's JSON has them."""
    enterprises = pl.read_parquet(folder / "enterprises.parquet", columns=["uscc", "industry"]).head(count)
    found = {row["uscc"]: {"enterprise": row, "facts": []} for row in enterprises.iter_rows(named=True)}
    for name in _FIELDS:
        if (folder / f"{name}.parquet").exists():
            rows = _facts(folder, name).with_columns(pl.col("date").cast(pl.String))
            rows = rows.join(enterprises.lazy().select("uscc"), on="uscc", how="semi")
            for number, row in enumerate(rows.collect().iter_rows(named=True)):
                fact = {key: value for key, value in row.items() if value is not None and key != "uscc"}
                found[row["uscc"]]["facts"].append({"id": f"{name} {number}", "type": name, **fact})
    return list(found.values())


def by_arrays(options: argparse.Namespace) -> dict:
    """Every firm at once."""
    system = CountryTaxBenefitSystem()
    start = time.perf_counter()
    facts, firms = arrays(options.folder, options.year)
    gathered = time.perf_counter()
    simulation = facts.simulation(system)
    built = time.perf_counter()
    found = numpy.column_stack([simulation.calculate(name, options.year) for name in BENEFITS])
    calculated = time.perf_counter()
    all_firms = numpy.zeros((len(firms), len(BENEFITS)), dtype=found.dtype)
    all_firms[firms.is_in(facts.ids).to_numpy()] = found
    _write(options.out, firms.to_list(), all_firms)
    steps = {"gathered": gathered - start, "built": built - gathered, "calculated": calculated - built}
    return {"firms": len(firms), "events": len(facts.days), **steps, "seconds": calculated - start}


def by_json(options: argparse.Namespace) -> dict:
    """A situation for every so many firms; a firm without a fact is due nothing and makes none."""
    system = CountryTaxBenefitSystem()
    start = time.perf_counter()
    firms = firms_of(options.folder, options.firms)
    gathered = time.perf_counter()
    amounts = numpy.zeros((len(firms), len(BENEFITS)), dtype=numpy.float32)
    asked = [place for place, firm in enumerate(firms) if firm["facts"]]
    events = situations = 0
    for first in range(0, len(asked), options.batch):
        places = asked[first : first + options.batch]
        situation = peer.situation([firms[place] for place in places], options.year)
        simulation = SimulationBuilder().build_from_entities(system, situation)
        amounts[places] = numpy.column_stack([simulation.calculate(name, options.year) for name in BENEFITS])
        events += len(situation["events"])
        situations += 1
    end = time.perf_counter()
    _write(options.out, [firm["enterprise"]["uscc"] for firm in firms], amounts)
    steps = {"gathered": gathered - start, "calculated": end - gathered}
    return {"firms": len(firms), "batch": options.batch, "situations": situations, "events": events, **steps, "seconds": end - start}


def _write(out: Path, firms: list[str], amounts: numpy.ndarray) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    numpy.savez(out, uscc=numpy.array(firms), benefits=numpy.array(list(BENEFITS.values())), amounts=amounts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("road", choices=("arrays", "json"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--year", type=int, default=2026)
    parser.add_argument("--firms", type=int, default=1_000, help="how many firms the json road takes")
    parser.add_argument("--batch", type=int, default=1, help="firms in one situation")
    options = parser.parse_args()
    figures = {"arrays": by_arrays, "json": by_json}[options.road](options)
    versions = {name: version(name) for name in (ENGINE, "numpy", "polars")} | {"python": platform.python_version()}
    used = resource.getrusage(resource.RUSAGE_SELF)
    figures |= {"cpu": used.ru_utime + used.ru_stime, "peak_mib": used.ru_maxrss / 1024, "versions": versions}
    print(json.dumps({"peer": ENGINE, "road": options.road, **figures}))


if __name__ == "__main__":
    main()
