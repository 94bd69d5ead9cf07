"""How far a long run is: a bar on a terminal, a line now and then elsewhere. It only says; nothing is computed from its clock."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from chaoce.faults import language
from chaoce.rules.words import chinese_punctuation

_WIDTH = 28
_SECOND = 10**9


class Progress:
    """Rows done of all rows, with rows a second and the time that is left. Quiet unless it is given something to write on."""

    def __init__(
        self, rows: int, out: TextIO | None = None, label: tuple[str, str] = ("测算", "assessing"), unit: tuple[str, str] = ("行", "rows")
    ):
        self.rows, self.done, self.out, self.label, self.unit = max(rows, 1), 0, out, label, unit
        self._skipped = 0
        self._start = self._said = time.monotonic_ns()
        self._live = out is not None and out.isatty()

    def skip(self, rows: int) -> None:
        """Rows that an earlier run has done."""
        self.done += rows
        self._skipped += rows

    def add(self, rows: int) -> None:
        """Rows that are done now."""
        self.done += rows
        now = time.monotonic_ns()
        if self.out is not None and (self._live or now - self._said > 10 * _SECOND):
            self._said = now
            self._write(now)

    def end(self) -> None:
        """Nothing is left to do."""
        if self.out is not None:
            self._write(time.monotonic_ns())
            self.out.write("\n" if self._live else "")
            self.out.flush()

    def _write(self, now: int) -> None:
        pace = (self.done - self._skipped) * _SECOND // max(now - self._start, 1)
        percent = min(100, self.done * 100 // self.rows)
        left = max(self.rows - self.done, 0) // pace if pace else 0
        filled = percent * _WIDTH // 100
        bar = "█" * filled + "·" * (_WIDTH - filled)
        if language() == "zh":
            unit = self.unit[0]
            words = chinese_punctuation(f"{self.done:,} {unit},每秒 {pace:,} {unit},还需 {left} 秒")
        else:
            words = f"{self.done:,} {self.unit[1]}, {pace:,} a second, {left} s left"
        line = f"{self.label[language() == 'en']} {bar} {percent:3d}%  {words}"
        assert self.out is not None
        self.out.write(f"\r\x1b[2K{line}" if self._live else f"{line}\n")
        self.out.flush()


def terminal() -> TextIO:
    """Where progress is written."""
    return sys.stderr
