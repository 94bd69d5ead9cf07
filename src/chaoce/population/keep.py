"""What a range keeps for what-ifs: its checked facts, who meets whom, its claims. Read back without being checked again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from chaoce.facts.types import FactTypes
from chaoce.population.intake import Facts, Intake
from chaoce.population.lines import Claimed
from chaoce.population.matters import Overlaps


@dataclass(frozen=True)
class Kept:
    """A range as it was reckoned; `read_alone` are the firms that went to the one-firm reader."""

    intake: Intake
    claimed: Claimed
    met: Overlaps
    read_alone: frozenset[int]


def keep(place: Path, intake: Intake, claimed: Claimed, met: Overlaps, read_alone: Sequence[int]) -> None:
    """Write everything that a what-if of this range starts from."""
    folder = place / "kept"
    folder.mkdir()
    intake.firms.write_ipc(folder / "firms.arrow")
    intake.received.write_ipc(folder / "received.arrow")
    for name, own in intake.facts.items():
        own.frame.write_ipc(folder / f"facts-{name}.arrow")
    claimed.claims.write_ipc(folder / "claims.arrow")
    claimed.under.write_ipc(folder / "under.arrow")
    met.shared.write_ipc(folder / "shared.arrow")
    met.taken.write_ipc(folder / "taken.arrow")
    sets = {name: sorted(firms) for name, firms in claimed.alone.items()}
    rest = {"alone": sets, "large": sorted(intake.large), "read_alone": list(read_alone), "types": list(intake.facts)}
    (folder / "rest.json").write_text(json.dumps(rest), encoding="utf-8")


def read_kept(place: Path, types: FactTypes) -> Kept:
    """What a range has kept; its files are mapped into memory, so only what is looked at is read."""
    folder = place / "kept"
    rest = json.loads((folder / "rest.json").read_text(encoding="utf-8"))

    def read(name: str) -> pl.DataFrame:
        return pl.read_ipc(folder / f"{name}.arrow")

    facts = {name: Facts(types.types[name], read(f"facts-{name}")) for name in rest["types"]}
    intake = Intake(types, read("firms"), facts, read("received"), pl.DataFrame(), 0, set(rest["large"]))
    claimed = Claimed(read("claims"), read("under"), {name: set(firms) for name, firms in rest["alone"].items()})
    return Kept(intake, claimed, Overlaps(read("shared"), read("taken")), frozenset(rest["read_alone"]))
