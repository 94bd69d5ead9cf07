"""How many messages a person has not read: the number at the bell."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser

from chaoce.service.messaging.models import Message
from chaoce.service.people.models import User

#: Beyond this the bell says "99+"; the count stops there, so that it costs the same for everybody.
MOST = 99


def unread(user: User | AnonymousUser) -> int:
    """The number of messages that a person has not read, at most one above `MOST`; one query, by an index of unread rows."""
    if not user.is_authenticated:
        return 0
    return Message.objects.filter(to=user.pk, read_at=None).order_by()[: MOST + 1].count()


def at_bell(user: User | AnonymousUser) -> str:
    """The same as the bell shows it; empty where there is none."""
    count = unread(user)
    return f"{MOST}+" if count > MOST else str(count or "")
