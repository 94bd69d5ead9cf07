"""What the domain raises, as a problem that a program can read."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.http import Http404
from django.http.multipartparser import MultiPartParserError
from django.http.request import UnreadablePostError
from django.utils.translation import gettext as _
from ninja.errors import HttpError, ValidationError

from chaoce.faults import Faults
from chaoce.service.api.problems import Problem
from chaoce.service.cases.faults import Busy, Refused, Stale, busy_of
from chaoce.service.documents.lines import Wrong
from chaoce.service.wording import spoken


def problem_of(fault: BaseException) -> Problem | None:
    """The problem of an exception that is the caller's to mend; None of any other."""
    if isinstance(fault, Problem):
        return fault
    if isinstance(fault, Http404):
        return Problem("missing")
    busy = fault if isinstance(fault, Busy) else busy_of(fault)
    if busy is not None:
        return Problem("busy", busy.text, headers={"Retry-After": "1"})
    if isinstance(fault, Stale):
        return Problem("stale", fault.text)
    if isinstance(fault, Wrong):
        return Problem("invalid", fault.text, faults=[_at(name, text) for name, text in fault.fields.items()])
    if isinstance(fault, Refused):
        return Problem("refused", fault.text, fault.points)
    if isinstance(fault, Faults):
        return Problem("invalid", faults=[_at(one.key or "", one.say(spoken())) for one in fault.faults])
    if isinstance(fault, ValidationError):
        return Problem("invalid", faults=[_said(error) for error in fault.errors])
    if isinstance(fault, RequestDataTooBig):
        return Problem("too-large", _("The request is larger than what is taken."))
    if isinstance(fault, (HttpError, UnreadablePostError, MultiPartParserError, SuspiciousOperation)):
        return Problem("unreadable")
    return None


def _at(place: str, text: str) -> dict[str, str]:
    return {"at": place, "text": text}


def _said(error: dict[str, Any]) -> dict[str, str]:
    """A fault of the shape of a request: the place as source and path, the words as pydantic says them."""
    source, *path = (str(part) for part in error["loc"])
    return _at(".".join([source, *path[1:]] if source == "body" and len(path) > 1 else [source, *path]), str(error["msg"]))
