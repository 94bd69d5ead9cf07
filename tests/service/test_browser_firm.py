"""A firm's way in a real browser: invoices dropped, lines answered, what is due read, a draft that saves itself, handed in."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect

from chaoce.service.calls.models import Guide
from chaoce.service.cases import steps
from chaoce.service.cases.models import Case
from chaoce.service.documents import lines
from chaoce.service.documents.models import Upload
from chaoce.service.facts.record import add_facts, add_received
from chaoce.service.people.models import Membership
from service.browsing import assert_sound, needs_browser, picture, visit
from service.handing import COMPUTE, digital_xml, hand, item, ofd_digital, pdf, scan, sheet_of, worker
from service.kit import FORM, in_days, make_call, make_member, purchase

pytestmark = [needs_browser, pytest.mark.django_db(transaction=True)]

_DROP = """async ([selector, files]) => {
  const data = new DataTransfer();
  for (const [name, text] of files) {
    const bytes = Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
    data.items.add(new File([bytes], name));
  }
  const zone = document.querySelector(selector);
  for (const kind of ['dragenter', 'dragover', 'drop']) {
    zone.dispatchEvent(new DragEvent(kind, { dataTransfer: data, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Two cores may be at other work meanwhile."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


def drop(page: Page, files: dict[str, bytes]) -> None:
    """Drops files on the field of the page, once its script is there to take them."""
    page.wait_for_selector("html.with-script", state="attached")
    page.evaluate(_DROP, ["[data-drop]", [[name, base64.b64encode(data).decode()] for name, data in files.items()]])


def call_with_contract():
    """An open call that asks for a contract."""
    call = make_call()
    contract = {"code": "contract", "zh": "采购合同", "en": "Contract", "required": True, "benefit": ""}
    Guide.objects.create(call=call, version=2, evidence=[contract], published_at=timezone.now(), published_by=call.created_by)
    return call


def test_from_the_invoice_to_the_application(chromium: Browser, live_server, cluster, own_files: Path):
    """“A firm uploads its invoices, reads what it is due …, applies without typing what is already known.”"""
    owner = make_member("firm_owner")
    call_with_contract()
    sheet = sheet_of(owner.firm, 1, item("520000.00", "31200.00"), item("592.92", "77.08", name="*电子计算机*路由器", rate="0.13"))
    with worker(cluster, own_files), visit(chromium, live_server, owner) as page:
        page.goto(live_server.url + reverse("firm:home"))
        page.get_by_role("link", name="上传文件").first.click()
        drop(page, {"算力.xml": digital_xml(sheet), "算力.pdf": pdf(sheet), "坏的.pdf": b"%PDF-1.7 broken", "空.xml": b""})
        expect(page.locator(".sending-done")).to_have_count(3, timeout=30_000)
        expect(page.locator(".sending-refused")).to_contain_text("文件是空的")
        expect(page.locator("#files")).to_contain_text("2 行待确认", timeout=60_000)
        expect(page.locator("#files")).to_contain_text("无法使用")
        expect(page.locator("#files")).to_contain_text("同一发票", timeout=30_000)
        page.locator("#show-open").click()
        page.get_by_role("link", name="算力.xml").click()
        first, second = page.locator("#line-1"), page.locator("#line-2")
        first.get_by_label("这一行是什么").focus()
        first.get_by_label("这一行是什么").select_option(label="算力购买")
        first.get_by_label("算力种类").select_option(label="智算")
        first.get_by_label("用途").select_option(label="模型训练")
        expect(first).to_contain_text("已计入事实")
        expect(page.locator("#beside")).to_contain_text("已标出第 1 行")
        page.keyboard.press("Tab")
        second.get_by_label("这一行是什么").select_option(label="不申报")
        expect(second.locator(".badge")).to_contain_text("不申报")
        page.goto(live_server.url + reverse("firm:home"))
        expect(page.locator(".due")).to_contain_text("260,000.00 元")
        page.get_by_role("button", name="申报", exact=True).click()
        page.get_by_label("联系电话").fill("0573-87000000")
        expect(page.locator("#reckoned")).to_contain_text("已于")
        page.locator("#file-contract").set_input_files([{"name": "合同.pdf", "mimeType": "application/pdf", "buffer": scan()}])
        expect(page.locator("#evidence")).to_contain_text("合同.pdf", timeout=30_000)
        page.get_by_label("本单位对所提交材料").check()
        page.get_by_role("button", name="提交", exact=True).click()
        page.wait_for_url("**/cases/*/")
        case = Case.objects.get()
        expect(page.locator("h1")).to_contain_text(case.number or "?")
        assert case.form["phone"] == "0573-87000000" and case.lines.get().claimed == 26000000
        page.go_back()
        page.wait_for_load_state()
        page.goto(live_server.url + reverse("firm:draft", args=[case.pk]))
        assert page.url.endswith(reverse("firm:case", args=[case.pk]))


def test_a_lost_connection_is_waited_for(chromium: Browser, live_server):
    """“Retry on lost connection, nothing lost, resumes.”"""
    owner = make_member("firm_owner")
    with visit(chromium, live_server, owner) as page:
        page.goto(live_server.url + reverse("firm:uploads"))
        page.context.set_offline(True)
        drop(page, {"a.xml": digital_xml(sheet_of(owner.firm))})
        expect(page.locator(".sending-lost")).to_contain_text("网络已断开")
        assert not Upload.objects.exists()
        page.context.set_offline(False)
        expect(page.locator(".sending-done")).to_have_count(1, timeout=40_000)
        assert Upload.objects.get().name == "a.xml"
        # While there was no connection, the list of files was asked for in vain.
        page.faults[:] = [fault for fault in page.faults if not fault.startswith("console: htmx:")]  # type: ignore[attr-defined]


def test_what_was_not_taken_stands_first(chromium: Browser, live_server):
    """“A clear sentence, nothing lost”: files that were not taken stand first and are counted; what arrived makes room for more."""
    owner = make_member("firm_owner")
    with visit(chromium, live_server, owner) as page:
        page.goto(live_server.url + reverse("firm:uploads"))
        drop(page, {f"{number}.xml": digital_xml(sheet_of(owner.firm, number)) for number in range(1, 11)})
        expect(page.locator(".sending-done")).to_have_count(10)
        drop(page, {"二.xml": digital_xml(sheet_of(owner.firm, 12)), "空.xml": b"", "空.pdf": b""})
        expect(page.locator(".sending-list li")).to_have_count(3)
        expect(page.locator(".sending-refused")).to_have_count(2)
        expect(page.locator(".sending-done")).to_have_count(1)
        expect(page.locator("[data-count]")).to_have_text("3 个文件中已送达 1 个；未接收 2 个")
        assert page.locator(".sending-list li").last.inner_text().startswith("二.xml")
        assert_sound(page)


def test_two_tabs_of_a_draft(chromium: Browser, live_server):
    """“Two tabs → stale said, nothing lost.”"""
    owner = make_member("firm_owner")
    add_facts(owner.firm, [purchase()], "statement", owner.user)
    case = steps.open_draft(owner.firm, make_call(), owner)
    url = live_server.url + reverse("firm:draft", args=[case.pk])
    with visit(chromium, live_server, owner) as one:
        one.goto(url)
        two = one.context.new_page()
        two.goto(url)
        one.get_by_label("联系人").fill("第一页")
        expect(one.locator("#reckoned")).to_contain_text("已于")
        two.get_by_label("联系人").fill("第二页")
        expect(two.locator("#not-saved")).to_contain_text("已在其他标签页或由本企业其他人员保存")
        assert_sound(two)
        two.get_by_role("button", name="与已保存的内容对照").click()
        expect(two.get_by_label("联系人")).to_have_value("第二页")
        expect(two.locator(".other")).to_contain_text("第一页")
        two.get_by_role("button", name="保存", exact=True).click()
        expect(two.locator("#told")).to_contain_text("草稿已保存")
    case.refresh_from_db()
    assert case.form["contact"] == "第二页"


def settle(owner: Membership) -> dict[str, str]:
    """A firm with something of everything; the pages to be looked at by name."""
    firm = owner.firm
    first = hand(owner, "算力.xml", digital_xml(sheet_of(firm, 1, item("520000.00", "31200.00"), item(name="*电子计算机*路由器"))))
    second = hand(owner, "算力.pdf", pdf(sheet_of(firm, 2)))
    third = hand(owner, "算力.ofd", ofd_digital(sheet_of(firm, 3)))
    bad = hand(owner, "坏的.pdf", b"%PDF-1.7 broken")
    kept = hand(owner, "扫描.pdf", scan())
    lines.answer_line(owner, first.invoice, 1, "compute_purchase", COMPUTE)
    lines.answer_line(owner, third.invoice, 1, "compute_purchase", COMPUTE)
    project = {
        "id": "t1", "type": "investment_project", "date": "2026-09-30", "matter": "project:智能产线", "ai_field": True,
        "productive_investment": "19999999.00", "equipment": "16800000.00",
    }  # fmt: skip
    titles = [
        {"id": f"r{level}", "type": "recognition", "date": "2026-06-01", "title": "ai_benchmark_enterprise", "level": level}
        for level in ("national", "provincial")
    ]
    add_facts(firm, [project, *titles], "list", owner.user)
    add_received(firm, "provincial-application-award", "recognition:ai_benchmark_enterprise", in_days(-90).date(), 20000000, owner.user)
    call = call_with_contract()
    case = steps.open_draft(firm, call, owner)
    hand(owner, "合同.pdf", scan() + b"\n", case=case, evidence="contract")
    case = steps.save_form(case, owner, case.version, FORM)
    case = steps.submit(case, owner, case.version)
    lead = make_member("reviewer", department=call.lead)
    steps.remark(case, lead, case.version, "请补充说明", inside=False)
    case.refresh_from_db()
    case = steps.send_back(case, lead, case.version, [{"text": "请说明用途"}], in_days(5).date())
    draft = steps.open_draft(firm, make_call((("haining-ai-2026", "national-application-award"),)), None, ready_made=True)
    uploads = {
        name: reverse("firm:upload", args=[one.pk])
        for name, one in (("xml", first), ("pdf", second), ("ofd", third), ("bad", bad), ("kept", kept))
    }
    return {
        "home": reverse("firm:home") + "?year=2026",
        "benefit": reverse("firm:benefit", args=["haining-ai-2026", "ai-investment"]),
        "uploads": reverse("firm:uploads"),
        **uploads,
        "facts": reverse("firm:facts"),
        "choose": reverse("firm:state-choose"),
        "state": reverse("firm:state", args=["investment_project"]),
        "calls": reverse("firm:calls"),
        "call": reverse("firm:call", args=[call.pk]),
        "cases": reverse("firm:cases"),
        "case": reverse("firm:case", args=[case.pk]),
        "correction": reverse("firm:draft", args=[case.pk]),
        "draft": reverse("firm:draft", args=[draft.pk]),
    }


_UNMARKED = """() => {
  const han = /[一-鿿]/, found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!han.test(node.textContent) || element.closest('[lang^="zh"], script, style, pre, code, textarea, option')) continue;
    found.push(node.textContent.trim().slice(0, 80));
  }
  return found;
}"""


@pytest.mark.parametrize(("language", "width"), [("zh-hans", 1280), ("en", 1280), ("zh-hans", 360), ("en", 360)])
def test_every_page_is_readable_by_all(chromium: Browser, live_server, tmp_path: Path, language: str, width: int):
    """“Works at 360 px …; WCAG 2.2 AA (axe in the browser tests, no serious finding)”; English complete."""
    owner = make_member("firm_owner")
    wrong: list[str] = []
    with visit(chromium, live_server, owner, language=language, width=width) as page:
        for name, path in settle(owner).items():
            answer = page.goto(live_server.url + path)
            assert answer is not None and answer.status == 200, name
            try:
                assert_sound(page)
            except AssertionError as fault:
                wrong.append(str(fault))
            if language == "en":
                wrong += [f"{name}: {text}" for text in page.evaluate(_UNMARKED)]
            picture(page, tmp_path / f"{name}.png")
    assert not wrong, "\n".join(wrong)
