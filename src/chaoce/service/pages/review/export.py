"""The filtered list as a workbook. What people typed is text and stays text, whatever it begins with."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO, Any

from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook

from chaoce.service.cases.flow import Outcome, State
from chaoce.service.cases.models import Case
from chaoce.service.cases.queue import waiting
from chaoce.service.pages.sheets import head_cell, number_cell, text_cell

#: Rows of one workbook.
MOST = 20_000
_YUAN = "#,##0.00"
_DAY = "yyyy-mm-dd"


def workbook(rows: Iterable[Case]) -> IO[bytes]:
    """An XLSX of rows of the queue, at its beginning; the caller closes it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Applications"))
    sheet.freeze_panes = "A2"
    columns = _columns()
    for number, (_name, width) in enumerate(columns):
        sheet.column_dimensions[chr(ord("A") + number)].width = width
    sheet.append([head_cell(sheet, name) for name, _width in columns])
    for case in rows:
        sheet.append(_row(sheet, case))
    file = TemporaryFile()  # noqa: SIM115
    book.save(file)
    file.seek(0)
    return file


def _columns() -> list[tuple[str, int]]:
    return [
        (_("Number"), 18),
        (_("Firm"), 36),
        (_("Tax id (USCC)"), 22),
        (_("Town"), 14),
        (_("Call"), 32),
        (_("State"), 18),
        (_("Outcome"), 14),
        (_("Submitted on"), 12),
        (_("Working days waited"), 14),
        (_("Claimed in yuan"), 16),
        (_("A ceiling is in it"), 12),
        (_("Granted in yuan"), 16),
        (_("Findings that stop"), 12),
        (_("Departments that agree or object"), 16),
    ]


def _row(sheet: Any, case: Case) -> list[Any]:
    waited = waiting(case)
    return [
        text_cell(sheet, str(case)),
        text_cell(sheet, case.firm.name),
        text_cell(sheet, case.firm.uscc),
        text_cell(sheet, case.firm.town.zh if case.firm.town else ""),
        text_cell(sheet, case.call.title),
        text_cell(sheet, str(State(case.state).label)),
        text_cell(sheet, str(Outcome(case.outcome).label) if case.outcome else ""),
        number_cell(sheet, timezone.localdate(case.submitted_at) if case.submitted_at else None, _DAY),
        number_cell(sheet, waited.days if waited else None, "0"),
        number_cell(sheet, _yuan(case.claimed), _YUAN),  # type: ignore[attr-defined]
        text_cell(sheet, _("Yes") if case.has_ceiling else _("No")),  # type: ignore[attr-defined]
        number_cell(sheet, _yuan(case.granted), _YUAN),  # type: ignore[attr-defined]
        number_cell(sheet, case.stopping, "0"),  # type: ignore[attr-defined]
        text_cell(sheet, f"{case.reviews_given} / {case.reviews_all}"),  # type: ignore[attr-defined]
    ]


def _yuan(fen: int | None) -> Decimal | None:
    return None if fen is None else Decimal(fen).scaleb(-2)
