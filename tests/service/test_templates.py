"""Guards over all templates of the service: nothing inline, nothing unused, no form without its token, no link to nowhere."""

from __future__ import annotations

import ast
import re
import sys
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps
from django.urls import get_resolver

from chaoce import service

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))
import vendored

SERVICE = Path(service.__file__).parent
FOLDERS = sorted({path for path in SERVICE.rglob("templates") if path.is_dir()})
TEMPLATES = {
    str(path.relative_to(folder)): path for folder in FOLDERS for path in sorted(folder.rglob("*")) if path.suffix in (".html", ".txt")
}
PAGES = {name: path for name, path in TEMPLATES.items() if path.suffix == ".html"}
#: What the content policy would stop in the browser, or would have to be opened for.
INLINE = {
    "a script in the page": r"<script(?![^>]*\bsrc=)(?![^>]*\btype=\"application/json\")",
    "a style in the page": r"<style\b",
    "a style attribute": r"<[^>{]*(?:\{[^}]*\}[^>{]*)*\sstyle\s*=",
    "a handler attribute": r"<[^>{]*(?:\{[^}]*\}[^>{]*)*\son[a-z]+\s*=",
    "a handler of HTMX": r"\bhx-on\b",
    "a script as an address": r"javascript:",
    "an expression for HTMX": r"\bjs:",
}


@cache
def text_of(path: Path) -> str:
    """A template without its comments."""
    return re.sub(r"\{% comment %\}.*?\{% endcomment %\}|\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)


@cache
def words_of_python() -> frozenset[str]:
    """Every string in the Python of the service, and every tail of a string that is put together."""
    found: set[str] = set()
    for path in SERVICE.rglob("*.py"):
        if "migrations" not in path.parts:
            found |= {
                node.value
                for node in ast.walk(ast.parse(path.read_text("utf-8")))
                if isinstance(node, ast.Constant) and type(node.value) is str
            }
    return frozenset(found)


@pytest.mark.parametrize("name", PAGES)
def test_a_template_has_nothing_inline(name: str):
    """No page carries a script, a style or a handler in itself: the content policy stays strict."""
    for what, pattern in INLINE.items():
        assert not re.search(pattern, text_of(PAGES[name]), re.IGNORECASE), f"{name}: {what}"


@pytest.mark.parametrize("name", PAGES)
def test_a_form_that_is_posted_carries_its_token(name: str):
    """Every form that is posted has its token in it, so that no other site can send it."""
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", text_of(PAGES[name]), re.IGNORECASE | re.DOTALL):
        assert "{% csrf_token %}" in form, f"{name}: {form[:120]}"


@pytest.mark.parametrize("name", PAGES)
def test_a_link_goes_to_a_page_that_is_there(name: str):
    """Every address that a template names is one of this service."""

    @cache
    def names() -> frozenset[str]:
        def walk(resolver, space: str) -> set[str]:
            found: set[str] = set()
            for one in resolver.url_patterns:
                if hasattr(one, "url_patterns"):
                    found |= walk(one, f"{space}{one.namespace}:" if one.namespace else space)
                elif one.name:
                    found.add(f"{space}{one.name}")
            return found

        return frozenset(walk(get_resolver(), ""))

    if name.startswith("demo/"):
        pytest.skip("the demonstration has addresses of its own, in its own settings")
    for view in re.findall(r"\{% url [\"']([\w:.-]+)[\"'](?![^%]* as )", text_of(PAGES[name])):
        assert view in names(), f"{name}: {view}"


def _of_a_library(name: str) -> bool:
    """Whether a template stands in for one of a library that is installed, or is one that Django or allauth ask for."""
    own = {str(folder.parent) for folder in FOLDERS}
    others = [Path(app.path) / "templates" for app in apps.get_app_configs() if app.path not in own]
    others += [Path(app.path).parent / "templates" for app in apps.get_app_configs() if app.name == "allauth.account"]
    return name == "429.html" or any((folder / name).exists() for folder in others)


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_is_used(name: str):
    """Every template is rendered, included or extended somewhere, or stands in for one of a library."""
    used = re.compile(rf"\{{% (?:extends|include) [\"']{re.escape(name)}[\"']")
    in_python = name in words_of_python() or name.removesuffix("_subject.txt") in words_of_python()
    assert in_python or _of_a_library(name) or any(used.search(text_of(path)) for path in TEMPLATES.values()), name


def test_two_apps_do_not_have_a_template_of_the_same_name():
    """A template name means one file: of two with the same name one is never shown."""
    counted = [str(path.relative_to(folder)) for folder in FOLDERS for path in folder.rglob("*") if path.is_file()]
    assert sorted(counted) == sorted(set(counted))


def test_every_icon_is_used():
    """No icon lies in the package that no page names (tools/vendored.py drops those)."""
    assert [path.name for path in vendored.unused_icons()] == []
