from __future__ import annotations

import pytest
from hypothesis import settings

# The ordinary run draws the same examples every time, so that it cannot fail by chance; `-m slow` goes on searching.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("searching", deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """Choose how hypothesis draws before any test module is read."""
    settings.load_profile("searching" if config.getoption("markexpr") == "slow" else "steady")
