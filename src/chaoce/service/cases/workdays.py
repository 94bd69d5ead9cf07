"""Working days: Monday to Friday, but for the public holidays and the days worked in their place that the State Council announces.

A year whose arrangement is not entered here counts Saturdays and Sundays only, and `announced` says so.
"""

from __future__ import annotations

from datetime import date, timedelta


def _days(year: int, *spans: tuple[int, int, int, int]) -> frozenset[date]:
    """All days of spans (month, day, month, day), both ends included."""
    found: set[date] = set()
    for month, day, last_month, last_day in spans:
        first, last = date(year, month, day), date(year, last_month, last_day)
        found.update(first + timedelta(days=number) for number in range((last - first).days + 1))
    return frozenset(found)


#: year -> days off by the notice of the General Office of the State Council (部分节假日安排的通知), weekends among them.
OFF: dict[int, frozenset[date]] = {
    2026: _days(2026, (1, 1, 1, 3), (2, 15, 2, 23), (4, 4, 4, 6), (5, 1, 5, 5), (6, 19, 6, 21), (9, 25, 9, 27), (10, 1, 10, 7)),
}
#: year -> Saturdays and Sundays that are worked, by the same notice.
WORKED: dict[int, frozenset[date]] = {
    2026: _days(2026, (1, 4, 1, 4), (2, 14, 2, 14), (2, 28, 2, 28), (5, 9, 5, 9), (9, 20, 9, 20), (10, 10, 10, 10)),
}


def announced(year: int) -> bool:
    """Whether the arrangement of a year is entered here."""
    return year in OFF


def is_workday(day: date) -> bool:
    """Whether people are at work on a day.

    >>> is_workday(date(2026, 2, 16)), is_workday(date(2026, 2, 28)), is_workday(date(2026, 3, 1)), is_workday(date(2026, 3, 2))
    (False, True, False, True)
    """
    if day in WORKED.get(day.year, ()):
        return True
    return day.weekday() < 5 and day not in OFF.get(day.year, ())


def workdays(since: date, until: date) -> int:
    """Working days after one day up to and with another; 0 where the second is not later.

    >>> workdays(date(2026, 3, 6), date(2026, 3, 9)), workdays(date(2026, 3, 9), date(2026, 3, 9))
    (1, 0)
    """
    return sum(1 for number in range(1, (until - since).days + 1) if is_workday(since + timedelta(days=number)))


def after_workdays(day: date, count: int) -> date:
    """The working day that lies so many working days after a day.

    >>> after_workdays(date(2026, 3, 6), 1), after_workdays(date(2026, 2, 13), 2)
    (datetime.date(2026, 3, 9), datetime.date(2026, 2, 24))
    """
    while count > 0:
        day += timedelta(days=1)
        count -= is_workday(day)
    return day


def before_workdays(day: date, count: int) -> date:
    """The latest day since which more than so many working days have gone by on a day.

    >>> before_workdays(date(2026, 3, 9), 0), workdays(before_workdays(date(2026, 3, 31), 20), date(2026, 3, 31))
    (datetime.date(2026, 3, 8), 21)
    """
    since = day
    passed = 0
    while passed <= count:
        passed += is_workday(since)
        since -= timedelta(days=1)
    return since
