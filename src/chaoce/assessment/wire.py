"""The answer as JSON (docs/assess.md)."""

from __future__ import annotations

from typing import Any

from chaoce.assessment.answer import Answer
from chaoce.assessment.refusal import particulars
from chaoce.money import format_yuan


def to_json(answer: Answer) -> dict[str, Any]:
    """One object a firm; money is yuan with two places. `bound` and `restated` stand only where they say something."""
    several = len(answer.policies) > 1
    row: dict[str, Any] = {
        "uscc": answer.firm.uscc,
        "policies": [policy.id for policy in answer.policies],
        "year": answer.year,
        "total": format_yuan(answer.total),
        "benefits": [
            {
                "id": entitlement.id,
                "policy": entitlement.line.policy.id,
                "clause": entitlement.line.benefit.clause,
                "amount": format_yuan(entitlement.amount),
                "ceiling": entitlement.ceiling,
                "facts": [{"id": paid.fact.id, "amount": format_yuan(paid.amount)} for paid in entitlement.paid],
            }
            for entitlement in answer.benefits
        ],
        "refused": [],
        "readings": [],
        "optimal": answer.optimal,
    }
    for refusal in answer.refused:
        entry = particulars(refusal, answer.firm)
        if several:
            entry["policy"] = refusal.line.policy.id
        row["refused"].append(entry)
    for reading in answer.readings:
        entry = {
            "id": reading.id,
            "chosen": reading.chosen,
            "total": format_yuan(answer.total),
            "other": reading.other,
            "other_total": format_yuan(reading.other_total),
        }
        if several:
            entry["policy"] = reading.policy.id
        row["readings"].append(entry)
    if not answer.optimal:
        row["bound"] = format_yuan(answer.bound)
    restated = restated_policies(answer)
    if restated:
        row["restated"] = restated
    return row


def restated_policies(answer: Answer) -> list[str]:
    """The policies of which only a restatement is known: those assessed, and those that a standard was taken from."""
    found = [policy.id for policy in answer.policies if policy.restated]
    sources = (entitlement.line.benefit.standard_of for entitlement in answer.benefits)
    found += [source.policy for source in sources if source is not None and source.restated]
    return list(dict.fromkeys(found))
