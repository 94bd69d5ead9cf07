"""The steps that a firm takes in its case: a draft, what it claims, handing it in, answering a correction, taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chaoce.money import format_yuan
from chaoce.service.calls.models import Call, Guide
from chaoce.service.cases import amounts, checks, matters
from chaoce.service.cases.faults import Refused, told_if_busy
from chaoce.service.cases.flow import State
from chaoce.service.cases.form import missing_evidence, missing_fields, prefilled
from chaoce.service.cases.handed import claims_handed_in, handed_in
from chaoce.service.cases.models import Assessed, Case, CaseLine
from chaoce.service.cases.numbering import next_number
from chaoce.service.cases.saying import say_line
from chaoce.service.cases.stepping import (
    acting_firm,
    check_move,
    clock_goes_on,
    end_correction,
    lock_matters,
    move,
    note,
    open_correction,
    save,
    step,
    written,
)  # fmt: skip
from chaoce.service.facts.record import lock_firms
from chaoce.service.firms.models import Firm
from chaoce.service.messaging.post import tell
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import FIRM

#: The most entries that an application form may hold, and letters of an entry's name.
MOST_ENTRIES, LONGEST_NAME = 200, 60


def _editable(case: Case, member: Membership) -> None:
    acting_firm(case, member)
    if case.state not in (State.DRAFT, State.CORRECTION):
        raise Refused(_("The case has been submitted; it can be changed when it is sent back for correction."))


@told_if_busy()
@transaction.atomic
def open_draft(firm: Firm, call: Call, by: Membership | None, ready_made: bool = False) -> Case:
    """The firm's draft in a call: the one that is open, else a new one with the best claim within the call's benefits.

    `by` is somebody of the firm; nobody where the service makes it from an official list. A draft that is there is locked before
    the firm, as in every step: who opens it once more and who hands it in at that moment do not wait for each other.
    """
    if by is not None and (by.role not in FIRM or by.firm_id != firm.pk):
        raise Refused(_("Only the firm can do this."))
    drafts = Case.objects.filter(firm=firm, call=call, state=State.DRAFT)
    found = drafts.select_for_update(no_key=True).first()
    guide = call.guide
    if found is not None:
        if guide is not None and guide.pk != found.guide_id:
            _follow(found, guide)
        return found
    lock_firms([firm.pk])
    found = drafts.first()
    if found is not None:  # made by somebody else a moment ago, under the guide in force
        return found
    if guide is None or not call.is_open:
        raise Refused(_("This call is not open for applications now."))
    case = Case.objects.create(
        call=call, guide=guide, firm=firm, created_by=by.user if by else None, ready_made=ready_made, form=prefilled(firm, by)
    )
    facts = {fact.key: fact for fact in firm.facts.standing()}
    best = amounts.best_claims(firm, call, guide, but=matters.keys_in_hand(firm, facts.values()))
    for policy, benefit, key in sorted(best.amounts):
        CaseLine.objects.create(case=case, policy=policy, benefit=benefit, fact=facts[key])
    note(case, "open_draft", by)
    return case


def follow_guide(guide: Guide) -> int:
    """Drafts follow a guide that was published: only what has been handed in keeps the one that it was handed in under. How many."""
    drafts = Case.objects.select_for_update(no_key=True).filter(call=guide.call_id, state=State.DRAFT).exclude(guide=guide).order_by("pk")
    with told_if_busy(), transaction.atomic():
        for case in drafts:
            _follow(case, guide)
        return len(drafts)


def _follow(case: Case, guide: Guide) -> None:
    save(case, guide=guide)
    note(case, "new_guide", None)


def _guide_in_force(case: Case) -> dict[str, Any]:
    """The change by which a draft comes under the guide in force."""
    guide = case.call.guide if case.state == State.DRAFT else None
    return {"guide": guide} if guide is not None and guide.pk != case.guide_id else {}


@step
def choose_lines(case: Case, member: Membership, chosen: Iterable[tuple[str, str, str]]) -> Case:
    """What the case claims, (policy, benefit, fact key): benefits of the call and standing facts of the firm, nothing else.

    In a correction after the window nothing is claimed that was not handed in within it.
    """
    _editable(case, member)
    facts = {fact.key: fact for fact in case.firm.facts.standing()}
    there = {(line.policy, line.benefit, line.fact.key): line for line in case.lines.select_related("fact")}
    wanted = dict.fromkeys(chosen)
    over = matters.settled(case.firm, case.call, but=case)
    handed = _bound_to(case)
    for policy, benefit, key in wanted:
        if (policy, benefit, key) not in there and ((policy, benefit) not in case.call.pairs or key not in facts):
            raise Refused(_("“%(fact)s” cannot be claimed in this call.") % {"fact": key})
        if (policy, benefit, key) not in there and (policy, benefit, key) in over:
            raise Refused(matters.say_settled(over[policy, benefit, key]))
        if (policy, benefit, key) not in there and handed is not None and (policy, benefit, key) not in handed:
            raise Refused(_say_new(key))
    for claim, line in there.items():
        if claim not in wanted:
            if line.grants.exists():
                raise Refused(_("“%(fact)s” was granted once; it stays in the case until that is settled.") % {"fact": claim[2]})
            line.delete()
    for policy, benefit, key in wanted:
        if (policy, benefit, key) not in there:
            CaseLine.objects.create(case=case, policy=policy, benefit=benefit, fact=facts[key])
    save(case, **_guide_in_force(case))
    return case


def _bound_to(case: Case) -> set[tuple[str, str, str]] | None:
    """What a correction may claim and nothing else; None where the window is open, so that the firm may still add to its case."""
    return None if case.state != State.CORRECTION or case.call.is_open else claims_handed_in(case)


def _say_new(key: str) -> str:
    return _("“%(fact)s” was not handed in while the call was open: a correction after that claims only what was, or less.") % {"fact": key}


@step
def save_form(case: Case, member: Membership, form: Mapping[str, str]) -> Case:
    """What the firm wrote so far; nothing is asked for yet."""
    _editable(case, member)
    entries = {**case.form, **{written(str(name)): written(str(value)) for name, value in form.items()}}
    if len(entries) > MOST_ENTRIES or any(len(name) > LONGEST_NAME for name in entries):
        raise Refused(_("The form has no such fields."))
    save(case, form=entries, **_guide_in_force(case))
    return case


@step
def submit(case: Case, member: Membership) -> Case:
    """Hands the case in: once the window is open, something is due for every line, and nothing that the guide asks for is missing."""
    acting_firm(case, member)
    check_move(case, member, "submit")
    if not case.call.is_open:
        raise Refused(_("The window of this call has closed; the draft is kept."))
    if _guide_in_force(case):
        raise Refused(_("A new version of the guide has been published. Open the draft anew and look at it once more."))
    reckoned = _ready_to_hand_in(case)
    _claim(case, reckoned)
    if case.number is None:
        case.number = next_number(case.call.year)
    move(case, member, "submit", submitted_at=timezone.now(), submitted_by=member.user, number=case.number)
    _handed_in(case, reckoned)
    note(case, "submit", member, total=format_yuan(reckoned.answer.total), **handed_in(case))
    tell("case_submitted", case, by=member.user)
    return case


def _ready_to_hand_in(case: Case) -> amounts.Reckoned:
    """What the case comes to, if it may be handed in; raises Refused with all that is missing."""
    lock_firms([case.firm_id])
    _relink(case)
    lines = list(case.lines.select_related("fact"))
    if not lines:
        raise Refused(_("Nothing is claimed yet: choose at least one fact."))
    points = missing_fields(case) + missing_evidence(case)
    lock_matters(case, lines)
    points += matters.own_clashes(case, lines)
    over = matters.settled(case.firm, case.call, but=case)
    reckoned = amounts.reckon(case)
    due = reckoned.amounts
    handed = _bound_to(case)
    for line in lines:
        claim = (line.policy, line.benefit, line.fact.key)
        if handed is not None and claim not in handed and not line.grants.exists():
            points.append(_say_new(line.fact.key))
        elif claim in over:
            points.append(matters.say_settled(over[claim]))
        elif claim not in due and not line.grants.exists():
            points.append(_("“%(fact)s” brings nothing here; take it out of the case.") % {"fact": say_line(line)})
    if points:
        raise Refused(_("The case cannot be submitted yet:"), points)
    return reckoned


def _relink(case: Case) -> None:
    """Lines follow their fact where it was said anew, and go where it no longer stands, but for those that were granted once."""
    standing = {fact.key: fact for fact in case.firm.facts.standing()}
    for line in case.lines.select_related("fact"):
        now = standing.get(line.fact.key)
        if now is not None and now.pk != line.fact_id:
            line.fact = now
            line.save(update_fields=["fact"])
        elif now is None and not line.grants.exists():
            line.delete()


def _claim(case: Case, reckoned: amounts.Reckoned) -> None:
    """What each line comes to, written down while the case is still the firm's: once handed in it stands."""
    due, ceilings = reckoned.amounts, reckoned.ceilings
    for line in case.lines.select_related("fact"):
        line.claimed = due.get((line.policy, line.benefit, line.fact.key), 0)
        line.ceiling = (line.policy, line.benefit) in ceilings
        line.lowered, line.lowered_why, line.lowered_by = None, "", None
        line.save()


def _handed_in(case: Case, reckoned: amounts.Reckoned) -> None:
    amounts.keep(case, Assessed.Purpose.SUBMITTED, reckoned)
    matters.claim(case)
    checks.run(case, reckoned)


@step
def resubmit(case: Case, member: Membership, answers: list[str]) -> Case:
    """Hands the case in again with an answer to each point of the correction; the clock goes on.

    What the departments had found was about what the case said before: where it goes back to review, they find anew.
    """
    acting_firm(case, member)
    correction = open_correction(case)
    answers = [written(str(answer), 2000) for answer in answers]
    if len(answers) != len(correction.points) or not all(answers):
        raise Refused(_("Answer every point of the correction."))
    reckoned = _ready_to_hand_in(case)
    _claim(case, reckoned)
    end_correction(case, member, correction, answers, "resubmit")
    case.reviews.update(verdict="", opinion="", by=None, at=None)
    _handed_in(case, reckoned)
    late = correction.deadline < timezone.localdate()
    note(case, "resubmit", member, total=format_yuan(reckoned.answer.total), late=late, **handed_in(case))
    tell("case_resubmitted", case, by=member.user)
    return case


@step
def withdraw(case: Case, member: Membership, why: str) -> Case:
    """Takes the case back; its matters are free for another."""
    acting_firm(case, member)
    why = written(why)
    lock_matters(case, case.lines.select_related("fact"))
    case.corrections.filter(answered_at=None).update(answered_at=timezone.now())
    move(case, member, "withdraw", why, **clock_goes_on(case))
    matters.release(case)
    checks.release(case)
    note(case, "withdraw", member, why=why)
    if case.submitted_at is not None:
        tell("case_withdrawn", case, by=member.user)
    return case
