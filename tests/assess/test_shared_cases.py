"""The answers that everyone shares: the contract's example and the 150 cases."""

from __future__ import annotations

import json

import pytest

from core_kit import CASES, alone, amounts, chaoce, run, write_firms

_CASES = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]

_FIRST = {
    "enterprise": {"uscc": "91330481MA2TEKT025", "name": "海宁某智能科技有限公司", "industry": "C3962", "division": "330481"},
    "facts": [
        {
            "id": "p1", "type": "compute_purchase", "date": "2026-03-18", "paid": "820000.00",
            "resource": "intelligent", "purpose": "model_training", "matter": "invoice:26332000000447829611#1",
        },
        {"id": "r1", "type": "recognition", "date": "2026-06-01", "title": "ai_benchmark_enterprise", "level": "national"},
    ],
    "received": [
        {
            "benefit": "provincial-application-award", "matter": "recognition:ai_benchmark_enterprise",
            "date": "2026-02-01", "amount": "200000.00",
        }
    ],
}  # fmt: skip

_FIRST_ANSWER = """{"uscc": "91330481MA2TEKT025", "policies": ["haining-ai-2026"], "year": 2026, "total": "710000.00",
 "benefits": [
   {"id": "compute-purchase", "policy": "haining-ai-2026", "clause": "三(一)", "amount": "410000.00", "ceiling": true,
    "facts": [{"id": "p1", "amount": "410000.00"}]},
   {"id": "national-application-award", "policy": "haining-ai-2026", "clause": "三(五)", "amount": "300000.00", "ceiling": true,
    "facts": [{"id": "r1", "amount": "300000.00"}]}],
 "refused": [], "readings": [], "optimal": true}"""


def test_there_are_150_cases():
    """“150 invented firms with their right answers” (contract, section 5)."""
    assert len(_CASES) == 150
    assert {case["decisions"] for case in _CASES} == {"none", "standard", "decided"}


@pytest.mark.parametrize("case", _CASES, ids=[f"case-{number}" for number in range(1, len(_CASES) + 1)])
def test_a_shared_case_comes_out(case):
    """Every shared case has its total and its benefits, with proof: “`optimal`: true with proof” (contract, section 3)."""
    answer = run(alone(case["decisions"], case["year"]), case["firm"])
    assert answer["total"] == case["total"]
    assert amounts(answer) == case["benefits"]
    assert answer["optimal"] is True and "bound" not in answer


def test_the_contracts_example_gives_exactly_the_contracts_answer(tmp_path):
    """“`chaoce assess FILE --year 2026 --json` prints one object a firm … For the file above” (contract, section 3): the very bytes."""
    done = chaoce("assess", write_firms(tmp_path / "firm.json", _FIRST), "--year", "2026", "--json")
    assert (done.status, done.err) == (0, "")
    assert done.out == json.dumps(json.loads(_FIRST_ANSWER), ensure_ascii=False) + "\n"


def test_all_cases_of_one_decision_go_through_one_jsonl(tmp_path):
    """“one object a firm (one a line for `.jsonl`, in the order of the input)” (contract, section 3)."""
    cases = [case for case in _CASES if case["decisions"] == "none" and case["year"] == 2026]
    done = chaoce("assess", write_firms(tmp_path / "firms.jsonl", *[case["firm"] for case in cases]), "--year", "2026", "--json")
    answers = [json.loads(line) for line in done.out.splitlines()]
    assert [answer["uscc"] for answer in answers] == [case["firm"]["enterprise"]["uscc"] for case in cases]
    assert [answer["total"] for answer in answers] == [case["total"] for case in cases]
