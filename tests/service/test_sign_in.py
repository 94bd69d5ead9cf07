"""Signing in and what protects it: passwords, the second factor, lock-out, sessions, the way back to a lost password."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from chaoce.service.pages.account.templatetags.account_words import browser as browser_in_words
from chaoce.service.people.models import User
from chaoce.service.people.rights import RIGHTS
from chaoce.service.people.roles import STAFF, Role
from service.browsing import assert_sound, needs_browser, other_looks, visit
from service.kit import PASSWORD, client_of, make_member

pytestmark = pytest.mark.django_db


def anybody(language: str = "en", **more) -> Client:
    """A browser in which nobody is signed in."""
    client = Client(**more)
    client.cookies["chaoce_language"] = language
    return client


def sign_in(client: Client, email: str, password: str = PASSWORD, **more):
    """The answer to the sign-in form."""
    return client.post("/accounts/login/", {"login": email, "password": password}, **more)


def code_of(secret: str, at: float | None = None) -> str:
    """The six digits of RFC 6238 for a secret."""
    counter = struct.pack(">Q", int((at or time.time()) // 30))
    digest = hmac.digest(base64.b32decode(secret), counter, "sha1")
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06d}"


def without_factor(role: Role = Role.REVIEWER):
    """Somebody of the city who has not set up a second factor."""
    member = make_member(role)
    Authenticator.objects.filter(user=member.user).delete()
    return member


# Password


def test_a_person_signs_in_by_address_and_password():
    """The address, in any case, and the password sign in; the next page is the one that was asked for, if it is ours."""
    member = make_member(Role.FIRM_OWNER)
    client = anybody()
    answer = sign_in(client, member.user.email.upper())
    assert answer.status_code == 302 and answer["Location"] == "/"
    assert client.get("/account/").status_code == 200
    for path, goal in (("/people/", "/people/"), ("https://elsewhere.example/", "/"), ("//elsewhere.example/", "/")):
        answer = anybody().post("/accounts/login/", {"login": member.user.email, "password": PASSWORD, "next": path})
        assert answer["Location"] == goal


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_what_was_wrong_is_not_told_apart(language: str):
    """A wrong password and an unknown address get the same words, so that nobody learns who has an account."""
    member = make_member(Role.FIRM_OWNER)
    words = {"zh-hans": "电子邮箱或密码不正确。", "en": "are not correct."}[language]
    for email in (member.user.email, "nobody@example.org"):
        answer = sign_in(anybody(language), email, "a wrong password")
        assert answer.status_code == 200 and words in answer.text


def test_a_closed_account_does_not_open():
    """An account that is closed signs nobody in, and says so to who knows its password."""
    member = make_member(Role.FIRM_OWNER)
    User.objects.filter(pk=member.user_id).update(is_active=False)
    client = anybody()
    answer = sign_in(client, member.user.email)
    assert answer["Location"] == "/accounts/inactive/" and "closed" in client.get("/accounts/inactive/").text
    assert client.get("/account/").status_code == 302


def test_nobody_signs_up():
    """Accounts come by invitation: the page of sign-up says so and makes none."""
    data = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    answers = anybody().get("/accounts/signup/"), anybody().post("/accounts/signup/", data)
    for answer in answers:
        assert "By invitation only" in answer.text
    assert not User.objects.filter(email="new@example.org").exists()


def test_signing_out_is_a_post():
    """Following a link signs nobody out; the button does."""
    client = client_of(make_member(Role.FIRM_OWNER), "en")
    assert client.get("/accounts/logout/").status_code == 200
    assert client.get("/account/").status_code == 200
    assert client.post("/accounts/logout/")["Location"] == "/accounts/login/"
    assert client.get("/account/").status_code == 302


# Lock-out


def test_five_wrong_passwords_lock_a_name_from_an_address_for_fifteen_minutes():
    """After five wrong passwords that name is locked from that network address for a quarter of an hour, and the page says until
    when; from elsewhere its owner still signs in, and from there others do."""
    member, other = make_member(Role.FIRM_OWNER), make_member(Role.FIRM_OWNER)
    for turn in range(5):
        answer = sign_in(anybody(), member.user.email, "wrong")
        assert answer.status_code == (429 if turn == 4 else 200)
    until = timezone.localtime(AccessAttempt.objects.get().attempt_time + timedelta(minutes=15))
    assert f"{until.day} {until:%B} {until.year}, {until:%H:%M}" in answer.text
    assert sign_in(anybody(), member.user.email).status_code == 429
    assert sign_in(anybody(), member.user.email.upper()).status_code == 429
    assert "登录已锁定" in sign_in(anybody("zh-hans"), member.user.email).text
    assert sign_in(anybody(), member.user.email, REMOTE_ADDR="10.0.0.7").status_code == 302
    assert sign_in(anybody(), other.user.email).status_code == 302
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))
    assert sign_in(anybody(), member.user.email).status_code == 302


def test_a_right_password_clears_the_count():
    """Four wrong passwords, a right one and four more wrong ones lock nobody."""
    member = make_member(Role.FIRM_OWNER)
    for password in ["wrong"] * 4 + [PASSWORD] + ["wrong"] * 4:
        assert sign_in(anybody(), member.user.email, password).status_code != 429


def test_what_confirms_a_person_is_locked_the_same_way():
    """Who sits at an open browser cannot try passwords without end where it asks for the password again."""
    client = client_of(make_member(Role.FIRM_OWNER), "en")
    answers = [client.post("/accounts/reauthenticate/", {"password": "wrong"}).status_code for _turn in range(6)]
    assert answers[-1] == 429


# Second factor


def test_staff_without_a_second_factor_get_no_further_than_setting_one_up():
    """Whoever has a role of the city sets up a second factor before anything else, in whatever role the person acts."""
    for role in sorted(STAFF):
        member = without_factor(role)
        client = client_of(member, "en")
        for name in RIGHTS:
            if RIGHTS[name].public or (":" in name and not name.startswith("account:")):
                continue
            try:
                path = reverse(name)
            except NoReverseMatch:  # needs an argument
                continue
            answer = client.get(path)
            if name in {"mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "account_reauthenticate", "language", "switch"}:
                assert answer.status_code in (200, 302, 405) and answer.headers.get("Location") != "/accounts/2fa/", name
            else:
                assert answer.status_code == 302 and answer["Location"] == "/accounts/2fa/", name
    assert "First set up a second factor" in client.get("/accounts/2fa/").text
    firm = make_member(Role.FIRM_OWNER)
    firm.user.memberships.create(role=Role.OFFICE)
    assert client_of(firm).get("/account/")["Location"] == "/accounts/2fa/"


@pytest.mark.django_db(transaction=True)
def test_a_member_of_staff_sets_up_an_authenticator_app():
    """With the password confirmed and a right code the app is set up; ten recovery codes follow, other sessions end, a mail says so,
    and the pages open."""
    member = without_factor(Role.OFFICE)
    elsewhere = client_of(member)
    elsewhere.get("/accounts/2fa/")
    client = anybody()
    sign_in(client, member.user.email)
    asked = client.get("/accounts/2fa/totp/activate/")
    if asked.status_code == 302:  # the password once more
        assert client.post(asked["Location"], {"password": PASSWORD})["Location"] == "/accounts/2fa/totp/activate/"
    page = client.get("/accounts/2fa/totp/activate/").text
    secret = re.search(r'id="totp-key">([A-Z2-7]+)<', page)[1]
    assert 'src="data:image/svg+xml;base64,' in page
    wrong = "000000" if code_of(secret) != "000000" else "111111"
    assert "Incorrect code" in client.post("/accounts/2fa/totp/activate/", {"code": wrong}).text
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code_of(secret)})
    assert answer["Location"] == "/accounts/2fa/recovery-codes/"
    assert client.get(answer["Location"]).text.count("<li><code>") == 10
    assert client.get("/accounts/2fa/recovery-codes/download/").headers["Content-Disposition"].startswith("attachment")
    assert client.get("/staff/").status_code == 200
    assert elsewhere.get("/accounts/2fa/")["Location"].startswith("/accounts/login/")
    assert mail.outbox[0].subject == "已添加二次验证方式" and mail.outbox[0].to == [member.user.email]


def test_the_code_is_asked_for_at_every_sign_in_and_a_recovery_code_works_once():
    """After the password comes the second factor; without it nobody is signed in. A recovery code serves once."""
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP

    member = without_factor(Role.OFFICE)
    TOTP.activate(member.user, "JBSWY3DPEHPK3PXP")
    spare = RecoveryCodes.activate(member.user).get_unused_codes()[0]
    client = anybody()
    assert sign_in(client, member.user.email)["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/staff/")["Location"].startswith("/accounts/login/")
    assert "Incorrect code" in client.post("/accounts/2fa/authenticate/", {"code": "abcdef"}).text
    assert client.post("/accounts/2fa/authenticate/", {"code": code_of("JBSWY3DPEHPK3PXP")})["Location"] == "/"
    assert client.get("/staff/").status_code == 200
    for wanted in (302, 200):
        client = anybody()
        sign_in(client, member.user.email)
        assert client.post("/accounts/2fa/authenticate/", {"code": spare}).status_code == wanted
    assert client.post("/accounts/logout/", {"next": "/accounts/login/"})["Location"] == "/accounts/login/"
    assert client.get("/accounts/2fa/authenticate/")["Location"] == "/accounts/login/"


def test_a_firm_may_do_without_a_second_factor_and_may_have_one():
    """People of a firm sign in by password alone unless they set up a second factor; taking it away asks for the password."""
    member = make_member(Role.FIRM_OWNER)
    client = client_of(member, "en")
    assert client.get("/account/").status_code == 200 and "Not set up" in client.get("/account/").text
    Authenticator.objects.create(user=member.user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert client.get("/accounts/2fa/totp/deactivate/")["Location"].startswith("/accounts/reauthenticate/")
    client.post("/accounts/reauthenticate/?next=/accounts/2fa/totp/deactivate/", {"password": PASSWORD})
    assert client.post("/accounts/2fa/totp/deactivate/")["Location"] == "/accounts/2fa/"
    assert not Authenticator.objects.filter(user=member.user).exists()
    assert "removed" in client.get("/accounts/2fa/").text


# Passwords, forgotten and changed


def link_in(message) -> str:
    """The path of the one link in a mail."""
    return re.search(r"https?://[^/\s]+(/\S+)", message.body)[1]


def test_a_forgotten_password_is_replaced_through_the_mail():
    """A link in a mail, in the language of the person, lets a new password be chosen once; it ends the sessions of the old one."""
    member = make_member(Role.FIRM_OWNER, language="en")
    signed_in = client_of(member)
    client = anybody("zh-hans")
    assert client.post("/accounts/password/reset/", {"email": member.user.email})["Location"] == "/accounts/password/reset/done/"
    assert [m.subject for m in mail.outbox] == ["A new password for chaoce"] and mail.outbox[0].to == [member.user.email]
    path = link_in(mail.outbox[0])
    form = client.get(path)["Location"]
    assert "member" not in form and client.get(form).status_code == 200
    assert "不得少于" in client.post(form, {"password1": "short", "password2": "short"}).text
    new = "another long password"
    assert client.post(form, {"password1": new, "password2": new})["Location"] == "/accounts/password/reset/key/done/"
    assert "链接已失效" in anybody("zh-hans").get(path, follow=True).text
    assert signed_in.get("/account/").status_code == 302
    assert sign_in(anybody(), member.user.email).status_code == 200
    assert sign_in(anybody(), member.user.email, new).status_code == 302
    assert mail.outbox[-1].subject == "Your password was changed"


def test_an_unknown_address_is_not_written_to_and_not_told():
    """The page says the same whether there is an account or not, and nobody without one gets a mail."""
    client = anybody()
    assert client.post("/accounts/password/reset/", {"email": "nobody@example.org"})["Location"] == "/accounts/password/reset/done/"
    assert not mail.outbox


def test_asking_for_links_again_and_again_is_slowed_down():
    """More than a few mails a minute to one address are refused, with words."""
    member = make_member(Role.FIRM_OWNER)
    answers = [anybody().post("/accounts/password/reset/", {"email": member.user.email}) for _turn in range(6)]
    assert answers[-1].status_code == 429 and "Too many requests" in answers[-1].text
    assert len(mail.outbox) == 5


def test_a_changed_password_ends_all_other_sessions():
    """Who changes the password stays signed in here and is signed out everywhere else; a mail says so."""
    member = make_member(Role.FIRM_OWNER)
    here, there = client_of(member, "en"), client_of(member)
    new = "another long password"
    wrong = here.post("/accounts/password/change/", {"oldpassword": "wrong", "password1": new, "password2": new})
    assert wrong.status_code == 200
    answer = here.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer["Location"] == "/account/"
    assert here.get("/account/").status_code == 200 and there.get("/account/").status_code == 302
    assert mail.outbox[-1].subject == "密码已修改"


# Account and sessions


def test_name_and_language_are_changed_on_the_account_page():
    """One's name and language are one's own to change; an empty name is not taken, and nothing else of the form is."""
    member = make_member(Role.FIRM_OWNER)
    client = client_of(member, "zh-hans")
    assert client.post("/account/", {"name": " ", "language": "en"}).status_code == 422
    answer = client.post("/account/", {"name": "王敏", "language": "en", "email": "x@example.org", "is_superuser": "on"})
    assert answer["Location"] == "/account/" and answer.cookies["chaoce_language"].value == "en"
    member.user.refresh_from_db()
    assert (member.user.name, member.user.language, member.user.is_superuser) == ("王敏", "en", False)
    assert member.user.email != "x@example.org" and "Saved." in client.get("/account/").text


def test_sessions_are_listed_and_ended():
    """Every browser in which one is signed in is listed with where and when, and each can be ended, or all others at once."""
    member, stranger = make_member(Role.FIRM_OWNER), make_member(Role.FIRM_OWNER)
    agent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
    here, there, third = (anybody(headers={"user-agent": agent}) for _number in range(3))
    for client in (here, there, third):
        sign_in(client, member.user.email)
    page = here.get("/accounts/sessions/").text
    assert page.count("Chrome 130 · Linux") == 3 and page.count("This one") == 1
    paths = re.findall(r'action="(/account/sessions/\d+/end/)"', page)
    assert len(paths) == 2
    assert client_of(stranger).post(paths[0]).status_code == 404
    here.post(paths[0])
    assert there.get("/account/").status_code == 302
    here.post("/accounts/sessions/")
    assert third.get("/account/").status_code == 302 and here.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:131.0) Gecko/20100101 Firefox/131.0", "Firefox 131 · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36 Edg/130.0", "Edge 130 · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile/15E148 Safari/604.1", "Safari 17 · iOS"),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120.0 Mobile Safari/537.36 MicroMessenger/8.0", "MicroMessenger 8 · Android"),
        ("curl/8.0", "curl/8.0"),
        ("", "—"),
    ],
)
def test_a_browser_is_named_in_words(agent: str, words: str):
    """The list of sessions names browsers as people do."""
    assert browser_in_words(agent) == words


def test_every_address_of_sign_in_and_account_has_a_right():
    """No page of the frame, of sign-in or of people is without a row in the table of rights, and no row is without its page."""

    def names(resolver, space: str = "") -> set[str]:
        found: set[str] = set()
        for one in resolver.url_patterns:
            if hasattr(one, "url_patterns"):
                found |= names(one, f"{space}{one.namespace}:" if one.namespace else space)
            elif one.name:
                found.add(f"{space}{one.name}")
        return found

    mine = {name for name in names(get_resolver()) if ":" not in name or name.startswith("account:")}
    held = {name for name in RIGHTS if ":" not in name or name.startswith("account:")}
    assert mine == held


# In the browser


@needs_browser
@pytest.mark.django_db(transaction=True)
@other_looks
def test_the_pages_before_sign_in_are_sound(chromium, live_server, language: str, width: int):
    """Every page that is there without sign-in keeps WCAG 2.2 AA as far as axe sees it, at 360 px as well."""
    paths = [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/inactive/",
        "/accounts/logout/",
        "/accounts/password/reset/",
        "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-abc-def/",
        "/accounts/password/reset/key/done/",
        "/accounts/3rdparty/login/cancelled/",
        "/invitation/no-such-token/",
        "/no/such/page/",
    ]
    with visit(chromium, live_server, None, language, width) as page:
        for path in paths:
            page.goto(live_server.url + path)
            assert_sound(page)
        page.goto(live_server.url + "/accounts/login/")
        for _turn in range(5):
            page.fill("input[name=login]", "somebody@example.org")
            page.fill("input[name=password]", "wrong")
            page.click("form button.btn-primary")
            page.wait_for_selector(".tone-bad[role=alert]:not([hidden]), h1:has-text('锁定'), h1:has-text('locked')")
            assert_sound(page)
        assert page.locator("h1").inner_text() == ("Sign-in is locked" if language == "en" else "登录已锁定")


@needs_browser
@pytest.mark.django_db(transaction=True)
@other_looks
def test_the_pages_of_an_account_are_sound(chromium, live_server, language: str, width: int):
    """Every page of account, security and people keeps WCAG 2.2 AA as far as axe sees it, at 360 px as well."""
    office, owner, bare = make_member(Role.OFFICE), make_member(Role.FIRM_OWNER), without_factor()
    client_of(owner).post("/people/", {"email": "new@example.org", "role": "firm_staff"})
    visits = {
        office: ["/account/", "/staff/", "/staff/?q=nobody", "/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/3rdparty/"],
        owner: ["/people/", "/accounts/sessions/", "/accounts/password/change/", "/accounts/logout/", "/office/decisions/"],
        bare: ["/accounts/2fa/", "/accounts/2fa/totp/activate/"],
    }
    for member, paths in visits.items():
        with visit(chromium, live_server, member, language, width) as page:
            for path in paths:
                page.goto(live_server.url + path)
                assert_sound(page)


@needs_browser
@pytest.mark.django_db(transaction=True)
def test_an_authenticator_app_is_set_up_in_the_browser(chromium, live_server):
    """A member of staff signs in, is led to the second factor, scans, enters the code, keeps the recovery codes, and goes on."""
    member = without_factor(Role.OFFICE)
    with visit(chromium, live_server, None, "zh-hans") as page:
        page.goto(live_server.url + "/")
        page.fill("input[name=login]", member.user.email)
        page.fill("input[name=password]", PASSWORD)
        page.click("form button.btn-primary")
        page.wait_for_url("**/accounts/2fa/")
        page.get_by_role("link", name="设置", exact=True).click()
        if "reauthenticate" in page.url:
            assert_sound(page)
            page.fill("input[name=password]", PASSWORD)
            page.click("main button.btn-primary")
        page.wait_for_url("**/totp/activate/")
        assert_sound(page)
        assert page.evaluate("document.querySelector('img.qr').naturalWidth") > 0
        page.fill("input[name=code]", code_of(page.inner_text("#totp-key")))
        page.click("main button.btn-primary")
        page.wait_for_url("**/recovery-codes/")
        assert_sound(page)
        page.click("text=已保存，继续")
        page.wait_for_selector("#side")
