"""A person's sessions, listed with as many queries for many as for one (allauth's own view asks for each of them)."""

from __future__ import annotations

from typing import Any, cast

from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.views.generic.edit import FormView

from chaoce.service.people.models import User


def live_sessions(user: User) -> list[UserSession]:
    """The sessions in which a person is signed in, the first begun first; entries of others (over, or begun with a password that was
    changed since) go."""
    rows = list(UserSession.objects.filter(user=user).order_by("created_at", "pk"))
    stored = Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now())
    said = {session.session_key: session.get_decoded() for session in stored}
    live = [row for row in rows if _is_of(said.get(row.session_key, {}), user)]
    if len(live) < len(rows):
        UserSession.objects.filter(pk__in={row.pk for row in rows} - {row.pk for row in live}).delete()
    return live


def _is_of(session: dict[str, Any], user: User) -> bool:
    """Whether a session's data still sign the person in, as Django looks at them with each call."""
    signed = session.get(HASH_SESSION_KEY) or ""
    hashes = [user.get_session_auth_hash(), *user.get_session_auth_fallback_hash()]
    return session.get(SESSION_KEY) == str(user.pk) and any(constant_time_compare(signed, one) for one in hashes)


class Sessions(ListUserSessionsView):
    """The list, and the button that ends all others."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What the page of allauth has, with `sessions` of `live_sessions`."""
        sessions = live_sessions(cast(User, self.request.user))
        return {**FormView.get_context_data(self, **kwargs), "sessions": sessions, "session_count": len(sessions)}
