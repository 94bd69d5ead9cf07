"""What was found in the files that a firm handed in, said so that the firm or an officer can act on it.

A finding is a message of the catalogue with its place (file, invoice, line) and its weight:

    fault      what it names was not used (a file, an invoice, a line, a row)
    warning    it was used, and somebody should look
    note       it was used, taken off or kept once, as the rules say
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from chaoce.evidence.catalogue import CATALOGUE, FAULT, NOTE, WARNING
from chaoce.faults import Fault, language

_SEVERITY_NAMES = {FAULT: ("未采用", "left out"), WARNING: ("请核对", "check"), NOTE: ("说明", "note")}


@dataclass(frozen=True)
class Finding:
    """One thing found, with its place. `fault` is a fault of a fact or of YAML, which says itself."""

    code: str
    particulars: Mapping[str, object] = field(default_factory=dict)
    file: str | None = None
    row: int | None = None
    invoice: str | None = None
    line: int | None = None
    fault: Fault | None = None

    @property
    def severity(self) -> str:
        return CATALOGUE[self.code][0]

    def at(self, file: str) -> Finding:
        """The same finding in this file."""
        return self if self.file is not None else replace(self, file=file)

    def message(self, lang: str | None = None) -> str:
        """What, and what would be right, without the place."""
        lang = lang or language()
        zh = lang == "zh"
        particulars = {key: _said(value, zh) for key, value in self.particulars.items()}
        if self.invoice is not None:
            particulars.setdefault("invoice", self.invoice)
        if self.line is not None:
            particulars.setdefault("line", self.line)
        if self.fault is not None:
            particulars["detail"] = self.fault.say(lang)
        return CATALOGUE[self.code][1 if zh else 2].format(**particulars).replace("\n", " ")

    def say(self, lang: str | None = None) -> str:
        """One line: `file:row: invoice … line …: what, and what would be right`."""
        lang = lang or language()
        zh = lang == "zh"
        if self.fault is not None:
            return self.fault.say(lang)
        place = []
        if self.file is not None:
            place.append(self.file if self.row is None else f"{self.file}:{self.row}")
        template = CATALOGUE[self.code][1]
        if self.invoice is not None and "{invoice}" not in template:
            place.append(f"发票 {self.invoice}" if zh else f"invoice {self.invoice}")
        if self.line is not None and "{line}" not in template:
            place.append(f"第 {self.line} 行" if zh else f"line {self.line}")
        return ": ".join([*place, self.message(lang)])

    def __str__(self) -> str:
        return self.say()


class Refused(Exception):
    """A file cannot be used; the findings say why. Their `file` is filled in by whoever knows it."""

    def __init__(self, *findings: Finding):
        self.findings = findings
        super().__init__("\n".join(finding.say() for finding in findings))


def refuse(code: str, **particulars: object) -> Refused:
    """One finding of the catalogue, ready to raise."""
    return Refused(Finding(code, particulars))


def severity_name(severity: str, lang: str) -> str:
    return _SEVERITY_NAMES[severity][0 if lang == "zh" else 1]


def worst(findings: Iterable[Finding]) -> str | None:
    """The heaviest severity among findings."""
    present = {finding.severity for finding in findings}
    return next((severity for severity in (FAULT, WARNING, NOTE) if severity in present), None)


def _said(value: object, zh: bool) -> object:
    # A particular that is itself said in both languages is a pair of them.
    return value[0 if zh else 1] if type(value) is tuple and len(value) == 2 else value
