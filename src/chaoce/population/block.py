"""One block of an invented county: its firms, their facts, and what they have received, drawn in columns.

A firm with facts has them in a row, and two neighbours may form a pair: one invoice as two facts, a title at two levels, two years
of a data product. A fact belongs to one pair at most, so the share of facts that overlap is chosen, not hoped for.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import numpy as np
import polars as pl

from chaoce.facts.uscc import ALPHABET
from chaoce.population.county import STEPS, County, Draws, Flags, Pick, Whole, geometric, round_half, scale, zipf

#: Firms that are made at once. Part of what a seed means: another number would give other firms.
BLOCK = 50_000
#: Organisation codes run from MA200000 on, through five places of the alphabet.
MOST_FIRMS = len(ALPHABET) ** 5

TYPES = (
    "compute_purchase", "ai_cooperation", "scenario_project", "investment_project", "recognition", "data_product_year",
    "data_ip_certificate", "data_ip_licence", "pledge_loan_interest",
)  # fmt: skip
_COMPUTE, _COOPERATION, _SCENARIO, _INVESTMENT, _TITLE, _PRODUCT, _CERTIFICATE, _LICENCE, _INTEREST = range(len(TYPES))
#: The first letter of an id, which is one for all facts of a firm.
_LETTERS = "pcsvrdkli"
_PAYMENTS = (_COMPUTE, _COOPERATION, _LICENCE)

_LEVELS = ("national", "provincial", "municipal")
_NATIONAL, _PROVINCIAL = 0, 1
#: Titles that are held at national and at provincial level, and the one that is had once for each dataset.
_LEVELLED = ("ai_application_scenario", "ai_benchmark_enterprise", "ai_service_provider", "digital_excellent_product")
_DATASET = "high_quality_dataset_pilot"
#: What was received: the plan's own award of the lower level, and a benefit of another, invented plan.
_BENEFITS = ("provincial-application-award", "provincial-digital-economy")
_ELSEWHERE = "provincial-digital-economy-2025"

#: What a fact is in its pair: on its own; one invoice twice; an invoice and its line; two matters, one of them shared; a title at two
#: levels; two lines of an invoice; a data product and its year before.
_ALONE, _SAME, _LINE, _TWO, _LEVEL, _PARTED, _HISTORY = range(7)
_KINDS = {"same_invoice": _SAME, "invoice_line": _LINE, "title_levels": _LEVEL, "two_matters": _TWO}

#: Numbers for invoices and the like, in one firm: a pair's from 0, a fact's own from 500, an invoice with two lines from 1,000.
_OWN, _WITH_LINES, _NUMBERS = 500, 1000, 2000
#: Spreads the numbers of all firms over fifteen digits, none onto another: 3 and 10 have no common factor.
_SPREAD, _FIFTEEN = np.uint64(3**17), np.uint64(10**15)
#: The place of the scenario project in the ids of its firm, which has no more than 400 other facts.
_SCENARIO_ID = 901
_IDS = 1000
_DAYS = 365


class Scenarios(NamedTuple):
    """The scenario projects of the year: the firms' numbers in order, the rank in the review (0: outside it), and who built it."""

    firm: Whole
    rank: Whole
    government: Flags

    def within(self, first: int, count: int) -> Scenarios:
        """Those of one block, their firms counted from its first."""
        low, high = np.searchsorted(self.firm, (first, first + count))
        return Scenarios(self.firm[low:high] - first, self.rank[low:high], self.government[low:high])


def draw_scenarios(county: County, firms: int, seed: int) -> Scenarios:
    """The scenario projects of the whole county: the review ranks them all, so they are drawn before any firm is made."""
    draws = Draws(seed, (0,))
    tenth = firms // 10
    candidates = min(county.whole("scenario_candidates"), tenth)
    count = min(candidates + county.whole("scenario_outside"), tenth)
    numbers: dict[int, None] = {}
    while len(numbers) < count:
        numbers.setdefault(int(draws.below(firms, 1)[0]))
    rank = np.zeros(count, dtype=np.int64)
    rank[:candidates] = np.arange(1, candidates + 1)
    firm = np.array(list(numbers), dtype=np.int64)
    government = draws.chance(county.number("scenario_government"), count)
    order = np.argsort(firm)
    return Scenarios(firm[order], rank[order], government[order])


class Plan:
    """What every block is drawn from, prepared once."""

    def __init__(self, county: County, firms: int, seed: int, year: int, overlap: Fraction, facts_per_firm: Fraction | None):
        self.county, self.firms, self.seed, self.year, self.overlap = county, firms, seed, year, overlap
        self.take_up, mean = county.number("take_up"), county.number("facts_per_user")
        if facts_per_firm is not None:
            mean = max(mean, Fraction(facts_per_firm, county.number("most_take_up")))
            self.take_up = Fraction(facts_per_firm, mean)
        self.facts = geometric(mean, county.whole("most_facts"))
        self.scenarios = draw_scenarios(county, firms, seed)
        self._prepare_firms(county)
        self._prepare_facts(county)

    def _prepare_firms(self, county: County) -> None:
        groups, industries = list(county.groups), list(county.industries.values())
        appetite = county.weights("appetite")
        self.sizes = zipf(county.number("size_exponent"), county.whole("largest_firm"))
        self.industries = Pick(county.share_of_industries())
        self.group = np.array([groups.index(row["group"]) for row in industries])
        self.manufacturer = np.array([code[0] == "C" for code in county.industries])
        self.productivity = np.array([scale().step(100 * county.whole(f"productivity_{group}")) for group in groups])
        self.appetite = np.array([appetite[group] for group in groups])
        self.towns = Pick(list(county.towns.values()))
        self.endings = Pick(list(county.endings.values()))
        self.texts = {
            "first": pl.Series(county.words["first"]),
            "second": pl.Series(county.words["second"]),
            "word": pl.Series([row["word"] for row in industries]),
            "ending": pl.Series(list(county.endings)),
            "industry": pl.Series(list(county.industries)),
            "town": pl.Series(list(county.towns)),
        }

    def _prepare_facts(self, county: County) -> None:
        self.types_of = {key: Pick([int(county.facts[name][key]) for name in TYPES]) for key in ("manufacturer", "other")}
        self.medians = np.array([scale().step(100 * int(county.facts[name].get("median", "1"))) for name in TYPES])
        self.kinds = np.array([_KINDS[name] for name in county.weights("overlap_kinds")])
        self.kind_pick = Pick(list(county.weights("overlap_kinds").values()))
        pairs = county.weights("invoice_pairs")
        self.pairs = np.array([[TYPES.index(name) for name in pair.split("+")] for pair in pairs])
        self.pair_pick = Pick(list(pairs.values()))
        self.years = Pick(list(county.weights("year_shares").values()))
        #: New Year's days from two years before the year, counted from 1970.
        self.new_years = np.array([(date(each, 1, 1) - date(1970, 1, 1)).days for each in range(self.year - 2, self.year + 3)])
        self.titles = list(county.titles)
        self.title_pick = Pick([row["weight"] for row in county.titles.values()])
        levels = [[row[level] for level in _LEVELS] for row in county.titles.values()]
        self.level_bounds = np.array([[(sum(row[: place + 1]) << 32) // sum(row) for place in range(len(_LEVELS) - 1)] for row in levels])
        self.levelled = np.array([self.titles.index(name) for name in _LEVELLED])
        self.dataset = self.titles.index(_DATASET)
        self.ids = pl.Series([f"{letter}{number:03d}" for letter in _LETTERS for number in range(_IDS)])
        words = county.words["products"]
        self.products = pl.Series([f"{word}数据集{number:03d}" for word in words for number in range(_IDS)])
        invoices = [f"invoice:{each % 100:02d}332" for each in range(self.year - 2, self.year + 3)]
        self.prefixes = pl.Series([*invoices, "dataset:"])
        self.lines = pl.Series(["", *(f"#{line}" for line in range(1, 10))])


def make_block(plan: Plan, number: int) -> dict[str, pl.DataFrame]:
    """The tables of one block of firms by name, each in order of firm, date and id."""
    first = number * BLOCK
    count = min(BLOCK, plan.firms - first)
    draws = Draws(plan.seed, (1, number))
    scenarios = plan.scenarios.within(first, count)
    firms = _make_firms(plan, first, count, scenarios, draws)
    facts = _Facts(plan, firms, len(scenarios.firm), draws)
    order = np.argsort(facts.owner << 32 | facts.day << 12 | facts.ordinal)
    sorted_types = facts.type[order]
    tables = {"enterprises": firms.table}
    for place, name in enumerate(TYPES):
        if place == _SCENARIO:
            tables[name] = _scenario_table(plan, firms, scenarios, draws)
        else:
            tables[name] = _fact_table(plan, facts, order[sorted_types == place], place, draws)
    tables["received"] = _received_table(plan, facts, order, draws)
    return tables


# firms


@dataclass(frozen=True)
class _Firms:
    """A block of firms: the number of the first, and an entry a firm in each column."""

    first: int
    steps: Whole
    groups: Whole
    manufacturer: Flags
    uscc: pl.Series
    table: pl.DataFrame


def _make_firms(plan: Plan, first: int, count: int, scenarios: Scenarios, draws: Draws) -> _Firms:
    sizes = draws.whole(count)
    # A firm with a scenario project is one of the large ones: the same distribution, its upper part.
    large = plan.sizes.least_draw(scale().step(plan.county.whole("scenario_employees")) + 1)
    sizes[scenarios.firm] = large + (sizes[scenarios.firm] * ((1 << 32) - large) >> 32)
    steps = plan.sizes(sizes)
    industry = plan.industries(draws.whole(count))
    groups = plan.group[industry]
    revenue = steps + plan.productivity[groups] + draws.noise(plan.county.number("revenue_spread"), count)
    texts = plan.texts
    uscc = unified_codes(first, count)
    names = pl.DataFrame(
        {
            "first": texts["first"].gather(draws.below(len(texts["first"]), count)),
            "second": texts["second"].gather(draws.below(len(texts["second"]), count)),
            "word": texts["word"].gather(industry),
            "ending": texts["ending"].gather(plan.endings(draws.whole(count))),
        }
    )
    table = pl.DataFrame(
        {
            "uscc": uscc,
            "name": names.select(pl.concat_str(pl.lit("海宁"), "first", "second", "word", "ending")).to_series(),
            "industry": texts["industry"].gather(industry),
            "division": pl.repeat("330481", count, eager=True),
            "town": texts["town"].gather(plan.towns(draws.whole(count))),
            "employees": scale().amounts(steps, draws.whole(count)),
            "revenue": _money(scale().amounts(revenue, draws.whole(count))),
        }
    )
    return _Firms(first, steps, groups, plan.manufacturer[industry], uscc, table)


def unified_codes(first: int, count: int) -> pl.Series:
    """Unified social credit identifiers for the firms of these numbers, in order: 91330481, an organisation code of GB 11714 from
    MA200000 on, and the check character of GB 32100.

    >>> unified_codes(0, 2).to_list()
    ['91330481MA2000000J', '91330481MA2000019F']
    """
    size = len(ALPHABET)
    numbers = np.arange(first, first + count)
    digits = [numbers // size**place % size for place in range(4, -1, -1)]
    # GB 11714 counts every letter, A as 10 and Z as 35; GB 32100 counts the letters of its own alphabet.
    plain = np.array([int(letter, 36) for letter in ALPHABET])
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    fixed = sum(weight * int(letter, 36) for weight, letter in zip(weights, "MA2", strict=False))
    total = fixed + sum(weight * plain[digit] for weight, digit in zip(weights[3:], digits, strict=True))
    check = -total % 11
    tens = "0123456789X"
    powers = [pow(3, place, size) for place in range(17)]
    fixed = sum(power * ALPHABET.index(letter) for power, letter in zip(powers, "91330481MA2", strict=False))
    total = fixed + sum(power * digit for power, digit in zip(powers[11:16], digits, strict=True))
    last = -(total + powers[16] * np.array([ALPHABET.index(letter) for letter in tens])[check]) % size
    pairs = pl.Series([one + other for one in ALPHABET for other in ALPHABET])
    ends = pl.Series([one + other for one in tens for other in ALPHABET])
    parts = pl.DataFrame(
        {
            "a": pairs.gather(digits[0] * size + digits[1]),
            "b": pairs.gather(digits[2] * size + digits[3]),
            "c": pl.Series(list(ALPHABET)).gather(digits[4]),
            "d": ends.gather(check * size + last),
        }
    )
    return parts.select(pl.concat_str(pl.lit("91330481MA2"), "a", "b", "c", "d").alias("uscc")).to_series()


def _money(fen: Whole) -> pl.Series:
    """Whole fen as DECIMAL(18,2), exactly."""
    hundredth = pl.lit(Decimal("0.01"))
    return pl.Series("fen", fen).to_frame().select((pl.col("fen").cast(pl.Decimal(38, 0)) * hundredth).cast(pl.Decimal(18, 2))).to_series()


# facts


class _Facts:
    """The facts of a block but scenario projects, an entry a fact in each column; the second of a pair stands behind its first."""

    def __init__(self, plan: Plan, firms: _Firms, others: int, draws: Draws):
        """`others` are facts that are made elsewhere and count among those of which a share overlaps."""
        self._plan, self._firms, self._draws = plan, firms, draws
        self._give_out()
        self._pair(others)
        self._choose_types()
        self._date()
        self._price()
        self._entitle()
        self._name_matters()

    def _give_out(self) -> None:
        """Which firms have facts, and how many each: the larger and the more inclined ones sooner."""
        plan, firms, draws = self._plan, self._firms, self._draws
        count = len(firms.steps)
        growth = plan.county.number("appetite_per_doubling")
        appetite = plan.appetite[firms.groups] * (STEPS + firms.steps * growth.numerator // growth.denominator)
        # Exactly the share asked for, what is less than one firm being left to chance: those whose draw is small for their appetite.
        users = (plan.take_up.numerator * count << 32) // plan.take_up.denominator + int(draws.whole(1)[0]) >> 32
        keys = draws.order(count) // appetite
        chosen = np.sort(np.argsort(keys, kind="stable")[:users])
        counts = plan.facts(draws.whole(users)) + 1
        each = counts.repeat(counts)
        self.owner = chosen.repeat(counts)
        self.ordinal = np.arange(len(self.owner)) - (counts.cumsum() - counts).repeat(counts)
        #: Facts of the firm from this one on.
        self._left = each - self.ordinal

    def __len__(self) -> int:
        return len(self.owner)

    def _pair(self, others: int) -> None:
        """Which neighbours form a pair, and of what kind."""
        plan, draws = self._plan, self._draws
        heads = np.flatnonzero((self.ordinal % 2 == 0) & (self._left > 1))
        heads = heads[np.argsort(draws.order(len(heads)), kind="stable")]
        shares = (plan.overlap, plan.county.number("two_lines"), plan.county.number("histories"))
        ends = np.cumsum([round_half(Fraction(share * (len(self) + others), 2)) for share in shares])
        overlapping, parted, histories, _ = np.split(heads, np.minimum(ends, len(heads)))
        self.kind = np.full(len(self), _ALONE)
        for some, kind in (
            (overlapping, plan.kinds[plan.kind_pick(draws.whole(len(overlapping)))]),
            (parted, _PARTED),
            (histories, _HISTORY),
        ):
            self.kind[some] = self.kind[some + 1] = kind
        heads = np.sort(np.concatenate((overlapping, parted, histories)))
        self._heads = {kind: heads[self.kind[heads] == kind] for kind in range(_HISTORY + 1)}
        self._invoiced = np.concatenate([self._heads[kind] for kind in (_SAME, _LINE, _TWO, _PARTED)])

    def _choose_types(self) -> None:
        plan, draws = self._plan, self._draws
        drawn = draws.whole(len(self))
        manufacturer = self._firms.manufacturer[self.owner]
        self.type = np.where(manufacturer, plan.types_of["manufacturer"](drawn), plan.types_of["other"](drawn))
        pairs = plan.pairs[plan.pair_pick(draws.whole(len(self._invoiced)))]
        turned = draws.below(2, len(pairs))
        rows = np.arange(len(pairs))
        self.type[self._invoiced], self.type[self._invoiced + 1] = pairs[rows, turned], pairs[rows, 1 - turned]
        for kind, place in ((_LEVEL, _TITLE), (_HISTORY, _PRODUCT)):
            self.type[self._heads[kind]] = self.type[self._heads[kind] + 1] = place

    def _date(self) -> None:
        """The day of each fact from 1970, and its year, counted from two years before that of the county."""
        plan, draws = self._plan, self._draws
        self.year = plan.years(draws.whole(len(self))) + 1
        self.year[self._invoiced + 1] = self.year[self._invoiced]
        histories = self._heads[_HISTORY]
        self.year[histories] = self.year[histories + 1] - 1
        day = draws.below(_DAYS, len(self))
        day[self._invoiced + 1] = day[self._invoiced]
        last = plan.new_years[self.year + 1] - 1
        self.day = np.where(self.type == _PRODUCT, last, plan.new_years[self.year] + day)

    def _price(self) -> None:
        """The main amount of each fact; that of a title or a certificate is not used."""
        plan, draws, county = self._plan, self._draws, self._plan.county
        growth, common = county.number("amount_growth"), scale().step(county.whole("amount_employees"))
        size = (self._firms.steps[self.owner] - common) * growth.numerator // growth.denominator
        steps = plan.medians[self.type] + size + draws.noise(county.number("amount_spread"), len(self))
        plain = scale().amounts(steps, draws.whole(len(self)))
        self.fen = np.where(draws.chance(county.number("round_amounts"), len(self)), scale().round_amounts(steps), plain)
        same, lines = self._heads[_SAME], self._heads[_LINE]
        self.fen[same + 1] = self.fen[same]
        self.fen[lines + 1] = self.fen[lines] * _between(draws, county.weights("line_tenths"), len(lines)) // 10

    def _entitle(self) -> None:
        """Title and level of the titles. A firm has a title once, but for pairs; where it would have one twice, it is a dataset's."""
        plan, draws = self._plan, self._draws
        self.title, self.level = np.zeros(len(self), dtype=np.int64), np.zeros(len(self), dtype=np.int64)
        pairs = self._heads[_LEVEL]
        owners = self.owner[pairs]
        opening = np.searchsorted(owners, owners)  # the first pair of the same firm
        nth = np.arange(len(pairs)) - opening
        start = draws.below(len(plan.levelled), len(pairs))[opening]
        held = np.where(nth < len(plan.levelled), plan.levelled[(start + nth) % len(plan.levelled)], plan.dataset)
        self.title[pairs] = self.title[pairs + 1] = held
        self.level[pairs], self.level[pairs + 1] = _PROVINCIAL, _NATIONAL
        single = np.flatnonzero((self.type == _TITLE) & (self.kind == _ALONE))
        drawn = plan.title_pick(draws.whole(len(single)))
        keys = self.owner[single] * len(plan.titles) + drawn
        again = np.ones(len(single), dtype=np.bool_)
        again[np.unique(keys, return_index=True)[1]] = False
        again |= np.isin(keys, owners * len(plan.titles) + held)
        drawn[again] = plan.dataset
        self.title[single] = drawn
        self.level[single] = (draws.whole(len(single))[:, None] >= plan.level_bounds[drawn]).sum(axis=1)

    def _name_matters(self) -> None:
        """The number of the invoice or dataset that is the matter (-1: none), and its line."""
        plan, draws = self._plan, self._draws
        own = (self._firms.first + self.owner) * _NUMBERS + self.ordinal
        payment = np.isin(self.type, _PAYMENTS) & draws.chance(plan.county.number("own_invoice"), len(self))
        self._dataset = (self.type == _TITLE) & (self.title == plan.dataset)
        self._number = np.where((self.kind == _ALONE) & (payment | self._dataset), own + _OWN, -1)
        self._line = np.zeros(len(self), dtype=np.int64)
        for kind, offset in ((_SAME, 0), (_LINE, 0), (_TWO, 0), (_PARTED, _WITH_LINES)):
            heads = self._heads[kind]
            self._number[heads] = self._number[heads + 1] = own[heads] + offset
        pairs = self._heads[_LEVEL][self._dataset[self._heads[_LEVEL]]]
        self._number[pairs] = self._number[pairs + 1] = own[pairs]
        self._line[self._heads[_LINE] + 1] = draws.below(9, len(self._heads[_LINE])) + 1
        self._line[self._heads[_PARTED]], self._line[self._heads[_PARTED] + 1] = 1, 2
        self._write_matters(plan, own)

    def _write_matters(self, plan: Plan, own: Whole) -> None:
        """The matters as text: the first, and all of them with a stroke between."""
        named = np.flatnonzero(self._number >= 0)
        years = np.where(self._dataset[named], len(plan.new_years), self.year[named])
        first = _numbered(plan.prefixes.gather(years), self._number[named], plan.lines.gather(self._line[named]))
        places = np.full(len(self), -1)
        places[named] = np.arange(len(named))
        self._matters = _gather_known(first, places)
        # The second matter is the invoice of the firm's next pair where that has one: overlaps so form chains.
        two = self._heads[_TWO]
        after = np.where(self._left[two] > 2, two + 2, two)
        second = _numbered(plan.prefixes.gather(self.year[after]), own[two] + 2)
        both = first.gather(places[two]) + "|" + second
        places[two] = len(named) + np.arange(len(two))
        self._all_matters = _gather_known(pl.concat((first, both)), places)

    # as columns of a table, for the facts of some rows

    def firm_numbers(self, rows: Whole) -> Whole:
        return self._firms.first + self.owner[rows]

    def uscc(self, rows: Whole) -> pl.Series:
        return self._firms.uscc.gather(self.owner[rows])

    def ids(self, rows: Whole) -> pl.Series:
        return self._plan.ids.gather(self.type[rows] * _IDS + self.ordinal[rows] + 1)

    def matters(self, rows: Whole) -> pl.Series:
        """The first matter as text; null where the default holds."""
        return self._matters.gather(rows)

    def matter_lists(self, rows: Whole) -> pl.Series:
        """All matters; null where the default holds."""
        return self._all_matters.gather(rows).str.split("|")


def _gather_known(texts: pl.Series, places: Whole) -> pl.Series:
    """The texts at these places; null where a place is negative."""
    known = pl.DataFrame({"place": places}).select(pl.when(pl.col("place") >= 0).then("place")).to_series()
    return texts.gather(known)


def _numbered(prefixes: pl.Series, numbers: Whole, suffixes: pl.Series | None = None) -> pl.Series:
    """Texts like `invoice:26332000000447829611#1`: a number that the firm has only once, spread over fifteen digits."""
    spread = pl.Series(numbers.astype(np.uint64) * _SPREAD % _FIFTEEN).cast(pl.String).str.zfill(15)
    return prefixes + spread if suffixes is None else prefixes + spread + suffixes


# tables


def _between(draws: Draws, bounds: dict[str, int], count: int) -> Whole:
    """Whole numbers from the least to the most."""
    return bounds["least"] + draws.below(bounds["most"] - bounds["least"] + 1, count)


def _choice(draws: Draws, weights: dict[str, int], count: int) -> pl.Series:
    return pl.Series(list(weights)).gather(Pick(list(weights.values()))(draws.whole(count)))


def _fact_table(plan: Plan, facts: _Facts, rows: Whole, place: int, draws: Draws) -> pl.DataFrame:
    """The table of one type: the facts of these rows, in their order."""
    columns = {
        "uscc": facts.uscc(rows),
        "id": facts.ids(rows),
        "date": pl.Series(facts.day[rows].astype(np.int32)).cast(pl.Date),
        "matter": facts.matter_lists(rows),
    }
    return pl.DataFrame({**columns, **_fields(plan, facts, rows, place, draws)})


def _fields(plan: Plan, facts: _Facts, rows: Whole, place: int, draws: Draws) -> dict[str, pl.Series]:
    """The fields of a type's own."""
    county, count, fen = plan.county, len(rows), facts.fen[rows]
    if place == _COMPUTE:
        resources, purposes = county.weights("resources"), county.weights("purposes")
        return {"paid": _money(fen), "resource": _choice(draws, resources, count), "purpose": _choice(draws, purposes, count)}
    if place == _COOPERATION:
        return {"paid": _money(fen), "industrial": _flags(draws, county.number("industrial"), count)}
    if place == _INVESTMENT:
        told = pl.Series(draws.chance(county.number("investment_parts"), count))
        parts = {key: _money(_part(fen, county.number(key))) for key in ("equipment", "software")}
        table = pl.DataFrame({"told": told, **parts}).select(pl.when("told").then(key).alias(key) for key in parts)
        return {
            "productive_investment": _money(fen),
            "ai_field": _flags(draws, county.number("ai_field"), count),
            **{key: table[key] for key in parts},
        }
    if place == _TITLE:
        return {
            "title": pl.Series(plan.titles).gather(facts.title[rows]),
            "level": pl.Series(_LEVELS).gather(facts.level[rows]),
            "new": _flags(draws, county.number("new_titles"), count),
        }
    if place == _PRODUCT:
        return {
            "product": _products(plan, facts, rows),
            "registered": _flags(draws, county.number("registered"), count),
            "sales": _money(fen),
        }
    if place == _CERTIFICATE:
        prefixes = pl.repeat(f"SYN{plan.year}-", count, eager=True)
        own = facts.firm_numbers(rows) * _NUMBERS + facts.ordinal[rows]
        return {"number": _numbered(prefixes, own)}
    if place == _LICENCE:
        return {"paid": _money(fen), "role": _choice(draws, county.weights("roles"), count)}
    return {"paid": _money(fen)}


def _flags(draws: Draws, share: Fraction, count: int) -> pl.Series:
    return pl.Series(draws.chance(share, count))


def _part(fen: Whole, share: Fraction) -> Whole:
    return fen * share.numerator // share.denominator


def _products(plan: Plan, facts: _Facts, rows: Whole) -> pl.Series:
    """The names of data products, one for the two years of a pair."""
    head = facts.ordinal[rows] - ((facts.kind[rows] == _HISTORY) & (facts.ordinal[rows] % 2 == 1))
    word = (facts.firm_numbers(rows) * 7 + head) % (len(plan.products) // _IDS)
    return plan.products.gather(word * _IDS + head + 1)


def _scenario_table(plan: Plan, firms: _Firms, scenarios: Scenarios, draws: Draws) -> pl.DataFrame:
    """The scenario projects of the block's firms; the review has ranked them over the whole county."""
    count, county = len(scenarios.firm), plan.county
    growth = county.number("amount_growth")
    size = (firms.steps[scenarios.firm] - scale().step(county.whole("amount_employees"))) * growth.numerator // growth.denominator
    steps = plan.medians[_SCENARIO] + size + draws.noise(county.number("amount_spread"), count)
    day = plan.new_years[2] + draws.below(_DAYS, count)
    builders = pl.Series(["enterprise", "government"])
    chosen = (scenarios.rank > 0) & (scenarios.rank <= county.whole("scenario_selected"))
    rank = pl.Series("rank", scenarios.rank)
    return pl.DataFrame(
        {
            "uscc": firms.uscc.gather(scenarios.firm),
            "id": pl.repeat(f"{_LETTERS[_SCENARIO]}{_SCENARIO_ID}", count, dtype=pl.String, eager=True),
            "date": pl.Series(day.astype(np.int32)).cast(pl.Date),
            "matter": pl.repeat(None, count, dtype=pl.List(pl.String), eager=True),
            "investment": _money(scale().amounts(steps, draws.whole(count))),
            "built_by": builders.gather(scenarios.government.astype(np.int64)),
            "selected": pl.Series(chosen),
            "rank": rank.to_frame().select(pl.when(pl.col("rank") > 0).then("rank")).to_series(),
        }
    )


def _received_table(plan: Plan, facts: _Facts, order: Whole, draws: Draws) -> pl.DataFrame:
    """What some firms have received for a matter: the lower award of a title, or something under another plan."""
    county = plan.county
    top_up = (facts.type == _TITLE) & np.isin(facts.title, plan.levelled) & (facts.level == _NATIONAL)
    topped = top_up & draws.chance(county.number("received_top_up"), len(facts))
    rows = order[(topped | draws.chance(county.number("received"), len(facts)))[order]]
    own, count = topped[rows], len(rows)
    base = facts.fen[rows]
    for name, yuan in county.weights("received_base").items():
        base = np.where(facts.type[rows] == TYPES.index(name), 100 * yuan, base)
    thousandths = {key: int(1000 * county.number(f"received_{key}")) for key in ("least", "most")}
    part = base * _between(draws, thousandths, count) // 1000
    awards = county.weights("received_awards")
    award = np.array([100 * int(yuan) for yuan in awards])[Pick(list(awards.values()))(draws.whole(count))]
    amount = np.where(own, award, np.maximum(part, 1))
    before, after = (_between(draws, county.weights(key), count) for key in ("received_before", "received_after"))
    day = facts.day[rows] + np.where(own, -before, after)
    told = draws.chance(county.number("received_year"), count)
    named = ~own & draws.chance(county.number("received_named"), count)
    titles = pl.Series(plan.titles).gather(facts.title[rows])
    table = pl.DataFrame(
        {
            "uscc": facts.uscc(rows),
            "benefit": pl.Series(_BENEFITS).gather(np.where(own, 0, 1)),
            "matter": facts.matters(rows),
            "date": pl.Series(day.astype(np.int32)).cast(pl.Date),
            "amount": _money(amount),
            "year": pl.Series(plan.year - 2 + facts.year[rows]),
            "policy": pl.repeat(_ELSEWHERE, count, dtype=pl.String, eager=True),
            "title": titles,
            "id": facts.ids(rows),
            "is_title": facts.type[rows] == _TITLE,
            "told": told,
            "named": named,
        }
    )
    default = pl.when("is_title").then("recognition:" + pl.col("title")).otherwise("id")
    table = table.select(
        "uscc",
        "benefit",
        pl.coalesce("matter", default).alias("matter"),
        "date",
        "amount",
        pl.when("told").then("year").alias("year"),
        pl.when("named").then("policy").alias("policy"),
    )
    return table.sort("uscc", "date", "benefit", "matter", maintain_order=True)
