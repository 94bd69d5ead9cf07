"""JSON as the API writes it: UTF-8 as it is, keys in the order of the documentation."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

JSON = "application/json"


def dump(value: Any) -> str:
    """The text of a JSON value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def etag(version: int) -> str:
    """The entity tag of a version."""
    return f'"{version}"'


def answer(text: str, status: int = 200, version: int | None = None) -> HttpResponse:
    """A JSON answer; a thing with a version carries it as its entity tag too."""
    response = HttpResponse(text, status=status, content_type=JSON)
    if version is not None:
        response.headers["ETag"] = etag(version)
    return response
