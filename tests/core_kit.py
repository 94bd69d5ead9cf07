"""What the tests of the core share: firms, facts, policies written as text, and the command run in this process."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from chaoce.assessment.answer import Answer, Assessor
from chaoce.assessment.prepare import Session, prepare
from chaoce.assessment.wire import to_json
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import read_types_of
from chaoce.marked import read_marked
from chaoce.policy.decisions import Decisions, decide, read_decisions
from chaoce.policy.model import Policy

ROOT = Path(__file__).resolve().parent.parent
POLICIES = ROOT / "policies"
CASES = ROOT / "tests" / "cases.jsonl"
USCC = "91330481MA2TEKT025"
#: Whether this is a run of mutants (see conftest.py).
MUTATING = os.environ.get("HYPOTHESIS_PROFILE") == "mutate"

STANDARD = """
year: {year}
standards:
  strategic_emerging:
    brackets: [{{above: "0", rate: "5%"}}, {{above: "10000000", rate: "7%"}}, {{above: "50000000", rate: "9%"}}]
"""
DECIDED = (
    STANDARD
    + """
rates: {{compute-purchase: "30%", benchmark-scenario: "25%"}}
amounts: {{generative-ai-filing: "800000.00", national-application-award: "400000.00", provincial-application-award: "150000.00"}}
"""
)
BRACKETS = """
year: {year}
policy: haining-manufacturing-2025
params: {{software_second_bracket: "1000000", software_third_bracket: "5000000"}}
"""


@cache
def shipped(name: str) -> Policy:
    """A policy that comes with the program; for property tests, whose fixtures would be printed whole with every failure."""
    return Policy.load(POLICIES / name)


def kept(make: Callable[..., Any]) -> Callable[..., Any]:
    """What is made once and used by many tests; made anew for each in a run of mutants, which must see every test make its own."""
    return make if MUTATING else cache(make)


@kept
def both(standard: str = "standard", brackets: bool = True, year: int = 2026) -> Session:
    """The plan and the support of equipment and software together, under decisions."""
    made = [*decided(standard, year), *([decisions(BRACKETS, year)] if brackets else [])]
    return _prepared(("haining-ai-2026", "haining-manufacturing-2025"), year, made)


@kept
def alone(made: str = "standard", year: int = 2026) -> Session:
    """The plan alone, under the decisions `none`, `standard` or `decided`."""
    return _prepared(("haining-ai-2026",), year, decided(made, year))


def _prepared(names: tuple[str, ...], year: int, made: Sequence[Decisions]) -> Session:
    """A session; in a run of mutants without the other readings, which take the longest to prepare."""
    policies = [shipped(name) for name in names]
    if not MUTATING:
        return prepare(policies, year, made)
    return Session(year, decide(policies, made, year), _reader(names), Assessor(decide(policies, made, year)))


@cache
def _reader(names: tuple[str, ...]) -> FirmReader:
    return FirmReader(read_types_of([POLICIES / name for name in names]))


def decisions(text: str, year: int = 2026) -> Decisions:
    """Decisions from YAML text; `{year}` in it is filled in."""
    return read_decisions(read_marked(text.format(year=year), "decisions.yaml"))


def decided(name: str, year: int) -> list[Decisions]:
    """The decisions that a shared case names (contract, section 5)."""
    return {"none": [], "standard": [decisions(STANDARD, year)], "decided": [decisions(DECIDED, year)]}[name]


def firm(facts: Iterable[dict] = (), received: Iterable[dict] = (), **enterprise: Any) -> dict:
    """A firm as a decoded object of the contract."""
    own = {"uscc": USCC, "name": "海宁某智能科技有限公司", "industry": "C3962", "division": "330481", **enterprise}
    return {"enterprise": own, "facts": list(facts), "received": list(received)}


def compute(id: str, paid: str, date: str = "2026-03-18", **more: Any) -> dict:
    return {"resource": "intelligent", "purpose": "model_training", **_fact(id, "compute_purchase", date), "paid": paid, **more}


def cooperation(id: str, paid: str, date: str = "2026-03-18", **more: Any) -> dict:
    return {**_fact(id, "ai_cooperation", date), "paid": paid, **more}


def scenario(id: str, investment: str, date: str = "2026-03-18", **more: Any) -> dict:
    return {**_fact(id, "scenario_project", date), "investment": investment, "built_by": "enterprise", "selected": True, **more}


def investment(id: str, productive: str, date: str = "2026-03-18", **more: Any) -> dict:
    return {**_fact(id, "investment_project", date), "productive_investment": productive, "ai_field": True, **more}


def title(id: str, name: str, level: str = "provincial", date: str = "2026-03-18", **more: Any) -> dict:
    return {**_fact(id, "recognition", date), "title": name, "level": level, **more}


def product(id: str, sales: str, date: str = "2026-03-18", name: str = "潮数", registered: bool = True, **more: Any) -> dict:
    return {**_fact(id, "data_product_year", date), "product": name, "registered": registered, "sales": sales, **more}


def certificate(id: str, date: str = "2026-03-18", **more: Any) -> dict:
    return {**_fact(id, "data_ip_certificate", date), "number": f"N-{id}", **more}


def licence(id: str, paid: str, date: str = "2026-03-18", role: str = "licensee", **more: Any) -> dict:
    return {**_fact(id, "data_ip_licence", date), "paid": paid, "role": role, **more}


def interest(id: str, paid: str, date: str = "2026-03-18", **more: Any) -> dict:
    return {**_fact(id, "pledge_loan_interest", date), "paid": paid, **more}


def got(benefit: str, matter: str, amount: str, date: str = "2026-02-01", **more: Any) -> dict:
    """Support already received."""
    return {"benefit": benefit, "matter": matter, "date": date, "amount": amount, **more}


def _fact(id: str, type: str, date: str) -> dict:
    return {"id": id, "type": type, "date": date}


def fen(yuan: str) -> int:
    """Fen of a decimal string, by text alone."""
    whole, _, part = yuan.partition(".")
    return int(whole) * 100 + int((part + "00")[:2])


def yuan(amount: int) -> str:
    """The decimal string of an amount in fen, by text alone."""
    return f"{amount // 100}.{amount % 100:02d}"


def run(session: Session, raw: dict, exact: bool = False) -> dict:
    """The answer of a session for a decoded firm, as the contract's JSON."""
    return to_json(session.assess(session.read(raw), exact))


def ask(session: Session, raw: dict, exact: bool = False) -> Answer:
    """The answer of a session for a decoded firm."""
    return session.assess(session.read(raw), exact)


def total(policies: Policy | Sequence[Policy], raw: dict, year: int = 2026, made: Sequence[Decisions] = ()) -> str:
    """The total for a firm in yuan."""
    policies = [policies] if isinstance(policies, Policy) else policies
    return run(prepare(policies, year, made), raw)["total"]


def amounts(answer: dict) -> dict[str, str]:
    """Benefit -> amount of an answer."""
    return {benefit["id"]: benefit["amount"] for benefit in answer["benefits"]}


def write_policy(folder: Path, name: str, blocks: str, facts: str, term: str = "from: 2026-01-01") -> Path:
    """A restated policy as files in a folder: the blocks of its rules and the YAML of its fact types."""
    folder = folder / name
    folder.mkdir(parents=True)
    head = f"政策 {name}\n```policy {name}\ntitle: {{zh: 政策, en: policy {name}}}\ntext: restated\n```\n"
    (folder / "policy.md").write_text(f"{head}\n一、支持\n{blocks}\n自2026年1月1日起施行。\n```term\n{term}\n```\n", encoding="utf-8")
    (folder / "facts.yaml").write_text(facts, encoding="utf-8")
    return folder


def write_firms(path: Path, *firms: dict) -> Path:
    """Firms as a .json (one) or .jsonl file."""
    lines = [json.dumps(raw, ensure_ascii=False) for raw in firms]
    path.write_text("\n".join(lines) + ("\n" if path.suffix == ".jsonl" else ""), encoding="utf-8")
    return path


class Outcome(NamedTuple):
    """What a command did: its exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def faults(self) -> list[str]:
        return self.err.splitlines()


class _Stream(io.TextIOWrapper):
    """A stream that encodes as strictly as a terminal does, so that what cannot be printed is not forgiven here."""

    def __init__(self) -> None:
        super().__init__(io.BytesIO(), encoding="utf-8", newline="\n")

    def text(self) -> str:
        self.flush()
        return self.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]


def chaoce(*arguments: str | Path, lang: str = "en") -> Outcome:
    """Run the command line in this process, in English unless told."""
    from chaoce.cli import main

    out, err = _Stream(), _Stream()
    err.reconfigure(errors=sys.__stderr__.errors if sys.__stderr__ else "backslashreplace")
    with patch.dict(os.environ, CHAOCE_LANG=lang), redirect_stdout(out), redirect_stderr(err):
        try:
            status = main([str(argument) for argument in arguments])
        except SystemExit as stop:
            status = int(stop.code or 0)
    return Outcome(status, out.text(), err.text())
