"""Which steps a person may take in a case now, and why not: what the page offers. The steps themselves decide (`cases/steps.py`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from chaoce.service.cases.flow import TRANSITIONS, Outcome, State
from chaoce.service.cases.models import Case, Check, Correction, Event, Opinion, Review
from chaoce.service.cases.steps import REVIEWING
from chaoce.service.people.models import Membership, User
from chaoce.service.people.roles import DEPARTMENT, FIRM, Role

#: Who reads what the departments write among themselves. Towns and experts are shown the case and what is asked of them.
INSIDE = frozenset(Role) - FIRM - {Role.TOWN, Role.EXPERT}


def offered(
    case: Case, member: Membership, reviews: Sequence[Review], opinions: Iterable[Opinion], correction: Correction | None
) -> set[str]:
    """The names of the steps that the page offers: moves of the flow, and what stands beside it."""
    role, state = Role(member.role), State(case.state)
    lead = role in DEPARTMENT and member.department_id == case.call.lead_id
    reviews_it = role in DEPARTMENT and any(review.department_id == member.department_id for review in reviews)
    may = {
        name
        for name in ("accept", "close_review", "make_ready", "return_to_review", "decide", "reopen")
        if lead and _stands(name, state, role)
    }
    if case.outcome == Outcome.REFUSED:
        may.discard("make_ready")
    if _stands("send_back", state, role) and (lead or state == State.REVIEW):
        may.add("send_back")
    if lead and state == State.CORRECTION and correction is not None and correction.deadline < timezone.localdate():
        may.add("go_on")
    if reviews_it and state == State.REVIEW:
        may |= {"verdict", "lower"}
    if role in DEPARTMENT or role == Role.TOWN:
        may.add("to_firm")
    if role in DEPARTMENT:
        may.add("inside")
        if state in (State.SUBMITTED, State.REVIEW, State.REVIEWED):
            may.add("clear")
        if state in (State.SUBMITTED, State.REVIEW):
            may.add("ask")
    if role == Role.TOWN and state in (State.SUBMITTED, State.REVIEW, State.CORRECTION):
        may.add("visit")
    if role == Role.EXPERT and any(one.expert_id == member.user_id and one.answered_at is None for one in opinions):
        may.add("answer")
    return may


def _stands(name: str, state: State, role: Role) -> bool:
    move = TRANSITIONS[name]
    return state in move.sources and role in move.roles


def barred(case: Case) -> list[User]:
    """Who took part in the review and may therefore not decide, where the call asks for four eyes."""
    if not case.guide.four_eyes:
        return []
    rows = Event.objects.filter(case=case, kind__in=REVIEWING, by__isnull=False)
    return list(User.objects.filter(pk__in=rows.values("by")).order_by("name", "pk"))


def hindrances(reviews: Sequence[Review], checks: Sequence[Check]) -> list[str]:
    """Why the review cannot be closed yet, sentence by sentence."""
    points = []
    waiting = [review.department.zh for review in reviews if not review.verdict]
    if waiting:
        points.append(_("Still without a finding: %(departments)s") % {"departments": "、".join(waiting)})
    stopping = sum(1 for check in checks if not check.passed and check.stops and check.cleared_at is None)
    if stopping:
        points.append(
            _("Findings of the checks that stop: %(count)s. Clear each with a reason, or send the case back.") % {"count": stopping}
        )
    return points
