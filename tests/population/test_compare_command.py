"""`chaoce population compare`: what it refuses, what it writes, what it says."""

from __future__ import annotations

import json
import os
import random
from pathlib import Path

import polars as pl
import pytest
from population_kit import write_population
from run_kit import numbered

from chaoce.policy.model import Policy
from core_kit import chaoce, compute, cooperation, firm, yuan


@pytest.fixture(scope="module")
def county(tmp_path_factory) -> Path:
    rng = random.Random(4)
    raws = numbered(
        firm(
            [
                rng.choice((compute, cooperation))(f"f{place}", yuan(rng.randrange(1, 10**8)), matter=f"invoice:{rng.randrange(5)}")
                for place in range(4)
            ],
            industry=rng.choice(("C3962", "I6513")),
        )
        for _ in range(60)
    )
    folder = tmp_path_factory.mktemp("county") / "in"
    write_population(raws, Policy.load("haining-ai-2026").types, folder)
    return folder


def _ask(county: Path, *more: object, lang: str = "en"):
    return chaoce("population", "compare", county, "--year", "2026", "--draws", "20", *more, lang=lang)


def test_tables_data_and_page_say_the_same(county, tmp_path):
    """“Answers as tables, Parquet, and an HTML page”: the sums of every table are those of the data, and nothing else is left."""
    done = _ask(county, "--change", "compute-purchase.rate=40%", "--out", tmp_path)
    assert done.status == 0, done.err
    names = ["benefits.parquet", "comparison.html", "comparison.json", "difference.parquet", "firms.parquet", "groups.parquet"]
    assert sorted(os.listdir(tmp_path)) == names
    data = json.loads((tmp_path / "comparison.json").read_text(encoding="utf-8"))
    benefits = pl.read_parquet(tmp_path / "benefits.parquet")
    assert (str(benefits["before"].sum()), str(benefits["after"].sum())) == (data["before"], data["after"])
    difference = pl.read_parquet(tmp_path / "difference.parquet")
    assert difference["after"].sum() - difference["before"].sum() == benefits["after"].sum() - benefits["before"].sum()
    assert f"{benefits['after'].sum():,}" in done.out
    assert done.out.rstrip().endswith("(comparison.html)")


def test_a_budget_leaves_its_answer_and_a_later_comparison_takes_it_away(county, tmp_path):
    """What was asked before is not taken for the answer to what is asked now."""
    asked = _ask(county, "--solve", "compute-purchase.rate", "--budget", "50万", "--out", tmp_path)
    assert asked.status == 0, asked.err
    assert "compute-purchase.rate=" in asked.out
    assert json.loads((tmp_path / "solved.json").read_text(encoding="utf-8"))["budget"] == "500000.00"
    _ask(county, "--change", "compute-purchase.rate=40%", "--out", tmp_path)
    assert not (tmp_path / "solved.json").exists()


def test_another_policy_keeps_the_names_of_both(county):
    """“or two policy folders”: what only the base pays is named by its title, too."""
    done = _ask(county, "--to-policy", "haining-manufacturing-2025")
    assert done.status == 0, done.err
    assert "Compute subsidy" in done.out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "nothing to compare"),
        (["--solve", "compute-purchase.rate"], "--solve and --budget go together"),
        (["--solve", "compute-purchase.where", "--budget", "1万"], "cannot be solved for"),
        (["--change", "compute-purchase.rate=40%", "--take-up", "foo=40%"], "there is no 'foo'"),
        (["--change", "compute-purchase.rate=40%", "--take-up", "140%"], "'140%'"),
        (["--change", "compute-purchase.rate=40%", "--draws", "0"], "whole number above 0"),
        (["--change", "compute-purchase.rate=lots"], "'lots' is no rate"),
        (["--to-reading", "nothing=else"], "no reading 'nothing'"),
        (["--solve", "compute-purchase.rate", "--budget", "much"], "'much' is no amount"),
    ],
)
def test_what_does_not_fit_is_said(options, said, county, tmp_path):
    """Exit status 2, one line that says what would be right, nothing on standard output and nothing written."""
    done = _ask(county, *options, "--out", tmp_path / "out")
    assert (done.status, done.out) == (2, "")
    assert said in done.err
    assert not list(tmp_path.glob("out/*"))


def test_it_speaks_chinese_first(county):
    """Pages and papers: Chinese first, English complete."""
    done = _ask(county, "--change", "compute-purchase.rate=40%", lang="zh")
    assert "\u6539\u52a8\uff1acompute-purchase.rate=40%" in done.out and "\u6309\u89c4\u6a21" in done.out
