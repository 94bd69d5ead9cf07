"""A what-if works out only what it touches, and comes out as if everything had been reckoned anew."""

from __future__ import annotations

import random
from pathlib import Path

import polars as pl
import pytest
from population_kit import write_population
from run_kit import numbered

from chaoce.faults import Faults
from chaoce.policy.model import Policy
from chaoce.population.compare import compare
from chaoce.population.engines import Here
from chaoce.population.recipe import Recipe
from chaoce.population.run import run
from chaoce.population.solve import solve
from chaoce.population.study import Study
from core_kit import certificate, compute, cooperation, firm, got, interest, licence, scenario, title, yuan

_DECISIONS = """\
year: 2026
standards:
  strategic_emerging:
    brackets: [{above: "0", rate: "5%"}, {above: "10000000", rate: "7%"}, {above: "50000000", rate: "9%"}]
"""


def _firm(rng: random.Random, number: int) -> dict:
    facts = []
    for place in range(rng.randint(0, 6)):
        build = rng.choice((compute, cooperation, licence, interest))
        matter = f"invoice:{rng.randrange(1, 4)}" if rng.random() < 0.4 else f"invoice:8{place}"
        facts.append(build(f"f{place}", yuan(rng.randrange(1, 200_000_000)), matter=matter))
    if rng.random() < 0.3:
        facts.append(title("t1", "ai_benchmark_enterprise", rng.choice(("national", "provincial"))))
    facts.extend(certificate(f"c{place}", number=f"N{place}") for place in range(rng.choice((0, 0, 2, 40))))
    if number < 14:
        built = "government" if number == 3 else "enterprise"
        facts.append(scenario("s1", "2000000.00", built_by=built, selected=number < 8, rank=number + 1))
    taken = [got("data-ip-licence", "invoice:1", "60000.00")] if rng.random() < 0.2 else []
    sector = rng.choice(("C3962", "I6513"))
    return firm(facts, taken, industry=sector, employees=rng.choice((5, 150, 2000)), town=f"33048100{rng.randint(1, 4)}")


@pytest.fixture(scope="module")
def county(tmp_path_factory) -> Path:
    rng = random.Random(20260105)
    raws = numbered(_firm(rng, number) for number in range(400))
    folder = tmp_path_factory.mktemp("county")
    write_population(raws, Policy.load("haining-ai-2026").types, folder / "in")
    (folder / "decisions.yaml").write_text(_DECISIONS, encoding="utf-8")
    return folder


def _recipe(county: Path, **more) -> Recipe:
    return Recipe(("haining-ai-2026",), 2026, decisions=(str(county / "decisions.yaml"),), **more)


@pytest.fixture(scope="module")
def study(county, tmp_path_factory) -> Study:
    return Study(county / "in", _recipe(county), tmp_path_factory.mktemp("work"), Here(), firms=130)


_CHANGES = [
    ("compute-purchase.rate=40%",),
    ("compute-purchase.rate=10%", "manufacturing-cooperation.rate=30%"),
    ("manufacturing-cooperation.limit=30万",),
    ("manufacturing-cooperation.limit=50万 per item",),
    ("data-ip-certificate.amount=500",),
    ("national-application-award.amount=10万",),
    ("compute-purchase.where=resource == super",),
    ("data-ip-licence.limit=",),
    ("benchmark-scenario.quota=12",),
    ("benchmark-scenario.quota=3", "benchmark-scenario.rate=20%"),
    ("haining-ai-2026.rounding=half up",),
    ("haining-ai-2026.choice=largest first",),
    ("term.to=2026-03-17",),
    ("benchmark-scenario.pool=300万 per year, pro rata",),
    ("compute-purchase.pool=10万 per year, pro rata",),
    ("data-ip-certificate.pool=1万 per year, first come", "compute-purchase.rate=40%"),
    ("data-ip-licence.limit=[5万 per firm per year, 8万 per firm for life]", "data-ip-licence.limit.firm-year=3万"),
]


@pytest.mark.parametrize("changes", _CHANGES, ids=[" ".join(changes) for changes in _CHANGES])
def test_a_change_comes_out_as_a_whole_run_of_it(changes, study, county, tmp_path):
    """“recomputes only what it touches”: every benefit's cost and every firm's amounts equal those of a run under the changed rules."""
    what = study.ask(_recipe(county).with_changes(*changes))
    outcome = run(county / "in", _recipe(county, changes=changes), tmp_path / "out", Here(), firms=170)
    sums = outcome.totals.select("benefit", (pl.col("amount") * 100).cast(pl.Int64).alias("paid"))
    assert {row["benefit"]: row["paid"] for row in what.costs.benefits.iter_rows(named=True) if row["firms"]} == dict(sums.iter_rows())
    after = pl.read_parquet(tmp_path / "out" / "entitlements.parquet")
    after = after.select("uscc", "policy", "benefit", (pl.col("amount") * 100).cast(pl.Int64).alias("paid"))
    expected = {(row[0], row[2]): row[3] for row in after.iter_rows() if row[3]}
    lines = study.base.lines
    found = {(row[0], lines[row[1]].benefit.id): row[2] for row in study.entitled().iter_rows()}
    for row in what.difference.iter_rows(named=True):
        assert found.get((row["uscc"], row["benefit"]), 0) == row["before"]
        found[row["uscc"], row["benefit"]] = row["after"]
    assert {key: paid for key, paid in found.items() if paid} == expected


def test_the_base_is_not_changed_by_what_is_asked(study, county):
    """A study answers the same question in the same way, whatever was asked in between."""
    first = study.ask(_recipe(county).with_changes("compute-purchase.rate=40%"))
    study.ask(_recipe(county).with_changes("manufacturing-cooperation.limit=30万"))
    again = study.ask(_recipe(county).with_changes("compute-purchase.rate=40%"))
    assert first.difference.equals(again.difference)
    assert first.costs.paid == again.costs.paid


def test_no_change_changes_nothing(study, county):
    """What is asked without a change has the costs of the base and no difference."""
    what = study.ask(_recipe(county))
    assert what.costs.paid == study.costs.paid
    assert what.difference.height == 0


def test_another_reading_is_a_change(study, county):
    """“or two readings”: the 50万 of 三(二) on each cooperation instead of a firm's year costs more, never less."""
    what = study.ask(_recipe(county, readings=(("cooperation-cap-span", "each"),)))
    gains = what.difference.filter(pl.col("benefit") == "manufacturing-cooperation")
    assert gains.height > 0
    assert (gains["after"] > gains["before"]).all()


def test_two_policies_are_compared_over_the_same_firms(study, county):
    """“or two policy folders”: what only one of them pays stands on its side alone."""
    what = study.ask(Recipe(("haining-manufacturing-2025",), 2026))
    assert set(what.difference["policy"].unique().to_list()) == {"haining-ai-2026"}
    assert what.difference["after"].sum() == 0
    assert what.difference["before"].sum() == study.costs.paid


def test_a_comparison_adds_up(study, county):
    """Cost by clause, by size, by industry and by town are the same money counted in four ways; winners and losers are firms."""
    found = compare(study, _recipe(county).with_changes("compute-purchase.rate=40%"), 50, 1, {}, bites=False)
    for by in ("size", "section", "town"):
        own = found.groups.filter(pl.col("by") == by)
        assert own["before"].sum() == found.before
        assert own["after"].sum() == found.after
        assert own["firms"].sum() == found.firms_in_all == 400
    assert found.firms["after"].sum() - found.firms["before"].sum() == found.after - found.before
    assert found.lorenz[0][1:] == (0, 0) and found.lorenz[-1] == (10**6, 10**6, 10**6)
    assert all(low <= middle <= high for low, middle, high in (found.spread.before, found.spread.after, found.spread.difference))


def test_one_yuan_more_of_a_limit_costs_a_yuan_for_each_firm_that_it_holds(study, county):
    """“marginal cost of each yuan of a cap”: worked out, not estimated."""
    found = compare(study, _recipe(county).with_changes("compute-purchase.rate=40%"), 1, 1, {})
    capped = next(bite for bite in found.limits if bite.benefit == "data-ip-certificate")
    held = study.ask(_recipe(county)).costs.lines
    assert held
    rows = study.entitled()
    order = next(line.order for line in study.base.lines if line.benefit.id == "data-ip-certificate")
    at_limit = rows.filter((pl.col("line") == order) & (pl.col("paid") == 3_000_000)).height
    assert (capped.held, capped.marginal) == (at_limit, at_limit * 100)
    dearest = max(found.limits, key=lambda bite: bite.marginal)
    assert [cost for _, cost in dearest.points] == sorted(cost for _, cost in dearest.points)


def test_the_same_seed_draws_the_same(study, county):
    """Uncertainty is drawn, and drawn the same again: “same input, same bytes”."""
    recipe = _recipe(county).with_changes("compute-purchase.rate=40%")
    one, two = (compare(study, recipe, 40, 7, {}, bites=False).spread for _ in range(2))
    other = compare(study, recipe, 40, 8, {}, bites=False).spread
    assert one == two != other


def test_take_up_thins_what_is_paid(study, county):
    """“take-up rates as a parameter”: with half of all firms applying half is expected, and the draws lie around it."""
    from fractions import Fraction

    recipe = _recipe(county).with_changes("compute-purchase.rate=40%")
    half = compare(study, recipe, 60, 7, {"": Fraction(1, 2)}, bites=False)
    assert half.expected == (half.before // 2, half.after // 2)
    assert half.spread.after[0] < half.after // 2 < half.spread.after[2]


def test_a_budget_is_spent_as_far_as_it_goes(study, county):
    """“`--solve compute-purchase.rate --budget 20000000` finds the rate that spends the budget”: the next step is over it."""
    whole = int(study.costs.benefits.filter(pl.col("benefit") == "compute-purchase")["paid"].sum())
    found = solve(study, _recipe(county), "compute-purchase.rate", whole // 2)
    assert found.value is not None and found.next_cost is not None
    assert found.cost <= whole // 2 < found.next_cost
    assert solve(study, _recipe(county), "compute-purchase.rate", 10**15).value == "100%"
    assert solve(study, _recipe(county), "data-ip-certificate.amount", 1).value is None
    quota = solve(study, _recipe(county), "benchmark-scenario.quota", 3 * 60_000_000)
    # The fourth place is a government's, which takes it and is not paid.
    assert (quota.value, quota.cost) == ("4", 3 * 60_000_000)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("compute-purchase", "change.form"),
        ("compute.rate=40%", "change.block"),
        ("compute-purchase.rate=40", "rule.rate"),
        ("compute-purchase.amount=40", "change.part"),
        ("compute-purchase.limit.item=40", "change.part"),
        ("benchmark-scenario.quota.x=4", "change.part"),
        ("benchmark-scenario.quota=many", "rule.quota"),
        ("compute-purchase.pays=half of paid", "rule.pays"),
        ("compute-purchase.nothing=1", "unknown.key"),
        ("eligible.where=firm.section == C", "change.block"),
    ],
)
def test_a_change_that_does_not_fit_is_said(change, code, study, county):
    """Errors are for the person who gets them: what, where, what would be right."""
    with pytest.raises(Faults) as wrong:
        study.ask(_recipe(county).with_changes(change))
    fault = wrong.value.faults[0]
    assert fault.code == code
    for lang in ("zh", "en"):
        assert "{" not in fault.say(lang)
    assert change in f"{fault.key} {fault.file} {fault.particulars}"


def test_a_change_named_in_two_policies_must_say_which():
    """A value stands in one policy; where two have a benefit of that name the change names the policy."""
    from chaoce.policy.change import change_policies

    one = Policy.load("haining-ai-2026")
    other = Policy.load("haining-manufacturing-2025")
    twin = type(one)(**{**other.__dict__, "benefits": (*other.benefits, one.benefit("compute-purchase"))})
    with pytest.raises(Faults) as wrong:
        change_policies([one, twin], ["compute-purchase.rate=40%"])
    assert wrong.value.faults[0].code == "change.which"
    changed, later = change_policies([one, twin], ["haining-ai-2026:compute-purchase.rate=40%"])
    first, second = later(changed)
    assert first.benefit("compute-purchase").pays != second.benefit("compute-purchase").pays
