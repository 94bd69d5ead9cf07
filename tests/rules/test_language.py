"""The rule language where published clauses stretch it: each test opens with the rule that it holds.

The clauses themselves are in tests/clauses; the messages for faulty blocks in test_wrong_files.py.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from chaoce.assessment.prepare import prepare
from chaoce.faults import Faults
from chaoce.marked import read_marked
from chaoce.policy.anchors import anchors
from chaoce.policy.decisions import read_decisions
from chaoce.policy.model import Policy
from chaoce.rules import expr as x
from chaoce.rules import tree as t
from chaoce.rules.evaluate import Unstated, evaluate
from chaoce.rules.grammar import BadExpression, Scope, parse_expression
from chaoce.rules.words import say_pay
from core_kit import amounts, firm, run, write_policy

FACTS = """
enterprise:
  stage: {kind: choice, optional: yes, zh: 阶段, en: stage, of: {startup: {zh: 初创, en: startup}, other: {zh: 其他, en: other}}}
  founded: {kind: date, optional: yes, zh: 成立日期, en: founded}
facts:
  purchase:
    name: {zh: 购买, en: purchase}
    fields:
      paid: {kind: money, zh: 实际支付, en: paid}
      software: {kind: money, optional: yes, zh: 软件, en: software}
      area: {kind: quantity, optional: yes, zh: 面积, en: area}
      relaxed: {kind: flag, default: no, zh: 放宽, en: relaxed}
  account:
    name: {zh: 年度财务, en: account}
    series: firm
    fields:
      sales: {kind: money, zh: 销售, en: sales}
"""


def benefit(name: str, pays: str, more: str = "", on: str = "purchase") -> str:
    return f"```benefit {name}\ntitle: {{zh: 补贴, en: Subsidy}}\non: {on}\npays: {pays}\n{more}\n```\n"


def load(folder: Path, *blocks: str) -> Policy:
    return Policy.load(write_policy(folder, "here", "\n".join(blocks), FACTS))


def faults(folder: Path, *blocks: str) -> list[tuple[str, int | None, str | None]]:
    with pytest.raises(Faults) as raised:
        load(folder, *blocks)
    return [(fault.code, fault.line, fault.key) for fault in raised.value.faults]


def paid(policy: Policy, *facts: dict[str, Any], made: str = "", **enterprise: Any) -> dict[str, str]:
    decisions = [read_decisions(read_marked(f"year: 2026\n{made}", "decisions.yaml"))] if made else []
    session = prepare([policy], 2026, decisions)
    return amounts(run(session, firm(facts, **enterprise)))


def bought(amount: str, id: str = "p1", **more: Any) -> dict[str, Any]:
    return {"id": id, "type": "purchase", "date": "2026-03-18", "paid": amount, **more}


def account(year: int, sales: str) -> dict[str, Any]:
    return {"id": f"a{year}", "type": "account", "date": f"{year}-12-31", "sales": sales}


# Ladders


def test_a_step_is_reached_at_its_number_and_passed_only_above_it(tmp_path: Path) -> None:
    """达到 includes the number; 突破 does not, and is written `over`."""
    policy = load(
        tmp_path,
        benefit("reached", "{ladder: sales, steps: {1亿: 10万}}", on="account"),
        benefit("passed", "{ladder: sales, steps: {over 1亿: 20万, over 10亿: 30万}}", on="account"),
    )
    assert paid(policy, account(2026, "100000000.00")) == {"reached": "100000.00"}
    assert paid(policy, account(2026, "100000000.01")) == {"passed": "200000.00"}
    ladder = policy.benefit("passed").pays
    assert "超过 100,000,000.00 元: 200,000.00 元" in say_pay(ladder, "zh")
    assert "more than 100,000,000.00 yuan: 200,000.00 yuan" in say_pay(ladder, "en")
    assert [anchor.comparator for anchor in anchors(policy.benefit("passed"))] == [">", "=", ">", "="]


def test_a_ladder_pays_the_first_time_only(tmp_path: Path) -> None:
    """A step reached in an earlier year is not paid again; with `difference` a higher one pays what is left."""
    steps = "{1亿: 10万, 10亿: 30万}"
    policy = load(tmp_path, benefit("step", f"{{ladder: sales, steps: {steps}, difference: yes}}", on="account"))
    assert paid(policy, account(2025, "100000000.00"), account(2026, "900000000.00")) == {}
    assert paid(policy, account(2025, "100000000.00"), account(2026, "1000000000.00")) == {"step": "200000.00"}
    assert paid(policy, account(2025, "99999999.99"), account(2026, "1000000000.00")) == {"step": "300000.00"}


# Classes


def test_a_class_may_be_the_firms(tmp_path: Path) -> None:
    """What is paid may depend on a choice of the firm as well as of the fact; a firm that does not state it gets nothing."""
    policy = load(tmp_path, benefit("voucher", "{by: firm.stage, pays: {startup: 60% of paid, other: 50% of paid}}"))
    assert paid(policy, bought("100.00"), stage="startup") == {"voucher": "60.00"}
    assert paid(policy, bought("100.00"), stage="other") == {"voucher": "50.00"}
    assert paid(policy, bought("100.00")) == {}
    assert faults(tmp_path / "wrong", benefit("voucher", "{by: firm.stage, pays: {young: 60% of paid}}")) == [
        ("unknown.value", 11, "pays.pays.young")
    ]


# Parameters


def test_a_bracket_whose_threshold_is_not_shown_is_a_parameter(tmp_path: Path) -> None:
    """The year's decision gives it; until then nothing is computed, and thresholds out of order are a fault."""
    pays = "{progressive: paid, brackets: [{above: 0, rate: 5%}, {above: param.second, rate: 7%}, {above: 100, rate: 9%}]}"
    policy = load(tmp_path, benefit("award", pays, "params: {second: money}"))
    assert paid(policy, bought("200.00")) == {}
    # 50 × 5% + 50 × 7% + 100 × 9% = 2.50 + 3.50 + 9.00
    assert paid(policy, bought("200.00"), made='params: {second: "50.00"}') == {"award": "15.00"}
    with pytest.raises(Faults) as raised:
        paid(policy, bought("200.00"), made='params: {second: "100.00"}')
    assert [(fault.code, fault.key) for fault in raised.value.faults] == [("rule.order", "params.second")]


def test_a_parameter_may_stand_wherever_an_amount_or_a_number_does(tmp_path: Path) -> None:
    """As a rate, an amount, a base, a count, a limit, a side of a comparison: the decided value takes its place."""
    policy = load(
        tmp_path,
        benefit("rate", "param.rate of paid", "params: {rate: rate}"),
        benefit("base", "10% of param.base", "params: {base: money}\nbeside: rate"),
        benefit("count", "100 per ㎡ of param.count", "params: {count: number}\nbeside: rate"),
        benefit("limit", "50% of paid", "params: {most: money}\nlimit: param.most per firm per year\nbeside: rate"),
        benefit("least", "1万", "params: {least: money}\nwhere: paid >= param.least\nbeside: rate"),
        benefit("share", "50% of paid", "params: {part: rate}\nlimit: param.part of paid per item\nbeside: rate"),
    )
    made = 'params: {rate: "1/3", base: "70.00", count: "2.5", most: "20.00", least: "100.00", part: "1%"}'
    assert paid(policy, bought("100.00"), made=made) == {
        "rate": "33.33", "base": "7.00", "count": "250.00", "limit": "20.00", "least": "10000.00", "share": "1.00",
    }  # fmt: skip
    assert paid(policy, bought("99.99"), made=made) == {
        "rate": "33.33", "base": "7.00", "count": "250.00", "limit": "20.00", "share": "0.99",
    }  # fmt: skip


def test_an_uplift_waits_for_what_its_benefit_lacks(tmp_path: Path) -> None:
    """An uplift on a benefit whose parameters are not decided pays nothing, and says what is lacking."""
    policy = load(
        tmp_path,
        benefit("software", "param.rate of software", "params: {rate: rate}"),
        benefit("further", "10% on software", "beside: software"),
    )
    fact = bought("1.00", software="1000.00")
    assert paid(policy, fact, made='params: {rate: "20%"}') == {"software": "200.00", "further": "20.00"}
    answer = run(prepare([policy], 2026), firm([fact]))
    assert answer["total"] == "0.00"
    assert {refused["benefit"] for refused in answer["refused"]} == {"software", "further"}


# Limits


def test_limits_part_where_one_holds_and_the_other_does_not(tmp_path: Path) -> None:
    """Two limits of one benefit, one `if relaxed` and one `if not relaxed`, each hold their own facts."""
    policy = load(
        tmp_path,
        benefit("voucher", "50% of paid", "limit: [100 per firm per year if not relaxed, 300 per firm per year if relaxed]"),
    )
    assert paid(policy, bought("400.00"), bought("400.00", "p2", relaxed=True)) == {"voucher": "300.00"}
    assert paid(policy, bought("400.00"), bought("4000.00", "p2", relaxed=True)) == {"voucher": "400.00"}


def test_a_limit_of_an_item_that_is_shared_is_a_plain_amount(tmp_path: Path) -> None:
    """What two benefits share in one item is an amount: neither a share of a base nor for some facts only."""
    blocks = [benefit("one", "50% of paid"), benefit("other", "50% of software", "beside: one")]
    shared = "```limit both\nlimit: {}\nover: [one, other]\n```\n"
    assert faults(tmp_path / "a", *blocks, shared.format("30% of paid per item")) == [("rule.shared", 23, "limit")]
    assert faults(tmp_path / "b", *blocks, shared.format("100 per item if relaxed")) == [("rule.shared", 23, "limit")]
    policy = load(tmp_path / "c", *blocks, shared.format("100 per item"))
    assert paid(policy, bought("120.00", software="120.00")) == {"one": "60.00", "other": "40.00"}


# Pools


def test_a_pool_need_not_say_how_it_is_shared(tmp_path: Path) -> None:
    """A clause that names a yearly sum and no more is said as that; a firm is assessed before any pool."""
    policy = load(tmp_path, benefit("voucher", "50% of paid", "pool: 2.5亿 per year"))
    assert policy.benefit("voucher").pool == t.Pool(25_000_000_000, None, "year")
    assert paid(policy, bought("800000000.00")) == {"voucher": "400000000.00"}


def test_a_pool_per_item_holds_an_average(tmp_path: Path) -> None:
    """平均100万元 is a pool of 100万 for each item granted."""
    policy = load(tmp_path, benefit("project", "100% of paid", "pool: 100万 per item, pro rata"))
    pool = policy.benefit("project").pool
    assert pool is not None and (pool.per, pool.sharing) == ("item", "pro rata")
    assert [pool.holds(items) for items in (0, 1, 3)] == [0, 100_000_000, 300_000_000]


def test_a_budget_is_pools_over_pools(tmp_path: Path) -> None:
    """A `pool` block lies over benefits or other pools, or over nothing that the policy states; its parts may not exceed it."""
    pool = "```pool {}\ntitle: {{zh: 预算, en: budget}}\npool: {} per year\n{}\n```\n"
    blocks = [benefit("lab", "100万"), pool.format("science", "5.98亿", "over: lab"), pool.format("talent", "1.35亿", "")]
    policy = load(tmp_path / "a", *blocks, pool.format("total", "7.33亿", "over: [science, talent]"))
    assert [(held.name, held.over) for held in policy.pools] == [("science", ("lab",)), ("talent", ()), ("total", ("science", "talent"))]
    assert sum(held.holds(1) for held in policy.pools[:2]) == policy.pools[2].holds(1) == 73_300_000_000
    assert faults(tmp_path / "b", *blocks, pool.format("total", "732999999.99", "over: [science, talent]")) == [("rule.parts", 29, "pool")]
    assert faults(tmp_path / "c", *blocks, pool.format("total", "7.33亿", "over: [science, sport]")) == [("rule.benefit", 30, "over")]


# Faults of several blocks


def test_one_fault_is_said_once(tmp_path: Path) -> None:
    """A limit or pool over a faulty benefit is not said to name an unknown one."""
    found = faults(
        tmp_path,
        benefit("voucher", "half of paid"),
        "```limit most\nlimit: 1万 per firm per year\nover: voucher\n```\n",
        "```pool money\ntitle: {zh: 预算, en: budget}\npool: 1亿 per year\nover: voucher\n```\n",
        "```pool all\ntitle: {zh: 预算, en: budget}\npool: 1亿 per year\nover: money\n```\n",
    )
    assert found == [("rule.pays", 11, "pays")]


def test_a_reading_may_change_who_is_eligible(tmp_path: Path) -> None:
    """The condition of the whole policy is open to a reading like every other block; a block that is not there is a fault."""
    reading = """
```reading who
question: {{zh: 谁可申报, en: who may apply}}
chosen: all
options:
  all: {{zh: 所有企业, en: every firm}}
  young: {{zh: 初创企业, en: startups, change: {{{}: {{where: firm.stage == startup}}}}}}
```
"""
    blocks = [benefit("voucher", "50% of paid"), "```eligible\ntitle: {zh: 条件, en: condition}\nwhere: firm.employees >= 1\n```\n"]
    policy = load(tmp_path / "a", *blocks, reading.format("eligible"))
    assert paid(policy, bought("100.00"), employees=3, stage="other") == {"voucher": "50.00"}
    assert paid(policy.read_as("who", "young"), bought("100.00"), employees=3, stage="other") == {}
    wrong = load(tmp_path / "b", *blocks, reading.format("eligibility"))
    with pytest.raises(Faults) as raised:
        wrong.read_as("who", "young")
    assert [(f.code, f.line, f.key) for f in raised.value.faults] == [("reading.block", 26, "options.young.change.eligibility")]


# Expressions


def scope(folder: Path, on: str | None = "purchase") -> Scope:
    types = load(folder, benefit("voucher", "50% of paid")).types
    return Scope(types, types.types[on] if on else None, {"least": "money"})


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("paid >= 2000万", x.Literal(2_000_000_000, "money", "yuan")),
        ("paid >= 1.5亿", x.Literal(15_000_000_000, "money", "yuan")),
        ("paid >= 0.01", x.Literal(1, "money", "yuan")),
        ("area >= 12.5", x.Literal(Fraction(25, 2), "number", "count")),
        ("software / paid >= 2.5%", x.Literal(Fraction(1, 40), "number", "ratio")),
    ],
)
def test_a_number_is_exact_and_takes_its_meaning_from_the_other_side(text: str, value: x.Literal, tmp_path: Path) -> None:
    """Money is fen, a percentage a fraction, and neither is ever a float."""
    tree = parse_expression(text, scope(tmp_path), "flag")
    assert isinstance(tree, x.Compare) and tree.right == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("__import__('os')", "expr.function"),
        ("paid.real >= 1", "expr.syntax"),
        ("firm.__class__", "expr.name"),
        ("[paid for paid in area]", "expr.syntax"),
        ("lambda: paid", "expr.syntax"),
        ("paid if relaxed else software", "expr.syntax"),
        ("paid ** 2 >= 1", "expr.syntax"),
        ("paid >= 1e9", "expr.syntax"),
        ("paid >= 0x10", "expr.syntax"),
        ("paid >= 0.001", "money"),
        ("paid + area >= 1", "expr.syntax"),
        ("paid * paid >= 1", "expr.syntax"),
        ("paid >= area", "expr.compare"),
        ("relaxed > relaxed", "expr.compare"),
        ("f'{paid}' == 'x'", "expr.syntax"),
        ("(paid := 1) >= 1", "expr.syntax"),
        ("param.most >= 1", "expr.param"),
        ("param.least[paid] >= 1", "expr.param"),
        ("holds(star)", "unknown.value"),
        ("first(paid >= 1)", "expr.series"),
        ("not " * 40 + "relaxed", "expr.deep"),
    ],
)
def test_an_expression_is_of_the_white_list(text: str, code: str, tmp_path: Path) -> None:
    """Nothing is evaluated by Python; what the grammar does not know is refused with a message."""
    with pytest.raises(BadExpression) as raised:
        parse_expression(text, scope(tmp_path), "flag")
    assert raised.value.code == code


def test_what_is_not_stated_is_never_false_nor_zero(tmp_path: Path) -> None:
    """A condition on a field that the fact lacks is neither true nor false, unless another part of it decides."""
    policy = load(tmp_path, benefit("voucher", "50% of paid"))
    session = prepare([policy], 2026)
    here = session.read(firm([bought("100.00")]))
    names = Scope(policy.types, policy.types.types["purchase"], {})
    for text in ("software >= 1", "not software >= 1", "software >= 1 and paid >= 1", "software >= 1 or paid >= 200"):
        with pytest.raises(Unstated):
            evaluate(parse_expression(text, names, "flag"))(here.facts[0], here)
    assert evaluate(parse_expression("software >= 1 or paid >= 1", names, "flag"))(here.facts[0], here) is True
    assert evaluate(parse_expression("software >= 1 and paid >= 200", names, "flag"))(here.facts[0], here) is False
