"""A firm whose facts are in conflict over three policies at once: the hard case of the best lawful claim.

The three policies are invented and written afresh for each instance, so that every yearly limit is a given share of what the
firm could claim under it: at 15% nearly every claim is cut by a limit, at 80% hardly any.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chaoce import Policy, prepare
from chaoce.facts.uscc import check_character

SHARES = (15, 25, 33, 50, 80)
FACTS = 300
YEAR = 2026

_FACTS_YAML = """\
facts:
  purchase:
    name: {zh: 采购, en: a purchase}
    fields:
      paid: {kind: money, zh: 实际支付, en: amount paid}
      kind:
        kind: choice
        zh: 种类
        en: kind
        of:
          compute: {zh: 算力, en: computing power}
          software: {zh: 软件, en: software}
          data: {zh: 数据, en: data}
"""

#: Of each policy its benefits: (id, kinds, rate in per cent).
_POLICIES = {
    "bench-city": (("city-compute", ("compute",), 50), ("city-digital", ("software", "data"), 30)),
    "bench-prefecture": (("prefecture-compute", ("compute", "data"), 40), ("prefecture-software", ("software",), 35)),
    "bench-province": (("province-any", ("compute", "software", "data"), 33),),
}


@dataclass(frozen=True)
class Instance:
    """One firm and the three policy folders under which it is assessed."""

    share: int
    seed: int
    firm: dict
    folders: tuple[Path, ...]


def instance(share: int, seed: int, root: Path, facts: int = FACTS) -> Instance:
    """Write the policies of one instance under `root`; the same seed gives the same firm whatever the share."""
    rng = random.Random(f"conflict {seed}")
    rows = [_fact(rng, number, facts) for number in range(facts)]
    folders = []
    for policy, benefits in _POLICIES.items():
        folder = root / f"{share}-{seed}" / policy
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "facts.yaml").write_text(_FACTS_YAML, encoding="utf-8")
        (folder / "policy.md").write_text(_policy(policy, benefits, rows, share), encoding="utf-8")
        folders.append(folder)
    body = f"91330481{seed:09d}"
    enterprise = {"uscc": body + check_character(body), "name": f"冲突企业{seed}", "industry": "C3962", "division": "330481"}
    return Instance(share, seed, {"enterprise": enterprise, "facts": rows}, tuple(folders))


def _fact(rng: random.Random, number: int, facts: int) -> dict:
    """A purchase. Two in five share an invoice with another fact, one in ten stands on two invoices."""
    draw = rng.random()
    matter: str | list[str] = f"invoice:{number}"
    if draw < 0.4:
        matter = f"invoice:{rng.randrange(facts)}" + rng.choice(("", "#1", "#2"))
    elif draw < 0.5:
        matter = [f"invoice:{number}", f"invoice:{rng.randrange(facts)}#1"]
    return {
        "id": f"f{number:03d}",
        "type": "purchase",
        "date": f"{YEAR}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
        "paid": _yuan(rng.randint(100_000, 50_000_000)),
        "kind": rng.choice(("compute", "software", "data")),
        "matter": matter,
    }


def _policy(name: str, benefits: tuple, rows: list[dict], share: int) -> str:
    blocks = [f"{name}\n```policy {name}\ntitle: {{zh: {name}, en: {name}}}\ntext: restated\n```\n\n一、支持\n"]
    for number, (benefit, kinds, rate) in enumerate(benefits, 1):
        claimable = sum(_fen(row["paid"]) * rate // 100 for row in rows if row["kind"] in kinds)
        limit = f"{_yuan(claimable * share // 100)} per firm per year"
        blocks.append(
            f"第{number}项。\n```benefit {benefit}\ntitle: {{zh: {benefit}, en: {benefit}}}\nclause: 一({number})\n"
            f"on: purchase\nwhere: kind in {{{', '.join(kinds)}}}\npays: {rate}% of paid\nlimit: {limit}\n```\n"
        )
    blocks.append(f"```term\nfrom: {YEAR}-01-01\nto: {YEAR}-12-31\n```\n")
    return "\n".join(blocks)


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _fen(yuan: str) -> int:
    return int(yuan.replace(".", ""))


def session(folders: Sequence[Path]):
    """The three policies together, ready to assess."""
    return prepare([Policy.load(folder) for folder in folders], YEAR)


def solved(one: Instance, exact: bool = False) -> dict:
    """Assess an instance once, with the time that it takes."""
    ready = session(one.folders)
    firm = ready.read(one.firm)
    start = time.perf_counter()
    answer = ready.assess(firm, exact)
    return {
        "share": one.share,
        "seed": one.seed,
        "seconds": time.perf_counter() - start,
        "claims": len(answer.claims),
        "made": len(answer.made),
        "total": answer.total,
        "optimal": answer.optimal,
        "gap": answer.bound - answer.total,
    }


def solved_exactly(share: int, seed: int, root: Path, seconds: float) -> dict | None:
    """The same with `exact`, in a process of its own that is ended after so many seconds: None if it had no proof by then."""
    command = [sys.executable, __file__, str(share), str(seed), str(root)]
    try:
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    return json.loads(done.stdout)


if __name__ == "__main__":
    print(json.dumps(solved(instance(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3])), exact=True)))
