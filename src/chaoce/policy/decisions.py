"""The year's decisions: what a city really pays within the ceilings of its text, and which standards it builds on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

from chaoce.faults import listed
from chaoce.files import read_text
from chaoce.folders import find_folder
from chaoce.marked import Marked, Names, read_marked
from chaoce.money import parse_rate, parse_yuan
from chaoce.policy.load import load_policy
from chaoce.policy.model import Policy
from chaoce.rules import settle
from chaoce.rules import tree as t


@dataclass(frozen=True)
class Decisions:
    """A decisions file, read but not yet laid on a policy."""

    year: int
    policy: str | None
    body: Marked
    note: Names | None = None

    @classmethod
    def load(cls, path: str | Path) -> Decisions:
        """The decisions of a YAML file; raises Faults."""
        body = read_marked(read_text(Path(path)), str(path))
        return read_decisions(body)


def read_decisions(body: Marked) -> Decisions:
    """The decisions of a marked document; raises Faults."""
    entries = body.keys(("year",), ("policy", "rates", "amounts", "standards", "params", "note"))
    year = entries["year"].text()
    if not (len(year) == 4 and year.isascii() and year.isdecimal()):
        raise entries["year"].fault("shape", want="年份,如 2026", want_en="a year, like 2026")
    note = entries["note"].names() if "note" in entries else None
    return Decisions(int(year), entries["policy"].text() if "policy" in entries else None, body, note)


def decide(policies: Sequence[Policy], decisions: Decisions | Sequence[Decisions], year: int) -> tuple[Policy, ...]:
    """The policies with the year's decisions laid on them; raises Faults where a decision does not fit.

    Decisions without `policy:` reach the policy that has the benefit; where two have it, the file must say which. The order of
    files does not matter: what a standard builds on another policy's rule is laid last, and nothing is decided twice.
    """
    changed = {policy.id: policy for policy in policies}
    files = [decisions] if isinstance(decisions, Decisions) else list(decisions)
    laying = [_meant(policies, file, year, changed) for file in files]
    for key in ("params", "rates", "amounts", "standards"):
        for file, laid in zip(files, laying, strict=True):
            entries = file.body.mapping()
            for name, entry in (entries[key].mapping() if key in entries else {}).items():
                getattr(laid, key)(name, entry)
    return tuple(changed[policy.id] for policy in policies)


def _meant(policies: Sequence[Policy], decisions: Decisions, year: int, changed: dict[str, Policy]) -> _Laying:
    """The policies that a file reaches."""
    entries = decisions.body.mapping()
    if decisions.year != year:
        raise entries["year"].fault("decision.year", value=decisions.year, right=year)
    if decisions.policy is not None and decisions.policy not in changed:
        raise entries["policy"].fault("unknown.value", value=decisions.policy, options=listed(changed))
    meant = [policy for policy in policies if decisions.policy in (None, policy.id)]
    return _Laying(meant, changed, decisions)


class _Laying:
    """Lays the decisions of one file on policies, one entry at a time; `changed` holds what all files have settled so far."""

    def __init__(self, meant: Sequence[Policy], changed: dict[str, Policy], made: Decisions):
        self.meant, self.changed, self.made = meant, changed, made

    def _lay(self, policy: Policy, benefits: tuple[t.Benefit, ...]) -> None:
        note = self.made.note or policy.decided_note
        self.changed[policy.id] = replace(policy, benefits=benefits, decided_year=self.made.year, decided_note=note)

    def rates(self, name: str, entry: Marked) -> None:
        if type(entry.value) is list:
            rates = tuple(self._rate(part) for part in entry.items())
            self._pays(name, entry, lambda pay: settle.decide_brackets(pay, rates))
        else:
            self._by_class(name, entry, lambda part: self._rate(part), settle.decide_rate)

    def amounts(self, name: str, entry: Marked) -> None:
        self._by_class(name, entry, lambda part: self._amount(part), settle.decide_amount)

    def _by_class(self, name: str, entry: Marked, read: Callable[[Marked], Any], settle_one: Callable[[t.Pay, Any], t.Pay]) -> None:
        if type(entry.value) is dict:
            for own, part in entry.mapping().items():
                self._pays(name, part, partial(_settle_class, own, read(part), settle_one))
        else:
            value = read(entry)
            self._pays(name, entry, lambda pay: settle_one(pay, value))

    @staticmethod
    def _rate(entry: Marked) -> Fraction:
        rate = parse_rate(entry.text())
        if rate is None:
            raise entry.fault("rule.rate", value=entry.text())
        return rate

    @staticmethod
    def _amount(entry: Marked) -> int:
        fen = parse_yuan(entry.text())
        if fen is None:
            raise entry.fault("money", value=entry.text())
        return fen

    def _pays(self, name: str, entry: Marked, change: Callable[[t.Pay], t.Pay]) -> None:
        owners = [p for p in self.meant if any(b.id == name for b in p.benefits)]
        if len(owners) != 1:
            if owners:
                raise entry.fault("decision.which", value=name, options=listed(p.id for p in owners))
            raise entry.fault("rule.benefit", value=name, options=listed(b.id for p in self.meant for b in p.benefits))
        policy = self.changed[owners[0].id]
        try:
            benefits = tuple(_settled(b, change(b.pays)) if b.id == name else b for b in policy.benefits)
        except settle.CannotSettle as bad:
            text = policy.benefit(name).text_pays
            if bad.code == "decision.promise" and text is not None and text.ceiling:
                raise entry.fault("yaml.twice", key=name) from None
            raise entry.fault(bad.code, **bad.particulars) from None
        self._lay(policy, benefits)

    def params(self, name: str, entry: Marked) -> None:
        owners = [(p, b) for p in self.meant for b in p.benefits if name in b.params]
        if not owners:
            raise entry.fault("expr.param", name=name, options=listed(n for p in self.meant for b in p.benefits for n in b.params))
        used = any(name in undecided(benefit, pool=True) for _, benefit in owners)
        if used and not any(name in undecided(self.changed[p.id].benefit(b.id), pool=True) for p, b in owners):
            raise entry.fault("yaml.twice", key=name)
        for policy, benefit in owners:
            values = {name: self._param(entry, benefit.params[name])}
            self._each(policy, benefit.id, partial(_fill, values=values))
            for pay in self.changed[policy.id].benefit(benefit.id).pays.walk():
                if isinstance(pay, t.Progressive):
                    thresholds = [bracket.above for bracket in pay.brackets if isinstance(bracket.above, int)]
                    if thresholds != sorted(set(thresholds)):
                        raise entry.fault("rule.order", value=entry.text())

    def _param(self, entry: Marked, kind: str) -> Any:
        if kind in ("table", "money table"):
            read = self._amount if kind == "money table" else self._number
            return {key: read(part) for key, part in entry.mapping().items()}
        return {"rate": self._rate, "number": self._number, "money": self._amount}[kind](entry)

    def _number(self, entry: Marked) -> Fraction:
        rate = parse_rate(entry.text())
        if rate is not None:
            return rate
        fen = parse_yuan(entry.text())
        if fen is None:
            raise entry.fault("rule.rate", value=entry.text())
        return Fraction(fen, 100)

    def _each(self, policy: Policy, name: str, change: Callable[[t.Benefit], t.Benefit]) -> None:
        current = self.changed[policy.id]
        benefits = tuple(change(b) if b.id == name else b for b in current.benefits)
        self._lay(current, benefits)

    def standards(self, name: str, entry: Marked) -> None:
        users = [(p, b) for p in self.meant for b in self.changed[p.id].benefits if name in settle.undecided(b.pays)]
        if not users:
            names = {
                n for p in self.meant for b in p.benefits for part in b.pays.walk() if isinstance(part, t.Standard) for n in [part.name]
            }
            raise entry.fault("decision.standard", value=name, options=listed(names))
        standard, source = self._standard(entry, users[0][0])
        for policy, benefit in users:
            self._each(policy, benefit.id, partial(_on_standard, name=name, standard=standard, source=source))

    def _standard(self, entry: Marked, policy: Policy) -> tuple[t.Pay | tuple[t.Bracket, ...], t.Source | None]:
        """What the standard gives, and the rule of another policy that it was taken from."""
        entries = entry.keys((), ("brackets", "policy", "benefit"))
        if "brackets" in entries:
            return self._brackets(entries["brackets"]), None
        for key in ("policy", "benefit"):
            if key not in entries:
                raise entry.lacks(key, "brackets,或 policy 和 benefit", "brackets, or policy and benefit")
        other = next((p for p in self.changed.values() if p.id == entries["policy"].text()), None)
        if other is None:
            other = load_policy(find_folder(entries["policy"].text(), policy.folder), {})
        named = entries["benefit"].text()
        if not any(b.id == named for b in other.benefits):
            raise entries["benefit"].fault("rule.benefit", value=named, options=listed(b.id for b in other.benefits))
        pays = other.benefit(named).pays
        if settle.undecided(pays):
            raise entries["benefit"].fault("decision.undecided", value=named, options=", ".join(settle.undecided(pays)))
        if not all(isinstance(part, t.Rate | t.Progressive) for part in pays.walk()):
            raise entries["benefit"].fault("decision.shape", want="brackets")
        return pays, t.Source(other.id, other.benefit(named).title, other.restated, pays.ceiling)

    def _brackets(self, entry: Marked) -> tuple[t.Bracket, ...]:
        brackets: list[t.Bracket] = []
        for row in entry.items():
            parts = row.keys(("above", "rate"))
            bracket = t.Bracket(self._amount(parts["above"]), self._rate(parts["rate"]))
            if brackets and bracket.above <= brackets[-1].above:
                raise row.fault("rule.order", value=parts["above"].text())
            brackets.append(bracket)
        if not brackets:
            raise entry.fault("rule.bracket")
        return tuple(brackets)


def _settle_class(own: str, value: Any, settle_one: Callable[[t.Pay, Any], t.Pay], pay: t.Pay) -> t.Pay:
    return settle.decide_class(pay, own, lambda part: settle_one(part, value))


def _settled(benefit: t.Benefit, pays: t.Pay) -> t.Benefit:
    return replace(benefit, pays=pays, text_pays=benefit.text_pays or benefit.pays)


def _on_standard(benefit: t.Benefit, name: str, standard: t.Pay | tuple[t.Bracket, ...], source: t.Source | None) -> t.Benefit:
    return replace(_settled(benefit, settle.put_standard(benefit.pays, {name: standard})), standard_of=source)


def _fill(benefit: t.Benefit, values: Mapping[str, Any]) -> t.Benefit:
    pays = settle.fill(benefit.pays, values)
    return replace(
        benefit if pays == benefit.pays else _settled(benefit, pays),
        where=settle.fill(benefit.where, values) if benefit.where is not None else None,
        limits=tuple(settle.fill(limit, values) for limit in benefit.limits),
        pool=settle.fill(benefit.pool, values) if benefit.pool is not None else None,
    )


def undecided(benefit: t.Benefit, pool: bool = False) -> tuple[str, ...]:
    """What the year's decisions must still give before the benefit can be computed; with `pool`, before its pool can too."""
    parts = (benefit.pays, benefit.where, *benefit.limits, *([benefit.pool] if pool else []))
    return tuple(dict.fromkeys(name for part in parts if part is not None for name in settle.undecided(part)))
