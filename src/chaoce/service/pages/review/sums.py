"""How the amount of a fact follows from the line of the invoice that it stands on: net and tax, what discounts and red invoices took,
and whether it counts with tax or without.

Nothing is settled here: what is left of a line is what `documents/settling.py` gives, and what counts is what the fact says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from django.utils.translation import gettext as _

from chaoce.evidence.invoice import ORDINARY, SPECIAL, Invoice, Line
from chaoce.money import parse_yuan, say_yuan
from chaoce.service.documents.settling import Settlement
from chaoce.service.facts.dossier import DEFAULT, on_basis
from chaoce.service.facts.models import Fact
from chaoce.service.wording import spoken


class Sum(NamedTuple):
    """The amount of a fact, in fen, from its invoice: `terms` in words where it is more than the net of the line, and how tax was
    counted where there is any."""

    terms: str
    amount: int
    basis: str


def sum_of(fact: Fact, invoice: Invoice, number: int, basis: str, settled: Callable[[], Settlement | None]) -> Sum | None:
    """How a fact's amount follows from a line of its invoice on the tax basis of a call; None where it stands on no such line.

    `settled` gives what the firm's files come to, and is asked only where something was taken off the line.
    """
    evidence = fact.raw.get("evidence")
    line = next((line for line in invoice.lines if line.number == number), None)
    paid = parse_yuan(on_basis(fact.raw, basis, fact.source).get("paid"))
    if line is None or paid is None or not isinstance(evidence, dict) or evidence.get("invoice") != invoice.key:
        return None
    net, tax = parse_yuan(evidence.get("net")), parse_yuan(evidence.get("tax"))
    if net is None or tax is None or paid not in (net, net + tax):
        return None
    gross = tax > 0 and paid == net + tax
    terms = [say_yuan(line.net)]
    if gross and line.tax:
        terms.append(f"+ {say_yuan(line.tax)}")
    for by, net_off, tax_off in _taken(invoice, line, (line.net - net, line.tax - tax), settled):
        amount = net_off + (tax_off if gross else 0)
        if amount:
            terms.append(f"− {say_yuan(amount)} ({by})" if spoken() == "en" else f"− {say_yuan(amount)}（{by}）")
    return Sum(" ".join(terms) if len(terms) > 1 else "", paid, _basis(basis, invoice.kind, gross) if line.tax else "")


def _taken(invoice: Invoice, line: Line, off: tuple[int, int], settled: Callable[[], Settlement | None]) -> list[tuple[str, int, int]]:
    """What took how much net and tax off a line; in one sum where the files no longer say it as the fact does."""
    if off == (0, 0):
        return []
    found = settled()
    lines = found.lines_of.get(invoice.key, []) if found is not None else []
    entry = next((one.entry for one in lines if one.entry.line.number == line.number), None)
    taken = entry.taken if entry is not None else []
    if (sum(net for _what, net, _tax in taken), sum(tax for _what, _net, tax in taken)) != off:
        return [(_("discounts and red invoices"), *off)]
    return [(_by(by), net, tax) for by, net, tax in taken]


def _by(what: str) -> str:
    """What took something off a line, from the ledger's name of it."""
    kind, _blank, which = what.partition(" ")
    if kind == "red":
        return _("red invoice %(number)s") % {"number": which}
    return _("discount, line %(number)s") % {"number": which}


def _basis(basis: str, kind: str, gross: bool) -> str:
    """Whether tax was counted, and why."""
    if basis != DEFAULT:
        return _("counted with tax (by the guide of the call)") if gross else _("counted net of tax (by the guide of the call)")
    if gross:
        return _("counted with tax (ordinary invoice)") if kind == ORDINARY else _("counted with tax")
    return _("counted net of tax (special invoice)") if kind == SPECIAL else _("counted net of tax")
