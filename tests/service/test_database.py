"""The database: two roles, and what the one that serves cannot do."""

from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE cases_case DISABLE TRIGGER ALL",
        "DROP TRIGGER pgtrigger_facts_are_not_deleted_cd9b8 ON facts_fact",
        "ALTER TABLE cases_case DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE mine (id int)",
        "TRUNCATE cases_event",
        "SET session_replication_role = replica",
        "SET ROLE chaoce_owner",
    ],
)
def test_the_serving_role_cannot_undo_the_database(statement):
    """“One owns the tables and migrates, the other serves and can neither change triggers nor bypass row-level security.”"""
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(statement)


def test_the_serving_role_is_an_ordinary_one():
    """The tests themselves run as the role that serves: neither a superuser nor past row-level security."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == ("chaoce_serve", False, False, False)
