"""What a firm says about the lines of its invoices: answers, and what it answered before, offered and never assumed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from chaoce.evidence.answers import fact_faults, paid_types
from chaoce.evidence.folder import CLAIMED, IGNORED, OPEN, Settled
from chaoce.evidence.vocabulary import Vocabulary
from chaoce.facts.types import FactType, Field
from chaoce.faults import Fault
from chaoce.rules.words import chinese_punctuation
from chaoce.service.cases.faults import Refused, Stale
from chaoce.service.cases.flow import State
from chaoce.service.cases.models import CaseLine
from chaoce.service.documents.models import LineAnswer
from chaoce.service.documents.settling import Settlement, refresh, settlement
from chaoce.service.facts.record import reader
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Membership
from chaoce.service.wording import spoken

#: A case in these states stands on its facts as they are; what they rest on is not changed under it.
HELD = (State.SUBMITTED, State.REVIEW, State.REVIEWED, State.DECIDED, State.READY)


@dataclass(frozen=True)
class Suggestion:
    """What the firm said of a like line before: the same item of the same seller (`same`), or all that it bought there."""

    type: str
    values: Mapping[str, Any]
    invoice: str
    line: int
    same: bool


def line_types() -> dict[str, FactType]:
    """The types of fact that a line of an invoice can be, by name."""
    return paid_types(reader())


def own_fields(kind: FactType) -> list[Field]:
    """The fields that a line does not say itself: all but the amount."""
    return [field for field in kind.fields.values() if field.name != "paid"]


def read_values(kind: FactType, entered: Mapping[str, str]) -> dict[str, Any]:
    """What a form sent, as the facts file holds it; what was left empty is left out."""
    values = {}
    for field in own_fields(kind):
        text = entered.get(field.name, "").strip()
        if text:
            values[field.name] = Vocabulary.raw(field, text)
    return values


def said_of(faults: Iterable[Fault], kind: FactType) -> dict[str, str]:
    """Faults in the page's language by the field that each is about; "" for those about the whole."""
    said: dict[str, str] = {}
    for fault in faults:
        name = (fault.key or "").rpartition(".")[2]
        text = Fault(fault.code, {"key": name, **fault.particulars}).say(spoken())
        if name in kind.fields:
            if fault.code == "missing":
                text = str(
                    _("Fill this in.") if kind.fields[name].choices is None and kind.fields[name].kind != "flag" else _("Choose one.")
                )
        else:
            name = ""
        said.setdefault(name, chinese_punctuation(text) if spoken() == "zh" else text[:1].upper() + text[1:])
    return said


class Wrong(Refused):
    """An answer with faults; `fields` says which field has which, "" for the whole."""

    def __init__(self, fields: Mapping[str, str]):
        self.fields = dict(fields)
        super().__init__(_("This is not complete yet:"), list(fields.values()))


def held_by(firm: Firm, keys: Iterable[str], states: Iterable[str] = HELD) -> str:
    """The number of a case that stands on one of these facts, by their keys; empty if none does."""
    held = CaseLine.objects.filter(case__firm=firm, case__state__in=states, fact__key__in=list(keys)).exclude(case__outcome="refused")
    first = held.select_related("case").order_by("case_id").first()
    return "" if first is None else str(first.case)


def seen_mark(answer: LineAnswer | None) -> str:
    """What a form says of the answer that it was shown with, so that a later one is not written over unseen."""
    return "" if answer is None else answer.answered_at.isoformat()


@transaction.atomic
def answer_line(
    member: Membership, invoice: str, line: int, type_name: str, values: Mapping[str, Any], note: str = "", seen: str | None = None
) -> LineAnswer:
    """Says what a line is: a fact of a type with these values, or, with an empty type, nothing that is claimed.

    `seen` is the mark of the answer that the person saw. Raises Stale where another was given since, Wrong (a Refused) where the
    values do not make a fact, Refused where the line is not there or a case stands on it.
    """
    firm, found = _locked(member)
    settled = _line(found, invoice, line)
    before = found.answers.get((invoice, line))
    _check_free(firm, invoice, [line])
    if seen is not None and seen != seen_mark(before):
        raise Stale(_("Somebody else has answered this line since you opened the page. Look at it anew; nothing of yours was saved."))
    if settled.state not in (OPEN, IGNORED, CLAIMED):
        raise Refused(_("Nothing is left of this line: a red invoice has taken all of it."))
    _check(type_name, values)
    answer, _made = LineAnswer.objects.update_or_create(
        firm=firm,
        invoice=invoice,
        line=line,
        defaults={"type": type_name, "values": dict(values) if type_name else {}, "note": note.strip()[:200], "answered_by": member.user},
    )
    refresh(firm, member.user)
    return answer


@transaction.atomic
def answer_alike(member: Membership, invoice: str, line: int) -> int:
    """Gives the answer of a line to every open line of the same item of the same seller; returns to how many."""
    firm, found = _locked(member)
    answer = found.answers.get((invoice, line))
    if answer is None:
        raise Refused(_("Say first what this line is."))
    alike = alike_open(found, _line(found, invoice, line))
    LineAnswer.objects.bulk_create(
        LineAnswer(
            firm=firm, invoice=other.entry.invoice.key, line=other.entry.line.number, type=answer.type, values=answer.values,
            note=answer.note, answered_by=member.user,
        )
        for other in alike
    )  # fmt: skip
    if alike:
        refresh(firm, member.user)
    return len(alike)


@transaction.atomic
def clear_line(member: Membership, invoice: str, line: int) -> None:
    """Takes an answer back: the line is open again."""
    firm, found = _locked(member)
    _line(found, invoice, line)
    _check_free(firm, invoice, [line])
    LineAnswer.objects.filter(firm=firm, invoice=invoice, line=line).delete()
    refresh(firm, member.user)


def _locked(member: Membership) -> tuple[Firm, Settlement]:
    if not member.is_firm:
        raise Refused(_("Only the firm can do this."))
    firm = Firm.objects.select_for_update(of=("self",)).get(memberships=member)
    found = settlement(firm)
    if found is None:
        raise Refused(_("That line is not there any more."))
    return firm, found


def _line(found: Settlement, invoice: str, line: int) -> Settled:
    for settled in found.lines_of.get(invoice, ()):
        if settled.entry.line.number == line:
            return settled
    raise Refused(_("That line is not there any more."))


def _check_free(firm: Firm, invoice: str, lines: Iterable[int]) -> None:
    number = held_by(firm, [f"{invoice}-{line}" for line in lines])
    if number:
        raise Refused(
            _("Your case %(number)s stands on this line. It can be changed once the case is sent back for correction or withdrawn.")
            % {"number": number}
        )


def _check(type_name: str, values: Mapping[str, Any]) -> None:
    if not type_name:
        return
    kinds = line_types()
    if type_name not in kinds:
        raise Refused(_("Choose what this line is, or that it is not claimed."))
    wrong = said_of(fact_faults(reader(), type_name, values), kinds[type_name]) | not_asked(kinds[type_name], values)
    if wrong:
        raise Wrong(wrong)


def strange_among(kind: FactType, said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said although nobody asked for it: all but the type's own fields.

    Its id, day, amount and matter are not the firm's to say.
    """
    own = {field.name for field in own_fields(kind)}
    return {name: value for name, value in said.items() if name not in own}


def not_asked(kind: FactType, values: Mapping[str, Any]) -> dict[str, str]:
    """The fault of values that nobody asked for, by field ("" for the whole); empty if there are none."""
    strange = sorted(strange_among(kind, values))
    if not strange:
        return {}
    asked = ", ".join(field.name for field in own_fields(kind))
    return {"": _("Not asked for here: %(names)s. What can be said: %(asked)s.") % {"names": ", ".join(strange), "asked": asked}}


def alike_open(found: Settlement, settled: Settled) -> list[Settled]:
    """The open lines of the same item of the same seller, the line itself apart."""
    mark = _mark(settled)
    return [
        other
        for lines in found.lines_of.values()
        for other in lines
        if other.state == OPEN and other.entry is not settled.entry and _mark(other) == mark
    ]


def suggest(found: Settlement, settled: Settled) -> Suggestion | None:
    """What the firm last said of the same item of this seller; else what it said of everything from this seller, if that is one thing."""
    seller, item = _mark(settled)
    latest: tuple[datetime, Suggestion] | None = None
    others: dict[str, Suggestion] = {}
    for lines in found.lines_of.values():
        for other in lines:
            key = (other.entry.invoice.key, other.entry.line.number)
            answer = found.answers.get(key)
            if answer is None or other.entry is settled.entry or _mark(other)[0] != seller:
                continue
            same = _mark(other)[1] == item
            suggestion = Suggestion(answer.type, answer.values, *key, same)
            if same and (latest is None or latest[0] < answer.answered_at):
                latest = (answer.answered_at, suggestion)
            others.setdefault(repr((answer.type, sorted(answer.values.items()))), suggestion)
    if latest is not None:
        return latest[1]
    return next(iter(others.values())) if len(others) == 1 else None


def _mark(settled: Settled) -> tuple[str, str]:
    invoice = settled.entry.invoice
    return invoice.seller.id or invoice.seller.name, settled.entry.line.item
