"""What the case page shows: each line with its evidence and its arithmetic, the findings, what was written, what may be done."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.urls import NoReverseMatch, reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from chaoce.evidence.invoice import CARRIERS, KINDS, UNKNOWN, Invoice
from chaoce.marked import Names
from chaoce.service.calls.procedure import basis_of
from chaoce.service.cases import amounts, checks
from chaoce.service.cases.form import FIELDS, evidence_wanted
from chaoce.service.cases.looking import invoice_of
from chaoce.service.cases.models import Assessed, Case, CaseLine, Check, Correction, Opinion, Remark, Review, Visit
from chaoce.service.cases.queue import DONE, Waiting, waiting
from chaoce.service.cases.reasons import reasons, recorded
from chaoce.service.documents.models import Upload
from chaoce.service.documents.settling import Settlement, settlement
from chaoce.service.facts.models import Fact, Source
from chaoce.service.firms.models import Firm
from chaoce.service.pages.review.allowed import INSIDE, barred, hindrances, offered
from chaoce.service.pages.review.sums import Sum, sum_of
from chaoce.service.people.models import Membership, User
from chaoce.service.people.roles import DEPARTMENT, Role
from chaoce.service.plan.models import YearDecisions
from chaoce.service.plan.sessions import benefit_of, policy_of


@dataclass
class ShownInvoice:
    """An invoice that a fact stands on, once, with all of the firm's files that carry it, the richest first; `claimed` are the numbers
    of the lines that the fact is, `sums` how its amount follows from them."""

    uploads: list[Upload]
    invoice: Invoice
    claimed: frozenset[int]
    sums: list[Sum] = field(default_factory=list)

    @property
    def kind(self) -> Names:
        """Special or ordinary."""
        return Names(*KINDS[self.invoice.kind])

    @property
    def files(self) -> list[tuple[Upload, Names]]:
        """The files with what kind of file each is."""
        return [(upload, Names(*CARRIERS[upload.reading["invoice"]["carrier"]][1:])) for upload in self.uploads]  # type: ignore[index]

    @property
    def whole(self) -> bool:
        """Whether the fact is the invoice as a whole."""
        return not self.claimed


@dataclass
class ShownLine:
    """A line of the case: the sentence, the arithmetic as it was pinned, and every amount. Money is fen; `now` is computed for the head."""

    line: CaseLine
    said: Mapping[str, Any]  # what the benefit says of itself, as the explanation has it
    steps: list[Mapping[str, str]]
    policy: str
    now: int | None = None
    by_rule: str = ""  # why the rule gave what it gave at the decision

    @property
    def proposed(self) -> int | None:
        """What is granted if the head says nothing else."""
        if self.now is None:
            return None
        return self.now if self.line.lowered is None else min(self.now, self.line.lowered)


@dataclass
class ShownFact:
    """A fact of the case with its evidence, and the lines that claim it."""

    fact: Fact
    type: Any
    details: list[Any]
    invoices: list[ShownInvoice] = field(default_factory=list)
    lines: list[ShownLine] = field(default_factory=list)

    @property
    def source(self) -> str:
        """Where it comes from."""
        return Source(self.fact.source).label  # type: ignore[return-value]

    @property
    def uploads(self) -> list[Upload]:
        """Its files, each once."""
        found = {upload.pk: upload for shown in self.invoices for upload in shown.uploads}
        if self.fact.upload is not None:
            found.setdefault(self.fact.upload.pk, self.fact.upload)
        return list(found.values())


@dataclass
class ShownCheck:
    """A finding in the language of the page, the cases that it is about as far as the reader may see them, and firms likewise."""

    row: Check
    label: str
    text: str
    cases: list[Case]
    firms: list[Firm]

    @property
    def open(self) -> bool:
        """Whether it stops the case."""
        return not self.row.passed and self.row.stops and self.row.cleared_at is None


class Shown:
    """A case as one person sees it. Everything is asked for once, however many lines there are."""

    def __init__(self, case: Case, member: Membership):
        self.case, self.member = case, member
        self.inside = Role(member.role) in INSIDE
        self.department = Role(member.role) in DEPARTMENT

    # what it claims

    @cached_property
    def lines(self) -> list[CaseLine]:
        """The lines with their facts and sources."""
        rows = self.case.lines.select_related("fact", "fact__upload", "fact__row", "fact__row__list", "fact__added_by", "lowered_by")
        rows = rows.defer("fact__upload__reading", "fact__row__list__faults")
        return list(rows)

    @cached_property
    def assessed(self) -> Assessed | None:
        """The assessment that holds: that of the decision while it stands, else that of the last submission."""
        rows = self.case.assessed.defer("facts", "answer").order_by("-at", "-pk")
        if self.case.state not in DONE:
            rows = rows.filter(purpose=Assessed.Purpose.SUBMITTED)
        return rows.first()

    @cached_property
    def facts(self) -> list[ShownFact]:
        """The facts in order of date, each with its lines."""
        explained, why = _explained(self.assessed), reasons(self.case, self.lines)
        found: dict[int, ShownFact] = {}
        for line in self.lines:
            said, about = explained.get((line.policy, line.benefit, line.fact.key), (None, None))
            shown = found.setdefault(line.fact_id, ShownFact(line.fact, _type(line, about), list(about["details"]) if about else []))
            steps = list(about["steps"]) if about else []
            title = policy_of(line.policy).title.zh
            shown.lines.append(ShownLine(line, said or _unexplained(line), steps, title, by_rule=why.get(line.pk, "")))
        for shown in found.values():
            shown.invoices = self._invoices_of(shown.fact)
        return sorted(found.values(), key=lambda shown: (shown.fact.date, shown.fact.key))

    @cached_property
    def _uploads(self) -> dict[str, list[Upload]]:
        keys = {base.removeprefix("invoice:") for line in self.lines for base in line.fact.bases if base.startswith("invoice:")}
        found: dict[str, list[Upload]] = {}
        for upload in Upload.objects.kept().filter(firm=self.case.firm_id, invoice__in=keys).order_by("uploaded_at", "pk"):
            found.setdefault(upload.invoice, []).append(upload)
        return found

    def _invoices_of(self, fact: Fact) -> list[ShownInvoice]:
        found = []
        for matter in fact.matters:
            base, _mark, line = matter.partition("#")
            copies = [(upload, read) for upload in self._uploads.get(base.removeprefix("invoice:"), ()) if (read := invoice_of(upload))]
            if not copies:
                continue
            copies.sort(key=lambda copy: (not copy[1].lines, CARRIERS[copy[1].carrier][0]))
            kind = next((read.kind for _upload, read in copies if read.kind != UNKNOWN), UNKNOWN)
            invoice = replace(copies[0][1], kind=kind)
            claimed = frozenset({int(line)} if line.isdecimal() else ())
            basis = basis_of(self.case.guide)
            sums = [made for number in claimed if (made := sum_of(fact, invoice, number, basis, lambda: self._settlement))]
            found.append(ShownInvoice([upload for upload, _read in copies], invoice, claimed, sums))
        return found

    @cached_property
    def _settlement(self) -> Settlement | None:
        return settlement(self.case.firm)

    @cached_property
    def decisions(self) -> YearDecisions | None:
        """The version of the year's decisions under which the assessment that is shown was made."""
        return recorded(self.assessed) if self.assessed is not None else None

    @cached_property
    def totals(self) -> dict[str, int | None]:
        """The sums over all lines, in fen; of what is claimed, how much was so only as a ceiling when it was handed in."""
        lines = self.lines
        kinds = amounts.claimed_as_ceilings([self.case.pk]).get(self.case.pk, set())
        ceilings = [line for line in lines if (line.policy, line.benefit) in kinds]
        return {
            "claimed": amounts.total(lines, "claimed"),
            "ceiling": amounts.total(ceilings, "claimed"),
            "granted": amounts.total(lines, "granted"),
            "computed": amounts.total(lines, "computed"),
        }

    # what was found

    @cached_property
    def checks(self) -> list[ShownCheck]:
        """The findings, those that stop first, then those to look at, cleared ones, and what passed."""
        rows = list(self.case.checks.select_related("cleared_by"))
        others = Case.objects.seen_by(self.member).in_bulk({number for row in rows for number in row.others})
        firms = Firm.objects.seen_by(self.member).in_bulk({pk for row in rows for pk in row.particulars.get("firms", ())})
        found = [
            ShownCheck(
                row,
                checks.label(row),
                checks.say(row),
                [others[pk] for pk in row.others if pk in others],
                [firms[pk] for pk in row.particulars.get("firms", ()) if pk in firms],
            )
            for row in rows
        ]
        return sorted(found, key=lambda one: (not one.open, one.row.passed, one.row.cleared_at is not None, not one.row.stops))

    @property
    def failing(self) -> list[ShownCheck]:
        """What was found."""
        return [one for one in self.checks if not one.row.passed]

    @property
    def passed(self) -> list[ShownCheck]:
        """What was looked at and is in order."""
        return [one for one in self.checks if one.row.passed]

    @property
    def stopping(self) -> int:
        """How many findings stop the case."""
        return sum(1 for one in self.checks if one.open)

    # who said what

    @cached_property
    def reviews(self) -> list[Review]:
        """One row a department, the lead first."""
        return list(self.case.reviews.select_related("department", "by"))

    @property
    def own_review(self) -> Review | None:
        """The row of the reader's own department."""
        return next((review for review in self.reviews if self.department and review.department_id == self.member.department_id), None)

    @cached_property
    def visits(self) -> list[Visit]:
        """What the town reported."""
        return list(self.case.visits.select_related("by"))

    @cached_property
    def opinions(self) -> list[Opinion]:
        """What experts were asked; an expert is shown only what the expert was asked."""
        rows = list(self.case.opinions.select_related("expert", "asked_by"))
        if self.member.role == Role.EXPERT:
            return [row for row in rows if row.expert_id == self.member.user_id]
        return rows if self.inside else []

    @property
    def question(self) -> Opinion | None:
        """The question that the reader, an expert, was asked."""
        return self.opinions[0] if self.member.role == Role.EXPERT and self.opinions else None

    @cached_property
    def remarks(self) -> list[Remark]:
        """All that was written on the case."""
        return list(self.case.remarks.select_related("by"))

    @property
    def inside_remarks(self) -> list[Remark]:
        """What the departments wrote among themselves."""
        return [row for row in self.remarks if row.inside] if self.inside else []

    @cached_property
    def firm_remarks(self) -> list[tuple[Remark, bool]]:
        """What went between the departments and the firm, and whether the firm wrote it."""
        theirs = set(self.case.firm.memberships.values_list("user", flat=True)) if self.remarks else set()
        return [(row, row.by_id in theirs) for row in self.remarks if not row.inside]

    @cached_property
    def corrections(self) -> list[Correction]:
        """The lists of points that the firm was asked to put right."""
        return list(self.case.corrections.select_related("asked_by"))

    @property
    def correction(self) -> Correction | None:
        """The one that is open."""
        return next((row for row in self.corrections if row.answered_at is None), None)

    # what it asked

    @property
    def form(self) -> list[tuple[str, str, str]]:
        """The application form: (label, kind, what was written)."""
        return [(str(one.label), one.kind, str(self.case.form.get(one.name, ""))) for one in FIELDS]

    @cached_property
    def evidence(self) -> list[dict]:
        """The items of the guide's evidence list with the files that answer them."""
        return evidence_wanted(self.case, self.lines)

    @cached_property
    def attachments(self) -> list[Upload]:
        """Files handed in with the case beyond that list."""
        listed = {item["code"] for item in self.evidence}
        return [upload for upload in self.case.attachments.filter(removed_at=None) if upload.evidence not in listed]

    # what may be done

    @cached_property
    def may(self) -> set[str]:
        """The steps that are offered."""
        return offered(self.case, self.member, self.reviews, self.opinions, self.correction)

    @cached_property
    def barred(self) -> list[User]:
        """Who may not decide, for having reviewed."""
        return barred(self.case)

    @property
    def is_barred(self) -> bool:
        """Whether the reader is one of them."""
        return any(user.pk == self.member.user_id for user in self.barred)

    @property
    def hindrances(self) -> list[str]:
        """Why the review cannot be closed yet."""
        return hindrances(self.reviews, [one.row for one in self.checks])

    @cached_property
    def waiting(self) -> Waiting | None:
        """How long it has waited."""
        return waiting(self.case)

    @property
    def papers(self) -> list[tuple[str, str, str]]:
        """The papers that there are: (label, address, icon)."""
        return list(_papers(self.case, self.corrections))

    @cached_property
    def reckoned(self) -> amounts.Reckoned:
        """What the case comes to at this moment; nothing is written down."""
        return amounts.reckon(self.case)

    def reckon(self) -> None:
        """Sets beside every line what it comes to now."""
        due, ceilings = self.reckoned.amounts, self.reckoned.ceilings
        for shown in self.facts:
            for one in shown.lines:
                one.now = due.get((one.line.policy, one.line.benefit, one.line.fact.key), 0)
                one.line.ceiling = (one.line.policy, one.line.benefit) in ceilings

    @property
    def now(self) -> dict[int, int]:
        """What each line comes to now, once reckoned."""
        return {one.line.pk: one.now or 0 for shown in self.facts for one in shown.lines}

    @property
    def shown_lines(self) -> dict[int, ShownLine]:
        """The lines by their id."""
        return {one.line.pk: one for shown in self.facts for one in shown.lines}


def _explained(assessed: Assessed | None) -> dict[tuple[str, str, str], tuple[dict, dict]]:
    """(policy, benefit, fact) -> (what the benefit says of itself, what is said of the fact), as it was pinned."""
    if assessed is None:
        return {}
    explanation = json.loads(assessed.explanation)
    return {
        (benefit["policy"], benefit["id"], about["id"]): (benefit, about)
        for benefit in explanation["benefits"]
        for about in benefit["facts"]
    }


def _unexplained(line: CaseLine) -> dict[str, Any]:
    """What a benefit says of itself where the assessment gave nothing for it."""
    benefit = benefit_of(line.policy, line.benefit)
    return {
        "title": benefit.title, "clause": benefit.clause, "sentence": benefit.sentence, "translation": benefit.translation, "notes": [],
        "limits": [], "restated": policy_of(line.policy).restated,
    }  # fmt: skip


def _type(line: CaseLine, about: Mapping[str, Any] | None) -> Any:
    """What kind of fact it is."""
    if about is not None:
        return about["type"]
    types = policy_of(line.policy).types.types
    return types[line.fact.type].names if line.fact.type in types else line.fact.type


def _papers(case: Case, corrections: Iterable[Correction]) -> Iterable[tuple[str, str, str]]:
    wanted: list[tuple[str, str, list[int], str]] = [
        (_("Application form"), "papers:application", [case.pk], "file-type-pdf"),
        (_("Receipt"), "papers:receipt", [case.pk], "file-type-pdf"),
        *(
            (_("Correction letter %(number)s") % {"number": number}, "papers:correction", [case.pk, row.pk], "file-type-pdf")
            for number, row in enumerate(corrections, 1)
        ),
    ]
    if case.state in DONE:
        wanted.append((_("Decision"), "papers:decision", [case.pk], "file-type-pdf"))
    wanted.append((_("The whole case"), "papers:bundle", [case.pk], "file-zip"))
    for label, name, args, icon in wanted:
        try:
            yield label, reverse(name, args=args), icon
        except NoReverseMatch:
            continue
