"""Recording the year's decisions: checked as `chaoce assess --decisions` checks them, version by version, never written over."""

from __future__ import annotations

import difflib
import hashlib
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.utils.translation import gettext as _

from chaoce.assessment.describe import describe
from chaoce.faults import Fault, Faults
from chaoce.marked import Names
from chaoce.service.cases.faults import Refused, Stale, told_if_busy
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import Role
from chaoce.service.plan.models import YearDecisions
from chaoce.service.plan.sessions import decisions_of, session_of, session_with

#: Bytes of a decisions file.
MOST = 50_000


class Changed(NamedTuple):
    """A benefit of which the decisions change something: what it says before and after."""

    policy: str
    benefit: str
    title: Names
    clause: str
    before: Names
    after: Names


class Decidable(NamedTuple):
    """A benefit that waits for a decision of the year or has one: what it says now, and by which name a decision calls it."""

    benefit: str
    title: Names
    clause: str
    rule: Names
    status: Names


def decidable(year: int) -> list[Decidable]:
    """The benefits whose amounts are ceilings until the city decides, in the order of the text, with what is in force."""
    rows = ((line, describe(line)) for line in session_of(year).assessor.engine.lines)
    return [
        Decidable(line.benefit.id, said["title"], said["clause"], said["rule"], said["status"])
        for line, said in rows
        if said["ceiling"] or said["settled"]
    ]


def digest(year: int, text: str) -> str:
    """Stands for a text of decisions that somebody has looked at; another text has another one."""
    return hashlib.sha256(f"{year}\n{text}".encode()).hexdigest()


def beginning(year: int) -> str:
    """What an empty editor begins with."""
    return f"year: {year}\nrates: {{}}\namounts: {{}}\n"


def faults_in(year: int, text: str, lang: str) -> list[str]:
    """What is wrong with a text of decisions, fault by fault with its line; empty where it can be recorded."""
    if len(text.encode()) > MOST:
        return [_("The text is too long: at most %(most)s bytes.") % {"most": MOST}]
    try:
        session_with(year, text)
    except Faults as faults:
        return [_without_file(fault, lang) for fault in faults.faults]
    return []


def _without_file(fault: Fault, lang: str) -> str:
    said = fault.say(lang)
    line = _("Line %(line)s: ") % {"line": fault.line} if fault.line else ""
    place = f"{fault.file}:{fault.line}" if fault.line else str(fault.file)
    return line + said.removeprefix(place).lstrip(": ：")


def changes(year: int, text: str) -> list[Changed]:
    """The benefits that a text changes against what is in force, each in the words of its rule; the text must be without faults."""
    before = {_key(line): describe(line) for line in session_of(year).assessor.engine.lines}
    found = []
    for line in session_with(year, text).assessor.engine.lines:
        now, was = describe(line), before[_key(line)]
        if (now["rule"], now["status"]) != (was["rule"], was["status"]):
            found.append(Changed(line.policy.id, line.benefit.id, now["title"], now["clause"], _words(was), _words(now)))
    return found


def _key(line: Any) -> tuple[str, str]:
    return line.policy.id, line.benefit.id


def _words(described: dict[str, Any]) -> Names:
    rule, status = described["rule"], described["status"]
    return Names(f"{rule.zh}（{status.zh}）", f"{rule.en} ({status.en})")


@told_if_busy()
@transaction.atomic
def record(member: Membership, year: int, text: str, source: str, version: int, lang: str) -> YearDecisions:
    """Records a new version; `version` is the one that the person saw, 0 for none. Raises Refused or Stale."""
    if member.role != Role.OFFICE:
        raise Refused(_("The year's decisions are recorded by the programme office."))
    if not source.strip():
        raise Refused(_("Name the document in which the city decided this."))
    wrong = faults_in(year, text, lang)
    if wrong:
        raise Refused(_("The decisions were not recorded:"), wrong)
    with connection.cursor() as cursor:  # there is no row to lock before the first version
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [0x6465, year])
    last = decisions_of(year)
    if version != (0 if last is None else last.version):
        raise Stale(_("Somebody else has recorded another version meanwhile. Look at it first; what you wrote is kept below."))
    if last is not None and last.text == text:
        raise Refused(_("Nothing is changed."))
    return YearDecisions.objects.create(year=year, version=version + 1, text=text, source=source.strip()[:300], recorded_by=member.user)


def versions(year: int) -> list[tuple[YearDecisions, list[str]]]:
    """All versions of a year, the last first, each with the lines by which it differs from the one before."""
    rows = list(YearDecisions.objects.filter(year=year).select_related("recorded_by").order_by("version"))
    found = []
    for older, row in zip([None, *rows], rows, strict=False):
        lines = difflib.unified_diff((older.text if older else "").splitlines(), row.text.splitlines(), lineterm="", n=0)
        found.append((row, [line for line in lines if line[:1] in "+-" and not line.startswith(("+++", "---"))]))
    return found[::-1]
