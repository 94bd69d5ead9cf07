"""XML from strangers: no DTD, no entity, no depth and no size that could hurt; the encoding is checked strictly."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from chaoce.evidence.findings import refuse
from chaoce.evidence.limits import XML_DEPTH, XML_NODES

_DECLARED = re.compile(rb"""<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
#: Declared encodings that are read, and the codec for each. GB18030 holds GBK and GB2312.
_CODECS = {
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "US-ASCII": "utf-8",
    "GB18030": "gb18030",
    "GBK": "gb18030",
    "GB2312": "gb18030",
    "UTF-16": "utf-16",
    "UTF-16LE": "utf-16-le",
    "UTF-16BE": "utf-16-be",
}
_BYTE_ORDER_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SAID = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8", "gb18030": "GB18030"}


@dataclass
class Node:
    """An element: its local name (namespaces are dropped), attributes, children and text."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own text, without blanks at its ends."""
        return "".join(self.pieces).strip()

    def find(self, path: str) -> Node | None:
        """The first descendant along a path of local names, `a/b/c`."""
        node: Node | None = self
        for name in path.split("/"):
            node = next((child for child in node.children if child.tag == name), None) if node else None
        return node

    def get(self, *paths: str) -> str:
        """The text at the first of these paths that has any; empty if none has."""
        for path in paths:
            node = self.find(path)
            if node is not None and node.text:
                return node.text
        return ""

    def all(self, name: str) -> list[Node]:
        """Its children of this name."""
        return [child for child in self.children if child.tag == name]

    def walk(self) -> Iterator[Node]:
        """It and everything below it, in the order of the file."""
        stack = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(reversed(node.children))


def decode_xml(data: bytes) -> str:
    """The text of an XML file by its byte order mark or its declaration; raises Refused."""
    codec = next((codec for mark, codec in _BYTE_ORDER_MARKS if data.startswith(mark)), None)
    if codec is None:
        match = _DECLARED.match(data.lstrip()[:300])
        declared = match[1].decode("ascii").upper() if match else "UTF-8"
        if data.startswith(b"<\x00"):
            declared = "UTF-16LE"
        elif data.startswith(b"\x00<"):
            declared = "UTF-16BE"
        if declared not in _CODECS:
            raise refuse("encoding.unknown", value=declared)
        codec = _CODECS[declared]
        if codec == "utf-16":
            codec = "utf-16-le"  # no mark: what Windows means by it
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        raise refuse("encoding.broken", encoding=_SAID.get(codec, "UTF-16"), offset=error.start) from None


def parse_xml(data: bytes) -> Node:
    """The root element of an XML file; raises Refused."""
    text = decode_xml(data)
    parser = expat.ParserCreate("utf-8")  # overrides what the declaration says: the text is decoded already
    parser.buffer_text = True
    top = Node("")
    stack = [top]
    count = 0

    def refuse_dtd(*_: object) -> int:
        raise refuse("xml.dtd")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count
        count += 1
        if len(stack) > XML_DEPTH or count > XML_NODES:
            raise refuse("xml.large", depth=XML_DEPTH, nodes=XML_NODES)
        node = Node(name.rpartition(":")[2], {key.rpartition(":")[2]: value for key, value in attributes.items()})
        stack[-1].children.append(node)
        stack.append(node)

    def end(_: str) -> None:
        stack.pop()

    def characters(piece: str) -> None:
        stack[-1].pieces.append(piece)

    parser.StartDoctypeDeclHandler = refuse_dtd
    parser.EntityDeclHandler = refuse_dtd
    parser.ExternalEntityRefHandler = refuse_dtd
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    try:
        parser.Parse(text.encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError as error:
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]:
            raise refuse("xml.roots", line=error.lineno) from None
        raise refuse("xml.broken", line=error.lineno, detail=expat.ErrorString(error.code)) from None
    return top.children[0]
