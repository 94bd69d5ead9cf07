"""The steps of a case: the only code that changes one.

Every step is one transaction. It locks the case, holds it against the version that the person saw, against the flow and the
role, does its work, and leaves an event for the timeline. What a page or the API sends is never believed about amounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chaoce.money import format_yuan
from chaoce.service.calls.models import Call
from chaoce.service.cases import amounts, checks, matters
from chaoce.service.cases.faults import Refused, Stale
from chaoce.service.cases.flow import TRANSITIONS, Outcome, State, Verdict
from chaoce.service.cases.form import missing_evidence, missing_fields, prefilled
from chaoce.service.cases.handed import handed_in
from chaoce.service.cases.models import Assessed, Case, CaseLine, Correction, Event, Opinion, Remark, Review, Visit
from chaoce.service.cases.numbering import next_number
from chaoce.service.facts.record import add_received, withdraw_received
from chaoce.service.firms.models import Firm
from chaoce.service.messaging.post import tell
from chaoce.service.people.models import Membership, User
from chaoce.service.people.roles import DEPARTMENT, FIRM, Role

P = ParamSpec("P")
R = TypeVar("R")

#: What a person did in a case that bars the same person from deciding it, where a call asks for four eyes.
REVIEWING = ("accept", "verdict", "lower", "clear_check", "close_review")


def _step(function: Callable[Concatenate[Case, Membership, P], R]) -> Callable[Concatenate[Case, Membership, int, P], R]:
    """A step: (case, member, version seen, …). Runs in a transaction on the locked, current row."""

    def run(case: Case, member: Membership, version: int, *args: P.args, **kwargs: P.kwargs) -> R:
        with transaction.atomic():
            try:
                current = (
                    Case.objects.seen_by(member).select_for_update(of=("self",)).select_related("call", "guide", "firm").get(pk=case.pk)
                )
            except Case.DoesNotExist:
                raise Refused(_("This case is not there, or not for you.")) from None
            if current.version != version:
                raise Stale(_("Somebody else has changed this case since you opened it. Look at it anew; nothing of yours was saved."))
            return function(current, member, *args, **kwargs)

    run.__doc__, run.__name__ = function.__doc__, function.__name__
    return run  # type: ignore[return-value]


def _save(case: Case, **changes: Any) -> None:
    """Writes the case under its next version."""
    done = Case.objects.filter(pk=case.pk, version=case.version).update(version=case.version + 1, changed_at=timezone.now(), **changes)
    if done != 1:
        raise Stale(_("Somebody else has changed this case since you opened it. Look at it anew; nothing of yours was saved."))
    for name, value in {**changes, "version": case.version + 1}.items():
        setattr(case, name, value)


def _move(case: Case, member: Membership, name: str, why: str = "", **changes: Any) -> None:
    """Takes a step of the flow, if it stands there and the role may take it."""
    move = TRANSITIONS[name]
    if State(case.state) not in move.sources:
        raise Refused(_("This cannot be done with a case that is “%(state)s”.") % {"state": case.get_state_display()})
    if Role(member.role) not in move.roles:
        raise Refused(_("This step is not for your role."))
    if move.reason and not why.strip():
        raise Refused(_("Say why."))
    _save(case, state=move.target, **changes)


def _note(case: Case, kind: str, member: Membership | None, inside: bool = False, **particulars: Any) -> Event:
    return Event.objects.create(case=case, kind=kind, inside=inside, particulars=particulars, by=member.user if member else None)


def _lead_only(case: Case, member: Membership) -> None:
    if member.department_id != case.call.lead_id:
        raise Refused(_("Only the lead department can do this."))


def _acting_firm(case: Case, member: Membership) -> None:
    if member.role not in FIRM or member.firm_id != case.firm_id:
        raise Refused(_("Only the firm can do this."))


def _editable(case: Case, member: Membership) -> None:
    _acting_firm(case, member)
    if case.state not in (State.DRAFT, State.CORRECTION):
        raise Refused(_("The case has been submitted; it can be changed when it is sent back for correction."))


# The firm's steps.


@transaction.atomic
def open_draft(firm: Firm, call: Call, by: Membership | None, ready_made: bool = False) -> Case:
    """The firm's draft in a call: the one that is open, else a new one with the best claim within the call's benefits."""
    Firm.objects.select_for_update().get(pk=firm.pk)
    found = Case.objects.filter(firm=firm, call=call, state=State.DRAFT).first()
    if found is not None:
        return found
    guide = call.guide
    if guide is None or not call.is_open:
        raise Refused(_("This call is not open for applications now."))
    case = Case.objects.create(
        call=call, guide=guide, firm=firm, created_by=by.user if by else None, ready_made=ready_made, form=prefilled(firm, by)
    )
    taken = matters.bases_in_hand(firm)
    best = amounts.best_claims(firm, call, guide)
    facts = {fact.key: fact for fact in firm.facts.standing()}
    for policy, benefit, key in sorted(best.amounts):
        if taken.isdisjoint(facts[key].bases):
            CaseLine.objects.create(case=case, policy=policy, benefit=benefit, fact=facts[key])
    _note(case, "open_draft", by)
    return case


@_step
def choose_lines(case: Case, member: Membership, chosen: Iterable[tuple[str, str, str]]) -> Case:
    """What the case claims, (policy, benefit, fact key): benefits of the call and standing facts of the firm, nothing else."""
    _editable(case, member)
    facts = {fact.key: fact for fact in case.firm.facts.standing()}
    wanted = dict.fromkeys(chosen)
    for policy, benefit, key in wanted:
        if (policy, benefit) not in case.call.pairs or key not in facts:
            raise Refused(_("“%(fact)s” cannot be claimed in this call.") % {"fact": key})
    case.lines.exclude(pk__in=[line.pk for line in case.lines.all() if (line.policy, line.benefit, line.fact.key) in wanted]).delete()
    there = {(line.policy, line.benefit, line.fact.key) for line in case.lines.select_related("fact")}
    for policy, benefit, key in wanted:
        if (policy, benefit, key) not in there:
            CaseLine.objects.create(case=case, policy=policy, benefit=benefit, fact=facts[key])
    _save(case)
    return case


@_step
def save_form(case: Case, member: Membership, form: Mapping[str, str]) -> Case:
    """What the firm wrote so far; nothing is asked for yet."""
    _editable(case, member)
    _save(case, form={**case.form, **{str(key): str(value)[:4000] for key, value in form.items()}})
    return case


@_step
def submit(case: Case, member: Membership) -> Case:
    """Hands the case in: once the window is open, something is due for every line, and nothing that the guide asks for is missing."""
    _acting_firm(case, member)
    if not case.call.is_open:
        raise Refused(_("The window of this call has closed; the draft is kept."))
    reckoned = _ready_to_hand_in(case)
    if case.number is None:
        case.number = next_number(case.call.year)
    _move(case, member, "submit", submitted_at=timezone.now(), submitted_by=member.user, number=case.number)
    _handed_in(case, reckoned)
    _note(case, "submit", member, total=format_yuan(reckoned.answer.total), **handed_in(case))
    tell("case_submitted", case, by=member.user)
    return case


def _ready_to_hand_in(case: Case) -> amounts.Reckoned:
    """What the case comes to, if it may be handed in; raises Refused with all that is missing."""
    _relink(case)
    lines = list(case.lines.select_related("fact"))
    if not lines:
        raise Refused(_("Nothing is claimed yet: choose at least one fact."))
    points = missing_fields(case) + missing_evidence(case)
    matters.lock(base for line in lines for base in line.fact.bases)
    points += matters.own_clashes(case, lines)
    reckoned = amounts.reckon(case)
    due = reckoned.amounts
    for line in lines:
        if (line.policy, line.benefit, line.fact.key) not in due:
            points.append(_("“%(fact)s” brings nothing here; take it out of the case.") % {"fact": line.fact.key})
    if points:
        raise Refused(_("The case cannot be submitted yet:"), points)
    return reckoned


def _relink(case: Case) -> None:
    """Lines follow their fact where it was said anew, and go where it no longer stands."""
    standing = {fact.key: fact for fact in case.firm.facts.standing()}
    for line in case.lines.select_related("fact"):
        now = standing.get(line.fact.key)
        if now is None:
            line.delete()
        elif now.pk != line.fact_id:
            line.fact = now
            line.save(update_fields=["fact"])


def _handed_in(case: Case, reckoned: amounts.Reckoned) -> None:
    due, ceilings = reckoned.amounts, reckoned.ceilings
    for line in case.lines.select_related("fact"):
        line.claimed = due[line.policy, line.benefit, line.fact.key]
        line.ceiling = (line.policy, line.benefit) in ceilings
        line.lowered, line.lowered_why, line.lowered_by = None, "", None
        line.save()
    amounts.keep(case, Assessed.Purpose.SUBMITTED, reckoned)
    matters.claim(case)
    checks.run(case, reckoned)


@_step
def resubmit(case: Case, member: Membership, answers: list[str]) -> Case:
    """Hands the case in again with an answer to each point of the correction; the clock goes on."""
    _acting_firm(case, member)
    correction = _open_correction(case)
    if len(answers) != len(correction.points) or not all(answer.strip() for answer in answers):
        raise Refused(_("Answer every point of the correction."))
    reckoned = _ready_to_hand_in(case)
    _end_correction(case, member, correction, answers, "resubmit")
    _handed_in(case, reckoned)
    late = correction.deadline < timezone.localdate()
    _note(case, "resubmit", member, total=format_yuan(reckoned.answer.total), late=late, **handed_in(case))
    tell("case_resubmitted", case, by=member.user)
    return case


def _open_correction(case: Case) -> Correction:
    correction = case.corrections.filter(answered_at=None).first()
    if case.state != State.CORRECTION or correction is None:
        raise Refused(_("No correction is open in this case."))
    return correction


def _end_correction(case: Case, member: Membership, correction: Correction, answers: list[str], verb: str, why: str = "") -> None:
    correction.points = [{**point, "answer": answer[:2000]} for point, answer in zip(correction.points, answers, strict=True)]
    correction.answered_at = timezone.now()
    correction.save()
    stopped = timezone.now() - (case.clock_stopped_at or timezone.now())
    before = case.clock_stopped_for
    where = "review" if correction.back_to == State.REVIEW else "pre_check"
    _move(case, member, f"{verb}_{where}", why, clock_stopped_at=None, clock_stopped_for=stopped if before is None else before + stopped)


@_step
def withdraw(case: Case, member: Membership, why: str) -> Case:
    """Takes the case back; its matters are free for another."""
    _acting_firm(case, member)
    open_correction = case.corrections.filter(answered_at=None)
    open_correction.update(answered_at=timezone.now())
    _move(case, member, "withdraw", why, clock_stopped_at=None)
    matters.release(case)
    checks.release(case)
    _note(case, "withdraw", member, why=why.strip())
    if case.submitted_at is not None:
        tell("case_withdrawn", case, by=member.user)
    return case


# The departments' steps.


@_step
def accept(case: Case, member: Membership) -> Case:
    """Ends the pre-check: one review a department opens, all at once."""
    _lead_only(case, member)
    _move(case, member, "accept")
    Review.objects.get_or_create(case=case, department=case.call.lead, defaults={"lead": True})
    for department in case.call.joint.all():
        Review.objects.get_or_create(case=case, department=department)
    _note(case, "accept", member)
    tell("case_accepted", case, by=member.user)
    return case


@_step
def send_back(case: Case, member: Membership, points: list[dict[str, str]], deadline: date) -> Case:
    """Asks the firm to put points right until a day; the clock of the case stands meanwhile."""
    if case.state == State.SUBMITTED:
        _lead_only(case, member)
    asked = [
        {"text": point["text"].strip()[:2000], "fact": point.get("fact", ""), "answer": ""} for point in points if point["text"].strip()
    ]
    if not asked:
        raise Refused(_("List at least one point that the firm has to put right."))
    if deadline <= timezone.localdate():
        raise Refused(_("The deadline must be after today."))
    back_to = State(case.state)
    _move(case, member, "send_back", why=asked[0]["text"], clock_stopped_at=timezone.now())
    Correction.objects.create(case=case, points=asked, deadline=deadline, back_to=back_to, asked_by=member.user)
    _note(case, "send_back", member, points=[point["text"] for point in asked], deadline=deadline.isoformat())
    tell("case_sent_back", case, by=member.user, deadline=deadline.isoformat())
    return case


@_step
def go_on(case: Case, member: Membership, why: str) -> Case:
    """Goes on with the case as it is, once the deadline of a correction has passed without an answer."""
    _lead_only(case, member)
    correction = _open_correction(case)
    if correction.deadline >= timezone.localdate():
        raise Refused(_("The firm has until %(day)s to answer.") % {"day": correction.deadline.isoformat()})
    if not why.strip():
        raise Refused(_("Say why."))
    _end_correction(case, member, correction, ["" for _point in correction.points], "go_on", why)
    _note(case, "go_on", member, why=why.strip())
    tell("case_goes_on", case, by=member.user)
    return case


@_step
def give_verdict(case: Case, member: Membership, verdict: str, opinion: str) -> Case:
    """A department's finding; it may be changed until the lead closes the review."""
    if case.state != State.REVIEW:
        raise Refused(_("This case is not in review."))
    review = case.reviews.filter(department=member.department_id).first()
    if review is None or member.role not in DEPARTMENT:
        raise Refused(_("Your department does not review this case."))
    if verdict not in Verdict.values:
        raise Refused(_("Choose whether your department agrees or objects."))
    if verdict == Verdict.OBJECTS and not opinion.strip():
        raise Refused(_("An objection needs its reasons."))
    review.verdict, review.opinion, review.by, review.at = verdict, opinion.strip(), member.user, timezone.now()
    review.save()
    _save(case)
    _note(case, "verdict", member, inside=True, department=review.department.zh, verdict=verdict)
    if not case.reviews.filter(verdict="").exists():
        tell("all_found", case, by=member.user)
    return case


@_step
def lower(case: Case, member: Membership, line: int, amount: int | None, why: str) -> Case:
    """A lower amount for one line, in fen, with its reason; None takes it back. Never a higher one."""
    if case.state != State.REVIEW:
        raise Refused(_("This case is not in review."))
    if not case.reviews.filter(department=member.department_id).exists() or member.role not in DEPARTMENT:
        raise Refused(_("Your department does not review this case."))
    row = case.lines.filter(pk=line).first()
    if row is None:
        raise Refused(_("That line is not of this case."))
    if amount is None:
        row.lowered, row.lowered_why, row.lowered_by = None, "", None
    else:
        if not 0 <= amount < (row.claimed or 0):
            raise Refused(_("The amount can only be lowered: give less than %(most)s yuan.") % {"most": format_yuan(row.claimed or 0)})
        if not why.strip():
            raise Refused(_("Say why the amount is lowered; the firm reads it."))
        row.lowered, row.lowered_why, row.lowered_by = amount, why.strip()[:400], member.user
    row.save()
    _save(case)
    lowered = None if amount is None else format_yuan(amount)
    _note(case, "lower", member, inside=True, fact=row.fact.key, benefit=row.benefit, amount=lowered, why=why.strip())
    return case


@_step
def clear_check(case: Case, member: Membership, check: int, why: str) -> Case:
    """Clears what the pre-check stopped, with the reason for it."""
    if member.role not in DEPARTMENT:
        raise Refused(_("This step is not for your role."))
    if case.state not in (State.SUBMITTED, State.REVIEW, State.REVIEWED):
        raise Refused(_("This cannot be done with a case that is “%(state)s”.") % {"state": case.get_state_display()})
    if not why.strip():
        raise Refused(_("Say why."))
    row = case.checks.filter(pk=check, passed=False, cleared_at=None).first()
    if row is None:
        raise Refused(_("That finding is cleared already, or is gone."))
    row.cleared_by, row.cleared_at, row.cleared_why = member.user, timezone.now(), why.strip()[:400]
    row.save()
    _save(case)
    _note(case, "clear_check", member, inside=True, check=row.code, subject=row.subject, why=why.strip())
    return case


@_step
def close_review(case: Case, member: Membership) -> Case:
    """The lead closes the review, once every department has found and the lead has too."""
    _lead_only(case, member)
    waiting = [review.department.zh for review in case.reviews.select_related("department").filter(verdict="")]
    if waiting:
        raise Refused(_("Still without a finding: %(departments)s") % {"departments": "\u3001".join(waiting)})
    stopping = _stopping(case)
    if stopping:
        raise Refused(_("Findings of the checks are open; clear them with a reason, or send the case back:"), stopping)
    _move(case, member, "close_review")
    _note(case, "close_review", member)
    tell("case_reviewed", case, by=member.user)
    return case


def _stopping(case: Case) -> list[str]:
    return [checks.say(check) for check in case.checks.filter(passed=False, stops=True, cleared_at=None)]


@_step
def return_to_review(case: Case, member: Membership, why: str) -> Case:
    """The head sends the case back to the reviewers."""
    _lead_only(case, member)
    _move(case, member, "return_to_review", why)
    _note(case, "return_to_review", member, inside=True, why=why.strip())
    tell("case_returned", case, by=member.user, why=why.strip())
    return case


@_step
def decide(case: Case, member: Membership, grants: Mapping[int, tuple[int, str]], why: str = "") -> Case:
    """The head decides. `grants` gives (amount in fen, reason) for lines; the others get what is computed, or less if lowered.

    All is computed again here, under the policies, decisions and facts of this moment, which are pinned with the answer. Nothing
    is granted above it. Where the text gives only a ceiling, the head's own amount and its reason are needed until the year's
    decision is recorded (最高 is not a promise).
    """
    _lead_only(case, member)
    if case.state != State.REVIEWED:
        raise Refused(_("This cannot be done with a case that is “%(state)s”.") % {"state": case.get_state_display()})
    if case.guide.four_eyes and case.events.filter(by=member.user, kind__in=REVIEWING).exists():
        raise Refused(_("You took part in the review: somebody else has to decide (four eyes)."))
    Firm.objects.select_for_update().get(pk=case.firm_id)
    lines = list(case.lines.select_related("fact"))
    if not set(grants) <= {line.pk for line in lines}:
        raise Refused(_("That line is not of this case."))
    matters.lock(base for line in lines for base in line.fact.bases)
    reckoned = amounts.reckon(case)
    checks.run_at_decision(case, reckoned)
    stopping = _stopping(case)
    if stopping:
        raise Refused(_("Findings of the checks are open; return the case to review:"), stopping)
    _grant(case, lines, reckoned, grants)
    outcome = _outcome(lines)
    if outcome == Outcome.REFUSED and not why.strip():
        raise Refused(_("A refusal needs its reasons; the firm reads them."))
    for line in lines:
        line.save()
    amounts.keep(case, Assessed.Purpose.DECIDED, reckoned)
    _move(case, member, "decide", outcome=outcome, decided_at=timezone.now(), decided_by=member.user, decided_why=why.strip()[:4000])
    for line in lines:
        if line.granted:
            add_received(
                case.firm, line.benefit, line.fact.matters[0], timezone.localdate(), line.granted, member.user,
                policy=line.policy, year=case.call.year, case_line=line,
            )  # fmt: skip
    if outcome == Outcome.REFUSED:
        matters.release(case)
        checks.release(case)
    _note(case, "decide", member, outcome=outcome, total=format_yuan(sum(line.granted or 0 for line in lines)))
    tell("case_decided", case, by=member.user, outcome=outcome)
    return case


def _grant(case: Case, lines: list[CaseLine], reckoned: amounts.Reckoned, grants: Mapping[int, tuple[int, str]]) -> None:
    due, ceilings = reckoned.amounts, reckoned.ceilings
    points = []
    for line in lines:
        line.computed = due.get((line.policy, line.benefit, line.fact.key), 0)
        line.ceiling = (line.policy, line.benefit) in ceilings
        proposed = line.computed if line.lowered is None else min(line.lowered, line.computed)
        amount, why = grants.get(line.pk, (proposed, ""))
        why = why.strip()
        name = {"fact": line.fact.key, "most": format_yuan(line.computed)}
        if not 0 <= amount <= line.computed:
            points.append(_("“%(fact)s”: no more than %(most)s yuan can be granted.") % name)
        elif line.pk not in grants and line.ceiling and line.computed:
            points.append(
                _("“%(fact)s”: %(most)s yuan is only a ceiling; give the amount with its reason, or record the year's decision.") % name
            )
        elif line.ceiling and line.computed and not why:
            points.append(_("“%(fact)s”: say why this amount is granted under the ceiling of %(most)s yuan.") % name)
        elif amount != proposed and not why:
            points.append(_("“%(fact)s”: say why the amount differs from what was proposed.") % name)
        line.granted = amount
        line.granted_why = (why or (line.lowered_why if line.lowered is not None else ""))[:400]
    if points:
        raise Refused(_("Nothing was decided:"), points)


def _outcome(lines: list[CaseLine]) -> Outcome:
    if not any(line.granted for line in lines):
        return Outcome.REFUSED
    return Outcome.GRANTED if all(line.granted == line.claimed for line in lines) else Outcome.PARTLY


@_step
def make_ready(case: Case, member: Membership) -> Case:
    """Releases a granted case for the notice."""
    _lead_only(case, member)
    if case.outcome == Outcome.REFUSED:
        raise Refused(_("A refused case is not published."))
    _move(case, member, "make_ready")
    _note(case, "make_ready", member)
    return case


@_step
def reopen(case: Case, member: Membership, why: str) -> Case:
    """Opens a decided case again: what it granted no longer stands, the departments find anew."""
    _lead_only(case, member)
    before = case.outcome
    lines = list(case.lines.all())
    _move(case, member, "reopen", why, outcome="", decided_at=None, decided_by=None, decided_why="")
    withdraw_received([row for line in lines for row in line.grants.filter(withdrawn_at=None)], member.user, why.strip())
    for line in lines:
        line.computed = line.granted = None
        line.granted_why = ""
        line.save()
    case.reviews.update(verdict="", opinion="", by=None, at=None)
    matters.lock(base for line in case.lines.select_related("fact") for base in line.fact.bases)
    matters.claim(case)
    checks.run(case, amounts.reckon(case))
    _note(case, "reopen", member, why=why.strip(), outcome=before)
    tell("case_reopened", case, by=member.user, why=why.strip())
    return case


# Beside the flow.


@_step
def remark(case: Case, member: Membership, text: str, inside: bool) -> Remark:
    """Writes on the case: inside for the departments, or between the departments and the firm. A firm never writes inside."""
    if not text.strip():
        raise Refused(_("Write something first."))
    if member.role in FIRM and inside:
        raise Refused(_("This step is not for your role."))
    written = Remark.objects.create(case=case, inside=inside, text=text.strip()[:4000], by=member.user)
    _note(case, "remark", member, inside=inside)
    tell("remark_inside" if inside else "remark_from_firm" if member.role in FIRM else "remark_to_firm", case, by=member.user)
    return written


@_step
def report_visit(case: Case, member: Membership, day: date, report: str, sound: bool, on_site: bool) -> Visit:
    """The town's first look or its visit on the spot."""
    if member.role != Role.TOWN:
        raise Refused(_("This step is not for your role."))
    if case.state not in (State.SUBMITTED, State.REVIEW, State.CORRECTION):
        raise Refused(_("This cannot be done with a case that is “%(state)s”.") % {"state": case.get_state_display()})
    if not report.strip():
        raise Refused(_("Write what was seen."))
    if day > timezone.localdate():
        raise Refused(_("A visit cannot lie in the future."))
    visit = Visit.objects.create(case=case, day=day, report=report.strip(), sound=sound, on_site=on_site, by=member.user)
    _note(case, "visit", member, inside=True, on_site=on_site, sound=sound)
    tell("visit_reported", case, by=member.user)
    return visit


@_step
def ask_expert(case: Case, member: Membership, expert: User, question: str) -> Opinion:
    """Asks an expert about the case; from then on the expert sees it."""
    if member.role not in DEPARTMENT:
        raise Refused(_("This step is not for your role."))
    if case.state not in (State.SUBMITTED, State.REVIEW):
        raise Refused(_("This cannot be done with a case that is “%(state)s”.") % {"state": case.get_state_display()})
    if not question.strip():
        raise Refused(_("Write the question."))
    if not expert.memberships.filter(role=Role.EXPERT, ended_at=None).exists():
        raise Refused(_("That person is not an expert here."))
    if case.opinions.filter(expert=expert).exists():
        raise Refused(_("This expert was asked already."))
    opinion = Opinion.objects.create(case=case, expert=expert, question=question.strip(), asked_by=member.user)
    _note(case, "ask_expert", member, inside=True)
    tell("expert_asked", case, to=[expert])
    return opinion


@_step
def answer_as_expert(case: Case, member: Membership, text: str, recused: bool) -> Opinion:
    """The expert's answer, or the word that the expert stands aside."""
    opinion = case.opinions.filter(expert=member.user, answered_at=None).first()
    if member.role != Role.EXPERT or opinion is None:
        raise Refused(_("No question to you is open in this case."))
    if not text.strip():
        raise Refused(_("Write your answer, or why you stand aside."))
    opinion.text, opinion.recused, opinion.answered_at = text.strip(), recused, timezone.now()
    opinion.save()
    _note(case, "expert_answered", member, inside=True, recused=recused)
    tell("expert_answered", case, to=[opinion.asked_by])
    return opinion
