"""Makes invoices of invented firms in every format that `chaoce evidence` reads, the same bytes every time.

The examples and the tests are built with it. Packages are stored, not compressed, and PDFs are not compressed either:
compressors differ between machines, and these bytes must not.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

OFD = "http://www.ofdspec.org/2016"
FP = "http://www.edrm.org.cn/schema/e-invoice/2019"
XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Item:
    """A line as it is written: amounts in yuan, the rate like 0.06."""

    name: str
    net: str
    tax: str
    rate: str = "0.06"
    spec: str = ""
    unit: str = ""
    quantity: str = ""
    price: str = ""
    code: str = ""


@dataclass(frozen=True)
class Paper:
    """An invoice to be made. Parties are (tax id, name); totals are the sums of the lines unless given."""

    number: str
    date: str
    seller: tuple[str, str]
    buyer: tuple[str, str]
    items: tuple[Item, ...]
    special: bool = True
    code: str = ""
    original: str = ""
    remark: str = ""
    totals: dict[str, str] = field(default_factory=dict)

    @property
    def red(self) -> bool:
        return fen(self.gross) < 0

    @property
    def net(self) -> str:
        return self.totals.get("net", yuan(sum(fen(item.net) for item in self.items)))

    @property
    def tax(self) -> str:
        return self.totals.get("tax", yuan(sum(fen(item.tax) for item in self.items)))

    @property
    def gross(self) -> str:
        return self.totals.get("gross", yuan(sum(fen(item.net) + fen(item.tax) for item in self.items)))

    @property
    def note(self) -> str:
        return f"被红冲蓝字数电票号码:{self.original}" if self.original and not self.remark else self.remark


def fen(text: str) -> int:
    """Fen of a decimal amount; 0 for what is none (tests write such on purpose)."""
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    whole, _, part = digits.partition(".")
    return sign * (int(whole) * 100 + int(part.ljust(2, "0"))) if whole.isdecimal() and len(part) <= 2 else 0


def yuan(amount: int) -> str:
    return f"{'-' if amount < 0 else ''}{abs(amount) // 100}.{abs(amount) % 100:02d}"


def percent(rate: str) -> str:
    """0.06 as 6%; words such as 免税 stay."""
    return f"{int(rate.partition('.')[2].ljust(2, '0'))}%" if rate.startswith("0.") else rate


def chinese_date(day: str) -> str:
    year, month, date = day.split("-")
    return f"{year}年{month}月{date}日"


def chinese_amount(text: str) -> str:
    """The amount in the capital numerals of invoices (大写).

    >>> chinese_amount("20670.00"), chinese_amount("-100.05")
    ('贰万零陆佰柒拾圆整', '(负数)壹佰圆零伍分')
    """
    amount = abs(fen(text))
    digits, units = "零壹贰叁肆伍陆柒捌玖", ("", "拾", "佰", "仟")
    said, zero, whole = "", False, str(amount // 100)
    for place, digit in enumerate(whole):
        power = len(whole) - 1 - place
        if digit == "0":
            zero = True
        else:
            said += ("零" if zero and said else "") + digits[int(digit)] + units[power % 4]
            zero = False
        if power in (4, 8) and said and (power == 8 or int(whole[max(0, place - 3) : place + 1])):
            said += "万" if power == 4 else "亿"
            zero = zero and power == 8
    said = (said or "零") + "圆"
    jiao, part = divmod(amount % 100, 10)
    if not jiao and not part:
        said += "整"
    else:
        said += (digits[jiao] + "角" if jiao else "零") + (digits[part] + "分" if part else "整")
    return ("(负数)" if text.startswith("-") else "") + said


# XML


def digital_xml(paper: Paper, encoding: str = "utf-8") -> bytes:
    """A 数电票 as the tax bureau's XML, version 0.37; the signature is not one."""
    e = escape
    items = "".join(
        f"""
    <IssuItemInformation>
      <ItemName>{e(item.name)}</ItemName>
      <SpecMod>{e(item.spec)}</SpecMod>
      <MeaUnits>{e(item.unit)}</MeaUnits>
      <Quantity>{item.quantity}</Quantity>
      <UnPrice>{item.price}</UnPrice>
      <Amount>{item.net}</Amount>
      <TaxRate>{item.rate}</TaxRate>
      <ComTaxAm>{item.tax}</ComTaxAm>
      <TotaltaxIncludedAmount>{yuan(fen(item.net) + fen(item.tax))}</TotaltaxIncludedAmount>
      <TaxClassificationCode>{item.code}</TaxClassificationCode>
    </IssuItemInformation>"""
        for item in paper.items
    )
    red = f"<RedEInvoice><OriginalInvoiceCode>{paper.original}</OriginalInvoiceCode></RedEInvoice>" if paper.original else ""
    return f"""<?xml version="1.0" encoding="{encoding}" standalone="yes"?>
<EInvoice>
  <Header>
    <EIid>{paper.number}</EIid>
    <EInvoiceTag>SWEI3300</EInvoiceTag>
    <Version>0.37</Version>
    <InherentLabel>
      <InIssuType><LabelCode>{"N" if paper.red else "Y"}</LabelCode><LabelName>是否蓝字发票标志</LabelName></InIssuType>
      <EInvoiceType><LabelCode>01</LabelCode><LabelName>电子发票</LabelName></EInvoiceType>
      <GeneralOrSpecialVAT><LabelCode>{"01" if paper.special else "02"}</LabelCode></GeneralOrSpecialVAT>
    </InherentLabel>
  </Header>
  <EInvoiceData>
    <SellerInformation><SellerIdNum>{paper.seller[0]}</SellerIdNum><SellerName>{e(paper.seller[1])}</SellerName></SellerInformation>
    <BuyerInformation><BuyerIdNum>{paper.buyer[0]}</BuyerIdNum><BuyerName>{e(paper.buyer[1])}</BuyerName></BuyerInformation>
    <BasicInformation>
      <TotalAmWithoutTax>{paper.net}</TotalAmWithoutTax>
      <TotalTaxAm>{paper.tax}</TotalTaxAm>
      <TotalTax-includedAmount>{paper.gross}</TotalTax-includedAmount>
      <TotalTax-includedAmountInChinese>{chinese_amount(paper.gross)}</TotalTax-includedAmountInChinese>
      <RequestTime>{paper.date} 09:30:00</RequestTime>
    </BasicInformation>{items}
    <SpecificInformation>{red}</SpecificInformation>
    <AdditionalInformation><Remark>{e(paper.note)}</Remark></AdditionalInformation>
  </EInvoiceData>
  <TaxSupervisionInfo>
    <InvoiceNumber>{paper.number}</InvoiceNumber>
    <IssueTime>{paper.date}</IssueTime>
    <TaxBureauCode>13300000000</TaxBureauCode>
    <TaxBureauName>国家税务总局浙江省税务局</TaxBureauName>
  </TaxSupervisionInfo>
  <TaxBureauSignature><SignatureValue>REMOVED-this-file-is-invented-and-its-signature-does-not-verify</SignatureValue></TaxBureauSignature>
</EInvoice>
""".encode(encoding)


def xml_2019(paper: Paper) -> bytes:
    """The XML of a 2019 e-invoice, as attached to its OFD."""
    e = escape
    goods = "".join(
        f"<fp:GoodsInfo><fp:Item>{e(item.name)}</fp:Item><fp:Specification>{e(item.spec)}</fp:Specification>"
        f"<fp:MeasurementDimension>{e(item.unit)}</fp:MeasurementDimension><fp:Price>{item.price}</fp:Price>"
        f"<fp:Quantity>{item.quantity}</fp:Quantity><fp:Amount>{item.net}</fp:Amount>"
        f"<fp:TaxScheme>{percent(item.rate)}</fp:TaxScheme><fp:TaxAmount>{item.tax}</fp:TaxAmount></fp:GoodsInfo>"
        for item in paper.items
    )
    return (
        f'{XML_HEAD}<eInvoice xmlns:fp="{FP}" Version="1.0"><fp:DocID>01</fp:DocID><fp:InvoiceCode>{paper.code}</fp:InvoiceCode>'
        f"<fp:InvoiceNo>{paper.number}</fp:InvoiceNo><fp:TypeCode>{int(paper.red)}</fp:TypeCode>"
        f"<fp:IssueDate>{chinese_date(paper.date)}</fp:IssueDate>"
        f"<fp:Buyer><fp:BuyerName>{e(paper.buyer[1])}</fp:BuyerName><fp:BuyerTaxID>{paper.buyer[0]}</fp:BuyerTaxID></fp:Buyer>"
        f"<fp:Seller><fp:SellerName>{e(paper.seller[1])}</fp:SellerName><fp:SellerTaxID>{paper.seller[0]}</fp:SellerTaxID></fp:Seller>"
        f"<fp:TaxInclusiveTotalAmount>{paper.gross}</fp:TaxInclusiveTotalAmount><fp:Note>{e(paper.note)}</fp:Note>"
        f"<fp:TaxTotalAmount>{paper.tax}</fp:TaxTotalAmount><fp:TaxExclusiveTotalAmount>{paper.net}</fp:TaxExclusiveTotalAmount>"
        f"<fp:GoodsInfos>{goods}</fp:GoodsInfos></eInvoice>"
    ).encode()


# packages


def package(parts: dict[str, bytes | str]) -> bytes:
    """A ZIP with fixed dates; the same parts give the same bytes everywhere."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, data in parts.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 5, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return file.getvalue()


def _ofd(custom: dict[str, str], document: str, parts: dict[str, bytes | str]) -> bytes:
    values = "".join(f'<ofd:CustomData Name="{name}">{escape(value)}</ofd:CustomData>' for name, value in custom.items() if value)
    root = (
        f'{XML_HEAD}<ofd:OFD xmlns:ofd="{OFD}" DocType="OFD" Version="1.1"><ofd:DocBody><ofd:DocInfo>'
        f"<ofd:DocID>00000000000000000000000000000001</ofd:DocID><ofd:CreationDate>2026-01-05</ofd:CreationDate>"
        f"<ofd:CustomDatas>{values}</ofd:CustomDatas></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"
    )
    head = f'{XML_HEAD}<ofd:Document xmlns:ofd="{OFD}">'
    return package({"OFD.xml": root, "Doc_0/Document.xml": f"{head}{document}</ofd:Document>", "Doc_0/PublicRes.xml": _FONTS, **parts})


_FONTS = (
    f'{XML_HEAD}<ofd:Res xmlns:ofd="{OFD}" BaseLoc="Res"><ofd:Fonts><ofd:Font ID="3" FontName="宋体" FamilyName="宋体"/>'
    '<ofd:Font ID="4" FontName="Courier New" FamilyName="Courier New"/></ofd:Fonts></ofd:Res>'
)
_COMMON = (
    "<ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 140</ofd:PhysicalBox></ofd:PageArea>"
    "<ofd:PublicRes>PublicRes.xml</ofd:PublicRes>{0}</ofd:CommonData>"
)


def ofd_2019(paper: Paper) -> bytes:
    """A 2019 OFD with its XML attached; the page shows the totals."""
    page = _Page(1)
    for x, y, text in (
        (164, 6, paper.code),
        (164, 12, paper.number),
        (164, 17, chinese_date(paper.date)),
        (36, 30, paper.buyer[1]),
        (36, 35, paper.buyer[0]),
        (36, 104, paper.seller[1]),
        (36, 109, paper.seller[0]),
        (135, 91, f"¥{paper.net}"),
        (176, 91, f"¥{paper.tax}"),
        (168, 96, f"¥{paper.gross}"),
    ):
        page.text(x, y, text)
    custom = {
        "发票代码": paper.code,
        "发票号码": paper.number,
        "开票日期": chinese_date(paper.date),
        "合计金额": paper.net,
        "价税合计": paper.gross,
        "购买方名称": paper.buyer[1],
        "购买方纳税人识别号": paper.buyer[0],
        "销售方名称": paper.seller[1],
        "销售方纳税人识别号": paper.seller[0],
    }
    document = (
        _COMMON.format("") + '<ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages>'
        "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments>"
    )
    listing = (
        f'{XML_HEAD}<ofd:Attachments xmlns:ofd="{OFD}"><ofd:Attachment ID="8" Name="original_invoice" Format="xml" Visible="false">'
        "<ofd:FileLoc>original_invoice.xml</ofd:FileLoc></ofd:Attachment></ofd:Attachments>"
    )
    return _ofd(
        custom,
        document,
        {
            "Doc_0/Pages/Page_0/Content.xml": page.xml(),
            "Doc_0/Attachs/Attachments.xml": listing,
            "Doc_0/Attachs/original_invoice.xml": xml_2019(paper),
        },
    )


class _Page:
    """The content of an OFD page: text objects with running IDs."""

    def __init__(self, first: int):
        self.next, self.objects = first, []

    def text(self, x: float, y: float, text: str, size: float = 3.175) -> int:
        identity, self.next = self.next, self.next + 1
        self.objects.append(
            f'<ofd:TextObject ID="{identity}" Boundary="{x:g} {y:g} 60 5" Font="3" Size="{size:g}">'
            f'<ofd:TextCode X="0" Y="4">{escape(text)}</ofd:TextCode></ofd:TextObject>'
        )
        return identity

    def xml(self, template: str = "") -> str:
        used = f'<ofd:Template TemplateID="{template}" ZOrder="Background"/>' if template else ""
        layer = f'<ofd:Content><ofd:Layer ID="{self.next}">{"".join(self.objects)}</ofd:Layer></ofd:Content>'
        return f'{XML_HEAD}<ofd:Page xmlns:ofd="{OFD}">{used}{layer}</ofd:Page>'


#: Where the columns of a 数电票 stand, in millimetres from the left: name, spec, unit, then right ends of the figures.
_LEFT = {"name": 8.0, "spec": 52.0, "unit": 76.0}
_RIGHT = {"quantity": 100.0, "price": 128.0, "net": 154.0, "rate": 172.0, "tax": 202.0}
_HEADS = {
    "name": "项目名称",
    "spec": "规格型号",
    "unit": "单 位",
    "quantity": "数 量",
    "price": "单 价",
    "net": "金 额",
    "rate": "税率/征收率",
    "tax": "税 额",
}


def _width(text: str, size: float) -> float:
    return sum(size if ord(letter) > 0x2E7F else size / 2 for letter in text)


def _wrapped(text: str, letters: int) -> list[str]:
    return [text[start : start + letters] for start in range(0, len(text), letters)] or [""]


def paged(items: tuple[Item, ...], rows: int) -> list[tuple[Item, ...]]:
    """The items of each page: at most `rows`, and no more than ten lines of text, which is what the table holds."""
    pages: list[list[Item]] = [[]]
    for item in items:
        lines = sum(len(_wrapped(other.name, 13)) for other in [*pages[-1], item])
        if pages[-1] and (len(pages[-1]) == rows or lines > 10):
            pages.append([])
        pages[-1].append(item)
    return [tuple(page) for page in pages]


def ofd_digital(paper: Paper, rows: int = 8, tagged: bool = True) -> bytes:
    """A 数电票 OFD without attachment: values on the pages, named by Tags/CustomTag.xml; `rows` lines a page."""
    pages: list[_Page] = []
    tags: dict[str, list[tuple[int, int]]] = {}
    fields = {
        "name": "Item",
        "spec": "Specification",
        "unit": "MeasurementDimension",
        "quantity": "Quantity",
        "price": "Price",
        "net": "Amount",
        "rate": "TaxScheme",
        "tax": "TaxAmount",
    }

    def put(tag: str, x: float, y: float, text: str) -> None:
        if text:
            tags.setdefault(tag, []).append((100 + len(pages) - 1, pages[-1].text(x, y, text)))

    parts_of = paged(paper.items, rows)
    for items in parts_of:
        pages.append(_Page(1000 * (len(pages) + 1)))
        if len(pages) == 1:
            put("InvoiceNo", 160, 8, paper.number)
            put("IssueDate", 160, 14, chinese_date(paper.date))
            put("BuyerName", 26, 26, paper.buyer[1])
            put("BuyerTaxID", 52, 34, paper.buyer[0])
            put("SellerName", 128, 26, paper.seller[1])
            put("SellerTaxID", 154, 34, paper.seller[0])
        y = 50.0
        for item in items:
            texts = {name: getattr(item, name) for name in fields}
            texts["rate"] = percent(item.rate)
            lines = _wrapped(item.name, 13)
            for offset, part in enumerate(lines):
                put("Item", _LEFT["name"], y + 4 * offset, part)
            for name in ("spec", "unit"):
                put(fields[name], _LEFT[name], y, texts[name])
            for name, end in _RIGHT.items():
                put(fields[name], end - _width(texts[name], 3.175), y, texts[name])
            y += 4 * len(lines) + 1
        if len(pages) == len(parts_of):
            put("TaxExclusiveTotalAmount", 136, 104, f"¥{paper.net}")
            put("TaxTotalAmount", 182, 104, f"¥{paper.tax}")
            put("TaxInclusiveTotalAmount", 165, 111, f"¥{paper.gross}")
            put("Note", 20, 118, paper.note)
    template = _Page(1)
    kind = "增值税专用发票" if paper.special else "普通发票"
    template.text(75, 8, f"电子发票\uff08{kind}\uff09", 5.5)
    template.text(142, 8, "发票号码:")
    template.text(142, 14, "开票日期:")
    for x in (16, 118):
        template.text(x, 26, "名称:")
        template.text(x, 34, "统一社会信用代码/纳税人识别号:")
    for name, head in _HEADS.items():
        template.text(_LEFT[name] if name in _LEFT else _RIGHT[name] - _width(head, 3.175), 45, head)
    template.text(14, 104, "合 计")
    template.text(14, 111, "价税合计(大写)")
    template.text(150, 111, "(小写)")
    location = '<ofd:TemplatePage ID="9" BaseLoc="Tpls/Tpl_0/Content.xml"/>'
    listed = "".join(f'<ofd:Page ID="{100 + n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(len(pages)))
    document = _COMMON.format(location) + f"<ofd:Pages>{listed}</ofd:Pages>"
    parts: dict[str, bytes | str] = {"Doc_0/Tpls/Tpl_0/Content.xml": template.xml()}
    for number, page in enumerate(pages):
        parts[f"Doc_0/Pages/Page_{number}/Content.xml"] = page.xml("9")
    if tagged:
        document += "<ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>"
        tag = '<ofd:CustomTag TypeID="0"><ofd:FileLoc>CustomTag.xml</ofd:FileLoc></ofd:CustomTag>'
        listing = f'<ofd:CustomTags xmlns:ofd="{OFD}">{tag}</ofd:CustomTags>'
        parts["Doc_0/Tags/CustomTags.xml"] = XML_HEAD + listing
        parts["Doc_0/Tags/CustomTag.xml"] = f'{XML_HEAD}<ofd:root xmlns:ofd="{OFD}">{_tag_xml(tags)}</ofd:root>'
    custom = {
        "发票号码": paper.number,
        "销售方纳税人识别号": paper.seller[0],
        "购买方纳税人识别号": paper.buyer[0],
        "合计金额": paper.net,
        "合计税额": paper.tax,
        "开票日期": chinese_date(paper.date),
    }
    return _ofd(custom, document, parts)


def _tag_xml(tags: dict[str, list[tuple[int, int]]]) -> str:
    def one(tag: str) -> str:
        refs = "".join(f'<ofd:ObjectRef PageRef="{page}">{identity}</ofd:ObjectRef>' for page, identity in tags[tag])
        return f"<ofd:{tag}>{refs}</ofd:{tag}>"

    parties = {party: "".join(one(tag) for tag in tags if tag.startswith(party)) for party in ("Buyer", "Seller")}
    said = "".join(f"<ofd:{party}>{inner}</ofd:{party}>" for party, inner in parties.items() if inner)
    return said + "".join(one(tag) for tag in tags if not tag.startswith(("Buyer", "Seller")))


# XLSX


def xlsx(rows: list[list[str | int | float | bool]], sheet: str = "Sheet1") -> bytes:
    """A workbook of one sheet; text stays text, figures become figures."""

    def cell(value: str | int | float | bool, row: int, column: int) -> str:
        place = f"{chr(65 + column)}{row}"
        if isinstance(value, bool):
            return f'<c r="{place}" t="b"><v>{int(value)}</v></c>'
        if isinstance(value, str):
            return f'<c r="{place}" t="inlineStr"><is><t>{escape(value)}</t></is></c>' if value else ""
        return f'<c r="{place}"><v>{value!r}</v></c>'

    body = "".join(
        f'<row r="{number}">' + "".join(cell(value, number, column) for column, value in enumerate(row)) + "</row>"
        for number, row in enumerate(rows, 1)
    )
    main, relations = (
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://schemas.openxmlformats.org/package/2006/relationships",
    )
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    types = "application/vnd.openxmlformats-officedocument.spreadsheetml"

    def relation(kind: str, target: str) -> str:
        one = f'<Relationship Id="rId1" Type="{office}/{kind}" Target="{target}"/>'
        return f'{XML_HEAD}<Relationships xmlns="{relations}">{one}</Relationships>'

    named = f'<sheets><sheet name="{escape(sheet)}" sheetId="1" r:id="rId1"/></sheets>'
    return package(
        {
            "[Content_Types].xml": f'{XML_HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{types}.sheet.main+xml"/>'
            f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{types}.worksheet+xml"/></Types>',
            "_rels/.rels": relation("officeDocument", "xl/workbook.xml"),
            "xl/workbook.xml": f'{XML_HEAD}<workbook xmlns="{main}" xmlns:r="{office}">{named}</workbook>',
            "xl/_rels/workbook.xml.rels": relation("worksheet", "worksheets/sheet1.xml"),
            "xl/worksheets/sheet1.xml": f'{XML_HEAD}<worksheet xmlns="{main}"><sheetData>{body}</sheetData></worksheet>',
        }
    )
