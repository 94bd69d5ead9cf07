"""Which claims exclude each other: one matter serves one claim (不重复), and a benefit paid once is claimed once.

Conflicts come as cliques, groups of claims of which at most one can be made. Two claims exclude each other exactly if some
clique holds both.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from chaoce.assessment.claims import Claim


def cliques(claims: Sequence[Claim]) -> list[tuple[int, ...]]:
    """The cliques over claim numbers, each with two members or more, in a fixed order."""
    whole: dict[str, list[int]] = {}
    lines: dict[str, dict[str, list[int]]] = {}
    once: dict[Hashable, list[int]] = {}
    for number, claim in enumerate(claims):
        for matter in claim.fact.matter:
            base, mark, line = matter.partition("#")
            if mark:
                lines.setdefault(base, {}).setdefault(line, []).append(number)
            else:
                whole.setdefault(base, []).append(number)
        for part in claim.parts:
            key = part.line.benefit.once
            if key is not None:
                once.setdefault((part.line.order, None if key == "firm" else claim.fact.values.get(key)), []).append(number)
    groups: set[tuple[int, ...]] = set()
    for base, numbers in whole.items():
        of_lines = lines.get(base)
        if not of_lines:
            groups.add(tuple(dict.fromkeys(numbers)))
        else:
            groups.update(tuple(sorted({*numbers, *of_line})) for of_line in of_lines.values())
    for base, of_lines in lines.items():
        if base not in whole:
            groups.update(tuple(dict.fromkeys(of_line)) for of_line in of_lines.values())
    groups.update(tuple(dict.fromkeys(numbers)) for numbers in once.values())
    return sorted(group for group in groups if len(group) > 1)
