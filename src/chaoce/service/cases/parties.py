"""Who acted in a case, as others may see it: the firm is shown departments, never their people; the city sees both."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Case as Switch
from django.db.models import IntegerField
from django.db.models import When as On

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
    """For each person who acted in a case, as what: one query and one row a person, however many there are and whatever else they are.

    Somebody with several roles acted as the firm's, else for a department that reviews the case, else for the firm's town, else in the
    role that came first; also where the role has ended since.
    """
    wanted = {person for person in people if person is not None}
    if not wanted:
        return {}
    rows = Membership.objects.filter(user__in=wanted).annotate(rank=_rank(case)).select_related("user", "firm", "department", "town")
    return {
        row.user_id: Party(Role(row.role), str(row.firm or row.department or row.town or ""), row.user.name)
        for row in rows.order_by("user", "rank", "id").distinct("user")
    }


def _rank(case: Case) -> Switch:
    """Of a membership: the smaller, the likelier that it was the one acted in."""
    joint = case.call.joint.values("pk")
    return Switch(
        On(role__in=sorted(FIRM), firm=case.firm_id, then=0),
        On(role__in=sorted(DEPARTMENT), department=case.call.lead_id, then=1),
        On(role__in=sorted(DEPARTMENT), department__in=joint, then=2),
        On(role=Role.TOWN, town=case.firm.town_id, then=3),
        On(role__in=sorted(DEPARTMENT), then=5),
        On(role=Role.TOWN, then=6),
        On(role__in=sorted(FIRM), then=9),
        default=4,
        output_field=IntegerField(),
    )
