"""What an invoice says about itself, checked: its buyer, its tax ids, its sums."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction

from chaoce.evidence.draft import FIELDS
from chaoce.evidence.findings import Finding
from chaoce.evidence.identity import is_person
from chaoce.evidence.invoice import Invoice, Line
from chaoce.evidence.numbers import nearest_fen, say_decimal
from chaoce.facts.uscc import check_character, has_shape
from chaoce.money import format_yuan, say_rate

#: Fen by which a line's tax may differ from its amount × rate: issuers round quantities, prices and taxes apart
#: from each other, and the tax bureau's own check allows 0.06 yuan a line.
TAX_SLACK = 6
_OLD_ID = re.compile(r"[0-9A-Z]{15}|[0-9A-Z]{17}|[0-9A-Z]{20}")
_MARGIN = re.compile(r"差额(征税|开票)")


def check(invoice: Invoice, uscc: str, name: str) -> list[Finding]:
    """All that is wrong with one invoice handed in by the firm of this code and name."""
    found = [*_buyer(invoice, uscc, name), *_tax_ids(invoice), *_totals(invoice)]
    for line in invoice.lines:
        found += _line(invoice, line)
    return [Finding(f.code, f.particulars, invoice.file, invoice=invoice.key, line=f.line) for f in found]


def _buyer(invoice: Invoice, uscc: str, name: str) -> Iterator[Finding]:
    buyer = invoice.buyer
    if buyer.id:
        if buyer.id != uscc:
            yield Finding("buyer.other", {"buyer": buyer.say(), "firm": uscc})
    elif buyer.name and _bare(buyer.name) == _bare(name):
        yield Finding("buyer.name", {"name": buyer.name})
    else:
        yield Finding("buyer.other", {"buyer": buyer.say(), "firm": uscc})


def _bare(name: str) -> str:
    """A firm's name without blanks and with one kind of brackets, which carriers vary."""
    return re.sub(r"\s", "", name).translate({0xFF08: "(", 0xFF09: ")"})


def _tax_ids(invoice: Invoice) -> Iterator[Finding]:
    for key, party in (("seller", invoice.seller), ("buyer", invoice.buyer)):
        code = party.id
        said = {"party": FIELDS[key], "value": code}
        if not code:
            if key == "seller":
                yield Finding("taxid.none")
        elif len(code) == 18:
            if is_person(code):
                continue  # a natural person sells under the number of an identity card
            if not has_shape(code):
                yield Finding("taxid.shape", said)
            elif (right := check_character(code[:17])) != code[17]:
                yield Finding("taxid.check", {**said, "right": right})
        elif _OLD_ID.fullmatch(code):
            yield Finding("taxid.old", {**said, "digits": len(code)})
        else:
            yield Finding("taxid.shape", said)


def _totals(invoice: Invoice) -> Iterator[Finding]:
    if not invoice.lines:
        yield Finding("line.none")
    else:
        for code, total in (("net", invoice.net), ("tax", invoice.tax)):
            added = sum(getattr(line, code) for line in invoice.lines)
            if added != total:
                yield Finding(f"totals.{code}", {"sum": format_yuan(added), "total": format_yuan(total)})
    if invoice.net + invoice.tax != invoice.gross:
        yield Finding("totals.gross", {"sum": format_yuan(invoice.net + invoice.tax), "total": format_yuan(invoice.gross)})


def _line(invoice: Invoice, line: Line) -> Iterator[Finding]:
    rate = line.rate or Fraction(0)  # none is given where no tax is charged
    right = nearest_fen(line.net * rate / 100)
    if abs(right - line.tax) > TAX_SLACK:
        said = {"net": format_yuan(line.net), "rate": say_rate(rate), "right": format_yuan(right), "tax": format_yuan(line.tax)}
        yield Finding("line.margin" if _MARGIN.search(invoice.remark) else "line.tax", said, line=line.number)
    if line.price is not None and line.quantity is not None:
        product = line.price * line.quantity
        # Both are themselves rounded, each to its last place: the product may be off by half of that place of either.
        slack = 1 + 100 * (abs(line.quantity) * _half_place(line.price) + abs(line.price) * _half_place(line.quantity))
        if abs(product * 100 - line.net) > slack:
            said = {"price": say_decimal(line.price), "quantity": say_decimal(line.quantity)}
            yield Finding(
                "line.price", {**said, "right": format_yuan(nearest_fen(product)), "net": format_yuan(line.net)}, line=line.number
            )


def _half_place(value: Fraction) -> Fraction:
    """Half of the last decimal place that a figure has; a whole number is taken as exact."""
    places = len(say_decimal(value).partition(".")[2])
    return Fraction(1, 2 * 10**places) if places else Fraction(0)
