"""Limits over the whole city: quotas (每年不超过10个) and pools (总额), laid on what the firms are due before them.

quota       where facts are marked as chosen, more of them than the quota is a fault of the list: nobody can say which to drop.
            Where they are not, the best ranks are paid; a tie over the last place leaves all who share it out, and is said.
first come  by the fact's date; facts of one day stand alike, and a day that the pool covers in part is shared pro rata.
pro rata    every amount times what the pool holds over what is due, rounded down to the fen once a firm.
unsaid      a pool that is too small where the text does not say how it is shared: the amounts stay, and it is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import polars as pl

from chaoce.assessment.claims import Line
from chaoce.faults import Fault, Faults
from chaoce.money import format_yuan
from chaoce.population.city_facts import CITY
from chaoce.population.city_lines import city_lines
from chaoce.rules.tree import Pool


class Shortage(NamedTuple):
    """A limit of the city that leaves less than is due: its name, how (quota, tie, first come, pro rata, unsaid), fen or places."""

    policy: str
    name: str
    how: str
    holds: int
    wanted: int


def shortage_data(shortage: Shortage) -> dict[str, str]:
    """A shortage ready for JSON: places as they are, money as yuan."""
    say = str if shortage.how in ("quota", "tie") else format_yuan
    return {**shortage._asdict(), "holds": say(shortage.holds), "wanted": say(shortage.wanted)}


def settle(rows: pl.DataFrame, lines: Sequence[Line]) -> tuple[pl.DataFrame, list[Shortage]]:
    """The facts (reckon.CITY) with the `amount` that the city's limits leave; raises Faults where a quota is overdrawn."""
    shortages: list[Shortage] = []
    held = rows.with_columns(pl.col("paid").alias("amount"))
    done: list[pl.DataFrame] = []
    faults: list[Fault] = []
    for line in city_lines(lines):
        own = held.filter(pl.col("line") == line.order)
        quota = line.benefit.quota
        if quota is not None:
            taken = int(own["counted"].sum())
            if taken > quota.count and quota.counting is not None:
                faults.append(_overdrawn(line, own, taken))
            elif taken > quota.count:
                own = _by_rank(own, line, shortages)
        done.append(own)
    if faults:
        raise Faults(faults)
    held = pl.concat(done) if done else held
    for policy, name, pool, orders in _pools(lines):
        held = _shared(held, policy, name, pool, orders, shortages)
    return held, shortages


def _overdrawn(line: Line, own: pl.DataFrame, taken: int) -> Fault:
    quota = line.benefit.quota
    assert quota is not None
    chosen = own.filter(pl.col("counted")).sort("uscc", "id")
    first = ", ".join(f"{uscc} {identity}" for uscc, identity in chosen.select("uscc", "id").head(quota.count + 5).iter_rows())
    more = " …" if chosen.height > quota.count + 5 else ""
    return Fault("population.quota", {"benefit": line.benefit.id, "count": taken, "quota": quota.count, "facts": first + more})


def _by_rank(own: pl.DataFrame, line: Line, shortages: list[Shortage]) -> pl.DataFrame:
    """The facts with the best ranks; those that share the last place beyond the quota are all left out."""
    quota = line.benefit.quota
    assert quota is not None
    if quota.by is None:
        raise Faults([Fault("population.quota.rank", {"benefit": line.benefit.id, "count": own.height, "quota": quota.count})])
    chosen, tied = best_ranks(own, quota.count)
    shortages.append(Shortage(line.policy.id, line.benefit.id, "tie" if tied else "quota", quota.count, own.height))
    return own.with_columns(pl.when(chosen).then(pl.col("amount")).otherwise(0).alias("amount"))


def best_ranks(rows: pl.DataFrame, count: int) -> tuple[pl.Series, bool]:
    """Which rows have the best `count` ranks, and whether a tie over the last place left some out."""
    chosen = (rows["rank"].rank("max") <= count).fill_null(False)
    return chosen, int(chosen.sum()) < min(count, rows["rank"].count())


def _pools(lines: Sequence[Line]) -> Iterator[tuple[str, str, Pool, list[int]]]:
    """Every pool with the benefits that it pays, those of one benefit first, then those over others."""
    for line in lines:
        if line.benefit.pool is not None:
            yield line.policy.id, line.benefit.id, line.benefit.pool, [line.order]
    orders = {(line.policy.id, line.benefit.id): line.order for line in lines}
    for policy in {line.policy.id: line.policy for line in lines}.values():
        inside: dict[str, list[int]] = {}
        for pool in policy.pools:
            members = [order for name in pool.over for order in inside.get(name, [orders.get((policy.id, name), -1)])]
            inside[pool.name] = sorted(set(members) - {-1})
            if inside[pool.name]:
                yield policy.id, pool.name, pool, inside[pool.name]


def _shared(rows: pl.DataFrame, policy: str, name: str, pool: Pool, orders: list[int], shortages: list[Shortage]) -> pl.DataFrame:
    mine = pl.col("line").is_in(orders)
    own = rows.filter(mine)
    if not isinstance(pool.amount, int):
        return rows
    wanted, holds = int(own["amount"].sum()), pool.holds(int((own["amount"] > 0).sum()))
    if wanted <= holds:
        return rows
    # So much for each item that is granted, first come: who is left out makes the pool smaller, and no text says how far that goes.
    how = None if pool.per == "item" and pool.sharing == "first come" else pool.sharing
    shortages.append(Shortage(policy, name, how or "unsaid", holds, wanted))
    if how is None:
        return rows
    shared = pro_rata(own, holds, wanted) if how == "pro rata" else first_come(own, holds)
    return pl.concat([rows.filter(~mine), shared.select(rows.columns)]).sort("line", "uscc", "date", "id")


def pro_rata(rows: pl.DataFrame, holds: int, wanted: int) -> pl.DataFrame:
    """Every firm's amount times `holds / wanted`, rounded down once for each benefit of a firm."""
    ordered = rows.sort("line", "uscc", "date", "id")
    sums = pl.col("amount").cast(pl.Int128).cum_sum().over("line", "uscc")
    upto = sums * holds // wanted
    before = (sums - pl.col("amount")) * holds // wanted
    return ordered.with_columns((upto - before).cast(pl.Int64).alias("amount"))


def first_come(rows: pl.DataFrame, holds: int) -> pl.DataFrame:
    """Day by day as long as there is something left; what is left on the last day is shared pro rata among that day's."""
    days = rows.group_by("date").agg(pl.col("amount").sum().alias("day")).sort("date")
    days = days.with_columns((pl.col("day").cum_sum() - pl.col("day")).alias("before"))
    full = days.filter(pl.col("before") + pl.col("day") <= holds)["date"]
    partly = days.filter((pl.col("before") < holds) & (pl.col("before") + pl.col("day") > holds))
    found = [rows.filter(pl.col("date").is_in(full.implode()))]
    if partly.height:
        day, wanted, before = partly.row(0)
        found.append(pro_rata(rows.filter(pl.col("date") == day), holds - before, wanted).select(rows.columns))
    named = [part["date"] for part in found]
    seen = pl.concat(named).unique().implode()
    found.append(rows.filter(~pl.col("date").is_in(seen)).with_columns(pl.lit(0, dtype=pl.Int64).alias("amount")))
    return pl.concat(found)


def cut_of(city: pl.DataFrame) -> pl.DataFrame:
    """The benefits of firms that the city's limits leave less of."""
    if not city.height:
        return pl.DataFrame(schema={**{name: CITY[name] for name in ("uscc", "line", "paid")}, "amount": pl.Int64})
    sums = city.group_by("uscc", "line").agg(pl.col("paid").sum(), pl.col("amount").sum())
    return sums.filter(pl.col("paid") != pl.col("amount"))
