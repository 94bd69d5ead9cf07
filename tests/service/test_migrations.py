"""Migrations: both ways on a filled database, and none that is missing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from filler import own_apps

from chaoce.service.start.cluster import DATABASE, Cluster

_HERE = Path(__file__).resolve().parent
_FILLED = "filled"


def run(*arguments: str, **environment: str) -> str:
    """What a program of these tests prints."""
    given = {**os.environ, "DJANGO_SETTINGS_MODULE": "chaoce.service.settings.test", "PYTHONPATH": str(_HERE.parent), **environment}
    done = subprocess.run([sys.executable, *arguments], env=given, capture_output=True, text=True, cwd=_HERE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def filled(cluster: Cluster, django_db_setup: None) -> Iterator[dict[str, int]]:
    """A copy of the migrated database with a row of every model; its rows by table."""
    for connection in connections.all(initialized_only=True):
        connection.close()  # what is copied is used by nobody
    cluster.make(_FILLED, template=DATABASE)
    yield json.loads(run("filler.py", DATABASE_URL=cluster.of(_FILLED)[1]).splitlines()[-1])
    cluster.drop(_FILLED)


@pytest.fixture(scope="module")
def report(cluster: Cluster, filled: dict[str, int]) -> dict[str, Any]:
    """What became of every app."""
    # Databases are copied by the role that owns them.
    with cluster.administrate() as admin:
        admin.execute("ALTER ROLE chaoce_owner CREATEDB")
    try:
        said = run("migrating.py", _FILLED, CHAOCE_DATABASE_ROLE="owner", DATABASE_OWNER_URL=cluster.owner)
    finally:
        with cluster.administrate() as admin:
            admin.execute("ALTER ROLE chaoce_owner NOCREATEDB")
    return json.loads(said.splitlines()[-1])


def test_every_model_has_a_row(filled):
    """The database on which migrations are tried is filled: no table of the service's own apps is empty."""
    from filler import own_models

    assert [model._meta.db_table for model in own_models() if not filled[model._meta.db_table]] == []


@pytest.mark.parametrize("app", own_apps())
def test_migrations_run_both_ways_on_a_filled_database(report, app):
    """“Migrations run both ways on a filled database”: every later migration one step back and forth, and the whole app to nothing,
    with rows in every table."""
    said = report[app]
    assert "failed" not in said, said["failed"]
    assert said["steps"] == []
    assert said["left"] == []


def test_all_is_as_it_was_after_going_back_and_forth(report):
    """Tables, columns, constraints, indexes and triggers are the same after everything went back to nothing and forth again."""
    assert report["database"]["changed"] == []


def test_no_migration_is_missing():
    """The models and the migrations say the same."""
    run("-m", "chaoce.service.manage", "makemigrations", "--check", "--dry-run")
