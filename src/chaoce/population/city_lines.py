"""Which benefits have a limit over the whole city."""

from __future__ import annotations

from collections.abc import Sequence

from chaoce.assessment.claims import Line


def city_lines(lines: Sequence[Line]) -> list[Line]:
    """The benefits under a limit over the whole city."""
    pooled: set[tuple[str, str]] = set()
    for policy in {line.policy.id: line.policy for line in lines}.values():
        pooled |= {(policy.id, name) for pool in policy.pools for name in pool.over}
    return [line for line in lines if line.benefit.quota or line.benefit.pool or (line.policy.id, line.benefit.id) in pooled]
