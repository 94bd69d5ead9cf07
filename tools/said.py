"""What the pages say and what their catalogues hold: lists, app by app, what has no Chinese and what is no longer said.

python tools/said.py            list what is missing and what is stale (exit status 1 if anything is)
python tools/said.py --add APP  write what is missing into that app's django.po, with an empty translation to fill in

An app is named as its folder in the service: `cases`, `pages`, `pages/firm`. Several may be named, in both ways.

Read are the templates (through Django's own reader of them) and the Python of an app; each app has its own catalogue.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polib

SERVICE = Path(__file__).resolve().parent.parent / "src" / "chaoce" / "service"
_CALLS = {
    "_": "s", "gettext": "s", "gettext_lazy": "s", "gettext_noop": "s", "ngettext": "sp", "ngettext_lazy": "sp",
    "pgettext": "cs", "pgettext_lazy": "cs", "npgettext": "csp", "npgettext_lazy": "csp",
}  # fmt: skip
_CALL = re.compile(rf"\b({'|'.join(sorted(_CALLS, key=len, reverse=True))})\(")
_HEAD = {"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit", "Language": "zh_Hans",
         "Plural-Forms": "nplurals=1; plural=0;"}  # fmt: skip


class Said(NamedTuple):
    """Words to be translated, with the plural and the context that they may have, and the first file that says them."""

    msgid: str
    plural: str
    context: str
    file: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What a catalogue finds it by."""
        return self.context, self.msgid, self.plural


def apps() -> list[Path]:
    """The folders of the apps of the service, and the service itself where it says something outside them."""
    return sorted({path.parent for path in SERVICE.rglob("apps.py")})


def app_of(path: Path) -> Path | None:
    """The app that a file belongs to: the nearest folder above it with an apps.py."""
    return next((folder for folder in path.parents if (folder / "apps.py").exists()), None)


def _from_python(text: str, file: str) -> Iterator[Said]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in _CALLS:
            yield from _from_call(name, node, file)


def _from_call(name: str, node: ast.Call, file: str) -> Iterator[Said]:
    parts = {"s": "", "p": "", "c": ""}
    for kind, argument in zip(_CALLS[name], node.args, strict=False):
        if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
            return  # words that come from elsewhere, which said them there
        parts[kind] = argument.value
    if parts["s"]:
        yield Said(parts["s"], parts["p"], parts["c"], file)


def _from_template(text: str, file: str) -> Iterator[Said]:
    from django.utils.translation.template import templatize

    laid_bare = templatize(text, origin=file)
    for match in _CALL.finditer(laid_bare):
        for end in re.finditer(r"\)", laid_bare[match.start() :]):
            try:
                tree = ast.parse(laid_bare[match.start() : match.start() + end.end()].strip(), mode="eval")
            except SyntaxError:
                continue
            if isinstance(tree.body, ast.Call):
                yield from _from_call(match[1], tree.body, file)
            break


def said(app: Path) -> dict[tuple[str, str, str], Said]:
    """All that an app says, by key."""
    found: dict[tuple[str, str, str], Said] = {}
    for path in sorted(app.rglob("*")):
        if app_of(path) != app or not path.is_file() or "migrations" in path.parts:
            continue
        file = str(path.relative_to(SERVICE))
        if path.suffix == ".py":
            words = _from_python(path.read_text("utf-8"), file)
        elif "templates" in path.parts and path.suffix in (".html", ".txt"):
            words = _from_template(path.read_text("utf-8"), file)
        else:
            continue
        for one in words:
            found.setdefault(one.key, one)
    return found


def catalogue(app: Path) -> Path:
    """Where the Chinese of an app stands."""
    return app / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"


def held(app: Path) -> dict[tuple[str, str, str], polib.POEntry]:
    """The entries of the catalogue of an app, by key."""
    path = catalogue(app)
    entries = polib.pofile(str(path)) if path.exists() else []
    return {(entry.msgctxt or "", entry.msgid, entry.msgid_plural or ""): entry for entry in entries if not entry.obsolete}


def compare(app: Path) -> tuple[list[Said], list[str]]:
    """What an app says without Chinese, and what its catalogue has that nobody says."""
    words, entries = said(app), held(app)
    lacking = [one for key, one in words.items() if key not in entries or not entries[key].translated()]
    return lacking, sorted(key[1] for key in entries if key not in words)


def add(app: Path) -> int:
    """Writes what is missing into the catalogue; the number of new entries."""
    words, entries, path = said(app), held(app), catalogue(app)
    new = [one for key, one in words.items() if key not in entries]
    if not new:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True)
    book = polib.pofile(str(path), wrapwidth=0) if path.exists() else polib.POFile(wrapwidth=0)
    book.metadata = book.metadata or _HEAD
    for one in new:
        more = {"msgid_plural": one.plural, "msgstr_plural": {0: ""}} if one.plural else {}
        book.append(polib.POEntry(msgid=one.msgid, msgctxt=one.context or None, **more))
    book.save(str(path))
    return len(new)


def main() -> int:
    """List, or add."""
    named = [word for word in sys.argv[1:] if word != "--add"]
    chosen = [SERVICE / name for name in named] or apps()
    if "--add" in sys.argv:
        for app in chosen if named else []:
            print(f"{catalogue(app).relative_to(SERVICE)}: {add(app)} to translate")
        return 0 if named else 2
    wrong = 0
    for app in chosen:
        lacking, stale = compare(app)
        for one in lacking:
            print(f"{one.file}: no Chinese for {one.msgid!r}")
        for msgid in stale:
            print(f"{catalogue(app).relative_to(SERVICE)}: nobody says {msgid!r}")
        wrong |= bool(lacking or stale)
    return wrong


if __name__ == "__main__":
    sys.exit(main())
