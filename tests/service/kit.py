"""Firms, people, calls and cases for the tests: small makers with sound defaults."""

from __future__ import annotations

from datetime import timedelta
from itertools import count

from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from chaoce.facts.uscc import check_character
from chaoce.service.calls.models import Call, Guide
from chaoce.service.cases import steps
from chaoce.service.cases.models import Case
from chaoce.service.facts.record import add_facts
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
        "name": f"海宁甲{number}智能制造有限公司",
        "industry": "C3962",
        "division": "330481",
    }
    return Firm.objects.create(**{**defaults, **fields})


def make_department(zh: str = "市经信局") -> Department:
    """A department by its name in the text."""
    return Department.objects.get_or_create(zh=zh, defaults={"en": f"Department {zh}"})[0]


def make_town(code: str = "330481001", zh: str = "硖石街道") -> Town:
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


def purchase(key: str = "p1", paid: str = "820000.00", matter: str | None = None) -> dict:
    """Computing power bought: half of it is due, up to 500,000 yuan a year."""
    fact = {
        "id": key, "type": "compute_purchase", "date": "2026-03-18", "paid": paid, "resource": "intelligent", "purpose": "model_training",
    }  # fmt: skip
    return {**fact, "matter": matter} if matter else fact


#: A form with everything that is asked for.
FORM = {"contact": "Li", "phone": "0573-87000000", "consent": "yes"}


def make_call(benefits=(("haining-ai-2026", "compute-purchase"),), four_eyes: bool = True, **fields) -> Call:
    """A published call, open now, led by 市经信局 and joined by 市财政局, with its guide."""
    office = make_member("office")
    lead, joint = make_department("市经信局"), make_department("市财政局")
    call = Call.objects.create(
        year=2026, zh="算力补贴", en="Compute", benefits=[list(pair) for pair in benefits], lead=lead, opens_at=in_days(-1),
        closes_at=in_days(30), published_at=in_days(-1), created_by=office.user, **fields,
    )  # fmt: skip
    call.joint.add(joint)
    Guide.objects.create(call=call, version=1, four_eyes=four_eyes, published_at=in_days(-1), published_by=office.user)
    return call


def submitted(call: Call, firm: Firm | None = None, facts: list[dict] | None = None) -> tuple[Case, Membership]:
    """A case that a firm has just handed in, with its owner."""
    firm = firm or make_firm()
    owner = make_member("firm_owner", firm=firm)
    add_facts(firm, facts or [purchase()], "import", owner.user)
    case = steps.open_draft(firm, call, owner)
    case = steps.save_form(case, owner, case.version, FORM)
    return steps.submit(case, owner, case.version), owner


def reviewed(call: Call, **kwargs) -> tuple[Case, Membership, Membership]:
    """A case whose review is closed, with the firm's owner and the lead's reviewer."""
    case, owner = submitted(call, **kwargs)
    lead = make_member("reviewer", department=call.lead)
    joint = make_member("reviewer", department=call.joint.get())
    case = steps.accept(case, lead, case.version)
    case = steps.give_verdict(case, joint, case.version, "agrees", "")
    case = steps.give_verdict(case, lead, case.version, "agrees", "")
    return steps.close_review(case, lead, case.version), owner, lead
