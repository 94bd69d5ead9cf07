"""The engine against an independent reading of the same tree as SQL: every benefit of every firm without conflicts, to the fen."""

from __future__ import annotations

import inspect
import itertools
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import firm_strategies
import firms as bench_firms
import polars as pl
import policy_strategies
import pytest
import test_clauses
import test_shapes
from hypothesis import given, settings
from hypothesis import strategies as st
from population_kit import write_population
from sql_reader import Answers, amounts, read
from sql_text import CannotSay

from chaoce.assessment.answer import Answer, assess_once
from chaoce.assessment.claims import Engine
from chaoce.assessment.conflict import cliques
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import FactTypes
from chaoce.facts.uscc import check_character
from chaoce.policy.decisions import decide
from chaoce.policy.model import Policy
from chaoce.rules import expr as x
from core_kit import CASES, STANDARD, alone, both, compute, decisions, fen, firm, shipped, write_policy

_EXAMPLES = max(3, settings().max_examples // 12)


def _renamed(raws: Iterable[dict]) -> list[dict]:
    """The firms with an identifier each: in a population it is unique."""
    bodies = (f"91330481{number:09d}" for number in itertools.count())
    return [
        {**raw, "enterprise": {**raw["enterprise"], "uscc": body + check_character(body)}} for raw, body in zip(raws, bodies, strict=False)
    ]


def _apart(raw: dict) -> dict:
    """The firm with a matter of its own for every fact, so that many firms are without conflicts."""
    return {**raw, "facts": [{**fact, "matter": f"own:{fact['id']}"} for fact in raw["facts"]]}


def _read(policies: Sequence[Policy], year: int, types: FactTypes, raws: Iterable[dict]) -> Answers:
    with tempfile.TemporaryDirectory() as folder:
        return read(policies, year, write_population(raws, types, Path(folder)))


def _agree(policies: Sequence[Policy], year: int, types: FactTypes, raws: list[dict]) -> Answers:
    """The answers of the SQL, where every firm without conflicts gets the same from both and both name the same firms in conflict."""
    answers, reader, engine = _read(policies, year, types, raws), FirmReader(types), Engine(policies)
    for raw in raws:
        one = reader.read(raw)
        assert (one.uscc in answers.conflicts) == bool(cliques(engine.claims(one, year, why=False)[0])), raw
        if one.uscc not in answers.conflicts:
            right = {(e.line.policy.id, e.id): e.amount for e in assess_once(engine, one, year).benefits}
            assert {key[1:]: amount for key, amount in answers.amounts.items() if key[0] == one.uscc} == right, raw
    return answers


@pytest.mark.parametrize("made", ["none", "standard", "decided"])
def test_the_shared_cases(made):
    """“150 invented firms with their right answers” (contract, section 5): the SQL gives the benefits of those without conflicts."""
    cases = [case for case in map(json.loads, CASES.read_text(encoding="utf-8").splitlines()) if case["decisions"] == made]
    session = alone(made, 2026)
    raws = [case["firm"] for case in cases]
    assert {case["year"] for case in cases} == {2026}
    answers = _agree(session.policies, 2026, session.reader.types, raws)
    for case in cases:
        uscc = case["firm"]["enterprise"]["uscc"]
        mine = {key[2]: amount for key, amount in answers.amounts.items() if key[0] == uscc}
        assert uscc in answers.conflicts or mine == {name: fen(yuan) for name, yuan in case["benefits"].items()}
    assert len(answers.conflicts) < 10 and len(answers.amounts) > 70


def test_many_firms_of_the_benchmark():
    """“For every firm `before_pool` is exactly what `assess` gives” (contract, section 4), here by SQL where nothing is in conflict."""
    session = alone()
    assert len(_agree(session.policies, 2026, session.reader.types, list(bench_firms.population(400))).amounts) > 800


@given(
    raws=st.lists(firm_strategies.firms(), min_size=25, max_size=25),
    made=st.sampled_from(["none", "standard", "decided"]),
    year=st.sampled_from([2026, 2026, 2027]),
)
@settings(max_examples=_EXAMPLES)
def test_firms_at_the_edges(raws, made, year):
    """Dates at the ends of years and terms, amounts around the limits, support received for matters that overlap (contract, 1)."""
    session = alone(made, year)
    raws = [_apart(raw) if place % 2 else raw for place, raw in enumerate(raws)]
    _agree(session.policies, year, session.reader.types, _renamed(raws))


@given(
    raws=st.lists(firm_strategies.firms(types=("investment_project", "compute_purchase"), sample=True), min_size=30, max_size=30),
    brackets=st.booleans(),
)
@settings(max_examples=max(2, _EXAMPLES // 2))
def test_two_policies_together(raws, brackets):
    """“`--policy DIR` (may be repeated: assessed together)”: benefits beside each other, an uplift, a limit that they share in the
    item, what is undecided, and a project that two policies could pay, which is a conflict."""
    session = both("standard", brackets)
    raws = [_apart(raw) if place % 2 else raw for place, raw in enumerate(raws)]
    _agree(session.policies, 2026, session.reader.types, _renamed(raws))


@given(drawn=policy_strategies.policies(), raws=st.lists(policy_strategies.spenders(), min_size=25, max_size=25))
@settings(max_examples=2 * _EXAMPLES)
def test_policies_that_nobody_wrote(drawn, raws):
    """Limits an item, a firm, a value of a field, a year, for life, one in the other; once a firm, once a group; side by side."""
    with tempfile.TemporaryDirectory() as folder:
        policy = Policy.load(write_policy(Path(folder), drawn.name, drawn.blocks, policy_strategies.FACTS))
    raws = [_apart(raw) if place % 3 else raw for place, raw in enumerate(raws)]
    _agree([policy], 2026, policy.types, _renamed(raws))


_OTHERS = [(reading.id, o.id) for reading in shipped("haining-ai-2026").readings for o in reading.options if o.id != reading.chosen]


@pytest.mark.parametrize("reading, option", _OTHERS, ids=lambda part: part)
def test_every_other_reading(reading, option):
    """“each is written in the policy beside its clause with the other reading, and one line there changes it” (contract, section 2):
    the SQL follows the tree, whatever the reading."""
    (policy,) = decide([shipped("haining-ai-2026").read_as(reading, option)], decisions(STANDARD), 2026)
    raws = list(itertools.islice(bench_firms.population(10_000), 100, 160))
    assert len(_agree([policy], 2026, policy.types, raws).amounts) > 100


# The clauses of other policies, and every shape


@dataclass(frozen=True)
class _Worked:
    """An example of a clause folder: the policies, the firm, and what is paid as worked out by hand."""

    policies: tuple[Policy, ...]
    year: int
    firm: dict
    expect: dict[str, str]


def _worked() -> Iterator[list[_Worked]]:
    """The examples of the clause folders that compute something, those under one policy and its decisions together."""
    held: dict[str, list[tuple[dict, dict]]] = {}
    ready: dict[str, tuple[tuple[Policy, ...], int]] = {}
    for folder, own, example in (param.values for param in test_clauses.EXAMPLES):
        if "edit" in example or "fault" in example:
            continue
        particulars = {key: example.get(key) for key in ("year", "with", "readings", "decisions", "invented")}
        key = f"{folder} {json.dumps(particulars, sort_keys=True, default=str)}"
        if key not in ready:
            ready[key] = test_clauses._policies(folder, example), example["year"]
        held.setdefault(key, []).extend(({**own, **example.get("firm", {})}, one) for one in example.get("firms", [example]))
    for key, examples in held.items():
        policies, year = ready[key]
        raws = _renamed(_firm_of(own, one) for own, one in examples)
        yield [_Worked(policies, year, raw, one["expect"]) for raw, (_, one) in zip(raws, examples, strict=True)]


def _firm_of(own: dict, example: dict) -> dict:
    facts = [
        {key: value for key, value in fact.items() if key != "times"} for fact in example["facts"] for _ in range(fact.get("times", 1))
    ]
    named = [{"id": f"f{number}", **fact} for number, fact in enumerate(facts, 1)]
    return test_clauses._json({"enterprise": {**test_clauses.FIRM, **own}, "facts": named, "received": example.get("received", [])})


def test_the_clauses_of_other_policies():
    """The worked and the boundary examples of 51 clauses of 18 policies come out as worked out by hand, by SQL as by the engine."""
    seen = 0
    for worked in _worked():
        policies, year = worked[0].policies, worked[0].year
        types = FactTypes({}, {})
        for policy in policies:
            types = policy.types | types
        answers = _agree(policies, year, types, [one.firm for one in worked])
        for one in worked:
            uscc = one.firm["enterprise"]["uscc"]
            if uscc not in answers.conflicts:
                mine = {key[2]: amount for key, amount in answers.amounts.items() if key[0] == uscc}
                assert mine == {name: fen(yuan) for name, yuan in one.expect.items()}, (policies[0].id, one.firm)
                seen += 1
    assert seen > 200


def _calls(function: Callable[..., None]) -> Iterator[dict[str, Any]]:
    """The arguments that a parametrized test is called with; none where it needs a fixture."""
    rows: list[dict[str, Any]] = [{}]
    for mark in getattr(function, "pytestmark", []):
        if mark.name == "parametrize":
            names = mark.args[0].split(", ") if isinstance(mark.args[0], str) else list(mark.args[0])
            values = [(entry,) if len(names) == 1 else entry for entry in mark.args[1]]
            rows = [{**row, **dict(zip(names, value, strict=True))} for row in rows for value in values]
    return iter(rows if set(inspect.signature(function).parameters) == set(rows[0]) else [])


def test_every_shape_of_the_tree(monkeypatch):
    """What tests/assess/test_shapes.py computes by hand, shape by shape, three-valued conditions included, the SQL computes too."""
    asked: dict[int, tuple[Any, list[dict]]] = {}

    def note(session: Any, raw: dict, exact: bool = False) -> Answer:
        asked.setdefault(id(session), (session, []))[1].append(raw)
        return session.assessor.assess(session.read(raw), session.year, exact, readings=False)

    monkeypatch.setattr(test_shapes, "ask", note)
    for name, function in vars(test_shapes).items():
        for arguments in _calls(function) if name.startswith("test_") else ():
            function(**arguments)
    assert sum(len(raws) for _, raws in asked.values()) > 150
    for session, raws in asked.values():
        _agree(session.policies, session.year, session.reader.types, _renamed(raws))


# What it cannot say, and the files


@dataclass(frozen=True)
class _Unheard(x.Expr):
    """A condition that no reader knows."""

    type: x.Type = "flag"


def test_what_it_cannot_say_is_an_error(tmp_path):
    """A reader that guesses is worth nothing: an unknown node, money as a binary float and a matter that is no list are errors."""
    policy = shipped("haining-ai-2026")
    folder = write_population([firm([compute("a", "100.00")])], policy.types, tmp_path)
    assert list(amounts([policy], 2026, folder).values()) == [5000]
    odd = replace(policy, benefits=(replace(policy.benefits[0], where=_Unheard()), *policy.benefits[1:]))
    with pytest.raises(CannotSay, match="_Unheard"):
        amounts([odd], 2026, folder)
    facts = pl.read_parquet(folder / "compute_purchase.parquet")
    facts.with_columns(pl.col("paid").cast(pl.Float64)).write_parquet(folder / "compute_purchase.parquet")
    with pytest.raises(CannotSay, match="paid of type DOUBLE"):
        amounts([policy], 2026, folder)
    facts.with_columns(matter=pl.lit("a")).write_parquet(folder / "compute_purchase.parquet")
    with pytest.raises(CannotSay, match="matter of type VARCHAR"):
        amounts([policy], 2026, folder)


def test_money_and_dates_as_strings_are_the_same(tmp_path):
    """“Money is DECIMAL(18,2) or string, never a float; dates DATE or string” (contract, section 4)."""
    session = alone()
    folder = write_population(bench_firms.population(80), session.reader.types, tmp_path)
    before = read(session.policies, 2026, folder)
    for path in folder.glob("*.parquet"):
        frame = pl.read_parquet(path)
        frame.with_columns(pl.col(pl.Decimal(18, 2), pl.Date).cast(pl.String)).write_parquet(path)
    assert read(session.policies, 2026, folder) == before


def test_a_population_as_csv(tmp_path):
    """“CSV with the same names serves too, lists joined by `|`” (contract, section 4)."""
    raw = firm([compute("a", "100.50", matter=["invoice:1#1", "invoice:2"])])
    write_population([raw], shipped("haining-ai-2026").types, tmp_path, form="csv")
    names, row = (tmp_path / "compute_purchase.csv").read_text(encoding="utf-8").splitlines()
    assert dict(zip(names.split(","), row.split(","), strict=True)) == {
        "uscc": raw["enterprise"]["uscc"], "id": "a", "date": "2026-03-18", "matter": "invoice:1#1|invoice:2", "paid": "100.50",
        "resource": "intelligent", "purpose": "model_training",
    }  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == ["compute_purchase.csv", "enterprises.csv"]


def test_a_synthetic_county_comes_out_alike_in_sql_and_in_columns(tmp_path):
    """“DuckDB SQL written from the same tree agrees to the fen on every benefit without conflicts”: over what a run writes."""
    from fractions import Fraction

    from chaoce.population.engines import Here
    from chaoce.population.recipe import Recipe
    from chaoce.population.run import run
    from chaoce.population.synthesize import synthesize

    synthesize(tmp_path / "in", 3000, 5, facts_per_firm=Fraction(5))
    (tmp_path / "d.yaml").write_text(
        'year: 2026\nstandards: {strategic_emerging: {brackets: [{above: "0", rate: "5%"}, {above: "10000000", rate: "7%"}]}}\n',
        encoding="utf-8",
    )
    recipe = Recipe(("haining-ai-2026",), 2026, decisions=(str(tmp_path / "d.yaml"),))
    run(tmp_path / "in", recipe, tmp_path / "out", Here(), firms=900)
    answers = read(recipe.loaded(), 2026, tmp_path / "in")
    rows = pl.read_parquet(tmp_path / "out" / "entitlements.parquet").iter_rows(named=True)
    found = {(row["uscc"], row["policy"], row["benefit"]): int(row["before_pool"] * 100) for row in rows}
    ours = {key: fen for key, fen in found.items() if key[0] not in answers.conflicts}
    assert ours == {key: fen for key, fen in answers.amounts.items() if fen}
    assert len({benefit for _, _, benefit in ours}) == 16
    assert len(ours) > 3000 and len(answers.conflicts) > 100
