"""Filters of the pages of a firm.

Load them with {% load firm %}:

    {{ "410000.00"|fen }}       whole fen of an amount in an explanation, for |yuan and |amount
    {{ received|benefit_title }} the title of a benefit of received support, by the policies here, else its id
    {{ field|value:raw }}       a field's value of a fact in the page's language
    {{ fact|fact_type }}        what a fact is, by its type
    {{ text|matter }}           a matter in words
    {{ fact|details }}          its fields and values, in pairs
    {{ text|marked }}           on an English page what is Chinese in it marked as Chinese
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from chaoce.evidence.invoice import KINDS
from chaoce.facts.types import KINDS as FIELD_KINDS
from chaoce.facts.types import Field
from chaoce.money import parse_yuan
from chaoce.rules.words import say_value
from chaoce.service.calls.models import Call
from chaoce.service.cases.checks import say_matter
from chaoce.service.cases.models import Case
from chaoce.service.documents.models import Upload
from chaoce.service.documents.words import why
from chaoce.service.facts.models import Fact, Received
from chaoce.service.facts.record import reader
from chaoce.service.pages.templatetags.chaoce import TONES, badge, day
from chaoce.service.pages.templatetags.chaoce import moment as said_moment
from chaoce.service.plan.sessions import every_benefit
from chaoce.service.wording import spoken

register = template.Library()


@register.filter
def fen(text: str | None) -> int | None:
    """Whole fen of yuan as an explanation writes them, also below zero."""
    if not text:
        return None
    amount = parse_yuan(text.removeprefix("-"))
    return None if amount is None else -amount if text.startswith("-") else amount


@register.filter
def benefit_title(row: Received) -> str:
    """The title of the benefit under which something was received."""
    for policy, benefit in every_benefit():
        if benefit.id == row.benefit and row.policy in ("", policy.id):
            return benefit.title[spoken()]
    return row.benefit


@register.filter
def title_of(line: Any) -> str:
    """The title of the benefit of a line of a case."""
    return next((b.title[spoken()] for p, b in every_benefit() if (p.id, b.id) == (line.policy, line.benefit)), line.benefit)


@register.filter
def clause_of(line: Any) -> str:
    """The clause of the benefit of a line of a case."""
    return next((b.clause for p, b in every_benefit() if (p.id, b.id) == (line.policy, line.benefit)), "")


@register.filter
def fact_type(fact: Fact) -> str:
    """What a fact is, by its type, and by its title where it has one."""
    kind = reader().types.types.get(fact.type)
    if kind is None:
        return fact.type
    said = capfirst(kind.names[spoken()])
    if kind.by and (choices := kind.fields[kind.by].choices) and fact.raw.get(kind.by) in choices:
        return said + (": " if spoken() == "en" else "：") + choices[fact.raw[kind.by]][spoken()]
    return said


@register.filter
def details(fact: Fact) -> Iterator[tuple[str, str]]:
    """The fields of a fact by their names, with their values, in the page's language."""
    kind = reader().types.types.get(fact.type)
    for name, field in (kind.fields if kind else {}).items():
        if name in fact.raw and name != (kind.by if kind else None):
            yield capfirst(field.names[spoken()]), value(field, fact.raw[name])


@register.filter
def value(field: Field, raw: Any) -> str:
    """A field's value as the facts file has it, in the page's language."""
    read = FIELD_KINDS[field.kind].read(raw)
    return str(raw) if read is None else say_value(field, read, spoken())


@register.filter
def matter(text: str) -> str:
    """A matter in words: an invoice and its line, a title by its name."""
    return say_matter(text)


@register.filter
def tone_icon(tone: str) -> str:
    """The icon of a tone: colour is never alone."""
    return TONES[tone]


@register.filter
def invoice_kind(kind: str) -> str:
    """Special, ordinary, or not known."""
    return KINDS[kind][0 if spoken() == "zh" else 1]


@register.simple_tag
def file_state(row: Any) -> SafeString:
    """Where a file stands, as a badge: what it waits for comes before what was done with it."""
    state = row.upload.state
    if state in (Upload.State.WAITING, Upload.State.READING):
        return badge("info", row.upload.get_state_display(), "hourglass")
    if state == Upload.State.REFUSED:
        return badge("bad", row.upload.get_state_display(), "file-x")
    if state == Upload.State.ATTACHED:
        return badge("plain", row.upload.get_state_display(), "paperclip")
    if row.copy_of:
        return badge("plain", _("A copy"), "copy")
    if row.open:
        said = ngettext("%(count)s line to answer", "%(count)s lines to answer", row.open) % {"count": row.open}
        return badge("warn", said, "help-circle")
    if any(tone == "bad" for tone, _words in row.findings):
        return badge("bad", _("Not used"), "file-alert")
    return badge("good", _("Read"), "check")


@register.filter
def until(moment: datetime | None) -> str:
    """The end of a window in words: a call that closes at midnight closes with the day before."""
    if moment is None:
        return day(None)
    local = timezone.localtime(moment)
    if (local.hour, local.minute) == (0, 0):
        return _("the end of %(day)s") % {"day": day(local.date() - timedelta(days=1))}
    return said_moment(moment)


@register.filter
def closed_on(call: Call) -> date:
    """The last day on which a call was open."""
    end = call.closed_at if call.closed_at is not None and call.closed_at < call.closes_at else call.closes_at
    return timezone.localdate(end - timedelta(microseconds=1))


@register.filter
def workdays(count: int) -> str:
    """So many working days."""
    return ngettext("%(count)s working day", "%(count)s working days", count) % {"count": count}


@register.filter
def version(number: int) -> str:
    """The version of a guide."""
    return _("version %(number)s") % {"number": number}


@register.filter
def evidence_name(upload: Upload, case: Case) -> str:
    """Which item of the evidence list a file answers."""
    item = next((item for item in case.guide.evidence if item["code"] == upload.evidence), None)
    return "" if item is None else (item.get("en") or item["zh"]) if spoken() == "en" else item["zh"]


@register.filter
def why_gone(fact: Fact) -> str:
    """Why a fact no longer stands."""
    return why(fact.withdrawn_why)
