"""Amounts in the capital numerals of financial papers (大写金额), as the rules for filling in bills ask for."""

from __future__ import annotations

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "兆")


def in_capitals(fen: int) -> str:
    """An amount of fen, not negative and below 10^16 yuan, in capital numerals.

    >>> in_capitals(41000000), in_capitals(10050), in_capitals(1), in_capitals(0)
    ('人民币肆拾壹万元整', '人民币壹佰元伍角', '人民币壹分', '人民币零元整')
    >>> in_capitals(1000000007), in_capitals(10000000100), in_capitals(100105)
    ('人民币壹仟万元零柒分', '人民币壹亿零壹元整', '人民币壹仟零壹元零伍分')
    """
    if not 0 <= fen < 10**18:
        raise ValueError(f"{fen} fen cannot be written in capitals")
    yuan, part = divmod(fen, 100)
    jiao, rest = divmod(part, 10)
    text = f"{_whole(yuan)}元" if yuan else ""
    if jiao:
        text += f"{_DIGITS[jiao]}角"
    if rest:
        text += f"{'零' if yuan and not jiao else ''}{_DIGITS[rest]}分"
    else:
        text += "整" if not jiao and yuan else ""
    return "人民币" + (text or "零元整")


def _whole(number: int) -> str:
    """A number above nought; noughts between digits are said once."""
    parts: list[str] = []
    group = 0
    while number:
        number, four = divmod(number, 10_000)
        if four:
            said = _four(four) + _GROUPS[group]
            # A group that does not begin with its thousands is led in by a nought where there is more before it.
            parts.insert(0, ("零" if number and four < 1000 else "") + said)
        elif parts and not parts[0].startswith("零"):
            parts[0] = "零" + parts[0]
        group += 1
    return "".join(parts)


def _four(number: int) -> str:
    text, nought = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit:
            text += ("零" if nought and text else "") + _DIGITS[digit] + _PLACES[place]
            nought = False
        else:
            nought = True
    return text
