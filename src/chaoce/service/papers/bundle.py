"""The whole case as one ZIP: its papers, its data, the evidence, and the checksums of all of it.

The same case gives the same bytes to the same reader: entries in order, none compressed, none with a time of its own.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from chaoce.service.cases.handed import last_handed_in
from chaoce.service.cases.models import Case
from chaoce.service.documents.store import clean_name, path_of
from chaoce.service.papers.record import record
from chaoce.service.papers.shelf import papers, pdf
from chaoce.service.people.models import Membership

SUMS = "SHA256SUMS.txt"
#: Up to here a ZIP is made in memory, beyond it in a file that goes when it is closed.
_MEMORY = 8 * 1024 * 1024
_CHUNK = 1024 * 1024


def folder_of(case: Case) -> str:
    """The folder in which everything of the ZIP lies."""
    return case.number or f"draft-{case.pk}"


def build(case: Case, member: Membership) -> IO[bytes]:
    """The ZIP, to be read from its beginning; raises NoFonts."""
    file: Any = SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115  it is handed on, and goes when it is closed
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        writer = _Writer(archive, folder_of(case))
        for paper in papers(case):
            writer.add(paper.file, pdf(case, paper.kind, paper.correction))
        files = list(_evidence(case, writer))
        data = {**record(case, member), "files": files}
        writer.add("case.json", json.dumps(data, ensure_ascii=False, indent=2, sort_keys=True).encode() + b"\n")
        kept = case.assessed.order_by("at", "id").last()
        if kept is not None:
            writer.add("facts.json", kept.facts.encode())
            if kept.decisions:
                writer.add("decisions.yaml", kept.decisions.encode())
        writer.finish()
    file.seek(0)
    return file


class _Writer:
    """Writes entries and remembers their digests."""

    def __init__(self, archive: zipfile.ZipFile, folder: str):
        self.archive, self.folder = archive, folder
        self.sums: list[tuple[str, str]] = []

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(f"{self.folder}/{name}", (1980, 1, 1, 0, 0, 0))
        entry.create_system = 3
        entry.external_attr = 0o100644 << 16
        return entry

    def add(self, name: str, content: bytes) -> None:
        """An entry of bytes."""
        self.archive.writestr(self._entry(name), content)
        self.sums.append((hashlib.sha256(content).hexdigest(), name))

    def copy(self, name: str, source: IO[bytes], size: int) -> str:
        """An entry from a file; returns the digest of what was there."""
        entry = self._entry(name)
        entry.file_size = size
        digest = hashlib.sha256()
        with self.archive.open(entry, "w") as target:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
        self.sums.append((digest.hexdigest(), name))
        return digest.hexdigest()

    def finish(self) -> None:
        """The checksums, as `sha256sum -c` reads them."""
        text = "".join(f"{digest}  {name}\n" for digest, name in sorted(self.sums, key=lambda row: row[1]))
        self.archive.writestr(self._entry(SUMS), text.encode())


def _evidence(case: Case, writer: _Writer) -> Iterator[dict[str, Any]]:
    """Writes the files that were handed in; yields what is said of each. A file whose bytes are gone or changed is said to be so."""
    taken: set[str] = set()
    for file in last_handed_in(case).files:
        path = f"evidence/{_own_name(file['name'], taken)}"
        row = {"path": path, "name": file["name"], "size": file["size"], "sha256": file["sha256"], "evidence": file["evidence"]}
        try:
            source = path_of(file["sha256"]).open("rb")
        except FileNotFoundError:
            yield {**row, "path": None, "sound": False}
            continue
        with source:
            yield {**row, "sound": writer.copy(path, source, file["size"]) == file["sha256"]}


def _own_name(name: str, taken: set[str]) -> str:
    """A file's own name, safe to unpack anywhere; with a number where two are called the same, also in other letters' case."""
    clean = clean_name(name)
    path, number, own = PurePosixPath(clean), 1, clean
    while own.lower() in taken:
        number += 1
        own = f"{path.stem} ({number}){path.suffix}"
    taken.add(own.lower())
    return own
