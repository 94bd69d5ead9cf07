"""The pages that say what went wrong: what, why, and what to do now."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.datastructures import MultiValueDict

from chaoce.service.cases.faults import Busy, busy_of

#: What no text of the database can hold: NUL, and halves of a character.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def bad(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return render(request, "faults/bad.html", status=400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return render(request, "faults/refused.html", status=403)


def missing(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: it is not there, or not for this person; which of the two is not said."""
    return render(request, "faults/missing.html", status=404)


def broken(request: HttpRequest) -> HttpResponse:
    """500: nothing was changed, for every call is one transaction."""
    return render(request, "faults/broken.html", status=500)


class BusyMiddleware:
    """Where two people wait for each other and the database sends one away, that one is told so in words, whatever the page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """409 for a lock that was not given; None for any other fault."""
        busy = exception if isinstance(exception, Busy) else busy_of(exception)
        return None if busy is None else render(request, "faults/busy.html", {"busy": busy}, status=409)


class CookiesMiddleware:
    """Takes no notice of a cookie whose text the database could not even look for; stands before whatever reads one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        for name in [name for name, text in request.COOKIES.items() if not is_text_alone(text)]:
            del request.COOKIES[name]
        return self.get_response(request)


class TextMiddleware:
    """Holds what is asked and what a form sends, on every page, to text that can be kept; what files contain is read elsewhere.

    Refused and not mended: no field of a browser gives such a sign, and a text with signs left out is not the one that was sent.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Callable, args: tuple, kwargs: dict[str, Any]) -> HttpResponse | None:
        """400 in words for a query or a form, 404 for an address; None where all is text."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        if name.startswith("api:"):
            return None  # the API says so in its own words (api/door.py), and its bodies are no forms
        if not all(is_text_alone(value) for value in kwargs.values() if isinstance(value, str)):
            raise Http404
        # A view that bounds what it is sent before its form is read asks for the form's token itself, and reads no more of it.
        form = request.method == "POST" and not getattr(view, "csrf_exempt", False)
        if not is_text(request.GET) or (form and not is_text(request.POST)):
            raise BadRequest("a sign that no text can hold")
        return None


def is_text(sent: MultiValueDict) -> bool:
    """Whether a query or a form has only text that can be kept, in its names and in its values."""
    return all(is_text_alone(text) for name, texts in sent.lists() for text in (name, *texts))


def is_text_alone(text: str) -> bool:
    """Whether a text can be kept: without NUL and halves of a character."""
    return _UNSTORABLE.search(text) is None


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is older than the session: sign in again in another tab, or reload."""
    return render(request, "faults/csrf.html", status=403)
