"""What was claimed keeps the kind in which it was handed in: a decision that settles a ceiling does not relabel it."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from chaoce.service.cases import steps
from chaoce.service.cases.amounts import claimed_as_ceilings
from chaoce.service.pages.firm.cases import shown
from service.kit import client_of, make_call, make_member, purchase, reviewed
from service.test_decision_reasons import bare, record

pytestmark = pytest.mark.django_db

PLAN = "haining-ai-2026"
BOTH = ((PLAN, "compute-purchase"), (PLAN, "data-ip-certificate"))


def certificate(number: int = 1) -> dict:
    """A certificate, which pays 1,000 yuan exactly."""
    return {"id": "c1", "type": "data_ip_certificate", "date": "2026-04-01", "number": f"ZJ{number}"}


def decided(number: int = 1):
    """A case that claimed 410,000 yuan as a ceiling and 1,000 by the text, decided after the year's decision made the first exact."""
    case, owner, lead = reviewed(make_call(benefits=BOTH), facts=[purchase(), certificate(number)])
    record(f'year: 2026\nrates: {{compute-purchase: "4{number}%"}}\n', "海财〔2026〕12 号")
    return steps.decide(case, make_member("head", department=case.call.lead), case.version, {}, ""), owner, lead


def test_columns_of_what_was_claimed_keep_their_kinds():
    """“Columns of what was claimed keep the kinds pinned at submission”: on both sides, in the list and on the page of the case."""
    case, owner, lead = decided()
    assert not case.lines.filter(ceiling=True).exists(), "what is granted is no ceiling any more"
    page = bare(client_of(lead, "en").get(reverse("review:case", args=[case.pk])).content.decode())
    assert re.search(r"CNY 411,000\.00 *of which CNY 410,000\.00 only as a ceiling", page)
    said = shown(case)
    assert (said["ceiling"], said["decided"], said["granted"]) == (41000000, 100000, 33720000)
    assert {line.fact.key: kind for line, kind, _why in said["lines"]} == {"p1": True, "c1": False}
    client = client_of(owner, "en")
    row = bare(client.get(reverse("firm:cases")).content.decode())
    assert "410,000.00 1,000.00 337,200.00" in row
    assert bare(client.get(reverse("firm:case", args=[case.pk])).content.decode()).count("Ceiling") == 1


def test_opened_again_it_still_says_what_was_claimed():
    """“Pinned at submission”: re-opening changes nothing of it either."""
    case, _owner, _lead = decided()
    case = steps.reopen(case, make_member("head", department=case.call.lead), case.version, "a complaint")
    assert shown(case)["ceiling"] == 41000000


def test_kinds_are_asked_for_once(django_assert_num_queries):
    """“No list page grows in queries with its rows.”"""
    cases = [decided(number)[0] for number in (1, 2)]
    with django_assert_num_queries(1):
        found = claimed_as_ceilings(case.pk for case in cases)
    # The second was handed in after the decision was recorded: what it claims is no ceiling.
    assert found == {cases[0].pk: {(PLAN, "compute-purchase")}}
    with django_assert_num_queries(0):
        assert claimed_as_ceilings([]) == {}
