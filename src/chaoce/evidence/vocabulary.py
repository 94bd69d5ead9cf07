"""The names of the facts file and their Chinese (and English) words: what a column, a type, a value is called by those who write tables."""

from __future__ import annotations

import re

from chaoce.evidence.numbers import parse_day
from chaoce.facts.types import FactType, FactTypes, Field

_COMMON = {
    "id": ("编号", "事实编号"),
    "type": ("类型", "事实类型"),
    "date": ("日期",),
    "matter": ("事项",),
    "note": ("备注", "说明"),
}
_YES, _NO = ("是", "yes", "true", "TRUE", "True"), ("否", "no", "false", "FALSE", "False")
_COUNT = re.compile(r"[0-9]{1,15}")


class Vocabulary:
    """What the fact types of a policy are called."""

    def __init__(self, types: FactTypes):
        self.types = types
        self._common = {word: name for name, words in _COMMON.items() for word in (name, *words)}
        self._types = {word: name for name, kind in types.types.items() for word in (kind.names.zh, kind.names.en, name)}

    def type(self, word: str) -> str | None:
        """The fact type that a word names, in either language."""
        return self._types.get(word.strip())

    def common(self, word: str) -> str | None:
        """id, type, date, matter or note, by that name or in Chinese."""
        return self._common.get(word.strip())

    def field(self, kind: FactType, word: str) -> Field | None:
        """The field of a type that a word names: by its own name first, then in either language."""
        word = word.strip()
        if word in kind.fields:
            return kind.fields[word]
        return next((field for field in kind.fields.values() if word in (field.names.zh, field.names.en)), None)

    def is_column(self, word: str) -> bool:
        return self.common(word) is not None or any(self.field(kind, word) for kind in self.types.types.values())

    def columns(self, lang: str) -> list[str]:
        """All that a column may be headed, for a message."""
        words = [name if lang == "en" else words[0] for name, words in _COMMON.items()]
        for kind in self.types.types.values():
            words += [field.name if lang == "en" else field.names.zh for field in kind.fields.values()]
        return list(dict.fromkeys(words))

    @staticmethod
    def raw(field: Field, text: str) -> object:
        """What the facts file holds for a text: a flag, a count, a value of the list; else the text, for its reader to judge."""
        if field.kind == "flag":
            return True if text in _YES else False if text in _NO else text
        if field.kind == "count":
            return int(text) if _COUNT.fullmatch(text) else text
        if field.kind == "date":
            return iso_day(text)
        if field.choices is not None and text not in field.choices:
            return next((value for value, names in field.choices.items() if text in (names.zh, names.en)), text)
        return text


def iso_day(text: str) -> str:
    """ISO 8601 for a day written as `2026-06-01`, `2026/6/1` or `2026年6月1日`; else the text itself, for its reader to judge."""
    day = parse_day(text)
    return day.isoformat() if day is not None else text
