"""The tables of benchmarks/population/README.md, written between two marks."""

from __future__ import annotations

from pathlib import Path

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"


def write(path: Path, results: dict) -> None:
    """Put the tables into the page."""
    text = path.read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    path.write_text(f"{before}{BEGIN}\n{tables(results)}\n{END}{after}", encoding="utf-8")


def tables(results: dict) -> str:
    """All tables of a run."""
    machine = ", ".join(f"{value}" for value in results["machine"].values()) if isinstance(results["machine"], dict) else results["machine"]
    parts = [f"{results['date']}; {machine}; load before: {results['load']}."]
    for name, table in (("many", _many), ("scale", _scale), ("claims", _claims), ("whatif", _whatif), ("peers", _peers)):
        if name in results:
            parts.append(table(results[name]))
    return "\n\n".join(parts)


def _rows(head: list[str], rows: list[list[object]]) -> str:
    lines = [" | ".join(head), " | ".join("---" for _ in head), *(" | ".join(str(cell) for cell in row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def _many(found: dict) -> str:
    ours, hand = found["ours"], found["hand"]
    rows = [
        [name, f"{own['seconds']:.2f}", f"{own['slowest']:.2f}", f"{own['cpu']:.2f}", f"{own['together_mib']:.0f}"]
        for name, own in (("`chaoce population run`", ours), ("`hand_polars.py`, sums and limits only", hand))
    ]
    spent = found["where"]
    whole, firms = spent["all"], spent["firms"]
    named = [(name, value) for name, value in spent.items() if name not in ("all", "firms")]
    rest = whole - sum(value for _, value in named)
    where = [[name, f"{value:.2f}", f"{100 * value / whole:.0f}%"] for name, value in sorted(named, key=lambda item: -item[1])]
    where.append(["sums, sorting, writing the range", f"{rest:.2f}", f"{100 * rest / whole:.0f}%"])
    return "\n\n".join(
        (
            f"**{found['firms']:,} firms, five facts each, a tenth of the facts sharing a matter, Parquet to Parquet** (whole processes, "
            f"medians): **{ours['seconds'] / hand['seconds']:.1f} times** the script by hand (wanted: not over 3).",
            _rows(["", "seconds", "slowest", "processor s", "memory, all processes, MiB"], rows),
            f"Where the time goes, one range of {firms:,} firms in one thread ({whole:.2f} s):",
            _rows(["step", "s", "share"], [*where]),
        )
    )


def _scale(found: dict) -> str:
    rows = [
        [
            f"{int(size):,}",
            f"{own['seconds']:.1f}",
            f"{own['cpu']:.1f}",
            f"{own['together_mib']:.0f}",
            f"{1e6 * own['seconds'] / int(size):.2f}",
        ]
        for size, own in found.items()
    ]
    head = ["firms (five facts each)", "seconds", "processor s", "memory, all processes, MiB", "microseconds a firm"]
    return "**Ten times as many firms** (one run each):\n\n" + _rows(head, rows)


def _claims(found: dict) -> str:
    ours, highs = found["ours"], found["highs"]
    roads = ", ".join(f"{name} {count:,}" for name, count in found["roads"].items())
    return (
        f"**The best claim over {found['firms']:,} firms, {found['in_conflict']:,} of them in conflict**: {ours['seconds']:.2f} s for all "
        f"firms (with making the claims {ours['with_claims']:.2f} s) against {highs['seconds']:.1f} s for a HiGHS model a firm in conflict:"
        " "
        f"**{highs['seconds'] / ours['seconds']:.0f} times** faster (wanted: 50); totals that differ: {highs['totals_other']}. "
        f"Roads: {roads}; {found['shapes']} shapes. A HiGHS model takes {1000 * highs['a_firm']:.2f} ms on the mean."
    )


def _whatif(found: dict) -> str:
    rows = [[f"`{change}`", f"{seconds:.2f}", f"{100 * seconds / found['full']:.0f}%"] for change, seconds in found["asked"].items()]
    text = f"**A what-if of one parameter on 1,000,000 firms** (a full run, kept for questions: {found['full']:.2f} s; wanted: under 25%):"
    return text + "\n\n" + _rows(["change", "seconds", "of a full run"], rows)


def _peers(found: dict) -> str:
    rows = []
    for name, own in found.items():
        if own.get("missing"):
            rows.append([name, "not installed", "", "", "", ""])
            continue
        wrong = own["wrong"]
        seconds = sum(own.get(key, 0) for key in ("gathered", "built", "calculated"))
        rows.append(
            [
                name, f"{wrong['firms']:,}", f"{seconds:.1f}", f"{own['peak_mib']:.0f}",
                f"{wrong['firms_wrong']:,} ({100 * wrong['firms_wrong'] / wrong['firms']:.1f}%)", f"{wrong['firms_wrong_by_a_yuan']:,}",
            ]
        )  # fmt: skip
    head = ["peer and road", "firms", "seconds", "MiB", "firms paid otherwise than exactly", "by a yuan or more"]
    return "**OpenFisca and policyengine-core from the same raw facts** (they know no conflicts and no received support):\n\n" + _rows(
        head, rows
    )


if __name__ == "__main__":
    import json

    here = Path(__file__).resolve().parent
    write(here / "README.md", json.loads((here / "results.json").read_text(encoding="utf-8")))
