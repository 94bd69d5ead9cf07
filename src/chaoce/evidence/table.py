"""Rows of CSV and XLSX, each cell as exact as the file holds it."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from pathlib import PurePath

from chaoce.evidence.findings import refuse
from chaoce.evidence.limits import TABLE_ROWS

#: A cell: text, a flag, or ("number", text) for a figure that the file holds as a binary float.
Cell = str | bool | tuple[str, str]


@dataclass
class Sheet:
    """The rows of a table, the first being its header. Row n of the list is row n + 1 of the file."""

    name: str
    rows: list[list[Cell]] = field(default_factory=list)


def read_csv(data: bytes, name: str) -> Sheet:
    """A CSV in UTF-8, with or without a byte order mark, or in GB18030 as Excel in China saves it; raises Refused."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        try:
            text = data.decode("gb18030")
        except UnicodeDecodeError:
            raise refuse("encoding.broken", encoding="UTF-8 / GB18030", offset=error.start) from None
    if "\x00" in text:
        raise refuse("encoding.broken", encoding="UTF-8 / GB18030", offset=data.index(b"\x00"))
    sheet = Sheet(PurePath(name).stem)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), strict=True):
            if len(sheet.rows) > TABLE_ROWS:
                raise refuse("table.rows", limit=TABLE_ROWS)
            sheet.rows.append([cell.strip() for cell in row])
    except csv.Error as error:
        raise refuse("table.quote", detail=str(error)) from None
    return sheet


def read_xlsx(data: bytes) -> list[Sheet]:
    """The visible sheets of an XLSX; raises Refused. The package has been checked already."""
    from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

    sheets = []
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for meta in book.sheets_metadata:
            if meta.typ != SheetTypeEnum.WorkSheet or meta.visible != SheetVisibleEnum.Visible:
                continue
            source = book.get_sheet_by_name(meta.name)
            if source.total_height > TABLE_ROWS + 1 or source.total_width > 1_000:
                raise refuse("table.rows", limit=TABLE_ROWS)
            rows = [[_cell(value) for value in row] for row in source.to_python(skip_empty_area=False)]
            if any(any(row) for row in rows):
                sheets.append(Sheet(meta.name, rows))
    except (CalamineError, ValueError, OSError) as error:
        raise refuse("sheet.broken", detail=str(error)[:120]) from None
    return sheets or [Sheet("")]


def _cell(value: object) -> Cell:
    if value is None:
        return ""
    if isinstance(value, (bool, str)):
        return value.strip() if isinstance(value, str) else value
    if isinstance(value, (int, float)):
        # XLSX keeps figures as binary floats. repr is the shortest decimal that gives the same float back, so for a
        # figure typed with few digits it is what was typed; whoever needs it exact decides how many digits to trust.
        return ("number", repr(value))
    if hasattr(value, "isoformat"):
        text = value.isoformat()
        return text.removesuffix("T00:00:00")
    return str(value)
