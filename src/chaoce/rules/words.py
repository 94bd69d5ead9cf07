"""Rules read aloud: an expression or an amount in plain Chinese, in plain English, or as the rule's own words (`code`)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from chaoce.facts.types import Field
from chaoce.marked import Names
from chaoce.money import say_rate, say_yuan
from chaoce.rules import expr as x
from chaoce.rules import tree as t

_OPS = {
    "zh": {"==": "为", "!=": "不为", "<": "低于", "<=": "不高于", ">": "高于", ">=": "不低于"},
    "en": {"==": "is", "!=": "is not", "<": "is below", "<=": "is at most", ">": "is above", ">=": "is at least"},
}


def say_number(value: int | Fraction) -> str:
    """A number that is no money: whole, in decimals where exact, else a fraction."""
    value = Fraction(value)
    if value.denominator == 1:
        return f"{value.numerator:,}"
    scaled = value * 10**6
    if scaled.denominator == 1:
        whole, part = divmod(abs(scaled.numerator), 10**6)
        return f"{'-' if value < 0 else ''}{whole:,}." + f"{part:06d}".rstrip("0")
    return f"{value.numerator}/{value.denominator}"


def say_value(field: Field, value: Any, lang: str) -> str:
    """A field's value for a person."""
    if isinstance(value, bool):
        return {"zh": "是" if value else "否", "en": "yes" if value else "no"}[lang]
    if field.kind == "money":
        return say_money(value, lang)
    if field.choices is not None and value in field.choices:
        return field.choices[value][lang]
    if isinstance(value, int | Fraction):
        return say_number(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def say_money(fen: int | Fraction, lang: str) -> str:
    """Yuan with its unit; a part of a fen is shown where there is one."""
    if isinstance(fen, Fraction) and fen.denominator != 1:
        amount = say_number(fen / 100)
    else:
        amount = say_yuan(int(fen))
    return f"{amount} 元" if lang == "zh" else f"{amount} yuan"


def say(node: x.Expr, lang: str) -> str:
    """An expression in `zh`, `en` or `code`."""
    return _SAY[type(node)](node, lang)


def _literal(node: x.Literal, lang: str) -> str:
    value = node.value
    if isinstance(value, bool):
        return {"zh": "是" if value else "否", "en": "yes" if value else "no", "code": str(value).lower()}[lang]
    if node.type == "money":
        return say_number(Fraction(value, 100)).replace(",", "") if lang == "code" else say_money(value, lang)  # type: ignore[arg-type]
    if node.unit == "ratio":
        return say_rate(Fraction(value))  # type: ignore[arg-type]
    if isinstance(value, date):
        return f"'{value.isoformat()}'" if lang == "code" else value.isoformat()
    if isinstance(value, int | Fraction):
        return say_number(value).replace(",", "") if lang == "code" else say_number(value)
    return f"'{value}'" if lang == "code" and node.type == "text" else str(value)


def _field(node: x.FactField | x.FirmField, lang: str) -> str:
    if lang == "code":
        return f"firm.{node.field.name}" if isinstance(node, x.FirmField) else node.field.name
    return node.field.names[lang]


def _choice(node: x.Expr, value: str, lang: str) -> str:
    field = getattr(node, "field", None)
    if lang == "code" or field is None or field.choices is None:
        return value
    return field.choices[value][lang]


def _compare(node: x.Compare, lang: str) -> str:
    left = say(node.left, lang)
    if isinstance(node.right, x.Literal) and node.right.type == "choice":
        right = _choice(node.left, str(node.right.value), lang)
    else:
        right = say(node.right, lang)
    if lang == "code":
        return f"{left} {node.op} {right}"
    return f"{left}{_OPS[lang][node.op]}{right}" if lang == "zh" else f"{left} {_OPS[lang][node.op]} {right}"


def _within(node: x.Within, lang: str) -> str:
    item = say(node.item, lang)
    values = [_choice(node.item, value, lang) for value in node.values]
    if lang == "code":
        return f"{item} in {{{', '.join(values)}}}"
    return f"{item}为{'、'.join(values)}之一" if lang == "zh" else f"{item} is one of: {', '.join(values)}"


def _within_brackets(node: x.Expr, lang: str, inside: tuple[type, ...]) -> str:
    """A part of an expression, in brackets where it would otherwise be read apart."""
    said = say(node, lang)
    return f"({said})" if isinstance(node, inside) else said


def _joined(word: Mapping[str, str]) -> Callable[[Any, str], str]:
    return lambda node, lang: word[lang].join(_within_brackets(part, lang, (x.Both, x.Either)) for part in node.parts)


def _negation(node: x.Negation, lang: str) -> str:
    part = _within_brackets(node.part, lang, (x.Both, x.Either, x.Compare, x.Within))
    return {"zh": "并非", "en": "not ", "code": "not "}[lang] + part


def _arithmetic(node: x.Arithmetic, lang: str) -> str:
    sign = node.op if lang == "code" else {"*": "×", "/": "÷"}.get(node.op, node.op)
    left, right = (_operand(part, lang, node.op, place) for place, part in enumerate((node.left, node.right)))
    return f"{left} {sign} {right}"


def _operand(node: x.Expr, lang: str, op: str, place: int) -> str:
    said = say(node, lang)
    if isinstance(node, x.Arithmetic) and (op in "*/" or place == 1) and (node.op in "+-" or place == 1):
        return f"({said})"
    return said


def _call(code: str, zh: str, en: str, part: str) -> Callable[[Any, str], str]:
    frame = {"zh": zh, "en": en, "code": code + "({})"}
    return lambda node, lang: frame[lang].format(say(getattr(node, part), lang))


def _param(node: x.Param, lang: str) -> str:
    name = f"param.{node.name}" if node.by is None else f"param.{node.name}[{say(node.by, 'code')}]"
    return name if lang == "code" else {"zh": f"年度决定“{node.name}”", "en": f"the year's decision '{node.name}'"}[lang]


def _holds(node: x.Holds, lang: str) -> str:
    values = ", ".join(node.values)
    return {"zh": f"持有称号 {values}", "en": f"holds {values}", "code": f"holds({values})"}[lang]


_SAY: Mapping[type, Callable[[Any, str], str]] = {
    x.Literal: _literal,
    x.FactField: _field,
    x.FirmField: _field,
    x.FactDate: lambda node, lang: {"zh": "日期", "en": "date", "code": "date"}[lang],
    x.Param: _param,
    x.Table: lambda node, lang: {"zh": "决定的表", "en": "the decided table", "code": "table"}[lang] + f"[{say(node.by, lang)}]",
    x.Compare: _compare,
    x.Within: _within,
    x.Both: _joined({"zh": ",且", "en": ", and ", "code": " and "}),
    x.Either: _joined({"zh": ",或", "en": ", or ", "code": " or "}),
    x.Negation: _negation,
    x.Arithmetic: _arithmetic,
    x.Previous: _call("previous", "上一年的{}", "last year's {}", "of"),
    x.Growth: _call("growth", "{}的增长率", "growth of {}", "of"),
    x.First: _call("first", "首次:{}", "for the first time: {}", "condition"),
    x.YearsSince: _call("years_since", "自{}起的整年数", "whole years since {}", "day"),
    x.Holds: _holds,
}


def both(node: x.Expr) -> Names:
    """An expression in Chinese and in English."""
    return Names(say(node, "zh"), say(node, "en"))


def _amount(amount: int | Fraction | x.Param, lang: str) -> str:
    if isinstance(amount, x.Param):
        return _param(amount, lang)
    return say_rate(amount) if isinstance(amount, Fraction) else say_money(amount, lang)


def say_pay(pay: t.Pay, lang: str) -> str:
    """What a rule pays, in one line of `zh` or `en`."""
    most = ({"zh": "不高于 ", "en": "at most "}[lang]) if pay.at_most else ""
    zh = lang == "zh"
    if isinstance(pay, t.Fixed):
        return most + _amount(pay.amount, lang)
    if isinstance(pay, t.Rate):
        base, rate = say(pay.base, lang), most + _amount(pay.rate, lang)
        if not zh:
            return f"{rate} of {base}"
        return f"{base} × {rate}" if isinstance(pay.rate, x.Param) else f"{most.strip()}{base}的{_amount(pay.rate, lang)}"
    if isinstance(pay, t.PerUnit):
        count = f"({say(pay.count, lang)})" if pay.count is not None else ""
        return (
            f"每{pay.unit}{count}{most}{_amount(pay.amount, lang)}"
            if zh
            else f"{most}{_amount(pay.amount, lang)} for each {pay.unit} {count}".strip()
        )
    if isinstance(pay, t.Progressive):
        rows = "、".join(f"超过 {_amount(b.above, lang)} 的部分 {say_rate(b.rate)}" if b.above else say_rate(b.rate) for b in pay.brackets)
        rows_en = ", ".join(
            f"{say_rate(b.rate)} of the part above {_amount(b.above, lang)}" if b.above else say_rate(b.rate) for b in pay.brackets
        )
        return f"{say(pay.base, lang)}超额累进:{most}{rows}" if zh else f"progressive on {say(pay.base, lang)}: {most}{rows_en}"
    if isinstance(pay, t.Ladder):
        over = ("超过 ", "more than ")[lang == "en"]
        steps = [(_choice(pay.on, s.at, lang) if isinstance(s.at, str) else over * s.over + say_money(s.at, lang), s) for s in pay.steps]
        rows = ", ".join(f"{at}: {most}{_amount(s.amount, lang)}" for at, s in steps)
        less = ("(只补差额)", " (only the difference)")[lang == "en"] if pay.difference else ""
        return f"{say(pay.on, lang)}首次达到{rows}{less}" if zh else f"{say(pay.on, lang)} first reaching {rows}{less}"
    if isinstance(pay, t.ByClass):
        rows = "; ".join(f"{_choice(pay.by, c, lang)}: {say_pay(p, lang)}" for c, p in zip(pay.classes, pay.pays, strict=True))
        return f"按{say(pay.by, lang)}:{rows}" if zh else f"by {say(pay.by, lang)}: {rows}"
    if isinstance(pay, t.LeastOf):
        rows = "; ".join(say_pay(option, lang) for option in pay.options)
        return f"取最小:{rows}" if zh else f"the least of: {rows}"
    if isinstance(pay, t.Standard):
        return f"{say(pay.base, lang)}按{pay.name}" if zh else f"{pay.name}, on {say(pay.base, lang)}"
    if isinstance(pay, t.Raised):
        by = say_rate(pay.by)
        how = (
            (f"提高 {by[:-1]} 个百分点" if zh else f"raised by {by[:-1]} points")
            if pay.points
            else (f"上浮 {by}" if zh else f"raised by {by}")
        )
        when = "" if pay.when is None else (f"(若{say(pay.when, lang)})" if zh else f" (if {say(pay.when, lang)})")
        return f"{say_pay(pay.pay, lang)},{how}{when}" if zh else f"{say_pay(pay.pay, lang)}, {how}{when}"
    assert isinstance(pay, t.Uplift)
    by = say_rate(pay.by)
    if pay.points:
        return f"“{pay.benefit}”的比例提高 {by[:-1]} 个百分点" if zh else f"{by[:-1]} points more on {pay.benefit}"
    return f"“{pay.benefit}”金额的 {by}" if zh else f"{by} of {pay.benefit}"


_PUNCTUATION = str.maketrans({",": "\uff0c", ":": "\uff1a", ";": "\uff1b"})
_AMONG_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff”》)〉%元号])[,:;](?=[\u4e00-\u9fff“《(〈0-9-]|$)")


def chinese_punctuation(text: str) -> str:
    """Chinese that the program says itself, with the punctuation of Chinese; official sentences are left as they are."""
    return _AMONG_CHINESE.sub(lambda match: match[0].translate(_PUNCTUATION), text)


def say_limit(limit: t.Limit, lang: str) -> str:
    """A limit in one line of `zh` or `en`."""
    amount = _amount(limit.amount, lang)
    if limit.base is not None:
        amount = f"{say(limit.base, lang)} × {amount}"
    per = {"item": ("单项", "an item"), "firm": ("单家企业", "a firm")}.get(limit.per, (f"每个 {limit.per}", f"each {limit.per}"))
    span = "" if limit.per == "item" else {"year": ("每年", " a year"), "life": ("有效期内", " over the term")}[limit.span][lang == "en"]
    when = "" if limit.when is None else (f"({say(limit.when, lang)})" if lang == "zh" else f" ({say(limit.when, lang)})")
    return f"{per[0]}{span}不超过 {amount}{when}" if lang == "zh" else f"at most {amount} {per[1]}{span}{when}"


def say_pool(pool: t.Pool, lang: str) -> str:
    """A pool in one line of `zh` or `en`."""
    amount = _amount(pool.amount, lang)
    if pool.per == "item":
        return f"全市平均每项 {amount}" if lang == "zh" else f"{amount} an item on average over the whole city"
    how = {"first come": ("先到先得", "first come, first served"), "pro rata": ("按比例分配", "shared pro rata"), None: ("", "")}[
        pool.sharing
    ]
    tail = (f",{how[0]}" if lang == "zh" else f", {how[1]}") if how[0] else ""
    return (f"全市每年共 {amount}" if lang == "zh" else f"{amount} a year for the whole city") + tail
