"""Firms as the files of a population (contract, section 4): from decoded JSON to Parquet, or to CSV."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl

from chaoce.facts.types import FIRM_FIELDS, FactTypes

_MONEY = pl.Decimal(18, 2)
#: How a value of a kind is stored in Parquet, and how JSON's value becomes one. A quantity stays the string that it is in JSON.
_STORED: Mapping[str, tuple[Any, Callable[[Any], Any]]] = {
    "money": (_MONEY, Decimal),
    "count": (pl.Int64, int),
    "quantity": (pl.String, str),
    "flag": (pl.Boolean, bool),
    "date": (pl.Date, date.fromisoformat),
    "text": (pl.String, str),
    "choice": (pl.String, str),
    "list": (pl.List(pl.String), lambda value: [value] if isinstance(value, str) else list(value)),
}
_RECEIVED = {"uscc": "text", "benefit": "text", "policy": "text", "matter": "text", "date": "date", "year": "count", "amount": "money"}
_REQUIRED = ("uscc", "benefit", "matter", "date", "amount")


def write_population(firms: Iterable[dict], types: FactTypes, folder: Path, form: str = "parquet") -> Path:
    """The files of a population: `enterprises`, one a fact type that occurs, and `received` where something was.

    `form` is `parquet` (money DECIMAL(18,2), dates DATE, `matter` a list of strings) or `csv` (everything as JSON writes it,
    lists joined by `|`). A column in which no row has anything is left out unless the type needs it; what a row lacks is null.
    """
    folder.mkdir(parents=True, exist_ok=True)
    enterprises: list[dict] = []
    facts: dict[str, list[dict]] = {}
    received: list[dict] = []
    for firm in firms:
        uscc = firm["enterprise"]["uscc"]
        enterprises.append(firm["enterprise"])
        for fact in firm["facts"]:
            facts.setdefault(fact["type"], []).append({"uscc": uscc, **fact})
        received.extend({"uscc": uscc, **item} for item in firm.get("received", ()))
    own = {name: field.kind for name, field in (FIRM_FIELDS | dict(types.firm)).items() if name != "section"} | {"owners": "list"}
    needed = {name for name, field in types.firm.items() if field.required and name != "section"}
    _write(folder / "enterprises", form, enterprises, own, needed)
    for name, rows in facts.items():
        fields = types.types[name].fields
        kinds = {"uscc": "text", "id": "text", "date": "date", "matter": "list", **{own: field.kind for own, field in fields.items()}}
        _write(folder / name, form, rows, kinds, {"uscc", "id", "date", *(own for own, field in fields.items() if field.required)})
    if received:
        _write(folder / "received", form, received, _RECEIVED, set(_REQUIRED))
    return folder


def _write(path: Path, form: str, rows: list[dict], kinds: Mapping[str, str], needed: set[str]) -> None:
    said = set().union(*rows) | needed
    columns = {name: kind for name, kind in kinds.items() if name in said}
    if form == "parquet":
        series = []
        for name, kind in columns.items():
            stored, convert = _STORED[kind]
            values = [None if row.get(name) is None else convert(row[name]) for row in rows]
            series.append(pl.Series(name, values, dtype=stored))
        pl.DataFrame(series).write_parquet(path.with_suffix(".parquet"))
        return
    with path.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([_cell(row.get(name)) for name in columns] for row in rows)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "|".join(value)
    return "" if value is None else str(value)
