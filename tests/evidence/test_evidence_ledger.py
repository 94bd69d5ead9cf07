"""Red invoices are taken off the lines that they correct: never below zero, never lost, whatever the order of the files."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from evidence_kit import FIRM, SELLER, item, paper
from hypothesis import assume, given
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


def unknown_kind(made) -> bytes:
    data = digital_xml(made)
    for word in (b"01", b"02"):
        data = data.replace(b"<LabelCode>" + word + b"</LabelCode></GeneralOrSpecialVAT>", b"<LabelCode/></GeneralOrSpecialVAT>")
    return data


def chinese_xml(made) -> str:
    """The same invoice with Chinese tags; a party without a tax id has no tag for it."""
    fields = {
        "发票号码": made.number,
        "发票种类": "专用发票" if made.special else "普通发票",
        "开票日期": made.date,
        "销售方纳税人识别号": made.seller[0],
        "销售方名称": made.seller[1],
        "购买方纳税人识别号": made.buyer[0],
        "购买方名称": made.buyer[1],
        "合计金额": made.net,
        "合计税额": made.tax,
        "价税合计": made.gross,
        "备注": made.note,
    }
    lines = [
        {"项目名称": i.name, "规格型号": i.spec, "税收分类编码": i.code, "金额": i.net, "税率": i.rate, "税额": i.tax} for i in made.items
    ]
    return f"<发票>{tags(fields)}{''.join(f'<明细>{tags(line)}</明细>' for line in lines)}</发票>"


def tags(fields: dict[str, str]) -> str:
    return "".join(f"<{name}>{value}</{name}>" for name, value in fields.items() if value)


CODE = "3040201000000000000"
DIFFERENT = {
    "kind": (paper(), paper(special=False)),
    "item": (paper(), paper(1, item(name="*信息技术服务*路由器"))),
    "code": (paper(1, item(code=CODE)), paper(1, item(code="109" + CODE[3:]))),
    "model": (paper(1, item(spec="A100")), paper(1, item(spec="H800"))),
    "seller": (paper(), paper(seller=("", "别家公司"))),
    "buyer": (paper(), paper(buyer=("", "别家公司"))),
    "a nameless buyer": (paper(buyer=(FIRM[0], "")), paper(buyer=("", "别家公司"))),
}


@pytest.mark.parametrize("what", DIFFERENT)
@pytest.mark.parametrize("make", [digital_xml, chinese_xml], ids=["one carrier", "two carriers"])
def test_copies_that_differ_in_what_decides_are_left_out(folder, what: str, make) -> None:
    """If the copies differ in kind, party or line, or one names a buyer that is not the firm, none of them is used, whatever
    the files are called."""
    one, other = DIFFERENT[what]
    for names in (("a.xml", "b.xml"), ("b.xml", "a.xml")):
        folder.put(names[0], digital_xml(one)).put(names[1], make(other))
        assert folder.paid() == {}
        assert {"copy.differs", "buyer.other"} & set(folder.codes())
        assert not folder.read().complete


def test_what_says_the_same_in_other_letters_is_no_difference(folder) -> None:
    """Names of items and parties are compared without blanks, with one width and one case of letters."""
    folder.put("a.xml", digital_xml(paper(1, item(name="*信息技术服务*GPU算力(年)"), buyer=("", "海宁示例智造(杭州)有限公司"))))
    folder.put("b.xml", digital_xml(paper(1, item(name="*信息技术服务*ＧＰＵ 算力（年）"), buyer=("", "海宁示例智造（杭州）有限公司"))))
    assert "copy.same" in folder.codes()


def test_what_the_best_copy_lacks_is_filled_in(folder) -> None:
    """What the copy that is used lacks (kind, blue number, party) is filled in from the others."""
    folder.put("a.xml", unknown_kind(paper(special=False))).put("b.xml", chinese_xml(paper(special=False)))
    assert folder.paid() == {f"{BLUE}-1": "1060.00"}
    assert "basis.unknown" not in folder.codes()
    made = red(item("-300.00", "-18.00"), special=False)
    folder.put("r1.xml", digital_xml(replace(made, original="", remark=""))).put("r2.xml", chinese_xml(made))
    assert folder.paid() == {f"{BLUE}-1": "742.00"}
    assert folder.read().complete


def test_two_copies_that_fill_the_same_gap_differently_differ(folder) -> None:
    """Copies differ if any two of them do, also where the one that would be used says nothing."""
    folder.put("a.xml", unknown_kind(paper())).put("b.xml", chinese_xml(paper())).put("c.xml", chinese_xml(paper(special=False)))
    assert folder.paid() == {}
    assert folder.codes().count("copy.differs") == 1


def test_a_buyer_that_only_a_copy_names_is_checked(folder) -> None:
    """What a dropped copy says against the firm does not disappear: a tax id that only it has is checked."""
    folder.put("a.xml", digital_xml(paper(buyer=("", FIRM[1])))).put("b.xml", chinese_xml(paper(buyer=(SELLER[0], FIRM[1]))))
    assert folder.paid() == {}
    assert "buyer.other" in folder.codes()


def test_every_blue_that_a_disputed_red_names_is_held(folder) -> None:
    """If the copies of a red invoice name several blue ones, none of these is used."""
    made = red(item("-300.00", "-18.00"), number=9)
    folder.put("1.xml", digital_xml(paper(1))).put("3.xml", digital_xml(paper(3))).put("4.xml", digital_xml(paper(4)))
    folder.put("r1.xml", digital_xml(made)).put("r2.xml", digital_xml(replace(made, original=paper(3).number)))
    assert folder.paid() == {f"{paper(4).number}-1": "1000.00"}
    assert folder.codes().count("red.faulty") == 2


@pytest.mark.parametrize(
    ("nets", "left"),
    [(("-100.00", "-50.00", "120.00"), "970.00"), (("20.00", "-120.00"), "900.00"), (("-100.00", "30.00", "20.00"), "950.00")],
)
def test_a_red_invoice_takes_its_total(folder, nets: tuple[str, ...], left: str) -> None:
    """What the line before a positive red line cannot bear is carried to the other red lines: the takings add up to the total."""
    folder.put("a.xml", digital_xml(paper())).put("r.xml", digital_xml(red(*map(at_six, nets))))
    assert folder.paid() == {f"{BLUE}-1": left}
    assert folder.read().complete


def at_six(net: str):
    """A line of this net amount at 6 %."""
    return item(net, yuan(round(Fraction(net) * 6)))


def test_a_whole_invoice_with_discounts_is_reversed(folder) -> None:
    """A red invoice with the lines of its blue one, turned round, leaves nothing and takes nothing too much."""
    nets = ("100.00", "50.00", "-120.00")
    folder.put("a.xml", digital_xml(paper(1, *map(at_six, nets))))
    folder.put("r.xml", digital_xml(red(*(at_six(yuan(round(-100 * Fraction(net)))) for net in nets))))
    assert folder.paid() == {}
    assert folder.read().complete
    assert not {"red.exceeds", "red.spread"} & set(folder.codes())


@pytest.mark.parametrize(("ignored", "kept"), [(1, 2), (2, 1)])
def test_an_ambiguous_red_line_lessens_what_counts_and_is_named(folder, ignored: int, kept: int) -> None:
    """A red line that fits several lines equally is taken off first from lines that are to become facts, and is named."""
    folder.yaml(
        folder_yaml(
            f"  - for: {{line: {ignored}}}\n    ignore: yes\n"
            "  - for: {item: 算力}\n    类型: 算力购买\n    算力种类: 智算\n    用途: 模型训练\n"
        )
    )
    folder.put("a.xml", digital_xml(paper(1, item(), item()))).put("r.xml", digital_xml(red(item("-300.00", "-18.00"))))
    assert folder.paid() == {f"{BLUE}-{kept}": "700.00"}
    assert "red.spread" in folder.codes()


def test_equal_lines_that_are_all_reversed_are_not_named(folder) -> None:
    """A red line that fits several lines equally is not named where nothing is left of any of them."""
    folder.put("a.xml", digital_xml(paper(1, item(), item())))
    folder.put("r.xml", digital_xml(red(item("-1000.00", "-60.00"), item("-1000.00", "-60.00"))))
    assert folder.paid() == {}
    assert "red.spread" not in folder.codes()


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


signed = st.lists(st.tuples(names, rates, st.integers(-10_000, 10_000)), min_size=1, max_size=6)


@given(amounts, signed)
def test_the_takings_add_up_to_minus_the_red_total(blue_lines, red_lines) -> None:
    """What a red invoice takes, with what it takes too much, is minus its total, whatever its positive lines; it never gives."""
    blue, made = invoice(1, blue_lines, 1, None), invoice(2, red_lines, -1, f"{1:020d}")
    made = replace(made, red=True)
    ledger = settle([blue, made], lambda _: False, lambda _, line: line.item == "甲")
    for place, part in enumerate(("net", "tax"), 1):
        taken = sum(entry[place] for line in ledger.entries for entry in line.taken)
        exceeding = sum(_fen(f.particulars[part]) for f in ledger.findings if f.code == "red.exceeds")
        assert taken + exceeding == max(0, -getattr(made, part))


@given(signed)
def test_any_invoice_is_reversed_by_its_own_lines(lines) -> None:
    """A red invoice with the lines of its blue one, turned round, leaves nothing and takes nothing too much."""
    blue = invoice(1, lines, 1, None)
    assume(blue.net >= 0 and blue.tax >= 0)
    ledger = settle([blue, invoice(2, lines, -1, blue.key)], lambda _: False, lambda _, __: True)
    assert not any(entry.net or entry.tax for entry in ledger.entries)
    assert "red.exceeds" not in {finding.code for finding in ledger.findings}


def _fen(text: object) -> int:
    return round(Fraction(str(text)) * 100)


def test_yuan_of_the_makers_is_exact() -> None:
    assert yuan(-105) == "-1.05"
