"""A policy changed for a what-if: one value or one line of a rule is written otherwise, and everything else stays.

    compute-purchase.rate=40%           the rate of the benefit; of brackets or classes: rate.2=8%, rate.national=30%
    generative-ai-filing.amount=80万    its amount
    compute-purchase.limit=80万         how much its limit is; of several: limit.item=…, limit.firm=…
    benchmark-scenario.quota=20         how many a year
    fund.pool=1亿                       how much a pool holds
    compute-purchase.where=…            any other line of the block, in the language of rules (empty: left out)

A change of a line is made in the file, before the year's decisions; a value is changed after them, and stands whatever they say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from chaoce.faults import Fault, Faults, listed
from chaoce.marked import read_marked
from chaoce.money import parse_rate
from chaoce.policy.model import Policy
from chaoce.rules import tree as t
from chaoce.rules.phrases import read_amount
from chaoce.rules.settle import rewrite

_CHANGE = re.compile(r"(?:(?P<policy>[\w-]+):)?(?P<block>[\w-]+)\.(?P<key>[a-z][a-z ]*)(?:\.(?P<part>[\w-]+))?=(?P<text>.*)")
_VALUES = ("rate", "amount", "limit", "quota", "pool")


@dataclass(frozen=True)
class Change:
    """One change: `[policy:]block.key[.part]=text`."""

    policy: str | None
    block: str
    key: str
    part: str | None
    text: str
    written: str

    @classmethod
    def read(cls, written: str) -> Change:
        match = _CHANGE.fullmatch(written.strip())
        if match is None:
            raise Faults([Fault("change.form", {"value": written})])
        return cls(match["policy"], match["block"], match["key"].strip(), match["part"], match["text"].strip(), written.strip())

    @property
    def names(self) -> str:
        """What is changed, without the new value."""
        return self.written.partition("=")[0]

    @property
    def is_value(self) -> bool:
        """Whether one value of the rule is changed, rather than a line written anew."""
        if self.key not in _VALUES:
            return False
        if self.key == "rate" or self.part is not None:
            return True
        return self.text.isdecimal() if self.key == "quota" else read_amount(self.text) is not None


def change_policies(
    policies: Sequence[Policy], changes: Sequence[str]
) -> tuple[tuple[Policy, ...], Callable[[Sequence[Policy]], tuple[Policy, ...]]]:
    """The policies with changed lines, and what lays the changed values on them once they are decided; raises Faults."""
    read = [Change.read(text) for text in changes]
    changed = list(policies)
    for change in read:
        place = _owner(changed, change)
        if not change.is_value:
            line = read_marked(f"{change.key}: {change.text}", f"--change {change.written}")
            changed[place] = changed[place].rewritten(change.block, line)

    def later(decided: Sequence[Policy]) -> tuple[Policy, ...]:
        final = list(decided)
        for change in read:
            if change.is_value:
                place = _owner(final, change)
                final[place] = _with_value(final[place], change)
        return tuple(final)

    return tuple(changed), later


def _owner(policies: Sequence[Policy], change: Change) -> int:
    owners = [place for place, policy in enumerate(policies) if change.policy in (None, policy.id) and change.block in _blocks(policy)]
    if len(owners) != 1:
        code = "change.which" if owners else "change.block"
        options = listed(policies[place].id for place in owners) if owners else listed(n for p in policies for n in _blocks(p))
        raise Faults([Fault(code, {"value": change.block, "options": options}, key=change.written)])
    return owners[0]


def _blocks(policy: Policy) -> list[str]:
    named = [benefit.id for benefit in policy.benefits] + [limit.name for limit in policy.limits] + [pool.name for pool in policy.pools]
    return [*dict.fromkeys(named), policy.id, "term", *(["eligible"] if policy.eligible is not None else [])]


def _with_value(policy: Policy, change: Change) -> Policy:
    if change.key == "pool" and any(pool.name == change.block for pool in policy.pools):
        pools = tuple(replace(pool, amount=_amount(change)) if pool.name == change.block else pool for pool in policy.pools)
        return replace(policy, pools=pools)
    if change.key == "limit" and any(limit.name == change.block for limit in policy.limits):
        limits = tuple(replace(limit, amount=_amount(change)) if limit.name == change.block else limit for limit in policy.limits)
        return replace(policy, limits=limits)
    try:
        benefit = policy.benefit(change.block)
    except KeyError:
        raise _no_such(change, ()) from None
    return replace(policy, benefits=tuple(_SETTERS[change.key](own, change) if own is benefit else own for own in policy.benefits))


def _no_such(change: Change, options: Sequence[str]) -> Faults:
    return Faults([Fault("change.part", {"value": change.names, "options": listed(options)}, key=change.written)])


def _amount(change: Change) -> int:
    fen = read_amount(change.text)
    if fen is None:
        raise Faults([Fault("rule.amount", {"value": change.text}, key=change.written)])
    return fen


def _rate_of(change: Change) -> Fraction:
    rate = parse_rate(change.text)
    if rate is None:
        raise Faults([Fault("rule.rate", {"value": change.text}, key=change.written)])
    return rate


def _paths(pay: t.Pay, kinds: tuple[type, ...], path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The parts of a payment that hold a value of a kind, with the words by which each is meant: a class, the number of a bracket."""
    if isinstance(pay, kinds):
        yield path, pay
    if isinstance(pay, t.Progressive) and t.Bracket in kinds:
        for number, bracket in enumerate(pay.brackets, 1):
            yield (*path, str(number)), bracket
    if isinstance(pay, t.Ladder) and t.Step in kinds:
        for number, step in enumerate(pay.steps, 1):
            yield (*path, str(number)), step
    if isinstance(pay, t.ByClass):
        for name, part in zip(pay.classes, pay.pays, strict=True):
            yield from _paths(part, kinds, (*path, name))
    else:
        for part in pay.parts():
            yield from _paths(part, kinds, path)


def _meant(found: Mapping[str, Any], change: Change) -> Any:
    """The one value that is meant; which of several must be said."""
    if change.part is None and len(found) == 1:
        return next(iter(found.values()))
    if change.part is None or change.part not in found:
        raise _no_such(change, [f"{change.key}.{name}" if name else change.key for name in found])
    return found[change.part]


def _set_rate(benefit: t.Benefit, change: Change) -> t.Benefit:
    rate = _rate_of(change)
    found = {"-".join(path): part for path, part in _paths(benefit.pays, (t.Rate, t.Bracket))}
    meant = _meant(found, change)
    return replace(benefit, pays=rewrite(benefit.pays, lambda part: replace(part, rate=rate) if part is meant else part))


def _set_amount(benefit: t.Benefit, change: Change) -> t.Benefit:
    amount = _amount(change)
    found = {"-".join(path): part for path, part in _paths(benefit.pays, (t.Fixed, t.PerUnit, t.Step))}
    meant = _meant(found, change)
    return replace(benefit, pays=rewrite(benefit.pays, lambda part: replace(part, amount=amount) if part is meant else part))


def limits_by_name(benefit: t.Benefit) -> dict[str, t.Limit]:
    """The limits of a benefit that are amounts, by the words that tell them apart: `firm`, or `firm-year` and `firm-life`, `firm-2`."""
    found: dict[str, t.Limit] = {}
    own = [limit for limit in benefit.limits if limit.base is None]
    for limit in own:
        name = limit.per
        if sum(other.per == limit.per for other in own) > 1:
            name = f"{limit.per}-{limit.span}"
        number = 2
        while name in found:
            name, number = f"{limit.per}-{limit.span}-{number}", number + 1
        found[name] = limit
    return found


def _set_limit(benefit: t.Benefit, change: Change) -> t.Benefit:
    amount = _amount(change)
    found = limits_by_name(benefit)
    meant = _meant(found, change)
    return replace(benefit, limits=tuple(replace(limit, amount=amount) if limit is meant else limit for limit in benefit.limits))


def _set_quota(benefit: t.Benefit, change: Change) -> t.Benefit:
    if benefit.quota is None or change.part is not None:
        raise _no_such(change, ())
    if not change.text.isdecimal():
        raise Faults([Fault("change.count", {"value": change.text}, key=change.written)])
    return replace(benefit, quota=replace(benefit.quota, count=int(change.text)))


def _set_pool(benefit: t.Benefit, change: Change) -> t.Benefit:
    if benefit.pool is None or change.part is not None:
        raise _no_such(change, ())
    return replace(benefit, pool=replace(benefit.pool, amount=_amount(change)))


_SETTERS: Mapping[str, Callable[[t.Benefit, Change], t.Benefit]] = {
    "rate": _set_rate, "amount": _set_amount, "limit": _set_limit, "quota": _set_quota, "pool": _set_pool,
}  # fmt: skip
