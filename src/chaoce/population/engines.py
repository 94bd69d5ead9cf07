"""Where the ranges of a run are reckoned: in this process, over the cores of this machine, or over a Ray cluster.

Every engine runs the same function over the same ranges; the order in which they end does not matter. A worker that dies is
replaced and its range done again; what it left half written does not count.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaoce.faults import Fault, Faults
from chaoce.population.recipe import Recipe
from chaoce.population.reckon import Job, Report, reckon
from chaoce.population.selected import Selected
from chaoce.population.tables import Range, Tables

#: How often workers may die before a run gives up.
_DEATHS = 3


@dataclass(frozen=True)
class Work:
    """What a worker needs to reckon ranges: plain data that any process can be handed."""

    recipe: Recipe
    tables: Tables
    folder: Path
    selected: Selected | None = None

    def job(self) -> Job:
        overrides = self.selected.overrides() if self.selected is not None else None
        return Job.of(self.recipe.session(), self.tables, overrides)


_jobs: dict[Work, Job] = {}


def do(work: Work, part: Range) -> Report:
    """Reckon one range; the policies are made ready once a process."""
    if work not in _jobs:
        _jobs.clear()
        _jobs[work] = work.job()
    return reckon(_jobs[work], part, work.folder)


def here(work: Work, parts: Sequence[Range]) -> Iterator[tuple[Range, Report]]:
    """One range after the other in this process."""
    for part in parts:
        yield part, do(work, part)


def cores(work: Work, parts: Sequence[Range], workers: int | None = None) -> Iterator[tuple[Range, Report]]:
    """The ranges over worker processes, one thread each."""
    count = min(len(parts), workers or multiprocessing.cpu_count())
    if count < 2:
        yield from here(work, parts)
        return
    left = list(parts)
    for _ in range(_DEATHS):
        with _one_thread(), ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
            futures = {pool.submit(do, work, part): part for part in left}
            try:
                for future in as_completed(futures):
                    yield futures[future], future.result()
                    left.remove(futures[future])
                return
            except BrokenProcessPool:
                continue
            finally:
                pool.shutdown(wait=True, cancel_futures=True)
    raise Faults([Fault("population.workers", {"count": len(left)}, file=str(work.folder))])


@contextmanager
def _one_thread() -> Iterator[None]:
    """Workers share the cores, so each gets one thread; it is read when Polars is first imported."""
    before = os.environ.get("POLARS_MAX_THREADS")
    os.environ["POLARS_MAX_THREADS"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["POLARS_MAX_THREADS"]
        else:
            os.environ["POLARS_MAX_THREADS"] = before


def cluster(work: Work, parts: Sequence[Range], address: str | None = None) -> Iterator[tuple[Range, Report]]:
    """The ranges over a Ray cluster whose machines share the folders; without an address, one that is already set up or this machine."""
    ray = _ray()
    if not ray.is_initialized():
        ray.init(address=address, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    task = ray.remote(num_cpus=1, max_retries=_DEATHS, retry_exceptions=False, runtime_env={"env_vars": {"POLARS_MAX_THREADS": "1"}})(do)
    handed = ray.put(work)
    waiting = {task.remote(handed, part): part for part in parts}
    try:
        while waiting:
            done, _ = ray.wait(list(waiting), num_returns=1)
            for reference in done:
                part = waiting.pop(reference)
                try:
                    yield part, ray.get(reference)
                except ray.exceptions.RayTaskError as error:
                    raise error.as_instanceof_cause() from None
                except ray.exceptions.RayError:
                    raise Faults([Fault("population.workers", {"count": len(waiting) + 1}, file=str(work.folder))]) from None
    finally:
        for reference in waiting:
            ray.cancel(reference, force=True)


def _ray() -> Any:
    try:
        import ray
    except ImportError:
        raise Faults([Fault("population.ray")]) from None
    return ray
