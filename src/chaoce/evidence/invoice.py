"""An invoice and its lines, whatever file carried them. Money is whole fen; the lines of a red invoice are negative."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from fractions import Fraction

from chaoce.evidence.identity import veiled

SPECIAL, ORDINARY, UNKNOWN = "special", "ordinary", "unknown"

#: carrier -> (how rich it is, Chinese, English); of two copies of one invoice the richer (lower) one is used.
CARRIERS: dict[str, tuple[int, str, str]] = {
    "digital_xml": (0, "数电票 XML", "数电票 XML"),
    "chinese_xml": (1, "数电票 XML(中文标签)", "数电票 XML (Chinese tags)"),
    "pinyin_xml": (2, "发票 XML(拼音标签)", "invoice XML (pinyin tags)"),
    "xml_2019": (3, "2019 版电子发票 XML", "2019 e-invoice XML"),
    "ofd_2019": (4, "2019 版 OFD", "2019 OFD"),
    "ofd_digital": (5, "数电票 OFD", "数电票 OFD"),
    "pdf": (6, "PDF", "PDF"),
}
KINDS = {SPECIAL: ("专用发票", "special"), ORDINARY: ("普通发票", "ordinary"), UNKNOWN: ("种类不明", "kind unknown")}


@dataclass(frozen=True)
class Party:
    """A seller or a buyer; either part may be empty where the invoice does not give it."""

    id: str = ""
    name: str = ""

    def say(self) -> str:
        return " ".join(part for part in (self.name, veiled(self.id)) if part) or "—"


@dataclass(frozen=True)
class Line:
    """A line of an invoice (明细行). `net` and `tax` are fen; `rate` is None where no tax is charged or none is given."""

    number: int
    item: str
    net: int
    tax: int
    rate: Fraction | None = None
    spec: str = ""
    unit: str = ""
    quantity: Fraction | None = None
    price: Fraction | None = None
    code: str = ""


@dataclass(frozen=True)
class Invoice:
    """An invoice as one file carried it. `original` is the key of the blue invoice that a red one corrects."""

    carrier: str
    file: str
    number: str
    date: date
    kind: str
    red: bool
    seller: Party
    buyer: Party
    lines: tuple[Line, ...]
    net: int
    tax: int
    gross: int
    code: str = ""
    original: str | None = None
    remark: str = ""

    @property
    def key(self) -> str:
        """What tells it from every other: the 20 digits, or `code-number` in the style of 2019."""
        return f"{self.code}-{self.number}" if self.code else self.number

    def matter(self, line: int) -> str:
        """事项 of one of its lines (docs/facts.md)."""
        return f"invoice:{self.key}#{line}"


def to_json(invoice: Invoice) -> dict[str, object]:
    """What a JSON text can hold; `from_json` is its inverse."""
    raw = asdict(invoice)
    raw["date"] = invoice.date.isoformat()
    raw["lines"] = [{k: str(v) if isinstance(v, Fraction) else v for k, v in asdict(line).items()} for line in invoice.lines]
    return raw


def from_json(raw: dict) -> Invoice:
    lines = []
    for entry in raw["lines"]:
        exact = {key: None if entry[key] is None else Fraction(entry[key]) for key in ("rate", "quantity", "price")}
        lines.append(Line(**{**entry, **exact}))
    parties = {key: Party(**raw[key]) for key in ("seller", "buyer")}
    return Invoice(**{**raw, **parties, "lines": tuple(lines), "date": date.fromisoformat(raw["date"])})
