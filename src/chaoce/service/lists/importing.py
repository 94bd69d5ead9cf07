"""Handing a list in: its file kept under its digest, what it is for all its rows, and the check of it begun."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from chaoce.facts.types import FactType
from chaoce.service.cases.faults import Refused
from chaoce.service.documents.store import clean_name, write
from chaoce.service.facts.record import reader
from chaoce.service.lists import tasks
from chaoce.service.lists.matching import may_change
from chaoce.service.lists.models import OfficialList
from chaoce.service.lists.reading import slug
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import DEPARTMENT
from chaoce.service.wording import say_day

#: A file of so many bytes or fewer is read at once; a larger one in the background.
AT_ONCE = 60_000
#: Letters of the title in the ids of its facts.
_STEM = 40


def hand_in(
    member: Membership,
    name: str,
    chunks: Iterable[bytes],
    kind: str,
    title: str,
    issuer: str = "",
    issued_on: date | None = None,
    type: str = "",
    values: Mapping[str, Any] | None = None,
    supersedes: int | None = None,
    expected: int | None = None,
) -> OfficialList:
    """Takes a list and checks its rows, at once or in the background. `values` are fields that all rows have. Raises Refused."""
    listed = OfficialList(
        kind=kind, title=title.strip(), issuer=issuer.strip(), issued_on=issued_on, type=type, values=dict(values or {}),
        department=member.department if member.role in DEPARTMENT else None, imported_by=member.user, began_at=timezone.now(),
    )  # fmt: skip
    if kind not in OfficialList.Kind.values or not may_change(member, listed):
        raise Refused(_("This step is not for your role."))
    if not listed.title:
        raise Refused(_("Give the list its title, as the document has it."))
    if issued_on is not None and issued_on > timezone.localdate():
        raise Refused(_("The date of the list lies in the future."))
    if kind == OfficialList.Kind.FACTS and type and type not in types():
        raise Refused(_("Choose a type of fact, or none where the file has a column for it."))
    stored = write(chunks, expected)
    listed.file, listed.sha256, listed.size = clean_name(name), stored.sha256, stored.size
    _keep(member, listed, supersedes)
    if stored.size <= AT_ONCE:
        tasks.check_now(listed)
    return listed


@transaction.atomic
def _keep(member: Membership, listed: OfficialList, supersedes: int | None) -> None:
    alike = OfficialList.objects.filter(sha256=listed.sha256, kind=listed.kind, department=listed.department, type=listed.type)
    same = alike.filter(values=listed.values).exclude(state=OfficialList.State.DROPPED).first()
    if same is not None:
        raise Refused(
            _("The same file was handed in already on %(day)s as “%(title)s”.")
            % {"day": say_day(timezone.localdate(same.imported_at)), "title": same.title}
        )
    if supersedes is not None:
        before = OfficialList.objects.seen_by(member).select_for_update(of=("self",)).filter(pk=supersedes, kind=listed.kind).first()
        if before is None or not may_change(member, before) or before.state != OfficialList.State.TAKEN:
            raise Refused(_("Only a list of yours that was taken over can be corrected."))
        if before.corrections.exclude(state=OfficialList.State.DROPPED).exists():
            raise Refused(_("That list is corrected already; correct the correction, or drop it first."))
        listed.supersedes, listed.stem = before, before.stem
    listed.save()
    if not listed.stem:
        listed.stem = f"{slug(listed.title)[:_STEM].strip('-') or 'list'}-{listed.pk}"
        listed.save(update_fields=["stem"])
    if listed.size > AT_ONCE:
        tasks.check.defer(pk=listed.pk)


def types() -> Mapping[str, FactType]:
    """The fact types of the policies in force."""
    return reader().types.types


def correctable(member: Membership, kind: str) -> Any:
    """The lists that a new one may correct."""
    rows = OfficialList.objects.seen_by(member).filter(kind=kind, state=OfficialList.State.TAKEN)
    live = OfficialList.objects.exclude(state=OfficialList.State.DROPPED).filter(supersedes__isnull=False).values("supersedes")
    return rows.exclude(pk__in=live)
