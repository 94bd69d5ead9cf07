"""事项: the very thing that is paid for. `a` and `a#1` overlap, `a#1` and `a#2` do not (docs/facts.md)."""

from __future__ import annotations


def is_matter(text: object) -> bool:
    """Whether it is a matter: at most one `#` with something on both of its sides, and nothing that is not seen.

    Blanks at the ends, invisible signs and line numbers like `#01` would make two matters of one.
    """
    if type(text) is not str or not text.isprintable():
        return False
    base, mark, line = text.partition("#")
    if base != base.strip() or line != line.strip() or not base:
        return False
    return not mark or (bool(line) and "#" not in line and not (line[0] == "0" and line.isdecimal()))


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
