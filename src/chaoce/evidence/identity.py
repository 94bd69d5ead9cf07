"""Numbers of identity cards: natural persons sell under them, and nobody else needs to read them."""

from __future__ import annotations

import re
from datetime import date

_PERSON = re.compile(r"[1-9][0-9]{5}([0-9]{8})[0-9]{3}[0-9X]")


def is_person(code: str) -> bool:
    """Whether it is the number of an identity card, with its day of birth and check character (GB 11643).

    >>> is_person("11010519491231002X"), is_person("110105194912310021"), is_person("91330481MA2TEKT025")
    (True, False, False)
    """
    match = _PERSON.fullmatch(code)
    if match is None:
        return False
    try:
        date(int(match[1][:4]), int(match[1][4:6]), int(match[1][6:]))
    except ValueError:
        return False
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(code[:17]))
    return "10X98765432"[total % 11] == code[17]


def veiled(code: str) -> str:
    """A tax id as it may be shown: of the number of an identity card only the first six places (the region) and the last.

    >>> veiled("11010519491231002X"), veiled("91330481MA2TEKT025")
    ('110105***********X', '91330481MA2TEKT025')
    """
    return f"{code[:6]}***********{code[-1]}" if is_person(code) else code
