"""Every message of the catalogue has one wrong file that brings it forth, and says itself in both languages."""

from __future__ import annotations

import io
import os
import re
import zipfile

import pytest
from evidence_kit import COMPUTE, FIRM, SELLER, YAML, Folder, item, paper
from papers import digital_xml, ofd_2019, ofd_digital, package, xlsx
from printing import pdf

from chaoce.evidence import BadAnswers
from chaoce.evidence import folder as folder_module
from chaoce.evidence import package as package_module
from chaoce.evidence import pdf as pdf_module
from chaoce.evidence import reading as reading_module
from chaoce.evidence import safe_xml as xml_module
from chaoce.evidence import table as table_module
from chaoce.evidence.catalogue import CATALOGUE
from chaoce.evidence.findings import Finding

CASES = {}


def case(code: str):
    def add(build):
        CASES[code] = build
        return build

    return add


def simple(code: str, name: str, data: bytes | str) -> None:
    CASES[code] = lambda folder, patch: folder.put(name, data)


def answers(code: str, text: str) -> None:
    CASES[code] = lambda folder, patch: folder.yaml(text)


def xml(*changes: tuple[str, str], **more: object) -> bytes:
    """A valid invoice as XML, with words replaced."""
    text = digital_xml(paper(**more)).decode()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


def zipped(flags: int = 0, method: int = zipfile.ZIP_DEFLATED, **parts: bytes) -> bytes:
    """A ZIP of parts, which may stand twice; `flags` are set in every header."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    data = bytearray(file.getvalue())
    if flags:
        for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            for match in re.finditer(re.escape(mark), bytes(data)):
                data[match.start() + offset] |= flags
    return bytes(data)


# the folder and its evidence.yaml


@case("folder.missing")
def _(folder: Folder, patch) -> None:
    folder.path = folder.path / "nowhere"


@case("answers.missing")
def _(folder: Folder, patch) -> None:
    (folder.path / "evidence.yaml").unlink()


@case("out.taken")
def _(folder: Folder, patch) -> None:
    folder.put("a.xml", xml())
    patch.setattr(folder, "read", lambda: folder_module.check_out(folder.path / "a.xml", folder.path))


answers("answers.alias", YAML + "lines:\n  - for: {item: *信息技术服务}\n    ignore: yes\n")
answers("answer.for", YAML + "lines:\n  - for: {}\n    ignore: yes\n")
answers("answer.line", YAML + "lines:\n  - for: {line: 第二行}\n    ignore: yes\n")
answers("answer.money", YAML + "lines:\n  - for: {line: 1}\n    type: recognition\n")
answers("answer.both", YAML + "lines:\n  - for: {line: 1}\n    ignore: yes\n    type: compute_purchase\n")
answers("answer.unused", YAML + COMPUTE)
answers("fact", YAML.replace("MA2TEKT025", "MA2TEKT026"))


@case("folder.many")
def _(folder: Folder, patch) -> None:
    patch.setattr(folder_module, "FOLDER_FILES", 1)
    folder.put("a.xml", xml()).put("b.xml", xml())


# any file


@case("file.large")
def _(folder: Folder, patch) -> None:
    patch.setattr(folder_module, "FILE_BYTES", 100)
    folder.put("a.xml", xml())


simple("file.empty", "a.xml", b"")


@case("file.stopped")
def _(folder: Folder, patch) -> None:
    patch.setattr(xml_module, "XML_DEPTH", 10**6)
    patch.setattr(reading_module, "sniff", _recurse)
    folder.put("a.xml", xml())


def _recurse(*_: object) -> str:
    raise RecursionError


@case("file.slow")
def _(folder: Folder, patch) -> None:
    # In this process nothing is stopped; test_evidence_hostile.py stops a real one. Here only the message is held.
    _raise(patch, Finding("file.slow", {"seconds": "20"}))
    folder.put("a.xml", xml())


def _raise(patch, finding: Finding) -> None:
    from chaoce.evidence.findings import Refused

    def refuse(*_: object):
        raise Refused(finding)

    patch.setattr(folder_module.Reader, "read", refuse)


@case("file.unreadable")
def _(folder: Folder, patch) -> None:
    (folder.path / "a.xml").symlink_to(folder.path / "gone.xml")


@case("file.link")
def _(folder: Folder, patch) -> None:
    outside = folder.path.parent / "outside.xml"
    outside.write_bytes(xml())
    (folder.path / "a.xml").symlink_to(outside)


@case("file.special")
def _(folder: Folder, patch) -> None:
    os.mkfifo(folder.path / "a.xml")


simple("kind.unknown", "a.docm", b"hello")
simple("kind.picture", "a.jpg", b"\xff\xd8\xff\xe0 picture")
simple("kind.archive", "a.zip", zipped(**{"a.xml": xml()}))
simple("encoding.unknown", "a.xml", xml(('encoding="utf-8"', 'encoding="Shift_JIS"')))
simple("encoding.broken", "a.xml", digital_xml(paper(), "gb18030").replace(b"gb18030", b"utf-8", 1))

# XML
simple("xml.dtd", "a.xml", xml(("<EInvoice>", '<!DOCTYPE EInvoice [<!ENTITY a "a">]>\n<EInvoice>')))
simple("xml.broken", "a.xml", xml()[:900])
simple("xml.roots", "a.xml", xml() + b"<EInvoice/>")
simple("xml.large", "a.xml", b"<EInvoice>" + b"<a>" * 100 + b"</a>" * 100 + b"</EInvoice>")
simple("xml.unknown", "a.xml", "<html><body>发票</body></html>")

# packages
simple("zip.broken", "a.ofd", ofd_digital(paper())[:2000])
simple("zip.encrypted", "a.ofd", zipped(1, **{"OFD.xml": b"<a/>"}))
simple("zip.path", "a.ofd", zipped(**{"OFD.xml": b"<a/>", "../../evil.xml": b"<a/>"}))
simple("ofd.missing", "a.ofd", package({"OFD.xml": '<ofd:OFD xmlns:ofd="x"><ofd:DocBody/></ofd:OFD>'}))
simple("sheet.broken", "a.xlsx", package({"xl/workbook.xml": "<workbook>", "[Content_Types].xml": "<Types/>"}))


@case("zip.entries")
def _(folder: Folder, patch) -> None:
    patch.setattr(package_module, "ZIP_ENTRIES", 3)
    folder.put("a.ofd", ofd_digital(paper()))


@case("zip.size")
def _(folder: Folder, patch) -> None:
    patch.setattr(package_module, "ZIP_BYTES", 1_000)
    folder.put("a.ofd", ofd_digital(paper()))


simple("zip.ratio", "a.ofd", zipped(**{"OFD.xml": b"<a/>", "Doc_0/bomb.xml": b" " * 3_000_000}))


@case("zip.twice")
def _(folder: Folder, patch) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive, pytest.warns(UserWarning):
        archive.writestr("OFD.xml", b"<a/>")
        archive.writestr("OFD.xml", b"<b/>")
    folder.put("a.ofd", file.getvalue())


# PDF
simple("pdf.broken", "a.pdf", pdf(paper())[:400])
simple("form.row", "a.pdf", pdf(paper(1, item(), item(net="NaN"))))


@case("pdf.encrypted")
def _(folder: Folder, patch) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption

    folder.put("a.pdf", pdf(paper(), encrypt=StandardEncryption("secret", strength=40)))


@case("pdf.pages")
def _(folder: Folder, patch) -> None:
    patch.setattr(pdf_module, "PDF_PAGES", 1)
    folder.put("a.pdf", pdf(paper(1, item(), item()), rows=1))


@case("pdf.picture")
def _(folder: Folder, patch) -> None:
    folder.put("a.pdf", drawn(lambda sheet: sheet.rect(10, 10, 50, 50)))


@case("pdf.form")
def _(folder: Folder, patch) -> None:
    folder.put("a.pdf", drawn(lambda sheet: sheet.drawString(50, 50, "A letter, no invoice.")))


def drawn(draw) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    file = io.BytesIO()
    sheet = Canvas(file, invariant=1)
    draw(sheet)
    sheet.showPage()
    sheet.save()
    return file.getvalue()


# fields
simple("invoice.several", "a.xml", b"<all>" + b"".join(xml(number=n).partition(b"?>\n")[2] for n in (1, 2)) + b"</all>")
simple("field.missing", "a.xml", xml(("<Amount>1000.00</Amount>", "<Amount/>")))
simple("field.number", "a.xml", xml(("26332000000000000001", "2633200000000000000X")))
simple("field.date", "a.xml", xml(("<IssueTime>2026-03-18", "<IssueTime>2026-02-30")))
simple("field.money", "a.xml", xml(("<Amount>1000.00", "<Amount>NaN")))
simple("field.rate", "a.xml", xml(("<TaxRate>0.06", "<TaxRate>six")))
simple("field.decimal", "a.xml", xml(("<Quantity>", "<Quantity>1e9")))
simple("field.differs", "a.xml", xml(("<InvoiceNumber>26332000000000000001", "<InvoiceNumber>26332000000000000002")))
simple("direction", "a.xml", xml(("<LabelCode>Y", "<LabelCode>N")))

# checks
simple("buyer.other", "a.xml", digital_xml(paper(buyer=SELLER)))
simple("buyer.name", "a.xml", digital_xml(paper(buyer=("", FIRM[1]))))
simple("taxid.shape", "a.xml", digital_xml(paper(seller=("9150010807MGZHI002", "科游迈利有限公司"))))
simple("taxid.check", "a.xml", digital_xml(paper(seller=("91330106MA2TEKT29Q", SELLER[1]))))
simple("taxid.old", "a.xml", digital_xml(paper(seller=("330106123456789", SELLER[1]))))
simple("taxid.none", "a.xml", digital_xml(paper(seller=("", SELLER[1]))))
simple("totals.net", "a.xml", digital_xml(paper(totals={"net": "1000.01"})))
simple("totals.tax", "a.xml", digital_xml(paper(totals={"tax": "60.01"})))
simple("totals.gross", "a.xml", digital_xml(paper(totals={"gross": "1060.01"})))
simple("line.tax", "a.xml", digital_xml(paper(1, item(tax="60.07"))))
simple("line.margin", "a.xml", digital_xml(paper(1, item(tax="20.00"), remark="差额征税:666.67。")))
simple("line.price", "a.xml", digital_xml(paper(1, item(quantity="3", price="333.32"))))
simple("line.none", "a.ofd", ofd_digital(paper(1, item(name="(详见销货清单)")), tagged=False))

# one invoice and another


@case("copy.same")
def _(folder: Folder, patch) -> None:
    folder.put("a.xml", xml()).put("a.pdf", pdf(paper()))


@case("copy.differs")
def _(folder: Folder, patch) -> None:
    folder.put("a.xml", xml()).put("b.xml", digital_xml(paper(1, item("900.00", "54.00"))))


simple("discount", "a.xml", digital_xml(paper(1, item(), item("-100.00", "-6.00"))))


def with_red(code: str, red, blue=None) -> None:
    CASES[code] = lambda folder, patch: folder.put("blue.xml", digital_xml(blue or paper())).put("red.xml", digital_xml(red))


def red(net: str = "-400.00", tax: str = "-24.00", **more):
    return paper(2, item(net, tax), **{"original": paper().number, **more})


with_red("red.taken", red())
with_red("red.whole", red("-1000.00", "-60.00"))
with_red("red.spread", paper(2, item("-400.00", "-24.00", name="*其他*折让"), original=paper().number))
with_red("red.exceeds", red("-1000.01", "-60.00"))
with_red("red.orphan", red(original=paper(9).number))
with_red("red.nameless", red(original="", remark="红冲"))
with_red("red.faulty", red(totals={"net": "-401.00"}))
with_red("red.parties", red(seller=("91330402MA2TEKT41Q", "嘉兴示例超算中心有限公司")))


@case("red.unread")
def _(folder: Folder, patch) -> None:
    broken = digital_xml(red()).replace(b"<Amount>-400.00", b"<Amount>-4e2")
    folder.put("blue.xml", xml()).put("red.xml", broken)


@case("red.red")
def _(folder: Folder, patch) -> None:
    folder.put("blue.xml", xml()).put("red.xml", digital_xml(red()))
    folder.put("red2.xml", digital_xml(paper(3, item("-1.00", "-0.06"), original=red().number)))


# lines


@case("line.open")
def _(folder: Folder, patch) -> None:
    folder.yaml(YAML).put("a.xml", xml())


@case("line.ignored")
def _(folder: Folder, patch) -> None:
    folder.yaml(YAML + "lines:\n  - for: {line: 1}\n    ignore: yes\n").put("a.xml", xml())


simple("basis.unknown", "a.xml", xml(("<LabelCode>01</LabelCode></GeneralOrSpecialVAT>", "<LabelCode/></GeneralOrSpecialVAT>")))

# tables
simple("table.empty", "a.csv", "编号,类型,日期\n\n")
simple("table.header", "a.csv", "编号,类型,日期,称谓\nr1,recognition,2026-06-01,x\n")
simple("table.twice", "a.csv", "编号,类型,日期,date\nr1,recognition,2026-06-01,2026-06-01\n")
simple("table.type", "a.csv", "编号,日期\nr1,2026-06-01\n")
simple("table.wide", "a.csv", "编号,类型,日期\nr1,recognition,2026-06-01,x\n")
simple("table.quote", "a.csv", '编号,类型,日期\n"r1,recognition,2026-06-01\n')
simple(
    "table.number",
    "a.xlsx",
    xlsx([["类型", "日期", "实际购买金额", "算力种类", "用途"], ["算力购买", "2026-01-05", 0.1 + 0.2, "智算", "产品开发"]]),
)


@case("table.rows")
def _(folder: Folder, patch) -> None:
    patch.setattr(table_module, "TABLE_ROWS", 2)
    folder.put("a.csv", "编号,类型,日期\n" + "r,recognition,2026-06-01\n" * 3)


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_every_message_has_its_wrong_file(code: str, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    CASES[code](folder, monkeypatch)
    try:
        found = folder.read().findings
    except BadAnswers as bad:
        found = bad.findings
    mine = [finding for finding in found if finding.code == code]
    assert mine, [finding.say("en") for finding in found]
    for finding in mine:
        zh, en = finding.say("zh"), finding.say("en")
        assert re.search(r"[\u4e00-\u9fff]", zh)
        assert zh != en
        assert "{" not in zh.replace("{zh", "") and "None" not in zh + en
        assert finding.file is None or finding.say("zh").startswith(finding.file)


def test_no_case_is_left_over() -> None:
    assert set(CASES) == set(CATALOGUE)


def test_a_wrong_file_leaves_the_rest_read(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is wrong with one file, the sound one beside it still becomes a fact."""
    alone = [code for code, build in CASES.items() if code.split(".")[0] in ("kind", "encoding", "xml", "pdf", "field", "invoice", "table")]
    patched = {"pdf.pages", "table.rows"}
    for number, code in enumerate(sorted(set(alone) - patched)):
        sub = type(folder)(folder.path / f"{number}", folder.types)
        CASES[code](sub, monkeypatch)
        sub.put("sound.xml", digital_xml(paper(7, item("500.00", "30.00"))))
        assert sub.paid() == {"26332000000000000007-1": "500.00"}, code


def test_2019_ofd_reads_too(folder: Folder) -> None:
    """An OFD of 2019 names its code; matter and id hold both code and number."""
    old = paper("10260001", special=False, code="033002500111")
    evidence = folder.put("a.ofd", ofd_2019(old)).read()
    (fact,) = evidence.facts["facts"]
    assert (fact["matter"], fact["paid"]) == ("invoice:033002500111-10260001#1", "1060.00")


@pytest.mark.parametrize("code", ["zip.broken", "pdf.broken", "sheet.broken"])
def test_what_is_damaged_is_said_without_what_is_inside(code: str, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A damaged file is called that; what the reader stumbled over in it is of no use to who handed it in."""
    CASES[code](folder, monkeypatch)
    (finding,) = [finding for finding in folder.read().findings if finding.code == code]
    for said in (finding.message("zh"), finding.message("en")):
        assert ":" not in said and "PK" not in said and "%PDF" not in said


def test_headers_that_are_not_known_are_said_at_once(folder: Folder) -> None:
    """What a column may be headed is a long list: it is said once, whatever the number of columns that are not known."""
    folder.put("a.csv", "编号,类型,日期,称谓,备用\nr1,recognition,2026-06-01,x,y\n")
    (finding,) = [finding for finding in folder.read().findings if finding.code == "table.header"]
    assert "第 4、5 列表头“称谓”、“备用”不认得" in finding.message("zh")
    assert "unknown header in column 4, 5: '称谓', '备用'" in finding.message("en")
