"""The pages as they stand: their code blocks, tables, headings, and the files that they show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]

#: Every page, and each English page of users with its Chinese sister.
PAGES = [
    *(ROOT / name for name in ("README.md", "README.zh.md", "examples/README.md", "examples/README.zh.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs/zh").glob("*.md")),
]
PAIRS = [
    (ROOT / "README.md", ROOT / "README.zh.md"),
    (ROOT / "examples/README.md", ROOT / "examples/README.zh.md"),
    *((page.parents[1] / page.name, page) for page in sorted((ROOT / "docs/zh").glob("*.md"))),
]

_FENCE = re.compile(r"^(`{3,})(\w*)\n(.*?)^\1$", re.M | re.S)
#: A file that a page shows: its name in code, last in the line before the block.
_FILE = re.compile(r"`((?:\w+/)?[\w.-]+\.(?:json|yaml|md|txt|csv))`[^`\n]*[:：]\n\n(`{3,})\w*\n(.*?)^\2$", re.M | re.S)


class Code(NamedTuple):
    """A code block of a page."""

    kind: str
    text: str


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def codes(page: Path) -> list[Code]:
    """The code blocks of a page, in order."""
    return [Code(match[2], match[3]) for match in _FENCE.finditer(page.read_text("utf-8"))]


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def files(page: Path) -> dict[str, str]:
    """The files that a page shows in full, by name."""
    return {match[1]: match[3] for match in _FILE.finditer(page.read_text("utf-8"))}


def headings(page: Path) -> list[int]:
    """The levels of a page's headings, in order."""
    return [len(mark) for mark in re.findall(r"^(#+) ", prose(page), re.M)]


def rows(page: Path) -> list[list[str]]:
    """The cells of every row of every table, in order; rulers left out."""
    lines = re.findall(r"^ *\| (.*) \|$", prose(page), re.M)
    return [[cell.strip() for cell in line.split(" | ")] for line in lines if not re.fullmatch(r"[-| ]+", line)]


def anchor(heading: str) -> str:
    """The anchor that a page gets for a heading: small letters and signs of words, blanks become hyphens."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    return {anchor(heading) for heading in re.findall(r"^#+ (.*)$", prose(page), re.M)}
