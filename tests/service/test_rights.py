"""The table of rights, walked: every role on every address, looking and acting, and what comes back.

A new address is walked as soon as it is there. It fails until it is in the table (`people/rights.py`) and it is said what it is about
(`KINDS` in walking.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.test import Client, override_settings

from chaoce.service.people.rights import RIGHTS
from chaoce.service.people.roles import Role
from service.api_kit import Program
from service.kit import client_of
from service.walking import OTHERWISE, OWN, Address, Side, addresses, make_side

#: Views that no role is answered by here, and why; all others answer somebody who may look.
UNANSWERED = {
    "openid_connect_login": "no identity provider is set up",
    "openid_connect_callback": "no identity provider is set up",
    "account:invitation": "nobody has been sent that link",
    "account_inactive": "says 404 while nobody is inactive",
    "api_nothing": "the answer where nothing is",
    "api:decisions": "no decision of that year is recorded",
}


@dataclass
class World:
    """Two sides that have nothing to do with each other, and where their files lie."""

    mine: Side
    theirs: Side
    files: Any


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[World]:
    """Made once, in a transaction that is undone; every call of the walk is undone by itself."""
    files = tmp_path_factory.mktemp("files")
    settings = {"CHAOCE_FILES": files, "CHAOCE_API_RATE": 10**6, "ACCOUNT_RATE_LIMITS": False}
    with django_db_blocker.unblock(), override_settings(**settings), transaction.atomic():
        mine = make_side("海宁潮涌", "市经信局", "市财政局", "330481001")
        theirs = make_side("海宁星野", "市发改局", "市科技局", "330481002")
        yield World(mine, theirs, files)
        transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def same_files(world: World, settings, own_files) -> None:
    """The files of the world, not those of one test."""
    settings.CHAOCE_FILES = world.files


@dataclass
class Said:
    """What came back: the status, where it leads or why it broke, what it says."""

    status: int
    location: str
    body: str

    @property
    def refused(self) -> bool:
        """Whether it says no: not signed in, not for this role, or sent to sign in."""
        return self.status in (401, 403) or "?next=" in self.location

    def __str__(self) -> str:
        return f"{self.status} {self.location}".strip()


def ask(member: Any, address: Address, method: str, url: str) -> Said:
    """One call, undone afterwards. A view that breaks says 500."""
    with transaction.atomic():
        headers = {"HX-Request": "false"} if not address.name.startswith("api:") else {"Idempotency-Key": "walk"}
        if address.name.startswith("api:"):
            client = Client(raise_request_exception=False)
            if member is not None:
                headers |= Program(member).headers()
            body = {} if method == "GET" else {"data": "{}", "content_type": "application/json"}
        else:
            client = client_of(member)
            client.raise_request_exception = False
            body = {}
        response = client.generic(method, url, headers=headers, **({"data": body["data"], "content_type": body["content_type"]} if body else {}))
        content = b"".join(response.streaming_content) if response.streaming else response.content
        transaction.set_rollback(True)
    fault = response.exc_info[1] if getattr(response, "exc_info", None) else None
    told = response.headers.get("Location", "") or (f"{type(fault).__name__}: {fault}" if fault else "")
    return Said(response.status_code, told, content.decode("utf-8", "replace"))


def methods_of(address: Address) -> tuple[str, ...]:
    """With which methods an address is walked."""
    return (address.method,) if address.method else ("GET", "POST")


def test_every_address_has_a_right_and_every_right_an_address():
    """“Missing in table → test fails”: no view without a right, no right without a view, no view without a name."""
    names = {address.name for address in addresses()}
    assert not [name for name in names if "<no name" in name]
    assert names == set(RIGHTS)


@pytest.mark.parametrize("role", [None, *Role], ids=str)
def test_the_table_is_what_happens(role, world):
    """“The rights of every role on every page and every API call stand in one table in the code; a test walks all roles × all URLs
    and compares.” Who may is not refused; who may not gets 403 or 404, and who is not signed in is sent to sign in."""
    member = world.mine.members[role] if role else None
    values = {**world.mine.values, **world.mine.personal(role or Role.OFFICE)}
    wrong = []
    for address in addresses():
        right = RIGHTS[address.name]
        for method in methods_of(address):
            said = ask(member, address, method, address.url(values))
            allowed = right.public or (role is not None and right.allows(role, method == "GET"))
            if said.status >= 500:
                wrong.append(f"{method} {address.name}: {said} broken")
            elif allowed and said.refused:
                wrong.append(f"{method} {address.name}: {said}, but the table allows it")
            elif not allowed and role is None and not said.refused:
                wrong.append(f"{method} {address.name}: {said}, signed out")
            elif not allowed and role is not None and said.status not in (403, 404):
                wrong.append(f"{method} {address.name}: {said}, but the table does not allow it")
    assert not wrong, "\n".join(wrong)


def test_the_walk_gets_somewhere(world):
    """A walk over things that are not there would prove nothing: every view that somebody may look at answers one of them."""
    silent = []
    for address in addresses():
        right = RIGHTS[address.name]
        if address.method == "POST" or not (right.look or right.public or right.anyone):
            continue
        roles = sorted(right.look) or [Role.OFFICE]
        found = []
        for role in roles:
            values = {**world.mine.values, **world.mine.personal(role)}
            said = ask(world.mine.members[role], address, "GET", address.url(values))
            found.append(str(said))
            if said.status < 400:
                break
        else:
            silent.append(f"{address.name}: {found}")
    assert {one.partition(": ")[0] for one in silent} <= set(UNANSWERED) | {one for one in (s.split(": ")[0] for s in silent) if _acts_only(one)}, silent


def _acts_only(name: str) -> bool:
    """Whether a view that anyone may call only takes POSTs: its answer to a look is 405."""
    return RIGHTS[name].anyone or RIGHTS[name].public


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_what_is_of_others_is_not_there(role, world):
    """“A firm never sees another's existence; a reviewer sees what the clause's departments give it.” Things of another firm, town,
    department or person are answered with 404, and the answer never names the other firm."""
    member = world.mine.members[role]
    mine = {**world.mine.values, **world.mine.personal(role)}
    theirs = {**world.theirs.values, **world.theirs.personal(role)}
    wrong = []
    for address in addresses():
        for other in _mixed(address, role, mine, theirs):
            for method in methods_of(address):
                said = ask(member, address, method, address.url(other))
                right = RIGHTS[address.name].allows(role, method == "GET")
                if said.status not in ((404, 405) if right else (403, 404)):
                    wrong.append(f"{method} {address.name} {address.url(other)}: {said}")
                if world.theirs.firm.name in said.body or world.theirs.firm.uscc in said.body:
                    wrong.append(f"{method} {address.name} names the other firm")
    assert not wrong, "\n".join(wrong)


def _mixed(address: Address, role: Role, mine: dict[str, Any], theirs: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The values with one kind, or all of them, from the other side: whatever the role sees only its own of."""
    kinds = [OTHERWISE.get(address.name, {}).get(kind, kind) for kind in address.kinds]
    foreign = [kind for kind in kinds if role in OWN.get(kind, ())]
    for kind in foreign:
        yield {**mine, kind: theirs[kind]}
    if len(foreign) > 1:
        yield {**mine, **{kind: theirs[kind] for kind in foreign}}


def test_lists_do_not_name_others(world):
    """Pages without a number in their address show no other firm to a firm, and none of another town to a town."""
    wrong = []
    for role in (Role.FIRM_OWNER, Role.FIRM_STAFF, Role.TOWN, Role.EXPERT):
        world.theirs.personal(role)
        for address in addresses():
            if not address.kinds and (address.method or "GET") == "GET" and RIGHTS[address.name].allows(role, True):
                said = ask(world.mine.members[role], address, "GET", address.url({}))
                if world.theirs.firm.name in said.body or world.theirs.firm.uscc in said.body:
                    wrong.append(f"{role} {address.name}")
    assert not wrong, "\n".join(wrong)
