"""The policies of this service made ready to assess, for a year and the decisions in force.

Read once a process; a new version of the year's decisions makes a new session, and nothing else does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils import timezone

import chaoce
from chaoce.assessment.prepare import Session, prepare
from chaoce.folders import find_folder
from chaoce.marked import read_marked
from chaoce.policy.decisions import Decisions, read_decisions
from chaoce.policy.load import load_policy
from chaoce.policy.model import Policy
from chaoce.rules.tree import Benefit
from chaoce.service.plan.models import YearDecisions

#: The packages whose code decides an amount.
_ENGINE = ("facts", "rules", "policy", "assessment", "money.py", "dates.py")


def this_year() -> int:
    """The year of today in Haining."""
    return timezone.localdate().year


@lru_cache(maxsize=1)
def policies() -> tuple[Policy, ...]:
    """The policies that this service runs; raises Faults where a folder cannot be read."""
    return tuple(load_policy(find_folder(name), {}) for name in settings.CHAOCE_POLICIES)


def policy_of(policy: str) -> Policy:
    """A policy by its id; KeyError if this service does not run it."""
    for one in policies():
        if one.id == policy:
            return one
    raise KeyError(policy)


def benefit_of(policy: str, benefit: str) -> Benefit:
    """A benefit as the text has it, before any decision; KeyError if there is none."""
    return policy_of(policy).benefit(benefit)


def every_benefit() -> Iterator[tuple[Policy, Benefit]]:
    """All benefits in the order of the policies."""
    for policy in policies():
        for benefit in policy.benefits:
            yield policy, benefit


def decisions_of(year: int) -> YearDecisions | None:
    """The decisions in force for a year: the last version, if any was recorded."""
    return YearDecisions.objects.filter(year=year).order_by("-version").first()


def read_text(text: str, name: str) -> Decisions:
    """The decisions of a text; raises Faults."""
    return read_decisions(read_marked(text, name))


def session_of(year: int) -> Session:
    """The session for a year with the decisions in force."""
    row = decisions_of(year)
    return _session(year, "" if row is None else row.text)


@lru_cache(maxsize=16)
def _session(year: int, text: str) -> Session:
    return prepare(policies(), year, [read_text(text, f"decisions/{year}.yaml")] if text else [])


def session_with(year: int, text: str) -> Session:
    """The session for a year under a text of decisions, also one not yet recorded; raises Faults where it does not fit."""
    return _session(year, text)


@lru_cache(maxsize=1)
def fingerprints() -> dict[str, str]:
    """SHA-256 of each policy's files, text, rules and fact types: what an assessment was made under."""
    return {policy.id: _digest(Path(policy.folder), (".md", ".yaml", ".txt")) for policy in policies()}


def _digest(folder: Path, endings: tuple[str, ...]) -> str:
    """SHA-256 over the names and bytes of the files of a folder, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.suffix in endings):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


@lru_cache(maxsize=1)
def engine() -> str:
    """The program that computes: its version and the SHA-256 of the code that decides amounts."""
    here = Path(chaoce.__file__).parent
    digest = hashlib.sha256()
    for name in _ENGINE:
        place = here / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"chaoce {chaoce.__version__} {digest.hexdigest()[:16]}"
