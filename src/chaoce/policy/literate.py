"""The literate file: the official text word for word, with blocks between its sentences.

A block is a fenced piece of YAML, ```` ```kind name ````. It is inserted text that begins with the newline before its
opening fence and ends with the newline after its closing fence; take every block out, and what is left is the official
text, byte for byte. So a block may stand between two sentences of one paragraph.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from chaoce.faults import Fault, Faults
from chaoce.marked import Marked, read_marked

KINDS = ("policy", "term", "overlap", "eligible", "benefit", "limit", "pool", "reading", "note")

#: The kinds whose blocks have a name.
NAMED = ("benefit", "limit", "pool", "reading", "policy")

_FENCE = re.compile(r"(?:\A|\n)```(?P<head>[^\n`]*)\n(?P<body>.*?)(?<=\n)```[ \t]*(?:\n|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Block:
    """A block of a literate file; `offset` is the place in the text where it was taken out."""

    kind: str
    name: str
    body: Marked
    line: int
    offset: int


@dataclass(frozen=True)
class Document:
    """A literate file taken apart: the text without the blocks, and the blocks."""

    file: str
    text: str
    blocks: tuple[Block, ...]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()


def read_document(source: str, file: str) -> Document:
    """Take a literate file apart; raises Faults with every faulty block."""
    blocks: list[Block] = []
    faults: list[Fault] = []
    kept: list[str] = []
    length = position = 0
    while match := _FENCE.search(source, position):
        kept.append(source[position : match.start()])
        length += match.start() - position
        position = match.end()
        line = source.count("\n", 0, match.start("head")) + 1
        kind, _, name = match["head"].strip().partition(" ")
        if kind not in KINDS:
            faults.append(Fault("block.kind", {"value": kind, "options": ", ".join(KINDS)}, file=file, line=line))
            continue
        if (kind in NAMED) != bool(name.strip()):
            faults.append(Fault("block.name", {"value": kind}, file=file, line=line))
            continue
        try:
            body = read_marked(match["body"], file, line + 1)
        except Faults as bad:
            faults.extend(bad.faults)
            continue
        blocks.append(Block(kind, name.strip(), Marked(body.value, file, line, ""), line, length))
    kept.append(source[position:])
    text = "".join(kept)
    if "```" in text:
        line = source.count("\n", 0, source.rfind("```")) + 1
        faults.append(Fault("block.open", file=file, line=line))
    if faults:
        raise Faults(faults)
    return Document(file, text, tuple(blocks))
