"""A firm with very many facts: how many it may have of its own, and what its pages cost then."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chaoce.faults import Faults
from chaoce.service.documents.settling import refresh
from chaoce.service.facts import record
from chaoce.service.facts.record import add_facts
from chaoce.service.plan import assessing
from chaoce.service.plan.assessing import explained
from service.api_kit import Program, problem
from service.handing import PNG, hand, xlsx
from service.kit import client_of, make_call, make_member, purchase, submitted

pytestmark = pytest.mark.django_db


def table(rows: int, first: int = 0) -> bytes:
    """A firm's own table of certificates."""
    head = ["编号", "类型", "日期", "证书编号"]
    return xlsx([head, *([f"t{n}", "数据知识产权登记证书", "2026-02-02", f"A{n}"] for n in range(first, first + rows))], "表")


def test_pages_do_not_read_a_file_once_a_fact():
    """“Fast”: what was read in a file is not fetched with each fact that comes from it, on no page that lists facts."""
    owner = make_member("firm_owner")
    hand(owner, "own.xlsx", table(30))
    call = make_call()
    case, _ = submitted(call, firm=owner.firm)
    head = make_member("head", department=call.lead)
    pages = [(owner, "/firm/"), (owner, "/firm/facts/"), (owner, f"/firm/cases/{case.pk}/")]
    pages += [(head, f"/review/firms/{owner.firm_id}/"), (head, f"/review/cases/{case.pk}/")]
    for member, url in pages:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert client_of(member).get(url).status_code == 200
        joined = [one["sql"] for one in asked if 'FROM "facts_fact"' in one["sql"] or 'FROM "cases_caseline"' in one["sql"]]
        assert joined
        assert not [sql for sql in joined if '"documents_upload"."reading"' in sql], url
        single = [one["sql"] for one in asked if one["sql"].startswith('SELECT "documents_upload"."id", "documents_upload"."reading"')]
        assert len(single) <= 1, url


def test_a_table_gives_no_more_facts_than_a_firm_may_have(monkeypatch):
    """“Bad input, every upload limit: a clear sentence, nothing lost”: of the firm's files so many facts stand; that the others do not
    is said once on their file, and a file taken back makes room."""
    for module in ("chaoce.service.facts.record", "chaoce.service.documents.settling", "chaoce.service.documents.tasks"):
        monkeypatch.setattr(f"{module}.MOST_FACTS", 20)
    owner = make_member("firm_owner")
    first, second = hand(owner, "a.xlsx", table(15)), hand(owner, "b.xlsx", table(15, 15))
    assert owner.firm.facts.standing().count() == 20
    page = client_of(owner).get(f"/firm/files/{second.pk}/").text
    assert page.count("自此起的未列入") == 1
    assert "自此起的未列入" not in client_of(owner).get(f"/firm/files/{first.pk}/").text
    first.removed_at = second.uploaded_at
    first.save()
    refresh(owner.firm, owner.user)
    assert owner.firm.facts.standing().count() == 15
    large = hand(owner, "c.xlsx", table(21, 50))
    assert large.state == "refused"
    assert "行数超过" in client_of(owner).get(f"/firm/files/{large.pk}/").text
    assert owner.firm.facts.standing().count() == 15


def test_statements_have_the_same_limit(monkeypatch):
    """“Bad input: a clear sentence”: who has as many facts as a firm may have is told so, on the page's way in and the program's."""
    monkeypatch.setattr(record, "MOST_FACTS", 2)
    owner = make_member("firm_owner")
    add_facts(owner.firm, [purchase("p1"), purchase("p2", matter="invoice:2")], "statement", owner.user)
    add_facts(owner.firm, [purchase("p1", "1.00"), purchase("p2", matter="invoice:2")], "statement", owner.user)
    with pytest.raises(Faults, match="至多"):
        add_facts(owner.firm, [purchase("p3", matter="invoice:3")], "statement", owner.user)
    upload = hand(owner, "a.png", PNG)
    body = {"type": "data_ip_certificate", "date": "2026-01-01", "values": {"number": "9"}, "upload": str(upload.pk)}
    told = problem(Program(owner).post(f"/firms/{owner.firm.uscc}/facts", body), 422, "invalid")
    assert "at most" in told["faults"][0]["text"]


def test_official_lists_have_no_limit(monkeypatch):
    """“A department imports official lists”: what a list says of a firm stands, however much the firm has stated, and takes none of
    its room."""
    monkeypatch.setattr(record, "MOST_FACTS", 1)
    owner = make_member("firm_owner")
    add_facts(owner.firm, [purchase("p1")], "statement", owner.user)
    add_facts(owner.firm, [purchase("p2", matter="invoice:2"), purchase("p3", matter="invoice:3")], "list", None)
    assert owner.firm.facts.standing().count() == 3


def test_what_is_due_is_worked_out_anew_only_where_something_changed(monkeypatch):
    """“The same input gives the same bytes”: the same facts under the same decisions are not assessed twice, and a new fact is."""
    assessing._said.clear()
    made = []
    explain = assessing.explain
    monkeypatch.setattr(assessing, "explain", lambda answer: made.append(1) or explain(answer))
    owner = make_member("firm_owner")
    add_facts(owner.firm, [purchase("p1")], "invoice", owner.user)
    client = client_of(owner)
    first = client.get("/firm/")
    assert first.status_code == 200 and len(made) == 1
    assert client.get("/firm/").status_code == 200 and len(made) == 1
    said = explained(owner.firm, 2026)
    add_facts(owner.firm, [purchase("p2", "2.00", matter="invoice:2")], "invoice", owner.user)
    assert explained(owner.firm, 2026) != said
    assert explained(owner.firm, 2025) != explained(owner.firm, 2026)
