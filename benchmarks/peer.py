"""OpenFisca beside chaoce: its environment, its figures, and firm by firm whether it pays the same."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import venv
from pathlib import Path

import firms
import ours
from measure import Time, in_process, process

from chaoce.facts.reading import decode, sources
from chaoce.money import format_yuan

HERE = Path(__file__).resolve().parent / "openfisca"

#: Amounts that show what 32 bits make of money: (fact type, field, yuan, further fields).
_INVESTMENT = {"type": "investment_project", "ai_field": True}
_COMPUTE = {"type": "compute_purchase", "resource": "intelligent", "purpose": "model_training"}
_SCENARIO = {"type": "scenario_project", "built_by": "enterprise", "selected": True}
_AMOUNTS = (
    (_INVESTMENT, "productive_investment", "19999999.00"),
    (_INVESTMENT, "productive_investment", "19999999.99"),
    (_INVESTMENT, "productive_investment", "20000000.01"),
    (_INVESTMENT, "productive_investment", "123456789.01"),
    (_COMPUTE, "paid", "987654.31"),
    (_SCENARIO, "investment", "3333333.33"),
)


def environment(root: Path, name: str = "openfisca") -> Path | None:
    """The interpreter of a peer's own environment, made on demand; None (with a word why) where it cannot be made."""
    folder = root / name
    requirements = HERE.parent / name / "requirements.txt"
    python = folder / "bin" / "python"
    mark = folder / "made-from"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if python.exists() and mark.is_file() and mark.read_text() == wanted:
        return python
    print(f"making the environment of {name} (once) …", file=sys.stderr)
    try:
        venv.create(folder, with_pip=True, clear=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", requirements]
        subprocess.run(install, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except subprocess.CalledProcessError as failed:
        print(f"{name} could not be installed, its side is left out: {failed.stderr.decode()[-300:]}", file=sys.stderr)
        return None
    mark.write_text(wanted)
    return python


def compare(python: Path, ready, inputs: Path, plain: Path, decisions: Path, samples: int) -> dict:
    """One firm and many firms on both sides, with the same facts: no matter twice, nothing received."""
    one = inputs / "one-plain.json"
    raw = firms.typical(plain=True)
    one.write_text(json.dumps(raw, ensure_ascii=False), encoding="utf-8")
    few = max(3, samples // 4)
    theirs = _peer(python, "measure", plain, "--one", str(one), "--repeats", str(samples * 2))
    rows = [json.loads(line) for line in plain.read_text(encoding="utf-8").splitlines()]
    read = [ready.read(row) for row in rows]
    assessor, year = ready.assessor, ready.year
    firm = ready.read(raw)
    mine: dict[str, Time] = {
        "one": in_process(lambda: assessor.assess(ready.read(raw), year, readings=False), samples),
        "one_calculate": in_process(lambda: assessor.assess(firm, year, readings=False), samples),
        "many_read": in_process(lambda: [ready.read(decode(s.text, s.file, s.line)) for s in sources(plain)], 3),
        "many_calculate": in_process(lambda: [assessor.assess(firm, year, readings=False) for firm in read], 3),
        "many_process": process(ours.assess_command(plain, decisions), few),
    }
    many_process = process([python, HERE / "run.py", "answers", plain], few)
    found = _peer(python, "answers", plain)
    return {
        "versions": theirs.pop("versions"),
        "ours": {name: value.plain() for name, value in mine.items()},
        "theirs": {
            **{name: value for name, value in theirs.items() if name != "one_amounts"},
            "many_process": many_process.plain(),
        },
        "one_wrong": _wrong_of_one(ready, raw, theirs["one_amounts"]),
        "agreement": agreement([assessor.assess(firm, year, readings=False) for firm in read], found),
        "amounts": amounts(python, ready, inputs),
    }


def agreement(answers: list, found: dict) -> dict:
    """How many firms are paid the same to the fen, when what OpenFisca gives is rounded to the nearest fen."""
    wrong_firms = wrong_payments = payments = wrong_totals = a_yuan = 0
    largest = 0
    for place, answer in enumerate(answers):
        assert found["firms"][place] == answer.firm.uscc
        right = {benefit.id: benefit.amount for benefit in answer.benefits}
        misses = []
        for name, values in found["amounts"].items():
            theirs = round(values[place] * 100)
            mine = answer.total if name == "total" else right.get(name, 0)
            if name == "total":
                wrong_totals += theirs != mine
            else:
                payments += mine > 0
                wrong_payments += theirs != mine
                misses.append(abs(theirs - mine))
        worst = max(misses)
        wrong_firms += worst > 0
        a_yuan += worst >= 100
        largest = max(largest, worst)
    return {
        "firms": len(answers),
        "paid_something": sum(answer.total > 0 for answer in answers),
        "wrong_firms": wrong_firms,
        "wrong_totals": wrong_totals,
        "payments": payments,
        "wrong_payments": wrong_payments,
        "wrong_by_a_yuan": a_yuan,
        "largest_miss": format_yuan(largest),
    }


def _wrong_of_one(ready, raw: dict, theirs: dict) -> list[dict]:
    answer = ready.assess(ready.read(raw))
    right = {**{benefit.id: benefit.amount for benefit in answer.benefits}, "total": answer.total}
    return [
        {"benefit": name, "ours": format_yuan(right.get(name, 0)), "theirs": f"{value:.2f}"}
        for name, value in theirs.items()
        if round(value * 100) != right.get(name, 0)
    ]


def amounts(python: Path, ready, inputs: Path) -> list[dict]:
    """What both sides pay on single amounts."""
    file = inputs / "amounts.jsonl"
    enterprise = firms.typical()["enterprise"]
    rows = []
    for place, (fixed, field, yuan) in enumerate(_AMOUNTS):
        rows.append({"enterprise": enterprise, "facts": [{"id": f"a{place}", "date": f"{firms.YEAR}-06-30", **fixed, field: yuan}]})
    firms.write_jsonl(file, iter(rows))
    theirs = _peer(python, "amounts", file)
    return [
        {
            "field": field,
            "amount": yuan,
            "stored": f"{their['stored']:.4f}",
            "theirs": f"{their['paid']:.2f}",
            "ours": format_yuan(ready.assess(ready.read(row)).total),
        }
        for (_, field, yuan), row, their in zip(_AMOUNTS, rows, theirs, strict=True)
    ]


def _peer(python: Path, task: str, file: Path, *options: str):
    done = subprocess.run([python, HERE / "run.py", task, file, *options], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)
