"""Fills an empty database of the service: a county of synthetic firms with their facts, people in every role, calls, cases at every
point of the flow, files that were handed in, official lists. A program for a process with Django's settings:

    fill.py FIRMS CASES OUT

Firms and their facts are written in bulk; cases, files and lists go through the steps of the service, nothing is written past them.
The counts go to OUT as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import django

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
#: Facts for each firm on average.
FACTS = 5
#: Firms with people of their own and, the first of them, with files.
WITH_PEOPLE, WITH_FILES, FILES = 300, 60, 4
#: Rows of each official list.
ROWS = 300
_INVOICE = ROOT / "examples" / "haining-firm" / "算力-训练.xml"


def main() -> None:
    """Fills, and says what there is."""
    firms, cases, out = int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chaoce.service.settings.production")
    django.setup()
    from chaoce.service.people.places import fill_places

    began = time.monotonic()
    fill_places()
    year = _county(firms)
    _said("firms and facts", began)
    _cases(year, cases)
    _said("cases", began)
    _people()
    _beside()
    _said("people, visits, questions to experts", began)
    _files()
    _said("files", began)
    _lists(year)
    _said("lists", began)
    out.write_text(json.dumps({"year": year, "seconds": round(time.monotonic() - began), **_counts()}, indent=1) + "\n", "utf-8")


def _said(what: str, began: float) -> None:
    print(f"  {what}: {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


def _county(firms: int) -> int:
    """The county has facts of a whole year, of which those up to today are kept: more are drawn, so that `FACTS` a firm remain."""
    from chaoce.service.demo import county
    from chaoce.service.facts.models import Fact
    from chaoce.service.plan.sessions import this_year

    year = this_year()
    passed = Fraction(max((date.today() - date(year, 1, 1)).days, 30), 366)
    drawn = Fraction(FACTS * 120, 100) / passed
    county.settle_county(firms, year, drawn)  # type: ignore[arg-type]
    found = Fact.objects.count()
    if found < FACTS * firms:
        raise SystemExit(f"{found} facts of {firms} firms, fewer than {FACTS} each")
    return year


def _cases(year: int, number: int) -> None:
    """Decisions, calls, and cases taken to every point of the flow in turn, as in the demonstration."""
    from chaoce.service.demo.story import open_calls, play, record_decisions

    office = _person("office", 1)
    record_decisions(year, office.user)
    play(open_calls(year, office.user), number)


def _person(role: str, number: int, **place: Any) -> Any:
    """Somebody in a role; people of the city have a second factor."""
    from allauth.mfa.models import Authenticator

    from chaoce.service.people.models import Membership, User

    user, new = User.objects.get_or_create(email=f"{role}{number}@bench.example", defaults={"name": f"{role} {number}"})
    if new:
        user.set_unusable_password()
        user.save()
        if not role.startswith("firm"):
            Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "not used"})
    return Membership.objects.get_or_create(user=user, role=role, ended_at=None, **place)[0]


def _people() -> None:
    """Owners of firms, those with cases first; staff of departments and towns; one or two of every other role."""
    from allauth.mfa.models import Authenticator
    from django.db.models import Count

    from chaoce.service.firms.models import Firm
    from chaoce.service.people.models import Town, User
    from chaoce.service.people.roles import DEPARTMENT, FIRM

    for number, firm in enumerate(Firm.objects.annotate(n=Count("cases")).order_by("-n", "uscc")[:WITH_PEOPLE]):
        _person("firm_owner", number, firm=firm)
        if number % 3 == 0:
            _person("firm_staff", number, firm=firm)
    for number, town in enumerate(Town.objects.all()):
        _person("town", number, town=town)
    for role in ("expert", "finance", "auditor", "leader", "office"):
        for number in (1, 2):
            _person(role, number)
    # Whoever reviewed and decided while the cases were played has no second factor yet.
    staff = User.objects.filter(memberships__role__in=sorted(DEPARTMENT)).exclude(memberships__role__in=sorted(FIRM)).distinct()
    for user in staff.exclude(authenticator__isnull=False):
        Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "not used"})


def _beside() -> None:
    """In every third case that is under way the town has looked, in every fifth an expert was asked, in some there are remarks."""
    from chaoce.service.cases import steps
    from chaoce.service.cases.flow import State
    from chaoce.service.cases.models import Case
    from chaoce.service.people.models import Membership
    from chaoce.service.people.roles import Role

    towns = {member.town_id: member for member in Membership.objects.filter(role=Role.TOWN)}
    experts = list(Membership.objects.filter(role=Role.EXPERT).select_related("user"))
    reviewers = {member.department_id: member for member in Membership.objects.filter(role=Role.REVIEWER)}
    today = date.today()
    for number, case in enumerate(
        Case.objects.filter(state__in=(State.SUBMITTED, State.REVIEW)).order_by("pk").select_related("firm", "call")
    ):
        lead, town = reviewers[case.call.lead_id], towns.get(case.firm.town_id)

        def take(step: Callable, member: Any, *values: Any, pk: int = case.pk) -> None:
            now = Case.objects.get(pk=pk)
            step(now, member, now.version, *values)

        if town is not None and number % 3 == 0:
            take(steps.report_visit, town, today, "现场查看设备和合同，与申报一致。", True, True)
        if number % 5 == 0:
            take(steps.ask_expert, lead, experts[number % len(experts)].user, "该模型训练是否属于支持范围？")
        if number % 4 == 0:
            take(steps.remark, lead, "请核对发票备注。", True)
            take(steps.remark, lead, "请留意办理进度。", False)


def _files() -> None:
    """Invoices of real format with the firm as their buyer, handed in and read."""
    from chaoce.service.documents.store import hand_in
    from chaoce.service.documents.tasks import read_now
    from chaoce.service.people.models import Membership
    from chaoce.service.people.roles import Role

    text = _INVOICE.read_text("utf-8")
    year = date.today().year
    members = Membership.objects.filter(role=Role.FIRM_OWNER, user__email__endswith="@bench.example").select_related("firm", "user")
    for place, member in enumerate(members.order_by("pk")[:WITH_FILES]):
        assert member.firm is not None
        for number in range(FILES):
            own = text.replace("91330481MA2TEKT025", member.firm.uscc).replace("海宁示例智造有限公司", member.firm.name)
            own = own.replace("26332000000000000101", f"2633200000{place * FILES + number:010d}").replace(
                "2026-03-18", f"{year}-01-1{number}"
            )
            read_now(hand_in(member, f"发票{number + 1}.xml", [own.encode()]).upload.pk)


def _lists(year: int) -> None:
    """A list of titles that was taken over, one that waits for somebody to look at it, one of support received."""
    from chaoce.service.firms.models import Firm
    from chaoce.service.lists import importing, tasks
    from chaoce.service.lists.models import OfficialList
    from chaoce.service.people.models import Membership
    from chaoce.service.people.roles import Role

    reviewer = Membership.objects.filter(role=Role.REVIEWER, department__zh="市经信局").select_related("user", "department")[0]
    firms = list(Firm.objects.order_by("-uscc")[: 2 * ROWS])
    day = f"{year}-01-05"
    for part in range(2):
        rows = [f"{firm.uscc},{firm.name},首席数据官(CDO)试点,省级,{day}" for firm in firms[part * ROWS : (part + 1) * ROWS]]
        text = "统一社会信用代码,企业名称,称号,级别,日期\n" + "\n".join(rows) + "\n"
        listed = importing.hand_in(
            reviewer, f"名单{part + 1}.csv", [text.encode()], OfficialList.Kind.FACTS, f"{year}年试点名单（第{part + 1}批）",
            issued_on=date(year, 1, 6), type="recognition",
        )  # fmt: skip
        tasks.check_now(OfficialList.objects.get(pk=listed.pk))


def _counts() -> dict[str, Any]:
    """How many rows there are of what the pages show."""
    from django.apps import apps

    names = (
        "firms.Firm", "facts.Fact", "facts.Received", "people.Membership", "calls.Call", "cases.Case", "cases.CaseLine", "cases.Event",
        "cases.Review", "cases.Check", "cases.Visit", "cases.Opinion", "messaging.Message", "documents.Upload", "lists.Row",
    )  # fmt: skip
    counted = {name.partition(".")[2].lower(): apps.get_model(name)._default_manager.count() for name in names}
    from django.db.models import Count

    states = apps.get_model("cases.Case").objects.order_by().values_list("state").annotate(n=Count("pk"))
    return {"rows": counted, "states": dict(states)}


if __name__ == "__main__":
    main()
