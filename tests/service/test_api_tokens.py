"""The pages of programs: tokens made, shown once and ended, and the reference."""

from __future__ import annotations

import re
from html import escape

import pytest
from django.test import Client

from chaoce.service.api.models import Token
from chaoce.service.api.openapi import document
from chaoce.service.api.tokens import MOST, digest, make
from chaoce.service.people.roles import EVERY_ROLE
from service.api_kit import V1, said
from service.browsing import assert_sound, needs_browser, other_looks, visit
from service.kit import client_of, make_member

pytestmark = pytest.mark.django_db


def test_a_token_is_shown_once():
    """“Tokens: list / create (shown once) / end”: only the digest is kept, and no later page has the text."""
    owner = make_member("firm_owner")
    browser = client_of(owner, "en")
    response = browser.post("/tokens/new/", {"name": " ERP ", "scopes": ["read:cases", "write:cases"], "days": "30"})
    text = re.search(r'value="(chaoce_[^"]+)"', response.content.decode())[1]
    row = Token.objects.get()
    assert (row.name, row.scopes, row.digest, row.membership) == ("ERP", ["read:cases", "write:cases"], digest(text), owner)
    assert "no-store" in response.headers["Cache-Control"]
    assert said(Client().get(V1 + "/me", headers={"Authorization": f"Bearer {text}"}), 200)["token"] == "ERP"
    page = browser.get("/tokens/").content.decode()
    assert "ERP" in page and text not in page and row.digest not in page
    assert browser.post(f"/tokens/{row.pk}/end/").status_code == 302
    assert Client().get(V1 + "/me", headers={"Authorization": f"Bearer {text}"}).status_code == 401
    assert "Ended" in browser.get("/tokens/").content.decode()


def test_nobody_ends_the_token_of_another():
    """Tokens are of the membership that acts; another's is not there."""
    row, _text = make(make_member("firm_owner"), "theirs", ["read:cases"], 30)
    browser = client_of(make_member("firm_owner"))
    assert browser.post(f"/tokens/{row.pk}/end/").status_code == 404
    assert "theirs" not in browser.get("/tokens/").content.decode()
    row.refresh_from_db()
    assert row.ended_at is None


_GOOD = {"name": "a", "scopes": ["read:cases"], "days": "30"}


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scopes": []}, {"scopes": ["write:reviews"]}, {"days": "9999"}])
def test_a_form_with_faults_makes_nothing(wrong):
    """A scope that the role can do nothing with is not offered, and not taken."""
    response = client_of(make_member("firm_staff")).post("/tokens/new/", {**_GOOD, **wrong})
    assert response.status_code == 422 and not Token.objects.exists() and "chaoce_" not in response.content.decode()


def test_there_is_an_end_to_tokens():
    """One membership has so many tokens and no more."""
    owner = make_member("firm_owner")
    for number in range(MOST):
        make(owner, str(number), ["read:cases"], 30)
    response = client_of(owner, "en").post("/tokens/new/", {"name": "a", "scopes": ["read:cases"], "days": "30"})
    assert response.status_code == 422 and Token.objects.count() == MOST


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_reference_shows_every_operation(language):
    """“A docs page that needs no network”: every operation and shape of the OpenAPI is on it, for whoever asks."""
    for browser in (client_of(None, language), client_of(make_member("auditor"), language)):
        page = browser.get("/tokens/reference/").content.decode()
        for methods in document()["paths"].values():
            for one in methods.values():
                assert f'id="{one["operationId"]}"' in page
                assert escape(one["summary"] if language == "en" else one["x-summary-zh"]) in page
        links = set(re.findall(r'href="#([^"]+)"', page))
        assert links <= set(re.findall(r'id="([^"]+)"', page))
        assert not re.search(r"(src|href)=\"(https?:)?//", page)


def test_every_role_can_make_a_token():
    """Every role finds scopes that it can use."""
    for role in sorted(EVERY_ROLE):
        page = client_of(make_member(role), "en").get("/tokens/new/")
        assert page.status_code == 200 and 'value="read:calls"' in page.content.decode()


@needs_browser
@pytest.mark.django_db(transaction=True)
@other_looks
def test_the_pages_are_sound(chromium, live_server, language, width):
    """The pages of programs: WCAG 2.2 AA by axe, nothing wider than the window at 360 px, nothing asked of another host; a token is
    made, copied and ended by hand."""
    owner = make_member("firm_owner")
    make(owner, "ERP", ["read:cases"], 30)
    with visit(chromium, live_server, owner, language, width) as page:
        for path in ("/tokens/", "/tokens/new/", "/tokens/reference/"):
            page.goto(live_server.url + path)
            assert_sound(page)
        page.goto(live_server.url + "/tokens/new/")
        page.get_by_label({"zh-hans": "名称", "en": "Name"}[language]).fill("MES")
        page.locator("input[name=scopes]").first.check()
        page.get_by_role("button", name={"zh-hans": "创建令牌", "en": "Make the token"}[language]).click()
        page.locator("#token").wait_for()
        assert page.locator("#token").input_value().startswith("chaoce_")
        assert_sound(page)
    assert Token.objects.filter(membership=owner).count() == 2
