"""An empty workbook with the right headers for a type of fact, or for support received: what to fill in, and in which form."""

from __future__ import annotations

import io

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from chaoce.facts.types import FactType, Field
from chaoce.marked import Names
from chaoce.service.lists.columns import RECEIVED, ROLES

_HINTS = {
    "uscc": Names("18 位；没有时按企业名称列出相近企业，由人选定", "18 digits and capitals; without it near names are offered"),
    "date": Names("如 2026-03-18；留空则用名单的日期", "like 2026-03-18; left empty, the date of the list"),
    "matter": Names("所支持的事项：发票号码、项目或称号", "what was paid for: invoice number, project or title"),
    "industry": Names("GB/T 4754 代码，如 C3962；只在登记新企业时用", "GB/T 4754, like C3962; only for a firm that is new in the register"),
    "amount": Names("元，最多两位小数；万元请把表头写成“金额(万元)”", "yuan with at most two decimals"),
    "year": Names("计入哪一年；留空则按日期", "the year that it counts in; left empty, that of the date"),
    "benefit": Names("哪一项补助，任何级别、任何政策", "which support, of any plan of any level"),
}
_KINDS = {
    "money": Names("元，最多两位小数", "yuan with at most two decimals"),
    "count": Names("非负整数", "a whole number"),
    "date": Names("如 2026-03-18", "like 2026-03-18"),
}
#: Rows that the lists of choices reach.
_ROWS = 5000


def of_type(kind: FactType, lang: str) -> bytes:
    """The workbook for facts of a type."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = kind.names[lang][:28].replace("/", " ").replace(":", " ")
    roles = ["uscc", "name", "date"]
    if "number" not in kind.fields and kind.by:
        roles.append("number")
    column = 0
    for role in roles:
        column += 1
        _head(sheet, column, Names(ROLES[role][0], ROLES[role][-1])[lang], _HINTS.get(role), lang)
    for own in kind.fields.values():
        column += 1
        hint = _KINDS.get(own.kind)
        _head(sheet, column, own.names[lang], hint, lang, own.required)
        _choices(sheet, column, own, lang)
    for role in ("matter", "industry", "note"):
        column += 1
        _head(sheet, column, Names(ROLES[role][0], ROLES[role][-1])[lang], _HINTS.get(role), lang)
    return _bytes(book)


def of_received(lang: str) -> bytes:
    """The workbook for support received."""
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = {"zh": "已获支持", "en": "support received"}[lang]
    heads = [("uscc", ROLES), ("name", ROLES), ("benefit", RECEIVED), ("policy", RECEIVED), ("matter", ROLES), ("date", ROLES),
             ("amount", RECEIVED), ("year", RECEIVED), ("note", ROLES)]  # fmt: skip
    for column, (role, words) in enumerate(heads, 1):
        _head(sheet, column, Names(words[role][0], words[role][-1])[lang], _HINTS.get(role), lang)
    return _bytes(book)


def _head(sheet: Worksheet, column: int, word: str, hint: Names | None, lang: str, required: bool = False) -> None:
    cell = sheet.cell(1, column, word)
    cell.font = Font(bold=True)
    if hint is not None:
        cell.comment = Comment(hint[lang], "chaoce", width=260, height=60)
    letter = get_column_letter(column)
    sheet.column_dimensions[letter].width = max(12, 2 * len(word) + 4)
    sheet.column_dimensions[letter].number_format = "@"
    for row in range(2, 202):  # a number typed into a cell of text stays as it was typed
        sheet.cell(row, column).number_format = "@"
    sheet.freeze_panes = "A2"


def _choices(sheet: Worksheet, column: int, own: Field, lang: str) -> None:
    if own.kind == "flag":
        words = {"zh": ["是", "否"], "en": ["yes", "no"]}[lang]
    elif own.choices is not None:
        words = [names[lang] for names in own.choices.values()]
    else:
        return
    formula = '"' + ",".join(words) + '"'
    if len(formula) > 255 or any("," in word for word in words):  # longer lists of choices a workbook cannot hold in one cell
        cell = sheet.cell(1, column)
        cell.comment = Comment("\n".join(words), "chaoce", width=360, height=30 + 16 * len(words))
        return
    letter = get_column_letter(column)
    check = DataValidation(type="list", formula1=formula, allow_blank=True)
    sheet.add_data_validation(check)
    check.add(f"{letter}2:{letter}{_ROWS}")


def _bytes(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
