"""What happened to a case, in plain words, for the firm and for the city. Every kind of event that is written has its words here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chaoce.money import parse_yuan, say_yuan
from chaoce.service.cases.flow import Outcome, Verdict
from chaoce.service.cases.models import Case, Event
from chaoce.service.cases.parties import Party, parties
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import Role
from chaoce.service.wording import say_day

#: Who is shown, of what happened inside, only what they did themselves: what the departments find among themselves is not theirs.
_APART = frozenset({Role.EXPERT, Role.TOWN})

Particulars = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One line of a timeline. `who` is a firm, a department, a town or a role; `zh` says that it is a Chinese name on every page.

    `person` is empty where the reader may not know it. `text` is in the language of the page, `detail` and `points` as they were written.
    """

    at: datetime
    kind: str
    who: str
    zh: bool
    person: str
    text: str
    detail: str = ""
    points: tuple[str, ...] = ()
    inside: bool = False


def _decided(said: Particulars) -> str:
    amount = {"total": said.get("total", "")}
    if said.get("outcome") == Outcome.REFUSED:
        return _("Decided: refused")
    if said.get("outcome") == Outcome.PARTLY:
        return _("Decided: granted in part, %(total)s yuan together") % amount
    return _("Decided: granted, %(total)s yuan together") % amount


def _found(said: Particulars) -> str:
    agrees = said.get("verdict") == Verdict.AGREES
    return _("The department agrees") if agrees else _("The department objects")


def _lowered(said: Particulars) -> str:
    if said.get("amount") is None:
        return _("The lower amount for “%(fact)s” was taken back") % said
    return _("The amount for “%(fact)s” was lowered to %(amount)s yuan") % said


def _visited(said: Particulars) -> str:
    if said.get("on_site"):
        return _("Visited on the spot: all as handed in") if said.get("sound") else _("Visited on the spot: not as handed in")
    return _("First look: all as handed in") if said.get("sound") else _("First look: not as handed in")


def _remarked(said: Particulars) -> str:
    return _("Wrote an inside remark") if said.get("inside") else _("Wrote a remark")


def _corrected(said: Particulars) -> str:
    if said.get("late"):
        return _("The correction was submitted after its deadline; %(total)s yuan are claimed") % said
    return _("The correction was submitted; %(total)s yuan are claimed") % said


def _answered(said: Particulars) -> str:
    return _("The expert stands aside") if said.get("recused") else _("The expert gave an opinion")


def _sent_back(said: Particulars) -> str:
    return _("Sent back for correction, to be answered by %(day)s") % {"day": _day(said["deadline"])}


def _amount(text: str) -> str:
    """An amount as events keep it, for a person: thousands parted."""
    fen = parse_yuan(text)
    return text if fen is None else say_yuan(fen)


def _day(text: str) -> str:
    return say_day(date.fromisoformat(text))


#: kind of event -> its words, or what puts them together from the particulars
WORDS: dict[str, str | Promise | Callable[[Particulars], str]] = {
    "open_draft": gettext_lazy("The draft was opened"),
    "new_guide": gettext_lazy("A new version of the guide is in force; the draft follows it"),
    "submit": gettext_lazy("Submitted; %(total)s yuan are claimed"),
    "resubmit": _corrected,
    "withdraw": gettext_lazy("Withdrawn"),
    "accept": gettext_lazy("The pre-check was passed; the departments review it together"),
    "send_back": _sent_back,
    "go_on": gettext_lazy("The deadline of the correction has passed; the case goes on as it was submitted"),
    "verdict": _found,
    "lower": _lowered,
    "clear_check": gettext_lazy("A finding of the checks was cleared"),
    "close_review": gettext_lazy("The review was closed; the case waits for the decision"),
    "return_to_review": gettext_lazy("Returned to review"),
    "decide": _decided,
    "make_ready": gettext_lazy("Ready for notice"),
    "reopen": gettext_lazy("Opened again; the decision no longer stands"),
    "remark": _remarked,
    "visit": _visited,
    "ask_expert": gettext_lazy("An expert was asked"),
    "expert_answered": _answered,
    "counted_on": gettext_lazy("%(number)s, whose grant was taken into account here, has been opened again; this case would come to more"),
    "fact_gone": gettext_lazy("The fact “%(fact)s”, which was granted, no longer stands"),
    "same_matter": gettext_lazy("The same matter is claimed in another case: %(others)s"),
}

#: kind of event -> its name where kinds are chosen from
NAMES: dict[str, str | Promise] = {
    "open_draft": gettext_lazy("Draft opened"),
    "new_guide": gettext_lazy("New guide"),
    "submit": gettext_lazy("Submission"),
    "resubmit": gettext_lazy("Correction submitted"),
    "withdraw": gettext_lazy("Withdrawal"),
    "accept": gettext_lazy("Acceptance for review"),
    "send_back": gettext_lazy("Sent back for correction"),
    "go_on": gettext_lazy("Gone on without a correction"),
    "verdict": gettext_lazy("Finding of a department"),
    "lower": gettext_lazy("Amount lowered"),
    "clear_check": gettext_lazy("Finding of a check cleared"),
    "close_review": gettext_lazy("Review closed"),
    "return_to_review": gettext_lazy("Return to review"),
    "decide": gettext_lazy("Decision taken"),
    "make_ready": gettext_lazy("Release for notice"),
    "reopen": gettext_lazy("Re-opening"),
    "remark": gettext_lazy("Remark"),
    "visit": gettext_lazy("First look or visit"),
    "ask_expert": gettext_lazy("Question to an expert"),
    "expert_answered": gettext_lazy("Opinion of an expert"),
    "counted_on": gettext_lazy("A grant counted on has gone"),
    "fact_gone": gettext_lazy("A granted fact has gone"),
    "same_matter": gettext_lazy("Same matter in another case"),
}


def say(kind: str, said: Particulars) -> str:
    """An event in the language that is active."""
    words = WORDS[kind]
    said = {**said, **{name: _amount(said[name]) for name in ("total", "amount") if said.get(name)}}
    if callable(words):
        return words(said)
    if kind == "same_matter":
        said = {**said, "others": said.get("numbers") or said.get("number") or ""}
    return str(words) % said


def sees_inside(member: Membership) -> bool:
    """Whether somebody may read what the departments write among themselves."""
    return not member.is_firm and Role(member.role) not in _APART


def events_for(case: Case, member: Membership) -> list[Event]:
    """The events of a case that somebody may see, oldest first."""
    events = list(case.events.select_related("by").order_by("at", "id"))
    if member.is_firm:
        return [event for event in events if not event.inside]
    if sees_inside(member):
        return events
    return [event for event in events if not event.inside or event.by_id == member.user_id]


def timeline(case: Case, member: Membership) -> list[Entry]:
    """What happened to a case, newest first, as somebody may see it: to the firm departments act, not people."""
    events = events_for(case, member)
    acted = parties(case, (event.by_id for event in events))
    return [_entry(event, acted.get(event.by_id or 0), member) for event in reversed(events)]


def _entry(event: Event, party: Party | None, member: Membership) -> Entry:
    said = event.particulars
    who, chinese = who_of(party)
    known = party is not None and (not member.is_firm or party.is_firm)
    return Entry(
        at=event.at,
        kind=event.kind,
        who=who,
        zh=chinese,
        person=party.person if party is not None and known else "",
        text=say(event.kind, said),
        detail=str(said.get("why") or ""),
        points=tuple(said.get("points", ())),
        inside=event.inside,
    )


def who_of(party: Party | None) -> tuple[str, bool]:
    """How somebody who acted is called, and whether that is a Chinese name on every page; nobody is the service itself."""
    if party is None:
        return _("The service"), False
    return (party.place, True) if party.place else (str(party.role.label), False)
