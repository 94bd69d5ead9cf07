"""统一社会信用代码, the unified social credit identifier of GB 32100-2015."""

from __future__ import annotations

import re
from typing import Any

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # no I, O, S, V, Z
_VALUE = {letter: number for number, letter in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_SHAPE = re.compile(r"[1-9A-HJ-NP-RTUWXY][1-9A-HJ-NP-RTUWXY][0-9]{6}[0-9A-HJ-NP-RTUWXY]{10}")


def check_character(body: str) -> str:
    """The eighteenth character for the first seventeen (modulo 31, weights 3^i).

    >>> check_character("91330481MA2TEKT02")
    '5'
    """
    total = sum(weight * _VALUE[letter] for weight, letter in zip(_WEIGHTS, body, strict=True))
    return ALPHABET[-total % 31]


def has_shape(code: Any) -> bool:
    """Whether it has the form of an identifier, whatever its check character says."""
    return type(code) is str and _SHAPE.fullmatch(code) is not None


def is_valid(code: Any) -> bool:
    """Whether it has the form and the right check character.

    >>> is_valid("91330481MA2TEKT025"), is_valid("91500106MA2CE71F65"), is_valid("9150010807MGZHI002")
    (True, False, False)
    """
    return has_shape(code) and check_character(code[:17]) == code[17]
