"""`chaoce check`: proves that a policy file says what the official text says, number by number.

- the text without its blocks has the SHA-256 of the official text;
- every quotation stands in the words that its block follows;
- every number of a rule stands in its quotation, with its unit and its comparator;
- every number of the paying sections is used by a rule or has a stated reason;
- every option of every reading makes a policy.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from chaoce.faults import Fault, Faults
from chaoce.marked import Marked
from chaoce.policy.anchors import Anchor, anchors, anchors_of_pay, of_limit, of_pool
from chaoce.policy.literate import Block
from chaoce.policy.load import passage
from chaoce.policy.model import Policy
from chaoce.policy.quotation import Quantity, after_respectively, read_quantities, respective
from chaoce.policy.text import Sentence
from chaoce.rules import expr as x
from chaoce.rules import tree as t


@dataclass
class Report:
    """What a check found: the faults, and how much of the text the rules cover."""

    policy: Policy
    faults: list[Fault] = field(default_factory=list)
    sentences: int = 0
    with_numbers: int = 0
    with_rule: int = 0
    with_reason: int = 0
    numbers: int = 0

    @property
    def good(self) -> bool:
        return not self.faults


def check(policy: Policy) -> Report:
    """Check a loaded policy against its text. A restated policy has no official text: only its rules are checked."""
    report = Report(policy)
    _check_options(policy, report)
    if not policy.restated:
        _check_text(policy, report)
        _check_sections(policy, report)
        _Quotations(policy, report).check()
    return report


def _check_options(policy: Policy, report: Report) -> None:
    for reading in policy.readings:
        for option in reading.options:
            if option.id == policy.chosen[reading.id]:
                continue
            try:
                policy.read_as(reading.id, option.id)
            except Faults as faults:
                report.faults.extend(faults.faults)


def _check_text(policy: Policy, report: Report) -> None:
    """The text has the hash that the policy names, and so has the official text where it stands beside it."""
    official = policy.folder / "official.txt"
    original = official.read_bytes() if official.is_file() else None
    beside = policy.sha256 if original is None else hashlib.sha256(original).hexdigest()
    if policy.document.sha256 == policy.sha256 == beside:
        return
    line, words = 1, ""
    if original is not None and beside != policy.document.sha256:
        line, words = _first_difference(policy, original.decode("utf-8"))
    want = policy.sha256 if policy.document.sha256 != policy.sha256 else beside
    report.faults.append(
        Fault("check.text", {"got": policy.document.sha256[:12], "want": want[:12], "words": words}, policy.document.file, line)
    )


def _check_sections(policy: Policy, report: Report) -> None:
    """The paying sections are named and are in the text: what no section holds would be covered by nothing."""
    head = next(block.body for block in policy.document.blocks if block.kind == "policy")
    if not policy.pays_in:
        report.faults.extend(head.lacks("pays in", "给钱的章节,如 [三]", "the sections that pay, like [三]").faults)
    for section in policy.pays_in:
        if not policy.text.in_section(section):
            known = dict.fromkeys(paragraph.clause.partition("(")[0] for paragraph in policy.text.paragraphs if paragraph.clause)
            report.faults.extend(head.mapping()["pays in"].fault("unknown.value", value=section, options=", ".join(known)).faults)


def _first_difference(policy: Policy, original: str) -> tuple[int, str]:
    """The line of the policy file where its text first leaves the official one, and what the official text says there."""
    text = policy.document.text
    offset = next((i for i, (a, b) in enumerate(zip(text, original, strict=False)) if a != b), min(len(text), len(original)))
    source = (policy.folder / "policy.md").read_text(encoding="utf-8")
    # Walk the file along with the text; what the text lacks belongs to a block.
    lines_in_blocks = sum(_length(block, source) for block in policy.document.blocks if block.offset <= offset)
    return text.count("\n", 0, offset) + 1 + lines_in_blocks, original[offset : offset + 12].replace("\n", "⏎")


def _length(block: Block, source: str) -> int:
    lines = source.split("\n")
    end = next(number for number in range(block.line, len(lines)) if lines[number].strip() == "```")
    return end - block.line + 3


class _Quotations:
    """Holds rules and text together through the quotations."""

    def __init__(self, policy: Policy, report: Report):
        self.policy, self.report = policy, report
        self.document, self.text = policy.document, policy.text.text
        self.used: set[int] = set()
        self.quoted: list[tuple[int, int]] = []
        self.excused: list[tuple[int, int]] = []

    def check(self) -> None:
        benefits = {benefit.id: benefit for benefit in self.policy.benefits}
        limits = {limit.name: limit for limit in self.policy.limits}
        pools = {pool.name: pool for pool in self.policy.pools}
        for block in self.document.blocks:
            entries = block.body.mapping()
            if "quote" not in entries:
                if block.kind in ("benefit", "limit", "pool", "term"):
                    self._fault("check.unquoted", block.body, value=block.name or block.kind)
                continue
            spans = [span for entry in entries["quote"].items() if (span := self._find(block, entry)) is not None]
            if len(spans) < len(entries["quote"].items()):
                continue
            quantities = [q for start, end in spans for q in read_quantities(self.text, start, end)]
            if block.kind == "benefit":
                self.quoted.extend(spans)
                benefit = benefits[block.name]
                wanted = anchors(benefit)
                self._match(block, wanted, self._respective(block, benefit.respectively, wanted, spans, quantities))
            elif block.kind == "limit":
                self.quoted.extend(spans)
                self._match(block, tuple(of_limit(limits[block.name])), quantities)
            elif block.kind == "pool":
                self.quoted.extend(spans)
                self._match(block, of_pool(pools[block.name]), quantities)
            elif block.kind == "term":
                self._match_dates(block, quantities)
            elif block.kind == "note":
                self.excused.extend(spans)
        self._cover()

    def _fault(self, code: str, at: Marked, **particulars: object) -> None:
        self.report.faults.append(Fault(code, particulars, at.file, at.line, key=at.key or None))

    def _find(self, block: Block, quote: Marked) -> tuple[int, int] | None:
        words = quote.text()
        start, end = passage(block, self.document, self.policy.text)
        place = self.text.find(words, start, end)
        if place >= 0 and words:
            return place, place + len(words)
        elsewhere = self.text.find(words)
        clause = self.policy.text.paragraph_at(elsewhere + 1).clause if elsewhere >= 0 and words else ""
        if clause:
            self._fault("check.misplaced", quote, words=words[:20], clause=clause)
        else:
            self._fault("check.quote", quote, words=words[:40])
        return None

    def _respective(
        self, block: Block, subject: str | None, wanted: Sequence[Anchor], spans: Sequence[tuple[int, int]], quantities: Sequence[Quantity]
    ) -> list[Quantity]:
        """Of the amounts behind 分别 only the one that the subject stands for; without a subject the rule must use them all."""
        if subject is None:
            for start, end in spans:
                divided = after_respectively(self.text[start:end], read_quantities(self.text[start:end]))
                if len(divided) > 1 and not {q.value for q in divided} <= {anchor.value for anchor in wanted}:
                    self._fault("check.respectively", block.body, value="respectively: ?")
                elif len(divided) > 1:
                    self._in_order(block, self.text[start:end], [q.value for q in divided])
            return list(quantities)
        at = block.body.mapping()["respectively"]
        for start, end in spans:
            words = self.text[start:end]
            place = respective(words, subject)
            if place is None:
                continue
            listed = after_respectively(self.text[start:end], read_quantities(words))
            if len(listed) != place[1]:
                continue
            mine = listed[place[0]].start + start
            others = {q.start + start for q in listed} - {mine}
            return [q for q in quantities if q.start not in others]
        self._fault("check.respectively", at, value=subject)
        return list(quantities)

    def _in_order(self, block: Block, words: str, amounts: Sequence[Fraction | str]) -> None:
        """A rule by class gives the amounts behind 分别 to its classes in the order in which the text names them."""
        pays = self.policy.benefit(block.name).pays
        if not isinstance(pays, t.ByClass) or not isinstance(pays.by, x.FactField) or pays.by.field.choices is None:
            return
        at = block.body.mapping()["pays"]
        choices, before = pays.by.field.choices, words.partition("分别")[0]
        places = [(_place(before, choices[name].zh), choices[name].zh, pay) for name, pay in zip(pays.classes, pays.pays, strict=True)]
        for place, name, _ in places:
            if place < 0:
                self._fault("check.respectively", at, value=name)
                return
        places.sort(key=lambda row: row[0])
        if [next(iter(anchors_of_pay(pay))).value for _, _, pay in places] != list(amounts):
            self._fault("check.order", at, value="、".join(name for _, name, _ in places))

    def _match(self, block: Block, wanted: Sequence[Anchor], quantities: Sequence[Quantity]) -> None:
        entries = block.body.mapping()
        before = len(self.report.faults)
        for anchor in wanted:
            at = entries.get(anchor.key, block.body)
            if anchor.comparator == "?":
                self._fault("check.unprovable", at, value=_say(anchor))
                continue
            same = [q for q in quantities if q.value == anchor.value and _same_unit(q, anchor)]
            exact = [q for q in same if anchor.comparator in ("*", q.comparator)]
            if exact:
                fresh = [q for q in exact if q.start not in self.used]
                self.used.add((fresh or exact)[0].start)
                if anchor.per is not None and f"每{anchor.per}" not in self.text[exact[0].start - 12 : exact[0].end + 12]:
                    self._fault("check.unit", at, value=f"每{anchor.per}")
            elif same:
                self._fault(
                    "check.comparator", at, value=_say(anchor), words=_around(self.text, same[0]), said=_COMPARATORS[same[0].comparator]
                )
            else:
                self._fault("check.number", at, value=_say(anchor), options="、".join(q.words for q in quantities) or "—")
        if len(self.report.faults) > before:
            # One slip is said once: that its number is then used by no rule goes without saying.
            self.used.update(quantity.start for quantity in quantities)

    def _match_dates(self, block: Block, quantities: Sequence[Quantity]) -> None:
        entries = block.body.mapping()
        dates = {q.value for q in quantities if q.unit == "date"}
        for key in ("from", "to"):
            if key in entries and entries[key].text() not in dates:
                self._fault("check.number", entries[key], value=entries[key].text(), options="、".join(q.words for q in quantities) or "—")
        self.used.update(quantity.start for quantity in quantities)
        held = {entries[key].text() for key in ("from", "to") if key in entries}
        for quantity in quantities:
            if quantity.unit == "date" and quantity.value not in held:
                clause = self.policy.text.paragraph_at(quantity.end).clause
                self._fault("check.uncovered", block.body, words=quantity.words, clause=clause)

    def _cover(self) -> None:
        """Every number of the paying sections is used by a rule or has a reason; then the count of sentences."""
        for sentence in self._sentences():
            self.report.sentences += 1
            quantities = read_quantities(self.text, sentence.start, sentence.end)
            covered = any(start < sentence.end and end > sentence.start for start, end in self.quoted)
            excused = [span for span in self.excused if span[0] < sentence.end and span[1] > sentence.start]
            self.report.with_rule += covered
            self.report.with_reason += bool(excused)
            if not quantities:
                continue
            self.report.with_numbers += 1
            self.report.numbers += len(quantities)
            for quantity in quantities:
                if quantity.start not in self.used and not any(a <= quantity.start < b for a, b in excused):
                    line = self._line(quantity.start)
                    particulars = {"words": _around(self.text, quantity), "clause": sentence.clause}
                    self.report.faults.append(Fault("check.uncovered", particulars, self.document.file, line))

    def _sentences(self) -> Iterator[Sentence]:
        for section in self.policy.pays_in:
            for paragraph in self.policy.text.in_section(section):
                yield from self.policy.text.sentences(paragraph)

    def _line(self, offset: int) -> int:
        """The line of the policy file that holds a place of the text."""
        source = (self.policy.folder / "policy.md").read_text(encoding="utf-8")
        before = [block for block in self.document.blocks if block.offset <= offset]
        return self.text.count("\n", 0, offset) + 1 + sum(_length(block, source) for block in before)


def _place(words: str, name: str) -> int:
    """Where a text names a class: 国家级 also as 国家, 省级 as 省."""
    return next((words.find(form) for form in (name, name.removesuffix("级")) if form in words), -1)


_COMPARATORS = {"?": "", "<=": "≤", ">=": "≥", "<": "<", ">": ">", "=": "=", "+": "+", "!=": "≠", "*": ""}


def _same_unit(quantity: Quantity, anchor: Anchor) -> bool:
    if quantity.unit == anchor.unit:
        return True
    if anchor.comparator == "+" and quantity.comparator == "+":
        return {quantity.unit, anchor.unit} == {"%", "点"} and quantity.unit == "%"
    return anchor.unit == "" and quantity.unit not in ("元", "%", "点", "年", "date")


def _say(anchor: Anchor) -> str:
    if anchor.unit in ("%", "点"):
        value = anchor.value * 100
        said = f"{value}%" if value.denominator == 1 else f"{anchor.value}"
        said = said.replace("%", "个百分点") if anchor.unit == "点" else said
    else:
        said = f"{_in_ten_thousands(anchor.value)}{anchor.unit}"
    return f"{_COMPARATORS[anchor.comparator]}{said}"


def _in_ten_thousands(value: Fraction) -> str:
    if value >= 10_000 and (value / 10_000 * 100).denominator == 1:
        scaled = value / 10_000
        return f"{int(scaled)}万" if scaled.denominator == 1 else f"{_two_decimals(scaled)}万"
    return str(int(value)) if value.denominator == 1 else _two_decimals(value)


def _two_decimals(value: Fraction) -> str:
    """Two decimals of a fraction, without a float."""
    hundredths = value * 100
    return f"{int(hundredths) // 100}.{int(hundredths) % 100:02d}"


def _around(text: str, quantity: Quantity) -> str:
    return text[max(0, quantity.start - 8) : quantity.end].rpartition("\n")[2]
