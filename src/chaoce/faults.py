"""What is wrong with what a person handed in, said so that the person can put it right.

A fault is a message of the catalogue below with its particulars and its place. Chinese first, English complete:

    Faults                 an exception; holds every fault found, never only the first
      Fault                one message: code, place (file, line, firm, fact, field), particulars

The tests hold one wrong file for every message of the catalogue.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

#: code -> (Chinese, English); `{…}` are the particulars of the fault.
MESSAGES: dict[str, tuple[str, str]] = {
    # files
    "file.missing": ("没有这个文件", "there is no such file"),
    "file.encoding": ("不是 UTF-8 文本(第 {offset} 字节)", "is not UTF-8 text (byte {offset})"),
    "file.kind": ("只读 .json 或 .jsonl 文件", "must be a .json or .jsonl file"),
    "file.empty": ("文件里没有企业", "holds no firm"),
    "json.broken": ("JSON 有误:{detail}", "is not JSON: {detail}"),
    "json.twice": ("同一对象里“{key}”出现两次;只能写一次", "'{key}' stands twice in one object; write it once"),
    "yaml.broken": ("YAML 有误:{detail}", "is not YAML: {detail}"),
    "yaml.twice": ("“{key}”出现两次;只能写一次", "'{key}' stands twice; write it once"),
    # a firm and its facts
    "shape": ("应为{want}", "should be {want_en}"),
    "missing": ("缺少“{key}”;应写{want}", "'{key}' is missing; write {want_en}"),
    "unknown.key": ("没有“{key}”这一项;可写:{options}", "no key '{key}' here; there is: {options}"),
    "unknown.field": ("事实类型 {type} 没有“{key}”这一项;可写:{options}", "a {type} has no field '{key}'; it has: {options}"),
    "unknown.type": ("没有事实类型“{value}”;有:{options}", "no fact type '{value}'; there is: {options}"),
    "unknown.value": ("没有“{value}”这个取值;可写:{options}", "no value '{value}'; one of: {options}"),
    "uscc.shape": (
        "“{value}”不是统一社会信用代码;应为 18 位数字和大写字母(不含 I、O、S、V、Z)",
        "'{value}' is no 统一社会信用代码: 18 digits and capitals without I, O, S, V, Z",
    ),
    "uscc.check": ("“{value}”校验位不对;按前 17 位应为 {right}", "'{value}' has a wrong check character; its first 17 give {right}"),
    "industry": ("“{value}”不是 GB/T 4754 行业代码;应如 C3962", "'{value}' is no GB/T 4754 industry; write it like C3962"),
    "division": ("“{value}”不是 {digits} 位行政区划代码;应如 {right}", "'{value}' is no code of {digits} digits; write it like {right}"),
    "money": (
        '“{value}”不是金额;应为以元为单位、不带符号、最多两位小数的字符串,如 "820000.00"',
        "'{value}' is no amount; write yuan as a string without sign and with at most two decimals, like \"820000.00\"",
    ),
    "date": ("“{value}”不是存在的日期;应如 2026-03-18", "'{value}' is no day of the calendar; write it like 2026-03-18"),
    "id.twice": ("编号“{value}”用了不止一次;每条事实一个编号", "id '{value}' is used twice; every fact has its own"),
    "matter": ("事项“{value}”有误;应为非空字符串,“#”后只跟一个明细号", "'{value}' is no matter; a string that is not empty, at most one '#' with a line after it"),
    "series.twice": (
        "“{value}”在 {year} 年已有一条({other});每年一条",
        "there is already a {type} of '{value}' for {year} ({other}); one a year",
    ),
    # fact types
    "types.clash": (
        "事实类型 {type} 的“{key}”与政策 {other} 所定不一致;同名字段须相同",
        "field '{key}' of {type} differs from that of policy {other}; fields of one name must be alike",
    ),
    "types.kind": ("没有字段种类“{value}”;可写:{options}", "no kind of field '{value}'; one of: {options}"),
    "types.list": ("没有名为“{value}”的取值表;有:{options}", "no list '{value}'; there is: {options}"),
    "types.default": ("默认值“{value}”不是该种类的值", "the default '{value}' is no value of its kind"),
    "types.key": ("“{value}”不是 {type} 的字段;有:{options}", "'{value}' is no field of {type}; there is: {options}"),
    "names": ("应写中文名和英文名,如 {{zh: 算力补贴, en: Compute subsidy}}", "give both names, like {{zh: 算力补贴, en: Compute subsidy}}"),
}


def language() -> str:
    """The language to say things in: `CHAOCE_LANG` (zh or en), Chinese if it is not set."""
    return "en" if os.environ.get("CHAOCE_LANG", "zh").lower().startswith("en") else "zh"


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, with its place and what would be right."""

    code: str
    particulars: Mapping[str, object] = field(default_factory=dict)
    file: str | None = None
    line: int | None = None
    firm: str | None = None
    fact: str | None = None
    key: str | None = None

    def say(self, lang: str | None = None) -> str:
        """One line: `file:line: firm …: fact …: field: what, and what would be right`."""
        zh = (lang or language()) == "zh"
        place = []
        if self.file is not None:
            place.append(self.file if self.line is None else f"{self.file}:{self.line}")
        if self.firm is not None:
            place.append(f"企业 {self.firm}" if zh else f"firm {self.firm}")
        if self.fact is not None:
            place.append(f"事实 {self.fact}" if zh else f"fact {self.fact}")
        if self.key is not None:
            place.append(self.key)
        last = (self.key or "").rpartition(".")[2]
        text = MESSAGES[self.code][0 if zh else 1].format(**{"key": last, **self.particulars})
        return ": ".join([*place, text]).replace("\n", " ")

    def __str__(self) -> str:
        return self.say()


class Faults(Exception):
    """Everything found wrong in what was read; nothing of it has been used."""

    def __init__(self, faults: Iterable[Fault]):
        self.faults = tuple(faults)
        super().__init__("\n".join(fault.say() for fault in self.faults))


def listed(options: Iterable[str]) -> str:
    """Options for a message: sorted and joined."""
    return ", ".join(sorted(options))
