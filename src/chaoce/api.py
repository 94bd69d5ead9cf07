"""chaoce as a library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from chaoce.assessment.answer import Answer
from chaoce.assessment.prepare import Session, prepare
from chaoce.facts.firm import Firm
from chaoce.facts.reading import decode, sources
from chaoce.faults import Fault, Faults
from chaoce.policy.decisions import Decisions
from chaoce.policy.model import Policy


def assess(
    firm: str | Path | Mapping[str, Any] | Firm,
    policy: Policy | Sequence[Policy],
    year: int,
    decisions: Decisions | Sequence[Decisions] = (),
    exact: bool = False,
) -> Answer:
    """What a firm is due in a year under one policy or several together: the best lawful claim.

    `firm` is a `.json` file, a decoded object of such a file, or a Firm. Amounts of the answer are whole fen
    (`answer.total`); `to_json(answer)` gives yuan as decimal strings. Without decisions a ceiling of the text
    (最高, 以内, 不高于) is given as a ceiling. `exact` goes on to the proof where the best claim is hard to prove.
    Raises Faults, with everything that is wrong in what was handed in.

    Source: 三、强化政策支持引导; 从优、就高、不重复.

    >>> from chaoce import Policy, assess
    >>> policy = Policy.load("haining-ai-2026")
    >>> firm = {"enterprise": {"uscc": "91330481MA2TEKT025", "name": "海宁某企业", "industry": "C3962", "division": "330481"},
    ...         "facts": [{"id": "p1", "type": "compute_purchase", "date": "2026-03-18", "paid": "820000.00",
    ...                    "resource": "intelligent", "purpose": "model_training"}]}
    >>> answer = assess(firm, policy, year=2026)
    >>> answer.total, [(benefit.id, benefit.amount, benefit.ceiling) for benefit in answer.benefits]
    (41000000, [('compute-purchase', 41000000, True)])
    """
    session = prepare(
        [policy] if isinstance(policy, Policy) else list(policy), year, [decisions] if isinstance(decisions, Decisions) else list(decisions)
    )
    return session.assess(read_firm(firm, session), exact)


def read_firm(firm: str | Path | Mapping[str, Any] | Firm, session: Session) -> Firm:
    """A firm from a `.json` file, a decoded object, or itself; raises Faults."""
    if isinstance(firm, Firm):
        return firm
    if isinstance(firm, str | Path):
        source, *more = sources(Path(firm))
        if more:
            raise Faults([Fault("api.several", file=str(firm), line=more[0].line)])
        return session.read(decode(source.text, source.file, source.line), source.file, source.line)
    return session.read(dict(firm))
