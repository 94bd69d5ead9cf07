"""How far the work on a list has come, told while its one transaction is still open: over a connection of its own."""

from __future__ import annotations

from types import TracebackType

from django.db import connection

#: After so many rows the number is told again.
EVERY = 250


class Progress:
    """Tells the rows done of a list; use it in a `with` block. What it writes stands at once, whatever becomes of the work."""

    def __init__(self, pk: int):
        self.pk, self.told = pk, 0
        self._side = connection.copy()

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._side.close()

    def tell(self, done: int) -> None:
        """So many rows are done."""
        if done - self.told < EVERY:
            return
        self.told = done
        with self._side.cursor() as cursor:
            cursor.execute("UPDATE lists_officiallist SET done = %s WHERE id = %s", [done, self.pk])
