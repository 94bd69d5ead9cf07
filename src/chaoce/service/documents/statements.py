"""Facts that a firm states itself: what no invoice shows and no official list names, with a file that bears it out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chaoce.evidence.answers import fact_faults
from chaoce.facts.matter import is_matter
from chaoce.facts.types import FactType
from chaoce.faults import Faults
from chaoce.service.cases.faults import Refused
from chaoce.service.documents.lines import HELD, Wrong, held_by, line_types, not_asked, said_of
from chaoce.service.documents.models import Upload
from chaoce.service.documents.words import TAKEN_BACK
from chaoce.service.facts.models import Fact, Source
from chaoce.service.facts.record import add_facts, reader, withdraw_facts
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Membership
from chaoce.service.wording import spoken


@dataclass(frozen=True)
class Thing:
    """What a stated fact is about: the kind of its matter, and what the form calls its name."""

    prefix: str
    label: str | Promise


#: Types whose matter is a thing that has a name of its own in the world, so that two firms, or two years, can meet over it.
_THINGS = {
    "scenario_project": Thing("scenario", gettext_lazy("Name of the scenario")),
    "investment_project": Thing("project", gettext_lazy("Name of the project, as it is filed")),
}
#: Fields of a type that name such a thing already.
_NAMED_BY = {"data_ip_certificate": ("certificate", "number")}


def stated_types() -> dict[str, FactType]:
    """The types that a firm may state: what has an amount paid comes from invoices, what is granted by title from official lists."""
    by_line = line_types()
    return {name: kind for name, kind in reader().types.types.items() if name not in by_line and kind.by is None}


def thing_of(kind: FactType) -> Thing | None:
    """What the form asks the name of, beside the type's own fields."""
    return _THINGS.get(kind.name)


@transaction.atomic
def state(
    member: Membership, type_name: str, day: date | None, values: Mapping[str, Any], thing: str, upload: Upload, note: str = ""
) -> Fact:
    """Adds a fact that the firm states, borne out by a file of its own.

    Raises Wrong (a Refused) with what is wrong by field (`day` and `thing` beside the type's fields), Refused for the rest.
    """
    if not member.is_firm or upload.firm_id != member.firm_id:
        raise Refused(_("Only the firm can do this."))
    kind = stated_types().get(type_name)
    if kind is None:
        raise Refused(_("A fact of this type cannot be stated: it comes from invoices or official lists."))
    if upload.removed_at is not None or upload.state == Upload.State.REFUSED:
        raise Refused(_("That file is not here any more, or cannot be used."))
    firm = Firm.objects.select_for_update().get(pk=member.firm_id)
    wrong = said_of(fact_faults(reader(), type_name, values), kind)
    wrong |= not_asked(kind, values) | _wrong_frame(kind, day, thing)
    if wrong:
        raise Wrong(wrong)
    assert day is not None
    frame = {"id": _key(firm, type_name), "type": type_name, "date": day.isoformat()}
    raw: dict[str, Any] = {**frame, **values, **frame}
    matter = _matter(kind, values, thing)
    if matter:
        raw["matter"] = matter
    if note.strip():
        raw["note"] = note.strip()[:200]
    raw["evidence"] = {"file": upload.name}
    try:
        (fact,) = add_facts(firm, [raw], Source.STATEMENT, member.user, {raw["id"]: upload.pk})
    except Faults as faults:
        raise Wrong(said_of(faults.faults, kind)) from None
    return fact


@transaction.atomic
def withdraw(member: Membership, fact: Fact) -> None:
    """Takes back a fact that the firm stated; raises Refused where a live case stands on it, or the fact has another source."""
    _check_own(member, fact)
    number = held_by(fact.firm, [fact.key], HELD)
    if number:
        raise Refused(_("This fact stays: your case %(number)s stands on it.") % {"number": number})
    withdraw_facts([fact], member.user, TAKEN_BACK)


@transaction.atomic
def bring_back(member: Membership, fact: Fact) -> Fact:
    """States again, word for word, a fact that the firm took back."""
    _check_own(member, fact)
    standing = fact.firm.facts.standing().filter(key=fact.key).first()
    if standing is not None:
        return standing
    try:
        (made,) = add_facts(fact.firm, [fact.raw], Source.STATEMENT, member.user, {fact.key: fact.upload_id})
    except Faults as faults:
        raise Refused(_("It cannot stand beside what was stated since:"), [fault.say(spoken()) for fault in faults.faults]) from None
    return made


def is_own_statement(fact: Fact) -> bool:
    """Whether the firm stated it itself on a page, not in a table that it handed in."""
    return fact.source == Source.STATEMENT and "row" not in (fact.raw.get("evidence") or {})


def _check_own(member: Membership, fact: Fact) -> None:
    if not member.is_firm or fact.firm_id != member.firm_id:
        raise Refused(_("Only the firm can do this."))
    if not is_own_statement(fact):
        raise Refused(
            _("This fact follows from a file or an official list. Take back the file, or tell the department that keeps the list.")
        )
    Firm.objects.select_for_update().get(pk=fact.firm_id)


def _wrong_frame(kind: FactType, day: date | None, thing: str) -> dict[str, str]:
    wrong = {}
    if day is None:
        wrong["day"] = _("Give the day.")
    elif day > timezone.localdate():
        wrong["day"] = _("A fact has happened: the day cannot lie in the future.")
    if thing_of(kind) is not None:
        if not thing.strip():
            wrong["thing"] = _("Fill this in.")
        elif "#" in thing or not is_matter(f"x:{thing.strip()}"):
            wrong["thing"] = _("Without # and without signs that are not seen.")
    return wrong


def _matter(kind: FactType, values: Mapping[str, Any], thing: str) -> str:
    named = thing_of(kind)
    if named is not None:
        return f"{named.prefix}:{thing.strip()[:120]}"
    if kind.name in _NAMED_BY:
        prefix, field = _NAMED_BY[kind.name]
        return f"{prefix}:{values[field]}"
    return ""


def _key(firm: Firm, type_name: str) -> str:
    number = firm.facts.filter(type=type_name, source=Source.STATEMENT).count() + 1
    taken = set(firm.facts.filter(key__startswith=f"{type_name}-").values_list("key", flat=True))
    while f"{type_name}-{number}" in taken:
        number += 1
    return f"{type_name}-{number}"
