"""What the tests of evidence share: a firm, its invoices, a folder for them."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from chaoce.evidence import folder as folder_module
from chaoce.evidence.reading import answer, outcome

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "examples"))

from papers import Item, Paper  # noqa: E402

#: Real samples that are never copied into the repository: read where they are, skipped where they are not.
SAMPLES = next((place for place in (ROOT.parent / "shared" / "invoices",) if place.is_dir()), None)
needs_samples = pytest.mark.skipif(SAMPLES is None, reason="the shared invoice samples are not here")

FIRM = ("91330481MA2TEKT025", "海宁示例智造有限公司")
SELLER = ("91330106MA2TEKT29R", "杭州示例智算服务有限公司")
YAML = """enterprise:
  uscc: 91330481MA2TEKT025
  name: 海宁示例智造有限公司
  industry: C3962
  division: "330481"
"""
COMPUTE = """lines:
  - for: {seller: 91330106MA2TEKT29R}
    type: compute_purchase
    resource: intelligent
    purpose: model_training
"""


def item(net: str = "1000.00", tax: str = "60.00", **more: str) -> Item:
    return Item(**{"name": "*信息技术服务*算力服务", "net": net, "tax": tax, **more})


def paper(number: int | str = 1, *items: Item, **more: object) -> Paper:
    """A valid special invoice of one line of 1000 yuan, numbered in the manner of 数电票, unless told otherwise."""
    digits = number if isinstance(number, str) else f"2633200000000000{number:04d}"
    return replace(Paper(digits, "2026-03-18", SELLER, FIRM, items or (item(),)), **more)


class Direct:
    """The reader without its process: the same bytes through the same JSON, in this process."""

    def __init__(self, *_: object):
        pass

    def __enter__(self) -> Direct:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def read(self, path: Path, name: str):
        return outcome(json.loads(json.dumps(answer(path.read_bytes(), name), ensure_ascii=False)))


class Folder:
    def __init__(self, path: Path, types):
        self.path, self.types = path, types
        path.mkdir()
        self.yaml(YAML + COMPUTE)

    def yaml(self, text: str) -> Folder:
        (self.path / "evidence.yaml").write_text(text, "utf-8")
        return self

    def put(self, name: str, data: bytes | str) -> Folder:
        target = self.path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data if isinstance(data, bytes) else data.encode())
        return self

    def read(self, **more: object):
        return folder_module.read_folder(self.path, self.types, **more)

    def codes(self) -> list[str]:
        return [finding.code for finding in self.read().findings]

    def paid(self) -> dict[str, str]:
        """What each fact of the folder pays, by its id."""
        return {fact["id"]: fact["paid"] for fact in self.read().facts["facts"] if "paid" in fact}
