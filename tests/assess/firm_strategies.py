"""Small random firms, drawn so that matters overlap, limits bind and dates stand at the ends of terms and years."""

from __future__ import annotations

from hypothesis import strategies as st

from core_kit import firm, yuan

MATTERS = ("a", "a#1", "a#2", "b", "b#1", "c", "a1", "recognition:dcmm_pilot", "f1")
_matter = st.integers(0, 5).flatmap(
    lambda die: (
        st.none() if die == 0 else st.sampled_from(MATTERS) if die < 4 else st.lists(st.sampled_from(MATTERS), min_size=1, max_size=3)
    )
)
#: The ends of the term and of the years, and days within.
DATES = (
    "2025-12-31",
    "2026-01-01",
    "2026-01-04",
    "2026-01-05",
    "2026-01-06",
    "2026-06-30",
    "2026-07-01",
    "2026-12-31",
    "2027-01-01",
    "2027-01-04",
    "2027-01-05",
    "2027-12-31",
    "2028-01-01",
)
_inside = st.sampled_from([day for day in DATES if day.startswith("2026") and day >= "2026-01-05"])
_date = st.integers(0, 5).flatmap(lambda die: _inside if die else st.sampled_from(DATES))


def _around(*yuans: int) -> st.SearchStrategy[str]:
    """Amounts at, just under and just over the given sums, tiny ones, and any."""
    near = st.builds(lambda base, off: yuan(max(0, base * 100 + off)), st.sampled_from(yuans), st.integers(-3, 3))
    return st.one_of(near, near, st.integers(0, 9).map(yuan), st.integers(0, 2 * max(yuans) * 100).map(yuan))


_FIELDS = {
    "compute_purchase": {
        "paid": _around(1_000_000, 600_000, 400_000),
        "resource": st.sampled_from(["intelligent", "intelligent", "super", "other"]),
        "purpose": st.sampled_from(["model_training", "application", "product_validation", "other"]),
    },
    "ai_cooperation": {"paid": _around(2_500_000, 1_500_000, 1_000_000)},
    "scenario_project": {
        "investment": _around(3_333_333, 4_000_000, 1_000_000),
        "built_by": st.sampled_from(["enterprise", "enterprise", "government"]),
        "selected": st.sampled_from([True, True, False]),
    },
    "investment_project": {
        "productive_investment": _around(20_000_000, 50_000_000, 230_000_000),
        "ai_field": st.sampled_from([True, True, False]),
        "equipment": st.one_of(st.none(), _around(5_000_000, 10_000_000, 50_000_000)),
        "software": st.one_of(st.none(), _around(1_000_000, 5_000_000, 100_000_000)),
    },
    "recognition": {
        "title": st.sampled_from(
            [
                "generative_ai_filing",
                "ai_application_scenario",
                "ai_benchmark_enterprise",
                "big_data_demonstration",
                "high_quality_dataset_pilot",
                "dcmm_pilot",
                "cdo_pilot",
            ]
        ),
        "level": st.sampled_from(["national", "provincial", "provincial", "municipal"]),
        "new": st.sampled_from([None, None, True, False]),
    },
    "data_product_year": {
        "product": st.sampled_from(["p", "q"]),
        "registered": st.sampled_from([True, True, False]),
        "sales": _around(3_000_000),
    },
    "data_ip_certificate": {"number": st.just("N")},
    "data_ip_licence": {"paid": _around(1_000_000, 600_000), "role": st.sampled_from(["licensee", "transferee", "licensor"])},
    "pledge_loan_interest": {"paid": _around(333_333, 200_000)},
}
_BENEFITS = (
    "compute-purchase",
    "manufacturing-cooperation",
    "generative-ai-filing",
    "dcmm-pilot",
    "data-ip-certificate",
    "data-ip-licence",
    "data-ip-pledge-loan",
    "equipment",
    "software",
    "provincial-grant",
)


@st.composite
def firms(draw: st.DrawFn, types: tuple[str, ...] = tuple(_FIELDS), most: int = 7, sample: bool = False) -> dict:
    """A firm with up to `most` facts of some types; few types, so that they meet."""
    chosen = draw(st.lists(st.sampled_from(types), min_size=1, max_size=2, unique=True))
    facts, seen = [], set()
    names = draw(st.permutations(range(1, most + 1)))
    for number in names[: draw(st.sampled_from([1, 3, 4, 5, 6, most]))]:
        kind = draw(st.sampled_from(chosen))
        fact = {"id": f"f{number}", "type": kind, "date": draw(_date), "matter": draw(_matter)}
        fact |= {name: draw(values) for name, values in _FIELDS[kind].items()}
        if kind == "investment_project" and sample:
            fact["digital_sample"] = draw(st.booleans())
        if kind == "data_product_year":
            place = fact["product"], fact["date"][:4]
            if place in seen:
                continue
            seen.add(place)
        facts.append({name: value for name, value in fact.items() if value is not None})
    received = draw(st.lists(_received(), max_size=3))
    industry = draw(st.sampled_from(["C3962", "C3962", "C", "I6510"]))
    return firm(facts, received, industry=industry)


@st.composite
def _received(draw: st.DrawFn) -> dict:
    item = {
        "benefit": draw(st.sampled_from(_BENEFITS)),
        "matter": draw(st.sampled_from([*MATTERS, "f2", "recognition:generative_ai_filing", "elsewhere"])),
        "date": draw(_date),
        "amount": draw(_around(500_000, 100_000, 200_000, 30_000)),
    }
    year = draw(st.sampled_from([None, None, 2026, 2027]))
    return item if year is None else item | {"year": year}
