"""The steps that departments take in a case before its decision: pre-check, corrections, findings, lower amounts, closing the review."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chaoce.money import format_yuan, say_yuan
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.flow import State, Verdict
from chaoce.service.cases.form import missing_evidence, unanswered
from chaoce.service.cases.matters import WAITING
from chaoce.service.cases.models import Case, CaseLine, Correction, Review
from chaoce.service.cases.stepping import (
    check_move,
    end_correction,
    lead_only,
    look,
    move,
    no_reason,
    note,
    open_correction,
    save,
    step,
    stopping,
    written,
    wrong_role,
    wrong_state,
)  # fmt: skip
from chaoce.service.messaging.post import tell
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import DEPARTMENT
from chaoce.service.wording import say_day


@step
def accept(case: Case, member: Membership) -> Case:
    """Ends the pre-check: one review a department opens, all at once."""
    lead_only(case, member)
    move(case, member, "accept")
    Review.objects.get_or_create(case=case, department=case.call.lead, defaults={"lead": True})
    for department in case.call.joint.all():
        Review.objects.get_or_create(case=case, department=department)
    note(case, "accept", member)
    tell("case_accepted", case, by=member.user)
    return case


@step
def send_back(case: Case, member: Membership, points: list[dict[str, str]], deadline: date) -> Case:
    """Asks the firm to put points right until a day; the clock of the case stands meanwhile."""
    check_move(case, member, "send_back")
    if case.state == State.SUBMITTED:
        lead_only(case, member)
    else:
        _review_of(case, member)
    asked = [
        {"text": text, "fact": written(str(point.get("fact", "")), 200), "answer": ""}
        for point in points
        if (text := written(str(point.get("text", "")), 2000))
    ]
    if not asked:
        raise Refused(_("List at least one point that the firm has to put right."))
    if deadline <= timezone.localdate():
        raise Refused(_("The deadline must be after today."))
    back_to, before = State(case.state), _as_handed_in(case)
    move(case, member, "send_back", why=asked[0]["text"], clock_stopped_at=timezone.now())
    Correction.objects.create(case=case, points=asked, deadline=deadline, back_to=back_to, before=before, asked_by=member.user)
    note(case, "send_back", member, points=[point["text"] for point in asked], deadline=deadline.isoformat())
    tell("case_sent_back", case, by=member.user, deadline=deadline.isoformat())
    return case


#: What of a line goes on unchanged where a correction is not answered.
_KEPT = ("policy", "benefit", "fact_id", "claimed", "ceiling", "lowered", "lowered_why", "lowered_by_id")


def _as_handed_in(case: Case) -> dict[str, Any]:
    return {"form": case.form, "lines": [{name: getattr(line, name) for name in _KEPT} for line in case.lines.all()]}


def _restore(case: Case, before: dict[str, Any]) -> None:
    """The lines as they were handed in, whatever the firm chose since and did not hand in."""
    wanted = {(row["policy"], row["benefit"], row["fact_id"]): row for row in before["lines"]}
    for line in case.lines.all():
        row = wanted.pop((line.policy, line.benefit, line.fact_id), None)
        if row is None:
            line.delete()
            continue
        for name in _KEPT:
            setattr(line, name, row[name])
        line.save()
    CaseLine.objects.bulk_create(CaseLine(case=case, **row) for row in wanted.values())


@step
def go_on(case: Case, member: Membership, why: str) -> Case:
    """Goes on with the case as it was handed in, once the deadline of a correction has passed without an answer."""
    lead_only(case, member)
    why = written(why)
    correction = open_correction(case)
    if correction.deadline >= timezone.localdate():
        raise Refused(_("The firm has until %(day)s to answer.") % {"day": say_day(correction.deadline)})
    if not why:
        raise no_reason()
    _restore(case, correction.before)
    end_correction(case, member, correction, ["" for _point in correction.points], "go_on", why, form=correction.before["form"])
    look(case)
    note(case, "go_on", member, why=why)
    tell("case_goes_on", case, by=member.user)
    return case


def _review_of(case: Case, member: Membership) -> Review:
    """The review of somebody's department, while the case is in review."""
    if case.state != State.REVIEW:
        raise Refused(_("This case is not in review."))
    review = case.reviews.filter(department=member.department_id).first()
    if review is None or member.role not in DEPARTMENT:
        raise Refused(_("Your department does not review this case."))
    return review


@step
def give_verdict(case: Case, member: Membership, verdict: str, opinion: str) -> Case:
    """A department's finding; it may be changed until the lead closes the review."""
    review, opinion = _review_of(case, member), written(opinion)
    if verdict not in Verdict.values:
        raise Refused(_("Choose whether your department agrees or objects."))
    if verdict == Verdict.OBJECTS and not opinion:
        raise Refused(_("An objection needs its reasons."))
    review.verdict, review.opinion, review.by, review.at = verdict, opinion, member.user, timezone.now()
    review.save()
    save(case)
    note(case, "verdict", member, inside=True, department=review.department.zh, verdict=verdict, opinion=opinion)
    if not case.reviews.filter(verdict="").exists():
        tell("all_found", case, by=member.user)
    return case


@step
def lower(case: Case, member: Membership, line: int, amount: int | None, why: str) -> Case:
    """A lower amount for one line, in fen, with its reason; None takes it back. Never a higher one.

    What another department lowered may be lowered further; only that department raises it again or takes it back.
    """
    _review_of(case, member)
    why = written(why, 400)
    row = case.lines.filter(pk=line).first()
    if row is None:
        raise Refused(_("That line is not of this case."))
    if row.lowered is not None and (amount is None or amount > row.lowered) and not _lowered_by_own(row, member):
        raise Refused(_("Another department has lowered this amount; only that department can raise it again."))
    if amount is None:
        row.lowered, row.lowered_why, row.lowered_by = None, "", None
    else:
        if type(amount) is not int or not 0 <= amount < (row.claimed or 0):
            raise Refused(_("The amount can only be lowered: give less than %(most)s yuan.") % {"most": say_yuan(row.claimed or 0)})
        if not why:
            raise Refused(_("Say why the amount is lowered; the firm reads it."))
        row.lowered, row.lowered_why, row.lowered_by = amount, why, member.user
    row.save()
    save(case)
    lowered = None if amount is None else format_yuan(amount)
    note(case, "lower", member, inside=True, fact=row.fact.key, benefit=row.benefit, amount=lowered, why=why)
    return case


def _lowered_by_own(row: CaseLine, member: Membership) -> bool:
    """Whether somebody of the same department lowered a line, also one who has left it since."""
    return Membership.objects.filter(user=row.lowered_by_id, department=member.department_id).exists()


@step
def clear_check(case: Case, member: Membership, check: int, why: str) -> Case:
    """Clears what the pre-check stopped, with the reason for it."""
    if member.role not in DEPARTMENT:
        raise wrong_role()
    if case.state not in (State.SUBMITTED, State.REVIEW, State.REVIEWED):
        raise wrong_state(case)
    why = written(why, 400)
    if not why:
        raise no_reason()
    # Another case with the same matter may be taking the finding back at this moment.
    row = case.checks.select_for_update().filter(pk=check, passed=False, cleared_at=None).first()
    if row is None:
        raise Refused(_("That finding is cleared already, or is gone."))
    row.cleared_by, row.cleared_at, row.cleared_why = member.user, timezone.now(), why
    row.save()
    save(case)
    note(case, "clear_check", member, inside=True, check=row.code, subject=row.subject, why=why)
    return case


@step
def look_again(case: Case, member: Membership) -> Case:
    """Runs the pre-check anew: what changed outside the case since (facts, lists, other cases) is found and shown."""
    if member.role not in DEPARTMENT:
        raise wrong_role()
    if case.state not in (State.SUBMITTED, State.REVIEW, State.REVIEWED):
        raise wrong_state(case)
    look(case)
    save(case)
    return case


def check_anew(pk: int) -> bool:
    """Looks at a case once more without a person: after a list, a grant or a file touched it. Whether there was something to look at.

    Of a case that waits the pre-check is run anew. Of one that is decided the lead department is told which fact that it granted no
    longer stands; the decision itself is not touched.
    """
    with transaction.atomic():
        rows = Case.objects.select_for_update(of=("self",), no_key=True).select_related("call", "guide", "firm")
        case = rows.filter(pk=pk).first()
        if case is None:
            return False
        if case.state in WAITING:
            look(case)
            return True
        return case.state in (State.DECIDED, State.READY) and _tell_of_lost_facts(case)


def _tell_of_lost_facts(case: Case) -> bool:
    lost = case.lines.filter(granted__gt=0, fact__withdrawn_at__isnull=False).select_related("fact")
    told = set(case.events.filter(kind="fact_gone").values_list("particulars__ref", flat=True))
    found = [line.fact for line in lost if line.fact_id not in told]
    for fact in found:
        note(case, "fact_gone", None, inside=True, fact=fact.key, ref=fact.pk, why=fact.withdrawn_why)
    if found:
        tell("granted_fact_gone", case, facts="、".join(fact.key for fact in found))
    return bool(found)


@step
def close_review(case: Case, member: Membership) -> Case:
    """The lead closes the review, once every department has found and the lead has too."""
    lead_only(case, member)
    check_move(case, member, "close_review")
    waiting = [review.department.zh for review in case.reviews.select_related("department").filter(verdict="")]
    if waiting:
        raise Refused(_("Still without a finding: %(departments)s") % {"departments": "、".join(waiting)})
    found = stopping(case) + _lost_evidence(case)
    if found:
        raise Refused(_("Findings of the checks are open; clear them with a reason, or send the case back:"), found)
    move(case, member, "close_review")
    note(case, "close_review", member)
    tell("case_reviewed", case, by=member.user)
    return case


def _lost_evidence(case: Case) -> list[str]:
    """Required items whose file can no longer be used, but for those that a finding says already, open or cleared with a reason."""
    said = set(case.checks.filter(code="evidence", passed=False).values_list("subject", flat=True))
    return missing_evidence(case) if any(item["code"] not in said for item in unanswered(case)) else []


@step
def return_to_review(case: Case, member: Membership, why: str) -> Case:
    """The head sends the case back to the reviewers, who see what the pre-check finds by now."""
    lead_only(case, member)
    why = written(why)
    move(case, member, "return_to_review", why)
    look(case)
    note(case, "return_to_review", member, inside=True, why=why)
    tell("case_returned", case, by=member.user, why=why)
    return case
