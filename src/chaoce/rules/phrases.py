"""The short phrases of a rule: what it pays, its limits, its quota and pool, written so that a policy officer can read them.

at most 50% of paid                       at most 50万                     1000 per 件        100 per ㎡ of area
at most 13% of equipment, raised by 2 points if key_project
standard strategic_emerging of productive_investment, raised by 5%
10% on software                           (an uplift on the benefit `software`)
50万 per firm per year                    30% of investment per item       200万 per firm per year if hardware == domestic
10 个 per year by rank, counting selected        2.5亿 per year, pro rata        100万 per item (平均每个100万)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction

from chaoce.facts.types import FactTypes
from chaoce.marked import Marked
from chaoce.money import LARGEST_FEN, parse_rate
from chaoce.rules import tree as t
from chaoce.rules.expr import Expr, FactField, FirmField, Param, Type
from chaoce.rules.grammar import PARAMS, BadExpression, Scope, parse_expression

_MONEY = re.compile(r"([0-9][0-9_,]{0,20}(?:\.[0-9]{1,6})?)\s*(万|亿)?元?")
_SCALE = {None: 1, "万": 10**4, "亿": 10**8}
_RAISED = re.compile(r"(?P<pay>.+?),\s*raised by (?P<by>\S+)(?P<points> points)?(?: if (?P<when>.+))?")
_RATE_OF = re.compile(r"(?P<rate>param\.\S+|\S+%|[0-9]+/[0-9]+) of (?P<base>.+)")
_ON = re.compile(r"(?P<by>\S+)(?P<points> points)? on (?P<benefit>[a-z][a-z0-9-]*)")
_PER = re.compile(r"(?P<amount>\S+) per (?P<unit>\S+)(?: of (?P<count>.+))?")
_STANDARD = re.compile(r"standard (?P<name>\w+) of (?P<base>.+)")
_LIMIT = re.compile(
    r"(?:at most )?(?P<amount>\S+)(?: of (?P<base>.+?))? per (?P<per>\w+)(?P<span> per year| for life)?(?: if (?P<when>.+))?"
)
_QUOTA = re.compile(r"(?:at most )?(?P<count>[0-9]+)\s*(?P<unit>\S+) per year(?: by (?P<by>\w+))?(?:, counting (?P<counting>.+))?")
_POOL = re.compile(r"(?:at most )?(?P<amount>\S+) per (?P<per>year|item)(?:, (?P<sharing>first come|pro rata))?")
_ON_FACT = re.compile(r"(?P<type>\w+)(?:\((?P<of>[\w,\s]*)\))?")


def read_amount(text: str) -> int | None:
    """Fen of an amount as a text writes it (500000, 50万, 1.5亿元); None if it is none.

    >>> read_amount("50万"), read_amount("2,000,000"), read_amount("50%")
    (50000000, 200000000, None)
    """
    match = _MONEY.fullmatch(text)
    if match is None:
        return None
    fen = Fraction(match[1].replace(",", "").replace("_", "")) * _SCALE[match[2]] * 100
    return int(fen) if fen.denominator == 1 and 0 < fen <= LARGEST_FEN else None


class Phrases:
    """Reads the phrases of one block, whose names mean what its scope says."""

    def __init__(self, scope: Scope):
        self.scope = scope

    def expression(self, entry: Marked, want: Type | None = None, text: str | None = None) -> Expr:
        source = entry.text() if text is None else text
        try:
            return parse_expression(source, self.scope, want)
        except BadExpression as bad:
            raise entry.fault(bad.code, **{"text": source, **bad.particulars}) from None

    def amount(self, entry: Marked, text: str) -> int | Param:
        """Fen of an amount as a text writes it, or the parameter that gives it."""
        if text.startswith("param."):
            return self._param(entry, text, "money")
        fen = read_amount(text)
        if fen is None:
            raise entry.fault("rule.amount", value=text)
        return fen

    def rate(self, entry: Marked, text: str) -> Fraction | Param:
        if text.startswith("param."):
            return self._param(entry, text, "number")
        rate = parse_rate(text)
        if rate is None or not 0 < rate <= 10:
            raise entry.fault("rule.rate", value=text)
        return rate

    def _param(self, entry: Marked, text: str, want: Type) -> Param:
        tree = self.expression(entry, want, text)
        if not isinstance(tree, Param):
            raise entry.fault("rule.amount", value=text)
        return tree

    def pays(self, entry: Marked) -> t.Pay:
        """What the `pays` of a block says."""
        if type(entry.value) is dict:
            return self._structured(entry)
        return self._phrase(entry, entry.text().strip())

    def _phrase(self, entry: Marked, text: str) -> t.Pay:
        if match := _RAISED.fullmatch(text):
            by = self._raise(entry, match["by"], match["points"])
            when = self.expression(entry, "flag", match["when"]) if match["when"] else None
            return t.Raised(self._phrase(entry, match["pay"]), by, bool(match["points"]), when)
        at_most = text.startswith("at most ")
        text = text.removeprefix("at most ").strip()
        if match := _STANDARD.fullmatch(text):
            if at_most:
                raise entry.fault("rule.pays", value=entry.text())
            return t.Standard(match["name"], self.expression(entry, "money", match["base"]))
        if match := _RATE_OF.fullmatch(text):
            return t.Rate(self.rate(entry, match["rate"]), self.expression(entry, "money", match["base"]), at_most)
        if match := _ON.fullmatch(text):
            return t.Uplift(self._raise(entry, match["by"], match["points"]), bool(match["points"]), match["benefit"], at_most)
        if match := _PER.fullmatch(text):
            count = self.expression(entry, "number", match["count"]) if match["count"] else None
            return t.PerUnit(self.amount(entry, match["amount"]), match["unit"], count, at_most)
        if " " not in text:
            return t.Fixed(self.amount(entry, text), at_most)
        raise entry.fault("rule.pays", value=entry.text())

    def _raise(self, entry: Marked, text: str, points: str | None) -> Fraction:
        rate = parse_rate(f"{text}%" if points else text)
        if rate is None or rate <= 0:
            raise entry.fault("rule.rate", value=text)
        return rate

    def _structured(self, entry: Marked) -> t.Pay:
        entries = entry.mapping()
        shapes: dict[str, Callable[[Marked], t.Pay]] = {
            "by": self._by_class, "progressive": self._progressive, "ladder": self._ladder, "least of": self._least_of,
        }  # fmt: skip
        for shape, read in shapes.items():
            if shape in entries:
                return read(entry)
        raise entry.fault("rule.shape", options=", ".join(shapes))

    def _by_class(self, entry: Marked) -> t.Pay:
        entries = entry.keys(("by", "pays"))
        by = self.expression(entries["by"])
        classes = self._classes(entries["by"], by)
        cases = entries["pays"].mapping()
        for name, case in cases.items():
            if classes is not None and name not in classes:
                raise case.fault("unknown.value", value=name, options=", ".join(classes))
        if not cases:
            raise entries["pays"].fault("rule.shape", options="class: amount")
        return t.ByClass(by, tuple(cases), tuple(self.pays(case) for case in cases.values()))

    def _classes(self, entry: Marked, by: Expr) -> tuple[str, ...] | None:
        if by.type == "choice" and isinstance(by, FactField | FirmField) and by.field.choices is not None:
            return tuple(by.field.choices)
        if by.type != "text":
            raise entry.fault("rule.class", value=entry.text())
        return None

    def _progressive(self, entry: Marked) -> t.Pay:
        entries = entry.keys(("progressive", "brackets"))
        brackets: list[t.Bracket] = []
        at_most = False
        for row in entries["brackets"].items():
            parts = row.keys(("above", "rate"))
            text = parts["rate"].text()
            at_most |= text.startswith("at most ")
            rate = self.rate(parts["rate"], text.removeprefix("at most ").strip())
            above = 0 if parts["above"].text() == "0" else self.amount(parts["above"], parts["above"].text())
            if isinstance(rate, Param):
                raise row.fault("rule.bracket")
            known = [bracket.above for bracket in brackets if isinstance(bracket.above, int)]
            if isinstance(above, int) and known and above <= known[-1]:
                raise row.fault("rule.order", value=parts["above"].text())
            brackets.append(t.Bracket(above, rate))
        if not brackets:
            raise entries["brackets"].fault("rule.bracket")
        return t.Progressive(self.expression(entries["progressive"], "money"), tuple(brackets), at_most)

    def _ladder(self, entry: Marked) -> t.Pay:
        entries = entry.keys(("ladder", "steps"), ("difference",))
        on = self.expression(entries["ladder"])
        if self.scope.fact_type is None or self.scope.fact_type.series is None:
            raise entries["ladder"].fault("expr.series", name="ladder", type=self.scope.fact_type.name if self.scope.fact_type else "")
        classes = None if on.type == "money" else self._classes(entries["ladder"], on)
        steps: list[t.Step] = []
        at_most = False
        for name, step in entries["steps"].mapping().items():
            text = step.text()
            at_most |= text.startswith("at most ")
            at: int | str = name
            over = classes is None and name.startswith("over ")
            if classes is None:
                threshold = self.amount(step, name.removeprefix("over "))
                if isinstance(threshold, Param):
                    raise step.fault("rule.amount", value=name)
                at = threshold
            elif name not in classes:
                raise step.fault("unknown.value", value=name, options=", ".join(classes))
            amount = self.amount(step, text.removeprefix("at most ").strip())
            if steps and isinstance(amount, int) and isinstance(steps[-1].amount, int):
                low = isinstance(at, int) and at <= steps[-1].at
                if low or amount <= steps[-1].amount:
                    raise step.fault("rule.order", value=name)
            steps.append(t.Step(at, amount, over))
        difference = "difference" in entries and entries["difference"].choice(("yes", "no")) == "yes"
        return t.Ladder(on, tuple(steps), difference, at_most)

    def _least_of(self, entry: Marked) -> t.Pay:
        options = entry.keys(("least of",))["least of"].items()
        if len(options) < 2:
            raise entry.fault("rule.shape", options="[…, …]")
        return t.LeastOf(tuple(self.pays(option) for option in options))

    def limit(self, entry: Marked, name: str, over: tuple[str, ...]) -> t.Limit:
        source = entry.text()
        match = _LIMIT.fullmatch(source.strip())
        if match is None:
            raise entry.fault("rule.limit", value=source)
        per, span = match["per"], match["span"]
        fields = self.scope.fact_type.fields if self.scope.fact_type else {}
        if per not in ("item", "firm") and per not in fields:
            raise entry.fault("rule.per", value=per, options=", ".join(["item", "firm", *sorted(fields)]))
        if per == "item" and span:
            raise entry.fault("rule.limit", value=source)
        when = self.expression(entry, "flag", match["when"]) if match["when"] else None
        amount: int | Fraction | Param
        base = None
        if match["base"]:
            if per != "item":
                raise entry.fault("rule.share", value=source)
            amount, base = self.rate(entry, match["amount"]), self.expression(entry, "money", match["base"])
        else:
            amount = self.amount(entry, match["amount"])
        return t.Limit(name, amount, per, "life" if span == " for life" else "year", over, base, when, line=entry.line)

    def quota(self, entry: Marked) -> t.Quota:
        match = _QUOTA.fullmatch(entry.text().strip())
        if match is None or int(match["count"]) == 0:
            raise entry.fault("rule.quota", value=entry.text())
        fields = self.scope.fact_type.fields if self.scope.fact_type else {}
        ranks = [name for name, field in fields.items() if field.kind == "count"]
        if match["by"] and match["by"] not in ranks:
            raise entry.fault("rule.per", value=match["by"], options=", ".join(sorted(ranks)) or "—")
        counting = self.expression(entry, "flag", match["counting"]) if match["counting"] else None
        return t.Quota(int(match["count"]), match["unit"], match["by"], counting)

    def pool(self, entry: Marked) -> t.Pool:
        match = _POOL.fullmatch(entry.text().strip())
        if match is None:
            raise entry.fault("rule.pool", value=entry.text())
        return t.Pool(self.amount(entry, match["amount"]), match["sharing"], match["per"])  # type: ignore[arg-type]

    def schedule(self, entry: Marked) -> tuple[Fraction, ...]:
        rates = []
        for part in entry.items():
            rate = self.rate(part, part.text())
            if isinstance(rate, Param):
                raise part.fault("rule.rate", value=part.text())
            rates.append(rate)
        if sum(rates) != 1:
            raise entry.fault(
                "rule.schedule", value=entry.text() if type(entry.value) is str else " + ".join(p.text() for p in entry.items())
            )
        return tuple(rates)


def read_on(entry: Marked, types: FactTypes) -> tuple[str, tuple[str, ...] | None]:
    """The fact type that a rule reads, and the titles where it reads only some: `recognition(a, b)`."""
    match = _ON_FACT.fullmatch(entry.text().strip())
    if match is None:
        raise entry.fault("rule.on", value=entry.text())
    known = types.types
    if match["type"] not in known:
        raise entry.fault("unknown.type", value=match["type"], options=", ".join(sorted(known)))
    fact_type = known[match["type"]]
    if match["of"] is None:
        return fact_type.name, None
    if fact_type.by is None:
        raise entry.fault("rule.by", value=fact_type.name)
    choices = fact_type.fields[fact_type.by].choices or {}
    titles = tuple(title.strip() for title in match["of"].split(",") if title.strip())
    for title in titles:
        if title not in choices:
            raise entry.fault("unknown.value", value=title, options=", ".join(sorted(choices)))
    if not titles:
        raise entry.fault("rule.on", value=entry.text())
    return fact_type.name, titles


def read_params(entry: Marked) -> dict[str, str]:
    """The values that the text leaves to the yearly decisions: name -> kind."""
    params = {}
    for name, kind in entry.mapping().items():
        params[name] = kind.choice(tuple(PARAMS))
    return params
