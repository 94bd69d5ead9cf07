"""evidence.yaml: what the files of a folder cannot say themselves. It lies beside them.

    enterprise:                       # the firm, with the names of the facts file
      uscc: 91330481MA2TEKT025
      name: 海宁示例智造有限公司
      industry: C3962
      division: "330481"
    tax basis: default                # default: net of VAT for a special invoice, gross for an ordinary one; or net, gross
    lines:                            # what the lines of invoices are; the first entry that fits a line decides
      - for: {invoice: "26332000000000000017", line: 2}
        ignore: yes
      - for: {item: 智算, seller: 91330106MA2TEKT29R}
        type: compute_purchase
        resource: intelligent
        purpose: model_training
    received:                         # support already granted
      - {benefit: provincial-application-award, matter: "recognition:ai_benchmark_enterprise", date: 2026-02-01, amount: "200000.00"}

Keys, types and values may be written in Chinese as well (企业, 计税口径, 明细, 已获支持, 符合, 类型, 不申报, …).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from chaoce.evidence.findings import Finding
from chaoce.evidence.invoice import ORDINARY, SPECIAL, Invoice, Line
from chaoce.evidence.limits import ANSWER_BYTES
from chaoce.evidence.vocabulary import Vocabulary
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import FactType
from chaoce.faults import Fault, Faults, listed
from chaoce.files import read_text
from chaoce.marked import Marked, read_marked

NAME = "evidence.yaml"
DEFAULT, NET, GROSS = "default", "net", "gross"

_TOP = {"企业": "enterprise", "计税口径": "tax basis", "明细": "lines", "已获支持": "received"}
_BASES = {"默认": DEFAULT, "不含税": NET, "含税": GROSS, DEFAULT: DEFAULT, NET: NET, GROSS: GROSS}
_ENTRY = {"符合": "for", "类型": "type", "不申报": "ignore", "备注": "note"}
_FOR = {"发票": "invoice", "发票号码": "invoice", "行": "line", "项目": "item", "编码": "code", "销售方": "seller"}
_RECEIVED = {"政策项": "benefit", "事项": "matter", "日期": "date", "金额": "amount", "年度": "year", "政策": "policy", "备注": "note"}
_LINES = re.compile(r"[1-9][0-9]{0,5}")


class BadAnswers(Exception):
    """evidence.yaml cannot be used; nothing was read with it."""

    def __init__(self, findings: tuple[Finding, ...]):
        self.findings = findings
        super().__init__("\n".join(finding.say() for finding in findings))


@dataclass(frozen=True)
class Criteria:
    """Which lines an entry is for: all that is not None must hold."""

    invoice: str | None = None
    lines: frozenset[int] | None = None
    item: str | None = None
    code: str | None = None
    seller: str | None = None

    def fit(self, invoice: Invoice, line: Line) -> bool:
        return (
            (self.invoice is None or self.invoice in (invoice.key, invoice.number))
            and (self.lines is None or line.number in self.lines)
            and (self.item is None or self.item in line.item)
            and (self.code is None or (bool(line.code) and line.code.startswith(self.code)))
            and (self.seller is None or self.seller == invoice.seller.id or self.seller in invoice.seller.name)
        )


@dataclass(frozen=True)
class Entry:
    """What the lines that fit it are: facts of a type with these values, or nothing that is claimed (`type` None).

    `at` is the line of evidence.yaml where it stands.
    """

    at: int
    criteria: Criteria
    type: str | None
    values: Mapping[str, object] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True)
class Answers:
    """All of an evidence.yaml. `enterprise` and `received` are as the facts file holds them."""

    enterprise: Mapping[str, object]
    basis: str
    entries: tuple[Entry, ...]
    received: tuple[Mapping[str, object], ...]

    def of(self, invoice: Invoice, line: Line) -> Entry | None:
        """The first entry that fits a line."""
        return next((entry for entry in self.entries if entry.criteria.fit(invoice, line)), None)

    def counts_gross(self, invoice: Invoice) -> bool:
        """Whether the sum with tax counts. Where the kind of invoice is not known it is the lower one, net of tax."""
        return self.basis == GROSS or (self.basis == DEFAULT and invoice.kind == ORDINARY)

    def settles(self, invoice: Invoice) -> bool:
        """Whether the basis is settled, or net of tax was taken for want of a word."""
        return self.basis != DEFAULT or invoice.kind in (SPECIAL, ORDINARY)


def read_answers(folder: Path, reader: FirmReader) -> Answers:
    """The evidence.yaml of a folder; raises BadAnswers with all that is wrong in it, found part by part."""
    path = folder / NAME
    if not path.is_file():
        raise BadAnswers((Finding("answers.missing", file=NAME),))
    if path.stat().st_size > ANSWER_BYTES:
        raise BadAnswers((Finding("file.large", {"size": path.stat().st_size, "limit": ANSWER_BYTES}, file=NAME),))
    try:
        text = read_text(path)
    except Faults as faults:
        raise BadAnswers(tuple(Finding("fact", fault=fault) for fault in _placed(faults, NAME))) from None
    return parse_answers(text, reader)


def parse_answers(text: str, reader: FirmReader, file: str = NAME) -> Answers:
    """The answers that a YAML text gives; raises BadAnswers."""
    return _AnswerReader(reader, file).read(text)


def paid_types(reader: FirmReader) -> dict[str, FactType]:
    """The fact types that an invoice line can be: those with an amount paid."""
    types = reader.types.types
    return {name: kind for name, kind in types.items() if "paid" in kind.fields and kind.fields["paid"].kind == "money"}


def fact_faults(reader: FirmReader, type_name: str, values: Mapping[str, object]) -> tuple[Fault, ...]:
    """What is wrong with the values of a fact of a type, whatever its amount, date and matter."""
    kind = reader.types.types.get(type_name)
    paid = {"paid": "1.00"} if kind is None or "paid" in kind.fields else {}
    probe = {**values, "id": "probe", "type": type_name, "date": "2026-01-01", **paid, "matter": "probe"}
    enterprise = {"uscc": "91330481MA2TEKT025", "name": "probe", "industry": "C", "division": "330481"}
    try:
        reader.read({"enterprise": enterprise, "facts": [probe]})
    except Faults as faults:
        return tuple(fault for fault in faults.faults if fault.fact == "probe")
    return ()


def _placed(faults: Faults, file: str) -> list[Fault]:
    return [Fault(fault.code, fault.particulars, file=file, line=fault.line, key=fault.key) for fault in faults.faults]


class _AnswerReader:
    """Reads one document; collects what is wrong."""

    def __init__(self, reader: FirmReader, file: str):
        self.reader, self.file = reader, file
        self.words = Vocabulary(reader.types)
        self.findings: list[Finding] = []

    def read(self, text: str) -> Answers:
        answers = None
        try:
            self.refuse_aliases(text)
            top = self.named(read_marked(text, self.file), _TOP, ("enterprise", "tax basis", "lines", "received"))
            if "enterprise" not in top:
                self.findings.append(Finding("answers.missing", file=self.file))
            enterprise = self.enterprise(top.get("enterprise"))
            received = [raw for entry in self.items(top.get("received")) if (raw := self.received(entry)) is not None]
            entries = [read for entry in self.items(top.get("lines")) if (read := self.entry(entry)) is not None]
            answers = Answers(enterprise, self.basis(top.get("tax basis")), tuple(entries), tuple(received))
            if enterprise:
                self.check_firm(top, enterprise, received)
        except Faults as faults:
            self.add(faults)
        if self.findings or answers is None:
            raise BadAnswers(tuple(self.findings))
        return answers

    # shapes

    def refuse_aliases(self, text: str) -> None:
        """Aliases multiply what is written, without bound; here a `*` or `&` is only ever a name that lacks its quotation marks."""
        try:
            for event in yaml.parse(text, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader)):
                if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
                    raise BadAnswers((Finding("answers.alias", {}, self.file, _line_of(event.start_mark)),))
        except yaml.MarkedYAMLError as error:
            if "an alias" in (error.context or "") or "an anchor" in (error.context or ""):
                raise BadAnswers((Finding("answers.alias", {}, self.file, _line_of(error.problem_mark)),)) from None
        except yaml.YAMLError:
            return  # the reader of marked YAML says what is wrong

    def add(self, faults: Faults) -> None:
        self.findings += [Finding("fact", fault=fault) for fault in faults.faults]

    def say(self, code: str, at: Marked, **particulars: object) -> None:
        self.findings.append(Finding(code, particulars, file=self.file, row=at.line))

    def named(self, marked: Marked, names: Mapping[str, str], known: tuple[str, ...], more: tuple[str, ...] = ()) -> dict[str, Marked]:
        """A mapping by its English keys; raises Faults for a key that is not known or stands twice."""
        entries: dict[str, Marked] = {}
        for word, entry in marked.mapping().items():
            name = names.get(word, word)
            if name not in known and name not in more:
                raise entry.fault("unknown.key", key=word, options=", ".join(known + more))
            if name in entries:
                raise entry.fault("yaml.twice", key=word)
            entries[name] = entry
        return entries

    def items(self, marked: Marked | None) -> list[Marked]:
        try:
            return marked.items() if marked is not None else []
        except Faults as faults:
            self.add(faults)
            return []

    # parts

    def enterprise(self, marked: Marked | None) -> dict[str, object]:
        if marked is None:
            return {}
        raw: dict[str, object] = {}
        fields = self.reader.types.firm
        names = {field.names.zh: name for name, field in fields.items()}
        for word, entry in marked.mapping().items():
            name = names.get(word, word)
            if name == "owners":
                raw[name] = [item.text() for item in entry.items()]
            else:
                raw[name] = self.words.raw(fields[name], entry.text()) if name in fields else entry.text()
        return raw

    def basis(self, marked: Marked | None) -> str:
        if marked is None:
            return DEFAULT
        word = marked.text()
        if word not in _BASES:
            raise marked.fault("unknown.value", value=word, options=listed(_BASES))
        return _BASES[word]

    def received(self, marked: Marked) -> dict[str, object] | None:
        try:
            entries = self.named(marked, _RECEIVED, ("benefit", "matter", "date", "amount"), ("year", "policy", "note"))
            raw: dict[str, object] = {name: entry.text() for name, entry in entries.items()}
        except Faults as faults:
            self.add(faults)
            return None
        if "year" in raw and str(raw["year"]).isdecimal():
            raw["year"] = int(str(raw["year"]))
        return raw

    def entry(self, marked: Marked) -> Entry | None:
        try:
            return self._entry(marked)
        except Faults as faults:
            self.add(faults)
            return None

    def _entry(self, marked: Marked) -> Entry | None:
        before = len(self.findings)
        kinds = paid_types(self.reader)
        fields = {
            name: entry for name, entry in marked.mapping().items() if _ENTRY.get(name, name) not in ("for", "type", "ignore", "note")
        }
        entries = self.named(
            Marked({k: v for k, v in marked.mapping().items() if k not in fields}, marked.file, marked.line, marked.key),
            _ENTRY,
            ("for", "type", "ignore", "note"),
        )
        criteria = self.criteria(entries.get("for"), marked)
        note = entries["note"].text() if "note" in entries else None
        ignored = "ignore" in entries and self.flag(entries["ignore"])
        name: str | None = None
        values: dict[str, object] = {}
        if ignored:
            for key in [*fields, *(key for key in ("type",) if key in entries)]:
                self.say("answer.both", marked, key=key)
        elif "type" not in entries:
            raise marked.fault("missing", key="type", want="事实类型,或 ignore: yes", want_en="the type of fact, or ignore: yes")
        else:
            name = self.words.type(entries["type"].text())
            if name is None:
                raise entries["type"].fault("unknown.type", value=entries["type"].text(), options=listed(kinds))
            if name not in kinds:
                self.say("answer.money", entries["type"], type=name, options=listed(kinds))
                return None
            values = self.values(kinds[name], fields, marked)
        return None if len(self.findings) > before else Entry(marked.line, criteria, name, values, note)

    def values(self, kind: FactType, fields: Mapping[str, Marked], marked: Marked) -> dict[str, object]:
        values: dict[str, object] = {}
        places: dict[str, Marked] = {}
        for word, entry in fields.items():
            field = self.words.field(kind, word)
            if field is None or field.name == "paid":  # the amount is the invoice's
                known = (name for name in kind.fields if name != "paid")
                raise entry.fault("unknown.field", key=word, type=kind.name, options=listed(known))
            values[field.name] = self.words.raw(field, entry.text())
            places[field.name] = entry
        for fault in fact_faults(self.reader, kind.name, values):
            at = places.get(fault.key or "", marked)
            key = f"{marked.key}.{fault.key}" if marked.key else fault.key
            self.findings.append(Finding("fact", fault=Fault(fault.code, fault.particulars, file=self.file, line=at.line, key=key)))
        return values

    def criteria(self, marked: Marked | None, entry: Marked) -> Criteria:
        entries = {} if marked is None else self.named(marked, _FOR, ("invoice", "line", "item", "code", "seller"))
        if not any(part.value for part in entries.values()):
            self.say("answer.for", marked or entry)
        words = {name: part.text() or None for name, part in entries.items() if name != "line"}
        numbers = [item.text() for item in entries["line"].items()] if "line" in entries else None
        for number in numbers or ():
            if not _LINES.fullmatch(number):
                self.say("answer.line", entries["line"], value=number)
        lines = None if numbers is None else frozenset(int(number) for number in numbers if _LINES.fullmatch(number))
        return Criteria(words.get("invoice"), lines, words.get("item"), words.get("code"), words.get("seller"))

    def flag(self, marked: Marked) -> bool:
        word = marked.text()
        if word not in ("yes", "true", "是", "no", "false", "否"):
            raise marked.fault("unknown.value", value=word, options="yes, no")
        return word in ("yes", "true", "是")

    def check_firm(self, top: Mapping[str, Marked], enterprise: Mapping[str, object], received: list) -> None:
        """The firm and what it received, as the facts file will hold them."""
        try:
            self.reader.read({"enterprise": enterprise, "facts": [], "received": received})
        except Faults as faults:
            for fault in faults.faults:
                self.findings.append(
                    Finding("fact", fault=Fault(fault.code, fault.particulars, file=self.file, line=_line(top, fault), key=fault.key))
                )


def _line_of(mark: Any) -> int:
    """The line of a mark of PyYAML, which some events lack."""
    return mark.line + 1 if mark is not None else 1


def _line(top: Mapping[str, Marked], fault: Fault) -> int:
    """The line of `enterprise.uscc` or `received[2].amount`, or of the part that lacks it."""
    head, _, key = (fault.key or "").partition(".")
    name, _, number = head.partition("[")
    at = top.get(name) or top["enterprise"]
    if number and type(at.value) is list:
        at = at.value[int(number.rstrip("]")) - 1]
    return at.value[key].line if type(at.value) is dict and key in at.value else at.line
