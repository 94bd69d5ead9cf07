"""Red invoices are taken off the lines that they correct: never below zero, never lost, whatever the order of the files."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from evidence_kit import FIRM, SELLER, item, paper
from hypothesis import given
from hypothesis import strategies as st
from papers import digital_xml, ofd_digital, package, yuan
from printing import pdf

from chaoce.evidence.invoice import Invoice, Line, Party
from chaoce.evidence.ledger import settle

BLUE = "26332000000000000001"
CARD = {"name": "*信息技术服务*算力", "quantity": "10", "price": "100"}
NODE = {"name": "*信息技术服务*存储", "rate": "0.13"}


def red(*items, number: int = 2, **more):
    return paper(number, *items, **{"original": BLUE, "date": "2026-04-01", **more})


def test_a_part_is_taken_off_its_line(folder) -> None:
    folder.put("blue.xml", digital_xml(paper(1, item(**CARD), item("500.00", "65.00", **NODE))))
    folder.put("red.xml", digital_xml(red(item("-500.00", "-65.00", **NODE), item("-300.00", "-18.00", **{**CARD, "quantity": "-3"}))))
    evidence = folder.read()
    assert folder.paid() == {f"{BLUE}-1": "700.00"}
    assert evidence.complete
    assert evidence.facts["facts"][0]["evidence"]["tax"] == "42.00"
    assert [line.state for line in evidence.lines] == ["claimed", "reversed"]


def test_two_red_invoices_add_up(folder) -> None:
    folder.put("a.xml", digital_xml(paper()))
    for number in (2, 3):
        folder.put(f"{number}.xml", digital_xml(red(item("-300.00", "-18.00"), number=number)))
    assert folder.paid() == {f"{BLUE}-1": "400.00"}


def test_a_red_invoice_in_two_carriers_counts_once(folder) -> None:
    made = red(item("-300.00", "-18.00"))
    folder.put("a.xml", digital_xml(paper())).put("r.xml", digital_xml(made)).put("r.pdf", pdf(made)).put("r.ofd", ofd_digital(made))
    assert folder.paid() == {f"{BLUE}-1": "700.00"}
    assert folder.codes().count("copy.same") == 2


def test_more_than_there_is_takes_all_and_is_said(folder) -> None:
    folder.put("a.xml", digital_xml(paper())).put("r.xml", digital_xml(red(item("-1200.00", "-72.00"))))
    evidence = folder.read()
    assert folder.paid() == {}
    (finding,) = [finding for finding in evidence.findings if finding.code == "red.exceeds"]
    assert (finding.particulars["net"], finding.particulars["tax"]) == ("200.00", "12.00")
    assert not evidence.complete


def test_what_fits_no_line_is_taken_from_lines_that_count_first(folder) -> None:
    """Of a router that is not claimed and computing power that is, an unnamed rebate lessens the computing power."""
    router = item("500.00", "65.00", **{**NODE, "name": "*电子计算机*路由器"})
    folder.yaml(
        folder_yaml(
            "  - for: {item: 路由器}\n    ignore: yes\n  - for: {item: 算力}\n    类型: 算力购买\n    算力种类: 智算\n    用途: 模型训练\n"
        )
    )
    folder.put("a.xml", digital_xml(paper(1, router, item())))
    folder.put("r.xml", digital_xml(red(item("-100.00", "-6.00", name="*信息技术服务*折让"))))
    assert folder.paid() == {f"{BLUE}-2": "900.00"}
    assert "red.spread" in folder.codes()


def folder_yaml(lines: str) -> str:
    from evidence_kit import YAML

    return YAML + "lines:\n" + lines


def test_alike_lines_are_told_apart_by_price_then_amount_then_order(folder) -> None:
    items = [
        item("1000.00", "60.00", quantity="1", price="1000"),
        item("400.00", "24.00", quantity="1", price="400"),
        item("400.00", "24.00"),
    ]
    folder.put("a.xml", digital_xml(paper(1, *items)))
    folder.put("r.xml", digital_xml(red(item("-400.00", "-24.00", quantity="-1", price="400"), item("-150.00", "-9.00"))))
    assert folder.paid() == {f"{BLUE}-1": "850.00", f"{BLUE}-3": "400.00"}


def test_a_discount_lessens_the_line_before_it(folder) -> None:
    """折扣: a negative line behind the line of the same name, in blue; given back by a positive line, in red."""
    folder.put(
        "a.xml", digital_xml(paper(1, item("1000.00", "60.00"), item("-100.00", "-6.00"), item("50.00", "3.00", name="*信息技术服务*存储")))
    )
    assert folder.paid() == {f"{BLUE}-1": "900.00", f"{BLUE}-3": "50.00"}
    folder.put("r.xml", digital_xml(red(item("-1000.00", "-60.00"), item("100.00", "6.00"))))
    assert folder.paid() == {f"{BLUE}-3": "50.00"}
    assert "red.exceeds" not in folder.codes()


@pytest.mark.parametrize("fault", ["totals", "unread", "copies", "parties", "remark", "custom"])
def test_a_red_invoice_in_doubt_holds_its_blue_one(folder, fault: str) -> None:
    """What a faulty red invoice takes is not known, so what it corrects is not claimed either."""
    folder.put("a.xml", digital_xml(paper()))
    made = red(item("-300.00", "-18.00"))
    if fault == "totals":
        folder.put("r.xml", digital_xml(replace(made, totals={"net": "-301.00"})))
    elif fault == "unread":
        folder.put("r.xml", digital_xml(made).replace(b"<Amount>-300.00", b"<Amount>-3e2"))
    elif fault == "remark":  # it names one blue invoice in its field and another in its remark: both are held
        folder.put("r.xml", digital_xml(replace(made, original=paper(9).number, remark=f"被红冲蓝字数电票号码:{BLUE}")))
    elif fault == "custom":  # the summary of the package was changed
        folder.put("r.ofd", rezipped(ofd_digital(made), b'">-300.00<', b'">-200.00<'))
    elif fault == "copies":
        folder.put("r.xml", digital_xml(made)).put("r2.xml", digital_xml(red(item("-200.00", "-12.00"))))
    else:
        folder.put("r.xml", digital_xml(replace(made, seller=("91330402MA2TEKT41Q", "嘉兴示例超算中心有限公司"))))
    assert folder.paid() == {}
    assert "red.faulty" in folder.codes()


def rezipped(data: bytes, old: bytes, new: bytes) -> bytes:
    """A package with words of its OFD.xml replaced."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    assert old in parts["OFD.xml"]
    return package({**parts, "OFD.xml": parts["OFD.xml"].replace(old, new)})


def test_copies_that_differ_are_both_left_out(folder) -> None:
    folder.put("a.xml", digital_xml(paper())).put("b.pdf", pdf(paper(1, item("999.00", "59.94"))))
    assert folder.paid() == {}
    assert folder.codes().count("copy.differs") == 1


def test_the_copy_with_lines_serves_the_one_without(folder) -> None:
    bare = ofd_digital(paper(1, item(name="(详见销货清单)")), tagged=False)
    folder.put("a.ofd", bare).put("b.pdf", pdf(paper()))
    evidence = folder.read()
    assert folder.paid() == {f"{BLUE}-1": "1000.00"}
    assert evidence.complete
    assert evidence.copies == {"a.ofd": "b.pdf"}


def test_2019_red_names_code_and_number(folder) -> None:
    blue = paper("10260001", code="033002500113")
    made = paper("10260002", item("-100.00", "-6.00"), code="033002500113", remark="对应正数发票代码:033002500113 号码:10260001")
    from papers import ofd_2019

    folder.put("a.ofd", ofd_2019(blue)).put("b.ofd", ofd_2019(made))
    assert folder.paid() == {"033002500113-10260001-1": "900.00"}


# whatever the invoices

names = st.sampled_from(["甲", "乙", "丙"])
rates = st.sampled_from([Fraction(6, 100), Fraction(13, 100)])


def invoice(number: int, amounts: list[tuple[str, Fraction, int]], sign: int, original: str | None) -> Invoice:
    lines = tuple(Line(n, name, sign * net, sign * round(net * rate), rate) for n, (name, rate, net) in enumerate(amounts, 1))
    net, tax = sum(line.net for line in lines), sum(line.tax for line in lines)
    key = f"{number:020d}"
    return Invoice(
        "digital_xml",
        f"{number}.xml",
        key,
        date(2026, 1, number),
        "special",
        sign < 0,
        Party(*SELLER),
        Party(*FIRM),
        lines,
        net,
        tax,
        net + tax,
        "",
        original,
    )


amounts = st.lists(st.tuples(names, rates, st.integers(1, 10_000)), min_size=1, max_size=5)


@given(amounts, st.lists(amounts, max_size=3), st.randoms(use_true_random=False))
def test_nothing_below_zero_and_nothing_lost(blue_lines, red_lists, shuffle) -> None:
    blue = invoice(1, blue_lines, 1, None)
    reds = [invoice(n, lines, -1, blue.key) for n, lines in enumerate(red_lists, 2)]
    invoices = [blue, *reds]
    ledger = settle(invoices, lambda _: False, lambda _, line: line.item == "甲")
    assert all(entry.net >= 0 and entry.tax >= 0 for entry in ledger.entries)
    for part in ("net", "tax"):
        left = sum(getattr(entry, part) for entry in ledger.entries)
        exceeding = sum(_fen(f.particulars[part]) for f in ledger.findings if f.code == "red.exceeds")
        assert left == getattr(blue, part) + sum(getattr(red, part) for red in reds) + exceeding
    shuffle.shuffle(invoices)
    again = settle(invoices, lambda _: False, lambda _, line: line.item == "甲")
    assert [(e.line.number, e.net, e.tax) for e in again.entries] == [(e.line.number, e.net, e.tax) for e in ledger.entries]


def _fen(text: object) -> int:
    return round(Fraction(str(text)) * 100)


def test_yuan_of_the_makers_is_exact() -> None:
    assert yuan(-105) == "-1.05"
