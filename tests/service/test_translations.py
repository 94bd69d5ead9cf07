"""Both languages are complete: whatever the pages say has its Chinese, and no catalogue holds what nobody says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import polib
import pytest
from django.utils import translation

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import messages
import said

from chaoce.service.pages import borrowed

APPS = said.apps()
CATALOGUES = messages.catalogues()
#: Marks that a Chinese text has in full width, where they stand beside a Chinese character.
HALF_WIDTH = re.compile(r"[一-鿿][,;:?!()]|[,;:?!()][一-鿿]")


def name_of(path: Path) -> str:
    """A path as a test names it."""
    return str(path.relative_to(said.SERVICE))


@pytest.mark.parametrize("app", APPS, ids=name_of)
def test_everything_that_an_app_says_has_its_chinese(app: Path):
    """Every word for people in the templates and the Python of an app stands in its catalogue with a translation, and nothing else
    does."""
    lacking, stale = said.compare(app)
    assert [f"{one.file}: {one.msgid}" for one in lacking] == []
    assert stale == []


@pytest.mark.parametrize("path", CATALOGUES, ids=name_of)
def test_the_compiled_catalogue_is_up_to_date(path: Path):
    """What is compiled is what is written (tools/messages.py makes it)."""
    assert path.with_suffix(".mo").read_bytes() == messages.compiled(path)


@pytest.mark.parametrize("path", CATALOGUES, ids=name_of)
def test_a_translation_keeps_its_places_and_its_marks(path: Path):
    """A translation fills in what its original fills in, and is written with Chinese punctuation."""
    places = re.compile(r"%\(\w+\)[sd]|\{\w*\}|%[sd]")
    for entry in polib.pofile(str(path)):
        for text in entry.msgstr_plural.values() if entry.msgid_plural else [entry.msgstr]:
            wanted = set(places.findall(entry.msgid_plural or entry.msgid))
            assert set(places.findall(text)) == wanted, entry.msgid
            assert not HALF_WIDTH.search(places.sub("", text)), text


def test_the_same_words_have_the_same_chinese_everywhere():
    """Django keeps one translation of a text for all apps: two apps that disagree would speak with each other's words."""
    seen: dict[tuple[str, str], dict[str, list[str]]] = {}
    for path in CATALOGUES:
        for entry in polib.pofile(str(path)):
            text = entry.msgstr or entry.msgstr_plural.get(0, "")
            seen.setdefault((entry.msgctxt or "", entry.msgid), {}).setdefault(text, []).append(name_of(path.parents[3]))
    assert {key[1]: texts for key, texts in seen.items() if len(texts) > 1} == {}


def test_what_is_borrowed_is_really_said_by_django_or_allauth():
    """A text that is reworded for a library is one that the library still says."""
    import allauth
    import django

    theirs: set[str] = set()
    for package in (django, allauth):
        for path in Path(package.__file__).parent.rglob("locale/zh_Hans/LC_MESSAGES/django.mo"):
            theirs |= {entry.msgid for entry in polib.mofile(str(path))}
    with translation.override("en"):
        counted = borrowed.counted(1)
    assert [words for words in (*borrowed.WORDS, *counted) if words not in theirs] == []
