"""What a firm's files come to together: copies counted once, red invoices taken off, lines answered; and the facts that follow.

The work is `chaoce.evidence`'s. What is added here: which files are the firm's, what it answered, and the facts of the database
brought in line with what the evidence gives now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Q

from chaoce.evidence.answers import DEFAULT, Answers, Criteria, Entry, paid_types
from chaoce.evidence.findings import FAULT, NOTE, Finding
from chaoce.evidence.folder import Evidence, Gathered, Settled
from chaoce.evidence.invoice import Invoice, Line
from chaoce.faults import Fault, Faults
from chaoce.service.documents.models import LineAnswer, Upload
from chaoce.service.documents.words import NOT_GIVEN, OurFault, say
from chaoce.service.facts.dossier import enterprise
from chaoce.service.facts.models import Fact, Source
from chaoce.service.facts.record import MOST_FACTS, TOO_MANY, add_facts, in_one_spelling, own_facts, reader, withdraw_facts
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import User

#: What is not said on a page: the state of the line says it, or it is about a file of answers that is not there.
_UNSAID = ("line.open", "line.ignored", "answer.unused")
#: Notes that a reviewer of a case should see.
_TELLING = ("red.taken", "red.whole", "discount")


@dataclass(frozen=True)
class FirmAnswers(Answers):
    """What a firm answered, found by invoice and line at once."""

    by_line: Mapping[tuple[str, int], Entry] = field(default_factory=dict)

    def of(self, invoice: Invoice, line: Line) -> Entry | None:
        """The answer about one line."""
        return self.by_line.get((invoice.key, line.number))


@dataclass(frozen=True)
class Settlement:
    """A firm's files, what it answered, and what both come to together."""

    evidence: Evidence
    uploads: Mapping[str, Upload]  # by the name under which the evidence knows them
    answers: Mapping[tuple[str, int], LineAnswer]

    @cached_property
    def name_of(self) -> dict[Any, str]:
        """The name under which the evidence knows each upload, by its id."""
        return {upload.pk: name for name, upload in self.uploads.items()}

    @cached_property
    def invoice_of(self) -> dict[str, Invoice]:
        """The invoice of each file that carries one."""
        return {invoice.file: invoice for invoice in self.evidence.invoices}

    @cached_property
    def lines_of(self) -> dict[str, list[Settled]]:
        """The settled lines of each invoice, by its key."""
        found: dict[str, list[Settled]] = {}
        for settled in self.evidence.lines:
            found.setdefault(settled.entry.invoice.key, []).append(settled)
        return found

    @cached_property
    def open_of(self) -> dict[str, int]:
        """How many lines of each invoice wait for an answer, by its key."""
        return {key: count for key, lines in self.lines_of.items() if (count := sum(1 for line in lines if line.state == "open"))}

    @cached_property
    def findings_of(self) -> dict[str, list[Finding]]:
        """What was found in each file, but for what its lines say themselves."""
        found: dict[str, list[Finding]] = {}
        for finding in self.evidence.findings:
            if finding.code not in _UNSAID:
                found.setdefault(finding.file or "", []).append(finding)
        return found

    def copy_of(self, name: str) -> str | None:
        """The file whose invoice this one only repeats."""
        return self.evidence.copies.get(name)

    def file_of(self, invoice: str) -> Upload | None:
        """The file from which an invoice is used."""
        lines = self.lines_of.get(invoice)
        name = lines[0].entry.invoice.file if lines else next((i.file for i in self.evidence.invoices if i.key == invoice), None)
        return self.uploads.get(name or "")


def settlement(firm: Firm) -> Settlement | None:
    """What the firm's files come to now; None where it has handed in none that could be read."""
    uploads = list(
        Upload.objects.kept()
        .filter(firm=firm, reading__isnull=False)
        .exclude(state=Upload.State.ATTACHED)
        .defer("reading")
        .order_by("uploaded_at", "pk")
    )
    if not uploads:
        return None
    answers = list(LineAnswer.objects.filter(firm=firm).order_by("invoice", "line"))
    fields = enterprise(firm)
    mark = (
        [(upload.pk, upload.name, upload.state) for upload in uploads],
        [(answer.pk, answer.answered_at) for answer in answers],
        fields,
    )
    kept = _last.get(firm.pk)
    if kept is None or kept[0] != mark:
        if len(_last) >= _KEPT:
            _last.clear()
        kept = _last[firm.pk] = (mark, _settle(fields, uploads, answers))
    return kept[1]


#: What the files of a firm came to when it was last asked, with what they and the answers were then.
_last: dict[int, tuple[object, Settlement]] = {}
_KEPT = 64


def _settle(fields: dict[str, Any], uploads: list[Upload], answers: list[LineAnswer]) -> Settlement:
    readings = dict(Upload.objects.filter(pk__in=[upload.pk for upload in uploads]).values_list("pk", "reading"))
    named: dict[str, Upload] = {}
    for upload in uploads:
        name = upload.name if upload.name not in named else f"{upload.name} [{str(upload.pk)[:8]}]"
        named[name] = upload
    gathered = Gathered.of({name: readings[upload.pk] or {} for name, upload in named.items()}, reader().types)
    entries = {
        (answer.invoice, answer.line): Entry(
            at, Criteria(answer.invoice, frozenset({answer.line})), answer.type or None, answer.values, answer.note or None
        )
        for at, answer in enumerate(answers, 1)
    }
    evidence = gathered.settle(FirmAnswers(fields, DEFAULT, tuple(entries.values()), (), entries))
    return Settlement(evidence, named, {(answer.invoice, answer.line): answer for answer in answers})


def settled(firm: Firm) -> Evidence | None:
    """The evidence of a firm as `chaoce evidence` would give it for a folder of its files; None where there are no files."""
    found = settlement(firm)
    return None if found is None else found.evidence


def about(firm: Firm, facts: Iterable[Fact]) -> Iterator[tuple[str, Finding]]:
    """(key of a fact, a finding about the invoice that it stands on), for what a reviewer should see."""
    invoices = {fact.key: invoice for fact in facts if (invoice := _invoice_of(fact.raw)) is not None}
    found = settlement(firm) if invoices else None
    if found is None:
        return
    by_invoice: dict[str, list[Finding]] = {}
    for finding in found.evidence.findings:
        for key in {str(finding.invoice), str(finding.particulars.get("blue"))}:
            by_invoice.setdefault(key, []).append(finding)
    for subject, (key, line) in invoices.items():
        for finding in by_invoice.get(key, ()):
            told = finding.code not in _UNSAID and (finding.severity != NOTE or finding.code in _TELLING)
            if told and (finding.line in (None, line) or finding.invoice != key):
                yield subject, finding


def findings_of(firm: Firm, facts: Iterable[Fact]) -> Iterator[tuple[str, bool, str]]:
    """(subject, whether it is a fault, what was found) about the invoices that these facts stand on, in the page's language.

    One entry a fact and weight: several findings about one are said together.
    """
    together: dict[tuple[str, bool], list[str]] = {}
    for subject, finding in about(firm, facts):
        together.setdefault((subject, finding.severity == FAULT), []).append(say(finding))
    for (subject, fault), said in together.items():
        yield subject, fault, " ".join(dict.fromkeys(said))


def _invoice_of(raw: Mapping[str, Any]) -> tuple[str, int] | None:
    evidence = raw.get("evidence")
    if not isinstance(evidence, dict) or "invoice" not in evidence:
        return None
    return str(evidence["invoice"]), int(evidence.get("line", 0))


#: Facts that follow from the firm's files: from its invoices, and from the rows of its own tables, which are its statements.
DRAWN = Q(source=Source.INVOICE) | Q(source=Source.STATEMENT, upload__isnull=False, raw__evidence__has_key="row")


@transaction.atomic
def refresh(firm: Firm, by: User | None = None) -> None:
    """Brings the firm's facts in line with what its files give now: new ones added, those no longer given withdrawn.

    Facts of other sources are left alone, and a row of the firm's own table never takes the place of one.
    """
    firm = Firm.objects.select_for_update().get(pk=firm.pk)
    found = settlement(firm)
    wanted: dict[str, dict[str, Any]] = {}
    uploads: dict[str, Any] = {}
    if found is not None:
        for raw in stated(firm, found)[0]:
            wanted[raw["id"]] = raw
            uploads[raw["id"]] = found.uploads[raw["evidence"]["file"]].pk
    standing = list(firm.facts.standing().filter(DRAWN))
    withdraw_facts([fact for fact in standing if fact.key not in wanted], by, NOT_GIVEN)
    # A fact that another file gives now is the same fact: only where it says something else is it said anew.
    for source in (Source.INVOICE, Source.STATEMENT):
        raws = [raw for raw in wanted.values() if _source(raw) == source]
        add_facts(firm, raws, source, by, {raw["id"]: uploads[raw["id"]] for raw in raws})


def _source(raw: Mapping[str, Any]) -> Source:
    return Source.STATEMENT if "row" in raw["evidence"] else Source.INVOICE


def stated(firm: Firm, found: Settlement) -> tuple[list[dict[str, Any]], list[Finding]]:
    """The facts of the files that can stand beside the firm's other facts, and a finding for each that cannot.

    A row of the firm's own table is its word: it may state a project or a title, which a reviewer looks at, and never what was paid.
    """
    paid = paid_types(reader())
    known = list(firm.facts.standing().exclude(DRAWN))
    others = [fact.raw for fact in known]
    taken = {raw["id"] for raw in others}
    findings: list[Finding] = []
    raws: list[dict[str, Any]] = []
    for raw in found.evidence.facts["facts"]:  # type: ignore[attr-defined]
        if raw["type"] in paid and "row" in raw["evidence"]:
            findings.append(_left_out(raw, OurFault("paid.table")))
        elif raw["id"] in taken:
            findings.append(_left_out(raw, Fault("id.twice", {"value": raw["id"]}, key="id")))
        else:
            raws.append(raw)
    raws = in_one_spelling(raws, known)
    room = max(0, MOST_FACTS - own_facts(known))
    if len(raws) > room:  # what was handed in first stands
        order = {name: at for at, name in enumerate(found.uploads)}
        raws.sort(key=lambda raw: (order[raw["evidence"]["file"]], raw["evidence"].get("row") or 0))
    # Said once a file: of thousands of rows nobody reads each.
    findings += [_left_out(raw, TOO_MANY) for raw in {raw["evidence"]["file"]: raw for raw in reversed(raws[room:])}.values()]
    raws = raws[:room]
    while raws:
        try:
            reader().read({"enterprise": enterprise(firm), "facts": [*others, *raws], "received": []})
            break
        except Faults as faults:
            mine = {raw["id"]: raw for raw in raws}
            bad: dict[str, Fault] = {}
            for fault in faults.faults:
                for identity in (fault.fact, fault.particulars.get("other")):
                    if identity in mine:
                        bad.setdefault(str(identity), fault)
            if not bad:
                raise
            findings += [_left_out(mine[identity], fault) for identity, fault in bad.items()]
            raws = [raw for raw in raws if raw["id"] not in bad]
    return raws, findings


def _left_out(raw: Mapping[str, Any], fault: Fault) -> Finding:
    evidence = raw["evidence"]
    said = replace(fault, file=None, line=None, firm=None, fact=None)
    return Finding("fact", file=evidence["file"], row=evidence.get("row"), invoice=evidence.get("invoice"), fault=said)
