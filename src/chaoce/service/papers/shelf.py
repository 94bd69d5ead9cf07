"""Which papers a case has, and each of them set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chaoce.service.cases.flow import State
from chaoce.service.cases.handed import SUBMISSIONS
from chaoce.service.cases.models import Case, Correction
from chaoce.service.papers import content
from chaoce.service.papers.setting import set_paper


@dataclass(frozen=True)
class Paper:
    """A paper that a case has: its kind, what it is called, which correction it is about, and the moment that it bears."""

    kind: str
    zh: str
    label: str | Promise
    help: str | Promise
    at: datetime | None
    correction: int | None = None
    number: int = 1

    @property
    def file(self) -> str:
        """Its name as a file."""
        return f"{self.zh}-{self.number}.pdf" if self.correction is not None else f"{self.zh}.pdf"


_APPLICATION = ("申报表", _("Application form"), _("What is applied for, with the official sentence and the arithmetic of every amount."))
_RECEIPT = ("受理回执", _("Receipt"), _("That the application was received, when, and which files with their checksums."))
_CORRECTION = ("补正通知书", _("Correction letter"), _("What is to be put right, and by when."))
_DECISION = ("核定结果通知书", _("Decision"), _("What was granted line by line, with the reasons, and what it was computed with."))


def papers(case: Case) -> list[Paper]:
    """The papers that a case has now, in the order in which they came to be."""
    handed = case.events.filter(kind__in=SUBMISSIONS).order_by("-at").values_list("at", flat=True).first()
    found = [Paper("application", *_APPLICATION, handed)]
    if handed is not None:
        found.append(Paper("receipt", *_RECEIPT, handed))
    for number, row in enumerate(case.corrections.order_by("asked_at", "id"), 1):
        found.append(Paper("correction", *_CORRECTION, row.asked_at, row.pk, number))
    if case.state in (State.DECIDED, State.READY):
        found.append(Paper("decision", *_DECISION, case.decided_at))
    return found


def pdf(case: Case, kind: str, correction: int | None = None) -> bytes:
    """A paper as PDF; raises NotYet where the case does not have it, NoFonts where it cannot be set."""
    if kind == "correction":
        asked = Correction.objects.filter(case=case, pk=correction or 0).first()
        if asked is None:
            raise content.NotYet
        return set_paper(kind, *content.correction(case, asked))
    composed = {"application": content.application, "receipt": content.receipt, "decision": content.decision}[kind](case)
    return set_paper(kind, *composed)
