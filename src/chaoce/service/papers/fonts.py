"""The letters of papers. They come with the program, so that a paper is the same on every machine, also one without Chinese fonts.

An office that holds a licence for 仿宋, 黑体 and 小标宋 names their folder in `CHAOCE_FONTS`; papers are then set in them as far as
they go (GB/T 9704).
"""

from __future__ import annotations

import struct
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import typst
from django.conf import settings
from django.utils.translation import gettext as _

#: The package that brings Noto Serif SC and Noto Sans SC (SIL Open Font License 1.1).
PACKAGE = "pylopdf_fonts_zh_cn"
FILES = ("NotoSerifSC-Regular.otf", "NotoSansSC-Regular.otf")
#: What stands for a character that no font has; which one it is stands at the end of the paper.
MISSING = "〓"


class NoFonts(Exception):
    """There is no Chinese font to set a paper in; says how to get one."""

    def __init__(self) -> None:
        super().__init__(
            _("The Chinese fonts of papers are not installed. Install the Python package %(package)s, then try again.")
            % {"package": PACKAGE.replace("_", "-")}
        )


def folder() -> Path:
    """Where the fonts that come with the program lie; raises NoFonts."""
    spec = find_spec(PACKAGE)
    places = list(spec.submodule_search_locations or []) if spec is not None else []
    for place in places:
        if all((Path(place) / name).is_file() for name in FILES):
            return Path(place)
    raise NoFonts


def fonts() -> typst.Fonts:
    """The fonts of papers, none of the machine's; raises NoFonts."""
    own = settings.CHAOCE_FONTS
    return _fonts(*(str(place) for place in ([own] if own else []) + [folder()]))


@lru_cache(maxsize=4)
def _fonts(*folders: str) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True, font_paths=list(folders))


def covered() -> frozenset[int]:
    """The code points that every face of the papers has; raises NoFonts."""
    return _covered(folder())


@lru_cache(maxsize=2)
def _covered(place: Path) -> frozenset[int]:
    return frozenset.intersection(*(code_points((place / name).read_bytes()) for name in FILES))


def code_points(font: bytes) -> frozenset[int]:
    """The code points that an OpenType font has a letter for: the segments of its `cmap` table of format 12; ValueError without one."""
    (tables,) = struct.unpack_from(">H", font, 4)
    for number in range(tables):
        tag, _checksum, start, _length = struct.unpack_from(">4sLLL", font, 12 + 16 * number)
        if tag != b"cmap":
            continue
        (count,) = struct.unpack_from(">H", font, start + 2)
        for entry in range(count):
            (offset,) = struct.unpack_from(">L", font, start + 4 + 8 * entry + 4)
            (form,) = struct.unpack_from(">H", font, start + offset)
            if form == 12:
                return _segments(font, start + offset)
    raise ValueError("no cmap of format 12")


def _segments(font: bytes, start: int) -> frozenset[int]:
    found: set[int] = set()
    (groups,) = struct.unpack_from(">L", font, start + 12)
    for number in range(groups):
        first, last, glyph = struct.unpack_from(">LLL", font, start + 16 + 12 * number)
        found.update(range(first + (glyph == 0), last + 1))
    return frozenset(found)
