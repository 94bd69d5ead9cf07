"""The OpenAPI as a page shows it: operations by noun, and the shapes that go in and out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chaoce.marked import Names
from chaoce.service.api.openapi import document

_REF = "#/components/schemas/"


@dataclass(frozen=True)
class Member:
    """A parameter, or a member of a shape. `shapes` are those that its type names."""

    name: str
    where: str
    kind: str
    shapes: tuple[str, ...]
    required: bool
    text: str


@dataclass(frozen=True)
class Told:
    """A body or an answer: its media type, its shape, and an example."""

    media: str
    shape: str
    example: str


@dataclass(frozen=True)
class Entry:
    """An operation."""

    id: str
    method: str
    path: str
    title: Names
    text: str
    scope: str
    roles: tuple[str, ...]
    parameters: tuple[Member, ...]
    body: Told | None
    status: str
    answer: Told
    statuses: tuple[str, ...]


@dataclass(frozen=True)
class Shape:
    """A shape with its members."""

    id: str
    text: str
    members: tuple[Member, ...]


#: The nouns of the reference in Chinese.
_ZH = {
    "People": "本人", "Firms": "企业", "Facts": "事实", "Files": "文件", "Calls": "申报批次", "Plan": "政策", "Cases": "申报",
    "Reviews": "审核", "Beside the flow": "留言、走访与专家", "Papers": "文书", "Messages": "消息",
}  # fmt: skip


@lru_cache(maxsize=1)
def groups() -> list[tuple[Names, list[Entry]]]:
    """The operations by noun, in the order of the document."""
    found: dict[str, list[Entry]] = {}
    for path, methods in document()["paths"].items():
        for method, said in methods.items():
            found.setdefault(said["tags"][0], []).append(_entry(path, method, said))
    return [(Names(_ZH[tag], tag), entries) for tag, entries in found.items()]


@lru_cache(maxsize=1)
def shapes() -> list[Shape]:
    """The shapes, by name."""
    return [
        Shape(name, said.get("description", ""), _members(said))
        for name, said in sorted(document()["components"]["schemas"].items())
        if said.get("type") == "object"
    ]


def _entry(path: str, method: str, said: dict[str, Any]) -> Entry:
    status, good = next((status, one) for status, one in said["responses"].items() if status < "300")
    text = said["description"].rpartition("\n\n")[0]
    return Entry(
        id=said["operationId"], method=method.upper(), path=path, title=Names(said["x-summary-zh"], said["summary"]), text=text,
        scope=said["x-scope"] or "", roles=tuple(said["x-roles"]),
        parameters=tuple(
            _member(one["name"], one["schema"], one["required"], one["in"], one.get("description", "")) for one in said["parameters"]
        ),
        body=_told(said["requestBody"]) if "requestBody" in said else None, status=status, answer=_told(good),
        statuses=tuple(status for status in said["responses"] if status >= "400"),
    )  # fmt: skip


def _told(said: dict[str, Any]) -> Told:
    media, content = next(iter(said["content"].items()))
    name = content["schema"].get("$ref", "").removeprefix(_REF)
    examples = _schema(name).get("examples", []) if name else []
    example = content.get("example", examples[0] if examples else None)
    return Told(media, name, json.dumps(example, ensure_ascii=False, indent=2) if example is not None else "")


def _schema(name: str) -> dict[str, Any]:
    return document()["components"]["schemas"][name]  # type: ignore[no-any-return]


def _members(said: dict[str, Any]) -> tuple[Member, ...]:
    required = said.get("required", [])
    return tuple(_member(name, one, name in required, "", one.get("description", "")) for name, one in said.get("properties", {}).items())


def _member(name: str, schema: dict[str, Any], required: bool, where: str, text: str) -> Member:
    named: list[str] = []
    return Member(name, where, _kind(schema, named), tuple(named), required, text)


def _kind(schema: dict[str, Any], named: list[str]) -> str:
    """A type in few words; the shapes that it names are added to `named`."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_REF)
        named.append(name)
        return name
    for key in ("anyOf", "allOf", "oneOf"):
        if key in schema:
            return " | ".join(dict.fromkeys(_kind(one, named) for one in schema[key]))
    if "enum" in schema:
        return " | ".join(json.dumps(value) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"])
    kind = schema.get("type", "any")
    if kind == "array":
        return f"[{_kind(schema.get('items', {}), named)}]"
    if kind == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{{…: {_kind(schema['additionalProperties'], named)}}}"
    return str(schema.get("format", kind))
