from __future__ import annotations

import pytest
from hypothesis import settings

# The ordinary run draws the same examples every time, so that it cannot fail by chance; `-m slow` goes on searching.
settings.register_profile("steady", deadline=None, derandomize=True)
settings.register_profile("searching", deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    """Choose how hypothesis draws before any test module is read."""
    settings.load_profile("searching" if config.getoption("markexpr") == "slow" else "steady")


@pytest.fixture
def one_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave one picture in the album, for claims about pages and folders that hold whatever is drawn on them."""
    from cascade_sim.plots import album

    monkeypatch.setattr(album, "ALBUM", {"waterfall": album.ALBUM["waterfall"]})
