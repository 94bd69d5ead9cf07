"""Migrations of every app of the service, back and forth on copies of a filled database; prints what became of each, as JSON.

python migrating.py FILLED: the name of the filled database; the connection is its owner's, who copies it.
"""

from __future__ import annotations

import json
import sys
import traceback
from collections.abc import Callable
from typing import Any

import django
from django.apps import apps
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from filler import own_apps

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


def migrate(*targets: tuple[str, str | None]) -> None:
    """To these migrations, or to all."""
    executor = MigrationExecutor(connection)
    executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())


def least(app: str) -> str | None:
    """How far back an app can go. Procrastinate's migrations have no way back, and they stand on the one of the roles."""
    return "0001_roles" if app == "database" else None


def last_first() -> list[str]:
    """The apps, each before those that it depends on."""
    graph = MigrationLoader(connection).graph
    plan = [label for target in graph.leaf_nodes() for label, _ in graph.forwards_plan(target)]
    order = list(dict.fromkeys(reversed(plan)))
    return sorted(own_apps(), key=order.index)


def step_by_step(app: str) -> list[str]:
    """Every later migration of an app back, one at a time, and forth again; what differs afterwards."""
    targets = steps_of(app)
    if not targets:
        return []
    before = shape()
    for target in targets:
        migrate((app, target))
    for target in reversed(targets):
        migrate((app, target))
    migrate()
    return differences(before)


def differences(before: dict[str, list[str]]) -> list[str]:
    """What the database has now and had not before, or the other way round."""
    after = shape()
    return sorted(line for name in before for line in set(before[name]) ^ set(after[name]))


def attempt(report: dict[str, dict[str, Any]], app: str, what: str, work: Callable[[], Any]) -> None:
    """Notes what became of an app; one that fails does not keep the others from being tried."""
    try:
        report[app][what] = work()
    except Exception:
        report[app]["failed"] = traceback.format_exc()


def main() -> None:
    """Step by step on one copy; to nothing on another, the apps that stand on others first, and then everything back."""
    django.setup()
    filled = sys.argv[1]
    report: dict[str, dict[str, Any]] = {app: {} for app in own_apps()}
    copy(filled)
    for app in report:
        attempt(report, app, "steps", lambda app=app: step_by_step(app))
    copy(filled)
    before = shape()
    for app in last_first():
        attempt(report, app, "back", lambda app=app: migrate((app, least(app))))
        attempt(report, app, "left", lambda app=app: tables_of(app))
    attempt(report, "database", "forth", migrate)
    report["database"]["changed"] = differences(before)
    drop(filled)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
