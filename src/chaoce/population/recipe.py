"""What a run is made of, as plain data: policies, readings, the year's decisions, changes. Every worker makes the same of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from chaoce.assessment.answer import Assessor
from chaoce.assessment.prepare import Session, read_as
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import together
from chaoce.faults import Fault, Faults
from chaoce.folders import find_folder
from chaoce.policy.change import change_policies
from chaoce.policy.decisions import Decisions, decide
from chaoce.policy.load import load_policy
from chaoce.policy.model import Policy


@dataclass(frozen=True)
class Recipe:
    """Policies (folders or ids) for a year, with questions read otherwise, decisions files, and changes for a what-if."""

    policies: tuple[str, ...]
    year: int
    readings: tuple[tuple[str, str], ...] = ()
    decisions: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()

    def with_changes(self, *changes: str) -> Recipe:
        return replace(self, changes=(*self.changes, *changes))

    def loaded(self) -> tuple[Policy, ...]:
        """The policies with readings, changes and decisions laid on them; raises Faults."""
        policies = [load_policy(find_folder(name), {}) for name in self.policies]
        for place, policy in enumerate(policies):
            if any(policy.id == other.id for other in policies[:place]):
                raise Faults([Fault("policy.twice", {"value": policy.id}, file=str(policy.folder))])
        read = read_as(policies, dict(self.readings))
        changed, later = change_policies(read, self.changes)
        return later(decide(changed, [Decisions.load(path) for path in self.decisions], self.year))

    def session(self) -> Session:
        """The policies ready to assess, without their other readings; raises Faults."""
        policies = self.loaded()
        types = together([(policy.folder, policy.types) for policy in policies])
        return Session(self.year, policies, FirmReader(types), Assessor(policies))

    def mark(self) -> str:
        """A digest of all that the answer depends on beside the population: the rules as they stand, decisions and changes laid on them."""
        from chaoce import __version__

        rules = [(p.id, p.benefits, p.limits, p.pools, p.term, p.settings, p.eligible, p.types) for p in self.loaded()]
        return hashlib.sha256(repr((__version__, self.year, self.changes, rules)).encode()).hexdigest()
