"""Facts from the rows of tables: titles, investments, certificates. Every fault names file, row and column."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from chaoce.evidence.findings import Finding
from chaoce.evidence.table import Cell, Sheet
from chaoce.evidence.vocabulary import Vocabulary, iso_day
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import Field
from chaoce.faults import Fault, Faults

_EXACT_MONEY = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2}))?")
_INDEXED = re.compile(r"facts\[([0-9]+)\]")


@dataclass(frozen=True)
class RowFact:
    """A fact as the facts file holds it, with the place of its row and the header of each of its keys."""

    raw: Mapping[str, object]
    file: str
    row: int
    headers: Mapping[str, str]


def read_rows(sheets: Iterable[Sheet], file: str, words: Vocabulary) -> tuple[list[RowFact], list[Finding]]:
    """The facts of a file's rows, not yet judged, and what is wrong with its tables."""
    facts: list[RowFact] = []
    findings: list[Finding] = []
    for sheet in sheets:
        found, wrong = _Table(sheet, file, words).read()
        facts += found
        findings += wrong
    return facts, findings


def judge(facts: list[RowFact], reader: FirmReader) -> tuple[list[RowFact], list[Finding]]:
    """The facts that stand, and a finding for each fault of the others. What two rows say against each other drops both."""
    findings: list[Finding] = []
    enterprise = {"uscc": "91330481MA2TEKT025", "name": "probe", "industry": "C", "division": "330481"}
    while facts:
        try:
            reader.read({"enterprise": enterprise, "facts": [fact.raw for fact in facts]})
            break
        except Faults as faults:
            bad: set[int] = set()
            by_id: dict[object, list[int]] = {}
            for place, fact in enumerate(facts):
                by_id.setdefault(fact.raw["id"], []).append(place)
            for fault in faults.faults:
                for place in _places(fault, by_id):
                    bad.add(place)
                    findings.append(_row_finding(fault, facts[place]))
            if not bad:
                raise
            facts = [fact for place, fact in enumerate(facts) if place not in bad]
    return facts, findings


def _places(fault: Fault, by_id: Mapping[object, list[int]]) -> list[int]:
    """Which of the facts a fault is about, by the places of each id."""
    if match := _INDEXED.match(fault.key or ""):
        return [int(match[1]) - 1]
    named = dict.fromkeys((fault.fact, fault.particulars.get("other") if fault.code == "series.twice" else fault.fact))
    return [place for name in named for place in by_id.get(name, ())]


def _row_finding(fault: Fault, fact: RowFact) -> Finding:
    key = (fault.key or "").rpartition(".")[2] or None
    said = Fault(fault.code, {"key": key, **fault.particulars}, file=fact.file, line=fact.row, key=fact.headers.get(key or "", key))
    return Finding("fact", file=fact.file, row=fact.row, fault=said)


class _Table:
    """One sheet being read."""

    def __init__(self, sheet: Sheet, file: str, words: Vocabulary):
        self.sheet, self.file, self.words = sheet, file, words
        self.findings: list[Finding] = []
        self.default = words.type(sheet.name)

    def say(self, code: str, row: int, **particulars: object) -> None:
        self.findings.append(Finding(code, particulars, self.file, row))

    def read(self) -> tuple[list[RowFact], list[Finding]]:
        rows = self.sheet.rows
        first = next((place for place, row in enumerate(rows) if any(_filled(cell) for cell in row)), None)
        if first is None or not any(_filled(cell) for row in rows[first + 1 :] for cell in row):
            self.say("table.empty", 1)
            return [], self.findings
        headers = self.headers(rows[first], first + 1)
        facts = []
        if not self.findings:
            for place, row in enumerate(rows[first + 1 :], first + 2):
                if any(_filled(cell) for cell in row) and (fact := self.fact(row, place, headers)):
                    facts.append(fact)
        return facts, self.findings

    def headers(self, row: list[Cell], place: int) -> list[str]:
        headers = [cell if isinstance(cell, str) else "?" for cell in row]
        while headers and not headers[-1]:
            headers.pop()
        seen: dict[str, int] = {}
        strange = [(column, word) for column, word in enumerate(headers, 1) if not self.words.is_column(word)]
        if strange:  # all of them at once: what there is, is a long list
            options = (", ".join(self.words.columns("zh")), ", ".join(self.words.columns("en")))
            places = (
                "、".join(str(column) for column, _word in strange),
                ", ".join(str(column) for column, _word in strange),
            )
            values = ("”、“".join(word for _column, word in strange), "', '".join(word for _column, word in strange))
            self.say("table.header", place, column=places, value=values, options=options)
        for column, word in enumerate(headers, 1):
            name = self.words.common(word) or word
            if name in seen:
                self.say("table.twice", place, column=column, other=seen[name], value=word)
            seen.setdefault(name, column)
        if "type" not in seen and self.default is None and not self.findings:
            self.say("table.type", place)
        return headers

    def fact(self, row: list[Cell], place: int, headers: list[str]) -> RowFact | None:
        before = len(self.findings)
        if any(_filled(cell) for cell in row[len(headers) :]):
            self.say("table.wide", place, count=len(row), limit=len(headers))
            return None
        cells = [(word, cell) for word, cell in zip(headers, row, strict=False) if _filled(cell)]
        common = {name: cell for word, cell in cells if (name := self.words.common(word))}
        type_word = _text(common.get("type", self.default or ""))
        name = self.words.type(type_word)
        raw: dict[str, object] = {"id": _text(common["id"]) if "id" in common else f"{_stem(self.file, self.sheet)}-{place}"}
        raw["type"] = name or type_word
        places = {"type": next((word for word, _ in cells if self.words.common(word) == "type"), "type")}
        kind = self.words.types.types.get(name or "")
        for word, cell in cells:
            key = self.words.common(word)
            field = self.words.field(kind, word) if kind is not None and key is None else None
            if key is None and kind is None:
                continue  # the type is unknown, which the reader says; its fields cannot be told
            target = key or (field.name if field else word)
            places[target] = word
            if key is None and target in raw:
                self.say("table.twice", place, column=headers.index(word) + 1, other=word, value=target)
            elif key == "date":
                raw["date"] = iso_day(_text(cell))
            elif key == "matter":
                matters = [part.strip() for part in _text(cell).split("|")]
                raw["matter"] = matters if len(matters) > 1 else matters[0]
            elif key == "note":
                raw["note"] = _text(cell)
            elif key is None:
                raw[target] = self.value(field, cell, word, place)
        if len(self.findings) > before:
            return None
        raw["evidence"] = {"file": self.file, "row": place}
        return RowFact(raw, self.file, place, places)

    def value(self, field: Field | None, cell: Cell, word: str, place: int) -> object:
        if isinstance(cell, bool):
            return cell
        if not isinstance(cell, tuple):
            return cell if field is None else self.words.raw(field, cell)
        text = exact_number(cell[1], money=field is not None and field.kind == "money")
        if text is None:
            self.say("table.number", place, column=word, value=cell[1])
            return ""
        return text if field is None else self.words.raw(field, text)


def exact_number(text: str, money: bool) -> str | None:
    """What a figure of a spreadsheet was typed as; None if that cannot be known.

    A binary float of at most 15 significant digits gives back the decimal that was typed. Money is trusted with at
    most two decimals, for more of them is the mark of a computed and inexact sum.

    >>> exact_number("19999999.0", True), exact_number("0.1", True), exact_number("0.30000000000000004", True), exact_number("12.0", False)
    ('19999999', '0.1', None, '12')
    """
    text = text.removesuffix(".0")
    digits = text.replace(".", "").lstrip("-0")
    if len(digits) > 15 or "e" in text or "n" in text:
        return None
    return None if money and not _EXACT_MONEY.fullmatch(text) else text


def _filled(cell: Cell) -> bool:
    return cell is False or bool(cell)


def _text(cell: Cell) -> str:
    if isinstance(cell, tuple):
        return exact_number(cell[1], money=False) or cell[1]
    return str(cell)


def _stem(file: str, sheet: Sheet) -> str:
    """Where a fact without an id of its own is from: the file's name, and the sheet's where that is another."""
    stem = file.rpartition(".")[0] or file
    return stem if sheet.name in ("", stem.rpartition("/")[2]) else f"{stem}-{sheet.name}"
