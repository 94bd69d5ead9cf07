"""The 51 clauses of 18 published policies in columns: every shape of payment and condition, for the firms of the worked examples."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import test_clauses as clauses
from run_kit import in_columns, numbered, one_by_one

from chaoce.assessment.answer import Assessor
from chaoce.assessment.prepare import Session
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import FactTypes
from chaoce.population.lines import Plan


def _asked(folder: Path) -> list[tuple[Session, dict[str, Any]]]:
    """Every firm of the folder's examples, under its policies and decisions of the year."""
    found = []
    for param in clauses.EXAMPLES:
        own, firm, example = param.values
        if own != folder or "fault" in example or "edit" in example:
            continue
        policies = clauses._policies(folder, example)
        types = FactTypes({}, {})
        for policy in policies:
            types = policy.types | types
        for one in example.get("firms", [example]):
            year = one.get("year", example.get("year"))
            if year is None or "facts" not in one:
                continue
            facts = [
                {"id": f"f{place}", **{key: value for key, value in fact.items() if key != "times"}}
                for place, fact in enumerate(fact for fact in one["facts"] for _ in range(fact.get("times", 1)))
            ]
            enterprise = {**clauses.FIRM, **firm, **example.get("firm", {}), **one.get("firm", {})}
            raw = {"enterprise": enterprise, "facts": facts, "received": one.get("received", [])}
            found.append((Session(year, policies, FirmReader(types), Assessor(policies)), clauses._json(raw)))
    return found


@pytest.mark.parametrize("folder", clauses.FOLDERS, ids=[folder.name for folder in clauses.FOLDERS])
def test_a_policy_in_columns_gives_what_the_one_firm_reader_gives(folder):
    """“Every firm gets exactly what `assess` gives it”, whatever the policy; what has no form in columns is read one by one."""
    asked = _asked(folder)
    for place, (session, raw) in enumerate(asked):
        raws = numbered([raw, raw])
        with tempfile.TemporaryDirectory() as work:
            found, report = in_columns(session, raws, Path(work))
        assert report.rejected == 0
        assert found == one_by_one(session, raws), f"{folder.name} {place}"


def test_nearly_every_benefit_has_a_form_in_columns():
    """“Columns compile from the rule tree”: what is left to the one-firm reader is named here, and nothing else is."""
    forms: Counter[str] = Counter()
    alone = set()
    for folder in clauses.FOLDERS:
        for session, _ in _asked(folder):
            for own in Plan(session.assessor.engine, session.year).types.values():
                forms["columns"] += len(own.ready)
                alone.update(f"{folder.name} {line.benefit.id}" for line in own.alone)
    assert forms["columns"] > 300
    assert alone == set()
