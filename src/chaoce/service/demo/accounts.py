"""The demonstration's people: one account a role, and for departments one a role in each department that has to do with a case.

Passwords and the secrets of second factors are made anew in each installation and lie in its folder (start/folder.py).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.utils import translation

from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Department, Membership, Town, User
from chaoce.service.people.roles import DEPARTMENT, FIRM, Role
from chaoce.service.plan.sessions import every_benefit
from chaoce.service.start.database import MAIL_DOMAIN
from chaoce.service.start.folder import this_folder

#: The firm of the example folder (examples/haining-firm), so that its invoices can be handed in.
EXAMPLE = {"uscc": "91330481MA2TEKT025", "name": "海宁示例智造有限公司", "industry": "C3962", "division": "330481"}
_TOWN = "330481004"
_SLUGS = {
    "市经信局": "jingxin",
    "市发改局": "fagai",
    "市财政局": "caizheng",
    "市政务服务办": "zhengwu",
    "市网信办": "wangxin",
    "市市场监管局": "shichang",
}
_PERSONS = {
    Role.FIRM_OWNER: "钱思源",
    Role.FIRM_STAFF: "陆小芸",
    Role.TOWN: "马国良",
    Role.EXPERT: "徐明哲",
    Role.FINANCE: "金秀兰",
    Role.AUDITOR: "严守正",
    Role.OFFICE: "沈文静",
    Role.LEADER: "朱建民",
}
_REVIEWERS = ("张晓红", "李伟东", "王雅琴", "赵志强", "孙丽娜", "周海波")
_HEADS = ("吴立新", "郑国平", "冯淑珍", "褚卫华", "卫建军", "蒋慧敏")
_CONSONANTS, _VOWELS = "bdfghjkmnprstvz", "aeiou"


@dataclass(frozen=True)
class Account:
    """Somebody to sign in as. `key` names the account in addresses and files."""

    key: str
    role: Role
    name: str
    department: str = ""

    @property
    def mail(self) -> str:
        """The address that the account signs in with."""
        return f"{self.key}@{MAIL_DOMAIN}"


def all_accounts() -> Iterator[Account]:
    """The firm first, then the departments in the order in which the policies name them, then the rest of the city."""
    for role in (Role.FIRM_OWNER, Role.FIRM_STAFF):
        yield Account(str(role.value).replace("_", "-"), role, _PERSONS[role])
    leads = dict.fromkeys(benefit.lead for _, benefit in every_benefit() if benefit.lead)
    named = dict.fromkeys([*leads, *(name for _, benefit in every_benefit() for name in benefit.joint)])
    for place, name in enumerate(named):
        slug = _SLUGS.get(name, f"department-{place + 1}")
        yield Account(f"{slug}-reviewer", Role.REVIEWER, _REVIEWERS[place % len(_REVIEWERS)], name)
        if name in leads or name == "市财政局":
            yield Account(f"{slug}-head", Role.HEAD, _HEADS[place % len(_HEADS)], name)
    for role in (Role.TOWN, Role.EXPERT, Role.FINANCE, Role.AUDITOR, Role.OFFICE, Role.LEADER):
        yield Account(str(role.value), role, _PERSONS[role])


def settle_accounts() -> dict[str, dict[str, Any]]:
    """Writes the accounts that are not there, gives each the password and second factor of this folder; what the terminal prints."""
    folder = this_folder()
    kept = folder.read()["accounts"]
    told: dict[str, dict[str, Any]] = {}
    for account in all_accounts():
        had = kept.get(account.key)
        made = {"password": _password(), "totp": "" if account.role in FIRM else generate_totp_secret()}
        secret = {name: had[name] for name in made} if had else made
        member = _settle(account, secret, anew=had is None)
        told[account.key] = {"mail": account.mail, "name": account.name, **_labels(member), **secret}
    folder.keep(accounts=told)
    return told


def example_firm() -> Firm:
    """The firm of the firm's accounts."""
    town = Town.objects.filter(code=_TOWN).first()
    made = {**EXAMPLE, "town": town, "employees": 186, "synthetic": True}
    return Firm.objects.get_or_create(uscc=EXAMPLE["uscc"], defaults=made)[0]


def _password() -> str:
    """Four words that can be typed; 45 bits."""
    return "-".join("".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _ in range(2)) for _ in range(4))


def _settle(account: Account, secret: dict[str, str], anew: bool) -> Membership:
    """`anew`: the folder had no secrets of the account; one that the database has already gets these."""
    user = User.objects.filter(email=account.mail).first()
    if user is None or anew:
        user = user or User(email=account.mail, name=account.name, language=settings.LANGUAGE_CODE)
        user.set_password(secret["password"])
        user.save()
        EmailAddress.objects.get_or_create(user=user, email=account.mail, defaults={"verified": True, "primary": True})
        if secret["totp"]:
            Authenticator.objects.filter(user=user).delete()
            TOTP.activate(user, secret["totp"])
    place: dict[str, Any] = {"firm": None, "department": None, "town": None}
    if account.role in FIRM:
        place["firm"] = example_firm()
    elif account.role in DEPARTMENT:
        place["department"] = Department.objects.get(zh=account.department)
    elif account.role == Role.TOWN:
        place["town"] = Town.objects.get(code=_TOWN)
    return Membership.objects.get_or_create(user=user, role=account.role, ended_at=None, **place)[0]


def _labels(member: Membership) -> dict[str, str]:
    labels = {}
    for lang, code in (("zh", "zh-hans"), ("en", "en")):
        with translation.override(code):
            labels[f"role_{lang}"] = str(Role(member.role).label)
    place = member.firm or member.department or member.town
    return {**labels, "place_zh": str(place or ""), "place_en": getattr(place, "en", "") or str(place or "")}
