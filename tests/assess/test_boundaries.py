"""Every number of the plan at its edge: one fen below, exact, one fen above, generated from the anchored numbers."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import NamedTuple

import pytest

from chaoce.assessment.prepare import prepare
from chaoce.policy.anchors import Anchor, anchors
from chaoce.policy.model import Policy
from core_kit import (
    POLICIES,
    alone,
    certificate,
    compute,
    cooperation,
    firm,
    interest,
    investment,
    licence,
    product,
    run,
    scenario,
    title,
    yuan,
)  # fmt: skip

_AI = Policy.load(POLICIES / "haining-ai-2026")
_SUMS: dict[str, Callable[[str, str], dict]] = {
    "compute-purchase": compute,
    "manufacturing-cooperation": cooperation,
    "benchmark-scenario": scenario,
    "ai-investment": investment,
    "data-product-sales": product,
    "data-ip-licence": licence,
    "data-ip-pledge-loan": interest,
}


class Edge(NamedTuple):
    """A fact sum in fen, or so many facts, and the amount in fen that is due for it."""

    benefit: str
    label: str
    facts: list[dict]
    due: int


def _rate(benefit: str, rate: Fraction) -> list[Edge]:
    """The least sum that gives a whole fen: one fen less gives nothing, one fen more gives no more (rounded down)."""
    whole = -(-rate.denominator // rate.numerator)
    sums = [(whole - 1, 0), (whole, 1), (whole + 1, (whole + 1) * rate.numerator // rate.denominator)]
    return [Edge(benefit, f"rate {rate}: {paid} fen", [_SUMS[benefit]("f", yuan(paid))], due) for paid, due in sums]


def _cap(benefit: str, most: int, rate: Fraction) -> list[Edge]:
    """The sum at which the limit is reached: a fen of subsidy below, exact, above."""
    edges = []
    for due, paid in ((most - 1, (most - 1) / rate), (most, most / rate), (most, (most + 1) / rate)):
        paid = -(-paid.numerator // paid.denominator)
        edges.append(Edge(benefit, f"limit {most}: {paid} fen", [_SUMS[benefit]("f", yuan(paid))], due))
    return edges


def _threshold(benefit: str, least: int, due: Callable[[int], int]) -> list[Edge]:
    return [
        Edge(benefit, f"from {least}: {value}", [_SUMS[benefit]("f", yuan(value))], due(value) if value >= least else 0)
        for value in (least - 1, least, least + 1)
    ]


def _investment_due(value: int) -> int:
    """5% to 10,000,000, 7% above, 9% above 50,000,000; times 1.05; rounded down; at most 20,000,000 a project. By hand."""
    first, second, third = min(value, 10**9), max(0, min(value, 5 * 10**9) - 10**9), max(0, value - 5 * 10**9)
    return min(2 * 10**9, (first * 5 + second * 7 + third * 9) * 105 // 10_000)


def _investment_cap() -> list[Edge]:
    """0.05 × 10m + 0.07 × 40m = 3.3m; (20m ÷ 1.05 − 3.3m) ÷ 0.09 above 50m is where the limit of a project is reached."""
    at = 5 * 10**9 + Fraction(2 * 10**9 * 10_000 - (10**9 * 5 + 4 * 10**9 * 7) * 105, 9 * 105)
    at = -(-at.numerator // at.denominator)
    edges = [
        Edge("ai-investment", f"limit of a project: {v} fen", [investment("f", yuan(v))], _investment_due(v)) for v in (at - 1, at, at + 1)
    ]
    assert [edge.due - 2 * 10**9 for edge in edges] == [-1, 0, 0]
    return edges


_AWARDS = {
    "generative-ai-filing": title("f", "generative_ai_filing"),
    "national-application-award": title("f", "ai_service_provider", "national"),
    "provincial-application-award": title("f", "ai_service_provider"),
    "provincial-data-award": title("f", "zhejiang_digital_merchant"),
    "national-dataset-award": title("f", "high_quality_dataset_pilot", "national"),
    "provincial-dataset-award": title("f", "high_quality_dataset_pilot"),
    "data-product-sales": product("f", "3000000.00"),
    "dcmm-pilot": title("f", "dcmm_pilot"),
    "cdo-pilot": title("f", "cdo_pilot"),
    "data-ip-certificate": certificate("f"),
}


def _edges(benefit: str, anchor: Anchor, rate: Fraction | None) -> list[Edge] | None:
    """The edges of one anchored number; None where no test knows it, which fails."""
    value = anchor.value * 100 if anchor.unit == "元" else anchor.value
    if anchor.unit == "%" and anchor.key == "pays" and anchor.comparator in ("=", "<="):
        return _rate(benefit, anchor.value)
    if anchor.unit == "%" and anchor.comparator == "+":
        return []  # 上浮5% is in every edge of ai-investment
    if anchor.key == "quota":
        return []  # “City-wide limits (the ten, a pool) are not a firm's” (contract, section 3)
    if anchor.key == "pays" and benefit in _AWARDS:
        return [Edge(benefit, "award", [_AWARDS[benefit]], int(value))]
    if anchor.key == "limit" and benefit == "ai-investment":
        return _investment_cap()
    if anchor.key == "limit" and benefit == "data-ip-certificate":
        return [Edge(benefit, f"{n} pieces", [certificate(f"f{i:02d}") for i in range(n)], min(n, 30) * 100_000) for n in (29, 30, 31)]
    if anchor.key == "limit" and rate is not None:
        return _cap(benefit, int(value), rate)
    if anchor.key == "where" and anchor.comparator == ">=" and benefit == "ai-investment":
        return _threshold(benefit, int(value), _investment_due)
    if anchor.key == "where" and anchor.comparator == ">=" and benefit == "data-product-sales":
        return _threshold(benefit, int(value), lambda sales: 35_000_000)
    return None


_ALL: list[Edge] = []
_UNKNOWN: list[tuple[str, Anchor]] = []
for _benefit in _AI.benefits:
    _found = anchors(_benefit)
    _rates = [a.value for a in _found if a.unit == "%" and a.comparator != "+"]
    for _anchor in _found:
        _made = _edges(_benefit.id, _anchor, _rates[0] if _rates else None)
        if _made is None:
            _UNKNOWN.append((_benefit.id, _anchor))
        else:
            _ALL.extend(_made)


def test_every_anchored_number_has_its_edges():
    """Every threshold, cap and rate of the plan is tested at its edge: a number that is new here is a failure."""
    assert _UNKNOWN == []
    assert {edge.benefit for edge in _ALL} == {benefit.id for benefit in _AI.benefits}


@pytest.fixture
def session():
    return alone("standard")


@pytest.mark.parametrize("edge", _ALL, ids=[f"{edge.benefit}-{edge.label}".replace(" ", "_") for edge in _ALL])
def test_an_edge(edge, session):
    """“An amount is exact until its rate (and uplift) is applied, is then rounded down to the fen once, and then meets the limit of
    the item, what was received, and the year's limit” (contract, section 2, reading 5)."""
    answer = run(session, firm(edge.facts))
    assert answer["total"] == yuan(edge.due)
    assert [row["id"] for row in answer["benefits"]] == ([edge.benefit] if edge.due else [])


@pytest.mark.parametrize(
    ("day", "year", "paid"),
    [
        ("2026-01-04", 2026, False), ("2026-01-05", 2026, True), ("2026-12-31", 2026, True),
        ("2027-01-01", 2027, True), ("2027-12-31", 2027, True), ("2028-01-01", 2028, False), ("2025-12-31", 2025, False),
        ("2026-12-31", 2027, False), ("2027-01-01", 2026, False),
    ],
)  # fmt: skip
def test_the_term_and_the_year_at_their_ends(day, year, paid):
    """“A year is the calendar year of the fact's `date`; facts outside 2026-01-05 … 2027-12-31 pay nothing” (contract, section 2)."""
    answer = run(prepare([_AI], year), firm([compute("f", "1000.00", day)]))
    assert answer["total"] == ("500.00" if paid else "0.00")
    if not paid and day[:4] == str(year):
        assert answer["refused"] == [
            {
                "fact": "f", "benefit": "compute-purchase", "reason": "term",
                "date": day, "from": "2026-01-05", "to": "2027-12-31",
            }
        ]  # fmt: skip


@pytest.mark.parametrize(("earlier", "due"), [("2999999.99", "350000.00"), ("3000000.00", "0.00"), ("3000000.01", "0.00")])
@pytest.mark.parametrize("registered", [True, False])
def test_the_first_time_that_sales_reach_the_sum(session, earlier, registered, due):
    """“an earlier year at 3,000,000 or more, registered or not, is what makes a later one not the first” (contract, section 1)."""
    facts = [product("old", earlier, "2024-07-01", registered=registered), product("new", "3000000.00")]
    answer = run(session, firm(facts))
    assert answer["total"] == due
    if due == "0.00":
        assert answer["refused"][0]["earlier"] == "old"


def test_margins_are_named_to_the_fen(session):
    """“the condition that failed with its margin” (contract, section 3)."""
    answer = run(session, firm([investment("f", "19999999.00")]))
    assert answer["refused"] == [
        {
            "fact": "f", "benefit": "ai-investment", "reason": "condition", "condition": "productive_investment >= 20000000",
            "value": "19999999.00", "required": "20000000.00", "margin": "1.00",
        }
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("first", "second", "received", "due"),
    [
        ("999999.98", "0.02", "0.00", ["499999.99", "0.01"]),
        ("999999.98", "0.04", "0.00", ["499999.99", "0.01"]),
        ("1000000.00", "1000.00", "0.00", ["500000.00"]),
        ("10.00", "2000000.00", "499999.99", ["0.01"]),
        ("10.00", "2000000.00", "499994.00", ["5.00", "1.00"]),
        ("10.00", "2000000.00", "500000.00", []),
        ("10.00", "2000000.00", "600000.00", []),
    ],
)
def test_the_years_limit_is_filled_by_date_and_what_was_received_counts_against_it(session, first, second, received, due):
    """“a limit that binds is filled by date, then id”; received support “also counts against its benefit's yearly limit” (1, 3)."""
    from core_kit import got

    facts = [compute("b", second, "2026-03-02"), compute("a", first, "2026-03-01")]
    answer = run(session, firm(facts, [got("compute-purchase", "elsewhere", received)]))
    assert [fact["amount"] for row in answer["benefits"] for fact in row["facts"]] == due
