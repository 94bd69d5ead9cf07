"""One file read: what it is by its content, then by its name; then its invoice or its table. Runs in the reader process."""

from __future__ import annotations

from pathlib import PurePath

from chaoce.evidence.findings import Finding, Refused, refuse
from chaoce.evidence.invoice import Invoice, from_json, to_json
from chaoce.evidence.limits import FILE_BYTES
from chaoce.evidence.package import Package
from chaoce.evidence.table import Sheet, read_csv, read_xlsx

_PICTURES = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")
_ARCHIVES = (b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"PK\x05\x06")
_XML_STARTS = (b"<", b"<\x00", b"\x00<")
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def sniff(data: bytes, name: str) -> str:
    """pdf, ofd, xlsx, xml or csv; raises Refused for anything else."""
    suffix = PurePath(name).suffix.lower()
    if not data:
        raise refuse("file.empty")
    if b"%PDF-" in data[:1024]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        package = Package(data)
        names = set(package.names())
        if "OFD.xml" in names:
            return "ofd"
        if "xl/workbook.xml" in names:
            package.check()
            return "xlsx"
        raise refuse("ofd.missing", part="OFD.xml") if suffix == ".ofd" else refuse("kind.archive")
    if data.startswith(_PICTURES) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP"):
        raise refuse("kind.picture")
    if data.startswith(_ARCHIVES):
        raise refuse("kind.archive")
    start = next((data[len(mark) :] for mark in _MARKS if data.startswith(mark)), data).lstrip(b" \t\r\n")
    if suffix == ".csv":
        return "csv"
    if suffix == ".xml" or start.startswith(_XML_STARTS):
        return "xml"
    if suffix == ".pdf":
        raise refuse("pdf.broken", detail="%PDF-")
    if suffix in (".ofd", ".xlsx"):
        raise refuse("zip.broken", detail="PK")
    raise refuse("kind.unknown")


def read_bytes(data: bytes, name: str) -> Invoice | list[Sheet]:
    """The invoice, or the sheets of rows, of one file; raises Refused with findings that name the file."""
    try:
        if len(data) > FILE_BYTES:
            raise refuse("file.large", size=len(data), limit=FILE_BYTES)
        kind = sniff(data, name)
        if kind == "csv":
            return [read_csv(data, name)]
        if kind == "xlsx":
            return read_xlsx(data)
        if kind == "pdf":
            from chaoce.evidence.pdf import read_pdf as read
        elif kind == "ofd":
            from chaoce.evidence.ofd import read_ofd as read
        else:
            from chaoce.evidence.xml_invoices import read_xml as read
        return read(data).finish(name)
    except Refused as refused:
        raise Refused(*(finding.at(name) for finding in refused.findings)) from None
    except RecursionError:
        raise Refused(Finding("file.stopped", {"detail": "recursion"}, file=name)) from None


def answer(data: bytes, name: str) -> dict[str, object]:
    """What `read_bytes` gives, as JSON can hold it; `outcome` is its inverse."""
    try:
        read = read_bytes(data, name)
    except Refused as refused:
        fields = ("code", "particulars", "file", "row", "invoice", "line")
        return {"findings": [{key: getattr(finding, key) for key in fields} for finding in refused.findings]}
    if isinstance(read, Invoice):
        return {"invoice": to_json(read)}
    return {"sheets": [{"name": sheet.name, "rows": sheet.rows} for sheet in read]}


def outcome(raw: dict) -> Invoice | list[Sheet]:
    """The invoice or the sheets of an answer; raises Refused."""
    if "findings" in raw:
        raise Refused(*(Finding(**{**entry, "particulars": _tuples(entry["particulars"])}) for entry in raw["findings"]))
    if "invoice" in raw:
        return from_json(raw["invoice"])
    return [
        Sheet(sheet["name"], [[tuple(cell) if type(cell) is list else cell for cell in row] for row in sheet["rows"]])
        for sheet in raw["sheets"]
    ]


def _tuples(particulars: dict) -> dict[str, object]:
    # JSON knows no tuples; a pair in the particulars is the same word in Chinese and in English.
    return {key: tuple(value) if type(value) is list else value for key, value in particulars.items()}
