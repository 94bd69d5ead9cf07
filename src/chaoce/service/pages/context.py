"""What every page has. Whatever asks the database is a callable, so that a page that does not show it pays nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from chaoce.marked import Names
from chaoce.service.messaging.unread import at_bell
from chaoce.service.pages.navigation import Link, links
from chaoce.service.people.guard import memberships_of
from chaoce.service.people.models import Membership
from chaoce.service.plan.sessions import policies
from chaoce.service.wording import spoken


def frame(request: HttpRequest) -> dict[str, Any]:
    """The membership, the language and what stands around a page."""

    def unread() -> str:
        return at_bell(request.user)

    def navigation() -> list[Link]:
        if getattr(request, "lacks_factor", False):
            return []  # no page of these would open
        match = request.resolver_match
        return links(getattr(request, "member", None), match.view_name if match else "")

    def others() -> list[Membership]:
        member = getattr(request, "member", None)
        return [row for row in memberships_of(request) if member is None or row.pk != member.pk]

    return {
        "member": getattr(request, "member", None),
        "lang": spoken(),
        "unread": _once(unread),
        "navigation": _once(navigation),
        "other_memberships": _once(others),
        "policies": _titles,
        "demo": getattr(settings, "CHAOCE_DEMO", False),
    }


def _once(ask: Callable[[], Any]) -> Callable[[], Any]:
    return cache(wraps(ask)(ask))


@cache
def _titles() -> tuple[Names, ...]:
    """The titles of the policies in force."""
    return tuple(policy.title for policy in policies())
