"""The steps of a case: the flow, its guards, and the amounts that it grants."""

from __future__ import annotations

import pytest

from chaoce.service.cases import steps
from chaoce.service.cases.faults import Refused, Stale
from chaoce.service.cases.flow import Outcome, State
from service.kit import make_call, make_member, reviewed, submitted

pytestmark = pytest.mark.django_db


def test_a_case_goes_from_draft_to_ready():
    """“draft → submitted → pre-check → department reviews in parallel → decided → ready for notice”."""
    call = make_call()
    case, _owner, lead = reviewed(call)
    head = make_member("head", department=call.lead)
    line = case.lines.get()
    assert (line.claimed, line.ceiling) == (41000000, True)
    with pytest.raises(Refused):
        steps.decide(case, head, case.version, {})
    case = steps.decide(case, head, case.version, {line.pk: (30000000, "the year's budget")})
    assert (case.state, case.outcome) == (State.DECIDED, Outcome.PARTLY)
    assert case.firm.received.standing().get().amount == 30000000
    case = steps.make_ready(case, lead, case.version)
    assert case.state == State.READY


def test_a_stale_page_is_told_so():
    """“No lost update: a stale page is told so.”"""
    case, _owner = submitted(make_call())
    lead = make_member("reviewer", department=case.call.lead)
    steps.accept(case, lead, case.version)
    with pytest.raises(Stale):
        steps.accept(case, lead, case.version)
