"""What a range keeps for what-ifs: its checked facts, who meets whom, its claims. Read back without being checked again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from chaoce.facts.types import FactTypes
from chaoce.population.intake import Facts, Intake
from chaoce.population.lines import Claimed
from chaoce.population.matters import Overlaps


@dataclass(frozen=True)
class Kept:
    """A range as it was reckoned, and what it came to."""

    intake: Intake
    claimed: Claimed
    met: Overlaps
    paid: pl.DataFrame


class _Later(dict[str, Facts]):
    """Facts by type, each read from its file when it is first asked for."""

    def __init__(self, folder: Path, types: FactTypes, names: Sequence[str]):
        super().__init__()
        self._folder, self._types, self._names = folder, types, names

    def __missing__(self, name: str) -> Facts:
        if name not in self._names:
            raise KeyError(name)
        self[name] = Facts(self._types.types[name], pl.read_ipc(self._folder / f"facts-{name}.arrow"))
        return self[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def values(self) -> list[Facts]:  # type: ignore[override]
        return [self[name] for name in self._names]

    def items(self) -> list[tuple[str, Facts]]:  # type: ignore[override]
        return [(name, self[name]) for name in self._names]


def keep(place: Path, intake: Intake, claimed: Claimed, met: Overlaps, paid: pl.DataFrame) -> None:
    """Write everything that a what-if of this range starts from; `paid` is what it comes to (#firm, line, paid)."""
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
    paid.write_ipc(folder / "paid.arrow")
    rest = {"alone": sets, "large": sorted(intake.large), "types": list(intake.facts)}
    (folder / "rest.json").write_text(json.dumps(rest), encoding="utf-8")


def read_kept(place: Path, types: FactTypes) -> Kept:
    """What a range has kept; its files are mapped into memory, so only what is looked at is read."""
    folder = place / "kept"
    rest = json.loads((folder / "rest.json").read_text(encoding="utf-8"))

    def read(name: str) -> pl.DataFrame:
        return pl.read_ipc(folder / f"{name}.arrow")

    intake = Intake(types, read("firms"), _Later(folder, types, rest["types"]), read("received"), pl.DataFrame(), 0, set(rest["large"]))
    claimed = Claimed(read("claims"), read("under"), {name: set(firms) for name, firms in rest["alone"].items()})
    return Kept(intake, claimed, Overlaps(read("shared"), read("taken")), read("paid"))
