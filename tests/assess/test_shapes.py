"""Every shape of the rule tree computed by hand: what it reads of the fact, of the firm and of earlier years, and what it lacks."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest

from chaoce.assessment.explain import explain, plain
from chaoce.assessment.prepare import Session, prepare
from chaoce.assessment.wire import to_json
from chaoce.policy.model import Policy
from core_kit import ask, decisions, firm, got, kept, total, write_policy

FACTS = """
enterprise:
  grant: {kind: money, optional: yes, zh: 补助, en: grant}
  factor: {kind: quantity, optional: yes, zh: 系数, en: factor}
  staff: {kind: count, optional: yes, zh: 人数, en: staff}
  founded: {kind: date, optional: yes, zh: 成立日期, en: founded}
  grade: {kind: choice, optional: yes, zh: 等级, en: grade, of: {low: {zh: 低, en: low}, high: {zh: 高, en: high}}}
  local: {kind: flag, optional: yes, zh: 本地, en: local}
facts:
  project:
    name: {zh: 项目, en: project}
    series: site
    fields:
      site: {kind: text, zh: 地点, en: site}
      cost: {kind: money, zh: 投入, en: cost}
      extra: {kind: money, optional: yes, zh: 另投, en: extra}
      area: {kind: quantity, optional: yes, zh: 面积, en: area}
      heads: {kind: count, optional: yes, zh: 人次, en: heads}
      since: {kind: date, optional: yes, zh: 开工日期, en: since}
      level: {kind: choice, optional: yes, zh: 级别, en: level, of: {a: {zh: 甲, en: A}, b: {zh: 乙, en: B}, c: {zh: 丙, en: C}}}
      good: {kind: flag, optional: yes, zh: 合格, en: good}
  year:
    name: {zh: 年报, en: report of a year}
    series: firm
    fields:
      sales: {kind: money, zh: 销售, en: sales}
  title:
    name: {zh: 称号, en: title}
    by: kind
    fields:
      kind: {kind: choice, zh: 称号, en: kind, of: {gold: {zh: 金, en: gold}, silver: {zh: 银, en: silver}}}
"""


@kept
def _session(pays: str, where: str, on: str, more: str, made: str) -> Session:
    """A policy of one benefit, `one`, or of what `more` declares before it."""
    block = f"甲。\n```benefit one\ntitle: {{zh: 甲, en: one}}\non: {on}\npays: {pays}\n" + (f"where: {where}\n" if where else "")
    text = more.replace("LAST", block + "```\n") if "LAST" in more else block + more + "```\n"
    with tempfile.TemporaryDirectory() as folder:
        policy = Policy.load(write_policy(Path(folder), "p", text, FACTS))
    return prepare([policy], 2026, [decisions("year: {year}\n" + made)] if made else [])


def _project(id: str = "f", date: str = "2026-06-01", **fields: Any) -> dict:
    return {"id": id, "type": "project", "date": date, "site": "s", "cost": "100.00", **fields}


def _year(date: str, sales: str) -> dict:
    return {"id": f"y{date[:4]}", "type": "year", "date": date, "sales": sales}


def _pays(pays: str, *facts: dict, where: str = "", on: str = "project", more: str = "", made: str = "", **own: Any) -> Any:
    """What `one` pays in yuan for the facts, or what its refusal says is not stated, or the reason."""
    answer = ask(_session(pays, where, on, more, made), firm(facts, **own))
    _check(answer)
    plainly = to_json(answer)
    paid = [row["amount"] for row in plainly["benefits"] if row["id"] == "one"]
    if paid:
        return paid[0]
    row = next(row for row in plainly["refused"] if row["benefit"] == "one" and row["fact"] == facts[-1]["id"])
    return row.get("unstated", row["reason"])


def _check(answer: Any) -> None:
    """The explanation reads the same tree a second time; it must come to the same amounts, in words of both languages."""
    for benefit in plain(explain(answer))["benefits"]:
        for fact in benefit["facts"]:
            assert fact["steps"]


_COMPUTED = {
    "a sum of fact and firm": ("100% of (cost + firm.grant)", {}, {"grant": "5.00"}, "105.00"),
    "a difference": ("100% of (cost - firm.grant)", {}, {"grant": "5.01"}, "94.99"),
    "a difference of the firm less the fact": ("100% of (firm.grant - cost)", {}, {"grant": "100.02"}, "0.02"),
    "a difference below zero is nothing": ("100% of (cost - firm.grant)", {}, {"grant": "100.01"}, "nothing"),
    "a product with a quantity of the firm": ("100% of (firm.factor * cost)", {}, {"factor": "1.505"}, "150.50"),
    "a product with a quantity of the fact": ("100% of (cost * area)", {"area": "0.333"}, {}, "33.30"),
    "a quotient": ("100% of (cost / firm.factor)", {}, {"factor": "3"}, "33.33"),
    "a quotient by one": ("100% of (cost / firm.factor)", {}, {"factor": "1"}, "100.00"),
    "a quotient by a count": ("100% of (firm.grant / heads)", {"heads": 7}, {"grant": "1.00"}, "0.14"),
    "a quotient by nothing": ("100% of (cost / firm.staff)", {}, {"staff": 0}, "/ 0"),
    "a field of the firm that is not stated": ("50% of firm.grant", {}, {}, "firm.grant"),
    "a field of the fact that is not stated": ("50% of extra", {}, {}, "extra"),
    "a field of the firm": ("50% of firm.grant", {}, {"grant": "0.05"}, "0.02"),
    "a rate that is a fraction": ("1/3 of cost", {}, {}, "33.33"),
    "a rate above all": ("1000% of cost", {}, {}, "1000.00"),
    "a fixed amount": ("12.34", {}, {}, "12.34"),
    "an amount in ten thousands": ("1.5万", {}, {}, "15000.00"),
    "an amount each": ("7 per 件", {}, {}, "7.00"),
    "an amount for each unit of a quantity": ("7 per ㎡ of area", {"area": "1.5"}, {}, "10.50"),
    "an amount for each of a count": ("0.33 per 人 of heads", {"heads": 3}, {}, "0.99"),
    "an amount for each of the firm's": ("2 per 人 of firm.staff", {}, {"staff": 4}, "8.00"),
    "none of a count": ("2 per 人 of firm.staff", {}, {"staff": 0}, "nothing"),
    "a raise by a rate": ("50% of cost, raised by 5%", {}, {}, "52.50"),
    "a raise by a rate of what the firm has": ("50% of firm.grant, raised by 5%", {}, {"grant": "100.00"}, "52.50"),
    "a raise by points": ("50% of cost, raised by 5 points", {}, {}, "55.00"),
    "a raise on a condition that holds": ("50% of cost, raised by 5 points if firm.local", {}, {"local": True}, "55.00"),
    "a raise on a condition that does not": ("50% of cost, raised by 5 points if firm.local", {}, {"local": False}, "50.00"),
    "a raise of what the firm has, where it holds": (
        "50% of firm.grant, raised by 5% if good",
        {"good": True},
        {"grant": "100.00"},
        "52.50",
    ),
    "a raise of what the firm has, where not": ("50% of firm.grant, raised by 5% if good", {"good": False}, {"grant": "100.00"}, "50.00"),
    "a raise on a condition that is not stated": ("50% of cost, raised by 5 points if firm.local", {}, {}, "firm.local"),
    "a raise of a raise": ("50% of cost, raised by 10%, raised by 10%", {}, {}, "60.50"),
    "by class": ("{by: level, pays: {a: 10% of cost, b: '5'}}", {"level": "a"}, {}, "10.00"),
    "by another class": ("{by: level, pays: {a: 10% of cost, b: '5'}}", {"level": "b"}, {}, "5.00"),
    "by a class that gets nothing": ("{by: level, pays: {a: 10% of cost, b: '5'}}", {"level": "c"}, {}, "nothing"),
    "by a class that is not stated": ("{by: level, pays: {a: 10% of cost, b: '5'}}", {}, {}, "level"),
    "by the firm's class, of what the firm has": (
        "{by: firm.grade, pays: {high: 10% of firm.grant}}",
        {},
        {"grade": "high", "grant": "30.00"},
        "3.00",
    ),
    "the least of several": ("{least of: [50% of cost, '60', 70% of firm.grant]}", {}, {"grant": "70.00"}, "49.00"),
    "the least of several, another": ("{least of: [50% of cost, '60', 70% of firm.grant]}", {}, {"grant": "100.00"}, "50.00"),
    "the least of several, the fixed one": ("{least of: [90% of cost, '60', 70% of firm.grant]}", {}, {"grant": "100.00"}, "60.00"),
    "progressive below": ("{progressive: cost, brackets: [{above: 0, rate: 5%}, {above: 100, rate: 7%}]}", {"cost": "99.99"}, {}, "4.99"),
    "progressive at the threshold": (
        "{progressive: cost, brackets: [{above: 0, rate: 5%}, {above: 100, rate: 7%}]}",
        {"cost": "100.00"},
        {},
        "5.00",
    ),
    "progressive above": ("{progressive: cost, brackets: [{above: 0, rate: 5%}, {above: 100, rate: 7%}]}", {"cost": "101.00"}, {}, "5.07"),
    "progressive over three": (
        "{progressive: cost, brackets: [{above: 10, rate: 5%}, {above: 100, rate: 7%}, {above: 200, rate: 1/3}]}",
        {"cost": "230.01"},
        {},
        "21.50",
    ),
    "progressive under the first": ("{progressive: cost, brackets: [{above: 10, rate: 5%}]}", {"cost": "9.00"}, {}, "nothing"),
    "progressive of what the firm has": (
        "{progressive: cost + firm.grant, brackets: [{above: 0, rate: 10%}]}",
        {},
        {"grant": "1.00"},
        "10.10",
    ),
    "progressive raised by points": (
        "{by: level, pays: {a: '50% of cost, raised by 50 points'}}",
        {"level": "a"},
        {},
        "100.00",
    ),
}


@pytest.mark.parametrize("name", list(_COMPUTED))
def test_a_shape_is_computed(name):
    """“What a Chinese support policy pays has few shapes” (design): each to the fen by hand, and what it lacks by name."""
    pays, fields, own, expected = _COMPUTED[name]
    assert _pays(pays, _project(**fields), **own) == expected


_CONDITIONS = {
    "at least": ("cost >= 100", {}, {}, True),
    "more than": ("cost > 100", {}, {}, False),
    "at most": ("cost <= 100", {}, {}, True),
    "less than": ("cost < 100", {}, {}, False),
    "exactly": ("heads == 3", {"heads": 3}, {}, True),
    "not exactly": ("heads != 3", {"heads": 3}, {}, False),
    "a number first": ("100 <= cost", {}, {}, True),
    "between": ("50 < cost <= 100", {}, {}, True),
    "beyond between": ("50 < cost < 100", {}, {}, False),
    "against the firm": ("cost > firm.grant", {}, {"grant": "99.99"}, True),
    "the firm against the fact": ("firm.grant > cost", {}, {"grant": "99.99"}, False),
    "a sum against a percentage": ("extra >= 10% * cost", {"extra": "10.00"}, {}, True),
    "a share": ("extra / cost >= 10%", {"extra": "9.99"}, {}, False),
    "one of": ("level in {a, b}", {"level": "b"}, {}, True),
    "none of": ("level in {a, b}", {"level": "c"}, {}, False),
    "one of the firm's": ("firm.grade in {high}", {}, {"grade": "high"}, True),
    "a flag": ("good", {"good": True}, {}, True),
    "a flag that does not hold": ("good", {"good": False}, {}, False),
    "not": ("not good", {"good": False}, {}, True),
    "not, of the firm": ("not firm.local", {}, {"local": True}, False),
    "and": ("good and firm.local", {"good": True}, {"local": True}, True),
    "and, the second not": ("good and firm.local", {"good": True}, {"local": False}, False),
    "or": ("good or firm.local", {"good": False}, {"local": True}, True),
    "or, neither": ("good or firm.local", {"good": False}, {"local": False}, False),
    "or, one not stated": ("good or firm.local", {}, {"local": True}, True),
    "and, one not stated and one false": ("not (good and firm.local)", {}, {"local": False}, True),
    "or, one not stated, in a not": ("not (good or firm.local)", {}, {"local": True}, False),
    "whole years since the firm's founding": ("years_since(firm.founded) < 3", {}, {"founded": "2023-06-02"}, True),
    "whole years on the day": ("years_since(firm.founded) < 3", {}, {"founded": "2023-06-01"}, False),
    "whole years since the fact's own day": ("years_since(since) >= 2", {"since": "2024-06-01"}, {}, True),
    "the fact's own date": ("date >= '2026-06-01'", {}, {}, True),
    "before a date": ("date < '2026-06-01'", {}, {}, False),
}


@pytest.mark.parametrize("name", list(_CONDITIONS))
def test_a_condition_holds_or_not(name):
    """A condition is read as it is written, on either side of its number, of the fact and of the firm."""
    where, fields, own, holds = _CONDITIONS[name]
    assert _pays("10% of cost", _project(**fields), where=where, **own) == ("10.00" if holds else "condition")


_UNSTATED = {
    "and, the other true": ("good and firm.local", {"good": True}, {}, "firm.local"),
    "or, the other false": ("good or firm.local", {}, {"local": False}, "good"),
    "or, both": ("good or firm.local", {}, {}, "good"),
    "not": ("not good", {}, {}, "good"),
    "a choice": ("level in {a}", {}, {}, "level"),
    "a share of nothing": ("extra / cost >= 10%", {"extra": "1.00", "cost": "0.00"}, {}, "/ 0"),
}


@pytest.mark.parametrize("name", list(_UNSTATED))
def test_what_is_not_stated_is_named(name):
    """“A field that the fact does not state … never counts as false or zero”: the refusal names it."""
    where, fields, own, missing = _UNSTATED[name]
    assert _pays("10% of cost", _project(**fields), where=where, **own) == missing


_ROWS = "params: {rates: table, sums: money table, share: rate, sum: money, many: number}\n"
_MADE = "params: {{rates: {{a: '2', b: 3}}, sums: {{low: '40.00'}}, share: 25%, sum: '60.00', many: '4'}}"


@pytest.mark.parametrize(
    ("pays", "fields", "own", "expected"),
    [
        ("100% of (cost * param.rates[level])", {"level": "a"}, {}, "200.00"),
        ("100% of (cost * param.rates[level])", {"level": "b"}, {}, "300.00"),
        ("100% of (cost * param.rates[level])", {"level": "c"}, {}, "c"),
        ("100% of (cost * param.rates[level])", {}, {}, "level"),
        ("100% of (cost + param.sums[firm.grade])", {}, {"grade": "low"}, "140.00"),
        ("100% of (cost + param.sums[firm.grade])", {}, {"grade": "high"}, "high"),
        ("100% of (cost + param.sums[firm.grade])", {}, {}, "firm.grade"),
        ("param.share of cost", {}, {}, "25.00"),
        ("param.sum", {}, {}, "60.00"),
        ("param.sum per 件", {}, {}, "60.00"),
        ("100% of (cost / param.many)", {}, {}, "25.00"),
    ],
)
def test_a_decided_table_is_looked_up(pays, fields, own, expected):
    """What the text leaves to the year's decisions is looked up by the fact or the firm; what a table lacks is named."""
    assert _pays(pays, _project(**fields), more=_ROWS, made=_MADE, **own) == expected


def test_last_year_of_the_same_series():
    """`previous` reads the year before, of the same site, and no other."""
    before = [
        _project("a", "2025-01-01", cost="7.00"),
        _project("b", "2024-01-01", cost="9.00"),
        _project("c", "2025-02-01", cost="8.00", site="t"),
    ]
    assert _pays("100% of previous(cost)", *before, _project(heads=1)) == "7.00"
    assert _pays("100% of previous(cost)", before[1], before[2], _project()) == "project 2025"
    assert _pays("100% of previous(cost + firm.grant)", before[0], _project(), grant="1.00") == "8.00"
    assert _pays("100% of previous(cost + firm.grant)", before[0], _project()) == "firm.grant"


def test_growth_is_of_what_last_year_had():
    """`growth` is (this year's − last year's) ÷ last year's; of nothing it cannot be said."""

    def grown(last: str, now: str, where: str = "growth(cost) >= 25%", **own: Any) -> Any:
        return _pays("10% of cost", _project("a", "2025-03-01", cost=last), _project(cost=now), where=where, **own)

    assert grown("80.00", "100.00") == "10.00"
    assert grown("80.01", "100.00") == "condition"
    assert grown("0.01", "100.00") == "10.00"
    assert grown("0.02", "100.00") == "10.00"
    assert grown("0.00", "100.00") == "/ 0"
    assert grown("80.00", "95.00", "growth(cost + firm.grant) >= 25%", grant="0.00") == "condition"
    assert grown("40.00", "95.00", "growth(cost + firm.grant) >= 25%", grant="20.00") == "9.50"
    assert _pays("10% of cost", _project(), where="growth(cost) >= 25%") == "project 2025"


def test_one_fact_a_firm_a_year():
    """A series of the firm: every earlier fact of the type counts, whatever it says."""
    assert (
        _pays("10% of sales", _year("2025-12-31", "50.00"), _year("2026-12-31", "100.00"), on="year", where="growth(sales) >= 100%")
        == "10.00"
    )
    assert (
        _pays("10% of sales", _year("2024-12-31", "50.00"), _year("2026-12-31", "100.00"), on="year", where="first(sales >= 50)")
        == "condition"
    )
    assert (
        _pays("10% of sales", _year("2024-12-31", "49.99"), _year("2026-12-31", "100.00"), on="year", where="first(sales >= 50)") == "10.00"
    )


def test_the_first_time_is_of_the_same_series():
    """首次 looks at earlier years of the same site; another site's and a later year's do not count, nor the same year's."""
    first = "first(cost >= 100)"
    other = _project("o", "2025-01-01", site="t")
    later = _project("l", "2027-01-01")
    assert _pays("10% of cost", other, later, _project(), where=first) == "10.00"
    assert _pays("10% of cost", _project("e", "2020-01-01"), _project(), where=first) == "condition"
    assert _pays("10% of cost", _project("e", "2020-01-01", cost="99.99"), _project(), where=first) == "10.00"
    assert _pays("10% of cost", _project("e", "2020-01-01"), _project(), where="first(cost >= firm.grant)", grant="100.01") == "condition"
    assert (
        _pays("10% of cost", _project("e", "2020-01-01"), _project(cost="200.00"), where="first(cost >= firm.grant)", grant="100.01")
        == "20.00"
    )


_LADDER = "{ladder: cost, steps: {10: 1, 100: 3, over 1000: 8}}"
_DIFFERENCE = "{ladder: cost, steps: {10: 1, 100: 3, over 1000: 8}, difference: yes}"
_BY_FIRM = "{ladder: cost + firm.grant, steps: {10: 1, 100: 3}, difference: yes}"


@pytest.mark.parametrize(
    ("pays", "before", "now", "own", "expected"),
    [
        (_LADDER, None, "9.99", {}, "nothing"),
        (_LADDER, None, "10.00", {}, "1.00"),
        (_LADDER, None, "99.99", {}, "1.00"),
        (_LADDER, None, "100.00", {}, "3.00"),
        (_LADDER, None, "1000.00", {}, "3.00"),
        (_LADDER, None, "1000.01", {}, "8.00"),
        (_LADDER, "10.00", "100.00", {}, "3.00"),
        (_LADDER, "100.00", "100.00", {}, "nothing"),
        (_LADDER, "9.99", "10.00", {}, "1.00"),
        (_DIFFERENCE, "10.00", "100.00", {}, "2.00"),
        (_DIFFERENCE, "100.00", "1000.01", {}, "5.00"),
        (_DIFFERENCE, "9.99", "1000.01", {}, "8.00"),
        (_DIFFERENCE, "1000.01", "100.00", {}, "nothing"),
        (_BY_FIRM, "5.00", "95.00", {"grant": "5.00"}, "2.00"),
        (_BY_FIRM, "4.00", "95.00", {"grant": "5.00"}, "3.00"),
        (_BY_FIRM, None, "95.00", {}, "firm.grant"),
    ],
)  # fmt: skip
def test_a_ladder(pays, before, now, own, expected):
    """The highest step reached for the first time; with `difference`, less what the highest step reached before gives."""
    earlier = [_project("e", "2025-01-01", cost=before)] if before else []
    assert _pays(pays, *earlier, _project(cost=now), **own) == expected


def test_a_ladder_is_of_its_own_series():
    """What another site reached before takes nothing off."""
    other = _project("o", "2025-01-01", cost="100.00", site="t")
    assert _pays(_LADDER, other, _project(cost="100.00")) == "3.00"
    assert _pays(_DIFFERENCE, other, _project(cost="100.00")) == "3.00"


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        (None, "a", "1.00"),
        (None, "b", "3.00"),
        (None, "c", "nothing"),
        ("a", "b", "2.00"),
        ("b", "b", "nothing"),
        ("c", "a", "1.00"),
        ("b", "a", "nothing"),
    ],
)
def test_a_ladder_of_classes(before, now, expected):
    """晋级差额: from one class to the next only the difference; a class that is no step has reached none."""
    earlier = [_project("e", "2025-01-01", level=before)] if before else []
    assert _pays("{ladder: level, steps: {a: 1, b: 3}, difference: yes}", *earlier, _project(level=now)) == expected


def test_a_ladder_of_the_firms_class():
    """A ladder may stand on a choice of the firm."""
    assert _pays("{ladder: firm.grade, steps: {low: 1, high: 3}}", _project(), grade="high") == "3.00"


def _under(pays: str, where: str = "") -> str:
    """A benefit `under` that `one` is an uplift on."""
    condition = f"where: {where}\n" if where else ""
    return f"乙。\n```benefit under\ntitle: {{zh: 乙, en: under}}\non: project\npays: {pays}\n{condition}PARAMSbeside: one\n```\nLAST"


def _uplift(pays: str, under: str, *facts: dict, where: str = "", made: str = "", params: str = "", **own: Any) -> Any:
    more = _under(under, where).replace("PARAMS", params)
    block = pays + "\nbeside: under"
    return _pays(block, *facts, more=more, made=made, **own)


@pytest.mark.parametrize(
    ("pays", "under", "where", "fields", "own", "expected"),
    [
        ("10% on under", "50% of cost", "", {}, {}, "5.00"),
        ("10 points on under", "50% of cost", "", {}, {}, "10.00"),
        ("10% on under", "50% of firm.grant", "", {}, {"grant": "10.00"}, "0.50"),
        ("10 points on under", "50% of firm.grant", "", {}, {"grant": "10.00"}, "1.00"),
        ("10% on under", "50% of cost", "good", {"good": True}, {}, "5.00"),
        ("10% on under", "50% of cost", "good", {"good": False}, {}, "nothing"),
        ("10% on under", "50% of cost", "firm.local", {}, {"local": True}, "5.00"),
        ("10% on under", "50% of cost", "good", {}, {}, "good"),
        ("10% on under", "50% of extra", "", {}, {}, "extra"),
        ("{by: level, pays: {a: 10% on under}}", "50% of cost", "", {"level": "a"}, {}, "5.00"),
        ("{least of: [10% on under, '4']}", "50% of cost", "", {}, {}, "4.00"),
        ("{least of: [10% on under, '6']}", "50% of cost", "", {}, {}, "5.00"),
        ("10% on under, raised by 100%", "50% of cost", "", {}, {}, "10.00"),
        ("10% on under, raised by 100% if good", "50% of cost", "", {"good": False}, {}, "5.00"),
    ],
)
def test_an_uplift(pays, under, where, fields, own, expected):
    """加奖: a further award on what another benefit gives for the same fact, a rate of it or points more on its rates."""
    assert _uplift(pays, under, _project(**fields), where=where, **own) == expected


def test_an_uplift_waits_for_what_its_benefit_lacks():
    """Where the other benefit is not decided, its uplift names what is missing."""
    params = "params: {share: rate}\n"
    assert _uplift("10% on under", "param.share of cost", _project(), params=params) == "share"
    assert _uplift("10% on under", "param.share of cost", _project(), params=params, made="params: {{share: 50%}}") == "5.00"


def test_an_uplift_on_an_uplift():
    """A chain of further awards, each on the one before."""
    more = (
        "乙。\n```benefit under\ntitle: {zh: 乙, en: under}\non: project\npays: 50% of cost\nbeside: [two, one]\n```\n"
        "丙。\n```benefit two\ntitle: {zh: 丙, en: two}\non: project\npays: 10% on under\nbeside: [under, one]\n```\nLAST"
    )
    assert _pays("10% on two\nbeside: [under, two]", _project(), more=more) == "0.50"


def _title(kind: str, date: str) -> dict:
    return {"id": f"t{date}", "type": "title", "date": date, "kind": kind}


@pytest.mark.parametrize(
    ("titles", "holds"),
    [
        ([("gold", "2026-06-01")], True), ([("gold", "2020-01-01")], True), ([("gold", "2026-06-02")], False),
        ([("silver", "2020-01-01")], False),
        ([("silver", "2020-01-01"), ("gold", "2021-01-01")], True), ([], False),
    ],
)  # fmt: skip
def test_a_title_held_on_the_day(titles, holds):
    """`holds(…)`: the firm has one of these titles on the date of the fact, that day included."""
    facts = [_title(kind, date) for kind, date in titles]
    assert _pays("10% of cost", *facts, _project(), where="holds(gold)") == ("10.00" if holds else "condition")
    assert _pays("10% of cost", *facts, _project(), where="holds(gold, silver)") == (
        "10.00" if any(date <= "2026-06-01" for _, date in titles) else "condition"
    )


@pytest.mark.parametrize(
    ("limit", "fields", "own", "expected"),
    [
        ("40 per item", {}, {}, "40.00"),
        ("30% of cost per item", {}, {}, "30.00"),
        ("1/3 of cost per item", {"cost": "0.05"}, {}, "0.01"),
        ("30% of firm.grant per item", {}, {"grant": "1.00"}, "0.30"),
        ("40 per item if good", {"good": True}, {}, "40.00"),
        ("40 per item if good", {"good": False}, {}, "50.00"),
        ("40 per item if firm.local", {}, {"local": True}, "40.00"),
        ("30% of extra per item", {}, {}, "extra"),
        ("40 per firm per year", {}, {}, "40.00"),
        ("40 per firm for life", {}, {}, "40.00"),
        ("40 per site per year", {}, {}, "40.00"),
        ("40 per firm per year if good", {"good": True}, {}, "40.00"),
        ("40 per firm per year if good", {"good": False}, {}, "50.00"),
        ("40 per firm per year if firm.local", {}, {"local": True}, "40.00"),
        ("60 per item", {}, {}, "50.00"),
        ("50 per firm per year", {}, {}, "50.00"),
    ],
)
def test_a_limit(limit, fields, own, expected):
    """A limit per item, firm or value of a field, in a year or for life, a sum or a share of a base, for all facts or for some."""
    cost = fields.get("cost", "100.00")
    pays = "50% of cost" if cost == "100.00" else "100% of cost"
    assert _pays(pays, _project(**fields), more=f"limit: {limit}\n", **own) == expected


def test_a_limit_is_for_each_value_of_its_field():
    """A limit a site: two sites have one each; two projects of one site share one, the earlier first."""
    facts = [_project("a", "2026-01-01"), _project("c", "2026-02-01", site="t")]
    answer = to_json(ask(_session("50% of cost", "", "project", "limit: 40 per site per year\n", ""), firm(facts)))
    assert [(fact["id"], fact["amount"]) for fact in answer["benefits"][0]["facts"]] == [("a", "40.00"), ("c", "40.00")]


def test_a_fact_that_lacks_the_field_does_not_hide_where_support_counts(tmp_path):
    """Support received counts in the groups that facts show it in, or in all where none does: a title on the same matter, which has no
    such field, shows nothing."""
    facts = """
facts:
  spend:
    name: {zh: 支出, en: spending}
    fields:
      paid: {kind: money, zh: 金额, en: amount paid}
      group: {kind: text, zh: 组, en: group}
  prize:
    name: {zh: 奖项, en: prize}
    fields: {}
"""
    blocks = "甲。\n```benefit p1\ntitle: {zh: 甲, en: p1}\non: spend\npays: 100% of paid\nlimit: 100 per group per year\n```\n"
    policy = Policy.load(write_policy(tmp_path, "p", blocks, facts))
    spent = {"id": "f1", "type": "spend", "date": "2026-03-01", "paid": "100.00", "group": "g", "matter": "b"}
    prize = {"id": "f2", "type": "prize", "date": "2026-03-01", "matter": "a"}
    taken = [got("p1", "a", "60.00")]
    assert total(policy, firm([spent], taken)) == "40.00"
    assert total(policy, firm([spent, prize], taken)) == "40.00"
