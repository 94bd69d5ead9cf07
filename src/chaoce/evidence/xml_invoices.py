"""Invoices as XML: the 数电票 file of the tax bureau, the 2019 e-invoice, and two looser dialects by their tag names."""

from __future__ import annotations

from dataclasses import dataclass

from chaoce.evidence.draft import FIELDS, Draft, DraftLine, blue_of, kind_of
from chaoce.evidence.findings import Finding, refuse
from chaoce.evidence.invoice import ORDINARY, SPECIAL, UNKNOWN
from chaoce.evidence.numbers import parse_fen
from chaoce.evidence.safe_xml import Node, parse_xml


def read_xml(data: bytes) -> Draft:
    """The one invoice of an XML file; raises Refused."""
    return draft_of(parse_xml(data))


def draft_of(root: Node) -> Draft:
    """The one invoice below a root element; raises Refused."""
    # Only what lies above an invoice is searched for more of them: its own inside is never that deep.
    found = [node for node in root.walk() if node.tag.lower() == "einvoice"]
    digital = [node for node in found if node.find("Header") is not None]
    old = [node for node in found if node.find("InvoiceNo") is not None]
    invoices = digital or old
    if len(invoices) > 1:
        numbers = ", ".join(node.get("Header/EIid", "InvoiceNo") or "?" for node in invoices[:5])
        raise refuse("invoice.several", numbers=numbers)
    if digital:
        return _digital(digital[0])
    if old:
        return _old(old[0])
    for dialect in _DIALECTS:
        if draft := dialect.read(root):
            return draft
    raise refuse("xml.unknown", root=root.tag[:60])


def agree(name: str, one: str, other: str) -> str:
    """The value of a field that a file holds twice; raises Refused where the two differ."""
    if one and other and one != other:
        raise refuse("field.differs", field=FIELDS[name], value=one[:40], other=other[:40])
    return one or other


def _digital(root: Node) -> Draft:
    """EInvoice, versions 0.35 to 0.37."""
    basic, data = "EInvoiceData/BasicInformation", "EInvoiceData"
    label = "Header/InherentLabel"
    kind = {"01": SPECIAL, "02": ORDINARY}.get(root.get(f"{label}/GeneralOrSpecialVAT/LabelCode"), UNKNOWN)
    draft = Draft(
        "digital_xml",
        number=agree("number", root.get("Header/EIid"), root.get("TaxSupervisionInfo/InvoiceNumber")),
        date=root.get("TaxSupervisionInfo/IssueTime", f"{basic}/RequestTime"),
        kind=kind if kind != UNKNOWN else kind_of(root.get(f"{label}/GeneralOrSpecialVAT/LabelName")),
        red={"Y": False, "N": True}.get(root.get(f"{label}/InIssuType/LabelCode")),
        seller_id=root.get(f"{data}/SellerInformation/SellerIdNum"),
        seller_name=root.get(f"{data}/SellerInformation/SellerName"),
        buyer_id=root.get(f"{data}/BuyerInformation/BuyerIdNum"),
        buyer_name=root.get(f"{data}/BuyerInformation/BuyerName"),
        net=root.get(f"{basic}/TotalAmWithoutTax"),
        tax=root.get(f"{basic}/TotalTaxAm"),
        gross=root.get(f"{basic}/TotalTax-includedAmount"),
        remark=root.get(f"{data}/AdditionalInformation/Remark"),
    )
    named, said = root.get(f"{data}/SpecificInformation/RedEInvoice/OriginalInvoiceCode"), blue_of(draft.remark)
    draft.original = named if len(named) == 20 else said or named
    if len(named) == 20 and said and said != named:
        differs = Finding("field.differs", {"field": FIELDS["original"], "value": named, "other": said})
        raise draft.refusal(differs, Finding("red.unread", {"blue": said}))
    body = root.find(data)
    for entry in body.all("IssuItemInformation") if body else []:
        draft.lines.append(
            DraftLine(
                item=entry.get("ItemName"),
                net=entry.get("Amount"),
                tax=entry.get("ComTaxAm"),
                rate=entry.get("TaxRate"),
                spec=entry.get("SpecMod"),
                unit=entry.get("MeaUnits"),
                quantity=entry.get("Quantity"),
                price=entry.get("UnPrice"),
                code=entry.get("TaxClassificationCode"),
            )
        )
    return draft


def _old(root: Node) -> Draft:
    """eInvoice of 2019, mostly the attachment of an OFD."""
    draft = Draft(
        "xml_2019",
        number=root.get("InvoiceNo"),
        code=root.get("InvoiceCode"),
        date=root.get("IssueDate"),
        kind=kind_of(root.get("InvoiceType", "Title")),
        seller_id=root.get("Seller/SellerTaxID"),
        seller_name=root.get("Seller/SellerName"),
        buyer_id=root.get("Buyer/BuyerTaxID"),
        buyer_name=root.get("Buyer/BuyerName"),
        net=root.get("TaxExclusiveTotalAmount"),
        tax=root.get("TaxTotalAmount"),
        gross=root.get("TaxInclusiveTotalAmount"),
        remark=root.get("Note"),
    )
    _check_graph_code(draft, root.get("GraphCode"))
    goods = root.find("GoodsInfos")
    for entry in goods.all("GoodsInfo") if goods else []:
        draft.lines.append(
            DraftLine(
                item=entry.get("Item"),
                net=entry.get("Amount"),
                tax=entry.get("TaxAmount"),
                rate=entry.get("TaxScheme"),
                spec=entry.get("Specification"),
                unit=entry.get("MeasurementDimension"),
                quantity=entry.get("Quantity"),
                price=entry.get("Price"),
                code=entry.get("GoodsCode", "TaxClassificationCode"),
            )
        )
    return draft


def _check_graph_code(draft: Draft, text: str) -> None:
    """The text of the QR code, `01,<kind>,<code>,<number>,<net>,<yyyymmdd>,…`, says the same as the fields."""
    parts = text.split(",")
    if len(parts) < 6:
        return
    agree("code", draft.code, parts[2])
    agree("number", draft.number, parts[3])
    if parse_fen(draft.net) != parse_fen(parts[4]):
        agree("net", draft.net, parts[4])


@dataclass(frozen=True)
class _Dialect:
    """A dialect known by its tag names alone, wherever they stand: field -> the names that it goes by."""

    carrier: str
    fields: dict[str, tuple[str, ...]]
    line: dict[str, tuple[str, ...]]
    #: Two names that stand together only in a line.
    line_marks: tuple[tuple[str, ...], ...]

    def read(self, root: Node) -> Draft | None:
        """The invoice, or None if the file is not of this dialect; raises Refused."""
        entries = [node for node in root.walk() if self._is_line(node)]
        inside = {id(node) for entry in entries for node in entry.walk()}
        outside = [node for node in root.walk() if id(node) not in inside and node.text and not node.children]
        values: dict[str, str] = {}
        for name, tags in self.fields.items():
            texts = list(dict.fromkeys(node.text for tag in tags for node in outside if node.tag.upper() == tag))
            if name == "number" and len(texts) > 1:
                raise refuse("invoice.several", numbers=", ".join(texts[:5]))
            values[name] = texts[0] if texts else ""
        if not values["number"]:
            return None
        draft = Draft(self.carrier, kind=kind_of(values.pop("kind")))
        flag = values.pop("flag")
        for name, text in values.items():
            setattr(draft, name, text)
        draft.red = True if flag in ("红字", "红", "N", "否") else False if flag in ("蓝字", "蓝", "Y", "是") else None
        for entry in entries:
            leaves = {node.tag.upper(): node.text for node in entry.walk() if node.text and not node.children}
            draft.lines.append(DraftLine(**{name: next((leaves[t] for t in tags if t in leaves), "") for name, tags in self.line.items()}))
        return draft

    def _is_line(self, node: Node) -> bool:
        tags = {child.tag.upper() for child in node.children}
        return all(any(tag in tags for tag in marks) for marks in self.line_marks)


_CHINESE = _Dialect(
    "chinese_xml",
    {
        "number": ("发票号码", "数电票号码", "数电发票号码"),
        "code": ("发票代码",),
        "date": ("开票日期",),
        "kind": ("发票类型", "发票种类", "票种", "发票名称"),
        "flag": ("红蓝字标志", "蓝字发票标志", "是否蓝字发票标志", "是否蓝字发票"),
        "seller_id": ("销售方纳税人识别号", "销售方统一社会信用代码", "销售方识别号", "销方识别号", "销方税号"),
        "seller_name": ("销售方名称", "销方名称"),
        "buyer_id": ("购买方纳税人识别号", "购买方统一社会信用代码", "购买方识别号", "购方识别号", "购方税号"),
        "buyer_name": ("购买方名称", "购方名称"),
        "net": ("合计金额", "金额合计", "不含税金额合计"),
        "tax": ("合计税额", "税额合计"),
        "gross": ("价税合计", "价税合计小写", "价税合计金额"),
        "original": ("被红冲蓝字数电票号码", "被红冲蓝字发票号码", "对应蓝字发票号码", "原蓝字发票号码"),
        "remark": ("备注",),
    },
    {
        "item": ("项目名称", "货物或应税劳务名称", "货物或应税劳务、服务名称", "商品名称", "名称"),
        "net": ("金额",),
        "tax": ("税额",),
        "rate": ("税率", "税率征收率"),
        "spec": ("规格型号",),
        "unit": ("单位", "计量单位"),
        "quantity": ("数量",),
        "price": ("单价",),
        "code": ("税收分类编码", "商品和服务税收分类编码"),
    },
    (("项目名称", "货物或应税劳务名称", "货物或应税劳务、服务名称", "商品名称", "名称"), ("金额",), ("税额", "税率")),
)
_PINYIN = _Dialect(
    "pinyin_xml",
    {
        "number": ("FPHM", "FP_HM", "SDPHM"),
        "code": ("FPDM", "FP_DM"),
        "date": ("KPRQ",),
        "kind": ("FPPZ", "FPLX", "FPZLMC"),
        "flag": ("SFLZFP", "LZFPBZ"),
        "seller_id": ("XSFNSRSBH", "XSF_NSRSBH", "XFSH"),
        "seller_name": ("XSFMC", "XSF_MC", "XFMC"),
        "buyer_id": ("GMFNSRSBH", "GMF_NSRSBH", "GFSH"),
        "buyer_name": ("GMFMC", "GMF_MC", "GFMC"),
        "net": ("HJJE",),
        "tax": ("HJSE",),
        "gross": ("JSHJXX", "JSHJ"),
        "original": ("KJHZFPDYDLZFPHM", "LZFPHM", "YFPHM"),
        "remark": ("BZ",),
    },
    {
        "item": ("XMMC", "SPMC", "HWHYSLWFWMC"),
        "net": ("XMJE", "JE"),
        "tax": ("SE",),
        # SL is 税率 in the issuing interfaces and 数量 nowhere that writes XMSL or SLV beside it.
        "rate": ("SLV", "ZSL", "SL"),
        "spec": ("GGXH",),
        "unit": ("DW", "JLDW"),
        "quantity": ("XMSL", "SPSL"),
        "price": ("XMDJ", "DJ", "SPDJ"),
        "code": ("SPBM", "SPHFWSSFLHBBM"),
    },
    (("XMMC", "SPMC", "HWHYSLWFWMC"), ("XMJE", "JE"), ("SE", "SL", "SLV", "ZSL")),
)
_DIALECTS = (_CHINESE, _PINYIN)
