"""Programs for the tests: a client that carries a token and gives every write a key."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from django.http import HttpResponse
from django.test import Client

from chaoce.service.api.models import Token
from chaoce.service.api.scopes import Scope
from chaoce.service.api.tokens import make
from chaoce.service.people.models import Membership

_keys = count(1)
V1 = "/api/v1"


class Program:
    """A program with a token of a membership."""

    def __init__(self, member: Membership, scopes: list[str] | None = None, days: int = 30):
        self.member = member
        self.row, self.token = make(member, "test", Scope.values if scopes is None else scopes, days)
        self.client = Client()

    def headers(self, **more: str) -> dict[str, str]:
        """What every call carries."""
        return {"Authorization": f"Bearer {self.token}", "Accept-Language": "en", **more}

    def get(self, path: str, **query: Any) -> HttpResponse:
        """Reads."""
        return self.client.get(V1 + path, query, headers=self.headers())

    def post(self, path: str, body: Any = None, key: str | None = None, **headers: str) -> HttpResponse:
        """Writes, under a key of its own unless one is given."""
        sent = self.headers(**{"Idempotency-Key": key or f"key-{next(_keys)}", **headers})
        return self.client.post(V1 + path, json.dumps(body if body is not None else {}), content_type="application/json", headers=sent)


def said(response: HttpResponse, status: int) -> Any:
    """The body of an answer with that status."""
    assert response.status_code == status, (response.status_code, response.content.decode()[:2000])
    return json.loads(response.content)


def problem(response: HttpResponse, status: int, code: str) -> Any:
    """The problem of an answer, held to its type and media type."""
    body = said(response, status)
    assert response.headers["Content-Type"] == "application/problem+json"
    assert (body["type"].rpartition("#")[2], body["status"]) == (code, status), body
    assert body["title"] and body["detail"]
    return body


def renewed(row: Token) -> Token:
    """A token as the database has it now."""
    return Token.objects.get(pk=row.pk)
