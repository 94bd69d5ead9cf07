"""Invoices as PDF: the text with its places, by pypdf. No script runs, no file is opened, nothing is drawn."""

from __future__ import annotations

import io
import logging

from chaoce.evidence.draft import Draft
from chaoce.evidence.findings import Refused, refuse
from chaoce.evidence.form import Fragment, read_form
from chaoce.evidence.limits import PDF_PAGES

#: Letters on one page beyond which it is no invoice; they are not looked at.
_PAGE_LETTERS = 200_000


def read_pdf(data: bytes) -> Draft:
    """The one invoice of a PDF; raises Refused."""
    from pypdf import PdfReader
    from pypdf.errors import PyPdfError

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise refuse("pdf.encrypted")
        count = len(reader.pages)
        if count > PDF_PAGES:
            raise refuse("pdf.pages", count=count, limit=PDF_PAGES)
        fragments = [fragment for number, page in enumerate(reader.pages) for fragment in _fragments(number, page)]
    except Refused:
        raise
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, AssertionError, OSError) as error:
        # pypdf raises its own errors for most damage and Python's for the rest.
        raise refuse("pdf.broken", detail=f"{type(error).__name__}: {error}"[:120]) from None
    if not any(fragment.text.strip() for fragment in fragments):
        raise refuse("pdf.picture")
    return read_form(fragments, "pdf")


def _fragments(number: int, page) -> list[Fragment]:
    """The texts of one page with their places; `page` is a pypdf page."""
    from pypdf.generic import ContentStream, NameObject

    found: list[Fragment] = []
    letters = 0

    def visit(text: str, cm: list[float], tm: list[float], _font: object, size: float) -> None:
        nonlocal letters
        letters += len(text)
        if letters > _PAGE_LETTERS:
            raise refuse("pdf.form")
        if text.strip():
            x = tm[4] * cm[0] + tm[5] * cm[2] + cm[4]
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            scale = abs(tm[3] * cm[3]) or abs(tm[1] * cm[2]) or 1.0
            found.append(Fragment(number, x, -y, max(0.1, abs(size) * scale), text.strip("\r\n")))

    if page.get("/Contents") is None:
        return found
    # Strings must stay bytes: what they spell depends on the font, not on the marks of Unicode text.
    contents = ContentStream(page["/Contents"].get_object(), page.pdf, "bytes")
    contents.operations = _parted(contents.operations)
    page[NameObject("/Contents")] = contents
    page.extract_text(visitor_text=visit)
    return found


def _parted(operations: list) -> list:
    """The operations with the font set anew after every shown text: pypdf then reports each text at its own place."""
    parted, font, saved = [], None, []
    for operands, operator in operations:
        parted.append((operands, operator))
        if operator == b"Tf":
            font = operands
        elif operator == b"q":
            saved.append(font)
        elif operator == b"Q" and saved:
            font = saved.pop()
        elif operator in (b"Tj", b"TJ", b"'", b'"') and font is not None:
            parted.append((font, b"Tf"))
    return parted
