"""Draws one page of a PDF, or tells what a file says in order, in a process of its own: files from strangers are opened here only.

python -m chaoce.service.documents.drawing count PATH
python -m chaoce.service.documents.drawing page PATH NUMBER WIDTH NEEDLE NTH     a PNG on standard output
python -m chaoce.service.documents.drawing text PATH NAME                        rows as JSON on standard output
"""

from __future__ import annotations

import contextlib
import json
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

#: Bytes of memory and seconds of work that one drawing may take.
MEMORY = 1_000_000_000
SECONDS = 10
#: Pages that are shown, pixels of one, rows of text, letters of one row.
PAGES = 40
PIXELS = 4_000_000
ROWS = 4_000
LETTERS = 2_000


def count(path: str) -> bytes:
    """How many pages are shown."""
    from pypdfium2 import PdfDocument

    return str(min(PAGES, len(PdfDocument(path)))).encode()


def page(path: str, number: int, width: int, needle: str, nth: int) -> bytes:
    """A page as PNG, `width` pixels wide; the row in which `needle` stands for the nth time (from 0) is marked."""
    import numpy
    from pypdfium2 import PdfDocument

    document = PdfDocument(path)
    sheet = document[number]
    scale = min(width / sheet.get_width(), (PIXELS / (sheet.get_width() * sheet.get_height())) ** 0.5)
    drawn = sheet.render(scale=scale, rev_byteorder=True, may_draw_forms=False)
    pixels = drawn.to_numpy()
    pixels = numpy.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else pixels[:, :, :3].copy()
    place = _place(document, number, needle, nth) if needle else None
    if place is not None:
        top, bottom = (int((sheet.get_height() - edge) * scale) for edge in place)
        band = pixels[max(0, top - 4) : bottom + 4]
        # A marker pen: what is white turns yellow, what is black stays.
        band[:] = (band.astype(numpy.uint16) * numpy.array([255, 236, 130], dtype=numpy.uint16) // 255).astype(numpy.uint8)
    return png(pixels)


def _place(document: Any, number: int, needle: str, nth: int) -> tuple[float, float] | None:
    """Top and bottom of the row of a text, in points from the foot of the page; None where it stands on another page or nowhere."""
    for place in range(number + 1):
        text = document[place].get_textpage()
        search = text.search(needle, match_case=True)
        while (found := search.get_next()) is not None:
            if nth == 0:
                if place != number:
                    return None
                boxes = [text.get_charbox(index) for index in range(found[0], found[0] + found[1])]
                return max(box[3] for box in boxes), min(box[1] for box in boxes)
            nth -= 1
    return None


def png(pixels: Any) -> bytes:
    """An RGB array, rows × columns × 3 bytes, as PNG."""
    height, width, _colours = pixels.shape
    rows = b"".join(b"\x00" + pixels[row].tobytes() for row in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows, 6)) + chunk(b"IEND", b"")


def text(path: str, name: str) -> bytes:
    """What an XML or an OFD says: {"rows": [[depth, label, text], …], "cut": whether there is more}."""
    from chaoce.evidence.ofd import page_texts
    from chaoce.evidence.package import Package
    from chaoce.evidence.reading import sniff
    from chaoce.evidence.safe_xml import Node, parse_xml

    rows: list[tuple[int, str, str]] = []

    def tell(node: Node, depth: int) -> None:
        if len(rows) > ROWS:
            return
        rows.append((min(depth, 8), node.tag[:80], node.text[:LETTERS]))
        for child in node.children:
            tell(child, depth + 1)

    data = Path(path).read_bytes()
    kind = sniff(data, name)
    if kind == "xml":
        tell(parse_xml(data), 0)
    elif kind == "ofd":
        package = Package(data)
        rows += [(0, "", line[:LETTERS]) for line in page_texts(data)]
        for part in package.names():
            if part.lower().endswith("original_invoice.xml"):
                rows.append((0, "original_invoice.xml", ""))
                tell(parse_xml(package.read(part)), 1)
    return json.dumps({"rows": rows[:ROWS], "cut": len(rows) > ROWS}).encode()


def main() -> None:
    """One drawing; any failure ends with a status that is not 0."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    verb, path, *more = sys.argv[1:]
    if verb == "count":
        drawn = count(path)
    elif verb == "page":
        drawn = page(path, int(more[0]), int(more[1]), more[2], int(more[3]))
    else:
        drawn = text(path, more[0])
    sys.stdout.buffer.write(drawn)


if __name__ == "__main__":
    main()
