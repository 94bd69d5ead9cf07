"""Files for the tests to hand in: invoices made out to a firm in every format, tables, scans, pictures."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[2] / "examples"), str(Path(__file__).resolve().parents[1] / "evidence")]

from evidence_kit import item, paper  # noqa: E402
from papers import Paper, digital_xml, ofd_2019, ofd_digital, xlsx  # noqa: E402
from printing import pdf  # noqa: E402

from chaoce.service.calls.models import Call, Guide  # noqa: E402
from chaoce.service.documents import store, tasks  # noqa: E402
from chaoce.service.documents.models import Upload  # noqa: E402
from chaoce.service.firms.models import Firm  # noqa: E402
from chaoce.service.people.models import Membership  # noqa: E402
from chaoce.service.start.cluster import Cluster  # noqa: E402
from service.kit import make_department, make_member  # noqa: E402

__all__ = [
    "COMPUTE",
    "PNG",
    "Paper",
    "digital_xml",
    "hand",
    "item",
    "ofd_2019",
    "ofd_digital",
    "paper",
    "pdf",
    "scan",
    "sheet_of",
    "window_of",
    "worker",
    "xlsx",
]

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


def window_of(opens: datetime, closes: datetime, **fields) -> Call:
    """A call for computing power with its window, published unless told otherwise."""
    office = make_member("office").user
    defaults = {"zh": "算力补贴", "published_at": opens, "created_by": office, "lead": make_department()}
    call = Call.objects.create(
        year=2026, benefits=[["haining-ai-2026", "compute-purchase"]], opens_at=opens, closes_at=closes, **{**defaults, **fields}
    )
    Guide.objects.create(call=call, version=1, published_at=call.published_at, published_by=office if call.published_at else None)
    return call


@contextmanager
def worker(cluster: Cluster, files: Path) -> Iterator[subprocess.Popen]:
    """The worker of the service as it runs in production, on the database of the tests and their folder of files."""
    environment = {
        **os.environ,
        "DATABASE_URL": cluster.serve,
        "CHAOCE_FILES": str(files),
        "DJANGO_SETTINGS_MODULE": "chaoce.service.settings.test",
    }
    process = subprocess.Popen([sys.executable, "-m", "chaoce.service.manage", "procrastinate", "worker"], env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)
