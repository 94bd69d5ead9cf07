"""One thing is paid once, however it is written and whoever says it; what is handed in late, unread or known already adds nothing."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta

import pytest
from django.utils import timezone

from chaoce.service.calls.models import Guide
from chaoce.service.cases import amounts, checks, steps
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.models import Case
from chaoce.service.documents import statements, store, tasks
from chaoce.service.facts.canon import canonical, canonical_fact
from chaoce.service.facts.record import add_facts, add_received, reader
from chaoce.service.lists import takeover
from chaoce.service.people.models import Membership
from service.handing import PNG, hand, xlsx
from service.kit import FORM, make_call, make_firm, make_member, make_town, purchase, reviewed, submitted
from service.test_lists import PAID, csv_list

pytestmark = pytest.mark.django_db

PLAN = "haining-ai-2026"
NUMBER = "26332000000000000001"


def matters_of(firm) -> dict[str, list[str]]:
    """fact id -> matters."""
    return {fact.key: fact.matters for fact in firm.facts.standing()}


# One matter, one spelling.


@pytest.mark.parametrize("number", ["浙数1A", "浙数1Ａ", "浙数 1A", "浙数1a", "浙数1A。", " 浙数1A"])
def test_a_certificate_is_one_however_it_is_written(number):
    """“One matter is paid once”: width, blanks, capitals and a full stop make no second certificate."""
    raw = {"id": "c", "type": "data_ip_certificate", "date": "2026-02-02", "number": number}
    assert canonical_fact(raw, reader().types)["matter"] == "certificate:浙数1A"


@pytest.mark.parametrize(
    "written",
    ["invoice:{}#1", "INVOICE:{}#1", "invoice: {}#1", "invoice：{}#1", "发票:{}#1", "发票号码：{}#1", "x:{}#1", "{}#1", "发票{}第1行"],
)
def test_an_invoice_is_one_however_it_is_written(written):
    """“Same matter in two cases, whoever handed it in, is stopped”: another prefix or none does not make another invoice."""
    assert canonical(written.format(NUMBER)) == f"invoice:{NUMBER}#1"
    call = make_call()
    first, _owner = submitted(call, facts=[purchase(matter=f"invoice:{NUMBER}#1")])
    second, _owner = submitted(call, facts=[purchase(matter=written.format(NUMBER))])
    assert second.checks.get(code="same_matter", passed=False).others == [first.pk]


@pytest.mark.parametrize("matter", ["p1", "own word", "recognition:cdo_pilot", "invoice:1#2", "project:2604-330481-07-02-1", "grant:7#1"])
def test_what_is_in_its_one_spelling_stays(matter):
    """“The library's meaning of a matter stays as it is”: what names no other thing is kept letter by letter."""
    assert canonical(matter) == matter


def test_the_bare_number_is_the_invoice_also_as_an_id():
    """“Prefixes are not the firm's to write”: a fact that is called by the number of an invoice is about that invoice."""
    firm = make_firm()
    add_facts(firm, [purchase(NUMBER)], "import", None)
    assert matters_of(firm) == {NUMBER: [f"invoice:{NUMBER}"]}


def test_a_certificate_of_every_way_in_is_paid_once():
    """“One matter is paid once”: stated, in an own table and on an official list, one certificate brings one claim."""
    call = make_call(benefits=((PLAN, "data-ip-certificate"),))
    owner = make_member("firm_owner")
    file = hand(owner, "a.png", PNG)
    statements.state(owner, "data_ip_certificate", date(2026, 2, 2), {"number": "浙数 1A"}, "", file)
    rows = [["编号", "类型", "日期", "证书编号"], ["t1", "数据知识产权登记证书", "2026-02-02", "浙数1Ａ"]]
    hand(owner, "own.xlsx", xlsx(rows, "表"))
    lead = make_member("reviewer", department=call.lead)
    text = f"统一社会信用代码,企业名称,日期,证书编号\n{owner.firm.uscc},{owner.firm.name},2026-02-02,浙数1a\n"
    listed = csv_list(lead, text, title="证书", type="data_ip_certificate")
    takeover.begin(lead, listed.pk)
    assert {tuple(matters) for matters in matters_of(owner.firm).values()} == {("certificate:浙数1A",)}
    assert [said["code"] for said in listed.rows.get().faults] == ["known"]
    case = steps.open_draft(owner.firm, call, owner)
    assert case.lines.count() == 1


def test_a_product_is_one_series_however_it_is_written():
    """“One matter is paid once”: a full stop behind the name of a product does not make another product of the year."""
    owner = make_member("firm_owner")
    file = hand(owner, "a.png", PNG)
    values = {"registered": True, "sales": "3000000.00"}
    statements.state(owner, "data_product_year", date(2026, 2, 2), {"product": "智算Data", **values}, "", file)
    for name in ("智算Data。", "智算 data"):
        with pytest.raises(Refused):
            statements.state(owner, "data_product_year", date(2026, 3, 2), {"product": name, **values}, "", file)


def test_a_scenario_of_an_own_table_meets_the_one_stated():
    """“A stated fact's matter is made by the program”: the name of a scenario in a table is the scenario of that name."""
    raw = {"id": "s", "type": "scenario_project", "date": "2026-05-08", "matter": "智慧 工厂"}
    assert canonical_fact(raw, reader().types)["matter"] == ["scenario:智慧工厂", "智慧 工厂"]


# A correction after the window.


def with_firm(case: Case) -> Case:
    """The case sent back."""
    lead = make_member("reviewer", department=case.call.lead)
    return steps.send_back(case, lead, case.version, [{"text": "phone"}], timezone.localdate() + timedelta(days=5))


def test_a_correction_after_the_window_claims_nothing_new():
    """“In a correction only the lines that were handed in, or fewer”: once the window is over nothing is added, and it is said."""
    call = make_call()
    case, owner = submitted(call, facts=[purchase("p1", "1000.00"), purchase("p2", "2000.00")])
    case = with_firm(case)
    add_facts(owner.firm, [purchase("late", "900000.00")], "import", owner.user)
    handed = [(PLAN, "compute-purchase", "p1"), (PLAN, "compute-purchase", "p2")]
    late = (PLAN, "compute-purchase", "late")
    added = steps.choose_lines(case, owner, case.version, [*handed, late])
    assert added.lines.count() == 3, "the window is open"
    call.closed_at = timezone.now()
    call.save()
    with pytest.raises(Refused) as said:
        steps.resubmit(added, owner, added.version, ["done"])
    assert any("late" in point for point in said.value.points)
    fewer = steps.choose_lines(added, owner, added.version, handed[:1])
    with pytest.raises(Refused, match="late"):
        steps.choose_lines(fewer, owner, fewer.version, [*handed, late])
    again = steps.choose_lines(fewer, owner, fewer.version, handed)
    again = steps.resubmit(again, owner, again.version, ["done"])
    assert sorted(line.fact.key for line in again.lines.all()) == ["p1", "p2"]


# Required evidence.


def asking(call) -> None:
    """The guide asks for a contract."""
    item = {"code": "contract", "zh": "合同", "en": "Contract", "required": True, "benefit": ""}
    Guide.objects.create(call=call, version=2, evidence=[item], published_at=timezone.now(), published_by=call.created_by)


def draft_of(call) -> tuple[Case, Membership]:
    """A draft that lacks nothing but its evidence."""
    asking(call)
    owner = make_member("firm_owner")
    add_facts(owner.firm, [purchase()], "import", owner.user)
    case = steps.open_draft(owner.firm, call, owner)
    return steps.save_form(case, owner, case.version, FORM), owner


def test_a_refused_file_answers_nothing():
    """“Required evidence” is met by a file that can be used: one that was refused is refused for the item too."""
    case, owner = draft_of(make_call())
    assert hand(owner, "virus.exe", b"MZ\x90\x00").state == "refused"
    assert hand(owner, "contract.exe", b"MZ\x90\x00", case=case, evidence="contract").state == "refused"
    with pytest.raises(Refused) as said:
        steps.submit(case, owner, case.version)
    assert len(said.value.points) == 1


def test_an_unread_file_answers_nothing_yet():
    """“Required evidence” is met by a file that can be used: one that waits may yet be refused, and the case waits for it."""
    case, owner = draft_of(make_call())
    upload = store.hand_in(owner, "contract.png", [PNG], len(PNG), case, "contract").upload
    with pytest.raises(Refused) as said:
        steps.submit(case, owner, case.version)
    assert len(said.value.points) == 1
    tasks.read_now(upload.pk)
    case = steps.submit(case, owner, case.version)
    assert not case.checks.filter(code="evidence", passed=False).exists()


def test_evidence_that_is_lost_stops_the_case():
    """“Ask again at close and decision”: a required item without a usable file is a finding that stops, and closes no review."""
    call = make_call()
    case, owner = draft_of(call)
    upload = hand(owner, "contract.png", PNG, case=case, evidence="contract")
    case = steps.submit(case, owner, case.version)
    lead, joint = make_member("reviewer", department=call.lead), make_member("reviewer", department=call.joint.get())
    case = steps.accept(case, lead, case.version)
    case = steps.give_verdict(case, joint, case.version, "agrees", "")
    case = steps.give_verdict(case, lead, case.version, "agrees", "")
    upload.removed_at = timezone.now()
    upload.save()
    with pytest.raises(Refused):
        steps.close_review(case, lead, case.version)
    checks.run(case, amounts.reckon(case))
    assert case.checks.get(code="evidence", passed=False).stops


def test_a_file_that_comes_too_late_joins_no_case():
    """“Locked and asked again”: a file that was begun in the draft does not join a case that was handed in meanwhile."""
    call = make_call()
    case, owner = draft_of(call)
    stale = Case.objects.get(pk=case.pk)

    def slow():
        yield PNG[:8]
        hand(owner, "contract.png", PNG, case=stale, evidence="contract")
        steps.submit(case, owner, case.version)
        yield b"\x00" * 41

    with pytest.raises(Refused):
        store.hand_in(owner, "later.png", slow(), 49, stale, "contract")
    assert [upload.name for upload in case.attachments.all()] == ["contract.png"]


# Support that is known already.


def paid(finance: Membership, firm, title: str, *rows: tuple[str, str, str]):
    """A list of support taken over: (matter, day, note) of 200,000 yuan each."""
    text = "统一社会信用代码,企业名称,政策项,事项,日期,金额,备注\n"
    for matter, day, note in rows:
        text += f"{firm.uscc},{firm.name},compute-purchase,{matter},{day},200000.00,{note}\n"
    listed = csv_list(finance, text, kind="received", type="", title=title)
    with suppress(Refused):  # a list of nothing new
        takeover.begin(finance, listed.pk)
    listed.refresh_from_db()
    return listed


def test_one_payment_of_two_lists_and_a_grant_counts_once():
    """“Nothing twice”: a grant that finance lists as paid, in two lists that go on from each other, is received once."""
    call, finance = make_call(), make_member("finance")
    case, owner, _lead = reviewed(call, facts=[purchase("p1", "400000.00")])
    line = case.lines.get()
    steps.decide(case, make_member("head", department=call.lead), case.version, {line.pk: (20_000_000, "within the budget")})
    firm = owner.firm
    first = paid(finance, firm, "一季度", ("p1", "2026-06-01", ""))
    second = paid(finance, firm, "上半年", ("p1", "2026-06-01", ""), ("p9", "2026-06-30", ""))
    paid(finance, firm, "全年", ("p1", "2026-06-01", ""), ("p9", "2026-06-30", ""), ("p9", "2026-12-01", "另一笔：第二期"))
    assert [said["code"] for said in first.rows.get().faults] == ["received.known"]
    assert [[said["code"] for said in row.faults] for row in second.rows.all()] == [["received.known"], []]
    found = sorted((row.matter, row.amount, row.case_line_id is not None) for row in firm.received.standing())
    assert found == [("p1", 20_000_000, True), ("p9", 20_000_000, False), ("p9", 20_000_000, False)]


def test_a_part_of_a_grant_is_known_and_more_is_not():
    """“Nothing twice, nothing lost”: what pays out a grant is known up to the grant; another amount of a list is another payment."""
    finance, firm = make_member("finance"), make_firm()
    add_received(firm, "compute-purchase", "p1", date(2026, 1, 5), 30_000_000, None)
    row = "{0.uscc},{0.name},compute-purchase,p1,2026-02-01,{1},\n"
    listed = csv_list(finance, PAID + row.format(firm, 100), kind="received", type="", title="x")
    assert len(takeover.plan(listed).new) == 1


# Four eyes.


@pytest.mark.parametrize("kind", ["expert", "town"])
def test_who_gave_an_opinion_or_visited_does_not_decide(kind):
    """“A four-eyes switch a call”: an opinion as expert and a visit for the town are part of the review."""
    call = make_call()
    head = make_member("head", department=call.lead)
    town = make_town()
    case, _owner = submitted(call, firm=make_firm(town=town))
    other = Membership.objects.create(user=head.user, role=kind, town=town if kind == "town" else None)
    lead, joint = make_member("reviewer", department=call.lead), make_member("reviewer", department=call.joint.get())
    case = steps.accept(case, lead, case.version)
    if kind == "expert":
        steps.ask_expert(case, lead, case.version, head.user, "is it sound?")
        case.refresh_from_db()
        steps.answer_as_expert(case, other, case.version, "yes", False)
    else:
        steps.report_visit(case, other, case.version, timezone.localdate(), "there", True, True)
    case.refresh_from_db()
    case = steps.give_verdict(case, joint, case.version, "agrees", "")
    case = steps.give_verdict(case, lead, case.version, "agrees", "")
    case = steps.close_review(case, lead, case.version)
    with pytest.raises(Refused, match="审核与核定分离"):
        steps.decide(case, head, case.version, {case.lines.get().pk: (100, "x")})
