"""A real browser for the tests: Chromium driven by Playwright, signed in as somebody, and held to what every page must keep.

Fixtures (conftest.py names them): `chromium`, one browser a module. `visit` gives a page in a context of its own:

    with visit(chromium, live_server, member, language="en", width=390) as page:
        page.goto(live_server.url + "/account/")
        assert_sound(page)
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from chaoce.service.people.models import Membership
from service.kit import client_of

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
#: Marks a test that needs the browser.
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine: the pages can only be looked at in a browser")
#: The looks that `test_every_page` does not have: what each group tests of its own pages is seen in these, and with those in all four.
LOOKS = [("zh-hans", 360), ("en", 1280)]
other_looks = pytest.mark.parametrize(("language", "width"), LOOKS)
_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """The browser. While it runs, Django may be used beside Playwright's loop, which runs in the same thread."""
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine")
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
            yield browser
            browser.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


@contextmanager
def visit(
    chromium: Browser, server: Any, member: Membership | None = None, language: str = "zh-hans", width: int = 1280, height: int = 900
) -> Iterator[Page]:
    """A page of a new visitor who wants no motion (else colours would be measured while they change), signed in where a membership is
    given. It must come to its end without a fault in the browser: no error of a script, nothing that the content policy stopped,
    nothing asked of any other host.
    """
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN", reduced_motion="reduce")
    cookies = {"chaoce_language": language}
    if member is not None:
        cookies["sessionid"] = client_of(member, language).cookies["sessionid"].value
    context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in cookies.items()])
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on("console", lambda line: faults.append(f"console: {line.text}") if _is_fault(line) else None)
    page.on("request", lambda call: faults.append(f"asks {call.url}") if not call.url.startswith((server.url, "data:", "blob:")) else None)
    page.faults = faults  # type: ignore[attr-defined]
    try:
        yield page
    finally:
        context.close()
    assert not faults, faults


def _is_fault(line: Any) -> bool:
    """Errors, but not the notes of the browser and of HTMX that an answer was a 4xx, which tests ask for."""
    return line.type == "error" and not line.text.startswith(("Failed to load resource", "Response Status Error Code 4"))


@cache
def _axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


def picture(page: Page, path: Path) -> None:
    """A picture of the whole page. The window is made as high as the page: the browser leaves parts that scroll by themselves empty
    in pictures that are higher than the window."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], min(height, 16_000))})
    page.screenshot(path=path, caret="initial")
    page.set_viewport_size(size)


def assert_sound(page: Page) -> None:
    """The page in front keeps WCAG 2.2 AA as far as axe sees it, and is no wider than the window."""
    page.evaluate(_axe())
    found = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}, resultTypes: ['violations']})", _RULES)
    broken = [(rule["id"], rule["help"], [node["html"][:200] for node in rule["nodes"]][:3]) for rule in found["violations"]]
    assert not broken, f"{page.url}: {json.dumps(broken, indent=1, ensure_ascii=False)}"
    wide, window = page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
    assert wide <= window, f"{page.url}: {wide} px wide in a window of {window}"
