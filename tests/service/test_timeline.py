"""The timeline of a case in plain words, the flow drawn from the code, and the honest waiting time."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

import chaoce.service
from chaoce.service.cases import steps
from chaoce.service.cases.flow import mermaid
from chaoce.service.cases.models import Case, Event
from chaoce.service.cases.timeline import WORDS, say, timeline
from chaoce.service.cases.waiting import ENOUGH, said, taken
from core_kit import ROOT
from service.kit import client_of, make_call, make_department, make_firm, make_member, make_town, reviewed, submitted

SERVICE = Path(chaoce.service.__file__).parent
SHANGHAI = ZoneInfo("Asia/Shanghai")

#: Every kind with particulars as its step writes them; two where the words depend on them.
WRITTEN: list[tuple[str, dict]] = [
    ("open_draft", {}),
    ("submit", {"total": "410000.00"}),
    ("resubmit", {"total": "410000.00", "late": False}),
    ("resubmit", {"total": "410000.00", "late": True}),
    ("withdraw", {"why": "w"}),
    ("accept", {}),
    ("send_back", {"points": ["p"], "deadline": "2026-03-09"}),
    ("go_on", {"why": "w"}),
    ("verdict", {"verdict": "agrees", "department": "d"}),
    ("verdict", {"verdict": "objects", "department": "d"}),
    ("lower", {"fact": "p1", "benefit": "b", "amount": "1.00", "why": "w"}),
    ("lower", {"fact": "p1", "benefit": "b", "amount": None, "why": ""}),
    ("clear_check", {"check": "credit_list", "subject": "", "why": "w"}),
    ("close_review", {}),
    ("return_to_review", {"why": "w"}),
    ("decide", {"outcome": "granted", "total": "1.00"}),
    ("decide", {"outcome": "partly", "total": "1.00"}),
    ("decide", {"outcome": "refused", "total": "0.00"}),
    ("make_ready", {}),
    ("reopen", {"why": "w", "outcome": "granted"}),
    ("remark", {"inside": True}),
    ("remark", {"inside": False}),
    ("visit", {"on_site": True, "sound": True}),
    ("visit", {"on_site": True, "sound": False}),
    ("visit", {"on_site": False, "sound": True}),
    ("visit", {"on_site": False, "sound": False}),
    ("ask_expert", {}),
    ("expert_answered", {"recused": False}),
    ("expert_answered", {"recused": True}),
    ("same_matter", {"matter": "invoice:1", "numbers": "HN-2026-000001"}),
    ("new_guide", {}),
    ("counted_on", {"number": "HN-2026-000001"}),
    ("fact_gone", {"fact": "p1", "ref": 1, "why": "w"}),
]


def _kinds() -> Iterator[str]:
    """Every kind of event that is written anywhere in the service."""
    for path in sorted(SERVICE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.id if isinstance(node.func, ast.Name) else ""
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if name == "note" and path.parent.name == "cases":
                assert isinstance(node.args[1], ast.Constant)
                yield node.args[1].value
            elif name == "Event" or (isinstance(owner, ast.Attribute) and isinstance(owner.value, ast.Name) and owner.value.id == "Event"):
                for keyword in node.keywords:
                    if keyword.arg == "kind" and isinstance(keyword.value, ast.Constant):
                        yield keyword.value.value


def test_every_kind_of_event_has_words():
    """“A timeline in plain words on every case”: whatever is written down of a case can be told, and nothing else has words."""
    assert set(_kinds()) == set(WORDS) == {kind for kind, _said in WRITTEN}


@pytest.mark.parametrize(("kind", "particulars"), WRITTEN)
def test_events_are_told_in_both_languages(kind, particulars):
    """“In plain words”: each event reads in Chinese and in English, and differently where something else happened."""
    with override("zh-hans"):
        chinese = say(kind, particulars)
    with override("en"):
        english = say(kind, particulars)
    assert chinese != english
    assert not any(sign in chinese for sign in (", ", ";", "(", "%("))
    others = [said for other, said in WRITTEN if other == kind and said is not particulars]
    with override("en"):
        assert english not in [say(kind, other) for other in others]


@pytest.fixture
def decided(db):
    """A case with something of everything, decided, with the people in it."""
    call = make_call()
    town = make_town()
    firm = make_firm(town=town)
    case, owner = submitted(call, firm=firm)
    people = {
        "owner": owner,
        "lead": make_member("reviewer", department=call.lead),
        "joint": make_member("reviewer", department=call.joint.get()),
        "head": make_member("head", department=call.lead),
        "town": make_member("town", town=town),
        "expert": make_member("expert"),
    }
    lead, joint, head = people["lead"], people["joint"], people["head"]
    case = steps.send_back(case, lead, case.version, [{"text": "补充合同"}], timezone.localdate() + timedelta(days=3))
    case = steps.resubmit(case, owner, case.version, ["已补充"])
    case = steps.accept(case, lead, case.version)
    steps.report_visit(case, people["town"], case.version, timezone.localdate(), "属实", True, True)
    steps.ask_expert(case, lead, case.version, people["expert"].user, "?")
    steps.answer_as_expert(case, people["expert"], case.version, "可以", False)
    steps.remark(case, joint, case.version, "要抠", inside=True)
    case = steps.give_verdict(case, joint, case.version, "objects", "金额")
    case = steps.lower(case, joint, case.version, case.lines.get().pk, 100, "核减")
    case = steps.give_verdict(case, lead, case.version, "agrees", "")
    case = steps.close_review(case, lead, case.version)
    case = steps.decide(case, head, case.version, {case.lines.get().pk: (100, "预算")})
    return case, people


def test_the_firm_sees_departments_and_nothing_from_inside(decided):
    """“A firm never sees …”: to the firm, departments act and not people, and what happened inside did not happen."""
    case, people = decided
    entries = timeline(case, people["owner"])
    assert {entry.kind for entry in entries} == {"open_draft", "submit", "send_back", "resubmit", "accept", "close_review", "decide"}
    assert not any(entry.inside for entry in entries)
    told = " ".join(f"{entry.who} {entry.person} {entry.text} {entry.detail}" for entry in entries)
    for name in ("lead", "joint", "head", "town", "expert"):
        assert people[name].user.name not in told
    with override("en"):
        submitted_text = next(entry for entry in timeline(case, people["owner"]) if entry.kind == "submit").text
        assert submitted_text == "Submitted; 410,000.00 yuan are claimed"
    assert {(entry.who, entry.zh) for entry in entries} == {(case.firm.name, True), ("市经信局", True)}
    assert {entry.person for entry in entries if entry.who == case.firm.name} == {people["owner"].user.name}
    assert [entry.at for entry in entries] == sorted((entry.at for entry in entries), reverse=True)
    asked = next(entry for entry in entries if entry.kind == "send_back")
    assert asked.points == ("补充合同",)


def test_the_city_sees_everything_with_names(decided):
    """Who reviews sees every event with who did it; a town and an expert see of the inside only what they did themselves."""
    case, people = decided
    entries = timeline(case, people["head"])
    assert {entry.kind for entry in entries} >= {"verdict", "lower", "visit", "ask_expert", "expert_answered", "remark"}
    by = {entry.kind: (entry.who, entry.person) for entry in entries}
    assert by["lower"] == ("市财政局", people["joint"].user.name)
    assert by["visit"] == (people["town"].town.zh, people["town"].user.name)
    assert {entry.kind for entry in timeline(case, people["town"]) if entry.inside} == {"visit"}
    assert {entry.kind for entry in timeline(case, people["expert"]) if entry.inside} == {"expert_answered"}
    with override("en"):
        answered = next(entry for entry in timeline(case, people["head"]) if entry.kind == "expert_answered")
        assert (answered.who, answered.zh) == ("Expert", False)


def test_an_event_of_nobody_is_the_services(db):
    """What the service did by itself is told as that."""
    case, _owner = submitted(make_call())
    Event.objects.create(case=case, kind="same_matter", inside=True, particulars={"numbers": "HN-1"})
    with override("zh-hans"):
        entry = timeline(case, make_member("reviewer", department=case.call.lead))[0]
    assert (entry.who, entry.person) == ("系统", "")


def test_a_timeline_asks_as_many_queries_however_long(decided):
    """“Nothing grows in queries with its rows”."""
    case, people = decided
    case = Case.objects.select_related("call").get(pk=case.pk)
    timeline(case, people["head"])
    with CaptureQueriesContext(connection) as few:
        timeline(case, people["head"])
    for _ in range(20):
        steps.remark(case, people["lead"], Case.objects.get(pk=case.pk).version, "x", inside=True)
    with CaptureQueriesContext(connection) as many:
        timeline(case, people["head"])
    assert len(many) == len(few) <= 4


def test_somebody_with_two_roles_acted_in_the_one_of_the_case(db):
    """Who is in two departments is shown as that which has a part in the case, also when the other came first."""
    call = make_call()
    other = make_department("市科技局")
    first = make_member("reviewer", department=other)
    lead = type(first).objects.create(user=first.user, role="reviewer", department=call.lead)
    case, owner = submitted(call)
    steps.accept(case, lead, case.version)
    assert timeline(case, owner)[0].who == call.lead.zh


def test_the_docs_draw_the_flow_from_the_code():
    """“Drawn from the code into the docs”: both pages show the diagram that the code draws."""
    for page in ("docs/case-flow.md", "docs/zh/case-flow.md"):
        assert f"```mermaid\n{mermaid()}\n```" in (ROOT / page).read_text("utf-8")


# Waiting.


def _at(day: int, hour: int = 10) -> datetime:
    return datetime(2026, 3, 1, hour, tzinfo=SHANGHAI) + timedelta(days=day - 1)


def _decide(call, begun: int, ended: int, benefits=None) -> Case:
    """A case of a call, handed in on one day of March 2026 and decided on another."""
    with time_machine.travel(_at(begun), tick=False):
        case, _owner, _lead = reviewed(call)
    head = make_member("head", department=call.lead)
    with time_machine.travel(_at(ended), tick=False):
        return steps.decide(case, head, case.version, {case.lines.get().pk: (100, "预算")})


@pytest.mark.django_db
def test_too_few_cases_say_nothing():
    """“Says ‘too few to say’ under five”: and the guide's days are said to be no promise."""
    with time_machine.travel(_at(2), tick=False):
        call = make_call()
    for number in range(ENOUGH - 1):
        _decide(call, 2, 4 + number)
    with time_machine.travel(_at(10), tick=False):
        case, _owner = submitted(call)
        assert taken(call) is None
        with override("en"):
            told = said(case)
    assert told[0] == "It has waited for 0 working days."
    assert "Too few" in told[1] and "no promise" in told[2]


@pytest.mark.django_db
def test_the_waiting_time_is_what_was_counted():
    """“How long similar cases really took (median and 80%), with the count”: in working days, weekends and corrections not counted."""
    with time_machine.travel(_at(2), tick=False):  # a Monday
        call = make_call()
    for ended in (3, 4, 5, 6, 16):  # 1, 2, 3, 4 and 10 working days
        _decide(call, 2, ended)
    with time_machine.travel(_at(16), tick=False):
        assert taken(call) == (5, 3, 4, True)
        other = make_call()
        assert taken(other) == (5, 3, 4, False)  # of the same benefit
        assert taken(make_call(benefits=(("haining-ai-2026", "data-purchase"),))) is None
        case, owner = submitted(call)
        lead = make_member("reviewer", department=call.lead)
    with time_machine.travel(_at(18), tick=False):
        case = steps.send_back(case, lead, case.version, [{"text": "?"}], _at(30).date())
    with time_machine.travel(_at(20), tick=False), override("en"):
        told = said(case)
        assert told[0] == "It has waited for 2 working days." and "stands" in told[1]
    with time_machine.travel(_at(25), tick=False):
        case = steps.resubmit(case, owner, case.version, ["!"])
    with time_machine.travel(_at(26), tick=False):
        with override("en"):
            told = said(case)
        assert told[0] == "It has waited for 3 working days." and "not counted" in told[1]
        assert "last 5 cases decided in this call, half took no more than 3 working days, four in five no more than 4" in told[2]
        with override("zh-hans"):
            assert "不构成承诺" in said(case)[-1]
    with time_machine.travel(_at(2) + timedelta(days=400), tick=False):
        assert taken(call) is None  # more than a year ago


@pytest.mark.django_db
def test_a_case_that_was_opened_again_does_not_count():
    """What a re-opened case took is not what a case takes; it waits from when it was opened again."""
    with time_machine.travel(_at(2), tick=False):
        call = make_call()
    cases = [_decide(call, 2, 3) for _ in range(ENOUGH)]
    head = make_member("head", department=call.lead)
    with time_machine.travel(_at(16), tick=False):
        assert taken(call) is not None
        case = steps.reopen(cases[0], head, cases[0].version, "错了")
        assert taken(call) is None
    with time_machine.travel(_at(17), tick=False), override("en"):
        assert said(case)[0] == "It has waited for 1 working day."
        assert said(cases[1]) == ["It was decided after 1 working day."]


@pytest.mark.django_db
def test_a_draft_has_not_waited():
    """Nothing is said of a draft or of a case that was withdrawn."""
    call = make_call()
    owner = make_member("firm_owner")
    draft = steps.open_draft(owner.firm, call, owner)
    assert said(draft) == []
    gone = steps.withdraw(draft, owner, draft.version, "不报")
    assert said(gone) == []


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_tags_render_on_a_page(decided, language):
    """The timeline, the waiting time and the papers of a case stand on a page as the parts that every page of a case uses."""
    from django.template import Context, Template

    case, people = decided
    template = Template("{% load papers %}{% waiting case %}{% papers_of case %}{% timeline case %}")
    with override(language):
        for name in ("owner", "head"):
            shown = template.render(Context({"case": case, "member": people[name], "lang": "en" if language == "en" else "zh"}))
            assert 'class="timeline-list"' in shown and f"/papers/{case.pk}/decision.pdf" in shown and 'class="waiting"' in shown
            assert ("timeline-inside" in shown) == (name == "head")
            assert f'<span lang="zh">{case.firm.name}</span>' in shown
    assert client_of(people["owner"], language).get(f"/papers/{case.pk}/").status_code == 200
