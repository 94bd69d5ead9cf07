"""The files of a case: handed out, and shown beside its lines."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from chaoce.service.cases.models import Case
from chaoce.service.documents import picture as pictures
from chaoce.service.documents.models import Upload
from chaoce.service.documents.store import open_file
from chaoce.service.facts.models import Fact


def _upload(request: HttpRequest, pk: int, upload: UUID) -> tuple[Case, Upload]:
    """A file of a case that somebody may see: attached to it, or what one of its facts stands on, or a copy of its invoice."""
    case = get_object_or_404(Case.objects.seen_by(request.member).select_related("firm"), pk=pk)  # type: ignore[attr-defined]
    facts = Fact.objects.filter(case_lines__case=case)
    keys = {base.removeprefix("invoice:") for fact in facts for base in fact.bases if base.startswith("invoice:")}
    mine = Q(case=case) | Q(facts__in=facts) | Q(invoice__in=keys)
    return case, get_object_or_404(Upload.objects.filter(mine, firm=case.firm_id).distinct(), pk=upload)


@require_GET
def download(request: HttpRequest, pk: int, upload: UUID) -> FileResponse:
    """The file as it was handed in; a browser saves it and never runs it."""
    _case, row = _upload(request, pk, upload)
    try:
        file = open_file(row)
    except OSError:
        raise Http404 from None
    return FileResponse(file, as_attachment=True, filename=row.name, content_type="application/octet-stream")


@require_GET
def picture(request: HttpRequest, pk: int, upload: UUID, number: int) -> HttpResponse:
    """A page of a PDF as a picture, with the claimed line marked; or, as page 0, a file that is itself a picture."""
    _case, row = _upload(request, pk, upload)
    headers = {"Cache-Control": "private, max-age=3600"}
    try:
        if number:
            return HttpResponse(pictures.png(row, number, _number(request, "line")), content_type="image/png", headers=headers)
        kind = pictures.picture_type(row)
        if kind is None:
            raise Http404
        with open_file(row) as file:
            return HttpResponse(file.read(), content_type=kind, headers={**headers, "Content-Disposition": "inline"})
    except (pictures.NoPicture, OSError):
        raise Http404 from None


@require_GET
def source(request: HttpRequest, pk: int, upload: UUID) -> HttpResponse:
    """What stands in a file, as pictures of its pages or as text, with what a fact is of marked: a part of the page, or a page."""
    case, row = _upload(request, pk, upload)
    fact = _fact(request, case)
    line, table_row = _place(fact, row)
    try:
        beside = pictures.beside(row, line, table_row)
    except OSError:
        beside = pictures.Beside()
    query = f"?line={line}" if line is not None else ""
    pages = [
        (number, reverse("review:picture", args=[case.pk, row.pk, number]) + query)
        for number in (beside.page_numbers if beside.pages else [0] if beside.picture else [])
    ]
    context = {"case": case, "upload": row, "fact": fact, "beside": beside, "pages": pages}
    return render(request, "review/parts/source.html" if request.headers.get("HX-Request") else "review/source.html", context)


def _number(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def _fact(request: HttpRequest, case: Case) -> Fact | None:
    number = _number(request, "fact")
    return Fact.objects.filter(case_lines__case=case, pk=number).first() if number is not None else None


def _place(fact: Fact | None, upload: Upload) -> tuple[int | None, int | None]:
    """(line of its invoice, row of its table) in which a fact stands in a file."""
    if fact is None:
        return None, None
    for matter in fact.matters:
        base, _mark, line = matter.partition("#")
        if upload.invoice and base == f"invoice:{upload.invoice}" and line.isdecimal():
            return int(line), None
    evidence = fact.raw.get("evidence")
    row = evidence.get("row") if isinstance(evidence, dict) and fact.upload_id == upload.pk else None
    return None, row if isinstance(row, int) else None
