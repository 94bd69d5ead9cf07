"""The guard at the door: no view without a right, no staff without a second factor."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from allauth.usersessions.models import UserSession
from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_cool_off
from django.contrib.auth.views import redirect_to_login
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from chaoce.service.people.models import Membership, User
from chaoce.service.people.rights import RIGHTS
from chaoce.service.people.roles import Role

SAFE = ("GET", "HEAD", "OPTIONS")
#: What a person of the city may do before there is a second factor: set one up, confirm a password, choose, leave.
BEFORE_MFA = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "language",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_index",
        "switch",
    }
)
FACTORS = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def memberships_of(request: HttpRequest) -> list[Membership]:
    """What a person is here now, oldest first; asked once a call."""
    if not request.user.is_authenticated:
        return []
    if not hasattr(request, "_memberships"):
        live = Membership.objects.filter(user=request.user, ended_at=None).select_related("firm", "department", "town")
        request._memberships = list(live)  # type: ignore[attr-defined]
    return request._memberships  # type: ignore[attr-defined]


def membership_of(request: HttpRequest) -> Membership | None:
    """The membership in which a person acts: the one chosen, else the first that has not ended."""
    rows = memberships_of(request)
    chosen = request.session.get("membership") if rows else None
    return next((row for row in rows if row.pk == chosen), rows[0] if rows else None)


def lacks_factor(user: User, rows: list[Membership]) -> bool:
    """Whether somebody with these memberships needs a second factor and has none. One role of the city is enough to need it."""
    return any(row.is_staff for row in rows) and not is_mfa_enabled(user, FACTORS)


class RightsMiddleware:
    """Holds every call against the table of rights, once the view is known and before it runs."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.member = None  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict[str, Any]) -> HttpResponse | None:
        """None where the call may go on; else the page or answer that says why not."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name.startswith("api:"):
            return None  # the API asks the same table once it knows the token (api/auth.py)
        right = RIGHTS.get(name)
        request.member = membership_of(request)  # type: ignore[attr-defined]
        if right is not None and right.public:
            return None
        if not request.user.is_authenticated:
            return sign_in_first(request)
        member: Membership | None = request.member  # type: ignore[attr-defined]
        request.lacks_factor = lacks_factor(request.user, memberships_of(request))  # type: ignore[attr-defined]
        if request.lacks_factor and name not in BEFORE_MFA:  # type: ignore[attr-defined]
            return redirect("mfa_index")
        role = Role(member.role) if member else None
        if right is None or not right.allows(role, request.method in SAFE):
            page = page_of_step(request.path, role) if right is not None and right.allows(role, False) else None
            return redirect(page) if page else refused(request)
        return None


class SessionsMiddleware:
    """Keeps the list of a person's sessions: when each was last seen, to five minutes, so that reading a page writes nothing."""

    EVERY = 300

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            key = f"seen:{request.session.session_key}"
            # Asked before it is added: adding is a write in the cache's table, also where there is an entry already.
            if cache.get(key) is None and cache.add(key, True, self.EVERY):
                UserSession.objects.create_from_request(request)
        return self.get_response(request)


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """To the sign-in page and back to the page, which of a form is the one that it stood on: what was sent is not done.

    A part of a page says 401 instead, so that what was entered on it stays there.
    """
    if request.headers.get("HX-Request"):
        return HttpResponse(status=401)
    if request.method in SAFE:
        return redirect_to_login(request.get_full_path())
    to = redirect_to_login(page_of_form(request))
    to["Location"] += "&ended=1"
    return to


def page_of_form(request: HttpRequest) -> str:
    """The page on which a form stood that was sent, as its browser says; the first page where it says nothing, or another host."""
    said = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(said, {request.get_host()}, require_https=request.is_secure()):
        return "/"
    parts = urlsplit(said)
    return urlunsplit(("", "", "/" + parts.path.lstrip("/"), parts.query, ""))


def page_of_step(path: str, role: Role | None) -> str | None:
    """The page to which the address of a step belongs, that can only be sent: the nearest one above it that the role may look at.

    A browser that loads the answer of a step anew, or keeps its address, comes here.
    """
    while (path := path.rstrip("/").rpartition("/")[0] + "/") != "/":
        try:
            right = RIGHTS.get(resolve(path).view_name)
        except Resolver404:
            continue
        if right is not None and right.look and right.allows(role, True):
            return path
    return None


def refused(request: HttpRequest) -> HttpResponse:
    """The page that says that this is not for the person."""
    return render(request, "faults/refused.html", status=403)


def typed_address(request: HttpRequest, credentials: dict[str, Any] | None) -> str | None:
    """The address that somebody signs in with, as the lock counts it."""
    typed = (credentials or {}).get("email") or request.POST.get("login") or ""
    return typed.strip().lower() or None


def unlocked_at(request: HttpRequest, credentials: dict[str, Any] | None = None) -> datetime:
    """When sign-in opens again for the name and address of a call: the cool-off after the last wrong password."""
    handler = AxesProxyHandler.get_implementation()
    seen = [row.attempt_time for attempts in handler.get_user_attempts(request, credentials) for row in attempts]
    return max(seen, default=timezone.now()) + get_cool_off(request)


def locked_out(request: HttpRequest, answer: HttpResponse | None, credentials: dict[str, Any] | None) -> HttpResponse:
    """The answer while sign-in is locked after too many wrong passwords."""
    until = unlocked_at(request, credentials)
    if request.headers.get("accept", "").startswith("application/json"):
        return JsonResponse({"detail": "locked", "until": until.isoformat()}, status=429)
    return render(request, "faults/locked.html", {"until": until}, status=429)
