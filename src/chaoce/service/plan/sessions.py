"""The policies of this service made ready to assess, for a year and the decisions in force.

Read once a process; a new version of the year's decisions makes a new session, and nothing else does. At most sixteen sessions are
kept, the last used.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

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
_CODE = ("facts", "rules", "policy", "assessment", "marked.py", "money.py", "dates.py")


def this_year() -> int:
    """The year of today in Haining."""
    return timezone.localdate().year


class _Loaded(NamedTuple):
    """The policies as they were read, with the SHA-256 of the files that were read, at one moment."""

    policies: tuple[Policy, ...]
    fingerprints: dict[str, str]


@lru_cache(maxsize=1)
def _loaded() -> _Loaded:
    read = tuple(load_policy(find_folder(name), {}) for name in settings.CHAOCE_POLICIES)
    return _Loaded(read, {policy.id: _digest(Path(policy.folder)) for policy in read})


def policies() -> tuple[Policy, ...]:
    """The policies that this service runs; raises Faults where a folder cannot be read."""
    return _loaded().policies


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


class InForce(NamedTuple):
    """A year's session with the text of the decisions that it was made under and the fingerprints of every policy that it reads."""

    session: Session
    decisions: str
    fingerprints: dict[str, str]


def in_force(year: int) -> InForce:
    """What holds for a year now. The version in force is asked for each time, so that one recorded by another process is seen."""
    row = decisions_of(year)
    return _session(_ids(), year, "" if row is None else row.text)


def session_of(year: int) -> Session:
    """The session for a year with the decisions in force."""
    return in_force(year).session


def session_with(year: int, text: str) -> Session:
    """The session for a year under a text of decisions, also one not yet recorded; raises Faults where it does not fit."""
    return _session(_ids(), year, text).session


def session_under(ids: Iterable[str], year: int, text: str) -> InForce:
    """The session of some policies of this service, in that order, under a text of decisions; KeyError for one it does not run."""
    return _session(tuple(ids), year, text)


def _ids() -> tuple[str, ...]:
    return tuple(policy.id for policy in policies())


@lru_cache(maxsize=16)
def _session(ids: tuple[str, ...], year: int, text: str) -> InForce:
    session = prepare([policy_of(name) for name in ids], year, [read_text(text, f"decisions/{year}.yaml")] if text else [])
    fingerprints = {name: _loaded().fingerprints[name] for name in ids}
    for policy in session.policies:
        for benefit in policy.benefits:
            source = benefit.standard_of
            if source is not None and source.policy not in fingerprints:
                fingerprints[source.policy] = _digest(find_folder(source.policy, Path(policy.folder)))
    return InForce(session, text, fingerprints)


def fingerprints() -> dict[str, str]:
    """SHA-256 of each policy's files, text, rules and fact types: what an assessment was made under."""
    return dict(_loaded().fingerprints)


def _digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of a policy's files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.iterdir() if path.suffix in (".md", ".yaml", ".txt")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _engine() -> str:
    here = Path(chaoce.__file__).parent
    digest = hashlib.sha256()
    for name in _CODE:
        place = here / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.relative_to(here).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return f"chaoce {chaoce.__version__} {digest.hexdigest()[:16]}"


#: Read when this process begins: files that are replaced while it runs are not what it computes with.
_ENGINE = _engine()


def engine() -> str:
    """The program that computes: its version and the SHA-256 of the code that decides amounts."""
    return _ENGINE
