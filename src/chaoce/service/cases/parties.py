"""Who acted in a case, as others may see it: the firm is shown departments, never their people; the city sees both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from chaoce.service.cases.models import Case
from chaoce.service.people.models import Membership
from chaoce.service.people.roles import DEPARTMENT, FIRM, Role


@dataclass(frozen=True)
class Party:
    """Somebody who acted: the role, the name of the firm, department or town (Chinese; empty for roles without one), the person."""

    role: Role
    place: str
    person: str

    @property
    def is_firm(self) -> bool:
        """Whether the firm acted."""
        return self.role in FIRM


def parties(case: Case, people: Iterable[int | None]) -> dict[int, Party]:
    """For each person who acted in a case, as what: one query, whatever their number.

    Somebody with several roles acted as the firm's, else for a department that reviews the case, else for the firm's town, else in the
    role that came first; also where the role has ended since.
    """
    wanted = {person for person in people if person is not None}
    if not wanted:
        return {}
    joint = set(case.call.joint.values_list("pk", flat=True))
    rows = Membership.objects.filter(user__in=wanted).select_related("user", "firm", "department", "town").order_by("id")
    found: dict[int, tuple[int, Membership]] = {}
    for row in rows:
        rank = _rank(case, row, joint)
        if row.user_id not in found or rank < found[row.user_id][0]:
            found[row.user_id] = (rank, row)
    return {
        person: Party(Role(row.role), str(row.firm or row.department or row.town or ""), row.user.name)
        for person, (_, row) in found.items()
    }


def _rank(case: Case, row: Membership, joint: set[int]) -> int:
    if row.role in FIRM:
        return 0 if row.firm_id == case.firm_id else 9
    if row.role in DEPARTMENT:
        return 1 if row.department_id == case.call.lead_id else 2 if row.department_id in joint else 5
    if row.role == Role.TOWN:
        return 3 if row.town_id == case.firm.town_id else 6
    return 4
