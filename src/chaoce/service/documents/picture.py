"""What a person sees beside the lines of a file: the pages of a PDF as pictures, the source of the others as text.

Files are opened in a process of their own (`drawing.py`), within limits of time, memory and size; what was drawn is kept beside
the bytes that it was drawn from, for it never changes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings

from chaoce.money import format_yuan
from chaoce.service.documents.drawing import SECONDS
from chaoce.service.documents.models import Upload
from chaoce.service.documents.store import open_file, path_of

#: Pixels from left to right.
WIDTH = 1100
#: Rows of a table around the one that is looked at.
_AROUND = 200

#: The pictures that a browser is shown, by how they begin; others are only handed out.
PICTURES: Mapping[bytes, str] = {b"\x89PNG": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}


class NoPicture(Exception):
    """The file cannot be drawn: damaged, too large, or not of a kind that is."""


class TextRow(NamedTuple):
    """A row of a source: how deep it stands, what it is called, what it says, and whether it is of the line that is looked at."""

    depth: int
    label: str
    text: str
    here: bool


class TableRow(NamedTuple):
    """A row of a table with its number in the file."""

    number: int
    cells: list[str]
    here: bool


@dataclass(frozen=True)
class Beside:
    """What stands beside a file's lines: `pages` of a PDF, or an own picture, or rows of text, or of tables by sheet; else nothing."""

    pages: int = 0
    picture: bool = False
    rows: tuple[TextRow, ...] = ()
    tables: tuple[tuple[str, list[TableRow]], ...] = ()
    cut: bool = False

    @property
    def page_numbers(self) -> range:
        """The pages from 1."""
        return range(1, self.pages + 1)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to be seen."""
        return not (self.pages or self.picture or self.rows or self.tables)


def beside(upload: Upload, line: int | None = None, row: int | None = None) -> Beside:
    """What is shown beside a file, with the place of an invoice's line, or a table's row, marked; empty where nothing can be."""
    reading = upload.reading or {}
    if upload.kind == "pdf":
        return Beside(pages=page_count(upload))
    if "sheets" in reading:
        return _tables(reading["sheets"], row)
    if upload.kind in ("xml", "ofd"):
        try:
            said = json.loads(_drawn(upload, "text.json", "text", upload.name))
        except NoPicture:
            return Beside()
        return Beside(rows=tuple(_marked(said["rows"], reading, line)), cut=said["cut"])
    return Beside(picture=picture_type(upload) is not None)


def picture_type(upload: Upload) -> str | None:
    """The media type of a file that is a picture and may be shown as it is."""
    if upload.kind:
        return None
    with open_file(upload) as file:
        head = file.read(12)
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in PICTURES.items() if head.startswith(start)), None)


def page_count(upload: Upload) -> int:
    """How many pages of a PDF are shown; 0 where it cannot be opened."""
    try:
        return int(_drawn(upload, "count", "count"))
    except (NoPicture, ValueError):
        return 0


def png(upload: Upload, page: int, line: int | None = None) -> bytes:
    """A page of a PDF, counted from 1, as PNG, with a line of its invoice marked; raises NoPicture."""
    if upload.kind != "pdf" or not 1 <= page <= page_count(upload):
        raise NoPicture
    needle, nth = _needle(upload.reading or {}, line)
    name = f"{page}.png" if not needle else f"{page}-{line}.png"
    return _drawn(upload, name, "page", str(page - 1), str(WIDTH), needle, str(nth))


def _needle(reading: Mapping[str, Any], line: int | None) -> tuple[str, int]:
    """The text by which a line is found on the page, and how many others before it have it."""
    lines = reading.get("invoice", {}).get("lines", [])
    here = next((entry for entry in lines if entry["number"] == line), None)
    if here is None:
        return "", 0
    needle = here["item"][:6]
    return needle, sum(needle in entry["item"] for entry in lines if entry["number"] < here["number"])


def _drawn(upload: Upload, name: str, verb: str, *arguments: str) -> bytes:
    """What the drawing process gives, from the folder of drawings where it was drawn before."""
    kept = Path(settings.CHAOCE_FILES) / "drawn" / upload.sha256[:2] / upload.sha256 / name
    if kept.exists():
        return kept.read_bytes()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "chaoce.service.documents.drawing", verb, str(path_of(upload.sha256)), *arguments]
    try:
        done = subprocess.run(command, env=environment, capture_output=True, timeout=SECONDS + 5)
    except subprocess.TimeoutExpired:
        raise NoPicture from None
    if done.returncode or not done.stdout:
        raise NoPicture
    kept.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=kept.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(done.stdout)
    os.replace(temporary, kept)
    return done.stdout


def _marked(rows: list[list[Any]], reading: Mapping[str, Any], line: int | None) -> list[TextRow]:
    """The rows of a source; those of the line, from its item's name to its tax, are marked."""
    lines = reading.get("invoice", {}).get("lines", [])
    start = end = -1
    place = 0
    for entry in lines:
        # The items stand in the source in the order of the lines: each is looked for behind the one before.
        at = next((n for n in range(place, len(rows)) if _says(rows[n][2], entry["item"])), None)
        if at is None:
            continue
        if entry["number"] == line:
            amounts = (format_yuan(entry["net"]), format_yuan(entry["tax"]))
            near = range(at, min(len(rows), at + 12))
            start, end = at, max((n for n in near if any(_says(rows[n][2], amount) for amount in amounts)), default=at)
            break
        place = at + 1
    return [TextRow(depth, label, text, start <= number <= end) for number, (depth, label, text) in enumerate(rows)]


def _says(text: str, words: str) -> bool:
    # Printed names run over into the next row: their beginning tells them.
    return bool(words) and (words in text or (len(words) > 9 and words[:9] in text))


def _tables(sheets: list[Mapping[str, Any]], row: int | None) -> Beside:
    tables = []
    cut = False
    for sheet in sheets:
        first = max(0, row - _AROUND) if row is not None and len(sheet["rows"]) > 2 * _AROUND else 0
        shown = sheet["rows"][first : first + 2 * _AROUND]
        cut = cut or len(shown) < len(sheet["rows"])
        rows = [TableRow(first + n, [_cell(cell) for cell in cells[:40]], first + n == row) for n, cells in enumerate(shown, 1)]
        tables.append((sheet["name"], rows))
    return Beside(tables=tuple(tables), cut=cut)


def _cell(cell: Any) -> str:
    if isinstance(cell, list):
        return str(cell[1])
    return {True: "✓", False: "✗"}[cell] if isinstance(cell, bool) else str(cell)
