"""The language of a page: the person's, else the one chosen in this browser, else Chinese."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

COOKIE = "chaoce_language"


def code() -> str:
    """`zh` or `en`: what the packages above the service call the language of this page.

    What a browser asks for is left aside: the service is Chinese by default, whoever made the browser.
    """
    return "en" if (translation.get_language() or "").startswith("en") else "zh"


class LanguageMiddleware:
    """Activates the language that the cookie names."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(COOKIE, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language  # type: ignore[attr-defined]
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", "en" if language == "en" else "zh-Hans")
            return response
