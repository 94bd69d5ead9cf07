"""Invoices against each other: copies counted once, red ones taken off the lines that they correct.

What is left of each line of a blue invoice is what may become a fact. Nothing goes below zero and nothing that a red
invoice takes is lost: what fits no line is taken off all the same, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from chaoce.evidence.draft import FIELDS
from chaoce.evidence.findings import FAULT, Finding
from chaoce.evidence.identity import veiled
from chaoce.evidence.invoice import CARRIERS, Invoice, Line
from chaoce.evidence.numbers import nearest_fen
from chaoce.money import format_yuan


@dataclass
class Entry:
    """A line of a blue invoice and what is left of it, in fen. `taken` holds what took how much: (by what, net, tax)."""

    invoice: Invoice
    line: Line
    net: int
    tax: int
    taken: list[tuple[str, int, int]] = field(default_factory=list)

    def take(self, by: str, net: int, tax: int) -> tuple[int, int]:
        """Takes off what there is of net and tax; returns what was taken."""
        net, tax = min(net, self.net), min(tax, self.tax)
        if net or tax:
            self.net -= net
            self.tax -= tax
            self.taken.append((by, net, tax))
        return net, tax


@dataclass
class Ledger:
    """What is left of every line, and how it came about."""

    entries: list[Entry]
    #: Invoices that count: one of each number, without faults.
    used: list[Invoice]
    findings: list[Finding]
    #: Files that only repeat another's invoice.
    copies: dict[str, str]
    #: Invoices of which two copies differ; none of them counts.
    disputed: list[Invoice]


def settle(
    invoices: Iterable[Invoice],
    faulty: Callable[[Invoice], bool],
    counts: Callable[[Invoice, Line], bool],
    doubted: Mapping[str, str] = MappingProxyType({}),
) -> Ledger:
    """The ledger of all invoices of a folder.

    `faulty` says whether an invoice's own checks found a fault; `counts` whether a line is to become a fact, for what
    a red invoice takes without saying from which line is taken from those first. `doubted` holds the keys of blue
    invoices that an unreadable red one corrects, each with the file of the red one.
    """
    ledger = Ledger([], [], [], {}, [])
    distinct = list(_distinct(invoices, ledger))
    by_key = {invoice.key: invoice for invoice in distinct}
    held = _held(distinct, by_key, faulty, ledger)
    for key, file in doubted.items():
        if key in by_key and key not in held and not by_key[key].red:
            held.add(key)
            ledger.findings.append(Finding("red.faulty", {"red": file}, by_key[key].file, invoice=key))
    for invoice in distinct:
        if not faulty(invoice) and invoice.key not in held:
            ledger.used.append(invoice)
    blues = {invoice.key: _open(invoice, ledger) for invoice in ledger.used if not invoice.red}
    ledger.entries = [entry for entries in blues.values() for entry in entries]
    for red in sorted((invoice for invoice in ledger.used if invoice.red), key=lambda red: (red.date, red.key)):
        if red.original in blues:
            _reverse(red, blues[red.original], ledger, counts)
    for entry in ledger.entries:
        if entry.net == 0 and entry.line.net > 0 and any(by.startswith("red ") for by, _, _ in entry.taken):
            ledger.findings.append(Finding("red.whole", {}, entry.invoice.file, invoice=entry.invoice.key, line=entry.line.number))
    return ledger


# copies


def _distinct(invoices: Iterable[Invoice], ledger: Ledger) -> Iterator[Invoice]:
    """One invoice of each number: from the richest carrier, and none at all where two copies differ in what they say."""
    groups: dict[str, list[Invoice]] = {}
    for invoice in invoices:
        groups.setdefault(invoice.key, []).append(invoice)
    for key, copies in groups.items():
        copies.sort(key=lambda invoice: (not invoice.lines, CARRIERS[invoice.carrier][0], invoice.file))
        best = copies[0]
        differing = [(copy, difference) for copy in copies[1:] if (difference := _difference(best, copy))]
        for copy, (name, value, other) in differing:
            said = {"other": best.file, "field": FIELDS[name], "value": other, "other_value": value}
            ledger.findings.append(Finding("copy.differs", said, copy.file, invoice=key))
        if differing:
            ledger.disputed += copies
            continue
        for copy in copies[1:]:
            ledger.copies[copy.file] = best.file
            ledger.findings.append(Finding("copy.same", {"other": best.file}, copy.file, invoice=key))
        yield best


def _difference(one: Invoice, other: Invoice) -> tuple[str, str, str] | None:
    """The first field in which two copies differ: (field, the one's, the other's)."""
    pairs: list[tuple[str, object, object]] = [
        ("date", one.date, other.date),
        ("gross", format_yuan(one.gross), format_yuan(other.gross)),
        ("net", format_yuan(one.net), format_yuan(other.net)),
        ("tax", format_yuan(one.tax), format_yuan(other.tax)),
    ]
    # A carrier may lack an id or the lines; it differs only where both say something.
    if one.seller.id and other.seller.id:
        pairs.append(("seller.id", veiled(one.seller.id), veiled(other.seller.id)))
    if one.buyer.id and other.buyer.id:
        pairs.append(("buyer.id", veiled(one.buyer.id), veiled(other.buyer.id)))
    if one.lines and other.lines:
        lines = [" ".join(f"{format_yuan(line.net)}+{format_yuan(line.tax)}" for line in copy.lines) for copy in (one, other)]
        pairs.append(("lines", lines[0], lines[1]))
    return next(((name, str(a), str(b)) for name, a, b in pairs if a != b), None)


# red invoices that cannot be used


def _held(invoices: list[Invoice], by_key: dict[str, Invoice], faulty: Callable[[Invoice], bool], ledger: Ledger) -> set[str]:
    """Keys of invoices that are not used although their own checks found nothing: what a red invoice leaves in doubt."""
    held: set[str] = set()
    for red in [*invoices, *ledger.disputed]:
        if not red.red:
            continue
        blue = by_key.get(red.original or "")
        if faulty(red) or red.key not in by_key:
            if blue is not None and not blue.red and blue.key not in held:
                held.add(blue.key)
                ledger.findings.append(Finding("red.faulty", {"red": red.key}, blue.file, invoice=blue.key))
            continue
        problem = _red_problem(red, blue)
        if problem is not None:
            held.add(red.key)
            ledger.findings.append(problem)
            if problem.code == "red.parties" and blue is not None:
                held.add(blue.key)
                ledger.findings.append(Finding("red.faulty", {"red": red.key}, blue.file, invoice=blue.key))
    return held


def _red_problem(red: Invoice, blue: Invoice | None) -> Finding | None:
    if red.original is None:
        return Finding("red.nameless", {}, red.file, invoice=red.key)
    if blue is None:
        return Finding("red.orphan", {"blue": red.original}, red.file, invoice=red.key)
    if blue.red:
        return Finding("red.red", {"blue": blue.key}, red.file, invoice=red.key)
    for name in ("seller", "buyer"):
        one, other = getattr(red, name).id, getattr(blue, name).id
        if one and other and one != other:
            said = {"blue": blue.key, "field": FIELDS[f"{name}.id"], "value": veiled(one), "other_value": veiled(other)}
            return Finding("red.parties", said, red.file, invoice=red.key)
    return None


# lines


def _open(invoice: Invoice, ledger: Ledger) -> list[Entry]:
    """The lines of a blue invoice with their discounts taken off: a discount is a negative line behind the line it lessens."""
    entries = [Entry(invoice, line, line.net, line.tax) for line in invoice.lines]
    for place, entry in enumerate(entries):
        if entry.line.net >= 0:
            continue
        net, tax = -entry.net, -entry.tax
        entry.net = entry.tax = 0
        before = entries[:place][::-1]
        same = [other for other in before if other.line.item == entry.line.item]
        for other in [*same, *(other for other in before if other not in same), *entries[place + 1 :]]:
            if not (net or tax) or other.line.net < 0:
                continue
            took = other.take(f"discount {entry.line.number}", net, tax)
            net, tax = net - took[0], tax - took[1]
            if took[0]:
                said = {"amount": format_yuan(took[0]), "from_line": other.line.number}
                ledger.findings.append(Finding("discount", said, invoice.file, invoice=invoice.key, line=entry.line.number))
    return [entry for entry in entries if entry.line.net >= 0]


def _reverse(red: Invoice, entries: list[Entry], ledger: Ledger, counts: Callable[[Invoice, Line], bool]) -> None:
    """Takes every line of a red invoice off the lines of its blue one."""
    took: list[tuple[Entry, int, int]] = []
    for line, net, tax in _red_lines(red):
        mine: list[tuple[Entry, int, int]] = []
        for entry in _order(line, net, entries, counts):
            if not (net or tax):
                break
            part = entry.take(f"red {red.key}", net, tax)
            if any(part):
                mine.append((entry, *part))
                net, tax = net - part[0], tax - part[1]
        if len(mine) > 1 or (mine and not _alike(line, mine[0][0].line)):
            said = {"blue": red.original, "lines": _say(mine)}
            ledger.findings.append(Finding("red.spread", said, red.file, invoice=red.key, line=line.number))
        if net or tax:
            said = {"blue": red.original, "net": format_yuan(net), "tax": format_yuan(tax)}
            ledger.findings.append(Finding("red.exceeds", said, red.file, invoice=red.key, line=line.number))
        took += mine
    if took:
        ledger.findings.append(Finding("red.taken", {"blue": red.original, "lines": _say(took)}, red.file, invoice=red.key))


def _red_lines(red: Invoice) -> list[tuple[Line, int, int]]:
    """Each line of a red invoice with the net and tax that it takes, as positive fen.

    A positive line in a red invoice gives back a discount: it lessens what the line before it takes.
    """
    lines: list[list] = []
    for line in red.lines:
        if line.net > 0 and lines:
            lines[-1][1] -= line.net
            lines[-1][2] -= line.tax
        else:
            lines.append([line, -line.net, -line.tax])
    return [(line, max(0, net), max(0, tax)) for line, net, tax in lines]


def _order(line: Line, net: int, entries: list[Entry], counts: Callable[[Invoice, Line], bool]) -> list[Entry]:
    """The lines of the blue invoice in the order in which a red line is taken off them.

    First the lines that are alike (tax code, item, model, rate, then price too), among them one with exactly this
    amount left, then one with enough; where none is alike, the lines that are to become facts come first.
    """
    open_entries = [entry for entry in entries if entry.net or entry.tax]
    alike = [entry for entry in open_entries if _alike(line, entry.line)]

    def rank(entry: Entry) -> tuple:
        near = entry in alike
        price = near and line.price is not None and _same_price(line, entry.line)
        if near:
            return (0, not price, entry.net != net, entry.net < net, entry.line.number)
        return (1, not counts(entry.invoice, entry.line), line.rate != entry.line.rate, 0, entry.line.number)

    return sorted(open_entries, key=rank)


def _alike(red: Line, blue: Line) -> bool:
    """Whether a red line can be the reverse of a blue one; a code or a model counts where both have it."""
    if red.code and blue.code and red.code != blue.code:
        return False
    if red.spec and blue.spec and red.spec != blue.spec:
        return False
    return red.item == blue.item and red.rate == blue.rate


def _same_price(red: Line, blue: Line) -> bool:
    # Red invoices often give the price to the fen where the blue one has fourteen places.
    if red.price is None or blue.price is None:
        return False
    return red.price == blue.price or nearest_fen(red.price) == nearest_fen(blue.price)


def _say(took: list[tuple[Entry, int, int]]) -> str:
    return ", ".join(f"#{entry.line.number} −{format_yuan(net)} (+{format_yuan(tax)})" for entry, net, tax in took)


def has_fault(findings: Iterable[Finding]) -> bool:
    return any(finding.severity == FAULT for finding in findings)
