"""How sure a cost is: the population drawn again and again (bootstrap over firms), with a share of firms that apply (take-up).

Each draw takes every firm a number of times that is Poisson distributed with mean one, which for many firms is drawing as many
firms with replacement; each benefit is then applied for with its take-up rate, independently. Weights and amounts are whole
numbers, so a draw is exact; the same seed gives the same draws.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import polars as pl

#: Weights drawn in all: more firms have fewer draws, never fewer than the least.
_WORK = 300_000_000
_LEAST = 100
#: The shares of draws below the figures that are given.
SHARES = (Fraction(5, 100), Fraction(50, 100), Fraction(95, 100))


@dataclass(frozen=True)
class Spread:
    """The 5th, 50th and 95th percentile, in fen, of what it costs before and after a change and of the difference."""

    draws: int
    before: tuple[int, ...]
    after: tuple[int, ...]
    difference: tuple[int, ...]


def spread(rows: pl.DataFrame, draws: int, seed: int, take_up: Mapping[str, Fraction] | None = None) -> Spread:
    """The spread of sums over firms.

    `rows` has uscc, benefit, before, after (fen) and needs no row where both are zero. `take_up` gives the share of firms that
    apply, by benefit, or for all under the empty name; what it does not name is applied for by all.
    """
    rates = take_up or {}
    firm = rows["uscc"].rle_id().to_numpy() if rows.height else np.zeros(0, dtype=np.uint32)
    firms = int(firm[-1]) + 1 if len(firm) else 0
    before, after = rows["before"].to_numpy(), rows["after"].to_numpy()
    shares = _shares(rows, rates)
    if shares is None and rows.height:
        # Without take-up by benefit only the sums of firms matter.
        before, after = _by_firm(before, firm, firms), _by_firm(after, firm, firms)
    count = min(draws, max(_LEAST, _WORK // max(1, len(before))))
    rng = np.random.Generator(np.random.PCG64(seed))
    sums = np.zeros((count, 2), dtype=np.int64)
    for number in range(count):
        weights = rng.poisson(1, firms).astype(np.int64)
        if shares is not None:
            weights = rng.binomial(weights[firm], shares).astype(np.int64)
        sums[number] = weights @ before, weights @ after
    return Spread(count, _percentiles(sums[:, 0]), _percentiles(sums[:, 1]), _percentiles(sums[:, 1] - sums[:, 0]))


def _by_firm(amounts: np.ndarray, firm: np.ndarray, firms: int) -> np.ndarray:
    sums = np.zeros(firms, dtype=np.int64)
    np.add.at(sums, firm, amounts)
    return sums


def _shares(rows: pl.DataFrame, rates: Mapping[str, Fraction]) -> np.ndarray | None:
    """The chance that a benefit of a firm is applied for; it is a chance and not money, and so it is a float."""
    if not rates:
        return None
    general = rates.get("", Fraction(1))
    chance = {name: float(rates.get(name, general)) for name in rows["benefit"].unique().to_list()}
    return rows["benefit"].replace_strict(chance, return_dtype=pl.Float64).to_numpy()


def _percentiles(sums: np.ndarray) -> tuple[int, ...]:
    """The values below which the shares lie: of the draws in order, the one at that place."""
    ordered = np.sort(sums)
    places = [min(len(ordered) - 1, share.numerator * len(ordered) // share.denominator) for share in SHARES]
    return tuple(int(ordered[place]) for place in places)


def expected(rows: pl.DataFrame, take_up: Mapping[str, Fraction]) -> tuple[int, int]:
    """The cost before and after with the take-up rates, rounded down to the fen."""
    sums = rows.group_by("benefit").agg(pl.col("before").sum(), pl.col("after").sum())
    general = take_up.get("", Fraction(1))
    before, after = Fraction(0), Fraction(0)
    for benefit, was, would in sums.iter_rows():
        rate = take_up.get(benefit, general)
        before, after = before + was * rate, after + would * rate
    return before.numerator // before.denominator, after.numerator // after.denominator
