"""Fixtures of all tests, and how hard the property tests try.

`ci` (the default) draws the same few examples on every run; `pytest --hypothesis-profile=soak` draws many new ones, and
`mutate` very few, for a run a mutant.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings

from chaoce.policy.model import Policy
from core_kit import shipped

_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
settings.register_profile("ci", max_examples=60, derandomize=True, deadline=None, suppress_health_check=_SLOW, database=None)
settings.register_profile("soak", max_examples=3000, deadline=None, suppress_health_check=_SLOW)
settings.register_profile(
    "mutate", max_examples=8, derandomize=True, deadline=None, suppress_health_check=_SLOW, database=None, phases=[Phase.generate]
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.fixture(scope="session")
def ai() -> Policy:
    """The plan itself."""
    return shipped("haining-ai-2026")


@pytest.fixture(scope="session")
def manufacturing() -> Policy:
    """The support of equipment and software, which may reach the same projects."""
    return shipped("haining-manufacturing-2025")
