"""A place to measure in: an embedded PostgreSQL filled once, and the service in front of it as deploy/ runs it."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shlex
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from chaoce.service.people.sealing import key_from
from chaoce.service.start.cluster import PROGRAMS, Cluster, start

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
UNIT = ROOT / "deploy" / "chaoce-web.service"
HOST = "bench.example"


class Place:
    """A folder with a database and files. What was filled once is used again while neither the filling nor the tables change."""

    def __init__(self, folder: Path, firms: int, cases: int, port: int):
        self.folder, self.firms, self.cases, self.port = folder.absolute(), firms, cases, port
        self.filled = self.folder / "filled.json"

    @contextmanager
    def database(self, fresh: bool) -> Iterator[Cluster]:
        """The server, its tables up to date and filled."""
        mark = hashlib.sha256(b"\0".join([(HERE / "fill.py").read_bytes(), str((self.firms, self.cases)).encode()])).hexdigest()
        if fresh or not self.filled.exists() or json.loads(self.filled.read_text("utf-8"))["mark"] != mark:
            shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)
        cluster = start(self.folder / "postgres")
        try:
            owner = {**self.environment(cluster), "CHAOCE_DATABASE_ROLE": "owner", "DATABASE_OWNER_URL": cluster.owner}
            self._manage(owner, "migrate", "--no-input", "--verbosity", "0")
            self._manage(self.environment(cluster), "collectstatic", "--no-input", "--verbosity", "0")
            if not self.filled.exists():
                self._fill(cluster, mark)
            with cluster.administrate() as connection:
                connection.execute("CHECKPOINT")
            yield cluster
        finally:
            cluster.stop()

    def _fill(self, cluster: Cluster, mark: str) -> None:
        print(f"filling {self.folder}: {self.firms} firms, {self.cases} cases …", file=sys.stderr, flush=True)
        out = self.folder / "counts.json"
        self.run(cluster, "fill.py", str(self.firms), str(self.cases), str(out))
        _vacuum(cluster)
        self.filled.write_text(json.dumps({"mark": mark, **json.loads(out.read_text("utf-8"))}, indent=1), "utf-8")

    def run(self, cluster: Cluster, program: str, *arguments: str) -> None:
        """A program of this folder in a process with the service's settings."""
        subprocess.run([sys.executable, str(HERE / program), *arguments], env=self.environment(cluster), check=True)

    def _manage(self, environment: dict[str, str], *command: str) -> None:
        subprocess.run([sys.executable, "-m", "chaoce.service.manage", *command], env=environment, check=True)

    def environment(self, cluster: Cluster) -> dict[str, str]:
        """The settings of production; mails go nowhere, for no process sends them."""
        key = self.folder / "key"
        if not key.exists():
            key.write_text(secrets.token_hex(32), "ascii")
        told = {name: value for name, value in os.environ.items() if not name.startswith(("CHAOCE_", "DATABASE_", "DJANGO_"))}
        return {
            **told,
            "DJANGO_SETTINGS_MODULE": "chaoce.service.settings.production",
            "CHAOCE_SECRET_KEY": key.read_text("ascii"),
            "CHAOCE_FACTOR_KEYS": key_from(key.read_text("ascii")),
            "DATABASE_URL": cluster.serve,
            "CHAOCE_HOSTS": HOST,
            "CHAOCE_ADDRESS": f"https://{HOST}",
            "CHAOCE_FILES": str(self.folder / "files"),
            "CHAOCE_STATIC": str(self.folder / "static"),
            "CHAOCE_MAIL_HOST": "localhost",
            "CHAOCE_MAIL_FROM": f"chaoce@{HOST}",
            "PYTHONUNBUFFERED": "1",
        }

    @contextmanager
    def web(self, cluster: Cluster) -> Iterator[list[str]]:
        """gunicorn with the arguments of the systemd unit, on a port of its own; those arguments."""
        given = arguments()
        log = (self.folder / "web.log").open("wb")
        command = [sys.executable, "-m", "gunicorn", *given, "--bind", f"127.0.0.1:{self.port}"]
        web = subprocess.Popen(command, env=self.environment(cluster), stdout=log, stderr=log, cwd=ROOT)
        try:
            self._wait(web)
            yield given
        finally:
            web.terminate()
            web.wait(60)
            log.close()

    def _wait(self, web: subprocess.Popen) -> None:
        headers = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}/accounts/login/", headers=headers)
        for _ in range(300):
            if web.poll() is not None:
                break
            try:
                urllib.request.urlopen(asked, timeout=60).read()
                return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        raise SystemExit(f"gunicorn does not answer: {self.folder / 'web.log'}")


def arguments() -> list[str]:
    """What the systemd unit of deploy/ gives gunicorn, but for where it listens."""
    line = next(line for line in UNIT.read_text("utf-8").splitlines() if line.startswith("ExecStart="))
    given = shlex.split(line)[1:]
    at = given.index("--bind")
    return given[:at] + given[at + 2 :]


def postgres() -> str:
    """The version of the server, in full."""
    said = subprocess.run([PROGRAMS / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    return said.split()[-1]


def _vacuum(cluster: Cluster) -> None:
    """What autovacuum would have done by the time that a real database is so large: plans stand on statistics."""
    with psycopg.connect(cluster.owner, autocommit=True) as connection:
        connection.execute("VACUUM (ANALYZE)")
