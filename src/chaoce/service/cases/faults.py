"""Why a step cannot be taken, said to the person who tried."""

from __future__ import annotations

from django.utils.functional import Promise


class Refused(Exception):
    """A step that cannot be taken now; nothing was changed. `text` says why and what would be right; `points` more than one reason."""

    def __init__(self, text: str | Promise, points: list[str] | None = None):
        self.text = str(text)
        self.points = points or []
        super().__init__(" ".join([self.text, *self.points]))


class Stale(Refused):
    """Somebody else changed the case after this page was shown."""
