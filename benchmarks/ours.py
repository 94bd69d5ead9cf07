"""What chaoce takes: one firm, many firms, a policy, a start of the command."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import firms
from measure import Time, in_process, process

from chaoce import Decisions, Policy, check, explain, prepare, to_json, to_text
from chaoce.facts.reading import decode, sources

CHAOCE = Path(sys.executable).parent / "chaoce"
POLICY = "haining-ai-2026"

_FIRST_CHECK = f"from chaoce import Policy, check; assert check(Policy.load({POLICY!r})).good"


def session(decisions: Path):
    """The plan with the benchmark's decisions, ready to assess."""
    return prepare([Policy.load(POLICY)], firms.YEAR, [Decisions.load(decisions)])


def one_firm(ready, samples: int) -> dict[str, Time]:
    """A typical firm of twelve facts, step by step."""
    raw = firms.typical()
    firm = ready.read(raw)
    answer = ready.assess(firm)
    assert len(firm.facts) == 12 and len(answer.benefits) > 5 and firm.received, "the typical firm is typical no more"
    assert any(refusal.reason == "overlap" for refusal in answer.refused), "the typical firm has lost its conflict"
    assessor, year = ready.assessor, ready.year
    return {
        "read": in_process(lambda: ready.read(raw), samples),
        "assess": in_process(lambda: assessor.assess(firm, year, readings=False), samples),
        "readings": in_process(lambda: ready.assess(firm), samples),
        "explained": in_process(lambda: explain(ready.assess(firm)), samples),
        "text": in_process(lambda: to_text(ready.assess(firm), "zh"), samples),
    }


def many_firms(ready, file: Path, decisions: Path, samples: int) -> dict[str, Time]:
    """From `.jsonl` to answers: the command with all cores, and one core in process."""
    few = max(3, samples // 4)

    def serial() -> None:
        for source in sources(file):
            json.dumps(to_json(ready.assess(ready.read(decode(source.text, source.file, source.line)))), ensure_ascii=False)

    return {
        "command": process(assess_command(file, decisions), few),
        "one_core": in_process(serial, 3),
    }


def assess_command(file: Path, decisions: Path) -> list[str | Path]:
    return [CHAOCE, "assess", file, "--year", str(firms.YEAR), "--decisions", decisions, "--json"]


def policy(samples: int) -> dict[str, Time]:
    """Loading and checking the plan."""
    few = max(5, samples // 2)
    loaded = Policy.load(POLICY)
    return {
        "load": in_process(lambda: Policy.load(POLICY), few),
        "load_check": in_process(lambda: check(Policy.load(POLICY)), few),
        "first": process([sys.executable, "-c", _FIRST_CHECK], few),
        "prepare": in_process(lambda: prepare([loaded], firms.YEAR), few),
    }


def starts(samples: int) -> dict[str, Time]:
    """Starting the command, beside starting Python and doing nothing."""
    few = max(5, samples // 2)
    return {
        "help": process([CHAOCE, "--help"], few),
        "check": process([CHAOCE, "check"], few),
        "python": process([sys.executable, "-c", "pass"], few),
    }
