"""Timing: medians of repeated runs, in process and of whole processes; and the machine that they were taken on."""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

#: One sample lasts at least this long, in seconds; what is quicker is repeated within it.
SAMPLE = 0.01


@dataclass(frozen=True)
class Time:
    """Seconds: the median of the samples, the quickest and the slowest; `cpu` is the median of the processor time, all cores."""

    median: float
    best: float
    worst: float
    samples: int
    cpu: float

    def plain(self) -> dict:
        return asdict(self)


def in_process(run: Callable[[], object], samples: int) -> Time:
    """The time of a call, with everything loaded and warm; the garbage collector stays on."""
    start = time.perf_counter()
    run()
    once = time.perf_counter() - start
    inner = max(1, int(SAMPLE / once)) if once > 0 else 1000
    times, cpu = [], []
    for _ in range(samples):
        before = time.process_time()
        start = time.perf_counter()
        for _ in range(inner):
            run()
        times.append((time.perf_counter() - start) / inner)
        cpu.append((time.process_time() - before) / inner)
    return _time(times, cpu)


def process(command: Sequence[str | Path], samples: int) -> Time:
    """The time from start to end of a process whose output is thrown away; one run before the samples warms the caches."""
    _run(command)
    times, cpu = [], []
    for _ in range(samples):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        start = time.perf_counter()
        _run(command)
        times.append(time.perf_counter() - start)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return _time(times, cpu)


def _run(command: Sequence[str | Path]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def _time(times: list[float], cpu: list[float]) -> Time:
    return Time(statistics.median(times), min(times), max(times), len(times), statistics.median(cpu))


def machine() -> dict:
    """The processor, its cores and the memory, without the machine's name."""
    model = platform.machine()
    for line in _lines("/proc/cpuinfo"):
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**20, 1),
        "system": platform.system(),
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def _lines(path: str) -> list[str]:
    return Path(path).read_text(encoding="utf-8").splitlines() if Path(path).is_file() else []
