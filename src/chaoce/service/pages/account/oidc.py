"""The way to the identity provider."""

from __future__ import annotations

import logging

from allauth.socialaccount.providers.openid_connect.views import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from requests import RequestException

log = logging.getLogger(__name__)


def to_provider(request: HttpRequest, provider_id: str) -> HttpResponse:
    """allauth's view, but the way out is a page that goes on by itself.

    The content policy lets forms go to this service alone, and a browser holds a redirect after a form against it too: an answer
    that is a page is none. So no address of a provider has to stand in the policy.
    """
    try:
        answer = login(request, provider_id)
    except RequestException as fault:
        log.warning("OIDC: the provider does not answer: %s", fault)
        return render(request, "socialaccount/authentication_error.html", status=502)
    if answer.status_code == 302 and not answer["Location"].startswith("/"):
        return render(request, "socialaccount/login_redirect.html", {"redirect_to": answer["Location"]})
    return answer
