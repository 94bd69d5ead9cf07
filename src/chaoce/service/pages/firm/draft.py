"""A draft, or a case sent back for correction: chosen, filled in, saved as one goes, and handed in.

A page that is older than the case loses nothing: what was entered stays in its form, and what differs stands beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chaoce.evidence.limits import FILE_BYTES
from chaoce.service.cases import amounts, steps
from chaoce.service.cases.faults import Refused, Stale
from chaoce.service.cases.flow import State
from chaoce.service.cases.form import FIELDS, evidence_wanted
from chaoce.service.cases.models import Case, Correction
from chaoce.service.documents import removal, store
from chaoce.service.documents.models import Upload
from chaoce.service.documents.settling import settlement
from chaoce.service.pages.firm.claims import Claim, claims_of
from chaoce.service.pages.firm.common import case_of, member_of, tell, upload_of, version_of
from chaoce.service.pages.firm.uploads import already, answer_json, body_length

#: The states in which a firm works on a case.
EDITABLE = (State.DRAFT, State.CORRECTION)
#: Files that are offered for an item of the evidence list.
_OFFERED = 100


@dataclass
class Sent:
    """What a page sent: the version that it was shown with, what is claimed, and what stands in the form."""

    version: int
    chosen: list[Claim]
    form: dict[str, str]

    def same_as(self, case: Case) -> bool:
        """Whether the case says the same already: then nothing is lost, whoever saved it."""
        return set(self.chosen) == chosen_of(case) and all(case.form.get(name, "") == text for name, text in self.form.items())


@dataclass
class Page:
    """What the page of a draft shows beside the case itself."""

    sent: Sent | None = None
    told: Refused | None = None
    stale: bool = False
    foreclosed: Mapping[str, int] | None = None
    other: dict[str, str] = field(default_factory=dict)


def _sent(request: HttpRequest, case: Case) -> Sent:
    names = [one.name for one in FIELDS] + [name for name, _point in answer_names(correction_of(case))]
    form = {name: request.POST.get(name, "")[:4000].replace("\r\n", "\n") for name in names if name in request.POST or name == "consent"}
    chosen = [tuple(text.split("|", 2)) for text in request.POST.getlist("line") if text.count("|") >= 2]
    return Sent(version_of(request), chosen, form)  # type: ignore[arg-type]


def correction_of(case: Case) -> Correction | None:
    """The correction that waits for the firm."""
    return case.corrections.filter(answered_at=None).first() if case.state == State.CORRECTION else None


def answer_names(correction: Correction | None) -> list[tuple[str, dict[str, str]]]:
    """The points of a correction, each with the name under which its answer stands in the form."""
    return [(f"answer-{correction.pk}-{number}", point) for number, point in enumerate(correction.points)] if correction else []


def chosen_of(case: Case) -> set[Claim]:
    """What the case claims now."""
    return {(line.policy, line.benefit, line.fact.key) for line in case.lines.select_related("fact")}


@require_safe
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """The draft; a case that is handed in is shown on its own page."""
    case = case_of(request, pk)
    if case.state not in EDITABLE:
        return redirect("firm:case", pk)
    if request.headers.get("HX-Target") == "evidence":
        return render(request, "firm/part_evidence.html", _evidence(case))
    return render(request, "firm/draft.html", _shown(case, Page()))


def _evidence(case: Case) -> dict[str, Any]:
    wanted = evidence_wanted(case)
    files = Upload.objects.kept().filter(firm=case.firm, state__in=Upload.USABLE).defer("reading")
    once = {upload.sha256: upload for upload in files.order_by("-uploaded_at")[: 2 * _OFFERED]}  # as it was first handed in
    return {"case": case, "wanted": wanted, "offered": list(once.values())[:_OFFERED], "most": FILE_BYTES // 1_000_000}


def _shown(case: Case, page: Page) -> dict[str, Any]:
    form = {**case.form, **(page.sent.form if page.sent else {})}
    claims = claims_of(case)
    correction = correction_of(case)
    return {
        "case": case,
        "claims": claims,
        "fields": [(one, form.get(one.name, ""), page.other.get(one.name)) for one in FIELDS],
        "points": [(name, point, form.get(name, ""), page.other.get(name)) for name, point in answer_names(correction)],
        "correction": correction,
        "ticked": {"|".join(claim) for claim in (page.sent.chosen if page.sent else chosen_of(case))} - claims.settled,
        "version": case.version,
        "told": page.told,
        "stale": page.stale,
        "foreclosed": page.foreclosed,
        "open_lines": open_lines(case),
        **_evidence(case),
    }


def open_lines(case: Case) -> dict[str, Any] | None:
    """How many lines of the invoices that the case stands on nobody has answered, and in which files; None where there are none."""
    invoices = case.lines.filter(fact__upload__isnull=False).exclude(fact__upload__invoice="")
    keys = set(invoices.values_list("fact__upload__invoice", flat=True))
    found = settlement(case.firm) if keys else None
    waiting = {key: count for key, count in found.open_of.items() if key in keys} if found is not None else {}
    if found is None or not waiting:
        return None
    return {"count": sum(waiting.values()), "files": [upload for key in waiting if (upload := found.file_of(key)) is not None]}


def _save(case: Case, request: HttpRequest, sent: Sent) -> Case:
    """Saves what differs; raises Stale where somebody else has saved something else since, Refused where it cannot be."""
    member = member_of(request)
    version = case.version if sent.same_as(case) else sent.version
    with transaction.atomic():
        if set(sent.chosen) != chosen_of(case):
            case = steps.choose_lines(case, member, version, sent.chosen)
            version = case.version
        if any(case.form.get(name, "") != text for name, text in sent.form.items()):
            case = steps.save_form(case, member, version, sent.form)
    return case


@require_POST
def save(request: HttpRequest, pk: int) -> HttpResponse:
    """Saves the draft: by itself while somebody writes, or by its button."""
    case = case_of(request, pk)
    partial = bool(request.headers.get("HX-Request"))
    if case.state not in EDITABLE:
        return _too_late(request, case, partial)
    sent = _sent(request, case)
    try:
        case = _save(case, request, sent)
    except Refused as refused:
        stale = isinstance(refused, Stale)
        refused = _saved_elsewhere() if stale else refused
        case = case_of(request, pk)
        if partial:
            return _not_saved(request, refused, stale)
        page = Page(sent, refused, stale, other=_other(case, sent) if stale else {})
        return render(request, "firm/draft.html", _shown(case, page), status=422)
    if partial:
        context = {"case": case, "claims": claims_of(case), "version": case.version, "saved": True, "swap": True}
        context["open_lines"] = open_lines(case)
        return render(request, "firm/part_reckoned.html", context)
    messages.success(request, _("The draft is saved."))
    return redirect("firm:draft", pk)


def _not_saved(request: HttpRequest, refused: Refused, stale: bool) -> HttpResponse:
    """Says to a page that saves itself why it was not saved: where it is seen wherever one writes, beside what stands there."""
    answer = render(request, "firm/part_not_saved.html", {"told": refused, "stale": stale}, status=422)
    answer["HX-Retarget"], answer["HX-Reswap"] = "#not-saved", "outerHTML"
    return answer


def _saved_elsewhere() -> Stale:
    return Stale(
        _("This draft was saved in another tab or by a colleague since you opened it here. What you have entered is not saved yet.")
    )


def _other(case: Case, sent: Sent) -> dict[str, str]:
    """What the case says where a stale page says something else."""
    return {name: case.form.get(name, "") for name, text in sent.form.items() if case.form.get(name, "") != text}


def _too_late(request: HttpRequest, case: Case, partial: bool) -> HttpResponse:
    """The case was handed in meanwhile: in another tab, by somebody else, or by pressing twice."""
    if partial:
        refused = Refused(_("This case has been handed in as %(number)s; nothing more is saved here.") % {"number": case})
        return _not_saved(request, refused, False)
    messages.info(request, _("This case has been handed in as %(number)s.") % {"number": case})
    return redirect("firm:case", case.pk)


@require_POST
def submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hands the case in. What was entered is saved first, so that a refusal loses nothing."""
    case = case_of(request, pk)
    if case.state not in EDITABLE:
        return _too_late(request, case, False)
    sent = _sent(request, case)
    page = Page(sent)
    try:
        case = _save(case, request, sent)
        page.sent = None
        first = case.state == State.DRAFT
        if first and not request.POST.get("all_the_same"):
            page.foreclosed = amounts.better_claim(case) if case.call.is_open else None
        if page.foreclosed is None:
            member = member_of(request)
            if first:
                case = steps.submit(case, member, case.version)
            else:
                answers = [case.form.get(name, "") for name, _point in answer_names(correction_of(case))]
                case = steps.resubmit(case, member, case.version, answers)
            messages.success(request, _("Handed in as %(number)s. You see here how it goes on.") % {"number": case})
            return redirect("firm:case", pk)
    except Stale:
        case = case_of(request, pk)
        if case.state not in EDITABLE:
            return _too_late(request, case, False)
        page.told, page.stale = _saved_elsewhere(), True
        page.other = _other(case, sent)
    except Refused as refused:
        case = case_of(request, pk)
        closed = case.state == State.DRAFT and not case.call.is_open and not refused.points
        page.told = None if closed else refused  # that the window is closed stands at the top already
    return render(request, "firm/draft.html", _shown(case, page), status=422)


@require_POST
def evidence(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """A file for an item of the evidence list: sent by a form, sent by the script, one that is here already, or taken off."""
    case = case_of(request, pk)
    member = member_of(request)
    if "X-File-Name" in request.headers:
        chunks = store.chunks_of(request)  # type: ignore[arg-type]
        return answer_json(request, lambda name: store.hand_in(member, name, chunks, body_length(request), case, code))
    try:
        if request.POST.get("take_off"):
            removal.take_back(member, upload_of(request, request.POST["take_off"], case=case, evidence=code))
        elif request.POST.get("here"):
            store.attach(member, upload_of(request, request.POST["here"], removed_at=None), case, code)
        elif request.FILES.get("files"):
            for file in request.FILES.getlist("files"):
                handed = store.hand_in(member, file.name or "", file.chunks(), file.size, case, code)
                if not handed.new:
                    messages.info(request, already(handed.upload, file.name or ""))
        else:
            messages.info(request, _("Choose at least one file."))
    except Refused as refused:
        tell(request, refused)
    if request.headers.get("HX-Request"):
        return render(request, "firm/part_evidence.html", _evidence(case))
    return redirect("firm:draft", pk)
