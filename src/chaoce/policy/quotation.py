"""The numbers of a Chinese legal sentence, read by machine: value, unit and comparator.

以上, 以下 and 以内 include the number itself; 超过, 突破, 不满 and 不足 do not (Civil Code, article 1259).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

_DIGITS = {char: number for number, char in enumerate("零一二三四五六七八九")} | {"两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {"万": 10**4, "亿": 10**8}
_CHINESE = "零一二两三四五六七八九十百千"
_NUMBER = re.compile(
    r"(?P<date>[0-9]{4}年[0-9]{1,2}月[0-9]{1,2}日)"
    rf"|百分之(?P<percent>[{_CHINESE}]+)"
    rf"|(?P<denominator>[{_CHINESE}]+)分之(?P<numerator>[{_CHINESE}]+)"
    rf"|(?P<tenths>[一二三四五六七八九])成(?![^,\uff0c。;\uff1b]?[立效长为果])"
    rf"|(?P<chinese>[{_CHINESE}]+)(?P<chinese_scale>[万亿]*)(?P<chinese_unit>元|个百分点)"
    r"|(?P<number>[0-9]+(?:\.[0-9]+)?)(?P<scale>万|亿)?(?P<unit>个百分点|元|[%\uff05‰]|[个件家项名年台套P㎡])?"
)
_INCLUDED = r"[(\uff08](不含|含)(?:本数)?[)\uff09]"
_SUFFIX = re.compile(rf"(?:{_INCLUDED})?(?:及)?(以上|以下|以内)(?:{_INCLUDED})?")
_NOT = "不得|不能|不应|不可|不会|未|不"
_ABOVE, _BELOW = "超过|高于|大于|多于|突破", "低于|少于|小于"
_PREFIX = re.compile(
    rf"(?P<most>最高|最多|至多|封顶|(?:{_NOT})(?:{_ABOVE}))|(?P<least>至少|(?:{_NOT})(?:{_BELOW}))"
    rf"|(?P<over>{_ABOVE})|(?P<under>{_BELOW}|不满|不足)|(?P<raise>上浮|加奖|提高|上调)"
)
_PREFIX_MEANS = {"most": "<=", "least": ">=", "over": ">", "under": "<", "raise": "+"}
_BREAK = re.compile(r"[,\uff0c。;\uff1b:\uff1a()\uff08\uff09“”]")
_AND = re.compile(r"、|和|及|或|/")


@dataclass(frozen=True)
class Quantity:
    """A number in a text: its place, exact value (money in yuan), unit and comparator (=, <=, <, >=, >, +)."""

    start: int
    end: int
    value: Fraction | str
    unit: str
    comparator: str
    words: str


def read_quantities(text: str, start: int = 0, end: int | None = None) -> tuple[Quantity, ...]:
    """Every number in text[start:end], in order.

    >>> [(str(q.value), q.unit, q.comparator) for q in read_quantities("不高于实际购买金额的50%,最高50万元、20万元")]
    [('1/2', '%', '<='), ('500000', '元', '<='), ('200000', '元', '<=')]
    >>> [(str(q.value), q.unit, q.comparator) for q in read_quantities("达到2000万元(含)以上的,5%、7%、9%以内,突破100亿元")]
    [('20000000', '元', '>='), ('1/20', '%', '<='), ('7/100', '%', '<='), ('9/100', '%', '<='), ('10000000000', '元', '>')]
    """
    stop = len(text) if end is None else end
    matches = list(_NUMBER.finditer(text, start, stop))
    # The number of a clause or a list item is no quantity.
    matches = [m for m in matches if not (m["number"] and not m["unit"] and text[m.end() : m.end() + 1] in (".", "．"))]
    found: list[Quantity] = []
    explicit: list[bool] = []
    previous_end = start
    for match in matches:
        comparator, last = _comparator(text, match, previous_end, stop)
        found.append(_quantity(match, comparator or "=", text[match.start() : last]))
        explicit.append(comparator is not None)
        previous_end = last
    return tuple(_spread(text, found, explicit))


def _comparator(text: str, match: re.Match[str], previous_end: int, stop: int) -> tuple[str | None, int]:
    suffix = _SUFFIX.match(text, match.end(), stop)
    if suffix:
        exclusive = "不含" in (suffix[1], suffix[3])
        sign = ">" if suffix[2] == "以上" else "<"
        return sign if exclusive else sign + "=", suffix.end()
    before = text[previous_end : match.start()]
    cuts = [m.end() for m in _BREAK.finditer(before)] + [m.end() for m in re.finditer("、", before)]
    window = before[max(cuts, default=0) :]
    words = list(_PREFIX.finditer(window))
    return (_PREFIX_MEANS[str(words[-1].lastgroup)] if words else None), match.end()


def _quantity(match: re.Match[str], comparator: str, words: str) -> Quantity:
    place = (match.start(), match.start() + len(words))
    if match["date"]:
        year, month, day = re.findall("[0-9]+", match["date"])
        return Quantity(*place, f"{int(year):04d}-{int(month):02d}-{int(day):02d}", "date", comparator, words)
    if match["percent"]:
        return Quantity(*place, Fraction(_chinese(match["percent"]), 100), "%", comparator, words)
    if match["denominator"]:
        return Quantity(*place, Fraction(_chinese(match["numerator"]), _chinese(match["denominator"])), "%", comparator, words)
    if match["tenths"]:
        return Quantity(*place, Fraction(_DIGITS[match["tenths"]], 10), "%", comparator, words)
    if match["chinese"]:
        value, unit = Fraction(_chinese(match["chinese"])), match["chinese_unit"]
        for scale in match["chinese_scale"]:
            value *= _SCALES[scale]
    else:
        value, unit = Fraction(match["number"]) * _SCALES.get(match["scale"], 1), match["unit"] or ""
    if unit in ("%", "\uff05", "‰"):
        return Quantity(*place, value / (1000 if unit == "‰" else 100), "%", comparator, words)
    if unit == "个百分点":
        return Quantity(*place, value / 100, "点", comparator, words)
    return Quantity(*place, value, unit, comparator, words)


def _chinese(text: str) -> int:
    """A number below ten thousand in Chinese: 二十, 一百五十, 两千."""
    total = digit = 0
    for char in text:
        if char in _TENS:
            total += (digit or 1) * _TENS[char]
            digit = 0
        else:
            digit = _DIGITS[char]
    return total + digit


def _spread(text: str, found: list[Quantity], explicit: list[bool]) -> list[Quantity]:
    """In a list (最高50万元、20万元; 5%、7%、9%以内) the first prefix and the last suffix speak for all of it."""
    spread = list(found)
    for index in range(1, len(spread)):
        joined = _AND.fullmatch(text[spread[index - 1].end : spread[index].start])
        if joined and not explicit[index] and explicit[index - 1] and not _SUFFIX.search(spread[index - 1].words):
            spread[index] = replace(spread[index], comparator=spread[index - 1].comparator)
            explicit[index] = True
    suffixed = [bool(_SUFFIX.search(quantity.words)) for quantity in spread]
    for index in range(len(spread) - 2, -1, -1):
        joined = _AND.fullmatch(text[spread[index].end : spread[index + 1].start])
        if joined and not explicit[index] and explicit[index + 1] and suffixed[index + 1]:
            spread[index] = replace(spread[index], comparator=spread[index + 1].comparator)
            explicit[index] = suffixed[index] = True
    return spread


def respective(text: str, subject: str) -> tuple[int, int] | None:
    """Which of how many a subject is in a list that 分别 divides: 国家、浙江省…分别给予最高50万元、20万元; None if it is in none.

    >>> respective("新入选国家、浙江省场景(应用标杆企业、服务商)的企业分别给予最高50万元、20万元", "国家")
    (0, 2)
    """
    before, found, _ = text.partition("分别")
    if not found:
        return None
    items = re.sub(r"[(（][^()（）]*[)）]", "", before.rpartition("。")[2]).split("、")
    places = [index for index, item in enumerate(items) if subject in item]
    return (places[0], len(items)) if len(places) == 1 and len(items) > 1 else None


def after_respectively(text: str, quantities: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """The quantities of the list right behind 分别."""
    place = text.find("分别")
    behind = [q for q in quantities if q.start > place >= 0]
    listed: list[Quantity] = []
    for quantity in behind:
        if listed and not _AND.fullmatch(text[listed[-1].end : quantity.start]):
            break
        listed.append(quantity)
    return tuple(listed)
