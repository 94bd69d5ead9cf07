"""The papers of a case to be read and taken along."""

from __future__ import annotations

from urllib.parse import quote

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from chaoce.service.cases.models import Case
from chaoce.service.pages.papers.showing import Linked, linked
from chaoce.service.papers.bundle import build, folder_of
from chaoce.service.papers.content import NotYet
from chaoce.service.papers.fonts import NoFonts
from chaoce.service.papers.shelf import papers, pdf


def _case(request: HttpRequest, pk: int) -> Case:
    cases = Case.objects.seen_by(request.member)  # type: ignore[attr-defined]
    return get_object_or_404(cases.select_related("call__lead", "guide", "firm"), pk=pk)


@require_safe
def list_papers(request: HttpRequest, pk: int) -> HttpResponse:
    """The papers that a case has."""
    case = _case(request, pk)
    shown: list[Linked] = linked(case)
    return render(request, "papers/list.html", {"case": case, "papers": shown, "title": case.number or case.call.title})


def _paper(request: HttpRequest, pk: int, kind: str, correction: int | None = None) -> HttpResponseBase:
    case = _case(request, pk)
    paper = next((one for one in papers(case) if one.kind == kind and one.correction == correction), None)
    if paper is None:
        raise Http404
    try:
        content = pdf(case, kind, correction)
    except NotYet:
        raise Http404 from None
    except NoFonts as lacking:
        return _no_fonts(request, case, lacking)
    response = HttpResponse(content, content_type="application/pdf")
    name = f"{folder_of(case)}-{paper.file}"
    return _sent(request, response, name)


def _sent(request: HttpRequest, response: HttpResponseBase, name: str) -> HttpResponseBase:
    """A file under its name: shown in the browser, or, with `?download`, taken along. Never kept where others could find it."""
    how = "attachment" if "download" in request.GET or name.endswith(".zip") else "inline"
    response["Content-Disposition"] = f"{how}; filename*=UTF-8''{quote(name, safe='')}"
    response["Cache-Control"] = "private, no-store"
    return response


def _no_fonts(request: HttpRequest, case: Case, lacking: NoFonts) -> HttpResponse:
    return render(request, "papers/no_fonts.html", {"case": case, "lacking": str(lacking)}, status=503)


@require_safe
def application(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The application form as PDF."""
    return _paper(request, pk, "application")


@require_safe
def receipt(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The receipt as PDF."""
    return _paper(request, pk, "receipt")


@require_safe
def correction(request: HttpRequest, pk: int, correction: int) -> HttpResponseBase:
    """A correction letter as PDF."""
    return _paper(request, pk, "correction", correction)


@require_safe
def decision(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The decision as PDF."""
    return _paper(request, pk, "decision")


@require_safe
def bundle(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The whole case as ZIP."""
    case = _case(request, pk)
    try:
        file = build(case, request.member)  # type: ignore[attr-defined]
    except NoFonts as lacking:
        return _no_fonts(request, case, lacking)
    return _sent(request, FileResponse(file, content_type="application/zip"), f"{folder_of(case)}.zip")
