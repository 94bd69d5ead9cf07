"""The firm's files: handed in, read, listed with what was found in each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from django.contrib import messages
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import FileUploadHandler, SkipFile, UploadFileException
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse, UnreadablePostError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chaoce.evidence.findings import FAULT
from chaoce.evidence.invoice import Invoice
from chaoce.evidence.limits import FILE_BYTES
from chaoce.service.cases.faults import Refused
from chaoce.service.documents import store
from chaoce.service.documents.models import Upload
from chaoce.service.documents.settling import Settlement, settlement
from chaoce.service.facts.models import Fact
from chaoce.service.pages.firm.cards import refusal_of, said_of
from chaoce.service.pages.firm.common import PAGE, firm_of, member_of, tell
from chaoce.service.pages.templatetags.chaoce import moment

#: What the list can be cut to.
SHOWS = ("all", "open", "faults", "kept")
_UNREAD = (Upload.State.WAITING, Upload.State.READING)


@dataclass
class FileRow:
    """A file as the list shows it: its invoice, how many lines are open, what was found in it."""

    upload: Upload
    invoice: Invoice | None = None
    open: int = 0
    copy_of: str | None = None
    findings: list[tuple[str, str]] = field(default_factory=list)
    facts: int = 0


@csrf_exempt  # looked at below, once the limits of the upload are set
@require_http_methods(["GET", "HEAD", "POST"])
def uploads(request: HttpRequest) -> HttpResponse:
    """The list; a POST hands in files without JavaScript."""
    if request.method != "POST":
        return _list(request)
    request.upload_handlers.insert(0, Quota(request))
    try:
        request.POST  # noqa: B018  reads the call, within the limits
    except (SuspiciousOperation, UploadFileException, UnreadablePostError):
        messages.error(request, _("Too many files at once, or the connection broke off. Nothing was kept; hand in fewer at a time."))
        return redirect("firm:uploads")
    return _post(request)


class Quota(FileUploadHandler):
    """Leaves out a file as soon as it grows beyond the limit, and keeps its name."""

    def __init__(self, request: HttpRequest):
        super().__init__(request)
        self.names: list[str] = []
        request.too_large = self.names  # type: ignore[attr-defined]

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Passes a piece on, or leaves the file."""
        if start + len(raw_data) > FILE_BYTES:
            self.names.append(self.file_name or "")
            raise SkipFile
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Other handlers make the file."""


@csrf_protect
def _post(request: HttpRequest) -> HttpResponse:
    if "end" not in request.POST:  # the last field of the form: without it a part of the call is missing
        tell(request, store.cut_short())
        return redirect("firm:uploads")
    new = 0
    for file in request.FILES.getlist("files"):
        try:
            handed = store.hand_in(member_of(request), file.name or "", file.chunks(), file.size)
        except Refused as refused:
            messages.error(request, _("“%(name)s”: %(why)s") % {"name": file.name, "why": refused.text})
            continue
        if handed.new:
            new += 1
        else:
            messages.info(request, already(handed.upload, file.name or ""))
    for name in request.too_large:  # type: ignore[attr-defined]
        messages.error(request, _("“%(name)s”: %(why)s") % {"name": name, "why": store.too_large().text})
    if new:
        said = ngettext("%(count)s file was handed in and is being read.", "%(count)s files were handed in and are being read.", new)
        messages.success(request, said % {"count": new})
    elif not request.FILES and not request.too_large:  # type: ignore[attr-defined]
        messages.info(request, _("Choose at least one file."))
    return redirect("firm:uploads")


def already(upload: Upload, name: str) -> str:
    """That the same bytes are here already, since when and as what."""
    return _("“%(name)s” is here already since %(day)s as “%(other)s”; it was not taken twice.") % {
        "name": name,
        "day": moment(upload.uploaded_at),
        "other": upload.name,
    }


@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """One file as the body of a call, its name in the header X-File-Name; answers in JSON. For the script of the list."""
    member = member_of(request)
    return answer_json(request, lambda name: store.hand_in(member, name, store.chunks_of(request), body_length(request)))  # type: ignore[arg-type]


def body_length(request: HttpRequest) -> int:
    """How many bytes the sender announced; raises Refused where it did not say, or where they are too many."""
    length = request.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
        raise store.cut_short()
    if int(length) > FILE_BYTES:
        raise store.too_large()
    return int(length)


def answer_json(request: HttpRequest, take: Callable[[str], store.HandedIn]) -> JsonResponse:
    """Takes the file of a call by its name and answers the script: what it is called here, or why it was not taken."""
    name = unquote(request.headers.get("X-File-Name", ""))
    try:
        handed = take(name)
    except UnreadablePostError:
        return JsonResponse({"error": store.cut_short().text}, status=422)
    except Refused as refused:
        return JsonResponse({"error": refused.text}, status=422)
    said = "" if handed.new else already(handed.upload, name)
    url = reverse("firm:upload", args=[handed.upload.pk])
    return JsonResponse({"name": handed.upload.name, "url": url, "new": handed.new, "said": said}, status=201 if handed.new else 200)


def _list(request: HttpRequest) -> HttpResponse:
    return render(request, "firm/uploads.html", _listed(request))


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """The table alone, for the page that waits for files to be read."""
    return render(request, "firm/part_files.html", _listed(request))


def _listed(request: HttpRequest) -> dict[str, Any]:
    firm = firm_of(request)
    show = request.GET.get("show", "all")
    rows = Upload.objects.kept().filter(firm=firm).defer("reading")
    found = settlement(firm)
    waiting = _waiting(found)
    faulty = _faulty(found)
    chosen = {
        "open": rows.filter(pk__in=waiting),
        "faults": rows.filter(pk__in=faulty) | rows.filter(state=Upload.State.REFUSED),
        "kept": rows.filter(state=Upload.State.ATTACHED),
    }
    search = request.GET.get("q", "").strip()[:100]
    listed = chosen.get(show, rows)
    if search:
        listed = listed.filter(name__icontains=search) | listed.filter(invoice__icontains=search)
    page = Paginator(listed.select_related("case"), PAGE).get_page(request.GET.get("page"))
    unread = rows.filter(state__in=_UNREAD).count()
    return {
        "page": page,
        "rows": list(_rows(page, found)),
        "show": show if show in SHOWS else "all",
        "search": search,
        "unread": unread,
        "counts": {"all": rows.count(), "open": len(waiting), "faults": len(faulty) + rows.filter(state=Upload.State.REFUSED).count()},
        "gone": Upload.objects.filter(firm=firm, removed_at__isnull=False).defer("reading").order_by("-removed_at")[:5],
        "most": FILE_BYTES // 1_000_000,
    }


def _waiting(found: Settlement | None) -> list[Any]:
    """The files with lines that wait for an answer."""
    return [] if found is None else [upload.pk for key in found.open_of if (upload := found.file_of(key)) is not None]


def _faulty(found: Settlement | None) -> list[Any]:
    """The files in which something is not used."""
    if found is None:
        return []
    names = [name for name, findings in found.findings_of.items() if any(finding.severity == FAULT for finding in findings)]
    return [found.uploads[name].pk for name in names if name in found.uploads and found.uploads[name].state == Upload.State.READ]


def _rows(page: Page, found: Settlement | None) -> Iterator[FileRow]:
    """The files of a page with what was found in each; the facts of all of them are asked for at once."""
    uploads = list(page.object_list)
    counts: dict[Any, int] = {}
    for pk in Fact.objects.standing().filter(upload__in=uploads).values_list("upload", flat=True):
        counts[pk] = counts.get(pk, 0) + 1
    refused = {
        pk: reading
        for pk, reading in Upload.objects.filter(pk__in=[u.pk for u in uploads], reading__has_key="findings").values_list("pk", "reading")
    }
    for upload in uploads:
        row = FileRow(upload, facts=counts.get(upload.pk, 0))
        name = found.name_of.get(upload.pk) if found is not None else None
        if found is not None and name is not None:
            row.invoice = found.invoice_of.get(name)
            row.copy_of = found.copy_of(name)
            used = row.invoice is not None and row.copy_of is None
            row.open = found.open_of.get(upload.invoice, 0) if used else 0
            row.findings = said_of(found.findings_of.get(name, []))
        elif upload.pk in refused:
            row.findings = said_of(refusal_of(refused[upload.pk] or {}), kept=upload.state == Upload.State.ATTACHED)
        yield row
