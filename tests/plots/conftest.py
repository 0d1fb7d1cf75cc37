from __future__ import annotations

from types import SimpleNamespace

import pytest
from plots.stand_ins import calm_run, crash_run, small_run


@pytest.fixture(scope="session")
def crash() -> SimpleNamespace:
    return crash_run()


@pytest.fixture
def small() -> SimpleNamespace:
    return small_run()


@pytest.fixture
def calm() -> SimpleNamespace:
    return calm_run()
