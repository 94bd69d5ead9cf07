"""“Every firm gets exactly what `assess` gives it”: the columns against the one-firm reader, to the fen."""

from __future__ import annotations

import json
import random
import tempfile
from pathlib import Path

import pytest
from firm_strategies import firms
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import policies, spenders
from run_kit import in_columns, numbered, one_by_one
from test_random_policies import session_of

from chaoce.population import batch
from core_kit import CASES, alone, compute, cooperation, fen, firm, got, interest, licence, yuan

_TRIES = settings().max_examples


def _same(session, raws, **more) -> None:
    raws = numbered(raws)
    with tempfile.TemporaryDirectory() as folder:
        found, report = in_columns(session, raws, Path(folder), **more)
    assert report.rejected == 0
    assert sum(report.roads.values()) == report.firms == len(raws)
    assert found == one_by_one(session, raws)


@pytest.mark.parametrize("made", ["none", "standard", "decided"])
@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_150_shared_cases(made, form, tmp_path):
    """“a property test over random firms, and the 150 shared cases”: each with its right answer, from Parquet and from CSV."""
    cases = [case for line in CASES.read_text(encoding="utf-8").splitlines() if (case := json.loads(line))["decisions"] == made]
    for year in sorted({case["year"] for case in cases}):
        own = [case for case in cases if case["year"] == year]
        raws = numbered(case["firm"] for case in own)
        found, _ = in_columns(alone(made, year), raws, tmp_path / str(year), 7, form)
        for raw, case in zip(raws, own, strict=True):
            amounts = {benefit: amount for (_, benefit), amount in found.get(raw["enterprise"]["uscc"], {}).items()}
            assert amounts == {benefit: fen(amount) for benefit, amount in case["benefits"].items()}


@given(raws=st.lists(firms(), min_size=1, max_size=12))
@settings(max_examples=_TRIES)
def test_random_firms_of_the_plan(raws):
    """Random firms with facts at the boundaries of the text: the plan itself."""
    _same(alone("standard"), raws)


@given(drawn=policies(), raws=st.lists(spenders(), min_size=1, max_size=12))
@settings(max_examples=2 * _TRIES)
def test_random_firms_under_a_random_policy(drawn, raws):
    """Rates, once-only, benefits beside each other, shared limits, received support: a policy that nobody wrote."""
    _same(session_of(drawn), raws, firms=5)


@given(one=policies("p"), two=policies("q"), raws=st.lists(spenders(5), min_size=1, max_size=12))
@settings(max_examples=2 * _TRIES)
def test_random_firms_under_two_random_policies(one, two, raws):
    """A matter serves one claim, whichever of two policies makes it."""
    _same(session_of(one, two), raws)


@given(one=policies("p"), two=policies("q"), raws=st.lists(spenders(6), min_size=4, max_size=12))
@settings(max_examples=_TRIES)
def test_the_road_makes_no_difference(one, two, raws):
    """“with the same answer as `assess` whatever the batch”: no firm solved together with others comes out otherwise than alone."""
    session, raws = session_of(one, two), numbered(raws)
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        together, _ = in_columns(session, raws, Path(folder) / "a")
        patch.setattr(batch, "SEARCH_WORK", 0)
        by_engine, report = in_columns(session, raws, Path(folder) / "b")
    assert together == by_engine
    assert report.roads["batch"] == 0


def _tight(rng: random.Random) -> dict:
    """A firm whose sums are near the limits of a year and whose invoices serve several facts."""
    facts = []
    shares, most = (rng.randrange(5), rng.randint(1, 9)) if rng.random() < 0.95 else (14, 20)
    for number in range(most):
        build = rng.choice((compute, cooperation, licence, interest))
        full = {compute: 50_000_000, cooperation: 125_000_000, licence: 50_000_000, interest: 16_666_667}[build]
        paid = yuan(rng.choice((full, 2 * full, 4 * full, rng.randrange(1, 3 * full), rng.randrange(1, full))))
        shared = f"invoice:{rng.randrange(1, 4 if most < 20 else 9)}{rng.choice(('', '', '#1'))}"
        matter = shared if number < shares else f"invoice:9{number}"
        both = [matter, f"invoice:{rng.randrange(1, 4)}"] if rng.random() < 0.1 else matter
        facts.append(build(f"f{rng.randrange(10**6):06d}", paid, rng.choice(("2026-02-01", "2026-07-01")), matter=both))
    taken = [got("data-ip-licence", "invoice:1", "60000.00")] if rng.random() < 0.2 else []
    return firm(facts, taken)


@pytest.mark.parametrize("seed", range(4))
def test_firms_whose_limits_tie_their_groups_together(seed, tmp_path):
    """“cut the rest into independent parts”: invoices that serve several facts, under limits that bind; every road is taken."""
    rng = random.Random(seed)
    raws = numbered(_tight(rng) for _ in range(400))
    session = alone("none")
    found, report = in_columns(session, raws, tmp_path, 150)
    assert found == one_by_one(session, raws)
    assert min(report.roads[road] for road in ("free", "largest", "batch", "engine")) >= 4, report
    assert report.shapes < report.roads["batch"]
