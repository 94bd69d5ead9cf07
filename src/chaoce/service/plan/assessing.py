"""What a firm is due: the library's assessment over the firm's facts in the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from chaoce.assessment.answer import Answer
from chaoce.assessment.explain import explain
from chaoce.service.facts.dossier import DEFAULT, dossier
from chaoce.service.firms.models import Firm
from chaoce.service.plan.sessions import in_force, session_of

#: What was explained of late, by the year, the decisions and all that is read: an assessment depends on nothing else.
_said: dict[tuple[int, bytes], dict[str, Any]] = {}
_KEPT = 64


def assess_firm(firm: Firm, year: int, basis: str = DEFAULT) -> Answer:
    """The best lawful claim of a firm over all its standing facts, after all that it has received."""
    session = session_of(year)
    return session.assess(session.read(dossier(firm, basis)))


def explained(firm: Firm, year: int) -> dict[str, Any]:
    """The same, explained (assessment/explain.py)."""
    return explained_of(dossier(firm), year)


def explained_of(raw: Mapping[str, Any], year: int) -> dict[str, Any]:
    """What a facts file comes to in a year, explained; not worked out again while neither it nor the decisions change.

    Whoever asks reads it and changes nothing in it.
    """
    force = in_force(year)
    read = json.dumps([force.decisions, list(force.fingerprints.items()), raw], ensure_ascii=False)
    mark = (year, hashlib.sha256(read.encode("utf-8", "surrogatepass")).digest())
    kept = _said.get(mark)
    if kept is None:
        kept = explain(force.session.assess(force.session.read(raw)))
        if len(_said) >= _KEPT:
            _said.clear()
        _said[mark] = kept
    return kept
