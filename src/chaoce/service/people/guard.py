"""The guard at the door: no view without a right, no staff without a second factor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render

from chaoce.service.people.models import Membership
from chaoce.service.people.rights import RIGHTS
from chaoce.service.people.roles import Role

SAFE = ("GET", "HEAD", "OPTIONS")
#: Views that a person of the city needs in order to set up the second factor.
BEFORE_MFA = ("mfa_", "account_", "usersessions_", "language", "switch")


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
            return redirect_to_login(request.get_full_path())
        member: Membership | None = request.member  # type: ignore[attr-defined]
        if member is not None and member.is_staff and not name.startswith(BEFORE_MFA) and not is_mfa_enabled(request.user):
            return redirect("mfa_index")
        if right is None or not right.allows(Role(member.role) if member else None, request.method in SAFE):
            return refused(request)
        return None


def refused(request: HttpRequest) -> HttpResponse:
    """The page that says that this is not for the person."""
    return render(request, "faults/refused.html", status=403)


def locked_out(request: HttpRequest, credentials: dict[str, Any] | None = None, *args: Any, **kwargs: Any) -> HttpResponse:
    """The answer while sign-in is locked after too many wrong passwords."""
    if request.headers.get("accept", "").startswith("application/json"):
        return JsonResponse({"detail": "locked"}, status=429)
    return render(request, "faults/locked.html", status=429)
