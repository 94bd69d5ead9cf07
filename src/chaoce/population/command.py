"""`chaoce population`: run a population, compare a change, make a synthetic one."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from chaoce.faults import Fault, Faults, language
from chaoce.folders import DEFAULT_POLICY

if TYPE_CHECKING:
    from chaoce.population.engines import Engine
    from chaoce.population.recipe import Recipe


def _say(zh: str, en: str) -> str:
    return zh if language() == "zh" else en


def add_arguments(parser: argparse.ArgumentParser, headings: Callable[[argparse.ArgumentParser], None]) -> None:
    """The three commands under `chaoce population`, described in the language of `CHAOCE_LANG`."""
    commands = parser.add_subparsers(dest="what", metavar="COMMAND", required=True)
    run = commands.add_parser("run", help=_say("测算全部企业", "what every firm of a population is due"))
    _population(run)
    run.add_argument("--out", type=Path, required=True, metavar="DIR", help=_say("写出结果的文件夹", "the folder for the answer"))
    run.add_argument("--change", **_CHANGE)  # type: ignore[arg-type]
    run.add_argument(
        "--strict", action="store_true", help=_say("有一行有误就停止，不写结果", "stop at the first wrong row and write nothing")
    )
    run.set_defaults(act=_run)
    compare = commands.add_parser("compare", help=_say("比较：改一处会怎样", "what a change would cost, and whom it reaches"))
    _population(compare)
    compare.add_argument("--out", type=Path, metavar="DIR", help=_say("写出表和网页的文件夹", "the folder for tables and the page"))
    compare.add_argument("--change", **_CHANGE)  # type: ignore[arg-type]
    compare.add_argument(
        "--to-policy", action="append", default=[], metavar="DIR",
        help=_say("与另一政策文件夹比较，可多次", "compare with other policy folders, may be repeated"),
    )  # fmt: skip
    compare.add_argument(
        "--to-reading", action="append", default=[], metavar="ID=OPTION",
        help=_say("与另一口径比较，可多次", "compare with other readings, may be repeated"),
    )  # fmt: skip
    compare.add_argument(
        "--take-up", action="append", default=[], metavar="[BENEFIT=]RATE",
        help=_say("申报率，如 60%% 或 compute-purchase=40%%，可多次", "share of firms that apply, like 60%% or compute-purchase=40%%"),
    )  # fmt: skip
    compare.add_argument("--draws", type=int, default=500, help=_say("自助抽样次数（默认 500）", "bootstrap draws (500 unless told)"))
    compare.add_argument("--seed", type=int, default=2026, help=_say("抽样种子", "seed of the draws"))
    compare.add_argument(
        "--solve",
        metavar="CHANGE",
        help=_say("求哪个数用完预算，如 compute-purchase.rate", "which value spends the budget, like compute-purchase.rate"),
    )
    compare.add_argument("--budget", metavar="YUAN", help=_say("预算（元，可写 2000万）", "the budget in yuan"))
    compare.add_argument(
        "--whole-plan",
        action="store_true",
        help=_say("预算是整个政策的，而不只是这一项的", "the budget is that of the whole plan, not of the benefit"),
    )
    compare.set_defaults(act=_compare)
    synthesize = commands.add_parser("synthesize", help=_say("生成一个虚构的县", "make a synthetic county"))
    synthesize.add_argument("--firms", type=int, required=True, metavar="N", help=_say("企业数", "how many firms"))
    synthesize.add_argument(
        "--seed", type=int, required=True, metavar="S", help=_say("种子；同一种子得到同样的文件", "the seed; the same gives the same files")
    )
    synthesize.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help=_say("写出的文件夹（空的）", "the folder to write, empty")
    )
    synthesize.add_argument("--year", type=int, default=2026, help=_say("年度（默认 2026）", "the year (2026 unless told)"))
    synthesize.add_argument("--facts", metavar="N", help=_say("平均每家事实数，如 5 或 0.5", "facts a firm on the average, like 5 or 0.5"))
    synthesize.add_argument(
        "--overlap",
        default="10%",
        metavar="RATE",
        help=_say("与别的事实同一事项的比例（默认 10%%）", "share of facts that share a matter (10%% unless told)"),
    )
    synthesize.set_defaults(act=_synthesize)
    for own in (run, compare, synthesize):
        own.add_argument("--lang", choices=("zh", "en"), default=None, help=_say("语言（默认中文）", "language (Chinese unless told)"))
        headings(own)


_CHANGE = {
    "action": "append",
    "default": [],
    "metavar": "ID.KEY=VALUE",
    "help": _say(
        "改一个数或一行，如 compute-purchase.rate=40%%，可多次",
        "change a value or a line, like compute-purchase.rate=40%%, may be repeated",
    ),
}


def _population(parser: argparse.ArgumentParser) -> None:
    """The options that say which population, under which rules, and where it is reckoned."""
    parser.add_argument(
        "folder",
        type=Path,
        metavar="DIR",
        help=_say("企业、事实、已获支持的表（Parquet 或 CSV）", "tables of firms, facts and support received"),
    )
    parser.add_argument("--year", type=int, required=True, help=_say("年度", "the year"))
    parser.add_argument(
        "--policy", action="append", default=[], metavar="DIR",
        help=_say("政策文件夹或编号，可多次；默认 haining-ai-2026", "a policy folder or id, may be repeated; haining-ai-2026 unless told"),
    )  # fmt: skip
    parser.add_argument(
        "--decisions", action="append", default=[], metavar="FILE",
        help=_say("年度决定（YAML），可多次", "the year's decisions (YAML), may be repeated"),
    )  # fmt: skip
    parser.add_argument(
        "--reading", action="append", default=[], metavar="ID=OPTION",
        help=_say("改用另一口径，可多次", "settle an open question otherwise, may be repeated"),
    )  # fmt: skip
    parser.add_argument(
        "--engine", choices=("local", "ray"), default="local",
        help=_say("local：本机各核（默认）；ray：Ray 集群", "local: the cores of this machine (unless told); ray: a Ray cluster"),
    )  # fmt: skip
    parser.add_argument("--address", metavar="HOST:PORT", help=_say("Ray 集群的地址", "the address of the Ray cluster"))
    parser.add_argument(
        "--workers", type=int, metavar="N", help=_say("本机进程数（默认核数）", "processes on this machine (as many as cores unless told)")
    )


def recipe_of(options: argparse.Namespace) -> Recipe:
    """The policies, readings, decisions and changes that the options name."""
    from chaoce.population.recipe import Recipe

    return Recipe(
        tuple(options.policy or [DEFAULT_POLICY]), options.year, readings(options.reading), tuple(options.decisions), tuple(options.change)
    )


def readings(written: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Readings as written, `ID=OPTION`; raises Faults."""
    found = []
    for text in written:
        name, mark, option = text.partition("=")
        if not mark:
            raise Faults([Fault("cli.option", {"value": text})])
        found.append((name, option))
    return tuple(found)


def engine_of(options: argparse.Namespace) -> Engine:
    """Where the ranges are to be reckoned, already starting; raises Faults where Ray is not there."""
    from chaoce.population.engines import Cluster, Cores

    if options.engine == "ray":
        return Cluster(options.address)
    cores = Cores(options.workers)
    cores.warm(options.folder)
    return cores


def _apart(population: Path, out: Path) -> None:
    if population.resolve() == out.resolve():
        raise Faults([Fault("population.out", file=str(out))])


def _run(options: argparse.Namespace) -> int:
    from chaoce.population.progress import Progress, terminal
    from chaoce.population.report import rejected_lines, run_report
    from chaoce.population.run import run

    _apart(options.folder, options.out)
    recipe = recipe_of(options)
    outcome = run(options.folder, recipe, options.out, engine_of(options), options.strict, progress=lambda rows: Progress(rows, terminal()))
    for line in rejected_lines(outcome):
        print(line, file=sys.stderr)
    print(run_report(outcome, recipe))
    return 1 if outcome.report.rejected or outcome.notes else 0


def _compare(options: argparse.Namespace) -> int:
    from chaoce.population.compare_command import run

    return run(options)


def _synthesize(options: argparse.Namespace) -> int:
    from fractions import Fraction

    from chaoce.money import parse_rate
    from chaoce.population.progress import Progress, terminal
    from chaoce.population.synthesize import synthesize

    overlap = parse_rate(options.overlap)
    if overlap is None or overlap > 1:
        raise Faults([Fault("rule.rate", {"value": options.overlap}, key="--overlap")])
    facts = None
    if options.facts is not None:
        try:
            facts = Fraction(options.facts)
        except (ValueError, ZeroDivisionError):
            facts = Fraction(-1)
        if not 0 < facts <= 100:
            want = {"want": "大于 0 的数，如 5 或 0.5", "want_en": "a number above 0, like 5 or 0.5"}
            raise Faults([Fault("population.count", {"value": options.facts, **want}, key="--facts")])
    for name, value in (("--firms", options.firms), ("--year", options.year)):
        if value < 1:
            want = {"want": "正整数", "want_en": "a whole number above 0"}
            raise Faults([Fault("population.count", {"value": value, **want}, key=name)])
    if options.out.exists() and (not options.out.is_dir() or any(options.out.iterdir())):
        raise Faults([Fault("population.notempty", file=str(options.out))])
    bar = Progress(options.firms, terminal(), ("生成", "making"), ("家", "firms"))

    def made(done: int, _: int) -> None:
        bar.add(done - bar.done)

    summary = synthesize(options.out, options.firms, options.seed, options.year, overlap, facts, made)
    bar.end()
    from chaoce.population.report import synthetic_report

    print(synthetic_report(summary, options.out))
    return 0
