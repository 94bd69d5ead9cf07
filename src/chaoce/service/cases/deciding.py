"""The decision on a case, its release for the notice, and its re-opening."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from chaoce.money import format_yuan, say_yuan
from chaoce.service.cases import amounts, checks, matters
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.flow import Outcome, State
from chaoce.service.cases.models import Assessed, Case, CaseLine
from chaoce.service.cases.reasons import by_decision
from chaoce.service.cases.saying import say_line
from chaoce.service.cases.stepping import check_move, lead_only, lock_matters, look, move, note, step, stopping, written
from chaoce.service.facts.record import add_received, withdraw_received
from chaoce.service.messaging.post import tell
from chaoce.service.people.models import Membership

#: What a person did in a case that bars the same person from deciding it, where a call asks for four eyes.
REVIEWING = ("accept", "send_back", "go_on", "verdict", "lower", "clear_check", "close_review", "visit", "expert_answered")


@step
def decide(case: Case, member: Membership, grants: Mapping[int, tuple[int, str]], why: str = "") -> Case:
    """The head decides. `grants` gives (amount in fen, reason) for lines; the others get what is computed, or less if lowered.

    All is computed again here, under the policies, decisions and facts of this moment, which are pinned with the answer. Nothing
    is granted above it. Where the text gives only a ceiling, the head's own amount and its reason are needed until the year's
    decision is recorded (最高 is not a promise). What is granted is received support from here on, paid or not.
    """
    lead_only(case, member)
    check_move(case, member, "decide")
    if case.guide.four_eyes and case.events.filter(by=member.user, kind__in=REVIEWING).exists():
        raise Refused(_("You took part in the review: somebody else has to decide (four eyes)."))
    why = written(why)
    lock_matters(case, case.lines.select_related("fact"))
    lines = list(case.lines.select_related("fact"))
    if not set(grants) <= {line.pk for line in lines}:
        raise Refused(_("That line is not of this case."))
    reckoned = amounts.reckon(case)
    checks.run_at_decision(case, reckoned)
    found = stopping(case)
    if found:
        raise Refused(_("Findings of the checks are open; return the case to review:"), found)
    _grant(lines, reckoned, grants)
    outcome = _outcome(lines)
    if outcome == Outcome.REFUSED and not why:
        raise Refused(_("A refusal needs its reasons; the firm reads them."))
    for line in lines:
        line.save()
    kept = amounts.keep(case, Assessed.Purpose.DECIDED, reckoned)
    move(case, member, "decide", outcome=outcome, decided_at=timezone.now(), decided_by=member.user, decided_why=why)
    for line in lines:
        if line.granted:
            add_received(
                case.firm, line.benefit, line.fact.matters[0], timezone.localdate(), line.granted, member.user,
                policy=line.policy, year=case.call.year, case_line=line,
            )  # fmt: skip
    matters.settle(case, [line for line in lines if line.granted])
    checks.release(case)
    said = [
        {"policy": line.policy, "benefit": line.benefit, "fact": line.fact.key, "computed": format_yuan(line.computed or 0),
         "granted": format_yuan(line.granted or 0), "why": line.granted_why}
        for line in lines
    ]  # fmt: skip
    note(case, "decide", member, outcome=outcome, total=format_yuan(sum(line.granted or 0 for line in lines)), why=why, lines=said)
    settled = [one.in_both() for one in by_decision(kept).values()]
    tell("case_decided", case, by=member.user, outcome=outcome, settled=[one for at, one in enumerate(settled) if one not in settled[:at]])
    return case


def _grant(lines: list[CaseLine], reckoned: amounts.Reckoned, grants: Mapping[int, tuple[int, str]]) -> None:
    """Sets what each line is computed and granted; raises Refused with every amount that cannot be granted."""
    due, ceilings = reckoned.amounts, reckoned.ceilings
    points = []
    for line in lines:
        line.computed = due.get((line.policy, line.benefit, line.fact.key), 0)
        line.ceiling = (line.policy, line.benefit) in ceilings
        proposed = line.computed if line.lowered is None else min(line.lowered, line.computed)
        amount, why = grants.get(line.pk, (proposed, ""))
        why = written(why, 400)
        name = {"fact": say_line(line), "most": say_yuan(line.computed)}
        if type(amount) is not int or not 0 <= amount <= line.computed:
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
    """Granted where every line gets what it was handed in with, or more where the rule gives more by now."""
    if not any(line.granted for line in lines):
        return Outcome.REFUSED
    full = all(line.granted and line.granted >= (line.claimed or 0) for line in lines)
    return Outcome.GRANTED if full else Outcome.PARTLY


@step
def make_ready(case: Case, member: Membership) -> Case:
    """Releases a granted case for the notice."""
    lead_only(case, member)
    if case.outcome == Outcome.REFUSED:
        raise Refused(_("A refused case is not published."))
    move(case, member, "make_ready")
    note(case, "make_ready", member)
    return case


@step
def reopen(case: Case, member: Membership, why: str) -> Case:
    """Opens a decided case again: what it granted no longer stands, the departments find anew.

    Cases of the firm that were decided with its grant taken into account, and would come to more without it, are pointed out to
    the lead department: whether they are opened again as well is its to say.
    """
    lead_only(case, member)
    why = written(why)
    before = case.outcome
    lines = list(case.lines.select_related("fact"))
    move(case, member, "reopen", why, outcome="", decided_at=None, decided_by=None, decided_why="")
    lock_matters(case, lines)
    others = _decided_beside(case)
    withdraw_received([row for line in lines for row in line.grants.filter(withdrawn_at=None)], member.user, why)
    for line in lines:
        line.computed = line.granted = None
        line.granted_why = ""
        line.save()
    case.reviews.update(verdict="", opinion="", by=None, at=None)
    matters.claim(case)
    look(case)
    note(case, "reopen", member, why=why, outcome=before)
    tell("case_reopened", case, by=member.user, why=why)
    for other, due in _decided_beside(case).items():
        if any(amount > others[other].get(claim, 0) for claim, amount in due.items()):
            note(other, "counted_on", None, inside=True, number=str(case))
            tell("counted_on", other, other=str(case))
    return case


def _decided_beside(case: Case) -> dict[Case, dict[amounts.Claim, int]]:
    """What the other decided cases of the firm come to at this moment."""
    rows = Case.objects.filter(firm=case.firm_id, state__in=(State.DECIDED, State.READY)).exclude(pk=case.pk)
    return {other: amounts.reckon(other).amounts for other in rows.select_related("call", "guide", "firm")}
