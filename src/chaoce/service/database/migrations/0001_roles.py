"""The two roles: the one that migrates owns every table; the one that serves may read and write rows and nothing else."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from chaoce.service.database.holes import close_holes

_RIGHTS = (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT"), ("FUNCTIONS", "EXECUTE"))


def grant(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Lets the serving role use what the owner makes from now on; refuses a serving role that could undo it."""
    close_holes(schema_editor.connection)
    quoted = schema_editor.quote_name(settings.SERVE_ROLE)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"GRANT USAGE ON SCHEMA public TO {quoted}")
        for what, rights in _RIGHTS:
            cursor.execute(f"GRANT {rights} ON ALL {what} IN SCHEMA public TO {quoted}")
            cursor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT {rights} ON {what} TO {quoted}")
        cursor.execute("SELECT to_regclass('public.django_migrations')")
        if cursor.fetchone() != (None,):
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {quoted}")


def revoke(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Takes the rights back."""
    quoted = schema_editor.quote_name(settings.SERVE_ROLE)
    with schema_editor.connection.cursor() as cursor:
        for what, _rights in _RIGHTS:
            cursor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON {what} FROM {quoted}")
            cursor.execute(f"REVOKE ALL ON ALL {what} IN SCHEMA public FROM {quoted}")
        cursor.execute(f"REVOKE USAGE ON SCHEMA public FROM {quoted}")


def check_letters(apps: object, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Names of firms are found by their likeness; in a database whose letters are those of C no Chinese name is like any other."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT similarity('海宁', '海宁')")
        if cursor.fetchone() != (1.0,):
            raise RuntimeError(
                "the database does not know Chinese characters as letters: "
                "CREATE DATABASE … TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'"
            )


class Migration(migrations.Migration):
    """First of all migrations, so that every table is made under its rules."""

    initial = True
    dependencies: ClassVar = []
    # Whatever depends on nothing else.
    run_before: ClassVar = [
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
