"""The pages that say what went wrong: what, why, and what to do now."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from chaoce.service.cases.faults import Busy, busy_of


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


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is older than the session: sign in again in another tab, or reload."""
    return render(request, "faults/csrf.html", status=403)
