"""The lines of an invoice as a page shows them, and what was found in a file, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from chaoce.evidence.findings import Finding
from chaoce.evidence.findings import Refused as CannotRead
from chaoce.evidence.folder import CLAIMED, IGNORED, OPEN, REVERSED, Settled
from chaoce.evidence.reading import outcome
from chaoce.facts.types import FactType, Field
from chaoce.service.documents import lines as answers
from chaoce.service.documents.models import LineAnswer, Upload
from chaoce.service.documents.settling import Settlement
from chaoce.service.documents.words import say, tone

#: What the list of types says for a line that is not claimed.
IGNORE = "-"


@dataclass
class Card:
    """A line with its form. `type` is the type chosen, "-" for not claimed, "" for nothing yet; `values` are what the fields hold."""

    upload: Upload
    settled: Settled
    answer: LineAnswer | None
    type: str
    values: Mapping[str, str]
    note: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    told: str = ""
    saved: bool = False
    suggestion: answers.Suggestion | None = None
    alike: int = 0
    findings: list[tuple[str, str]] = field(default_factory=list)

    @property
    def number(self) -> int:
        """The number of the line on its invoice."""
        return self.settled.entry.line.number

    @property
    def number_text(self) -> str:
        """The same as text, for the ids of its fields."""
        return str(self.number)

    @property
    def state(self) -> str:
        """open, claimed, ignored or reversed."""
        return self.settled.state

    @property
    def answerable(self) -> bool:
        """Whether there is something left to say about it."""
        return self.settled.state != REVERSED

    @property
    def taken(self) -> int:
        """What discounts and red invoices took off its net amount, in fen."""
        return self.settled.entry.line.net - self.settled.entry.net

    @property
    def kinds(self) -> dict[str, FactType]:
        """The types to choose from."""
        return answers.line_types()

    @property
    def fields(self) -> list[tuple[Field, str, str]]:
        """The fields of the chosen type, each with what it holds and what is wrong with it."""
        kind = self.kinds.get(self.type)
        return [(one, self.values.get(one.name, ""), self.errors.get(one.name, "")) for one in answers.own_fields(kind)] if kind else []

    @property
    def seen(self) -> str:
        """The mark of the answer that this form is shown with."""
        return answers.seen_mark(self.answer)

    @property
    def suggested(self) -> tuple[FactType | None, list[tuple[Field, Any]]] | None:
        """The suggestion's type, None for not claimed, and its values."""
        if self.suggestion is None:
            return None
        kind = self.kinds.get(self.suggestion.type)
        return kind, [(kind.fields[name], raw) for name, raw in self.suggestion.values.items() if name in kind.fields] if kind else []


def cards(found: Settlement, upload: Upload) -> list[Card]:
    """The lines of the invoice of a file."""
    return [card_of(found, upload, settled) for settled in found.lines_of.get(upload.invoice, [])]


def card_of(found: Settlement, upload: Upload, settled: Settled, **more: Any) -> Card:
    """One line with the form that its answer fills."""
    answer = found.answers.get((settled.entry.invoice.key, settled.entry.line.number))
    shown = {"type": "", "values": {}, "note": ""}
    if answer is not None:
        values = {name: _entered(raw) for name, raw in answer.values.items()}
        shown = {"type": answer.type or IGNORE, "values": values, "note": answer.note}
    card = Card(upload, settled, answer, **{**shown, **more})
    line = settled.entry.line.number
    name = settled.entry.invoice.file
    card.findings = [(tone(f), say(f)) for f in found.findings_of.get(name, []) if f.line == line and f.invoice == upload.invoice]
    if settled.state == OPEN:
        card.suggestion = answers.suggest(found, settled)
    elif settled.state in (CLAIMED, IGNORED):
        card.alike = len(answers.alike_open(found, settled))
    return card


def _entered(raw: Any) -> str:
    """A value of an answer as a form sends it."""
    return {True: "yes", False: "no"}[raw] if isinstance(raw, bool) else str(raw)


def said_of(findings: list[Finding], kept: bool = False) -> list[tuple[str, str]]:
    """Findings in words, the heaviest first, each once: (tone, words). Of a file that is `kept` as an attachment none is a fault."""
    said = dict.fromkeys(("info" if kept else tone(finding), say(finding)) for finding in findings)
    return sorted(said, key=lambda entry: ("bad", "warn", "info").index(entry[0]))


def refusal_of(reading: dict[str, Any]) -> list[Finding]:
    """The findings of a file that could not be read."""
    try:
        outcome(reading)
    except CannotRead as refused:
        return list(refused.findings)
    return []
