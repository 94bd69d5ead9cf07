"""Migrations of every app of the service, back and forth on copies of a filled database; prints what became of each, as JSON.

python migrating.py FILLED: the name of the filled database; the connection is its owner's, who copies it for each app.
"""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any

import django
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from filler import fill, own_apps, own_models

_COPY = "migrating_copy"
_TRIGGERS = "SELECT c.relname || ' ' || t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
_COLUMNS = (
    "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable FROM information_schema.columns "
    "WHERE table_schema = 'public'"
)
_CONSTRAINTS = (
    "SELECT conrelid::regclass::text || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace"
)
_INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'"


def use(database: str) -> None:
    """Connects to another database of the same server."""
    connection.close()
    connection.settings_dict["NAME"] = database


def copy(filled: str) -> None:
    """A fresh copy of the filled database, and a connection to it."""
    drop(filled)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{_COPY}" TEMPLATE "{filled}"')
    use(_COPY)


def drop(filled: str) -> None:
    """Ends the copy; the connection is to a database that is neither."""
    use("chaoce")
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{_COPY}" WITH (FORCE)')


def shape() -> dict[str, list[str]]:
    """Triggers, columns, constraints and indexes, as the database has them."""
    found = {}
    with connection.cursor() as cursor:
        for name, asked in (("triggers", _TRIGGERS), ("columns", _COLUMNS), ("constraints", _CONSTRAINTS), ("indexes", _INDEXES)):
            cursor.execute(asked)
            found[name] = sorted(row[0] for row in cursor.fetchall())
    return found


def rows() -> dict[str, int]:
    """How many rows of each model there are."""
    return {model._meta.label: model._default_manager.count() for model in own_models()}


def tables_of(app: str) -> list[str]:
    """The tables of an app's models that are there."""
    names = {model._meta.db_table for model in apps.get_app_config(app).get_models(include_auto_created=True)}
    with connection.cursor() as cursor:
        return sorted(names & set(connection.introspection.table_names(cursor)))


def steps_of(app: str) -> list[str]:
    """Where one step back goes for each later migration of an app, newest first. What is marked as initial was made together."""
    loader = MigrationLoader(None)
    names = sorted(name for label, name in loader.graph.nodes if label == app)
    later = [name for name in names if not loader.disk_migrations[app, name].initial]
    return [names[names.index(name) - 1] for name in reversed(later)]


def migrate(*arguments: str) -> None:
    """Django's own command, silently."""
    call_command("migrate", *arguments, verbosity=0, interactive=False)


def go(app: str, filled: str) -> dict[str, Any]:
    """One app: step by step back and forth, then to nothing and back, each on a filled database."""
    copy(filled)
    before, had = shape(), rows()
    said: dict[str, Any] = {"steps": []}
    for target in steps_of(app):
        migrate(app, target)
        migrate()
        said["steps"].append({"to": target, "same": shape() == before, "lost": {k: v for k, v in rows().items() if v < had[k]}})
        for model in own_models():
            fill(model)
    migrate(app, "zero")
    said["left"] = tables_of(app)
    migrate()
    after = shape()
    said["changed"] = {name: sorted(set(before[name]) ^ set(after[name])) for name in before if before[name] != after[name]}
    return said


def main() -> None:
    """Every app in turn; one that fails does not keep the others from being tried."""
    django.setup()
    filled, report = sys.argv[1], {}
    for app in own_apps():
        try:
            report[app] = go(app, filled)
        except Exception:
            report[app] = {"failed": traceback.format_exc()}
    drop(filled)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
