"""Invented firms with the facts of Haining's AI plan: the same seed gives the same firms, byte for byte."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path

from chaoce.facts.uscc import ALPHABET, check_character

YEAR = 2026
SEED = 20260105

#: The standard that 三(四) builds on; without it that benefit is not computed.
DECISIONS = """\
year: 2026
standards:
  strategic_emerging:
    brackets: [{above: "0", rate: "5%"}, {above: "10000000", rate: "7%"}, {above: "50000000", rate: "9%"}]
"""

_ONCE_TITLES = (
    ("generative_ai_filing", ("national",)),
    ("ai_application_scenario", ("national", "provincial", "municipal")),
    ("ai_benchmark_enterprise", ("national", "provincial", "municipal")),
    ("ai_service_provider", ("national", "provincial", "municipal")),
    ("digital_excellent_product", ("national", "provincial", "municipal")),
    ("intelligent_cloud_enterprise", ("provincial", "municipal")),
    ("big_data_demonstration", ("provincial", "municipal")),
    ("zhejiang_digital_merchant", ("provincial",)),
    ("dcmm_pilot", ("provincial", "municipal")),
    ("cdo_pilot", ("provincial", "municipal")),
)
_BILL = "invoice:26332000000447829611"
_PURPOSES = ("product_development", "algorithm_design", "model_training", "product_validation", "application", "other")
_INDUSTRIES = ("C3962", "C3911", "C3569", "I6513", "I6550", "F5179", "M7320")


def typical(*, plain: bool = False) -> dict:
    """A manufacturer with twelve facts: several benefits, one invoice claimed twice, one award already received in part.

    The plain one has its facts without that invoice's second claim and without what was received.
    """
    firm = {
        "enterprise": {"uscc": _uscc("MA2TEKT02"), "name": "海宁某智能科技有限公司", "industry": "C3962", "division": "330481"},
        "facts": [
            _fact("p1", "compute_purchase", "2026-02-18", paid="286400.50", resource="intelligent", purpose="model_training"),
            _fact("p2", "compute_purchase", "2026-05-07", paid="413250.00", resource="super", purpose="application", matter=_BILL + "#1"),
            _fact("p3", "compute_purchase", "2026-09-30", paid="96120.75", resource="other", purpose="application"),
            _fact("c1", "ai_cooperation", "2026-05-07", paid="688000.00", matter=_BILL),
            _fact("c2", "ai_cooperation", "2026-10-12", paid="1250000.33"),
            _fact("s1", "scenario_project", "2026-07-01", investment="2864000.00", built_by="enterprise", selected=True, rank=4),
            _fact("r1", "recognition", "2026-06-01", title="ai_benchmark_enterprise", level="national"),
            _fact("r2", "recognition", "2026-08-15", title="dcmm_pilot", level="provincial"),
            _fact("d1", "data_product_year", "2026-12-31", product="纺织纹样数据集", registered=True, sales="3680000.00"),
            _fact("k1", "data_ip_certificate", "2026-03-09", number="ZJ-2026-001873"),
            _fact("l1", "data_ip_licence", "2026-04-21", paid="185000.99", role="licensee"),
            _fact("i1", "pledge_loan_interest", "2026-11-20", paid="73550.12"),
        ],
        "received": [
            {
                "benefit": "provincial-application-award",
                "matter": "recognition:ai_benchmark_enterprise",
                "date": "2026-02-01",
                "amount": "200000.00",
            }
        ],
    }
    if plain:
        del firm["received"]
        for fact in firm["facts"]:
            fact.pop("matter", None)
    return firm


def population(count: int, *, plain: bool = False) -> Iterator[dict]:
    """Firms with one to twelve facts each. A plain one has no matter twice and has received nothing."""
    rng = random.Random(f"{SEED} {'plain' if plain else 'any'}")
    for number in range(count):
        yield _firm(rng, number, plain)


def write_jsonl(path: Path, firms: Iterator[dict]) -> None:
    """One firm a line."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for firm in firms:
            file.write(json.dumps(firm, ensure_ascii=False) + "\n")


def _fact(identity: str, kind: str, day: str, **values: object) -> dict:
    return {"id": identity, "type": kind, "date": day, **values}


def _uscc(organisation: str) -> str:
    body = "91330481" + organisation
    return body + check_character(body)


def _firm(rng: random.Random, number: int, plain: bool) -> dict:
    organisation = "MA" + "".join(rng.choices(ALPHABET, k=2)) + "".join(ALPHABET[number // 31**place % 31] for place in range(5))
    firm = {
        "enterprise": {
            "uscc": _uscc(organisation), "name": f"测试企业{number:05d}", "industry": rng.choice(_INDUSTRIES), "division": "330481",
        },
        "facts": [],
    }  # fmt: skip
    titles = rng.sample(_ONCE_TITLES, len(_ONCE_TITLES))
    for place in range(rng.randint(1, 12)):
        firm["facts"].extend(_event(rng, f"f{place:02d}", titles))
    if not plain:
        _tangle(rng, firm)
    return firm


def _event(rng: random.Random, identity: str, titles: list[tuple[str, tuple[str, ...]]]) -> list[dict]:
    """One fact of any type, most of them of the year; of a data product its earlier year too, now and then."""
    day = f"{rng.choice((2025, YEAR, YEAR, YEAR, YEAR, YEAR, YEAR, 2027))}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}"
    draw = rng.random()
    if draw < 0.28:
        resource = rng.choice(("intelligent", "intelligent", "super", "other"))
        return [
            _fact(identity, "compute_purchase", day, paid=_yuan(rng, 2e3, 2e6), resource=resource, purpose=rng.choice(_PURPOSES)),
        ]
    if draw < 0.42:
        return [_fact(identity, "ai_cooperation", day, paid=_yuan(rng, 1e4, 5e6))]
    if draw < 0.50:
        chosen = {"built_by": rng.choice(("enterprise", "enterprise", "government")), "selected": rng.random() < 0.6}
        return [_fact(identity, "scenario_project", day, investment=_yuan(rng, 1e5, 2e7), **chosen)]
    if draw < 0.54:
        invested = _yuan(rng, 2e6, 6e8)
        return [_fact(identity, "investment_project", day, productive_investment=invested, ai_field=rng.random() < 0.8)]
    if draw < 0.70 and titles:
        title, levels = titles.pop()
        new = {} if rng.random() < 0.9 else {"new": False}
        return [_fact(identity, "recognition", day, title=title, level=rng.choice(levels), **new)]
    if draw < 0.74:
        level = rng.choice(("national", "provincial"))
        matter = f"dataset:{identity}"
        return [_fact(identity, "recognition", day, title="high_quality_dataset_pilot", level=level, matter=matter)]
    if draw < 0.80:
        sales = {"product": f"产品{identity}", "registered": rng.random() < 0.8}
        rows = [_fact(identity, "data_product_year", f"{YEAR}-12-31", sales=_yuan(rng, 1e6, 2e7), **sales)]
        if rng.random() < 0.3:
            rows.append(_fact(f"{identity}x", "data_product_year", f"{YEAR - 1}-12-31", sales=_yuan(rng, 1e6, 8e6), **sales))
        return rows
    if draw < 0.90:
        return [_fact(identity, "data_ip_certificate", day, number=f"ZJ-{rng.randrange(10**6):06d}")]
    if draw < 0.95:
        role = rng.choice(("licensee", "transferee", "licensor"))
        return [_fact(identity, "data_ip_licence", day, paid=_yuan(rng, 1e3, 3e6), role=role)]
    return [_fact(identity, "pledge_loan_interest", day, paid=_yuan(rng, 1e3, 8e5))]


def _tangle(rng: random.Random, firm: dict) -> None:
    """What real files hold: one invoice under two facts, a title at two levels, support already received."""
    payments = [fact for fact in firm["facts"] if fact["type"] in ("compute_purchase", "ai_cooperation", "data_ip_licence")]
    if len(payments) >= 2 and rng.random() < 0.3:
        invoice = f"invoice:{rng.randrange(10**12):020d}"
        one, other = rng.sample(payments, 2)
        one["matter"], other["matter"] = invoice, invoice + rng.choice(("", "#1"))
    held = [fact for fact in firm["facts"] if fact["type"] == "recognition" and fact["level"] == "national"]
    if held and rng.random() < 0.3:
        first = {key: value for key, value in held[0].items() if key != "new"}
        firm["facts"].append({**first, "id": "f99", "level": "provincial"})
    if rng.random() < 0.15:
        fact = rng.choice(firm["facts"])
        matter = fact.get("matter") or (f"recognition:{fact['title']}" if fact["type"] == "recognition" else fact["id"])
        firm["received"] = [{"benefit": "provincial-support", "matter": matter, "date": f"{YEAR}-01-20", "amount": _yuan(rng, 1e3, 1e5)}]


def _yuan(rng: random.Random, low: float, high: float) -> str:
    """An amount to the fen, its logarithm evenly spread."""
    fen = int(low * 100 * (high / low) ** rng.random())
    return f"{fen // 100}.{fen % 100:02d}"
