"""What an invented county is made of: county.yaml read, and turned into tables that whole numbers are drawn from.

Nothing here is a binary float. A draw is the 64 bits that the generator PCG64 gives, which numpy promises never to change; a
share, a weight or a power becomes a table of whole numbers, computed exactly. So a seed gives the same bytes on every machine,
which `exp`, `log` and `pow` of its C library would not.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from fractions import Fraction
from functools import cache
from itertools import accumulate
from math import isqrt
from pathlib import Path
from typing import Any

import numpy as np

from chaoce.files import read_text
from chaoce.marked import Marked, Names, read_marked
from chaoce.money import parse_rate

_HERE = Path(__file__).resolve().parent
COUNTY = _HERE / "county.yaml"

#: Steps of the logarithmic scale to a doubling.
STEPS = 64
#: Doublings of the scale, from one fen to eleven trillion yuan.
_DOUBLINGS = 50
#: Draws are compared with thresholds of 32 bits.
_WHOLE = 1 << 32
_BITS = np.uint64(32)
#: The standard deviation of the number of ones in 64 random bits.
_SD_OF_ONES = 4

Whole = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]


class Scale:
    """Sizes and amounts on a logarithmic scale: step k stands for 2^(k/64) people, or fen."""

    def __init__(self) -> None:
        fine = 1 << 256
        root = 2 * fine
        for _ in range(STEPS.bit_length() - 1):  # 2^(1/64) is six times the square root
            root = isqrt(root * fine)
        octave = [fine]
        for _ in range(STEPS - 1):
            octave.append(octave[-1] * root // fine)
        values = [(octave[step % STEPS] << (step // STEPS)) // fine for step in range(_DOUBLINGS * STEPS + 1)]
        self._values = values
        self.values = np.array(values, dtype=np.int64)
        self.gaps = np.diff(self.values, append=self.values[-1])
        self.rounded = np.array([_two_digits(value) for value in values], dtype=np.int64)

    def step(self, value: int) -> int:
        """The last step that is not above a value."""
        return bisect_right(self._values, value) - 1

    def amounts(self, steps: Whole, draws: Whole) -> Whole:
        """A value in each step, its place within it drawn."""
        steps = np.clip(steps, 0, len(self._values) - 1)
        # 16 bits of the draw: the product with the widest gap stays below 2^63.
        return self.values[steps] + (self.gaps[steps] * (draws >> 16) >> 16)

    def round_amounts(self, steps: Whole) -> Whole:
        """The value of each step with two leading digits."""
        return self.rounded[np.clip(steps, 0, len(self._values) - 1)]


def _two_digits(value: int) -> int:
    unit = 10 ** max(0, len(str(value)) - 2)
    return value // unit * unit


@cache
def scale() -> Scale:
    """The one scale."""
    return Scale()


class Draws:
    """A stream of random numbers, one for each place that is named: a part of the county has a stream of its own."""

    def __init__(self, seed: int, place: tuple[int, ...]):
        self._bits = np.random.PCG64(np.random.SeedSequence(seed, spawn_key=place))

    def raw(self, count: int) -> np.ndarray[Any, np.dtype[np.uint64]]:
        """Numbers of 64 random bits."""
        return self._bits.random_raw(count)

    def whole(self, count: int) -> Whole:
        """Numbers from 0 up to 2^32."""
        return (self.raw(count) >> _BITS).astype(np.int64)

    def order(self, count: int) -> Whole:
        """Numbers of 63 bits, to choose some of many by the smallest."""
        return (self.raw(count) >> np.uint64(1)).astype(np.int64)

    def below(self, bound: int, count: int) -> Whole:
        """Numbers from 0 up to a bound of at most 31 bits."""
        return self.whole(count) * bound >> 32

    def chance(self, share: Fraction, count: int) -> Flags:
        """Whether each comes to pass, at a share."""
        return self.whole(count) < round_half(share * _WHOLE)

    def noise(self, doublings: Fraction, count: int) -> Whole:
        """Steps of the scale, normal around 0 with a standard deviation of so many doublings: the ones of 64 bits, which are
        binomial, spread out evenly between them."""
        unit = max(1, round_half(Fraction(doublings * STEPS, _SD_OF_ONES)))
        ones = np.bitwise_count(self.raw(count)).astype(np.int64) - 32
        return ones * unit + self.below(unit, count) - unit // 2


def round_half(value: Fraction) -> int:
    """The nearest whole number, a half upward."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


class Pick:
    """A choice among several, by weight."""

    def __init__(self, weights: Sequence[int | Fraction]):
        total = sum(weights)
        bounds = [round_half(Fraction(below, total) * _WHOLE) for below in accumulate(weights)]
        self._bounds = np.array(bounds[:-1], dtype=np.int64)

    def __call__(self, draws: Whole) -> Whole:
        return np.searchsorted(self._bounds, draws, side="right")

    def least_draw(self, place: int) -> int:
        """The least draw that chooses this place or a later one."""
        return int(self._bounds[place - 1]) if place else 0


def zipf(exponent: Fraction, largest: int) -> Pick:
    """The steps of sizes from 1 up to the largest, of which a share of k^-exponent is at least k."""
    exact = Context(prec=40)
    top = scale().step(largest)
    # By multiplication, so that only one power is taken; a decimal one, which is the same everywhere.
    ratio = exact.power(Decimal(2), exact.divide(Decimal(-exponent.numerator), Decimal(exponent.denominator * STEPS)))
    tail, above = Decimal(1), []
    for _ in range(top + 1):
        above.append(int(exact.multiply(tail, Decimal(10**30))))
        tail = exact.multiply(tail, ratio)
    return Pick([above[step] - above[step + 1] for step in range(top)])


def geometric(mean: Fraction, most: int) -> Pick:
    """1, 2, 3 and so on (counted from 0) up to `most`, geometric with a mean."""
    fine = 1 << 64
    tail, weights = fine, []
    for _ in range(most - 1):
        rest = tail * (mean.numerator - mean.denominator) // mean.numerator
        weights.append(tail - rest)
        tail = rest
    return Pick([*weights, tail])


@dataclass(frozen=True)
class Parameter:
    """A number of the county, or several by name, and where it is from."""

    names: Names
    value: str | Mapping[str, str]
    source: str
    topics: tuple[str, ...]
    why: Names


@dataclass(frozen=True)
class County:
    """county.yaml: its parameters, and its lists by name, as text."""

    version: int
    parameters: Mapping[str, Parameter]
    groups: Mapping[str, Names]
    industries: Mapping[str, Mapping[str, str]]
    towns: Mapping[str, int]
    facts: Mapping[str, Mapping[str, str]]
    titles: Mapping[str, Mapping[str, int]]
    words: Mapping[str, Sequence[str]]
    endings: Mapping[str, int]

    def number(self, key: str) -> Fraction:
        """A parameter that is one number or one share."""
        value = self.parameters[key].value
        assert isinstance(value, str), key
        rate = parse_rate(value)
        return rate if rate is not None else Fraction(value)

    def whole(self, key: str) -> int:
        """A parameter that is one whole number."""
        return int(self.number(key))

    def weights(self, key: str) -> dict[str, int]:
        """A parameter that is several whole numbers by name."""
        value = self.parameters[key].value
        assert isinstance(value, Mapping), key
        return {name: int(number) for name, number in value.items()}

    def share_of_groups(self) -> dict[str, Fraction]:
        """The share of each group of industries among the firms."""
        makers, chips = self.number("manufacturing_share"), self.number("semiconductor_share")
        shares = {
            "semiconductor": makers * chips,
            "manufacturing": makers * (1 - chips),
            "software": self.number("software_share"),
            "research": self.number("research_share"),
            "trade": self.number("trade_share"),
        }
        return {**shares, "other": 1 - sum(shares.values(), Fraction(0))}

    def share_of_industries(self) -> list[Fraction]:
        """The share of each industry among the firms, in the order of the list."""
        groups = self.share_of_groups()
        totals = dict.fromkeys(groups, 0)
        for industry in self.industries.values():
            totals[industry["group"]] += int(industry["weight"])
        return [
            groups[industry["group"]] * Fraction(int(industry["weight"]), totals[industry["group"]])
            for industry in self.industries.values()
        ]


@cache
def read_county() -> County:
    """The county that comes with the program."""
    entries = read_marked(read_text(COUNTY), str(COUNTY)).keys(
        ("version", "parameters", "groups", "industries", "towns", "facts", "titles", "names")
    )
    words = entries["names"].keys(("first", "second", "endings", "products"))
    return County(
        version=int(entries["version"].text()),
        parameters={key: _read_parameter(entry) for key, entry in entries["parameters"].mapping().items()},
        groups={key: entry.names() for key, entry in entries["groups"].mapping().items()},
        industries={key: _texts(entry) for key, entry in entries["industries"].mapping().items()},
        towns=_numbers(entries["towns"]),
        facts={key: _texts(entry) for key, entry in entries["facts"].mapping().items()},
        titles={key: _numbers(entry) for key, entry in entries["titles"].mapping().items()},
        words={
            "first": list(words["first"].text()),
            "second": list(words["second"].text()),
            "products": [entry.text() for entry in words["products"].items()],
        },
        endings=_numbers(words["endings"]),
    )


def _read_parameter(entry: Marked) -> Parameter:
    entries = entry.keys(("name", "value", "from", "why"), ("topics",))
    value = entries["value"]
    return Parameter(
        entries["name"].names(),
        _texts(value) if isinstance(value.value, dict) else value.text(),
        entries["from"].choice(("stats", "plan", "assumption")),
        tuple(topic.text() for topic in entries["topics"].items()) if "topics" in entries else (),
        entries["why"].names(),
    )


def _texts(entry: Marked) -> dict[str, str]:
    return {key: value.text() for key, value in entry.mapping().items()}


def _numbers(entry: Marked) -> dict[str, int]:
    return {key: int(value) for key, value in _texts(entry).items()}
