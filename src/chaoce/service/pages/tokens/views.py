"""Programs of a person: their tokens, made and shown once, ended; and the reference of the API."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from chaoce.service.api import tokens
from chaoce.service.api.models import Token
from chaoce.service.api.problems import KINDS
from chaoce.service.api.scopes import Scope
from chaoce.service.pages.tokens.forms import TokenForm
from chaoce.service.pages.tokens.reference import groups, shapes
from chaoce.service.people.models import Membership

#: Ended and expired tokens that the page still shows.
_PAST = 20


def _mine(member: Membership):
    return Token.objects.filter(membership=member)


@require_safe
def list_tokens(request: HttpRequest) -> HttpResponse:
    """The tokens of the membership that acts: those that work, and the last ones that no longer do."""
    rows = _mine(request.member)  # type: ignore[attr-defined]
    now = timezone.now()
    live = list(rows.filter(ended_at=None, expires_at__gt=now))
    past = list(rows.exclude(ended_at=None, expires_at__gt=now)[:_PAST])
    words = dict(Scope.choices)
    for row in [*live, *past]:
        row.words = [words.get(scope, scope) for scope in row.scopes]
    return render(request, "tokens/list.html", {"live": live, "past": past, "now": now})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def create(request: HttpRequest) -> HttpResponse:
    """A new token. Its text is on this answer and nowhere else: only its digest is kept."""
    member: Membership = request.member  # type: ignore[attr-defined]
    form = TokenForm(member, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if tokens.live(member) >= tokens.MOST:
            form.add_error(None, _("There are %(most)s tokens already. End one that is no longer used.") % {"most": tokens.MOST})
        else:
            row, text = tokens.make(member, form.cleaned_data["name"], form.cleaned_data["scopes"], form.cleaned_data["days"])
            return render(request, "tokens/made.html", {"row": row, "text": text})
    return render(request, "tokens/create.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def end_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Ends one of the membership's tokens; from then on the program is refused."""
    row = get_object_or_404(_mine(request.member), pk=pk)  # type: ignore[attr-defined]
    tokens.end(row)
    messages.success(request, _("“%(name)s” no longer works.") % {"name": row.name})
    return redirect("tokens:list")


@require_safe
def reference(request: HttpRequest) -> HttpResponse:
    """What the API can do, drawn from its OpenAPI; needs nothing but this page."""
    return render(
        request, "tokens/reference.html", {"groups": groups(), "shapes": shapes(), "kinds": KINDS.values(), "rate": tokens.rate()}
    )
