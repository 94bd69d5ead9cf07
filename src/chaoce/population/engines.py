"""Where the ranges of a run are reckoned: in this process, over the cores of this machine, or over a Ray cluster.

Every engine runs the same function over the same ranges; the order in which they end does not matter. A worker that dies is
replaced and its range done again; what it left half written does not count.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from chaoce.faults import Fault, Faults

if TYPE_CHECKING:
    from chaoce.population.tables import Range

#: How often workers may die before a run gives up.
_DEATHS = 3
#: Bytes of a population for which workers are started before it has been looked at.
_WORTH = 20_000_000
#: Seconds to wait for the address of a cluster to answer.
_PATIENCE = 5

#: Does one range of a piece of work; both are plain data that any process can be handed.
Do = Callable[[Any, "Range"], Any]


class Engine(Protocol):
    """Does ranges, in any order."""

    def over(self, do: Do, work: Any, parts: Sequence[Range]) -> Iterator[tuple[Range, Any]]: ...

    def close(self) -> None: ...


def _wake() -> None:
    from chaoce.population import redo

    assert redo


class Here:
    """One range after the other in this process."""

    def over(self, do: Do, work: Any, parts: Sequence[Range]) -> Iterator[tuple[Range, Any]]:
        for part in parts:
            yield part, do(work, part)

    def close(self) -> None:
        pass


class Cores:
    """The ranges over worker processes, one thread each; a single range is done here, with all threads."""

    def __init__(self, workers: int | None = None):
        self.workers = workers or multiprocessing.cpu_count()
        self._pool: ProcessPoolExecutor | None = None

    def warm(self, folder: Path) -> None:
        """Let the workers load what they need while this process looks at a population that is worth it."""
        files = [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []
        if self.workers > 1 and sum(path.stat().st_size for path in files) > _WORTH:
            with _one_thread():
                self._pool = ProcessPoolExecutor(self.workers, mp_context=multiprocessing.get_context("spawn"))
                for _ in range(self.workers):
                    self._pool.submit(_wake)

    def over(self, do: Do, work: Any, parts: Sequence[Range]) -> Iterator[tuple[Range, Any]]:
        if self.workers < 2 or (len(parts) < 2 and self._pool is None):
            yield from Here().over(do, work, parts)
            return
        left = list(parts)
        for _ in range(_DEATHS):
            try:
                yield from self._some(do, work, left)
                return
            except BrokenProcessPool:
                self.close()
        raise Faults([Fault("population.workers", {"count": len(left)})])

    def _some(self, do: Do, work: Any, left: list[Range]) -> Iterator[tuple[Range, Any]]:
        with _one_thread():
            if self._pool is None:
                self._pool = ProcessPoolExecutor(self.workers, mp_context=multiprocessing.get_context("spawn"))
            futures = {self._pool.submit(do, work, part): part for part in left}
        try:
            for future in as_completed(futures):
                result = future.result()
                left.remove(futures[future])
                yield futures[future], result
        finally:
            for future in futures:
                future.cancel()

    def close(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None


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


def _reach(address: str) -> None:
    """Whether something answers there at all: Ray itself would try for minutes before it says so. Raises Faults."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_PATIENCE).close()
    except (OSError, ValueError) as error:
        raise Faults([Fault("population.address", {"value": address, "detail": error})]) from None


class Cluster:
    """The ranges over a Ray cluster whose machines share the folders.

    Without an address, the cluster that this process is already joined to, or a new one on this machine.
    """

    def __init__(self, address: str | None = None):
        try:
            import ray
        except ImportError:
            raise Faults([Fault("population.ray")]) from None
        self._ray: Any = ray
        self._own = address is not None or not ray.is_initialized()
        if address is not None:
            _reach(address)
        if self._own:
            # Only a cluster that is started here is told what it is to be.
            own: dict[str, Any] = {"address": address} if address is not None else {"include_dashboard": False}
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **own)

    def over(self, do: Do, work: Any, parts: Sequence[Range]) -> Iterator[tuple[Range, Any]]:
        ray = self._ray
        # A worker has one thread, and a range whose worker dies is done again by another.
        alone = {"env_vars": {"POLARS_MAX_THREADS": "1"}}
        task = ray.remote(num_cpus=1, max_retries=_DEATHS, retry_exceptions=False, runtime_env=alone)(do)
        handed = ray.put(work)
        waiting = {task.remote(handed, part): part for part in parts}
        try:
            while waiting:
                for reference in ray.wait(list(waiting), num_returns=1)[0]:
                    part = waiting.pop(reference)
                    yield part, self._result(reference, len(waiting) + 1)
        finally:
            for reference in waiting:
                ray.cancel(reference, force=True)

    def _result(self, reference: Any, left: int) -> Any:
        try:
            return self._ray.get(reference)
        except self._ray.exceptions.RayTaskError as error:
            raise error.as_instanceof_cause() from None
        except self._ray.exceptions.RayError:
            raise Faults([Fault("population.workers", {"count": left})]) from None

    def close(self) -> None:
        if self._own:
            self._ray.shutdown()
