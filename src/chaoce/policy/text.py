"""The official text as numbered clauses, paragraphs and sentences, and the departments that it names."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECTION = re.compile(r"([一二三四五六七八九十]+)、|(第[一二三四五六七八九十百]+条)")
_ARTICLE = re.compile(r"[(（]([一二三四五六七八九十]+)[)）]")
_ITEM = re.compile(r"([0-9]+)[.、．]")
_DEPARTMENTS = re.compile(r"〔责任单位[:\uff1a]([^〕]*)〕")
_ASIDE = re.compile(r"[(（][^()（）]*[)）]")


@dataclass(frozen=True)
class Paragraph:
    """A paragraph with its clause, like 三(一) or 二(一)1, and its place in the text."""

    clause: str
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """A sentence with the clause it stands in; the list of departments is no sentence."""

    clause: str
    start: int
    end: int


class OfficialText:
    """A text, numbered."""

    def __init__(self, text: str):
        self.text = text
        self.paragraphs = _paragraphs(text)

    def paragraph_at(self, offset: int) -> Paragraph:
        """The paragraph that ends at or holds the offset: the one that a block at that place follows."""
        found = self.paragraphs[0]
        for paragraph in self.paragraphs:
            if paragraph.start < offset:
                found = paragraph
        return found

    def departments(self, paragraph: Paragraph) -> tuple[str, ...]:
        """The departments of a paragraph, the leading one first."""
        match = _DEPARTMENTS.search(self.text, paragraph.start, paragraph.end)
        if match is None:
            return ()
        return tuple(name.strip() for name in _ASIDE.sub("", match[1]).split("、") if name.strip())

    def sentences(self, paragraph: Paragraph) -> tuple[Sentence, ...]:
        cut = _DEPARTMENTS.search(self.text, paragraph.start, paragraph.end)
        end = cut.start() if cut else paragraph.end
        found, start = [], paragraph.start
        while start < end:
            stop = self.text.find("。", start, end)
            stop = end if stop < 0 else stop + 1
            if self.text[start:stop].strip():
                found.append(Sentence(paragraph.clause, start, stop))
            start = stop
        return tuple(found)

    def in_section(self, section: str) -> tuple[Paragraph, ...]:
        """The paragraphs of a section, with its articles, 三(一), and its items, 三1."""
        return tuple(p for p in self.paragraphs if re.fullmatch(re.escape(section) + r"(\(.*|[0-9]+)?", p.clause))


def _paragraphs(text: str) -> tuple[Paragraph, ...]:
    found = []
    section = article = ""
    start = 0
    for line in text.split("\n"):
        clause = section + article
        if match := _SECTION.match(line):
            section, article = match[1] or match[2], ""
            clause = section
        elif match := _ARTICLE.match(line):
            article = f"({match[1]})"
            clause = section + article
        elif match := _ITEM.match(line):
            clause = section + article + match[1]
        if line.strip():
            found.append(Paragraph(clause, start, start + len(line)))
        start += len(line) + 1
    return tuple(found) or (Paragraph("", 0, 0),)
