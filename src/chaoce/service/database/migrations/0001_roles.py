"""The two roles: the one that migrates owns every table; the one that serves may read and write rows and nothing else."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def grant(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Lets the serving role use what the owner makes from now on; refuses a serving role that could undo it."""
    role = settings.SERVE_ROLE
    quoted = schema_editor.quote_name(role)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper, rolbypassrls, rolcreaterole, rolname = current_user FROM pg_roles WHERE rolname = %s", [role])
        found = cursor.fetchone()
        if found is None:
            raise RuntimeError(f"there is no role {role} in the database: CREATE ROLE {quoted} LOGIN PASSWORD '\u2026'")
        if any(found):
            raise RuntimeError(f"{role} must be an ordinary role: not a superuser, no BYPASSRLS, no CREATEROLE, not the owner")
        cursor.execute("SELECT pg_has_role(%s, current_user, 'MEMBER')", [role])
        if cursor.fetchone() == (True,):
            raise RuntimeError(f"{role} must not be a member of the role that owns the tables")
        cursor.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        for what, rights in (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT"), ("FUNCTIONS", "EXECUTE")):
            cursor.execute(f"GRANT {rights} ON ALL {what} IN SCHEMA public TO {quoted}")
            cursor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON {what} TO {quoted}")


def revoke(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Takes the rights back."""
    quoted = schema_editor.quote_name(settings.SERVE_ROLE)
    with schema_editor.connection.cursor() as cursor:
        for what in ("TABLES", "SEQUENCES", "FUNCTIONS"):
            cursor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON {what} FROM {quoted}")
            cursor.execute(f"REVOKE ALL ON ALL {what} IN SCHEMA public FROM {quoted}")
        cursor.execute(f"REVOKE USAGE ON SCHEMA public FROM {quoted}")


class Migration(migrations.Migration):
    """First of all migrations, so that every table is made under its rules."""

    initial = True
    dependencies: list = []
    run_before = [("contenttypes", "0001_initial"), ("procrastinate", "0001_initial")]
    operations = [migrations.RunPython(grant, revoke, elidable=False), BtreeGistExtension(), TrigramExtension()]
