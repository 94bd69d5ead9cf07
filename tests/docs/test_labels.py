"""Pages of the documentation that lead through the service name its pages, buttons and fields as they stand there, in both languages."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest
from docs_kit import ROOT

polib = pytest.importorskip("polib")

#: The pages that lead through the service. What stands in bold there is a label of the service.
GUIDES = ("people", "firm", "lists", "calls")


@cache
def _labels() -> dict[str, set[str]]:
    """Every label in English with its Chinese, of all catalogues."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "src" / "chaoce" / "service").rglob("django.po")):
        for entry in polib.pofile(str(path)):
            for english in filter(None, (entry.msgid, entry.msgid_plural)):
                found.setdefault(english, set()).add(entry.msgstr or entry.msgstr_plural[0])
    return found


def _chinese(label: str) -> set[str]:
    """What a label is in Chinese; a label may hold a number where the catalogue has a place for one."""
    known = _labels()
    if label in known:
        return known[label]
    text = re.sub(r"[0-9]+", "%", label)
    number = re.search(r"[0-9]+", label)
    alike = {zh for en, all_zh in known.items() if re.sub(r"%\(\w+\)s", "%", en) == text for zh in all_zh}
    return {re.sub(r"%\(\w+\)s", number[0], zh) for zh in alike} if number else set()


def _bold(page: Path) -> list[str]:
    return [" ".join(label.split()) for label in re.findall(r"\*\*(.+?)\*\*", page.read_text("utf-8"), re.S)]


@pytest.mark.parametrize("name", GUIDES)
def test_labels_are_those_of_the_service(name: str) -> None:
    """No invented names of buttons: each label stands in the catalogue, and the Chinese page has its Chinese as many times."""
    english, chinese = _bold(ROOT / "docs" / f"{name}.md"), _bold(ROOT / "docs" / "zh" / f"{name}.md")
    assert english and not [label for label in english if not _chinese(label)]
    wanted = [_chinese(label) for label in english]
    assert not [label for label in chinese if not any(label in words for words in wanted)]
    assert not [label for label, words in zip(english, wanted, strict=True) if not words & set(chinese)]
    assert len(english) == len(chinese)
