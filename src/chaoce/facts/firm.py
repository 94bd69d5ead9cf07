"""A firm with its facts and what it has received (docs/facts.md), read and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from chaoce.facts.types import Value


class Fact(NamedTuple):
    """A dated, evidenced event of a firm. Money among `values` is fen; `evidence` is carried along, never computed with."""

    id: str
    type: str
    date: date
    matter: tuple[str, ...]
    values: Mapping[str, Value]
    evidence: Mapping[str, Value] | None = None


class Received(NamedTuple):
    """Support already granted for one matter, in fen; `year` is what it counts in where the file says so."""

    benefit: str
    matter: str
    date: date
    amount: int
    year: int | None = None
    policy: str | None = None


class Firm(NamedTuple):
    """A firm. `values` holds the fields of `enterprise`; `facts` are in order of date, then id."""

    uscc: str
    values: Mapping[str, Value]
    facts: tuple[Fact, ...]
    received: tuple[Received, ...]

    def of_type(self, name: str) -> Iterator[Fact]:
        return (fact for fact in self.facts if fact.type == name)
