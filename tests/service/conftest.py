"""Fixtures of the service's tests: a real PostgreSQL, migrated by its owner and used by the role that serves.

A worker of the test run has a server of its own. `db` wraps a test in a transaction; tests that need commits (threads, the live
server, locks) ask for `transactional_db`, after which the owner empties every table that migrations do not fill.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import dj_database_url
import psycopg
import pytest
from django.core.cache import cache
from django.db import connections
from django.test import TransactionTestCase

from chaoce.service.start.cluster import Cluster, start
from service.browsing import chromium  # noqa: F401

#: Tables that migrations fill, or that Django keeps for itself.
_KEPT = ("django_migrations", "django_content_type", "auth_permission")


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A server that lives as long as this worker."""
    # Not under pytest's own folder: another run of pytest closes that one to the user that the server runs as, where that is not ours.
    place = tempfile.TemporaryDirectory(prefix="chaoce-postgres-")
    running = start(Path(place.name) / "data", keep=False)
    yield running
    for connection in connections.all(initialized_only=True):
        connection.close()
    running.server.cleanup()
    place.cleanup()


def migrate(owner: str, *arguments: str) -> None:
    """Migrates a database as its owner, in a process of its own as in production."""
    environment = {
        **os.environ,
        "DATABASE_OWNER_URL": owner,
        "CHAOCE_DATABASE_ROLE": "owner",
        "DJANGO_SETTINGS_MODULE": "chaoce.service.settings.test",
    }
    command = [sys.executable, "-m", "chaoce.service.manage", "migrate", "--verbosity", "0", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def django_db_setup(cluster: Cluster, django_db_blocker) -> Iterator[None]:
    """The database of the tests, through the role that serves (pytest-django would make one as a superuser)."""
    migrate(cluster.owner)
    settings = {**connections["default"].settings_dict, **dj_database_url.parse(cluster.serve)}
    connections["default"].close()
    connections["default"].settings_dict.update(settings)
    _teardown_by_owner(cluster.owner)
    yield


def _teardown_by_owner(owner: str) -> None:
    """The serving role may not empty tables: between tests that commit, the owner does."""

    def empty(self: TransactionTestCase) -> None:
        for connection in connections.all(initialized_only=True):
            connection.close()
        with psycopg.connect(owner, autocommit=True) as connection:
            tables = [name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
            names = ", ".join(f'"{name}"' for name in tables if name not in _KEPT)
            # What a page of the test still asks of the live server as its browser closes may hold a table: it is waited for.
            for chance in range(5):
                try:
                    connection.execute(f"TRUNCATE {names} RESTART IDENTITY CASCADE")
                    break
                except psycopg.errors.DeadlockDetected:
                    if chance == 4:
                        raise

    TransactionTestCase._fixture_teardown = empty  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def own_files(tmp_path: Path, settings) -> Path:
    """Files that a test hands in lie in a folder of its own; nothing cached reaches the next test."""
    cache.clear()
    settings.CHAOCE_FILES = tmp_path / "files"
    return settings.CHAOCE_FILES
