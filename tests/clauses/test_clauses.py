"""51 clauses of 18 published policies, each said in the rule language, and each computed as worked out by hand.

A folder is a policy: policy.md (rules), facts.yaml (its fact types), examples.yaml (worked and boundary examples).
"""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
import yaml

from chaoce.assessment.answer import Answer, Assessor
from chaoce.assessment.terminal import to_text
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import FactTypes
from chaoce.faults import Faults
from chaoce.marked import read_marked
from chaoce.money import format_yuan
from chaoce.policy.decisions import decide, read_decisions, undecided
from chaoce.policy.model import Policy
from chaoce.rules import expr as x
from chaoce.rules import tree as t

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CLAUSES: dict[str, dict[str, Any]] = {
    clause["id"]: clause for clause in map(json.loads, (HERE / "clauses.jsonl").read_text(encoding="utf-8").splitlines())
}
SOURCES = {source["id"]: source for source in json.loads((HERE / "policies.json").read_text(encoding="utf-8"))}
FOLDERS = sorted(folder for folder in HERE.iterdir() if (folder / "policy.md").is_file())
UNSAID = yaml.safe_load((HERE / "unsaid.yaml").read_text(encoding="utf-8"))
FIRM = {"uscc": "91330481MA2TEKT025", "name": "测试企业", "industry": "C3962", "division": "330481"}


def _examples(folder: Path) -> dict[str, Any]:
    return yaml.safe_load((folder / "examples.yaml").read_text(encoding="utf-8"))


EXAMPLES = [
    pytest.param(folder, _examples(folder).get("firm", {}), example, id=f"{clause}-{number}")
    for folder in FOLDERS
    for clause, held in _examples(folder).items()
    if clause != "firm"
    for number, example in enumerate(held, 1)
]


# Computing the examples


def _json(value: Any) -> Any:
    """What YAML reads, as JSON has it: a date is text again."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: _json(part) for key, part in value.items()}
    return [_json(part) for part in value] if isinstance(value, list) else value


def _policies(folder: Path, example: dict[str, Any]) -> tuple[Policy, ...]:
    others = [HERE / name for name in example.get("with", [])]
    policies = (Policy.load(folder, example.get("readings")), *(Policy.load(other) for other in others))
    decisions: dict[str, Any] = {}
    for key in ("decisions", "invented"):
        for part, entries in example.get(key, {}).items():
            decisions.setdefault(part, {}).update(entries)
    if not decisions:
        return policies
    marked = read_marked(json.dumps({"year": str(example["year"]), **decisions}, ensure_ascii=False), "examples.yaml")
    return decide(policies, read_decisions(marked), example["year"])


def _assess(policies: tuple[Policy, ...], firm: dict[str, Any], example: dict[str, Any], year: int) -> Answer:
    facts = []
    for fact in example["facts"]:
        for _ in range(fact.get("times", 1)):
            facts.append({"id": f"f{len(facts) + 1}", **{key: value for key, value in fact.items() if key != "times"}})
    raw = {"enterprise": {**FIRM, **firm}, "facts": facts, "received": example.get("received", [])}
    types = FactTypes({}, {})
    for policy in policies:
        types = policy.types | types
    return Assessor(policies).assess(FirmReader(types).read(_json(raw)), year)


def _paid(answer: Answer) -> dict[str, str]:
    return {entitlement.id: format_yuan(entitlement.amount) for entitlement in answer.benefits}


@pytest.mark.parametrize("folder, firm, example", EXAMPLES)
def test_example(folder: Path, firm: dict[str, Any], example: dict[str, Any], tmp_path: Path) -> None:
    """Every example comes out as worked out by hand, and explains itself; a faulty one is refused with the fault named."""
    if "edit" in example:
        copy = Path(shutil.copytree(folder, tmp_path / folder.name))
        text = (copy / "policy.md").read_text(encoding="utf-8")
        for before, after in example["edit"].items():
            assert before in text
            text = text.replace(before, after)
        (copy / "policy.md").write_text(text, encoding="utf-8")
        folder = copy
    if "fault" in example:
        with pytest.raises(Faults) as bad:
            _policies(folder, example)
        assert [fault.code for fault in bad.value.faults] == [example["fault"]]
        return
    policies = _policies(folder, example)
    firm = {**firm, **example.get("firm", {})}
    if "firms" in example:
        answers = []
        for one in example["firms"]:
            answer = _assess(policies, firm, one, example["year"])
            assert _paid(answer) == one["expect"]
            answers += [answer] * one.get("times", 1)
        _check_city(policies[0], answers, example)
        return
    answer = _assess(policies, firm, example, example["year"])
    assert _paid(answer) == example["expect"]
    refused = {(refusal.line.benefit.id, refusal.reason) for refusal in answer.refused}
    assert set(example.get("refused", {}).items()) <= refused
    for lang in ("zh", "en"):
        assert to_text(answer, lang)


def _check_city(policy: Policy, answers: list[Answer], example: dict[str, Any]) -> None:
    """What pools and quotas leave over after all the firms."""
    pools = {benefit.id: (benefit.pool, {benefit.id}) for benefit in policy.benefits if benefit.pool is not None}
    pools |= {pool.name: (pool, set(pool.over)) for pool in policy.pools}
    for name, left in example.get("left", {}).items():
        pool, over = pools[name]
        paid = [p.amount for answer in answers for e in answer.benefits if e.id in over for p in e.paid]
        assert format_yuan(pool.holds(len(paid)) - sum(paid)) == left
    for name, left in example.get("places", {}).items():
        quota = policy.benefit(name).quota
        assert quota is not None
        assert quota.count - sum(len(e.paid) for answer in answers for e in answer.benefits if e.id == name) == left


# Completeness


def _of(clause: str, policy: Policy) -> list[Any]:
    """What a policy says of a clause: benefits, limits and pools whose names bear its id, and the condition of K010."""
    stem = clause.lower() + "-"
    benefits = [benefit for benefit in policy.benefits if benefit.id.startswith(stem)]
    limits = [limit for limit in policy.limits if any(name.startswith(stem) for name in limit.over)]
    pools = [pool for pool in policy.pools if pool.name.startswith(stem)]
    eligible = [policy.eligible] if CLAUSES[clause]["kind"] == "eligibility" else []
    return [*benefits, *limits, *pools, *eligible]


SAID = {clause: folder for folder in FOLDERS for clause in _examples(folder) if clause != "firm"}
VARIANTS = {folder.name: [(r, o) for r in Policy.load(folder).readings for o in r.options] for folder in FOLDERS}


def test_every_clause_is_said_or_listed() -> None:
    """All 51 clauses are encoded, or listed as unsayable with a reason; each stands in the folder of its own policy."""
    assert len(CLAUSES) == 51
    assert set(CLAUSES) == set(SAID) | set(UNSAID["wholly"])
    assert all(reason.strip() for part in UNSAID.values() for reason in part.values())
    for clause, folder in SAID.items():
        assert CLAUSES[clause]["policy"] == folder.name
        assert _of(clause, Policy.load(folder)), clause


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_clause_has_examples(clause: str) -> None:
    """Every clause has a worked example and a boundary example."""
    held = _examples(SAID[clause])[clause]
    assert any("worked" in example for example in held)
    assert any("boundary" in example for example in held)
    assert all(("worked" in example) != ("boundary" in example) for example in held)
    assert all("year" in example or "edit" in example for example in held)


def test_the_page_lists_every_clause() -> None:
    """docs/clauses.md has one row for each clause, and says what cannot be said of those that are said in part."""
    page = (ROOT / "docs" / "clauses.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (K\d+) \|", page, re.MULTILINE)
    assert sorted(rows) == sorted(CLAUSES)
    for part in UNSAID.values():
        for clause in part:
            assert re.search(rf"^\| {clause} \|.*in part", page, re.MULTILINE), clause


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_restated_policy_says_that_it_is_one(folder: Path) -> None:
    """A folder is named after its policy, is marked as restated, and begins on the policy's date or says that the date is invented."""
    policy = Policy.load(folder)
    assert policy.id == folder.name and policy.restated
    term = re.search(r"```term\n(.*?)```", (folder / "policy.md").read_text(encoding="utf-8"), re.DOTALL)
    assert term is not None
    said = policy.term[0].isoformat() == SOURCES[folder.name]["date"] and policy.term[1] == date.max
    assert said or "虚构" in term[1]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_blocks_are_short(folder: Path) -> None:
    """A rule is a block that a policy officer can read: at most fifteen lines of at most 120 characters, under a sentence."""
    text = (folder / "policy.md").read_text(encoding="utf-8")
    for kind, body in re.findall(r"```(benefit|limit|pool|eligible) ?[^\n]*\n(.*?)```", text, re.DOTALL):
        lines = body.splitlines()
        assert len(lines) <= 15 and max(map(len, lines)) <= 120, (kind, body)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_reading_makes_a_policy(folder: Path) -> None:
    """Each option of each reading of each folder is a policy of its own, with the same benefits."""
    benefits = [benefit.id for benefit in Policy.load(folder).benefits]
    for reading, option in VARIANTS[folder.name]:
        assert [benefit.id for benefit in Policy.load(folder, {reading.id: option.id}).benefits] == benefits


# The numbers: every one of the clause is in the rule, and the rule has no other


def numbers(node: Any) -> Iterator[Fraction]:
    """Every number of a tree: money in yuan, rates as fractions, the year of a date."""
    if isinstance(node, t.Benefit):
        for part in (node.pays, node.where, *node.limits, node.quota, node.pool):
            yield from numbers(part)
        yield from node.schedule
    elif isinstance(node, t.Pay):
        for part in node.walk():
            yield from _of_pay(part)
    elif isinstance(node, t.Limit):
        if not isinstance(node.amount, x.Param):
            yield Fraction(node.amount, 100) if node.base is None else Fraction(node.amount)
        yield from numbers(node.when)
        yield from numbers(node.base)
    elif isinstance(node, t.Quota):
        yield Fraction(node.count)
        yield from numbers(node.counting)
    elif isinstance(node, t.Pool):
        if isinstance(node.amount, int):
            yield Fraction(node.amount, 100)
    elif isinstance(node, x.Expr):
        for part in node.walk():
            if isinstance(part, x.Literal) and isinstance(part.value, date):
                yield Fraction(part.value.year)
            elif isinstance(part, x.Literal) and isinstance(part.value, int | Fraction) and not isinstance(part.value, bool):
                yield Fraction(part.value) / (100 if part.type == "money" else 1)


def _of_pay(pay: t.Pay) -> Iterator[Fraction]:
    if isinstance(pay, t.Fixed | t.PerUnit) and isinstance(pay.amount, int):
        yield Fraction(pay.amount, 100)
    elif isinstance(pay, t.Rate) and isinstance(pay.rate, Fraction):
        yield pay.rate
    elif isinstance(pay, t.Progressive):
        for bracket in pay.brackets:
            yield bracket.rate
            if isinstance(bracket.above, int):
                yield Fraction(bracket.above, 100)
    elif isinstance(pay, t.Ladder):
        for step in pay.steps:
            yield from (Fraction(value, 100) for value in (step.at, step.amount) if isinstance(value, int))
    elif isinstance(pay, t.Raised | t.Uplift):
        yield pay.by
    for name in ("base", "count", "by", "on", "when"):
        part = getattr(pay, name, None)
        if isinstance(part, x.Expr):
            yield from numbers(part)


def _shown(clause: dict[str, Any]) -> Counter[Fraction]:
    """Every number among the values of a clause; a list of numbers counts each as often as it stands there."""
    found: Counter[Fraction] = Counter()

    def note(value: Any) -> None:
        if isinstance(value, dict):
            for part in value.values():
                note(part)
        elif isinstance(value, list):
            if all(isinstance(part, int | float) for part in value):
                found.update(Counter(map(_exact, value)) - found)
            else:
                for part in value:
                    note(part)
        elif isinstance(value, int | float):
            found[_exact(value)] = max(found[_exact(value)], 1)

    note(clause)
    return found


def _exact(value: int | float) -> Fraction:
    """A number of JSON as its author meant it: 0.3333333333333333 is a third."""
    plain = Fraction(str(value))
    return plain if plain.denominator < 10**9 else plain.limit_denominator(1000)


def _said(clause: dict[str, Any]) -> set[Fraction]:
    """Numbers that stand in the words of a clause, each with every unit that its string has (50/20/10万)."""
    scales = {"万": Fraction(10**4), "亿": Fraction(10**8), "%": Fraction(1, 100)}
    found = set()
    for words in [*clause["constructs_beyond_seed"], clause["measure"], clause.get("short_quote", "")]:
        units = [Fraction(1), *(scale for unit, scale in scales.items() if unit in words)]
        found |= {Fraction(number) * unit for number in re.findall(r"[0-9]+(?:\.[0-9]+)?", words) for unit in units}
    return found


@pytest.mark.parametrize("clause", CLAUSES)
def test_every_number_of_the_clause_is_in_the_rule(clause: str) -> None:
    """Nothing is mistyped: each number of the clause stands in the tree, as often as a list of the clause has it."""
    held = Counter(number for part in _of(clause, Policy.load(SAID[clause])) for number in numbers(part))
    missing = _shown(CLAUSES[clause]) - held
    assert not missing, [str(number) for number in missing]


@pytest.mark.parametrize("clause", CLAUSES)
def test_no_number_is_invented_in_a_rule(clause: str) -> None:
    """A rule has no number that its clause does not show, other than 0 and 1, under any reading; the rest are parameters."""
    known = set(_shown(CLAUSES[clause])) | _said(CLAUSES[clause]) | {Fraction(0), Fraction(1)}
    folder = SAID[clause]
    readings = [{}, *({reading.id: option.id} for reading, option in VARIANTS[folder.name])]
    for chosen in readings:
        for part in _of(clause, Policy.load(folder, chosen)):
            own = set(numbers(part))
            if isinstance(part, t.Limit):
                known |= {number for other in part.over for number in _shown(CLAUSES[other[:4].upper()])}
            assert own <= known, [str(number) for number in own - known]


@pytest.mark.parametrize("clause", [clause for clause, held in CLAUSES.items() if "ladder" in held])
def test_ladders_are_those_of_the_clause(clause: str) -> None:
    """A ladder has the thresholds and amounts of its clause, pair by pair."""
    (ladder,) = [b.pays for b in _of(clause, Policy.load(SAID[clause]))]
    assert [[Fraction(step.at, 100), Fraction(step.amount, 100)] for step in ladder.steps] == CLAUSES[clause]["ladder"]


@pytest.mark.parametrize("clause", [clause for clause, held in CLAUSES.items() if "amounts" in held and isinstance(held["amounts"], dict)])
def test_amounts_by_class_are_those_of_the_clause(clause: str) -> None:
    """Where the clause names its classes in the rule's own words, each class pays its own amount."""
    (benefit,) = _of(clause, Policy.load(SAID[clause]))[:1]
    pays = benefit.pays
    if isinstance(pays, t.Ladder):
        held = {step.at: step.amount for step in pays.steps}
    else:
        held = {name: part.amount for name, part in zip(pays.classes, pays.pays, strict=True) if isinstance(part, t.Fixed)}
    for name, amount in CLAUSES[clause]["amounts"].items():
        if name in held:
            assert Fraction(held[name], 100) == amount


def test_a_third_is_a_fraction() -> None:
    """0.3333… of the clause is written 1/3 and is exactly a third."""
    source = (HERE / "AH-2023" / "policy.md").read_text(encoding="utf-8")
    assert "pays: 1/3 of city_paid" in source and "0.33" not in source
    assert Policy.load(HERE / "AH-2023").benefit("k053-computing-centre").pays.rate == Fraction(1, 3)


def test_a_value_for_a_parameter_is_marked_as_invented() -> None:
    """No example gives a parameter a value without saying that the value is invented, and none stays undecided unseen."""
    for folder in FOLDERS:
        params = {name for benefit in Policy.load(folder).benefits for name in undecided(benefit)}
        used: set[str] = set()
        for clause, held in _examples(folder).items():
            for example in held if clause != "firm" else ():
                assert "params" not in example.get("decisions", {})
                used |= set(example.get("invented", {}).get("params", {}))
        assert used == params, folder.name
