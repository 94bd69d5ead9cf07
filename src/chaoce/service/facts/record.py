"""Adding facts to a firm and withdrawing them: the only writer of facts and of received support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from chaoce.facts.reading import FirmReader
from chaoce.facts.types import together
from chaoce.service.facts.dossier import base_of, bases_of, enterprise
from chaoce.service.facts.models import Fact, Received, Source
from chaoce.service.firms.models import Firm
from chaoce.service.lists.models import Row
from chaoce.service.people.models import User
from chaoce.service.plan.sessions import policies


def reader() -> FirmReader:
    """Reads facts of every type that the policies in force declare."""
    return FirmReader(together([(policy.folder, policy.types) for policy in policies()]))


def check_facts(firm: Firm, raws: Sequence[Mapping[str, Any]]) -> None:
    """Raises Faults where one of the facts could not stand beside the others that the firm has."""
    reader().read({"enterprise": enterprise(firm), "facts": [*raws, *_others(firm, {raw["id"] for raw in raws})], "received": []})


def _others(firm: Firm, keys: set[str]) -> list[dict[str, Any]]:
    return [fact.raw for fact in firm.facts.standing() if fact.key not in keys]


@transaction.atomic
def add_facts(
    firm: Firm,
    raws: Sequence[Mapping[str, Any]],
    source: Source | str,
    by: User | None,
    uploads: Mapping[str, Any] | None = None,
    row: Row | None = None,
) -> list[Fact]:
    """Adds facts to a firm; raises Faults and adds none where one is wrong.

    A fact whose id the firm has already is the same fact said anew: if it says something else the earlier one is withdrawn.
    `uploads` names the file of each fact by the fact's id.
    """
    if not raws:
        return []
    Firm.objects.select_for_update().get(pk=firm.pk)
    read = reader().read({"enterprise": enterprise(firm), "facts": [*raws, *_others(firm, {raw["id"] for raw in raws})], "received": []})
    known = {fact.id: fact for fact in read.facts}
    standing = {fact.key: fact for fact in firm.facts.standing().filter(key__in=[raw["id"] for raw in raws])}
    made = []
    for raw in raws:
        now = standing.get(raw["id"])
        if now is not None and now.raw == raw:
            made.append(now)
            continue
        if now is not None:
            withdraw_facts([now], by, "said anew")
        fact = known[raw["id"]]
        made.append(
            Fact.objects.create(
                firm=firm,
                key=fact.id,
                type=fact.type,
                date=fact.date,
                matters=list(fact.matter),
                bases=bases_of(fact.matter),
                raw=dict(raw),
                source=source,
                upload_id=(uploads or {}).get(fact.id),
                row=row,
                added_by=by,
            )
        )
    return made


def withdraw_facts(facts: Sequence[Fact], by: User | None, why: str) -> None:
    """Facts that no longer stand: they stay in the database with who, when and why."""
    Fact.objects.filter(pk__in=[fact.pk for fact in facts], withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_by=by, withdrawn_why=why[:400]
    )


def add_received(
    firm: Firm,
    benefit: str,
    matter: str,
    day: date,
    amount: int,
    by: User | None,
    policy: str = "",
    year: int | None = None,
    **origin: Any,
) -> Received:
    """Adds support that a firm has received for a matter, `amount` in fen; raises Faults where it could not be read as such."""
    row = Received(
        firm=firm, benefit=benefit, policy=policy, matter=matter, base=base_of(matter), date=day, year=year, amount=amount,
        added_by=by, **origin,
    )  # fmt: skip
    from chaoce.service.facts.dossier import received_entry

    reader().read({"enterprise": enterprise(firm), "facts": [], "received": [received_entry(row)]})
    row.save()
    return row


def withdraw_received(rows: Sequence[Received], by: User | None, why: str) -> None:
    """Received support that no longer stands (a corrected list, a case that was opened again)."""
    Received.objects.filter(pk__in=[row.pk for row in rows], withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_by=by, withdrawn_why=why[:400]
    )
