"""Prints a 数电票 as PDF in the layout of the official form, by reportlab; the same bytes every time."""

from __future__ import annotations

import io

from papers import _HEADS, _LEFT, _RIGHT, Paper, _width, _wrapped, chinese_amount, chinese_date, fen, paged, percent, yuan
from reportlab.lib.colors import Color
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

_FONT = "STSong-Light"
_WIDTH, _HEIGHT = 210.0, 140.0
_LABEL = Color(0.5, 0.16, 0.12)
_VALUE = Color(0, 0, 0)
_EDGE = (6.0, 204.0)


def pdf(paper: Paper, rows: int = 8, **canvas: object) -> bytes:
    """The invoice as a PDF, `rows` lines a page. `canvas` goes to reportlab (a test sets `encrypt`)."""
    pdfmetrics.registerFont(UnicodeCIDFont(_FONT))
    file = io.BytesIO()
    sheet = Canvas(file, pagesize=(_WIDTH * mm, _HEIGHT * mm), pageCompression=0, invariant=1, **canvas)
    sheet.setTitle(f"电子发票 {paper.number}")
    pages = paged(paper.items, rows)
    for number, items in enumerate(pages, 1):
        _page(_Pen(sheet), paper, items, number, len(pages))
        sheet.showPage()
    sheet.save()
    return file.getvalue()


class _Pen:
    """Writes and draws in millimetres from the upper left corner, as OFD and the eye do."""

    def __init__(self, sheet: Canvas):
        self.sheet = sheet

    def write(self, x: float, y: float, text: str, size: float = 3.0, colour: Color = _VALUE, end: bool = False) -> None:
        if text:
            self.sheet.setFillColor(colour)
            self.sheet.setFont(_FONT, size * mm)
            # The width is reckoned here: the font is not embedded, and its metrics are another's business.
            self.sheet.drawString((x - _width(text, size) if end else x) * mm, (_HEIGHT - y) * mm, text)

    def label(self, x: float, y: float, text: str, size: float = 3.0, end: bool = False) -> None:
        self.write(x, y, text, size, _LABEL, end)

    def line(self, x: float, y: float, to_x: float, to_y: float) -> None:
        self.sheet.setStrokeColor(_LABEL)
        self.sheet.setLineWidth(0.35)
        self.sheet.line(x * mm, (_HEIGHT - y) * mm, to_x * mm, (_HEIGHT - to_y) * mm)

    def box(self, x: float, y: float, to_x: float, to_y: float) -> None:
        for ends in ((x, y, to_x, y), (x, to_y, to_x, to_y), (x, y, x, to_y), (to_x, y, to_x, to_y)):
            self.line(*ends)


def _page(pen: _Pen, paper: Paper, items: tuple, number: int, count: int) -> None:
    left, right = _EDGE
    title = f"电子发票\uff08{'增值税专用发票' if paper.special else '普通发票'}\uff09"
    start = (_WIDTH - _width(title, 6)) / 2
    pen.label(start, 13, title, 6)
    for y in (15.2, 16.2):
        pen.line(start - 2, y, _WIDTH - start + 2, y)
    pen.label(152, 10, "发票号码:")
    pen.write(167, 10, paper.number)
    pen.label(152, 16, "开票日期:")
    pen.write(167, 16, chinese_date(paper.date))
    if count > 1:
        pen.label(8, 10, f"共{count}页 第{number}页")
    _parties(pen, paper)
    pen.box(left, 44, right, 106)
    for name, head in _HEADS.items():
        pen.label(_LEFT[name] if name in _LEFT else _RIGHT[name], 49, head, end=name not in _LEFT)
    y = 54.0
    for item in items:
        texts = {"spec": item.spec, "unit": item.unit, "quantity": item.quantity, "price": item.price}
        texts |= {"net": item.net, "rate": percent(item.rate), "tax": item.tax}
        lines = _wrapped(item.name, 13)
        for part in lines:
            pen.write(_LEFT["name"], y, part)
            if part is lines[0]:
                for name, text in texts.items():
                    pen.write(_LEFT[name] if name in _LEFT else _RIGHT[name], y, text, end=name not in _LEFT)
            y += 4
        y += 0.5
    if number < count:
        net, tax = ("".join(("¥", _sum(items, key))) for key in ("net", "tax"))
        pen.label(16, 103, "小 计")
    else:
        net, tax = f"¥{paper.net}", f"¥{paper.tax}"
        pen.label(16, 103, "合 计")
    pen.write(_RIGHT["net"], 103, net, end=True)
    pen.write(_RIGHT["tax"], 103, tax, end=True)
    if number == count:
        pen.box(left, 106, right, 114)
        pen.label(12, 111, "价税合计\uff08大写\uff09")
        pen.write(60, 111, chinese_amount(paper.gross))
        pen.label(142, 111, "\uff08小写\uff09")
        pen.write(156, 111, f"¥{paper.gross}")
        pen.box(left, 114, right, 130)
        pen.line(13, 114, 13, 130)
        pen.label(8, 121, "备")
        pen.label(8, 127, "注")
        pen.write(16, 119, paper.note)
        pen.label(16, 135, "开票人:")
        pen.write(28, 135, "测试员")


def _sum(items: tuple, key: str) -> str:
    return yuan(sum(fen(getattr(item, key)) for item in items))


def _parties(pen: _Pen, paper: Paper) -> None:
    left, right = _EDGE
    pen.box(left, 20, right, 44)
    for x, word, (code, name) in ((left, "购买方信息", paper.buyer), (105.0, "销售方信息", paper.seller)):
        pen.line(x, 20, x, 44)
        pen.line(x + 6, 20, x + 6, 44)
        for place, letter in enumerate(word):
            pen.label(x + 1.5, 25 + 4.2 * place, letter)
        pen.label(x + 8, 28, "名称:")
        pen.write(x + 17, 28, name)
        pen.label(x + 8, 38, "统一社会信用代码/纳税人识别号:", 2.8)
        pen.write(x + 8 + _width("统一社会信用代码/纳税人识别号:", 2.8) + 1, 38, code, 2.8)
