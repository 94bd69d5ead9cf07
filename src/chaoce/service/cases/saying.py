"""How a line of a case and a title are called to people, in the language of the page."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from chaoce.marked import Names
from chaoce.service.cases.models import CaseLine
from chaoce.service.facts.record import reader
from chaoce.service.plan.sessions import benefit_of
from chaoce.service.wording import spoken


@lru_cache(maxsize=1)
def titles_of_matters() -> Mapping[str, Names]:
    """The matters that are a title itself, each with the name of the title: `recognition:cdo_pilot`."""
    return {
        kind.matter.format_map({kind.by: value}): names
        for kind in reader().types.types.values()
        if kind.by is not None and kind.matter is not None and f"{{{kind.by}}}" in kind.matter and kind.matter.count("{") == 1
        for value, names in (kind.fields[kind.by].choices or {}).items()
    }


def say_line(line: CaseLine) -> str:
    """A line by its benefit and its fact; by the fact alone where no policy here has the benefit."""
    try:
        title = benefit_of(line.policy, line.benefit).title[spoken()]
    except KeyError:
        return line.fact.key
    return f"{title} · {line.fact.key}"
