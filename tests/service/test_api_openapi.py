"""The OpenAPI document: complete, true to the table of rights, with examples that hold."""

from __future__ import annotations

import json

import jsonschema
import pytest
from django.test import Client
from django.utils.translation import override

from chaoce.service.api.app import api
from chaoce.service.api.openapi import document
from chaoce.service.api.problems import KINDS
from chaoce.service.api.register import OPERATIONS
from chaoce.service.api.scopes import Scope
from chaoce.service.people.rights import RIGHTS
from core_kit import ROOT

_ALL = [(path, method, said) for path, methods in document()["paths"].items() for method, said in methods.items()]
_IDS = [said["operationId"] for _path, _method, said in _ALL]


def test_the_document_is_served_as_it_is():
    """“OpenAPI served at /api/v1/openapi.json”, to whoever asks, of version 3.1."""
    response = Client().get("/api/v1/openapi.json")
    assert response.status_code == 200 and json.loads(response.content) == document() and document()["openapi"].startswith("3.1")


def test_every_operation_is_in_the_document_and_in_the_table():
    """“Every operation is in the RIGHTS table”: none without a right, no right without an operation, no name twice."""
    assert sorted(_IDS) == sorted(OPERATIONS) and len(set(_IDS)) == len(_IDS)
    assert {f"api:{name}" for name in OPERATIONS} == {name for name in RIGHTS if name.startswith("api:")}
    for one in OPERATIONS.values():
        right = RIGHTS[f"api:{one.name}"]
        assert (right.look and not right.act) if one.safe else (right.act and not right.look), one.name
        assert not right.public and not right.anyone
        assert (one.scope is None) == (one.name == "me")
        assert one.scope is None or one.scope.startswith("read:") == one.safe
    assert {one.scope for one in OPERATIONS.values()} - {None} == set(Scope)
    bound = [op for router in api._get_bound_routers() for view in router.path_operations.values() for op in view.operations]
    assert sorted(op.operation_id for op in bound) == sorted(OPERATIONS) and all(op.auth_callbacks for op in bound)


@pytest.mark.parametrize(("path", "method", "said"), _ALL, ids=_IDS)
def test_an_operation_says_all_there_is_to_say(path, method, said):
    """“Documented for every operation (401, 403, 404, 409, 413, 415, 422, 429)”, with titles in both languages, words and examples."""
    want = {"401", "403", "404", "422", "429"} | ({"409", "413", "415"} if method == "post" else set())
    assert want <= set(said["responses"])
    assert said["summary"] and said["x-summary-zh"] and len(said["description"]) > 40 and said["security"] == [{"bearer": []}]
    for status, answer in said["responses"].items():
        media = list(answer["content"])
        assert media == ["application/problem+json"] if status >= "400" else len(media) == 1
    keys = [one for one in said["parameters"] if one["name"] == "Idempotency-Key"]
    assert bool(keys) == (method == "post") and all(one["required"] for one in keys)
    for content in [*said.get("requestBody", {"content": {}})["content"].items(), *said["responses"][_good(said)]["content"].items()]:
        _check_example(*content)


def _good(said):
    return next(status for status in said["responses"] if status < "300")


def _check_example(media, content):
    """A JSON body has an example, and it is one."""
    if media != "application/json":
        return
    schema = content["schema"]
    examples = schema.get("examples")
    if "$ref" in schema:
        examples = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]].get("examples")
    assert examples, schema
    for example in examples:
        jsonschema.Draft202012Validator({**schema, "components": document()["components"]}).validate(example)


def test_problems_are_what_they_are_said_to_be():
    """Every kind of problem has a status that is documented, and a place in the reference."""
    for kind in KINDS.values():
        body = {"type": f"/tokens/reference/#{kind.code}", "title": str(kind.title), "status": kind.status, "detail": str(kind.help)}
        jsonschema.Draft202012Validator(document()["components"]["schemas"]["Problem"]).validate(body)


@pytest.mark.parametrize(("page", "summary", "language"), [("docs/api.md", "summary", "en"), ("docs/zh/api.md", "x-summary-zh", "zh-hans")])
def test_the_pages_list_every_operation_and_problem(page, summary, language):
    """docs/api.md and its sister have every operation with its scope, and every kind of problem, and nothing else."""
    text = (ROOT / page).read_text("utf-8")
    scope = {said["operationId"]: f"`{said['x-scope']}`" if said["x-scope"] else "—" for _path, _method, said in _ALL}
    wanted = [
        f"| `{method.upper()} {path.removeprefix('/api/v1')}` | {scope[said['operationId']]} | {said[summary]} |"
        for path, method, said in _ALL
    ]
    assert [line for line in text.splitlines() if line.startswith(("| `GET ", "| `POST "))] == wanted
    stop = ". " if language == "en" else "。"
    with override(language):
        kinds = [f"| {kind.status} | `{kind.code}` | {kind.title}{stop}{kind.help} |" for kind in KINDS.values()]
    assert [line for line in text.splitlines() if line[2:5].isdigit()] == kinds
