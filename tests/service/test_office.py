"""The pages of the programme office: every figure is the database's, the record is complete, the policy is shown as it runs."""

from __future__ import annotations

from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from chaoce.service.cases import steps
from chaoce.service.plan.sessions import policies
from service.kit import client_of, make_call, make_member, reviewed, submitted

pytestmark = pytest.mark.django_db


def test_ceilings_and_granted_amounts_are_kept_apart():
    """“A ceiling is not a promise”: what is claimed as a ceiling and what was granted never stand in one sum."""
    call = make_call()
    case, _owner, _lead = reviewed(call)
    head = make_member("head", department=call.lead)
    line = case.lines.get()
    steps.decide(case, head, case.version, {line.pk: (30000000, "the year's budget")})
    submitted(call)
    page = client_of(make_member("leader"), "en").get("/office/?year=2026").content.decode()
    assert "410,000.00" in page and "CNY 300,000.00" in page


def test_the_overview_does_not_grow_with_the_cases():
    """“No list page grows in queries with its rows.”"""
    call = make_call()
    submitted(call)
    client = client_of(make_member("office"))
    client.get("/office/")
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get("/office/")
    for _number in range(4):
        submitted(call)
    with CaptureQueriesContext(connection) as many:
        client.get("/office/")
    assert len(many) == len(few)


def test_the_record_has_every_step():
    """“Read-only views and exports: who decided what”: each step that was taken is in the record and in its export."""
    case, owner = submitted(make_call())
    client = client_of(make_member("auditor"), "en")
    assert case.number in client.get("/office/record/?kind=submit").content.decode()
    assert case.number not in client.get("/office/record/?kind=decide").content.decode()
    book = load_workbook(BytesIO(client.get(f"/office/record/export/?q={case.number}").getvalue()))
    rows = list(book.active.iter_rows(values_only=True))
    assert len(rows) == 1 + case.events.count()
    assert {row[4] for row in rows[1:]} == {owner.user.name}


def test_the_policy_is_shown_word_for_word():
    """“The text is the program”: the page holds every paragraph as it was issued, and each benefit beside its sentence."""
    policy = policies()[0]
    page = client_of(None).get(f"/office/policy/{policy.id}/")
    passages = page.context["passages"]
    assert [passage.text for passage in passages] == [line for line in policy.text.text.split("\n") if line.strip()]
    shown = [benefit["id"] for passage in passages for benefit in passage.benefits]
    assert shown == [benefit.id for benefit in policy.benefits]
