"""Lists in pages by cursor: a page begins after the last row of the one before, whatever was added or went in between."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _

from chaoce.service.api.problems import Problem
from chaoce.service.api.shapes.common import Paged, Shape

S = TypeVar("S", bound=Shape)


def page_of(
    request: HttpRequest, rows: QuerySet, paged: Paged, shape: Callable[[Any], S], order: tuple[str, ...] = ("-pk",)
) -> dict[str, Any]:
    """`items` and `next` of a page: the address of the next one, None on the last.

    `order` are fields of the rows that together tell every row apart; with a minus the largest comes first. All go one way.
    """
    fields = [field.lstrip("-") for field in order]
    down = order[0].startswith("-")
    if paged.cursor:
        rows = rows.filter(_after(rows.model, fields, down, _values(rows.model, fields, paged.cursor)))
    found = list(rows.order_by(*order)[: paged.limit + 1])
    more = len(found) > paged.limit
    found = found[: paged.limit]
    return {"items": [shape(row) for row in found], "next": _next(request, fields, found[-1]) if more else None}


def _next(request: HttpRequest, fields: list[str], row: Model) -> str:
    query = request.GET.copy()
    query["cursor"] = _cursor([getattr(row, field) for field in fields])
    return f"{request.path}?{query.urlencode()}"


def _cursor(values: list[Any]) -> str:
    said = [value.isoformat() if hasattr(value, "isoformat") else value if isinstance(value, int) else str(value) for value in values]
    return urlsafe_b64encode(json.dumps(said, ensure_ascii=False).encode()).decode().rstrip("=")


def _values(model: type[Model], fields: list[str], cursor: str) -> list[Any]:
    """What a cursor says, as values of the fields; raises Problem for what this service never gave out."""
    try:
        said = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(said, list) or len(said) != len(fields) or any(isinstance(value, (dict, list, bool)) for value in said):
            raise ValueError
        read = [_column(model, field).to_python(value) for field, value in zip(fields, said, strict=True)]
        if any(value is None or (isinstance(value, str) and "\0" in value) for value in read):
            raise ValueError
    except (ValueError, TypeError, ValidationError, OverflowError, RecursionError):
        raise Problem("invalid", faults=[{"at": "query.cursor", "text": _("This is no cursor that was given out here.")}]) from None
    return read


def _column(model: type[Model], name: str) -> Any:
    return model._meta.pk if name == "pk" else model._meta.get_field(name)


def _after(model: type[Model], fields: list[str], down: bool, values: list[Any]) -> Q:
    side = "lt" if down else "gt"
    found, same = Q(pk__in=[]), Q()
    for field, value in zip(fields, values, strict=True):
        found |= same & Q(**{f"{field}__{side}": value})
        same &= Q(**{field: value})
    return found
