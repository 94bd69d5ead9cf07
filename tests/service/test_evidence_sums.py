"""Evidence that adds up to its fact: net, tax and what was taken off, on the reviewer's page, each invoice once."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from django.utils import timezone

from chaoce.service.calls.models import Guide
from chaoce.service.documents.models import LineAnswer, Upload
from chaoce.service.documents.settling import refresh
from chaoce.service.pages.review.shown import Shown
from service.handing import COMPUTE, digital_xml, hand, item, pdf, sheet_of
from service.kit import client_of, make_call, make_firm, make_member, submitted

pytestmark = pytest.mark.django_db

BLUE, RED, ORDINARY, DISCOUNTED = ("2633200000000000" + number for number in ("0102", "0103", "0104", "0105"))
COMPUTING = "*信息技术服务*智能算力租赁"


@pytest.fixture
def call(db):
    return make_call()


def case_of(call):
    """A case on four invoices: one that a red one lessens, an ordinary one, one with a discount, and a copy of the first as a PDF."""
    firm = make_firm()
    owner = make_member("firm_owner", firm=firm)
    blue = sheet_of(firm, BLUE, item("280000.00", "16800.00", name=COMPUTING))
    red = sheet_of(firm, RED, item("-40000.00", "-2400.00", name=COMPUTING), original=BLUE)
    ordinary = replace(sheet_of(firm, ORDINARY, item("188679.25", "11320.75", name=COMPUTING)), special=False)
    discounted = sheet_of(firm, DISCOUNTED, item("1000.00", "60.00", name=COMPUTING), item("-100.00", "-6.00", name=COMPUTING))
    hand(owner, "算力.pdf", pdf(blue))
    for name, sheet in (("算力.xml", blue), ("红字.xml", red), ("普票.xml", ordinary), ("折扣.xml", discounted)):
        hand(owner, name, digital_xml(sheet))
    for invoice in (BLUE, ORDINARY, DISCOUNTED):
        LineAnswer.objects.create(firm=firm, invoice=invoice, line=1, type="compute_purchase", values=COMPUTE, answered_by=owner.user)
    refresh(firm, owner.user)
    return submitted(call, firm=firm, facts=[{"id": "x", "type": "data_ip_certificate", "date": "2026-04-01", "number": "ZJ1"}])[0]


def said(call, case, language: str) -> dict[str, str]:
    """What stands under each fact's evidence, in words, by the key of the fact."""
    page = client_of(make_member("reviewer", department=call.lead), language).get(f"/review/cases/{case.pk}/").content.decode()
    parts = re.findall(r'<div class="pair-evidence">(.*?)<div class="pair-amounts">', page, re.S)
    words = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", part)) for part in parts]
    return {key: text for text in words for key in (f"{BLUE}-1", f"{ORDINARY}-1", f"{DISCOUNTED}-1") if key in text}


def test_what_was_taken_off_is_said_until_it_comes_to_the_fact(call):
    """“The evidence adds up to the fact”: “280,000.00 − 40,000.00 (red …) = 240,000.00”, and how tax was counted, in both languages."""
    case = case_of(call)
    zh, en = said(call, case, "zh-hans"), said(call, case, "en")
    assert f"280,000.00 − 40,000.00（红字发票 {RED}） = 240,000.00，按不含税金额计（专用发票）" in zh[f"{BLUE}-1"]
    assert f"280,000.00 − 40,000.00 (red invoice {RED}) = 240,000.00, counted net of tax (special invoice)" in en[f"{BLUE}-1"]
    assert "188,679.25 + 11,320.75 = 200,000.00，按含税金额计（普通发票）" in zh[f"{ORDINARY}-1"]
    assert "188,679.25 + 11,320.75 = 200,000.00, counted with tax (ordinary invoice)" in en[f"{ORDINARY}-1"]
    assert "1,000.00 − 100.00 (discount, line 2) = 900.00, counted net of tax (special invoice)" in en[f"{DISCOUNTED}-1"]
    for key, paid in ((f"{BLUE}-1", "240,000"), (f"{ORDINARY}-1", "200,000"), (f"{DISCOUNTED}-1", "900")):
        assert en[key].count(paid) >= 2, "the sum is what the fact says"


def test_an_invoice_in_two_files_stands_once_with_both_named(call):
    """“An invoice read from two files stands once, with both files named.”"""
    case = case_of(call)
    (shown,) = next(fact for fact in Shown(case, make_member("reviewer", department=call.lead)).facts if BLUE in fact.fact.key).invoices
    assert [upload.name for upload in shown.uploads] == ["算力.xml", "算力.pdf"], "the richest first"
    text = said(call, case, "zh-hans")[f"{BLUE}-1"]
    assert text.count(f"发票 {BLUE} ·") == 1 and "读自：算力.xml（数电票 XML）、算力.pdf（PDF）" in text


def test_the_tax_basis_of_the_call_is_named(call):
    """“Tax basis with or without VAT” of the guide: the sum is on it, and says so."""
    Guide.objects.create(
        call=call, version=2, rules={"tax_basis": {"on": True, "basis": "gross", "source": "市经信局"}}, published_at=timezone.now(),
        published_by=call.created_by,
    )  # fmt: skip
    en = said(call, case_of(call), "en")
    total = f"280,000.00 + 16,800.00 − 42,400.00 (red invoice {RED}) = 254,400.00, counted with tax (by the guide of the call)"
    assert total in en[f"{BLUE}-1"]


def test_files_that_changed_since_leave_one_sum(call):
    """“The sum under the invoice”: where a file is gone that took something off, what is missing is said in one sum."""
    case = case_of(call)
    Upload.objects.filter(invoice=RED).update(removed_at=timezone.now())
    assert "280,000.00 − 40,000.00 (discounts and red invoices) = 240,000.00" in said(call, case, "en")[f"{BLUE}-1"]


def test_the_sums_ask_nothing_more_for_more_lines(call, django_assert_num_queries):
    """“No page grows in queries with its rows”: what the files come to is asked for once."""
    case = case_of(call)
    shown = Shown(case, make_member("reviewer", department=call.lead))
    assert [len(one.invoices) for one in shown.facts if one.fact.source == "invoice"] == [1, 1, 1]
    with django_assert_num_queries(0):
        assert all(invoice.sums for fact in shown.facts for invoice in fact.invoices)
