"""An invoice is the same invoice whatever carried it: XML, OFD with or without attachment, PDF."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest
from evidence_kit import FIRM, SAMPLES, SELLER, item, needs_samples, paper
from hypothesis import given
from hypothesis import strategies as st
from papers import Item, Paper, digital_xml, fen, ofd_2019, ofd_digital, percent, xml_2019, yuan
from printing import pdf

from chaoce.evidence.draft import blue_of
from chaoce.evidence.findings import Refused
from chaoce.evidence.form import Fragment, read_form
from chaoce.evidence.invoice import from_json, to_json
from chaoce.evidence.reading import read_bytes

THREE = (
    Item("*生产生活服务*技术服务费", "9433.96", "566.04", "0.06", "", "项", "1", "9433.96226415094"),
    Item("*电子计算机*边缘计算小站及其配套的机柜和线缆", "8849.56", "1150.44", "0.13", "示例型号A", "套", "2", "4424.77876106195"),
    Item("*电子计算机*路由器", "592.92", "77.08", "0.13", "型号 B-2", "台", "1", "592.920353982301"),
)
MAKERS = {
    "digital_xml": (digital_xml, "a.xml"),
    "ofd_digital": (ofd_digital, "a.ofd"),
    "ofd_form": (lambda made: ofd_digital(made, tagged=False), "a.ofd"),
    "pdf": (pdf, "a.pdf"),
}


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("rows", [8, 1])
def test_every_carrier_gives_the_same_lines(maker: str, rows: int) -> None:
    made = paper(1, *THREE)
    make, name = MAKERS[maker]
    data = {"ofd_digital": lambda: ofd_digital(made, rows), "pdf": lambda: pdf(made, rows)}.get(maker, lambda: make(made))()
    invoice = read_bytes(data, name)
    assert (invoice.key, invoice.date, invoice.kind, invoice.red) == (made.number, date(2026, 3, 18), "special", False)
    assert (invoice.seller.id, invoice.seller.name) == SELLER
    assert (invoice.buyer.id, invoice.buyer.name) == FIRM
    assert (invoice.net, invoice.tax, invoice.gross) == (1887644, 179356, 2067000)
    assert [(line.number, line.item, line.net, line.tax, line.rate) for line in invoice.lines] == [
        (n, made.name, fen(made.net), fen(made.tax), Fraction(made.rate)) for n, made in enumerate(THREE, 1)
    ]
    assert [(line.quantity, line.price) for line in invoice.lines] == [(Fraction(i.quantity), Fraction(i.price)) for i in THREE]
    assert [line.spec.replace(" ", "") for line in invoice.lines] == ["", "示例型号A", "型号B-2"]


def test_2019_ofd_and_its_xml_alone_agree() -> None:
    made = paper("10260001", *THREE, code="033002500113")
    one, other = read_bytes(ofd_2019(made), "a.ofd"), read_bytes(xml_2019(made), "a.xml")
    assert one.key == "033002500113-10260001"
    assert one.kind == "special"
    assert replace(one, carrier="", file="") == replace(other, carrier="", file="")


@pytest.mark.parametrize("encoding", ["gb18030", "gbk", "utf-16"])
def test_xml_in_a_declared_encoding(encoding: str) -> None:
    """GB18030, GBK and UTF-16 are read by what the file declares; UTF-8 with a byte order mark as well."""
    expected = read_bytes(digital_xml(paper()), "a.xml")
    assert read_bytes(digital_xml(paper(), encoding), "a.xml") == expected
    assert read_bytes(b"\xef\xbb\xbf" + digital_xml(paper()), "a.xml") == expected


def test_a_file_is_known_by_its_content() -> None:
    """A wrong extension does not matter."""
    for make, name in MAKERS.values():
        data = make(paper())
        assert read_bytes(data, "download.bin") == replace(read_bytes(data, name), file="download.bin")


def test_red_xml_pdf_and_ofd_name_their_blue_one() -> None:
    red = paper(2, item("-400.00", "-24.00", quantity="-1", price="400"), original=paper().number)
    for make, name in MAKERS.values():
        invoice = read_bytes(make(red), name)
        assert (invoice.red, invoice.original, invoice.net) == (True, paper().number, -40000)
        assert invoice.lines[0].net == -40000


@pytest.mark.parametrize(
    ("remark", "blue"),
    [
        ("被红冲蓝字数电票号码:26332000000000000017 红字发票信息确认单编号:33010626062000000001", "26332000000000000017"),
        ("被红冲蓝字数电发票号码\uff1a26332000000000000017", "26332000000000000017"),
        ("对应正数发票代码:050003521270 号码:69023540", "050003521270-69023540"),
        ("对应正数发票代码\uff1a3300211130号码\uff1a69023540,开具红字", "3300211130-69023540"),
        ("红字发票信息确认单编号:33010626062000000001", ""),
        ("被红冲蓝字数电票号码:263320000000000000171", ""),
    ],
)
def test_remarks_that_name_a_blue_invoice(remark: str, blue: str) -> None:
    assert blue_of(remark) == blue


def test_chinese_tags() -> None:
    text = """<?xml version="1.0" encoding="UTF-8"?><电子发票><发票类型>电子发票(增值税专用发票)</发票类型>
    <发票号码>26332000000000000001</发票号码><开票日期>2026年03月18日</开票日期>
    <购买方><购买方名称>海宁示例智造有限公司</购买方名称><购买方纳税人识别号>91330481MA2TEKT025</购买方纳税人识别号></购买方>
    <销售方><销售方名称>杭州示例智算服务有限公司</销售方名称><销售方纳税人识别号>91330106MA2TEKT29R</销售方纳税人识别号></销售方>
    <明细><项目名称>*信息技术服务*算力服务</项目名称><数量>1</数量><单价>1000</单价><金额>1000.00</金额><税率>6%</税率><税额>60.00</税额></明细>
    <合计金额>1000.00</合计金额><合计税额>60.00</合计税额><价税合计>1060.00</价税合计></电子发票>"""
    expected = read_bytes(digital_xml(paper(1, item(quantity="1", price="1000"))), "a.xml")
    assert replace(read_bytes(text.encode(), "a.xml"), carrier="digital_xml") == expected


def test_pinyin_tags() -> None:
    text = """<business><FPHM>26332000000000000001</FPHM><KPRQ>20260318</KPRQ><FPPZ>增值税专用发票</FPPZ>
    <GMFMC>海宁示例智造有限公司</GMFMC><GMFNSRSBH>91330481MA2TEKT025</GMFNSRSBH>
    <XSFMC>杭州示例智算服务有限公司</XSFMC><XSFNSRSBH>91330106MA2TEKT29R</XSFNSRSBH><HJJE>1000.00</HJJE><HJSE>60.00</HJSE><JSHJXX>1060.00</JSHJXX>
    <MX><XMMC>*信息技术服务*算力服务</XMMC><XMSL>1</XMSL><XMDJ>1000</XMDJ><XMJE>1000.00</XMJE><SL>0.06</SL><SE>60.00</SE></MX></business>"""
    expected = read_bytes(digital_xml(paper(1, item(quantity="1", price="1000"))), "a.xml")
    assert replace(read_bytes(text.encode(), "a.xml"), carrier="digital_xml") == expected


def _cells(y: float, *cells: tuple[float, str]) -> list[Fragment]:
    return [Fragment(0, x, y, 3.0, text) for x, text in cells]


def test_form_of_2019_has_buyer_above_and_seller_below() -> None:
    """The printed form of 2019: code and number, buyer above the table, seller below it, a cipher field beside the buyer."""
    fragments = [
        *_cells(8, (70, "浙江增值税电子普通发票")),
        *_cells(10, (150, "发票代码:"), (170, "033002500111")),
        *_cells(16, (150, "发票号码:"), (170, "10260001")),
        *_cells(22, (150, "开票日期:"), (170, "2026年02月10日")),
        *_cells(30, (14, "名    称:"), (40, FIRM[1]), (130, "0030<120+*+2-984159/29<+>17")),
        *_cells(36, (14, "纳税人识别号:"), (40, FIRM[0]), (130, "+8*-62/3/73869<1*43--427<53")),
        *_cells(
            55,
            (8, "货物或应税劳务、服务名称"),
            (60, "规格型号"),
            (80, "单位"),
            (95, "数 量"),
            (115, "单 价"),
            (140, "金 额"),
            (160, "税率"),
            (180, "税 额"),
        ),
        *_cells(60, (8, "*信息技术服务*算力服务"), (82, "年"), (100, "1"), (119, "1000"), (138, "1000.00"), (161, "6%"), (182, "60.00")),
        *_cells(92, (20, "合 计"), (137, "¥1000.00"), (181, "¥60.00")),
        *_cells(98, (12, "价税合计(大写)"), (50, "壹仟零陆拾圆整"), (140, "(小写)"), (155, "¥1,060.00")),
        *_cells(104, (14, "名    称:"), (40, SELLER[1])),
        *_cells(110, (14, "纳税人识别号:"), (40, SELLER[0])),
    ]
    invoice = read_form(fragments, "pdf").finish("a.pdf")
    assert (invoice.key, invoice.kind) == ("033002500111-10260001", "ordinary")
    assert ((invoice.buyer.id, invoice.buyer.name), (invoice.seller.id, invoice.seller.name)) == (FIRM, SELLER)
    assert (invoice.net, invoice.tax, invoice.gross, invoice.lines[0].net) == (100000, 6000, 106000, 100000)


def test_form_printed_letter_by_letter() -> None:
    """Some printers set every letter by itself; words are put together again by their places."""
    whole = [
        Fragment(0, 10, 50, 3.0, "项目名称"),
        Fragment(0, 130, 50, 3.0, "金额"),
        Fragment(0, 160, 50, 3.0, "税率"),
        Fragment(0, 180, 50, 3.0, "税额"),
    ]
    whole += [
        Fragment(0, 10, 55, 3.0, "*甲*乙服务"),
        Fragment(0, 127, 55, 3.0, "12.00"),
        Fragment(0, 163, 55, 3.0, "6%"),
        Fragment(0, 182, 55, 3.0, "0.72"),
    ]
    letters = []
    for fragment in whole:
        at = fragment.x
        for letter in fragment.text:
            letters.append(Fragment(0, at, fragment.y, 3.0, letter))
            at += 3.0 if ord(letter) > 0x2E7F else 1.5
    lines = [read_form([*texts, Fragment(0, 10, 10, 3.0, "发票号码:26332000000000000001")], "pdf").lines for texts in (whole, letters)]
    assert lines[0] == lines[1]
    assert (lines[0][0].item, lines[0][0].net, lines[0][0].tax) == ("*甲*乙服务", "12.00", "0.72")


def test_a_pdf_of_two_invoices_is_refused() -> None:
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter()
    for number in (1, 2):
        writer.append(PdfReader(io.BytesIO(pdf(paper(number)))))
    both = io.BytesIO()
    writer.write(both)
    with pytest.raises(Refused) as refused:
        read_bytes(both.getvalue(), "a.pdf")
    assert [finding.code for finding in refused.value.findings] == ["invoice.several"]


def test_an_ofd_whose_summary_was_changed_is_refused() -> None:
    """CustomData and the attachment of a 2019 OFD say the same; where they differ somebody changed one of them."""
    made = paper("10260001", code="033002500111")
    data = ofd_2019(made).replace('合计金额">1000.00'.encode(), '合计金额">9000.00'.encode())
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, zipfile.ZipFile(io.BytesIO(ofd_2019(made))) as source:
        for name in source.namelist():
            archive.writestr(name, source.read(name).replace('合计金额">1000.00'.encode(), '合计金额">9000.00'.encode()))
    assert data != ofd_2019(made)
    with pytest.raises(Refused) as refused:
        read_bytes(file.getvalue(), "a.ofd")
    assert [finding.code for finding in refused.value.findings] == ["field.differs"]


money = st.integers(1, 10**9).map(yuan)
words = st.text("智能算力租赁服务云训练推理卡时AB-3", min_size=1, max_size=30)


@st.composite
def papers(draw) -> Paper:
    made = []
    for _ in range(draw(st.integers(1, 12))):
        net, rate = draw(st.integers(1, 10**9)), draw(st.sampled_from(["0.01", "0.03", "0.06", "0.09", "0.13"]))
        tax = (net * int(rate[2:]) + 50) // 100
        made.append(Item(f"*信息技术服务*{draw(words)}", yuan(net), yuan(tax), rate, draw(st.sampled_from(["", "A-1"])), "项"))
    return paper(draw(st.integers(1, 9999)), *made)


@given(papers())
def test_any_invoice_reads_back_from_every_carrier(made: Paper) -> None:
    for make, name in (*MAKERS.values(), (xml_2019, "b.xml"), (ofd_2019, "b.ofd")):
        if make in (xml_2019, ofd_2019):
            made = replace(made, number=made.number[-8:], code="033002500111")
        invoice = read_bytes(make(made), name)
        assert [(line.item, line.net, line.tax) for line in invoice.lines] == [(i.name, fen(i.net), fen(i.tax)) for i in made.items]
        assert (invoice.net, invoice.tax, invoice.gross) == (fen(made.net), fen(made.tax), fen(made.gross))
        assert from_json(to_json(invoice)) == invoice
        assert [percent(i.rate) for i in made.items] == [f"{int(line.rate * 100)}%" for line in invoice.lines]


# the shared samples


@needs_samples
def test_sample_with_attachment() -> None:
    invoice = read_bytes((SAMPLES / "ofdrw_invoice_example.ofd").read_bytes(), "a.ofd")
    assert (invoice.key, invoice.kind, invoice.date) == ("050001700111-99999951", "ordinary", date(2020, 10, 10))
    assert [line.net for line in invoice.lines] == [10000] * 3


@needs_samples
def test_sample_of_many_pages() -> None:
    invoice = read_bytes((SAMPLES / "ofdrw_999_multipage.ofd").read_bytes(), "a.ofd")
    assert (len(invoice.lines), sum(line.net for line in invoice.lines), invoice.net) == (100, 1000000, 1000000)


@needs_samples
@pytest.mark.parametrize("drop", [("Attach",), ("Attach", "Tags")])
def test_samples_without_what_helps(drop: tuple[str, ...]) -> None:
    """The same sample read by its tags, and by the printed form alone, gives the same invoice."""
    original = (SAMPLES / "ofdrw_invoice_example.ofd").read_bytes()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, zipfile.ZipFile(io.BytesIO(original)) as source:
        for name in source.namelist():
            if not any(word in name for word in drop):
                archive.writestr(name, source.read(name))
    one, other = read_bytes(original, "a.ofd"), read_bytes(file.getvalue(), "a.ofd")
    assert replace(one, remark="") == replace(other, remark="")


@needs_samples
def test_tags_over_many_pages() -> None:
    original = (SAMPLES / "ofdrw_999_multipage.ofd").read_bytes()
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, zipfile.ZipFile(io.BytesIO(original)) as source:
        for name in source.namelist():
            if "Attach" not in name:
                archive.writestr(name, source.read(name))
    assert read_bytes(file.getvalue(), "a.ofd").lines == read_bytes(original, "a.ofd").lines


@needs_samples
def test_sample_without_lines() -> None:
    """Only the totals stand in this file; its one line says that the list is elsewhere."""
    invoice = read_bytes((SAMPLES / "ofdrw_fptpl_no_attachment.ofd").read_bytes(), "a.ofd")
    assert (invoice.key, invoice.net, invoice.tax, invoice.gross) == ("050001700111-12235358", 1000000, 60000, 1060000)
    assert invoice.lines == ()


@needs_samples
def test_samples_in_a_folder(folder) -> None:
    """None of them is the firm's; each says why, and the two synthetic ones of the firm are the only facts."""
    for path in SAMPLES.glob("*.*"):
        if path.suffix in (".ofd", ".xml"):
            folder.put(path.name, path.read_bytes())
    evidence = folder.read()
    codes = {finding.code for finding in evidence.findings}
    assert {"buyer.other", "taxid.shape", "taxid.check", "red.whole", "copy.same"} <= codes
    assert {fact["id"] for fact in evidence.facts["facts"]} == set()  # all reversed; the training course is no compute
    assert [(q.invoice.key, q.line.item) for q in evidence.questions] == [("26332000000000000025", "*非学历教育服务*培训费")]
