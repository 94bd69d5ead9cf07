"""The year's decisions: what is really paid within the ceilings of the text, and which standard 三(四) builds on."""

from __future__ import annotations

import pytest

from chaoce.assessment.prepare import prepare
from chaoce.faults import Faults
from chaoce.policy.model import Policy
from core_kit import (
    BRACKETS,
    DECIDED,
    STANDARD,
    amounts,
    certificate,
    compute,
    decisions,
    firm,
    interest,
    investment,
    licence,
    run,
    scenario,
    title,
    write_policy,
)

_C = {
    "compute-purchase",
    "manufacturing-cooperation",
    "benchmark-scenario",
    "generative-ai-filing",
    "national-application-award",
    "provincial-application-award",
    "provincial-data-award",
    "national-dataset-award",
    "provincial-dataset-award",
    "data-product-sales",
    "dcmm-pilot",
    "cdo-pilot",
}


def _fault(policies, text: str, year: int = 2026) -> tuple[str, str | None]:
    """Code and key of the one fault that a decision makes."""
    with pytest.raises(Faults) as wrong:
        prepare(policies, year, [decisions(text)])
    assert len(wrong.value.faults) == 1
    return wrong.value.faults[0].code, wrong.value.faults[0].key


def test_the_text_gives_ceilings_where_the_contract_says_c(ai):
    """“C marks those whose amount the text gives as a ceiling (最高, 以内, 不高于)” (contract, section 2)."""
    assert {benefit.id for benefit in ai.benefits if benefit.ceiling} == _C


_WRONG = {
    "a rate above the text": ('rates: {{compute-purchase: "50.01%"}}', "decision.above", "rates.compute-purchase"),
    "a fraction above the text": ('rates: {{compute-purchase: "51/100"}}', "decision.above", "rates.compute-purchase"),
    "an amount above the text": ('amounts: {{generative-ai-filing: "1000000.01"}}', "decision.above", "amounts.generative-ai-filing"),
    "a rate that the text promises": ('rates: {{data-ip-licence: "5%"}}', "decision.promise", "rates.data-ip-licence"),
    "a higher rate than the text promises": ('rates: {{data-ip-licence: "15%"}}', "decision.promise", "rates.data-ip-licence"),
    "an amount that the text promises": ('amounts: {{data-ip-certificate: "900.00"}}', "decision.promise", "amounts.data-ip-certificate"),
    "an amount for a rate": ('amounts: {{compute-purchase: "100.00"}}', "decision.shape", "amounts.compute-purchase"),
    "a rate for an amount": ('rates: {{generative-ai-filing: "50%"}}', "decision.shape", "rates.generative-ai-filing"),
    "a list for one rate": ('rates: {{compute-purchase: ["30%", "20%"]}}', "decision.shape", "rates.compute-purchase"),
    "classes where there are none": ('rates: {{compute-purchase: {{super: "30%"}}}}', "unknown.value", "rates.compute-purchase.super"),
    "no benefit": ('rates: {{compute: "30%"}}', "rule.benefit", "rates.compute"),
    "no rate": ("rates: {{compute-purchase: 0.3}}", "rule.rate", "rates.compute-purchase"),
    "a negative rate": ('rates: {{compute-purchase: "-3%"}}', "rule.rate", "rates.compute-purchase"),
    "no amount": ('amounts: {{generative-ai-filing: "800000.001"}}', "money", "amounts.generative-ai-filing"),
    "a negative amount": ('amounts: {{generative-ai-filing: "-1.00"}}', "money", "amounts.generative-ai-filing"),
    "an amount in words": ('amounts: {{generative-ai-filing: "80万"}}', "money", "amounts.generative-ai-filing"),
    "a rule on an undecided standard": ('rates: {{ai-investment: "5%"}}', "decision.shape", "rates.ai-investment"),
    "no standard of that name": (
        "standards: {{strategic: {{brackets: [{{above: 0, rate: 5%}}]}}}}",
        "decision.standard",
        "standards.strategic",
    ),
    "no brackets": ("standards: {{strategic_emerging: {{brackets: []}}}}", "rule.bracket", "standards.strategic_emerging.brackets"),
    "brackets out of order": (
        "standards: {{strategic_emerging: {{brackets: [{{above: 100, rate: 5%}}, {{above: 0, rate: 7%}}]}}}}",
        "rule.order",
        "standards.strategic_emerging.brackets",
    ),
    "two brackets from one sum": (
        "standards: {{strategic_emerging: {{brackets: [{{above: 0, rate: 5%}}, {{above: 0, rate: 7%}}]}}}}",
        "rule.order",
        "standards.strategic_emerging.brackets",
    ),
    "a bracket without a rate": (
        "standards: {{strategic_emerging: {{brackets: [{{above: 0}}]}}}}",
        "missing",
        "standards.strategic_emerging.brackets.rate",
    ),
    "a standard of half a name": (
        "standards: {{strategic_emerging: {{policy: haining-manufacturing-2025}}}}",
        "missing",
        "standards.strategic_emerging.benefit",
    ),
    "a standard of no policy": ("standards: {{strategic_emerging: {{policy: nowhere, benefit: equipment}}}}", "policy.missing", None),
    "a standard of no benefit": (
        "standards: {{strategic_emerging: {{policy: haining-manufacturing-2025, benefit: equip}}}}",
        "rule.benefit",
        "standards.strategic_emerging.benefit",
    ),
    "a standard that is undecided itself": (
        "standards: {{strategic_emerging: {{policy: haining-manufacturing-2025, benefit: software}}}}",
        "decision.undecided",
        "standards.strategic_emerging.benefit",
    ),
    "a standard of no brackets": (
        "standards: {{strategic_emerging: {{policy: haining-ai-2026, benefit: dcmm-pilot}}}}",
        "decision.shape",
        "standards.strategic_emerging.benefit",
    ),
    "no parameter": ("params: {{x: 5}}", "expr.param", "params.x"),
    "another policy": ("policy: haining-manufacturing-2025", "unknown.value", "policy"),
}


@pytest.mark.parametrize("name", list(_WRONG))
def test_a_decision_that_does_not_fit_is_a_fault(name, ai):
    """“decided, never above the text”; where the text gives no ceiling there is nothing to decide (contract, section 2)."""
    text, code, key = _WRONG[name]
    found, at = _fault([ai], "year: {year}\n" + text)
    assert (found, at) == (code, key)


@pytest.mark.parametrize("year", [2025, 2027])
def test_decisions_of_another_year_are_a_fault(ai, year):
    """“another year is a fault” (contract, section 2)."""
    assert _fault([ai], "year: {year}\nrates: {{compute-purchase: 30%}}", year) == ("decision.year", "year")


@pytest.mark.parametrize(("rate", "due"), [("50%", "50000.00"), ("30%", "30000.00"), ("1/3", "33333.33"), ("0.01%", "10.00"), ("0%", None)])
def test_a_decided_rate_is_what_is_paid_and_no_ceiling_any_more(ai, rate, due):
    """“`ceiling` is true where the table says C and no decision has settled it” (contract, section 3)."""
    raw = firm([compute("a", "100000.00"), scenario("s", "100.00")])
    answer = run(prepare([ai], 2026, [decisions(f"year: {{year}}\nrates: {{{{compute-purchase: {rate}}}}}")]), raw)
    found = {row["id"]: (row["amount"], row["ceiling"]) for row in answer["benefits"]}
    assert found.pop("benchmark-scenario") == ("30.00", True)
    assert found == ({"compute-purchase": (due, False)} if due else {})


def test_without_decisions_every_ceiling_is_one(ai):
    """“nothing is read without it”: what the text gives as a ceiling is said to be one; what it promises is not."""
    raw = firm([compute("a", "100.00"), licence("b", "100.00"), certificate("c"), interest("d", "100.00"), title("e", "cdo_pilot")])
    answer = run(prepare([ai], 2026), raw)
    assert {row["id"]: row["ceiling"] for row in answer["benefits"]} == {
        "compute-purchase": True,
        "cdo-pilot": True,
        "data-ip-certificate": False,
        "data-ip-licence": False,
        "data-ip-pledge-loan": False,
    }


def test_without_a_standard_nothing_is_computed(ai):
    """“the standard is another document's table, so it comes from the yearly decisions, and without it nothing is computed”."""
    answer = run(prepare([ai], 2026), firm([investment("a", "30000000.00")]))
    assert (answer["total"], answer["refused"]) == (
        "0.00",
        [{"fact": "a", "benefit": "ai-investment", "reason": "undecided", "needs": ["strategic_emerging"]}],
    )


@pytest.mark.parametrize("value", ["20000000.00", "50000000.00", "123456789.01", "226190476.20"])
def test_a_standard_may_name_a_rule_of_another_policy(ai, value):
    """“A standard may instead name a rule of another policy: `{policy: haining-manufacturing-2025, benefit: equipment}`”: its
    brackets are those of the contract, so both ways come to the same."""
    named = "year: {year}\nstandards: {{strategic_emerging: {{policy: haining-manufacturing-2025, benefit: equipment}}}}"
    raw = firm([investment("a", value)])
    by_name, by_brackets = (run(prepare([ai], 2026, [decisions(text)]), raw) for text in (named, STANDARD))
    assert by_name.pop("restated") == ["haining-manufacturing-2025"], "what stands on a restated text says so"
    assert by_name == by_brackets
    assert by_name["benefits"][0]["ceiling"] is False


def test_the_decided_case_of_the_contract(ai):
    """The `decided` decisions of contract section 5: 30% and 25%, 800,000, 400,000 and 150,000."""
    raw = firm(
        [
            compute("a", "100.00"),
            scenario("b", "100.00"),
            title("c", "generative_ai_filing"),
            title("d", "ai_service_provider", "national"),
            title("e", "ai_benchmark_enterprise"),
            title("f", "dcmm_pilot"),
        ]
    )
    answer = run(prepare([ai], 2026, [decisions(DECIDED)]), raw)
    assert amounts(answer) == {
        "compute-purchase": "30.00",
        "benchmark-scenario": "25.00",
        "generative-ai-filing": "800000.00",
        "national-application-award": "400000.00",
        "provincial-application-award": "150000.00",
        "dcmm-pilot": "500000.00",
    }
    assert [row["id"] for row in answer["benefits"] if row["ceiling"]] == ["dcmm-pilot"]


_FILES = {
    "rates": 'year: {year}\nrates: {{compute-purchase: "30%"}}',
    "amounts": 'year: {year}\namounts: {{dcmm-pilot: "1.00"}}',
    "lower": 'year: {year}\nrates: {{equipment: ["4%", "6%", "8%"]}}',
    "software": BRACKETS,
    "named": "year: {year}\nstandards: {{strategic_emerging: {{policy: haining-manufacturing-2025, benefit: equipment}}}}",
}


def test_the_order_of_decision_files_does_not_matter(ai, manufacturing):
    """Decisions are one body of facts about a year, however they are spread over files and in whatever order these are named: a
    standard that names another policy's rule builds on it as the year's decisions leave it."""
    raw = firm([compute("a", "100.00"), title("t", "dcmm_pilot"), investment("i", "20000000.00", equipment="20000000.00")])
    answers = []
    names = list(_FILES)
    for order in [names[turn:] + names[:turn] for turn in range(len(names))] + [names[::-1]]:
        answer = run(prepare([ai, manufacturing], 2026, [decisions(_FILES[name]) for name in order]), raw)
        assert answer not in answers or answers == [answer]
        if answer not in answers:
            answers.append(answer)
    assert len(answers) == 1
    # 4% of 10m + 6% of 10m, times 1.05; without the uplift the equipment's own award is less.
    assert amounts(answers[0]) == {"compute-purchase": "30.00", "ai-investment": "1050000.00", "dcmm-pilot": "1.00"}


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('rates: {{compute-purchase: "30%"}}', 'rates: {{compute-purchase: "40%"}}'),
        ('amounts: {{dcmm-pilot: "1.00"}}', 'amounts: {{dcmm-pilot: "2.00"}}'),
        ("params: {{software_second_bracket: 1}}", "params: {{software_second_bracket: 2}}"),
        (
            "standards: {{strategic_emerging: {{brackets: [{{above: 0, rate: 5%}}]}}}}",
            "standards: {{strategic_emerging: {{brackets: [{{above: 0, rate: 6%}}]}}}}",
        ),
    ],
)
def test_nothing_is_decided_twice(ai, manufacturing, one, other, order):
    """Two files that settle the same thing are a fault in whatever order: neither wins in silence."""
    with pytest.raises(Faults):
        prepare([ai, manufacturing], 2026, [decisions("year: {year}\n" + text) for text in (one, other)][::order])


def test_parameters_that_the_text_does_not_give(manufacturing):
    """“各档界限未见于摘要,由年度决定给出”: without them software is undecided, and so is the award on top of it."""
    raw = firm([investment("i", "1.00", software="8000000.00", digital_sample=True)])
    without = run(prepare([manufacturing], 2026), raw)
    assert without["total"] == "0.00"
    with_them = run(prepare([manufacturing], 2026, [decisions(BRACKETS)]), raw)
    # 13% of 1m + 15% of 4m + 17% of 3m = 1,240,000, and a tenth of it.
    assert amounts(with_them) == {"software": "1240000.00", "digital-sample": "124000.00"}


@pytest.mark.parametrize(("second", "third"), [("5", "5"), ("5", "4"), ("0", "5")])
def test_brackets_by_parameter_are_in_order(manufacturing, second, third):
    """Thresholds that the decisions give must rise like those of a text."""
    text = f"year: {{year}}\nparams: {{{{software_second_bracket: {second}, software_third_bracket: {third}}}}}"
    assert _fault([manufacturing], text)[0] == "rule.order"


def test_a_benefit_of_two_policies_must_say_whose(tmp_path):
    """Where two policies have a benefit of one name, the decisions say which they mean."""
    facts = "facts: {spend: {name: {zh: 支出, en: spending}, fields: {paid: {kind: money, zh: 金额, en: amount paid}}}}"
    block = "甲。\n```benefit same\ntitle: {zh: 甲, en: same}\non: spend\npays: at most 50% of paid\n```\n"
    both = [Policy.load(write_policy(tmp_path, name, block, facts)) for name in ("p", "q")]
    assert _fault(both, "year: {year}\nrates: {{same: 30%}}") == ("decision.which", "rates.same")
    raw = firm([{"id": "a", "type": "spend", "date": "2026-02-01", "paid": "100.00"}])
    answer = run(prepare(both, 2026, [decisions("year: {year}\npolicy: q\nrates: {{same: 30%}}")]), raw)
    assert [(row["policy"], row["amount"], row["ceiling"]) for row in answer["benefits"]] == [("p", "50.00", True)]
    answer = run(prepare(both, 2026, [decisions("year: {year}\npolicy: p\nrates: {{same: 30%}}")]), raw)
    assert [(row["policy"], row["amount"], row["ceiling"]) for row in answer["benefits"]] == [("q", "50.00", True)]


_SHAPES_FACTS = """
facts:
  spend:
    name: {zh: 支出, en: spending}
    fields:
      paid: {kind: money, zh: 金额, en: amount paid}
      heads: {kind: count, zh: 人次, en: heads}
      level: {kind: choice, zh: 级别, en: level, of: {a: {zh: 甲, en: A}, b: {zh: 乙, en: B}}}
"""
_SHAPES = """甲。
```benefit brackets
title: {zh: 甲, en: brackets}
on: spend
where: level == a
pays: {progressive: paid, brackets: [{above: 0, rate: at most 5%}, {above: 100, rate: at most 7%}]}
```
乙。
```benefit classes
title: {zh: 乙, en: classes}
on: spend
where: level == b
pays: {by: level, pays: {a: at most 10% of paid, b: at most 40}}
```
丙。
```benefit heads
title: {zh: 丙, en: heads}
on: spend
pays: at most 5 per 人 of heads, raised by 10%
beside: [brackets, classes, promised, two]
```
丁。
```benefit promised
title: {zh: 丁, en: promised}
on: spend
where: paid > 1000
pays: {progressive: paid, brackets: [{above: 0, rate: 5%}]}
beside: two
```
戊。
```benefit two
title: {zh: 戊, en: two}
on: spend
where: paid > 1000
pays: {least of: [at most 10% of paid, at most 20% of paid, '7', '8']}
```
"""


@pytest.fixture
def shapes(tmp_path):
    return [Policy.load(write_policy(tmp_path, "shapes", _SHAPES, _SHAPES_FACTS))]


def _spend(level: str, paid: str = "200.00") -> dict:
    return firm([{"id": "f", "type": "spend", "date": "2026-02-01", "paid": paid, "heads": 3, "level": level}])


def _decide(shapes, text: str, level: str) -> dict[str, tuple[str, bool]]:
    """Benefit -> amount and whether it is a ceiling, under decisions."""
    answer = run(prepare(shapes, 2026, [decisions("year: {year}\n" + text)] if text else []), _spend(level))
    return {row["id"]: (row["amount"], row["ceiling"]) for row in answer["benefits"]}


def test_one_rate_for_each_bracket(shapes):
    """Progressive rates are decided bracket by bracket, none above the text's."""
    assert _decide(shapes, "", "a") == {"brackets": ("12.00", True), "heads": ("16.50", True)}
    assert _decide(shapes, "rates: {{brackets: [4%, 7%]}}", "a") == {"brackets": ("11.00", False), "heads": ("16.50", True)}
    assert _decide(shapes, "rates: {{brackets: [5%, 0.01%]}}", "a")["brackets"] == ("5.01", False)


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ("rates: {{brackets: [5.01%, 7%]}}", "decision.above", "rates.brackets"),
        ("rates: {{brackets: [5%, 7.01%]}}", "decision.above", "rates.brackets"),
        ("rates: {{brackets: [5%]}}", "decision.shape", "rates.brackets"),
        ("rates: {{brackets: [5%, 7%, 9%]}}", "decision.shape", "rates.brackets"),
        ("rates: {{brackets: 5%}}", "decision.shape", "rates.brackets"),
        ("rates: {{promised: [4%]}}", "decision.promise", "rates.promised"),
        ("rates: {{classes: 5%}}", None, None),
        ("amounts: {{classes: '5.00'}}", None, None),
        ("rates: {{classes: {{a: 10.01%}}}}", "decision.above", "rates.classes.a"),
        ("rates: {{classes: {{b: 10%}}}}", "decision.shape", "rates.classes.b"),
        ("amounts: {{classes: {{b: '40.01'}}}}", "decision.above", "amounts.classes.b"),
        ("amounts: {{classes: {{a: '4.00'}}}}", "decision.shape", "amounts.classes.a"),
        ("rates: {{classes: {{c: 5%}}}}", "unknown.value", "rates.classes.c"),
        ("rates: {{brackets: {{a: 5%}}}}", "unknown.value", "rates.brackets.a"),
        ("amounts: {{heads: '5.01'}}", "decision.above", "amounts.heads"),
        ("rates: {{two: 5%}}", "decision.shape", "rates.two"),
        ("amounts: {{two: '5.00'}}", "decision.shape", "amounts.two"),
    ],
)
def test_a_decision_fits_the_shape_of_its_rule(shapes, text, code, key):
    """A decision says one thing, and it must be clear which: one rate of one rule, one amount, one class, each bracket once."""
    if code is None:
        assert _decide(shapes, text, "b")
        return
    assert _fault(shapes, "year: {year}\n" + text) == (code, key)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rates: {{brackets: [5.01%, 7%]}}", ["5.01%", "5%"]),
        ("amounts: {{classes: {{b: '40.01'}}}}", ["40.01", "40.00"]),
        ("rates: {{brackets: [5%]}}", ["shape of the rule", "rates"]),
        ("rates: {{two: 5%}}", ["shape of the rule", "rates"]),
        ("amounts: {{two: '5.00'}}", ["shape of the rule", "amounts"]),
        ("rates: {{classes: {{c: 5%}}}}", ["no value 'c'; one of: a, b"]),
        ("rates: {{brackets: {{a: 5%}}}}", ["no value 'a'; one of: "]),
        ("rates: {{promised: [4%]}}", ["the text gives no ceiling here"]),
    ],
)
def test_what_does_not_fit_is_said_with_what_would(shapes, text, said):
    """A fault of a decision says what was decided and what the text gives, or what there is to decide."""
    with pytest.raises(Faults) as wrong:
        prepare(shapes, 2026, [decisions("year: {year}\n" + text)])
    line = wrong.value.faults[0].say("en")
    assert all(words in line for words in said), line
    assert "None" not in line and "XX" not in line


def test_classes_are_decided_one_by_one(shapes):
    """What is paid by class is decided class by class; it stays a ceiling until every class is settled."""
    assert _decide(shapes, "", "b")["classes"] == ("40.00", True)
    assert _decide(shapes, "amounts: {{classes: {{b: '30.00'}}}}", "b")["classes"] == ("30.00", True)
    both = "amounts: {{classes: {{b: '30.00'}}}}\nrates: {{classes: {{a: 9%}}}}"
    assert _decide(shapes, both, "b")["classes"] == ("30.00", False)


def test_an_amount_each_is_decided_under_its_raise(shapes):
    """What a rule raises is raised from what was decided."""
    assert _decide(shapes, "amounts: {{heads: '4.00'}}", "a")["heads"] == ("13.20", False)
