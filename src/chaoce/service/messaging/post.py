"""Telling people: one message a person, in the service and by mail once the transaction has ended well."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from chaoce.service.cases.models import Case
from chaoce.service.messaging.models import Message
from chaoce.service.people.models import Membership, User
from chaoce.service.people.roles import DEPARTMENT


def tell(code: str, case: Case, to: Iterable[User] | None = None, **particulars: Any) -> None:
    """Tells those whom a message of the catalogue is for, or the people in `to`."""
    people = list(to) if to is not None else _of_case(case)
    Message.objects.bulk_create(Message(to=person, code=code, case=case, particulars=particulars) for person in people)


def _of_case(case: Case) -> list[User]:
    memberships = Membership.objects.filter(ended_at=None).select_related("user")
    firm = [membership.user for membership in memberships.filter(firm=case.firm)]
    lead = [membership.user for membership in memberships.filter(role__in=sorted(DEPARTMENT), department=case.call.lead)]
    return firm + lead
