"""Files that firms hand in, what was read in them, and what the firm says about lines."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpRequest
from django.utils.translation import gettext as _
from ninja import File, Form, Query
from ninja.files import UploadedFile

from chaoce.evidence.findings import Finding
from chaoce.evidence.findings import Refused as CannotRead
from chaoce.evidence.folder import Settled
from chaoce.evidence.limits import FILE_BYTES
from chaoce.evidence.reading import outcome
from chaoce.money import format_yuan
from chaoce.service.api.operations.asked import case_of, firm_of, member_of, upload_of
from chaoce.service.api.paging import page_of
from chaoce.service.api.problems import Problem
from chaoce.service.api.register import BYTES, MULTIPART, Group
from chaoce.service.api.scopes import Scope
from chaoce.service.api.shapes.files import (
    AnswerLine,
    FindingShape,
    HandedIn,
    InvoiceLineShape,
    LineFilter,
    Lines,
    TakeBack,
    TakenBack,
    UploadBrief,
    UploadFilter,
    UploadPage,
    UploadShape,
)  # fmt: skip
from chaoce.service.documents import lines as said_of_lines
from chaoce.service.documents import removal, store
from chaoce.service.documents.models import Upload
from chaoce.service.documents.settling import Settlement, settlement
from chaoce.service.documents.words import say

group = Group("Files")


@group.reads("/firms/{uscc}/files", Scope.READ_FILES, UploadPage, "List a firm's files", "文件列表")
def files(request: HttpRequest, uscc: str, query: Query[UploadFilter]) -> UploadPage:
    """Files that the firm has handed in and not taken back."""
    rows = Upload.objects.seen_by(member_of(request)).kept().filter(firm=firm_of(request, uscc)).defer("reading")
    if query.state is not None:
        rows = rows.filter(state=query.state)
    return UploadPage(**page_of(request, rows, query, UploadBrief.of, ("-uploaded_at", "-pk")))


@group.reads("/files/{uuid:upload}", Scope.READ_FILES, UploadShape, "Get a file", "查看文件")
def file(request: HttpRequest, upload: UUID) -> UploadShape:
    """A file: how far its reading has come, what was found in it, and the lines of its invoice."""
    return UploadShape(**_shown(upload_of(request, upload)))


@group.reads("/files/{uuid:upload}/content", Scope.READ_FILES, BYTES, "Download a file", "下载文件")
def file_content(request: HttpRequest, upload: UUID) -> FileResponse:
    """The bytes as they were handed in."""
    row = upload_of(request, upload)
    response = FileResponse(store.open_file(row), as_attachment=True, filename=row.name, content_type=BYTES)
    response.headers["Content-Length"] = str(row.size)
    return response


@group.writes("/files", Scope.WRITE_FILES, HandedIn, "Hand in a file", "上传文件", status=201, media=MULTIPART)
def hand_in(
    request: HttpRequest, file: File[UploadedFile], case: Form[int | None] = None, item: Form[str] = ""
) -> HandedIn:  # fmt: skip
    """Hands in one file for the firm of the token; it is read in the background. With `case` and `item` it answers that item of the
    case's evidence list."""
    if (file.size or 0) > FILE_BYTES:
        raise Problem("too-large", store.too_large().text)
    row = case_of(request, case) if case is not None else None
    if row is None and item:
        raise Problem("invalid", faults=[{"at": "form.item", "text": _("An item needs the case whose evidence list it is on.")}])
    name = (file.name or "").replace("\0", "")
    handed = store.hand_in(member_of(request), name, file.chunks(), file.size, row, item)
    return HandedIn(**_shown(handed.upload), new=handed.new)


@group.writes("/files/{uuid:upload}/take-back", Scope.WRITE_FILES, TakenBack, "Take a file back", "撤回文件")
def take_back(request: HttpRequest, upload: UUID, body: TakeBack) -> TakenBack:
    """Takes a file out of what the firm handed in, and with it the facts that only it gives, unless a live case stands on them."""
    row = upload_of(request, upload)
    removal.take_back(member_of(request), row)
    row.refresh_from_db(fields=["removed_at"])
    at: Any = row.removed_at
    return TakenBack(id=row.pk, removed_at=at)


@group.reads("/firms/{uscc}/lines", Scope.READ_FILES, Lines, "List lines of invoices", "发票明细列表")
def lines(request: HttpRequest, uscc: str, query: Query[LineFilter]) -> Lines:
    """The lines of all the firm's invoices, copies counted once and red invoices taken off, with what the firm says that they are."""
    found = settlement(firm_of(request, uscc))
    rows = [] if found is None else [_line(found, one) for one in found.evidence.lines]
    return Lines(items=[row for row in rows if query.state in (None, row.state)])


@group.writes("/lines", Scope.WRITE_FILES, InvoiceLineShape, "Say what a line is", "确认发票明细")
def answer_line(request: HttpRequest, body: AnswerLine) -> InvoiceLineShape:
    """Says what a line of one of the firm's invoices is; the facts of the firm follow at once."""
    kind = said_of_lines.line_types().get(body.type)
    told = {name: ("true" if value else "false") if isinstance(value, bool) else value for name, value in body.values.items()}
    values: dict[str, Any] = said_of_lines.read_values(kind, told) if kind is not None else {}
    if kind is not None:
        values |= said_of_lines.strange_among(kind, told)
    member = member_of(request)
    said_of_lines.answer_line(member, body.invoice, body.line, body.type, values, body.note, body.seen)
    assert member.firm is not None
    found = settlement(member.firm)
    assert found is not None
    settled = next(one for one in found.lines_of[body.invoice] if one.entry.line.number == body.line)
    return _line(found, settled)


def _line(found: Settlement, settled: Settled) -> InvoiceLineShape:
    invoice, line = settled.entry.invoice, settled.entry.line
    answer, upload = found.answers.get((invoice.key, line.number)), found.file_of(invoice.key)
    return InvoiceLineShape(
        invoice=invoice.key, line=line.number, upload=upload.pk if upload else None, item=line.item, net=format_yuan(line.net),
        tax=format_yuan(line.tax), state=settled.state, fact=settled.fact, type=answer.type if answer else None,
        values=answer.values if answer else {}, note=answer.note if answer else "", seen=said_of_lines.seen_mark(answer),
    )  # fmt: skip


def _shown(row: Upload) -> dict[str, Any]:
    found = settlement(row.firm)
    name = found.name_of.get(row.pk) if found is not None else None
    members = {**UploadBrief.members(row), "copy_of": None, "findings": [_finding(one) for one in _refusal(row)], "lines": []}
    if found is not None and name is not None:
        members["copy_of"] = found.copy_of(name)
        members["findings"] = [_finding(one) for one in found.findings_of.get(name, [])]
        if name in found.invoice_of and members["copy_of"] is None:
            members["lines"] = [_line(found, one) for one in found.lines_of.get(row.invoice, [])]
    return members


def _refusal(row: Upload) -> tuple[Finding, ...]:
    """Why the file cannot be read; nothing where it can."""
    if not isinstance(row.reading, dict) or "findings" not in row.reading:
        return ()
    try:
        outcome(row.reading)
    except CannotRead as refused:
        return tuple(refused.findings)
    return ()


def _finding(finding: Finding) -> FindingShape:
    severity: Any = finding.severity
    return FindingShape(severity=severity, code=finding.code, text=say(finding), line=finding.line)
