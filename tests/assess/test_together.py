"""Policies, decisions and limits put together: what must not depend on order, on what is left out, or on who computes."""

from __future__ import annotations

from pathlib import Path

import pytest

from chaoce import Answer, Decisions, Faults, Policy, assess, explain, prepare, to_json
from chaoce.marked import read_marked
from chaoce.policy.decisions import read_decisions

ENTERPRISE = {"uscc": "91330481MA2TEKT025", "name": "海宁某智能科技有限公司", "industry": "C3962", "division": "330481"}
FACTS = """facts:
  spend:
    name: {zh: 支出, en: spending}
    fields:
      paid: {kind: money, zh: 金额, en: amount}
      site: {kind: choice, of: {north: {zh: 北, en: north}, south: {zh: 南, en: south}}, optional: yes, zh: 地点, en: site}
      local: {kind: flag, optional: yes, zh: 本地, en: local}
"""


def decisions(text: str) -> Decisions:
    return read_decisions(read_marked(text, "decisions.yaml"))


def policy(folder: Path, *benefits: str, name: str = "p") -> Policy:
    folder.mkdir(exist_ok=True)
    blocks = "".join(f"甲。\n```benefit {body}\n```\n" for body in benefits)
    head = f"策\n```policy {name}\ntitle: {{zh: 策, en: policy}}\ntext: restated\n```\n"
    (folder / "policy.md").write_text(f"{head}{blocks}末。\n```term\nfrom: 2026-01-01\n```\n", encoding="utf-8")
    (folder / "facts.yaml").write_text(FACTS, encoding="utf-8")
    return Policy.load(folder)


def spent(policies: Policy | list[Policy], *facts: dict, received: tuple[dict, ...] = ()) -> Answer:
    rows = [{"id": f"f{n}", "type": "spend", "date": f"2026-01-{n:02d}", **fact} for n, fact in enumerate(facts, 1)]
    return assess({"enterprise": ENTERPRISE, "facts": rows, "received": list(received)}, policies, 2026)


HALF = "half\ntitle: {zh: 半, en: half}\non: spend\npays: 50% of paid\n"


def test_one_policy_is_given_once(tmp_path: Path) -> None:
    """One matter is paid once: a policy given twice is refused, whoever calls."""
    plan = policy(tmp_path, HALF)
    with pytest.raises(Faults) as caught:
        spent([plan, plan], {"paid": "100.00"})
    assert [fault.code for fault in caught.value.faults] == ["policy.twice"]


def test_the_order_of_decisions_makes_no_difference() -> None:
    """A standard that names a rule of another policy finds that rule decided, in whatever order the files come."""
    both = [Policy.load("haining-ai-2026"), Policy.load("haining-manufacturing-2025")]
    standard = decisions("year: 2026\nstandards: {strategic_emerging: {policy: haining-manufacturing-2025, benefit: equipment}}")
    rates = decisions("year: 2026\nrates: {equipment: [4%, 5%, 6%]}")
    fact = {"id": "i", "type": "investment_project", "date": "2026-03-01", "productive_investment": "60000000.00", "ai_field": True}
    firm = {"enterprise": ENTERPRISE, "facts": [fact]}
    # 10,000,000 × 4% + 40,000,000 × 5% + 10,000,000 × 6% = 3,000,000; × 1.05
    answers = [assess(firm, both, 2026, order) for order in ([standard, rates], [rates, standard])]
    assert [answer.total for answer in answers] == [315_000_000, 315_000_000]
    assert to_json(answers[0]) == to_json(answers[1])


def test_a_borrowed_standard_says_where_it_is_from() -> None:
    """A policy known only as a restatement shows on every answer, also where another one builds on it."""
    standard = decisions("year: 2026\nstandards: {strategic_emerging: {policy: haining-manufacturing-2025, benefit: equipment}}")
    fact = {"id": "i", "type": "investment_project", "date": "2026-03-01", "productive_investment": "30000000.00", "ai_field": True}
    answer = assess({"enterprise": ENTERPRISE, "facts": [fact]}, Policy.load("haining-ai-2026"), 2026, standard)
    assert to_json(answer)["restated"] == ["haining-manufacturing-2025"]
    assert any("haining-manufacturing-2025" in note.zh and "上限" in note.zh for note in explain(answer)["benefits"][0]["notes"])


def test_decisions_mark_only_what_they_touch() -> None:
    """What is said to be decided was decided: a policy that a file does not touch is not marked."""
    both = [Policy.load("haining-ai-2026"), Policy.load("haining-manufacturing-2025")]
    session = prepare(both, 2026, [decisions('year: 2026\nrates: {compute-purchase: "30%"}')])
    assert [policy.decided_year for policy in session.policies] == [2026, None]


@pytest.mark.parametrize(("local", "total"), [(True, 10_000), (False, 100_000), (None, 0)])
def test_a_limit_that_may_hold_is_not_taken_to_be_absent(tmp_path: Path, local: bool | None, total: int) -> None:
    """What is not stated never counts as false: a condition on a limit asks for its field like any other."""
    plan = policy(tmp_path, HALF + "limit: 100 per firm per year if local\n")
    answer = spent(plan, {"paid": "2000.00"} | ({} if local is None else {"local": local}))
    assert answer.total == total
    if local is None:
        assert [(refusal.reason, refusal.names) for refusal in answer.refused] == [("condition", ("local",))]


@pytest.mark.parametrize(
    ("matter", "north", "south"),
    [("f1", 0, 100_00), ("f2", 100_00, 0), ("elsewhere", 0, 0)],
    ids=["where its matter is", "at the other", "everywhere if no fact shows where"],
)
def test_support_received_counts_in_a_limit_a_field(tmp_path: Path, matter: str, north: int, south: int) -> None:
    """“It also counts against its benefit's yearly limit”, for a limit a site at the site that it was for."""
    plan = policy(tmp_path, HALF + "limit: 100 per site per year\n")
    received = {"benefit": "half", "matter": matter, "date": "2026-01-01", "amount": "100.00"}
    facts = ({"paid": "1000.00", "site": "north"}, {"paid": "1000.00", "site": "south"})
    answer = spent(plan, *facts, received=(received,))
    assert {paid.fact.values["site"]: paid.amount for e in answer.benefits for paid in e.paid} == {
        site: amount for site, amount in (("north", north), ("south", south)) if amount
    }


def test_an_uplift_on_a_ceiling_is_a_ceiling(tmp_path: Path) -> None:
    """A ceiling is not a promise: what is reckoned on a ceiling is one too."""
    base = "base\ntitle: {zh: 基, en: base}\non: spend\npays: at most 50% of paid\n"
    more = "more\ntitle: {zh: 加, en: more}\non: spend\npays: 10% on base\nbeside: base\n"
    answer = spent(policy(tmp_path, base, more), {"paid": "1000.00"})
    assert [(entitlement.id, entitlement.amount, entitlement.ceiling) for entitlement in answer.benefits] == [
        ("base", 50_000, True),
        ("more", 5_000, True),
    ]
    assert explain(answer)["promised"] == "0.00"


def test_the_limit_that_held_is_named(tmp_path: Path) -> None:
    """“the limit that bound”: of two limits, one in the other, the one that ran out."""
    one = "one\ntitle: {zh: 甲, en: one}\non: spend\nwhere: site == north\npays: 100% of paid\nlimit: 500 per firm per year\n"
    other = "other\ntitle: {zh: 乙, en: other}\non: spend\nwhere: site == south\npays: 100% of paid\n"
    policy(tmp_path, one, other)
    text = (tmp_path / "policy.md").read_text(encoding="utf-8")
    shared = "合。\n```limit both\nlimit: 600 per firm per year\nover: [one, other]\n```\n末。"
    (tmp_path / "policy.md").write_text(text.replace("末。", shared), encoding="utf-8")
    answer = spent(Policy.load(tmp_path), {"paid": "400.00", "site": "south"}, {"paid": "450.00", "site": "north"})
    steps = [step.en for e in explain(answer)["benefits"] for fact in e["facts"] for step in fact["steps"]]
    assert [step for step in steps if "held" in step] == ["held by the limit of 600.00 yuan a firm a year: counts 200.00 yuan"]


def test_a_miss_by_a_margin_is_said_even_where_the_fact_is_paid() -> None:
    """Every “no” says by how much it missed: another policy's payment does not hide it."""
    both = [Policy.load("haining-ai-2026"), Policy.load("haining-manufacturing-2025")]
    project = {"productive_investment": "19999999.00", "ai_field": True, "equipment": "16000000.00"}
    fact = {"id": "i", "type": "investment_project", "date": "2026-03-01", **project}
    row = to_json(assess({"enterprise": ENTERPRISE, "facts": [fact]}, both, 2026))
    assert [(r["benefit"], r.get("margin")) for r in row["refused"] if r["reason"] == "condition"] == [("ai-investment", "1.00")]


def test_under_the_other_reading_no_proof_is_claimed(tmp_path: Path) -> None:
    """“optimal: true with proof; else `bound` is the proven upper bound of the total”, also where the reading does not seek it."""
    one = "one\ntitle: {zh: 甲, en: one}\non: spend\npays: 100% of paid\nlimit: 100 per firm per year\n"
    other = "other\ntitle: {zh: 乙, en: other}\non: spend\npays: 60% of paid\n"
    policy(tmp_path, one, other)
    text = (tmp_path / "policy.md").read_text(encoding="utf-8")
    (tmp_path / "policy.md").write_text(text.replace("text: restated", "text: restated\nchoice: largest first"), encoding="utf-8")
    answer = spent(Policy.load(tmp_path), {"paid": "100.00"}, {"paid": "100.00"})
    assert (answer.total, answer.bound, answer.optimal) == (10_000, 16_000, False)


def test_a_file_of_many_firms_is_not_answered_for_the_first(tmp_path: Path) -> None:
    """Nothing is lost: a file of two firms is no file of one."""
    row = '{"enterprise": {"uscc": "91330481MA2TEKT025", "name": "甲", "industry": "C3962", "division": "330481"}, "facts": []}\n'
    (tmp_path / "firms.jsonl").write_text(row * 2, encoding="utf-8")
    with pytest.raises(Faults) as caught:
        assess(tmp_path / "firms.jsonl", Policy.load("haining-ai-2026"), 2026)
    assert [(fault.code, fault.line) for fault in caught.value.faults] == [("api.several", 2)]


def test_first_over_growth(tmp_path: Path) -> None:
    """首次: the first year of a series has no growth, so it did not reach it."""
    facts = "facts:\n  year:\n    name: {zh: 年, en: year}\n    series: firm\n    fields:\n      sales: {kind: money, zh: 额, en: sales}\n"
    tmp_path.joinpath("facts.yaml").write_text(facts, encoding="utf-8")
    block = "```benefit grow\ntitle: {zh: 增, en: grow}\non: year\nwhere: first(growth(sales) >= 50%)\npays: 5万\n```\n"
    head = "策\n```policy p\ntitle: {zh: 策, en: p}\ntext: restated\n```\n"
    tmp_path.joinpath("policy.md").write_text(f"{head}甲。\n{block}末。\n```term\nfrom: 2020-01-01\n```\n", encoding="utf-8")
    rows = [("2024", "100.00"), ("2025", "120.00"), ("2026", "180.00")]
    years = [{"id": year, "type": "year", "date": f"{year}-12-31", "sales": sales} for year, sales in rows]
    assert assess({"enterprise": ENTERPRISE, "facts": years}, Policy.load(tmp_path), 2026).total == 5_000_000


def paid(answer: Answer) -> dict[tuple[str, str], int]:
    return {(entitlement.id, row.fact.id): row.amount for entitlement in answer.benefits for row in entitlement.paid}


def test_what_is_paid_once_does_not_take_what_stands_beside_it(tmp_path: Path) -> None:
    """从优: a benefit paid once a firm is claimed for one fact; the other benefit beside it is still claimed for both."""
    once = "a\ntitle: {zh: 甲, en: a}\non: spend\npays: 100\nonce: firm\nbeside: b\n"
    more = "b\ntitle: {zh: 乙, en: b}\non: spend\npays: 50% of paid\nbeside: a\n"
    answer = spent(policy(tmp_path, once, more), {"paid": "1000.00"}, {"paid": "1000.00"})
    assert (answer.total, answer.optimal) == (110_000, True)
    assert paid(answer) == {("a", "f1"): 10_000, ("b", "f1"): 50_000, ("b", "f2"): 50_000}
    assert [(r.fact.id, r.line.benefit.id, r.reason) for r in answer.refused] == [("f2", "a", "once")]


def test_a_part_that_its_limit_leaves_nothing_does_not_use_up_the_shared_limit(tmp_path: Path) -> None:
    """从优: of two benefits under one limit an item, the one whose own limit is full is not claimed at the other's cost."""
    one = "a\ntitle: {zh: 甲, en: a}\non: spend\npays: 80\nlimit: 80 per firm per year\nbeside: b\n"
    two = "b\ntitle: {zh: 乙, en: b}\non: spend\npays: 80\nbeside: a\n"
    policy(tmp_path, one, two)
    text = (tmp_path / "policy.md").read_text(encoding="utf-8")
    shared = "合。\n```limit both\nlimit: 100 per item\nover: [a, b]\n```\n末。"
    (tmp_path / "policy.md").write_text(text.replace("末。", shared), encoding="utf-8")
    answer = spent(Policy.load(tmp_path), {"paid": "1.00"}, {"paid": "1.00"})
    assert (answer.total, answer.optimal) == (18_000, True)
    before = {"benefit": "a", "matter": "x", "date": "2026-01-01", "amount": "80.00"}
    assert spent(Policy.load(tmp_path), {"paid": "1.00"}, received=(before,)).total == 8_000


@pytest.mark.parametrize("matter", ["m ", " m", "m\u200b", "m#01", "m# 1"])
def test_one_matter_is_written_one_way(matter: str) -> None:
    """One matter is paid once: what would make two of one for the eye is a fault."""
    fact = {"id": "c", "type": "data_ip_certificate", "date": "2026-03-01", "number": "N1", "matter": matter}
    with pytest.raises(Faults) as caught:
        assess({"enterprise": ENTERPRISE, "facts": [fact]}, Policy.load("haining-ai-2026"), 2026)
    assert [fault.code for fault in caught.value.faults] == ["matter"]


def test_one_product_is_written_one_way() -> None:
    """“once a product”: a blank at the end does not make another product."""
    row = {"type": "data_product_year", "date": "2026-12-31", "registered": True, "sales": "5000000.00"}
    facts = [{"id": "a", "product": "潮数", **row}, {"id": "b", "product": "潮数 ", **row}]
    with pytest.raises(Faults) as caught:
        assess({"enterprise": ENTERPRISE, "facts": facts}, Policy.load("haining-ai-2026"), 2026)
    assert [(fault.code, fault.fact, fault.key) for fault in caught.value.faults] == [("shape", "b", "product")]
