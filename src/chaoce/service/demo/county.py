"""The demonstration's firms: a synthetic county, invented by the program and marked as such wherever it is shown."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
from django.utils import timezone

from chaoce.population.block import TYPES
from chaoce.population.synthesize import synthesize
from chaoce.service.facts.dossier import base_of, bases_of, enterprise
from chaoce.service.facts.models import Fact, Received, Source
from chaoce.service.facts.record import reader
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Town

#: The same county on every machine.
SEED = 20260105


def settle_county(firms: int, year: int, facts_per_firm: int = 3) -> int:
    """Writes so many synthetic firms with their facts and received support into an empty database; the number of facts."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "county"
        synthesize(out, firms, SEED, year, facts_per_firm=Fraction(facts_per_firm))
        tables = {name: pl.read_parquet(out / f"{name}.parquet") for name in ("enterprises", *TYPES, "received")}
    towns = set(Town.objects.values_list("code", flat=True))
    Firm.objects.bulk_create([_firm(row, towns) for row in tables["enterprises"].to_dicts()], batch_size=2000)
    by_uscc = {firm.uscc: firm for firm in Firm.objects.filter(synthetic=True)}
    today = timezone.localdate()
    raws: dict[str, list[dict[str, Any]]] = {}
    for name in TYPES:
        for row in tables[name].filter(pl.col("date") <= today).to_dicts():  # the county has a whole year; what is to come is not here
            raws.setdefault(row.pop("uscc"), []).append({"type": name, **_plain(row)})
    facts = list(_facts(by_uscc, raws))
    Fact.objects.bulk_create(facts, batch_size=2000)
    Received.objects.bulk_create(
        [_received(by_uscc[row["uscc"]], row) for row in tables["received"].filter(pl.col("date") <= today).to_dicts()],
        batch_size=2000,
    )
    return len(facts)


def _firm(row: dict[str, Any], towns: set[str]) -> Firm:
    revenue = row.get("revenue")
    return Firm(
        uscc=row["uscc"],
        name=row["name"],
        industry=row["industry"],
        division=row["division"],
        town_id=row.get("town") if row.get("town") in towns else None,
        employees=row.get("employees"),
        revenue=None if revenue is None else int(Decimal(revenue) * 100),
        owners=row.get("owners") or [],
        synthetic=True,
    )


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON has it: money and dates as strings, what is not stated left out."""
    return {key: _value(value) for key, value in row.items() if value is not None}


def _value(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:.2f}"
    return value.isoformat() if isinstance(value, date) else value


def _facts(firms: dict[str, Firm], raws: dict[str, list[dict[str, Any]]]) -> Iterator[Fact]:
    """The facts of each firm, read as every other fact is: what cannot stand is not in the county."""
    reading = reader()
    for uscc, own in raws.items():
        firm = firms[uscc]
        by_id = {raw["id"]: raw for raw in own}
        for fact in reading.read({"enterprise": enterprise(firm), "facts": own, "received": []}).facts:
            source = Source.LIST if fact.type in ("recognition", "data_ip_certificate") else Source.IMPORT
            yield Fact(
                firm=firm,
                key=fact.id,
                type=fact.type,
                date=fact.date,
                matters=list(fact.matter),
                bases=bases_of(fact.matter),
                raw=by_id[fact.id],
                source=source,
            )


def _received(firm: Firm, row: dict[str, Any]) -> Received:
    return Received(
        firm=firm,
        benefit=row["benefit"],
        policy=row.get("policy") or "",
        matter=row["matter"],
        base=base_of(row["matter"]),
        date=row["date"],
        year=row.get("year"),
        amount=int(Decimal(row["amount"]) * 100),
    )
