"""What every step of a case has in common: one transaction on the locked row, held against version, flow, role and person."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import OperationalError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg import errors

from chaoce.service.cases import amounts, checks, matters
from chaoce.service.cases.faults import Refused, Stale, busy_of
from chaoce.service.cases.flow import TRANSITIONS, State
from chaoce.service.cases.models import Case, CaseLine, Correction, Event
from chaoce.service.facts.record import lock_firms
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import FIRM, Role

P = ParamSpec("P")
R = TypeVar("R")


def step(function: Callable[Concatenate[Case, Membership, P], R]) -> Callable[Concatenate[Case, Membership, int, P], R]:
    """A step: (case, member, version seen, …). Runs in a transaction on the locked, current row.

    Locks are taken in one order everywhere: the case, its firm, then matters. The case is locked in a way that lets other
    transactions refer to it: who finds the same matter writes on it while it waits for that matter. It is read once more after
    that, with what it refers to: a draft may have come under another guide while its row was waited for.
    """

    def run(case: Case, member: Membership, version: int, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            with transaction.atomic():
                rows = Case.objects.seen_by(member).select_for_update(of=("self",), no_key=True)
                if rows.filter(pk=case.pk).first() is None:
                    raise Refused(_("This case is not there, or not for you."))
                current = Case.objects.select_related("call", "guide", "firm").get(pk=case.pk)
                _check_person(current, member)
                if current.version != version:
                    raise _stale()
                return function(current, member, *args, **kwargs)
        except OperationalError as fault:
            raise _said(fault) from fault

    run.__doc__, run.__name__ = function.__doc__, function.__name__
    return run  # type: ignore[return-value]


def _stale() -> Stale:
    return Stale(_("Somebody else has changed this case since you opened it. Look at it anew; nothing of yours was saved."))


def _said(fault: OperationalError) -> Exception:
    """What two people who act in the same moment are told; anything else is passed on."""
    return _stale() if isinstance(fault.__cause__, errors.SerializationFailure) else busy_of(fault) or fault


def _check_person(case: Case, member: Membership) -> None:
    """The membership still holds, and nobody of the firm itself acts for the city on its case."""
    rows = Membership.objects.filter(Q(pk=member.pk) | Q(firm=case.firm_id), user=member.user_id, user__is_active=True, ended_at=None)
    holds = list(rows)
    if all(row.pk != member.pk for row in holds):
        raise Refused(_("You no longer act in this role."))
    if member.role not in FIRM and any(row.firm_id == case.firm_id for row in holds):
        raise Refused(_("You belong to this firm: somebody else has to act on its case."))


def save(case: Case, **changes: Any) -> None:
    """Writes the case under its next version."""
    done = Case.objects.filter(pk=case.pk, version=case.version).update(version=case.version + 1, changed_at=timezone.now(), **changes)
    if done != 1:
        raise _stale()
    for name, value in {**changes, "version": case.version + 1}.items():
        setattr(case, name, value)


def check_move(case: Case, member: Membership, name: str) -> None:
    """Raises Refused where a move of the flow does not start in the case's state or is not for the role."""
    move = TRANSITIONS[name]
    if State(case.state) not in move.sources:
        raise wrong_state(case)
    if Role(member.role) not in move.roles:
        raise wrong_role()


def move(case: Case, member: Membership, name: str, why: str = "", **changes: Any) -> None:
    """Takes a step of the flow, if it stands there and the role may take it."""
    check_move(case, member, name)
    if TRANSITIONS[name].reason and not why.strip():
        raise no_reason()
    save(case, state=TRANSITIONS[name].target, **changes)


def wrong_state(case: Case) -> Refused:
    """The step is not for a case that stands where this one does."""
    return Refused(_("This cannot be done with a case that is “%(state)s”.") % {"state": case.get_state_display()})


def wrong_role() -> Refused:
    """The step is not for the role."""
    return Refused(_("This step is not for your role."))


def no_reason() -> Refused:
    """The step needs a reason."""
    return Refused(_("Say why."))


def note(case: Case, kind: str, member: Membership | None, inside: bool = False, **particulars: Any) -> Event:
    """Leaves an event for the timeline."""
    return Event.objects.create(case=case, kind=kind, inside=inside, particulars=particulars, by=member.user if member else None)


def lead_only(case: Case, member: Membership) -> None:
    """Raises Refused where somebody is not of the lead department."""
    if member.department_id != case.call.lead_id:
        raise Refused(_("Only the lead department can do this."))


def acting_firm(case: Case, member: Membership) -> None:
    """Raises Refused where somebody is not of the firm."""
    if member.role not in FIRM or member.firm_id != case.firm_id:
        raise Refused(_("Only the firm can do this."))


def written(text: str, most: int = 4000) -> str:
    """What a person wrote, as it is kept: without blanks at its ends and signs that no text can hold, and cut where it is too long."""
    return "".join(letter for letter in text if letter != "\0" and not "\ud800" <= letter <= "\udfff").strip()[:most]


def open_correction(case: Case) -> Correction:
    """The correction that waits for the firm; raises Refused where there is none."""
    correction = case.corrections.filter(answered_at=None).first()
    if case.state != State.CORRECTION or correction is None:
        raise Refused(_("No correction is open in this case."))
    return correction


def end_correction(
    case: Case, member: Membership, correction: Correction, answers: list[str], verb: str, why: str = "", **changes: Any
) -> None:
    """Writes the answers down, and the case goes back to where it was sent from; its clock goes on."""
    correction.points = [{**point, "answer": answer[:2000]} for point, answer in zip(correction.points, answers, strict=True)]
    correction.answered_at = timezone.now()
    correction.save()
    where = "review" if correction.back_to == State.REVIEW else "pre_check"
    move(case, member, f"{verb}_{where}", why, **clock_goes_on(case), **changes)


def clock_goes_on(case: Case) -> dict[str, Any]:
    """The changes with which the clock of a case goes on after a stop, if it stood."""
    if case.clock_stopped_at is None:
        return {}
    stopped = timezone.now() - case.clock_stopped_at
    before = case.clock_stopped_for
    return {"clock_stopped_at": None, "clock_stopped_for": stopped if before is None else before + stopped}


def lock_matters(case: Case, lines: Iterable[CaseLine]) -> None:
    """The firm, then every matter that the case claims or claimed: others who add facts, grant or claim these wait."""
    lock_firms([case.firm_id])
    bases = set(case.matters.values_list("base", flat=True))
    matters.lock(bases.union(base for line in lines for base in line.fact.bases))


def look(case: Case) -> amounts.Reckoned:
    """Computes the case and runs the pre-check anew."""
    lock_matters(case, case.lines.select_related("fact"))
    reckoned = amounts.reckon(case)
    checks.run(case, reckoned)
    return reckoned


def stopping(case: Case) -> list[str]:
    """The findings of the pre-check that stop the case."""
    return [checks.say(check) for check in case.checks.filter(passed=False, stops=True, cleared_at=None)]
