"""The table of rights, walked: every role on every address, looking and acting, and what comes back.

A new address is walked as soon as it is there. It fails until it is in the table (`people/rights.py`) and it is said what it is about
(`KINDS` in walking.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from django.test import Client, override_settings

from chaoce.service.api.openapi import document
from chaoce.service.people.rights import RIGHTS, Right
from chaoce.service.people.roles import Role
from service.api_kit import Program
from service.walking import OTHERWISE, OWN, Address, Side, addresses, make_side, signed_in

#: Views that no role is answered by here, and why; all others answer somebody who may look.
UNANSWERED = {
    "openid_connect_login": "no identity provider is set up",
    "openid_connect_callback": "no identity provider is set up",
    "account:invitation": "nobody has been sent that link",
    "api_nothing": "the answer where nothing is",
    "api:decisions": "no decision of that year is recorded",
}

#: Views that answer about what is of others exactly as about what never was, but not with 404, and why.
LIKE_NOTHING = {
    "review:delete_view": "what is gone already is as good as deleted",
    "review:lower": "a line that is not of this case is told on its page",
    "review:clear": "a finding that is not of this case is told on its page",
}
#: A number that nothing has.
NOTHING = 2_000_000_000
NO_ID = UUID(int=0)
NOBODY = Right()


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
    url: str = ""

    @property
    def refused(self) -> bool:
        """Whether it says no: not signed in, not for this role, or sent to sign in."""
        return self.status in (401, 403) or self.location.startswith("/accounts/login/?next=")

    @property
    def to_its_page(self) -> bool:
        """Whether a step that can only be sent led to the page above it."""
        return self.location.endswith("/") and self.url.startswith(self.location) and self.location not in ("/", self.url)

    def __str__(self) -> str:
        return f"{self.status} {self.location}".strip()


_browsers: dict[int | None, str] = {}
_programs: dict[int, Program] = {}


def ask(member: Any, address: Address, method: str, url: str) -> Said:
    """One call, undone afterwards. A view that breaks says 500."""
    program = address.name.startswith("api:")
    pk = member.pk if member else None
    if pk not in _browsers:
        _browsers[pk] = signed_in(member)
    if member is not None and pk not in _programs:
        _programs[pk] = Program(member)
    with transaction.atomic():
        client = Client(raise_request_exception=False)
        headers = {"Idempotency-Key": "walk", **(_programs[pk].headers() if member else {})} if program else {}
        if not program:
            client.cookies.load(_browsers[pk])
        body = json.dumps(_body_of(address)) if program and method == "POST" else ""
        response = client.generic(
            method, url, body, "application/json" if program else "application/x-www-form-urlencoded", headers=headers
        )
        content = b"".join(response.streaming_content) if response.streaming else response.content
        transaction.set_rollback(True)
    fault = response.exc_info[1] if getattr(response, "exc_info", None) else None
    told = response.headers.get("Location", "") or (f"{type(fault).__name__}: {fault}" if fault else "")
    return Said(response.status_code, told, content.decode("utf-8", "replace"), url if method == "GET" else "")


def _body_of(address: Address) -> Any:
    """The body of an operation's example."""
    operation = next(
        said for methods in document()["paths"].values() for said in methods.values() if f"api:{said['operationId']}" == address.name
    )
    reference = operation["requestBody"]["content"].get("application/json", {"schema": {}})["schema"].get("$ref")
    return document()["components"]["schemas"][reference.rpartition("/")[2]]["examples"][0] if reference else {}


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
        right = RIGHTS.get(address.name, NOBODY)
        for method in methods_of(address):
            said = ask(member, address, method, address.url(values))
            allowed = right.public or (role is not None and right.allows(role, method == "GET"))
            if said.status >= 500:
                wrong.append(f"{method} {address.name}: {said}")
            elif allowed and said.refused:
                wrong.append(f"{method} {address.name}: {said}, but the table allows it")
            elif not allowed and role is None and not said.refused:
                wrong.append(f"{method} {address.name}: {said}, signed out")
            elif not allowed and role is not None and right.allows(role, False) and said.to_its_page:
                continue  # whoever may take a step and looks at its address is shown the page that it belongs to
            elif not allowed and role is not None and said.status not in (403, 404):
                wrong.append(f"{method} {address.name}: {said}, but the table does not allow it")
    assert not wrong, "\n".join(wrong)


def test_the_walk_gets_somewhere(world):
    """A walk over things that are not there would prove nothing: every view that somebody may look at answers one of them."""
    silent = []
    for address in addresses():
        right = RIGHTS.get(address.name, NOBODY)
        everybody = [Role.OFFICE, Role.FIRM_OWNER] if right.public or right.anyone else []
        found = []
        for role in sorted(right.look) or everybody:
            if address.method == "POST":
                break
            said = ask(world.mine.members[role], address, "GET", address.url({**world.mine.values, **world.mine.personal(role)}))
            found.append(said.status)
            if said.status < 400:
                break
        only_acts = bool(everybody) and set(found) == {405}
        if found and min(found) >= 400 and not only_acts:
            silent.append(address.name)
    assert set(silent) == set(UNANSWERED), sorted(set(silent) ^ set(UNANSWERED))


@pytest.mark.parametrize("role", list(Role), ids=str)
def test_what_is_of_others_is_not_there(role, world):
    """“A firm never sees another's existence; a reviewer sees what the clause's departments give it.” Things of another firm, town,
    department or person are answered with 404, and the answer never names the other firm."""
    member = world.mine.members[role]
    mine = {**world.mine.values, **world.mine.personal(role)}
    theirs = {**world.theirs.values, **world.theirs.personal(role)}
    wrong = []
    for address in addresses():
        for kinds in _foreign(address, role):
            other = {**mine, **{kind: theirs[kind] for kind in kinds}}
            for method in methods_of(address):
                said = ask(member, address, method, address.url(other))
                right = RIGHTS.get(address.name, NOBODY).allows(role, method == "GET")
                # The address of a step only acts: asked for in a browser it leads to the step's page, whatever the number in it.
                if address.name in LIKE_NOTHING or (method, said.status) == ("GET", 302):
                    absent = {**other, **{kind: NO_ID if isinstance(other[kind], UUID) else NOTHING for kind in kinds}}
                    nothing = ask(member, address, method, address.url(absent))
                    good = (said.status, _bare(said.location, other)) == (nothing.status, _bare(nothing.location, absent))
                else:
                    good = said.status in ((404, 405) if right else (403, 404))
                if not good:
                    wrong.append(f"{method} {address.name} {address.url(other)}: {said}")
                if world.theirs.firm.name in said.body or world.theirs.firm.uscc in said.body:
                    wrong.append(f"{method} {address.name} names the other firm")
    assert not wrong, "\n".join(wrong)


def _foreign(address: Address, role: Role) -> list[tuple[str, ...]]:
    """Which of the things that an address is about are to be the other side's: each by itself, and all of them."""
    kinds = [OTHERWISE.get(address.name, {}).get(kind, kind) for kind in address.kinds]
    own = [kind for kind in kinds if role in OWN.get(kind, ())]
    return [*((kind,) for kind in own), *([tuple(own)] if len(own) > 1 else [])]


def _bare(location: str, values: dict[str, Any]) -> str:
    """An address without the numbers that were asked for."""
    asked = sorted({str(value) for value in values.values()}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, asked)), "", location)


def test_lists_do_not_name_others(world):
    """Pages without a number in their address show no other firm to a firm, none of another town to a town, and to a department none
    that its clauses do not give it."""
    wrong = []
    for role in (Role.FIRM_OWNER, Role.FIRM_STAFF, Role.TOWN, Role.EXPERT, Role.REVIEWER, Role.HEAD):
        world.theirs.personal(role)
        for address in addresses():
            if not address.kinds and address.method in (None, "GET") and RIGHTS.get(address.name, NOBODY).allows(role, True):
                said = ask(world.mine.members[role], address, "GET", address.url({}))
                if world.theirs.firm.name in said.body or world.theirs.firm.uscc in said.body:
                    wrong.append(f"{role} {address.name}")
    assert not wrong, wrong
