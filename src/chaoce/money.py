"""Money is a whole number of fen (1 yuan = 100 fen); a rate is a fraction. Neither is ever a binary float."""

from __future__ import annotations

import re
from fractions import Fraction

#: The largest amount that fits DECIMAL(18, 2), and so 64-bit fen in every reader.
LARGEST_FEN = 10**18 - 1

_YUAN = re.compile(r"([0-9]{1,16})(?:\.([0-9]{1,2}))?")
_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)%")
_RATIO = re.compile(r"([0-9]{1,9})/([0-9]{1,9})")


def parse_yuan(text: object) -> int | None:
    """Fen of a decimal yuan string with at most two places; None if it is not one.

    >>> parse_yuan("820000.00"), parse_yuan("0.1"), parse_yuan("1.234"), parse_yuan(820000)
    (82000000, 10, None, None)
    """
    if type(text) is not str:
        return None
    match = _YUAN.fullmatch(text)
    if match is None:
        return None
    whole, part = match.groups()
    return int(whole) * 100 + (int(part.ljust(2, "0")) if part else 0)


def format_yuan(fen: int) -> str:
    """A decimal yuan string with two places, as the files write money.

    >>> format_yuan(82000000), format_yuan(-5)
    ('820000.00', '-0.05')
    """
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def say_yuan(fen: int) -> str:
    """Yuan for a person: thousands parted, two places.

    >>> say_yuan(2000000000), say_yuan(-123456)
    ('20,000,000.00', '-1,234.56')
    """
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100:,}.{abs(fen) % 100:02d}"


def parse_rate(text: object) -> Fraction | None:
    """An exact rate from `50%`, `2.5%` or `1/3`; None if it is neither.

    >>> parse_rate("50%"), parse_rate("2.5%"), parse_rate("1/3"), parse_rate("0.5")
    (Fraction(1, 2), Fraction(1, 40), Fraction(1, 3), None)
    """
    if type(text) is not str:
        return None
    if match := _RATE.fullmatch(text):
        return Fraction(match[1]) / 100
    if (match := _RATIO.fullmatch(text)) and int(match[2]):
        return Fraction(int(match[1]), int(match[2]))
    return None


def say_rate(rate: Fraction) -> str:
    """A rate for a person: a percentage where that is exact in four places, else a fraction.

    >>> say_rate(Fraction(1, 2)), say_rate(Fraction(1, 40)), say_rate(Fraction(1, 3))
    ('50%', '2.5%', '1/3')
    """
    tenthousandths = rate * 1_000_000
    if tenthousandths.denominator != 1:
        return f"{rate.numerator}/{rate.denominator}"
    whole, part = divmod(tenthousandths.numerator, 10_000)
    return f"{whole}.{part:04d}".rstrip("0").rstrip(".") + "%"


def round_down(exact: Fraction) -> int:
    """Fen rounded down (舍去), the plan's rule; never below zero."""
    return max(0, exact.numerator // exact.denominator)


def round_half_up(exact: Fraction) -> int:
    """Fen rounded half up (四舍五入); never below zero."""
    return max(0, (2 * exact.numerator + exact.denominator) // (2 * exact.denominator))
