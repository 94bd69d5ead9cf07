"""The strategies, worked examples and invented firms of other folders, for the tests of a population."""

from __future__ import annotations

import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent.parent
for _place in ("tests/population", "tests/assess", "tests/clauses", "benchmarks"):
    if str(_ROOT / _place) not in sys.path:
        sys.path.append(str(_ROOT / _place))
