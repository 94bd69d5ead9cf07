"""The printed form of an invoice, read from where its text stands: for PDFs, and for OFDs that tag nothing.

Positions are only ever compared with each other, in units of the size of the letters, so the unit does not matter;
they are the one place here where binary floats are harmless. Amounts stay text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from chaoce.evidence.draft import Draft, DraftLine, kind_of
from chaoce.evidence.findings import refuse
from chaoce.evidence.numbers import UNTAXED, parse_fen

_LABELS = {
    "item": re.compile(r"项目名称|货物或应税劳务[、,]?服务名称|货物或应税劳务名称"),
    "spec": re.compile(r"规格型号"),
    "unit": re.compile(r"单位"),
    "quantity": re.compile(r"数量"),
    "price": re.compile(r"单价"),
    "net": re.compile(r"金额"),
    "rate": re.compile(r"税率(?:/征收率)?"),
    "tax": re.compile(r"税额"),
}
_COLON = "[:\uff1a]"
#: 被红冲蓝字数电发票号码 ends like the label of the invoice's own number.
_NUMBER = re.compile(rf"(?<!数电)(?<!蓝字)(?<!对应)(?<!正数)发票号码{_COLON}?([0-9]{{20}}|[0-9]{{8}})(?![0-9])")
_CODE = re.compile(rf"(?<!正数)(?<!蓝字)发票代码{_COLON}?([0-9]{{12}}|[0-9]{{10}})(?![0-9])")
_DATE = re.compile(rf"开票日期{_COLON}?([0-9]{{4}}年[0-9]{{1,2}}月[0-9]{{1,2}}日)")
_ANY_DATE = re.compile(r"(?<![0-9])[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日")
_ANY_NUMBER = re.compile(r"(?<![0-9])[0-9]{20}(?![0-9])")
_NAME = re.compile(rf"名称{_COLON}")
_TAX_ID = re.compile(rf"识别号{_COLON}([0-9A-Z]*)")
_MONEY = re.compile("[\u00a5\uffe5]?-?[\u00a5\uffe5]?[0-9][0-9,]*\\.[0-9]{2}(?![0-9])")
_GROSS = re.compile("小写[)\uff09]?([\u00a5\uffe5]?-?[\u00a5\uffe5]?[0-9][0-9,]*\\.[0-9]{2})(?![0-9])")
_TOTAL = re.compile(r"^合计")
_TABLE_END = re.compile(r"^(合计|小计|价税合计)")
_LIST_ELSEWHERE = "详见销货清单"


@dataclass(frozen=True)
class Fragment:
    """Text that stands at one place: `x` of its left end, `y` of its base line counted downwards, `size` of its letters."""

    page: int
    x: float
    y: float
    size: float
    text: str


@dataclass(frozen=True)
class _Glyph:
    left: float
    right: float
    size: float
    letter: str


class _Row:
    """The letters of one base line from left to right, blanks dropped."""

    def __init__(self, page: int, fragments: list[Fragment]):
        self.page = page
        glyphs = []
        for fragment in fragments:
            at = fragment.x
            for letter in fragment.text:
                # Han letters and full-width marks are one square wide; digits and Latin letters about half of it.
                wide = fragment.size * (1.0 if ord(letter) > 0x2E7F else 0.5)
                if not letter.isspace():
                    glyphs.append(_Glyph(at, at + wide, fragment.size, letter))
                at += wide
        self.glyphs = sorted(glyphs, key=lambda glyph: glyph.left)
        self.text = "".join(glyph.letter for glyph in self.glyphs)

    def cells(self) -> list[tuple[float, float, str]]:
        """Runs of letters with no wide gap inside: (left, right, text)."""
        runs: list[list[_Glyph]] = []
        for glyph in self.glyphs:
            if runs and glyph.left - runs[-1][-1].right < 0.6 * glyph.size:
                runs[-1].append(glyph)
            else:
                runs.append([glyph])
        return [(run[0].left, run[-1].right, "".join(glyph.letter for glyph in run)) for run in runs]

    def value_after(self, end: int, before: int | None = None) -> str:
        """The run of letters that begins at position `end`, up to the next wide gap or the box of the label at `before`."""
        kept: list[_Glyph] = []
        # Left of the second label stands a strip of upright letters, 销售方信息, which belongs to neither name.
        edge = float("inf") if before is None else self.glyphs[before].left - 2.6 * self.glyphs[before].size
        for glyph in self.glyphs[end:before]:
            if glyph.right > edge or (kept and glyph.left - kept[-1].right > 1.2 * glyph.size):
                break
            kept.append(glyph)
        return "".join(glyph.letter for glyph in kept)


def read_form(fragments: Iterable[Fragment], carrier: str) -> Draft:
    """The invoice that a form shows; raises Refused if it is none, or several."""
    rows = _rows(fragments)
    draft = Draft(carrier, printed=True)
    numbers = list(dict.fromkeys(match[1] for row in rows for match in _NUMBER.finditer(row.text)))
    if len(numbers) > 1:
        raise refuse("invoice.several", numbers=", ".join(numbers[:5]))
    headers = [place for place, row in enumerate(rows) if _columns(row)]
    if not numbers and not headers:
        raise refuse("pdf.form")
    first = headers[0] if headers else len(rows)
    above = rows[:first]
    # A label and its value may stand on base lines of their own; then the shape of the value decides, if only one has it.
    draft.number = numbers[0] if numbers else _only(_ANY_NUMBER, above)
    draft.code = next((match[1] for row in rows if (match := _CODE.search(row.text))), "")
    draft.date = next((match[1] for row in rows if (match := _DATE.search(row.text))), "") or _only(_ANY_DATE, above)
    draft.kind = kind_of("".join(row.text for row in above))
    _read_parties([row for row in rows if row.page == rows[0].page], draft)
    for place in headers:
        _read_table(rows, place, draft)
    _read_totals(rows, first, draft)
    if any(_LIST_ELSEWHERE in line.item for line in draft.lines):
        draft.lines.clear()  # one line that stands for a list which is not here
    return draft


def _rows(fragments: Iterable[Fragment]) -> list[_Row]:
    rows: list[list[Fragment]] = []
    for fragment in sorted(fragments, key=lambda fragment: (fragment.page, fragment.y, fragment.x)):
        if not fragment.text.strip():
            continue
        last = rows[-1][0] if rows else None
        if last is not None and last.page == fragment.page and fragment.y - last.y < 0.45 * max(last.size, fragment.size):
            rows[-1].append(fragment)
        else:
            rows.append([fragment])
    return [_Row(row[0].page, row) for row in rows]


def _only(pattern: re.Pattern[str], rows: list[_Row]) -> str:
    found = {match[0] for row in rows for match in pattern.finditer(row.text)}
    return found.pop() if len(found) == 1 else ""


def _read_parties(rows: list[_Row], draft: Draft) -> None:
    """Buyer and seller: beside each other in the form of today, one below the other in that of 2019. The buyer comes first."""
    names = []
    for row in rows:
        labels = list(_NAME.finditer(row.text))
        for place, label in enumerate(labels):
            names.append(row.value_after(label.end(), labels[place + 1].start() if place + 1 < len(labels) else None))
    ids = [match[1] for row in rows for match in _TAX_ID.finditer(row.text)]
    # 名称: with nothing behind it takes the letters of the next box; they end in a colon of their own.
    names = ["" if re.search(_COLON, name) else name for name in names]
    draft.buyer_name, draft.seller_name = (*names, "", "")[:2]
    draft.buyer_id, draft.seller_id = (*ids, "", "")[:2]


def _columns(row: _Row) -> dict[str, tuple[float, float]] | None:
    """Where the columns stand, if the row is the head of the table."""
    columns = {}
    for name, label in _LABELS.items():
        match = label.search(row.text)
        if match:
            columns[name] = (row.glyphs[match.start()].left, row.glyphs[match.end() - 1].right)
    return columns if {"item", "net", "rate", "tax"} <= set(columns) else None


def _read_table(rows: list[_Row], head: int, draft: Draft) -> None:
    columns = _columns(rows[head]) or {}
    begun = False
    for row in rows[head + 1 :]:
        if row.page != rows[head].page or _TABLE_END.search(row.text):
            return
        cells = _place(row, columns)
        if parse_fen(cells.get("net", ""), printed=True) is not None and "item" in cells:
            draft.lines.append(DraftLine(**cells))
            begun = True
        elif begun and set(cells) <= {"item", "spec", "unit"}:
            last = draft.lines[-1]  # a name or a model that runs over into a second line
            draft.lines[-1] = replace(last, **{name: getattr(last, name) + text for name, text in cells.items()})
        elif cells:
            raise refuse("form.row", text=row.text[:60])


def _place(row: _Row, columns: dict[str, tuple[float, float]]) -> dict[str, str]:
    cells: dict[str, str] = {}
    for left, right, text in row.cells():
        # Names stand flush left, figures flush right, units in the middle: the nearest of the three tells the column.
        def away(name: str, left: float = left, right: float = right) -> float:
            start, end = columns[name]
            return min(abs(left - start), abs(right - end), abs((left + right) - (start + end)) / 2)

        name = min(columns, key=away)
        cells[name] = cells.get(name, "") + text
    return cells


def _read_totals(rows: list[_Row], first: int, draft: Draft) -> None:
    below = False
    for place, row in enumerate(rows):
        if place > first and _TOTAL.search(row.text) and not draft.net:
            money = _MONEY.findall(row.text)
            draft.net = money[0] if money else ""
            untaxed = bool(draft.lines) and all(line.tax in UNTAXED or not line.tax for line in draft.lines)
            draft.tax = money[1] if len(money) > 1 else "0" if money and untaxed else ""
        elif "价税合计" in row.text and not draft.gross:
            near = [row, *(r for r in rows[max(0, place - 1) : place + 2] if r is not row and r.page == row.page)]
            found = next((match[1] for r in near if (match := _GROSS.search(r.text))), "")
            draft.gross = found or next(iter(_MONEY.findall(row.text)), "")
            below = True
        elif below:
            draft.remark += row.text
