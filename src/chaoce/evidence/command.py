"""`chaoce evidence FOLDER`: a folder of invoices and lists becomes a facts file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from chaoce.faults import Faults, language

COMPLETE, INCOMPLETE, UNUSABLE = 0, 1, 2


def _say(zh: str, en: str) -> str:
    return zh if language() == "zh" else en


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command, described in the language of `CHAOCE_LANG`."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help=_say("发票和清单所在的文件夹", "the folder of invoices and lists"))
    out = _say("写出的事实文件;默认写到文件夹里的 facts.json", "the facts file to write; facts.json in the folder unless told")
    parser.add_argument("--out", type=Path, metavar="FILE", help=out)
    policy = _say(
        "政策文件夹或编号,由它定事实类型,可多次;默认 haining-ai-2026",
        "the policy, a folder or id, whose fact types count, may be repeated; haining-ai-2026 unless told",
    )
    parser.add_argument("--policy", action="append", metavar="DIR", default=[], help=policy)
    parser.add_argument("--no-ask", action="store_true", help=_say("不在终端里提问", "never ask at the terminal"))
    parser.add_argument("--lang", choices=("zh", "en"), help=_say("语言(默认中文)", "language (Chinese unless told)"))


def run(arguments: argparse.Namespace) -> int:
    """Reads, asks, writes, reports. Exit status: 0 all was used, 1 something was left out or is open, 2 nothing was done."""
    from chaoce.evidence.answers import BadAnswers

    lang = arguments.lang or language()
    try:
        return _run(arguments, lang)
    except BadAnswers as bad:
        for finding in bad.findings:
            print(finding.say(lang), file=sys.stderr)
    except Faults as faults:
        for fault in faults.faults:
            print(fault.say(lang), file=sys.stderr)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}", file=sys.stderr)
    return UNUSABLE


def _run(arguments: argparse.Namespace, lang: str) -> int:
    from chaoce.evidence.answers import BadAnswers, read_answers
    from chaoce.evidence.findings import Finding
    from chaoce.evidence.folder import FACTS, Gathered, check_out
    from chaoce.evidence.report import report
    from chaoce.evidence.writing import facts_text
    from chaoce.facts.reading import FirmReader
    from chaoce.facts.types import read_types_of
    from chaoce.files import write_atomically
    from chaoce.folders import DEFAULT_POLICY, find_folder

    types = read_types_of([find_folder(name) for name in arguments.policy or [DEFAULT_POLICY]])
    reader = FirmReader(types)
    folder, out = arguments.folder, arguments.out or arguments.folder / FACTS
    if not out.absolute().parent.is_dir():
        raise BadAnswers((Finding("folder.missing", file=str(out.parent)),))
    check_out(out, folder)
    if folder.is_dir():
        read_answers(folder, reader)  # before the files: what is wrong in it is wrong now
    gathered = Gathered(folder, types, _progress(lang), skip=out)
    evidence = gathered.settle(read_answers(folder, reader))
    if evidence.questions and not arguments.no_ask and sys.stdin.isatty():
        evidence = _ask(gathered, evidence, reader, lang)
    write_atomically(out, facts_text(evidence.facts))
    print(report(evidence, lang))
    print(f"→ {out}")
    return COMPLETE if evidence.complete else INCOMPLETE


def _progress(lang: str):
    """A line on standard error that says which file is being read; nothing where that is no terminal."""
    if not sys.stderr.isatty():
        return None

    def show(number: int, count: int, name: str) -> None:
        said = f"正在读 {number + 1}/{count} {name}" if lang == "zh" else f"reading {number + 1}/{count} {name}"
        sys.stderr.write(f"\r\x1b[K{said[:100]}" if number + 1 < count else "\r\x1b[K")
        sys.stderr.flush()

    return show


def _ask(gathered, evidence, reader, lang: str):
    """Asks about the open lines, one after another; what is answered is in evidence.yaml before the next question."""
    from chaoce.evidence.answers import read_answers
    from chaoce.evidence.asking import Interview, remember

    interview = Interview(reader, lang, print, input)
    passed: set[tuple[str, int]] = set()
    while True:
        question = next((q for q in evidence.questions if (q.invoice.key, q.line.number) not in passed), None)
        if question is None:
            return evidence
        passed.add((question.invoice.key, question.line.number))
        try:
            reply = interview.about(question)
        except (EOFError, KeyboardInterrupt):
            print()
            return evidence  # what is left stays open
        if reply is not None:
            remember(gathered.folder, reply, reader)
            evidence = gathered.settle(read_answers(gathered.folder, reader))
