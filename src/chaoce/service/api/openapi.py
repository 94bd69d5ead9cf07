"""The OpenAPI document: what the framework reads from the operations, made complete with keys, problems, limits and examples."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from chaoce.service.api.app import api
from chaoce.service.api.door import BODY
from chaoce.service.api.once import DAYS, HEADER
from chaoce.service.api.problems import CONTENT_TYPE, KINDS
from chaoce.service.api.register import BYTES, MULTIPART, OPERATIONS, PDF, ZIP, Operation
from chaoce.service.api.tokens import WINDOW, rate
from chaoce.service.people.rights import RIGHTS

PREFIX = "/api/v1/"
_FILES = (PDF, ZIP, BYTES)

_DESCRIPTION = f"""What the pages do, for programs, through the same functions: the same rights, the same amounts, the same faults.

**Tokens.** `Authorization: Bearer chaoce_…`. A token is made on the page Programs, is shown once, acts in the membership in which it
was made, within its scopes, until it expires or is ended. Somebody who is signed in may read without one.

**Writes happen once.** Every write needs `{HEADER}`, 1 to 80 visible ASCII characters of your choice (a UUID). The same request under
the same key is answered as before and not done again (`Idempotent-Replayed: true`); another request under it is refused with 422; a
second one while the first still runs with 409. Answers are kept for {DAYS} days. Where the answer is a 5xx nothing was changed, and
the same key works again.

**Versions.** A case has a `version`, which is its `ETag` too. Every step names in its body the version that you saw, and may repeat it
in `If-Match`. If somebody else changed the case in between, the answer is 409 with type `…#stale`, and nothing was done.

**Pages.** Lists give `items` and `next`, the address of the following page or null. A page begins after the last row of the one
before, so that nothing is twice or lost while rows are added.

**Money** is yuan as a decimal string with two places. **Dates** are ISO 8601, moments with their offset. A JSON body has at most
{BODY:,} bytes.

**Problems** are RFC 9457 (`{CONTENT_TYPE}`); tell them apart by `type`, never by their words. What a caller may not see is answered
with 404, as if it were not there. A token may make {rate()} calls in {WINDOW} seconds; then 429 says in `Retry-After` how long to wait.

**Languages.** Words for people come in Chinese, or in English with `Accept-Language: en`. Faults of a request's shape are in English.
"""

_PROBLEM = {
    "type": "object",
    "title": "Problem",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Names the type of problem; leads to the reference."},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string", "description": "What is wrong here, and what would be right."},
        "points": {"type": "array", "items": {"type": "string"}, "description": "The reasons, where there is more than one."},
        "faults": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["at", "text"],
                "properties": {"at": {"type": "string", "description": "The place, like body.version."}, "text": {"type": "string"}},
            },
        },
        "version": {"type": "integer", "description": "The version now, where another one was named."},
    },
}  # fmt: skip

#: Statuses that every operation may answer with, and those that only writes do.
_ALWAYS = (400, 401, 403, 404, 422, 429)
_WRITES = (409, 413, 415)


def _example(status: int) -> dict[str, Any]:
    from django.utils.translation import override

    with override("en"):
        kind = next(kind for kind in KINDS.values() if kind.status == status)
        return {
            "type": f"/tokens/reference/#{kind.code}", "title": str(kind.title), "status": status, "detail": str(kind.help),
        }  # fmt: skip


def _problem(status: int) -> dict[str, Any]:
    said = [kind for kind in KINDS.values() if kind.status == status]
    found: dict[str, Any] = {
        "description": "; ".join(_example_title(kind.code) for kind in said),
        "content": {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _example(status)}},
    }
    if status == 429:
        found["headers"] = {"Retry-After": {"schema": {"type": "string", "pattern": "^[0-9]+$"}, "description": "Seconds to wait."}}
    if status == 401:
        found["headers"] = {"WWW-Authenticate": {"schema": {"type": "string"}}}
    return found


def _example_title(code: str) -> str:
    from django.utils.translation import override

    with override("en"):
        return f"{KINDS[code].title} ({code})"


_KEY = {
    "name": HEADER,
    "in": "header",
    "required": True,
    "description": "Yours for this write; the same request under it is done once.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,80}$", "minLength": 1, "maxLength": 80},
    "example": "4a6c9d3e-0a6b-4c0e-9d84-3f2f3b1c7a10",
}
_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The entity tag that was seen; it may repeat the version of the body.",
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
    "example": '"3"',
}
_TAG = {"ETag": {"schema": {"type": "string"}, "description": "The version of the case."}}


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole document, OpenAPI 3.1."""
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=PREFIX.strip("/") + "/"), default=str))
    found["info"] = {
        "title": "chaoce 潮策", "version": "1", "summary": "Support policies as executable law, for programs.", "description": _DESCRIPTION,
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    }  # fmt: skip
    found["servers"] = [{"url": "/", "description": "This service"}]
    schemas = found["components"]["schemas"]
    schemas["Problem"] = _PROBLEM
    schemes = found["components"]["securitySchemes"]
    schemes["bearer"] = schemes.pop("Door")
    seen: dict[str, str] = {}
    for methods in found["paths"].values():
        for said in methods.values():
            operation = OPERATIONS[said["operationId"]]
            seen.setdefault(operation.tag, operation.tag)
            _complete(said, operation)
    found["tags"] = [{"name": tag} for tag in seen]
    return found


def _complete(said: dict[str, Any], operation: Operation) -> None:
    """One operation: its rights and scope, key, media types and problems."""
    said["security"] = [{"bearer": []}]
    roles = sorted(RIGHTS[f"api:{operation.name}"].look if operation.safe else RIGHTS[f"api:{operation.name}"].act)
    scope = operation.scope.value if operation.scope else None
    needs = f"Scope: `{scope}`. " if scope else ""
    said["description"] = f"{said.get('description', '').strip()}\n\n{needs}Roles: {', '.join(roles)}.".strip()
    said["x-roles"] = roles
    for parameter in said["parameters"]:
        parameter["schema"].pop("title", None)
        if parameter["in"] == "path" and parameter["schema"].get("type") == "integer":
            parameter["schema"] |= {"minimum": 1, "maximum": 2**63 - 1}
    good = said["responses"][str(operation.status)]
    good["description"] = "Made" if operation.status == 201 else "Done" if not operation.safe else "Found"
    if operation.gives in _FILES:
        good["content"] = {operation.gives: {"schema": {"type": "string", "format": "binary"}}}
    if not isinstance(operation.gives, str) and "version" in operation.gives.model_fields:
        good["headers"] = _TAG
    statuses = _ALWAYS if operation.safe else tuple(sorted(_ALWAYS + _WRITES))
    if not operation.safe:
        said["parameters"].append(_KEY)
        content = said["requestBody"]["content"]
        if operation.media == MULTIPART:
            for name, one in content[MULTIPART]["schema"]["properties"].items():
                if "anyOf" in one:  # a form has no null: what is not said is left out
                    content[MULTIPART]["schema"]["properties"][name] = {**one["anyOf"][0], "minimum": 1, "maximum": 2**63 - 1}
        elif "{int:number}" in operation.path and operation.path.startswith("/cases/"):
            said["parameters"].append(_MATCH)
    if operation.gives in (PDF, ZIP):
        statuses = (*statuses, 503)
    for status in statuses:
        said["responses"][str(status)] = _problem(status)
    said["responses"] = dict(sorted(said["responses"].items()))


@lru_cache(maxsize=1)
def document_text() -> str:
    """The document as it is served."""
    return json.dumps(document(), ensure_ascii=False)
