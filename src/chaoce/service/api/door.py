"""The door of the API: who calls, and whether the table of rights and the scopes of the token let them do what they ask for."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest
from django.utils import translation
from django.utils.translation import gettext as _

from chaoce.service.api import tokens
from chaoce.service.api.models import Token
from chaoce.service.api.problems import Problem
from chaoce.service.api.scopes import Scope
from chaoce.service.pages.faults import is_text, is_text_alone
from chaoce.service.people.guard import SAFE, lacks_factor, membership_of, memberships_of
from chaoce.service.people.models import Membership
from chaoce.service.people.rights import RIGHTS
from chaoce.service.people.roles import Role

#: Bytes of a JSON body.
BODY = 1_000_000
_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="chaoce"'}


@dataclass(frozen=True)
class Caller:
    """Who calls: the membership that acts, and the token; without one it is somebody who is signed in and only reads."""

    member: Membership
    token: Token | None


class Door:
    """Lets a call of one operation in, or raises the Problem that says why not."""

    openapi_security_schema = {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of the page Programs; it acts in the membership in which it was made, within its scopes.",
    }

    def __init__(self, name: str, scope: Scope | None, media: str = "", most: int = BODY):
        self.name, self.scope, self.media, self.most = name, scope, media, most

    def __call__(self, request: HttpRequest) -> Caller:
        speak(request)
        caller = _caller(request)
        self._check_rights(caller, request)
        if caller.token is not None and (wait := tokens.count(caller.token)):
            raise Problem("rate", headers={"Retry-After": str(wait)})
        _check_text(request)
        if self.media:
            self._check_body(request)
        request.member = caller.member  # type: ignore[attr-defined]
        request.user = caller.member.user
        return caller

    def _check_rights(self, caller: Caller, request: HttpRequest) -> None:
        right = RIGHTS.get(f"api:{self.name}")
        if right is None or not right.allows(Role(caller.member.role), request.method in SAFE):
            raise Problem("forbidden")
        if self.scope is not None and caller.token is not None and self.scope not in caller.token.scopes:
            raise Problem("scope", _("This needs a token with the scope %(scope)s.") % {"scope": self.scope.value})

    def _check_body(self, request: HttpRequest) -> None:
        length = request.META.get("CONTENT_LENGTH") or "0"
        if not length.isascii() or not length.isdigit() or int(length) > self.most:
            raise Problem("too-large", _("No more than %(most)s bytes are taken.") % {"most": f"{self.most:,}"})
        if request.content_type != self.media:
            raise Problem("media-type", _("Send the body as %(media)s.") % {"media": self.media})


def speak(request: HttpRequest) -> None:
    """Takes the language that a program asks for; Chinese where it asks for none."""
    asked = request.headers.get("Accept-Language", "")
    translation.activate("en" if asked.strip().lower().startswith("en") else "zh-hans")


def _check_text(request: HttpRequest) -> None:
    """Holds the address and the query to text that the database can look for; bodies are held to it where they are read."""
    if not all(is_text_alone(str(value)) for value in (request.resolver_match.kwargs if request.resolver_match else {}).values()):
        raise Http404
    if not is_text(request.GET):
        raise Problem("invalid", faults=[{"at": "query", "text": _("The query has a sign that no text can hold, like NUL.")}])


def _caller(request: HttpRequest) -> Caller:
    header = request.headers.get("Authorization", "")
    if header:
        scheme, _space, text = header.partition(" ")
        token = tokens.find(text.strip()) if scheme.lower() == "bearer" else None
        if token is None:
            raise Problem("unauthenticated", headers=_CHALLENGE)
        if lacks_factor(token.membership.user, list(Membership.objects.filter(user=token.membership.user_id, ended_at=None))):
            raise Problem(
                "unauthenticated", _("Who works for the city needs a second factor. Set one up, then this works."), headers=_CHALLENGE
            )
        return Caller(token.membership, token)
    member = membership_of(request) if request.user.is_authenticated else None
    if member is None or lacks_factor(member.user, memberships_of(request)):
        raise Problem("unauthenticated", headers=_CHALLENGE)
    if request.method not in SAFE:
        # A page of another site could send a form with the person's cookie; it cannot send a token.
        raise Problem("unauthenticated", _("Writing needs a token; being signed in is enough for reading."), headers=_CHALLENGE)
    member.user = request.user  # type: ignore[assignment]
    return Caller(member, None)
