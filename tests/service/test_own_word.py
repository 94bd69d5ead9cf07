"""What a firm says itself: it may state what is its own to say, and nobody is paid for it before a person has looked at its file."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chaoce.service.cases import checks, steps
from chaoce.service.cases.faults import Refused
from chaoce.service.documents import settling
from chaoce.service.facts.models import Source
from service.api_kit import Program
from service.handing import COMPUTE, PNG, digital_xml, hand, sheet_of, xlsx
from service.kit import FORM, client_of, make_call, make_member

pytestmark = pytest.mark.django_db

PLAN = "haining-ai-2026"
#: Fields of the frame of a fact, and what somebody might put there.
FRAME = {
    "type": "recognition", "date": "2027-12-31", "id": "p1", "matter": "invoice:26332000000447829611#1", "evidence": "x", "note": "x",
}  # fmt: skip


@pytest.mark.parametrize(("name", "value"), [*FRAME.items(), ("paid", "5000000"), ("level", "national")])
def test_a_statement_says_its_own_fields_and_nothing_else(name, value):
    """“Amounts computed from evidenced facts”: type, day, id, matter and amount paid of a fact are not the firm's to say among them."""
    owner = make_member("firm_owner")
    upload = hand(owner, "证书.png", PNG)
    body = {"type": "data_ip_certificate", "date": "2026-02-02", "upload": str(upload.pk), "thing": "", "values": {"number": "浙数1"}}
    program = Program(owner)
    answer = program.post(f"/firms/{owner.firm.uscc}/facts", {**body, "values": {**body["values"], name: value}})
    assert answer.status_code == 422 and name in answer.content.decode()
    assert not owner.firm.facts.exists()
    assert program.post(f"/firms/{owner.firm.uscc}/facts", body).status_code == 201


@pytest.mark.parametrize(("name", "value"), [*FRAME.items(), ("paid", "900000.00"), ("paid", "1060.00")])
def test_an_answer_to_a_line_changes_nothing_that_the_invoice_says(name, value):
    """“Each line shown beside the picture or text of its source”: day, amount and matter are those of the invoice, whatever is said."""
    owner = make_member("firm_owner")
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    program = Program(owner)
    body = {"invoice": upload.invoice, "line": 1, "type": "compute_purchase", "values": COMPUTE}
    answer = program.post("/lines", {**body, "values": {**COMPUTE, name: value}})
    assert answer.status_code == 422 and name in answer.content.decode()
    assert not owner.firm.facts.exists()
    assert program.post("/lines", body).status_code == 200
    (fact,) = owner.firm.facts.standing()
    assert fact.key == f"{upload.invoice}-1" and fact.source == Source.INVOICE


def test_what_was_paid_counts_by_its_invoice_and_not_by_an_own_table():
    """“Officers check invoices by eye”: a row of a table of one's own is no invoice; the file says what would be right."""
    owner = make_member("firm_owner")
    rows = [
        ["类型", "日期", "实际购买金额", "算力种类", "用途"],
        ["算力购买", "2026-03-01", "5000000", "智算", "模型训练"],
    ]  # fmt: skip
    upload = hand(owner, "算力.xlsx", xlsx(rows, "表"))
    assert not owner.firm.facts.exists()
    _raws, findings = settling.stated(owner.firm, settling.settlement(owner.firm))
    assert [finding.fault.code for finding in findings] == ["paid.table"]
    assert "请上传发票" in client_of(owner).get(reverse("firm:upload", args=[upload.pk])).content.decode()


def stated_case():
    """A case over a title that only the firm's own table says."""
    owner = make_member("firm_owner")
    rows = [["类型", "日期", "称号", "级别"], ["称号、备案或名单", "2026-06-01", "人工智能应用标杆企业", "省级"]]
    hand(owner, "称号.xlsx", xlsx(rows, "表"))
    call = make_call(((PLAN, "provincial-application-award"),))
    case = steps.open_draft(owner.firm, call, owner)
    case = steps.save_form(case, owner, case.version, FORM)
    return steps.submit(case, owner, case.version)


def test_what_only_the_firm_says_stops_until_somebody_has_looked():
    """“The case on one page: … checks with their findings”: a fact by the firm's own word is not reviewed until a person clears it."""
    case = stated_case()
    lead = make_member("reviewer", department=case.call.lead)
    joint = [make_member("reviewer", department=one) for one in case.call.joint.all()]
    case = steps.accept(case, lead, case.version)
    for member in (*joint, lead):
        case = steps.give_verdict(case, member, case.version, "agrees", "")
    row = case.checks.get(code="own_word")
    assert row.stops and not row.passed and "称号.xlsx" in checks.say(row)
    with pytest.raises(Refused):
        steps.close_review(case, lead, case.version)
    case = steps.clear_check(case, lead, case.version, row.pk, "已核对省经信厅公布的名单原件")
    assert steps.close_review(case, lead, case.version).state == "reviewed"
