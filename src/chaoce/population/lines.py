"""Benefits made ready for columns: what each pays every fact of its type, as the one-firm engine's claims (assessment/claims.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import reduce

import polars as pl

from chaoce.assessment.claims import Engine, Line
from chaoce.population.amounts import fen
from chaoce.population.columns import Columns, NotInColumns, firm_fields
from chaoce.population.intake import Intake
from chaoce.rules import expr as x
from chaoce.rules.tree import Benefit, Limit, Uplift

#: A claim in columns: what one benefit gives one fact. `claim` is the same for parts that are paid beside each other.
CLAIMS = {"#firm": pl.UInt32, "#fact": pl.UInt32, "line": pl.UInt16, "claim": pl.UInt16, "due": pl.Int64}
#: A claim under a limit that is not simply its benefit's own: the limit, and the value of the field that it goes by.
UNDER = {"#firm": pl.UInt32, "#fact": pl.UInt32, "line": pl.UInt16, "limit": pl.UInt16, "group": pl.String}


#: The largest claim in fen that columns add up.
_LARGEST_DUE = 10**14


@dataclass(frozen=True)
class _Ready:
    """One benefit in columns: whether it pays a fact, and what, before received support; `whens` are its other limits' conditions."""

    line: Line
    pays: pl.Expr
    limits: tuple[tuple[int, pl.Expr | None], ...]


@dataclass(frozen=True)
class TypePlan:
    """All benefits that read one type of fact."""

    lines: tuple[Line, ...]
    ready: tuple[_Ready, ...]
    alone: tuple[Line, ...]
    steps: tuple[pl.Expr, ...]
    held: tuple[x.Holds, ...]
    firm_fields: frozenset[str]


class Plan:
    """Policies in columns for a year: built once, used for every range of firms."""

    def __init__(self, engine: Engine, year: int):
        self.engine, self.year = engine, year
        self.own = own_limits(engine)
        by_type: dict[str, list[Line]] = {}
        for line in engine.lines:
            by_type.setdefault(line.benefit.on, []).append(line)
        self.types = {name: self._type(lines) for name, lines in by_type.items()}

    def _type(self, lines: Sequence[Line]) -> TypePlan:
        columns = Columns(lines[0].policy.types.types[lines[0].benefit.on].series)
        ready: list[_Ready] = []
        alone: list[Line] = []
        fields: set[str] = set()
        for line in lines:
            if line.exact is None:
                continue
            steps = len(columns.steps)
            try:
                ready.append(self._ready(columns, line))
            except NotInColumns:
                del columns.steps[steps:]
                alone.append(line)
            else:
                fields |= _firm_fields(line)
        return TypePlan(tuple(lines), tuple(ready), tuple(alone), tuple(columns.steps), tuple(columns.held), frozenset(fields))

    def _ready(self, columns: Columns, line: Line) -> _Ready:
        policy, benefit = line.policy, line.benefit
        benefits = {other.id: other for other in policy.benefits}
        tests = [self.meant(line), self.in_term(line)]
        if policy.eligible is not None:
            tests.append(columns.flag(policy.eligible).fill_null(False))
        tests.extend(columns.flag(condition.tree).fill_null(False) for condition in line.conditions)
        worth = fen(columns, benefit.pays, benefits, policy.settings.rounding)
        for limit in benefit.item_limits():
            worth = _held(columns, worth, limit)
        limits = []
        for index, _ in self.engine.caps_of[policy.id, benefit.id]:
            when = self.engine.caps[index][0].when
            condition = columns.flag(when) if when is not None else None
            if condition is not None:
                tests.append(condition.is_not_null())
            if index not in self.own:
                limits.append((index, condition))
        holds = reduce(lambda one, other: one & other, tests)
        return _Ready(line, pl.when(holds & (worth > 0)).then(worth), tuple(limits))

    def in_term(self, line: Line) -> pl.Expr:
        """Facts of the days on which the policy is in force."""
        return _between(*line.policy.term)

    def meant(self, line: Line) -> pl.Expr:
        """Facts of the year, and of the titles, that the benefit reads."""
        inside = in_year(self.year, line.policy.settings.year_starts)
        return inside if line.titles is None else inside & pl.col(line.by or "").is_in(sorted(line.titles))


def own_limits(engine: Engine) -> frozenset[int]:
    """The limits that hold one benefit of a firm and nothing else, whatever the fact: a sum is enough to know what they leave."""
    found = []
    for index, (limit, _) in enumerate(engine.caps):
        if limit.per == "firm" and limit.when is None and len(limit.over) == 1 and isinstance(limit.amount, int):
            found.append(index)
    return frozenset(found)


def _firm_fields(line: Line) -> frozenset[str]:
    trees: list[x.Expr | None] = [line.policy.eligible, line.benefit.where]
    benefits = {benefit.id: benefit for benefit in line.policy.benefits}
    trees.extend(_trees(line.benefit, benefits))
    trees.extend(limit.when for limit in line.policy.limits)
    return frozenset().union(*(firm_fields(tree) for tree in trees))


def _trees(benefit: Benefit, benefits: Mapping[str, Benefit]) -> list[x.Expr | None]:
    """Every expression that an amount is reckoned on."""
    found: list[x.Expr | None] = []
    for pay in benefit.pays.walk():
        found.extend(
            getattr(pay, name, None) for name in ("base", "count", "on", "by", "when") if isinstance(getattr(pay, name, None), x.Expr)
        )
        if isinstance(pay, Uplift):
            found.append(benefits[pay.benefit].where)
            found.extend(_trees(benefits[pay.benefit], benefits))
    for limit in benefit.limits:
        found.extend((limit.base, limit.when))
    return found


def _held(columns: Columns, worth: pl.Expr, limit: Limit) -> pl.Expr:
    """An amount under a limit of the item; null where it cannot be said whether or how much the limit holds."""
    if limit.base is None:
        if not isinstance(limit.amount, int):
            raise NotInColumns
        most: pl.Expr = pl.lit(limit.amount, dtype=pl.Int64)
    else:
        share = columns.number(limit.base).times(limit.amount)
        most = pl.when(share.top.is_not_null()).then(pl.max_horizontal(share.top // share.over, 0))
    held = pl.when(worth <= most).then(worth).when(worth > most).then(most)
    if limit.when is None:
        return held
    when = columns.flag(limit.when)
    return pl.when(when).then(held).when(~when).then(worth)


def in_year(year: int, starts: tuple[int, int]) -> pl.Expr:
    """Facts that count in the year, where years begin on (month, day)."""
    if starts == (1, 1):
        return pl.col("#year") == year
    return (pl.col("date") >= _start(year, starts)) & (pl.col("date") < _start(year + 1, starts))


def _start(year: int, starts: tuple[int, int]) -> date:
    try:
        return date(year, *starts)
    except ValueError:  # 29 February in a year without one
        return date(year, starts[0], starts[1] - 1) + timedelta(days=1)


def _between(first: date, last: date) -> pl.Expr:
    inside = pl.lit(True)
    if first > date.min:
        inside = inside & (pl.col("date") >= first)
    return inside & (pl.col("date") <= last) if last < date.max else inside


@dataclass
class Claimed:
    """The claims of a range, those under limits of several benefits, and by type the firms that only the one-firm reader can do."""

    claims: pl.DataFrame
    under: pl.DataFrame
    alone: dict[str, set[int]] = field(default_factory=dict)

    def all_alone(self) -> set[int]:
        return set().union(*self.alone.values())


def claim(plan: Plan, intake: Intake, taken: pl.DataFrame, only: frozenset[str] | None = None) -> Claimed:
    """Every claim that could be made by the firms of a range, less what its matters have received (matters.TAKEN).

    Of some types of facts only, if they are named.
    """
    claims, under = [pl.DataFrame(schema=CLAIMS)], [pl.DataFrame(schema=UNDER)]
    alone: dict[str, set[int]] = {}
    less = _Received(plan, intake, taken)
    for name, own in plan.types.items():
        if name not in intake.facts or (only is not None and name not in only):
            continue
        frame = intake.facts[name].frame
        firms = alone.setdefault(name, set())
        for line in own.alone:
            firms.update(frame.filter(plan.meant(line))["#firm"].to_list())
        if own.ready:
            _of_type(plan, own, _with_firm(frame, intake, own), less, claims, under, firms)
    made = pl.concat(claims)
    # Sums of what is larger could leave 64 bits.
    alone[""] = set(made.filter(pl.col("due") > _LARGEST_DUE)["#firm"].to_list())
    return Claimed(made, pl.concat(under), alone)


def _with_firm(frame: pl.DataFrame, intake: Intake, own: TypePlan) -> pl.DataFrame:
    """The facts with what their rules read of the firm: its fields, and the day from which it holds something."""
    columns = [intake.firms[name].gather(frame["#firm"]).alias(f"firm.{name}") for name in sorted(own.firm_fields)]
    frame = frame.with_columns(columns) if columns else frame
    for place, node in enumerate(own.held):
        since = pl.DataFrame(schema={"#firm": pl.UInt32, "date": pl.Date})
        if node.fact_type in intake.facts:
            facts = intake.facts[node.fact_type].frame.filter(pl.col(node.by).is_in(list(node.values)))
            since = facts.group_by("#firm").agg(pl.col("date").min())
        frame = frame.join(since.rename({"date": f"#held{place}"}), on="#firm", how="left", maintain_order="left")
    return frame


def _of_type(
    plan: Plan, own: TypePlan, frame: pl.DataFrame, less: _Received, claims: list[pl.DataFrame], under: list[pl.DataFrame], alone: set[int]
) -> None:
    lazy = frame.lazy()
    for step in own.steps:
        lazy = lazy.with_columns(step)
    named = [ready.pays.alias(f"#due{ready.line.order}") for ready in own.ready]
    groups = {plan.engine.caps[index][0].per for ready in own.ready for index, _ in ready.limits} - {"firm"}
    held = [
        when.fill_null(False).alias(f"#under{ready.line.order}.{index}")
        for ready in own.ready
        for index, when in ready.limits
        if when is not None
    ]
    due = lazy.select("#firm", "#fact", *sorted(groups), *named, *held).filter(
        pl.any_horizontal(pl.col(f"#due{ready.line.order}").is_not_null() for ready in own.ready)
    )
    rows = due.collect()
    rows = less.off(own, rows, alone)
    for ready in own.ready:
        order = ready.line.order
        paid = rows.filter(pl.col(f"#due{order}").is_not_null())
        claims.append(
            paid.select(
                "#firm",
                "#fact",
                pl.lit(order, dtype=pl.UInt16).alias("line"),
                pl.lit(_claim_of(own, ready.line), dtype=pl.UInt16).alias("claim"),
                pl.col(f"#due{order}").alias("due"),
            )
        )
        for index, when in ready.limits:
            per = plan.engine.caps[index][0].per
            some = paid.filter(pl.col(f"#under{order}.{index}")) if when is not None else paid
            group = pl.lit(None, dtype=pl.String) if per == "firm" else pl.col(per).cast(pl.String)
            line, limit = pl.lit(order, dtype=pl.UInt16).alias("line"), pl.lit(index, dtype=pl.UInt16).alias("limit")
            under.append(some.select("#firm", "#fact", line, limit, group.alias("group")))


def _claim_of(own: TypePlan, line: Line) -> int:
    """The order of the first benefit that it is paid beside: parts of one claim have one number."""
    return min(other.order for other in own.lines if other.policy is line.policy and other.bundle == line.bundle)


class _Received:
    """Support received: what it takes off the claims for matters that overlap, and which benefits it closes."""

    def __init__(self, plan: Plan, intake: Intake, taken: pl.DataFrame):
        self.plan, self.intake = plan, intake
        self.firms = set(intake.received["#firm"].to_list())
        self.by_fact = taken if self.firms else None

    def off(self, own: TypePlan, rows: pl.DataFrame, alone: set[int]) -> pl.DataFrame:
        """The rows after limits that parts share in an item and after received support, in the plan's order.

        Firms in which leaving a part out could be worth it are left to the one-firm reader.
        """
        if self.by_fact is not None:
            rows = rows.join(self.by_fact, on="#fact", how="left", maintain_order="left").with_columns(pl.col("#received").fill_null(0))
            for ready in own.ready:
                if ready.line.benefit.once == "firm":
                    closed = self._closed(ready.line)
                    name = f"#due{ready.line.order}"
                    rows = rows.with_columns(pl.when(~pl.col("#firm").is_in(closed)).then(pl.col(name)).alias(name))
        bundles: dict[int, list[_Ready]] = {}
        for ready in own.ready:
            bundles.setdefault(_claim_of(own, ready.line), []).append(ready)
        for parts in bundles.values():
            names = [f"#due{part.line.order}" for part in parts]
            if len(parts) > 1:
                several = pl.sum_horizontal(pl.col(name).is_not_null() for name in names) > 1
                divided = [
                    pl.col(f"#due{part.line.order}").is_not_null()
                    for part in parts
                    if part.line.benefit.once or self.plan.engine.caps_of[part.line.policy.id, part.line.benefit.id]
                ]
                if divided:
                    alone.update(rows.filter(several & pl.any_horizontal(divided))["#firm"].to_list())
            rows = self._together(rows, parts)
        return rows

    def _together(self, rows: pl.DataFrame, parts: Sequence[_Ready]) -> pl.DataFrame:
        place = self.plan.engine.policies.index(parts[0].line.policy)
        shared = [limit for limit in self.plan.engine.shared_items[place] if any(part.line.benefit.id in limit.over for part in parts)]
        if not shared and self.by_fact is None:
            return rows
        left = [pl.lit(limit.amount, dtype=pl.Int64) for limit in shared]
        received = pl.col("#received") if self.by_fact is not None else pl.lit(0, dtype=pl.Int64)
        changed = []
        for part in parts:
            name = f"#due{part.line.order}"
            amount = pl.col(name).fill_null(0)
            for number, limit in enumerate(shared):
                if part.line.benefit.id in limit.over:
                    amount = pl.min_horizontal(amount, left[number])
            for number, limit in enumerate(shared):
                if part.line.benefit.id in limit.over:
                    left[number] = left[number] - amount
            due = pl.max_horizontal(amount - received, 0)
            received = pl.max_horizontal(received - amount, 0)
            changed.append(pl.when(due > 0).then(due).alias(name))
        return rows.with_columns(changed)

    def _closed(self, line: Line) -> list[int]:
        """The firms that have had a benefit that is paid once a firm."""
        return sorted(self.intake.received.filter(_for(line.benefit.id, line.policy.id))["#firm"].unique().to_list())


def _for(benefit: str, policy: str) -> pl.Expr:
    return (pl.col("benefit") == benefit) & pl.col("policy").fill_null(policy).eq(policy)
