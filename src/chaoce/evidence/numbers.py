"""Numbers and dates as invoices write them, read exactly: fen, fractions and days, never a binary float."""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

from chaoce.dates import parse_date

_FEN = re.compile(r"(-?)([0-9]{1,16})(?:\.([0-9]{1,2})0*)?")
_PARTED = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")
_DECIMAL = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,20})?")
_RATE = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)(%?)")
_DAYS = tuple(
    re.compile(pattern)
    for pattern in (
        r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})",
        r"([0-9]{4})/([0-9]{1,2})/([0-9]{1,2})",
        r"([0-9]{4})\.([0-9]{1,2})\.([0-9]{1,2})",
        r"([0-9]{4})年([0-9]{1,2})月([0-9]{1,2})日",
        r"([0-9]{4})([0-9]{2})([0-9]{2})",
    )
)
_TIME = re.compile(r"[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2})?(?:\.[0-9]+)?")

#: What stands in the place of a tax rate where no tax is charged.
UNTAXED = ("免税", "不征税", "出口零税率", "普通零税率", "***", "*", "－", "—", "-")


def parse_fen(text: str, printed: bool = False) -> int | None:
    """Fen of a decimal amount of yuan, which may be negative; None if it is not one.

    `printed` allows what only a printed form has: a yuan sign and thousands parted by commas.

    >>> parse_fen("9433.96"), parse_fen("-1793.56"), parse_fen("100"), parse_fen("12.3400")
    (943396, -179356, 10000, 1234)
    >>> parse_fen("1e5"), parse_fen("NaN"), parse_fen("1.234"), parse_fen("1,234.50"), parse_fen("¥1,234.50", printed=True)
    (None, None, None, None, 123450)
    """
    if printed:
        text = text.translate(_PRINTED)
        if text.startswith("-\u00a5"):
            text = "-" + text[2:]
        text = text.removeprefix("\u00a5")
        if _PARTED.fullmatch(text):
            text = text.replace(",", "")
    match = _FEN.fullmatch(text)
    if match is None or not text.isascii():
        return None
    sign, whole, part = match.groups()
    fen = int(whole) * 100 + int((part or "").ljust(2, "0"))
    return -fen if sign else fen


#: What printed forms use for the yuan sign, the minus, the comma and spaces (full-width and typographic twins).
_PRINTED = str.maketrans({"\uffe5": "\u00a5", "\u2212": "-", "\uff0d": "-", "\uff0c": ",", " ": None, "\u3000": None, "\u00a0": None})


def parse_decimal(text: str, printed: bool = False) -> Fraction | None:
    """An exact quantity or price, at most 20 places; None if it is not one.

    >>> parse_decimal("9433.96226415094") == Fraction(943396226415094, 10**11), parse_decimal("inf")
    (True, None)
    """
    if printed and _PARTED.fullmatch(text):
        text = text.replace(",", "")
    return Fraction(text) if text.isascii() and _DECIMAL.fullmatch(text) else None


def parse_tax_rate(text: str) -> Fraction | None:
    """A tax rate from `0.06`, `6%` or `6`; None if it is not one. (No rate is 100% or more, so `6` can only be 6%.)

    >>> parse_tax_rate("0.06"), parse_tax_rate("6%"), parse_tax_rate("13"), parse_tax_rate("0"), parse_tax_rate("six")
    (Fraction(3, 50), Fraction(3, 50), Fraction(13, 100), Fraction(0, 1), None)
    """
    match = _RATE.fullmatch(text) if text.isascii() else None
    if match is None:
        return None
    rate = Fraction(match[1])
    if match[2] or rate >= 1:
        rate /= 100
    return rate if rate < 1 else None


def parse_day(text: str) -> date | None:
    """The day of `2026-06-04`, `2026年06月04日`, `20260604`, each with or without a time; None if there is no such day.

    >>> parse_day("2026-06-04 09:38:46"), parse_day("2020年10月10日"), parse_day("20260230"), parse_day("2026/6/1")
    (datetime.date(2026, 6, 4), datetime.date(2020, 10, 10), None, datetime.date(2026, 6, 1))
    """
    text = text.strip()
    if not text.isprintable():
        return None
    if len(text) > 10 and (time := _TIME.search(text)) and time.end() == len(text):
        text = text[: time.start()]
    text = re.sub(r"\s", "", text)
    match = next((match for pattern in _DAYS if (match := pattern.fullmatch(text))), None)
    if match is None:
        return None
    year, month, day = match.groups()
    return parse_date(f"{year}-{month.zfill(2)}-{day.zfill(2)}")


def say_decimal(value: Fraction) -> str:
    """A decimal fraction as it was written, without trailing zeros.

    >>> say_decimal(Fraction("4424.77876106195")), say_decimal(Fraction(2)), say_decimal(Fraction("-0.5"))
    ('4424.77876106195', '2', '-0.5')
    """
    scaled = value * 10**20
    whole, part = divmod(abs(scaled.numerator // scaled.denominator), 10**20)
    text = f"{whole}.{part:020d}".rstrip("0").rstrip(".")
    return f"-{text}" if value < 0 else text


def nearest_fen(yuan: Fraction) -> int:
    """Whole fen nearest to an exact sum of yuan, halves away from zero (四舍五入), of either sign.

    >>> nearest_fen(Fraction("8849.5575")), nearest_fen(Fraction("-0.005"))
    (884956, -1)
    """
    exact = abs(yuan) * 100
    fen = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    return -fen if yuan < 0 else fen
