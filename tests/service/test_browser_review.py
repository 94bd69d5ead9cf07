"""The departments' pages in a real browser: two departments review without a mouse, the head decides; axe looks at every page."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from chaoce.service.cases import steps
from chaoce.service.cases.flow import Outcome, State
from chaoce.service.cases.models import BulkRun, Case, Check
from service.browsing import LOOKS, assert_sound, chromium, needs_browser, picture, visit
from service.kit import make_call, make_firm, make_member, make_town, submitted
from service.test_review_pages import with_invoices

pytestmark = [pytest.mark.django_db(transaction=True), needs_browser]
__all__ = ["chromium"]


def press(page: Page, *keys: str) -> None:
    """Keys, one after the other."""
    for key in keys:
        page.keyboard.press(key)


def write(page: Page, words: str) -> None:
    """Words into what has the focus."""
    page.keyboard.insert_text(words)


def case_now(case: Case) -> Case:
    """The case as it is now."""
    return Case.objects.get(pk=case.pk)


def shot(page: Page, folder: Path, name: str) -> None:
    """A picture of the page, kept as output of the test."""
    picture(page, folder / f"{name}.png")


def test_two_departments_review_without_a_mouse_and_the_head_decides(chromium, live_server, tmp_path):
    """“Keyboard paths”: queue → case → finding by keys alone, in two departments; then the lead closes and the head decides."""
    call = make_call()
    case, _files = with_invoices(call)
    lead, joint = make_member("reviewer", department=call.lead), make_member("reviewer", department=call.joint.get())
    head = make_member("head", department=call.lead)
    Check.objects.create(case=case, code="not_due", stops=True, passed=False, subject="x", particulars={"fact": "s1"})

    with visit(chromium, live_server, lead, language="en") as page:
        page.goto(live_server.url + reverse("review:queue"))
        assert_sound(page)
        shot(page, tmp_path, "queue")
        press(page, "j")
        expect(page.locator(":focus")).to_have_text(case.number)
        press(page, "Enter")
        page.wait_for_url("**/cases/*/")
        assert_sound(page)
        press(page, "a")
        expect(page.get_by_text("Accepted: the departments review it together.")).to_be_visible()
        press(page, "k")
        write(page, "looked at the papers")
        press(page, "Enter")
        expect(page.get_by_text("The finding is cleared.")).to_be_visible()
        press(page, "v", "Space", "Tab")
        write(page, "in order")
        press(page, "Tab", "Enter")
        expect(page.get_by_text("The finding of your department is recorded")).to_be_visible()
        press(page, "w")
        write(page, "100000")
        press(page, "Tab")
        write(page, "half a year only")
        press(page, "Enter")
        expect(page.get_by_text("The amount is lowered")).to_be_visible()
        shot(page, tmp_path, "lead")

    with visit(chromium, live_server, joint) as page:
        page.goto(live_server.url + "/")
        press(page, "j", "Enter")
        page.wait_for_url("**/cases/*/")
        assert_sound(page)
        press(page, "v", "ArrowDown", "Tab")
        write(page, "发票与合同不一致")
        press(page, "Tab", "Enter")
        expect(page.get_by_text("本部门审核意见已记录")).to_be_visible()
        assert {review.verdict for review in case.reviews.all()} == {"agrees", "objects"}
        shot(page, tmp_path, "joint")

    with visit(chromium, live_server, lead) as page:
        page.goto(live_server.url + reverse("review:case", args=[case.pk]))
        press(page, "c")
        expect(page.get_by_text("会审已办结。")).to_be_visible()

    with visit(chromium, live_server, head, language="en") as page:
        page.goto(live_server.url + "/")
        press(page, "j", "Enter")
        page.wait_for_url("**/cases/*/")
        assert_sound(page)
        shot(page, tmp_path, "head")
        press(page, "d")
        lines = list(case.lines.order_by("fact__date", "fact__key"))
        for number, _line in enumerate(lines):
            write(page, "20000")
            press(page, "Tab")
            write(page, f"budget of the year {number}")
            press(page, "Tab", "Tab")  # past the link of the next line
        press(page, "Enter")
        expect(page.locator("#confirm")).to_be_visible()
        assert_sound(page)
        press(page, "Tab", "Enter")
        expect(page.get_by_text("Decided. The firm is told.")).to_be_visible()
        assert_sound(page)
        shot(page, tmp_path, "decided")
    assert (case_now(case).state, case_now(case).outcome) == (State.DECIDED, Outcome.PARTLY)
    assert {line.granted for line in case.lines.all()} == {2000000}


def test_keys_can_be_read_and_turned_off(chromium, live_server):
    """“All visible in the page's help”: ? opens it, Escape closes it, and keys of one letter can be turned off (WCAG 2.1.4)."""
    call = make_call()
    case, _owner = submitted(call)
    lead = make_member("reviewer", department=call.lead)
    with visit(chromium, live_server, lead, language="en") as page:
        page.goto(live_server.url + reverse("review:case", args=[case.pk]))
        press(page, "?")
        expect(page.locator("#keys")).to_be_visible()
        assert_sound(page)
        press(page, "a")
        assert case_now(case).state == State.SUBMITTED
        press(page, "Escape")
        expect(page.locator("#keys")).to_be_hidden()
        page.get_by_role("button", name="Keys").click()
        page.get_by_label("Keys of one letter are on").uncheck()
        page.locator("#keys").get_by_role("button", name="Close").click()
        press(page, "a", "u")
        page.reload()
        press(page, "a")
        page.wait_for_timeout(300)
        assert case_now(case).state == State.SUBMITTED and "/cases/" in page.url
        keys = set(page.locator("[data-key]").evaluate_all("all => all.map(one => one.dataset.key)"))
        told = set(" ".join(page.locator("#keys kbd").all_text_contents()).split())
        assert keys <= told, keys - told


def test_the_source_stands_beside_its_lines(chromium, live_server):
    """“Picture or text of the source” on the same page, with the claimed line marked in the text."""
    call = make_call()
    case, _files = with_invoices(call)
    with visit(chromium, live_server, make_member("reviewer", department=call.lead), language="en") as page:
        page.goto(live_server.url + reverse("review:case", args=[case.pk]))
        for button in page.get_by_role("link", name=re.compile("Show the source")).all():
            button.click()
        expect(page.locator("img.source-page").first).to_be_visible()
        for picture in page.locator("img.source-page").all():
            picture.scroll_into_view_if_needed()
            expect(picture).to_have_js_property("complete", True)
            assert picture.evaluate("one => one.naturalWidth") > 500
        expect(page.locator(".source-text .is-claimed").first).to_be_visible()
        assert_sound(page)


def test_points_are_added_and_a_message_inside_stays_inside(chromium, live_server):
    """A list of points grows without losing a word; the two kinds of talk are two tabs that never share a form."""
    call = make_call()
    case, _owner = submitted(call)
    with visit(chromium, live_server, make_member("reviewer", department=call.lead), language="en") as page:
        page.goto(live_server.url + reverse("review:case", args=[case.pk]))
        press(page, "b")
        write(page, "the contract of the purchase")
        page.get_by_role("button", name="Another point").click()
        write(page, "the proof of payment")
        page.get_by_label("What point 2 is about").select_option(index=1)
        assert_sound(page)
        page.get_by_role("button", name="Send to the firm").first.click()
        expect(page.get_by_text("Sent back to the firm")).to_be_visible()
        assert [point["text"] for point in case.corrections.get().points] == ["the contract of the purchase", "the proof of payment"]
        expect(page.get_by_label("Comment, for the departments only")).to_be_visible()
        expect(page.get_by_label("Message, which the firm reads")).to_be_hidden()
        page.get_by_label("Comment, for the departments only").fill("inside words")
        page.get_by_role("button", name="Write inside").click()
        expect(page.get_by_text("Written inside; the firm does not see it.")).to_be_visible()
        page.get_by_role("tab", name=re.compile("With the firm")).click()
        expect(page.get_by_text("inside words")).to_be_hidden()
        expect(page.get_by_label("Message, which the firm reads")).to_be_visible()
        assert_sound(page)
    assert case.remarks.get().inside


def test_a_stale_page_keeps_the_words_and_moves_the_focus(chromium, live_server):
    """“Two tabs”: the second is told what happened, its words are still there, and sending them again works."""
    call = make_call()
    case, _owner = submitted(call)
    lead, joint = make_member("reviewer", department=call.lead), make_member("reviewer", department=call.joint.get())
    case = steps.accept(case, lead, case.version)
    with visit(chromium, live_server, lead, language="en") as page:
        page.goto(live_server.url + reverse("review:case", args=[case.pk]))
        steps.give_verdict(case, joint, case.version, "agrees", "")
        press(page, "v", "ArrowDown", "Tab")
        write(page, "my objection")
        press(page, "Tab", "Enter")
        expect(page.locator("#refused")).to_be_focused()
        assert_sound(page)
        expect(page.get_by_label("Opinion")).to_have_value("my objection")
        page.get_by_role("button", name="Record the finding").click()
        expect(page.get_by_text("The finding of your department is recorded")).to_be_visible()
    assert case.reviews.get(lead=True).opinion == "my objection"


def test_several_cases_by_keys_and_a_double_click_fires_once(chromium, live_server):
    """“Safe bulk actions that cannot fire twice”: x ticks, the button asks once, a double click and the back button do nothing more."""
    call = make_call()
    cases = [submitted(call)[0] for _ in range(3)]
    with visit(chromium, live_server, make_member("reviewer", department=call.lead), language="en") as page:
        page.goto(live_server.url + reverse("review:queue"))
        expect(page.get_by_role("button", name="Accept for review")).to_be_disabled()
        press(page, "j", "x", "j", "x")
        expect(page.get_by_text("2 chosen")).to_be_visible()
        page.get_by_role("button", name="Accept for review").click()
        page.get_by_role("button", name="Yes, go on").dblclick()
        page.wait_for_url("**/several/*/")
        assert_sound(page)
        page.go_back()
        page.go_forward()
        page.wait_for_url("**/several/*/")
    assert BulkRun.objects.count() == 1
    assert sorted(case_now(case).state for case in cases) == [State.REVIEW, State.REVIEW, State.SUBMITTED]


def test_every_page_of_the_departments_is_sound_in_both_languages_and_on_a_telephone(chromium, live_server, tmp_path):
    """“Works at 360 px; WCAG 2.2 AA (axe in the browser tests, no serious finding)”: every page, for whom it is."""
    call = make_call()
    town = make_town()
    case, _files = with_invoices(call)
    who = {
        "lead": make_member("reviewer", department=call.lead),
        "town": make_member("town", town=town),
        "expert": make_member("expert"),
        "auditor": make_member("auditor"),
    }
    case = steps.ask_expert(case, who["lead"], case.version, who["expert"].user, "Is this computing power?").case
    case = steps.remark(case_now(case), who["lead"], case_now(case).version, "inside", True).case
    back, _o = submitted(call, firm=make_firm(town=town))
    steps.send_back(back, who["lead"], back.version, [{"text": "the contract"}], timezone.localdate() + timedelta(days=3))
    shown = (
        ("lead", reverse("review:queue") + "?tab=all"),
        ("lead", reverse("review:queue") + "?q=nothing"),
        ("lead", reverse("review:case", args=[case.pk])),
        ("lead", reverse("review:case", args=[case.pk]) + "?talk=firm"),
        ("lead", reverse("review:case", args=[back.pk])),
        ("town", reverse("review:visits")),
        ("town", reverse("review:case", args=[case.pk])),
        ("expert", reverse("review:queue")),
        ("expert", reverse("review:case", args=[case.pk])),
        ("auditor", reverse("review:case", args=[case.pk])),
        ("auditor", reverse("review:firms")),
        ("auditor", reverse("review:firm", args=[case.firm_id])),
    )
    for language, width in LOOKS:
        for name, member in who.items():
            with visit(chromium, live_server, member, language=language, width=width) as page:
                for number, (mine, url) in enumerate(shown):
                    if mine == name:
                        page.goto(live_server.url + url)
                        for step in page.locator("details").all():
                            step.evaluate("one => { one.open = true }")
                        assert_sound(page)
                        shot(page, tmp_path, f"{number:02}-{name}-{language}-{width}")
