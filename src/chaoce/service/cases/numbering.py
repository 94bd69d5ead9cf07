"""Numbers of cases: year and a running number, never given twice; a gap is left where a submission was undone."""

from __future__ import annotations

from django.db import connection


def next_number(year: int) -> str:
    """The next number, like HN-2026-000123."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('cases_number')")
        (number,) = cursor.fetchone()
    return f"HN-{year}-{number:06d}"
