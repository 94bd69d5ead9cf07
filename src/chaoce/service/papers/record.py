"""A case as data (`case.json` of its ZIP): everything that its reader may see, for other programs and for later years.

Money is yuan with two places, moments are of Shanghai. What was pinned stands in it as it was, so that its SHA-256 can be computed again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import override

from chaoce.money import format_yuan
from chaoce.service.cases import checks
from chaoce.service.cases.flow import TRANSITIONS, State
from chaoce.service.cases.handed import last_handed_in
from chaoce.service.cases.models import Assessed, Case, CaseLine, Event
from chaoce.service.cases.parties import Party, parties
from chaoce.service.cases.timeline import events_for, say, sees_inside, who_of
from chaoce.service.facts.dossier import enterprise
from chaoce.service.people.models import Membership

FORMAT = "chaoce case 1"


def record(case: Case, member: Membership) -> dict[str, Any]:
    """All of a case that somebody may see. A firm is told neither what the departments write inside nor which person acted."""
    events = events_for(case, member)
    inside = sees_inside(member)
    remarks = case.remarks.all() if inside else case.remarks.filter(inside=False)
    corrections = list(case.corrections.all())
    asked = [event.by_id for event in events] + [row.by_id for row in remarks] + [row.asked_by_id for row in corrections]
    if inside:
        asked += [row.by_id for row in case.visits.all()] + [row.by_id for row in case.reviews.all()]
    acted = parties(case, asked)

    def who(person: int | None) -> dict[str, str]:
        return _who(acted.get(person or 0), member)

    found: dict[str, Any] = {
        "format": FORMAT,
        "number": case.number,
        "state": case.state,
        "outcome": case.outcome or None,
        "created_at": _moment(case.created_at),
        "submitted_at": _moment(case.submitted_at),
        "decided_at": _moment(case.decided_at),
        "decided_why": case.decided_why,
        "ready_made": case.ready_made,
        "call": _call(case),
        "guide": _guide(case),
        "firm": enterprise(case.firm),
        "form": last_handed_in(case).form,
        "lines": [_line(line, inside) for line in case.lines.select_related("fact").order_by("id")],
        "assessed": [_assessed(row) for row in case.assessed.order_by("at", "id")],
        "corrections": [
            {
                "points": row.points,
                "deadline": row.deadline.isoformat(),
                "asked_at": _moment(row.asked_at),
                "asked_by": who(row.asked_by_id),
                "answered_at": _moment(row.answered_at),
                "back_to": row.back_to,
            }
            for row in corrections
        ],
        "remarks": [{"at": _moment(row.at), "by": who(row.by_id), "inside": row.inside, "text": row.text} for row in remarks],
        "states": states(case),
        "events": [_event(event, who(event.by_id)) for event in events],
    }
    if inside:
        found |= _inside(case, who)
    return found


def _moment(at: datetime | None) -> str | None:
    return timezone.localtime(at).isoformat() if at is not None else None


def _who(party: Party | None, member: Membership) -> dict[str, str]:
    with override("zh-hans"):
        said = {"who": who_of(party)[0]}
    if party is not None:
        said["role"] = party.role.value
        if not member.is_firm or party.is_firm:
            said["person"] = party.person
    return said


def _call(case: Case) -> dict[str, Any]:
    call = case.call
    return {
        "title": call.zh,
        "year": call.year,
        "benefits": call.benefits,
        "lead": call.lead.zh,
        "joint": [department.zh for department in call.joint.order_by("id")],
        "opens_at": _moment(call.opens_at),
        "closes_at": _moment(call.closes_at),
    }


def _guide(case: Case) -> dict[str, Any]:
    guide = case.guide
    return {
        "version": guide.version,
        "rules": guide.rules,
        "evidence": guide.evidence,
        "text": guide.text_zh,
        "four_eyes": guide.four_eyes,
        "review_days": guide.review_days,
        "correction_days": guide.correction_days,
        "published_at": _moment(guide.published_at),
    }


def _yuan(fen: int | None) -> str | None:
    return None if fen is None else format_yuan(fen)


def _line(line: CaseLine, inside: bool) -> dict[str, Any]:
    found = {
        "policy": line.policy,
        "benefit": line.benefit,
        "fact": line.fact.key,
        "matters": line.fact.matters,
        "claimed": _yuan(line.claimed),
        "ceiling": line.ceiling,
        "computed": _yuan(line.computed),
        "granted": _yuan(line.granted),
        "granted_why": line.granted_why,
    }
    return {**found, "lowered": _yuan(line.lowered), "lowered_why": line.lowered_why} if inside else found


def _assessed(row: Assessed) -> dict[str, Any]:
    pinned = {name: getattr(row, name) for name in ("year", "policies", "engine", "decisions", "claims", "basis")}
    texts = {name: json.loads(getattr(row, name)) for name in ("facts", "answer", "explanation")}
    return {"purpose": row.purpose, "at": _moment(row.at), **pinned, **texts, "sha256": row.sha256}


def _event(event: Event, who: dict[str, str]) -> dict[str, Any]:
    with override("zh-hans"):
        text = say(event.kind, event.particulars)
    return {"at": _moment(event.at), "kind": event.kind, "by": who, "inside": event.inside, "text": text, "particulars": event.particulars}


def states(case: Case) -> list[dict[str, Any]]:
    """Every state that a case was in, from when: by the flow, from its events. None of it is inside: the firm sees each state itself."""
    back_to = iter(case.corrections.order_by("asked_at", "id").values_list("back_to", flat=True))
    found = [{"state": State.DRAFT.value, "at": _moment(case.created_at)}]
    for event in case.events.order_by("at", "id"):
        if event.kind in ("resubmit", "go_on"):
            state = next(back_to)
        elif event.kind in TRANSITIONS:
            state = TRANSITIONS[event.kind].target.value
        else:
            continue
        found.append({"state": state, "at": _moment(event.at)})
    return found


def _inside(case: Case, who: Any) -> dict[str, Any]:
    with override("zh-hans"):
        return {
            "reviews": [
                {"department": row.department.zh, "lead": row.lead, "verdict": row.verdict or None, "opinion": row.opinion,
                 "by": who(row.by_id) if row.by_id else None, "at": _moment(row.at)}
                for row in case.reviews.select_related("department")
            ],
            "visits": [
                {"day": row.day.isoformat(), "on_site": row.on_site, "sound": row.sound, "report": row.report, "by": who(row.by_id),
                 "at": _moment(row.at)}
                for row in case.visits.all()
            ],
            "opinions": [
                {"expert": row.expert.name, "question": row.question, "asked_at": _moment(row.asked_at), "text": row.text,
                 "recused": row.recused, "answered_at": _moment(row.answered_at)}
                for row in case.opinions.select_related("expert")
            ],
            "checks": _checks(case.checks.all()),
        }  # fmt: skip


def _checks(rows: Iterable[Any]) -> list[dict[str, Any]]:
    return [
        {"code": row.code, "stops": row.stops, "passed": row.passed, "subject": row.subject, "text": checks.say(row),
         "cleared_at": _moment(row.cleared_at), "cleared_why": row.cleared_why}
        for row in rows
    ]  # fmt: skip
