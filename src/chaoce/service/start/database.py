"""Which database the demonstration uses: an embedded one, or the one that DATABASE_URL names, with both its roles."""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import quote, unquote, urlsplit

import psycopg
from psycopg import sql

from chaoce.faults import Fault, Faults, listed
from chaoce.service.start.cluster import SERVE, Cluster, start
from chaoce.service.start.folder import Folder

#: The addresses of the demonstration's people end like this; a database with people and none of these is somebody's own.
MAIL_DOMAIN = "chaoce.example"
#: Signals that end the demonstration.
ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Database(NamedTuple):
    """Both addresses, the name of the role that serves, and the embedded server if there is one."""

    owner: str
    serve: str
    role: str
    cluster: Cluster | None = None

    def stop(self) -> None:
        """Stops the embedded server; a named one goes on."""
        if self.cluster is not None:
            self.cluster.stop()

    def runs(self) -> bool:
        """Whether the embedded server is there; a named one is not ours to watch."""
        return self.cluster is None or self.cluster.runs()


def open_database(folder: Folder, environment: Mapping[str, str]) -> Database:
    """Starts or finds the database; raises Faults where it cannot be had or is not a demonstration's."""
    named, owner = environment.get("DATABASE_URL", ""), environment.get("DATABASE_OWNER_URL", "")
    if not named and owner:
        raise Faults([Fault("service.owner")])
    if not named:
        return _embedded(folder)
    if owner:
        role = unquote(urlsplit(named).username or "")
        database = Database(owner, named, role)
    else:
        role = environment.get("CHAOCE_SERVE_ROLE", SERVE)
        database = Database(named, _make_role(named, role, folder.read()["role_password"]), role)
    _refuse_others(database.owner)
    return database


def _embedded(folder: Folder) -> Database:
    # Signals wait until the server is up: one that is interrupted while it starts would be left behind.
    signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
    try:
        cluster = start(folder.postgres)
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
    return Database(cluster.owner, cluster.serve, SERVE, cluster)


def connect(url: str) -> psycopg.Connection:
    """A connection that commits each statement by itself; raises Faults where the address is wrong or nobody answers."""
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.Error as fault:
        raise Faults([Fault("service.address", {"detail": " ".join(str(fault).split())})]) from fault


def _make_role(admin: str, role: str, password: str) -> str:
    """The serving role's address, on a server where only an address that may make roles is known."""
    serve = as_role(admin, role, password)
    with connect(admin) as connection:
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
            made = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(sql.Identifier(role), sql.Literal(password))
            connection.execute(made)
    try:
        psycopg.connect(serve, connect_timeout=10).close()
    except psycopg.Error as fault:
        raise Faults([Fault("service.role", {"value": role})]) from fault
    return serve


def as_role(url: str, role: str, password: str) -> str:
    """The same address for another role.

    >>> as_role("postgresql://admin:old@db.example:5432/chaoce?sslmode=require", "chaoce_serve", "n/w")
    'postgresql://chaoce_serve:n%2Fw@db.example:5432/chaoce?sslmode=require'
    """
    parts = urlsplit(url)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{quote(role, safe='')}:{quote(password, safe='')}@{place}").geturl()


def _refuse_others(owner: str) -> None:
    """The demonstration writes invented people and firms: not into a database that holds anything else."""
    with connect(owner) as connection:
        tables = {name for (name,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")}
        if tables and "django_migrations" not in tables:
            raise Faults([Fault("service.foreign", {"value": listed(sorted(tables)[:3])})])
        if "people_user" in tables:
            asked = "SELECT count(*), count(*) FILTER (WHERE email LIKE %s) FROM people_user"
            people, invented = connection.execute(asked, [f"%@{MAIL_DOMAIN}"]).fetchone() or (0, 0)
            if people and not invented:
                raise Faults([Fault("service.foreign", {"value": f"people_user: {people}"})])


def environment_of(database: Database, folder: Folder, address: str) -> dict[str, str]:
    """What the processes that serve are told; the owner's address is not among it."""
    told = {name: value for name, value in os.environ.items() if name not in ("DATABASE_OWNER_URL", "CHAOCE_DATABASE_ROLE")}
    return {
        **told,
        "DJANGO_SETTINGS_MODULE": "chaoce.service.settings.demo",
        "DATABASE_URL": database.serve,
        "CHAOCE_SERVE_ROLE": database.role,
        "CHAOCE_DATA": str(folder.path),
        "CHAOCE_ADDRESS": address,
        "PYTHONUNBUFFERED": "1",
    }
