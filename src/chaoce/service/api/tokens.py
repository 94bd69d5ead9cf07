"""Tokens: made and shown once, kept as digests, found again, counted, ended."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from chaoce.service.api.models import Token
from chaoce.service.people.models import Membership

PREFIX = "chaoce_"
#: Days that a token may live, shortest first.
LIVES = (30, 90, 180, 365)
#: Tokens of one membership that may be alive at a time.
MOST = 20
#: Seconds of the window in which calls are counted.
WINDOW = 60


def digest(token: str) -> str:
    """What is kept of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def make(membership: Membership, name: str, scopes: Iterable[str], days: int) -> tuple[Token, str]:
    """A new token of a membership, and its text, which is nowhere else from now on."""
    text = PREFIX + secrets.token_urlsafe(32)
    expires = timezone.now() + timedelta(days=days)
    row = Token.objects.create(membership=membership, name=name, digest=digest(text), scopes=sorted(set(scopes)), expires_at=expires)
    return row, text


def find(text: str) -> Token | None:
    """The live token of a text, with whom it acts as; None where it never was, has expired or was ended, or its owner's place was."""
    if not text.startswith(PREFIX) or len(text) > 100:
        return None
    rows = Token.objects.select_related("membership__user", "membership__firm", "membership__department", "membership__town")
    return (
        rows.filter(digest=digest(text), ended_at=None, expires_at__gt=timezone.now())
        .filter(membership__ended_at=None, membership__user__is_active=True)
        .first()
    )


def live(member: Membership) -> int:
    """How many tokens of a membership work now."""
    return Token.objects.filter(membership=member, ended_at=None, expires_at__gt=timezone.now()).count()


def rate() -> int:
    """Calls that one token may make in a window."""
    return int(getattr(settings, "CHAOCE_API_RATE", 300))


def count(token: Token) -> int:
    """Counts a call of a token; the seconds to wait where there were too many in this window, else 0.

    One statement, so that the count holds over all processes; the moment of last use is written once a window.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE api_token SET"
            " calls = CASE WHEN used_at > %(since)s THEN calls + 1 ELSE 1 END,"
            " used_at = CASE WHEN used_at > %(since)s THEN used_at ELSE %(now)s END"
            " WHERE id = %(id)s RETURNING calls, used_at",
            {"now": timezone.now(), "since": timezone.now() - timedelta(seconds=WINDOW), "id": token.pk},
        )
        calls, began = cursor.fetchone()
    return 0 if calls <= rate() else _left(began)


def _left(began: datetime) -> int:
    return max(1, WINDOW - int((timezone.now() - began).total_seconds()))


def end(token: Token) -> None:
    """Ends a token; nothing where it has ended already."""
    Token.objects.filter(pk=token.pk, ended_at=None).update(ended_at=timezone.now())
