"""The figures as Markdown tables."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path

from chaoce.money import say_yuan

BEGIN, END = "<!-- figures: written by run.py -->", "<!-- end of figures -->"


def tables(results: dict) -> str:
    """All tables, one after the other."""
    parts = [_where(results), _targets(results), _steps(results)]
    if "peer" in results:
        parts += [_peer(results), _agreement(results["peer"]), _amounts(results["peer"])]
    else:
        parts.append("OpenFisca was left out of this run.")
    parts.append(_conflict(results["conflict"]))
    return "\n\n".join(parts)


def write(readme: Path, text: str) -> None:
    """Put the tables between the marks of the README."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def _where(results: dict) -> str:
    machine = results["machine"]
    versions = ", ".join(f"{name} {value}" for name, value in results["versions"].items())
    lines = [
        f"Taken on {results['date']} at revision {results['revision']}: {machine['cpu']}, {machine['cores']} cores,"
        f" {machine['memory_gib']} GiB, {machine['system']}, {machine['python']}; {versions}.",
        f"Load average {_load(results['load_before'])} before the run, {_load(results['load_after'])} after it.",
    ]
    if "peer" in results:
        own = results["peer"]["versions"]
        lines.append(f"The peer: OpenFisca-Core {own['openfisca-core']} on Python {own['python']} with NumPy {own['numpy']}.")
    return "\n".join(lines)


def _load(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.2f}" for value in values)


def _targets(results: dict) -> str:
    one, many = results["one_firm"], results["many_firms"]
    count = results["firms"]
    rows = []
    for what, limit, time in (
        ("one firm with 12 facts, assessed in process after loading", 0.0003, one["assess"]),
        ("the same with its full explanation, alternatives and readings", 0.002, one["explained"]),
        (f"{count:,} firms from `.jsonl` to answers (`chaoce assess … --json`, whole process)", 3.0, many["command"]),
        ("a policy loaded and checked, in process", 0.150, results["policy"]["load_check"]),
        ("`chaoce --help`, whole process", 0.150, results["starts"]["help"]),
    ):
        met = "met" if time["median"] < limit else "**missed**"
        if time is many["command"] and count != 10_000:
            met = "(for 10,000)"
        rows.append((what, f"under {_say(limit)}", _say(time["median"]), met, _spread(time), _say(time["cpu"])))
    return "### Targets\n\n" + _table(("what", "target", "median", "", "quickest … slowest", "processor time"), rows)


def _steps(results: dict) -> str:
    one, many, policy, starts = results["one_firm"], results["many_firms"], results["policy"], results["starts"]
    facts = results["facts"] / results["firms"]
    rows = [
        ("the firm read and checked from its decoded JSON", one["read"]),
        ("assessed with every other reading, without the explanation", one["readings"]),
        ("assessed, explained and drawn as text", one["text"]),
        (f"{results['firms']:,} firms ({facts:.1f} facts on average) on one core, in process", many["one_core"]),
        ("a policy loaded", policy["load"]),
        ("a policy made ready for a year, its other readings included (`prepare`)", policy["prepare"]),
        ("a policy loaded and checked by a fresh Python, its start and imports included", policy["first"]),
        ("`chaoce check`, whole process", starts["check"]),
        ("Python started to do nothing", starts["python"]),
    ]
    head = "### What the targets are made of\n\n"
    lines = [(what, _say(t["median"]), _spread(t), _say(t["cpu"])) for what, t in rows]
    return head + _table(("what", "median", "quickest … slowest", "processor time"), lines)


def _peer(results: dict) -> str:
    peer, count = results["peer"], results["firms"]
    ours, theirs = peer["ours"], peer["theirs"]
    rows = [
        ("one firm, 12 facts, from a decoded object to amounts", _say(ours["one"]["median"]), _say(theirs["one"])),
        ("of that, the calculation alone", _say(ours["one_calculate"]["median"]), _say(theirs["one_calculate"])),
        (
            f"{count:,} firms from `.jsonl` to answers, whole process",
            f"{_say(ours['many_process']['median'])} ({_say(ours['many_process']['cpu'])} of processor time)",
            f"{_say(theirs['many_process']['median'])} ({_say(theirs['many_process']['cpu'])} of processor time)",
        ),
        (f"{count:,} firms, reading alone, one core", _say(ours["many_read"]["median"]), f"{_say(theirs['many_read'])} (into columns)"),
        (
            f"{count:,} firms, the calculation alone",
            f"{_say(ours['many_calculate']['median'])} (firm by firm, one core, with every refusal)",
            f"{_say(theirs['many_calculate'])} (arrays)",
        ),
    ]
    return "### Beside OpenFisca: time\n\n" + _table(("same facts, same rules", "chaoce", "OpenFisca"), rows)


def _agreement(peer: dict) -> str:
    found = peer["agreement"]
    rows = [
        ("firms", f"{found['firms']:,}", f"{found['paid_something']:,} of them are due something"),
        ("firms with a benefit paid wrongly", f"{found['wrong_firms']:,}", f"{found['wrong_firms'] / found['firms']:.1%} of all"),
        ("firms whose total is wrong", f"{found['wrong_totals']:,}", ""),
        ("payments that are wrong", f"{found['wrong_payments']:,}", f"of {found['payments']:,}"),
        ("firms with a payment wrong by a yuan or more", f"{found['wrong_by_a_yuan']:,}", f"at most {found['largest_miss']} yuan"),
    ]
    text = "### Beside OpenFisca: what is paid\n\n" + _table(("OpenFisca's amounts, rounded to the nearest fen", "", ""), rows)
    wrong = "; ".join(f"{row['benefit']} {row['theirs']} instead of {row['ours']}" for row in peer["one_wrong"])
    return text + f"\n\nThe one firm with 12 facts: {wrong or 'every amount is the same'}."


def _amounts(peer: dict) -> str:
    rows = [(f"`{row['field']}` {row['amount']}", row["stored"], row["theirs"], row["ours"]) for row in peer["amounts"]]
    return "### Single amounts in yuan\n\n" + _table(("fact", "OpenFisca stores", "OpenFisca pays", "chaoce pays"), rows)


def _conflict(conflict: dict) -> str:
    seconds = conflict["exact_seconds"]
    rows = []
    for exact in conflict["exact"]:
        own = [row for row in conflict["rows"] if row["share"] == exact["share"]]
        gap = max(row["gap"] / row["total"] for row in own)
        fen = max(row["gap"] for row in own)
        proven = _say(exact["seconds"]) if exact["proven"] else f"none in {seconds} s"
        if exact["proven"] and (more := exact["total"] - own[0]["total"]):
            proven += f", {say_yuan(more)} yuan more"
        rows.append(
            (
                f"{exact['share']}%",
                _say(statistics.median(row["seconds"] for row in own)),
                _say(max(row["seconds"] for row in own)),
                f"{sum(row['optimal'] for row in own)} of {len(own)}",
                f"{gap:.5%} ({say_yuan(fen)} yuan)" if fen else "none",
                proven,
            )
        )
    first = conflict["rows"][0]
    head = f"### {conflict['facts']} facts in conflict over three policies ({first['claims']} claims)\n\n"
    proof = f"proof with `exact` (first seed, ended after {seconds} s)"
    return head + _table(("limits at", "median", "slowest", "proven optimal", "largest gap", proof), rows)


def _say(seconds: float) -> str:
    """A time with three significant digits, in the unit that suits it."""
    if seconds >= 1:
        return f"{seconds:.3g} s"
    milliseconds = seconds * 1000
    return f"{milliseconds:.0f} ms" if milliseconds >= 100 else f"{milliseconds:.3g} ms"


def _spread(time: dict) -> str:
    return f"{_say(time['best'])} … {_say(time['worst'])} ({time['samples']})"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join('---' for _ in head)} |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
