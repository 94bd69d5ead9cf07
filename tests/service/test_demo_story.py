"""The demonstration's first data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from chaoce.service.cases.flow import State
from chaoce.service.cases.models import Case
from chaoce.service.demo.accounts import example_firm
from chaoce.service.demo.county import settle_county
from chaoce.service.demo.lists import take_list_over
from chaoce.service.demo.story import PLAN, open_calls, play, record_decisions
from chaoce.service.firms.models import Firm
from chaoce.service.lists.importing import hand_in
from chaoce.service.lists.tasks import follow_up
from chaoce.service.plan.sessions import every_benefit
from service.kit import make_department, make_member

pytestmark = pytest.mark.django_db

SAMPLE = Path(__file__).parents[2] / "examples/lists/数字经济称号名单.csv"


def test_the_story_reaches_every_state():
    """“Haining's plan, a county of synthetic firms”: its applications stand at every point of the flow, through the real steps."""
    for _policy, benefit in every_benefit():
        for name in (benefit.lead, *benefit.joint):
            if name:
                make_department(name)
    office = make_member("office")
    settle_county(200, 2026)
    record_decisions(2026, office.user)
    cases = play(open_calls(2026, office.user))
    assert {case.state for case in cases} == set(State.values)
    assert not Firm.objects.filter(cases__in=cases, synthetic=False).exists()


def test_a_list_of_the_city_gives_ready_claims():
    """“Where nothing is missing the firm gets a ready claim that it only confirms”: the demonstration has one from the beginning."""
    for _policy, benefit in every_benefit():
        for name in (benefit.lead, *benefit.joint):
            if name:
                make_department(name)
    office = make_member("office")
    call = next(call for call in open_calls(2026, office.user) if (PLAN, "provincial-data-award") in call.pairs)
    listed = take_list_over(call.lead, 2026)
    assert (listed.state, listed.faults) == ("taken", [])
    follow_up(listed.pk)
    case = Case.objects.get(firm=example_firm())
    assert case.state == State.DRAFT and case.ready_made and case.lines.get().benefit == "provincial-data-award"


def test_the_sample_list_has_something_of_each_kind():
    """“Rows match firms by tax id, near-misses by name are offered, never assumed”: the sample shows rows that fit, one to choose and
    faults, each with its words."""
    example_firm()
    settle_county(200, 2026)
    member = make_member("reviewer")
    listed = hand_in(
        member, SAMPLE.name, [SAMPLE.read_bytes()], "facts", "数字经济称号名单", type="recognition", issued_on=date(2026, 3, 20)
    )
    found = {row.number: (row.match, [one["code"] for one in row.faults]) for row in listed.rows.all()}
    assert not listed.faults
    assert [found[number] for number in (2, 3)] == [("tax_id", [])] * 2
    assert found[4] == ("tax_id", ["name.differs"]) and found[5] == ("near", [])
    assert [found[number] for number in (6, 7, 8)] == [("fault", ["uscc.check"]), ("fault", ["date"]), ("fault", ["choice"])]
