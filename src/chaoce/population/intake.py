"""From the rows of a population's files to checked, typed tables of one range of firms; what is wrong is set aside with its reason.

A row that holds something wrong is set aside whole, with the first thing that is wrong in it, and everything else goes on.
A firm without fault keeps its other facts; the facts of a firm that is itself set aside, or not there, are set aside too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from chaoce.facts.types import COMMON_FIELDS, FactType, FactTypes, Field
from chaoce.facts.uscc import ALPHABET
from chaoce.marked import Names
from chaoce.population.columns import LARGEST
from chaoce.population.tables import Range, Table, Tables
from chaoce.population.values import Column, empty, good_matters, own_matter, read_column, read_matters

#: The columns of what is set aside.
REJECTED = {
    "file": pl.String, "row": pl.Int64, "uscc": pl.String, "id": pl.String, "field": pl.String, "code": pl.String,
    "value": pl.String,
}  # fmt: skip
#: Where a whole matter is the key of a title: `recognition:{title}`.
_NAMES = Names("", "")
_ID, _DATE = Field("id", "text", _NAMES), Field("date", "date", _NAMES)


@dataclass
class Facts:
    """The facts of one type in a range: `#fact` numbers them over all types, `#firm` is the place of the firm in the range.

    `matters` has a row for each matter of each fact.
    """

    type: FactType
    frame: pl.DataFrame


@dataclass
class Intake:
    """One range of firms, checked: `firms` in order of identifier, the facts by type, what was received, what was set aside."""

    types: FactTypes
    firms: pl.DataFrame
    facts: dict[str, Facts]
    received: pl.DataFrame
    rejected: pl.DataFrame
    rows: int
    large: set[int] = field(default_factory=set)


class _Rows:
    """Rows of one table under inspection: the first thing found wrong in a row is kept."""

    def __init__(self, table: Table, frame: pl.DataFrame):
        self.table, self.frame = table, frame
        self.wrong = pl.Series([False], dtype=pl.Boolean).new_from_index(0, frame.height)
        self.aside: list[pl.DataFrame] = []

    def reject(self, mask: pl.Series, name: str, code: str) -> None:
        """Set rows aside for one reason, unless they are already for another."""
        mask = mask & ~self.wrong
        if not mask.any():
            return
        rows = self.frame.filter(mask)
        value: pl.Expr | None = None
        if name in rows.columns and rows[name].dtype == pl.List(pl.String):
            value = pl.col(name).list.join("|", ignore_nulls=True)
        elif name in rows.columns and not rows[name].dtype.is_nested():
            value = pl.col(name).cast(pl.String, strict=False)
        self.aside.append(
            rows.select(
                pl.lit(self.table.file.name).alias("file"),
                pl.col("#row").cast(pl.Int64).alias("row"),
                _text_or_null(rows, "uscc"),
                _text_or_null(rows, "id"),
                pl.lit(name).alias("field"),
                pl.lit(code).alias("code"),
                (value if value is not None else pl.lit(None, dtype=pl.String)).alias("value"),
            )
        )
        self.wrong = self.wrong | mask

    def read(self, own: Field, checked: bool = True) -> pl.Series:
        """The values of a field; rows that hold something wrong, or lack what they need, are set aside.

        A text that is not `checked` has a form that is looked at elsewhere.
        """
        if own.name not in self.frame.columns:
            if own.required:
                self.reject(~self.wrong, own.name, "missing")
            values = empty(own, self.frame.height)
        else:
            column = read_column(own, self.frame[own.name], checked)
            values = self._checked(own.name, column)
            if own.required:
                self.reject(self.frame[own.name].is_null(), own.name, "missing")
        if own.default is not None:
            values = values.fill_null(own.default)
        return values.alias(own.name)

    def matters(self) -> pl.Series | None:
        if "matter" not in self.frame.columns or self.frame["matter"].null_count() == self.frame.height:
            return None
        return self._checked("matter", read_matters(self.frame["matter"], self.table.text)).alias("matter")

    def _checked(self, name: str, column: Column) -> pl.Series:
        if column.wrong.any():
            self.reject(column.wrong, name, column.fault)
        return column.values

    def keep(self, columns: list[pl.Series]) -> pl.DataFrame:
        frame = pl.DataFrame(columns)
        return frame.filter(~self.wrong) if self.wrong.any() else frame


def _text_or_null(rows: pl.DataFrame, name: str) -> pl.Expr:
    plain = name in rows.columns and not rows[name].dtype.is_nested()
    return (pl.col(name).cast(pl.String, strict=False) if plain else pl.lit(None, dtype=pl.String)).alias(name)


def take_in(tables: Tables, types: FactTypes, part: Range, overrides: Mapping[tuple[str, str], pl.DataFrame] | None = None) -> Intake:
    """The checked tables of a range of firms.

    `overrides` sets flags of facts otherwise than the files do, for a what-if: {(type, flag): frame of uscc, id, value}.
    """
    aside: list[pl.DataFrame] = []
    firms, rows = _firms(tables.enterprises, types, part, aside)
    facts: dict[str, Facts] = {}
    start = 0
    large: set[int] = set()
    for table in tables.facts:
        raw = table.read(part)
        rows += raw.height
        frame = _facts(table, raw, types.types[table.name], firms, aside)
        facts[table.name] = Facts(types.types[table.name], frame)
    _unique(facts, tables, firms, aside)
    for name, own in facts.items():
        for (type_name, flag), values in (overrides or {}).items():
            if type_name == name:
                own.frame = overridden(own.frame, firms, flag, values)
        own.frame = own.frame.with_columns(pl.int_range(start, start + own.frame.height, dtype=pl.UInt32).alias("#fact"))
        start += own.frame.height
        large |= _large(own.frame, own.type.fields)
    large |= {int(value) for value in _large_rows(firms, types.firm)}
    received = pl.DataFrame(schema=_RECEIVED_SCHEMA)
    if tables.received is not None:
        raw = tables.received.read(part)
        rows += raw.height
        received = _received(tables.received, raw, firms, aside)
        large |= {int(firm) for firm in received.filter(pl.col("amount") > LARGEST)["#firm"]}
    rejected = pl.concat(aside) if aside else pl.DataFrame(schema=REJECTED)
    return Intake(types, firms, facts, received, rejected, rows, large)


def _firms(table: Table, types: FactTypes, part: Range, aside: list[pl.DataFrame]) -> tuple[pl.DataFrame, int]:
    raw = table.read(part)
    rows = _Rows(table, raw)
    columns = [raw["#row"]]
    for name, own in types.firm.items():
        if name != "section":
            columns.append(rows.read(own, checked=name not in _CODES))
    named = {column.name: column for column in columns}
    rows.reject(~_has_shape(named["uscc"]), "uscc", "uscc.shape")
    rows.reject(~_checked_uscc(named["uscc"], rows.wrong), "uscc", "uscc.check")
    rows.reject(~named["industry"].str.contains(r"^[A-T]([0-9]{2,4})?$").fill_null(True), "industry", "industry")
    for name, digits in (("division", 6), ("town", 9)):
        rows.reject(~named[name].str.contains(rf"^[0-9]{{{digits}}}$").fill_null(True), name, f"division.{digits}")
    if not _increases(named["uscc"]):
        rows.reject(named["uscc"].is_duplicated() & named["uscc"].is_not_null() & ~rows.wrong, "uscc", "population.firm.twice")
    columns.append(named["industry"].str.slice(0, 1).alias("section"))
    frame = rows.keep(columns)
    frame = frame if _increases(frame["uscc"]) else frame.sort("uscc")
    frame = frame.with_columns(pl.int_range(0, pl.len(), dtype=pl.UInt32).alias("#firm"))
    aside.extend(rows.aside)
    return frame, raw.height


#: Fields of the firm whose form is looked at by itself.
_CODES = ("uscc", "industry", "division", "town")


def _increases(names: pl.Series) -> bool:
    """Whether every name comes after the one before it."""
    return bool((names > names.shift(1)).fill_null(True).all()) and not names.has_nulls()


def _has_shape(names: pl.Series) -> pl.Series:
    return names.str.contains(rf"^[1-9A-HJ-NP-RTUWXY]{{2}}[0-9]{{6}}[{ALPHABET}]{{10}}$").fill_null(True)


#: Products of these are far below 2^53, so that binary floats, which multiply faster, are exact.
_WEIGHTS = np.array([3**place % 31 for place in range(17)], dtype=np.float64)
_VALUE_OF = np.full(256, -1, dtype=np.float64)
_VALUE_OF[np.frombuffer(ALPHABET.encode(), dtype=np.uint8)] = np.arange(31)


def _checked_uscc(names: pl.Series, wrong: pl.Series) -> pl.Series:
    """Whether the check character is right (GB 32100-2015); rows already set aside count as right."""
    open_rows = (~wrong & names.is_not_null()).to_numpy()
    signs = names.filter(pl.Series(open_rows)).str.join("").item() if open_rows.any() else ""
    good = np.ones(len(names), dtype=bool)
    if signs:
        values = _VALUE_OF[np.frombuffer(signs.encode(), dtype=np.uint8).reshape(-1, 18)]
        good[open_rows] = (31 - values[:, :17] @ _WEIGHTS % 31) % 31 == values[:, 17]
    return pl.Series(good)


def _facts(table: Table, raw: pl.DataFrame, own: FactType, firms: pl.DataFrame, aside: list[pl.DataFrame]) -> pl.DataFrame:
    rows = _Rows(table, raw)
    firm = _firm_of(rows, firms)
    identity = rows.read(_ID)
    columns = [raw["#row"], firm, identity, rows.read(_DATE)]
    for name in own.fields:
        columns.append(rows.read(own.fields[name]))
    matters = rows.matters()
    columns.append(matters if matters is not None else pl.Series("matter", [None], dtype=pl.List(pl.String)).new_from_index(0, raw.height))
    if own.matter is not None:
        silent = columns[-1].is_null() & ~rows.wrong
        given = pl.DataFrame(columns).select(own_matter(own.matter)).to_series()
        rows.reject(silent & ~good_matters(given).fill_null(True), "matter", "matter")
    frame = rows.keep(columns).with_columns(pl.col("date").dt.year().alias("#year"))
    aside.extend(rows.aside)
    return frame


def _firm_of(rows: _Rows, firms: pl.DataFrame) -> pl.Series:
    """The place of each row's firm in the range; a row whose firm is not there is set aside."""
    if "uscc" not in rows.frame.columns:
        rows.reject(~rows.wrong, "uscc", "missing")
        return pl.Series("#firm", [None], dtype=pl.UInt32).new_from_index(0, rows.frame.height)
    firm = find_firms(rows.frame["uscc"], firms)
    if firm.has_nulls():
        rows.reject(rows.frame["uscc"].is_null(), "uscc", "missing")
        rows.reject(firm.is_null(), "uscc", "population.no.firm")
    return firm


def find_firms(names: pl.Series, firms: pl.DataFrame) -> pl.Series:
    """The places of firms by identifier, in a table that is in order of it; null for one that is not there."""
    if not firms.height:
        return pl.Series("#firm", [None], dtype=pl.UInt32).new_from_index(0, len(names))
    if names.is_sorted() and not names.has_nulls():
        # Both in order: the last firm that does not come after the name, found in one pass over both.
        place = names.to_frame("uscc").lazy().join_asof(firms.lazy().select("uscc", "#firm"), on="uscc").collect()["#firm"]
    else:
        place = firms["uscc"].search_sorted(names.fill_null(""), side="left").clip(0, firms.height - 1).cast(pl.UInt32)
    wrong = (firms["uscc"].gather(place) != names).fill_null(True)
    return (place.set(wrong, None) if wrong.any() else place).alias("#firm")


_MIX = np.uint64(0x9E3779B97F4A7C15)


def mixed(firm: pl.Series, words: pl.Series) -> np.ndarray:
    """One 64-bit number for each pair of a firm and a text. Equal pairs have equal numbers; the few others are looked at again."""
    return words.hash(0).to_numpy() + firm.to_numpy().astype(np.uint64) * _MIX


def repeated(numbers: np.ndarray) -> np.ndarray:
    """Which numbers stand more than once."""
    ordered = pl.Series(numbers).sort()
    twice = ordered.filter(ordered == ordered.shift(1))
    return pl.Series(numbers).is_in(twice.implode()).to_numpy() if len(twice) else np.zeros(len(numbers), dtype=bool)


def _unique(facts: dict[str, Facts], tables: Tables, firms: pl.DataFrame, aside: list[pl.DataFrame]) -> None:
    """An id stands once in a firm, over all its facts; of a series there is one fact a year. None of several can be preferred."""
    numbers = [mixed(own.frame["#firm"], own.frame["id"]) for own in facts.values()]
    seen = repeated(np.concatenate(numbers)) if numbers else np.zeros(0, dtype=bool)
    start = 0
    suspects = []
    for name, own in facts.items():
        mask = seen[start : start + own.frame.height]
        start += own.frame.height
        if mask.any():
            suspects.append(own.frame.filter(mask).select("#firm", "id", "#row", pl.lit(name).alias("type")))
    twice: dict[str, pl.DataFrame] = {}
    if suspects:
        exact = pl.concat(suspects).filter(pl.struct("#firm", "id").is_duplicated())
        twice = {str(key[0]): frame for key, frame in exact.partition_by("type", as_dict=True).items()}
    files = {table.name: table.file.name for table in tables.facts}
    for name, own in facts.items():
        if name in twice:
            _drop(own, own.frame["#row"].is_in(twice[name]["#row"].implode()), files[name], firms, "id", "id.twice", aside)
        series = own.type.series
        if series is not None:
            keys = ["#firm", "#year"] + ([] if series == "firm" else [series])
            again = own.frame.select(pl.struct(keys).is_duplicated()).to_series()
            if again.any():
                _drop(own, again, files[name], firms, "date" if series == "firm" else series, "series.twice", aside)


def _drop(own: Facts, mask: pl.Series, file: str, firms: pl.DataFrame, key: str, code: str, aside: list[pl.DataFrame]) -> None:
    rows = own.frame.filter(mask)
    aside.append(
        rows.select(
            pl.lit(file).alias("file"),
            pl.col("#row").cast(pl.Int64).alias("row"),
            firms["uscc"].gather(rows["#firm"]).alias("uscc"),
            "id",
            pl.lit(key).alias("field"),
            pl.lit(code).alias("code"),
            pl.col(key).cast(pl.String).alias("value"),
        )
    )
    own.frame = own.frame.filter(~mask)


def overridden(frame: pl.DataFrame, firms: pl.DataFrame, flag: str, values: pl.DataFrame) -> pl.DataFrame:
    """Facts with a flag set as `values` says (uscc, id, value); others keep theirs."""
    placed = values.join(firms.select("uscc", "#firm"), on="uscc").select("#firm", "id", pl.col("value").alias("#set"))
    joined = frame.join(placed, on=["#firm", "id"], how="left", maintain_order="left")
    return joined.with_columns(pl.coalesce("#set", flag).alias(flag)).drop("#set")


def _large_rows(frame: pl.DataFrame, fields: Mapping[str, Field]) -> pl.Series:
    """The firms of rows with a number that columns do not compute with."""
    names = [name for name, own in fields.items() if own.kind in ("money", "count", "quantity") and name in frame.columns]
    if not names or not frame.height:
        return pl.Series("#firm", [], dtype=pl.UInt32)
    most = frame.select(pl.col(names).max()).row(0)
    if all(value is None or value <= LARGEST for value in most):
        return pl.Series("#firm", [], dtype=pl.UInt32)
    return frame.filter(pl.any_horizontal(pl.col(name) > LARGEST for name in names))["#firm"]


def _large(frame: pl.DataFrame, fields: Mapping[str, Field]) -> set[int]:
    return {int(value) for value in _large_rows(frame, fields)}


_RECEIVED_FIELDS = (
    Field("benefit", "text", _NAMES),
    Field("date", "date", _NAMES),
    Field("amount", "money", _NAMES),
    Field("year", "count", _NAMES, optional=True),
    Field("policy", "text", _NAMES, optional=True),
)
_RECEIVED_SCHEMA = {
    "#firm": pl.UInt32, "benefit": pl.String, "date": pl.Date, "amount": pl.Int64, "year": pl.Int64, "policy": pl.String,
    "matter": pl.String,
}  # fmt: skip


def _received(table: Table, raw: pl.DataFrame, firms: pl.DataFrame, aside: list[pl.DataFrame]) -> pl.DataFrame:
    """Support received: one matter each."""
    rows = _Rows(table, raw)
    columns = [_firm_of(rows, firms), *(rows.read(own) for own in _RECEIVED_FIELDS)]
    matters = rows.matters()
    if matters is None:
        rows.reject(~rows.wrong, "matter", "missing")
        matters = pl.Series("matter", [None], dtype=pl.List(pl.String)).new_from_index(0, raw.height)
    rows.reject(matters.is_null(), "matter", "missing")
    rows.reject((matters.list.len() != 1).fill_null(False), "matter", "matter")
    year = columns[4]
    rows.reject(((year < 1949) | (year > 9999)).fill_null(False), "year", "shape")
    columns.append(matters.list.first().alias("matter"))
    frame = rows.keep(columns)
    aside.extend(rows.aside)
    return frame.select(list(_RECEIVED_SCHEMA))


def unknown_columns(tables: Tables, types: FactTypes) -> list[tuple[Table, str]]:
    """Columns that nothing reads: a misspelt one would otherwise be lost in silence."""
    found: list[tuple[Table, str]] = []
    for table in tables.all():
        if table.name == "enterprises":
            known = {*types.firm, "owners"} - {"section"}
        elif table.name == "received":
            known = {*_RECEIVED_SCHEMA, "uscc", "note", "evidence"} - {"#firm"}
        else:
            known = {*types.types[table.name].fields, *COMMON_FIELDS, "uscc"}
        found.extend((table, name) for name in table.scan().collect_schema() if name not in known and name != "#row")
    return found
