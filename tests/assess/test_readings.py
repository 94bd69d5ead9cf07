"""Open readings: what each would change, by hand; and the shortcut that skips a reading never hides a difference."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest
from firm_strategies import firms
from hypothesis import given, settings
from hypothesis import strategies as st
from policy_strategies import FACTS, spenders

from chaoce.assessment.answer import assess_once
from chaoce.assessment.claims import Engine
from chaoce.assessment.prepare import Session, prepare
from chaoce.policy.decisions import decide
from chaoce.policy.model import Policy
from core_kit import (
    BRACKETS,
    STANDARD,
    ask,
    chaoce,
    compute,
    cooperation,
    decisions,
    firm,
    got,
    investment,
    kept,
    run,
    shipped,
    title,
    write_firms,
    write_policy,
    yuan,
)  # fmt: skip

_TRIES = settings().max_examples


class Differs(NamedTuple):
    """A firm whose total depends on a reading: the total as read now, and under the other option."""

    policy: str
    reading: str
    other: str
    raw: dict
    now: str
    then: str
    year: int = 2026


_FACTS = {
    # 20% of 2,500,000 is 500,000: twice that in a year meets the limit of the year, but not one of each cooperation.
    "each": [cooperation("a", "2500000.00"), cooperation("b", "2500000.00")],
    # 20% of 2,000,000 is 400,000; of 500,000 over the whole term 300,000 went in 2026.
    "term": [cooperation("a", "2000000.00", "2027-03-01")],
    "other": [cooperation("a", "100000.00", industrial=False)],
    # (5% of 10m + 7% of 10m) × 1.05 = 1,260,000; 10% of 10m + 12% of 10m = 2,200,000.
    "uplift": [investment("a", "20000000.00")],
    "filing": [title("a", "generative_ai_filing", new=False)],
    "titles": [title("a", "ai_service_provider", "national"), title("b", "ai_benchmark_enterprise", "national")],
    "dataset": [title("a", "high_quality_dataset_pilot", new=False)],
    "january": [compute("a", "1000.00", "2027-01-04")],
    # 60,000 + 60,000 for the two ends, or 100,000 for the one that takes both matters.
    "ends": [compute("a", "120000.00", matter="x"), compute("b", "200000.00", matter=["x", "y"]), compute("c", "120000.00", matter="y")],
    "half": [compute("a", "0.01")],
    # 13% of 1,000,000 is 130,000; a tenth of it 13,000; ten points more 100,000.
    "sample": [investment("a", "1.00", software="1000000.00", digital_sample=True)],
}
_AI, _MADE = "haining-ai-2026", "haining-manufacturing-2025"
_CASES = [
    Differs(_AI, "cooperation-cap-span", "each", firm(_FACTS["each"]), "500000.00", "1000000.00"),
    Differs(
        _AI, "cooperation-cap-span", "firm-term",
        firm(_FACTS["term"], [got("manufacturing-cooperation", "elsewhere", "300000.00", "2026-05-01")]),
        "400000.00", "200000.00", 2027,
    ),
    Differs(_AI, "cooperation-base", "industrial", firm(_FACTS["other"]), "20000.00", "0.00"),
    Differs(_AI, "uplift", "points", firm(_FACTS["uplift"]), "1260000.00", "2200000.00"),
    Differs(_AI, "filing-new", "any", firm(_FACTS["filing"]), "0.00", "1000000.00"),
    Differs(_AI, "titles-in-brackets", "together", firm(_FACTS["titles"]), "1000000.00", "500000.00"),
    Differs(_AI, "dataset-new", "any", firm(_FACTS["dataset"]), "0.00", "150000.00"),
    Differs(_AI, "year", "plan", firm(_FACTS["january"]), "0.00", "500.00"),
    Differs(_AI, "year", "plan", firm(_FACTS["january"]), "500.00", "0.00", 2027),
    Differs(_AI, "best-claim", "matter", firm(_FACTS["ends"]), "120000.00", "100000.00"),
    Differs(_AI, "rounding", "half-up", firm(_FACTS["half"]), "0.00", "0.01"),
    Differs(_MADE, "sample-uplift", "points", firm(_FACTS["sample"]), "143000.00", "230000.00"),
]  # fmt: skip
#: “City-wide limits (the ten, a pool) are not a firm's”: what the ten count changes no firm's total before them.
_CITY_WIDE = {(_AI, "quota-counting", "enterprise")}


def _decisions(case: Differs):
    return [decisions(STANDARD, case.year)] if case.policy == _AI else [decisions(BRACKETS, case.year)]


def test_every_other_option_of_every_reading_has_a_firm(ai, manufacturing):
    """“`readings`: where another reading would change the total” (contract, section 3): each option is shown to change one."""
    options = {
        (policy.id, reading.id, option.id)
        for policy in (ai, manufacturing)
        for reading in policy.readings
        for option in reading.options
        if option.id != reading.chosen
    }
    assert options == {(case.policy, case.reading, case.other) for case in _CASES} | _CITY_WIDE


@pytest.mark.parametrize("case", _CASES, ids=[f"{case.reading}-{case.other}-{case.year}" for case in _CASES])
def test_a_reading_changes_the_total(case, ai, manufacturing):
    """“Readings … each is written in the policy beside its clause with the other reading, and one line there changes it”."""
    policy = ai if case.policy == _AI else manufacturing
    answer = run(prepare([policy], case.year, _decisions(case)), case.raw)
    assert answer["total"] == case.now
    found = [row for row in answer["readings"] if (row["id"], row["other"]) == (case.reading, case.other)]
    assert found == [
        {"id": case.reading, "chosen": policy.chosen[case.reading], "total": case.now, "other": case.other, "other_total": case.then}
    ]
    otherwise = run(prepare([policy.read_as(case.reading, case.other)], case.year, _decisions(case)), case.raw)
    assert otherwise["total"] == case.then


def test_the_other_reading_says_the_first_one_back(ai):
    """A reading settled otherwise on the command line is the chosen one, and the file's own choice becomes the other."""
    answer = run(prepare([ai.read_as("rounding", "half-up")], 2026), firm(_FACTS["half"]))
    assert (answer["total"], answer["readings"]) == (
        "0.01",
        [{"id": "rounding", "chosen": "half-up", "total": "0.01", "other": "down", "other_total": "0.00"}],
    )


def test_readings_on_the_command_line(tmp_path):
    """`--reading ID=OPTION` settles an open question otherwise for one run."""
    path = write_firms(tmp_path / "firm.json", firm(_FACTS["half"]))
    plain = chaoce("assess", path, "--year", "2026", "--json")
    other = chaoce("assess", path, "--year", "2026", "--json", "--reading", "rounding=half-up")
    assert ('"total": "0.00"' in plain.out, '"total": "0.01"' in other.out) == (True, True)


def _all_readings(policies, made, raw_firm, year) -> list[tuple[str, str, str, int]]:
    """Every other option, assessed from the beginning; those that change the total."""

    def engine(changed):
        for decision in made:
            changed = decide(changed, decision, year)
        return Engine(changed)

    now = assess_once(engine(policies), raw_firm, year).total
    found = []
    for place, policy in enumerate(policies):
        for reading in policy.readings:
            for option in reading.options:
                if option.id == policy.chosen[reading.id]:
                    continue
                changed = [*policies[:place], policy.read_as(reading.id, option.id), *policies[place + 1 :]]
                then = assess_once(engine(changed), raw_firm, year).total
                if then != now:
                    found.append((policy.id, reading.id, option.id, then))
    return found


def _listed(session: Session, raw: dict) -> list[tuple[str, str, str, int]]:
    return [(row.policy.id, row.id, row.other, row.other_total) for row in ask(session, raw).readings]


@kept
def _together() -> Session:
    return prepare([shipped(_AI), shipped(_MADE)], 2026, [decisions(STANDARD), decisions(BRACKETS)])


@given(raw=firms(sample=True))
@settings(max_examples=2 * _TRIES)
def test_the_shortcut_hides_no_difference(raw):
    """Whether a reading can reach a firm is tested quickly; it is never said that it cannot where the total would differ."""
    policies, made = [shipped(_AI), shipped(_MADE)], [decisions(STANDARD), decisions(BRACKETS)]
    session = _together()
    assert _listed(session, raw) == _all_readings(policies, made, session.read(raw), 2026)


_CHANGES = {
    "rate": "p1: {pays: 40% of paid}",
    "where": "p1: {where: paid >= 50}",
    "cap": "p1: {limit: 30 per firm per year}",
    "once": "p2: {once: firm}",
    "shared": "both: {limit: 40 per firm per year}",
    "term": "term: {from: 2026-03-01}",
    "rounding": "p: {rounding: half up}",
    "choice": "p: {choice: largest first}",
    "year": "p: {year starts: 03-01}",
    "rounding and year": "p: {rounding: half up, year starts: 03-01}",
    "choice and rounding": "p: {choice: largest first, rounding: half up}",
    "rounding and rate": "p: {rounding: half up}, p1: {pays: 40% of paid}",
    "year and cap": "p: {year starts: 03-01}, p3: {limit: 20 per item}",
    "base of an uplift": "p3: {pays: 60% of paid}",
    "condition of an uplift": "p3: {where: kind == x}",
}
_BLOCKS = """甲。
```benefit p1
title: {zh: 甲, en: p1}
on: spend
pays: 50% of paid
limit: 60 per firm per year
```
乙。
```benefit p2
title: {zh: 乙, en: p2}
on: prize
pays: "20"
once: group
```
丙。
```benefit p3
title: {zh: 丙, en: p3}
on: spend
pays: 30% of paid
limit: 25 per item
beside: p4
```
丁。
```benefit p4
title: {zh: 丁, en: p4}
on: spend
pays: 10% on p3
beside: p3
```
合计。
```limit both
limit: 70 per firm per year
over: [p1, p2]
```
"""


@kept
def _strange(change: str) -> Session:
    """A policy with an open reading whose other option makes the change."""
    reading = (
        "\n```reading open\nquestion: {zh: 问, en: question}\nchosen: now\noptions:\n  now: {zh: 现, en: now}\n"
        f"  then: {{zh: 另, en: then, change: {{{_CHANGES[change]}}}}}\n```\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        return prepare([Policy.load(write_policy(Path(folder), "p", _BLOCKS + reading, FACTS))], 2026)


@pytest.mark.parametrize("change", list(_CHANGES))
@given(raw=spenders())
@settings(max_examples=_TRIES // 2)
def test_the_shortcut_hides_nothing_whatever_a_reading_changes(change, raw):
    """A reading may change any block: a rate, a condition, a limit of one or of several, once-only, the term, the settings, or
    several of them at once; the totals that it would change are all listed."""
    session = _strange(change)
    assert _listed(session, raw) == _all_readings(session.policies, [], session.read(raw), 2026)


@kept
def _turned(reading: str, option: str) -> Session:
    return prepare([shipped(_AI).read_as(reading, option)], 2026)


@given(raw=firms(), half=st.booleans())
@settings(max_examples=_TRIES // 2)
def test_the_shortcut_works_both_ways(raw, half):
    """Where a question is settled otherwise, the file's own choice is the reading that is compared."""
    session = _turned("rounding", "half-up") if half else _turned("titles-in-brackets", "together")
    assert _listed(session, raw) == _all_readings(session.policies, [], session.read(raw), 2026)


def test_an_amount_that_only_the_other_rounding_pays(ai):
    """Reading `rounding`: half a fen is nothing rounded down, a fen rounded half up, beside what is paid and alone."""
    raw = firm([compute("a", "0.01"), compute("b", "100.00")])
    answer = run(prepare([ai], 2026), raw)
    assert (answer["total"], [row["other_total"] for row in answer["readings"]]) == (yuan(5000), [yuan(5001)])
