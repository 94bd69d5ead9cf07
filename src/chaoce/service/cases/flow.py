"""The flow of a case: its states and every step between them, declared here and nowhere else.

The database holds the same table as a trigger, the docs draw it (`python -m chaoce.service.cases.flow`), and `cases/steps.py`
takes no step that is not in it.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chaoce.service.people.roles import DEPARTMENT, FIRM, Role


class State(models.TextChoices):
    """Where a case stands."""

    DRAFT = "draft", _("Draft")
    SUBMITTED = "submitted", _("Submitted")
    CORRECTION = "correction", _("With the firm for correction")
    REVIEW = "review", _("In review")
    REVIEWED = "reviewed", _("Reviewed")
    DECIDED = "decided", _("Decided")
    READY = "ready", _("Ready for notice")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class Outcome(models.TextChoices):
    """What was decided."""

    GRANTED = "granted", _("Granted")
    PARTLY = "partly", _("Granted in part")
    REFUSED = "refused", _("Refused")


class Verdict(models.TextChoices):
    """What a department finds."""

    AGREES = "agrees", _("Agrees")
    OBJECTS = "objects", _("Objects")


@dataclass(frozen=True)
class Move:
    """A step: from which states, to which, by whom; with a reason where it undoes something."""

    name: str
    sources: tuple[State, ...]
    target: State
    roles: frozenset[Role]
    label: str | Promise
    reason: bool = False


_LEAD = DEPARTMENT
_ALIVE = (State.DRAFT, State.SUBMITTED, State.CORRECTION, State.REVIEW, State.REVIEWED)

#: The states in which a case may come into being.
STARTS = (State.DRAFT,)
#: The states in which nothing more is going on.
ENDS = (State.WITHDRAWN,)

TRANSITIONS: dict[str, Move] = {
    move.name: move
    for move in (
        Move("submit", (State.DRAFT,), State.SUBMITTED, FIRM, _("Submit")),
        Move("accept", (State.SUBMITTED,), State.REVIEW, _LEAD, _("Accept for review")),
        Move("send_back", (State.SUBMITTED, State.REVIEW), State.CORRECTION, _LEAD, _("Send back for correction"), reason=True),
        Move("resubmit_pre_check", (State.CORRECTION,), State.SUBMITTED, FIRM, _("Submit the correction")),
        Move("resubmit_review", (State.CORRECTION,), State.REVIEW, FIRM, _("Submit the correction")),
        Move("go_on_pre_check", (State.CORRECTION,), State.SUBMITTED, _LEAD, _("Go on as it is"), reason=True),
        Move("go_on_review", (State.CORRECTION,), State.REVIEW, _LEAD, _("Go on as it is"), reason=True),
        Move("close_review", (State.REVIEW,), State.REVIEWED, _LEAD, _("Close the review")),
        Move("return_to_review", (State.REVIEWED,), State.REVIEW, frozenset({Role.HEAD}), _("Return to review"), reason=True),
        Move("decide", (State.REVIEWED,), State.DECIDED, frozenset({Role.HEAD}), _("Decide")),
        Move("make_ready", (State.DECIDED,), State.READY, _LEAD, _("Ready for notice")),
        Move("reopen", (State.DECIDED, State.READY), State.REVIEW, frozenset({Role.HEAD}), _("Re-open"), reason=True),
        Move("withdraw", _ALIVE, State.WITHDRAWN, FIRM, _("Withdraw"), reason=True),
    )
}


def mermaid() -> str:
    """The flow as a Mermaid state diagram, for docs/case-flow.md."""
    lines = ["stateDiagram-v2", f"    [*] --> {STARTS[0].value}"]
    lines += [f"    {source.value} --> {move.target.value}: {name}" for name, move in TRANSITIONS.items() for source in move.sources]
    return "\n".join([*lines, *(f"    {state.value} --> [*]" for state in ENDS)])
