"""The database: two roles, and what the one that serves cannot do."""

from __future__ import annotations

import os
import subprocess
import sys

import psycopg
import pytest
from django.db import DatabaseError, InternalError, ProgrammingError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from psycopg import sql

from chaoce.service.start.cluster import OWNER, SERVE, Cluster
from service import kit

pytestmark = pytest.mark.django_db

_TRIGGERS = "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal ORDER BY 1"


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE cases_case DISABLE TRIGGER ALL",
        "DROP TRIGGER {trigger} ON {table}",
        "ALTER TABLE cases_case DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE mine (id int)",
        "CREATE TEMPORARY TABLE cases_case (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION _pgtrigger_should_ignore(trigger_name name) RETURNS boolean LANGUAGE sql AS 'SELECT true'",
        "TRUNCATE cases_event",
        "DELETE FROM django_migrations",
        "UPDATE django_migrations SET name = name",
        "SET session_replication_role = replica",
        "SET ROLE chaoce_owner",
        "ALTER ROLE chaoce_serve SUPERUSER",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
def test_the_serving_role_cannot_undo_the_database(statement):
    """“One owns the tables and migrates, the other serves and can neither change triggers nor bypass row-level security.”"""
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS)
        trigger, table = cursor.fetchone()
    with pytest.raises(ProgrammingError, match=r"permission denied|must be owner"), connection.cursor() as cursor:
        cursor.execute(statement.format(trigger=trigger, table=table))


def test_the_serving_role_is_an_ordinary_one():
    """The tests themselves run as the role that serves: neither a superuser nor past row-level security."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user")
        assert cursor.fetchone() == (SERVE, False, False, False)


def test_no_session_can_name_triggers_that_are_not_to_fire():
    """pgtrigger asks a setting of the session which triggers to leave out; here the answer is always none."""
    case = kit.make_firm()
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(tgname) FROM pg_trigger WHERE NOT tgisinternal")
        names = ",".join(cursor.fetchone()[0])
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, true)", [f"{{{names}}}"])
        cursor.execute(
            "INSERT INTO facts_fact (firm_id, key, type, date, matters, bases, raw, source, added_at, withdrawn_why) "
            "VALUES (%s, 'f', 'x', '2026-03-01', '{m}', '{m}', '{}', 'import', now(), '')",
            [case.pk],
        )
        for statement in ("DELETE FROM facts_fact", "UPDATE facts_fact SET key = 'g'"):
            with pytest.raises((InternalError, DatabaseError), match="Cannot"), transaction.atomic():
                cursor.execute(statement)


def test_chinese_names_have_letters():
    """Near names are found by trigrams, which are made of letters: Chinese characters must be such."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT similarity('海宁智能', '海宁智能制造') > 0.4")
        assert cursor.fetchone() == (True,)


def test_a_process_that_serves_does_not_connect_as_the_owner(cluster: Cluster):
    """Given the owner's address by mistake, the service says so and does nothing."""
    script = "import django; django.setup()\nfrom django.db import connection\nconnection.ensure_connection()"
    done = _python(script, DATABASE_URL=cluster.owner)
    assert done.returncode != 0
    assert f"DATABASE_URL connects as {OWNER}" in done.stderr


def _python(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    given = {**os.environ, "DJANGO_SETTINGS_MODULE": "chaoce.service.settings.test", **environment}
    return subprocess.run([sys.executable, "-c", script], env=given, capture_output=True, text=True)


_HOLES = {
    "superuser": "ALTER ROLE {role} SUPERUSER",
    "row-level": "ALTER ROLE {role} BYPASSRLS",
    "make roles": "ALTER ROLE {role} CREATEROLE",
    "make databases": "ALTER ROLE {role} CREATEDB",
    "journal": "ALTER ROLE {role} REPLICATION",
    "member": "GRANT chaoce_owner TO {role}",
    "switch triggers": "GRANT SET ON PARAMETER session_replication_role TO {role}",
}


@pytest.mark.parametrize("said", list(_HOLES))
def test_the_first_migration_refuses_a_serving_role_that_could_undo_it(cluster: Cluster, said: str):
    """Neither a superuser nor a member of the owner nor any other way round: the migration says what is open and how to close it."""
    role, database = f"loose_{list(_HOLES).index(said)}", "loose"
    with cluster.administrate() as admin:
        admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
        admin.execute(_HOLES[said].format(role=role))
    cluster.make(database)
    try:
        done = _migrate(cluster.of(database)[0], role)
        assert done.returncode != 0
        assert f"the serving role {role} could undo" in done.stderr and said in done.stderr
        with cluster.administrate() as admin:
            admin.execute(sql.SQL("DROP OWNED BY {}").format(sql.Identifier(role)))
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
    finally:
        cluster.drop(database)


def _migrate(owner: str, role: str) -> subprocess.CompletedProcess[str]:
    given = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "chaoce.service.settings.test",
        "CHAOCE_DATABASE_ROLE": "owner",
        "DATABASE_OWNER_URL": owner,
        "CHAOCE_SERVE_ROLE": role,
    }
    command = [sys.executable, "-m", "chaoce.service.manage", "migrate", "database", "--verbosity", "0"]
    return subprocess.run(command, env=given, capture_output=True, text=True)


def test_the_first_migration_wants_the_role_and_chinese_letters(cluster: Cluster):
    """Without the serving role, or in a database whose letters are those of C, it says which statement makes it right."""
    with cluster.administrate() as admin:
        admin.execute(f"CREATE DATABASE plain OWNER {OWNER} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'")
    try:
        assert "CREATE ROLE" in _migrate(cluster.of("plain")[0], "nobody_here").stderr
        assert "LC_CTYPE 'C.UTF-8'" in _migrate(cluster.of("plain")[0], SERVE).stderr
    finally:
        cluster.drop("plain")


def test_what_is_made_later_is_under_the_same_rules(cluster: Cluster):
    """A table that the owner makes after the first migration can be read and written by the serving role, and not be changed."""
    with psycopg.connect(cluster.owner, autocommit=True) as owner:
        owner.execute("CREATE TABLE later (id int)")
    try:
        with psycopg.connect(cluster.serve, autocommit=True) as serve:
            serve.execute("INSERT INTO later VALUES (1)")
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                serve.execute("ALTER TABLE later ADD COLUMN more int")
    finally:
        with psycopg.connect(cluster.owner, autocommit=True) as owner:
            owner.execute("DROP TABLE later")


def test_the_roles_come_first():
    """Every table is made after the first migration of the database's own app."""
    plan = MigrationExecutor(connection).migration_plan(MigrationExecutor(connection).loader.graph.leaf_nodes(), clean_start=True)
    assert (plan[0][0].app_label, plan[0][0].name) == ("database", "0001_roles")
