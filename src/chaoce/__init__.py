"""chaoce 潮策: published support policies as executable law.

    from chaoce import Policy, assess, to_text
    policy = Policy.load("haining-ai-2026")
    answer = assess("firm.json", policy, year=2026)
    print(to_text(answer, "zh"))

Public names are loaded when they are first used, so that `import chaoce` and `chaoce --help` are quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chaoce.api import assess
    from chaoce.assessment.answer import Answer
    from chaoce.assessment.explain import explain
    from chaoce.assessment.prepare import Session, prepare
    from chaoce.assessment.terminal import to_text
    from chaoce.assessment.wire import to_json
    from chaoce.facts.firm import Fact, Firm, Received
    from chaoce.faults import Fault, Faults
    from chaoce.policy.check import check
    from chaoce.policy.decisions import Decisions
    from chaoce.policy.model import Policy

__version__ = "0.1.0"

_HOME = {
    "Answer": "chaoce.assessment.answer",
    "Decisions": "chaoce.policy.decisions",
    "Fact": "chaoce.facts.firm",
    "Fault": "chaoce.faults",
    "Faults": "chaoce.faults",
    "Firm": "chaoce.facts.firm",
    "Policy": "chaoce.policy.model",
    "Received": "chaoce.facts.firm",
    "Session": "chaoce.assessment.prepare",
    "assess": "chaoce.api",
    "check": "chaoce.policy.check",
    "explain": "chaoce.assessment.explain",
    "prepare": "chaoce.assessment.prepare",
    "to_json": "chaoce.assessment.wire",
    "to_text": "chaoce.assessment.terminal",
}

__all__ = [
    "Answer",
    "Decisions",
    "Fact",
    "Fault",
    "Faults",
    "Firm",
    "Policy",
    "Received",
    "Session",
    "assess",
    "check",
    "explain",
    "prepare",
    "to_json",
    "to_text",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'chaoce' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
