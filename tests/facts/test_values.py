"""The values that everything stands on: whole fen, days of the calendar, matters, identifiers of firms."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chaoce.dates import parse_date, whole_years, year_of
from chaoce.facts.matter import is_matter, overlap
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import read_types
from chaoce.facts.uscc import ALPHABET, check_character, has_shape, is_valid
from chaoce.faults import Faults
from chaoce.marked import read_marked
from chaoce.money import LARGEST_FEN, format_yuan, parse_rate, parse_yuan, round_down, round_half_up, say_rate, say_yuan
from core_kit import USCC, compute, firm, got, shipped, title, write_policy


@given(st.integers(0, LARGEST_FEN))
def test_an_amount_is_written_and_read_back(amount):
    """“Money is yuan (CNY) as a decimal string with at most two places”: every amount that fits DECIMAL(18, 2), exactly."""
    text = format_yuan(amount)
    assert parse_yuan(text) == amount
    assert Decimal(text) * 100 == amount
    assert say_yuan(amount).replace(",", "") == text


@given(st.text(alphabet="0123456789.,+-e% ٣３", max_size=20))
def test_whatever_is_read_as_an_amount_is_that_amount(text):
    """What is read at all is read as what it says in plain decimals; the rest is none."""
    amount = parse_yuan(text)
    if amount is not None:
        assert text.isascii() and set(text) <= set("0123456789.")
        assert Decimal(text) * 100 == amount <= LARGEST_FEN


@pytest.mark.parametrize("value", [None, 1, 1.0, True, Decimal("1.00"), b"1.00", ["1.00"], "", ".", "1..0", "0x10", "1_000", "1\n", "\n1"])
def test_what_is_no_decimal_string_is_no_amount(value):
    """Not a number, not bytes, nothing with a sign, an exponent, a line break."""
    assert parse_yuan(value) is None


@given(st.fractions(min_value=0, max_value=10**18))
def test_rounding_is_exact(value):
    """“is then rounded down to the fen once”; the other reading rounds half up: both as decimals do, whatever the fraction."""
    as_decimal = Decimal(value.numerator) / Decimal(value.denominator) if value.denominator in (1, 2, 4, 5, 8, 10) else None
    assert round_down(value) == value.numerator // value.denominator
    assert round_half_up(value) == (value + Fraction(1, 2)).numerator // (value + Fraction(1, 2)).denominator
    if as_decimal is not None and value < 10**12:
        assert round_down(value) == int(as_decimal.quantize(Decimal(1), ROUND_DOWN))
        assert round_half_up(value) == int(as_decimal.quantize(Decimal(1), ROUND_HALF_UP))


def test_rounding_at_the_half():
    """Half a fen is nothing rounded down and a fen rounded half up; below zero is nothing."""
    assert [round_down(Fraction(n, 2)) for n in (-3, 0, 1, 2, 3)] == [0, 0, 0, 1, 1]
    assert [round_half_up(Fraction(n, 2)) for n in (-3, 0, 1, 2, 3)] == [0, 0, 1, 1, 2]
    assert round_half_up(Fraction(499, 1000)) == 0


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("50%", Fraction(1, 2)),
        ("0.1%", Fraction(1, 1000)),
        ("100%", Fraction(1)),
        ("1/3", Fraction(1, 3)),
        ("0%", Fraction(0)),
        ("50", None),
        ("0.5", None),
        ("-5%", None),
        ("1/0", None),
        ("%", None),
        ("5 %", None),
        ("5%%", None),
        (".5%", None),
        ("5.%", None),
        (0.5, None),
    ],
)
def test_a_rate_is_a_fraction(text, rate):
    """A rate is exact: a percentage or a fraction, never a decimal that might be either."""
    assert parse_rate(text) == rate
    if rate:
        assert parse_rate(say_rate(rate)) == rate


@given(st.dates())
def test_a_day_is_written_and_read_back(day):
    """“dates are ISO 8601”: YYYY-MM-DD and nothing else."""
    assert parse_date(day.isoformat()) == day
    assert parse_date(day.strftime("%Y%m%d")) is None
    assert parse_date(f"{day.isoformat()}T00:00") is None


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.tuples(st.integers(1, 12), st.integers(1, 28)))
def test_a_year_begins_on_its_first_day(day, starts):
    """Every day is in exactly the year that began last."""
    year = year_of(day, starts)
    assert date(year, *starts) <= day < date(year + 1, *starts)


@given(st.dates(date(1950, 1, 1), date(2050, 1, 1)), st.integers(0, 20_000))
def test_whole_years_complete_on_the_anniversary(since, days):
    """The anniversary itself completes the year."""
    until = since + timedelta(days)
    years = whole_years(since, until)
    assert (
        (years + since.year, since.month, since.day)
        <= (until.year, until.month, until.day)
        < (years + 1 + since.year, since.month, since.day)
    )


_matters = st.sampled_from(["a", "b", "a#1", "a#2", "b#1", "ab", "ab#1", "a 1", "海宁", "海宁#一"])


@given(_matters, _matters)
def test_matters_overlap_as_the_contract_says(one, other):
    """“`a` and `a#1` overlap, `a#1` and `a#2` do not” (contract, section 1); overlap goes both ways, and with itself."""
    assert overlap(one, one)
    assert overlap(one, other) == overlap(other, one)
    whole, line = one.partition("#")[::2]
    other_whole, other_line = other.partition("#")[::2]
    assert overlap(one, other) == (whole == other_whole and (line == other_line or not line or not other_line))


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("a", True),
        ("a#1", True),
        ("a#", False),
        ("#1", False),
        ("a#1#2", False),
        ("", False),
        (" ", False),
        ("a# ", False),
        (5, False),
        (None, False),
    ],
)
def test_a_matter_has_something_on_both_sides_of_its_mark(text, good):
    """A matter is a thing, or one line of it."""
    assert is_matter(text) is good


@given(st.integers(0, 17), st.sampled_from(ALPHABET))
def test_a_single_wrong_character_is_found(place, letter):
    """“18 characters with the GB 32100-2015 check character (a wrong one is a fault)”."""
    changed = USCC[:place] + letter + USCC[place + 1 :]
    assert is_valid(changed) == (changed == USCC) or not has_shape(changed)
    assert not (is_valid(changed) and changed != USCC)


@given(st.text(ALPHABET, min_size=17, max_size=17))
def test_the_check_character_completes_a_code(body):
    """Whatever the first seventeen, one of the thirty-one characters completes them, and only one."""
    assert [letter for letter in ALPHABET if check_character(body) == letter] == [check_character(body)]


def _reader() -> FirmReader:
    return FirmReader(shipped("haining-ai-2026").types)


def test_facts_are_in_order_of_date_then_id():
    """“a limit that binds is filled by date, then id”: facts and received support are put in order once, as they are read."""
    raw = firm(
        [compute("b", "1.00", "2026-02-01"), compute("a", "1.00", "2026-02-01"), compute("c", "1.00", "2026-01-31")],
        [got("y", "m", "1.00"), got("x", "m", "1.00"), got("z", "m", "1.00", "2025-01-01")],
    )
    read = _reader().read(raw)
    assert [fact.id for fact in read.facts] == ["c", "a", "b"]
    assert [item.benefit for item in read.received] == ["z", "x", "y"]


def test_a_matter_left_out():
    """“Left out, it is the fact's own id; for a recognition it is `recognition:<title>`” (contract, section 1)."""
    raw = firm([compute("p", "1.00"), title("t", "dcmm_pilot"), compute("q", "1.00", matter=["a", "b#1", "a"])])
    assert {fact.id: fact.matter for fact in _reader().read(raw).facts} == {
        "p": ("p",),
        "t": ("recognition:dcmm_pilot",),
        "q": ("a", "b#1"),
    }


def test_what_is_optional_may_be_left_out_and_the_rest_has_its_default():
    """“`new` (bool, true if left out)”; `town`, `employees`, `revenue`, `owners` are optional."""
    read = _reader().read(firm([title("t", "dcmm_pilot")], town="330481001", employees=5, revenue="1.5", owners=["张三"]))
    assert read.facts[0].values["new"] is True
    assert (read.values["employees"], read.values["revenue"], read.values["section"]) == (5, 150, "C")


@pytest.mark.parametrize("industry", ["C", "C39", "C396", "C3962", "A0111", "T9700"])
def test_an_industry_is_a_letter_and_digits(industry):
    """“`industry` GB/T 4754-2017, section letter and digits, a manufacturer is section C”."""
    assert _reader().read(firm(industry=industry)).values["section"] == industry[0]


_OPTIONAL = """facts:
  visit:
    name: {zh: 参观, en: visit}
    matter: "visit:{place}"
    fields:
      place: {kind: text, optional: yes, zh: 地点, en: place}
"""


def test_a_matter_made_of_a_field_that_may_be_left_out_is_a_fault_and_not_a_crash():
    """Where a fact type makes its matters of an optional field, either the type or the fact is at fault; neither crashes."""
    with pytest.raises(Faults):
        types = read_types(read_marked(_OPTIONAL, "facts.yaml"))
        FirmReader(types).read(firm([{"id": "v", "type": "visit", "date": "2026-01-05"}]))


def test_one_file_serves_two_policies(tmp_path):
    """“Fact types and titles are data: a policy folder declares its own”; together they know the fields of both."""
    from chaoce.assessment.prepare import prepare
    from chaoce.policy.model import Policy

    fields = "fields: {seats: {kind: count, optional: yes, zh: 席位, en: seats}}"
    facts = f"facts: {{compute_purchase: {{name: {{zh: 算力购买, en: computing power bought}}, {fields}}}}}"
    block = "甲。\n```benefit seats\ntitle: {zh: 甲, en: seats}\non: compute_purchase\npays: 100 per 个 of seats\n```\n"
    other = Policy.load(write_policy(tmp_path, "other", block, facts))
    session = prepare([shipped("haining-ai-2026"), other], 2026)
    read = session.read(firm([compute("p", "1.00", seats=3), compute("q", "1.00")]))
    assert [fact.values.get("seats") for fact in read.facts] == [3, None]
    assert session.assess(read).total == 30_000 + 50
