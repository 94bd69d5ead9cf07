"""The papers of a case, and all of it in one archive."""

from __future__ import annotations

from io import BytesIO
from typing import Literal

from django.http import FileResponse, Http404, HttpRequest
from ninja import Query

from chaoce.service.api.operations.asked import case_of, member_of
from chaoce.service.api.problems import Problem
from chaoce.service.api.register import PDF, ZIP, Group
from chaoce.service.api.scopes import Scope
from chaoce.service.api.shapes.cases import Papers, PaperShape, WhichPaper
from chaoce.service.papers import shelf
from chaoce.service.papers.bundle import build, folder_of
from chaoce.service.papers.content import NotYet
from chaoce.service.papers.fonts import NoFonts

group = Group("Papers")


@group.reads("/cases/{int:number}/papers", Scope.READ_CASES, Papers, "List papers", "文书列表")
def papers(request: HttpRequest, number: int) -> Papers:
    """The papers that the case has now: application form, receipt, correction letters, decision."""
    row = case_of(request, number)
    return Papers(items=[PaperShape.of(one, _url(request, one)) for one in shelf.papers(row)])


def _url(request: HttpRequest, paper: shelf.Paper) -> str:
    base = f"{request.path}/{paper.kind}"
    return base if paper.correction is None else f"{base}?correction={paper.correction}"


@group.reads("/cases/{int:number}/papers/{kind}", Scope.READ_CASES, PDF, "Get a paper", "下载文书")
def paper(
    request: HttpRequest, number: int, kind: Literal["application", "receipt", "correction", "decision"], query: Query[WhichPaper]
) -> FileResponse:  # fmt: skip
    """A paper as PDF, in Chinese, with the official sentence and the arithmetic."""
    row = case_of(request, number)
    found = next((one for one in shelf.papers(row) if (one.kind, one.correction) == (kind, query.correction)), None)
    if found is None:
        raise Http404
    try:
        content = shelf.pdf(row, kind, query.correction)
    except NotYet:
        raise Http404 from None
    except NoFonts as lacking:
        raise Problem("unavailable", str(lacking)) from None
    return FileResponse(BytesIO(content), as_attachment=True, filename=f"{folder_of(row)}-{found.file}", content_type=PDF)


@group.reads("/cases/{int:number}/bundle", Scope.READ_CASES, ZIP, "Get the whole case", "下载全套材料")
def bundle(request: HttpRequest, number: int) -> FileResponse:
    """The whole case as one archive: papers, the record as JSON, the evidence, and their checksums."""
    row = case_of(request, number)
    try:
        content = build(row, member_of(request))
    except NoFonts as lacking:
        raise Problem("unavailable", str(lacking)) from None
    return FileResponse(content, as_attachment=True, filename=f"{folder_of(row)}.zip", content_type=ZIP)
