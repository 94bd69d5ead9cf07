"""What every page has."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from chaoce.service.pages.language import code


def frame(request: HttpRequest) -> dict[str, Any]:
    """The person's membership and the language."""
    return {"member": getattr(request, "member", None), "lang": code()}
