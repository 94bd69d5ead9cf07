"""What a firm says of the lines of an invoice: saved as soon as it is complete, kept in the form until then."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from chaoce.evidence.folder import Settled
from chaoce.service.cases.faults import Refused, Stale
from chaoce.service.documents import lines as answers
from chaoce.service.documents.models import Upload
from chaoce.service.documents.settling import Settlement, settlement
from chaoce.service.pages.firm import onefile
from chaoce.service.pages.firm.cards import IGNORE, card_of
from chaoce.service.pages.firm.common import firm_of, member_of, tell, upload_of, values_of


@require_POST
def line(request: HttpRequest, pk: object, number: int) -> HttpResponse:
    """Says what a line is. A form that saves itself (no `save`) is not scolded for what nobody has come to yet."""
    upload = upload_of(request, pk, removed_at=None)
    member = member_of(request)
    chosen = request.POST.get("type", "")
    entered = values_of(request)
    shown: dict[str, Any] = {"type": chosen, "values": entered, "note": request.POST.get("note", "")}
    values: dict[str, Any] = {}
    try:
        if request.POST.get("use"):
            shown, values = _suggested(request, upload, number)
        elif chosen in answers.line_types():
            kind = answers.line_types()[chosen]
            values = answers.read_values(kind, {one.name: entered.get(one.name, "") for one in answers.own_fields(kind)})
        elif chosen != IGNORE:
            raise Refused(_("Choose what this line is, or that it is not claimed."))
        seen = request.POST.get("seen")
        answers.answer_line(member, upload.invoice, number, shown["type"].removeprefix(IGNORE), values, shown["note"], seen)
    except answers.Wrong as wrong:
        auto = "save" not in request.POST and all(not entered.get(name) for name in wrong.fields)
        shown |= {"errors": {} if auto else wrong.fields, "told": "" if auto else wrong.text}
        return _again(request, upload, number, 200 if auto else 422, **shown)
    except Stale as stale:
        return _again(request, upload, number, 422, told=stale.text)
    except Refused as refused:
        return _again(request, upload, number, 422, **shown, told=refused.text)
    return _again(request, upload, number, 200, saved=True)


def _suggested(request: HttpRequest, upload: Upload, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the person saw suggested, which must still be what is suggested."""
    found = settlement(firm_of(request))
    settled = _settled(found, upload, number)
    offered = answers.suggest(found, settled) if found is not None and settled is not None else None
    if offered is None or request.POST["use"] != f"{offered.invoice}#{offered.line}":
        raise Stale(_("What was suggested has changed. Look at it anew; nothing was saved."))
    return {"type": offered.type or IGNORE, "values": {}, "note": ""}, dict(offered.values)


def _settled(found: Settlement | None, upload: Upload, number: int) -> Settled | None:
    rows = found.lines_of.get(upload.invoice, []) if found is not None else []
    return next((row for row in rows if row.entry.line.number == number), None)


def _again(request: HttpRequest, upload: Upload, number: int, status: int, **shown: Any) -> HttpResponse:
    """The line's card with its form, for HTMX; the whole page for a browser without it."""
    found = settlement(firm_of(request))
    settled = _settled(found, upload, number)
    if found is None or settled is None:
        tell(request, Refused(_("That line is not there any more.")))
        return redirect("firm:upload", upload.pk)
    card = card_of(found, upload, settled, **shown)
    if request.headers.get("HX-Request"):
        context = {"card": card, "upload": upload, "open_lines": found.open_of.get(upload.invoice, 0), "swap": True}
        return render(request, "firm/part_line.html", context, status=status)
    if card.saved:
        messages.success(request, _("Line %(number)s is saved.") % {"number": number})
        return redirect("firm:upload", upload.pk)
    page = onefile.shown(request, upload)
    page["cards"] = [card if other.number == number else other for other in page["cards"]]
    return render(request, "firm/upload.html", page, status=status)


@require_POST
def alike(request: HttpRequest, pk: object, number: int) -> HttpResponse:
    """Gives the answer of a line to all open lines of the same item of the same seller."""
    upload = upload_of(request, pk, removed_at=None)
    try:
        count = answers.answer_alike(member_of(request), upload.invoice, number)
    except Refused as refused:
        tell(request, refused)
    else:
        said = ngettext("%(count)s more line was given the same answer.", "%(count)s more lines were given the same answer.", count)
        messages.success(request, said % {"count": count})
    return redirect("firm:upload", pk)


@require_POST
def clear(request: HttpRequest, pk: object, number: int) -> HttpResponse:
    """Takes an answer back."""
    upload = upload_of(request, pk, removed_at=None)
    try:
        answers.clear_line(member_of(request), upload.invoice, number)
    except Refused as refused:
        tell(request, refused)
    return redirect("firm:upload", pk)
