"""事项: the very thing that is paid for. `a` and `a#1` overlap, `a#1` and `a#2` do not (docs/facts.md)."""

from __future__ import annotations


def is_matter(text: object) -> bool:
    """Whether it is a matter: not empty, at most one `#`, with something on both of its sides."""
    if type(text) is not str or not text.strip():
        return False
    base, mark, line = text.partition("#")
    return bool(base.strip()) and (not mark or (bool(line.strip()) and "#" not in line))


def overlap(one: str, other: str) -> bool:
    """Whether two matters share something that may be paid only once.

    >>> overlap("invoice:1", "invoice:1#2"), overlap("invoice:1#1", "invoice:1#2"), overlap("a#1", "a#1")
    (True, False, True)
    """
    if one == other:
        return True
    base, mark, _ = one.partition("#")
    other_base, other_mark, _ = other.partition("#")
    return base == other_base and not (mark and other_mark)
