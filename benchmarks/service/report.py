"""The figures of the service as Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

BEGIN, END = "<!-- figures of the service: written by service/run.py -->", "<!-- end of figures of the service -->"
#: What the whole mix is held to, in seconds.
TARGET = 0.2


def quantile(times: Sequence[float], share: float) -> float:
    """The smallest time that this share of them does not exceed.

    >>> quantile([4.0, 1.0, 3.0, 2.0], 0.5), quantile([4.0, 1.0, 3.0, 2.0], 0.95)
    (2.0, 4.0)
    """
    ordered = sorted(times)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def figures(times: Sequence[float], errors: int) -> dict[str, float]:
    """What is told of some requests, in seconds."""
    return {
        "count": len(times),
        "errors": errors,
        "p50": quantile(times, 0.5),
        "p95": quantile(times, 0.95),
        "p99": quantile(times, 0.99),
        "max": max(times),
        "in_time": sum(time < TARGET for time in times) / len(times),
    }


def tables(results: dict) -> str:
    """The machine, the data, the whole, and every page."""
    machine, filled, whole = results["machine"], results["filled"], results["whole"]
    rows = filled["rows"]
    met = "met" if whole["p95"] < TARGET and not whole["errors"] else "**missed**"
    lines = [
        f"Taken on {results['date']} at revision {results['revision']}: {machine['cpu']}, {machine['cores']} cores,"
        f" {machine['memory_gib']} GiB, {machine['system']}, {machine['python']}, PostgreSQL {results['postgres']};"
        f" {', '.join(f'{name} {value}' for name, value in results['versions'].items())}.",
        f"Load average {_load(results['load_before'])} before the run, {_load(results['load_after'])} after it; both cores were busy"
        f" {results['busy']:.0%} of the time (all processes of the machine), the generator alone took {results['generator']:.0%} of one.",
        "",
        f"{rows['firm']:,} firms, {rows['fact']:,} facts, {rows['received']:,} entries of support received, {rows['case']:,} cases with"
        f" {rows['caseline']:,} lines, {rows['check']:,} findings and {rows['event']:,} events, {rows['message']:,} messages,"
        f" {rows['upload']:,} files, {rows['membership']:,} memberships. "
        f"{results['rate']:g} requests a second for {results['seconds']:g} s, after {results['warm']:g} s of the same to warm up.",
        "",
        f"**95% of {whole['count']:,} responses came within {whole['p95'] * 1000:.0f} ms** (target 200 ms: {met}),"
        f" {whole['in_time']:.2%} of them within 200 ms; {whole['errors']} errors.",
        "",
        "| page | requests | errors | p50, ms | p95, ms | p99, ms | max, ms |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    lines += [_row("all", whole, "**")]
    lines += [_row(name, one) for name, one in sorted(results["pages"].items(), key=lambda item: -item[1]["p95"])]
    return "\n".join(lines)


def _row(name: str, one: dict[str, float], bold: str = "") -> str:
    cells = [f"{one['count']:,}", str(one["errors"]), *(f"{one[key] * 1000:.0f}" for key in ("p50", "p95", "p99", "max"))]
    return f"| {' | '.join(f'{bold}{cell}{bold}' for cell in (name, *cells))} |"


def _load(values: Sequence[float]) -> str:
    return " / ".join(f"{value:.2f}" for value in values)


def write(readme: Path, text: str) -> None:
    """Puts the tables between their marks in the README."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    readme.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
