"""A firm's pages: what it is due and why, its facts, calls and applications."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chaoce.service.calls.models import Guide
from chaoce.service.cases import steps
from chaoce.service.documents import lines, statements
from chaoce.service.facts.models import Fact
from chaoce.service.facts.record import add_facts, add_received
from chaoce.service.pages.firm.due import position
from chaoce.service.people.models import Membership
from service.handing import COMPUTE, digital_xml, hand, scan, sheet_of, window_of
from service.kit import FORM, client_of, in_days, make_call, make_firm, make_member, purchase, reviewed, submitted

pytestmark = pytest.mark.django_db
HOME = "firm:home"


@pytest.fixture
def owner(db) -> Membership:
    return make_member("firm_owner")


def title(key: str, level: str = "national", **more) -> dict:
    """A title granted to the firm."""
    return {"id": key, "type": "recognition", "date": "2026-06-01", "title": "ai_benchmark_enterprise", "level": level, **more}


def page_of(member: Membership, name: str, *args, language: str = "zh-hans", **query) -> str:
    """A page as somebody sees it."""
    answer = client_of(member, language).get(reverse(name, args=args), query)
    assert answer.status_code == 200, answer
    return answer.content.decode()


# home


def test_an_empty_home_leads_to_the_upload(owner):
    """“Empty state leads to upload.”"""
    page = page_of(owner, HOME, year=2026)
    assert "这里还没有内容" in page and reverse("firm:uploads") in page


def test_ceiling_and_decided_amount_are_kept_apart(owner):
    """“What it is due now, as ceiling and decided amount kept apart”: never summed as one promise."""
    certificate = {"id": "c1", "type": "data_ip_certificate", "date": "2026-03-01", "number": "A1"}
    add_facts(owner.firm, [purchase(), certificate], "list", owner.user)
    now = position(owner.firm, 2026)
    assert (now.ceiling, now.decided) == (41000000, 100000)
    page = page_of(owner, HOME, year=2026)
    assert "410,000.00 元" in page and "1,000.00 元" in page and "411,000.00" not in page


def test_every_figure_has_its_sentence_arithmetic_and_source(owner):
    """“Per benefit a card: official sentence, amount, arithmetic steps, facts with links to source.”"""
    upload = hand(owner, "发票.xml", digital_xml(sheet_of(owner.firm)))
    lines.answer_line(owner, upload.invoice, 1, "compute_purchase", COMPUTE)
    for language, step in (("zh-hans", "1,000.00 元 × 不高于 50% = 500.00 元"), ("en", "1,000.00 yuan × at most 50% = 500.00 yuan")):
        page = page_of(owner, HOME, language=language, year=2026)
        assert "按照不高于实际购买金额的50%给予补贴" in page and step in page
        assert f"{reverse('firm:upload', args=[upload.pk])}?line=1" in page


def test_what_is_missing_is_said_with_its_margin(owner):
    """“What would bring more” from the margins."""
    project = {"id": "t1", "type": "investment_project", "date": "2026-09-30", "productive_investment": "19999999.00", "ai_field": True}
    add_facts(owner.firm, [project], "list", owner.user)
    page = page_of(owner, HOME, year=2026)
    assert "比 20,000,000.00 元 低 1.00 元" in page and "再增加 1.00 元" in page


def test_two_claims_of_one_matter_are_explained(owner):
    """“Two policies at once with the best claim explained.”"""
    project = {
        "id": "t1", "type": "investment_project", "date": "2026-09-30", "matter": "project:x", "productive_investment": "30000000.00",
        "ai_field": True, "equipment": "20000000.00",
    }  # fmt: skip
    facts = [project, title("r1"), title("r2", "provincial")]
    add_facts(owner.firm, facts, "list", owner.user)
    page = page_of(owner, HOME, year=2026)
    assert "同一事项、两种申报：如何选择" in page and "改选将减少" in page


def test_until_when_stands_on_the_card(owner):
    """“Until when (the open call's window, or ‘no call open yet’), a button ‘apply’.”"""
    add_facts(owner.firm, [purchase(), title("r1")], "list", owner.user)
    call = make_call()
    page = page_of(owner, HOME, year=2026)
    assert reverse("firm:apply", args=[call.pk]) in page and "申报截至" in page and "尚未开始申报" in page
    client_of(owner).post(reverse("firm:apply", args=[call.pk]))
    case = owner.firm.cases.get()
    page = page_of(owner, HOME, year=2026)
    assert reverse("firm:draft", args=[case.pk]) in page and reverse("firm:apply", args=[call.pk]) not in page
    case = steps.save_form(case, owner, case.version, FORM)
    case = steps.submit(case, owner, case.version)
    page = page_of(owner, HOME, year=2026)
    assert case.number in page and reverse("firm:apply", args=[call.pk]) not in page


def test_ready_claims_stand_on_top(owner):
    """“Ready-made claims on top ‘confirm’ (免申即享).”"""
    add_facts(owner.firm, [title("r1")], "list", owner.user)
    call = make_call((("haining-ai-2026", "national-application-award"),))
    case = steps.open_draft(owner.firm, call, None, ready_made=True)
    page = page_of(owner, HOME, year=2026)
    assert "免申即享，待确认" in page and reverse("firm:draft", args=[case.pk]) in page
    assert page.index("免申即享") < page.index("可享项目")


def test_what_was_received_is_listed(owner):
    """“What was received so far”: it is taken off and said."""
    add_facts(owner.firm, [title("r1")], "list", owner.user)
    add_received(owner.firm, "provincial-application-award", "recognition:ai_benchmark_enterprise", date(2026, 2, 1), 20000000, owner.user)
    page = page_of(owner, HOME, year=2026)
    assert "300,000.00 元" in page and "省级应用标杆奖励" in page and "补差" in page


def test_the_year_can_be_changed(owner):
    """“Year switch.”"""
    add_facts(owner.firm, [purchase()], "list", owner.user)
    assert "410,000.00" in page_of(owner, HOME, year=2026)
    assert "410,000.00" not in page_of(owner, HOME, year=2027)
    for year in ("x", "1999", "99999999999", "\u0662\u0660\u0662\u0666"):
        assert client_of(owner).get(reverse(HOME), {"year": year}).status_code == 200


def test_a_benefit_shows_its_text_and_rule(owner):
    """“Benefit detail (also shows policy text with rule)”, the words that the rule quotes marked."""
    page = page_of(owner, "firm:benefit", "haining-ai-2026", "compute-purchase", year=2026)
    assert "<mark>按照不高于实际购买金额的50%给予补贴" in page and "单家企业每年不超过 500,000.00 元" in page
    for policy in ("haining-ai-2026", "nothing"):
        assert client_of(owner).get(reverse("firm:benefit", args=[policy, "nothing"])).status_code == 404


def test_every_benefit_has_its_page(owner):
    """Every benefit of the policies in force can be looked at in both languages."""
    from chaoce.service.plan.sessions import every_benefit

    for policy, benefit in every_benefit():
        for language in ("zh-hans", "en"):
            page_of(owner, "firm:benefit", policy.id, benefit.id, language=language, year=2026)


# facts


def test_facts_are_listed_with_source_and_standing(owner):
    """“All facts with source and standing, received support.”"""
    upload = hand(owner, "发票.xml", digital_xml(sheet_of(owner.firm)))
    lines.answer_line(owner, upload.invoice, 1, "compute_purchase", COMPUTE)
    page = page_of(owner, "firm:facts")
    assert "算力购买" in page and "发票.xml" in page and "智算" in page
    lines.answer_line(owner, upload.invoice, 1, "", {})
    assert "企业的文件里不再有它" in page_of(owner, "firm:facts", show="gone")


def test_a_fact_is_stated_with_a_file(owner):
    """“Statement facts can be stated with an attachment: form drawn from fact types”; nothing entered is lost."""
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = client_of(owner)
    assert "投资和技术改造项目" in page_of(owner, "firm:state-choose")
    url = reverse("firm:state", args=["investment_project"])
    assert 'name="value-productive_investment"' in client.get(url).content.decode()
    data = {"day": "2026-09-30", "thing": "智能产线", "value-productive_investment": "lots", "value-ai_field": "yes"}
    answer = client.post(url, {**data, "file": SimpleUploadedFile("批复.pdf", scan())})
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="智能产线"' in page and "批复.pdf" in page and not Fact.objects.exists()
    upload = owner.firm.uploads.get()
    answer = client.post(url, {**data, "value-productive_investment": "30000000", "upload": str(upload.pk)})
    fact = Fact.objects.get()
    assert answer.status_code == 302 and fact.matters == ["project:智能产线"] and fact.upload_id == upload.pk
    client.post(reverse("firm:fact-take-back", args=[fact.pk]))
    assert not owner.firm.facts.standing().exists()
    client.post(reverse("firm:fact-bring-back", args=[fact.pk]))
    assert owner.firm.facts.standing().count() == 1


def test_a_statement_without_a_file_is_not_taken(owner):
    """“With an attachment”: without one nothing is recorded, and it is said."""
    data = {"day": "2026-09-30", "thing": "x", "value-productive_investment": "1", "value-ai_field": "yes"}
    answer = client_of(owner).post(reverse("firm:state", args=["investment_project"]), data)
    assert answer.status_code == 422 and "请附上佐证文件" in answer.content.decode()
    assert client_of(owner).get(reverse("firm:state", args=["compute_purchase"])).status_code == 404


def test_facts_that_others_say_are_not_taken_back_here(owner):
    """A list's fact is not the firm's to withdraw."""
    (fact,) = add_facts(owner.firm, [title("r1")], "list", owner.user)
    client_of(owner).post(reverse("firm:fact-take-back", args=[fact.pk]))
    assert owner.firm.facts.standing().count() == 1 and not statements.is_own_statement(fact)
    other = client_of(make_member("firm_owner"))
    assert other.post(reverse("firm:fact-take-back", args=[fact.pk])).status_code == 404


# calls


def test_calls_are_listed_by_their_windows(owner):
    """“Open/coming/closed calls with guides (guide page).”"""
    now = make_call()
    for opens, closes in ((5, 9), (-9, -5)):
        window_of(in_days(opens), in_days(closes), zh=f"批次{opens}")
    page = page_of(owner, "firm:calls")
    assert page.index("算力补贴") < page.index("批次5") < page.index("批次-9")
    guide = Guide.objects.create(
        call=now, version=2, published_at=timezone.now(), published_by=now.created_by, text_zh="请按时提交。",
        rules={"records_years": {"on": True, "years": 3, "source": "海经信〔2026〕1号"}},
        evidence=[{"code": "contract", "zh": "合同", "en": "Contract", "required": True, "benefit": ""}],
    )  # fmt: skip
    page = page_of(owner, "firm:call", now.pk)
    assert "合同" in page and "海经信〔2026〕1号" in page and "请按时提交。" in page and guide.version == 2


def test_a_closed_call_opens_no_draft(owner):
    """“Expired window”: told, nothing made."""
    call = window_of(in_days(-9), in_days(-5))
    page = client_of(owner).post(reverse("firm:apply", args=[call.pk]), follow=True)
    assert "目前不接受申报" in page.content.decode() and not owner.firm.cases.exists()
    hidden = window_of(in_days(-9), in_days(5), published_at=None)
    assert client_of(owner).get(reverse("firm:call", args=[hidden.pk])).status_code == 404


# cases


def test_a_case_is_followed_to_its_decision():
    """“State, timeline, decision with amounts per line and reasons.”"""
    call = make_call()
    case, owner, _lead = reviewed(call)
    head = make_member("head", department=call.lead)
    line = case.lines.get()
    case = steps.decide(case, head, case.version, {line.pk: (30000000, "本年度预算有限")})
    page = page_of(owner, "firm:case", case.pk)
    assert "核定结果" in page and "300,000.00" in page and "本年度预算有限" in page and "410,000.00" in page
    assert case.number in page_of(owner, "firm:cases")
    page_of(owner, "firm:case", case.pk, language="en")


def test_what_departments_write_inside_is_not_shown():
    """“Comments inside and messages to the firm kept apart.”"""
    case, owner = submitted(make_call())
    lead = make_member("reviewer", department=case.call.lead)
    steps.remark(case, lead, case.version, "内部意见", inside=True)
    steps.remark(case, lead, case.version, "请补充说明", inside=False)
    page = page_of(owner, "firm:case", case.pk)
    assert "请补充说明" in page and "内部意见" not in page
    client = client_of(owner)
    for _press in range(2):
        client.post(reverse("firm:write", args=[case.pk]), {"text": "已补充"})
    assert case.remarks.filter(text="已补充").count() == 1
    assert client.post(reverse("firm:write", args=[case.pk]), {"text": " "}).status_code == 422


def test_withdrawing_needs_a_reason():
    """“Withdraw with reason.”"""
    case, owner = submitted(make_call())
    client = client_of(owner)
    url = reverse("firm:withdraw", args=[case.pk])
    answer = client.post(url, {"version": case.version, "why": ""})
    assert answer.status_code == 422 and "说明" in answer.content.decode()
    assert client.post(url, {"version": case.version - 1, "why": "重复"}).status_code == 422
    assert client.post(url, {"version": case.version, "why": "重复"}).status_code == 302
    case.refresh_from_db()
    assert case.state == "withdrawn"
    assert client.post(url, {"version": case.version, "why": "重复"}).status_code == 302


def test_another_firms_case_is_not_there():
    """“A firm never sees another's existence.”"""
    case, _owner = submitted(make_call())
    other = client_of(make_member("firm_owner"))
    for name in ("case", "draft"):
        assert other.get(reverse(f"firm:{name}", args=[case.pk])).status_code == 404
    for name in ("save", "submit", "withdraw", "write"):
        assert other.post(reverse(f"firm:{name}", args=[case.pk])).status_code == 404


@pytest.mark.parametrize("name", ["firm:home", "firm:facts", "firm:calls", "firm:cases"])
def test_queries_do_not_grow_with_rows(name):
    """“No list page grows in queries with its rows.”"""
    firm = make_firm()
    owner = make_member("firm_owner", firm=firm)
    client = client_of(owner)

    def more(start: int, count: int) -> None:
        for number in range(start, start + count):
            call = make_call()
            add_facts(firm, [purchase(f"p{number}", "1000.00", matter=f"invoice:2633200000000000{number:04d}#1")], "statement", owner.user)
            case = steps.open_draft(firm, call, owner)
            case = steps.save_form(case, owner, case.version, FORM)
            steps.submit(case, owner, case.version)
            make_call()

    def count() -> int:
        client.get(reverse(name), {"year": 2026})
        with CaptureQueriesContext(connection) as found:
            assert client.get(reverse(name), {"year": 2026}).status_code == 200
        return len(found)

    more(0, 2)
    few = count()
    more(2, 6)
    assert count() <= few
