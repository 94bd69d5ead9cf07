"""Every page that each role can reach by following links, in a real browser: readable by all, in both languages, on a narrow screen.

Pictures of the pages are left in out/screens.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Set
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page

from chaoce.service.demo.county import settle_county
from chaoce.service.demo.story import open_calls, play, record_decisions
from chaoce.service.firms.models import Firm
from chaoce.service.people.models import Department, Membership, Town
from chaoce.service.people.places import fill_places
from chaoce.service.people.roles import FIRM, Role
from core_kit import ROOT
from service.browsing import assert_sound, needs_browser, picture, visit
from service.kit import make_member

pytestmark = [needs_browser, pytest.mark.django_db(transaction=True)]

SCREENS = ROOT / "out" / "screens"
#: Downloads and what ends the visit.
_NOT_PAGES = re.compile(r"papers:(?!list)|:.*export|export|:file$|:picture|:template|download|account_logout|api_openapi|firm:source_file")
#: Pages of one's own account are the same in every role: they are looked at once.
_ALIKE = re.compile(r"mfa_|account_|usersessions_|tokens:reference")
_LOOKS = [("zh-hans", 1280), ("en", 360)]
#: Chinese that stands on an English page without being marked as Chinese.
_UNMARKED = """() => {
  const han = /[一-鿿]/, found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode, element = node.parentElement;
    if (!han.test(node.textContent) || element.closest('[lang^="zh"], script, style, pre, code, textarea, option')) continue;
    found.push(node.textContent.trim().slice(0, 80));
  }
  return found;
}"""


def _settle() -> dict[Role, Membership]:
    """The demonstration's story, and somebody in every role who sees some of it."""
    fill_places()
    office = make_member(Role.OFFICE)
    settle_county(120, 2026)
    record_decisions(2026, office.user)
    cases = play(open_calls(2026, office.user))
    lead = Department.objects.get(zh="市经信局")
    town = Town.objects.get(pk=next(case.firm.town_id for case in cases if case.firm.town_id))
    firm = Firm.objects.get(pk=next(case.firm_id for case in cases if case.state == "correction"))
    made = {Role.OFFICE: office}
    for role in (role for role in Role if role != Role.OFFICE):
        made[role] = make_member(
            role,
            firm=firm if role in FIRM else None,
            department=lead if role in (Role.REVIEWER, Role.HEAD) else None,
            town=town if role == Role.TOWN else None,
        )
    return made


def _view(path: str) -> str | None:
    try:
        return resolve(path).view_name
    except Resolver404:
        return None


def _links(page: Page) -> list[str]:
    found = page.eval_on_selector_all("a[href]", "links => links.map(link => link.getAttribute('href'))")
    return [urlsplit(link).path for link in found if link.startswith("/")]


def walk(page: Page, server: str, role: str, mark: str, wrong: list[str], known: Set[str] = frozenset()) -> list[str]:
    """Follows links until every kind of page was seen once, but those that are known; the names of the views.

    What is not as it should be comes into `wrong`.
    """
    seen: list[str] = []
    waiting = deque(["/"])
    while waiting:
        path = waiting.popleft()
        view = _view(path)
        if view is None or view in seen or view in known or _NOT_PAGES.search(view):
            continue
        answer = page.goto(server + path, wait_until="load")
        if answer is None or answer.status != 200:
            wrong.append(f"{role} {path}: {answer and answer.status}")
            continue
        seen.append(view)
        landed = _view(urlsplit(page.url).path)
        if landed not in (None, view) and landed not in seen:
            seen.append(landed)
        try:
            assert_sound(page)
        except AssertionError as fault:
            wrong.append(f"{role} {mark} {fault}")
        picture(page, SCREENS / f"{role}-{view.replace(':', '-')}-{mark}.png")
        if mark.startswith("en"):
            wrong += [f"{role} {path}: Chinese that is not marked on an English page: {text}" for text in page.evaluate(_UNMARKED)]
        waiting.extend(_links(page))
    return seen


@pytest.mark.parametrize(("language", "width"), _LOOKS)
def test_every_page_of_every_role(chromium: Browser, live_server, language: str, width: int):
    """“WCAG 2.2 AA (axe in the browser tests, no serious finding)”, “works at 360 px”, “English complete”, “no page needs a
    network beyond the server”: on every page that a role can reach, wide in Chinese and narrow in English."""
    seen: dict[str, list[str]] = {}
    alike: set[str] = set()
    wrong: list[str] = []
    for role, member in _settle().items():
        with visit(chromium, live_server, member, language=language, width=width) as page:
            seen[role] = walk(page, live_server.url, role, f"{language[:2]}-{width}", wrong, alike)
        alike.update(view for view in seen[role] if _ALIKE.match(view))
    assert not wrong, "\n".join(wrong)
    assert all(len(set(views) - alike) >= 4 for views in seen.values()), seen
    assert {"review:queue", "review:case"} <= set(seen[Role.REVIEWER]) & set(seen[Role.HEAD]) and "firm:draft" in seen[Role.FIRM_OWNER]


@pytest.mark.parametrize(("language", "width"), _LOOKS)
def test_the_pages_of_nobody(chromium: Browser, live_server, language: str, width: int):
    """Before anybody has signed in there are pages too: sign-in, a lost password, the policy."""
    wrong: list[str] = []
    with visit(chromium, live_server, language=language, width=width) as page:
        assert "account_login" in walk(page, live_server.url, "nobody", f"{language[:2]}-{width}", wrong)
    assert not wrong, "\n".join(wrong)
