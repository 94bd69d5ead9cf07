"""`chaoce service reset`: the demonstration's folder is removed, and nothing else."""

from __future__ import annotations

import shutil
import sys
from contextlib import suppress
from pathlib import Path

from chaoce.faults import Fault, Faults
from chaoce.service.start.cluster import start
from chaoce.service.start.folder import SECRETS, Folder
from chaoce.service.start.run import say, tell


def reset(data: Path, yes: bool) -> int:
    """Removes the folder; 0 if it is gone or was never there. Raises Faults while the service runs, or where it is no such folder."""
    folder = Folder(data)
    if not folder.path.exists():
        tell(say(f"{folder.path} 不存在，无需删除。", f"{folder.path} is not there; nothing to remove."))
        return 0
    if not (folder.path / SECRETS).is_file():
        raise Faults([Fault("service.folder", {"value": SECRETS}, file=str(folder.path))])
    with folder.locked():
        if not yes and not _agreed(folder.path):
            return 1
        if (folder.postgres / "postmaster.pid").exists():
            with suppress(Faults):
                start(folder.postgres).stop()  # it was left running by a service that was killed
        # The secrets, by which the folder is known, go last: what is cut off here can be done again.
        for path in folder.path.iterdir():
            if path.name not in (SECRETS, "lock"):
                shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        shutil.rmtree(folder.path)
    tell(say(f"已删除 {folder.path}。", f"{folder.path} is removed."))
    return 0


def _agreed(path: Path) -> bool:
    if not sys.stdin.isatty():
        raise Faults([Fault("service.yes", file=str(path))])
    return input(say(f"删除 {path} 及其中的全部数据？[y/N] ", f"Remove {path} and all data in it? [y/N] ")).strip().lower() in (
        "y",
        "yes",
        "是",
    )
