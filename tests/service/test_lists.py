"""Official lists: read, matched, taken over, corrected and dropped."""

from __future__ import annotations

import io
from datetime import date, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from openpyxl import Workbook

from chaoce.service.cases.faults import Refused
from chaoce.service.cases.models import Check
from chaoce.service.facts.models import Fact, Received
from chaoce.service.facts.record import add_facts
from chaoce.service.firms.models import Firm
from chaoce.service.lists import importing, matching, ready, takeover, tasks, template
from chaoce.service.lists.faults import say, say_in_full
from chaoce.service.lists.importing import types
from chaoce.service.lists.models import OfficialList, Row
from chaoce.service.plan.assessing import assess_firm
from service.kit import client_of, make_call, make_department, make_firm, make_member, make_uscc, submitted

pytestmark = pytest.mark.django_db

HEAD = "统一社会信用代码,企业名称,称号,级别,日期\n"
TITLE = "2026年浙江省首席数据官试点名单"


def reviewer():
    """A reviewer of the department that leads."""
    return make_member("reviewer", department=make_department())


def csv_list(member, text: str, kind: str = "facts", title: str = TITLE, type: str = "recognition", **more) -> OfficialList:
    """A list handed in as CSV and checked."""
    data = text.encode()
    return importing.hand_in(member, "名单.csv", [data], kind, title, type=type, **{"issued_on": date(2026, 6, 1), **more})


def xlsx(rows: list[list]) -> bytes:
    """A workbook with one sheet."""
    book = Workbook()
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def faults_of(listed: OfficialList, lang: str = "en") -> list[str]:
    """All that is wrong with a list and its rows, with the place."""
    with translation.override("zh-hans" if lang == "zh" else "en"):
        said = [*listed.faults, *(one for row in listed.rows.all() for one in row.faults)]
        return [say_in_full(one, listed.file) for one in said]


def test_a_row_becomes_a_fact_with_its_source():
    """“Rows match firms by tax id; each row becomes a fact with its source.”"""
    member, firm = reviewer(), make_firm()
    listed = csv_list(member, HEAD + f"{firm.uscc},{firm.name},首席数据官（CDO）试点,省级,2026年5月8日\n", issuer="省数据局")
    assert (listed.state, listed.rows.get().match) == ("checked", "tax_id")
    takeover.begin(member, listed.pk)
    fact = Fact.objects.get()
    assert (fact.firm, fact.type, fact.source, fact.date, fact.matters) == (
        firm, "recognition", "list", date(2026, 5, 8), ["recognition:cdo_pilot"],
    )  # fmt: skip
    assert fact.raw["title"] == "cdo_pilot" and fact.raw["level"] == "provincial"
    assert fact.row == listed.rows.get()
    assert fact.raw["evidence"] == {"file": TITLE, "list": TITLE, "issuer": "省数据局", "row": 2}
    assert assess_firm(firm, 2026).total == 20000000


def test_a_list_of_a_title_says_it_once_for_all_rows():
    """The title, the level and the date that all rows have stand on the list, not in its rows."""
    member, firm = reviewer(), make_firm()
    values = {"title": "dcmm_pilot", "level": "provincial"}
    listed = csv_list(member, f"序号,单位名称,税号,联系人\n1,{firm.name},{firm.uscc},李\n", values=values)
    assert [one["code"] for one in listed.faults] == ["unread"]
    takeover.begin(member, listed.pk)
    assert Fact.objects.get().raw["title"] == "dcmm_pilot"
    assert Fact.objects.get().date == date(2026, 6, 1)


def test_a_workbook_with_a_title_above_its_header_and_sums_below():
    """An XLSX as departments make it: a title above, a sum below, amounts in 万元, days as days."""
    member, firm = reviewer(), make_firm()
    data = xlsx(
        [
            ["2026年度人工智能应用场景标杆项目"],
            ["序号", "企业名称", "统一社会信用代码", "投资额（万元）", "建设主体", "入选年度标杆项目", "发文日期"],
            [1, firm.name, firm.uscc, 312.5, "企业", "是", date(2026, 7, 1)],
            ["合计", None, None, 312.5, None, None, None],
        ]
    )
    listed = importing.hand_in(member, "scenes.xlsx", [data], "facts", "标杆项目名单", type="scenario_project")
    assert faults_of(listed) == ["scenes.xlsx, row 4: The row is a sum and was left out."]
    raw = listed.rows.get().raw
    assert (raw["investment"], raw["built_by"], raw["selected"], raw["date"]) == ("3125000.00", "enterprise", True, "2026-07-01")


def test_english_headers_serve_as_well():
    """Columns are headed “in either language”."""
    member, firm = reviewer(), make_firm()
    listed = csv_list(member, f"tax id,name,title,level,date\n{firm.uscc},,Zhejiang digital merchant,provincial,2026-03-01\n")
    assert listed.faults == [] and listed.rows.get().raw["title"] == "zhejiang_digital_merchant"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            "{wrong},甲,首席数据官（CDO）试点,省级,2026-05-08",
            "row 2, column “统一社会信用代码”: The tax id “{wrong}” has a wrong check character",
        ),
        ("123,甲,首席数据官（CDO）试点,省级,2026-05-08", "row 2, column “统一社会信用代码”: “123” is no tax id"),
        ("{uscc},甲,首席数据官,省级,2026-05-08", "row 2, column “称号”: “首席数据官” is not one of the values"),
        ("{uscc},甲,首席数据官（CDO）试点,省级,2026-02-30", "row 2, column “日期”: “2026-02-30” is no day of the calendar"),
        ("{uscc},甲,首席数据官（CDO）试点,,2026-05-08", "row 2, column “级别”: level is missing"),
        (",,首席数据官（CDO）试点,省级,2026-05-08", "row 2: The row has neither a tax id nor a name"),
    ],
)
def test_every_fault_says_file_row_and_column(row, said):
    """“Every fault says file, row, column, what would be right.”"""
    uscc = make_uscc(77)
    wrong = uscc[:17] + ("0" if uscc[17] != "0" else "1")
    listed = csv_list(reviewer(), HEAD + row.format(uscc=uscc, wrong=wrong) + "\n")
    assert listed.rows.get().match == "fault" and listed.rows.get().raw == {}
    assert any(one.startswith("名单.csv, " + said.format(wrong=wrong)) for one in faults_of(listed)), faults_of(listed)
    assert all("名单.csv" in one for one in faults_of(listed, "zh"))


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("序号,联系人\n1,李\n".encode(), "header"),
        (b"", None),
        ("统一社会信用代码,企业名称\n".encode(), "lacks"),
        ("统一社会信用代码,税号,企业名称,称号,级别\n".encode(), "column.twice"),
        (b"\x89PNG\r\n", "said"),
        (b"<?xml version='1.0'?><a/>", "said"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_so(data, code):
    """A broken file, a picture, a table without the columns: one clear sentence, no rows, and nothing to take over."""
    member = reviewer()
    if code is None:
        with pytest.raises(Refused):
            importing.hand_in(member, "a.csv", [data], "facts", TITLE, type="recognition")
        return
    name = "a.csv" if code != "said" else "a.png"
    listed = importing.hand_in(member, name, [data], "facts", TITLE, type="recognition")
    assert listed.faults[0]["code"] == code and not listed.rows.exists()
    for lang in ("zh", "en"):
        assert all(faults_of(listed, lang))
    with pytest.raises(Refused):
        takeover.begin(member, listed.pk)
    client = client_of(member)
    for page in (client.get("/lists/"), client.get(f"/lists/{listed.pk}/")):
        assert "无法使用" in page.content.decode() and "已核对，未采用" not in page.content.decode()


def test_a_file_that_cannot_be_used_is_not_welcomed():
    """Who hands in a file of which nothing can be used is told that, not that the list is here."""
    member = reviewer()
    file = SimpleUploadedFile("名单.csv", "序号,联系人\n1,李\n".encode(), "text/csv")
    data = {"file": file, "title": TITLE, "issuer": "省数据局", "issued_on": "2026-06-01"}
    page = client_of(member).post("/lists/new/?type=recognition", data, follow=True)
    assert page.redirect_chain, page.content.decode()[:2000]
    assert "内容无法使用" in page.content.decode() and "名单已收到" not in page.content.decode()


def test_columns_that_are_not_read_are_named_once():
    """What a column may be headed is a long list: it is said once, whatever the number of columns that are not read."""
    firm = make_firm()
    listed = csv_list(reviewer(), f"税号,单位名称,联系人,电话,称号,级别\n{firm.uscc},{firm.name},李,1,首席数据官试点,省级\n")
    assert [one["code"] for one in listed.faults] == ["unread"] and listed.faults[0]["column"] == "联系人、电话"


def test_what_was_paid_may_be_headed_as_project():
    """“项目” names the benefit or plan under which something was paid."""
    firm = make_firm()
    text = f"税号,企业名称,项目,事项,拨付日期,金额\n{firm.uscc},{firm.name},嘉兴市数字化专项,智改数转,2026-02-01,8万\n"
    listed = csv_list(make_member("finance"), text, "received", "兑付清单", "")
    assert listed.rows.get().raw["benefit"] == "嘉兴市数字化专项" and listed.rows.get().raw["amount"] == "80000.00"


def test_two_sheets_with_rows_are_refused():
    """A row number must mean one row."""
    book = Workbook()
    book.active.append(["企业名称", "称号"])
    book.create_sheet("另一张").append(["企业名称", "称号"])
    out = io.BytesIO()
    book.save(out)
    listed = importing.hand_in(reviewer(), "a.xlsx", [out.getvalue()], "facts", TITLE, type="recognition")
    assert listed.faults[0]["code"] == "sheets"


def test_rows_that_say_the_same_twice():
    """A row that repeats another is a fault of the list, not a second fact."""
    firm = make_firm()
    row = f"{firm.uscc},{firm.name},首席数据官（CDO）试点,省级,2026-05-08\n"
    listed = csv_list(reviewer(), HEAD + row + row)
    assert [row.match for row in listed.rows.all()] == ["tax_id", "fault"]
    assert "This row says the same as row 2" in faults_of(listed)[0]


def test_near_names_are_offered_and_never_assumed():
    """“Near-misses by name are offered, never assumed.”"""
    member = reviewer()
    firm = make_firm(name="海宁晶微（浙江）智能科技有限公司")
    second = make_firm(name="海宁晶薇智能科技有限公司")
    make_firm(name="海宁华绣针织有限公司")
    listed = csv_list(
        member, HEAD + ",海宁市晶微(浙江)智能科技有限责任公司,首席数据官（CDO）试点,省级,\n,海宁晶微智能科技,数智优品,省级,\n"
    )
    exact, near = listed.rows.all()
    assert (exact.match, exact.firm) == ("near", None)
    assert exact.near == [[firm.pk, firm.name, 100]]
    assert {one[0] for one in near.near} == {firm.pk, second.pk} and all(45 <= one[2] < 100 for one in near.near)
    assert takeover.plan(listed).new == []
    with pytest.raises(Refused):
        matching.choose(member, listed.pk, near.number, make_firm().pk)
    assert matching.choose_exact(member, listed.pk) == 1
    matching.choose(member, listed.pk, near.number, None)
    takeover.begin(member, listed.pk)
    assert Fact.objects.get().firm == firm
    exact.refresh_from_db()
    assert (exact.match, exact.chosen_by) == ("chosen", member.user)


def test_a_tax_id_of_another_firm_is_flagged():
    """“A tax id that belongs to a firm with quite another name is flagged.”"""
    member = reviewer()
    firm, other = make_firm(name="海宁晶微智能科技有限公司"), make_firm(name="浙江海利得新材料股份有限公司")
    listed = csv_list(
        member, HEAD + f"{firm.uscc},{other.name},首席数据官（CDO）试点,省级,\n{firm.uscc},海宁晶薇智能科技公司,数智优品,省级,\n"
    )
    wrong, close = listed.rows.all()
    assert (wrong.match, wrong.firm, {one[0] for one in wrong.near}) == ("near", None, {firm.pk, other.pk})
    assert wrong.faults[0]["code"] == "other.name"
    assert (close.match, close.firm, close.faults[0]["code"]) == ("tax_id", firm, "name.differs")
    matching.choose(member, listed.pk, wrong.number, other.pk)
    takeover.begin(member, listed.pk)
    assert set(Fact.objects.values_list("firm", flat=True)) == {firm.pk, other.pk}


def test_an_unknown_firm_is_registered_from_its_row():
    """“An unknown firm with a valid tax id can be registered from the row”; nothing is made up for it."""
    member, uscc = reviewer(), make_uscc(4711)
    listed = csv_list(member, HEAD.strip() + ",行业代码\n" + f"{uscc},海宁新来智能科技有限公司,首席数据官（CDO）试点,省级,,I6513\n")
    row = listed.rows.get()
    assert row.match == "none"
    assert matching.known_of(row) == {
        "uscc": uscc, "name": "海宁新来智能科技有限公司", "industry": "I6513", "division": "330481", "town": "",
    }  # fmt: skip
    with pytest.raises(Refused):
        matching.register(member, listed.pk, row.number, row.name, "Z1", "330481")
    matching.register(member, listed.pk, row.number, row.name, "I6513", "330481")
    takeover.begin(member, listed.pk)
    assert Fact.objects.get().firm == Firm.objects.get(uscc=uscc)


def test_all_that_say_enough_are_registered_together():
    """Rows with tax id, name and industry need no form each."""
    member = reviewer()
    rows = "".join(
        f"{make_uscc(5000 + n)},海宁新来第{n}号科技有限公司,数智优品,省级,,{industry}\n" for n, industry in enumerate(("I6513", "", "C39"))
    )
    listed = csv_list(member, HEAD.strip() + ",行业代码\n" + rows)
    assert matching.register_all(member, listed.pk) == 2
    assert takeover.counts(listed).by_match == {"tax_id": 2, "none": 1}


def _corrected(member, first: str, second: str) -> tuple[OfficialList, OfficialList]:
    listed = csv_list(member, HEAD + first)
    takeover.begin(member, listed.pk)
    corrected = csv_list(member, HEAD + second, title=TITLE + "（更正）", supersedes=listed.pk)
    return listed, corrected


def test_a_corrected_list_withdraws_without_deleting():
    """“A corrected list withdraws facts without deleting them”: gone rows and changed rows, with the reason; the same row is the same fact."""  # noqa: E501
    member = reviewer()
    stays, goes, changes, comes = (make_firm() for _ in range(4))
    row = "{0.uscc},{0.name},首席数据官（CDO）试点,{1},2026-05-08\n"
    listed, corrected = _corrected(
        member,
        row.format(stays, "省级") + row.format(goes, "省级") + row.format(changes, "国家级"),
        row.format(comes, "省级") + row.format(changes, "省级") + row.format(stays, "省级"),
    )
    before = {fact.firm_id: fact for fact in Fact.objects.all()}
    planned = takeover.plan(corrected)
    assert [row.firm for row in planned.new] == [comes]
    assert [fact.firm for _row, fact in planned.changed] == [changes]
    assert ([row.firm for row in planned.same], [fact.firm for fact in planned.gone]) == ([stays], [goes])
    takeover.begin(member, corrected.pk)
    now = {fact.firm_id: fact for fact in Fact.objects.standing()}
    assert now.keys() == {stays.pk, changes.pk, comes.pk}
    assert now[stays.pk] == before[stays.pk]
    assert now[changes.pk].key == before[changes.pk].key and now[changes.pk].raw["level"] == "provincial"
    gone = Fact.objects.get(pk=before[goes.pk].pk)
    assert gone.withdrawn_by == member.user and corrected.title in gone.withdrawn_why
    assert Fact.objects.count() == 5
    assert takeover.plan(corrected).nothing
    with pytest.raises(Refused):
        takeover.begin(member, listed.pk)


def test_a_correction_waits_until_every_row_is_settled():
    """A corrected list withdraws what it does not have: a row without a choice would be taken for a row that is gone."""
    member, firm = reviewer(), make_firm(name="海宁晶微智能科技有限公司")
    row = f"{firm.uscc},{firm.name},首席数据官（CDO）试点,省级,2026-05-08\n"
    _listed, corrected = _corrected(member, row, ",海宁晶微智能科技公司,首席数据官（CDO）试点,省级,2026-05-08\n")
    with pytest.raises(Refused):
        takeover.begin(member, corrected.pk)
    matching.choose(member, corrected.pk, 2, firm.pk)
    takeover.begin(member, corrected.pk)
    assert Fact.objects.get().withdrawn_at is None


def test_a_choice_is_kept_for_the_same_words_in_the_corrected_list():
    """What a person chose for a name stands for the same name in the list that corrects it."""
    member, firm = reviewer(), make_firm(name="海宁晶微智能科技有限公司")
    row = ",海宁晶微智能科技公司,首席数据官（CDO）试点,省级,2026-05-08\n"
    listed = csv_list(member, HEAD + row)
    matching.choose(member, listed.pk, 2, firm.pk)
    takeover.begin(member, listed.pk)
    corrected = csv_list(member, HEAD + row + row.replace("晶微", "晶薇"), supersedes=listed.pk)
    assert [row.match for row in corrected.rows.all()] == ["chosen", "near"]


def test_dropping_a_list_undoes_its_take_over():
    """Undo = drop: all that the list added is withdrawn, with the reason; taken over again it stands anew."""
    member, firm = reviewer(), make_firm()
    row = f"{firm.uscc},{firm.name},首席数据官（CDO）试点,省级,2026-05-08\n"
    listed, corrected = _corrected(member, row, row.replace("省级", "国家级"))
    takeover.begin(member, corrected.pk)
    with pytest.raises(Refused):
        takeover.drop(member, listed.pk, "a mistake")
    with pytest.raises(Refused):
        takeover.drop(member, corrected.pk, " ")
    takeover.drop(member, corrected.pk, "the wrong file")
    assert not Fact.objects.standing().exists()
    assert Fact.objects.filter(withdrawn_why="the wrong file").count() == 1
    takeover.begin(member, listed.pk)
    assert Fact.objects.standing().get().raw["level"] == "provincial"
    assert csv_list(member, HEAD + row.replace("省级", "市级"), supersedes=listed.pk).supersedes == listed


def test_taking_over_twice_adds_nothing_twice():
    """Taking over is idempotent; rows chosen later are taken over then."""
    member, firm, later = reviewer(), make_firm(), make_firm(name="海宁晶微智能科技有限公司")
    row = "{0.uscc},{0.name},首席数据官（CDO）试点,省级,2026-05-08\n"
    listed = csv_list(member, HEAD + row.format(firm) + ",海宁晶微智能科技公司,数智优品,省级,2026-05-08\n")
    takeover.begin(member, listed.pk)
    takeover.begin(member, listed.pk)
    assert Fact.objects.count() == 1
    matching.choose(member, listed.pk, 3, later.pk)
    takeover.begin(member, listed.pk)
    assert Fact.objects.count() == 2
    with pytest.raises(Refused):
        matching.choose(member, listed.pk, 3, firm.pk)


def test_a_certificate_that_the_firm_has_already_is_not_a_second_one():
    """One certificate is one matter, whoever said it first."""
    member, firm = reviewer(), make_firm()
    add_facts(firm, [{"id": "c1", "type": "data_ip_certificate", "date": "2026-02-01", "number": "浙数据登0001"}], "statement", None)
    listed = csv_list(
        member, f"税号,企业名称,证书编号,发证日期\n{firm.uscc},{firm.name},浙数据登0001,2026-02-01\n{firm.uscc},{firm.name},浙数据登0002,2026-02-01\n",  # noqa: E501
        type="data_ip_certificate",
    )  # fmt: skip
    takeover.begin(member, listed.pk)
    assert {fact.key for fact in Fact.objects.all()} == {"c1", f"{listed.stem}/data_ip_certificate/浙数据登0002"}
    assert Fact.objects.get(source="list").matters == ["certificate:浙数据登0002"]
    assert listed.rows.get(number=2).faults[0]["code"] == "known"


def test_a_fact_that_cannot_stand_is_left_out_and_said():
    """What contradicts the firm's other facts is not taken over; the rest is."""
    member, firm, other = reviewer(), make_firm(), make_firm()
    sales = {"id": "s1", "type": "data_product_year", "date": "2026-12-31", "product": "潮数", "registered": True, "sales": "1.00"}
    add_facts(firm, [sales], "statement", None)
    text = "税号,企业名称,数据产品,取得登记证书,全年交易额,日期\n" + "".join(
        f"{one.uscc},{one.name},潮数,是,3000000,2026-12-31\n" for one in (firm, other)
    )
    listed = csv_list(member, text, type="data_product_year", issued_on=None)
    takeover.begin(member, listed.pk)
    assert Fact.objects.get(source="list").firm == other
    row = listed.rows.get(number=2)
    assert row.match == "fault" and row.faults[-1]["code"] == "fits.not" and say(row.faults[-1])


def test_reviewers_see_that_a_fact_of_a_live_case_was_withdrawn():
    """“If a withdrawn fact is in a live case the reviewers see it through the checks.”"""
    member, firm = reviewer(), make_firm()
    row = f"{firm.uscc},{firm.name},首席数据官（CDO）试点,省级,2026-05-08\n"
    listed = csv_list(member, HEAD + row)
    takeover.begin(member, listed.pk)
    call = make_call(benefits=(("haining-ai-2026", "cdo-pilot"),))
    case, _owner = submitted(
        call, firm=firm, facts=[{"id": "x", "type": "recognition", "date": "2026-05-08", "title": "dcmm_pilot", "level": "municipal"}]
    )
    assert Check.objects.get(case=case, code="fact_withdrawn").passed
    takeover.drop(member, listed.pk, "not on the list of the province")
    assert ready.check_anew(OfficialList.objects.get(pk=listed.pk)) == 1
    assert not Check.objects.get(case=case, code="fact_withdrawn").passed


# Support received.

PAID = "统一社会信用代码,企业名称,补助项目,事项,拨付日期,金额,年度\n"


def test_support_received_is_seen_by_bu_chong_fu():
    """“Finance imports what was paid under any plan of any level the same way; it becomes received support, so that 不重复 sees it.”"""
    finance, firm = make_member("finance"), make_firm()
    fact = {"id": "r1", "type": "recognition", "date": "2026-06-01", "title": "ai_benchmark_enterprise", "level": "national"}
    add_facts(firm, [fact], "statement", None)
    assert assess_firm(firm, 2026).total == 50000000
    listed = csv_list(
        finance,
        PAID + f"{firm.uscc},{firm.name},省级应用标杆奖励,人工智能应用标杆企业,2026-02-01,20万元,2026\n",
        kind="received",
        type="",
        title="省补兑付表",
    )
    takeover.begin(finance, listed.pk)
    received = Received.objects.get()
    assert (received.benefit, received.policy, received.matter, received.amount, received.year, received.row) == (
        "provincial-application-award", "haining-ai-2026", "recognition:ai_benchmark_enterprise", 20000000, 2026, listed.rows.get(),
    )  # fmt: skip
    assert assess_firm(firm, 2026).total == 30000000


def test_support_of_a_plan_that_is_not_ours():
    """Any plan of any level: its name stays as it is; an invoice number becomes the matter as facts name it."""
    finance, firm = make_member("finance"), make_firm()
    text = f"税号,企业名称,资金名称,发票号码,到账日期,金额（万元）\n{firm.uscc},{firm.name},嘉兴市数字化专项,26332000000447829611,2026-02-01,1.5\n"  # noqa: E501
    listed = csv_list(finance, text, kind="received", type="", title="嘉兴兑付表")
    raw = listed.rows.get().raw
    assert (raw["benefit"], raw["matter"], raw["amount"]) == ("嘉兴市数字化专项", "invoice:26332000000447829611", "15000.00")


def test_a_payment_without_a_matter_is_a_fault():
    """Without the matter the same thing could be paid twice."""
    finance, firm = make_member("finance"), make_firm()
    listed = csv_list(finance, PAID + f"{firm.uscc},{firm.name},省补,,2026-02-01,100,\n", kind="received", type="", title="x")
    assert "could be paid twice" in faults_of(listed)[0]


def test_a_corrected_list_of_support():
    """A payment that the corrected list no longer has is withdrawn, one that it has twice is added once."""
    finance, firm = make_member("finance"), make_firm()
    row = "{0.uscc},{0.name},省补,project:{1},2026-02-01,{2},\n"
    listed = csv_list(finance, PAID + row.format(firm, "a", 100) + row.format(firm, "b", 200), kind="received", type="", title="x")
    takeover.begin(finance, listed.pk)
    text = PAID + row.format(firm, "a", 100) + row.format(firm, "c", 300)
    corrected = csv_list(finance, text, kind="received", type="", title="x2", supersedes=listed.pk)
    takeover.begin(finance, corrected.pk)
    assert sorted(Received.objects.standing().values_list("matter", "amount")) == [("project:a", 10000), ("project:c", 30000)]
    assert Received.objects.count() == 3
    takeover.drop(finance, corrected.pk, "paid back")
    assert sorted(Received.objects.standing().values_list("matter", flat=True)) == ["project:a"]
    takeover.begin(finance, listed.pk)
    assert sorted(Received.objects.standing().values_list("matter", flat=True)) == ["project:a", "project:b"]


# Rights, size, the database.


def test_whose_list_it_is():
    """“Facts lists by reviewers and heads (own department) and the office; received by finance; auditor and leader look.”"""
    member, firm = reviewer(), make_firm()
    listed = csv_list(member, HEAD + f"{firm.uscc},{firm.name},数智优品,省级,\n")
    other = make_member("reviewer", department=make_department("市科技局"))
    seen = {
        role: OfficialList.objects.seen_by(one).filter(pk=listed.pk).exists()
        for role, one in {
            "own": make_member("head", department=make_department()), "other": other, "finance": make_member("finance"),
            "office": make_member("office"), "auditor": make_member("auditor"), "town": make_member("town"), "firm": make_member("firm_owner"),  # noqa: E501
        }.items()
    }  # fmt: skip
    assert seen == {"own": True, "other": False, "finance": False, "office": True, "auditor": True, "town": False, "firm": False}
    for role in ("auditor", "leader", "finance"):
        with pytest.raises(Refused):
            takeover.begin(make_member(role), listed.pk)
    with pytest.raises(Refused):
        takeover.begin(other, listed.pk)
    for role in ("finance", "auditor"):
        with pytest.raises(Refused):
            csv_list(make_member(role), HEAD, kind="facts")
    with pytest.raises(Refused):
        csv_list(member, PAID, kind="received")
    takeover.begin(make_member("office"), listed.pk)


def test_the_same_file_is_not_taken_twice():
    """The same bytes a second time are told so, with the list that they are."""
    member = reviewer()
    csv_list(member, HEAD + ",甲,数智优品,省级,\n")
    with pytest.raises(Refused, match=TITLE):
        csv_list(member, HEAD + ",甲,数智优品,省级,\n", title="另一个")


@pytest.mark.parametrize("statement", ["DELETE FROM lists_row", "UPDATE lists_row SET raw = '{}'", "DELETE FROM lists_officiallist"])
def test_what_a_list_said_stays(statement):
    """Nothing is lost: the database holds the rows as the file had them."""
    csv_list(reviewer(), HEAD + "{0.uscc},{0.name},数智优品,省级,\n".format(make_firm()))
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def _many(count: int, start: int = 0) -> str:
    firms = Firm.objects.bulk_create(
        Firm(uscc=make_uscc(900000 + start + n), name=f"海宁{chr(0x4E00 + n)}{n}智能科技有限公司", industry="C39", division="330481")
        for n in range(count)
    )
    return HEAD + "".join(f"{firm.uscc},{firm.name},数智优品,省级,2026-05-08\n" for firm in firms)


def test_queries_do_not_grow_with_rows():
    """“Big lists … constant queries per batch”: ten rows or two hundred, checking and taking over asks as often."""
    member, asked = reviewer(), []
    for count in (10, 200):
        text = _many(count, start=count * 1000)
        with CaptureQueriesContext(connection) as checking:
            listed = csv_list(member, text, title=f"{count}")
        with CaptureQueriesContext(connection) as taking:
            takeover.begin(member, listed.pk)
        asked.append((len(checking), len(taking)))
    assert asked[0] == asked[1]
    assert Fact.objects.count() == 210


def test_a_long_list_goes_through_the_queue():
    """A list beyond a few hundred rows is checked and taken over in the background, its rows counted on the way."""
    member = reviewer()
    listed = csv_list(member, _many(1200), title="long")
    assert (listed.state, listed.rows.count()) == ("checking", 0)
    tasks.check(listed.pk)
    listed.refresh_from_db()
    assert (listed.state, listed.done, listed.total) == ("checked", 1200, 1200)
    takeover.begin(member, listed.pk)
    listed.refresh_from_db()
    assert listed.state == "taking" and not Fact.objects.exists()
    tasks.take_over(listed.pk)
    listed.refresh_from_db()
    assert (listed.state, listed.done, Fact.objects.count()) == ("taken", 1200, 1200)


def test_work_that_breaks_off_leaves_nothing_half_done(monkeypatch):
    """All or nothing: what fails in the middle is undone, and the list says so and can be taken over again."""
    member = reviewer()
    listed = csv_list(member, _many(400), title="long")
    tasks.check(listed.pk)
    takeover.begin(member, listed.pk)

    def broken(*_args, **_kwargs):
        raise OSError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(takeover, "add_facts_of_many", broken)
        with pytest.raises(OSError):
            tasks.take_over(listed.pk)
    listed.refresh_from_db()
    assert (listed.state, listed.faults[-1]["code"], Fact.objects.count()) == ("checked", "broken", 0)
    takeover.begin(member, listed.pk)
    tasks.take_over(listed.pk)
    assert Fact.objects.count() == 400


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_templates_are_read_back_without_a_fault(lang):
    """The workbook that a department downloads has the headers that are read."""
    for kind in types().values():
        listed = importing.hand_in(reviewer(), "t.xlsx", [template.of_type(kind, lang)], "facts", f"{kind.name} {lang}", type=kind.name)
        assert [one["code"] for one in listed.faults] == ["empty"], (kind.name, listed.faults)
    finance = make_member("finance")
    listed = importing.hand_in(finance, "t.xlsx", [template.of_received(lang)], "received", "t")
    assert [one["code"] for one in listed.faults] == ["empty"], listed.faults


def test_rows_of_a_match_are_counted():
    """The page of a list counts its rows by how their firm was found."""
    firm = make_firm()
    listed = csv_list(reviewer(), HEAD + f"{firm.uscc},{firm.name},数智优品,省级,\n,丁,数智优品,省级,\n,戊,数智,省级,\n")
    found = takeover.counts(listed)
    assert (found.total, found.usable, found.by_match) == (3, 1, {"tax_id": 1, "none": 1, "fault": 1})
    assert Row.objects.filter(list=listed).count() == 3


# Pages.


def browser(member, lang: str = "en"):
    """A browser of somebody."""
    return client_of(member, lang)


def upload(client, text: str, name: str = "list.csv", query: str = "", **fields):
    """The form of a new list, sent."""
    file = SimpleUploadedFile(name, text.encode(), "text/csv")
    return client.post(f"/lists/new/{query}", {"file": file, "title": TITLE, **fields})


@pytest.mark.parametrize("lang", ["zh-hans", "en"])
def test_a_department_takes_a_list_over_in_the_browser(lang):
    """“A department imports official lists”: handed in, looked through, a near name chosen, previewed, taken over, dropped."""
    member, firm = reviewer(), make_firm(name="海宁晶微智能科技有限公司")
    client = browser(member, lang)
    text = f"企业名称,税号\n海宁晶微智能科技公司,\n{firm.name},{firm.uscc}\n"
    fields = {"value-title": "cdo_pilot", "value-level": "provincial", "issued_on": "2026-06-01"}
    assert "value-title" in client.get("/lists/new/?type=recognition").content.decode()
    answer = upload(client, text, query="?type=recognition", **fields)
    listed = OfficialList.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/lists/{listed.pk}/")
    page = client.get(f"/lists/{listed.pk}/").content.decode()
    assert firm.name in page and "100%" in page
    near = listed.rows.get(match="near")
    part = client.post(f"/lists/{listed.pk}/rows/{near.pk}/choose/", {"firm": firm.pk}, headers={"HX-Request": "true"})
    assert part.status_code == 200 and f'id="row-{near.pk}"' in part.content.decode()
    page = client.get(f"/lists/{listed.pk}/preview/").content.decode()
    assert f"/lists/{listed.pk}/take/" in page
    client.post(f"/lists/{listed.pk}/take/")
    assert Fact.objects.standing().count() == 1  # both rows say the same of the same firm
    assert client.get(f"/lists/{listed.pk}/download/").getvalue().decode() == text
    client.post(f"/lists/{listed.pk}/drop/", {"why": "wrong"})
    assert not Fact.objects.standing().exists()


def test_a_firm_is_registered_in_the_browser():
    """An unknown firm is registered from its row; what is wrong stands on the form."""
    member, uscc = reviewer(), make_uscc(8123)
    client = browser(member)
    listed = csv_list(member, HEAD + f"{uscc},海宁新来智能科技有限公司,数智优品,省级,\n")
    url = f"/lists/{listed.pk}/rows/{listed.rows.get().pk}/register/"
    assert uscc in client.get(url).content.decode()
    given = {"name": "海宁新来智能科技有限公司", "industry": "Z9", "division": "330481", "town": ""}
    assert client.post(url, given).status_code == 422
    assert client.post(url, {**given, "industry": "I6513"}).status_code == 302
    assert Firm.objects.get(uscc=uscc).name == given["name"]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"title": ""}, "This field is required"),
        ({"issued_on": "2126-01-01"}, "lies in the future"),
        ({"file": ""}, "This field is required"),
    ],
)
def test_a_form_that_is_not_right_says_so_and_keeps_nothing(fields, said):
    """Bad input: a clear sentence, nothing lost and nothing kept."""
    client = browser(reviewer())
    answer = upload(client, "企业名称\n", query="?type=recognition", **fields)
    assert answer.status_code == 422 and said in answer.content.decode()
    assert not OfficialList.objects.exists()


def test_pages_of_lists_do_not_grow_in_queries_with_their_rows():
    """“No list page grows in queries with its rows.”"""
    member = reviewer()
    client, asked = browser(member), []
    make_firm(name="海宁晶微智能科技有限公司")
    for count in (3, 20):
        rows = "".join(f",海宁晶微智能科技{chr(0x4E00 + n)}公司,数智优品,省级,\n" for n in range(count))
        listed = csv_list(member, HEAD + rows, title=f"{count}")
        client.get(f"/lists/{listed.pk}/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/lists/{listed.pk}/").status_code == 200
        asked.append(len(queries))
    assert asked[0] == asked[1]
    client.get("/lists/")
    with CaptureQueriesContext(connection) as few:
        client.get("/lists/")
    for number in range(5):
        csv_list(member, HEAD + f",{number},数智优品,省级,\n", title=f"more {number}")
    with CaptureQueriesContext(connection) as many:
        client.get("/lists/")
    assert len(few) == len(many)


def test_somebody_elses_list_is_not_there():
    """What somebody may not see is a 404, never a hint that it exists."""
    listed = csv_list(reviewer(), HEAD + ",甲,数智优品,省级,\n")
    other = browser(make_member("reviewer", department=make_department("市科技局")))
    for path in ("", "preview/", "progress/", "download/"):
        assert other.get(f"/lists/{listed.pk}/{path}").status_code == 404
    for path in ("take/", "drop/", "alike/", "register/"):
        assert other.post(f"/lists/{listed.pk}/{path}").status_code == 404


def test_work_that_hangs_can_be_begun_again():
    """A worker that is gone leaves a list that says so after ten minutes, and can be begun again."""
    member = reviewer()
    client = browser(member)
    listed = csv_list(member, _many(1200), title="long")
    assert "hx-get" in client.get(f"/lists/{listed.pk}/").content.decode()
    client.post(f"/lists/{listed.pk}/again/")
    OfficialList.objects.filter(pk=listed.pk).update(began_at=timezone.now() - timedelta(minutes=11))
    assert f"/lists/{listed.pk}/again/" in client.get(f"/lists/{listed.pk}/").content.decode()
    client.post(f"/lists/{listed.pk}/again/")
    listed.refresh_from_db()
    assert not takeover.is_gone(listed)
    tasks.check(listed.pk)
    assert client.get(f"/lists/{listed.pk}/progress/")["HX-Refresh"] == "true"
    assert client.get(f"/lists/{listed.pk}/?part=found&page=3").status_code == 200


def test_finance_hands_in_what_was_paid():
    """Finance has its own page and its own form; the office looks."""
    finance, firm = make_member("finance"), make_firm()
    client = browser(finance)
    answer = upload(
        client, f"税号,发票号码,金额\n{firm.uscc},26332000000447829611,100\n", **{"value-benefit": "省补", "issued_on": "2026-02-01"}
    )
    assert answer.status_code == 302
    listed = OfficialList.objects.get()
    client.post(f"/lists/{listed.pk}/take/")
    assert Received.objects.get().amount == 10000
    assert "100.00" in browser(make_member("office")).get("/lists/received/").content.decode()
    assert browser(make_member("office")).post(f"/lists/{listed.pk}/drop/", {"why": "x"}).status_code == 302
    assert Received.objects.standing().count() == 1
