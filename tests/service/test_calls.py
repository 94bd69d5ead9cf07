"""Calls and their guides: drawn from the rules, published once, changed only by a new version."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from chaoce.service.calls import keeping
from chaoce.service.calls.drafting import departments_of, evidence_of
from chaoce.service.calls.models import Call
from chaoce.service.calls.procedure import RULES, basis_of, switched_on
from chaoce.service.cases import steps
from chaoce.service.cases.faults import Refused
from chaoce.service.plan.sessions import every_benefit
from service.kit import client_of, in_days, make_call, make_department, make_member, submitted

pytestmark = pytest.mark.django_db

PLAN = "haining-ai-2026"
COMPUTE = (PLAN, "compute-purchase")


@pytest.fixture
def lead():
    """The department that leads the compute subsidy, and its reviewer and head."""
    department = make_department("市经信局")
    make_department("市财政局")
    return make_member("reviewer", department=department), make_member("head", department=department)


def drafted(member, pairs=(COMPUTE,), **fields) -> Call:
    window = {"opens_at": in_days(-1), "closes_at": in_days(20), **fields}
    return keeping.make(member, 2026, "算力补贴", "Compute", list(pairs), **window)


def publish(call: Call, head) -> None:
    keeping.write(keeping.draft_of(call), head, {"text_zh": "请按本指南申报。"})
    keeping.publish(call, head)


def test_departments_are_the_texts(lead):
    """“The first-named department leads”: lead and joint departments of a call are read from the rules of its benefits."""
    call = drafted(lead[0])
    assert call.lead.zh == "市经信局"
    assert [department.zh for department in call.joint.all()] == ["市财政局"]
    assert departments_of([(PLAN, "provincial-data-award"), (PLAN, "data-ip-certificate")]) == (
        ["市经信局", "市市场监管局"],
        ["市网信办", "市财政局"],
    )


@pytest.mark.parametrize(("policy", "benefit"), [(policy.id, benefit.id) for policy, benefit in every_benefit()])
def test_the_evidence_list_comes_from_the_rule(policy, benefit):
    """“The application form and evidence list come from the rule”: every benefit asks for something that proves what it reads,
    and no item is asked for twice."""
    items = evidence_of([(policy, benefit)])
    assert items and all(item["benefit"] == benefit and item["zh"] and item["en"] for item in items)
    assert len({item["code"] for item in items}) == len(items)


def test_what_an_official_list_says_needs_no_document():
    """“Where nothing is missing the firm gets a ready claim”: a title is proven by its list; a payment by nothing but its receipt."""
    title, payment = evidence_of([(PLAN, "provincial-data-award")]), evidence_of([COMPUTE])
    assert [item["unless"] for item in title] == [["list"]]
    assert [item["code"] for item in payment] == ["compute-purchase.payment", "compute-purchase.contract"]


def test_a_guide_is_published_with_its_sources(lead):
    """“Each rule a switch with its source”: a rule that is on without a source, or a guide without words, is not published."""
    reviewer, head = lead
    call = drafted(reviewer)
    guide = keeping.draft_of(call)
    assert switched_on(guide) == {} and set(guide.rules) == set(RULES)
    rules = {**guide.rules, "tax_basis": {"on": True, "source": "", "basis": "gross"}}
    with pytest.raises(Refused, match=r"Tax basis|计税口径"):
        keeping.write(guide, reviewer, {"rules": rules})
    rules["tax_basis"]["source"] = "申报通知第三条"
    keeping.write(guide, reviewer, {"rules": rules})
    with pytest.raises(Refused):
        keeping.publish(call, head)
    keeping.write(guide, reviewer, {"text_zh": "正文"})
    assert basis_of(keeping.publish(call, head)) == "gross"


def test_a_published_guide_never_changes_under_a_running_case(lead):
    """“A published guide never changes under a running case”: the database refuses to change a published version; a draft, which
    is not running yet, follows the new one (test_flow.py: what was handed in keeps its own)."""
    reviewer, head = lead
    call = drafted(reviewer)
    publish(call, head)
    first = call.guide
    draft = keeping.new_version(call, reviewer)
    assert keeping.new_version(call, reviewer).pk == draft.pk
    case = steps.open_draft(make_member("firm_owner").firm, Call.objects.get(pk=call.pk), None)
    publish(call, head)
    case.refresh_from_db()
    assert (case.guide.version, Call.objects.get(pk=call.pk).guide.version) == (2, 2)
    with pytest.raises(Refused):
        keeping.write(first, reviewer, {"text_zh": "anders"})
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE calls_guide SET text_zh = '' WHERE id = %s", [first.pk])


def test_a_window_only_grows_once_published(lead):
    """A window that firms rely on is extended with a reason, and never shortened."""
    reviewer, head = lead
    call = drafted(reviewer)
    keeping.move_window(call, reviewer, call.opens_at - timedelta(days=1), call.closes_at - timedelta(days=5), "")
    publish(call, head)
    call.refresh_from_db()
    for opens, closes, why in (
        (call.opens_at, call.closes_at - timedelta(minutes=1), "shorter"),
        (call.opens_at + timedelta(days=1), call.closes_at, "later"),
        (call.opens_at, call.closes_at + timedelta(days=1), " "),
    ):
        with pytest.raises(Refused):
            keeping.move_window(call, reviewer, opens, closes, why)
    keeping.move_window(call, reviewer, call.opens_at, call.closes_at + timedelta(days=1), "too few have applied")
    assert list(call.events.values_list("kind", flat=True)) == ["made", "window", "published", "window"]


def test_a_call_is_kept_by_its_department(lead):
    """Rights: another department neither writes nor sees a draft; a reviewer does not publish."""
    reviewer, head = lead
    call = drafted(reviewer)
    stranger = make_member("head", department=make_department("市财政局"))
    assert client_of(stranger).get(f"/calls/{call.pk}/").status_code == 404
    for act in (keeping.new_version, keeping.publish):
        with pytest.raises(Refused):
            act(call, stranger)
    keeping.write(keeping.draft_of(call), reviewer, {"text_zh": "正文"})
    with pytest.raises(Refused):
        keeping.publish(call, reviewer)
    with pytest.raises(Refused):
        keeping.make(stranger, 2026, "x", "", [COMPUTE], in_days(1), in_days(2))
    keeping.publish(call, head)


def test_an_ended_call_takes_nothing_more():
    """“Expired window”: after the end nothing is submitted; what was submitted goes on and the draft is kept."""
    call = make_call()
    case, _owner = submitted(call)
    owner = make_member("firm_owner")
    draft = steps.open_draft(owner.firm, call, owner)
    keeping.end(call, make_member("office"), "the money is spent")
    with pytest.raises(Refused):
        steps.submit(draft, owner, draft.version)
    assert steps.accept(case, make_member("reviewer", department=call.lead), case.version).state == "review"
    assert draft.__class__.objects.get(pk=draft.pk).state == "draft"


def test_overlapping_calls_are_shown(lead):
    """Two calls for one benefit at the same time may be meant, and are pointed out."""
    one, two = drafted(lead[0]), drafted(lead[0])
    assert keeping.beside(two) == [one]
    assert keeping.beside(drafted(lead[0], opens_at=in_days(30), closes_at=in_days(40))) == []


def test_a_call_through_its_pages(lead):
    """A call made, written, published and extended in the browser's own forms, with what was typed kept where it is refused."""
    reviewer, head = lead
    client, now = client_of(reviewer, "en"), timezone.localtime()
    form = {
        "zh": "算力补贴", "en": "Compute", "year": "2026", "benefits": ["haining-ai-2026/compute-purchase"], "lead": "",
        "opens_at": (now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"), "closes_at": (now + timedelta(days=9)).strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    wrong = client.post("/calls/new/", {**form, "closes_at": form["opens_at"]})
    assert wrong.status_code == 422 and "open before it closes" in wrong.content.decode() and "算力补贴" in wrong.content.decode()
    assert client.post("/calls/new/", form).status_code == 302
    call = Call.objects.get()
    edit = f"/calls/{call.pk}/guide/"
    typed = {
        "text_zh": "正文", "text_en": "Text", "four_eyes": "on", "review_days": "15", "correction_days": "7", "on:records_years": "on",
        "records_years:years": "4", "tax_basis:basis": "default", "registered_in:division": "330481", "source:records_years": "",
        "item:0:code": "compute-purchase.payment", "item:0:zh": "付款凭证", "item:0:en": "receipt", "item:0:required": "on",
        "item:0:benefit": "compute-purchase",
    }  # fmt: skip
    refused = client.post(edit, typed)
    assert refused.status_code == 422 and "name the document" in refused.content.decode() and "正文" in refused.content.decode()
    assert client.post(edit, {**typed, "source:records_years": "申报通知"}).status_code == 302
    guide = keeping.draft_of(call)
    assert (guide.review_days, guide.rules["records_years"]["years"], len(guide.evidence)) == (15, 4, 1)
    assert client.post(f"/calls/{call.pk}/publish/").status_code == 403
    assert client_of(head).post(f"/calls/{call.pk}/publish/").status_code == 302
    page = client.get(f"/calls/{call.pk}/").content.decode()
    assert "申报通知" in page and "version 1" in page
    assert client.post(edit, typed).status_code == 302  # nothing to write any more; the page says so
    assert client.get("/calls/").status_code == 200
