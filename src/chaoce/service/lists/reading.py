"""A list read: the rows of its file as facts or as support received, not yet about anybody. Every fault names row and column.

The file is read in the reader process of `chaoce.evidence`, within its limits. What a row does not say (its type, its date, a
title that all rows have) the list may say for all of them; nothing else is filled in.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from chaoce.evidence.findings import Refused
from chaoce.evidence.invoice import Invoice
from chaoce.evidence.numbers import parse_day
from chaoce.evidence.reader import Reader
from chaoce.evidence.rows import exact_number
from chaoce.evidence.table import Cell, Sheet
from chaoce.evidence.vocabulary import Vocabulary, iso_day
from chaoce.facts.matter import is_matter
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import FactType, Field
from chaoce.facts.uscc import check_character, has_shape
from chaoce.faults import Faults
from chaoce.money import format_yuan
from chaoce.rules.tree import Benefit
from chaoce.service.facts.canon import canonical, canonical_fact
from chaoce.service.facts.record import reader
from chaoce.service.lists.amounts import fen_of, read_amount
from chaoce.service.lists.columns import RECEIVED, ROLES, Column, Words, plain, read_column, received_options
from chaoce.service.lists.faults import Said, fault, is_note, of_library
from chaoce.service.lists.models import OfficialList
from chaoce.service.plan.sessions import every_benefit, policies

#: Rows at the top among which the header is looked for: official lists have their title above it.
HEADER_WITHIN = 12
#: A firm that is nobody, beside which each row is judged by itself.
_PROBE = {"uscc": "91330481MA2TEKT025", "name": "probe", "industry": "C", "division": "330481"}
_INVOICE = re.compile(r"(?:[0-9]{20}|[0-9]{10}-?[0-9]{8}|[0-9]{12}-?[0-9]{8})(#[1-9][0-9]*)?")
_SUMS = ("合计", "总计", "小计", "共计", "total", "sum")
_KEPT = re.compile(r"[^0-9A-Za-z_:㐀-鿿]+")
#: Letters of a cell that are kept; longer ones are cut, for they are no value of anything.
CELL = 400


@dataclass
class ReadRow:
    """A row: where it stands, whom it names, its cells as in the file, and the fact or support that it comes to (empty if faulty)."""

    number: int
    uscc: str = ""
    name: str = ""
    cells: dict[str, str] = field(default_factory=dict)
    raw: dict[str, Any] = field(default_factory=dict)
    faults: list[Said] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """Whether it can be used."""
        return not any(not is_note(one) for one in self.faults)


@dataclass
class ReadList:
    """The rows of a file, and what is wrong with it as a whole."""

    rows: list[ReadRow] = field(default_factory=list)
    faults: list[Said] = field(default_factory=list)


def words() -> Words:
    """The words of every fact type that the policies in force declare."""
    return Words(Vocabulary(reader().types))


def read_file(path: Path, listed: OfficialList) -> ReadList:
    """The rows of a list's file."""
    try:
        with Reader() as reading:
            found = reading.read(path, listed.file)
    except Refused as refused:
        return ReadList(faults=[of_library(finding, finding.row) for finding in refused.findings])
    if isinstance(found, Invoice):
        return ReadList(faults=[fault("file")])
    return read_sheets(found, listed)


def read_sheets(sheets: list[Sheet], listed: OfficialList) -> ReadList:
    """The rows of a workbook; one sheet of it may have rows."""
    filled = [sheet for sheet in sheets if any(any(_filled(cell) for cell in row) for row in sheet.rows)]
    if not filled:
        return ReadList(faults=[fault("empty", 1)])
    if len(filled) > 1:
        return ReadList(faults=[fault("sheets", sheets=", ".join(sheet.name for sheet in filled))])
    received = listed.kind == OfficialList.Kind.RECEIVED
    return (_Received if received else _Facts)(filled[0], listed).read()


def _filled(cell: Cell) -> bool:
    return cell is False or bool(cell)


def show(cell: Cell) -> str:
    """A cell as people see it."""
    if isinstance(cell, bool):
        return "是" if cell else "否"
    text = (exact_number(cell[1], money=False) or cell[1]) if isinstance(cell, tuple) else cell
    return "".join(letter if letter.isprintable() else " " for letter in text).replace("\ufffe", " ").strip()[:CELL]


def slug(text: str) -> str:
    """Letters, digits and Chinese of a title, as part of an id."""
    return _KEPT.sub("-", unicodedata.normalize("NFKC", text)).strip("-")


def _is_header(columns: list[Column]) -> bool:
    """A title above the table has one cell; a header names the firm and something else."""
    return len(columns) > 1 and any(column.role in ("uscc", "name") for column in columns)


class _Table:
    """A sheet being read: what lists of facts and of support received have in common."""

    received = False

    def __init__(self, sheet: Sheet, listed: OfficialList):
        self.sheet, self.listed = sheet, listed
        self.words = words()
        self.result = ReadList()
        self.columns: list[Column] = []
        self.seen: dict[tuple[str, ...], dict[str, int]] = {}

    def read(self) -> ReadList:
        place = self._header()
        if place is None:
            return self.result
        for number, row in enumerate(self.sheet.rows[place + 1 :], place + 2):
            if any(_filled(cell) for cell in row):
                self._row(number, row)
        if not self.result.rows and not self.result.faults:
            self.result.faults.append(fault("empty", place + 1))
        return self.result

    def _header(self) -> int | None:
        """Where the header is; None, with the fault said, where there is none that serves."""
        tried = [self._columns(row) for row in self.sheet.rows[:HEADER_WITHIN]]
        place = next((at for at, columns in enumerate(tried) if _is_header(columns)), None)
        if place is None:
            self.result.faults.append(fault("header", 1))
            return None
        columns = tried[place]
        roles: dict[str, str] = {}
        for column in columns:
            key = column.role or column.word
            if key in roles and column.role != "skip":
                self.result.faults.append(fault("column.twice", place + 1, column.header, other=roles[key]))
            roles.setdefault(key, column.header)
        self.columns = columns
        if not self.result.faults:
            self.check_columns(place + 1, {column.role for column in columns})
        return None if any(not is_note(one) for one in self.result.faults) else place

    def _columns(self, row: list[Cell]) -> list[Column]:
        return [read_column(at, show(cell), self.received) for at, cell in enumerate(row) if isinstance(cell, str) and cell]

    def check_columns(self, place: int, roles: set[str]) -> None:
        """Says what the columns lack as a whole, and which are not read."""
        raise NotImplementedError

    def say_unread(self, place: int, headers: list[str], options: dict[str, str]) -> None:
        """Names the columns that are not read, all of them at once."""
        if headers:
            self.result.faults.append(fault("unread", place, "、".join(headers), options=options))

    def _row(self, number: int, cells: list[Cell]) -> None:
        row = ReadRow(number)
        for column in self.columns:
            cell = cells[column.place] if column.place < len(cells) else ""
            if _filled(cell):
                row.cells[column.header] = show(cell)
        first = next((text for text in row.cells.values()), "")
        if plain(first) in _SUMS and not self._cell(cells, "uscc"):
            self.result.faults.append(fault("sums", number))
            return
        self._who(row, cells)
        self.fill(row, cells)
        if not row.good:
            row.raw = {}
        self.result.rows.append(row)

    def _cell(self, cells: list[Cell], role: str) -> Cell:
        """The cell of a role; empty where there is none."""
        at = next((column.place for column in self.columns if column.role == role), None)
        return cells[at] if at is not None and at < len(cells) else ""

    def header_of(self, role: str) -> str:
        """What the column of a role is headed."""
        return next((column.header for column in self.columns if column.role == role), "")

    def _who(self, row: ReadRow, cells: list[Cell]) -> None:
        cell = self._cell(cells, "uscc")
        row.uscc = re.sub(r"\s", "", unicodedata.normalize("NFKC", show(cell))).upper()[:40]
        row.name = show(self._cell(cells, "name"))[:200]
        header = self.header_of("uscc")
        if isinstance(cell, tuple) and exact_number(cell[1], money=False) is None:
            row.faults.append(fault("figure", row.number, header, value=cell[1]))
        elif row.uscc and not has_shape(row.uscc):
            row.faults.append(fault("uscc.shape", row.number, header, value=row.uscc))
        elif row.uscc and (right := check_character(row.uscc[:17])) != row.uscc[17]:
            row.faults.append(fault("uscc.check", row.number, header, value=row.uscc, right=right))
        elif not row.uscc and not row.name:
            row.faults.append(fault("who", row.number))

    def fill(self, row: ReadRow, cells: list[Cell]) -> None:
        """Fills in what a row comes to."""
        raise NotImplementedError

    def day(self, row: ReadRow, cells: list[Cell]) -> str:
        """The date of a row, or of the list; faults are said."""
        cell = self._cell(cells, "date")
        if not _filled(cell):
            if self.listed.issued_on is None:
                row.faults.append(fault("date.none", row.number, self.header_of("date")))
                return ""
            return self.listed.issued_on.isoformat()
        day = parse_day(show(cell))
        if day is None or not date(1980, 1, 1) <= day:
            row.faults.append(fault("date", row.number, self.header_of("date"), value=show(cell)))
            return ""
        return day.isoformat()

    def money(self, row: ReadRow, cell: Cell, column: Column) -> str:
        """Yuan with two places, of a figure or of a text like `50万元`; faults are said."""
        said = fault("money", row.number, column.header, value=show(cell))
        if isinstance(cell, tuple):
            text = exact_number(cell[1], money=column.scale == 1)
            if text is None:
                said = fault("figure", row.number, column.header, value=cell[1])
            fen = fen_of(Fraction(text) if text else None, column.scale)
        else:
            fen = read_amount(show(cell), column.scale)
        if fen is None:
            row.faults.append(said)
            return ""
        return format_yuan(fen)

    def matter(self, row: ReadRow, cells: list[Cell], role: str = "matter") -> str | list[str]:
        """What a cell names as the matter: titles and invoice numbers in the form that facts use; faults are said."""
        found = []
        for part in show(self._cell(cells, role)).split("|"):
            text = part.strip()
            bare = re.sub(r"\s", "", text)
            if not text:
                continue
            if _INVOICE.fullmatch(bare) or (role == "invoice" and is_matter(bare) and not bare.startswith("invoice:")):
                text = f"invoice:{_hyphened(bare)}"
            else:
                text = self.words.matter_of_title(text) or (canonical(text) if is_matter(text) else text)
            if not is_matter(text) or len(text) > 200:
                row.faults.append(fault("matter", row.number, self.header_of(role), value=text[:80]))
                return ""
            found.append(text)
        return found if len(found) > 1 else found[0] if found else ""

    def told_twice(self, row: ReadRow, identity: tuple[str, ...], said: dict[str, Any]) -> int:
        """How many rows of the same firm have this identity so far; that one says just the same is a fault."""
        mine = self.seen.setdefault((row.uscc or plain(row.name), *identity), {})
        text = repr(sorted(said.items(), key=lambda entry: entry[0]))
        if text in mine:
            row.faults.append(fault("twice", row.number, other=mine[text]))
            return 0
        mine[text] = row.number
        return len(mine)


def _hyphened(number: str) -> str:
    """An invoice of 2019's style as `code-number`, as evidence names it; others as they are."""
    bare, mark, line = number.partition("#")
    if "-" not in bare and len(bare) == 18 and bare.isdecimal():
        bare = f"{bare[:10]}-{bare[10:]}"
    return bare + mark + line


class _Facts(_Table):
    """A list of facts."""

    def __init__(self, sheet: Sheet, listed: OfficialList):
        super().__init__(sheet, listed)
        self.kind = self.words.types.get(listed.type) or self.words.types.get(self.words.type(sheet.name) or "")
        self.reader: FirmReader = reader()

    def check_columns(self, place: int, roles: set[str]) -> None:
        """Which columns no row of this list reads; without a type for all rows there must be a column for it."""
        if self.kind is None and "type" not in roles:
            self.result.faults.append(fault("lacks", place, field=_names("type"), word=_names("type")))
            return
        kind = self.kind
        known = [self.words.field(kind, one.word) is not None if kind else self.words.is_field(one.word) for one in self.columns]
        strange = [one.header for one, is_known in zip(self.columns, known, strict=True) if not is_known and not one.role]
        self.say_unread(place, strange, self.words.options(kind))
        if self.kind is not None and "type" not in roles:
            there = {found.name for column in self.columns if (found := self.words.field(self.kind, column.word))}
            there |= self.listed.values.keys() | (roles & {"number"})
            for name, own in self.kind.fields.items():
                if own.required and name not in there:
                    word = {"zh": own.names.zh, "en": own.names.en}
                    self.result.faults.append(fault("lacks", place, field=word, word=word))

    def fill(self, row: ReadRow, cells: list[Cell]) -> None:
        """The fact of a row."""
        kind = self._type(row, cells)
        if kind is None:
            return
        raw: dict[str, Any] = {"id": f"row-{row.number}", "type": kind.name, "date": self.day(row, cells)}
        for name, value in self.listed.values.items():
            if name in kind.fields:
                raw[name] = value
        for column in self.columns:
            own = self.words.field(kind, column.word)
            cell = cells[column.place] if column.place < len(cells) else ""
            if own is not None and _filled(cell):
                raw[own.name] = self._value(row, own, cell, column)
        number = show(self._cell(cells, "number"))
        if number and "number" in kind.fields and "number" not in raw:
            raw["number"] = number
        matter = self.matter(row, cells)
        if matter:
            raw["matter"] = matter
        raw = canonical_fact(raw, self.reader.types)
        if note := show(self._cell(cells, "note")):
            raw["note"] = note
        if not row.good or not self._stands(row, raw):
            return
        self._identify(row, raw, kind, number, stated=bool(show(self._cell(cells, "matter"))))
        title = self.listed.title
        raw["evidence"] = {"file": title, "list": title, "issuer": self.listed.issuer, "row": row.number} | (
            {"number": number} if number else {}
        )
        row.raw = raw

    def _type(self, row: ReadRow, cells: list[Cell]) -> FactType | None:
        text = show(self._cell(cells, "type"))
        if not text:
            if self.kind is None:
                row.faults.append(fault("type.none", row.number, self.header_of("type")))
            return self.kind
        name = self.words.type(text)
        if name is None:
            options = {
                "zh": "、".join(kind.names.zh for kind in self.words.types.values()),
                "en": ", ".join(kind.names.en for kind in self.words.types.values()),
            }
            row.faults.append(fault("type", row.number, self.header_of("type"), value=text, options=options))
            return None
        return self.words.types[name]

    def _value(self, row: ReadRow, own: Field, cell: Cell, column: Column) -> object:
        if own.kind == "money":
            return self.money(row, cell, column)
        if isinstance(cell, tuple) and exact_number(cell[1], money=False) is None:
            row.faults.append(fault("figure", row.number, column.header, value=cell[1]))
            return ""
        text = show(cell)
        if own.kind == "flag":
            if isinstance(cell, bool):
                return cell
            return _FLAGS.get(plain(text), text)
        if own.kind == "count":
            if not re.fullmatch(r"[0-9]{1,15}", text):
                row.faults.append(fault("count", row.number, column.header, value=text))
                return ""
            return int(text)
        if own.kind == "date":
            return iso_day(text)
        if own.choices is not None:
            value = self.words.value(own, text)
            if value is None:
                options = {
                    "zh": "、".join(names.zh for names in own.choices.values()),
                    "en": ", ".join(names.en for names in own.choices.values()),
                }
                row.faults.append(fault("choice", row.number, column.header, value=text, options=options))
                return ""
            return value
        return text

    def _stands(self, row: ReadRow, raw: dict[str, Any]) -> bool:
        """Whether the library reads it as a fact; what it finds wrong is said with the row's own headers."""
        try:
            self.reader.read({"enterprise": _PROBE, "facts": [raw], "received": []})
        except Faults as faults:
            kind = self.words.types[raw["type"]]
            for one in faults.faults:
                name = (one.key or "").rpartition(".")[2]
                own = kind.fields.get(name)
                header = next((c.header for c in self.columns if own is not None and self.words.field(kind, c.word) is own), "")
                if one.code == "missing" and own is not None:
                    row.faults.append(fault("missing", row.number, header, field={"zh": own.names.zh, "en": own.names.en}))
                else:
                    row.faults.append(of_library(one, row.number, header or self.header_of(name)))
            return False
        return True

    def _identify(self, row: ReadRow, raw: dict[str, Any], kind: FactType, number: str, stated: bool) -> None:
        """Gives the fact an id that the same row of a corrected list has again: what the row is about, not how much or how high."""
        parts = [kind.name]
        if kind.by:
            parts.append(str(raw.get(kind.by, "")))
        for own in kind.fields.values():
            if own.kind == "text" and own.name in raw:
                parts.append(str(raw[own.name]))
        if kind.series:
            parts.append(raw["date"][:4])
        if number and number not in parts:
            parts.append(number)
        if stated:
            matter = raw["matter"]
            parts.append(matter if isinstance(matter, str) else "+".join(matter))
        told = {key: value for key, value in raw.items() if key not in ("id", "note")}
        times = self.told_twice(row, tuple(parts), told)
        if times > 1:
            parts.append(str(times))
        own_part = "/".join(slug(part) or "-" for part in parts)
        raw["id"] = f"{self.listed.stem}/{own_part}"[:180]


class _Received(_Table):
    """A list of support already granted, under any plan of any level."""

    received = True

    def __init__(self, sheet: Sheet, listed: OfficialList):
        super().__init__(sheet, listed)
        self.benefits: dict[str, Benefit] = {}
        for _policy, benefit in every_benefit():
            for word in (benefit.title.zh, benefit.title.en, benefit.id):
                self.benefits.setdefault(plain(word), benefit)
        self.plans = {plain(word): policy.id for policy in policies() for word in (policy.title.zh, policy.title.en, policy.id)}
        self.reader: FirmReader = reader()

    def check_columns(self, place: int, roles: set[str]) -> None:
        """What every list of support must have."""
        needed: list[tuple[str, ...]] = [("amount",), ("matter", "invoice")]
        if not self.listed.values.get("benefit"):
            needed.append(("benefit",))
        for any_of in needed:
            if not roles & set(any_of):
                self.result.faults.append(fault("lacks", place, field=_names(any_of[0]), word=_names(any_of[0])))
        self.say_unread(place, [column.header for column in self.columns if not column.role], received_options())

    def fill(self, row: ReadRow, cells: list[Cell]) -> None:
        """The support of a row."""
        raw: dict[str, Any] = {}
        text = show(self._cell(cells, "benefit")) or str(self.listed.values.get("benefit", ""))
        plan = show(self._cell(cells, "policy")) or str(self.listed.values.get("policy", ""))
        benefit = self.benefits.get(plain(text))
        for role, value in (("benefit", text), ("policy", plan)):
            if len(value) > 80:
                row.faults.append(fault("long", row.number, self.header_of(role), value=value[:20] + "…", limit=80))
        if not text:
            row.faults.append(fault("benefit.none", row.number, self.header_of("benefit")))
        raw["benefit"] = benefit.id if benefit is not None else text
        policy = self.plans.get(plain(plan), plan) if plan else benefit.policy if benefit is not None else ""
        if policy:
            raw["policy"] = policy
        raw["date"] = self.day(row, cells)
        matter = self.matter(row, cells, "invoice") or self.matter(row, cells)
        if isinstance(matter, list):
            row.faults.append(fault("matter", row.number, self.header_of("matter"), value="|".join(matter)[:80]))
        elif not matter and row.good:
            row.faults.append(fault("matter.none", row.number, self.header_of("matter") or self.header_of("invoice")))
        raw["matter"] = matter
        column = next(column for column in self.columns if column.role == "amount")
        cell = self._cell(cells, "amount")
        if _filled(cell):
            raw["amount"] = self.money(row, cell, column)
            if raw["amount"] == "0.00":
                row.faults.append(fault("nothing", row.number, column.header))
        else:
            row.faults.append(fault("missing", row.number, column.header, field=_names("amount")))
        self._year(row, cells, raw)
        if not row.good:
            return
        try:
            self.reader.read({"enterprise": _PROBE, "facts": [], "received": [raw]})
        except Faults as faults:
            row.faults += [of_library(one, row.number, self.header_of((one.key or "").rpartition(".")[2])) for one in faults.faults]
            return
        self.told_twice(row, (raw["benefit"], str(raw["matter"])), raw)
        if note := show(self._cell(cells, "note")):
            raw["note"] = note
        row.raw = raw

    def _year(self, row: ReadRow, cells: list[Cell], raw: dict[str, Any]) -> None:
        text = show(self._cell(cells, "year")).removesuffix("年").removesuffix("年度")
        if not text:
            return
        if not (text.isascii() and text.isdecimal() and len(text) == 4):
            row.faults.append(fault("year", row.number, self.header_of("year"), value=text))
        else:
            raw["year"] = int(text)


_FLAGS: Mapping[str, bool] = {
    **dict.fromkeys(("是", "yes", "true", "y", "1", "√", "有", "已"), True),
    **dict.fromkeys(("否", "no", "false", "n", "0", "×", "无", "未"), False),
}


def _names(role: str) -> dict[str, str]:
    """What a column of a role is headed, for a message."""
    words_of = ROLES.get(role) or RECEIVED[role]
    return {"zh": words_of[0], "en": words_of[-1]}
