"""The pages that say what went wrong: what, why, and what to do now."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


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


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form is older than the session: sign in again in another tab, or reload."""
    return render(request, "faults/csrf.html", status=403)
