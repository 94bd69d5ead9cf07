"""The facts file as text."""

from __future__ import annotations

import json
from collections.abc import Mapping


def facts_text(facts: Mapping[str, object]) -> str:
    """The facts file: the same facts give the same bytes."""
    return json.dumps(facts, ensure_ascii=False, indent=2) + "\n"
