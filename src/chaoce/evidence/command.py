"""`chaoce evidence FOLDER`: a folder of invoices and lists becomes a facts file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from chaoce.faults import Fault, Faults, language

COMPLETE, INCOMPLETE, UNUSABLE = 0, 1, 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="发票和清单所在的文件夹 / the folder of invoices and lists")
    parser.add_argument("--out", type=Path, metavar="FILE", help="事实文件,默认 FOLDER/facts.json / the facts file to write")
    parser.add_argument(
        "--policy", type=Path, metavar="DIR", help="政策文件夹,其 facts.yaml 定事实类型 / the policy whose fact types are used"
    )
    parser.add_argument("--no-ask", action="store_true", help="不在终端里提问 / never ask at the terminal")
    parser.add_argument("--lang", choices=("zh", "en"), help="报告语言 / the language of the report")


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
    from chaoce.evidence.answers import read_answers
    from chaoce.evidence.folder import FACTS, Gathered
    from chaoce.evidence.report import report
    from chaoce.evidence.writing import facts_text, write_atomically
    from chaoce.facts.reading import FirmReader

    types = policy_types(arguments.policy)
    reader = FirmReader(types)
    folder, out = arguments.folder, arguments.out or arguments.folder / FACTS
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


def policy_types(folder: Path | None):
    """The fact types of a policy folder; raises Faults."""
    from chaoce.facts.reading import read_text
    from chaoce.facts.types import read_types
    from chaoce.marked import read_marked

    path = (folder or default_policy()) / "facts.yaml"
    return read_types(read_marked(read_text(path), str(path)))


def default_policy() -> Path:
    """The plan's own folder: beside the package when installed, in the repository otherwise; raises Faults if neither is there."""
    here = Path(__file__).resolve().parents[1]
    places = (here / "_policies" / "haining-ai-2026", here.parents[1] / "policies" / "haining-ai-2026")
    found = next((place for place in places if (place / "facts.yaml").is_file()), None)
    if found is None:
        raise Faults([Fault("file.missing", file=str(places[-1] / "facts.yaml"))])
    return found


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
