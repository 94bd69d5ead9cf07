"""An invoice as a carrier gives it, all text, and its one way to become an Invoice: every field read, every fault said."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from chaoce.evidence.findings import Finding, Refused
from chaoce.evidence.invoice import ORDINARY, SPECIAL, UNKNOWN, Invoice, Line, Party
from chaoce.evidence.numbers import UNTAXED, parse_day, parse_decimal, parse_fen, parse_tax_rate
from chaoce.money import format_yuan

#: field -> (Chinese, English), for messages.
FIELDS = {
    "number": ("发票号码", "the invoice number"),
    "code": ("发票代码", "the invoice code"),
    "date": ("开票日期", "the date of issue"),
    "kind": ("发票种类", "the kind"),
    "net": ("合计金额", "the total net of tax"),
    "tax": ("合计税额", "the total tax"),
    "gross": ("价税合计", "the total with tax"),
    "seller": ("销售方", "the seller"),
    "buyer": ("购买方", "the buyer"),
    "seller.id": ("销售方识别号", "the seller's tax id"),
    "buyer.id": ("购买方识别号", "the buyer's tax id"),
    "seller.name": ("销售方名称", "the seller's name"),
    "buyer.name": ("购买方名称", "the buyer's name"),
    "line.item": ("项目名称", "the item's name"),
    "line.code": ("税收分类编码", "the tax code"),
    "line.spec": ("规格型号", "the model"),
    "line.net": ("金额", "the amount"),
    "line.tax": ("税额", "the tax"),
    "line.rate": ("税率", "the tax rate"),
    "line.quantity": ("数量", "the quantity"),
    "line.price": ("单价", "the price"),
    "lines": ("明细行", "the lines"),
    "original": ("所冲蓝字发票号码", "the number of the blue invoice"),
}

#: How a red invoice names the blue one in its remark.
_BLUE_DIGITAL = re.compile(
    r"(?:被红冲蓝字|对应蓝字|对应正数|蓝字)(?:数电票|数电发票|发票|全电发票)?(?:号码|号)[:\uff1a]?\s*([0-9]{20})(?![0-9])"
)
_BLUE_2019 = re.compile(
    r"(?:对应正数|对应蓝字|被红冲蓝字|蓝字)(?:增值税)?(?:电子)?发票代码[:\uff1a]?\s*([0-9]{12}|[0-9]{10})[,;\uff0c\uff1b\s]*(?:发票)?号码[:\uff1a]?\s*([0-9]{8})(?![0-9])"
)


@dataclass
class DraftLine:
    """A line, all text."""

    item: str = ""
    net: str = ""
    tax: str = ""
    rate: str = ""
    spec: str = ""
    unit: str = ""
    quantity: str = ""
    price: str = ""
    code: str = ""


@dataclass
class Draft:
    """An invoice, all text. `red` is what the carrier says itself: True, False, or None where it says nothing."""

    carrier: str
    number: str = ""
    code: str = ""
    date: str = ""
    kind: str = UNKNOWN
    red: bool | None = None
    seller_id: str = ""
    seller_name: str = ""
    buyer_id: str = ""
    buyer_name: str = ""
    net: str = ""
    tax: str = ""
    gross: str = ""
    original: str = ""
    remark: str = ""
    lines: list[DraftLine] = field(default_factory=list)
    #: Amounts stand as on a printed form, with yuan signs and thousands parted.
    printed: bool = False

    def refusal(self, *findings: Finding) -> Refused:
        """These findings, ready to raise; with what they leave in doubt if this is a red invoice that names its blue one."""
        blue = self.original or blue_of(self.remark)
        negative = any(text.lstrip("\u00a5\uffe5 ").startswith("-") for text in (self.gross, self.net))
        if blue and (self.red or negative):
            findings += (Finding("red.unread", {"blue": blue}),)
        return Refused(*findings)

    def finish(self, file: str) -> Invoice:
        """The invoice; raises Refused with every fault of its fields."""
        return _Reading(self).invoice(file)


def kind_of(text: str) -> str:
    """special, ordinary or unknown, by the words of a title or a label."""
    if "专用" in text:
        return SPECIAL
    return ORDINARY if "普通" in text else UNKNOWN


def kind_of_code(code: str) -> str:
    """special, ordinary or unknown by a 12-digit code: the last two digits are 11 for an electronic ordinary one, 13 for a special one.

    >>> kind_of_code("050001700111"), kind_of_code("033002100113"), kind_of_code("3300211130")
    ('ordinary', 'special', 'unknown')
    """
    if len(code) == 12 and code.startswith("0"):
        return {"11": ORDINARY, "12": ORDINARY, "13": SPECIAL}.get(code[-2:], UNKNOWN)
    return UNKNOWN


def blue_of(text: str) -> str:
    """The key of the blue invoice that a remark names; empty if it names none.

    >>> blue_of("被红冲蓝字数电票号码:26332000000000000017 红字发票信息确认单编号:33010626062000000001")
    '26332000000000000017'
    >>> blue_of("对应正数发票代码:050003521270 号码:69023540")
    '050003521270-69023540'
    """
    if match := _BLUE_DIGITAL.search(text):
        return match[1]
    if match := _BLUE_2019.search(text):
        return f"{match[1]}-{match[2]}"
    return ""


class _Reading:
    """One draft being read; collects faults."""

    def __init__(self, draft: Draft):
        self.draft = draft
        self.findings: list[Finding] = []

    def fault(self, code: str, name: str, line: int | None = None, **particulars: object) -> None:
        self.findings.append(Finding(code, {"field": FIELDS[name], **particulars}, line=line))

    def invoice(self, file: str) -> Invoice:
        draft = self.draft
        number, code = self.number()
        day = self.day()
        net, tax, gross = (self.money(name, getattr(draft, name)) for name in ("net", "tax", "gross"))
        lines = [self.line(place, line) for place, line in enumerate(draft.lines, 1)]
        red = self.red(gross)
        original = draft.original or (blue_of(draft.remark) if red else "")
        if self.findings:
            key = f"{code}-{number}" if code else number
            raise draft.refusal(*(_with_invoice(finding, key) for finding in self.findings))
        kind = draft.kind if draft.kind != UNKNOWN else kind_of_code(code)
        seller, buyer = (Party(_id(code), clean(name)) for code, name in self.parties())
        return Invoice(
            draft.carrier,
            file,
            number,
            day,
            kind,
            red,
            seller,
            buyer,
            tuple(lines),
            net,
            tax,
            gross,
            code,
            original or None,
            clean(draft.remark),
        )

    def parties(self) -> tuple[tuple[str, str], tuple[str, str]]:
        return (self.draft.seller_id, self.draft.seller_name), (self.draft.buyer_id, self.draft.buyer_name)

    def number(self) -> tuple[str, str]:
        number, code = re.sub(r"\s", "", self.draft.number), re.sub(r"\s", "", self.draft.code)
        if not number:
            self.fault("field.missing", "number")
            return "", ""
        ascii_digits = number.isascii() and number.isdecimal() and (not code or (code.isascii() and code.isdecimal()))
        lengths = (len(number), len(code))
        if not ascii_digits or lengths not in ((20, 0), (8, 10), (8, 12)):
            self.fault("field.number", "number", value=f"{code} {number}".strip()[:60])
            return "", ""
        return number, code

    def day(self) -> date:
        day = parse_day(self.draft.date)
        if day is None:
            self.fault("field.date" if self.draft.date else "field.missing", "date", value=self.draft.date[:40])
            return date.min
        return day

    def money(self, name: str, text: str, line: int | None = None) -> int:
        fen = parse_fen(text, self.draft.printed)
        if fen is None:
            self.fault("field.money" if text else "field.missing", name, line, value=text[:40])
            return 0
        return fen

    def red(self, gross: int) -> bool:
        marked = self.draft.red
        if marked is None:
            return gross < 0
        if gross and marked != (gross < 0):
            label = ("红字", "red") if marked else ("蓝字", "blue")
            self.findings.append(Finding("direction", {"label": label, "gross": format_yuan(gross)}))
        return marked

    def line(self, place: int, draft: DraftLine) -> Line:
        if not draft.item:
            self.fault("field.missing", "line.item", place)
        net = self.money("line.net", draft.net, place)
        untaxed = draft.tax in UNTAXED or (not draft.tax and draft.rate in UNTAXED)
        tax = 0 if untaxed else self.money("line.tax", draft.tax, place)
        rate = None
        if not draft.rate and tax:
            self.fault("field.missing", "line.rate", place)
        if draft.rate and draft.rate not in UNTAXED:
            rate = parse_tax_rate(draft.rate)
            if rate is None:
                self.fault("field.rate", "line.rate", place, value=draft.rate[:40])
        exact = {}
        for name in ("quantity", "price"):
            text = getattr(draft, name)
            exact[name] = parse_decimal(text, self.draft.printed) if text else None
            if text and exact[name] is None:
                self.fault("field.decimal", f"line.{name}", place, value=text[:40])
        item, spec, unit, code = (clean(text) for text in (draft.item, draft.spec, draft.unit, draft.code))
        return Line(place, item, net, tax, rate, spec, unit, exact["quantity"], exact["price"], code)


def clean(text: str) -> str:
    """Text from a stranger for people and files: blanks are single, and what cannot be seen is gone.

    >>> clean(" a\\n b\\x1b[31m")
    'a b[31m'
    """
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def _id(text: str) -> str:
    return re.sub(r"\s", "", clean(text)).upper()


def _with_invoice(finding: Finding, key: str) -> Finding:
    return Finding(finding.code, finding.particulars, invoice=key or None, line=finding.line)
