"""One file beside its lines: looked at, taken back, downloaded."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from chaoce.service.cases.faults import Refused
from chaoce.service.documents import removal
from chaoce.service.documents.lines import HELD
from chaoce.service.documents.models import Upload
from chaoce.service.documents.picture import beside
from chaoce.service.documents.settling import Settlement, settlement, stated
from chaoce.service.facts.models import Fact
from chaoce.service.pages.firm import files
from chaoce.service.pages.firm.cards import cards, refusal_of, said_of
from chaoce.service.pages.firm.common import firm_of, member_of, tell, upload_of


@require_safe
def upload(request: HttpRequest, pk: object) -> HttpResponse:
    """One file: its lines or rows, each with its form, beside the picture or text of the source."""
    row = upload_of(request, pk)
    if request.headers.get("HX-Target") == "beside":
        line, at = _number(request, "line"), _number(request, "row")
        return render(request, "firm/part_beside.html", {"upload": row, "beside": beside(row, line, at), "line": line, "row": at})
    return render(request, "firm/upload.html", shown(request, row))


def shown(request: HttpRequest, row: Upload) -> dict[str, Any]:
    """What the page of a file shows."""
    firm = firm_of(request)
    found = settlement(firm)
    line, at = _number(request, "line"), _number(request, "row")
    context: dict[str, Any] = {"upload": row, "beside": beside(row, line, at), "line": line, "row": at}
    name = found.name_of.get(row.pk) if found is not None else None
    if found is not None and name is not None:
        invoice = found.invoice_of.get(name)
        copy = found.copy_of(name)
        findings = found.findings_of.get(name, []) + [finding for finding in stated(firm, found)[1] if finding.file == name]
        context |= {
            "invoice": invoice,
            "original": found.uploads.get(copy) if copy else None,
            "cards": cards(found, row) if invoice is not None and copy is None else [],
            "next": _next(found, row),
            "answers_here": invoice is not None and copy is None,
        }
    else:
        findings = refusal_of(row.reading or {})
    context["findings"] = said_of(findings, kept=row.state == Upload.State.ATTACHED)
    rows = Fact.objects.standing().filter(upload=row).order_by("date", "key")
    context["facts"] = [] if "invoice" in (row.reading or {}) else list(rows[:200])
    context["held"] = removal.standing_on(row) if row.removed_at is None else ""
    context["fixed"] = removal.standing_on(row, HELD) if context["held"] else ""
    return context


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _next(found: Settlement, row: Upload) -> Upload | None:
    """The next file with a line that waits for an answer."""
    waiting = [upload for key in found.open_of if (upload := found.file_of(key)) is not None]
    later = [upload for upload in waiting if (upload.uploaded_at, str(upload.pk)) > (row.uploaded_at, str(row.pk))]
    return next((upload for upload in [*later, *waiting] if upload.pk != row.pk), None)


@require_POST
def take_back(request: HttpRequest, pk: object) -> HttpResponse:
    """Takes a file back; it can be brought here again."""
    row = upload_of(request, pk)
    try:
        removal.take_back(member_of(request), row)
    except Refused as refused:
        tell(request, refused)
        return redirect("firm:upload", pk)
    said = _("“%(name)s” was taken back. It can be brought here again from the end of this list.")
    messages.success(request, said % {"name": row.name})
    return redirect("firm:uploads")


@require_POST
def bring_back(request: HttpRequest, pk: object) -> HttpResponse:
    """Undoes taking back."""
    row = upload_of(request, pk)
    try:
        removal.bring_back(member_of(request), row)
    except Refused as refused:
        tell(request, refused)
    else:
        messages.success(request, _("“%(name)s” is here again.") % {"name": row.name})
    return redirect("firm:upload", pk)


@require_safe
def download(request: HttpRequest, pk: object) -> HttpResponseBase:
    """The file as it was handed in."""
    return files.download(upload_of(request, pk))


@require_safe
def picture(request: HttpRequest, pk: object, page: int) -> HttpResponseBase:
    """A page of the file as a picture."""
    return files.picture(upload_of(request, pk), page, _number(request, "line"))
