"""The folder of the demonstration: its database, files, mail and logs, its secrets, and the lock of the one who runs it."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from chaoce.faults import Fault, Faults

SECRETS = "secrets.json"


def this_folder() -> Folder:
    """The folder of the process that runs: `chaoce service run` names it to those that it starts."""
    return Folder(Path(os.environ.get("CHAOCE_DATA", "var/demo")))


class Folder:
    """Where everything of a demonstration lies. Nothing outside it is ever written or removed."""

    def __init__(self, path: Path):
        self.path = path.absolute()
        self.postgres = self.path / "postgres"
        self.mail = self.path / "mail"
        self.logs = self.path / "logs"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Holds the folder; the lock ends with the process, however that ends. Raises Faults where another holds it."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / "lock").open("a+", encoding="ascii") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as taken:
                lock.seek(0)
                raise Faults([Fault("service.running", {"value": lock.read().strip()}, file=str(self.path))]) from taken
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def read(self) -> dict[str, Any]:
        """The secrets, made on first use: the key that signs, and a password for the role that serves."""
        path = self.path / SECRETS
        if path.exists():
            return dict(json.loads(path.read_text("utf-8")))
        made = {"key": secrets.token_urlsafe(48), "role_password": secrets.token_urlsafe(24), "accounts": {}}
        self.write(made)
        return made

    def write(self, made: dict[str, Any]) -> None:
        """Keeps the secrets, for this user's eyes only; a cut-off writing leaves the former ones."""
        self.path.mkdir(parents=True, exist_ok=True)
        beside = self.path / f"{SECRETS}.new"
        with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(made, file, ensure_ascii=False, indent=1)
        beside.replace(self.path / SECRETS)

    def keep(self, **more: Any) -> dict[str, Any]:
        """The secrets with more beside them, kept."""
        made = {**self.read(), **more}
        self.write(made)
        return made
