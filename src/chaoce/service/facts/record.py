"""Adding facts to a firm and withdrawing them: the only writer of facts and of received support."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from chaoce.facts.reading import FirmReader
from chaoce.facts.types import together
from chaoce.faults import Faults
from chaoce.service.facts.dossier import base_of, bases_of, enterprise
from chaoce.service.facts.models import Fact, Received, Source
from chaoce.service.firms.models import Firm
from chaoce.service.lists.models import Row
from chaoce.service.people.models import User
from chaoce.service.plan.sessions import policies


@lru_cache(maxsize=1)
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


class NewFact(NamedTuple):
    """A fact of one firm among many, with the row of the list that says it."""

    firm: Firm
    raw: Mapping[str, Any]
    row: Row | None


@transaction.atomic
def add_facts_of_many(new: Sequence[NewFact], source: Source | str, by: User | None) -> tuple[list[Fact], list[tuple[NewFact, Faults]]]:
    """Adds facts of many firms in a few queries, however many; a fact said anew withdraws the earlier one, as in `add_facts`.

    A fact that cannot stand beside the others of its firm is not added; it comes back with what is wrong, and the rest stands.
    """
    by_firm: dict[int, list[NewFact]] = {}
    for entry in new:
        by_firm.setdefault(entry.firm.pk, []).append(entry)
    list(Firm.objects.select_for_update().filter(pk__in=by_firm).order_by("pk").values_list("pk"))
    standing: dict[int, dict[str, Fact]] = {}
    for fact in Fact.objects.standing().filter(firm__in=by_firm):
        standing.setdefault(fact.firm_id, {})[fact.key] = fact
    reading, said_anew, made, refused = reader(), [], [], []
    for pk, entries in by_firm.items():
        now = standing.get(pk, {})
        taken: list[NewFact] = []
        for some in ([entries] if len(entries) > 1 else []) + [[entry] for entry in entries]:
            keys = {entry.raw["id"] for entry in (*taken, *some)}
            raws = [*(entry.raw for entry in (*taken, *some)), *(fact.raw for key, fact in now.items() if key not in keys)]
            try:
                known = {
                    fact.id: fact for fact in reading.read({"enterprise": enterprise(entries[0].firm), "facts": raws, "received": []}).facts
                }
            except Faults as faults:
                if some is not entries:
                    refused.append((some[0], faults))
                continue
            taken += some
            if some is entries:
                break
        for entry in taken:
            before = now.get(entry.raw["id"])
            if before is not None and before.raw == entry.raw:
                continue
            if before is not None:
                said_anew.append(before)
            fact = known[entry.raw["id"]]
            made.append(
                Fact(
                    firm=entry.firm,
                    key=fact.id,
                    type=fact.type,
                    date=fact.date,
                    matters=list(fact.matter),
                    bases=bases_of(fact.matter),
                    raw=dict(entry.raw),
                    source=source,
                    row=entry.row,
                    added_by=by,
                )
            )
    withdraw_facts(said_anew, by, "said anew")
    return Fact.objects.bulk_create(made, batch_size=1000), refused


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


@transaction.atomic
def add_received_of_many(rows: Sequence[Received]) -> list[Received]:
    """Adds support received by many firms in a few queries; raises Faults, and adds nothing, where one could not be read as such."""
    from chaoce.service.facts.dossier import received_entry

    reading = reader()
    for row in rows:
        row.base = base_of(row.matter)
        reading.read({"enterprise": enterprise(row.firm), "facts": [], "received": [received_entry(row)]})
    return Received.objects.bulk_create(rows, batch_size=1000)


def withdraw_received(rows: Sequence[Received], by: User | None, why: str) -> None:
    """Received support that no longer stands (a corrected list, a case that was opened again)."""
    Received.objects.filter(pk__in=[row.pk for row in rows], withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_by=by, withdrawn_why=why[:400]
    )
