"""Fixtures of the tests of evidence."""

from __future__ import annotations

from pathlib import Path

import pytest
from evidence_kit import ROOT, Direct, Folder

from chaoce.evidence import folder as folder_module
from chaoce.facts.reading import FirmReader
from chaoce.facts.types import read_types_of


@pytest.fixture
def process() -> None:
    """A test that names this fixture reads in the reader process, as users do."""


@pytest.fixture(autouse=True)
def _direct(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "process" not in request.fixturenames:
        monkeypatch.setattr(folder_module, "Reader", Direct)


@pytest.fixture(autouse=True)
def _chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHAOCE_LANG", "zh")


@pytest.fixture(scope="session")
def types():
    return read_types_of([ROOT / "policies" / "haining-ai-2026"])


@pytest.fixture(scope="session")
def reader(types) -> FirmReader:
    return FirmReader(types)


@pytest.fixture
def folder(tmp_path: Path, types):
    """A folder with an evidence.yaml; `folder.put(name, data)` adds a file, `folder.read()` reads it all."""
    return Folder(tmp_path / "firm", types)
