"""The same input gives the same bytes: in any order of facts, on every run, in one process or several."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import threading

import pytest

from chaoce.assessment import command
from core_kit import CASES, POLICIES, STANDARD, chaoce, compute, cooperation, firm, got, investment, product, title, write_firms

_RAW = firm(
    [
        compute("p1", "820000.03", matter=["m#1", "k"]),
        compute("p2", "820000.01", matter="m#2"),
        compute("p3", "10000.01", matter="m"),
        compute("p4", "820000.03", matter="k"),
        cooperation("c1", "2500000.00"),
        cooperation("c2", "2500000.00"),
        investment("i1", "29999999.99", equipment="20000000.00", software="100.00"),
        title("r1", "ai_benchmark_enterprise", "national"),
        title("r2", "ai_benchmark_enterprise"),
        title("r3", "generative_ai_filing", "national", new=False),
        product("d1", "3000000.00"),
        product("d2", "3000000.00", "2025-02-01", name="潮数二号"),
    ],
    [
        got("provincial-application-award", "recognition:ai_benchmark_enterprise", "200000.00"),
        got("compute-purchase", "z", "7.00"),
        got("elsewhere", "k", "5.00"),
    ],
)
_MODES = {
    "json": ["--json"],
    "explanation": ["--json", "--explain"],
    "Chinese text": ["--explain", "--lang", "zh"],
    "English text": ["--lang", "en"],
    "two policies": [
        "--json",
        "--explain",
        "--policy",
        str(POLICIES / "haining-ai-2026"),
        "--policy",
        str(POLICIES / "haining-manufacturing-2025"),
    ],
}


@pytest.fixture
def made(tmp_path):
    path = tmp_path / "decisions.yaml"
    path.write_text(STANDARD.format(year=2026), encoding="utf-8")
    return path


@pytest.mark.parametrize("mode", list(_MODES))
def test_the_order_of_the_file_never_matters(mode, made, tmp_path):
    """“the order of the file never matters” (contract, section 3): not of facts, nor of received support, nor of keys."""
    arguments = ["--year", "2026", "--decisions", str(made), *_MODES[mode]]
    first = chaoce("assess", write_firms(tmp_path / "firm.json", _RAW), *arguments)
    assert (first.status, first.err) == (0, "")
    chance = random.Random(5)
    for _ in range(4):
        turned = {key: _RAW[key] for key in chance.sample(list(_RAW), len(_RAW))}
        turned["facts"] = [dict(chance.sample(list(fact.items()), len(fact))) for fact in chance.sample(_RAW["facts"], len(_RAW["facts"]))]
        turned["received"] = chance.sample(_RAW["received"], len(_RAW["received"]))
        assert chaoce("assess", write_firms(tmp_path / "firm.json", turned), *arguments).out == first.out


@pytest.mark.parametrize("mode", list(_MODES))
def test_the_same_bytes_in_every_process(mode, made, tmp_path):
    """“The search stops after a fixed amount of work, never by the clock: the same input gives the same bytes” (design), whatever
    the hashing of this run."""
    path = write_firms(tmp_path / "firm.json", _RAW)
    arguments = ["assess", str(path), "--year", "2026", "--decisions", str(made), *_MODES[mode]]
    outs = set()
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", _MAIN, *arguments],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1"},
        )
        outs.add(done.stdout)
    assert len(outs) == 1


_MAIN = "import sys; from chaoce.cli import main; sys.exit(main(sys.argv[1:]))"


_SPREAD = """
import sys
from chaoce.assessment import command
from chaoce.cli import main
command.CHUNK = int(sys.argv[1])
said, can_fork = [], command._can_fork
command._can_fork = lambda: said.append(can_fork()) or said[-1]
status = main(sys.argv[2:])
assert said == [True] * (command.CHUNK < 30), "it was not spread"
sys.exit(status)
"""


@pytest.mark.parametrize("mode", list(_MODES))
def test_one_process_or_several(mode, tmp_path):
    """A .jsonl gives one answer a line in the order of the input, the same bytes however it is spread over processes."""
    firms = [json.loads(line)["firm"] for line in CASES.read_text(encoding="utf-8").splitlines()[:30]]
    path = write_firms(tmp_path / "firms.jsonl", *firms)
    outs = []
    for chunk in ("500", "7", "1"):
        done = subprocess.run(
            [sys.executable, "-c", _SPREAD, chunk, "assess", str(path), "--year", "2026", *_MODES[mode]],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONUTF8": "1"},
        )
        assert done.stderr == b""
        outs.append(done.stdout)
    assert outs[0] == outs[1] == outs[2]


def test_a_process_with_threads_is_not_copied(tmp_path):
    """A copy of a process with other threads may wait for a lock for ever: there the work is done without copies."""
    held = threading.Event()
    other = threading.Thread(target=held.wait)
    other.start()
    try:
        assert not command._can_fork()
    finally:
        held.set()
        other.join()


def test_a_jsonl_answers_as_each_firm_alone(tmp_path):
    """A firm's answer does not depend on the firms beside it."""
    firms = [json.loads(line)["firm"] for line in CASES.read_text(encoding="utf-8").splitlines()[:12]]
    together = chaoce("assess", write_firms(tmp_path / "firms.jsonl", *firms), "--year", "2026", "--json").out.splitlines()
    for number, raw in enumerate(firms):
        alone = chaoce("assess", write_firms(tmp_path / "firm.json", raw), "--year", "2026", "--json").out
        assert alone == together[number] + "\n"


def test_a_page_holds_the_same_bytes(tmp_path):
    """The page of one input is the same page every time."""
    path = write_firms(tmp_path / "firm.json", _RAW)
    pages = []
    for name in ("one.html", "two.html"):
        done = chaoce("assess", path, "--year", "2026", "--json", "--html", tmp_path / name)
        assert (done.status, done.err) == (0, "")
        pages.append((tmp_path / name).read_bytes())
    assert pages[0] == pages[1]
