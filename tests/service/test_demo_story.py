"""The demonstration's first data."""

from __future__ import annotations

import pytest

from chaoce.service.cases.flow import State
from chaoce.service.demo.county import settle_county
from chaoce.service.demo.story import open_calls, play, record_decisions
from chaoce.service.firms.models import Firm
from chaoce.service.plan.sessions import every_benefit
from service.kit import make_department, make_member

pytestmark = pytest.mark.django_db


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
