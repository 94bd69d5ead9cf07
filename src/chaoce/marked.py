"""YAML in which every key and value knows its line, and every scalar is the text that was written.

No scalar is guessed to be a number, a date or a yes: what a value means is the reader's business, so that `0.1`
never becomes a binary float on the way.
"""

from __future__ import annotations

from dataclasses import dataclass

import yaml

from chaoce.faults import Fault, Faults, listed

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)


@dataclass(frozen=True)
class Marked:
    """A value of a YAML document: text, a list of Marked or a mapping of name to Marked, with its place."""

    value: str | list[Marked] | dict[str, Marked]
    file: str
    line: int
    key: str

    def fault(self, code: str, **particulars: object) -> Faults:
        """A fault at this place, ready to raise."""
        return Faults([Fault(code, particulars, file=self.file, line=self.line, key=self.key or None)])

    def lacks(self, key: str, want: str, want_en: str) -> Faults:
        """A key is missing here, ready to raise."""
        path = f"{self.key}.{key}" if self.key else key
        return Faults([Fault("missing", {"want": want, "want_en": want_en}, file=self.file, line=self.line, key=path)])

    def text(self) -> str:
        if type(self.value) is not str:
            raise self.fault("shape", want="一个值", want_en="one value")
        return self.value

    def items(self) -> list[Marked]:
        """The entries of a list; a single value counts as a list of one."""
        if type(self.value) is list:
            return self.value
        if type(self.value) is str:
            return [self] if self.value else []
        raise self.fault("shape", want="一个列表", want_en="a list")

    def mapping(self) -> dict[str, Marked]:
        if self.value == "":
            return {}
        if type(self.value) is not dict:
            raise self.fault("shape", want="若干“键: 值”", want_en="keys with values")
        return self.value

    def keys(self, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> dict[str, Marked]:
        """The mapping, with its keys checked."""
        entries = self.mapping()
        for name, entry in entries.items():
            if name not in required and name not in optional:
                raise entry.fault("unknown.key", key=name, options=", ".join(required + optional))
        for name in required:
            if name not in entries:
                raise self.lacks(name, "这一项", "it")
        return entries

    def choice(self, options: tuple[str, ...]) -> str:
        if self.text() not in options:
            raise self.fault("unknown.value", value=self.text(), options=listed(options))
        return self.text()

    def names(self) -> Names:
        """A pair of names, Chinese and English."""
        entries = self.value
        if type(entries) is not dict or set(entries) != {"zh", "en"} or not all(e.value and type(e.value) is str for e in entries.values()):
            raise self.fault("names")
        return Names(entries["zh"].text(), entries["en"].text())


@dataclass(frozen=True)
class Names:
    """The same thing said in Chinese and in English."""

    zh: str
    en: str

    def __getitem__(self, lang: str) -> str:
        return self.zh if lang == "zh" else self.en


def read_marked(text: str, file: str, first_line: int = 1) -> Marked:
    """The one document in a YAML text whose first line is line `first_line` of `file`."""
    try:
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        line = first_line + (error.problem_mark.line if error.problem_mark else 0)
        raise Faults([Fault("yaml.broken", {"detail": error.problem or str(error)}, file=file, line=line)]) from None
    except yaml.YAMLError as error:
        raise Faults([Fault("yaml.broken", {"detail": str(error)}, file=file, line=first_line)]) from None
    except RecursionError:
        raise Faults([Fault("yaml.broken", {"detail": "nested too deeply"}, file=file, line=first_line)]) from None
    if node is None:
        return Marked({}, file, first_line, "")
    try:
        return _mark(node, file, first_line, "", set())
    except RecursionError:
        raise Faults([Fault("yaml.broken", {"detail": "nested too deeply"}, file=file, line=first_line)]) from None


def _mark(node: yaml.Node, file: str, first_line: int, key: str, seen: set[int]) -> Marked:
    """The node with its place. A node met twice is an alias, and aliases multiply what is written without bound."""
    line = first_line + node.start_mark.line
    if id(node) in seen:
        raise Faults([Fault("yaml.alias", file=file, line=line, key=key or None)])
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        return Marked(node.value, file, line, key)
    if isinstance(node, yaml.SequenceNode):
        return Marked([_mark(child, file, first_line, key, seen) for child in node.value], file, line, key)
    entries: dict[str, Marked] = {}
    for name, child in node.value:
        if not isinstance(name, yaml.ScalarNode):
            place = first_line + name.start_mark.line
            raise Faults([Fault("yaml.broken", {"detail": "a key must be one word"}, file=file, line=place, key=key or None)])
        if name.value in entries:
            raise Faults([Fault("yaml.twice", {"key": name.value}, file=file, line=first_line + name.start_mark.line, key=key or None)])
        path = f"{key}.{name.value}" if key else name.value
        marked = _mark(child, file, first_line, path, seen)
        entries[name.value] = Marked(marked.value, file, first_line + name.start_mark.line, path)
    return Marked(entries, file, line, key)
