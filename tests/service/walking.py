"""Every address of the service, and something of every kind to ask about: what the walk over roles and addresses needs.

An address says what it is about by the word before a number: `cases/<int:pk>/` is about a case. `KINDS` says which words mean what;
an address with a word or a name that is not there fails the walk, until it is said here what it is about.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives.asymmetric import ec
from django.urls import URLPattern, URLResolver, get_resolver
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from chaoce.service.api import tokens
from chaoce.service.api.register import OPERATIONS
from chaoce.service.calls.models import Call, Guide
from chaoce.service.cases import steps
from chaoce.service.cases.models import BulkRun, Case, Opinion, SavedView
from chaoce.service.documents.store import hand_in, write
from chaoce.service.documents.tasks import record
from chaoce.service.facts.record import add_facts
from chaoce.service.firms.models import Firm
from chaoce.service.lists.models import OfficialList, Row
from chaoce.service.messaging.models import Message
from chaoce.service.people.models import Department, Invitation, Membership
from chaoce.service.people.roles import DEPARTMENT, FIRM, Role
from service.kit import client_of, in_days, make_department, make_firm, make_member, make_town, make_uscc, purchase, reviewed, submitted

#: (word before it, name) -> kind. A kind is a key of a `Side`; a constant stands as (value,).
KINDS: dict[tuple[str, str], str | tuple[Any]] = {
    ("accounts/2fa/webauthn/keys", "pk"): "key",
    ("account/sessions", "pk"): "session",
    ("people/invitations", "pk"): "invitation",
    ("people/memberships", "pk"): "membership",
    ("staff", "pk"): "person",
    ("invitation", "token"): ("nobody-has-it",),
    ("firm/files", "pk"): "upload",
    ("firm/facts", "pk"): "fact",
    ("firm/facts/state", "kind"): ("scenario_project",),
    ("firm/benefits", "policy"): ("haining-ai-2026",),
    ("firm/calls", "pk"): "call",
    ("firm/cases", "pk"): "case",
    ("review/views", "pk"): "view",
    ("review/several", "token"): "several",
    ("review/firms", "pk"): "firm",
    ("review/cases", "pk"): "case",
    ("papers", "pk"): "case",
    ("messages", "pk"): "message",
    ("tokens", "pk"): "token",
    ("calls", "pk"): "call",
    ("lists", "pk"): "list",
    ("api/v1/firms", "uscc"): "uscc",
    ("api/v1/facts", "ref"): "fact",
    ("api/v1/files", "upload"): "upload",
    ("api/v1/calls", "number"): "call",
    ("api/v1/cases", "number"): "case",
    ("api/v1/messages", "number"): "message",
    ("api/v1/benefits", "policy"): ("haining-ai-2026",),
    ("api/v1/decisions", "year"): (2026,),
    ("office/policy", "policy_id"): ("haining-ai-2026",),
    # parts of what stands before them
    ("picture", "page"): (1,),
    ("pages", "number"): (0,),  # the file of this world is a picture itself
    ("lines", "number"): (1,),
    ("lines", "line"): "line",
    ("checks", "check"): "check",
    ("evidence", "code"): ("contract",),
    ("files", "upload"): "upload",
    ("rows", "row"): "row",
    ("papers", "kind"): ("application",),
    ("", "correction"): "correction",
    ("", "benefit"): ("compute-purchase",),
    ("accounts/oidc", "provider_id"): ("oidc",),
    ("accounts/password/reset/key", "uidb36"): ("1",),
    ("", "key"): ("set-password",),
}

#: Views whose object must stand in another state to be answered at all.
OTHERWISE = {
    "papers:correction": {"case": "sent_back"},
    "papers:decision": {"case": "decided"},
    "firm:draft": {"case": "draft"},
}


@dataclass(frozen=True)
class Address:
    """A view's address: its name, the methods that it is walked with (None: both), and its parts with the kinds of its numbers."""

    name: str
    route: str
    arguments: tuple[tuple[str, Any], ...]
    method: str | None = None

    def url(self, values: dict[str, Any]) -> str:
        """The address with these values for its kinds."""
        found = self.route
        for name, kind in self.arguments:
            value = kind[0] if isinstance(kind, tuple) else values[OTHERWISE.get(self.name, {}).get(kind, kind)]
            found = re.sub(rf"<(?:\w+:)?{name}>", str(value), found)
        return "/" + found

    @property
    def kinds(self) -> list[str]:
        """The kinds that it is about."""
        return [kind for _name, kind in self.arguments if isinstance(kind, str)]


def addresses() -> list[Address]:
    """All addresses; those of the API operation by operation. Raises AssertionError for one that is about something unknown."""
    found = [Address(name, route, _arguments(name, route)) for name, route in _walk(get_resolver()) if not name.startswith("api:")]
    for one in OPERATIONS.values():
        route = "api/v1" + re.sub(r"\{(\w+):(\w+)\}", r"<\1:\2>", re.sub(r"\{(\w+)\}", r"<\1>", one.path))
        found.append(Address(f"api:{one.name}", route, _arguments(f"api:{one.name}", route), one.method))
    return found


def _walk(resolver: URLResolver, space: tuple[str, ...] = (), route: str = "") -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = (*space, pattern.namespace) if pattern.namespace else space
            yield from _walk(pattern, inner, route + _plain(str(pattern.pattern)))
        elif isinstance(pattern, URLPattern):
            yield ":".join((*space, pattern.name or f"<no name: {route}{pattern.pattern}>")), route + _plain(str(pattern.pattern))


def _plain(route: str) -> str:
    """A route written as a regular expression, with its groups like the others have them."""
    return re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", route).removeprefix("^").removesuffix("$").replace("(?:v1/?.*)?", "v1/nothing")


def _arguments(name: str, route: str) -> tuple[tuple[str, Any], ...]:
    found = []
    for match in re.finditer(r"<(?:\w+:)?(\w+)>", route):
        before = route[: match.start()].rstrip("/")
        word = "" if before.endswith((">", "-")) else re.sub(r".*>/", "", before)
        last = before.rpartition("/")[2]
        kind = next((KINDS[key] for key in ((word, match[1]), (last, match[1]), ("", match[1])) if key in KINDS), None)
        assert kind is not None, f"{name} ({route}): say in KINDS of {__name__} what {(word, match[1])} is"
        found.append((match[1], kind))
    return tuple(found)


@dataclass
class Side:
    """One firm with all that is around it: its town, the departments of its call, and something of every kind."""

    firm: Firm
    places: dict[str, dict[str, Any]]
    values: dict[str, Any] = field(default_factory=dict)
    members: dict[str, Membership] = field(default_factory=dict)
    _personal: dict[str, dict[str, Any]] = field(default_factory=dict)

    def personal(self, role: str) -> dict[str, Any]:
        """What is of one person alone, beside what is of the firm; made once."""
        if role not in self._personal:
            self._personal[role] = self._make_personal(role)
        return self._personal[role]

    def _make_personal(self, role: str) -> dict[str, Any]:
        member = self.members[role]
        message = Message.objects.create(to=member.user, code="case_accepted", case=Case.objects.get(pk=self.values["case"]))
        token, _text = tokens.make(member, f"{self.firm.name} {role}", ["read:cases"], 30)
        client = client_of(member)
        session = UserSession.objects.create(user=member.user, session_key=client.session.session_key, ip="127.0.0.1", user_agent="x")
        key = Authenticator.objects.create(
            user=member.user, type=Authenticator.Type.WEBAUTHN, data={"name": "key", "credential": _passkey()}
        )
        RecoveryCodes.activate(member.user)
        view = SavedView.objects.create(user=member.user, name=self.firm.name, query="tab=all")
        several = BulkRun.objects.create(token=f"a-token-of-{member.pk}-and-nobody", user=member.user, action="accept", asked=1)
        invitation = Invitation.objects.create(
            email=f"x{member.pk}@example.org", name=self.firm.name, role=Role.FIRM_STAFF, firm=self.firm, digest=f"{member.pk}",
            invited_by=member.user,
        )  # fmt: skip
        return {
            "message": message.pk, "token": token.pk, "session": session.pk, "key": key.pk, "view": view.pk, "several": several.token,
            "invitation": invitation.pk,
        }  # fmt: skip


def _passkey() -> dict[str, Any]:
    """A passkey as a browser registers it."""
    public = ec.generate_private_key(ec.SECP256R1()).public_key()
    credential = AttestedCredentialData.create(Aaguid(bytes(16)), b"a key of the walk", ES256.from_cryptography_key(public))
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    attested = AttestationObject.create("none", AuthenticatorData.create(bytes(32), flags, 0, credential), {})
    client = CollectedClientData.create("webauthn.create", bytes(32), "http://testserver")
    name = websafe_encode(b"a key of the walk")
    response = {"attestationObject": websafe_encode(bytes(attested)), "clientDataJSON": websafe_encode(bytes(client))}
    return {"id": name, "rawId": name, "type": "public-key", "response": response, "clientExtensionResults": {"credProps": {"rk": True}}}


def signed_in(member: Membership | None) -> str:
    """The cookies of a browser in which a person has just given password and second factor."""
    client = client_of(member)
    if member is not None:
        session = client.session
        session[AUTHENTICATION_METHODS_SESSION_KEY] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
        session["account_authentication_methods_user"] = str(member.user_id)
        session.save()
    return client.cookies.output(header="", sep=";")


def _call(lead: Department, joint: Department) -> Call:
    """A published call of two departments, open now."""
    office = make_member("office").user
    call = Call.objects.create(
        year=2026, zh="算力补贴", en="Compute", benefits=[["haining-ai-2026", "compute-purchase"]], lead=lead, opens_at=in_days(-1),
        closes_at=in_days(30), published_at=in_days(-1), created_by=office,
    )  # fmt: skip
    call.joint.add(joint)
    evidence = [{"code": "contract", "zh": "合同", "en": "Contract", "required": False}]
    Guide.objects.create(call=call, version=1, evidence=evidence, four_eyes=False, published_at=in_days(-1), published_by=office)
    return call


def make_side(name: str, lead: str, joint: str, town: str) -> Side:
    """A firm of a town with cases in every state, in calls of two departments."""
    place = make_town(town, f"{name}镇")
    firm = make_firm(name=f"{name}智能制造有限公司", town=place)
    calls = [_call(make_department(lead), make_department(joint)) for _ in range(4)]
    case, owner, reviewer = reviewed(calls[0], firm=firm, facts=[purchase("p1", matter=f"invoice:{town}1")])
    sent_back, _ = submitted(calls[1], firm=firm, facts=[purchase("p2", "20.00", f"invoice:{town}2")])
    sent_back = steps.send_back(sent_back, reviewer, sent_back.version, [{"text": "the contract"}], in_days(9).date())
    decided, _, _ = reviewed(calls[2], firm=firm, facts=[purchase("p3", "20.00", f"invoice:{town}3")])
    head = make_member("head", department=calls[0].lead)
    decided = steps.decide(decided, head, decided.version, {decided.lines.get().pk: (100, "budget")})
    draft = steps.open_draft(firm, calls[3], owner)
    upload = hand_in(owner, f"{name}.png", [_PNG]).upload
    upload.case, upload.evidence = case, "contract"
    record(
        upload, {"findings": [{"code": "kind.picture", "particulars": {}, "file": upload.name, "row": None, "invoice": None, "line": None}]}
    )
    upload.save()
    (fact,) = add_facts(firm, [purchase("p9", "1.00", f"invoice:{town}9")], "statement", owner.user)
    office = make_member("office")
    cells = {"统一社会信用代码": make_uscc(9_000_000 + office.pk), "企业名称": f"{name}新办有限公司"}
    stored = write([(",".join(cells) + "\n" + ",".join(cells.values()) + "\n").encode()])
    listed = OfficialList.objects.create(
        kind="facts", title=f"{name}名单", file="list.csv", sha256=stored.sha256, size=stored.size, state="checked", total=1,
        imported_by=office.user, department=calls[0].lead,
    )  # fmt: skip
    uscc, new = cells.values()
    row = Row.objects.create(list=listed, number=2, uscc=uscc, name=new, match="none", cells=cells, raw={})
    expert = make_member("expert")
    Opinion.objects.create(case=case, expert=expert.user, question="?", asked_by=reviewer.user)
    side = Side(
        firm,
        {role: {"firm": firm} for role in FIRM}
        | {role: {"department": calls[0].lead} for role in DEPARTMENT}
        | {Role.TOWN: {"town": place}},
    )
    side.members = {str(role): expert if role == Role.EXPERT else make_member(role, **side.places.get(role, {})) for role in Role}
    side.values = {
        "firm": firm.pk, "uscc": firm.uscc, "case": case.pk, "sent_back": sent_back.pk, "decided": decided.pk, "draft": draft.pk,
        "correction": sent_back.corrections.get().pk, "line": case.lines.get().pk, "check": case.checks.first().pk, "upload": upload.pk,
        "fact": fact.pk, "call": calls[0].pk, "list": listed.pk, "row": row.pk, "membership": owner.pk, "person": expert.user_id,
    }  # fmt: skip
    return side


_PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)

#: kind -> the roles that see only their own of it.
_EVERY = frozenset(Role)
OWN: dict[str, frozenset[Role]] = {
    **dict.fromkeys(("case", "sent_back", "decided", "line", "check", "correction"), FIRM | DEPARTMENT | {Role.TOWN, Role.EXPERT}),
    "draft": _EVERY,
    **dict.fromkeys(("upload", "fact", "firm", "uscc"), FIRM | DEPARTMENT | {Role.TOWN, Role.EXPERT}),
    **dict.fromkeys(("message", "token", "session", "key", "view", "several"), _EVERY),
    **dict.fromkeys(("membership", "invitation"), frozenset({Role.FIRM_OWNER})),
    **dict.fromkeys(("list", "row"), DEPARTMENT),
}
