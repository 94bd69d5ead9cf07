"""`chaoce service run`: the whole service on one machine, from an empty folder to the address on the terminal, until Ctrl-C."""

from __future__ import annotations

import errno
import http.client
import os
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from chaoce.assessment.terminal import width
from chaoce.faults import Fault, Faults, language
from chaoce.service.start.children import Child, end
from chaoce.service.start.database import ENDING, Database, environment_of, open_database
from chaoce.service.start.folder import Folder

HOST = "127.0.0.1"
#: Seconds in which the pages must answer for the first time.
ANSWERS_WITHIN = 90
_MANAGE = ["-m", "chaoce.service.manage"]
_WEB = [
    *("-m", "gunicorn", "chaoce.service.wsgi:application", "--workers", "2", "--threads", "4", "--worker-class", "gthread"),
    *("--timeout", "120", "--graceful-timeout", "10", "--no-control-socket"),
]
_WORKER = [*_MANAGE, "procrastinate", "worker", "--concurrency", "2", "--shutdown-graceful-timeout", "10"]


class Ended(BaseException):
    """Somebody asked the service to end."""


def say(zh: str, en: str) -> str:
    """One of both, in the language of `CHAOCE_LANG`."""
    return zh if language() == "zh" else en


def tell(text: str) -> None:
    """Prints at once; where the terminal is gone, whoever reads it is too."""
    with suppress(OSError):
        print(text, flush=True)


def run(port: int, data: Path) -> int:
    """Starts everything and stays until Ctrl-C or SIGTERM; 0 then. Raises Faults, also where a part ends by itself."""
    folder = Folder(data)
    with _told_to_end():
        try:
            with folder.locked():
                check_port(port)
                _run(folder, port)
        except Ended:
            tell(say("已停止。", "Stopped."))
    return 0


@contextmanager
def _told_to_end() -> Iterator[None]:
    def raise_ended(number: int, frame: FrameType | None) -> NoReturn:
        raise Ended

    before = {number: signal.signal(number, raise_ended) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def check_port(port: int) -> None:
    """Raises Faults where another program has the port; asked before anything is started."""
    with socket.socket() as asked:
        asked.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            asked.bind((HOST, port))
        except OSError as fault:
            if fault.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
            raise Faults([Fault("service.port", {"value": port})]) from fault


def _run(folder: Folder, port: int) -> NoReturn:
    began = time.monotonic()
    address = f"http://localhost:{port}"
    children: list[Child] = []
    database: Database | None = None
    try:
        with _step(say("数据库", "database")):
            database = open_database(folder, os.environ)
            folder.keep(database=database.serve, role=database.role)
        environment = environment_of(database, folder, address)
        _prepare(folder, database, environment, children)
        with _step(say("网页和后台进程", "web and worker")):
            web = Child("web", [*_WEB, "--bind", f"{HOST}:{port}"], environment, folder.logs)
            children.append(web)
            worker = Child("worker", _WORKER, environment, folder.logs)
            children.append(worker)
            _wait_for_pages(port, children)
        tell(_welcome(folder, database, address, int(time.monotonic() - began)))
        _watch(children, database)
    finally:
        for number in ENDING:
            signal.signal(number, signal.SIG_IGN)  # what ends now ends in order
        if children or database:
            tell(say("正在停止…", "Stopping …"))
        end(children)
        if database is not None:
            database.stop()


def _prepare(folder: Folder, database: Database, environment: dict[str, str], children: list[Child]) -> None:
    """Static files, beside tables by their owner and then the first data by the role that serves."""
    static = Child("static", [*_MANAGE, "collectstatic", "--no-input", "--verbosity", "0"], environment, folder.logs)
    children.append(static)
    with _step(say("数据表", "tables")):
        _one(children, "migrate", ["migrate", "--no-input", "--verbosity", "0"], owner_environment(environment, database.owner), folder)
    with _step(say("演示数据", "demonstration data")):
        _one(children, "seed", ["demo_seed"], environment, folder)
    with _step(say("页面的静态文件", "static files of the pages")):
        static.finish()
    children.remove(static)


def owner_environment(environment: dict[str, str], owner: str) -> dict[str, str]:
    """What the process that migrates is told."""
    return {**environment, "CHAOCE_DATABASE_ROLE": "owner", "DATABASE_OWNER_URL": owner}


def _one(children: list[Child], name: str, command: list[str], environment: dict[str, str], folder: Folder) -> None:
    child = Child(name, [*_MANAGE, *command], environment, folder.logs)
    children.append(child)
    child.finish()
    children.remove(child)


@contextmanager
def _step(name: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    tell(say(f"  {name}：{_seconds(began)} 秒", f"  {name}: {_seconds(began)} s"))


def _seconds(began: float) -> str:
    return f"{time.monotonic() - began:.1f}"


def _wait_for_pages(port: int, children: list[Child]) -> None:
    until = time.monotonic() + ANSWERS_WITHIN
    while time.monotonic() < until:
        _see(children)
        connection = http.client.HTTPConnection(HOST, port, timeout=ANSWERS_WITHIN)
        try:
            connection.request("GET", "/accounts/login/")
            connection.getresponse().read()
            return
        except (OSError, http.client.HTTPException):
            time.sleep(0.2)
        finally:
            connection.close()
    raise Faults([Fault("service.silent", {"value": ANSWERS_WITHIN, "detail": children[0].last_words()})])


def _see(children: list[Child]) -> None:
    for child in children:
        if child.status is not None:
            raise Faults([Fault("service.child", {"value": child.name, "status": child.status, "detail": child.last_words()})])


def _watch(children: list[Child], database: Database) -> NoReturn:
    """Stays until a signal comes, which raises Ended, or a part ends by itself, which is a fault."""
    while True:
        _see(children)
        if not database.runs():
            raise Faults([Fault("service.gone", {"detail": str(database.cluster and database.cluster.server.pgdata / "log")})])
        time.sleep(0.5)


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(width, column)) for column in zip(*rows, strict=True)]
    return ["  " + "  ".join(cell + " " * (wide - width(cell)) for cell, wide in zip(row, widths, strict=True)).rstrip() for row in rows]


def _welcome(folder: Folder, database: Database, address: str, seconds: int) -> str:
    people: list[dict[str, Any]] = list(folder.read()["accounts"].values())
    lang = language()
    rows = (
        (say("角色", "role"), say("所属", "of"), say("邮箱", "mail address"), say("密码", "password")),
        *((person[f"role_{lang}"], person[f"place_{lang}"], person["mail"], person["password"]) for person in people),
    )
    place = say("嵌入式 PostgreSQL", "embedded PostgreSQL") if database.cluster else say("DATABASE_URL 所指", "as DATABASE_URL says")
    lines = (
        "",
        *_table(rows),
        "",
        say(
            "  登录页可一键进入任一账号。用密码登录时，政府部门的账号还要六位验证码，登录页同一处可看到。",
            "  The sign-in page has a button for each of them. With the password, people of the city also need six digits; the same\n"
            "  place shows them.",
        ),
        say(f"  邮件写入 {folder.mail}，日志在 {folder.logs}。", f"  Mails are written to {folder.mail}, logs to {folder.logs}."),
        say(f"  数据库：{place}。企业、人员和案件均为虚构。", f"  Database: {place}. Firms, people and cases are invented."),
        "",
        say(f"  {seconds} 秒就绪：{address}（Ctrl-C 停止）", f"  Ready after {seconds} s: {address} (Ctrl-C stops it)"),
    )
    return "\n".join(lines)
