"""Policies, decisions and readings put together, once, for any number of firms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chaoce.assessment.answer import Answer, Assessor, assess_once
from chaoce.assessment.claims import Claiming
from chaoce.facts.firm import Firm
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import together
from chaoce.faults import Fault, Faults
from chaoce.policy.check import check
from chaoce.policy.decisions import Decisions, decide
from chaoce.policy.model import Policy


@dataclass(frozen=True)
class Session:
    """A year under given policies: reads firms and assesses them."""

    year: int
    policies: tuple[Policy, ...]
    reader: FirmReader
    assessor: Assessor

    def read(self, raw: object, file: str | None = None, line: int | None = None) -> Firm:
        """The firm of one decoded JSON object; raises Faults."""
        return self.reader.read(raw, file, line)

    def assess(self, firm: Firm, exact: bool = False) -> Answer:
        return self.assessor.assess(firm, self.year, exact)

    def assess_claims(self, firm: Firm, claiming: Claiming) -> Answer:
        """The answer to an application that claims these benefits for these facts, (policy, benefit, fact id), and no others."""
        return assess_once(self.assessor.engine, firm, self.year, claiming=claiming)


def prepare(policies: Sequence[Policy], year: int, decisions: Sequence[Decisions] = ()) -> Session:
    """A session for the policies and the year's decisions, other readings included; raises Faults.

    A reading whose other option does not fit the decisions made is left out: under it they would have to be made anew.
    """
    for place, policy in enumerate(policies):
        if any(policy.id == other.id for other in policies[:place]):
            raise Faults([Fault("policy.twice", {"value": policy.id}, file=str(policy.folder))])
    if type(year) is not int:
        raise TypeError("year is a whole number, like 2026")
    policies = [replace(policy, disagreements=len(check(policy).faults)) for policy in policies]
    decided = _decided(policies, year, decisions)
    others = []
    for place, policy in enumerate(policies):
        for reading in policy.readings:
            for option in reading.options:
                if option.id == policy.chosen[reading.id]:
                    continue
                changed = [*policies[:place], policy.read_as(reading.id, option.id), *policies[place + 1 :]]
                try:
                    others.append((policy, reading.id, option.id, _decided(changed, year, decisions)))
                except Faults:
                    continue
    return Session(year, decided, FirmReader(together([(policy.folder, policy.types) for policy in policies])), Assessor(decided, others))


def _decided(policies: Sequence[Policy], year: int, decisions: Sequence[Decisions]) -> tuple[Policy, ...]:
    return decide(policies, decisions, year)


def read_as(policies: Sequence[Policy], readings: Mapping[str, str]) -> tuple[Policy, ...]:
    """The policies with questions settled as given, {reading: option}; raises Faults for a reading that none has."""
    changed = list(policies)
    for reading, option in readings.items():
        owners = [place for place, policy in enumerate(changed) if reading in policy.chosen]
        if not owners:
            options = ", ".join(name for policy in policies for name in policy.chosen)
            raise Faults([Fault("cli.reading", {"value": reading, "options": options})])
        for place in owners:
            changed[place] = changed[place].read_as(reading, option)
    return tuple(changed)
