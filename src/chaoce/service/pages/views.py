"""The views of the frame: where a person begins, the language, and in which membership to act."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from chaoce.service.pages.language import remember
from chaoce.service.pages.navigation import first_page
from chaoce.service.people.models import Membership


def back(request: HttpRequest, default: str = "home") -> str:
    """Where a form says to go next, if that is a path of this service; else the default view."""
    path = request.POST.get("next", "")
    own = path.startswith("/") and url_has_allowed_host_and_scheme(
        path, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return path if own else resolve_url(default)


@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """To the first page of the person's role; without a role, a page that says what to do."""
    page = first_page(request.member)  # type: ignore[attr-defined]
    return redirect(page) if page else render(request, "frame/nowhere.html")


@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Keeps the language in a cookie, and with the person who is signed in; goes back to where the form was."""
    chosen = request.POST.get("language", "")
    response = redirect(back(request))
    if chosen in dict(settings.LANGUAGES):
        remember(response, request, chosen)
        if request.user.is_authenticated and request.user.language != chosen:
            request.user.language = chosen
            request.user.save(update_fields=["language"])
    return response


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Acts from now on in another of one's own memberships."""
    chosen = request.POST.get("membership", "")
    mine = Membership.objects.filter(user=request.user.pk, ended_at=None)
    row = get_object_or_404(mine, pk=int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else None)
    request.session["membership"] = row.pk
    return redirect("home")
