"""Invoices as OFD (GB/T 33190): by the attached XML, else by the tags that name text on the pages, else by the form itself."""

from __future__ import annotations

from dataclasses import dataclass

from chaoce.evidence.draft import FIELDS, Draft, DraftLine, kind_of
from chaoce.evidence.findings import Finding, Refused, refuse
from chaoce.evidence.form import Fragment, read_form
from chaoce.evidence.numbers import parse_fen
from chaoce.evidence.package import Package, resolve
from chaoce.evidence.safe_xml import Node, parse_xml
from chaoce.evidence.xml_invoices import draft_of

#: CustomData name -> field of the draft; the first of these names that stands there is taken.
_CUSTOM = {
    "number": ("发票号码",),
    "code": ("发票代码",),
    "date": ("开票日期",),
    "net": ("合计金额",),
    "tax": ("合计税额",),
    "gross": ("价税合计",),
    "buyer_id": ("购买方纳税人识别号",),
    "buyer_name": ("购买方名称",),
    "seller_id": ("销售方纳税人识别号",),
    "seller_name": ("销售方名称",),
}
#: Tag -> field of the draft, of an invoice and of a line.
_TAGS = {
    "InvoiceNo": "number",
    "InvoiceCode": "code",
    "IssueDate": "date",
    "BuyerName": "buyer_name",
    "BuyerTaxID": "buyer_id",
    "SellerName": "seller_name",
    "SellerTaxID": "seller_id",
    "TaxExclusiveTotalAmount": "net",
    "TaxTotalAmount": "tax",
    "TaxInclusiveTotalAmount": "gross",
    "Note": "remark",
}
_LINE_TAGS = {
    "Item": "item",
    "Specification": "spec",
    "MeasurementDimension": "unit",
    "Quantity": "quantity",
    "Price": "price",
    "Amount": "net",
    "TaxScheme": "rate",
    "TaxAmount": "tax",
}
#: How far above the amount of its line, in millimetres, the first text of the line may begin.
_ROW_SLACK = 1.5


@dataclass(frozen=True)
class _Text:
    """A text object: the page it stands on (counted), its top and left in millimetres, its text."""

    page: int
    top: float
    left: float
    base: float
    size: float
    text: str


def read_ofd(data: bytes) -> Draft:
    """The one invoice of an OFD; raises Refused."""
    return _Document(Package(data)).draft()


class _Document:
    def __init__(self, package: Package):
        self.package = package
        bodies = self.xml("OFD.xml").all("DocBody")
        if not bodies:
            raise refuse("ofd.missing", part="DocBody")
        if len(bodies) > 1:
            raise refuse("invoice.several", numbers=f"{len(bodies)} × DocBody")
        self.custom: dict[str, list[str]] = {}
        for node in bodies[0].walk():
            if node.tag == "CustomData" and node.text:
                self.custom.setdefault(node.attributes.get("Name", ""), []).append(node.text)
        numbers = list(dict.fromkeys(self.custom.get("发票号码", [])))
        if len(numbers) > 1:
            raise refuse("invoice.several", numbers=", ".join(numbers[:5]))
        self.root_name = resolve("OFD.xml", bodies[0].get("DocRoot") or "Doc_0/Document.xml")
        self.root = self.xml(self.root_name)

    def xml(self, name: str) -> Node:
        if name not in self.package:
            raise refuse("ofd.missing", part=name[:80])
        return parse_xml(self.package.read(name))

    def draft(self) -> Draft:
        attached = self.attached()
        if attached is not None:
            attached.carrier = "ofd_2019" if attached.carrier == "xml_2019" else "ofd_digital"
            self.check_custom(attached)
            return attached
        texts = self.texts()
        draft = self.tagged(texts) or self.untagged(texts)
        for name in _CUSTOM:
            if not getattr(draft, name):
                setattr(draft, name, self.custom_value(name))
        self.check_custom(draft)
        title = "".join(text.text for _, text in texts)
        draft.kind = kind_of(_title(title))
        return draft

    # the attachment

    def attached(self) -> Draft | None:
        """The invoice of the attached XML, if there is one. Two of them are two invoices."""
        drafts = []
        for name in self.attachments():
            try:
                drafts.append(draft_of(parse_xml(self.package.read(name))))
            except Refused as refused:
                if refused.findings[0].code != "xml.unknown":  # another attachment; a damaged one is a fault
                    raise
        if len({(draft.code, draft.number) for draft in drafts}) > 1:
            raise refuse("invoice.several", numbers=", ".join(draft.number for draft in drafts[:5]))
        return drafts[0] if drafts else None

    def attachments(self) -> list[str]:
        names: list[str] = []
        listing = self.root.get("Attachments")
        if listing:
            place = resolve(self.root_name, listing)
            if place in self.package:
                names = [resolve(place, node.text) for node in self.xml(place).walk() if node.tag == "FileLoc"]
        names += [name for name in self.package.names() if name.endswith("original_invoice.xml")]
        return [name for name in dict.fromkeys(names) if name in self.package and name.lower().endswith(".xml")]

    # CustomData

    def custom_value(self, name: str) -> str:
        return next((values[0] for label in _CUSTOM[name] if (values := self.custom.get(label))), "")

    def check_custom(self, draft: Draft) -> None:
        """What stands in CustomData and elsewhere must be alike: a file that was tampered with often is not."""
        for name in ("number", "code", "net", "tax", "gross"):
            here, there = getattr(draft, name), self.custom_value(name)
            same = here == there
            if name in ("net", "tax", "gross"):
                one, other = parse_fen(here, printed=True), parse_fen(there, printed=True)
                same = one is not None and one == other
            if here and there and not same:
                said = {"field": FIELDS[name], "value": here[:40], "other": there[:40]}
                raise draft.refusal(Finding("field.differs", said))

    # tags and pages

    def texts(self) -> list[tuple[str, _Text]]:
        """Every text object of the pages and their templates, with its ID, in the order of the pages."""
        templates = {
            node.attributes.get("ID"): node.attributes.get("BaseLoc", "") for node in self.root.walk() if node.tag == "TemplatePage"
        }
        pages = self.root.find("Pages")
        found: list[tuple[str, _Text]] = []
        for number, page in enumerate(pages.all("Page") if pages else []):
            content = self.xml(resolve(self.root_name, page.attributes.get("BaseLoc", "")))
            used = [templates.get(node.attributes.get("TemplateID")) for node in content.all("Template")]
            for location in used:
                if location and (name := resolve(self.root_name, location)) in self.package:
                    found += _text_objects(self.xml(name), number)
            found += _text_objects(content, number)
        return found

    def tagged(self, texts: list[tuple[str, _Text]]) -> Draft | None:
        """The invoice by its tags, or None if no tag names text."""
        objects = {identity: text for identity, text in texts if identity}
        for root in self.tag_files():
            draft = _by_tags(root, objects)
            if draft is not None:
                return draft
        return None

    def tag_files(self) -> list[Node]:
        listing = self.root.get("CustomTags")
        place = resolve(self.root_name, listing) if listing else ""
        if place not in self.package:
            return []
        names = [resolve(place, node.text) for node in self.xml(place).walk() if node.tag == "FileLoc"]
        return [self.xml(name) for name in dict.fromkeys(names) if name in self.package]

    def untagged(self, texts: list[tuple[str, _Text]]) -> Draft:
        carrier = "ofd_2019" if self.custom_value("code") else "ofd_digital"
        try:
            return read_form([Fragment(text.page, text.left, text.base, text.size, text.text) for _, text in texts], carrier)
        except Refused as refused:
            if refused.findings[0].code == "invoice.several" or not self.custom_value("number"):
                raise
        return Draft(carrier, printed=True)  # the totals of CustomData, without a line


def _title(text: str) -> str:
    place = max(text.find("发票("), text.find("发票\uff08"), text.find("专用发票"), text.find("普通发票"))
    return text[max(0, place - 20) : place + 20] if place >= 0 else ""


def _text_objects(root: Node, page: int) -> list[tuple[str, _Text]]:
    found = []
    for node in root.walk():
        if node.tag != "TextObject":
            continue
        codes = [child for child in node.children if child.tag == "TextCode"]
        text = "".join("".join(code.pieces) for code in codes)
        left, top = (_millimetres(value) for value in [*node.attributes.get("Boundary", "").split(), "0", "0"][:2])
        first = codes[0].attributes if codes else {}
        base = top + _millimetres(first.get("Y", "0"))
        size = max(0.1, _millimetres(node.attributes.get("Size", "3")))
        found.append((node.attributes.get("ID", ""), _Text(page, top, left + _millimetres(first.get("X", "0")), base, size, text.strip())))
    return found


def _millimetres(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        return 0.0
    return value if -1e6 < value < 1e6 else 0.0


def _refs(node: Node, objects: dict[str, _Text]) -> list[_Text]:
    """The text objects that a tag names directly."""
    return [objects[child.text] for child in node.children if child.tag == "ObjectRef" and child.text in objects]


def _by_tags(root: Node, objects: dict[str, _Text]) -> Draft | None:
    draft = Draft("ofd_digital", printed=True)
    flat: dict[str, list[_Text]] = {}
    groups = [node for node in root.walk() if node.tag == "GoodsInfo"]
    inside = {id(node) for group in groups for node in group.walk()}
    for node in root.walk():
        texts = _refs(node, objects)
        if not texts or id(node) in inside:
            continue
        if node.tag in _TAGS:
            setattr(draft, _TAGS[node.tag], "".join(text.text for text in texts))
        elif node.tag in _LINE_TAGS:
            flat.setdefault(node.tag, []).extend(texts)
    for group in groups:
        cells = {child.tag: "".join(text.text for text in _refs(child, objects)) for child in group.children if child.tag in _LINE_TAGS}
        draft.lines.append(DraftLine(**{_LINE_TAGS[tag]: text for tag, text in cells.items()}))
    if not groups:
        draft.lines = _lines_by_place(flat)
    if draft.code:
        draft.carrier = "ofd_2019"
    return draft if draft.number or draft.lines else None


def _lines_by_place(flat: dict[str, list[_Text]]) -> list[DraftLine]:
    """Lines from tags that name all names, all amounts, … of the invoice: each text belongs to the amount at or above it."""
    amounts = sorted(flat.get("Amount", ()), key=lambda text: (text.page, text.base))
    lines = [DraftLine() for _ in amounts]
    for tag, texts in flat.items():
        for text in sorted(texts, key=lambda text: (text.page, text.base, text.left)):
            place = [n for n, amount in enumerate(amounts) if (amount.page, amount.base) <= (text.page, text.base + _ROW_SLACK)]
            if not place:
                raise refuse("field.missing", field=FIELDS["line.net"])
            line, name = lines[place[-1]], _LINE_TAGS[tag]
            setattr(line, name, getattr(line, name) + text.text)
    return lines


def page_texts(data: bytes) -> list[str]:
    """What the pages of an OFD show, row by row from the top, the texts of one row parted by blanks; raises Refused."""
    rows: dict[tuple[int, int], list[_Text]] = {}
    for _, text in _Document(Package(data)).texts():
        if text.text:
            rows.setdefault((text.page, round(text.base / 2)), []).append(text)
    return ["   ".join(text.text for text in sorted(row, key=lambda text: text.left)) for _, row in sorted(rows.items())]
