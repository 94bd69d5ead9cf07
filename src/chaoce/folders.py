"""Where policy folders are: as named, beside another policy, or among those that come with the program."""

from __future__ import annotations

from pathlib import Path

from chaoce.faults import Fault, Faults, listed

_HERE = Path(__file__).resolve().parent
#: The policies that come with the program: in a wheel beside the code, in a checkout at its root.
BUNDLED = _HERE / "_policies" if (_HERE / "_policies").is_dir() else _HERE.parent.parent / "policies"
#: The policy that is meant where none is named.
DEFAULT_POLICY = "haining-ai-2026"


def find_folder(name: str | Path, beside: Path | None = None) -> Path:
    """The folder of a policy, by path, beside another policy, or by its id; raises Faults."""
    for folder in (Path(name), *([beside.parent / name] if beside else []), BUNDLED / name):
        if (folder / "policy.md").is_file():
            return folder
    raise Faults([Fault("policy.missing", {"options": listed(p.parent.name for p in BUNDLED.glob("*/policy.md"))}, file=str(name))])
