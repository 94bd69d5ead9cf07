"""What was read, used, taken off and left out, for a person at a terminal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from chaoce.evidence.findings import FAULT, NOTE, WARNING, Finding, severity_name
from chaoce.evidence.folder import CLAIMED, IGNORED, OPEN, Evidence, Settled
from chaoce.evidence.invoice import CARRIERS, KINDS, Invoice
from chaoce.marked import Names
from chaoce.money import say_yuan

_STATES = {IGNORED: ("不申报", "set aside"), OPEN: ("待说明", "open")}


def report(evidence: Evidence, lang: str) -> str:
    """The whole report, lines parted by newlines."""
    return "\n".join(_Report(evidence, lang).lines())


def summary(evidence: Evidence, lang: str) -> str:
    """One line: files, facts, what was left out, what is open."""
    left = len({(f.file, f.row) for f in evidence.findings if f.severity == FAULT and f.code != "line.open"})
    said = (len(evidence.files), len(evidence.firm.facts), left, len(evidence.questions))
    if lang == "zh":
        return "共 {} 个文件,得出 {} 条事实;{} 处未采用,{} 行待说明".format(*said)
    return "files: {}, facts: {}; left out: {}, open lines: {}".format(*said)


class _Report:
    def __init__(self, evidence: Evidence, lang: str):
        self.evidence, self.lang = evidence, lang
        self.by_file: dict[str, list[Finding]] = defaultdict(list)
        for finding in evidence.findings:
            self.by_file[finding.file or ""].append(finding)

    def word(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def lines(self) -> Iterator[str]:
        invoices = {invoice.file: invoice for invoice in self.evidence.invoices}
        for name, what in self.evidence.files.items():
            yield f"{name}  {self.what(name, what, invoices.get(name))}"
            if name in invoices:
                yield from self.settled(invoices[name])
            elif what == "table":
                yield from self.facts_of(name)
            yield from self.findings(self.by_file.pop(name, []))
        for name, found in self.by_file.items():
            yield name
            yield from self.findings(found)
        if self.evidence.questions:
            yield ""
            yield self.word(
                "待说明的发票行(写进 evidence.yaml 的 lines,或在终端里回答):",
                "Open lines (say what they are under 'lines' in evidence.yaml, or answer at a terminal):",
            )
            for question in self.evidence.questions:
                invoice, line = question.invoice, question.line
                yield (
                    f"  {invoice.key} #{line.number}  {line.item} {line.spec}".rstrip()
                    + f"  {say_yuan(question.net)} + {say_yuan(question.tax)}  {invoice.seller.say()}"
                )
        yield ""
        yield summary(self.evidence, self.lang)

    def what(self, name: str, what: str, invoice: Invoice | None) -> str:
        if invoice is not None:
            carrier = CARRIERS[invoice.carrier][1 if self.lang == "zh" else 2]
            kind = self.word(*KINDS[invoice.kind])
            red = self.word("红字", "red") + " " if invoice.red else ""
            count = self.word(f"{len(invoice.lines)} 行", f"{len(invoice.lines)} line{'s' if len(invoice.lines) != 1 else ''}")
            return f"{carrier}  {red}{kind}  {invoice.key}  {invoice.date}  {count}  {say_yuan(invoice.net)} + {say_yuan(invoice.tax)}"
        if what == "table":
            return self.word("表格", "table")
        return self.word("未读", "not read")

    def settled(self, invoice: Invoice) -> Iterator[str]:
        for settled in self.evidence.lines:
            if settled.entry.invoice.file == invoice.file:
                yield f"  #{settled.entry.line.number} {settled.entry.line.item}  {self.became(settled)}"

    def became(self, settled: Settled) -> str:
        entry = settled.entry
        left = f"{say_yuan(entry.net)} + {say_yuan(entry.tax)}"
        taken = sum(net for _, net, _ in entry.taken)
        off = self.word(f"(已扣 {say_yuan(taken)})", f" ({say_yuan(taken)} taken off)") if taken else ""
        if settled.state == CLAIMED:
            fact = next(fact for fact in self.evidence.firm.facts if fact.id == settled.fact)
            names: Names = self.evidence_type(fact.type)
            paid = fact.values["paid"]
            assert isinstance(paid, int)
            return f"{left}{off} → {names[self.lang]} {say_yuan(paid)}  [{fact.id}]"
        return f"{left}{off} → {self.word(*_STATES.get(settled.state, ('无余额', 'nothing left')))}"

    def evidence_type(self, name: str) -> Names:
        return self.evidence.types.types[name].names

    def facts_of(self, name: str) -> Iterator[str]:
        for row in self.evidence.rows:
            if row.file == name:
                yield (
                    self.word(f"  第 {row.row} 行", f"  row {row.row}")
                    + f" → {self.evidence_type(str(row.raw['type']))[self.lang]}  [{row.raw['id']}]"
                )

    def findings(self, found: list[Finding]) -> Iterator[str]:
        order = {FAULT: 0, WARNING: 1, NOTE: 2}
        for finding in sorted(found, key=lambda finding: order[finding.severity]):
            if finding.code in ("line.open", "line.ignored", "red.whole"):
                continue  # the lines above say it
            said = finding.say(self.lang)
            if finding.row is not None:
                said = self.word(f"第 {finding.row} 行: ", f"row {finding.row}: ") + said.removeprefix(f"{finding.file}:{finding.row}: ")
            elif finding.file is not None:
                said = said.removeprefix(f"{finding.file}: ")
            yield f"  {severity_name(finding.severity, self.lang)}: {said}"
