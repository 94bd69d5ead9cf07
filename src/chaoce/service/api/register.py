"""Every operation of the API stands here by name: what it is called, which scope and rights it needs, what goes in and comes out.

`reads` and `writes` make an operation of a function that takes the request and what was sent, and gives back a shape. The door, the
idempotency key, the answer's JSON and the page of the reference come from this one place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Signature, signature
from typing import Any, get_type_hints

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Router

from chaoce.evidence.limits import FILE_BYTES
from chaoce.service.api.door import BODY, Door
from chaoce.service.api.once import once
from chaoce.service.api.problems import Problem
from chaoce.service.api.scopes import Scope
from chaoce.service.api.shapes.common import Shape
from chaoce.service.api.wire import JSON, answer

MULTIPART = "multipart/form-data"
PDF = "application/pdf"
ZIP = "application/zip"
BYTES = "application/octet-stream"


@dataclass(frozen=True)
class Operation:
    """An operation: `gives` is the shape of its answer, or the media type where it is a file."""

    name: str
    method: str
    path: str
    tag: str
    zh: str
    en: str
    scope: Scope | None
    status: int
    gives: type[Shape] | str
    media: str = ""

    @property
    def safe(self) -> bool:
        """Whether it changes nothing."""
        return self.method == "GET"


#: By name, in the order of the reference.
OPERATIONS: dict[str, Operation] = {}

View = Callable[..., Any]


class Group:
    """The operations of one noun."""

    def __init__(self, tag: str):
        self.tag = tag
        self.router = Router(tags=[tag])

    def reads(self, path: str, scope: Scope | None, gives: type[Shape] | str, en: str, zh: str) -> Callable[[View], View]:
        """Makes a function the GET of a path. It gives back the shape, or a response where that is a file."""
        return self._operation("GET", path, scope, gives, en, zh, 200, "")

    def writes(
        self, path: str, scope: Scope, gives: type[Shape], en: str, zh: str, status: int = 200, media: str = JSON
    ) -> Callable[[View], View]:
        """Makes a function the POST of a path, worked on once for every idempotency key."""
        return self._operation("POST", path, scope, gives, en, zh, status, media)

    def _operation(
        self, method: str, path: str, scope: Scope | None, gives: type[Shape] | str, en: str, zh: str, status: int, media: str
    ) -> Callable[[View], View]:
        def make(function: View) -> View:
            name = function.__name__
            if name in OPERATIONS:
                raise ValueError(f"two operations are called {name}")
            operation = OPERATIONS[name] = Operation(name, method, path, self.tag, zh, en, scope, status, gives, media)
            most = FILE_BYTES + BODY if media == MULTIPART else BODY

            @wraps(function)
            def view(request: HttpRequest, **sent: Any) -> HttpResponseBase:
                _check_query(request, known)
                if operation.safe:
                    return _respond(function(request, **sent), status)
                return once(request, lambda: _respond(function(request, **sent), status))

            known = _queries(function)
            view.__signature__ = _resolved(function)  # type: ignore[attr-defined]
            self.router.api_operation(
                [method],
                path,
                auth=Door(name, scope, media, most),
                response={status: gives if isinstance(gives, type) else None},
                operation_id=name,
                url_name=name,
                summary=en,
                openapi_extra={"x-summary-zh": zh, "x-scope": scope.value if scope else None},
            )(view)
            return function

        return make


def _resolved(function: View) -> Signature:
    """The signature with its annotations as types: the framework would look their names up in this module."""
    hints = get_type_hints(function, include_extras=True)
    read = signature(function)
    return read.replace(parameters=[one.replace(annotation=hints[name]) for name, one in read.parameters.items()])


def _queries(function: View) -> frozenset[str]:
    """The parameters of the query that a function reads."""
    hints = get_type_hints(function)
    return frozenset(hints["query"].model_fields) if "query" in hints else frozenset()


def _check_query(request: HttpRequest, known: frozenset[str]) -> None:
    """A parameter that is not known is a fault: a filter that is misspelt would else give everything."""
    unknown = sorted(set(request.GET) - known)
    if unknown:
        raise Problem("invalid", faults=[{"at": f"query.{name}"[:100], "text": "no such parameter here"} for name in unknown[:10]])


def _respond(result: Any, status: int) -> HttpResponse:
    if isinstance(result, HttpResponseBase):
        return result  # type: ignore[return-value]
    return answer(result.model_dump_json(by_alias=True), status, getattr(result, "version", None))
