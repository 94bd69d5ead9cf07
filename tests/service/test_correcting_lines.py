"""A correction that is about a line: while a case is back with the firm, its lines can be said anew, and its files stay."""

from __future__ import annotations

import pytest
from django.urls import reverse

from chaoce.service.cases import steps
from chaoce.service.documents import lines
from service.handing import COMPUTE, digital_xml, hand, sheet_of
from service.kit import FORM, client_of, in_days, make_call, make_member

pytestmark = pytest.mark.django_db
PUT_RIGHT = "stands on this file: what its lines are can be put right"


def test_a_line_can_be_put_right_while_the_case_is_back_for_correction():
    """“Corrections go back to the firm with a list of points”: one about a line of an invoice can be answered on the page of that
    invoice. As long as the departments have the case, its lines stand; the file stays in both."""
    owner, call = make_member("firm_owner"), make_call()
    upload = hand(owner, "a.xml", digital_xml(sheet_of(owner.firm)))
    lines.answer_line(owner, upload.invoice, 1, "compute_purchase", COMPUTE)
    case = steps.open_draft(owner.firm, call, owner)
    case = steps.save_form(case, owner, case.version, FORM)
    case = steps.submit(case, owner, case.version)
    client, url = client_of(owner, "en"), reverse("firm:upload", args=[upload.pk])
    answer, take = reverse("firm:line", args=[upload.pk, 1]), reverse("firm:take-back", args=[upload.pk])
    page = client.get(url).text
    assert f"Your case {case} stands on this file" in page and answer not in page and take not in page
    reviewer = make_member("reviewer", department=call.lead)
    case = steps.send_back(case, reviewer, case.version, [{"text": "what was it bought for?"}], in_days(9).date())
    page = client.get(url).text
    assert f"Your case {case} {PUT_RIGHT}" in page and answer in page and take not in page
    said = {"type": "compute_purchase", "value-resource": "super", "value-purpose": "product_validation", "save": "1"}
    assert client.post(answer, said).status_code == 302
    assert owner.firm.facts.standing().get().raw["resource"] == "super"
