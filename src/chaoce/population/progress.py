"""How far a long run is: a bar on a terminal, a line now and then elsewhere. It says; nothing is computed from its clock."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from chaoce.faults import language

_WIDTH = 28


class Progress:
    """Rows done of all rows, with rows a second and the time that is left. Quiet unless it is given something to write on."""

    def __init__(self, rows: int, out: TextIO | None = None, label: tuple[str, str] = ("测算", "assessing")):
        self.rows, self.done, self.out, self.label = max(rows, 1), 0, out, label
        self.skipped = 0
        self._start = time.monotonic()
        self._said = self._start
        self._live = out is not None and out.isatty()

    def skip(self, rows: int) -> None:
        """Rows that an earlier run has done."""
        self.done += rows
        self.skipped += rows

    def add(self, rows: int) -> None:
        self.done += rows
        now = time.monotonic()
        if self.out is not None and (self._live or now - self._said > 10):
            self._said = now
            self._write(now)

    def end(self) -> None:
        if self.out is not None:
            self._write(time.monotonic())
            self.out.write("\n" if self._live else "")
            self.out.flush()

    def _write(self, now: float) -> None:
        seconds = max(now - self._start, 0.001)
        pace = int((self.done - self.skipped) / seconds)
        share = min(self.done / self.rows, 1)
        left = int((self.rows - self.done) / pace) if pace else 0
        zh = language() == "zh"
        filled = int(share * _WIDTH)
        bar = "█" * filled + "·" * (_WIDTH - filled)
        words = f"{self.label[0 if zh else 1]} {bar} {int(share * 100):3d}%  {self.done:,} "
        words += f"行\uff0c每秒 {pace:,} 行\uff0c还需 {left} 秒" if zh else f"rows, {pace:,} a second, {left} s left"
        self.out.write(f"\r\x1b[2K{words}" if self._live else f"{words}\n")  # type: ignore[union-attr]
        self.out.flush()  # type: ignore[union-attr]


def terminal() -> TextIO:
    """Where progress is written."""
    return sys.stderr
