"""One rule block of a policy file, read into a Benefit. A faulty block names file, line, key and what would be right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chaoce.facts.types import FactTypes
from chaoce.marked import Marked
from chaoce.money import say_yuan
from chaoce.rules import tree as t
from chaoce.rules.expr import Expr
from chaoce.rules.grammar import Scope
from chaoce.rules.phrases import Phrases, read_on, read_params

_KEYS = (
    "quote", "respectively", "clause", "where", "limit", "once", "beside", "quota", "pool", "schedule", "params", "review",
    "lead", "joint", "translation",
)  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where in the text a block stands: its clause, the sentence before it, and the departments that the text names."""

    clause: str
    sentence: str
    departments: tuple[str, ...]


def read_benefit(name: str, block: Marked, policy: str, place: Place, types: FactTypes) -> t.Benefit:
    """The benefit that a `benefit` block declares; raises Faults."""
    entries = block.keys(("title", "on", "pays"), _KEYS)
    on, of = read_on(entries["on"], types)
    fact_type = types.types[on]
    params = read_params(entries["params"]) if "params" in entries else {}
    phrases = Phrases(Scope(types, fact_type, params))
    limits = tuple(phrases.limit(entry, f"{name}.{number}", (name,)) for number, entry in enumerate(_items(entries, "limit"), 1))
    pays = phrases.pays(entries["pays"])
    once = entries["once"].text() if "once" in entries else None
    if once is not None and once != "firm" and once not in fact_type.fields:
        raise entries["once"].fault("rule.per", value=once, options=", ".join(["firm", *sorted(fact_type.fields)]))
    _check_limits(pays, limits, entries)
    lead, joint = _departments(entries, place)
    return t.Benefit(
        id=name,
        policy=policy,
        clause=entries["clause"].text() if "clause" in entries else place.clause,
        title=entries["title"].names(),
        on=on,
        of=of,
        where=phrases.expression(entries["where"], "flag") if "where" in entries else None,
        pays=pays,
        limits=limits,
        once=once,
        beside=tuple(entry.text() for entry in _items(entries, "beside")),
        quota=phrases.quota(entries["quota"]) if "quota" in entries else None,
        pool=phrases.pool(entries["pool"]) if "pool" in entries else None,
        schedule=phrases.schedule(entries["schedule"]) if "schedule" in entries else (),
        params=params,
        review=entries["review"].names() if "review" in entries else None,
        quotes=tuple(entry.text() for entry in _items(entries, "quote")),
        respectively=entries["respectively"].text() if "respectively" in entries else None,
        lead=lead,
        joint=joint,
        translation=entries["translation"].text() if "translation" in entries else "",
        sentence=place.sentence,
        file=block.file,
        line=block.line,
    )


def _items(entries: Mapping[str, Marked], key: str) -> list[Marked]:
    return entries[key].items() if key in entries else []


def _departments(entries: Mapping[str, Marked], place: Place) -> tuple[str, tuple[str, ...]]:
    """The text names its departments, the first of them leading; only a restated policy says them in the block."""
    for key in ("lead", "joint"):
        if key in entries and place.departments:
            raise entries[key].fault("rule.departments", value="、".join(place.departments))
    if place.departments:
        return place.departments[0], place.departments[1:]
    lead = entries["lead"].text() if "lead" in entries else ""
    return lead, tuple(entry.text() for entry in _items(entries, "joint"))


def _check_limits(pays: t.Pay, limits: tuple[t.Limit, ...], entries: Mapping[str, Marked]) -> None:
    """A limit below what a single item always pays, or a limit per item above a limit per firm, is impossible or idle."""
    always = pays.amount if isinstance(pays, t.Fixed | t.PerUnit) and isinstance(pays.amount, int) else 0
    plain = [limit for limit in limits if limit.when is None and isinstance(limit.amount, int)]
    entry_of = dict(zip((limit.name for limit in limits), _items(entries, "limit"), strict=True))
    for limit in plain:
        if limit.amount < always:
            raise entry_of[limit.name].fault("rule.impossible", value=entry_of[limit.name].text())
        for other in plain:
            if other.per == "firm" and limit.per == "item" and limit.amount > other.amount:
                raise entry_of[limit.name].fault("rule.impossible", value=entry_of[limit.name].text())


def read_shared_limit(name: str, block: Marked, benefits: Mapping[str, t.Benefit], types: FactTypes) -> t.Limit:
    """The limit that a `limit` block lays over several benefits; raises Faults."""
    entries = block.keys(("limit", "over"), ("quote", "clause"))
    over = tuple(entry.text() for entry in entries["over"].items())
    for entry in entries["over"].items():
        if entry.text() not in benefits:
            raise entry.fault("rule.benefit", value=entry.text(), options=", ".join(benefits))
    read_types = {benefits[benefit].on for benefit in over}
    fact_type = types.types[next(iter(read_types))] if len(read_types) == 1 else None
    limit = Phrases(Scope(types, fact_type, {})).limit(entries["limit"], name, over)
    if limit.per == "item" and (limit.when is not None or limit.base is not None):
        raise entries["limit"].fault("rule.shared", value=entries["limit"].text())
    return replace(limit, quotes=tuple(entry.text() for entry in _items(entries, "quote")), line=block.line)


def read_pool(name: str, block: Marked, benefits: Mapping[str, t.Benefit], pools: Mapping[str, t.Pool], types: FactTypes) -> t.Pool:
    """A `pool` block: a sum for several benefits or pools together, or a budget line of a text; raises Faults."""
    entries = block.keys(("title", "pool"), ("over", "quote", "clause"))
    known = {**benefits, **pools}
    for entry in _items(entries, "over"):
        if entry.text() not in known:
            raise entry.fault("rule.benefit", value=entry.text(), options=", ".join(known))
    over = tuple(entry.text() for entry in _items(entries, "over"))
    pool = Phrases(Scope(types, None, {})).pool(entries["pool"])
    parts = sum(pools[part].holds(1) for part in over if part in pools)
    if parts > pool.holds(1):
        raise entries["pool"].fault("rule.parts", value=entries["pool"].text(), sum=say_yuan(parts))
    return replace(
        pool,
        name=name,
        over=over,
        title=entries["title"].names(),
        clause=entries["clause"].text() if "clause" in entries else "",
        quotes=tuple(entry.text() for entry in _items(entries, "quote")),
        line=block.line,
    )


def read_condition(entry: Marked, types: FactTypes) -> Expr:
    """A condition on the firm alone, as an `eligible` block states it for the whole policy."""
    return Phrases(Scope(types, None, {})).expression(entry, "flag")
