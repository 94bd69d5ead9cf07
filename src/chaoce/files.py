"""Text files read whole and written whole."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from chaoce.faults import Fault, Faults


def read_text(path: Path) -> str:
    """A UTF-8 text file, with or without a byte order mark; raises Faults."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError:
        raise Faults([Fault("file.missing", file=str(path))]) from None
    except UnicodeDecodeError as error:
        raise Faults([Fault("file.encoding", {"offset": error.start}, file=str(path))]) from None


def write_atomically(path: Path, text: str) -> None:
    """Writes UTF-8 text beside `path` and puts it there in one step; raises OSError and leaves nothing half done."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes private files; the facts file is read by others as any file that a person writes.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)
        raise
