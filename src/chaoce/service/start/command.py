"""`chaoce service …`: the service in the browser, for trying it out and for running it."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from chaoce.faults import Fault, Faults, language

_DATA = Path("var") / "demo"
_PORT = 8000


def _say(zh: str, en: str) -> str:
    return zh if language() == "zh" else en


def add_arguments(parser: argparse.ArgumentParser, headings: Callable[[argparse.ArgumentParser], None]) -> None:
    """The commands and their options, described in the language of `CHAOCE_LANG`."""
    commands = parser.add_subparsers(dest="act_name", metavar="COMMAND", required=True)
    run = commands.add_parser("run", help=_say("启动演示：数据库、网页、后台进程", "start the demonstration: database, web, worker"))
    run.add_argument("--port", type=int, default=_PORT, metavar="N", help=_say("端口；默认 8000", "the port; 8000 unless told"))
    run.set_defaults(act=_run)
    reset = commands.add_parser("reset", help=_say("删除演示的全部数据", "remove all data of the demonstration"))
    reset.add_argument("--yes", action="store_true", help=_say("不再询问", "do not ask"))
    reset.set_defaults(act=_reset)
    for each in (run, reset):
        each.add_argument(
            "--data",
            type=Path,
            default=_DATA,
            metavar="DIR",
            help=_say("演示的文件夹；默认 var/demo", "the demonstration's folder; var/demo unless told"),
        )
    migrate = commands.add_parser(
        "migrate", help=_say("正式部署：由表的所有者建立或更新数据表", "a real installation: make or update the tables, as their owner")
    )
    migrate.set_defaults(act=_migrate)
    for each in (run, reset, migrate):
        each.add_argument("--lang", choices=("zh", "en"), default=None, help=_say("语言（默认中文）", "language (Chinese unless told)"))
        headings(each)


def _run(options: argparse.Namespace) -> int:
    try:
        with _in_words():
            from chaoce.service.start.run import run

            return run(options.port, options.data)
    except KeyboardInterrupt:  # before anything was started
        return 130


def _reset(options: argparse.Namespace) -> int:
    with _in_words():
        from chaoce.service.start.reset import reset

        return reset(options.data, options.yes)


def _migrate(options: argparse.Namespace) -> int:
    """As the owner, under the settings of production; then the departments and towns, by the role that serves."""
    missing = [name for name in ("DATABASE_OWNER_URL", "DATABASE_URL") if not os.environ.get(name)]
    if missing:
        raise Faults([Fault("service.needs", {"value": name}) for name in missing])
    settings = {"DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "chaoce.service.settings.production")}
    serve = {name: value for name, value in {**os.environ, **settings}.items() if name != "CHAOCE_DATABASE_ROLE"}
    steps = (
        (["migrate", "--no-input"], {**serve, "CHAOCE_DATABASE_ROLE": "owner"}),
        (["fill_places"], serve),
        (["collectstatic", "--no-input", "--verbosity", "0"], serve),
    )
    for command, environment in steps:
        done = subprocess.run([sys.executable, "-m", "chaoce.service.manage", *command], env=environment)
        if done.returncode != 0:
            detail = _say("见上文", "see above")
            raise Faults([Fault("service.step", {"value": command[0], "status": done.returncode, "detail": detail})])
    return 0


@contextmanager
def _in_words() -> Iterator[None]:
    """What a person can put right is said as a fault: a package that is not installed, a folder that cannot be written."""
    try:
        yield
    except ModuleNotFoundError as fault:
        raise Faults([Fault("service.extra", {"value": fault.name})]) from fault
    except OSError as fault:
        raise Faults([Fault("cli.write", {"detail": fault.strerror or str(fault)}, file=str(fault.filename or ""))]) from fault
