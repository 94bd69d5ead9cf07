"""What stands beside the operations: the OpenAPI, and the answer where there is nothing."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from chaoce.service.api.door import speak
from chaoce.service.api.openapi import document_text
from chaoce.service.api.problems import Problem
from chaoce.service.api.wire import answer


@require_safe
def openapi(request: HttpRequest) -> HttpResponse:
    """The OpenAPI of the API; it says nothing that is not in the source."""
    return answer(document_text())


@csrf_exempt
def nothing(request: HttpRequest) -> HttpResponse:
    """No operation has this address."""
    speak(request)
    return Problem("missing").response()
