"""Titles and other facts come from CSV and XLSX, with the contract's names in either language; every fault names its cell."""

from __future__ import annotations

import datetime
import io

import pytest
from papers import xlsx

CHINESE = """编号,类型,日期,称号,级别,新认定
r1,称号、备案或名单,2026年6月1日,人工智能应用标杆企业,国家级,是
r2,称号、备案或名单,2026/5/12,智算云企,省级,否
"""
ENGLISH = """id,type,date,title,level,new
r1,recognition,2026-06-01,ai_benchmark_enterprise,national,yes
r2,recognition,2026-05-12,intelligent_cloud_enterprise,provincial,false
"""
MIXED = """level,title,新认定,编号,事实类型,日期
国家级,ai_benchmark_enterprise,true,r1,recognition,2026-06-01
provincial,智算云企,no,r2,称号、备案或名单,2026-05-12
"""
EXPECTED = [
    {"id": "r2", "type": "recognition", "date": "2026-05-12", "title": "intelligent_cloud_enterprise", "level": "provincial", "new": False},
    {"id": "r1", "type": "recognition", "date": "2026-06-01", "title": "ai_benchmark_enterprise", "level": "national", "new": True},
]


def facts(folder) -> list[dict]:
    return [{key: value for key, value in fact.items() if key != "evidence"} for fact in folder.read().facts["facts"]]


@pytest.mark.parametrize("text", [CHINESE, ENGLISH, MIXED])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_names_and_values_in_either_language(folder, text: str, encoding: str) -> None:
    folder.put("称号.csv", text.encode(encoding))
    assert facts(folder) == EXPECTED
    assert folder.read().complete


def test_xlsx_written_by_others(folder) -> None:
    """A workbook as openpyxl writes it: real dates, figures, flags; two sheets, one named after its type, one hidden."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "投资和技术改造项目"
    sheet.append(["编号", "日期", "生产性投入(不含土建)", "属人工智能领域", "生产性设备投入"])
    sheet.append(["t1", datetime.date(2026, 9, 30), 19999999, True, 16800000.5])
    other = book.create_sheet("别的")
    other.append(["类型", "日期", "数据产品", "取得登记证书", "全年交易额"])
    other.append([])
    other.append(["数据产品年度交易额", datetime.datetime(2026, 12, 31), "纱线质检数据", "是", "3000000.00"])
    hidden = book.create_sheet("草稿")
    hidden.append(["随便", "写写"])
    hidden.sheet_state = "hidden"
    file = io.BytesIO()
    book.save(file)
    folder.put("项目.xlsx", file.getvalue())
    assert [finding.say("en") for finding in folder.read().findings if finding.code != "answer.unused"] == []
    assert facts(folder) == [
        {
            "id": "t1",
            "type": "investment_project",
            "date": "2026-09-30",
            "productive_investment": "19999999",
            "ai_field": True,
            "equipment": "16800000.5",
        },
        {
            "id": "项目-别的-3",
            "type": "data_product_year",
            "date": "2026-12-31",
            "product": "纱线质检数据",
            "registered": True,
            "sales": "3000000.00",
        },
    ]


def test_a_row_says_where_it_stood(folder) -> None:
    folder.put("a/称号.csv", CHINESE)
    assert [fact["evidence"] for fact in folder.read().facts["facts"]] == [
        {"file": "a/称号.csv", "row": 3},
        {"file": "a/称号.csv", "row": 2},
    ]


def test_matters_are_joined_by_a_bar(folder) -> None:
    folder.put(
        "a.csv",
        "类型,日期,事项,实际合作支出\n人工智能合作支出,2026-04-01,invoice:1#1|contract:7,5.00\n人工智能合作支出,2026-04-02,contract:8,6.00\n",
    )
    assert [fact["matter"] for fact in facts(folder)] == [["invoice:1#1", "contract:7"], "contract:8"]
    assert [fact["id"] for fact in facts(folder)] == ["a-2", "a-3"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("编号,类型,日期,称号,级别\nr1,recognition,2026-02-30,智算云企,省级\n", "称号.csv:2: 日期: '2026-02-30' is no day"),
        ("编号,类型,日期,称号,级别\nr1,recognition,2026-02-03,智算云,省级\n", "称号.csv:2: 称号: no value '智算云'"),
        ("编号,类型,日期,称号,级别\nr1,recognition,2026-02-03,智算云企,\n", "称号.csv:2: level: 'level' is missing"),
        ("编号,类型,日期,称号,级别\nr1,荣誉,2026-02-03,智算云企,省级\n", "称号.csv:2: 类型: no fact type '荣誉'"),
        ("编号,类型,日期,称号,级别,新认定\nr1,recognition,2026-02-03,智算云企,省级,也许\n", "称号.csv:2: 新认定: should be true or false"),
        ('编号,类型,日期,实际合作支出\nr1,ai_cooperation,2026-02-03,"1,200.00"\n', "称号.csv:2: 实际合作支出: '1,200.00' is no amount"),
        (
            "编号,类型,日期,称号,级别,实际合作支出\nr1,recognition,2026-02-03,智算云企,省级,5.00\n",
            "称号.csv:2: 实际合作支出: a recognition has no field",
        ),
        ("编号,类型,日期,事项,实际合作支出\nr1,ai_cooperation,2026-02-03,a#b#c,5.00\n", "称号.csv:2: 事项: 'a#b#c' is no matter"),
    ],
)
def test_a_fault_names_file_row_and_column(folder, text: str, said: str) -> None:
    folder.put("称号.csv", text)
    found = [finding.say("en") for finding in folder.read().findings if finding.severity == "fault"]
    assert len(found) == 1
    assert found[0].startswith(said)
    assert facts(folder) == []


def test_rows_that_contradict_each_other_are_both_left_out(folder) -> None:
    """One id for two facts, or one product twice in a year: which is right is not guessed; the third row stands."""
    folder.put(
        "a.csv",
        "编号,类型,日期,称号,级别\nr1,recognition,2026-02-03,智算云企,省级\nr1,recognition,2026-02-03,浙江数商,省级\nr3,recognition,2026-02-03,dcmm_pilot,省级\n",
    )
    head = "编号,类型,日期,数据产品,取得登记证书,全年交易额\n"
    folder.put("b.csv", head + "s1,data_product_year,2026-12-31,甲,是,5.00\ns2,data_product_year,2026-12-31,甲,是,6.00\n")
    assert [fact["id"] for fact in facts(folder)] == ["r3"]
    rows = {(finding.file, finding.row) for finding in folder.read().findings if finding.severity == "fault"}
    assert rows == {("a.csv", 2), ("a.csv", 3), ("b.csv", 2), ("b.csv", 3)}


def test_a_row_with_the_id_of_an_invoice_line_is_left_out(folder) -> None:
    from evidence_kit import paper
    from papers import digital_xml

    folder.put("a.xml", digital_xml(paper()))
    folder.put("b.csv", "编号,类型,日期,称号,级别\n26332000000000000001-1,recognition,2026-02-03,智算云企,省级\n")
    assert [fact["type"] for fact in facts(folder)] == ["compute_purchase"]
    assert any(finding.file == "b.csv" and "used twice" in finding.say("en") for finding in folder.read().findings)


@pytest.mark.parametrize(
    ("value", "exact"),
    [(820000, "820000"), (0.1, "0.1"), (1234567.89, "1234567.89"), (12.345, None), (0.1 + 0.2, None), (1e20, None), (-5, None)],
)
def test_a_figure_is_money_only_where_it_is_exact(folder, value: float, exact: str | None) -> None:
    folder.put("a.xlsx", xlsx([["编号", "类型", "日期", "实际合作支出"], ["k", "ai_cooperation", "2026-04-01", value]]))
    found = facts(folder)
    assert [fact["paid"] for fact in found] == ([exact] if exact else [])


def test_a_long_number_in_a_cell_is_not_a_certificate_number(folder) -> None:
    """Beyond fifteen digits a spreadsheet has already rounded the number."""
    rows = [
        ["编号", "类型", "日期", "证书编号"],
        ["k", "data_ip_certificate", "2026-04-01", 330481202600000017],
        ["l", "data_ip_certificate", "2026-04-01", 33048120260001],
    ]
    folder.put("a.xlsx", xlsx(rows))
    assert [fact["number"] for fact in facts(folder)] == ["33048120260001"]
