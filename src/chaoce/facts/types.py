"""Fact types: which facts a policy reads, of what fields. They are data; a policy folder declares its own.

enterprise: {founded: {kind: date, zh: 成立日期, en: founded}}     fields of the firm beyond the common ones
lists:      {level: {national: {zh: 国家级, en: national}, …}}      named lists of values
facts:
  recognition:
    name: {zh: 称号认定, en: a title granted}
    by: title                       benefits read this type title by title
    matter: "recognition:{title}"   the matter where a fact names none (left out: the fact's id)
    series: product                 facts of one product follow each other, one a year (`firm`: one a firm a year)
    fields:
      title: {kind: choice, of: title, zh: 称号, en: title}
      new:   {kind: flag, default: yes, zh: 新认定, en: new}
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from numbers import Number
from pathlib import Path
from typing import Any

from chaoce.dates import parse_date
from chaoce.faults import Fault, Faults, listed
from chaoce.files import read_text
from chaoce.marked import Marked, Names, read_marked
from chaoce.money import parse_yuan

#: A field's value: fen, a count, a Fraction, a flag, a date or a text, as its kind says.
Value = Any

_QUANTITY = re.compile(r"[0-9]{1,15}(\.[0-9]{1,6})?")


def _quantity(raw: object) -> Fraction | None:
    return Fraction(raw) if type(raw) is str and _QUANTITY.fullmatch(raw) else None


def _count(raw: object) -> int | None:
    return raw if type(raw) is int and 0 <= raw < 10**15 else None


def _flag(raw: object) -> bool | None:
    return raw if type(raw) is bool else None


def _text(raw: object) -> str | None:
    """Words without blanks at their ends and without invisible signs: two names that look alike are alike."""
    return raw if type(raw) is str and raw and raw == raw.strip() and raw.isprintable() else None


@dataclass(frozen=True)
class Kind:
    """A kind of value: how it is read from JSON, and what would be right."""

    read: Callable[[object], Value | None]
    fault: str
    want: str
    want_en: str


KINDS: dict[str, Kind] = {
    "money": Kind(parse_yuan, "money", "以元为单位的金额字符串", "yuan as a string"),
    "count": Kind(_count, "shape", "非负整数", "a whole number, not negative"),
    "quantity": Kind(_quantity, "shape", '数量字符串,如 "12.5"', 'a quantity as a string, like "12.5"'),
    "flag": Kind(_flag, "shape", "true 或 false", "true or false"),
    "date": Kind(parse_date, "date", "日期", "a date"),
    "text": Kind(_text, "shape", "非空字符串(首尾无空格,无不可见字符)", "a string that is not empty, without blanks at its ends"),
    "choice": Kind(_text, "shape", "表中的一个值", "a value of the list"),
}


@dataclass(frozen=True)
class Field:
    """A field of a fact type or of the firm."""

    name: str
    kind: str
    names: Names
    choices: Mapping[str, Names] | None = None
    optional: bool = False
    default: Value | None = None

    @property
    def required(self) -> bool:
        return not self.optional and self.default is None


@dataclass(frozen=True)
class FactType:
    """A type of dated, evidenced event (事实类型)."""

    name: str
    names: Names
    fields: Mapping[str, Field]
    by: str | None = None
    matter: str | None = None
    series: str | None = None


#: The sections of GB/T 4754-2017; `firm.section` is the first letter of the industry code.
SECTIONS: Mapping[str, Names] = {
    letter: Names(f"{zh} ({letter})", f"{en} ({letter})")
    for letter, zh, en in (
        ("A", "农、林、牧、渔业", "agriculture, forestry, animal husbandry and fishery"),
        ("B", "采矿业", "mining"),
        ("C", "制造业", "manufacturing"),
        ("D", "电力、热力、燃气及水生产和供应业", "electricity, heat, gas and water"),
        ("E", "建筑业", "construction"),
        ("F", "批发和零售业", "wholesale and retail"),
        ("G", "交通运输、仓储和邮政业", "transport, storage and post"),
        ("H", "住宿和餐饮业", "accommodation and catering"),
        ("I", "信息传输、软件和信息技术服务业", "information transmission, software and IT services"),
        ("J", "金融业", "finance"),
        ("K", "房地产业", "real estate"),
        ("L", "租赁和商务服务业", "leasing and business services"),
        ("M", "科学研究和技术服务业", "scientific research and technical services"),
        ("N", "水利、环境和公共设施管理业", "water, environment and public facilities"),
        ("O", "居民服务、修理和其他服务业", "resident services, repair and other services"),
        ("P", "教育", "education"),
        ("Q", "卫生和社会工作", "health and social work"),
        ("R", "文化、体育和娱乐业", "culture, sports and entertainment"),
        ("S", "公共管理、社会保障和社会组织", "public administration and social organisations"),
        ("T", "国际组织", "international organisations"),
    )
}

#: The fields of `enterprise` that every policy knows (docs/facts.md).
FIRM_FIELDS: Mapping[str, Field] = {
    field.name: field
    for field in (
        Field("uscc", "text", Names("统一社会信用代码", "unified social credit identifier")),
        Field("name", "text", Names("企业名称", "name of the firm")),
        Field("industry", "text", Names("行业代码", "industry")),
        Field("division", "text", Names("注册地区划", "division")),
        Field("town", "text", Names("镇街", "town"), optional=True),
        Field("employees", "count", Names("从业人数", "employees"), optional=True),
        Field("revenue", "money", Names("营业收入", "revenue"), optional=True),
        Field("section", "choice", Names("行业门类", "industry section"), SECTIONS),
    )
}

#: The tables of a population that hold no facts; a type of fact cannot have their names.
TABLES_OF_FIRMS = ("enterprises", "received")

#: Fields that every fact has or may have, whatever its type.
COMMON_FIELDS = ("id", "type", "date", "matter", "note", "evidence")


@dataclass(frozen=True)
class FactTypes:
    """The fact types of one policy, or of several together."""

    types: Mapping[str, FactType]
    firm: Mapping[str, Field]

    def __or__(self, other: FactTypes) -> FactTypes:
        """Both together: a type that both declare has the fields of both; a field that both declare must be alike."""
        return FactTypes(_merge_types(self.types, other.types), _merge_fields("enterprise", self.firm, other.firm))


class Clash(Exception):
    """Two policies declare one field differently."""

    def __init__(self, type_name: str, key: str):
        self.type_name, self.key = type_name, key
        super().__init__(f"{type_name}.{key}")


def _merge_types(ours: Mapping[str, FactType], theirs: Mapping[str, FactType]) -> dict[str, FactType]:
    merged = dict(ours)
    for name, theirs_type in theirs.items():
        if name not in merged:
            merged[name] = theirs_type
            continue
        mine = merged[name]
        for key in ("by", "matter", "series"):
            if getattr(mine, key) != getattr(theirs_type, key):
                raise Clash(name, key)
        merged[name] = replace(mine, fields=_merge_fields(name, mine.fields, theirs_type.fields))
    return merged


def _merge_fields(type_name: str, ours: Mapping[str, Field], theirs: Mapping[str, Field]) -> dict[str, Field]:
    merged = dict(ours)
    for name, field in theirs.items():
        mine = merged.setdefault(name, field)
        if (mine.kind, mine.default) != (field.kind, field.default) or (mine.choices is None) != (field.choices is None):
            raise Clash(type_name, name)
        choices = None if mine.choices is None else {**mine.choices, **(field.choices or {})}
        merged[name] = replace(mine, choices=choices, optional=mine.optional and field.optional)
    return merged


def read_types_of(folders: Sequence[Path]) -> FactTypes:
    """The fact types of policy folders, together; raises Faults, also where two declare one field differently."""
    paths = [folder / "facts.yaml" for folder in folders]
    return together([(folder, read_types(read_marked(read_text(path), str(path)))) for folder, path in zip(folders, paths, strict=True)])


def together(declared: Sequence[tuple[Path, FactTypes]]) -> FactTypes:
    """The fact types of several policies as one, each with the folder that declares it; raises Faults where two clash."""
    merged = FactTypes({}, {})
    for folder, types in declared:
        try:
            merged = merged | types
        except Clash as clash:
            particulars = {"type": clash.type_name, "other": ", ".join(other.name for other, _ in declared if other != folder)}
            raise Faults([Fault("types.clash", particulars, file=str(folder / "facts.yaml"), key=clash.key)]) from None
    return merged


def read_types(document: Marked) -> FactTypes:
    """The fact types that a `facts.yaml` declares; raises Faults."""
    entries = document.keys(("facts",), ("enterprise", "lists"))
    lists = {name: _read_list(entry) for name, entry in _sub(entries, "lists").items()}
    firm = dict(FIRM_FIELDS)
    for name, entry in _sub(entries, "enterprise").items():
        firm[name] = _read_field(name, entry, lists)
    return FactTypes({name: _read_type(name, entry, lists) for name, entry in entries["facts"].mapping().items()}, firm)


def _sub(entries: Mapping[str, Marked], key: str) -> Mapping[str, Marked]:
    return entries[key].mapping() if key in entries else {}


def _read_list(entry: Marked) -> dict[str, Names]:
    return {value: names.names() for value, names in entry.mapping().items()}


def _read_type(name: str, entry: Marked, lists: Mapping[str, Mapping[str, Names]]) -> FactType:
    entries = entry.keys(("name", "fields"), ("by", "matter", "series"))
    fields = {key: _read_field(key, field, lists) for key, field in entries["fields"].mapping().items()}
    for key in (*COMMON_FIELDS, "uscc"):
        if key in fields:
            raise entries["fields"].mapping()[key].fault("types.common")
    if name in TABLES_OF_FIRMS:
        raise entry.fault("types.reserved", value=name)
    for key in ("by", "series"):
        if key in entries and entries[key].text() not in fields and (key, entries[key].text()) != ("series", "firm"):
            raise entries[key].fault("types.key", value=entries[key].text(), type=name, options=listed(fields))
    if "by" in entries:
        by = fields[entries["by"].text()]
        if not by.required or by.choices is None:
            raise entries["by"].fault("types.by", value=by.name)
    matter = _matter(entries["matter"], name, fields) if "matter" in entries else None
    pick = {key: entries[key].text() if key in entries else None for key in ("by", "series")}
    return FactType(name, entries["name"].names(), fields, pick["by"], matter, pick["series"])


def _matter(entry: Marked, type_name: str, fields: Mapping[str, Field]) -> str:
    """The matter of a fact that names none: words and, in braces, fields that every fact of the type has."""
    text = entry.text()
    always = [key for key, field in fields.items() if not field.optional and field.kind in ("text", "choice", "count")]
    for used in re.findall(r"{([^{}]*)}", text):
        if used not in always:
            raise entry.fault("types.key", value=used, type=type_name, options=listed(always))
    if re.search(r"[{}#]", re.sub(r"{\w+}", "", text)) or not text.strip():
        raise entry.fault("types.matter", value=text)
    return text


def _read_field(name: str, entry: Marked, lists: Mapping[str, Mapping[str, Names]]) -> Field:
    entries = entry.keys(("kind", "zh", "en"), ("of", "optional", "default"))
    kind = entries["kind"].text()
    if kind not in KINDS:
        raise entries["kind"].fault("types.kind", value=kind, options=listed(KINDS))
    choices: Mapping[str, Names] | None = None
    if kind == "choice":
        if "of" not in entries:
            raise entry.lacks("of", "取值表", "the list of values")
        of = entries["of"]
        if type(of.value) is dict:
            choices = _read_list(of)
        elif of.text() in lists:
            choices = lists[of.text()]
        else:
            raise of.fault("types.list", value=of.text(), options=listed(lists))
    optional = "optional" in entries and entries["optional"].choice(("yes", "no")) == "yes"
    default = _read_default(entries["default"], kind, choices) if "default" in entries else None
    return Field(name, kind, Names(entries["zh"].text(), entries["en"].text()), choices, optional, default)


def _read_default(entry: Marked, kind: str, choices: Mapping[str, Names] | None) -> Value:
    text = entry.text()
    raw: object = {"yes": True, "no": False}.get(text) if kind == "flag" else text
    if kind == "count" and text.isdecimal():
        raw = int(text)
    value = KINDS[kind].read(raw)
    if value is None or (choices is not None and value not in choices):
        raise entry.fault("types.default", value=text)
    return value


def check_value(field: Field, raw: object) -> tuple[Value | None, str, Mapping[str, object]]:
    """A field's value read from JSON: (value, "", {}), or (None, fault code, particulars)."""
    kind = KINDS[field.kind]
    value = kind.read(raw)
    if value is None:
        if field.kind == "money" and isinstance(raw, Number) and not isinstance(raw, bool):
            return None, "money.number", {"value": raw}
        among = (
            {"want": f"{kind.want}:{listed(field.choices)}", "want_en": f"{kind.want_en}: {listed(field.choices)}"} if field.choices else {}
        )
        return None, kind.fault, {"value": raw, "want": kind.want, "want_en": kind.want_en} | among
    if field.choices is not None and value not in field.choices:
        return None, "unknown.value", {"value": value, "options": listed(field.choices)}
    return value, "", {}
