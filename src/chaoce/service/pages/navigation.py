"""What stands at the side of every page: one list a role, cut to what is there and what the table of rights allows."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from chaoce.service.people.models import Membership
from chaoce.service.people.rights import RIGHTS
from chaoce.service.people.roles import DEPARTMENT, FIRM, Role


@dataclass(frozen=True)
class Entry:
    """A page of the side navigation: the name of its URL, what it is called, its icon, for whom, and what else lies in it.

    `within` are the beginnings of the names of other views of its group (or of another, with its name) that belong under it.
    """

    view: str
    label: str | Promise
    icon: str
    roles: frozenset[Role]
    within: tuple[str, ...] = ()

    def holds(self, view: str) -> bool:
        """Whether a view is this entry or lies in it."""
        group = self.view.split(":", 1)[0]
        beginnings = (self.view.rstrip("s"), *(one if ":" in one else f"{group}:{one}" for one in self.within))
        return view == self.view or view.startswith(beginnings)


@dataclass(frozen=True)
class Link:
    """An entry as a page shows it."""

    view: str
    url: str
    label: str | Promise
    icon: str
    here: bool


_READERS = frozenset({Role.AUDITOR, Role.LEADER, Role.OFFICE})

#: In the order of the page; the first that a role may look at is where it begins.
ENTRIES: tuple[Entry, ...] = (
    Entry("firm:home", _("What we are due"), "home", FIRM, ("benefit",)),
    Entry("firm:uploads", _("Invoices and files"), "upload", FIRM, ("file", "line")),
    Entry("firm:facts", _("Facts"), "list-details", FIRM),
    Entry("firm:calls", _("Open calls"), "calendar-event", FIRM, ("apply",)),
    Entry("firm:cases", _("Our applications"), "clipboard-list", FIRM, ("draft",)),
    Entry("office:overview", _("Overview"), "chart-bar", _READERS),
    Entry("review:queue", _("Applications"), "clipboard-list", frozenset(Role) - FIRM, ("case", "view", "bulk")),
    Entry("review:visits", _("Visits"), "map-pin", frozenset({Role.TOWN}) | DEPARTMENT | _READERS),
    Entry("review:firms", _("Firms"), "building-factory-2", frozenset({Role.TOWN, Role.FINANCE}) | DEPARTMENT | _READERS),
    Entry("calls:list", _("Calls"), "calendar-event", frozenset(Role) - FIRM - {Role.EXPERT}, ("call", "guide", "new")),
    Entry("lists:list", _("Official lists"), "table-import", DEPARTMENT | _READERS, ("import", "row", "new", "detail")),
    Entry("lists:received", _("Support received"), "coins", frozenset({Role.FINANCE}) | _READERS),
    Entry("office:decisions", _("The year's decisions"), "gavel", _READERS | DEPARTMENT | {Role.FINANCE}),
    Entry("office:audit", _("Record of cases"), "history", frozenset({Role.AUDITOR, Role.OFFICE})),
    Entry("account:people", _("People"), "users", frozenset({Role.FIRM_OWNER})),
    Entry("account:staff", _("People"), "users", frozenset({Role.OFFICE})),
    Entry("tokens:list", _("Programs"), "api", frozenset(Role)),
)


def links(member: Membership | None, here: str = "") -> list[Link]:
    """The entries of a membership whose pages are there; `here` is the view that is shown now, and its entry is marked."""
    if member is None:
        return []
    role = Role(member.role)
    found = []
    for entry in ENTRIES:
        right = RIGHTS.get(entry.view)
        if role not in entry.roles or right is None or not right.allows(role, safe=True):
            continue
        try:
            found.append((entry, reverse(entry.view)))
        except NoReverseMatch:
            continue
    marked = next((entry for entry, _url in found if entry.view == here), None)
    marked = marked or next((entry for entry, _url in found if entry.holds(here)), None)
    return [Link(entry.view, url, entry.label, entry.icon, entry is marked) for entry, url in found]


def first_page(member: Membership | None) -> str | None:
    """The address where a membership begins; None where there is none."""
    found = links(member)
    return found[0].url if found else None
