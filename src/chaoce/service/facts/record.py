"""Adding facts to a firm and withdrawing them: the only writer of facts and of received support."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from math import isfinite
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from chaoce.facts.firm import Fact as ReadFact
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import together
from chaoce.faults import Fault, Faults
from chaoce.service.documents.models import Upload
from chaoce.service.facts.canon import alike, canonical, canonical_fact
from chaoce.service.facts.dossier import base_of, bases_of, enterprise, received_entry
from chaoce.service.facts.models import Fact, Received, Source
from chaoce.service.firms.models import Firm
from chaoce.service.lists.models import Row
from chaoce.service.people.models import User
from chaoce.service.plan.sessions import policies

#: What a city body says of a firm; the firm itself does not say it otherwise.
OFFICIAL = frozenset({Source.LIST, Source.IMPORT})
#: Why a fact was withdrawn whose id came with other words.
SAID_ANEW = "said anew"
#: The most facts that stand of what a firm itself hands in or states; each of its pages is worked out over all of them.
MOST_FACTS = 2_000
#: The most letters of an id or a matter.
LONGEST = 200
#: What a firm is told that would have more.
TOO_MANY = Fault("service.many", {"limit": f"{MOST_FACTS:,}"})
_TOO_LONG = {"want": f"至多 {LONGEST} 个字", "want_en": f"at most {LONGEST} characters"}
_UNSTORABLE = {"want": "不含 NUL 等无法保存的字符的 JSON", "want_en": "JSON without signs that cannot be stored, like NUL"}


@lru_cache(maxsize=1)
def reader() -> FirmReader:
    """Reads facts of every type that the policies in force declare."""
    return FirmReader(together([(policy.folder, policy.types) for policy in policies()]))


def lock_firms(keys: Iterable[int]) -> None:
    """Makes all who add to these firms' facts or received support, or grant to them, wait until the transaction ends.

    In one order, so that two who need several firms never wait for each other. Rows that only refer to a firm do not wait.
    """
    list(Firm.objects.select_for_update(no_key=True).filter(pk__in=set(keys)).order_by("pk").values_list("pk"))


def check_facts(firm: Firm, raws: Sequence[Mapping[str, Any]]) -> None:
    """Raises Faults where one of the facts could not stand beside the others that the firm has."""
    standing = list(firm.facts.standing())
    _read_beside(firm, in_one_spelling(raws, standing), standing)


def in_one_spelling(raws: Sequence[Mapping[str, Any]], standing: Iterable[Fact], official: bool = False) -> list[dict[str, Any]]:
    """Facts as they are kept: every matter in its one spelling, and a product of the firm's own spelled as it was first."""
    types = reader().types
    made = [canonical_fact(raw, types) for raw in raws]
    keys = {raw.get("id") for raw in raws}
    return made if official else alike(made, (fact.raw for fact in standing if fact.key not in keys), types)


def _read_beside(firm: Firm, raws: Sequence[Mapping[str, Any]], standing: Iterable[Fact]) -> dict[str, ReadFact]:
    """The facts read beside those of the firm that they do not say anew, by id; raises Faults."""
    keys = {raw.get("id") for raw in raws}
    others = [fact.raw for fact in standing if fact.key not in keys]
    read = reader().read({"enterprise": enterprise(firm), "facts": [*raws, *others], "received": []})
    _check_storable(raws, read.facts)
    return {fact.id: fact for fact in read.facts}


def _check_storable(raws: Sequence[Mapping[str, Any]], read: Iterable[ReadFact]) -> None:
    """Raises Faults for what the reader takes and the database does not: ids and matters without end, signs that no text can hold."""
    faults = []
    known = {fact.id: fact for fact in read}
    for raw in raws:
        fact = known[raw["id"]]
        for key, texts in (("id", (fact.id,)), ("matter", fact.matter)):
            if any(len(text) > LONGEST for text in texts):
                faults.append(Fault("shape", _TOO_LONG, fact=fact.id[:LONGEST], key=key))
        if not _storable(raw):
            faults.append(Fault("shape", _UNSTORABLE, fact=fact.id[:LONGEST]))
    if faults:
        raise Faults(faults)


def _storable(value: object) -> bool:
    """Whether JSON in the database can hold it: no NUL, no half of a character, no number that is none."""
    if isinstance(value, str):
        return "\0" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, Mapping):
        return all(isinstance(key, str) and _storable(key) and _storable(entry) for key, entry in value.items())
    if isinstance(value, list | tuple):
        return all(map(_storable, value))
    return value is None or isinstance(value, bool | int) or (isinstance(value, float) and isfinite(value))


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

    A fact whose id the firm has already is the same fact said anew: if it says something else the earlier one is withdrawn. What an
    official list says is not said anew by the firm. `uploads` names the file of each fact, one of the firm's, by the fact's id.
    """
    if not raws:
        return []
    lock_firms([firm.pk])
    standing = {fact.key: fact for fact in firm.facts.standing()}
    raws = in_one_spelling(raws, standing.values(), source in OFFICIAL)
    known = _read_beside(firm, raws, standing.values())
    _check_official(raws, standing, source)
    if source not in OFFICIAL and own_facts(standing.values()) + len({raw["id"] for raw in raws} - standing.keys()) > MOST_FACTS:
        raise Faults([TOO_MANY])
    uploads = uploads or {}
    wanted = {upload for upload in uploads.values() if upload is not None}
    if wanted and Upload.objects.filter(pk__in=wanted, firm=firm).count() != len(wanted):
        raise ValueError("a file of another firm")
    made = []
    for raw in raws:
        now = standing.get(raw["id"])
        if now is not None and now.raw == raw:
            made.append(now)
            continue
        if now is not None:
            withdraw_facts([now], by, SAID_ANEW)
        made.append(_fact_of(firm, known[raw["id"]], raw, source, by, uploads.get(raw["id"]), row))
        made[-1].save()
    return made


def own_facts(facts: Iterable[Fact]) -> int:
    """How many of them are of the firm's own files and statements: those that have a limit."""
    return sum(1 for fact in facts if fact.source not in OFFICIAL)


def _check_official(raws: Iterable[Mapping[str, Any]], standing: Mapping[str, Fact], source: Source | str) -> None:
    if source in OFFICIAL:
        return
    official = [raw["id"] for raw in raws if raw["id"] in standing and standing[raw["id"]].source in OFFICIAL]
    if any(standing[raw["id"]].raw != raw for raw in raws if raw["id"] in official):
        raise Faults([Fault("service.official", {"value": key}, fact=key, key="id") for key in official])


def _fact_of(
    firm: Firm, fact: ReadFact, raw: Mapping[str, Any], source: Source | str, by: User | None, upload: Any, row: Row | None
) -> Fact:
    return Fact(
        firm=firm,
        key=fact.id,
        type=fact.type,
        date=fact.date,
        matters=list(fact.matter),
        bases=bases_of(fact.matter),
        raw=dict(raw),
        source=source,
        upload_id=upload,
        row=row,
        added_by=by,
    )


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
    types = reader().types
    for entry in (one._replace(raw=canonical_fact(one.raw, types)) for one in new):
        by_firm.setdefault(entry.firm.pk, []).append(entry)
    lock_firms(by_firm)
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
                _check_storable([entry.raw for entry in some], known.values())
                _check_official([entry.raw for entry in some], now, source)
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
            made.append(_fact_of(entry.firm, known[entry.raw["id"]], entry.raw, source, by, None, entry.row))
    withdraw_facts(said_anew, by, SAID_ANEW)
    return Fact.objects.bulk_create(made, batch_size=1000), refused


@transaction.atomic
def withdraw_facts(facts: Sequence[Fact], by: User | None, why: str) -> None:
    """Facts that no longer stand: they stay in the database with who, when and why. One withdrawn before stays as it was."""
    lock_firms(fact.firm_id for fact in facts)
    Fact.objects.filter(pk__in=[fact.pk for fact in facts], withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_by=by, withdrawn_why=why[:400]
    )


@transaction.atomic
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
    """Adds support that a firm has received for a matter, `amount` in fen; raises Faults where it could not be read as such.

    What a case granted keeps the matter of the fact that it stands on, letter by letter.
    """
    matter = matter if origin.get("case_line") is not None else canonical(matter)
    row = Received(
        firm=firm, benefit=benefit, policy=policy, matter=matter, base=base_of(matter), date=day, year=year, amount=amount,
        added_by=by, **origin,
    )  # fmt: skip
    lock_firms([firm.pk])
    _check_received(row)
    row.save()
    return row


@transaction.atomic
def add_received_of_many(rows: Sequence[Received]) -> list[Received]:
    """Adds support received by many firms in a few queries; raises Faults, and adds nothing, where one could not be read as such."""
    lock_firms(row.firm_id for row in rows)
    for row in rows:
        if row.case_line_id is None:
            row.matter = canonical(row.matter)
        row.base = base_of(row.matter)
        _check_received(row)
    return Received.objects.bulk_create(rows, batch_size=1000)


def _check_received(row: Received) -> None:
    reader().read({"enterprise": enterprise(row.firm), "facts": [], "received": [received_entry(row)]})
    faults = [
        Fault("shape", {"want": f"至多 {most} 个字", "want_en": f"at most {most} characters"}, firm=row.firm.uscc, key=key)
        for key, text, most in (("matter", row.matter, LONGEST), ("benefit", row.benefit, 80), ("policy", row.policy, 80))
        if len(text) > most
    ]
    if faults:
        raise Faults(faults)


@transaction.atomic
def withdraw_received(rows: Sequence[Received], by: User | None, why: str) -> None:
    """Received support that no longer stands (a corrected list, a case that was opened again)."""
    lock_firms(row.firm_id for row in rows)
    Received.objects.filter(pk__in=[row.pk for row in rows], withdrawn_at=None).update(
        withdrawn_at=timezone.now(), withdrawn_by=by, withdrawn_why=why[:400]
    )
