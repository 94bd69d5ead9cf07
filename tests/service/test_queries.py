"""Every page that lists rows, and every list of the API, asks the database as often for thirty rows as for three."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone

import chaoce.service.pages
from chaoce.service.api.register import OPERATIONS
from chaoce.service.calls.models import Call, CallEvent, Guide
from chaoce.service.cases import steps
from chaoce.service.cases.models import BulkRun, SavedView
from chaoce.service.documents.models import Upload
from chaoce.service.documents.tasks import record
from chaoce.service.facts.models import Received
from chaoce.service.facts.record import add_facts, withdraw_facts
from chaoce.service.firms.models import Firm
from chaoce.service.lists import importing
from chaoce.service.lists.models import OfficialList
from chaoce.service.messaging.models import Message
from chaoce.service.people.models import Invitation, Membership
from chaoce.service.plan.models import YearDecisions
from service.api_kit import Program
from service.handing import digital_xml, hand, sheet_of
from service.kit import FORM, client_of, in_days, make_call, make_firm, make_member, make_town, purchase

pytestmark = pytest.mark.django_db
HEAD = "统一社会信用代码,企业名称,称号,级别,日期\n"
PAID = "统一社会信用代码,企业名称,补助项目,事项,拨付日期,金额,年度\n"
_numbers = count(1)


class World:
    """Somebody of every kind, and as many rows of everything that a page lists as are asked for."""

    def __init__(self) -> None:
        self.town, self.firm = make_town(), make_firm()
        self.firm.town = self.town
        self.firm.save()
        self.owner = make_member("firm_owner", firm=self.firm)
        self.call = make_call()
        self.lead = make_member("reviewer", department=self.call.lead)
        self.head = make_member("head", department=self.call.lead)
        self.joint = make_member("reviewer", department=self.call.joint.get())
        self.looks, self.expert, self.finance = make_member("town", town=self.town), make_member("expert"), make_member("finance")
        self.auditor, self.leader, self.office = make_member("auditor"), make_member("leader"), make_member("office")
        self.everybody = [value for value in vars(self).values() if isinstance(value, Membership)]
        first = hand(self.owner, "0.xml", digital_xml(sheet_of(self.firm)))
        self.reading, self.invoice = first.reading, first.invoice
        self.first = 0
        self.run = BulkRun.objects.create(token="t" * 32, user=self.lead.user, action="accept", asked=0)
        self.listed: dict[str, OfficialList] = {}
        self.programs = {name: Program(getattr(self, name)) for name in ("owner", "lead", "office")}
        self.rows = 0

    def grow(self, rows: int) -> None:
        """More rows, up to so many of each kind."""
        for number in range(self.rows, rows):
            self._one_firm_more(number)
            self._one_case_more(number)
            self._one_call_more(number)
            self._one_more_of_each_person(number)
            self._one_file_more(number)
        self.rows = rows
        self._lists(rows)

    def _fact(self, firm: Firm, number: int) -> dict:
        return purchase(f"f{number}", "1000.00", matter=f"invoice:{firm.pk:010d}{number:010d}#1")

    def _one_firm_more(self, number: int) -> None:
        """Another firm of the town with a case that is under way."""
        firm = make_firm(town=self.town, name=f"海宁晶微智能科技{number}有限公司")
        owner = make_member("firm_owner", firm=firm)
        add_facts(firm, [self._fact(firm, 0)], "statement", owner.user)
        case = steps.open_draft(firm, self.call, owner)
        case = steps.save_form(case, owner, case.version, FORM)
        case = steps.submit(case, owner, case.version)
        if number % 2:
            case = steps.accept(case, self.lead, case.version)
        steps.ask_expert(case, self.lead, case.version, self.expert.user, "Is it training?")
        self.run.results.append([case.pk, case.number, "" if number % 2 else "no"])
        self.run.asked += 1
        self.run.save()

    def _one_case_more(self, number: int) -> None:
        """Another fact of the firm, a case for it that the town has seen, one that no longer stands, support received."""
        stands, gone = self._fact(self.firm, 2 * number), self._fact(self.firm, 2 * number + 1)
        add_facts(self.firm, [stands, gone], "statement", self.owner.user)
        withdraw_facts([self.firm.facts.standing().get(key=gone["id"])], self.owner.user, "said in error")
        case = steps.open_draft(self.firm, self.call, self.owner)
        case = steps.save_form(case, self.owner, case.version, FORM)
        case = steps.submit(case, self.owner, case.version)
        steps.report_visit(case, self.looks, case.version, timezone.localdate(), "as stated", True, True)
        case.refresh_from_db()
        self.first = self.first or case.pk
        first = self.firm.cases.get(pk=self.first)
        steps.remark(first, self.lead, first.version, "a remark", False)
        Received.objects.create(
            firm=self.firm, benefit="other", matter=f"project:{number}", base=f"project:{number}", date=timezone.localdate(), amount=100
        )  # fmt: skip

    def _one_call_more(self, number: int) -> None:
        """A call that is over, one that is open; of the one that everybody looks at a version of the guide, and something in its record."""
        given = {
            "year": 2026,
            "zh": f"批次{number}",
            "benefits": self.call.benefits,
            "lead": self.call.lead,
            "created_by": self.office.user,
        }
        for opens, closes in ((-9, -1), (-1, 9)):
            call = Call.objects.create(opens_at=in_days(opens), closes_at=in_days(closes), published_at=in_days(opens), **given)
            Guide.objects.create(call=call, version=1, published_at=in_days(opens), published_by=self.office.user)
        Guide.objects.create(call=self.call, version=number + 2, published_at=timezone.now(), published_by=self.office.user)
        CallEvent.objects.create(call=self.call, kind="guide", by=self.office.user)
        text = f"year: 2026\nnote: {{zh: 第{number}次, en: version {number}}}\n"
        YearDecisions.objects.create(year=2026, version=number + 1, text=text, source="notice", recorded_by=self.office.user)

    def _one_more_of_each_person(self, number: int) -> None:
        """For everybody a message and a session; a colleague, an invitation, a token, a kept view."""
        case = self.firm.cases.order_by("-pk")[0]
        for member in self.everybody:
            Message.objects.create(to=member.user, code="case_submitted", case=case, side="firm" if member.is_firm else "city")
            UserSession.objects.create(user=member.user, ip="192.0.2.1", session_key=f"{member.pk}-{number}", user_agent="x")
        make_member("firm_staff", firm=self.firm)
        make_member("reviewer")
        for place in ({"firm": self.firm, "role": "firm_staff"}, {"role": "auditor"}):
            digest = f"{next(_numbers):064d}"
            Invitation.objects.create(email=f"{digest}@example.org", digest=digest, invited_by=self.office.user, **place)
        Program(self.owner)
        SavedView.objects.create(user=self.lead.user, name=f"view {number}", query=f"q={number}")

    def _one_file_more(self, number: int) -> None:
        """An invoice, a file that cannot be used, and one that was taken back."""
        finding = {"code": "kind.archive", "particulars": {}, "file": "", "row": None, "invoice": None, "line": None}
        invoice = json.loads(json.dumps(self.reading).replace(self.invoice, f"{number:020d}"))
        for reading, removed in ((invoice, None), ({"findings": [finding]}, None), ({"findings": [finding]}, timezone.now())):
            name, digest = f"{next(_numbers)}.xml", f"{next(_numbers):064d}"
            upload = Upload(firm=self.firm, name=name, size=9, sha256=digest, uploaded_by=self.owner.user, removed_at=removed)
            record(upload, reading)
            upload.save()

    def _lists(self, rows: int) -> None:
        """A list whose firms are to be chosen, one that can be taken over, one of support received, each with so many rows; and as many
        small ones."""
        firms = list(Firm.objects.filter(town=self.town).exclude(pk=self.firm.pk)[:rows])
        near = "".join(f",海宁晶微智能科枝{number}有限公司,数智优品,省级,2026-05-01\n" for number in range(rows))
        sure = "".join(f"{firm.uscc},{firm.name},数智优品,省级,2026-05-01\n" for firm in firms)
        paid = "".join(f"{firm.uscc},{firm.name},省补,x{firm.pk},2026-02-01,100,2026\n" for firm in firms)
        for name, member, kind, text in (
            ("near", self.lead, "facts", HEAD + near),
            ("sure", self.lead, "facts", HEAD + sure),
            ("paid", self.finance, "received", PAID + paid),
        ):
            self.listed[name] = self._list(member, kind, text)
        for _ in range(OfficialList.objects.count(), 3 * rows):
            number = next(_numbers)
            self._list(self.lead, "facts", HEAD + f",{number},数智优品,省级,\n")
            self._list(self.finance, "received", PAID + f",{number},省补,y{number},2026-02-01,100,2026\n")

    def _list(self, member: Membership, kind: str, text: str) -> OfficialList:
        given = {"type": "recognition"} if kind == "facts" else {}
        return importing.hand_in(member, "名单.csv", [text.encode()], kind, f"list {next(_numbers)}", **given)


#: (view, who looks, what the address names, what is asked for).
Look = tuple[str, str, Callable[[World], list], str]


def _looks() -> list[Look]:
    nothing, list_of = (lambda world: []), (lambda name: lambda world: [world.listed[name].pk])
    call, firm, first = (lambda world: [world.call.pk]), (lambda world: [world.firm.pk]), (lambda world: [world.first])
    return [
        ("firm:home", "owner", nothing, "?year=2026"),
        ("firm:benefit", "owner", lambda world: ["haining-ai-2026", "compute-purchase"], "?year=2026"),
        ("firm:uploads", "owner", nothing, ""),
        ("firm:uploads", "owner", nothing, "?show=faults"),
        ("firm:listing", "owner", nothing, ""),
        ("firm:facts", "owner", nothing, ""),
        ("firm:facts", "owner", nothing, "?show=gone"),
        ("firm:calls", "owner", nothing, ""),
        ("firm:cases", "owner", nothing, ""),
        ("firm:case", "owner", first, ""),
        ("account:people", "owner", nothing, ""),
        ("account:staff", "office", nothing, ""),
        ("account:home", "owner", nothing, ""),
        ("usersessions_list", "lead", nothing, ""),
        ("tokens:list", "owner", nothing, ""),
        ("messages:list", "owner", nothing, ""),
        ("messages:list", "lead", nothing, "?show=unread"),
        ("papers:list", "lead", first, ""),
        ("review:queue", "lead", nothing, ""),
        ("review:queue", "lead", nothing, "?tab=all&q=%E6%B5%B7&stops=0&sort=amount"),
        ("review:queue", "joint", nothing, ""),
        ("review:queue", "head", nothing, "?tab=all"),
        ("review:queue", "looks", nothing, ""),
        ("review:queue", "expert", nothing, ""),
        ("review:queue", "finance", nothing, "?tab=all"),
        ("review:case", "lead", first, ""),
        ("review:visits", "looks", nothing, ""),
        ("review:visits", "looks", nothing, "?seen"),
        ("review:visits", "office", nothing, "?seen"),
        ("review:firms", "lead", nothing, ""),
        ("review:firms", "looks", nothing, "?q=%E6%B5%B7"),
        ("review:firm", "lead", firm, ""),
        ("review:bulk_result", "lead", lambda world: [world.run.token], ""),
        ("calls:list", "lead", nothing, ""),
        ("calls:detail", "lead", call, ""),
        ("lists:list", "lead", nothing, ""),
        ("lists:received", "finance", nothing, ""),
        ("lists:detail", "lead", list_of("near"), ""),
        ("lists:detail", "lead", list_of("sure"), ""),
        ("lists:detail", "finance", list_of("paid"), ""),
        ("lists:preview", "lead", list_of("sure"), ""),
        ("lists:preview", "finance", list_of("paid"), ""),
        ("office:overview", "leader", nothing, "?year=2026"),
        ("office:audit", "auditor", nothing, ""),
        ("office:decisions", "office", nothing, "?year=2026"),
    ]


#: (operation of the API, who asks, its path).
CALLS: list[tuple[str, str, Callable[[World], str]]] = [
    ("cases", "lead", lambda world: "/cases"),
    ("cases", "owner", lambda world: "/cases"),
    ("firms", "office", lambda world: "/firms"),
    ("facts", "owner", lambda world: f"/firms/{world.firm.uscc}/facts"),
    ("received", "owner", lambda world: f"/firms/{world.firm.uscc}/received"),
    ("files", "owner", lambda world: f"/firms/{world.firm.uscc}/files"),
    ("lines", "owner", lambda world: f"/firms/{world.firm.uscc}/lines"),
    ("messages", "owner", lambda world: "/messages"),
    ("calls", "owner", lambda world: "/calls"),
    ("remarks", "lead", lambda world: f"/cases/{world.first}/remarks"),
    ("timeline", "lead", lambda world: f"/cases/{world.first}/timeline"),
]


def _asked(world: World) -> dict[str, tuple[int, int]]:
    """For each page and call, how many queries it asks and how long it is; asked once before, so that what is kept is there."""
    found = {}
    for view, who, named, query in _looks():
        client, path = client_of(getattr(world, who), "en"), reverse(view, args=named(world))
        client.get(path + query)
        with CaptureQueriesContext(connection) as captured:
            answer = client.get(path + query)
        assert answer.status_code == 200, (view, who, answer.status_code)
        found[f"{view}{query} ({who})"] = len(captured), len(answer.content)
    for name, who, path in CALLS:
        paged = {"limit": 50} if OPERATIONS[name].gives.__name__.endswith("Page") else {}
        world.programs[who].get(path(world))
        with CaptureQueriesContext(connection) as captured:
            answer = world.programs[who].get(path(world), **paged)
        assert answer.status_code == 200, (name, who, answer.content)
        found[f"api {name} ({who})"] = len(captured), len(answer.content)
    return found


def test_no_list_page_grows_in_queries_with_its_rows():
    """“No list page grows in queries with its rows (a test counts them)”: three rows of everything and thirty."""
    world = World()
    world.grow(3)
    few = _asked(world)
    world.grow(30)
    many = _asked(world)
    more = {name: (few[name][0], many[name][0]) for name in few if many[name][0] > few[name][0]}
    assert more == {}
    assert [name for name in few if many[name][1] <= few[name][1]] == []  # each shows the rows that were added


def test_every_page_of_rows_is_counted():
    """“No list page grows …”: each module with a list in pages has a view above, and so has each list of the API."""
    root = Path(chaoce.service.pages.__file__).parent
    paged = {
        f"chaoce.service.pages.{path.parent.name}.{path.stem}" for path in root.glob("*/*.py") if "Paginator(" in path.read_text("utf-8")
    }
    named = {"firm:benefit": ["a", "b"], "review:bulk_result": ["t"]}
    one = ("firm:case", "papers:list", "review:case", "review:firm", "calls:detail", "lists:detail", "lists:preview")
    seen = {
        resolve(reverse(view, args=named.get(view, [1] if view in one else []))).func.__module__ for view, _who, _named, _query in _looks()
    }
    assert paged <= seen
    lists = {name for name, one in OPERATIONS.items() if one.safe and isinstance(one.gives, type) and one.gives.__name__.endswith("Page")}
    assert lists <= {name for name, _who, _path in CALLS}
