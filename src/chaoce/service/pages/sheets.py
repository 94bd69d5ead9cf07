"""Spreadsheets that pages hand out. What people typed is text and stays text, whatever it begins with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from tempfile import TemporaryFile
from typing import Any

from django.http import FileResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def workbook(head: Sequence[str], rows: Iterable[Sequence[Any]], name: str) -> FileResponse:
    """One sheet of texts, whole numbers and dates, as a download."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append([head_cell(sheet, text) for text in head])
    for row in rows:
        sheet.append([_cell(sheet, value) for value in row])
    file = TemporaryFile()  # noqa: SIM115
    book.save(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=XLSX)


def _cell(sheet: Any, value: Any) -> WriteOnlyCell:
    if isinstance(value, datetime):
        return number_cell(sheet, value, "yyyy-mm-dd hh:mm:ss")
    if isinstance(value, date):
        return number_cell(sheet, value, "yyyy-mm-dd")
    return number_cell(sheet, value, "0") if isinstance(value, int) else text_cell(sheet, str(value))


def head_cell(sheet: Any, text: str) -> WriteOnlyCell:
    """The head of a column."""
    cell = text_cell(sheet, text)
    cell.font = Font(bold=True)
    return cell


def text_cell(sheet: Any, text: str) -> WriteOnlyCell:
    """Text, never a formula: also once somebody edits the cell."""
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", text))
    cell.data_type = "s"
    if text.startswith(_FORMULA):
        cell.quotePrefix = True
    return cell


def number_cell(sheet: Any, value: Any, shape: str) -> WriteOnlyCell:
    """A number or a date in a format of spreadsheets."""
    cell = WriteOnlyCell(sheet, value=value)
    cell.number_format = shape
    return cell
