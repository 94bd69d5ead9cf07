"""What is written and done on a case beside its flow: remarks, visits of the town, questions to experts."""

from __future__ import annotations

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from chaoce.service.cases.faults import Refused
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Case, Opinion, Remark, Visit
from chaoce.service.cases.stepping import note, step, written, wrong_role, wrong_state
from chaoce.service.messaging.post import tell
from chaoce.service.people.models import Membership, User
from chaoce.service.people.roles import DEPARTMENT, FIRM, Role

#: Who writes on a case; everybody else who sees it only reads.
_WRITERS = FIRM | DEPARTMENT | {Role.TOWN}


@step
def remark(case: Case, member: Membership, text: str, inside: bool) -> Remark:
    """Writes on the case: inside for the departments, or between the city and the firm. A firm never writes inside."""
    text = written(text)
    if member.role not in _WRITERS or (member.role in FIRM and inside):
        raise wrong_role()
    if case.submitted_at is None:
        raise Refused(_("The case has not been handed in: nobody but the firm sees it."))
    if not text:
        raise Refused(_("Write something first."))
    remark = Remark.objects.create(case=case, inside=inside, text=text, by=member.user)
    note(case, "remark", member, inside=inside)
    tell("remark_inside" if inside else "remark_from_firm" if member.role in FIRM else "remark_to_firm", case, by=member.user)
    return remark


@step
def report_visit(case: Case, member: Membership, day: date, report: str, sound: bool, on_site: bool) -> Visit:
    """The town's first look or its visit on the spot."""
    report = written(report)
    if member.role != Role.TOWN:
        raise wrong_role()
    if case.state not in (State.SUBMITTED, State.REVIEW, State.CORRECTION):
        raise wrong_state(case)
    if not report:
        raise Refused(_("Write what was seen."))
    if day > timezone.localdate():
        raise Refused(_("A visit cannot lie in the future."))
    visit = Visit.objects.create(case=case, day=day, report=report, sound=sound, on_site=on_site, by=member.user)
    note(case, "visit", member, inside=True, on_site=on_site, sound=sound)
    tell("visit_reported", case, by=member.user)
    return visit


@step
def ask_expert(case: Case, member: Membership, expert: User, question: str) -> Opinion:
    """Asks an expert about the case; from then on the expert sees it."""
    question = written(question)
    if member.role not in DEPARTMENT:
        raise wrong_role()
    if case.state not in (State.SUBMITTED, State.REVIEW):
        raise wrong_state(case)
    if not question:
        raise Refused(_("Write the question."))
    if not expert.is_active or not expert.memberships.filter(role=Role.EXPERT, ended_at=None).exists():
        raise Refused(_("That person is not an expert here."))
    if expert.memberships.filter(firm=case.firm_id, ended_at=None).exists():
        raise Refused(_("That person belongs to the firm."))
    if case.opinions.filter(expert=expert).exists():
        raise Refused(_("This expert was asked already."))
    opinion = Opinion.objects.create(case=case, expert=expert, question=question, asked_by=member.user)
    note(case, "ask_expert", member, inside=True)
    tell("expert_asked", case, to=[expert])
    return opinion


@step
def answer_as_expert(case: Case, member: Membership, text: str, recused: bool) -> Opinion:
    """The expert's answer, or the word that the expert stands aside; while it can still be read before the decision."""
    text = written(text, 8000)
    opinion = case.opinions.filter(expert=member.user, answered_at=None).first()
    if member.role != Role.EXPERT or opinion is None:
        raise Refused(_("No question to you is open in this case."))
    if case.state not in (State.SUBMITTED, State.CORRECTION, State.REVIEW, State.REVIEWED):
        raise wrong_state(case)
    if not text:
        raise Refused(_("Write your answer, or why you stand aside."))
    opinion.text, opinion.recused, opinion.answered_at = text, recused, timezone.now()
    opinion.save()
    note(case, "expert_answered", member, inside=True, recused=recused)
    tell("expert_answered", case, to=[opinion.asked_by])
    return opinion
