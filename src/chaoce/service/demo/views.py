"""Signing in with one click, and the six digits of an account: for trying the service out, and nowhere else."""

from __future__ import annotations

import time

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.base.internal.flows import post_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.contrib.auth import login, logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from chaoce.service.people.models import User
from chaoce.service.start.folder import this_folder

_BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
_PERIOD = 30


def _account(key: str) -> dict[str, str]:
    """An account of the folder; others, also real people's of this database, cannot be entered here."""
    found = this_folder().read()["accounts"].get(key)
    if found is None:
        raise Http404
    return dict(found)


@require_POST
def enter(request: HttpRequest, key: str) -> HttpResponse:
    """Signs in as an account of the demonstration, its second factor taken as given."""
    user = get_object_or_404(User, email=_account(key)["mail"])
    logout(request)
    login(request, user, backend=_BACKEND)
    record_authentication(request, user, "password", email=user.email)
    factor = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).first()
    if factor is not None:
        post_authentication(request, factor)
    return redirect("home")


@never_cache
@require_GET
def code(request: HttpRequest, key: str) -> HttpResponse:
    """The six digits that an authenticator app would show now, and for how many seconds more."""
    account = _account(key)
    if not account["totp"]:
        raise Http404
    now = int(time.time())
    digits = format_hotp_value(hotp_value(account["totp"], now // _PERIOD))
    return render(request, "demo/code.html", {"account": account, "digits": digits, "left": _PERIOD - now % _PERIOD})
