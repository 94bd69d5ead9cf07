"""The year's decisions: checked before they are recorded, recorded as versions, in force at once."""

from __future__ import annotations

import pytest

from chaoce.service.cases import amounts, steps
from chaoce.service.cases.faults import Refused, Stale
from chaoce.service.plan import decide
from chaoce.service.plan.models import YearDecisions
from service.kit import client_of, make_call, make_member, reviewed, submitted

pytestmark = pytest.mark.django_db

THIRTY = 'year: 2026\nrates: {compute-purchase: "30%"}\n'


def test_a_decision_is_in_force_at_once():
    """“The text gives ceilings; the city decides each year”: a case that waits is computed with the decision, and granted by it
    without the head's own amount."""
    call = make_call()
    case, _owner, _lead = reviewed(call)
    assert sum(amounts.reckon(case).amounts.values()) == 41000000
    decide.record(make_member("office"), 2026, THIRTY, "会议纪要", 0, "en")
    reckoned = amounts.reckon(case)
    assert (sum(reckoned.amounts.values()), reckoned.ceilings) == (24600000, frozenset())
    case = steps.decide(case, make_member("head", department=call.lead), case.version, {})
    assert case.lines.get().granted == 24600000


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('year: 2026\nrates: {compute-purchase: "60%"}\n', "50%"),
        ('year: 2025\nrates: {compute-purchase: "30%"}\n', "2026"),
        ('year: 2026\nrates: {compute: "30%"}\n', "compute-purchase"),
        ("year: 2026\nrates: [\n", "Line"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_recorded(text, said):
    """“Never above the text”; what is wrong is said with its line and what would be right, and what was typed is kept."""
    client = client_of(make_member("office"), "en")
    answer = client.post("/office/decisions/", {"year": "2026", "text": text, "source": "x", "version": "0", "action": "record"})
    page = answer.content.decode()
    assert answer.status_code == 422 and said in page and "var/" not in page
    assert not YearDecisions.objects.exists()


def test_versions_are_added_and_a_stale_page_is_told_so():
    """“No lost update: a stale page is told so”: two people who record on the same version do not overwrite each other."""
    office = make_member("office")
    decide.record(office, 2026, THIRTY, "会议纪要", 0, "en")
    with pytest.raises(Stale):
        decide.record(office, 2026, THIRTY.replace("30", "20"), "会议纪要", 0, "en")
    with pytest.raises(Refused):
        decide.record(office, 2026, THIRTY, "会议纪要", 1, "en")
    decide.record(office, 2026, THIRTY.replace("30", "20"), "会议纪要二", 1, "en")
    assert [(row.version, len(lines)) for row, lines in decide.versions(2026)] == [(2, 2), (1, 2)]
    with pytest.raises(Refused):
        decide.record(make_member("head"), 2026, THIRTY, "会议纪要", 2, "en")


def test_what_would_change_is_shown_first():
    """Before it is recorded the office reads which rules would say something else, and how many open cases wait under them."""
    submitted(make_call())
    client = client_of(make_member("office"), "en")
    page = client.post("/office/decisions/", {"year": "2026", "text": THIRTY, "source": "", "version": "0", "action": "check"})
    assert page.status_code == 200
    assert "compute-purchase" in {row.benefit for row in page.context["decidable"]}
    assert [row.benefit for row in page.context["changed"]] == ["compute-purchase"] and page.context["cases"] == 1
    assert not YearDecisions.objects.exists()
    assert client_of(make_member("reviewer")).post("/office/decisions/", {}).status_code == 403


def test_nothing_is_recorded_before_it_was_looked_at():
    """“Before it is recorded the office reads”: recording without having looked shows what would change, for this very text."""
    client = client_of(make_member("office"), "en")
    sent = {"year": "2026", "text": THIRTY, "source": "会议纪要", "version": "0", "action": "record"}
    page = client.post("/office/decisions/", sent)
    assert page.status_code == 200 and page.context["changed"] and not YearDecisions.objects.exists()
    seen = {**sent, "looked_at": page.context["digest"]}
    other = client.post("/office/decisions/", {**seen, "text": THIRTY.replace("30", "20")})
    assert other.status_code == 200 and not YearDecisions.objects.exists()
    nameless = client.post("/office/decisions/", {**seen, "source": ""})
    assert nameless.status_code == 422 and 'value="record"' in nameless.content.decode()
    assert client.post("/office/decisions/", seen).status_code == 302
    assert YearDecisions.objects.get().text == THIRTY
