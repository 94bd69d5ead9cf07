"""Why a line came to less: the year's decision with the document that says so, wherever the decision is read."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse
from django.utils.translation import override

from chaoce.service.cases import amounts, steps
from chaoce.service.cases.models import Case
from chaoce.service.cases.reasons import by_decision, reasons
from chaoce.service.facts.record import add_received
from chaoce.service.messaging.catalogue import words
from chaoce.service.messaging.models import Message
from chaoce.service.papers.content import decision
from chaoce.service.plan.models import YearDecisions
from service.kit import client_of, make_call, make_member, reviewed

pytestmark = pytest.mark.django_db

DOCUMENT = "海财〔2026〕12 号"
ZH, EN = f"年度核定决定：40%（{DOCUMENT}，第 2 版）", f"Decision of the year: 40% ({DOCUMENT}, version 2)"


def record(text: str, document: str) -> None:
    """The year's next decisions."""
    version = YearDecisions.objects.filter(year=2026).count() + 1
    office = make_member("office").user
    YearDecisions.objects.create(year=2026, version=version, text=text, source=document, recorded_by=office)


def decided(*texts: str) -> tuple[Case, object, object]:
    """A case decided after decisions that were recorded when its review was closed."""
    case, owner, lead = reviewed(make_call())
    for number, text in enumerate(texts, 1):
        record(text, DOCUMENT if number == len(texts) else "会议纪要")
    return steps.decide(case, make_member("head", department=case.call.lead), case.version, {}, ""), owner, lead


def bare(page: str) -> str:
    """The words of a page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_the_years_decision_is_named_with_its_document_wherever_it_cut():
    """“The reason where it is less”: on the pages of firm and reviewer, in the paper and in the message, in both languages."""
    case, owner, lead = decided('year: 2026\nrates: {compute-purchase: "30%"}\n', 'year: 2026\nrates: {compute-purchase: "40%"}\n')
    (line,) = case.lines.all()
    assert (line.claimed, line.granted, line.granted_why) == (41000000, 32800000, "")
    for language, said in (("zh-hans", ZH), ("en", EN)):
        assert said in bare(client_of(owner, language).get(reverse("firm:case", args=[case.pk])).content.decode())
        page = bare(client_of(lead, language).get(reverse("review:case", args=[case.pk])).content.decode())
        assert said in page and page.count(DOCUMENT) == 2, "beside the amount, and in what the assessment was made of"
        message = Message.objects.get(to=owner.user, code="case_decided")
        with override(language):
            assert said in words(message).body
    paper, _at = decision(case)
    assert [row["by"] for row in paper["benefits"]] == [ZH]
    assert any(DOCUMENT in pin["what"] and "第 2 版" in pin["what"] for pin in paper["pins"])


def test_a_decision_recorded_afterwards_is_not_named():
    """“Pinned”: the document is that of the version under which it was decided, whatever is recorded later."""
    text = 'year: 2026\nrates: {compute-purchase: "40%"}\n'
    case, _owner, _lead = decided('year: 2026\nrates: {compute-purchase: "30%"}\n', text)
    record('year: 2026\nrates: {compute-purchase: "20%"}\n', "另一文件")
    record(text, "再一文件")
    with override("en"):
        assert list(reasons(case, case.lines.all()).values()) == [EN]


def test_a_rule_that_gives_less_for_another_reason_says_it():
    """“The reason where it is less”: support received since submission is said as the assessment says it."""
    case, _owner, _lead = reviewed(make_call())
    (line,) = case.lines.select_related("fact")
    add_received(case.firm, "other", line.fact.matters[0], date(2026, 5, 1), 10000000, make_member("finance").user, policy="", year=2026)
    due = amounts.reckon(case).amounts[line.policy, line.benefit, line.fact.key]
    case = steps.decide(case, make_member("head", department=case.call.lead), case.version, {line.pk: (due, "as computed")}, "")
    assert due == 31000000
    with override("zh-hans"):
        assert "100,000.00" in reasons(case, case.lines.all())[line.pk]


def test_where_nothing_was_cut_no_reason_is_made_up():
    """“No made-up reason”: a line that gets what it was handed in with, by the text itself, has only what the head wrote."""
    fact = {"id": "c1", "type": "data_ip_certificate", "date": "2026-04-01", "number": "ZJ1"}
    case, owner, _lead = reviewed(make_call(benefits=(("haining-ai-2026", "data-ip-certificate"),)), facts=[fact])
    assert reasons(case, case.lines.all()) == {}
    case = steps.decide(case, make_member("head", department=case.call.lead), case.version, {}, "")
    assert reasons(case, case.lines.all()) == {}
    assert "年度核定决定：" not in client_of(owner).get(reverse("firm:case", args=[case.pk])).content.decode()


def test_amounts_and_rules_are_said_as_what_they_are():
    """“Decision of the year”: an amount as an amount; what is no single figure by the rule as it was settled."""
    case, _owner, _lead = decided('year: 2026\nrates: {compute-purchase: "40%"}\n')
    kept = case.assessed.get(purpose="decided")
    (one,) = by_decision(kept).values()
    assert one.in_both() == {"zh": ZH.replace("第 2 版", "第 1 版"), "en": EN.replace("version 2", "version 1")}
    kept.decisions = 'year: 2026\namounts: {compute-purchase: "800000.00"}\n'
    with override("zh-hans"):
        assert [one.say() for one in by_decision(kept).values()] == ["年度核定决定：800,000.00 元"], "without a record no document is named"
    kept.decisions = "year: 2026\nrates: {}\n"
    assert by_decision(kept).popitem()[1].terms.en.startswith("40%"), "the rule in words"
