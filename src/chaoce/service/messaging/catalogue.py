"""The one catalogue of messages: who is told of what, in which words, and whether a mail goes with it.

A message is stored as its code and particulars; its words are put together when it is read, in the language of who reads it. Words
stand here and nowhere else. `%(number)s`, `%(call)s` and `%(firm)s` are of the case; the others are given to `post.tell`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from chaoce.faults import UNPRINTED
from chaoce.service.cases.flow import Outcome
from chaoce.service.wording import say_day, spoken

if TYPE_CHECKING:
    from chaoce.service.cases.models import Case
    from chaoce.service.messaging.models import Message


class Audience(models.TextChoices):
    """Whom a message is for."""

    FIRM = "firm", gettext_lazy("The firm's people")
    LEAD = "lead", gettext_lazy("The lead department")
    HEADS = "heads", gettext_lazy("The heads of the lead department")
    JOINT = "joint", gettext_lazy("The departments that review together")
    TOWN = "town", gettext_lazy("The firm's town")
    FINANCE = "finance", gettext_lazy("Finance")
    NAMED = "named", gettext_lazy("The person who is named")


class Side(models.TextChoices):
    """From which side somebody reads: a firm is told in other words than a department."""

    FIRM = "firm", gettext_lazy("Firm")
    CITY = "city", gettext_lazy("City")


class Topic(models.TextChoices):
    """What a person may switch mails off for. A message without a topic is mailed always: a deadline or a decision hangs on it."""

    PROGRESS = "progress", gettext_lazy("Progress of our applications")
    REMARKS = "remarks", gettext_lazy("Remarks")
    CALLS = "calls", gettext_lazy("Calls that we are due something in, and ready claims")
    FILES = "files", gettext_lazy("Files that cannot be used")
    WORK = "work", gettext_lazy("Applications that wait for us")


@dataclass(frozen=True)
class Said:
    """What one side reads. `more` stands only in the service, never in a mail; `mailed` says whether a mail goes at all."""

    subject: str | Promise
    body: str | Promise
    topic: Topic | None = None
    mailed: bool = True
    more: str | Promise = ""


@dataclass(frozen=True)
class Kind:
    """A message of the catalogue. `particulars` are those that it needs beside the case's."""

    to: tuple[Audience, ...]
    firm: Said | None = None
    city: Said | None = None
    particulars: tuple[str, ...] = ()

    def said(self, side: str) -> Said:
        """The words for a side; those of the other where there is only one."""
        found = self.firm if side == Side.FIRM else self.city
        return found or self.firm or self.city  # type: ignore[return-value]


_A = Audience

KINDS: dict[str, Kind] = {
    "case_submitted": Kind(
        (_A.FIRM, _A.LEAD, _A.TOWN),
        firm=Said(
            gettext_lazy("Application %(number)s was submitted"),
            gettext_lazy("Your application %(number)s in “%(call)s” has been submitted. The receipt lists what was handed in."),
            Topic.PROGRESS,
        ),
        city=Said(
            gettext_lazy("New application %(number)s"),
            gettext_lazy("%(firm)s has submitted application %(number)s in “%(call)s”. It waits for the pre-check."),
            Topic.WORK,
        ),
    ),
    "case_resubmitted": Kind(
        (_A.FIRM, _A.LEAD, _A.JOINT),
        firm=Said(
            gettext_lazy("Application %(number)s was corrected"),
            gettext_lazy("The correction of application %(number)s has been submitted; the departments go on with it."),
            Topic.PROGRESS,
        ),
        city=Said(
            gettext_lazy("Application %(number)s is back from correction"),
            gettext_lazy("%(firm)s has answered every point of the correction of %(number)s."),
            Topic.WORK,
        ),
    ),
    "case_withdrawn": Kind(
        (_A.FIRM, _A.LEAD, _A.JOINT),
        firm=Said(
            gettext_lazy("Application %(number)s was withdrawn"),
            gettext_lazy("Application %(number)s in “%(call)s” has been withdrawn. What it claimed is free for another application."),
            Topic.PROGRESS,
        ),
        city=Said(
            gettext_lazy("Application %(number)s was withdrawn"),
            gettext_lazy("%(firm)s has withdrawn application %(number)s. Nothing more is to be done with it."),
            Topic.WORK,
        ),
    ),
    "case_accepted": Kind(
        (_A.FIRM, _A.LEAD, _A.JOINT),
        firm=Said(
            gettext_lazy("Application %(number)s is in review"),
            gettext_lazy("Application %(number)s has passed the pre-check. The departments now review it together."),
            Topic.PROGRESS,
        ),
        city=Said(
            gettext_lazy("Application %(number)s waits for your department's finding"),
            gettext_lazy("Application %(number)s of %(firm)s in “%(call)s” is open for review."),
            Topic.WORK,
        ),
    ),
    "case_sent_back": Kind(
        (_A.FIRM, _A.LEAD, _A.JOINT),
        particulars=("deadline",),
        firm=Said(
            gettext_lazy("Application %(number)s: please correct it by %(deadline)s"),
            gettext_lazy(
                "Application %(number)s in “%(call)s” was sent back to you. The correction letter lists what is to be put right. "
                "Answer every point and submit the correction by %(deadline)s."
            ),
        ),
        city=Said(
            gettext_lazy("Application %(number)s was sent back for correction"),
            gettext_lazy("Application %(number)s of %(firm)s is with the firm until %(deadline)s; its clock stands meanwhile."),
            Topic.WORK,
            mailed=False,
        ),
    ),
    "case_goes_on": Kind(
        (_A.FIRM, _A.LEAD, _A.JOINT),
        firm=Said(
            gettext_lazy("Application %(number)s goes on without the correction"),
            gettext_lazy(
                "The deadline of the correction of %(number)s has passed. The departments go on with the application as it was submitted."
            ),
        ),
        city=Said(
            gettext_lazy("Application %(number)s goes on as it is"),
            gettext_lazy("The deadline of the correction of %(number)s (%(firm)s) has passed; the review goes on."),
            Topic.WORK,
        ),
    ),
    "all_found": Kind(
        (_A.LEAD,),
        city=Said(
            gettext_lazy("Application %(number)s: every department has given its finding"),
            gettext_lazy("The review of %(number)s (%(firm)s) can be closed."),
            Topic.WORK,
        ),
    ),
    "case_reviewed": Kind(
        (_A.FIRM, _A.HEADS),
        firm=Said(
            gettext_lazy("Application %(number)s has been reviewed"),
            gettext_lazy("The review of application %(number)s is closed. It now waits for the decision."),
            Topic.PROGRESS,
        ),
        city=Said(
            gettext_lazy("Application %(number)s waits for your decision"),
            gettext_lazy("The departments have closed the review of %(number)s (%(firm)s, “%(call)s”)."),
            Topic.WORK,
        ),
    ),
    "case_returned": Kind(
        (_A.LEAD, _A.JOINT),
        particulars=("why",),
        city=Said(
            gettext_lazy("Application %(number)s was returned to review"),
            gettext_lazy("The head has returned %(number)s (%(firm)s) to the reviewers."),
            Topic.WORK,
            more=gettext_lazy("Reason: %(why)s"),
        ),
    ),
    "case_decided": Kind(
        (_A.FIRM, _A.LEAD, _A.JOINT, _A.FINANCE),
        particulars=("outcome", "settled"),
        firm=Said(
            gettext_lazy("Application %(number)s was decided"),
            gettext_lazy(
                "Application %(number)s in “%(call)s” was decided: %(outcome)s. %(settled)sThe decision gives each amount with its reason."
            ),
        ),
        city=Said(
            gettext_lazy("Application %(number)s was decided: %(outcome)s"),
            gettext_lazy("Application %(number)s of %(firm)s in “%(call)s” was decided: %(outcome)s. %(settled)s"),
            Topic.WORK,
            mailed=False,
        ),
    ),
    "counted_on": Kind(
        (_A.LEAD,),
        particulars=("other",),
        city=Said(
            gettext_lazy("Application %(number)s would come to more by now"),
            gettext_lazy(
                "%(other)s, whose grant was taken into account in the decision on %(number)s (%(firm)s), has been opened again. Look "
                "whether %(number)s has to be opened again as well."
            ),
            Topic.WORK,
        ),
    ),
    "granted_fact_gone": Kind(
        (_A.LEAD, _A.FINANCE),
        particulars=("facts",),
        city=Said(
            gettext_lazy("A fact that %(number)s granted no longer stands"),
            gettext_lazy(
                "%(facts)s of application %(number)s (%(firm)s) has been withdrawn after the decision. Look whether the application has "
                "to be opened again."
            ),
            Topic.WORK,
        ),
    ),
    "case_reopened": Kind(
        (_A.FIRM, _A.LEAD, _A.JOINT, _A.FINANCE),
        particulars=("why",),
        firm=Said(
            gettext_lazy("Application %(number)s was opened again"),
            gettext_lazy(
                "The decision on application %(number)s no longer stands; the departments review it anew. The reason is on its page."
            ),
            more=gettext_lazy("Reason: %(why)s"),
        ),
        city=Said(
            gettext_lazy("Application %(number)s was opened again"),
            gettext_lazy("The decision on %(number)s (%(firm)s) no longer stands; every department gives its finding anew."),
            Topic.WORK,
            more=gettext_lazy("Reason: %(why)s"),
        ),
    ),
    "remark_inside": Kind(
        (_A.LEAD, _A.JOINT),
        city=Said(
            gettext_lazy("Inside remark on %(number)s"),
            gettext_lazy("Somebody has written a remark on %(number)s (%(firm)s) that only the departments read."),
            Topic.REMARKS,
            mailed=False,
        ),
    ),
    "remark_to_firm": Kind(
        (_A.FIRM, _A.LEAD, _A.JOINT),
        firm=Said(
            gettext_lazy("A department has written to you about %(number)s"),
            gettext_lazy("There is a new remark on application %(number)s. Read it, and answer it, on the page of the application."),
            Topic.REMARKS,
        ),
        city=Said(
            gettext_lazy("A department has written to the firm about %(number)s"),
            gettext_lazy("There is a new remark to %(firm)s on application %(number)s."),
            Topic.REMARKS,
            mailed=False,
        ),
    ),
    "remark_from_firm": Kind(
        (_A.FIRM, _A.LEAD, _A.JOINT),
        firm=Said(
            gettext_lazy("A colleague has written to the departments about %(number)s"),
            gettext_lazy("There is a new remark on application %(number)s."),
            Topic.REMARKS,
            mailed=False,
        ),
        city=Said(
            gettext_lazy("The firm has written about %(number)s"),
            gettext_lazy("%(firm)s has written a remark on application %(number)s."),
            Topic.REMARKS,
        ),
    ),
    "visit_reported": Kind(
        (_A.LEAD,),
        city=Said(
            gettext_lazy("The town has reported on %(number)s"),
            gettext_lazy("The report on %(firm)s is on the page of application %(number)s."),
            Topic.WORK,
        ),
    ),
    "expert_asked": Kind(
        (_A.NAMED,),
        city=Said(
            gettext_lazy("You are asked for an expert opinion on %(number)s"),
            gettext_lazy(
                "A department asks for your opinion on application %(number)s in “%(call)s”. If you have an interest in it, stand aside."
            ),
        ),
    ),
    "expert_answered": Kind(
        (_A.NAMED,),
        city=Said(
            gettext_lazy("The expert has answered on %(number)s"),
            gettext_lazy("The answer to your question on %(number)s (%(firm)s) is on its page."),
            Topic.WORK,
        ),
    ),
    "ready_claim": Kind(
        (_A.FIRM,),
        particulars=("title",),
        firm=Said(
            gettext_lazy("A claim is ready for you to confirm"),
            gettext_lazy(
                "Your firm is on the official list “%(title)s”. An application in “%(call)s” has been prepared from it; "
                "you only confirm it."
            ),
            Topic.CALLS,
        ),
    ),
    "call_opened": Kind(
        (_A.FIRM,),
        particulars=("title", "day"),
        firm=Said(
            gettext_lazy("“%(title)s” is open: your firm is due something"),
            gettext_lazy("By the facts that are here, your firm can apply in “%(title)s” until %(day)s."),
            Topic.CALLS,
        ),
    ),
    "call_closing": Kind(
        (_A.FIRM,),
        particulars=("day",),
        firm=Said(
            gettext_lazy("“%(call)s” closes on %(day)s: your draft is not submitted"),
            gettext_lazy("Your draft in “%(call)s” can be submitted until %(day)s. After that it is kept, but can no longer be submitted."),
        ),
    ),
    "deadline_near": Kind(
        (_A.FIRM,),
        particulars=("deadline",),
        firm=Said(
            gettext_lazy("Application %(number)s: the correction is due by %(deadline)s"),
            gettext_lazy("The correction of application %(number)s has not been submitted yet. It is due by %(deadline)s."),
        ),
    ),
    "deadline_passed": Kind(
        (_A.FIRM, _A.LEAD),
        particulars=("deadline",),
        firm=Said(
            gettext_lazy("Application %(number)s: the deadline of the correction has passed"),
            gettext_lazy(
                "The correction of application %(number)s was due by %(deadline)s. You can still submit it until the department "
                "goes on with the application as it is."
            ),
        ),
        city=Said(
            gettext_lazy("Application %(number)s: no correction by the deadline"),
            gettext_lazy("%(firm)s has not submitted the correction of %(number)s by %(deadline)s. You can go on with the case as it is."),
            Topic.WORK,
        ),
    ),
    "upload_faults": Kind(
        (_A.FIRM,),
        particulars=("file",),
        firm=Said(
            gettext_lazy("A file cannot be used: “%(file)s”"),
            gettext_lazy(
                "Something is wrong with the file “%(file)s”, perhaps with others of the same day as well. What it is, and what would be "
                "right, stands on the page of your files."
            ),
            Topic.FILES,
        ),
    ),
}


def topics_of(side: str) -> list[Topic]:
    """The topics of which a side gets mails, in the order of the catalogue of topics."""
    found = {said.topic for kind in KINDS.values() if (said := kind.firm if side == Side.FIRM else kind.city) is not None and said.mailed}
    return [topic for topic in Topic if topic in found]


@dataclass(frozen=True)
class Words:
    """A message in words. `more` is not for mails."""

    subject: str
    body: str
    more: str


def words(message: Message) -> Words:
    """A message in the language that is active."""
    said = KINDS[message.code].said(message.side)
    told = {"settled": "", **(_of_case(message.case) if message.case else {}), **_told(message.particulars)}

    def fill(text: str | Promise) -> str:
        return UNPRINTED.sub(" ", str(text) % told).strip()

    return Words(fill(said.subject), fill(said.body), fill(said.more))


def _of_case(case: Case) -> dict[str, str]:
    return {"number": case.number or str(_("(draft)")), "call": case.call.title, "firm": case.firm.name}


def _told(particulars: Mapping[str, object]) -> dict[str, str]:
    """Particulars as they are read: days in words, outcomes by their names."""
    found = {name: str(value) for name, value in particulars.items()}
    for name in ("deadline", "day"):
        if name in found:
            found[name] = say_day(date.fromisoformat(found[name]))
    if isinstance(particulars.get("settled"), list):
        found["settled"] = _sentences(particulars["settled"])  # type: ignore[arg-type]
    if "outcome" in found:
        found["outcome"] = str(Outcome(found["outcome"]).label)
    return found


def _sentences(said: Iterable[Mapping[str, str]]) -> str:
    """What was said in both languages, sentence by sentence, in the language that is active."""
    english = spoken() == "en"
    return "".join(f"{one['en']}. " if english else f"{one['zh']}。" for one in said)
