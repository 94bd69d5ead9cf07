"""From a policy folder to a Policy: the blocks of its literate file, read under the chosen readings."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from chaoce.dates import parse_date
from chaoce.facts.types import FactTypes, read_types_of
from chaoce.faults import Fault, Faults, listed
from chaoce.files import read_text
from chaoce.marked import Marked, Names
from chaoce.policy.literate import Block, Document, read_document
from chaoce.policy.model import Option, Policy, Reading, Settings
from chaoce.policy.text import OfficialText
from chaoce.rules.block import Place, read_benefit, read_condition, read_pool, read_shared_limit
from chaoce.rules.expr import Compare, Expr, Literal, Negation, Within
from chaoce.rules.tree import Benefit, Limit, Pool, Uplift


def load_policy(folder: Path, readings: Mapping[str, str]) -> Policy:
    """The policy of a folder; raises Faults with all that is wrong in it."""
    document = read_document(read_text(folder / "policy.md"), str(folder / "policy.md"))
    return _build(document, read_types_of([folder]), folder, readings, {})


def rebuild(policy: Policy, chosen: Mapping[str, str], rewrites: Mapping[str, Mapping[str, Marked]]) -> Policy:
    """The policy from the same file under other readings, with lines of its blocks written otherwise."""
    return _build(policy.document, policy.types, policy.folder, chosen, rewrites)


class _Collector:
    """Collects the faults of many blocks, so that all are said at once."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []

    def __enter__(self) -> _Collector:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: object) -> bool:
        if isinstance(error, Faults):
            self.faults.extend(error.faults)
            return True
        return False


def _build(
    document: Document, types: FactTypes, folder: Path, overrides: Mapping[str, str], rewrites: Mapping[str, Mapping[str, Marked]]
) -> Policy:
    collect = _Collector()
    text = _numbered(document.text)
    one = {kind: _one(document, kind, collect) for kind in ("policy", "term", "overlap", "eligible")}
    if one["policy"] is None or one["term"] is None:
        missing = "policy" if one["policy"] is None else "term"
        collect.faults.append(Fault("block.missing", {"value": missing}, file=document.file, line=1))
        raise Faults(collect.faults)
    head, term_block = one["policy"], one["term"]
    _no_twins(document, collect)
    readings: list[Reading] = []
    for block in _of(document, "reading"):
        with collect:
            readings.append(_read_reading(block, text))
    chosen = {reading.id: overrides.get(reading.id, reading.chosen) for reading in readings}
    changes = _changes(document, readings, chosen, collect)
    for block_name, lines in rewrites.items():
        changes.setdefault(block_name, {}).update(lines)
    restated = False
    settings, header, title = Settings(), None, Names("", "")
    with collect:
        header = _changed(head.body, changes.pop(f"policy {head.name}", {}) or changes.pop(head.name, {}))
        entries = header.keys(
            ("title", "text"), ("sha256", "issuer", "pays in", "year starts", "rounding", "choice", "english", "to decide")
        )
        restated = entries["text"].choice(("official", "restated")) == "restated"
        if not restated and "sha256" not in entries:
            raise header.lacks("sha256", "官方文本的 SHA-256", "the SHA-256 of the official text")
        settings, title = _read_settings(entries), entries["title"].names()
    term = (date.min, date.max)
    with collect:
        term = _read_term(_changed(term_block.body, changes.pop("term", {})))
    eligible, eligible_words = None, None
    if one["eligible"] is not None:
        with collect:
            parts = _changed(one["eligible"].body, changes.pop("eligible", {})).keys(("where", "title"), ("quote",))
            eligible, eligible_words = read_condition(parts["where"], types), parts["title"].names()
    bodies = {block.name: block.body for block in document.blocks if block.kind in ("benefit", "limit", "pool")}
    for name, body in bodies.items():
        with collect:
            bodies[name] = _changed(body, changes.pop(name, {}))
    benefits: dict[str, Benefit] = {}
    for block in _of(document, "benefit"):
        with collect:
            place = _place(block, document, text)
            benefits[block.name] = read_benefit(block.name, bodies[block.name], head.name, place, types)
    faulty = {block.name for block in _of(document, "benefit")} - set(benefits)
    limits: list[Limit] = []
    for block in _of(document, "limit"):
        with collect:
            if not _names_one_of(bodies[block.name], faulty):
                limits.append(read_shared_limit(block.name, bodies[block.name], benefits, types))
    pools: dict[str, Pool] = {}
    for block in _of(document, "pool"):
        with collect:
            if not _names_one_of(bodies[block.name], faulty):
                pools[block.name] = read_pool(block.name, bodies[block.name], benefits, pools, types)
            else:
                faulty.add(block.name)
    for block in _of(document, "note"):
        with collect:
            block.body.keys(("reason", "quote"))["reason"].names()
    if not collect.faults:
        _check_beside(benefits, bodies, collect)
        _check_nesting(benefits, limits, document, collect)
        for reading in readings:
            for name, keys in reading.option(chosen[reading.id]).changes.items():
                if name in changes:
                    line = next((entry.line for entry in keys.values()), reading.line)
                    key = f"options.{chosen[reading.id]}.change.{name}"
                    collect.faults.append(Fault("reading.block", {"value": name}, file=document.file, line=line, key=key))
    if collect.faults or header is None:
        raise Faults(collect.faults)
    entries = header.mapping()
    return Policy(
        id=head.name,
        title=title,
        issuer=entries["issuer"].text() if "issuer" in entries else "",
        restated=restated,
        pays_in=tuple(entry.text() for entry in entries["pays in"].items()) if "pays in" in entries else (),
        sha256=entries["sha256"].text() if "sha256" in entries else "",
        term=term,
        settings=settings,
        types=types,
        benefits=tuple(benefits.values()),
        limits=tuple(limits),
        pools=tuple(pools.values()),
        eligible=eligible,
        eligible_words=eligible_words,
        readings=tuple(readings),
        chosen=chosen,
        document=document,
        text=text,
        folder=folder,
        rewrites=rewrites,
        to_decide={name: entry.names() for name, entry in entries["to decide"].mapping().items()} if "to decide" in entries else {},
        english={word: entry.text() for word, entry in entries["english"].mapping().items()} if "english" in entries else {},
    )


@functools.lru_cache(maxsize=64)
def _numbered(text: str) -> OfficialText:
    return OfficialText(text)


def _of(document: Document, kind: str) -> list[Block]:
    return [block for block in document.blocks if block.kind == kind]


def _one(document: Document, kind: str, collect: _Collector) -> Block | None:
    blocks = _of(document, kind)
    for block in blocks[1:]:
        collect.faults.append(Fault("rule.twice", {"value": kind, "other": blocks[0].line}, file=document.file, line=block.line))
    return blocks[0] if blocks else None


def _no_twins(document: Document, collect: _Collector) -> None:
    seen: dict[str, int] = {}
    for block in document.blocks:
        if block.name:
            other = seen.setdefault(block.name, block.line)
            if other != block.line:
                collect.faults.append(Fault("rule.twice", {"value": block.name, "other": other}, file=document.file, line=block.line))


def passage(block: Block, document: Document, text: OfficialText) -> tuple[int, int]:
    """The words that a block stands under: its paragraph from the block before it (or the beginning) up to itself."""
    paragraph = text.paragraph_at(block.offset)
    start = max((b.offset for b in document.blocks if paragraph.start < b.offset < block.offset), default=paragraph.start)
    return start, min(block.offset, paragraph.end)


def _place(block: Block, document: Document, text: OfficialText) -> Place:
    paragraph = text.paragraph_at(block.offset)
    start, end = passage(block, document, text)
    quotes = [entry.text() for entry in block.body.mapping()["quote"].items()] if "quote" in block.body.mapping() else []
    held = []
    for sentence in text.sentences(paragraph):
        words = text.text[sentence.start : sentence.end]
        if start <= sentence.start < end and (not quotes or any(quote in words for quote in quotes)):
            held.append(words.strip())
    return Place(paragraph.clause, "".join(held) or text.text[start:end].strip(), text.departments(paragraph))


def _changed(body: Marked, changes: Mapping[str, Marked]) -> Marked:
    """The block under a reading's changes; a key that it leaves empty is taken out."""
    if not changes:
        return body
    return replace(body, value={key: entry for key, entry in {**body.mapping(), **changes}.items() if entry.value != ""})


def _changes(document: Document, readings: list[Reading], chosen: Mapping[str, str], collect: _Collector) -> dict[str, dict[str, Marked]]:
    merged: dict[str, dict[str, Marked]] = {}
    for reading in readings:
        if not any(option.id == chosen[reading.id] for option in reading.options):
            options = ", ".join(option.id for option in reading.options)
            particulars = {"value": chosen[reading.id], "options": options}
            collect.faults.append(Fault("unknown.value", particulars, document.file, reading.line, key="chosen"))
            continue
        for block, keys in reading.option(chosen[reading.id]).changes.items():
            merged.setdefault(block, {}).update(keys)
    return merged


def _read_reading(block: Block, text: OfficialText) -> Reading:
    entries = block.body.keys(("question", "chosen", "options"), ("quote",))
    options = []
    for name, entry in entries["options"].mapping().items():
        parts = entry.keys(("zh", "en"), ("change",))
        changes = {}
        for target, change in (parts["change"].mapping() if "change" in parts else {}).items():
            changes[target] = {key: replace(value, key=key) for key, value in change.mapping().items()}
        options.append(Option(name, Names(parts["zh"].text(), parts["en"].text()), changes))
    if len(options) < 2:
        raise entries["options"].fault("reading.options")
    entries["chosen"].choice(tuple(option.id for option in options))
    quotes = tuple(entry.text() for entry in entries["quote"].items()) if "quote" in entries else ()
    clause = text.paragraph_at(block.offset).clause
    return Reading(block.name, entries["question"].names(), tuple(options), entries["chosen"].text(), clause, quotes, block.line)


def _read_settings(entries: Mapping[str, Marked]) -> Settings:
    starts = (1, 1)
    if "year starts" in entries:
        day = parse_date(f"2000-{entries['year starts'].text()}")
        if day is None:
            raise entries["year starts"].fault("date", value=entries["year starts"].text())
        starts = (day.month, day.day)
    return Settings(
        starts,
        entries["rounding"].choice(("down", "half up")) if "rounding" in entries else "down",
        entries["choice"].choice(("best total", "largest first")) if "choice" in entries else "best total",
    )


def _read_term(body: Marked) -> tuple[date, date]:
    """The first and the last day of the policy; without `to` it has no end yet."""
    entries = body.keys(("from",), ("to", "quote"))
    days = [date.min, date.max]
    for place, key in enumerate(("from", "to")):
        if key not in entries:
            continue
        day = parse_date(entries[key].text())
        if day is None:
            raise entries[key].fault("date", value=entries[key].text())
        days[place] = day
    if days[1] < days[0]:
        raise entries["to"].fault("rule.order", value=entries["to"].text())
    return days[0], days[1]


def _names_one_of(body: Marked, faulty: set[str]) -> bool:
    """Whether a limit or pool lies over a block whose faults are said already."""
    entries = body.mapping()
    return "over" in entries and any(entry.text() in faulty for entry in entries["over"].items())


def _check_beside(benefits: Mapping[str, Benefit], bodies: Mapping[str, Marked], collect: _Collector) -> None:
    order = list(benefits)
    for benefit in benefits.values():
        entries = bodies[benefit.id].mapping()
        for entry in entries["beside"].items() if "beside" in entries else ():
            other = entry.text()
            if other not in benefits or benefits[other].on != benefit.on:
                options = listed(b.id for b in benefits.values() if b.on == benefit.on and b is not benefit)
                with collect:
                    raise entry.fault("rule.benefit", value=other, options=options)
        for pay in benefit.pays.walk():
            if isinstance(pay, Uplift):
                known = pay.benefit in benefit.beside and pay.benefit in order and order.index(pay.benefit) < order.index(benefit.id)
                if not known:
                    with collect:
                        raise entries["pays"].fault("rule.uplift", value=pay.benefit)


def _check_nesting(benefits: Mapping[str, Benefit], shared: list[Limit], document: Document, collect: _Collector) -> None:
    """Limits over one benefit lie one in the other, or never meet: only then does their order not matter to the sum."""
    limits = [limit for benefit in benefits.values() for limit in benefit.limits] + shared
    summed = [limit for limit in limits if limit.per != "item"]
    for place, limit in enumerate(summed):
        for other in summed[:place]:
            if set(limit.over) & set(other.over) and not (_lies_in(limit, other) or _lies_in(other, limit) or _apart(limit, other)):
                fault = Fault("rule.cross", {"value": limit.name, "other": other.name}, document.file, limit.line, key="limit")
                collect.faults.append(fault)


def _lies_in(inner: Limit, outer: Limit) -> bool:
    return set(inner.over) <= set(outer.over) and outer.per in ("firm", inner.per) and (outer.when is None or outer.when == inner.when)


def _apart(one: Limit, other: Limit) -> bool:
    """Whether two limits hold for different values of one field, or one where the other does not: no fact is under both."""
    if one.when is not None and other.when is not None and (one.when == Negation(other.when) or other.when == Negation(one.when)):
        return True
    values = [_values(limit.when) for limit in (one, other)]
    return None not in values and values[0][0] == values[1][0] and not values[0][1] & values[1][1]  # type: ignore[index]


def _values(when: Expr | None) -> tuple[Expr, frozenset[str]] | None:
    if isinstance(when, Within):
        return when.item, frozenset(when.values)
    if isinstance(when, Compare) and when.op == "==" and isinstance(when.right, Literal) and when.right.type in ("choice", "text"):
        return when.left, frozenset({str(when.right.value)})
    return None
