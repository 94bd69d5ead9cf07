"""The language of who reads, and days in its words."""

from __future__ import annotations

from datetime import date
from typing import Literal

from django.utils.translation import get_language

_MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"]


def spoken() -> Literal["zh", "en"]:
    """What the packages above the service call the language that is active; Chinese where none is."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def say_day(day: date) -> str:
    """A day in words: 2 March 2026, 2026年3月2日."""
    if spoken() == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"
