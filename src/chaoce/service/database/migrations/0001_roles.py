"""The two roles: the one that migrates owns every table; the one that serves may read and write rows and nothing else."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_RIGHTS = (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT"), ("FUNCTIONS", "EXECUTE"))

#: What the serving role must not be or have, and the statement that a superuser runs to mend it. `{role}`, `{database}` are quoted.
_HOLES = (
    ("r.rolsuper", "is a superuser", "ALTER ROLE {role} NOSUPERUSER"),
    ("r.rolbypassrls", "is past row-level security", "ALTER ROLE {role} NOBYPASSRLS"),
    ("r.rolcreaterole", "may make roles", "ALTER ROLE {role} NOCREATEROLE"),
    ("r.rolcreatedb", "may make databases", "ALTER ROLE {role} NOCREATEDB"),
    ("r.rolreplication", "may read the whole journal", "ALTER ROLE {role} NOREPLICATION"),
    ("r.rolname = current_user", "is the role that owns the tables", "CREATE ROLE \u2026 LOGIN, and name it in CHAOCE_SERVE_ROLE"),
    ("EXISTS (SELECT FROM pg_auth_members m WHERE m.member = r.oid)", "is a member of another role", "REVOKE \u2026 FROM {role}"),
    ("EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid)", "owns tables here", "REASSIGN OWNED BY {role} TO \u2026"),
    ("EXISTS (SELECT FROM pg_proc p WHERE p.proowner = r.oid)", "owns functions here", "REASSIGN OWNED BY {role} TO \u2026"),
    ("has_schema_privilege(r.oid, 'public', 'CREATE')", "may make tables", "REVOKE CREATE ON SCHEMA public FROM PUBLIC, {role}"),
    (
        "has_database_privilege(r.oid, current_database(), 'CREATE')",
        "may make schemas",
        "REVOKE CREATE ON DATABASE {database} FROM PUBLIC, {role}",
    ),
    (
        # A temporary table would stand before one of the same name in what a trigger reads.
        "has_database_privilege(r.oid, current_database(), 'TEMPORARY')",
        "may make temporary tables",
        "REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC, {role}",
    ),
    (
        "has_parameter_privilege(r.oid, 'session_replication_role', 'SET')",
        "may switch triggers off",
        "REVOKE SET ON PARAMETER session_replication_role FROM PUBLIC, {role}",
    ),
)


def grant(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Lets the serving role use what the owner makes from now on; refuses a serving role that could undo it."""
    role, quoted, database = settings.SERVE_ROLE, *_quoted(schema_editor)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
        if cursor.fetchone() is None:
            raise RuntimeError(f"there is no role {role} in the database: CREATE ROLE {quoted} LOGIN PASSWORD '\u2026'")
        cursor.execute(f"REVOKE CREATE ON SCHEMA public FROM PUBLIC, {quoted}")
        cursor.execute(f"REVOKE CREATE, TEMPORARY ON DATABASE {database} FROM PUBLIC, {quoted}")
        _refuse_holes(cursor, role, quoted, database)
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        for what, rights in _RIGHTS:
            cursor.execute(f"GRANT {rights} ON ALL {what} IN SCHEMA public TO {quoted}")
            cursor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON {what} TO {quoted}")
        cursor.execute("SELECT to_regclass('public.django_migrations')")
        if cursor.fetchone() != (None,):
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {quoted}")


def _quoted(schema_editor: BaseDatabaseSchemaEditor) -> tuple[str, str]:
    return tuple(schema_editor.quote_name(name) for name in (settings.SERVE_ROLE, schema_editor.connection.settings_dict["NAME"]))


def _refuse_holes(cursor: Any, role: str, quoted: str, database: str) -> None:
    cursor.execute(f"SELECT {', '.join(hole for hole, _, _ in _HOLES)} FROM pg_roles r WHERE r.rolname = %s", [role])
    found = cursor.fetchone()
    said = [
        f"it {what} ({mend.format(role=quoted, database=database)})" for open_, (_, what, mend) in zip(found, _HOLES, strict=True) if open_
    ]
    if said:
        raise RuntimeError(f"the serving role {role} could undo what protects the data: {'; '.join(said)}")


def revoke(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Takes the rights back."""
    quoted, _ = _quoted(schema_editor)
    with schema_editor.connection.cursor() as cursor:
        for what, _rights in _RIGHTS:
            cursor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON {what} FROM {quoted}")
            cursor.execute(f"REVOKE ALL ON ALL {what} IN SCHEMA public FROM {quoted}")
        cursor.execute(f"REVOKE USAGE ON SCHEMA public FROM {quoted}")


def check_letters(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Names of firms are found by their likeness; in a database whose letters are those of C no Chinese name is like any other."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT similarity('\u6d77\u5b81', '\u6d77\u5b81')")
        if cursor.fetchone() != (1.0,):
            raise RuntimeError(
                "the database does not know Chinese characters as letters: "
                "CREATE DATABASE \u2026 TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
            )


class Migration(migrations.Migration):
    """First of all migrations, so that every table is made under its rules."""

    initial = True
    dependencies: list = []
    # Whatever depends on nothing else.
    run_before = [
        (app, "0001_initial")
        for app in (
            *("api", "calls", "documents", "facts", "firms", "lists"),
            *("axes", "contenttypes", "procrastinate", "sessions"),
        )
    ]
    operations = [
        migrations.RunPython(grant, revoke, elidable=False),
        BtreeGistExtension(),
        TrigramExtension(),
        migrations.RunPython(check_letters, migrations.RunPython.noop),
    ]
