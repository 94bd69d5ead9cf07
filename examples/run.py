"""`make example`: a firm's folder of invoices and certificates becomes facts, and the facts an explained answer."""

from __future__ import annotations

import sys
from pathlib import Path

from chaoce.cli import main
from chaoce.faults import language

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "out"


def say(zh: str, en: str) -> None:
    print(f"\n▶ {zh if language() == 'zh' else en}", flush=True)


def run() -> int:
    OUT.mkdir(exist_ok=True)
    folder, facts, page = HERE / "haining-firm", OUT / "haining-firm.json", OUT / "haining-firm.html"
    say(f"第 1 步 读取发票和证书:{_shown(folder)}", f"Step 1: reading invoices and certificates: {_shown(folder)}")
    if main(["evidence", str(folder), "--out", str(facts), "--no-ask"]) == 2:
        return 2
    decisions = HERE / "decisions-2026.yaml"
    say("第 2 步 按规则测算并逐句解释(2026 年)", "Step 2: assessing by the rules, sentence by sentence (2026)")
    status = main(["assess", str(facts), "--year", "2026", "--decisions", str(decisions), "--explain", "--html", str(page)])
    if status == 0:
        say(f"网页(可打印,中英文):{_shown(page)}", f"The page (prints well, both languages): {_shown(page)}")
    return status


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


if __name__ == "__main__":
    sys.exit(run())
