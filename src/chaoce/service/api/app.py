"""The API: its operations together, and what its answers are when something is wrong."""

from __future__ import annotations

import json
import logging
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from chaoce.service.api.door import speak
from chaoce.service.api.faults import problem_of
from chaoce.service.api.operations import cases, facts, files, firms, messages, papers, plan, reviews
from chaoce.service.api.problems import Problem
from chaoce.service.wording import spoken

log = logging.getLogger(__name__)


class _Parser(Parser):
    """JSON without what is no JSON (NaN, Infinity)."""

    def parse_body(self, request: HttpRequest) -> Any:
        def refuse(said: str) -> None:
            raise ValueError(said)

        return json.loads(request.body, parse_constant=refuse)


api = NinjaAPI(title="chaoce", version="1", urls_namespace="api", openapi_url=None, docs_url=None, parser=_Parser())
for group in (
    firms.people, firms.firms_group, facts.group, files.group, plan.calls_group, plan.plan_group, cases.group, reviews.group,
    reviews.beside, papers.group, messages.group,
):  # fmt: skip
    api.add_router("", group.router)


def _said(request: HttpRequest, fault: Exception) -> HttpResponse:
    problem = problem_of(fault)
    if problem is None:
        log.exception("%s %s", request.method, request.path, exc_info=fault)
        problem = Problem("broken")
    return problem.response()


for kind in (Exception, Http404, HttpError, ValidationError):
    api.add_exception_handler(kind, _said)  # type: ignore[arg-type]


def _tidy(view: Any) -> Any:
    """A view of the framework with our own words where the method is wrong, and the headers that every answer has."""

    @wraps(view)
    def tidied(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        speak(request)
        response = view(request, *args, **kwargs)
        if response.status_code == 405:
            response = Problem("method", headers={"Allow": ", ".join(sorted(response.headers["Allow"].split(", ")))}).response()
        response.headers["Content-Language"] = "en" if spoken() == "en" else "zh-Hans"
        response.headers["Cache-Control"] = "no-store"
        response.headers["Vary"] = "Accept-Language, Authorization, Cookie"
        return response  # type: ignore[no-any-return]

    tidied.csrf_exempt = True  # type: ignore[attr-defined]
    return tidied


def patterns() -> tuple[list[URLPattern], str, str]:
    """The addresses of the operations."""
    found, app, namespace = api.urls
    mine = [pattern for pattern in found if isinstance(pattern, URLPattern) and pattern.name != "api-root"]
    for pattern in mine:
        pattern.callback = _tidy(pattern.callback)
    return mine, app, namespace
