"""`--engine ray`: two nodes on the loopback address, started by Ray's own cluster utility; the bytes are those of one machine."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import sys
from pathlib import Path

import pytest
from population_kit import write_population
from run_kit import numbered

from chaoce.facts.types import FactTypes
from chaoce.policy.model import Policy
from chaoce.population.engines import Cluster, Here
from chaoce.population.recipe import Recipe
from chaoce.population.reckon import Report, do
from chaoce.population.run import run
from core_kit import chaoce, compute, cooperation, firm, yuan

# Ray takes the loopback address for this machine's own, as it does on systems without clusters: nothing here leaves the machine.
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"
ray = pytest.importorskip("ray")

_PLAN = Recipe(("haining-ai-2026",), 2026)


@pytest.fixture(scope="module")
def nodes():
    """A cluster of two nodes with one worker each; nothing of it listens beyond this machine."""
    from ray.cluster_utils import Cluster as Nodes

    here = {"num_cpus": 1, "node_ip_address": "127.0.0.1", "include_dashboard": False, "object_store_memory": 80 * 2**20}
    cluster = Nodes(initialize_head=True, head_node_args=here)
    cluster.add_node(num_cpus=1, node_ip_address="127.0.0.1", object_store_memory=80 * 2**20)
    ray.init(address=cluster.address, log_to_driver=False)
    yield cluster
    ray.shutdown()
    cluster.shutdown()


@pytest.fixture(scope="module")
def county(tmp_path_factory) -> Path:
    """Firms, and what one process makes of them."""
    rng = random.Random(11)

    def one() -> dict:
        return firm(
            rng.choice((compute, cooperation))(f"f{place}", yuan(rng.randrange(1, 10**9)), matter=f"invoice:{rng.randrange(6)}")
            for place in range(rng.randint(0, 5))
        )

    types: FactTypes = Policy.load("haining-ai-2026").types
    folder = tmp_path_factory.mktemp("county")
    write_population(numbered(one() for _ in range(400)), types, folder / "in")
    run(folder / "in", _PLAN, folder / "one", Here(), firms=40)
    return folder


def _digest(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir()) if path.is_file()}


def test_two_nodes_give_the_bytes_of_one_machine(nodes, county, tmp_path):
    """“which is byte for byte that of one machine”."""
    assert len([node for node in ray.nodes() if node["Alive"]]) == 2
    outcome = run(county / "in", _PLAN, tmp_path / "out", Cluster(), firms=40)
    assert outcome.report.firms == 400
    assert _digest(tmp_path / "out") == _digest(county / "one")


class _Deadly:
    """The engine, with a worker that is killed by the system in the middle of one range, once."""

    def __init__(self, mark: Path):
        self.engine, self.mark = Cluster(), mark

    def over(self, task, work, parts):
        mark = str(self.mark)

        def dies_once(work, part) -> Report:
            if part.number == 3 and not os.path.exists(mark):
                with open(mark, "w", encoding="utf-8"):
                    os.kill(os.getpid(), signal.SIGKILL)
            return do(work, part)

        yield from self.engine.over(dies_once, work, parts)

    def close(self):
        self.engine.close()


def test_a_worker_killed_in_mid_run_changes_nothing(nodes, county, tmp_path):
    """“a worker killed in mid-run changes nothing in the answer”: its range is done again by another."""
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    run(county / "in", _PLAN, tmp_path / "out", _Deadly(tmp_path / "killed"), firms=40)
    assert (tmp_path / "killed").exists()
    assert _digest(tmp_path / "out") == _digest(county / "one")


def test_a_node_that_leaves_changes_nothing(nodes, county, tmp_path):
    """A machine that goes away takes its ranges with it; the others do them again."""
    extra = nodes.add_node(num_cpus=1, node_ip_address="127.0.0.1", object_store_memory=80 * 2**20)
    engine, gone = Cluster(), []

    class Leaving:
        def over(self, task, work, parts):
            for part, report in engine.over(task, work, parts):
                if not gone:
                    nodes.remove_node(extra, allow_graceful=False)
                    gone.append(part)
                yield part, report

        def close(self):
            engine.close()

    run(county / "in", _PLAN, tmp_path / "out", Leaving(), firms=20)
    assert gone
    assert _digest(tmp_path / "out") == _digest(county / "one") | {"summary.json": _digest(tmp_path / "out")["summary.json"]}


def test_a_cluster_that_cannot_be_reached_is_said(county, tmp_path):
    """Errors are for the person who gets them: which address, and nothing is written."""
    done = chaoce(
        "population", "run", county / "in", "--year", "2026", "--out", tmp_path / "out", "--engine", "ray", "--address", "127.0.0.1:1"
    )  # fmt: skip
    assert done.status == 2
    assert "127.0.0.1:1" in done.err
    assert not (tmp_path / "out" / "entitlements.parquet").exists()
