"""The amounts of a case: what the engine gives for exactly what it claims, and the record of how it came about."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

from chaoce.assessment.answer import Answer, assess_once
from chaoce.assessment.explain import explain, plain
from chaoce.assessment.wire import to_json
from chaoce.service.calls.models import Call, Guide
from chaoce.service.calls.procedure import basis_of
from chaoce.service.cases.models import Assessed, Case, CaseLine
from chaoce.service.facts.dossier import dossier
from chaoce.service.firms.models import Firm
from chaoce.service.plan.sessions import decisions_of, engine, fingerprints, session_of


class Reckoned(NamedTuple):
    """An assessment of what a case claims: amounts in fen by (policy, benefit, fact key), and the facts file that it was made of."""

    answer: Answer
    facts: dict[str, Any]
    basis: str

    @property
    def amounts(self) -> dict[tuple[str, str, str], int]:
        """What each claim is due; claims that are due nothing are not in it."""
        found: dict[tuple[str, str, str], int] = {}
        for entitlement in self.answer.benefits:
            for paid in entitlement.paid:
                key = (entitlement.line.policy.id, entitlement.id, paid.fact.id)
                found[key] = found.get(key, 0) + paid.amount
        return found

    @property
    def ceilings(self) -> frozenset[tuple[str, str]]:
        """The benefits, as (policy, benefit), whose amount is only a ceiling: the text gives one and no decision has settled it."""
        return frozenset((e.line.policy.id, e.id) for e in self.answer.benefits if e.ceiling)


def reckon(case: Case) -> Reckoned:
    """What the case is due now: its claims and no others, after everything that the firm received elsewhere."""
    basis = basis_of(case.guide)
    session = session_of(case.call.year)
    facts = dossier(case.firm, basis, without_case=case.pk)
    return Reckoned(session.assess_claims(session.read(facts), claims_of(case)), facts, basis)


def claims_of(case: Case) -> frozenset[tuple[str, str, str]]:
    """What a case claims."""
    return frozenset((line.policy, line.benefit, line.fact.key) for line in case.lines.select_related("fact"))


def best_claims(firm: Firm, call: Call, guide: Guide) -> Reckoned:
    """The best claim of a firm over all its facts within the benefits of one call: what a new draft begins with."""
    basis = basis_of(guide)
    session = session_of(call.year)
    facts = dossier(firm, basis)
    read = session.read(facts)
    claiming = frozenset((policy, benefit, fact.id) for policy, benefit in call.pairs for fact in read.facts)
    return Reckoned(session.assess_claims(read, claiming), facts, basis)


def keep(case: Case, purpose: str, reckoned: Reckoned) -> Assessed:
    """Pins an assessment: policies, engine, decisions and facts that went in, and the answer that came out, byte for byte."""
    row = decisions_of(case.call.year)
    kept = Assessed(
        case=case,
        purpose=purpose,
        year=case.call.year,
        policies=fingerprints(),
        engine=engine(),
        decisions="" if row is None else row.text,
        claims=sorted(list(claim) for claim in claims_of(case)),
        basis=reckoned.basis,
        facts=_text(reckoned.facts),
        answer=_text(to_json(reckoned.answer)),
        explanation=_text(plain(explain(reckoned.answer))),
    )
    kept.sha256 = digest(kept)
    kept.save()
    return kept


def digest(kept: Assessed) -> str:
    """SHA-256 over everything that was pinned."""
    pinned = {
        name: getattr(kept, name)
        for name in ("year", "policies", "engine", "decisions", "claims", "basis", "facts", "answer", "explanation")
    }
    return hashlib.sha256(_text(pinned).encode()).hexdigest()


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def better_claim(case: Case) -> dict[str, int] | None:
    """What this case would cost the firm elsewhere, in fen: None where no better claim is foreclosed.

    `best` is the firm's best total over everything; `case` what this case brings and `rest` the best total of what is left once
    it is granted. Where `case` + `rest` is less than `best`, a better claim for the same matters or within the same limits is lost.
    """
    session = session_of(case.call.year)
    reckoned = reckon(case)
    best = assess_once(session.assessor.engine, session.read(reckoned.facts), case.call.year).total
    granted = _as_received(case, reckoned)
    after = {**reckoned.facts, "received": [*reckoned.facts["received"], *granted]}
    rest = assess_once(session.assessor.engine, session.read(after), case.call.year).total
    if reckoned.answer.total + rest >= best:
        return None
    return {"best": best, "case": reckoned.answer.total, "rest": rest, "lost": best - reckoned.answer.total - rest}


def _as_received(case: Case, reckoned: Reckoned) -> list[dict[str, Any]]:
    from chaoce.money import format_yuan

    by_key = {line.fact.key: line.fact for line in case.lines.select_related("fact")}
    return [
        {
            "benefit": benefit,
            "policy": policy,
            "matter": by_key[key].matters[0],
            "date": f"{case.call.year}-12-31",
            "year": case.call.year,
            "amount": format_yuan(amount),
        }
        for (policy, benefit, key), amount in sorted(reckoned.amounts.items())
    ]


def total(lines: list[CaseLine], field: str) -> int | None:
    """The sum of one kind of amount over lines; None where none of them has it."""
    amounts = [amount for line in lines if (amount := getattr(line, field)) is not None]
    return sum(amounts) if amounts else None
