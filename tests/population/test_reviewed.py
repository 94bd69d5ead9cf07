"""What a reviewer of the money paths found, kept found: each once paid otherwise than `assess`, or not at all."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from population_kit import write_population
from run_kit import in_columns, numbered, one_by_one

from chaoce.assessment.prepare import prepare
from chaoce.faults import Faults
from chaoce.policy.model import Policy
from chaoce.population.engines import Here
from chaoce.population.recipe import Recipe
from chaoce.population.run import run
from chaoce.population.study import Study
from core_kit import alone, compute, firm, scenario, write_policy

_FACTS = """
enterprise: {rev: {kind: money, zh: 收入, en: revenue, optional: yes}}
facts:
  spend:
    name: {zh: 支出, en: spending}
    series: prod
    matter: "project:{prod}"
    fields:
      prod: {kind: text, zh: 产品, en: product}
      n: {kind: count, zh: 数, en: number, default: 1}
"""
_PLAN = Recipe(("haining-ai-2026",), 2026)


def _rule(pays: str, more: str = "") -> str:
    return f"甲。\n```benefit p1\ntitle: {{zh: p1, en: p1}}\non: spend\npays: {pays}\n{more}\n```\n"


def _spend(id: str, prod: str, date: str = "2026-03-01", **more) -> dict:
    return {"id": id, "type": "spend", "date": date, "prod": prod, **more}


@pytest.mark.parametrize("ids", [("p1", "p1#1"), ("a", "a#"), ("a#1", "a#1#2"), ("a#1", "a#2")])
def test_ids_that_name_a_thing_and_its_line_overlap(ids, tmp_path):
    """“Left out, it is the fact's own id” (contract): an id like `p1#1` is a line of the thing `p1`, and only one of the two is paid."""
    raws = numbered([firm([compute(own, "100000.00") for own in ids])])
    found, _ = in_columns(alone("none"), raws, tmp_path)
    assert found == one_by_one(alone("none"), raws)


@pytest.mark.parametrize("kind", [pl.Int8, pl.Int32, pl.UInt16, pl.UInt64, pl.Int128])
def test_counts_come_in_any_whole_number_type(kind, tmp_path):
    """What other programs write as 32-bit numbers is as good as 64 bits."""
    write_population(numbered([firm([compute("p1", "1000.00")], employees=7)]), Policy.load("haining-ai-2026").types, tmp_path / "in")
    table = tmp_path / "in" / "enterprises.parquet"
    pl.read_parquet(table).with_columns(pl.col("employees").cast(kind)).write_parquet(table)
    assert run(tmp_path / "in", _PLAN, tmp_path / "out", Here()).report.rejected == 0


def _two_projects(tmp_path: Path, more: list[dict]) -> Path:
    """Two good projects, and rows of the same table that are set aside."""
    raws = numbered(firm([scenario("s1", "1000000.00", rank=rank)]) for rank in (3, 4))
    write_population(raws, Policy.load("haining-ai-2026").types, tmp_path / "in")
    table = tmp_path / "in" / "scenario_project.parquet"
    good = pl.read_parquet(table)
    rows = [good.head(1).with_columns(pl.lit(value).alias(name) for name, value in row.items()).cast(dict(good.schema)) for row in more]
    pl.concat([good, *rows]).write_parquet(table)
    return tmp_path / "in"


@pytest.mark.parametrize(
    ("more", "quota"),
    [([{"built_by": "nobody"}], 12), ([{"uscc": "91330481MA2TEKT025", "rank": 1}, {"uscc": "91330481MA2TEKT025", "rank": 2}], 2)],
    ids=["a twin of a good row", "rows of a firm that is not there"],
)
def test_rows_that_are_set_aside_take_no_place(more, quota, tmp_path):
    """A what-if on a quota chooses among the checked facts, in a run and in a comparison alike."""
    folder = _two_projects(tmp_path, more)
    changed = _PLAN.with_changes(f"benchmark-scenario.quota={quota}")
    outcome = run(folder, changed, tmp_path / "out", Here())
    assert str(outcome.totals["amount"].sum()) == "600000.00"
    with Study(folder, _PLAN, tmp_path / "work", Here()) as study:
        assert study.ask(changed).costs.paid == 60_000_000


@pytest.mark.parametrize(
    "pays",
    ["50% of previous(firm.rev)", "{ladder: firm.rev, steps: {100: 10, 200: 20}}", "9000 per 件 of n"],
    ids=["previous", "ladder", "sum"],
)
def test_what_columns_cannot_say_goes_to_the_one_firm_reader(pays, tmp_path):
    """An earlier year of the firm's own field over a series of products; sums beyond 64 bits."""
    policy = Policy.load(write_policy(tmp_path, "p", _rule(pays, "limit: 50万 per firm per year"), _FACTS))
    session = prepare([policy], 2026)
    old = [_spend("c", "c", "2025-03-01")]
    large = [_spend(f"f{place}", f"p{place}", n=10**12) for place in range(11)]
    raws = numbered([firm([_spend("a", "a"), _spend("b", "b"), *old], rev="150.00"), firm(large, rev="150.00")])
    found, _ = in_columns(session, raws, tmp_path / "work")
    assert found == one_by_one(session, raws)


@pytest.mark.parametrize("prod", ["a#", "a#01", "a#1#2"])
def test_a_matter_that_a_type_makes_must_be_a_matter(prod, tmp_path):
    """`project:a#` is no matter: the one-firm reader refuses it, and so is the row set aside."""
    policy = Policy.load(write_policy(tmp_path, "p", _rule("100"), _FACTS))
    session = prepare([policy], 2026)
    raws = numbered([firm([_spend("a", prod)])])
    with pytest.raises(Faults):
        session.read(raws[0])
    write_population(raws, session.reader.types, tmp_path / "in")
    outcome = run(tmp_path / "in", Recipe((str(policy.folder),), 2026), tmp_path / "out", Here())
    assert outcome.rejected["code"].to_list() == ["matter"]


def test_a_longer_term_is_seen_by_a_quota_whose_facts_are_not_paid(tmp_path):
    """Facts take places though they are not paid, so other days are looked at whole, in a comparison as in a run."""
    raws = numbered(
        [
            *(firm([scenario("s1", "1000000.00", date="2026-03-01")]) for _ in range(6)),
            *(firm([scenario("s1", "1000000.00", date="2026-06-01", built_by="government")]) for _ in range(5)),
        ]
    )
    write_population(raws, Policy.load("haining-ai-2026").types, tmp_path / "in")
    short = _PLAN.with_changes("term.to=2026-05-31")
    with Study(tmp_path / "in", short, tmp_path / "work", Here()) as study:
        for longer in (short.with_changes("term.to=2026-12-31"), _PLAN):
            with pytest.raises(Faults) as wrong:
                study.ask(longer)
            assert wrong.value.faults[0].code == "population.quota"


@pytest.mark.parametrize("kind", [pl.List(pl.Categorical), pl.Array(pl.String, 1), pl.Struct({"a": pl.String})])
def test_odd_types_are_set_aside_not_a_crash(kind, tmp_path):
    """“wrong type: counted”: whatever type a column has, the run goes on."""
    write_population(numbered([firm([compute("p1", "1000.00", matter="m")])]), Policy.load("haining-ai-2026").types, tmp_path / "in")
    table = tmp_path / "in" / "compute_purchase.parquet"
    frame = pl.read_parquet(table)
    value = {"a": "m"} if isinstance(kind, pl.Struct) else ["m"]
    frame.with_columns(pl.Series("matter", [value], dtype=kind)).write_parquet(table)
    outcome = run(tmp_path / "in", _PLAN, tmp_path / "out", Here())
    assert outcome.report.rejected == (0 if kind == pl.List(pl.Categorical) else 1)
