"""`chaoce population run`: what is wrong is counted, shown and set aside; what is broken off goes on; nothing is half written."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
from population_kit import write_population
from run_kit import numbered, one_by_one, uscc

from chaoce.faults import MESSAGES, Faults
from chaoce.policy.model import Policy
from chaoce.population import reckon
from chaoce.population.engines import Cores, Here
from chaoce.population.recipe import Recipe
from chaoce.population.run import run
from core_kit import alone, chaoce, compute, cooperation, firm, got, title, yuan

_PLAN = Recipe(("haining-ai-2026",), 2026)
_GOOD = {"uscc": uscc(1), "name": "甲", "industry": "C3962", "division": "330481"}
_BUY = {
    "uscc": uscc(1), "id": "p1", "date": date(2026, 3, 1), "paid": Decimal("100.00"), "resource": "super", "purpose": "application",
}  # fmt: skip


def _tables(folder: Path, **tables: list[dict]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pl.DataFrame(rows, infer_schema_length=None).write_parquet(folder / f"{name}.parquet")
    return folder


def _digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir()) if path.is_file()}


def _random(count: int, seed: int = 5) -> list[dict]:
    rng = random.Random(seed)

    def one() -> dict:
        facts = [
            rng.choice((compute, cooperation))(f"f{place}", yuan(rng.randrange(1, 10**9)), matter=f"invoice:{rng.randrange(6)}")
            for place in range(rng.randint(0, 5))
        ]
        return firm([*facts, title("t", "dcmm_pilot")] if rng.random() < 0.2 else facts)

    return numbered(one() for _ in range(count))


def test_it_writes_what_the_contract_says(tmp_path):
    """“It writes `entitlements.parquet` (uscc, year, policy, benefit, clause, before_pool, amount as DECIMAL(18,2)) and
    `totals.parquet` (uscc, year, total)” (contract, section 4), for every firm what `assess` gives."""
    raws = _random(60)
    write_population(raws, Policy.load("haining-ai-2026").types, tmp_path / "in")
    run(tmp_path / "in", _PLAN, tmp_path / "out", Here(), firms=13)
    entitlements = pl.read_parquet(tmp_path / "out" / "entitlements.parquet")
    money = pl.Decimal(18, 2)
    assert entitlements.schema == {
        "uscc": pl.String, "year": pl.Int32, "policy": pl.String, "benefit": pl.String, "clause": pl.String, "before_pool": money,
        "amount": money,
    }  # fmt: skip
    totals = pl.read_parquet(tmp_path / "out" / "totals.parquet")
    assert totals.schema == {"uscc": pl.String, "year": pl.Int32, "total": money}
    assert totals["uscc"].to_list() == sorted(raw["enterprise"]["uscc"] for raw in raws)
    expected = one_by_one(alone("none"), raws)
    found: dict[str, dict] = {}
    for row in entitlements.iter_rows(named=True):
        found.setdefault(row["uscc"], {})[row["policy"], row["benefit"]] = int(row["before_pool"] * 100)
        assert row["clause"].startswith("三(") and row["amount"] == row["before_pool"]
    assert found == expected
    sums = {name: int(total * 100) for name, _, total in totals.iter_rows()}
    assert sums == {raw["enterprise"]["uscc"]: sum(expected.get(raw["enterprise"]["uscc"], {}).values()) for raw in raws}


_WRONG_FIRMS = [
    ({"uscc": "91330481MA2TEKT026"}, "uscc.check"),
    ({"uscc": "123"}, "uscc.shape"),
    ({"industry": "X1"}, "industry"),
    ({"division": "33048"}, "division.6"),
    ({"town": "330481"}, "division.9"),
    ({"name": None}, "missing"),
    ({"name": " 甲"}, "shape"),
    ({"employees": -1}, "shape"),
    ({"revenue": Decimal("-1.00")}, "money"),
]


@pytest.mark.parametrize(("change", "code"), _WRONG_FIRMS, ids=[code for _, code in _WRONG_FIRMS])
def test_a_wrong_firm_is_set_aside_with_its_facts(change, code, tmp_path):
    """“wrong type, … counted, … a `rejected.parquet` with the reason a row”: of a firm, and “a firm's facts without the firm”."""
    bad = {"uscc": uscc(2), "name": "乙", "industry": "C3962", "division": "330481", **change}
    firms = [{"town": None, "employees": None, "revenue": None, **row} for row in (_GOOD, bad)]
    buys = [_BUY, {**_BUY, "uscc": bad["uscc"]}]
    folder = _tables(tmp_path / "in", enterprises=firms, compute_purchase=buys)
    outcome = run(folder, _PLAN, tmp_path / "out", Here())
    rejected = pl.read_parquet(tmp_path / "out" / "rejected.parquet")
    assert sorted(rejected.select("file", "row", "code").iter_rows()) == sorted(
        [("enterprises.parquet", 2, code), ("compute_purchase.parquet", 2, "population.no.firm")]
    )
    assert outcome.report.firms == 1
    assert pl.read_parquet(tmp_path / "out" / "totals.parquet")["total"].to_list() == [Decimal("50.00")]
    assert all(rejected["reason"].str.len_chars() > 3) and all(rejected["reason_en"].str.len_chars() > 3)


_WRONG_FACTS = [
    ({"paid": Decimal("-1.00")}, "money"),
    ({"paid": None}, "missing"),
    ({"resource": "quantum"}, "unknown.value"),
    ({"date": None}, "missing"),
    ({"id": ""}, "shape"),
    ({"uscc": uscc(9)}, "population.no.firm"),
    ({"uscc": None}, "missing"),
    ({"matter": ["a#b#c"]}, "matter"),
    ({"matter": []}, "matter"),
]


@pytest.mark.parametrize(("change", "code"), _WRONG_FACTS, ids=[f"{next(iter(c))}-{code}" for c, code in _WRONG_FACTS])
def test_a_wrong_fact_is_set_aside_and_the_others_count(change, code, tmp_path):
    """“negative amount, …, unknown title”: the row is set aside with its reason, the firm keeps its other facts."""
    rows = [{"matter": None, **_BUY}, {"matter": None, **_BUY, "id": "p2", **change}]
    schema = {"matter": pl.List(pl.String), "uscc": pl.String, "id": pl.String, "date": pl.Date, "paid": pl.Decimal(18, 2)}
    folder = _tables(tmp_path / "in", enterprises=[_GOOD])
    pl.DataFrame(rows, schema_overrides=schema).write_parquet(folder / "compute_purchase.parquet")
    outcome = run(folder, _PLAN, tmp_path / "out", Here())
    rejected = outcome.rejected
    assert rejected.select("file", "row", "code").rows() == [("compute_purchase.parquet", 2, code)]
    assert pl.read_parquet(tmp_path / "out" / "totals.parquet")["total"].to_list() == [Decimal("50.00")]


def test_a_table_in_the_encoding_of_an_old_spreadsheet_is_said(tmp_path):
    """Errors are for the person who gets them: a CSV that is not UTF-8, with the byte and what to do."""
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "enterprises.csv").write_bytes("uscc,name,industry,division\n91330481MA2TEKT025,海宁,C3962,330481\n".encode("gbk"))
    done = chaoce("population", "run", folder, "--year", "2026", "--out", tmp_path / "out")
    assert done.status == 2
    assert "byte 47" in done.err and "CSV UTF-8" in done.err


def test_support_beyond_what_columns_hold_is_taken_off_all_the_same(tmp_path):
    """What was received is taken off, however large: such a firm is read by itself."""
    huge = [got("elsewhere", "p1", "9900000000000000.00") for _ in range(10)]
    raws = numbered([firm([compute("p1", "600000.00")], huge)])
    write_population(raws, Policy.load("haining-ai-2026").types, tmp_path / "in")
    outcome = run(tmp_path / "in", _PLAN, tmp_path / "out", Here())
    assert one_by_one(alone("none"), raws) == {}
    assert pl.read_parquet(tmp_path / "out" / "entitlements.parquet").height == 0
    assert outcome.report.roads["engine"] == 1


def test_a_quota_can_be_asked_about_where_no_project_is_ranked(tmp_path):
    """A column that may be left out is left out: no project has a rank, so no other is chosen."""
    rows = [
        {"uscc": uscc(1), "id": "s1", "date": date(2026, 3, 1), "investment": Decimal("100.00"), "built_by": "enterprise", "selected": True}
    ]
    folder = _tables(tmp_path / "in", enterprises=[_GOOD], scenario_project=rows)
    run(folder, Recipe(("haining-ai-2026",), 2026, changes=("benchmark-scenario.quota=20",)), tmp_path / "out", Here())
    assert str(pl.read_parquet(tmp_path / "out" / "totals.parquet")["total"][0]) == "30.00"


def test_money_as_a_float_is_refused_row_by_row(tmp_path):
    """“Money is DECIMAL(18,2) or string, never a float” (contract, section 4)."""
    folder = _tables(tmp_path / "in", enterprises=[_GOOD], compute_purchase=[{**_BUY, "paid": 100.0}])
    outcome = run(folder, _PLAN, tmp_path / "out", Here())
    assert outcome.rejected["code"].to_list() == ["money.number"]


def test_a_wrong_title_is_said_with_the_ones_there_are(tmp_path):
    """“unknown title”: counted, with file and row."""
    row = {"uscc": uscc(1), "id": "r1", "date": date(2026, 3, 1), "title": "best_firm", "level": "national"}
    folder = _tables(tmp_path / "in", enterprises=[_GOOD], recognition=[row])
    outcome = run(folder, _PLAN, tmp_path / "out", Here())
    assert outcome.rejected.select("code", "field", "value").rows() == [("unknown.value", "title", "best_firm")]


def test_ids_that_stand_twice_are_all_set_aside(tmp_path):
    """“duplicate ids”: over all types of a firm; which of them is right nobody can say, so none is paid."""
    cooperation_row = {"uscc": uscc(1), "id": "p1", "date": date(2026, 3, 1), "paid": Decimal("100.00")}
    folder = _tables(tmp_path / "in", enterprises=[_GOOD], compute_purchase=[_BUY, {**_BUY, "id": "p2"}], ai_cooperation=[cooperation_row])
    outcome = run(folder, _PLAN, tmp_path / "out", Here())
    assert outcome.rejected.select("file", "id", "code").rows() == [
        ("compute_purchase.parquet", "p1", "id.twice"), ("ai_cooperation.parquet", "p1", "id.twice"),
    ]  # fmt: skip
    assert pl.read_parquet(tmp_path / "out" / "totals.parquet")["total"].to_list() == [Decimal("50.00")]


def test_a_firm_that_stands_twice_is_set_aside_with_its_facts(tmp_path):
    """A firm has one row; of two that differ none can be preferred."""
    folder = _tables(tmp_path / "in", enterprises=[_GOOD, {**_GOOD, "name": "乙"}], compute_purchase=[_BUY])
    outcome = run(folder, _PLAN, tmp_path / "out", Here())
    assert sorted(outcome.rejected["code"].to_list()) == ["population.firm.twice", "population.firm.twice", "population.no.firm"]


def test_a_series_has_one_fact_a_year(tmp_path):
    """“one fact a product a year” (contract): two rows for one year are both set aside."""
    rows = [
        {"uscc": uscc(1), "id": f"d{place}", "date": day, "product": "甲", "registered": True, "sales": Decimal("4000000.00")}
        for place, day in enumerate((date(2026, 3, 1), date(2026, 12, 31), date(2025, 12, 31)))
    ]
    folder = _tables(tmp_path / "in", enterprises=[_GOOD], data_product_year=rows)
    outcome = run(folder, _PLAN, tmp_path / "out", Here())
    assert outcome.rejected["code"].to_list() == ["series.twice", "series.twice"]


def test_a_missing_column_sets_every_row_aside_and_an_unknown_one_is_said(tmp_path):
    """“wrong column”: a column that is needed and not there, and one that nothing reads, are both said."""
    row = {("purpos" if name == "purpose" else name): value for name, value in _BUY.items()}
    folder = _tables(tmp_path / "in", enterprises=[_GOOD], compute_purchase=[row])
    outcome = run(folder, _PLAN, tmp_path / "out", Here())
    assert outcome.rejected.select("field", "code").rows() == [("purpose", "missing")]
    assert [(fault.code, fault.particulars["value"]) for fault in outcome.notes] == [("population.column", "purpos")]
    (folder / "compute_purchases.parquet").write_bytes((folder / "compute_purchase.parquet").read_bytes())
    again = run(folder, _PLAN, tmp_path / "out", Here())
    assert [fault.code for fault in again.notes] == ["population.unread", "population.column"]


def test_the_command_shows_the_first_twenty_and_counts_all(tmp_path):
    """“counted, the first twenty shown with file and row”; exit status 1, as something was amiss; --strict stops and writes nothing."""
    rows = [{**_BUY, "id": f"p{place}", "resource": "none"} for place in range(30)]
    folder = _tables(tmp_path / "in", enterprises=[_GOOD], compute_purchase=[*rows, _BUY])
    done = chaoce("population", "run", folder, "--year", "2026", "--out", tmp_path / "out")
    lines = [line for line in done.err.splitlines() if "compute_purchase.parquet:" in line]
    assert done.status == 1
    assert len(lines) == 20 and lines[0].startswith("compute_purchase.parquet:1: firm ")
    assert "30 rows are wrong and set aside" in done.err and "these are the first 20" in done.err
    assert pl.read_parquet(tmp_path / "out" / "rejected.parquet").height == 30
    strict = chaoce("population", "run", folder, "--year", "2026", "--out", tmp_path / "strict", "--strict")
    assert (strict.status, strict.out) == (2, "")
    assert "rows that are wrong: 30" in strict.err
    assert not list((tmp_path / "strict").iterdir())


def test_a_clean_run_leaves_no_list_of_an_earlier_one(tmp_path):
    """What was wrong and has been put right is not left lying about."""
    folder = _tables(tmp_path / "in", enterprises=[_GOOD], compute_purchase=[{**_BUY, "resource": "none"}])
    run(folder, _PLAN, tmp_path / "out", Here())
    assert (tmp_path / "out" / "rejected.parquet").exists()
    _tables(folder, compute_purchase=[_BUY])
    run(folder, _PLAN, tmp_path / "out", Here())
    assert _names(tmp_path / "out") == ["entitlements.parquet", "summary.json", "totals.parquet"]


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda folder: None, "folder.missing"),
        (lambda folder: folder.mkdir(), "population.firms"),
        (lambda folder: _tables(folder, enterprises=[_GOOD]).joinpath("enterprises.csv").write_text("uscc\n"), "population.twice"),
        (lambda folder: _tables(folder, enterprises=[_GOOD]).joinpath("recognition.parquet").write_text("x"), "population.broken"),
        (lambda folder: _tables(folder, enterprises=[{**_GOOD, "uscc": 5}]), "population.type"),
    ],
)
def test_a_folder_that_is_no_population_is_said(make, code, tmp_path):
    """Errors are for the person who gets them: file, what, and what would be right, in both languages."""
    make(tmp_path / "in")
    with pytest.raises(Faults) as wrong:
        run(tmp_path / "in", _PLAN, tmp_path / "out", Here())
    fault = wrong.value.faults[0]
    assert fault.code == code and str(tmp_path / "in") in str(fault.file)
    assert "{" not in fault.say("zh") + fault.say("en")


def test_every_message_about_populations_can_be_said():
    """The catalogue is complete in both languages, and nothing is left to fill in when a fault is said."""
    own = [code for code in MESSAGES if code.startswith(("population.", "change.", "compare.", "folder."))]
    assert len(own) > 25
    assert all(MESSAGES[code][0] and MESSAGES[code][1] for code in own)


def test_the_order_of_rows_and_the_cut_into_ranges_change_no_byte(tmp_path):
    """“same input, same bytes”: rows in any order, in one range or many, on one core or several."""
    raws = _random(80)
    types = Policy.load("haining-ai-2026").types
    write_population(raws, types, tmp_path / "a")
    shuffled = list(raws)
    random.Random(3).shuffle(shuffled)
    write_population(shuffled, types, tmp_path / "b")
    run(tmp_path / "a", _PLAN, tmp_path / "one", Here())
    run(tmp_path / "b", _PLAN, tmp_path / "two", Here(), firms=9)
    run(tmp_path / "b", _PLAN, tmp_path / "three", Cores(2), firms=17)
    one, two, three = (_digest(tmp_path / name) for name in ("one", "two", "three"))
    assert one["entitlements.parquet"] == two["entitlements.parquet"] == three["entitlements.parquet"]
    assert one["totals.parquet"] == two["totals.parquet"] == three["totals.parquet"]


def test_a_broken_off_run_goes_on_from_what_is_done(tmp_path, monkeypatch):
    """“An interrupted run leaves no half-written output; a rerun continues from finished partitions.”"""
    raws = _random(60)
    write_population(raws, Policy.load("haining-ai-2026").types, tmp_path / "in")
    run(tmp_path / "in", _PLAN, tmp_path / "whole", Here(), firms=10)
    real, seen = reckon.take_in, []

    def breaks(*args, **more):
        seen.append(args)
        if len(seen) == 4:
            raise KeyboardInterrupt
        return real(*args, **more)

    monkeypatch.setattr(reckon, "take_in", breaks)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "in", _PLAN, tmp_path / "out", Here(), firms=10)
    assert [name for name in _names(tmp_path / "out") if not name.startswith(".")] == []
    outcome = run(tmp_path / "in", _PLAN, tmp_path / "out", Here(), firms=10)
    assert outcome.resumed == 3
    assert len(seen) == 4 + 3
    assert _digest(tmp_path / "out") == _digest(tmp_path / "whole")


def test_a_run_under_other_rules_does_not_go_on_from_another(tmp_path, monkeypatch):
    """What was reckoned under other rules or from other files is not taken over."""
    raws = _random(30)
    write_population(raws, Policy.load("haining-ai-2026").types, tmp_path / "in")
    real = reckon.whole
    calls = []

    def stops(place):
        calls.append(place)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(place)

    monkeypatch.setattr(reckon, "whole", stops)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "in", _PLAN, tmp_path / "out", Here(), firms=10)
    other = Recipe(("haining-ai-2026",), 2026, changes=("compute-purchase.rate=10%",))
    outcome = run(tmp_path / "in", other, tmp_path / "out", Here(), firms=10)
    assert outcome.resumed == 0
    run(tmp_path / "in", other, tmp_path / "clean", Here(), firms=10)
    assert _digest(tmp_path / "out") == _digest(tmp_path / "clean")


def test_a_worker_that_is_killed_changes_nothing(tmp_path):
    """“Nothing is half done; nothing is lost”: a worker process killed in mid-run is replaced and its ranges done again."""
    raws = _random(3000)
    write_population(raws, Policy.load("haining-ai-2026").types, tmp_path / "in")
    run(tmp_path / "in", _PLAN, tmp_path / "whole", Here(), firms=60)
    engine = Cores(2)
    killed = []

    class Deadly:
        def over(self, do, work, parts):
            for part, report in engine.over(do, work, parts):
                if not killed:
                    killed.append(next(iter(engine._pool._processes)))  # type: ignore[union-attr]
                    os.kill(killed[0], signal.SIGKILL)
                yield part, report

        def close(self):
            engine.close()

    try:
        run(tmp_path / "in", _PLAN, tmp_path / "out", Deadly(), firms=60)
    finally:
        engine.close()
    assert killed
    assert _digest(tmp_path / "out") == _digest(tmp_path / "whole")


def test_a_killed_command_can_be_run_again(tmp_path):
    """The whole command killed by the system: nothing that looks like an answer is there, and the next run has the right one."""
    raws = _random(4000)
    write_population(raws, Policy.load("haining-ai-2026").types, tmp_path / "in")
    command = [sys.executable, "-m", "chaoce", "population", "run", str(tmp_path / "in"), "--year", "2026", "--out", str(tmp_path / "out")]
    first = subprocess.Popen([*command, "--workers", "1"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(0.7)
    first.kill()
    first.wait()
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    run(tmp_path / "in", _PLAN, tmp_path / "whole", Here())
    assert _digest(tmp_path / "out") == _digest(tmp_path / "whole")


def test_the_summary_is_data(tmp_path):
    """`summary.json` has the figures of the run for other programs: roads add up to the firms, money is text."""
    write_population(_random(40), Policy.load("haining-ai-2026").types, tmp_path / "in")
    run(tmp_path / "in", _PLAN, tmp_path / "out", Here())
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert sum(summary["roads"].values()) == summary["firms"] == 40
    assert all(row["amount"].count(".") == 1 for row in summary["benefits"])


def test_other_policies_and_decisions_reach_the_run(tmp_path):
    """`--policy`, `--decisions`, `--reading` and `--change` mean here what they mean for one firm."""
    folder = _tables(tmp_path / "in", enterprises=[_GOOD], compute_purchase=[{**_BUY, "paid": Decimal("1000.00")}])
    (tmp_path / "d.yaml").write_text('year: 2026\nrates: {compute-purchase: "30%"}\n', encoding="utf-8")
    for options, paid in ((["--decisions", tmp_path / "d.yaml"], "300.00"), (["--change", "compute-purchase.rate=12.5%"], "125.00")):
        done = chaoce("population", "run", folder, "--year", "2026", "--out", tmp_path / "out", *options)
        assert done.status == 0, done.err
        assert str(pl.read_parquet(tmp_path / "out" / "totals.parquet")["total"][0]) == paid
    wrong = chaoce("population", "run", folder, "--year", "2026", "--out", folder)
    assert wrong.status == 2 and "cannot be that of the population" in wrong.err
