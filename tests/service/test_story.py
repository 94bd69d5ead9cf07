"""The whole story in a real browser: invoices handed in, lines answered, an application, a correction, two departments, a decision.

Real parts throughout: PostgreSQL, the worker in a process of its own, Chromium; the invoices are those of examples/haining-firm.
Pictures of every station are left in out/story.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from chaoce.service.cases.models import Case
from chaoce.service.people.roles import Role
from core_kit import ROOT
from service.browsing import assert_sound, needs_browser, picture, visit
from service.handing import worker
from service.kit import make_call, make_department, make_firm, make_member

pytestmark = [needs_browser, pytest.mark.django_db(transaction=True)]

INVOICES = ROOT / "examples" / "haining-firm"
PICTURES = ROOT / "out" / "story"
FILES = ("算力-训练.xml", "算力-验证.ofd", "算力-验证-红字.xml")
#: Computing power for training, and for validation after the red invoice took 40,000 of it: 50% of 520,000 + 340,000.
DUE = "430,000.00"


class Teller:
    """Takes a picture at each station and holds the page against axe."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, page: Page, name: str) -> None:
        self.number += 1
        assert_sound(page)
        picture(page, PICTURES / f"{self.number:02d}-{name}.png")


def _press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name).first.click()


def _confirmed(page: Page, name: str) -> None:
    """Presses a button that asks once more."""
    page.get_by_role("button", name=name, exact=True).first.click()
    with page.expect_navigation():
        page.locator("dialog[open] [value=yes]").click()


def _answer(page: Page, line: int, **values: str) -> None:
    """Says what a line is; it saves itself once everything is said."""
    card = page.locator(f"#line-{line}")
    kind = values.pop("type")
    card.locator("select[name=type]").select_option(kind)
    for name, value in values.items():
        field = page.locator(f"#line-{line} select[name=value-{name}]")
        expect(field).to_be_visible()
        field.select_option(value)
    expect(page.locator(f"#line-{line}")).to_contain_text("Not claimed" if kind == "-" else "Counts as a fact")


def _hand_in_files(page: Page, url: str, tell: Teller) -> None:
    page.goto(f"{url}/firm/files/")
    tell(page, "no-files")
    page.locator("#files-input").set_input_files([INVOICES / name for name in FILES])
    for name in FILES:
        expect(page.locator("#files").get_by_role("link", name=name, exact=True)).to_be_visible(timeout=60_000)
    expect(page.locator("#files")).not_to_contain_text("being read", timeout=120_000)
    tell(page, "files-read")


def _answer_lines(page: Page, url: str, tell: Teller) -> None:
    page.goto(f"{url}/firm/files/")
    page.get_by_role("link", name=FILES[0], exact=True).click()
    tell(page, "lines-open")
    _answer(page, 1, type="compute_purchase", resource="intelligent", purpose="model_training")
    _answer(page, 2, type="-")
    tell(page, "lines-answered")
    page.goto(f"{url}/firm/files/")
    page.get_by_role("link", name=FILES[1], exact=True).click()
    for line in (1, 2):
        _answer(page, line, type="compute_purchase", resource="super", purpose="product_validation")


def _apply(page: Page, url: str, tell: Teller) -> None:
    page.goto(f"{url}/firm/?year=2026")
    expect(page.locator("main")).to_contain_text(DUE)
    tell(page, "home")
    page.goto(f"{url}/firm/calls/")
    _press(page, "Apply")
    page.locator("#field-contact").fill("钱思源")
    page.locator("#field-phone").fill("0573-87000000")
    page.locator("#field-consent").check()
    expect(page.locator("#reckoned")).to_contain_text(DUE)
    tell(page, "draft")
    page.locator("[data-submit-draft][name=submit]").click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("HN-2026-")
    tell(page, "submitted")


def _send_back(page: Page, url: str, case: Case, tell: Teller) -> None:
    page.goto(f"{url}/review/")
    tell(page, "queue")
    page.goto(f"{url}/review/cases/{case.pk}/")
    tell(page, "case-before-review")
    page.keyboard.press("b")
    page.locator("#point1").fill("请说明算力用途。")
    _press(page, "Send to the firm")
    expect(page.locator("main")).to_contain_text("the clock stands")
    tell(page, "sent-back")


def _correct(page: Page, url: str, case: Case, tell: Teller) -> None:
    page.goto(f"{url}/firm/cases/{case.pk}/")
    tell(page, "correction-asked")
    page.get_by_role("link", name="Answer the correction").click()
    page.locator("textarea[placeholder='What you have done about it']").fill("用于工业质检模型训练和产品验证。")
    tell(page, "correction-answered")
    page.locator("[data-submit-draft][name=submit]").click()
    page.wait_for_url(f"{url}/firm/cases/{case.pk}/")
    case.refresh_from_db()
    assert case.state == "submitted"


def _agree(page: Page, url: str, case: Case) -> None:
    page.goto(f"{url}/review/cases/{case.pk}/")
    page.locator("summary", has_text="Give the finding").click()
    page.locator("input[name=verdict][value=agrees]").check()
    _press(page, "Record the finding")


def _clear_all(page: Page, url: str, case: Case) -> None:
    for check in case.checks.filter(passed=False, stops=True, cleared_at=None):
        page.goto(f"{url}/review/cases/{case.pk}/")
        form = page.locator(f"form[action$='/checks/{check.pk}/clear/']")
        form.locator("xpath=ancestor::details[1]/summary").click()
        form.locator("textarea").fill("已核对原件。")
        with page.expect_navigation():
            form.get_by_role("button").click()


def _decide(page: Page, url: str, case: Case, tell: Teller) -> None:
    page.goto(f"{url}/review/cases/{case.pk}/")
    tell(page, "before-decision")
    for line in case.lines.all():
        row = page.locator("#decide tr").filter(has=page.locator(f"a[href='#line{line.pk}']"))
        row.locator("input.amount").fill(f"{line.claimed // 100 - 10000}.00")
        row.locator("textarea").fill("按年度预算统筹安排。")
    _confirmed(page, "Decide")
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("decided", "partly")
    tell(page, "decided")


def test_from_invoices_to_a_decision(chromium: Browser, live_server, cluster, own_files):
    """“Firm uploads real-format invoices, applies, is sent back, corrects; two departments review; the head decides.”"""
    firm = make_firm(uscc="91330481MA2TEKT025", name="海宁示例智造有限公司")
    owner = make_member(Role.FIRM_OWNER, firm=firm)
    call = make_call()
    lead = make_member(Role.REVIEWER, department=call.lead)
    joint = make_member(Role.REVIEWER, department=make_department("市财政局"))
    head = make_member(Role.HEAD, department=call.lead)
    tell, url = Teller(), live_server.url

    with worker(cluster, own_files), visit(chromium, live_server, owner, language="en") as page:
        _hand_in_files(page, url, tell)
        _answer_lines(page, url, tell)
        _apply(page, url, tell)
    case = Case.objects.get()
    assert sum(line.claimed for line in case.lines.all()) == 43000000

    with visit(chromium, live_server, lead, language="en") as page:
        _send_back(page, url, case, tell)
    with visit(chromium, live_server, owner, language="en", width=390) as page:
        _correct(page, url, case, tell)
    with visit(chromium, live_server, lead, language="en") as page:
        page.goto(f"{url}/review/cases/{case.pk}/")
        _press(page, "Accept for review")
        _agree(page, url, case)
    with visit(chromium, live_server, joint, language="en") as page:
        _agree(page, url, case)
    with visit(chromium, live_server, lead, language="en") as page:
        _clear_all(page, url, case)
        page.goto(f"{url}/review/cases/{case.pk}/")
        tell(page, "case-reviewed")
        _press(page, "Close the review")
    with visit(chromium, live_server, head, language="en") as page:
        _decide(page, url, case, tell)
    with visit(chromium, live_server, owner, width=390) as page:
        page.goto(f"{url}/firm/cases/{case.pk}/")
        expect(page.locator("main")).to_contain_text("按年度预算统筹安排。")
        tell(page, "decision-read")
    granted = sum(line.granted for line in case.lines.all())
    assert granted == sum(line.claimed - 1000000 for line in case.lines.all())
    assert firm.received.standing().count() == case.lines.count()
