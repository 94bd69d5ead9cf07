"""Signing in through an identity provider: one that runs beside the tests, over HTTP as a real one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import oidc_provider_mock
import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core import mail
from django.test import Client

from chaoce.service.people.models import User
from chaoce.service.people.roles import Role
from service.browsing import assert_sound, needs_browser, visit
from service.kit import PASSWORD, make_member

pytestmark = pytest.mark.django_db
HOST = "http://localhost"


@pytest.fixture
def provider(settings) -> Iterator[str]:
    """An identity provider on this machine, and the settings that name it."""
    with oidc_provider_mock.run_server_in_thread() as server:
        issuer = f"http://localhost:{server.server_port}"
        app = {"provider_id": "oidc", "name": "City ID", "client_id": "chaoce", "secret": "known", "settings": {"server_url": issuer}}
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}
        yield issuer


def identity(issuer: str, subject: str, email: str, verified: bool = True) -> None:
    """A person at the provider."""
    claims = {"email": email, "email_verified": verified, "name": "Wang"}
    requests.put(f"{issuer}/users/{subject}", json=claims).raise_for_status()


def through_provider(client: Client, subject: str, process: str = "login"):
    """Off to the provider, agreeing there as that person, and back: the answer to the callback."""
    page = client.post(f"/accounts/oidc/oidc/login/?process={process}", SERVER_NAME="localhost")
    assert page.status_code == 200, page.status_code
    away = re.search(r'http-equiv="refresh" content="0;url=([^"]+)"', page.text)[1].replace("&amp;", "&")
    assert "code_challenge=" in away
    back = requests.post(away, data={"sub": subject}, allow_redirects=False)
    assert back.status_code in (302, 303), back.text
    return client.get(back.headers["Location"].removeprefix(HOST), SERVER_NAME="localhost")


def signed_in(member) -> Client:
    """A browser after address and password, which is what a link asks for."""
    client = Client()
    client.cookies["chaoce_language"] = "en"
    client.post("/accounts/login/", {"login": member.user.email, "password": PASSWORD}, SERVER_NAME="localhost")
    return client


def link(client: Client, subject: str):
    """Links the identity, confirming with the password where that is asked for; the last answer."""
    answer = through_provider(client, subject, "connect")
    if answer.status_code == 302 and "reauthenticate" in answer["Location"]:
        answer = client.post(answer["Location"], {"password": PASSWORD}, SERVER_NAME="localhost")
    return answer


def test_without_a_provider_there_is_no_button_and_no_way(settings):
    """A service that names no provider offers none."""
    assert settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"] == []
    assert "oidc" not in Client().get("/accounts/login/").text
    assert Client().post("/accounts/oidc/oidc/login/").status_code == 404


def test_an_identity_that_nobody_linked_signs_nobody_in(provider):
    """An address alone links nobody: a provider that vouches for a person's address does not open that person's account."""
    member = make_member(Role.FIRM_OWNER)
    identity(provider, "wang", member.user.email)
    client = Client()
    client.cookies["chaoce_language"] = "en"
    answer = through_provider(client, "wang")
    assert answer.status_code == 403 and "Not linked yet" in answer.text
    assert client.get("/account/").status_code == 302 and not SocialAccount.objects.exists()


def test_an_unknown_identity_makes_no_account(provider):
    """Who has no account here gets none by a provider."""
    identity(provider, "stranger", "stranger@example.org")
    assert through_provider(Client(), "stranger").status_code == 403
    assert not User.objects.exists()


def test_a_person_links_the_own_identity_and_signs_in_with_it(provider):
    """Signed in and confirmed by password, a person links the identity that vouches for the same address; then it signs in, and a
    mail has said so; unlinked, it no longer does."""
    member = make_member(Role.FIRM_OWNER)
    identity(provider, "wang", member.user.email.upper())
    client = signed_in(member)
    assert "City ID" in client.get("/account/").text and "Not linked." in client.get("/account/").text
    assert link(client, "wang")["Location"] == "/accounts/3rdparty/"
    assert SocialAccount.objects.get().user == member.user
    assert "Linked" in client.get("/accounts/3rdparty/").text and mail.outbox[-1].to == [member.user.email]

    other = Client()
    assert through_provider(other, "wang")["Location"] == "/"
    assert other.get("/account/").status_code == 200

    pk = SocialAccount.objects.get().pk
    assert client.post("/accounts/3rdparty/", {"account": pk})["Location"] == "/accounts/3rdparty/"
    assert through_provider(Client(), "wang").status_code == 403


def test_a_link_is_confirmed_with_the_password(provider):
    """Who finds an open browser cannot link an own identity to it: the step asks for the password."""
    member = make_member(Role.FIRM_OWNER)
    identity(provider, "thief", member.user.email)
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = through_provider(client, "thief", "connect")
    assert answer.status_code == 302 and "reauthenticate" in answer["Location"]
    assert client.post(answer["Location"], {"password": "wrong"}).status_code == 200
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(("email", "verified"), [("other@example.org", True), (None, False)])
def test_only_an_identity_with_the_same_verified_address_is_linked(provider, email: str | None, verified: bool):
    """The provider must vouch for the very address of the account."""
    member = make_member(Role.FIRM_OWNER)
    identity(provider, "wang", email or member.user.email, verified)
    client = signed_in(member)
    link(client, "wang")
    assert not SocialAccount.objects.exists()
    assert "does not vouch" in client.get("/accounts/3rdparty/").text


def test_an_identity_belongs_to_one_account(provider):
    """An identity that is linked with one account is not linked with a second."""
    first, second = make_member(Role.FIRM_OWNER), make_member(Role.FIRM_OWNER)
    identity(provider, "wang", first.user.email)
    link(signed_in(first), "wang")
    identity(provider, "wang", second.user.email)
    client = signed_in(second)
    link(client, "wang")
    assert SocialAccount.objects.get().user == first.user
    assert "linked with another account" in client.get("/accounts/3rdparty/").text


def test_staff_are_asked_for_the_second_factor_after_the_provider(provider):
    """The second factor is asked for after the provider too: nothing is known of how the provider checked."""
    member = make_member(Role.REVIEWER)
    SocialAccount.objects.create(user=member.user, provider="oidc", uid="li")
    identity(provider, "li", member.user.email)
    client = Client()
    assert through_provider(client, "li")["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/account/")["Location"].startswith("/accounts/login/")

    Authenticator.objects.filter(user=member.user).delete()
    client = Client()
    through_provider(client, "li")
    assert client.get("/account/")["Location"] == "/accounts/2fa/"


def test_a_provider_that_refuses_or_does_not_answer_is_told_in_words(provider, settings):
    """Cancelled at the provider, an answer that is none, and no answer at all each get a page that says so."""
    client = Client()
    client.cookies["chaoce_language"] = "en"
    page = client.post("/accounts/oidc/oidc/login/", SERVER_NAME="localhost")
    state = re.search(r"state=(\w+)", page.text)[1]
    cancelled = client.get("/accounts/oidc/oidc/login/callback/", {"state": state, "error": "access_denied"})
    assert "cancelled" in client.get(cancelled["Location"]).text
    wrong = client.get("/accounts/oidc/oidc/login/callback/", {"state": "made-up", "code": "x"})
    assert wrong.status_code == 401 and "did not answer as it should" in wrong.text

    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["settings"]["server_url"] = "http://localhost:9"
    gone = client.post("/accounts/oidc/oidc/login/")
    assert gone.status_code == 502 and "did not answer as it should" in gone.text


@needs_browser
@pytest.mark.django_db(transaction=True)
def test_the_way_through_the_provider_works_in_a_browser(provider, chromium, live_server):
    """The content policy lets the browser go to the provider and come back; axe finds nothing on our pages on the way."""
    member = make_member(Role.FIRM_OWNER)
    SocialAccount.objects.create(user=member.user, provider="oidc", uid="wang")
    identity(provider, "wang", member.user.email)
    with visit(chromium, live_server, None, "en") as page:
        page.route("https://**", lambda route: route.abort())  # what the pages of this provider ask of the network
        page.goto(live_server.url + "/accounts/oidc/oidc/login/")
        assert_sound(page)
        page.goto(live_server.url + "/accounts/login/")
        assert_sound(page)
        page.click("text=Sign in with City ID")
        page.wait_for_url(f"{provider}/**")
        page.fill("input[name=sub]", "wang")
        page.click("button:has-text('Authorize')")
        page.wait_for_url(f"{live_server.url}/**")
        page.wait_for_selector(".person")
        page.goto(live_server.url + "/accounts/3rdparty/")
        assert_sound(page)
        page.faults[:] = [fault for fault in page.faults if provider not in fault and "https://" not in fault]
