"""A folder of evidence read: files → invoices and rows → what is left of each line → facts, with all that was found."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from chaoce.evidence.answers import NAME, Answers, BadAnswers, read_answers
from chaoce.evidence.checks import check
from chaoce.evidence.findings import FAULT, Finding, Refused
from chaoce.evidence.invoice import Invoice, Line
from chaoce.evidence.ledger import Entry, Ledger, has_fault, settle
from chaoce.evidence.limits import FILE_BYTES, FILE_SECONDS, FOLDER_FILES
from chaoce.evidence.reader import Reader
from chaoce.evidence.reading import outcome
from chaoce.evidence.rows import RowFact, judge, read_rows
from chaoce.evidence.table import Sheet
from chaoce.evidence.vocabulary import Vocabulary
from chaoce.facts.firm import Firm
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import FactTypes
from chaoce.faults import Fault
from chaoce.money import format_yuan

#: The facts file of a folder lies in it under this name unless another is asked for; it is never read as evidence.
FACTS = "facts.json"

#: What Windows leaves in folders.
_DROPPINGS = ("Thumbs.db", "desktop.ini")

#: What became of a line.
CLAIMED, IGNORED, OPEN, REVERSED = "claimed", "ignored", "open", "reversed"


@dataclass(frozen=True)
class Question:
    """A line that nothing says what it is: open until evidence.yaml says it."""

    invoice: Invoice
    line: Line
    net: int
    tax: int


@dataclass(frozen=True)
class Settled:
    """A line of a blue invoice, what is left of it, and what became of it: its fact's id where it became one."""

    entry: Entry
    state: str
    fact: str | None = None


@dataclass(frozen=True)
class Evidence:
    """All that a folder holds. `facts` is the object of the facts file (docs/facts.md), `firm` the same, read."""

    folder: Path
    files: Mapping[str, str]
    invoices: tuple[Invoice, ...]
    lines: tuple[Settled, ...]
    rows: tuple[RowFact, ...]
    findings: tuple[Finding, ...]
    questions: tuple[Question, ...]
    facts: Mapping[str, object]
    firm: Firm
    types: FactTypes
    copies: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether every file was used and nothing is open."""
        return not self.questions and not any(finding.severity == FAULT for finding in self.findings)


#: Called with (number of files read, of how many, the name of the next one).
Progress = Callable[[int, int, str], None]


class Gathered:
    """The files of a folder, read once; `settle` may then be called again whenever the answers change."""

    def __init__(
        self, folder: Path, types: FactTypes, progress: Progress | None = None, seconds: float = FILE_SECONDS, skip: Path | None = None
    ):
        """Reads every file of the folder; raises BadAnswers if there is no such folder."""
        if not folder.is_dir():
            raise BadAnswers((Finding("folder.missing", file=str(folder)),))
        self._begin(folder, types)
        paths = list(self._names(skip))
        with Reader(seconds) as reader:
            for number, path in enumerate(paths):
                name = self._called(path)
                if progress:
                    progress(number, len(paths), name)
                try:
                    self._take(name, reader.read(self._checked(path), name))
                except Refused as refused:
                    self._refuse(name, refused)
        self._end()

    @classmethod
    def of(cls, readings: Mapping[str, Mapping[str, Any]], types: FactTypes) -> Gathered:
        """Files that were read before: name -> what `evidence.reading.answer` gave. The name counts, not the one it was read under."""
        gathered = cls.__new__(cls)
        gathered._begin(Path(), types)
        for name, raw in readings.items():
            try:
                gathered._take(name, outcome(dict(raw)))
            except Refused as refused:
                gathered._refuse(name, refused)
        gathered._end()
        return gathered

    def _begin(self, folder: Path, types: FactTypes) -> None:
        self.folder, self.types = folder, types
        self.reader = FirmReader(types)
        self.files: dict[str, str] = {}
        self.invoices: list[Invoice] = []
        self.findings: list[Finding] = []
        self.rows: list[RowFact] = []
        self._words = Vocabulary(types)

    def _take(self, name: str, read: Invoice | list[Sheet]) -> None:
        """What was read in one file."""
        if isinstance(read, Invoice):
            self.files[name] = read.carrier
            self.invoices.append(replace(read, file=name))
            return
        self.files[name] = "table"
        found, wrong = read_rows(read, name, self._words)
        self.rows += found
        self.findings += wrong

    def _refuse(self, name: str, refused: Refused) -> None:
        """A file that cannot be used, and why."""
        self.files[name] = ""
        self.findings += [replace(finding, file=name) for finding in refused.findings]

    def _end(self) -> None:
        """The rows of all files held against each other."""
        self.rows, wrong = judge(self.rows, self.reader)
        self.findings += wrong

    def _names(self, skip: Path | None) -> Iterator[Path]:
        """The files of the folder and its folders in order; hidden ones, evidence.yaml and the facts file are no evidence."""
        count = 0
        skipped = skip.resolve() if skip else None
        for place, folders, names in os.walk(self.folder):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            for name in [name for name in folders if Path(place, name).is_symlink()]:
                folders.remove(name)
                names.append(name)  # what a link leads to is judged like a file: only inside the folder
            for name in sorted(names):
                path = Path(place, name)
                if name.startswith((".", "~$")) or name in _DROPPINGS or path in (self.folder / NAME, self.folder / FACTS):
                    continue
                if path.parent.resolve() / name == skipped or (path.is_dir() and path.resolve().is_relative_to(self.folder.resolve())):
                    continue  # the file to be written; a link to a folder that is read anyway
                count += 1
                if count > FOLDER_FILES:
                    self.findings.append(Finding("folder.many", {"limit": FOLDER_FILES}, file=str(self.folder)))
                    return
                yield path

    def _called(self, path: Path) -> str:
        """What a file is called here: its place in the folder, with nothing that a terminal or a text file could not bear."""
        name = path.relative_to(self.folder).as_posix()
        name = "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
        while name in self.files:
            name += "\ufffd"
        return name

    def _checked(self, path: Path) -> Path:
        """The path of a file, if it may be opened; raises Refused. A device or a pipe would never end, a link leads anywhere."""
        try:
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                if not path.resolve().is_relative_to(self.folder.resolve()):
                    raise Refused(Finding("file.link"))
                status = path.stat()
        except (OSError, RuntimeError) as error:
            raise Refused(Finding("file.unreadable", {"detail": getattr(error, "strerror", None) or "link"})) from None
        if not stat.S_ISREG(status.st_mode):
            raise Refused(Finding("file.special"))
        if status.st_size > FILE_BYTES:
            raise Refused(Finding("file.large", {"size": status.st_size, "limit": FILE_BYTES}))
        return path

    def settle(self, answers: Answers) -> Evidence:
        """What the files come to with these answers."""
        firm = answers.enterprise

        def checked(invoice: Invoice) -> list[Finding]:
            return check(invoice, str(firm["uscc"]), str(firm["name"]))

        doubted = {str(f.particulars["blue"]): str(f.file) for f in self.findings if f.code == "red.unread"}
        ledger = settle(
            self.invoices,
            lambda invoice: has_fault(checked(invoice)),
            lambda invoice, line: (entry := answers.of(invoice, line)) is not None and entry.type is not None,
            doubted,
        )
        findings = [*self.findings, *ledger.findings]
        for invoice in [*ledger.distinct, *ledger.disputed]:
            findings += checked(invoice)
        for invoice in ledger.distinct:
            said = {(finding.code, finding.line) for finding in checked(invoice)}
            for copy in ledger.repeated[invoice.key]:  # what a copy lacks, the other has; what it says against it is said
                findings += [f for f in checked(copy) if f.severity == FAULT and (f.code, f.line) not in said]
        lines, questions, raw = self._claims(ledger, answers, findings)
        rows = self._unclashing(raw, findings)
        together = [*raw, *(dict(row.raw) for row in rows)]
        facts: dict[str, object] = {
            "enterprise": dict(firm),
            "facts": sorted(together, key=lambda fact: (str(fact["date"]), str(fact["id"]))),
            "received": [dict(entry) for entry in answers.received],
        }
        read = self.reader.read(facts)
        return Evidence(
            self.folder,
            dict(self.files),
            tuple(self.invoices),
            tuple(lines),
            tuple(rows),
            tuple(_in_order(findings)),
            tuple(questions),
            facts,
            read,
            self.types,
            ledger.copies,
        )

    def _claims(
        self, ledger: Ledger, answers: Answers, findings: list[Finding]
    ) -> tuple[list[Settled], list[Question], list[dict[str, object]]]:
        lines: list[Settled] = []
        questions: list[Question] = []
        raw: list[dict[str, object]] = []
        served: set[int] = set()
        unsettled: set[str] = set()
        for entry in sorted(ledger.entries, key=lambda entry: (entry.invoice.date, entry.invoice.key, entry.line.number)):
            invoice, line = entry.invoice, entry.line
            answer = answers.of(invoice, line)
            if answer is not None:
                served.add(answer.at)
            if entry.net <= 0:
                lines.append(Settled(entry, REVERSED))
                continue
            if answer is None:
                questions.append(Question(invoice, line, entry.net, entry.tax))
                lines.append(Settled(entry, OPEN))
                said = {"item": line.item, "amount": format_yuan(entry.net)}
                findings.append(Finding("line.open", said, invoice.file, invoice=invoice.key, line=line.number))
                continue
            if answer.type is None:
                aside = {"item": line.item, "entry": answer.at}
                findings.append(Finding("line.ignored", aside, invoice.file, invoice=invoice.key, line=line.number))
                lines.append(Settled(entry, IGNORED))
                continue
            if not answers.settles(invoice) and invoice.key not in unsettled:
                unsettled.add(invoice.key)
                findings.append(Finding("basis.unknown", {}, invoice.file, invoice=invoice.key))
            fact = _fact(entry, answer.type, answer.values, answer.note, gross=answers.counts_gross(invoice))
            raw.append(fact)
            lines.append(Settled(entry, CLAIMED, str(fact["id"])))
        for answer in answers.entries:
            if answer.at not in served:
                findings.append(Finding("answer.unused", {}, NAME, line=answer.at))
        return lines, questions, raw

    def _unclashing(self, raw: list[dict[str, object]], findings: list[Finding]) -> list[RowFact]:
        """The rows but those whose id a fact from an invoice has already; these are left out and said."""
        taken = {fact["id"] for fact in raw}
        for row in self.rows:
            if row.raw["id"] in taken:
                fault = Fault("id.twice", {"value": row.raw["id"]}, file=row.file, line=row.row, key=row.headers.get("id", "id"))
                findings.append(Finding("fact", file=row.file, row=row.row, fault=fault))
        return [row for row in self.rows if row.raw["id"] not in taken]


def read_folder(folder: Path | str, types: FactTypes, progress: Progress | None = None, seconds: float = FILE_SECONDS) -> Evidence:
    """All evidence of a folder with the answers of its evidence.yaml; raises BadAnswers if these cannot be used."""
    folder = Path(folder)
    if not folder.is_dir():
        raise BadAnswers((Finding("folder.missing", file=str(folder)),))
    answers = read_answers(folder, FirmReader(types))
    return Gathered(folder, types, progress, seconds).settle(answers)


def check_out(out: Path, folder: Path) -> None:
    """Raises BadAnswers if a facts file may not be written there: only an earlier facts file may be replaced, never evidence."""
    if not os.path.lexists(out):
        return
    answers = folder / NAME
    if out.resolve() != answers.resolve() and not (answers.exists() and out.exists() and out.samefile(answers)) and _is_facts(out):
        return
    raise BadAnswers((Finding("out.taken", file=str(out)),))


def _is_facts(path: Path) -> bool:
    if not path.is_file():
        return False
    try:
        raw = json.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(raw, dict) and {"enterprise", "facts"} <= raw.keys()


def _fact(entry: Entry, type_name: str, values: Mapping[str, object], note: str | None, gross: bool) -> dict[str, object]:
    """A fact from what is left of a line; `evidence` keeps net and tax apart."""
    invoice, line = entry.invoice, entry.line
    frame = {
        "id": f"{invoice.key}-{line.number}",
        "type": type_name,
        "date": invoice.date.isoformat(),
        "paid": format_yuan(entry.net + (entry.tax if gross else 0)),
    }
    # What the invoice says stands, whatever an answer may say beside it.
    fact: dict[str, object] = {**frame, **values, **frame, "matter": invoice.matter(line.number)}
    if note:
        fact["note"] = note
    fact["evidence"] = {
        "file": invoice.file,
        "invoice": invoice.key,
        "line": line.number,
        "net": format_yuan(entry.net),
        "tax": format_yuan(entry.tax),
        "seller": invoice.seller.say(),
        "item": line.item,
    }
    return fact


def _in_order(findings: list[Finding]) -> list[Finding]:
    """By file, then row, invoice and line, in the order of the catalogue: the same folder gives the same report."""
    keyed = [
        ((finding.file or "", finding.row or 0, finding.invoice or "", finding.line or 0, finding.code, finding.say("en")), finding)
        for finding in findings
    ]
    return [replace(finding) for _, finding in sorted(keyed, key=lambda pair: pair[0])]
