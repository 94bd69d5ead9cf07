"""Telling people: one message a person, in the service and, once the transaction has ended well, by mail."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Q
from procrastinate.types import JSONDict

from chaoce.service.cases.models import Case
from chaoce.service.firms.models import Firm
from chaoce.service.messaging.catalogue import KINDS, Audience, Kind, Side
from chaoce.service.messaging.models import MailChoice, Message
from chaoce.service.people.models import Membership, User
from chaoce.service.people.roles import DEPARTMENT, FIRM, Role


def tell(
    code: str,
    case: Case | None,
    to: Iterable[User] | None = None,
    *,
    by: User | None = None,
    firm: Firm | None = None,
    url: str = "",
    once: str = "",
    **particulars: Any,
) -> list[Message]:
    """Tells those whom a message of the catalogue is for, or the people in `to`; one message a person.

    `by` did it and is not told of it. `firm` is whose people are told where there is no case. `url` is where the message leads where
    that is not the case. What is told with the same `once` before is not told again. KeyError for a code, TypeError for particulars
    that are not in the catalogue.
    """
    kind = KINDS[code]
    if set(particulars) != set(kind.particulars):
        raise TypeError(f"{code} is told with {', '.join(kind.particulars) or 'no particulars'}")
    sides = _named(kind, to) if to is not None else _audience(kind, case, firm or (case.firm if case else None))
    if by is not None:
        sides.pop(by.pk, None)
    if once:
        for told in Message.objects.filter(to__in=sides, code=code, once=once).values_list("to", flat=True):
            del sides[told]
    messages = [
        Message(to_id=person, code=code, side=side, particulars=particulars, case=case, url=url, once=once)
        for person, side in sorted(sides.items())
    ]
    if once:
        Message.objects.bulk_create(messages, ignore_conflicts=True)  # somebody else may be telling the same at this moment
        messages = list(Message.objects.filter(to__in=sides, code=code, once=once))
    else:
        Message.objects.bulk_create(messages)
    _mail(kind, messages)
    return messages


def _named(kind: Kind, to: Iterable[User]) -> dict[int, str]:
    side = Side.CITY if kind.firm is None else Side.FIRM
    return {person.pk: side for person in to}


def _audience(kind: Kind, case: Case | None, firm: Firm | None) -> dict[int, str]:
    """Who is told, each with the side that they read from; who is on both reads as the firm."""
    wanted = Q(pk=None)
    for audience in kind.to:
        wanted |= _whom(audience, case, firm)
    people = Membership.objects.filter(wanted, ended_at=None, user__is_active=True).values_list("user", "role")
    sides: dict[int, str] = {}
    for person, role in people:
        if role in FIRM or person not in sides:
            sides[person] = Side.FIRM if role in FIRM else Side.CITY
    return sides


def _whom(audience: Audience, case: Case | None, firm: Firm | None) -> Q:
    """The memberships of an audience."""
    if audience == Audience.FIRM:
        return Q(role__in=sorted(FIRM), firm=firm) if firm else Q(pk=None)
    if case is None:
        return Q(pk=None)
    if audience == Audience.LEAD:
        return Q(role__in=sorted(DEPARTMENT), department=case.call.lead_id)
    if audience == Audience.HEADS:
        return Q(role=Role.HEAD, department=case.call.lead_id)
    if audience == Audience.JOINT:  # those who have a part in this very case: none before the pre-check has ended
        return Q(role__in=sorted(DEPARTMENT), department__in=case.reviews.filter(lead=False).values("department"))
    if audience == Audience.TOWN:
        return Q(role=Role.TOWN, town=case.firm.town_id) if case.firm.town_id else Q(pk=None)
    return Q(role=Role.FINANCE) if audience == Audience.FINANCE else Q(pk=None)


def _mail(kind: Kind, messages: list[Message]) -> None:
    """Puts the mails into the queue. The queue is in the same database: a mail is sent if and only if the transaction ends well."""
    from chaoce.service.messaging.tasks import mail

    by_mail = [message for message in messages if kind.said(message.side).mailed]
    off = dict(MailChoice.objects.filter(user__in=[message.to_id for message in by_mail]).values_list("user", "off"))
    wanted = [message for message in by_mail if kind.said(message.side).topic not in off.get(message.to_id, ())]
    if wanted:
        jobs: list[JSONDict] = [{"message": message.pk} for message in wanted]
        mail.batch_defer(*jobs)
