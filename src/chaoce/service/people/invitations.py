"""Who comes in and who leaves: invitations, what they give, and the end of a membership.

    PeopleFault         what somebody asked for cannot be done; `code` says why, `str()` says it in the language of the page

Every function is one transaction. The token of an invitation stands in the mail alone; the database has its SHA-256.
"""

from __future__ import annotations

import logging
from hashlib import sha256
from smtplib import SMTPException
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.mail import EmailMessage
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chaoce.service.api.models import Token
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Department, FactorReset, Invitation, Membership, Town, User, new_token
from chaoce.service.people.roles import DEPARTMENT, FIRM, Role

log = logging.getLogger(__name__)

#: Open invitations that one person may have at a time: more is a mistake or somebody writing to strangers through us.
MOST_OPEN = 200

FAULTS: dict[str, str | Promise] = {
    "not_yours": _("That is not for your role."),
    "place": _("That role does not belong there."),
    "already": _("This address has that role already."),
    "too_many": _("You have too many open invitations. Cancel those that are not needed any more."),
    "mail": _("The mail could not be sent, so nobody was invited. Try again in a few minutes."),
    "closed": _("This invitation was used or cancelled, or is older than fourteen days. Ask for a new one."),
    "other_person": _("This invitation is for another address than the one you are signed in with."),
    "sign_in": _("There is an account with this address. Sign in with it to accept the invitation."),
    "inactive": _("The account with this address is closed."),
    "ended": _("That has ended already."),
    "last_owner": _("This is the last owner of the firm. Invite another owner first."),
    "last_office": _("This is the last person of the programme office. Invite another first."),
}


class PeopleFault(Exception):
    """What somebody asked for cannot be done; `code` is a key of FAULTS."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        return str(FAULTS[self.code])


def may_invite(by: Membership, role: Role, firm: Firm | None) -> bool:
    """An owner invites into the own firm, the programme office into any role."""
    if by.role == Role.OFFICE:
        return True
    return by.role == Role.FIRM_OWNER and role in FIRM and firm is not None and firm.pk == by.firm_id


def fits(role: Role, firm: Firm | None, department: Department | None, town: Town | None) -> bool:
    """Whether a role has the place that it needs, and no other (the database holds memberships to the same)."""
    return (firm is not None, department is not None, town is not None) == (role in FIRM, role in DEPARTMENT, role == Role.TOWN)


@transaction.atomic
def invite(
    by: Membership,
    email: str,
    role: Role | str,
    firm: Firm | None = None,
    department: Department | None = None,
    town: Town | None = None,
    name: str = "",
) -> Invitation:
    """Invites an address into a role, by a mail with a link; an owner's own firm is meant where none is named.

    An older open invitation to the same is replaced. Raises PeopleFault (not_yours, place, already, too_many, mail).
    """
    role, email = Role(role), email.strip().lower()
    if by.role == Role.FIRM_OWNER and firm is None:
        firm = by.firm
    place: dict[str, Any] = {"firm": firm, "department": department, "town": town}
    if not may_invite(by, role, firm):
        raise PeopleFault("not_yours")
    if not fits(role, firm, department, town):
        raise PeopleFault("place")
    if Membership.objects.filter(user__email=email, role=role, ended_at=None, **place).exists():
        raise PeopleFault("already")
    still_open = Invitation.objects.filter(accepted_at=None, cancelled_at=None)
    still_open.filter(email=email, role=role, **place).update(cancelled_at=timezone.now())
    if still_open.filter(invited_by=by.user).count() >= MOST_OPEN:
        raise PeopleFault("too_many")
    token = new_token()
    row = Invitation.objects.create(email=email, name=name.strip(), role=role, digest=digest(token), invited_by=by.user, **place)
    _send(row, token)
    return row


def digest(token: str) -> str:
    """What the database keeps of a token."""
    return sha256(token.encode()).hexdigest()


def _send(row: Invitation, token: str) -> None:
    """The mail: in the person's language where there is an account, else in both."""
    known = User.objects.filter(email=row.email).values_list("language", flat=True).first()
    context = {"invitation": row, "url": settings.CHAOCE_ADDRESS.rstrip("/") + reverse("account:invitation", args=[token])}
    subjects, bodies = [], []
    for language in [known] if known else [code for code, _name in settings.LANGUAGES]:
        with translation.override(language):
            subjects.append(render_to_string("people/mail/invitation_subject.txt", context).strip())
            bodies.append(render_to_string("people/mail/invitation.txt", context).strip())
    mail = EmailMessage(" / ".join(subjects), "\n\n----\n\n".join(bodies) + "\n", to=[row.email])
    try:
        mail.send()
    except (SMTPException, OSError):
        log.exception("an invitation could not be mailed")
        raise PeopleFault("mail") from None


def found(token: str) -> Invitation | None:
    """The invitation of a link, if it still works."""
    row = Invitation.objects.filter(digest=digest(token)).select_related("firm", "department", "town", "invited_by").first()
    return row if row is not None and row.open else None


def has_account(email: str) -> bool:
    """Whether an address signs in here already."""
    return User.objects.filter(email=email).exists()


@transaction.atomic
def accept(token: str, user: User | None = None, name: str = "", password: str = "", language: str = "zh-hans") -> Membership:
    """Takes up an invitation, once: the membership of the signed-in `user`, or of a new person with that name and password.

    Raises PeopleFault (closed, other_person, sign_in, inactive).
    """
    row = Invitation.objects.select_for_update().filter(digest=digest(token)).first()
    if row is None or not row.open:
        raise PeopleFault("closed")
    if user is None:
        user = _new_person(row.email, name, password, language)
    elif user.email != row.email:
        raise PeopleFault("other_person")
    if not user.is_active:
        raise PeopleFault("inactive")
    EmailAddress.objects.update_or_create(user=user, email=row.email, defaults={"verified": True, "primary": True})
    place: dict[str, Any] = {"role": row.role, "firm": row.firm, "department": row.department, "town": row.town}
    member, _made = Membership.objects.get_or_create(user=user, ended_at=None, **place)
    row.accepted_at, row.accepted_by = timezone.now(), user
    row.save(update_fields=["accepted_at", "accepted_by"])
    return member


def _new_person(email: str, name: str, password: str, language: str) -> User:
    if has_account(email):
        raise PeopleFault("sign_in")
    try:
        with transaction.atomic():
            return User.objects.create_user(email, password, name=name.strip(), language=language)
    except IntegrityError:  # somebody took up another invitation with this address at the same moment
        raise PeopleFault("sign_in") from None


@transaction.atomic
def cancel(by: Membership, invitation: int) -> Invitation:
    """Takes an open invitation back. Raises PeopleFault (not_yours, closed)."""
    row = Invitation.objects.select_for_update().filter(pk=invitation).first()
    if row is None or not may_invite(by, Role(row.role), row.firm):
        raise PeopleFault("not_yours")
    if not row.open:
        raise PeopleFault("closed")
    row.cancelled_at = timezone.now()
    row.save(update_fields=["cancelled_at"])
    return row


@transaction.atomic
def end(by: Membership, membership: int) -> Membership:
    """Ends a membership from now on, and with it the person's open invitations from there; what was done in it stays, and who ended it.

    Raises PeopleFault (not_yours, ended, last_owner, last_office).
    """
    row = Membership.objects.select_related("user").filter(pk=membership).first()
    if row is None or not may_invite(by, Role(row.role), row.firm):
        raise PeopleFault("not_yours")
    # All of that place are locked, so that two owners cannot end each other at once.
    beside = Membership.objects.select_for_update().filter(role=row.role, firm=row.firm_id, ended_at=None).order_by("pk")
    living = [one.pk for one in beside]
    if row.pk not in living:
        raise PeopleFault("ended")
    if len(living) == 1 and row.role == Role.FIRM_OWNER:
        raise PeopleFault("last_owner")
    if len(living) == 1 and row.role == Role.OFFICE:
        raise PeopleFault("last_office")
    now = timezone.now()
    Membership.objects.filter(pk=row.pk).update(ended_at=now, ended_by=by.user)
    mine = Invitation.objects.filter(invited_by=row.user, accepted_at=None, cancelled_at=None)
    if row.role in FIRM:
        mine.filter(firm=row.firm_id).update(cancelled_at=now)
    elif row.role == Role.OFFICE:
        mine.update(cancelled_at=now)
    row.ended_at, row.ended_by = now, by.user
    return row


@transaction.atomic
def reset_factor(by: Membership, user: int) -> User:
    """Takes away the second factors of somebody who has lost them, and ends that person's sessions and tokens; a mail says so.

    Who did it is kept.
    For the programme office alone, and for others than oneself. Raises PeopleFault (not_yours, mail).
    """
    row = User.objects.filter(pk=user).first()
    if by.role != Role.OFFICE or row is None or row.pk == by.user_id:
        raise PeopleFault("not_yours")
    Authenticator.objects.filter(user=row).delete()
    FactorReset.objects.create(user=row, by=by.user)
    for session in UserSession.objects.filter(user=row):
        session.end()
    Token.objects.filter(membership__user=row, ended_at=None).update(ended_at=timezone.now())
    with translation.override(row.language):
        context = {"person": row, "url": settings.CHAOCE_ADDRESS}
        subject = render_to_string("people/mail/factor_reset_subject.txt", context).strip()
        mail = EmailMessage(subject, render_to_string("people/mail/factor_reset.txt", context).strip() + "\n", to=[row.email])
    try:
        mail.send()
    except (SMTPException, OSError):
        log.exception("the reset of a second factor could not be mailed")
        raise PeopleFault("mail") from None
    return row
