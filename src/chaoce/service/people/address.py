"""The network address that somebody calls from."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """As allauth sees it, so that its counts and the lock speak of the same: behind a proxy what the proxy says (settings).

    None where a call has none: it was made within this process.
    """
    try:
        return str(get_adapter().get_client_ip(request))
    except PermissionDenied:
        return None
