"""The service under load, in one run: `make bench-service` (`run.py --quick` is smaller and shorter and writes nothing).

    run.py [--quick] [--fresh] [--rate N] [--seconds N]

The first run fills a database in .bench/service, which takes some minutes; later ones use it again. A full run writes the tables into
benchmarks/README.md and every figure into results.json. A benchmark is not a test: a target that is missed is said, and nothing
fails; only a page that does not answer with 200 makes the status 1.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import subprocess
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

import psutil

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import report  # noqa: E402  (of this folder, which stands before the folder above)
from measure import machine  # noqa: E402
from place import HOST, ROOT, Place, postgres  # noqa: E402

WORK = ROOT / ".bench"
WARM = 30.0


def main() -> int:
    """Measures, prints, and after a full run writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="600 firms, 60 cases, 20 seconds; nothing is written")
    parser.add_argument("--fresh", action="store_true", help="fill the database anew")
    parser.add_argument("--rate", type=float, default=30.0, help="requests a second; 30 unless told")
    parser.add_argument("--seconds", type=float, help="how long; 120 unless told")
    parser.add_argument("--port", type=int, default=8931)
    given = parser.parse_args()
    size = (600, 60) if given.quick else (20_000, 2_000)
    place = Place(WORK / ("service-quick" if given.quick else "service"), *size, given.port)
    results = measured(place, given.fresh, given.rate, given.seconds or (20.0 if given.quick else 120.0))
    text = report.tables(results)
    print(text)
    for fault, count in results["faults"]:
        print(f"{count} × {fault}", file=sys.stderr)
    if not given.quick and given.rate == 30.0 and given.seconds is None:
        (HERE / "results.json").write_text(json.dumps(results, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        report.write(HERE.parent / "README.md", text)
    return 1 if results["whole"]["errors"] else 0


def measured(place: Place, fresh: bool, rate: float, seconds: float) -> dict:
    """Every figure, in seconds."""
    mix, out = place.folder / "mix.json", place.folder / "out.json"
    with place.database(fresh) as cluster:
        place.run(cluster, "mix.py", str(mix))
        load = [round(value, 2) for value in os.getloadavg()]
        with place.web(cluster) as arguments:
            command = [sys.executable, str(HERE / "load.py"), f"http://127.0.0.1:{place.port}", HOST, str(mix), str(out)]
            psutil.cpu_percent()
            subprocess.run([*command, "--rate", str(rate), "--warm", str(WARM), "--seconds", str(seconds)], check=True)
            busy = psutil.cpu_percent() / 100
    answered = json.loads(out.read_text("utf-8"))
    by_page: dict[str, list[list]] = {}
    for row in answered["rows"]:
        by_page.setdefault(row[0], []).append(row)
    return {
        "date": datetime.date.today().isoformat(),
        "revision": _revision(),
        "machine": machine(),
        "postgres": postgres(),
        "versions": {name: version(name) for name in ("chaoce", "django", "gunicorn", "psycopg", "httpx")},
        "gunicorn": arguments,
        "filled": json.loads(place.filled.read_text("utf-8")),
        "rate": rate,
        "warm": WARM,
        "seconds": seconds,
        "load_before": load,
        "load_after": [round(value, 2) for value in os.getloadavg()],
        "busy": busy,
        "generator": answered["cpu"] / seconds,
        "whole": _figures(answered["rows"]),
        "pages": {name: _figures(rows) for name, rows in sorted(by_page.items())},
        "faults": Counter(f"{status} {page}: {path}" for page, path, status, _time in answered["rows"] if status != 200).most_common(20),
    }


def _figures(rows: list[list]) -> dict[str, float]:
    return report.figures([row[3] for row in rows], sum(row[2] != 200 for row in rows))


def _revision() -> str:
    """The commit, with a plus where the tree differs from it."""
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty=+", "--exclude=*"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


if __name__ == "__main__":
    sys.exit(main())
