"""What a firm is due: the library's assessment over the firm's facts in the database."""

from __future__ import annotations

from typing import Any

from chaoce.assessment.answer import Answer
from chaoce.assessment.explain import explain
from chaoce.service.facts.dossier import DEFAULT, dossier
from chaoce.service.firms.models import Firm
from chaoce.service.plan.sessions import session_of


def assess_firm(firm: Firm, year: int, basis: str = DEFAULT) -> Answer:
    """The best lawful claim of a firm over all its standing facts, after all that it has received."""
    session = session_of(year)
    return session.assess(session.read(dossier(firm, basis)))


def explained(firm: Firm, year: int) -> dict[str, Any]:
    """The same, explained (assessment/explain.py)."""
    return explain(assess_firm(firm, year))
