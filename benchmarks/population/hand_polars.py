"""The script that a good analyst would write for the AI plan: sums and caps over the columns, in whole fen, with Polars.

It states the sixteen benefits with the benchmark's decisions: every condition, rate, limit of an item and limit of a firm's
year. It has no conflicts (每一事项只补一次), no first time beyond a simple filter, no received support, no refusals, no checks of
what it reads and no reading but one; a firm without any of these gets what `chaoce population run` gives it. It is the least
that the work can cost on this machine, and what the population run is measured against.

    hand_polars.py DIR OUT [--engine streaming|in-memory]
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import polars as pl

YEAR = 2026
POLICY = "haining-ai-2026"
#: The part of the year that lies in the plan's term.
FIRST, LAST = date(2026, 1, 5), date(2026, 12, 31)
WAN = 10_000 * 100

_PURPOSES = ("product_development", "algorithm_design", "model_training", "product_validation", "application")
_APPLICATION = ("ai_application_scenario", "ai_benchmark_enterprise", "ai_service_provider", "digital_excellent_product")
_DATA = ("intelligent_cloud_enterprise", "big_data_demonstration", "zhejiang_digital_merchant")

#: The benefits in the plan's order: id, clause, and the limit of a firm (a year, or once) in fen.
BENEFITS = (
    ("compute-purchase", "三(一)", 50 * WAN),
    ("manufacturing-cooperation", "三(二)", 50 * WAN),
    ("benchmark-scenario", "三(三)", None),
    ("ai-investment", "三(四)", None),
    ("generative-ai-filing", "三(五)", 100 * WAN),
    ("national-application-award", "三(五)", None),
    ("provincial-application-award", "三(五)", None),
    ("provincial-data-award", "三(五)", None),
    ("national-dataset-award", "三(六)", None),
    ("provincial-dataset-award", "三(六)", None),
    ("data-product-sales", "三(六)", None),
    ("dcmm-pilot", "三(六)", 50 * WAN),
    ("cdo-pilot", "三(六)", 20 * WAN),
    ("data-ip-certificate", "三(七)", 3 * WAN),
    ("data-ip-licence", "三(七)", 10 * WAN),
    ("data-ip-pledge-loan", "三(七)", 10 * WAN),
)
_PLACE = {benefit: place for place, (benefit, _, _) in enumerate(BENEFITS)}

#: Titles at a level, what each is paid in fen, and the benefit; None stands for any level.
_AWARDS = (
    (("generative_ai_filing",), None, 100 * WAN, "generative-ai-filing"),
    (_APPLICATION, "national", 50 * WAN, "national-application-award"),
    (_APPLICATION, "provincial", 20 * WAN, "provincial-application-award"),
    (_DATA, "provincial", 20 * WAN, "provincial-data-award"),
    (("high_quality_dataset_pilot",), "national", 30 * WAN, "national-dataset-award"),
    (("high_quality_dataset_pilot",), "provincial", 15 * WAN, "provincial-dataset-award"),
    (("dcmm_pilot",), "provincial", 50 * WAN, "dcmm-pilot"),
    (("cdo_pilot",), "provincial", 20 * WAN, "cdo-pilot"),
)


def run(folder: Path, out: Path, engine: str = "streaming") -> dict:
    """Reckon a population into `entitlements.parquet` and `totals.parquet`; what it took, with the peak memory of this process."""
    start = time.perf_counter()
    out.mkdir(parents=True, exist_ok=True)
    due = pl.concat([*sums(folder)]).collect(engine=engine)  # type: ignore[call-overload]
    reckoned = time.perf_counter()
    names = pl.LazyFrame(
        {
            "line": pl.Series(range(len(BENEFITS)), dtype=pl.UInt8),
            "policy": [POLICY] * len(BENEFITS),
            "benefit": [benefit for benefit, _, _ in BENEFITS],
            "clause": [clause for _, clause, _ in BENEFITS],
        }
    )
    year = pl.lit(YEAR, dtype=pl.Int32).alias("year")
    named = due.lazy().join(names, on="line").select("uscc", year, "policy", "benefit", "clause", _yuan("fen").alias("amount"))
    named.sink_parquet(out / "entitlements.parquet", engine=engine)  # type: ignore[call-overload]
    # Every firm has a total, also of nothing: as one sum over the amounts and a zero for each firm this is quicker than a join.
    nothing = _scan(folder, "enterprises").select("uscc", pl.lit(0, dtype=pl.Int64).alias("fen"))
    totals = pl.concat([nothing, due.lazy().select("uscc", "fen")]).group_by("uscc").agg(pl.col("fen").sum())
    totals.select("uscc", year, _yuan("fen").alias("total")).sink_parquet(out / "totals.parquet", engine=engine)  # type: ignore[call-overload]
    end = time.perf_counter()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "peer": "polars by hand",
        "engine": engine,
        "polars": pl.__version__,
        "threads": pl.thread_pool_size(),
        "seconds": end - start,
        "reckoned": reckoned - start,
        "written": end - reckoned,
        "cpu": used.ru_utime + used.ru_stime,
        "rows": due.height,
        "peak_mib": used.ru_maxrss / 1024,
    }


def sums(folder: Path) -> list[pl.LazyFrame]:
    """What each benefit gives each firm under its limit: uscc, line, fen above zero."""
    paid = _fen("paid")
    manufacturers = _scan(folder, "enterprises").filter(pl.col("industry").str.starts_with("C")).select("uscc")
    compute = pl.col("resource").is_in(["intelligent", "super"]) & pl.col("purpose").is_in(_PURPOSES)
    built = (pl.col("built_by") == "enterprise") & pl.col("selected")
    invested = pl.col("ai_field") & (_fen("productive_investment") >= 2000 * WAN)
    sold = pl.col("registered") & (_fen("sales") >= 300 * WAN)
    licensed = pl.col("role").is_in(["licensee", "transferee"])
    cooperation = _of_year(folder, "ai_cooperation", paid // 5).join(manufacturers, on="uscc", how="semi")
    return [
        _summed("compute-purchase", _of_year(folder, "compute_purchase", paid // 2, compute)),
        _summed("manufacturing-cooperation", cooperation),
        _summed("benchmark-scenario", _of_year(folder, "scenario_project", _held(_fen("investment") * 3 // 10, 100 * WAN), built)),
        _summed("ai-investment", _of_year(folder, "investment_project", _held(_investment(), 2000 * WAN), invested)),
        _awards(folder),
        _summed("data-product-sales", _of_year(folder, "data_product_year", _each(35 * WAN), sold)),
        _summed("data-ip-certificate", _of_year(folder, "data_ip_certificate", _each(1000 * 100))),
        _summed("data-ip-licence", _of_year(folder, "data_ip_licence", paid // 10, licensed)),
        _summed("data-ip-pledge-loan", _of_year(folder, "pledge_loan_interest", paid * 3 // 10)),
    ]


def _scan(folder: Path, name: str) -> pl.LazyFrame:
    return pl.scan_parquet(folder / f"{name}.parquet")


def _fen(name: str) -> pl.Expr:
    """DECIMAL(18,2) is whole fen underneath; nothing is multiplied and nothing can round."""
    return pl.col(name).to_physical().cast(pl.Int64)


def _yuan(name: str) -> pl.Expr:
    return (pl.col(name).cast(pl.Decimal(18, 2)) * pl.lit("0.01").cast(pl.Decimal(18, 2))).cast(pl.Decimal(18, 2))


def _each(fen: int) -> pl.Expr:
    return pl.lit(fen, dtype=pl.Int64)


def _held(fen: pl.Expr, most: int) -> pl.Expr:
    return fen.clip(upper_bound=most)


def _investment() -> pl.Expr:
    """1.05 times 5%, 7% and 9% above nothing, 10 and 50 million yuan; what lies above 100 billion never counts for the limit."""
    base = _held(_fen("productive_investment"), 10**13)
    more = 2 * (base - 1000 * WAN).clip(lower_bound=0) + 2 * (base - 5000 * WAN).clip(lower_bound=0)
    return 105 * (5 * base + more) // 10_000


def _of_year(folder: Path, name: str, fen: pl.Expr, condition: pl.Expr | None = None) -> pl.LazyFrame:
    counts = pl.col("date").is_between(FIRST, LAST)
    return _scan(folder, name).filter(counts if condition is None else counts & condition).select("uscc", fen.alias("fen"))


def _summed(benefit: str, facts: pl.LazyFrame) -> pl.LazyFrame:
    """The sum for each firm, under the limit."""
    most = BENEFITS[_PLACE[benefit]][2]
    total = pl.col("fen").sum()
    per_firm = facts.group_by("uscc").agg(total if most is None else _held(total, most)).filter(pl.col("fen") > 0)
    return per_firm.select("uscc", pl.lit(_PLACE[benefit], dtype=pl.UInt8).alias("line"), "fen")


def _awards(folder: Path) -> pl.LazyFrame:
    """All titles in one pass: the award that a title at its level gives, summed for each firm and benefit."""
    facts = _scan(folder, "recognition")
    counts = pl.col("date").is_between(FIRST, LAST)
    if "new" in facts.collect_schema():
        counts &= pl.col("new").fill_null(True)
    line, fen, most = pl.lit(None, dtype=pl.UInt8), pl.lit(None, dtype=pl.Int64), pl.lit(None, dtype=pl.Int64)
    for titles, level, amount, benefit in _AWARDS:
        own = pl.col("title").is_in(titles)
        own = own if level is None else own & (pl.col("level") == level)
        line = pl.when(own).then(pl.lit(_PLACE[benefit], dtype=pl.UInt8)).otherwise(line)
        fen = pl.when(own).then(_each(amount)).otherwise(fen)
    for place, (_, _, limit) in enumerate(BENEFITS):
        if limit is not None:
            most = pl.when(pl.col("line") == place).then(_each(limit)).otherwise(most)
    granted = facts.filter(counts).select("uscc", line.alias("line"), fen.alias("fen")).filter(pl.col("line").is_not_null())
    summed = granted.group_by("uscc", "line").agg(pl.col("fen").sum())
    return summed.select("uscc", "line", pl.min_horizontal("fen", most).alias("fen"))


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--engine", choices=("streaming", "in-memory"), default="streaming")
    options = parser.parse_args(arguments)
    print(json.dumps(run(options.folder, options.out, options.engine)))


if __name__ == "__main__":
    main()
