"""Drafts: they save themselves, lose nothing, warn of what they foreclose, and are handed in once."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from chaoce.service.calls.drafting import evidence_of
from chaoce.service.calls.models import Guide
from chaoce.service.cases import steps
from chaoce.service.cases.models import Case
from chaoce.service.documents.lines import answer_line
from chaoce.service.facts.record import add_facts
from chaoce.service.pages.firm.claims import claims_of
from chaoce.service.people.models import Membership
from service.handing import COMPUTE, PNG, digital_xml, hand, sheet_of, window_of
from service.handing import item as line
from service.kit import FORM, client_of, in_days, make_call, make_member, purchase, submitted

pytestmark = pytest.mark.django_db
CLAIM = "haining-ai-2026|compute-purchase|"


@pytest.fixture
def owner(db) -> Membership:
    return make_member("firm_owner")


def draft_of(owner: Membership, *facts: dict, call=None, evidence: list | None = None) -> Case:
    """A draft with these facts in a call."""
    call = call or make_call()
    if evidence is not None:
        Guide.objects.create(call=call, version=2, evidence=evidence, published_at=timezone.now(), published_by=call.created_by)
    add_facts(owner.firm, list(facts) or [purchase()], "statement", owner.user)
    return steps.open_draft(owner.firm, call, owner)


def data_of(case: Case, *keys: str, **form: str) -> dict:
    """What the page of a draft sends."""
    return {"version": case.version, "line": [CLAIM + key for key in keys or ("p1",)], **{**FORM, **form}}


def test_the_best_claim_is_ticked(owner):
    """“Choose lines (default = best claim).”"""
    case = draft_of(owner, purchase("p1"), purchase("p2", "100000.00"), {**purchase("p3"), "resource": "other"})
    claims = claims_of(case)
    (group,) = claims.groups
    assert [(choice.fact.key, choice.chosen, choice.amount) for choice in group.choices] == [("p1", True, 41000000), ("p2", True, 5000000)]
    assert [entry["fact"] for entry in group.nothing] == ["p3"]
    page = client_of(owner).get(reverse("firm:draft", args=[case.pk])).content.decode()
    assert page.count(" checked") == 2 and "460,000.00 元" in page


def test_a_form_asks_only_for_what_no_fact_says(owner):
    """“Application form only with what no fact says”, filled with what is known."""
    case = draft_of(owner)
    page = client_of(owner).get(reverse("firm:draft", args=[case.pk])).content.decode()
    assert f'value="{owner.user.name}"' in page and owner.firm.uscc not in page.partition('id="draft"')[2].partition("</form>")[0]


def test_a_draft_saves_itself(owner):
    """“Drafts save themselves”: what is typed and ticked is kept, and the sums follow."""
    case = draft_of(owner, purchase("p1"), purchase("p2", "100000.00"))
    client = client_of(owner)
    url = reverse("firm:save", args=[case.pk])
    answer = client.post(url, data_of(case, "p2", contact="王"), headers={"HX-Request": "true"})
    case.refresh_from_db()
    page = answer.content.decode()
    assert answer.status_code == 200 and "已于" in page and f'value="{case.version}"' in page and "50,000.00 元" in page
    assert case.form["contact"] == "王" and case.lines.get().fact.key == "p2"
    version = case.version
    client.post(url, data_of(case, "p2", contact="王"), headers={"HX-Request": "true"})
    case.refresh_from_db()
    assert case.version == version


def test_two_tabs_lose_nothing(owner):
    """“Two tabs → stale said, nothing lost”: what was entered stays, the other's words stand beside it."""
    case = draft_of(owner)
    client = client_of(owner)
    url = reverse("firm:save", args=[case.pk])
    client.post(url, data_of(case, contact="第一页"))
    part = client.post(url, data_of(case, contact="第二页"), headers={"HX-Request": "true"})
    assert part.status_code == 422 and "已在其他标签页或由本企业其他人员保存" in part.content.decode()
    assert part["HX-Retarget"] == "#not-saved" and 'id="reckoned"' not in part.content.decode()
    answer = client.post(url, data_of(case, contact="第二页"))
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="第二页"' in page and "第一页" in page
    case.refresh_from_db()
    assert case.form["contact"] == "第一页"
    assert client.post(url, data_of(case, contact="第二页")).status_code == 302
    case.refresh_from_db()
    assert case.form["contact"] == "第二页"


def test_an_older_page_that_says_the_same_is_no_quarrel(owner):
    """A page that saved itself and is then handed in is not told that it is older than itself."""
    case = draft_of(owner)
    client = client_of(owner)
    client.post(reverse("firm:save", args=[case.pk]), data_of(case), headers={"HX-Request": "true"})
    assert client.post(reverse("firm:submit", args=[case.pk]), data_of(case)).status_code == 302
    case.refresh_from_db()
    assert case.state == "submitted"


def test_what_is_missing_is_told_and_kept(owner):
    """“Errors from steps are shown in words at the top with nothing lost.”"""
    case = draft_of(owner, evidence=[{"code": "contract", "zh": "采购合同", "en": "Contract", "required": True, "benefit": ""}])
    answer = client_of(owner).post(reverse("firm:submit", args=[case.pk]), data_of(case, consent="", explanation="说明文字"))
    page = answer.content.decode()
    assert answer.status_code == 422 and "采购合同" in page and "说明文字" in page
    assert '<a href="#evidence-contract">' in page and 'id="evidence-contract"' in page
    assert '<a href="#field-consent">' in page and 'id="field-consent"' in page
    case.refresh_from_db()
    assert case.state == "draft" and case.form["explanation"] == "说明文字"


def test_evidence_is_attached_item_by_item(owner):
    """“Evidence list with per-item upload”: by the form, by the script, from what is here already."""
    item = {"code": "contract", "zh": "采购合同", "en": "Contract", "required": True, "benefit": ""}
    case = draft_of(owner, evidence=[item])
    client = client_of(owner)
    url = reverse("firm:evidence", args=[case.pk, "contract"])
    client.post(url, {"files": [SimpleUploadedFile("合同.png", PNG)]})
    upload = case.attachments.get()
    assert upload.evidence == "contract"
    client.post(url, {"take_off": str(upload.pk)})
    assert not case.attachments.filter(removed_at=None).exists()
    answer = client.generic("POST", url, PNG + b"2", content_type="application/octet-stream", headers={"X-File-Name": quote("页.png")})
    assert answer.status_code == 201
    general = hand(owner, "总.png", PNG + b"3")
    part = client.post(url, {"here": str(general.pk)}, headers={"HX-Request": "true"}).content.decode()
    assert "总.png" in part and "<html" not in part
    assert case.attachments.filter(removed_at=None).count() == 2
    assert client.post(reverse("firm:evidence", args=[case.pk, "nothing"]), {"here": str(general.pk)}).status_code == 302
    other = hand(make_member("firm_owner"), "x.png", PNG + b"4")
    assert client.post(url, {"here": str(other.pk)}).status_code == 404
    assert client.post(reverse("firm:submit", args=[case.pk]), data_of(case)).status_code == 302


def test_submitting_twice_makes_one_case(owner):
    """“Double submit”, “back button”: the second press leads to the case that the first one made."""
    case = draft_of(owner)
    client = client_of(owner)
    url = reverse("firm:submit", args=[case.pk])
    assert client.post(url, data_of(case)).url == reverse("firm:case", args=[case.pk])
    again = client.post(url, data_of(case), follow=True)
    assert again.redirect_chain[-1][0] == reverse("firm:case", args=[case.pk]) and "已提交，编号" in again.content.decode()
    assert Case.objects.count() == 1 and case.events.filter(kind="submit").count() == 1
    assert client.get(reverse("firm:draft", args=[case.pk])).url == reverse("firm:case", args=[case.pk])
    part = client.post(reverse("firm:save", args=[case.pk]), data_of(case), headers={"HX-Request": "true"})
    assert part.status_code == 422 and "不再保存" in part.content.decode()


def test_an_expired_window_is_told_and_the_draft_kept(owner, monkeypatch):
    """“Expired window: a clear sentence, nothing lost.”"""
    call = window_of(timezone.now() - timedelta(hours=1), timezone.now() + timedelta(hours=1))
    case = draft_of(owner, call=call)
    later = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: later)
    client = client_of(owner)
    page = client.get(reverse("firm:draft", args=[case.pk])).content.decode()
    assert "不能再提交" in page and 'value="1" disabled aria-describedby="closed"' in page
    saved = client.post(reverse("firm:save", args=[case.pk]), data_of(case, contact="王"), headers={"HX-Request": "true"}).content.decode()
    assert "已于" in saved and "不能再提交" in saved and 'value="1" disabled' in saved
    case.refresh_from_db()
    answer = client.post(reverse("firm:submit", args=[case.pk]), data_of(case, explanation="留下"))
    case.refresh_from_db()
    page = answer.content.decode()
    assert answer.status_code == 422 and page.count("截止") == 1 and "不能再提交" in page and case.form["explanation"] == "留下"


def test_open_lines_are_pointed_out_before_handing_in(owner):
    """A line of an invoice that nobody has answered is named on the draft that stands on that invoice; it hinders nothing."""
    sheet = sheet_of(owner.firm, 1, line("520000.00", "31200.00"), line("592.92", "77.08", name="*电子计算机*路由器", rate="0.13"))
    upload = hand(owner, "算力.xml", digital_xml(sheet))
    upload.refresh_from_db()
    answer_line(owner, upload.invoice, 1, "compute_purchase", COMPUTE)
    case = steps.open_draft(owner.firm, make_call(), owner)
    page = client_of(owner).get(reverse("firm:draft", args=[case.pk])).content.decode()
    assert "仍有 1 行待确认" in page and reverse("firm:upload", args=[upload.pk]) in page
    key = case.lines.get().fact.key
    assert client_of(owner).post(reverse("firm:submit", args=[case.pk]), data_of(case, key)).status_code == 302


def test_a_better_claim_is_pointed_out_before_it_is_lost(owner):
    """“Before it submits, a firm is told which better claim this case would foreclose”; it may go on all the same."""
    line = purchase("l1", "180000.00", "invoice:26332000000000000001#1")
    other = purchase("l2", "180000.00", "invoice:26332000000000000001#2")
    whole = {"id": "w", "type": "ai_cooperation", "date": "2026-03-18", "paid": "500000.00", "matter": "invoice:26332000000000000001"}
    case = draft_of(owner, line, other, whole, call=make_call((("haining-ai-2026", "manufacturing-cooperation"),)))
    client = client_of(owner)
    url = reverse("firm:submit", args=[case.pk])
    data = {"version": case.version, "line": ["haining-ai-2026|manufacturing-cooperation|w"], **FORM}
    answer = client.post(url, data)
    page = answer.content.decode()
    case.refresh_from_db()
    assert answer.status_code == 422 and case.state == "draft"
    assert "提交本申报将失去更优的申报" in page and "80,000.00 元" in page and 'name="all_the_same"' in page
    assert client.post(url, {**data, "version": case.version, "all_the_same": "1"}).status_code == 302


def test_a_matter_in_another_case_cannot_be_ticked(owner):
    """“Same matter in two cases is stopped”: seen before it is tried."""
    call = make_call()
    case = draft_of(owner, call=call)
    client = client_of(owner)
    client.post(reverse("firm:submit", args=[case.pk]), data_of(case))
    second = steps.open_draft(owner.firm, call, owner)
    page = client.get(reverse("firm:draft", args=[second.pk])).content.decode()
    assert " disabled" in page and "已在申报" in page
    answer = client.post(reverse("firm:submit", args=[second.pk]), data_of(second))
    assert answer.status_code == 422 and "同一事项只支持一次" in answer.content.decode()


def test_points_of_a_correction_are_answered_and_saved(owner):
    """“Correction points with answers + resubmit”; answers save themselves like the rest."""
    case, owner = submitted(make_call())
    lead = make_member("reviewer", department=case.call.lead)
    case = steps.send_back(case, lead, case.version, [{"text": "请说明用途"}, {"text": "请补合同", "fact": "p1"}], in_days(5).date())
    client = client_of(owner)
    page = client.get(reverse("firm:case", args=[case.pk])).content.decode()
    assert "退回补正" in page and "请说明用途" in page
    correction = case.corrections.get()
    names = [f"answer-{correction.pk}-{number}" for number in range(2)]
    answer = client.post(reverse("firm:submit", args=[case.pk]), {**data_of(case), names[0]: "用于训练", names[1]: ""})
    page = answer.content.decode()
    assert answer.status_code == 422 and "用于训练" in page and "逐条答复" in page
    case.refresh_from_db()
    assert client.post(reverse("firm:submit", args=[case.pk]), {**data_of(case), names[0]: "用于训练", names[1]: "已补"}).status_code == 302
    case.refresh_from_db()
    correction.refresh_from_db()
    assert case.state == "submitted" and [point["answer"] for point in correction.points] == ["用于训练", "已补"]
    assert "用于训练" in client.get(reverse("firm:case", args=[case.pk])).content.decode()


def test_a_ready_made_claim_is_confirmed(owner):
    """“A ready claim that it only confirms (免申即享).”"""
    title = {"id": "r1", "type": "recognition", "date": "2026-06-01", "title": "ai_benchmark_enterprise", "level": "national"}
    call = make_call((("haining-ai-2026", "national-application-award"),))
    add_facts(owner.firm, [title], "list", owner.user)
    case = steps.open_draft(owner.firm, call, None, ready_made=True)
    client = client_of(owner)
    assert "确认并提交" in client.get(reverse("firm:draft", args=[case.pk])).content.decode()
    data = {"version": case.version, "line": ["haining-ai-2026|national-application-award|r1"], **FORM}
    assert client.post(reverse("firm:submit", args=[case.pk]), data).status_code == 302


def test_a_draft_can_be_dropped(owner):
    """A draft that is not wanted any more goes, with a reason."""
    case = draft_of(owner)
    client = client_of(owner)
    assert client.post(reverse("firm:withdraw", args=[case.pk]), {"version": case.version, "why": ""}).status_code == 302
    client.post(reverse("firm:withdraw", args=[case.pk]), {"version": case.version, "why": "不申报了"})
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert client.get(reverse("firm:case", args=[case.pk])).status_code == 200


@pytest.mark.parametrize("bad", [{"version": "x"}, {"line": ["a|b", "|||", "x|y|z"]}, {"version": "9" * 30}])
def test_nonsense_is_refused_in_words(owner, bad):
    """“Bad input: a clear sentence, nothing lost.”"""
    case = draft_of(owner)
    for name in ("save", "submit"):
        answer = client_of(owner).post(reverse(f"firm:{name}", args=[case.pk]), {**data_of(case, contact="另"), **bad})
        assert answer.status_code == 422
    case.refresh_from_db()
    assert case.state == "draft"


def test_the_evidence_that_the_rules_ask_for_can_be_attached(owner):
    """Every item of the evidence list that the rules of a call come to has its place on the draft, and takes a file there."""
    call = make_call()
    items = [{**item, "required": True} for item in evidence_of(call.pairs)]
    case = draft_of(owner, call=call, evidence=items)
    page = client_of(owner).get(reverse("firm:draft", args=[case.pk]))
    assert page.status_code == 200
    for item in items:
        url = reverse("firm:evidence", args=[case.pk, item["code"]])
        assert url in page.content.decode()
        sent = client_of(owner).post(url, {"files": SimpleUploadedFile("文件.png", PNG + item["code"].encode(), "image/png")})
        assert sent.status_code < 400
    assert {upload.evidence for upload in case.attachments.all()} == {item["code"] for item in items}


def test_the_address_of_a_step_leads_to_its_page(owner):
    """“Back button”: the address of a step, looked at, leads to the page that it belongs to; nobody is told that it is not for them."""
    case = draft_of(owner, purchase())
    client = client_of(owner)
    for name in ("submit", "save", "withdraw", "write"):
        assert client.get(reverse(f"firm:{name}", args=[case.pk]))["Location"] == f"/firm/cases/{case.pk}/"
    assert client.get(f"/firm/cases/{case.pk}/", follow=True).redirect_chain[-1][0] == f"/firm/cases/{case.pk}/draft/"
    assert client.get("/firm/facts/1/take-back/")["Location"] == "/firm/facts/"
    assert client.get("/review/cases/1/decide/").status_code in (403, 404)


def test_a_file_that_is_here_keeps_its_name_as_evidence(owner):
    """A file chosen from those that are here is attached under its own name; what cannot be used is not offered."""
    contract = [{"code": "contract", "zh": "采购合同", "en": "Contract", "required": True, "benefit": ""}]
    case = draft_of(owner, evidence=contract)
    upload, broken = hand(owner, "算力-训练.png", PNG), hand(owner, "坏的.pdf", b"%PDF-1.7 broken")
    client, url = client_of(owner), reverse("firm:evidence", args=[case.pk, "contract"])
    page = client.get(reverse("firm:draft", args=[case.pk])).content.decode()
    assert f'<option value="{upload.pk}">' in page and f'<option value="{broken.pk}">' not in page
    client.post(url, {"here": str(upload.pk)})
    assert [one.name for one in case.attachments.all()] == ["算力-训练.png"]
    again = client.get(reverse("firm:draft", args=[case.pk])).content.decode()
    assert again.count(">算力-训练.png</option>") == 1
