"""Limits over the whole city: quotas by rank, pools first come or pro rata, with ties (contract: `before_pool` and `amount`)."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from population_kit import write_population
from run_kit import numbered

from chaoce.faults import Faults
from chaoce.policy.model import Policy
from chaoce.population.city import best_ranks, first_come, pro_rata
from chaoce.population.engines import Here
from chaoce.population.recipe import Recipe
from chaoce.population.run import run
from core_kit import firm, scenario, write_policy

_FACTS = """
facts:
  work:
    name: {zh: 项目, en: project}
    fields:
      paid: {kind: money, zh: 金额, en: amount}
      rank: {kind: count, optional: yes, zh: 名次, en: rank}
"""


def _rule(name: str, more: str, pays: str = "100% of paid") -> str:
    return f"甲。\n```benefit {name}\ntitle: {{zh: {name}, en: {name}}}\non: work\npays: {pays}\n{more}\n```\n"


def _work(id: str, paid: str, date: str = "2026-03-01", **more) -> dict:
    return {"id": id, "type": "work", "date": date, "paid": paid, **more}


def _paid(folder: Path, policy: Path | str, raws: list[dict], types, **more) -> tuple[dict, list]:
    """(place of the firm, benefit) -> (before, after) in yuan, and what was short."""
    raws = numbered(raws)
    write_population(raws, types, folder / "in")
    outcome = run(folder / "in", Recipe((str(policy),), 2026, **more), folder / "out", Here())
    place = {raw["enterprise"]["uscc"]: number for number, raw in enumerate(raws)}
    rows = pl.read_parquet(folder / "out" / "entitlements.parquet").iter_rows(named=True)
    found = {(place[row["uscc"]], row["benefit"]): (str(row["before_pool"]), str(row["amount"])) for row in rows}
    totals = pl.read_parquet(folder / "out" / "totals.parquet")
    sums = {place[name]: str(total) for name, _, total in totals.iter_rows()}
    for number in place.values():
        own = sum(int(after.replace(".", "")) for (firm_number, _), (_, after) in found.items() if firm_number == number)
        assert sums[number] == f"{own // 100}.{own % 100:02d}"
    return found, outcome.shortages


def _own(tmp_path: Path, blocks: str) -> tuple[Path, Policy]:
    folder = write_policy(tmp_path, "own", blocks, _FACTS)
    return folder, Policy.load(folder)


def test_more_selected_than_the_quota_allows_is_a_fault(tmp_path):
    """“More facts marked as selected than the quota allows is a fault”: nothing is written, the facts are named."""
    raws = numbered(firm([scenario("s1", "1000000.00", rank=number)]) for number in range(1, 12))
    policy = Policy.load("haining-ai-2026")
    write_population(raws, policy.types, tmp_path / "in")
    with pytest.raises(Faults) as wrong:
        run(tmp_path / "in", Recipe(("haining-ai-2026",), 2026), tmp_path / "out", Here())
    fault = wrong.value.faults[0]
    assert fault.code == "population.quota"
    assert (fault.particulars["count"], fault.particulars["quota"]) == (11, 10)
    assert raws[0]["enterprise"]["uscc"] in fault.say("en")
    assert not (tmp_path / "out" / "entitlements.parquet").exists()


def test_a_place_taken_by_a_government_counts_though_it_is_not_paid(tmp_path):
    """“The ten of 三(三) count every project chosen; only those built by enterprises are paid” (contract, reading 7)."""
    types = Policy.load("haining-ai-2026").types
    raws = [firm([scenario("s1", "1000000.00", built_by="government" if number < 3 else "enterprise")]) for number in range(10)]
    found, short = _paid(tmp_path / "ten", "haining-ai-2026", raws, types)
    assert (len(found), short) == (7, [])
    eleven = [*raws, firm([scenario("s1", "1000000.00")])]
    with pytest.raises(Faults):
        _paid(tmp_path / "eleven", "haining-ai-2026", eleven, types)
    # Counting only those that enterprises build leaves room.
    found, _ = _paid(tmp_path / "other", "haining-ai-2026", eleven, types, readings=(("quota-counting", "enterprise"),))
    assert len(found) == 8


def test_a_what_if_on_a_quota_reads_the_ranks(tmp_path):
    """“a what-if on a quota reads the projects' `rank`”: three places go to the first three, whoever is marked as chosen."""
    types = Policy.load("haining-ai-2026").types
    raws = [firm([scenario("s1", "1000000.00", rank=12 - number, selected=number < 10)]) for number in range(12)]
    found, _ = _paid(tmp_path, "haining-ai-2026", raws, types, changes=("benchmark-scenario.quota=3",))
    assert sorted(number for number, _ in found) == [9, 10, 11]


def test_a_tie_over_the_last_place_leaves_all_who_share_it_out(tmp_path):
    """“with ties”: the number is never exceeded and nobody is preferred without a reason; it is said."""
    folder, policy = _own(tmp_path, _rule("p1", "quota: 2 个 per year by rank"))
    raws = [firm([_work("a", "100.00", rank=rank)]) for rank in (1, 2, 2, 3)]
    found, short = _paid(tmp_path, folder, raws, policy.types)
    assert found == {
        (0, "p1"): ("100.00", "100.00"), (1, "p1"): ("100.00", "0.00"), (2, "p1"): ("100.00", "0.00"), (3, "p1"): ("100.00", "0.00"),
    }  # fmt: skip
    assert [(entry.how, entry.holds, entry.wanted) for entry in short] == [("tie", 2, 4)]


def test_a_fact_without_a_rank_comes_after_all_that_have_one(tmp_path):
    """Places go to the best ranks; what the review has not ranked has none."""
    folder, policy = _own(tmp_path, _rule("p1", "quota: 2 个 per year by rank"))
    raws = [firm([_work("a", "100.00")]), firm([_work("a", "100.00", rank=7)]), firm([_work("a", "100.00", rank=9)])]
    found, _ = _paid(tmp_path, folder, raws, policy.types)
    assert [found[number, "p1"][1] for number in range(3)] == ["0.00", "100.00", "100.00"]


def test_pro_rata_gives_every_firm_its_share_rounded_down_once(tmp_path):
    """“pools (…, pro rata)”: each firm's amount times what the pool holds over what is due; never more than the pool."""
    folder, policy = _own(tmp_path, _rule("p1", "pool: 100 per year, pro rata"))
    raws = [firm([_work("a", "100.00"), _work("b", "0.50")]), firm([_work("a", "100.00")]), firm([_work("a", "99.99")])]
    found, short = _paid(tmp_path, folder, raws, policy.types)
    assert found == {(0, "p1"): ("100.50", "33.44"), (1, "p1"): ("100.00", "33.27"), (2, "p1"): ("99.99", "33.27")}
    assert [(entry.how, entry.holds, entry.wanted) for entry in short] == [("pro rata", 10_000, 30_049)]


def test_first_come_first_served_goes_by_day_and_shares_the_last(tmp_path):
    """“first come first served … with ties”: facts of one day stand alike, and what is left for a day is shared among them."""
    folder, policy = _own(tmp_path, _rule("p1", "pool: 250 per year, first come"))
    raws = [
        firm([_work("a", "100.00", "2026-02-03")]),
        firm([_work("a", "100.00", "2026-02-01")]),
        firm([_work("a", "300.00", "2026-02-03")]),
        firm([_work("a", "50.00", "2026-02-09")]),
    ]
    found, short = _paid(tmp_path, folder, raws, policy.types)
    assert [found[number, "p1"][1] for number in range(4)] == ["37.50", "100.00", "112.50", "0.00"]
    assert short[0].how == "first come"


def test_a_pool_whose_sharing_nobody_says_cuts_nothing_and_is_said(tmp_path):
    """“sharing is None where nothing says how a sum that is too small is shared”: the amounts stay, and it is said."""
    folder, policy = _own(tmp_path, _rule("p1", "pool: 100 per year"))
    found, short = _paid(tmp_path, folder, [firm([_work("a", "80.00")]), firm([_work("a", "80.00")])], policy.types)
    assert [found[number, "p1"][1] for number in range(2)] == ["80.00", "80.00"]
    assert [(entry.how, entry.holds, entry.wanted) for entry in short] == [("unsaid", 10_000, 16_000)]


def test_a_pool_of_so_much_an_item_holds_that_for_each_that_is_granted(tmp_path):
    """“so much for each item granted (平均)”: three items at 50 hold 150."""
    folder, policy = _own(tmp_path, _rule("p1", "pool: 50 per item, pro rata"))
    found, _ = _paid(tmp_path, folder, [firm([_work("a", "100.00"), _work("b", "100.00")]), firm([_work("a", "100.00")])], policy.types)
    assert [found[number, "p1"][1] for number in range(2)] == ["100.00", "50.00"]


def test_a_pool_over_pools_is_shared_after_them(tmp_path):
    """A shared pool lies over several benefits or other pools: what the inner pools leave is what it shares."""
    blocks = (
        _rule("p1", "pool: 100 per year, pro rata\nwhere: paid < 1000")
        + _rule("p2", "where: paid >= 1000")
        + "合计。\n```pool both\ntitle: {zh: 合计, en: both}\nclause: 一\npool: 550 per year, pro rata\nover: [p1, p2]\n```\n"
    )
    folder, policy = _own(tmp_path, blocks)
    raws = [firm([_work("a", "200.00")]), firm([_work("a", "1000.00")])]
    found, short = _paid(tmp_path, folder, raws, policy.types)
    assert found == {(0, "p1"): ("200.00", "50.00"), (1, "p2"): ("1000.00", "500.00")}
    assert [entry.name for entry in short] == ["p1", "both"]


_ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(1, 10**9), st.sampled_from(["2026-01-01", "2026-01-02", "2026-01-03"])),
    min_size=1,
    max_size=20,
)


def _frame(rows: list[tuple[int, int, str]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "line": [0] * len(rows),
            "uscc": [f"firm{number}" for number, _, _ in rows],
            "date": [day for _, _, day in rows],
            "id": [f"f{place}" for place in range(len(rows))],
            "amount": [amount for _, amount, _ in rows],
        }
    ).with_columns(pl.col("date").str.to_date())


@given(rows=_ROWS, share=st.integers(1, 99))
def test_no_pool_is_ever_overdrawn(rows, share):
    """Never over: what is shared is at most the pool, at least the pool less a fen for each firm and day, and no amount grows."""
    frame = _frame(rows)
    wanted = int(frame["amount"].sum())
    holds = wanted * share // 100
    for shared in (pro_rata(frame, holds, wanted), first_come(frame, holds)):
        assert shared.height == frame.height
        assert holds - len(rows) <= shared["amount"].sum() <= holds
        joined = frame.join(shared, on="id", suffix=".new")
        assert (joined["amount.new"] <= joined["amount"]).all() and (joined["amount.new"] >= 0).all()


@given(ranks=st.lists(st.one_of(st.none(), st.integers(1, 8)), min_size=1, max_size=20), count=st.integers(0, 20))
def test_the_best_ranks_never_exceed_the_places(ranks, count):
    """At most so many, the best first: nobody chosen stands behind anybody left out."""
    chosen, tied = best_ranks(pl.DataFrame({"rank": ranks}, schema={"rank": pl.Int64}), count)
    taken = [rank for rank, own in zip(ranks, chosen, strict=True) if own]
    left = [rank for rank, own in zip(ranks, chosen, strict=True) if not own and rank is not None]
    assert len(taken) <= count and None not in taken
    assert not taken or not left or max(taken) < min(left)
    assert tied == (len(taken) < min(count, len(taken) + len(left)))
