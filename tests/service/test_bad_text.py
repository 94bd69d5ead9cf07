"""What no text of the database can hold, sent to every address: told in words, never a broken page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as project
from django.db import transaction
from django.test import Client, override_settings

import chaoce.service
from chaoce.service.cases import steps
from chaoce.service.people.rights import RIGHTS
from chaoce.service.people.roles import Role
from service.api_kit import Program
from service.handing import PNG, hand
from service.kit import client_of, make_call, make_member
from service.walking import OTHERWISE, Address, Side, addresses, make_side, signed_in

NUL = "a\x00b"
_HERE = Path(chaoce.service.__file__).parent
_ASKED = re.compile(r'(?:POST|GET)(?:\.get(?:list)?\(|\[)"(\w+)"')
_WRITTEN = re.compile(r'name="(\w+)"')


def _names() -> list[str]:
    """Every name that a page asks a query or a form for, or that a form of a template sends."""
    found = {name for path in _HERE.rglob("*.py") for name in _ASKED.findall(path.read_text())}
    found |= {name for path in _HERE.rglob("*.html") for name in _WRITTEN.findall(path.read_text())}
    return sorted(found - {"csrfmiddlewaretoken"})


@pytest.fixture(scope="module")
def side(django_db_setup, django_db_blocker, tmp_path_factory) -> Iterator[Side]:
    """Something of every kind to ask about, made once and undone."""
    settings = {"CHAOCE_FILES": tmp_path_factory.mktemp("files"), "CHAOCE_API_RATE": 10**6, "ACCOUNT_RATE_LIMITS": False}
    with django_db_blocker.unblock(), override_settings(**settings), transaction.atomic():
        yield make_side("海宁潮涌", "市经信局", "市财政局", "330481001")
        transaction.set_rollback(True)


class Asker:
    """Asks as the people of a side, each signed in once."""

    def __init__(self, side: Side):
        self.side = side
        self.cookies: dict[Role | None, str] = {None: signed_in(None)}
        self.programs: dict[Role, Program] = {}

    def ask(self, role: Role | None, program: bool, method: str, url: str, names: list[str]) -> int:
        """The status of a call that carries NUL under these names, undone afterwards."""
        if role not in self.cookies:
            self.cookies[role] = signed_in(self.side.members[role])
        client = Client(raise_request_exception=False)
        headers = {"Idempotency-Key": "bad"}
        if program and role is not None:
            self.programs.setdefault(role, Program(self.side.members[role]))
            headers |= self.programs[role].headers()
        else:
            client.cookies.load(self.cookies[role])
        with transaction.atomic():
            if method == "GET":
                status = client.get(url, dict.fromkeys(names, NUL), headers=headers).status_code
            elif program:
                status = client.post(url, dict.fromkeys(names, NUL), content_type="application/json", headers=headers).status_code
            else:
                status = client.post(url, dict.fromkeys(names, NUL), headers=headers).status_code
            transaction.set_rollback(True)
        return status


def _role_of(address: Address) -> Role | None:
    """The first role that may act there, else look; none where everybody may."""
    right = RIGHTS.get(address.name)
    if right is None or right.public:
        return None
    return next((role for safe in (False, True) for role in Role if right.allows(role, safe)), None)


def test_no_address_breaks_on_a_sign_that_no_text_holds(side):
    """“Bad input: a clear sentence, nothing lost”: NUL in the query, in the form and in the address breaks no page of any address."""
    wrong, names, asker = [], _names(), Asker(side)
    assert {"q", "take_off", "why"} <= set(names)
    for address in addresses():
        role, program = _role_of(address), address.name.startswith("api:")
        values = {**side.values, **side.personal(role or Role.OFFICE)}
        methods = (address.method,) if address.method else ("GET", "POST")
        asked = [(method, address.url(values), sent) for method in methods for sent in (["q"], names)]
        for name, _kind in address.arguments:
            if not re.search(rf"<(?:int|uuid):{name}>", address.route):
                odd = re.sub(rf"<(?:\w+:)?{name}>", "a%00b", address.route)
                for other, kind in address.arguments:
                    value = kind[0] if isinstance(kind, tuple) else values[OTHERWISE.get(address.name, {}).get(kind, kind)]
                    odd = re.sub(rf"<(?:\w+:)?{other}>", str(value), odd)
                asked.append((methods[0], "/" + odd, []))
        for method, url, sent in asked:
            if (status := asker.ask(role, program, method, url, sent)) >= 500:
                wrong.append(f"{method} {address.name} {url} {len(sent)}: {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "said"), [("zh-hans", "返回"), ("en", "could not be understood")])
def test_it_is_said_in_words(language, said):
    """“A clear sentence”: a search that no text can hold is answered with a page that says so, in the language of the person."""
    response = client_of(make_member("firm_owner"), language).get("/firm/files/", {"q": NUL})
    assert response.status_code == 400
    assert said in response.content.decode()


@pytest.mark.django_db
def test_a_cookie_that_no_text_holds_is_none():
    """A cookie whose text the database could not look for is taken no notice of: the call is one without it."""
    client = Client(raise_request_exception=False)
    response = client.get("/firm/", headers={"Cookie": f'{project.SESSION_COOKIE_NAME}="\\000aaaaaaaaaaaa"; csrftoken="\\000"'})
    assert response.status_code == 302
    assert response.url.startswith("/accounts/login/")


@pytest.mark.django_db
def test_what_is_no_id_of_a_file_is_no_file():
    """What may not be seen or never was is not there: a form that names something that is no file's id is answered with 404."""
    owner = make_member("firm_owner")
    case = steps.open_draft(owner.firm, make_call(), owner)
    upload = hand(owner, "a.png", PNG)
    client = client_of(owner)
    url = f"/firm/cases/{case.pk}/evidence/contract/"
    for field in ("here", "take_off"):
        for text in ("x", "1", f"{upload.pk}0"):
            assert client.post(url, {field: text}).status_code == 404
