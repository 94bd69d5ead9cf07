"""The language of a page: the one chosen in this browser, else that of the person who signs in, else Chinese."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

COOKIE = "chaoce_language"
_YEAR = 365 * 24 * 3600


def remember(response: HttpResponse, request: HttpRequest, language: str) -> HttpResponse:
    """The response, with the language kept in the browser."""
    response.set_cookie(COOKIE, language, max_age=_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True)
    return response


def signed_in(sender: Any, request: HttpRequest, user: Any, **_more: Any) -> None:
    """Notes the language of who has just signed in, for a browser in which none was chosen."""
    if COOKIE not in request.COOKIES:
        request.language_to_keep = user.language  # type: ignore[attr-defined]


class LanguageMiddleware:
    """Activates the language that the cookie names. What a browser asks for is left aside: the service is Chinese by default."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(COOKIE, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", "en" if language == "en" else "zh-Hans")
            keep = getattr(request, "language_to_keep", None)
            return remember(response, request, keep) if keep and COOKIE not in response.cookies else response
