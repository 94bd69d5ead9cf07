"""The towns that a population is counted by: Haining's twelve, by their nine-digit code; other codes are shown as they are."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from chaoce.files import read_text
from chaoce.marked import Names


def _read() -> dict[str, Names]:
    rows = csv.DictReader(read_text(Path(__file__).with_name("towns.csv")).splitlines())
    return {row["code"]: Names(row["name"], row["en"]) for row in rows}


TOWNS: Mapping[str, Names] = _read()
