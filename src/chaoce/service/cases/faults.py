"""Why a step cannot be taken, said to the person who tried."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from psycopg import errors


class Refused(Exception):
    """A step that cannot be taken now; nothing was changed. `text` says why and what would be right; `points` more than one reason."""

    def __init__(self, text: str | Promise, points: list[str] | None = None):
        self.text = str(text)
        self.points = points or []
        super().__init__(" ".join([self.text, *self.points]))


class Missing(str):
    """A point that names the place of a form that it is about: `at` is the id of a field."""

    at: str

    def __new__(cls, text: str, at: str) -> Missing:
        """The words with their place."""
        point = super().__new__(cls, text)
        point.at = at
        return point


class Stale(Refused):
    """Somebody else changed the case after this page was shown."""


class Busy(Refused):
    """Somebody else held what the step needs for too long, or waited for what it held; the very same may be tried again."""


def busy_of(fault: BaseException) -> Busy | None:
    """What two people who act in the same moment are told of a lock that was not given; None of any other fault."""
    if isinstance(fault, OperationalError) and isinstance(fault.__cause__, errors.LockNotAvailable | errors.DeadlockDetected):
        return Busy(_("Somebody else is at work on this case, or on the same matter; try again in a moment. Nothing was changed."))
    return None


@contextmanager
def told_if_busy() -> Iterator[None]:
    """Around a transaction: a lock that is not given is said in words (Busy) instead of failing."""
    try:
        yield
    except OperationalError as fault:
        raise busy_of(fault) or fault from fault
