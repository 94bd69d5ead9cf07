"""Which firms, facts and files somebody of the city sees: what the clause's departments give, and no more."""

from __future__ import annotations

import pytest
from django.utils import timezone

from chaoce.service.calls.models import Call, Guide
from chaoce.service.cases import steps
from chaoce.service.documents.models import Upload
from chaoce.service.facts.models import Fact
from chaoce.service.facts.record import add_facts, add_received
from chaoce.service.firms.models import Firm
from chaoce.service.lists.models import OfficialList, Row
from service.api_kit import Program
from service.handing import PNG, hand
from service.kit import FORM, client_of, in_days, make_call, make_department, make_firm, make_member, make_town, purchase

pytestmark = pytest.mark.django_db
READERS = ("auditor", "office", "leader")


def _drafted():
    """A firm with a draft that has evidence, a file of its own, and the call."""
    call = make_call()
    Guide.objects.create(
        call=call, version=2, evidence=[{"code": "contract", "zh": "合同", "en": "Contract", "required": False}],
        published_at=timezone.now(), published_by=call.created_by,
    )  # fmt: skip
    owner = make_member("firm_owner", firm=make_firm(town=make_town()))
    add_facts(owner.firm, [purchase()], "statement", owner.user)
    case = steps.open_draft(owner.firm, call, owner)
    attached = hand(owner, "contract.png", PNG, case=case, evidence="contract")
    return call, owner, case, attached


def _submit(case, owner):
    case.refresh_from_db()
    case = steps.save_form(case, owner, case.version, FORM)
    return steps.submit(case, owner, case.version)


def _paths(firm, attached):
    of = f"/firms/{firm.uscc}"
    return [of, *(f"{of}/{part}" for part in ("facts", "facts-file", "received", "files", "lines", "assessment", "explanation"))], [
        f"/files/{attached.pk}", f"/files/{attached.pk}/content",
    ]  # fmt: skip


def _answers(member, paths) -> set[int]:
    program = Program(member)
    return {program.get(path).status_code for path in paths}


def test_a_department_sees_what_its_clauses_give_it():
    """“A reviewer sees what the clause's departments give it”: a firm once it has handed in a case of theirs, and no other firm."""
    call, owner, case, attached = _drafted()
    firm, files = _paths(owner.firm, attached)
    mine = [make_member(role, department=place) for role in ("reviewer", "head") for place in (call.lead, call.joint.get())]
    strange = [make_member(role, department=make_department("市教育局")) for role in ("reviewer", "head")]
    for member in (*mine, *strange):
        assert _answers(member, firm + files) == {404}
        assert client_of(member).get(f"/review/firms/{owner.firm_id}/").status_code == 404
    _submit(case, owner)
    for member in mine:
        assert _answers(member, firm + files) == {200}
        assert client_of(member).get(f"/review/firms/{owner.firm_id}/").status_code == 200
        assert owner.firm.name in client_of(member).get("/review/firms/").text
    for member in strange:
        assert _answers(member, firm + files) == {404}
        assert client_of(member).get(f"/review/firms/{owner.firm_id}/").status_code == 404
        assert owner.firm.name not in client_of(member).get("/review/firms/").text
        assert Program(member).get("/firms").json()["items"] == []


def test_a_department_sees_the_firms_of_its_own_lists():
    """“Each row becomes a fact with its source”: a department sees the firms of the lists that it has taken over, and no other does."""
    firm, office = make_firm(), make_member("office")
    place, other = make_department("市教育局"), make_department("市科技局")
    listed = OfficialList.objects.create(
        kind="facts", title="名单", file="l.csv", sha256="0", size=1, state="checked", imported_by=office.user, department=place
    )
    Row.objects.create(list=listed, number=2, match="tax_id", firm=firm)
    member, strange = make_member("reviewer", department=place), make_member("reviewer", department=other)
    assert not Firm.objects.seen_by(member).exists()
    OfficialList.objects.filter(pk=listed.pk).update(state="taken")
    assert Firm.objects.seen_by(member).get() == firm
    assert not Firm.objects.seen_by(strange).exists()


def test_the_evidence_of_a_draft_is_the_firms_alone():
    """“A draft is the firm's alone”, and so is what was handed in as its evidence, whatever else somebody sees of the firm."""
    _call, owner, case, attached = _drafted()
    town = make_member("town", town=owner.firm.town)
    add_received(owner.firm, "x", "invoice:1", timezone.localdate(), 100, owner.user)
    for member in (town, make_member("finance"), *(make_member(role) for role in READERS)):
        firm, files = _paths(owner.firm, attached)
        assert _answers(member, firm) == {200}
        assert _answers(member, files) == {404}
        assert str(attached.pk) not in Program(member).get(f"/firms/{owner.firm.uscc}/files").text
    assert Program(owner).get(f"/files/{attached.pk}/content").status_code == 200
    _submit(case, owner)
    for member in (town, make_member("finance"), *(make_member(role) for role in READERS)):
        assert _answers(member, files) == {200}


def test_a_department_does_not_see_the_evidence_of_anothers_case():
    """“A reviewer sees what the clause's departments give it”: the evidence of a case in a call of others is not among it."""
    _call, owner, case, attached = _drafted()
    _submit(case, owner)
    place, office = make_department("市教育局"), make_member("office").user
    other = Call.objects.create(
        year=2026, zh="登记证书", benefits=[["haining-ai-2026", "data-ip-certificate"]], lead=place, opens_at=in_days(-1),
        closes_at=in_days(30), published_at=in_days(-1), created_by=office,
    )  # fmt: skip
    Guide.objects.create(call=other, version=1, published_at=in_days(-1), published_by=office)
    add_facts(owner.firm, [{"id": "c1", "type": "data_ip_certificate", "date": "2026-02-02", "number": "A1"}], "list", None)
    second = steps.open_draft(owner.firm, other, owner)
    second = steps.save_form(second, owner, second.version, FORM)
    second = steps.choose_lines(second, owner, second.version, [("haining-ai-2026", "data-ip-certificate", "c1")])
    steps.submit(second, owner, second.version)
    member = make_member("reviewer", department=place)
    assert Firm.objects.seen_by(member).get() == owner.firm
    assert Fact.objects.seen_by(member).count() == 2
    assert attached not in Upload.objects.seen_by(member)


def test_finance_sees_firms_with_support_or_a_case():
    """Finance sees the firms with a case that was handed in or with support received, and no other."""
    _call, owner, case, _attached = _drafted()
    paid, nothing = make_firm(), make_firm()
    add_received(paid, "x", "invoice:1", timezone.localdate(), 100, owner.user)
    finance = make_member("finance")
    assert set(Firm.objects.seen_by(finance)) == {paid}
    _submit(case, owner)
    assert set(Firm.objects.seen_by(finance)) == {paid, owner.firm}
    for role in READERS:
        assert set(Firm.objects.seen_by(make_member(role))) >= {paid, owner.firm, nothing}


def test_seeing_costs_no_query_of_its_own(django_assert_num_queries):
    """Which rows somebody sees is a query: the firms of a department are cut in the query that lists them."""
    member = make_member("reviewer")
    with django_assert_num_queries(1):
        list(Firm.objects.seen_by(member)[:25])
