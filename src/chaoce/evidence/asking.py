"""Asking at a terminal what a line is, and writing the answer into evidence.yaml so that it is asked once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from chaoce.evidence.answers import NAME, paid_types, parse_answers
from chaoce.evidence.folder import Question
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import Field
from chaoce.files import read_text, write_atomically
from chaoce.marked import Names
from chaoce.money import say_yuan

#: Shows a line to the person; reads one line from the person.
Say = Callable[[str], None]
Ask = Callable[[str], str]


@dataclass(frozen=True)
class Reply:
    """What a person said of a line: ignored (`type` None) or a type with values; for this line, or all of this item and seller."""

    question: Question
    type: str | None
    values: Mapping[str, str]
    alike: bool

    def entry(self) -> dict[str, object]:
        """The entry for `lines:`."""
        invoice, line = self.question.invoice, self.question.line
        if self.alike:
            criteria: dict[str, object] = {"item": line.item, "seller": invoice.seller.id or invoice.seller.name}
        else:
            criteria = {"invoice": invoice.key, "line": line.number}
        return {"for": criteria, **({"ignore": "yes"} if self.type is None else {"type": self.type, **self.values})}


class Interview:
    """A conversation about open lines, in one language."""

    def __init__(self, reader: FirmReader, lang: str, say: Say, ask: Ask):
        self.reader, self.lang, self.say, self.ask = reader, lang, say, ask

    def word(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en

    def about(self, question: Question) -> Reply | None:
        """What the person says a line is; None if it stays open."""
        invoice, line = question.invoice, question.line
        self.say("")
        self.say(
            self.word(f"发票 {invoice.key} 第 {line.number} 行", f"invoice {invoice.key} line {line.number}")
            + f"  {invoice.date}  {invoice.seller.say()}"
        )
        self.say(f"  {line.item} {line.spec}  {say_yuan(question.net)} + {say_yuan(question.tax)}")
        kinds = paid_types(self.reader)
        options = [(kind.name, kind.names) for kind in kinds.values()]
        options.append(("", Names("不申报", "none of these: set it aside")))
        chosen = self.choose(self.word("这一行是什么?", "What is this line?"), options)
        if chosen is None:
            return None
        values: dict[str, str] = {}
        if chosen:
            for field in kinds[chosen].fields.values():
                if field.required and field.name != "paid":
                    value = self.value(field)
                    if value is None:
                        return None
                    values[field.name] = value
        scope = [
            ("", Names("只这一行", "this line only")),
            ("alike", Names("同一销售方的同名项目都是", "every line of this item from this seller")),
        ]
        reach = self.choose(self.word("这个回答用于:", "This holds for:"), scope)
        return None if reach is None else Reply(question, chosen or None, values, reach == "alike")

    def value(self, field: Field) -> str | None:
        title = field.names[self.lang]
        if field.choices is not None:
            return self.choose(title, list(field.choices.items()))
        if field.kind == "flag":
            return self.choose(title, [("yes", Names("是", "yes")), ("no", Names("否", "no"))])
        return self.ask(f"{title}: ").strip() or None

    def choose(self, title: str, options: list[tuple[str, Names]]) -> str | None:
        """The value of the option that the person picks; None for 0, leave it open."""
        self.say(title)
        for number, (_, names) in enumerate(options, 1):
            self.say(f"  {number}. {names[self.lang]}")
        self.say(f"  0. {self.word('先不回答', 'leave it open')}")
        while True:
            picked = self.ask("> ").strip()
            if picked.isascii() and picked.isdecimal() and int(picked) <= len(options):
                return options[int(picked) - 1][0] if int(picked) else None
            self.say(self.word(f"请输入 0 到 {len(options)} 的数字", f"a number from 0 to {len(options)}, please"))


def remember(folder: Path, reply: Reply, reader: FirmReader) -> None:
    """Writes a reply into the folder's evidence.yaml; all that stands there stays as it is. Raises BadAnswers."""
    path = folder / NAME
    text = with_entry(read_text(path), reply.entry())
    parse_answers(text, reader)  # what is written must be readable
    write_atomically(path, text)


def with_entry(text: str, entry: Mapping[str, object]) -> str:
    """The YAML text with one more entry at the end of `lines:`.

    >>> print(with_entry("lines:\\n  - for: {item: 甲}\\n    ignore: yes\\n# end\\n", {"for": {"item": "乙"}, "ignore": "yes"}))
    lines:
      - for: {item: 甲}
        ignore: yes
      - for: {item: 乙}
        ignore: yes
    # end
    <BLANKLINE>
    """
    newline = "\r\n" if "\r\n" in text else "\n"
    node = _lines_node(text)
    if node is None:
        head = text if not text or text.endswith("\n") else text + newline
        return head + newline.join(["lines:", *_block(entry, 2), ""])
    if not isinstance(node, yaml.SequenceNode) or not node.value:  # `lines:` with nothing, or []
        return text[: node.start_mark.index].rstrip(" ") + newline + newline.join(_block(entry, 2)) + _rest(text, node, newline)
    last = _end(node.value[-1])
    if node.flow_style:
        return text[:last] + ", " + _flow(entry) + text[last:]
    stop = text.find("\n", last)
    end = len(text) if stop < 0 else stop + 1
    head = text[:end] if stop >= 0 else text + newline
    return head + newline.join([*_block(entry, node.start_mark.column), ""]) + text[end:]


def _end(node: yaml.Node) -> int:
    """Where the text of a node ends. The mark of a block is too far: it stands where the next thing begins."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
        return node.end_mark.index
    last = node.value[-1]
    return _end(last[1] if isinstance(last, tuple) else last)


def _lines_node(text: str) -> yaml.Node | None:
    top = yaml.compose(text, Loader=yaml.BaseLoader)
    pairs = top.value if isinstance(top, yaml.MappingNode) else []
    return next((value for key, value in pairs if key.value in ("lines", "明细")), None)


def _rest(text: str, node: yaml.Node, newline: str) -> str:
    rest = text[node.end_mark.index :]
    return rest if rest.startswith(("\n", "\r")) else newline + rest.lstrip(" ")


def _block(entry: Mapping[str, object], indent: int) -> list[str]:
    lines = [f"{key}: {_flow(value) if isinstance(value, Mapping) else _scalar(value)}" for key, value in entry.items()]
    return [" " * indent + ("- " if number == 0 else "  ") + line for number, line in enumerate(lines)]


def _flow(entry: Mapping[str, object]) -> str:
    return "{" + ", ".join(f"{key}: {_flow(value) if isinstance(value, Mapping) else _scalar(value)}" for key, value in entry.items()) + "}"


def _scalar(value: object) -> str:
    """A scalar safe in a flow mapping: plain where it is a plain word or number, else in double quotes."""
    text = str(value)
    plain = text.replace("_", "").isalnum() and text.isprintable()
    if plain and not text.isdecimal():
        return text
    if isinstance(value, int):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
