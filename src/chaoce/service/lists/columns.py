"""What the columns of a list may be headed: the firm, the date, the certificate, and the fields of its type of fact."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import NamedTuple

from chaoce.evidence.vocabulary import Vocabulary
from chaoce.facts.types import FactType, Field

_UNIT = re.compile(r"\((?:单位:|人民币)?(元|万元|亿元|yuan|10 ?000 yuan)\)$")
_SCALES = {"元": 1, "yuan": 1, "万元": 10**4, "10000yuan": 10**4, "亿元": 10**8}

#: role -> the words of its header, the first being what a template writes in Chinese and the last what it writes in English.
ROLES: Mapping[str, tuple[str, ...]] = {
    "uscc": (
        *("统一社会信用代码", "社会信用代码", "统一信用代码", "信用代码", "税号", "纳税人识别号"),
        *("纳税人识别号(统一社会信用代码)", "统一社会信用代码(税号)", "unified social credit identifier", "uscc", "tax id"),
    ),
    "name": (
        *("企业名称", "单位名称", "公司名称", "企业", "单位", "名称", "企业全称", "单位全称", "申报单位", "申报企业", "入选单位"),
        *("入选企业", "获奖单位", "受补助单位", "收款单位", "权利人", "登记主体", "企业(单位)名称"),
        *("name of the firm", "firm", "company", "name"),
    ),
    "type": ("类型", "事实类型", "type of fact", "type"),
    "date": (
        *("日期", "认定日期", "公布日期", "发文日期", "发证日期", "登记日期", "备案日期", "入选日期", "列入日期"),
        *("拨付日期", "兑付日期", "支付日期", "到账日期", "day", "date"),
    ),
    "number": ("证书编号", "证书号", "证书号码", "登记证书编号", "登记号", "备案号", "编号", "certificate", "certificate number"),
    "matter": ("事项", "matter"),
    "note": ("备注", "说明", "note"),
    "skip": ("序号", "号", "no.", "no", "#"),
    "industry": ("行业代码", "industry code"),
    "division": ("注册地区划", "行政区划代码", "division code"),
    "town": ("镇街", "镇(街道)", "所属镇街", "属地", "town"),
}
#: The roles of a list of support received, beside the firm, the date, the matter and the note.
RECEIVED: Mapping[str, tuple[str, ...]] = {
    "benefit": ("补助项目", "政策项", "支持项目", "奖补项目", "资金项目", "项目", "项目名称", "资金名称", "补助名称", "plan", "benefit"),
    "policy": ("政策", "政策名称", "政策文件", "依据文件", "policy"),
    "invoice": ("发票号码", "发票号", "发票", "数电票号码", "invoice", "invoice number"),
    "amount": ("金额", "补助金额", "奖补金额", "拨付金额", "兑付金额", "实拨金额", "到账金额", "amount"),
    "year": ("年度", "所属年度", "补助年度", "year"),
}
_COMMON = ("uscc", "name", "date", "matter", "note", "skip")


class Column(NamedTuple):
    """A column of a list: its place counted from 0, its header as it stands, what it is for, and how many yuan its figures count.

    `role` is empty where the header can only be a field of a type of fact; `word` is the header in the form that is compared.
    """

    place: int
    header: str
    word: str
    role: str
    scale: int


def plain(text: str) -> str:
    """A word in the form in which words are compared: half-width, small letters, without blanks at ends or among Chinese."""
    text = unicodedata.normalize("NFKC", text).strip().rstrip(":*").lower()
    return re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", re.sub(r"\s+", " ", text))


_FACTS_WORDS = {plain(word): role for role, words in ROLES.items() for word in (role, *words) if word != "skip"}
_RECEIVED_WORDS = {plain(word): role for role in _COMMON for word in ROLES[role]} | {
    plain(word): role for role, words in RECEIVED.items() for word in (role, *words)
}


def read_column(place: int, header: str, received: bool) -> Column:
    """What a header is for."""
    word = plain(header)
    unit = _UNIT.search(word)
    scale = _SCALES[unit[1].replace(" ", "")] if unit else 1
    if unit and word[: unit.start()]:
        word = word[: unit.start()]
    role = (_RECEIVED_WORDS if received else _FACTS_WORDS).get(word, "")
    return Column(place, header, word, role, scale)


class Words:
    """The words of the fact types, compared in their plain form."""

    def __init__(self, words: Vocabulary):
        self.types = words.types.types
        self._types = {plain(word): name for name, kind in self.types.items() for word in (kind.names.zh, kind.names.en, name)}
        self._fields = {
            kind.name: {plain(word): field for field in kind.fields.values() for word in (field.names.en, field.names.zh, field.name)}
            for kind in self.types.values()
        }
        self._values: dict[int, dict[str, str]] = {}
        self._titles = {
            plain(word): kind.matter.format_map({kind.by: value})
            for kind in self.types.values()
            if kind.by is not None and kind.matter is not None and f"{{{kind.by}}}" in kind.matter and kind.matter.count("{") == 1
            for value, names in (kind.fields[kind.by].choices or {}).items()
            for word in (names.zh, names.en, value)
        }

    def type(self, text: str) -> str | None:
        """The fact type that a text names, in either language."""
        return self._types.get(plain(text))

    def field(self, kind: FactType, word: str) -> Field | None:
        """The field of a type that a plain word names, in either language."""
        return self._fields[kind.name].get(word)

    def is_field(self, word: str) -> bool:
        """Whether a plain word names a field of any type."""
        return any(word in fields for fields in self._fields.values())

    def value(self, field: Field, text: str) -> str | None:
        """The value of a choice that a text names, in either language; None where it is none."""
        assert field.choices is not None
        if id(field) not in self._values:
            self._values[id(field)] = {plain(word): value for value, names in field.choices.items() for word in (names.zh, names.en, value)}
        return self._values[id(field)].get(plain(text))

    def matter_of_title(self, text: str) -> str | None:
        """The matter of a title that a text names: `recognition:cdo_pilot` for its Chinese name."""
        return self._titles.get(plain(text))

    def options(self, kind: FactType | None) -> dict[str, str]:
        """All that a column may be headed for a type (or any), in either language, for a message."""
        kinds = [kind] if kind is not None else list(self.types.values())
        fields = [field for one in kinds for field in one.fields.values()]
        roles = [role for role in ROLES if role not in ("skip", "industry", "division")]
        return {
            "zh": "、".join(dict.fromkeys([*(ROLES[role][0] for role in roles), *(field.names.zh for field in fields)])),
            "en": ", ".join(dict.fromkeys([*(ROLES[role][-1] for role in roles), *(field.names.en for field in fields)])),
        }


def received_options() -> dict[str, str]:
    """All that a column of a list of support received may be headed, in either language, for a message."""
    words = [*(ROLES[role] for role in _COMMON if role != "skip"), *RECEIVED.values()]
    return {"zh": "、".join(entry[0] for entry in words), "en": ", ".join(entry[-1] for entry in words)}
