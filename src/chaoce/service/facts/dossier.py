"""A firm's facts file as the database has it: what goes into every assessment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chaoce.facts.matter import is_matter
from chaoce.money import format_yuan, parse_yuan
from chaoce.service.facts.models import Fact, Received
from chaoce.service.firms.models import Firm

#: How the sum of an invoice line counts: net of VAT, with it, or by the kind of invoice (as it was read).
DEFAULT, NET, GROSS = "default", "net", "gross"
BASES = (DEFAULT, NET, GROSS)


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


def dossier(firm: Firm, basis: str = DEFAULT, without_case: int | None = None) -> dict[str, Any]:
    """The facts file of a firm (docs/facts.md): its standing facts and all that it has received, in order.

    `basis` is the tax basis of a call; `without_case` leaves out what that case itself was granted.
    """
    received = firm.received.standing()
    if without_case is not None:
        received = received.exclude(case_line__case=without_case)
    return compose(firm, firm.facts.standing(), received, basis)


def compose(firm: Firm, facts: Iterable[Fact], received: Iterable[Received], basis: str = DEFAULT) -> dict[str, Any]:
    """A facts file of these rows."""
    return {
        "enterprise": enterprise(firm),
        "facts": [on_basis(fact.raw, basis) for fact in facts],
        "received": [received_entry(row) for row in received],
    }


def received_entry(row: Received) -> dict[str, Any]:
    """One entry of `received`."""
    entry: dict[str, Any] = {
        "benefit": row.benefit,
        "matter": row.matter,
        "date": row.date.isoformat(),
        "amount": format_yuan(row.amount),
    }
    if row.year is not None:
        entry["year"] = row.year
    if row.policy:
        entry["policy"] = row.policy
    return entry


def on_basis(raw: dict[str, Any], basis: str) -> dict[str, Any]:
    """A fact with `paid` on the tax basis of a call; what has no net and tax apart stays as it is."""
    evidence = raw.get("evidence")
    if basis == DEFAULT or "paid" not in raw or not isinstance(evidence, dict) or not {"net", "tax"} <= evidence.keys():
        return raw
    net, tax = parse_yuan(evidence["net"]), parse_yuan(evidence["tax"])
    if net is None or tax is None:
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
