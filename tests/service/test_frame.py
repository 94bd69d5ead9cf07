"""The frame of every page: language, roles, navigation, faults, components, and what the pages are made of."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import Client, RequestFactory
from django.utils import translation

from chaoce.marked import Names
from chaoce.service import pages
from chaoce.service.cases.flow import Outcome, State, Verdict
from chaoce.service.messaging.models import Message
from chaoce.service.pages import faults
from chaoce.service.pages.navigation import ENTRIES, links
from chaoce.service.people.models import Membership
from chaoce.service.people.rights import RIGHTS
from chaoce.service.people.roles import Role
from service.browsing import assert_sound, needs_browser, other_looks, visit
from service.kit import client_of, make_call, make_department, make_member, submitted

VENDOR = Path(pages.__file__).parent / "static" / "vendor"


def render(source: str, language: str = "zh-hans", **context) -> str:
    """A template on a page in that language."""
    with translation.override(language):
        return Template(source).render(Context({"request": RequestFactory().get("/list/?q=a&page=2"), **context})).strip()


# What the pages are made of


def test_every_vendored_file_is_as_it_was_published():
    """A vendored file is as published: its SHA-256 stands beside it, every file is listed, and nothing listed is gone."""
    listed = dict(reversed(line.split("  ", 1)) for line in (VENDOR / "SHA256SUMS").read_text().splitlines())
    there = {str(p.relative_to(VENDOR)) for p in VENDOR.rglob("*") if p.is_file()} - {"SHA256SUMS", "VERSIONS.md"}
    assert there == set(listed)
    for name, digest in listed.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest, name
    said = (VENDOR / "VERSIONS.md").read_text("utf-8")
    for name in ("tabler/tabler.min.css", "tabler/tabler.min.js", "htmx/htmx.min.js"):
        assert listed[name] in said


@pytest.mark.django_db
def test_the_content_policy_lets_nothing_in_from_a_page_itself():
    """The content policy is strict: scripts, styles and calls from this server alone, nothing inline, no eval."""
    policy = Client().get("/accounts/login/").headers["Content-Security-Policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split("; ")}
    assert rules["default-src"] == ["'none'"]
    for kind in ("script-src", "style-src", "connect-src", "form-action", "font-src"):
        assert rules[kind] == ["'self'"], kind
    assert "unsafe" not in policy
    # HTMX would else copy style attributes from what it replaces, and each one breaks the policy.
    assert '"attributesToSettle":["class","width","height"]' in Client().get("/accounts/login/").text


# Language and membership


@pytest.mark.django_db
def test_pages_are_chinese_unless_english_was_chosen():
    """Chinese is the default whatever the browser asks for; what was chosen stays in the browser and with the person."""
    browser = Client(headers={"accept-language": "en-GB,en"})
    first = browser.get("/accounts/login/")
    assert 'lang="zh-Hans"' in first.text and first.headers["Content-Language"] == "zh-Hans"
    answer = browser.post("/language/", {"language": "en", "next": "/accounts/login/?next=/"})
    assert answer.status_code == 302 and answer["Location"] == "/accounts/login/?next=/"
    second = browser.get("/accounts/login/")
    assert '<html lang="en"' in second.text and "Sign in" in second.text

    member = make_member(Role.FIRM_OWNER)
    client_of(member).post("/language/", {"language": "en"})
    member.user.refresh_from_db()
    assert member.user.language == "en"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "elsewhere", ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "javascript:alert(1)", ""]
)
def test_the_language_switch_goes_back_to_own_paths_only(elsewhere: str):
    """The switch goes back to paths of this service and nowhere else; a language that is none changes nothing."""
    answer = Client().post("/language/", {"language": "tlh", "next": elsewhere})
    assert answer["Location"] == "/" and "chaoce_language" not in answer.cookies


@pytest.mark.django_db
def test_a_browser_without_a_choice_takes_the_language_of_who_signs_in():
    """Who signs in where no language was chosen gets the language that the person has chosen before."""
    member = make_member(Role.FIRM_OWNER, language="en")
    browser = Client()
    answer = browser.post("/accounts/login/", {"login": member.user.email, "password": "a long enough password"})
    assert answer.status_code == 302 and answer.cookies["chaoce_language"].value == "en"


@pytest.mark.django_db
def test_a_person_switches_between_own_memberships_only():
    """One acts in one membership at a time, and only in one's own that has not ended; any other is not there."""
    member = make_member(Role.REVIEWER)
    second = Membership.objects.create(user=member.user, role=Role.HEAD, department=make_department())
    other = make_member(Role.OFFICE)
    browser = client_of(member)
    assert browser.post("/switch/", {"membership": second.pk}).status_code == 302
    assert browser.session["membership"] == second.pk
    for wrong in (other.pk, 0, "x", "9" * 30, ""):
        assert browser.post("/switch/", {"membership": wrong}).status_code == 404
    assert browser.session["membership"] == second.pk
    assert browser.get("/switch/").status_code == 405


@pytest.mark.django_db
def test_home_goes_to_the_first_page_of_the_role():
    """Home is the first page that the role has."""
    for role in (Role.FIRM_OWNER, Role.OFFICE):
        member = make_member(role)
        first = links(member)[0]
        assert client_of(member).get("/")["Location"] == first.url


@pytest.mark.django_db
def test_without_a_role_a_page_says_so():
    """Who has no role, or none any more, is told so and whom to ask; no other page opens."""
    member = make_member(Role.FIRM_STAFF)
    member.ended_at = datetime(2026, 1, 1, tzinfo=UTC)
    member.save()
    browser = client_of(member, "en")
    assert "No role yet" in browser.get("/").text
    assert browser.get("/people/").status_code == 403


@pytest.mark.django_db
def test_the_navigation_shows_what_the_rights_allow():
    """The side navigation has an entry only where the role may look at the page, and marks the page that is shown."""
    for role in Role:
        member = make_member(role)
        for link in links(member):
            assert RIGHTS[link.view].allows(role, safe=True)
        assert not [link for link in links(member) if link.here]
    owner = make_member(Role.FIRM_OWNER)
    assert [link.view for link in links(owner, "account:people") if link.here] == ["account:people"]
    assert next(entry for entry in ENTRIES if entry.holds("firm:case_submit")).view == "firm:cases"


@pytest.mark.django_db
def test_the_top_bar_counts_messages_not_read():
    """The bell says how many messages are not read, to readers as well."""
    member = make_member(Role.FIRM_OWNER)
    Message.objects.create(to=member.user, code="case.submitted")
    page = client_of(member, "en").get("/account/").text
    assert re.search(r'bell-count">1<span class="visually-hidden"> not read', page)


# Faults


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_page_that_is_not_there_says_so(language: str):
    """An address without a page is a 404 that says what to do, the same for what one may not see."""
    answer = client_of(make_member(Role.FIRM_OWNER), language).get("/no/such/page/")
    assert answer.status_code == 404
    assert ("Not found" if language == "en" else "页面不存在") in answer.text


@pytest.mark.django_db
def test_a_form_without_its_token_is_refused_with_words():
    """A form that is older than the session, or comes from elsewhere, is refused, and the page says that nothing was saved."""
    browser = Client(enforce_csrf_checks=True)
    browser.cookies["chaoce_language"] = "en"
    answer = browser.post("/language/", {"language": "en"})
    assert answer.status_code == 403 and "Nothing was saved" in answer.text


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_of_a_broken_service_asks_nothing_of_the_database(language: str):
    """The page for a fault of the service needs no database: it may be what is broken (this test has none)."""
    request = RequestFactory().get("/")
    with translation.override(language):
        answer = faults.broken(request)
    assert answer.status_code == 500
    assert ("nothing is half done" if language == "en" else "不会留下半成品") in answer.content.decode()


@pytest.mark.django_db
def test_the_page_of_a_bad_request_is_a_page():
    """What cannot be understood is a 400 in words."""
    assert faults.bad(RequestFactory().get("/")).status_code == 400


@pytest.mark.django_db
def test_a_part_of_a_page_says_401_to_who_is_no_longer_signed_in():
    """A part asked for by a page whose session has ended says 401, so that the page keeps what was entered on it."""
    assert Client().get("/people/", headers={"HX-Request": "true"}).status_code == 401
    assert Client().get("/people/")["Location"] == "/accounts/login/?next=/people/"


@pytest.mark.django_db
def test_a_form_sent_without_a_session_leads_back_to_its_page():
    """Who is signed out when a form is sent is told so, and comes back to the page that the form stood on; never to another host."""
    sent = Client().post("/firm/cases/1/save/", headers={"referer": "http://testserver/firm/cases/1/draft/?a=1"})
    assert sent["Location"] == "/accounts/login/?next=/firm/cases/1/draft/%3Fa%3D1&ended=1"
    page = Client().get(sent["Location"])
    assert "刚才提交的内容未保存" in page.text and 'value="/firm/cases/1/draft/?a=1"' in page.text
    for elsewhere in ("http://elsewhere.example/x/", "javascript:alert(1)", "", "http://testserver//elsewhere.example/"):
        to = Client().post("/firm/cases/1/save/", headers={"referer": elsewhere} if elsewhere else {})["Location"]
        assert to in ("/accounts/login/?next=/&ended=1", "/accounts/login/?next=/elsewhere.example/&ended=1"), elsewhere
    assert "刚才提交的内容未保存" not in Client().get("/accounts/login/?next=/").text


# Components


def test_amounts_are_said_with_their_unit_in_the_language_of_the_page():
    """Fen are said in yuan, with thousands parted and the unit of the language; nothing is a dash, never nought."""
    assert render("{{ f|yuan }} {{ f|amount }}", f=41_000_000) == "410,000.00 元 410,000.00"
    assert render("{{ f|yuan }}", "en", f=-5) == "CNY -0.05"
    assert render("{{ f|yuan }}{{ f|amount }}", f=None) == "——"
    assert render("{{ f|yuan }}", f=0) == "0.00 元"


def test_days_and_moments_are_said_in_shanghai():
    """Days and moments are said in words, in Shanghai, whatever zone they come in."""
    late = datetime(2026, 3, 17, 18, 5, tzinfo=UTC)
    assert render("{{ d|day }} {{ m|moment }}", d=date(2026, 3, 18), m=late) == "2026年3月18日 2026年3月18日 02:05"
    assert render("{{ d|day }}; {{ m|moment }}", "en", d=date(2026, 3, 18), m=late) == "18 March 2026; 18 March 2026, 02:05"
    assert render("{{ m|day }}", "en", m=late) == "18 March 2026"
    assert render("{{ n|day }}{{ n|moment }}", n=None) == "——"


def test_what_is_said_in_both_languages_is_shown_in_that_of_the_page():
    """Names of the packages are shown in the language of the page."""
    both = Names("算力补贴", "Compute subsidy")
    assert render("{{ n|names }}", n=both) == "算力补贴"
    assert render("{{ n|names }}", "en", n=both) == "Compute subsidy"
    assert render("{{ n|names }}", "en", n={"zh": "一", "en": "one"}) == "one"
    assert render("{{ n|names }}{{ m|names }}", n="as it is", m=None) == "as it is"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_state_outcome_and_verdict_has_a_badge_with_words(language: str):
    """A badge never speaks by its colour alone: each has an icon and the words of its state."""
    for value in State:
        with translation.override(language):
            words = str(value.label)
        badge = render("{% state s %}", language, s=value)
        assert "<svg" in badge and badge.endswith(f"{words}</span>")
    for value in Outcome:
        assert "<svg" in render("{% outcome s %}", language, s=value)
    for value in Verdict:
        assert "<svg" in render("{% verdict s %}", language, s=value)
    assert render("{% outcome s %}", s="") == ""
    assert "clock" not in render("{% verdict s %}", "en", s="") and "Not yet given" in render("{% verdict s %}", "en", s="")

    class Decided:
        state, outcome = State.DECIDED, Outcome.PARTLY

    assert "Granted in part" in render("{% state c %}", "en", c=Decided())


def test_a_ceiling_and_a_decided_amount_are_told_apart_in_words():
    """上限 and 核定 are never mixed: the badge says which."""
    assert "上限" in render("{% ceiling f %}", f=True) and "核定" in render("{% ceiling f %}", f=False)
    assert "Ceiling" in render("{% ceiling f %}", "en", f=True) and "Decided amount" in render("{% ceiling f %}", "en", f=False)


def test_an_icon_or_tone_that_is_not_there_is_a_fault_of_the_template():
    """A template that names an icon or a tone that there is not fails when it is rendered, not silently."""
    for wrong in ("{% icon 'no-such-icon' %}", "{% icon '../VERSIONS' %}", "{% badge 'loud' 'x' %}"):
        with pytest.raises(TemplateSyntaxError):
            render(wrong)


def test_the_official_sentence_stays_chinese_and_is_escaped():
    """A sentence of the text is a quotation marked as Chinese on every page, with its clause."""
    shown = render("{% sentence t '三(一)' %}", "en", t="按照<50%>给予补贴")
    assert '<blockquote lang="zh">按照&lt;50%&gt;给予补贴</blockquote>' in shown and "三(一)" in shown and "Official text" in shown


def test_pagination_keeps_the_query():
    """Links to other pages keep the filter; the neighbours, the first and the last are there; one page needs no links."""
    page = Paginator(range(300), 25).page(2)
    shown = render("{% pages p %}", "en", p=page)
    assert 'href="?q=a&amp;page=1"' in shown and 'href="?q=a&amp;page=12"' in shown and 'aria-current="page"' in shown
    assert "300 entries" in shown and "26 to 50 shown" in shown
    assert "<a" not in render("{% pages p %}", p=Paginator(range(3), 25).page(1))


def test_a_field_ties_its_label_help_and_fault_together():
    """A control is named by its label and described by its help and its fault, and a fault says so to readers."""
    from django import forms

    class Form(forms.Form):
        name = forms.CharField(label="Name", help_text="As on papers.", max_length=3)
        kind = forms.ChoiceField(label="Kind", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect, help_text="One.")
        agree = forms.BooleanField(label="Agree")
        note = forms.CharField(label="Note", required=False, widget=forms.Textarea)
        secret = forms.CharField(widget=forms.HiddenInput, required=False)

    shown = render("{% fields form %}", "en", form=Form({"name": "far too long", "agree": ""}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in shown and 'aria-invalid="true"' in shown
    assert '<label class="form-label" for="id_name">Name</label>' in shown and "(optional)" in shown
    assert '<fieldset class="field field-group" aria-describedby="id_kind_helptext id_kind_error">' in shown
    assert "3 entries are not right yet" in shown and 'role="alert"' in shown
    assert "style=" not in shown


def test_other_components_say_what_they_are_given():
    """Empty states, notes, labels with values and bars show their words, escaped."""
    assert "Do this" in render("{% nothing 'None' 'Do this' url='/x/' label='Go' %}") and 'href="/x/"' in render(
        "{% nothing 'None' url='/x/' label='Go' %}"
    )
    shown = render("{% note 'bad' words %}", words="<b>")
    assert 'role="alert"' in shown and "&lt;b&gt;" in shown
    shown = render("{% terms %}{% term 'Firm' n zh=True %}{% term 'Town' '' %}{% endterms %}", n="海宁<甲>")
    assert '<dd lang="zh">海宁&lt;甲&gt;</dd>' in shown and "<dd>—</dd>" in shown
    assert '<progress value="3" max="8" aria-label="3 of 8">' in render("{% progress 3 8 '3 of 8' %}")


# In the browser


@needs_browser
@pytest.mark.django_db(transaction=True)
@other_looks
def test_the_frame_is_sound_in_a_browser(chromium, live_server, language: str, width: int):
    """The frame works with a mouse and with keys, at 360 px too: menu, person, language; axe finds nothing."""
    member = make_member(Role.FIRM_OWNER)
    Membership.objects.create(user=member.user, role=Role.FIRM_STAFF, firm=make_member(Role.FIRM_OWNER).firm)
    with visit(chromium, live_server, member, language, width) as page:
        page.goto(live_server.url + "/account/")
        assert_sound(page)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        page.click(".person button")
        page.wait_for_selector(".person .dropdown-menu.show")
        assert page.locator(".person-switch button").count() == 1
        assert_sound(page)
        page.keyboard.press("Escape")
        if width < 992:
            page.click(".side-button")
            page.wait_for_selector("#side.show:not(.showing)")
            assert_sound(page)
            page.keyboard.press("Escape")
            page.wait_for_selector("#side", state="hidden")
        page.click(".language button")
        page.wait_for_selector("html[lang=zh-Hans]" if language == "en" else "html[lang=en]")


@needs_browser
@pytest.mark.django_db(transaction=True)
def test_a_step_that_is_confirmed_is_asked_about_and_sent_once(chromium, live_server):
    """A step with a question is sent after yes and not after no; an answer that is none, a session that has ended and a lost
    connection are each said on the page, which stays as it is."""
    owner = make_member(Role.FIRM_OWNER)
    second = make_member(Role.FIRM_STAFF, firm=owner.firm)
    with visit(chromium, live_server, owner, "en") as page:
        page.goto(live_server.url + "/people/")
        row = page.locator("tr", has_text=second.user.email)
        row.get_by_role("button").click()
        page.wait_for_selector("dialog[open]")
        assert_sound(page)
        page.click("dialog button[value=no]")
        second.refresh_from_db()
        assert second.ended_at is None
        row.get_by_role("button").click()
        page.click("dialog button[value=yes]")
        page.wait_for_selector(".told .tone-good")
        second.refresh_from_db()
        assert second.ended_at is not None
        for path, words in (("/no/such/", "no longer there"), ("/staff/", "not for your role")):
            page.evaluate("path => htmx.ajax('GET', path, '#told')", path)
            page.wait_for_selector(f"#failed:has-text('{words}')")
        assert_sound(page)
        page.click("#failed button")
        page.wait_for_selector("#failed", state="hidden")
        page.context.clear_cookies(name="sessionid")
        page.evaluate("htmx.ajax('GET', '/people/', '#told')")
        page.wait_for_selector("#failed:has-text('You were signed out') #sign-again:visible")
        page.context.set_offline(True)
        page.wait_for_selector("#lost:not([hidden])")
        page.context.set_offline(False)
        page.wait_for_selector("#lost", state="hidden")


@needs_browser
@pytest.mark.django_db(transaction=True)
def test_what_was_typed_outlives_the_end_of_a_session(chromium, live_server):
    """What was typed into a form when a session ends is kept in the tab, and stands in the form once the person is back."""
    case, owner = submitted(make_call())
    url = live_server.url + f"/firm/cases/{case.pk}/"
    with visit(chromium, live_server, owner) as page:
        session = next(one for one in page.context.cookies() if one["name"] == "sessionid")
        page.goto(url)
        page.fill("form[data-draft] textarea", "请问何时能办结？")
        page.context.clear_cookies(name="sessionid")
        page.locator("form[data-draft] button").last.click()
        page.wait_for_selector("[data-kept]:not([hidden])")
        assert "/accounts/login/" in page.url and f"/firm/cases/{case.pk}/" in page.url
        assert_sound(page)
        page.context.add_cookies([session])
        page.goto(url)
        page.wait_for_selector("#told:has-text('已恢复到表单中')")
        assert page.input_value("form[data-draft] textarea") == "请问何时能办结？"
        assert_sound(page)
        page.locator("form[data-draft] button").last.click()
        page.wait_for_selector(".remark:has-text('请问何时能办结')")
        assert page.evaluate("sessionStorage.getItem('chaoce.kept')") is None
        assert page.input_value("form[data-draft] textarea") == ""
