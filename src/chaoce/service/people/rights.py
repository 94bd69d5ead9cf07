"""The rights of every role on every page and every API call: one table, which the guard reads and a test walks.

A view that is not in the table is shown to nobody. `look` is for reading (GET, HEAD), `act` for all else. What a role may see
of what a page lists is said where the rows are chosen (`seen_by` of each model), never here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chaoce.service.people.roles import DEPARTMENT, Role


@dataclass(frozen=True)
class Right:
    """Who may look at a view and who may act on it. `public`: without sign-in; `anyone`: every signed-in person, in a role or not."""

    look: frozenset[Role] = frozenset()
    act: frozenset[Role] = frozenset()
    public: bool = False
    anyone: bool = False

    def allows(self, role: Role | str | None, safe: bool) -> bool:
        """Whether a signed-in person in that role may make a call that reads (`safe`) or acts."""
        if self.public or self.anyone:
            return True
        return role in (self.look if safe else self.act)


def _right(look: Iterable[Role], act: Iterable[Role] = ()) -> Right:
    return Right(frozenset(look), frozenset(act))


PUBLIC = Right(public=True)
ANYONE = Right(anyone=True)

OFFICE = frozenset({Role.OFFICE})
READERS = frozenset({Role.AUDITOR, Role.LEADER, Role.OFFICE})
#: Who works on cases or reads them.
CASES = DEPARTMENT | {Role.TOWN, Role.EXPERT, Role.FINANCE} | READERS

#: view name -> right. Grouped by the module of the pages; names as in its urls.
RIGHTS: dict[str, Right] = {
    # frame
    "home": ANYONE,
    "language": PUBLIC,
    "switch": ANYONE,
}
