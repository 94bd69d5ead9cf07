"""The answer as JSON (contract, section 3)."""

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
    restated = [policy.id for policy in answer.policies if policy.restated]
    if restated:
        row["restated"] = restated
    return row
