"""The amounts of a case: what the engine gives for exactly what it claims, and the record of how it came about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext as _

from chaoce.assessment.answer import Answer, assess_once
from chaoce.assessment.explain import explain, plain
from chaoce.assessment.prepare import Session
from chaoce.assessment.wire import to_json
from chaoce.facts.firm import Firm as ReadFirm
from chaoce.faults import Faults
from chaoce.service.calls.models import Call, Guide
from chaoce.service.calls.procedure import basis_of
from chaoce.service.cases import matters
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Assessed, Case, CaseLine
from chaoce.service.facts.dossier import Grant, dossier, grant_of
from chaoce.service.facts.models import Fact, Received
from chaoce.service.firms.models import Firm
from chaoce.service.plan.sessions import InForce, benefit_of, engine, in_force, policy_of, session_under
from chaoce.service.wording import spoken

#: (policy, benefit, fact key)
Claim = tuple[str, str, str]


class Reckoned(NamedTuple):
    """An assessment of what a case claims: amounts in fen by (policy, benefit, fact key), and what it was made of: the facts file,
    the call's tax basis, what was claimed, and the policies and decisions in force."""

    answer: Answer
    facts: dict[str, Any]
    basis: str
    claims: frozenset[Claim] = frozenset()
    under: InForce | None = None

    @property
    def amounts(self) -> dict[Claim, int]:
        """What each claim is due; claims that are due nothing are not in it."""
        return _by_claim(self.answer)

    @property
    def ceilings(self) -> frozenset[tuple[str, str]]:
        """The benefits, as (policy, benefit), whose amount is only a ceiling: the text gives one and no decision has settled it."""
        return frozenset((e.line.policy.id, e.id) for e in self.answer.benefits if e.ceiling)


def _by_claim(answer: Answer) -> dict[Claim, int]:
    found: dict[Claim, int] = {}
    for entitlement in answer.benefits:
        for paid in entitlement.paid:
            key = (entitlement.line.policy.id, entitlement.id, paid.fact.id)
            found[key] = found.get(key, 0) + paid.amount
    return found


def reckon(case: Case) -> Reckoned:
    """What the case is due now: its claims and no others, after everything that the firm received elsewhere.

    Once it has been handed in, a line whose fact no longer stands as it was handed in is due nothing, also where the fact was said
    anew. Raises Refused where the firm's facts cannot be read any more.
    """
    under, basis = in_force(case.call.year), basis_of(case.guide)
    facts = dossier(case.firm, basis, without_case=case.pk)
    read = _read(under.session, facts)
    lines = case.lines.select_related("fact")
    if case.state not in (State.DRAFT, State.CORRECTION):
        lines = lines.filter(fact__withdrawn_at=None)
    received = case.firm.received.standing().exclude(case_line__case=case)
    claims = _still_open(((line.policy, line.benefit, line.fact) for line in lines), received)
    return Reckoned(under.session.assess_claims(read, claims), facts, basis, claims, under)


def _read(session: Session, facts: dict[str, Any]) -> ReadFirm:
    try:
        return session.read(facts)
    except Faults as faults:
        lang = spoken()
        raise Refused(
            _("The firm's facts no longer agree with each other; the programme office has to put them right."),
            [fault.say(lang) for fault in faults.faults],
        ) from None


def _still_open(wanted: Iterable[tuple[str, str, Fact]], received: Iterable[Received]) -> frozenset[Claim]:
    """Claims without those of a benefit that is paid once a title, a product, …, and was granted for that one on another matter.

    (On the same matter what was granted is taken off, as everywhere; what is paid once a firm the engine itself holds.)
    """
    granted: dict[tuple[str, str, object], list[Grant]] = {}
    for row in received:
        if row.case_line is not None:
            for value in _once_of(row.policy, row.benefit, row.case_line.fact):
                granted.setdefault((row.policy, row.benefit, value), []).append(grant_of(row))
    found = set()
    for policy, benefit, fact in wanted:
        before = [grant for value in _once_of(policy, benefit, fact) for grant in granted.get((policy, benefit, value), ())]
        if all(grant.touches(fact.matters) for grant in before):
            found.add((policy, benefit, fact.key))
    return frozenset(found)


def _once_of(policy: str, benefit: str, fact: Fact) -> tuple[object, ...]:
    """The title, product, … for which a benefit pays a fact once; nothing where it is not paid once a field."""
    try:
        once = benefit_of(policy, benefit).once
    except KeyError:
        return ()
    fact_type = policy_of(policy).types.types.get(fact.type)
    if once in (None, "firm") or fact_type is None or once not in fact_type.fields:
        return ()
    return (fact.raw.get(once, fact_type.fields[once].default),)


def claims_of(case: Case) -> frozenset[Claim]:
    """What a case claims."""
    return frozenset((line.policy, line.benefit, line.fact.key) for line in case.lines.select_related("fact"))


def best_claims(firm: Firm, call: Call, guide: Guide, but: Container[str] = ()) -> Reckoned:
    """The best claim of a firm within the benefits of one call, over all its facts but those with these keys, and without what a
    decision in the call has settled: what a new draft begins with."""
    under, basis = in_force(call.year), basis_of(guide)
    facts = dossier(firm, basis)
    read = _read(under.session, facts)
    rows = [fact for fact in firm.facts.standing() if fact.key not in but]
    over = matters.settled(firm, call)
    every = ((policy, benefit, fact) for policy, benefit in sorted(call.pairs) for fact in rows)
    wanted = [claim for claim in every if (claim[0], claim[1], claim[2].key) not in over]
    claims = _still_open(wanted, firm.received.standing())
    return Reckoned(under.session.assess_claims(read, claims), facts, basis, claims, under)


# The record.


def keep(case: Case, purpose: str, reckoned: Reckoned) -> Assessed:
    """Pins an assessment: policies, engine, decisions and facts that went in, and the answer that came out, byte for byte."""
    under = reckoned.under
    assert under is not None
    kept = Assessed(
        case=case,
        purpose=purpose,
        year=case.call.year,
        policies=under.fingerprints,
        engine=engine(),
        decisions=under.decisions,
        claims=sorted(list(claim) for claim in reckoned.claims),
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


def replay(kept: Assessed) -> str:
    """The answer computed again from nothing but what was pinned and the policies: the same text, byte for byte.

    Raises Refused where this service no longer runs one of the policies as it was then.
    """
    return _text(to_json(_again(kept)))


def _again(kept: Assessed) -> Answer:
    ids = json.loads(kept.answer)["policies"]
    try:
        under = session_under(ids, kept.year, kept.decisions)
    except KeyError:
        under = None
    if under is None or under.fingerprints != kept.policies:
        raise Refused(_("The policies are not those of that assessment: it can be computed again with the files of that time only."))
    claims = frozenset((policy, benefit, key) for policy, benefit, key in kept.claims)
    return under.session.assess_claims(under.session.read(json.loads(kept.facts)), claims)


def verify(kept: Assessed) -> list[str]:
    """What is not as it was pinned, sentence by sentence; nothing where the record is whole and computing it again gives the same."""
    said = []
    if digest(kept) != kept.sha256:
        said.append(_("The record has been changed since: its checksum differs."))
    if kept.engine != engine():
        said.append(_("The program is another one than then: %(then)s, now %(now)s.") % {"then": kept.engine, "now": engine()})
    try:
        answer = _again(kept)
    except Refused as refused:
        return [*said, refused.text]
    if _text(to_json(answer)) != kept.answer or _text(plain(explain(answer))) != kept.explanation:
        said.append(_("Computed again, the answer differs."))
    return said


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


# What else the firm could claim.


def better_claim(case: Case) -> dict[str, Any] | None:
    """What this case would cost the firm elsewhere, in fen: None where no better claim is foreclosed.

    `best` is the firm's best total over everything; `case` what this case brings and `rest` the best total of what is left once
    it is granted. Where `case` + `rest` is less than `best`, a better claim for the same matters or within the same limits is
    `lost`. `claims` says which: for every benefit of the best claim that gives less afterwards its `policy`, `benefit`, `title`, the
    keys of its `facts`, what it comes to at `best`, what is `left` of it, and the difference, `lost`; the largest first.
    """
    reckoned = reckon(case)
    assert reckoned.under is not None
    session = reckoned.under.session
    best = assess_once(session.assessor.engine, session.read(reckoned.facts), case.call.year)
    after = dossier(case.firm, reckoned.basis, without_case=case.pk, also=_as_granted(case, reckoned.amounts))
    rest = assess_once(session.assessor.engine, session.read(after), case.call.year)
    lost = best.total - reckoned.answer.total - rest.total
    if lost <= 0:
        return None
    left = dict(reckoned.amounts)
    for claim, amount in _by_claim(rest).items():
        left[claim] = left.get(claim, 0) + amount
    return {
        "best": best.total, "case": reckoned.answer.total, "rest": rest.total, "lost": lost, "claims": _lost(_by_claim(best), left),
    }  # fmt: skip


def _as_granted(case: Case, amounts: Mapping[Claim, int]) -> list[Grant]:
    """What the case claims as if it were granted."""
    facts = {line.fact.key: line.fact for line in case.lines.select_related("fact")}
    standing = {fact.key: fact for fact in case.firm.facts.standing().filter(key__in=facts)}
    return [
        Grant(f"new-{number}", policy, benefit, tuple(standing[key].matters), date(case.call.year, 12, 31), case.call.year, amount)
        for number, ((policy, benefit, key), amount) in enumerate(sorted(amounts.items()), 1)
    ]


def _lost(best: Mapping[Claim, int], left: Mapping[Claim, int]) -> list[dict[str, Any]]:
    """The benefits of the best claim that give less, the largest loss first."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for (policy, benefit, key), amount in sorted(best.items()):
        title = benefit_of(policy, benefit).title
        begun = {"policy": policy, "benefit": benefit, "title": title, "facts": [], "best": 0, "left": 0, "lost": 0}
        row = found.setdefault((policy, benefit), begun)
        row["best"] += amount
        if left.get((policy, benefit, key), 0) < amount:
            row["facts"].append(key)
    for (policy, benefit, _key), amount in left.items():
        if (policy, benefit) in found:
            found[policy, benefit]["left"] += amount
    for row in found.values():
        row["lost"] = row["best"] - row["left"]
    return sorted((row for row in found.values() if row["lost"] > 0), key=lambda row: -row["lost"])


def claimed_as_ceilings(cases: Iterable[int]) -> dict[int, set[tuple[str, str]]]:
    """For cases that were handed in, the benefits, (policy, benefit), that were claimed only as a ceiling, as pinned with the last
    submission: what was claimed keeps its kind, whatever a decision settles afterwards. One query, however many cases."""
    keys = list(cases)
    found: dict[int, set[tuple[str, str]]] = {}
    if not keys:
        return found
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT kept.case_id, row ->> 'policy', row ->> 'id'
            FROM (
                SELECT DISTINCT ON (case_id) case_id, explanation FROM cases_assessed
                WHERE case_id = ANY(%s) AND purpose = 'submitted' ORDER BY case_id, at DESC, id DESC
            ) kept, jsonb_array_elements(kept.explanation::jsonb -> 'benefits') row
            WHERE (row ->> 'ceiling')::boolean""",
            [keys],
        )
        for case, policy, benefit in cursor.fetchall():
            found.setdefault(case, set()).add((policy, benefit))
    return found


def total(lines: list[CaseLine], field: str) -> int | None:
    """The sum of one kind of amount over lines; None where none of them has it."""
    amounts = [amount for line in lines if (amount := getattr(line, field)) is not None]
    return sum(amounts) if amounts else None
