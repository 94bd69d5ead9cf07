"""Passkeys, with a real browser and the authenticator that it simulates: set up, used alone, used after the password, removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page

from chaoce.service.people.roles import Role
from service.browsing import assert_sound, needs_browser, visit
from service.kit import PASSWORD, make_member

pytestmark = [needs_browser, pytest.mark.django_db(transaction=True)]


@contextmanager
def device(page: Page, verified: bool = True) -> Iterator[tuple]:
    """An authenticator in the browser, as in a phone or a laptop; `verified`: the person's finger fits."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": verified,
        "automaticPresenceSimulation": True,
    }
    made = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    yield session, made["authenticatorId"]
    session.send("WebAuthn.removeVirtualAuthenticator", made)


def sign_in(page: Page, server, member) -> None:
    """With address and password."""
    page.goto(server.url + "/accounts/login/")
    page.fill("input[name=login]", member.user.email)
    page.fill("input[name=password]", PASSWORD)
    page.click("form button.btn-primary")


def add_passkey(page: Page, server, alone: bool = True) -> None:
    """From the page of second factors to a passkey that is kept."""
    page.goto(server.url + "/accounts/2fa/webauthn/add/")
    if "reauthenticate" in page.url:
        page.fill("input[name=password]", PASSWORD)
        page.click("main button.btn-primary")
        page.wait_for_url("**/webauthn/add/")
    assert_sound(page)
    if not alone:
        page.uncheck("input[name=passwordless]")
    page.click("[data-passkey-button]")
    page.wait_for_url("**/recovery-codes/")


def sign_out(page: Page) -> None:
    """By the menu with one's name."""
    page.click(".person button")
    page.click(".person form[action='/accounts/logout/'] button")
    page.wait_for_url("**/accounts/login/**")


def test_staff_set_up_a_passkey_and_sign_in_with_it_alone(chromium, live_server):
    """A member of staff sets up a passkey first of all, and from then on signs in with it, without a password and at once."""
    member = make_member(Role.OFFICE)
    Authenticator.objects.filter(user=member.user).delete()
    with visit(chromium, live_server, None, "zh-hans") as page, device(page) as (session, number):
        sign_in(page, live_server, member)
        page.wait_for_url("**/accounts/2fa/")
        add_passkey(page, live_server)
        assert len(session.send("WebAuthn.getCredentials", {"authenticatorId": number})["credentials"]) == 1
        page.goto(live_server.url + "/accounts/2fa/webauthn/")
        assert_sound(page)
        assert "通行密钥 1" in page.inner_text("table") and "免密码登录" in page.inner_text("table")
        page.goto(live_server.url + "/staff/")
        sign_out(page)
        page.click("text=使用通行密钥登录")
        page.wait_for_selector(".person")
        assert page.goto(live_server.url + "/staff/").status == 200


def test_a_key_that_is_not_enough_alone_is_asked_for_after_the_password(chromium, live_server):
    """A passkey set up as a second factor is asked for after the password, and the page of codes stays there beside it."""
    member = make_member(Role.FIRM_OWNER)
    with visit(chromium, live_server, None, "en", 390) as page, device(page):
        sign_in(page, live_server, member)
        page.wait_for_selector(".person")
        add_passkey(page, live_server, alone=False)
        page.goto(live_server.url + "/people/")
        sign_out(page)
        sign_in(page, live_server, member)
        page.wait_for_url("**/2fa/authenticate/")
        assert_sound(page)
        page.click("text=Use a passkey")
        page.wait_for_selector(".person")


def test_a_passkey_is_renamed_and_removed(chromium, live_server):
    """A passkey has a name of one's own, and removed it opens nothing any more; the step asks that it is you."""
    member = make_member(Role.FIRM_OWNER)
    with visit(chromium, live_server, None, "en") as page, device(page):
        sign_in(page, live_server, member)
        page.wait_for_selector(".person")
        add_passkey(page, live_server)
        page.goto(live_server.url + "/accounts/2fa/webauthn/")
        page.get_by_role("link", name="Change the name").click()
        assert_sound(page)
        page.fill("input[name=name]", "Phone <of> Wang")
        page.click("main button.btn-primary")
        page.wait_for_selector("text=Phone <of> Wang")
        page.get_by_role("link", name="Remove").click()
        assert_sound(page)
        page.click("main button.btn-danger")
        page.wait_for_selector("text=No passkeys yet")
        sign_out(page)
        page.click("text=Sign in with a passkey")
        page.wait_for_selector(".tone-bad:not([hidden])")
        assert_sound(page)
    assert not Authenticator.objects.filter(user=member.user, type=Authenticator.Type.WEBAUTHN).exists()


def test_a_finger_that_does_not_fit_opens_nothing_and_says_so(chromium, live_server):
    """Where the device does not know its owner nobody is signed in, and the page says what happened in words."""
    with visit(chromium, live_server, None, "en") as page, device(page, verified=False):
        page.goto(live_server.url + "/accounts/login/")
        page.click("text=Sign in with a passkey")
        page.wait_for_selector("text=No passkey was used")
        assert_sound(page)
        assert page.url.endswith("/accounts/login/")
