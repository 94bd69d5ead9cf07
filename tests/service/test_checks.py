"""The pre-check: every check has a case that fails it, and what it finds is shown, cleared and shared as it should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction
from itertools import count

import pytest
from django.utils import timezone, translation

from chaoce.evidence.invoice import ORDINARY, Invoice, Line, Party, to_json
from chaoce.service.calls.models import Guide
from chaoce.service.cases import amounts, checks, looking, steps
from chaoce.service.cases.faults import Refused
from chaoce.service.cases.models import Case, Check, Event
from chaoce.service.documents.models import LineAnswer, Upload
from chaoce.service.documents.settling import refresh
from chaoce.service.facts.record import add_facts, add_received, withdraw_facts
from chaoce.service.firms.models import Firm
from chaoce.service.plan.models import YearDecisions
from service.kit import FORM, in_days, make_call, make_firm, make_member, make_uscc, purchase, reviewed, submitted

pytestmark = pytest.mark.django_db

_numbers = count(26332000000000000500)
SELLER = Party("91330106MA2TEKT29R", "杭州示例智算有限公司")


def invoice(firm: Firm, *lines: tuple[str, int], **fields) -> Invoice:
    """An invoice of the firm's: lines of (item, net in fen) at 6%."""
    made = tuple(Line(number, item, net, net * 6 // 100, rate=Fraction(6, 100)) for number, (item, net) in enumerate(lines, 1))
    net, tax = sum(line.net for line in made), sum(line.tax for line in made)
    given = {
        "carrier": "digital_xml", "file": "", "number": str(next(_numbers)), "date": date(2026, 3, 18), "kind": ORDINARY, "red": net < 0,
        "seller": SELLER, "buyer": Party(firm.uscc, firm.name), "lines": made, "net": net, "tax": tax, "gross": net + tax,
    }  # fmt: skip
    return Invoice(**{**given, **fields})


def upload(firm: Firm, paper: Invoice, name: str = "") -> Upload:
    """The file of an invoice, read."""
    owner = make_member("firm_owner", firm=firm)
    name = name or f"{paper.number}.xml"
    return Upload.objects.create(
        firm=firm, name=name, size=1, sha256="0" * 64, state=Upload.State.READ, kind="xml", invoice=paper.key, uploaded_by=owner.user,
        reading={"invoice": to_json(replace(paper, file=name))},
    )  # fmt: skip


def bought(firm: Firm, *papers: Invoice) -> None:
    """Hands invoices in; the first line of each is computing power."""
    owner = make_member("firm_owner", firm=firm).user
    for paper in papers:
        upload(firm, paper)
        LineAnswer.objects.create(
            firm=firm, invoice=paper.key, line=1, type="compute_purchase",
            values={"resource": "intelligent", "purpose": "model_training"}, answered_by=owner,
        )  # fmt: skip
    refresh(firm, owner)


def handed_in(firm: Firm, call=None) -> Case:
    """A case of all that is best for the firm."""
    owner = make_member("firm_owner", firm=firm)
    case = steps.open_draft(firm, call or make_call(), owner)
    case = steps.save_form(case, owner, case.version, FORM)
    return steps.submit(case, owner, case.version)


def again(case: Case) -> Case:
    """The checks run once more over what the database holds now."""
    case = Case.objects.get(pk=case.pk)
    checks.run(case, amounts.reckon(case))
    return case


def failing(case: Case) -> dict[str, Check]:
    """The findings of a case by code (the last of each)."""
    return {row.code: row for row in case.checks.filter(passed=False)}


def guided(**rules) -> dict:
    """Rules of a guide, switched on."""
    return {code: {"on": True, "source": "test", **params} for code, params in rules.items()}


def call_with(**rules):
    """A call whose guide has these rules."""
    call = make_call()
    Guide.objects.create(
        call=call, version=2, rules=guided(**rules), published_at=in_days(-1), published_by=call.created_by,
    )  # fmt: skip
    return call


# Each fails.


def registered_in() -> Case:
    return handed_in(with_purchase(make_firm(division="330482")), call_with(registered_in={"division": "330481"}))


def credit_list() -> Case:
    firm = with_purchase(make_firm())
    return handed_in(firm, call_with(credit_list={"uscc": [f" {firm.uscc.lower()} "]}))


def with_purchase(firm: Firm, **more) -> Firm:
    """The firm with one purchase that it states."""
    add_facts(firm, [{**purchase(), **more}], "import", make_member("firm_owner", firm=firm).user)
    return firm


def related_parties() -> Case:
    owner_name = "海宁甲控股有限公司"
    make_firm(name=SELLER.name, uscc=SELLER.id, owners=[owner_name])
    firm = make_firm(owners=[owner_name])
    bought(firm, invoice(firm, ("智能算力租赁", 10000000)))
    return handed_in(firm, call_with(related_parties={}))


def records_years() -> Case:
    return submitted(call_with(records_years={"years": 0}))[0]


def same_matter() -> Case:
    call = make_call()
    submitted(call, facts=[purchase("a", matter="invoice:26332000000447829611#1")])
    return submitted(call, facts=[purchase("b", matter="invoice:26332000000447829611")])[0]


def handed_in_elsewhere() -> Case:
    firm, other = make_firm(), make_firm()
    paper = invoice(firm, ("智能算力租赁", 10000000))
    bought(firm, paper)
    upload(other, paper)
    return handed_in(firm)


def paid_elsewhere() -> Case:
    matter = "invoice:26332000000447829612#1"
    add_received(make_firm(), "some-award", matter, date(2026, 2, 1), 100, None)
    return submitted(make_call(), facts=[purchase(matter=matter)])[0]


def granted_before() -> Case:
    firm = make_firm()
    add_received(firm, "compute-purchase", "p1", date(2026, 2, 1), 100, None, policy="haining-ai-2026")
    return submitted(make_call(), firm=firm)[0]


def fact_withdrawn() -> Case:
    case, _owner = submitted(make_call())
    withdraw_facts([case.lines.get().fact], None, "a mistake")
    return again(case)


def not_due() -> Case:
    case, _owner = submitted(make_call())
    add_received(case.firm, "compute-purchase", "other", date(2026, 2, 1), 50000000, None, policy="haining-ai-2026", year=2026)
    return again(case)


def outside_term() -> Case:
    firm = make_firm()
    paper = invoice(firm, ("智能算力租赁", 10000000), date=date(2025, 12, 30))
    upload(firm, paper)
    return submitted(make_call(), firm=firm, facts=[purchase(paid="1000.00", matter=f"invoice:{paper.key}#1")])[0]


def after(change) -> Case:
    """A case whose invoice's file says something else now than when it was handed in."""
    firm = make_firm()
    paper = invoice(firm, ("智能算力租赁", 10000000), ("路由器", 500000))
    bought(firm, paper)
    case = handed_in(firm)
    changed = change(paper)
    if changed is not None:
        Upload.objects.filter(firm=firm).update(removed_at=timezone.now())
        upload(firm, changed, "new.xml")
    return again(case)


def buyer() -> Case:
    return after(lambda paper: replace(paper, buyer=Party(make_uscc(9999999), "海宁别家有限公司")))


def red_invoice() -> Case:
    firm = make_firm()
    paper = invoice(firm, ("智能算力租赁", 10000000))
    bought(firm, paper)
    red = invoice(firm, ("智能算力租赁", -4000000), original=paper.key, date=date(2026, 4, 1))
    upload(firm, red)
    refresh(firm)
    return handed_in(firm)


def sums() -> Case:
    return after(lambda paper: replace(paper, net=paper.net + 1))


def copies() -> Case:
    def differs(paper: Invoice) -> None:
        firm = Firm.objects.get(uscc=paper.buyer.id)
        upload(firm, replace(paper, gross=paper.gross + 100, net=paper.net + 100), "copy.xml")

    return after(differs)


def tax_ids() -> Case:
    return after(lambda paper: replace(paper, seller=Party("91330106MA2TEKT29X", SELLER.name)))


def other_finding() -> Case:
    firm = make_firm()
    bought(firm, replace(invoice(firm, ("智能算力租赁", 10000000)), kind="unknown"))
    return handed_in(firm)


def above_invoice() -> Case:
    firm = make_firm()
    paper = invoice(firm, ("智能算力租赁", 10000000))
    upload(firm, paper)
    return submitted(make_call(), firm=firm, facts=[purchase(paid="106000.01", matter=f"invoice:{paper.key}#1")])[0]


def evidence() -> Case:
    """The file of a required item was taken back after the case was handed in."""
    call, firm = make_call(), with_purchase(make_firm())
    owner = make_member("firm_owner", firm=firm)
    item = {"code": "contract", "zh": "合同", "en": "Contract", "required": True, "benefit": ""}
    Guide.objects.create(call=call, version=2, evidence=[item], published_at=timezone.now(), published_by=call.created_by)
    case = steps.open_draft(firm, call, owner)
    case = steps.save_form(case, owner, case.version, FORM)
    file = Upload.objects.create(
        firm=firm, name="contract.png", size=1, sha256="0" * 64, state="attached", case=case, evidence="contract", uploaded_by=owner.user
    )
    case = steps.submit(case, owner, case.version)
    Upload.objects.filter(pk=file.pk).update(removed_at=timezone.now())
    return again(case)


def own_word() -> Case:
    firm = make_firm()
    add_facts(firm, [purchase()], "statement", make_member("firm_owner", firm=firm).user)
    return handed_in(firm)


def amount_changed() -> Case:
    case, _owner = submitted(make_call())
    add_received(case.firm, "compute-purchase", "p1", date(2026, 2, 1), 1000000, None, policy="haining-ai-2026")
    return again(case)


FAILS = {
    "registered_in": registered_in, "credit_list": credit_list, "related_parties": related_parties, "records_years": records_years,
    "same_matter": same_matter, "handed_in_elsewhere": handed_in_elsewhere, "paid_elsewhere": paid_elsewhere,
    "granted_before": granted_before, "fact_withdrawn": fact_withdrawn, "not_due": not_due, "outside_term": outside_term,
    "buyer": buyer, "red_invoice": red_invoice, "sums": sums, "copies": copies, "tax_ids": tax_ids, "invoice": other_finding,
    "above_invoice": above_invoice, "evidence": evidence, "own_word": own_word, "amount_changed": amount_changed,
}  # fmt: skip
#: What is only for the reviewer's eye.
EYE = {"records_years", "granted_before", "amount_changed", "invoice", "red_invoice"}


@pytest.mark.parametrize("code", FAILS)
def test_every_check_can_fail(code):
    """A check that cannot fail is worthless: each has a case that fails it, said with its particulars in both languages."""
    found = failing(FAILS[code]())
    assert code in found, sorted(found)
    row = found[code]
    assert row.stops == (code not in EYE)
    said = {}
    for language in ("zh-hans", "en"):
        with translation.override(language):
            said[language] = checks.say(row)
            assert said[language] and "%(" not in said[language] and checks.label(row)
    assert said["zh-hans"] != said["en"]


def test_the_tests_know_every_check():
    """The catalogue, the searches and this list of failing cases are one and the same."""
    tested = [code for name in looking.SEARCHES for code in looking.CODES_OF.get(name, (name,))]
    assert sorted(tested) == sorted(checks.CATALOGUE) == sorted(FAILS)


def test_a_sound_case_passes_every_check():
    """Checks that pass are kept too: an auditor sees what was looked at."""
    firm = make_firm()
    bought(firm, invoice(firm, ("智能算力租赁", 10000000)))
    rules = {"registered_in": {}, "credit_list": {"uscc": []}, "related_parties": {}, "records_years": {"years": 3}}
    case = handed_in(firm, call_with(**rules))
    assert not failing(case)
    silent = {"invoice", "amount_changed"}
    assert {row.code for row in case.checks.all()} == set(checks.CATALOGUE) - silent
    for row in case.checks.all():
        assert "%(" not in checks.say(row)


def test_a_finding_of_an_earlier_version_is_still_shown():
    """Findings are kept with their case: one whose check is no longer in the program is shown by its code and subject."""
    case, _owner = submitted(make_call())
    row = Check.objects.create(case=case, code="of_long_ago", stops=False, passed=False, subject="p1 100%", particulars={"x": 1})
    assert (checks.label(row), checks.say(row)) == ("of_long_ago", "p1 100%")
    row.code = "credit_list"
    assert "%(" not in checks.say(row)
    row.code = "granted_before"
    assert "—" in checks.say(row)


def test_a_switch_that_is_off_is_not_looked_at():
    """“Each rule a switch with its source.”"""
    case = handed_in(with_purchase(make_firm(division="110101")))
    assert not case.checks.filter(code__in=looking.BY_RULE).exists()


# Related parties.


@pytest.mark.parametrize(
    ("firm", "seller", "related"),
    [
        ({"name": "海宁甲（集团）有限公司"}, {"name": "海宁甲(集团)有限公司"}, True),  # the firm itself, other brackets
        ({"owners": ["杭州示例智算有限公司"]}, {}, True),  # the seller owns the firm
        ({"owners": ["91330106MA2TEKT29R"]}, {}, True),  # the same, by its code
        ({"name": "海宁乙有限公司"}, {"owners": ["海宁乙有限公司"]}, True),  # the firm owns the seller
        ({"owners": ["张三"]}, {"owners": ["李四"]}, False),
        ({"owners": []}, {"owners": []}, False),
        ({"owners": [" "]}, {"owners": [" "]}, False),
    ],
)
def test_who_is_related(firm, seller, related):
    """“A seller that shares an owner with the firm, or is the firm itself, is shown to the reviewers.”"""
    mine = make_firm(**firm)
    named = {"name": SELLER.name, **seller}
    if "owners" in seller:
        make_firm(**{**named, "uscc": SELLER.id})
    bought(mine, invoice(mine, ("智能算力租赁", 10000000), seller=Party(SELLER.id, named["name"])))
    case = handed_in(mine, call_with(related_parties={}))
    assert ("related_parties" in failing(case)) == related


def test_two_lines_of_one_fact_are_one_finding():
    """A fact that two benefits pay is looked at once; what is found twice is written down once."""
    plan = "haining-manufacturing-2025"
    params = '{software_second_bracket: "5000000.00", software_third_bracket: "9000000.00"}'
    text = f"year: 2026\npolicy: {plan}\nparams: {params}\n"
    YearDecisions.objects.create(year=2026, version=1, text=text, source="test", recorded_by=make_member("office").user)
    call = make_call(benefits=((plan, "equipment"), (plan, "software")))
    project = {
        "id": "i1", "type": "investment_project", "date": "2026-03-18", "productive_investment": "20000000.00", "ai_field": False,
        "equipment": "8000000.00", "software": "1500000.00",
    }  # fmt: skip
    case, _owner = submitted(call, facts=[project])
    assert case.lines.count() == 2
    withdraw_facts([case.lines.first().fact], None, "a mistake")
    case = again(case)
    assert case.checks.filter(code="fact_withdrawn", passed=False).count() == 1
    assert case.checks.filter(code="amount_changed", passed=False).count() == 2


@pytest.mark.parametrize(
    ("day", "years", "found"),
    [("2026-03-18", 0, 0), ("2026-03-19", 0, 1), ("2029-03-18", 3, 0), ("2029-03-19", 3, 1), ("2029-03-18", 2, 1)],
)
def test_years_of_records_count_to_the_very_day(day, years, found):
    """“Evidence may not be older than so many years on the day of submission.”"""
    case, _owner = submitted(call_with(records_years={"years": years}))
    look = looking.Look(case, amounts.reckon(case))
    case.submitted_at = at(day)
    assert len(list(looking.records_years(look))) == found


def test_the_29th_of_february_has_a_day_three_years_before():
    """A leap day counts back to 28 February."""
    case, _owner = submitted(call_with(records_years={"years": 1}))
    case.submitted_at = at("2028-02-29")
    assert len(list(looking.records_years(looking.Look(case, amounts.reckon(case))))) == 1


def at(day: str) -> datetime:
    """Nine in the morning of a day in Haining."""
    return datetime.fromisoformat(f"{day}T09:00:00+08:00")


# The same matter.


def test_both_reviewers_see_a_clash_and_its_end():
    """“Same matter in two cases, whoever handed it in, is stopped and shown to both reviewers.”"""
    second = same_matter()
    first = Case.objects.exclude(pk=second.pk).get()
    for mine, other in ((first, second), (second, first)):
        row = failing(mine)["same_matter"]
        assert (row.stops, row.others) == (True, [other.pk])
        assert other.number in checks.say(row)
        assert not mine.checks.filter(code="same_matter", passed=True).exists()
        assert Event.objects.filter(case=mine, kind="same_matter", inside=True).count() == 1
    assert failing(first)["same_matter"].particulars["matter"] == "invoice:26332000000447829611#1"
    assert "handed_in_elsewhere" not in failing(second)

    again(first)
    again(second)
    assert Event.objects.filter(kind="same_matter").count() == 2

    owner = make_member("firm_owner", firm=second.firm)
    steps.withdraw(second, owner, second.version, "a mistake")
    assert "same_matter" not in failing(first)
    assert first.checks.get(code="same_matter").passed


def test_what_was_cleared_stays_cleared_until_it_changes():
    """“Clears what the pre-check stopped, with the reason for it”: for that finding, not for a later one."""
    second = same_matter()
    first = Case.objects.exclude(pk=second.pk).get()
    lead = make_member("reviewer", department=first.call.lead)
    first = steps.clear_check(first, lead, first.version, failing(first)["same_matter"].pk, "the invoice was split")
    again(first)
    assert failing(first)["same_matter"].cleared_why == "the invoice was split"
    stale = failing(first)["same_matter"].pk

    third, _owner = submitted(first.call, facts=[purchase("c", matter="invoice:26332000000447829611#1")])
    row = failing(first)["same_matter"]
    assert (sorted(row.others), row.cleared_at) == (sorted([second.pk, third.pk]), None)
    first.refresh_from_db()
    with pytest.raises(Refused):
        steps.clear_check(first, lead, first.version, stale, "seen on an older page")


def test_a_clash_holds_the_decision():
    """“Same matter in two cases … is stopped”: also where the other came after the review was closed."""
    call = make_call()
    matter = "invoice:26332000000447829613#1"
    first, _owner, _lead = reviewed(call, facts=[purchase("a", matter=matter)])
    submitted(call, facts=[purchase("b", matter=matter)])
    head = make_member("head", department=call.lead)
    with pytest.raises(Refused):
        steps.decide(first, head, first.version, {first.lines.get().pk: (100, "the year's budget")})


def test_a_clash_ends_for_what_was_not_granted():
    """A matter that a case was refused is free: the other case's finding about it ends, the one about what was granted stays."""
    call = make_call()
    one, two = "invoice:26332000000447829614#1", "invoice:26332000000447829615#1"
    facts = [purchase("a", "1000.00", matter=one), purchase("b", "1000.00", matter=two)]
    first, _owner, lead = reviewed(call, facts=facts)
    second, _owner = submitted(call, facts=facts)
    assert second.checks.filter(code="same_matter", passed=False).count() == 2
    for row in first.checks.filter(code="same_matter", passed=False):
        first = steps.clear_check(Case.objects.get(pk=first.pk), lead, Case.objects.get(pk=first.pk).version, row.pk, "its own purchase")
    head = make_member("head", department=call.lead)
    grants = {line.pk: (10000, "granted") if line.fact.key == "a" else (0, "not its own") for line in first.lines.all()}
    steps.decide(first, head, first.version, grants)
    left = second.checks.get(code="same_matter", passed=False)
    assert left.particulars["matter"] == one


def test_a_firm_whose_case_clashes_is_not_named_twice():
    """A clash of two cases is one finding; the same number in a firm's files without a case is another."""
    second = same_matter()
    assert "handed_in_elsewhere" not in failing(second)
    third = make_firm()
    add_facts(third, [purchase("x", matter="invoice:26332000000447829611#1")], "import", None)
    again(second)
    assert failing(second)["handed_in_elsewhere"].particulars["firms"] == [third.pk]


def test_long_subjects_fit_and_stay_apart():
    """Ids of facts may have two hundred letters: a finding about one is still written down, and two are never one."""
    keys = ["x" * 199 + end for end in "ab"]
    case, _owner = submitted(make_call(), facts=[purchase(key, paid="1000.00") for key in keys])
    add_received(case.firm, "compute-purchase", keys[0], date(2026, 2, 1), 100, None, policy="haining-ai-2026")
    add_received(case.firm, "compute-purchase", keys[1], date(2026, 2, 1), 100, None, policy="haining-ai-2026")
    again(case)
    assert case.checks.filter(code="amount_changed", passed=False).count() == 2
