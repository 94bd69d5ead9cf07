"""The reader process: files from strangers are read outside this one, within limits of time and memory.

One process serves all files, each named on a line of its standard input and answered by a line of JSON; it is started
again when a file made it too slow or broke it.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path

from chaoce.evidence.findings import Finding, Refused
from chaoce.evidence.invoice import Invoice
from chaoce.evidence.limits import FILE_SECONDS, READER_BYTES
from chaoce.evidence.reading import answer, outcome
from chaoce.evidence.table import Sheet


class Reader:
    """Reads files in a process of its own; use it in a `with` block."""

    def __init__(self, seconds: float = FILE_SECONDS, memory: int = READER_BYTES):
        self.seconds, self.memory = seconds, memory
        self._process: subprocess.Popen | None = None
        self._answers: queue.Queue[bytes] = queue.Queue()

    def __enter__(self) -> Reader:
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def read(self, path: Path, name: str) -> Invoice | list[Sheet]:
        """The invoice or the sheets of a file, `name` being what to call it; raises Refused."""
        process = self._process or self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps({"path": str(path), "name": name}).encode() + b"\n")
            process.stdin.flush()
            line = self._answers.get(timeout=self.seconds)
        except queue.Empty:
            self._stop()
            raise Refused(Finding("file.slow", {"seconds": f"{self.seconds:g}"}, file=name)) from None
        except OSError:
            line = b""
        if not line:
            self._stop()
            raise Refused(Finding("file.stopped", {"detail": "process"}, file=name))
        return outcome(json.loads(line))

    def _start(self) -> subprocess.Popen:
        # The child finds chaoce where this process found it, installed or not.
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "chaoce.evidence.reader", str(self.memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._answers = queue.Queue()
        threading.Thread(target=_collect, args=(self._process.stdout, self._answers), daemon=True).start()
        return self._process

    def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            if process.stdin is not None:
                with contextlib.suppress(OSError):
                    process.stdin.close()
            process.wait()


def _collect(stream, answers: queue.Queue[bytes]) -> None:
    with stream:
        for line in stream:
            answers.put(line)
    answers.put(b"")


def serve(memory: int) -> None:
    """The reader process itself: answers one line for every line of standard input, until it ends."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass  # no such limits on this system; time and size still hold
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints stays out of the answers
    for line in sys.stdin.buffer:
        request = json.loads(line)
        try:
            with open(request["path"], "rb") as file:
                reply = answer(file.read(), request["name"])
        except OSError as error:
            reply = _refusal("file.unreadable", request, error.strerror or "OSError")
        except MemoryError:
            reply = _refusal("file.stopped", request, "memory")
        except Exception as error:
            # A library met what it never foresaw: the file is named and the rest is read.
            reply = _refusal("file.stopped", request, type(error).__name__)
        answers.write(json.dumps(reply, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
        answers.flush()


def _refusal(code: str, request: dict, detail: str) -> dict[str, object]:
    return {
        "findings": [{"code": code, "particulars": {"detail": detail}, "file": request["name"], "row": None, "invoice": None, "line": None}]
    }


if __name__ == "__main__":
    serve(int(sys.argv[1]))
