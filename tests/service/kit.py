"""Firms, people, calls and cases for the tests: small makers with sound defaults."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from chaoce.facts.uscc import check_character
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Department, Membership, Town, User
from chaoce.service.people.roles import DEPARTMENT, FIRM, Role

PASSWORD = "a long enough password"
_numbers = count(1)


def make_uscc(number: int) -> str:
    """A unified social credit identifier with its right check character."""
    head = f"91330481MA{number:07d}"
    return head + check_character(head)


def make_firm(**fields) -> Firm:
    """A manufacturer in Haining."""
    number = next(_numbers)
    defaults = {
        "uscc": make_uscc(number),
        "name": f"\u6d77\u5b81\u7532{number}\u667a\u80fd\u5236\u9020\u6709\u9650\u516c\u53f8",
        "industry": "C3962",
        "division": "330481",
    }
    return Firm.objects.create(**{**defaults, **fields})


def make_department(zh: str = "\u5e02\u7ecf\u4fe1\u5c40") -> Department:
    """A department by its name in the text."""
    return Department.objects.get_or_create(zh=zh, defaults={"en": f"Department {zh}"})[0]


def make_town(code: str = "330481001", zh: str = "\u7856\u77f3\u8857\u9053") -> Town:
    """A town by its code."""
    return Town.objects.get_or_create(code=code, defaults={"zh": zh, "en": "Xiashi"})[0]


def make_member(
    role: Role | str, firm: Firm | None = None, department: Department | None = None, town: Town | None = None, **fields
) -> Membership:
    """A new person in a role; people of the city get a second factor."""
    role = Role(role)
    number = next(_numbers)
    user = User.objects.create_user(f"{role}{number}@example.org", PASSWORD, name=f"{role} {number}", **fields)
    if role in FIRM:
        firm = firm or make_firm()
    if role in DEPARTMENT:
        department = department or make_department()
    if role == Role.TOWN:
        town = town or make_town()
    if role not in FIRM:
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "not used"})
    return Membership.objects.create(user=user, role=role, firm=firm, department=department, town=town)


def client_of(member: Membership | None, language: str = "zh-hans") -> Client:
    """A browser in which the person of a membership is signed in and acts in it."""
    client = Client()
    client.cookies["chaoce_language"] = language
    if member is not None:
        client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
        session = client.session
        session["membership"] = member.pk
        session.save()
    return client


def in_days(days: int):
    """A moment so many days from now."""
    return timezone.now() + timedelta(days=days)
