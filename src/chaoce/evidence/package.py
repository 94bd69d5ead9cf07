"""Packages from strangers (OFD and XLSX are ZIP files): their size is known and limited before anything is unpacked."""

from __future__ import annotations

import io
import posixpath
import zipfile
import zlib

from chaoce.evidence.findings import refuse
from chaoce.evidence.limits import ZIP_BYTES, ZIP_ENTRIES, ZIP_RATIO, ZIP_RATIO_FROM


class Package:
    """The parts of a ZIP file by name. Nothing is written to disk and nothing nested is opened."""

    def __init__(self, data: bytes):
        """Checks the whole directory of the package; raises Refused."""
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            entries = self._zip.infolist()
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise refuse("zip.broken", detail=str(error)) from None
        if len(entries) > ZIP_ENTRIES:
            raise refuse("zip.entries", count=len(entries), limit=ZIP_ENTRIES)
        self._parts: dict[str, zipfile.ZipInfo] = {}
        total = 0
        for entry in entries:
            name = entry.filename.replace("\\", "/")
            normal = posixpath.normpath(name)
            if name.startswith("/") or normal == ".." or normal.startswith("../") or ":" in name or "\x00" in name:
                raise refuse("zip.path", part=name[:80])
            if entry.is_dir():
                continue
            if entry.flag_bits & 0x1:
                raise refuse("zip.encrypted")
            if normal in self._parts:
                raise refuse("zip.twice", part=normal[:80])
            total += entry.file_size
            if total > ZIP_BYTES:
                raise refuse("zip.size", limit=ZIP_BYTES)
            if entry.file_size > ZIP_RATIO_FROM and entry.file_size > ZIP_RATIO * max(1, entry.compress_size):
                raise refuse("zip.ratio", part=normal[:80], limit=ZIP_RATIO)
            self._parts[normal] = entry

    def names(self) -> list[str]:
        return list(self._parts)

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def read(self, name: str) -> bytes:
        """The bytes of a part, never more than its directory says; raises Refused, KeyError if there is no such part."""
        entry = self._parts[name]
        try:
            with self._zip.open(entry) as part:
                data = part.read(entry.file_size + 1)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
            raise refuse("zip.broken", detail=f"{name[:80]}: {error}") from None
        if len(data) > entry.file_size:  # the directory lied
            raise refuse("zip.size", limit=ZIP_BYTES)
        return data

    def check(self) -> None:
        """Unpacks every part once, for readers that open the package themselves and would believe its directory."""
        for name in self._parts:
            self.read(name)


def resolve(base: str, location: str) -> str:
    """A location inside a package, relative to the folder of `base` unless it begins with `/`.

    >>> resolve("Doc_0/Document.xml", "Pages/Page_0/Content.xml"), resolve("OFD.xml", "/Doc_0/Document.xml")
    ('Doc_0/Pages/Page_0/Content.xml', 'Doc_0/Document.xml')
    """
    location = location.strip().replace("\\", "/")
    if location.startswith("/"):
        return posixpath.normpath(location.lstrip("/"))
    return posixpath.normpath(posixpath.join(posixpath.dirname(base), location))
