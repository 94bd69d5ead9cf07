"""The pages that are asked for, with their weights: for each a name, its share, and who asks for which addresses.

A program for a process with Django's settings: `mix.py OUT` makes sessions for people of every role and writes to OUT, as JSON, for
every page its name, weight and `asks`: pairs of a session's key and a path.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import django

#: So many different people and addresses of a page at most.
MOST = 80


class Page(NamedTuple):
    """A page of the mix."""

    name: str
    weight: int
    asks: list[tuple[str, str]]


def main() -> None:
    """Writes the mix."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chaoce.service.settings.production")
    django.setup()
    made = [Page(name, weight, list(asks)) for name, weight, asks in pages()]
    lacking = [page.name for page in made if not page.asks]
    if lacking:
        raise SystemExit(f"nothing to ask for: {lacking}")
    Path(sys.argv[1]).write_text(json.dumps([page._asdict() for page in made], ensure_ascii=False), "utf-8")


class Sessions:
    """A session for each membership, as signing in leaves one behind."""

    def __init__(self) -> None:
        self.keys: dict[int, str] = {}

    def of(self, member: Any) -> str:
        """The key of the session in which somebody acts in a membership."""
        from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
        from django.contrib.sessions.backends.db import SessionStore

        if member.pk not in self.keys:
            session = SessionStore()
            session[SESSION_KEY] = str(member.user_id)
            session[BACKEND_SESSION_KEY] = "allauth.account.auth_backends.AuthenticationBackend"
            session[HASH_SESSION_KEY] = member.user.get_session_auth_hash()
            session["membership"] = member.pk
            session.save()
            self.keys[member.pk] = str(session.session_key)
        return self.keys[member.pk]


def pages() -> Iterator[tuple[str, int, Iterable[tuple[str, str]]]]:
    """(name, weight, asks) of every page. The weights are shares of a working day near a deadline: most are firms that look what they
    are due and how their case stands, then reviewers in their queue and on cases; the rest of the city looks now and then."""
    from django.db.models import QuerySet
    from django.urls import reverse

    from chaoce.service.calls.models import Call
    from chaoce.service.cases.flow import State
    from chaoce.service.cases.models import Case
    from chaoce.service.documents.models import Upload
    from chaoce.service.firms.models import Firm
    from chaoce.service.lists.models import OfficialList
    from chaoce.service.people.models import Membership
    from chaoce.service.people.roles import Role
    from chaoce.service.plan.sessions import policies

    sessions = Sessions()
    live = Membership.objects.filter(ended_at=None).select_related("user", "firm")

    def who(*roles: str, most: int = MOST) -> list[Membership]:
        people = live.filter(role__in=roles)
        if set(roles) & {Role.FIRM_OWNER, Role.FIRM_STAFF}:
            people = people.filter(user__email__endswith="@bench.example")
        return list(people.order_by("pk")[:most])

    def each(people: list[Membership], *paths: str) -> list[tuple[str, str]]:
        """Everybody asks for all of the paths."""
        return [(sessions.of(member), path) for member in people for path in paths]

    def path(view: str, *values: Any, **query: Any) -> str:
        return reverse(view, args=values) + (f"?{urlencode(query)}" if query else "")

    def theirs(people: list[Membership], view: str, rows: Callable[[Membership], QuerySet], most: int = 3) -> list[tuple[str, str]]:
        """Everybody asks for the page of some rows of their own."""
        return [(sessions.of(member), path(view, row)) for member in people for row in rows(member).values_list("pk", flat=True)[:most]]

    firms = who(Role.FIRM_OWNER, Role.FIRM_STAFF)
    owners, reviewers, heads = who(Role.FIRM_OWNER), who(Role.REVIEWER), who(Role.HEAD)
    towns, experts, finance = who(Role.TOWN), who(Role.EXPERT), who(Role.FINANCE)
    auditors, leaders, office = who(Role.AUDITOR), who(Role.LEADER), who(Role.OFFICE)
    lead = [member for member in reviewers if Call.objects.filter(lead=member.department_id).exists()]
    benefits = [(policy.id, benefit.id) for policy in policies() for benefit in policy.benefits]
    mine, handed_in = (lambda member: Case.objects.filter(firm=member.firm_id)), (lambda member: Case.objects.seen_by(member))
    calls = list(Call.objects.values_list("pk", flat=True))
    open_lists = list(OfficialList.objects.values_list("pk", flat=True))
    numbers = list(Case.objects.filter(number__isnull=False).order_by("pk").values_list("number", flat=True)[:200:7])
    names = list(Firm.objects.order_by("uscc").values_list("name", flat=True)[:2000:71])
    some = list(Firm.objects.order_by("uscc").values_list("pk", flat=True)[:2000:37])

    # Firms.
    yield "firm: home", 16, each(firms, path("firm:home"))
    yield (
        "firm: one benefit",
        5,
        [(sessions.of(member), path("firm:benefit", *benefits[place % len(benefits)])) for place, member in enumerate(firms)],
    )
    yield "firm: files", 4, each(firms, path("firm:uploads"))
    yield "firm: one file", 3, theirs(owners, "firm:upload", lambda member: Upload.objects.filter(firm=member.firm_id))
    yield "firm: facts", 4, each(firms, path("firm:facts"))
    yield "firm: calls", 3, each(firms, path("firm:calls"))
    yield "firm: one call", 2, each(firms[:20], *(path("firm:call", pk) for pk in calls))
    yield "firm: applications", 4, each(firms, path("firm:cases"))
    yield "firm: one application", 5, theirs(firms, "firm:case", lambda member: mine(member).exclude(state=State.DRAFT))
    yield "firm: a draft", 3, theirs(who(Role.FIRM_OWNER, most=400), "firm:draft", lambda member: mine(member).filter(state=State.DRAFT))
    yield "firm: stating a fact", 1, each(firms[:20], path("firm:state-choose"))
    yield "firm: people", 1, each(owners, path("account:people"))
    yield "firm: papers", 1, theirs(firms, "papers:list", lambda member: mine(member).exclude(state=State.DRAFT))
    yield "firm: messages", 3, each(firms, path("messages:list"))
    # Departments.
    yield "queue", 6, each(reviewers, path("review:queue"))
    yield (
        "queue: all, sorted",
        3,
        each(reviewers, *(path("review:queue", tab="all", sort=sort) for sort in ("amount", "submitted", "number"))),
    )
    yield "queue: filtered", 3, each(
        reviewers, path("review:queue", tab="open", late=1), path("review:queue", tab="all", state="review", verdict=1),
        path("review:queue", tab="all", stops=1), path("review:queue", tab="open", call=calls[0]),
    )  # fmt: skip
    yield (
        "queue: searched",
        4,
        each(lead, *(path("review:queue", tab="all", q=word) for word in [*numbers[:10], *(name[2:6] for name in names[:10])])),
    )
    yield "queue: a later page", 1, each(lead, path("review:queue", tab="all", page=7), path("review:queue", tab="all", page=20))
    yield "case, reviewer", 12, theirs(reviewers, "review:case", lambda member: handed_in(member).order_by("pk"), 40)
    yield (
        "case to decide, head",
        2,
        theirs(heads, "review:case", lambda member: handed_in(member).filter(state=State.REVIEWED, call__lead=member.department_id), 30),
    )
    yield "queue, head", 1, each(heads, path("review:queue"))
    yield "firms", 2, each(reviewers, path("review:firms"), path("review:firms", page=400))
    yield "firms: searched", 2, each(reviewers[:8], *(path("review:firms", q=name[2:5]) for name in names[:10]))
    yield "one firm", 2, each(reviewers[:8], *(path("review:firm", pk) for pk in some[:10]))
    yield "lists", 1, each(lead, path("lists:list"))
    yield "one list", 1, each(office, *(path("lists:detail", pk) for pk in open_lists))
    yield "calls", 1, each(reviewers, path("calls:list"))
    yield "one call", 1, each(reviewers, *(path("calls:detail", pk) for pk in calls))
    yield "messages", 3, each(reviewers, path("messages:list"), path("messages:list", page=5))
    # The rest of the city.
    yield "visits, town", 2, each(towns, path("review:visits"), path("review:visits", seen=1))
    yield "queue, town", 1, each(towns, path("review:queue"))
    yield "firms, town", 1, each(towns, path("review:firms"))
    yield "queue, expert", 1, each(experts, path("review:queue"))
    yield "case, expert", 1, theirs(experts, "review:case", lambda member: handed_in(member).order_by("pk"), 40)
    yield "support received, finance", 1, each(finance, path("lists:received"))
    yield "queue, finance", 1, each(finance, path("review:queue", tab="done"))
    yield "overview", 3, each([*leaders, *office, *auditors], path("office:overview"))
    yield "record", 2, each(auditors, path("office:audit"), path("office:audit", page=30))
    yield "record: searched", 1, each(auditors, path("office:audit", q=names[0][2:5]), path("office:audit", kind="submit"))
    yield "decisions", 1, each(office, path("office:decisions"))
    yield "a new call", 1, each(office, path("calls:new"))
    yield "people of the city", 1, each(office, path("account:staff"))
    # Everybody.
    yield "the policy's text", 1, each(firms[:5], *(path("office:policy", policy.id) for policy in policies()))
    yield "own account", 1, each([*firms[:10], *reviewers[:10]], path("account:home"))
    yield "programs", 1, each([*firms[:10], *reviewers[:10]], path("tokens:list"))
    yield "sign-in", 2, [("", path("account_login"))]


if __name__ == "__main__":
    main()
