"""`chaoce assess`: nothing is printed before everything has been read and found good."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from chaoce.assessment.explain import explain, plain
from chaoce.assessment.prepare import Session, prepare, read_as
from chaoce.assessment.terminal import Terminal
from chaoce.assessment.wire import to_json
from chaoce.facts.reading import Source, decode, sources
from chaoce.faults import Fault, Faults, language
from chaoce.folders import DEFAULT_POLICY, find_folder
from chaoce.policy.decisions import Decisions
from chaoce.policy.load import load_policy

#: Firms in one piece of work; fewer than two pieces are not worth a second process.
CHUNK = 500


def run(options: argparse.Namespace) -> int:
    """Assess the firms of a file as the options say; raises Faults before anything is printed."""
    _spare_inputs(options)
    session = session_of(options)
    mode = "explanation" if options.json and options.explain else "json" if options.json else "text"
    work = _Work(session, mode, options.exact, bool(options.html))
    pieces: list[str] = []
    pages: list[dict] = []
    faults: list[Fault] = []
    seen: Counter[str] = Counter()
    for texts, explanations, wrong, firms in _answers(list(sources(Path(options.file))), work):
        pieces.extend(texts)
        pages.extend(explanations)
        faults.extend(wrong)
        seen.update(firms)
    if faults:
        raise Faults(faults)
    twice = sum(count > 1 for count in seen.values())
    if twice:
        print(Fault("cli.firms.twice", {"count": twice}, file=options.file).say(), file=sys.stderr)
    if options.html:
        from chaoce.assessment.page import write_page

        write_page(Path(options.html), pages, language())
    sys.stdout.write("".join(pieces))
    sys.stdout.flush()
    return 0


def _spare_inputs(options: argparse.Namespace) -> None:
    """The page is never written over what it is made from."""
    if options.html:
        page = Path(options.html).resolve()
        if page in {Path(name).resolve() for name in (options.file, *options.decisions)} or page.suffix in (
            ".json",
            ".jsonl",
            ".yaml",
            ".md",
        ):
            raise Faults([Fault("cli.overwrite", file=options.html)])


def session_of(options: argparse.Namespace) -> Session:
    """The policies, readings and decisions that the options name."""
    policies = [load_policy(find_folder(name), {}) for name in options.policy or [DEFAULT_POLICY]]
    readings = {}
    for text in options.reading:
        name, mark, option = text.partition("=")
        if not mark:
            raise Faults([Fault("cli.option", {"value": text})])
        readings[name] = option
    return prepare(read_as(policies, readings), options.year, [Decisions.load(path) for path in options.decisions])


#: Texts to print, explanations for the page, faults, and the identifiers of the firms.
_Done = tuple[list[str], list[dict], tuple[Fault, ...], list[str]]


class _Work:
    """What is to be made of each firm."""

    def __init__(self, session: Session, mode: str, exact: bool, page: bool):
        self.session, self.mode, self.exact, self.page = session, mode, exact, page
        self.terminal = Terminal(language())

    def __call__(self, batch: Sequence[Source]) -> _Done:
        texts: list[str] = []
        pages: list[dict] = []
        faults: list[Fault] = []
        firms: list[str] = []
        for source in batch:
            try:
                firm = self.session.read(decode(source.text, source.file, source.line), source.file, source.line)
            except Faults as wrong:
                faults.extend(wrong.faults)
                continue
            firms.append(firm.uscc)
            if faults:
                continue
            answer = self.session.assess(firm, self.exact)
            if self.mode != "json" or self.page:
                explanation = explain(answer)
                if self.page:
                    pages.append(explanation)
            if self.mode == "json":
                texts.append(json.dumps(to_json(answer), ensure_ascii=False) + "\n")
            elif self.mode == "explanation":
                texts.append(json.dumps(plain(explanation), ensure_ascii=False) + "\n")
            else:
                texts.append(self.terminal.render(explanation))
        return texts, pages, tuple(faults), firms


_work: _Work


def _run(batch: Sequence[Source]) -> _Done:
    return _work(batch)


def _answers(firms: list[Source], work: _Work) -> Iterator[_Done]:
    """The firms in order, over all cores where there are many; the order and the bytes do not depend on how many."""
    batches = [firms[start : start + CHUNK] for start in range(0, len(firms), CHUNK)]
    if len(batches) < 2 or not _can_fork():
        yield from map(work, batches)
        return
    global _work
    _work = work
    with multiprocessing.get_context("fork").Pool(min(len(batches), multiprocessing.cpu_count())) as pool:
        yield from pool.imap(_run, batches)


def _can_fork() -> bool:
    """Whether this process may be copied as it is: one with other threads, which may hold a lock, may not, and does the work alone."""
    threads = Path("/proc/self/task")
    return "fork" in multiprocessing.get_all_start_methods() and (not threads.is_dir() or len(list(threads.iterdir())) == 1)
