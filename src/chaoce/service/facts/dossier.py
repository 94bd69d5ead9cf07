"""A firm's facts file as the database has it: what goes into every assessment."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from chaoce.facts.matter import is_matter, overlap
from chaoce.money import format_yuan, parse_yuan
from chaoce.service.facts.models import Fact, Received, Source
from chaoce.service.firms.models import Firm

#: How the sum of an invoice line counts: net of VAT, with it, or by the kind of invoice (as it was read).
DEFAULT, NET, GROSS = "default", "net", "gross"
BASES = (DEFAULT, NET, GROSS)


class Grant(NamedTuple):
    """Support granted for all the matters of one fact; `amount` is fen, `name` tells it from other grants."""

    name: str
    policy: str
    benefit: str
    matters: tuple[str, ...]
    date: date
    year: int | None
    amount: int

    def touches(self, matters: Iterable[str]) -> bool:
        """Whether one of these matters was granted."""
        return any(overlap(mine, other) for mine in self.matters for other in matters)


def enterprise(firm: Firm) -> dict[str, Any]:
    """The firm's own fields, as `enterprise` of a facts file."""
    fields: dict[str, Any] = {"uscc": firm.uscc, "name": firm.name, "industry": firm.industry, "division": firm.division}
    if firm.town_id:
        fields["town"] = firm.town_id
    if firm.employees is not None:
        fields["employees"] = firm.employees
    if firm.revenue is not None:
        fields["revenue"] = format_yuan(firm.revenue)
    if firm.owners:
        fields["owners"] = list(firm.owners)
    return fields


def dossier(firm: Firm, basis: str = DEFAULT, without_case: int | None = None, also: Iterable[Grant] = ()) -> dict[str, Any]:
    """The facts file of a firm (docs/facts.md): its standing facts and all that it has received, in order.

    `basis` is the tax basis of a call; `without_case` leaves out what that case itself was granted; `also` is taken as granted.
    """
    received = firm.received.standing()
    if without_case is not None:
        received = received.exclude(case_line__case=without_case)
    return compose(firm, firm.facts.standing(), received, basis, also)


def compose(
    firm: Firm, facts: Iterable[Fact], received: Iterable[Received], basis: str = DEFAULT, also: Iterable[Grant] = ()
) -> dict[str, Any]:
    """A facts file of these rows."""
    facts = list(facts)
    entries, named = _received(facts, [*(grant_of(row) for row in received), *also])
    return {
        "enterprise": enterprise(firm),
        "facts": [
            {**raw, "matter": [*fact.matters, *named[fact.key]]} if fact.key in named else raw
            for fact, raw in ((fact, on_basis(fact.raw, basis, fact.source)) for fact in facts)
        ],
        "received": entries,
    }


def grant_of(row: Received) -> Grant:
    """Support received as a grant: what a case granted was granted for every matter of the fact that it stood on."""
    matters = tuple(row.case_line.fact.matters) if row.case_line is not None else (row.matter,)
    return Grant(str(row.pk), row.policy, row.benefit, matters, row.date, row.year, row.amount)


def _received(facts: Sequence[Fact], grants: Sequence[Grant]) -> tuple[list[dict[str, Any]], dict[str, list[str]]]:
    """The entries of `received`, and by fact key the matters that a fact has beside its own.

    An entry names one matter, while a grant may be for several. Where another fact shares only a later one of them, the grant gets
    a matter of its own (`grant:<name>`) and each fact that shares anything with it a line of that (`grant:<name>#<n>`): so it is
    taken off each such fact once and in full, and no two facts meet that would not meet without it.
    """
    entries: list[dict[str, Any]] = []
    named: dict[str, list[str]] = {}
    for grant in grants:
        matter, *others = grant.matters
        if others:
            first = grant._replace(matters=(matter,))
            touched = [(place, fact) for place, fact in enumerate(facts, 1) if grant.touches(fact.matters)]
            if not all(first.touches(fact.matters) for _place, fact in touched):
                matter = f"grant:{grant.name}"
                for place, fact in touched:
                    named.setdefault(fact.key, []).append(f"{matter}#{place}")
        entries.append(_entry(grant, matter))
    return entries, named


def received_entry(row: Received) -> dict[str, Any]:
    """One entry of `received`."""
    return _entry(grant_of(row), row.matter)


def _entry(grant: Grant, matter: str) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "benefit": grant.benefit,
        "matter": matter,
        "date": grant.date.isoformat(),
        "amount": format_yuan(grant.amount),
    }
    if grant.year is not None:
        entry["year"] = grant.year
    if grant.policy:
        entry["policy"] = grant.policy
    return entry


def on_basis(raw: dict[str, Any], basis: str, source: str = Source.INVOICE) -> dict[str, Any]:
    """A fact with `paid` on the tax basis of a call.

    What a firm only states stays as it is, and so does what its net and tax do not explain: `paid` is the one or both together.
    """
    evidence = raw.get("evidence")
    if basis == DEFAULT or source == Source.STATEMENT or "paid" not in raw or not isinstance(evidence, dict):
        return raw
    net, tax, paid = (parse_yuan(text) for text in (evidence.get("net"), evidence.get("tax"), raw["paid"]))
    if net is None or tax is None or paid not in (net, net + tax):
        return raw
    return {**raw, "paid": format_yuan(net if basis == NET else net + tax)}


def base_of(matter: str) -> str:
    """A matter without its line: matters that overlap have it in common."""
    return matter.partition("#")[0]


def bases_of(matters: Iterable[str]) -> list[str]:
    """The matters without their lines, once each, in order."""
    found = dict.fromkeys(base_of(matter) for matter in matters)
    if not all(is_matter(base) for base in found):
        raise ValueError(f"not a matter: {list(found)}")
    return list(found)
