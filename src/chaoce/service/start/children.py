"""The processes under `chaoce service run`: started apart from the terminal, watched, and ended together."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from chaoce.faults import Fault, Faults

#: Seconds that a process has to finish what it is at.
PATIENCE = 15
_DIES_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_SYSTEM = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def _leave_terminal() -> None:
    """In the new process: Ctrl-C reaches only its parent, and it ends when the parent is killed."""
    os.setsid()
    if _SYSTEM is not None:
        _SYSTEM.prctl(_DIES_WITH_PARENT, signal.SIGTERM, 0, 0, 0)


class Child:
    """A process with a log of its own."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str], logs: Path):
        logs.mkdir(parents=True, exist_ok=True)
        self.name, self.log = name, logs / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                preexec_fn=_leave_terminal,
            )

    @property
    def status(self) -> int | None:
        """Its exit status; None while it runs."""
        return self.process.poll()

    def last_words(self, lines: int = 5) -> str:
        """The end of its log, on one line, and where the rest is."""
        said = [line.strip() for line in self.log.read_text("utf-8", "replace").splitlines() if line.strip()]
        return " / ".join([*said[-lines:], str(self.log)])

    def finish(self) -> None:
        """Waits until it has done its work; raises Faults where it failed."""
        status = self.process.wait()
        if status != 0:
            raise Faults([Fault("service.step", {"value": self.name, "status": status, "detail": self.last_words()})])


def end(children: list[Child]) -> None:
    """Ends processes, those that do not listen by force."""
    for child in children:
        if child.status is None:
            child.process.send_signal(signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    for child in children:
        try:
            child.process.wait(max(until - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
