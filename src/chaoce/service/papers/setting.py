"""Data set as a PDF by a typst template. What people wrote goes in as data and is never read as typst."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import typst

from chaoce.faults import UNPRINTED
from chaoce.service.papers.fonts import MISSING, covered, fonts

TEMPLATES = Path(__file__).resolve().parent / "templates" / "papers"
#: For the archive (GB/T 23286 asks for PDF/A) and for readers who do not see (PDF/UA).
STANDARDS: list[Literal["a-2a", "ua-1"]] = ["a-2a", "ua-1"]
#: Signs without a place to break the line at; after so many a place is put in. Digests are set small enough to stay whole.
_RUN = re.compile(r"[^\s\u2e80-\uffef]{25,}")
_PIECE = re.compile(r".{12}(?=.)")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_BREAK = "\u200b"


def set_paper(template: str, data: dict[str, Any], at: datetime) -> bytes:
    """The PDF of a template (its name without `.typ`) and its data; `at` is the moment that the document bears.

    The same data give the same bytes on every machine. Raises NoFonts.
    """
    have = covered()
    lacking: set[str] = set()
    clean = _clean(data, have, lacking)
    clean["lacking"] = [f"U+{ord(sign):04X}" for sign in sorted(lacking)]
    compiler = _compiler(template, fonts())
    result = compiler.compile(
        format="pdf",
        sys_inputs={"data": json.dumps(clean, ensure_ascii=False, sort_keys=True)},
        pdf_standards=[*STANDARDS],
        timestamp=int(at.timestamp()),
    )
    assert isinstance(result, bytes)
    return result


def _compiler(template: str, letters: typst.Fonts) -> typst.Compiler:
    # One a paper: a compiler keeps the inputs of its last call, and two requests may set papers at the same moment.
    return typst.Compiler(str(TEMPLATES / f"{template}.typ"), root=str(TEMPLATES), font_paths=letters)


def _clean(value: Any, have: frozenset[int], lacking: set[str]) -> Any:
    """The same with nothing in its texts that cannot be set: signs that are not seen, signs that no font has."""
    if isinstance(value, str):
        text = "\n".join(UNPRINTED.sub(" ", line) for line in value.splitlines())
        text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf")
        for sign in set(text) - {"\n"}:
            if ord(sign) not in have and not 0xA0 <= ord(sign) <= 0x17F:  # these typst brings itself
                lacking.add(sign)
                text = text.replace(sign, MISSING)
        return _RUN.sub(_parted, text)
    if isinstance(value, dict):
        return {key: _clean(entry, have, lacking) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(entry, have, lacking) for entry in value]
    return value


def _parted(run: re.Match[str]) -> str:
    return run[0] if _DIGEST.fullmatch(run[0]) else _PIECE.sub(lambda piece: piece[0] + _BREAK, run[0])


@lru_cache(maxsize=1)
def templates() -> tuple[str, ...]:
    """The names of all templates."""
    return tuple(sorted(path.stem for path in TEMPLATES.glob("*.typ") if path.stem != "paper"))
