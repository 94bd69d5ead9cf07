"""The command line: `chaoce assess`, `chaoce check`, `chaoce evidence` and others. Modules are loaded by the command that needs them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from chaoce.faults import Faults, language
from chaoce.folders import DEFAULT_POLICY


def _say(zh: str, en: str) -> str:
    return zh if language() == "zh" else en


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 if all went well, 1 if something found is amiss, 2 for bad input."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _set_language(arguments)
    parser = _parser(arguments)
    options = parser.parse_args(arguments)
    if options.command is None:
        parser.print_help()
        return 0
    try:
        return options.run(options)
    except Faults as faults:
        for fault in faults.faults:
            print(fault.say(), file=sys.stderr)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _set_language(arguments: list[str]) -> None:
    """`--lang` reaches everything that is said, the help and the faults too."""
    for place, argument in enumerate(arguments):
        if argument.startswith("--lang="):
            os.environ["CHAOCE_LANG"] = argument.partition("=")[2]
        elif argument == "--lang" and place + 1 < len(arguments):
            os.environ["CHAOCE_LANG"] = arguments[place + 1]


def _parser(arguments: Sequence[str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="chaoce",
        description=_say(
            "把公布的扶持政策变成可执行的规则:能拿多少、凭什么、差在哪里。",
            "Published support policies as executable law: what is due, on which words, and why not more.",
        ),
    )
    parser.add_argument("--version", action="version", version=_version())
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _headings(parser)
    chosen = next((argument for argument in arguments if not argument.startswith("-")), None)
    _add_assess(commands)
    _add_check(commands)
    _add_evidence(commands, chosen)
    _add_population(commands, chosen)
    _add_service(commands, chosen)
    return parser


def _headings(parser: argparse.ArgumentParser) -> None:
    """The headings that argparse has only in English."""
    if language() == "zh":
        parser._positionals.title, parser._optionals.title = "参数", "选项"
        for action in parser._actions:
            if isinstance(action, argparse._HelpAction):
                action.help = "显示帮助"
            elif isinstance(action, argparse._VersionAction):
                action.help = "显示版本"


def _version() -> str:
    from chaoce import __version__

    return f"chaoce {__version__}"


def _language_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--lang", choices=("zh", "en"), default=None, help=_say("语言(默认中文)", "language (Chinese unless told)"))


def _add_assess(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("assess", help=_say("测算:一家或多家企业能得到什么", "assess firms: what each is due and why"))
    parser.add_argument(
        "file", metavar="FILE", help=_say("企业事实(.json 一家,.jsonl 每行一家)", "a firm's facts (.json one firm, .jsonl one a line)")
    )
    parser.add_argument("--year", type=int, required=True, help=_say("年度", "the year"))
    parser.add_argument(
        "--policy",
        action="append",
        metavar="DIR",
        default=[],
        help=_say("政策文件夹或编号,可多次;默认 haining-ai-2026", "a policy folder or id, may be repeated; haining-ai-2026 unless told"),
    )
    parser.add_argument(
        "--decisions",
        action="append",
        metavar="FILE",
        default=[],
        help=_say("年度决定(YAML),可多次", "the year's decisions (YAML), may be repeated"),
    )
    parser.add_argument(
        "--reading",
        action="append",
        metavar="ID=OPTION",
        default=[],
        help=_say("改用另一口径,可多次", "settle an open question otherwise, may be repeated"),
    )
    parser.add_argument("--json", action="store_true", help=_say("输出 JSON(每家一个对象)", "print JSON, one object a firm"))
    parser.add_argument(
        "--explain",
        action="store_true",
        help=_say(
            "逐句解释(默认);与 --json 同用则输出解释的 JSON",
            "explain sentence by sentence (the default); with --json the explanation as JSON",
        ),
    )
    parser.add_argument("--html", metavar="FILE", help=_say("另存为一个自足的网页", "also write a self-contained page"))
    parser.add_argument("--exact", action="store_true", help=_say("一直算到证明最优为止", "go on until the best claim is proven"))
    _language_option(parser)
    _headings(parser)
    parser.set_defaults(run=_assess)


def _assess(options: argparse.Namespace) -> int:
    from chaoce.assessment.command import run

    return run(options)


def _add_check(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser("check", help=_say("核对:规则与原文是否一致", "check a policy: do the rules say what the text says"))
    parser.add_argument("folder", metavar="DIR", nargs="?", default=DEFAULT_POLICY, help=_say("政策文件夹或编号", "a policy folder or id"))
    _language_option(parser)
    _headings(parser)
    parser.set_defaults(run=_check)


def _check(options: argparse.Namespace) -> int:
    from chaoce.policy.command import run

    return run(options)


def _add_evidence(commands: argparse._SubParsersAction, chosen: str | None) -> None:
    parser = commands.add_parser("evidence", help=_say("证据:把发票和证书读成事实", "evidence: read invoices and certificates into facts"))
    if chosen == "evidence":
        # Its options are declared beside its readers; only its own command pays for loading them.
        from chaoce.evidence.command import add_arguments

        add_arguments(parser)
    _headings(parser)
    parser.set_defaults(run=_evidence)


def _evidence(options: argparse.Namespace) -> int:
    from chaoce.evidence.command import run

    return run(options)


def _add_population(commands: argparse._SubParsersAction, chosen: str | None) -> None:
    parser = commands.add_parser(
        "population", help=_say("全体企业:花多少、给谁、改一处会怎样", "many firms: what it costs, who gets it, what a change would do")
    )
    if chosen == "population":
        from chaoce.population.command import add_arguments

        add_arguments(parser, _headings)
    _headings(parser)
    parser.set_defaults(run=_population)


def _population(options: argparse.Namespace) -> int:
    return options.act(options)


def _add_service(commands: argparse._SubParsersAction, chosen: str | None) -> None:
    parser = commands.add_parser(
        "service", help=_say("网上服务：申报、审核、决定", "the service in the browser: applying, reviewing, deciding")
    )
    if chosen == "service":
        from chaoce.service.start.command import add_arguments

        add_arguments(parser, _headings)
    _headings(parser)
    parser.set_defaults(run=_service)


def _service(options: argparse.Namespace) -> int:
    return options.act(options)
