"""The app."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.http import HttpRequest


class AccountPagesConfig(AppConfig):
    """Sign-in, account, people."""

    name = "chaoce.service.pages.account"
    label = "pages_account"

    def ready(self) -> None:
        """A new second factor ends the sessions that were begun without it."""
        from allauth.mfa.signals import authenticator_added

        authenticator_added.connect(end_other_sessions, dispatch_uid="chaoce.factor")


def end_other_sessions(sender: Any, request: HttpRequest, user: Any, **_more: Any) -> None:
    """Ends every session of a person but this one."""
    from allauth.usersessions.models import UserSession

    for session in UserSession.objects.filter(user=user).exclude(session_key=request.session.session_key):
        session.end()
