"""An amount as people write it: `80,000`, `8万元`, `¥80000.00`; the same in every list and form."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction

_AMOUNT = re.compile(r"¥?([0-9]{1,13}|[0-9]{1,3}(?:,[0-9]{3}){1,4})(\.[0-9]{1,8})?(元|万元?|亿元?)?")
_SCALES = {"元": 1, "万": 10**4, "万元": 10**4, "亿": 10**8, "亿元": 10**8}
#: More than any amount here, in fen.
_MOST = 10**17


def fen_of(amount: Fraction | None, scale: int) -> int | None:
    """Whole fen of so many units of `scale` yuan; None where that is no amount."""
    fen = None if amount is None else amount * scale * 100
    return fen.numerator if fen is not None and fen.denominator == 1 and 0 <= fen < _MOST else None


def read_amount(text: str, scale: int = 1) -> int | None:
    """Fen of an amount; `scale` is how many yuan a figure counts that names no unit of its own. None where it is no amount.

    >>> read_amount("8万"), read_amount("8万元"), read_amount("80,000"), read_amount("80000.00元"), read_amount("8,0000")
    (8000000, 8000000, 8000000, 8000000, None)
    """
    match = _AMOUNT.fullmatch(unicodedata.normalize("NFKC", text).replace(" ", ""))
    if match is None:
        return None
    return fen_of(Fraction(match[1].replace(",", "") + (match[2] or "")), _SCALES[match[3]] if match[3] else scale)
