"""One step over several cases: safe to press twice.

The page that offers it carries a token that is used up by the first press: a second one, another tab with the same page, or the
back button finds what the first did and does nothing. Each case is a transaction of its own, held against the version that the
person saw, so that a case that somebody else has changed is left alone and named.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import DatabaseError, IntegrityError, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chaoce.service.cases import steps
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.flow import Verdict
from chaoce.service.cases.models import BulkRun, Case
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import DEPARTMENT

#: Cases that one press may be over.
MOST = 100


@dataclass(frozen=True)
class Action:
    """A step that may be taken over several cases: `take` is (case, member, version)."""

    label: str | Promise
    done: str | Promise
    take: Callable[[Case, Membership, int], object]


#: Only what needs no reason and no amount of its own, and nothing that decides.
ACTIONS: dict[str, Action] = {
    "accept": Action(gettext_lazy("Accept for review"), gettext_lazy("Accepted for review"), steps.accept),
    "agree": Action(
        gettext_lazy("My department agrees"),
        gettext_lazy("Your department agrees"),
        lambda case, member, version: steps.give_verdict(case, member, version, Verdict.AGREES, ""),
    ),
    "make_ready": Action(gettext_lazy("Release for notice"), gettext_lazy("Released for the notice"), steps.make_ready),
}


def new_token() -> str:
    """A token for a page that offers these steps."""
    return secrets.token_urlsafe(24)


def run(token: str, member: Membership, action: str, chosen: Sequence[tuple[int, int]]) -> BulkRun:
    """Takes a step in each of the (case, version) chosen, once for a token; returns what was done, by this press or an earlier one.

    Raises Refused where nothing was begun: no such step, nothing chosen, too much, a token that is none.
    """
    if action not in ACTIONS or member.role not in DEPARTMENT:
        raise Refused(_("This step is not for your role."))
    if not chosen:
        raise Refused(_("Choose at least one case."))
    if len(chosen) > MOST:
        raise Refused(_("Choose at most %(most)s cases at once.") % {"most": MOST})
    if not 16 <= len(token) <= 64:
        raise Refused(_("This page is too old; load it again."))
    wanted = dict(chosen)
    try:
        with transaction.atomic():
            row = BulkRun.objects.create(token=token, user=member.user, action=action, asked=len(wanted))
    except IntegrityError:
        earlier = BulkRun.objects.filter(token=token, user=member.user).first()
        if earlier is None:
            raise Refused(_("This page is too old; load it again.")) from None
        return earlier
    numbers = dict(Case.objects.seen_by(member).filter(pk__in=wanted).values_list("pk", "number"))
    for pk, version in wanted.items():
        row.results.append([pk, numbers.get(pk, ""), _take(ACTIONS[action], pk, member, version)])
        row.save(update_fields=["results"])
    return row


def _take(action: Action, pk: int, member: Membership, version: int) -> str:
    """Takes the step in one case; returns why it was not done, or nothing."""
    try:
        action.take(Case(pk=pk), member, version)
    except Refused as refused:
        return " ".join([refused.text, *refused.points])
    except DatabaseError:
        return _("Somebody else is at work on this case; try again in a moment.")
    return ""
