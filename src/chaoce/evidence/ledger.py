"""Invoices against each other: copies counted once, red ones taken off the lines that they correct.

What is left of each line of a blue invoice is what may become a fact. Nothing goes below zero and nothing that a red
invoice takes is lost: what fits no line is taken off all the same, and said.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from chaoce.evidence.draft import FIELDS
from chaoce.evidence.findings import FAULT, Finding
from chaoce.evidence.identity import veiled
from chaoce.evidence.invoice import CARRIERS, KINDS, UNKNOWN, Invoice, Line, Party
from chaoce.evidence.numbers import nearest_fen
from chaoce.money import format_yuan, say_rate


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
    #: One of each number, undisputed, with what it lacked filled in from its copies.
    distinct: list[Invoice] = field(default_factory=list)
    #: key -> its invoice once for every copy, with the parties that the copy itself names.
    repeated: dict[str, list[Invoice]] = field(default_factory=dict)


def settle(
    invoices: Iterable[Invoice],
    faulty: Callable[[Invoice], bool],
    counts: Callable[[Invoice, Line], bool],
    doubted: Mapping[str, str] = MappingProxyType({}),
) -> Ledger:
    """The ledger of all invoices of a folder.

    `faulty` says whether an invoice's own checks find a fault, and is asked for its copies too; `counts` whether a
    line is to become a fact, for what a red invoice takes without saying from which line is taken from those first.
    `doubted` holds the keys of blue invoices that an unreadable red one corrects, each with the file of the red one.
    """
    ledger = Ledger([], [], [], {}, [])
    distinct = ledger.distinct = list(_distinct(invoices, ledger))
    by_key = {invoice.key: invoice for invoice in distinct}
    bad = {invoice.key for invoice in distinct if any(map(faulty, [invoice, *ledger.repeated[invoice.key]]))}
    held = _held(distinct, by_key, bad, ledger)
    for key, file in doubted.items():
        if key in by_key and key not in held and not by_key[key].red:
            held.add(key)
            ledger.findings.append(Finding("red.faulty", {"red": file}, by_key[key].file, invoice=key))
    for invoice in distinct:
        if invoice.key not in bad and invoice.key not in held:
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
        # The name of the file comes last: of two copies from one carrier it must not decide which is used.
        copies.sort(key=lambda copy: (not copy.lines, CARRIERS[copy.carrier][0], repr(replace(copy, file="")), copy.file))
        best = copies[0]
        sources = [best]  # the copies that say something which those before them leave open
        disputed = False
        for copy in copies[1:]:
            found = next(((source, field) for source in sources if (field := _difference(source, copy))), None)
            if found is not None:
                source, (name, value, other, line) = found
                said = {"other": source.file, "field": FIELDS[name], "value": other, "other_value": value}
                ledger.findings.append(Finding("copy.differs", said, copy.file, invoice=key, line=line))
                disputed = True
            elif (filled := _filled(best, copy)) != best:
                best = filled
                sources.append(copy)
        if disputed:
            ledger.disputed += copies
            continue
        for copy in copies[1:]:
            ledger.copies[copy.file] = best.file
            ledger.findings.append(Finding("copy.same", {"other": best.file}, copy.file, invoice=key))
        ledger.repeated[key] = [_named_by(copy, best) for copy in copies]
        yield best


def _filled(best: Invoice, copy: Invoice) -> Invoice:
    """The best copy with what it does not say taken from another."""
    return replace(
        best,
        kind=copy.kind if best.kind == UNKNOWN else best.kind,
        original=best.original or copy.original,
        seller=Party(best.seller.id or copy.seller.id, best.seller.name or copy.seller.name),
        buyer=Party(best.buyer.id or copy.buyer.id, best.buyer.name or copy.buyer.name),
        remark=best.remark or copy.remark,
    )


def _named_by(copy: Invoice, best: Invoice) -> Invoice:
    """The invoice with the parties that a copy names; where it names none, it says nothing against them."""
    seller, buyer = (mine if mine.id or mine.name else its for mine, its in ((copy.seller, best.seller), (copy.buyer, best.buyer)))
    return replace(best, file=copy.file, seller=seller, buyer=buyer)


def _difference(one: Invoice, other: Invoice) -> tuple[str, object, object, int | None] | None:
    """The first field in which two copies differ: (field, the one's, the other's, line).

    Every field that decides whether, when or what a line pays is compared.
    """
    return next((pair for pair in _pairs(one, other) if pair[1] != pair[2]), None)


def _pairs(one: Invoice, other: Invoice) -> Iterator[tuple[str, object, object, int | None]]:
    """What two copies both say, field by field. A carrier may lack an id or the lines; it differs only where both say something."""
    yield "date", str(one.date), str(other.date), None
    for name in ("gross", "net", "tax"):
        yield name, format_yuan(getattr(one, name)), format_yuan(getattr(other, name)), None
    if UNKNOWN not in (one.kind, other.kind):
        yield "kind", KINDS[one.kind], KINDS[other.kind], None
    if one.original and other.original:
        yield "original", one.original, other.original, None
    for name in ("seller", "buyer"):
        mine, its = getattr(one, name), getattr(other, name)
        if mine.id and its.id:
            yield f"{name}.id", veiled(mine.id), veiled(its.id), None
            if mine.id != its.id:  # two that are alike once they are veiled
                yield f"{name}.id", f"{veiled(mine.id)} (1)", f"{veiled(its.id)} (2)", None
        elif mine.name and its.name and _bare(mine.name) != _bare(its.name):
            yield f"{name}.name", mine.name, its.name, None
    if one.lines and other.lines:
        sums = [" ".join(f"{format_yuan(line.net)}+{format_yuan(line.tax)}" for line in copy.lines) for copy in (one, other)]
        yield "lines", sums[0], sums[1], None
        for mine, its in zip(one.lines, other.lines, strict=True):
            for name in ("item", "code", "spec"):
                texts = getattr(mine, name), getattr(its, name)
                if all(texts) and _bare(texts[0]) != _bare(texts[1]):
                    yield f"line.{name}", *texts, mine.number
            if mine.rate is not None and its.rate is not None:
                yield "line.rate", say_rate(mine.rate), say_rate(its.rate), mine.number


def _bare(text: str) -> str:
    """A name as carriers agree on it: without blanks, with one width and one case of letters and brackets."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).casefold()


# red invoices that cannot be used


def _held(invoices: list[Invoice], by_key: dict[str, Invoice], bad: set[str], ledger: Ledger) -> set[str]:
    """Keys of invoices that are not used although their own checks found nothing: what a red invoice leaves in doubt."""
    held: set[str] = set()
    for red in [*invoices, *ledger.disputed]:
        if not red.red:
            continue
        blue = by_key.get(red.original or "")
        if red.key in bad or red.key not in by_key:
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
    items = [line.item for line in invoice.lines]
    for place, entry in enumerate(entries):
        if entry.line.net >= 0:
            continue
        net, tax = -entry.net, -entry.tax
        entry.net = entry.tax = 0
        for other in map(entries.__getitem__, _lines_of_discount(place, items)):
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
    spread: list[tuple[Line, list[Entry], list[tuple[Entry, int, int]]]] = []
    for line, net, tax in _red_lines(red):
        mine: list[tuple[Entry, int, int]] = []
        order, equals = _order(line, net, entries, counts)
        for entry in order:
            if not (net or tax):
                break
            part = entry.take(f"red {red.key}", net, tax)
            if any(part):
                mine.append((entry, *part))
                net, tax = net - part[0], tax - part[1]
        if mine and (len(mine) > 1 or not _alike(line, mine[0][0].line)):
            spread.append((line, [], mine))
        elif mine and equals:
            spread.append((line, equals, mine))
        if net or tax:
            said = {"blue": red.original, "net": format_yuan(net), "tax": format_yuan(tax)}
            ledger.findings.append(Finding("red.exceeds", said, red.file, invoice=red.key, line=line.number))
        took += mine
    for line, equals, mine in spread:
        # Which of several equal lines was meant does not matter once nothing is left of any of them.
        if not equals or any(entry.net or entry.tax for entry in equals):
            said = {"blue": red.original, "lines": _say(mine)}
            ledger.findings.append(Finding("red.spread", said, red.file, invoice=red.key, line=line.number))
    if took:
        ledger.findings.append(Finding("red.taken", {"blue": red.original, "lines": _say(took)}, red.file, invoice=red.key))


def _red_lines(red: Invoice) -> list[tuple[Line, int, int]]:
    """Each line of a red invoice with the net and tax that it takes, as positive fen; together what the invoice takes.

    A positive line in a red invoice gives back a discount: it lessens what the other lines take, in the order in which
    a discount lessens the lines of a blue one, so that the red of a whole invoice takes off each line what was left of it.
    """
    items = [line.item for line in red.lines]
    nets, taxes = _lessened(items, [-line.net for line in red.lines]), _lessened(items, [-line.tax for line in red.lines])
    return list(zip(red.lines, nets, taxes, strict=True))


def _lessened(items: list[str], amounts: list[int]) -> list[int]:
    """Amounts with the negative ones taken off the others; none is negative, and their sum is the same if that is not."""
    left = [max(0, amount) for amount in amounts]
    for place, amount in enumerate(amounts):
        for other in _lines_of_discount(place, items):
            if amount >= 0:
                break
            part = min(-amount, left[other])
            left[other] -= part
            amount += part
    return left


def _lines_of_discount(place: int, items: list[str]) -> list[int]:
    """The places from which a discount at `place` is taken: the nearest before it of the same name, the nearest others, those behind."""
    before = range(place - 1, -1, -1)
    same = [other for other in before if items[other] == items[place]]
    return [*same, *(other for other in before if items[other] != items[place]), *range(place + 1, len(items))]


def _order(line: Line, net: int, entries: list[Entry], counts: Callable[[Invoice, Line], bool]) -> tuple[list[Entry], list[Entry]]:
    """The lines of the blue invoice in the order in which a red line is taken off them; and those that could as well be the first.

    First the lines that are alike (tax code, item, model, rate, then price too), among them one with exactly this
    amount left, then one with enough; where that leaves several, or none is alike, the lines that are to become facts
    come first.
    """
    open_entries = [entry for entry in entries if entry.net or entry.tax]

    def fit(entry: Entry) -> tuple[bool, ...]:
        if _alike(line, entry.line):
            return (False, not _same_price(line, entry.line), entry.net != net, entry.net < net)
        return (True,)

    def rank(entry: Entry) -> tuple:
        fits = fit(entry)
        return (fits, not counts(entry.invoice, entry.line), fits == (True,) and line.rate != entry.line.rate, entry.line.number)

    order = sorted(open_entries, key=rank)
    equals = [entry for entry in order if fit(entry) == fit(order[0])]
    return order, equals if len(equals) > 1 else []


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
