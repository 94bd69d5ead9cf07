"""Calendar dates, without a clock and without a time of day."""

from __future__ import annotations

from datetime import date


def parse_date(text: object) -> date | None:
    """The date of an ISO 8601 calendar date `YYYY-MM-DD`; None if there is no such day.

    >>> parse_date("2026-03-18"), parse_date("2026-02-30"), parse_date("20260318")
    (datetime.date(2026, 3, 18), None, None)
    """
    if type(text) is not str or len(text) != 10 or text[4] != "-" or text[7] != "-":
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def year_of(day: date, starts: tuple[int, int] = (1, 1)) -> int:
    """The year that a day counts in, where a year starts on `starts` (month, day).

    >>> year_of(date(2027, 1, 3)), year_of(date(2027, 1, 3), (1, 5))
    (2027, 2026)
    """
    return day.year - ((day.month, day.day) < starts)


def whole_years(since: date, until: date) -> int:
    """Whole years from one day to another (周岁 counting: the anniversary itself completes the year).

    >>> whole_years(date(2023, 5, 10), date(2026, 5, 9)), whole_years(date(2023, 5, 10), date(2026, 5, 10))
    (2, 3)
    """
    return until.year - since.year - ((until.month, until.day) < (since.month, since.day))
