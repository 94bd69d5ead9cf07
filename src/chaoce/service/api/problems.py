"""Every answer that is not what was asked for: RFC 9457 problem details, one catalogue of them, in the language of the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chaoce.service.api.wire import dump

CONTENT_TYPE = "application/problem+json"
#: Where the reference says what a type of problem means; `type` of a problem is this with its code as fragment.
REFERENCE = "/tokens/reference/"


@dataclass(frozen=True)
class Kind:
    """A type of problem: its status and what it is called. A caller tells problems apart by `type`, never by the words."""

    code: str
    status: int
    title: str | Promise
    help: str | Promise


KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        Kind("unreadable", 400, _("The request cannot be read"), _("The body is not JSON or not complete, or a header is missing.")),
        Kind(
            "unauthenticated", 401, _("No valid token"), _("Send a token that has neither expired nor been ended: Authorization: Bearer …")
        ),
        Kind("forbidden", 403, _("Not for this role"), _("The role that the token acts in may not do this.")),
        Kind("scope", 403, _("Outside the scopes of the token"), _("Make a token with the scope that the operation names.")),
        Kind("missing", 404, _("Not there"), _("It is not there, or not for this caller; which of the two is not said.")),
        Kind("method", 405, _("No such method here"), _("The header Allow lists the methods of this address.")),
        Kind("stale", 409, _("Changed by somebody else"), _("Get it again, look at what changed, and send its new version.")),
        Kind("refused", 409, _("Cannot be done now"), _("The detail and the points say why, and what would be right.")),
        Kind("in-progress", 409, _("The same request is being worked on"), _("Send it again after a moment, with the same key.")),
        Kind("busy", 409, _("Somebody else is at work on it"), _("Nothing was changed. Send it again after a moment, with the same key.")),
        Kind("too-large", 413, _("Too large"), _("The detail names the most that is taken.")),
        Kind("media-type", 415, _("Wrong type of content"), _("The detail names the type that is taken.")),
        Kind(
            "invalid",
            422,
            _("Something in the request is not right"),
            _("Every entry of `faults` names a place and what is wrong with it."),
        ),
        Kind("key-reused", 422, _("Idempotency key used for another request"), _("Take a new key for a new request.")),
        Kind("rate", 429, _("Too many requests"), _("Wait for as many seconds as Retry-After says.")),
        Kind(
            "unavailable", 503, _("Not possible on this machine now"), _("The detail says what is lacking; tell whoever runs the service.")
        ),
        Kind("broken", 500, _("Something went wrong here"), _("Nothing was changed. Send the request again later, with the same key.")),
    )
}


class Problem(Exception):
    """An answer of the catalogue, raised from wherever it is found out; nothing was changed."""

    def __init__(
        self,
        code: str,
        detail: str | Promise = "",
        points: Sequence[str] = (),
        faults: Sequence[Mapping[str, Any]] = (),
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ):
        self.kind = KINDS[code]
        self.detail = str(detail)
        self.points, self.faults, self.headers, self.more = list(points), [dict(fault) for fault in faults], dict(headers or {}), more
        super().__init__(f"{code}: {self.detail}")

    def body(self) -> dict[str, Any]:
        """The members of RFC 9457, `points` (more than one reason), `faults` (place and reason), and what the kind adds."""
        body: dict[str, Any] = {
            "type": f"{REFERENCE}#{self.kind.code}",
            "title": str(self.kind.title),
            "status": self.kind.status,
            "detail": self.detail or str(self.kind.help),
        }
        if self.points:
            body["points"] = self.points
        if self.faults:
            body["faults"] = self.faults
        return {**body, **self.more}

    def response(self) -> HttpResponse:
        """The answer."""
        return HttpResponse(dump(self.body()), status=self.kind.status, content_type=CONTENT_TYPE, headers=self.headers)
