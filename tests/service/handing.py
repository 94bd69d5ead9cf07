"""Files for the tests to hand in: invoices made out to a firm in every format, tables, scans, pictures."""

from __future__ import annotations

import io
import sys
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "examples"), str(Path(__file__).resolve().parents[1] / "evidence")]

from evidence_kit import item, paper  # noqa: E402
from papers import Paper, digital_xml, ofd_2019, ofd_digital, xlsx  # noqa: E402
from printing import pdf  # noqa: E402

from chaoce.service.documents import store, tasks  # noqa: E402
from chaoce.service.documents.models import Upload  # noqa: E402
from chaoce.service.firms.models import Firm  # noqa: E402
from chaoce.service.people.models import Membership  # noqa: E402

__all__ = ["COMPUTE", "PNG", "Paper", "digital_xml", "hand", "item", "ofd_2019", "ofd_digital", "paper", "pdf", "scan", "sheet_of", "xlsx"]

#: A picture by its first bytes.
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
#: What computing power was bought for.
COMPUTE = {"resource": "intelligent", "purpose": "model_training"}


def sheet_of(firm: Firm, number: int | str = 1, *items, **more) -> Paper:
    """An invoice to a firm: one line of 1000 yuan of computing power unless told otherwise."""
    return paper(number, *items, buyer=(firm.uscc, firm.name), **more)


def hand(member: Membership, name: str, data: bytes, **more) -> Upload:
    """A file handed in and read at once."""
    upload = store.hand_in(member, name, [data], len(data), **more).upload
    tasks.read_now(upload.pk)
    upload.refresh_from_db()
    return upload


def scan() -> bytes:
    """A PDF without text, like a scan."""
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.rect(100, 100, 100, 100)
    canvas.save()
    return file.getvalue()
