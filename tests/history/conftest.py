from __future__ import annotations

import pytest


@pytest.fixture
def written(tmp_path):
    """Write lines into a file of the test's folder."""

    def write(*lines, name="spot.csv"):
        file = tmp_path / name
        file.write_text("\n".join(lines) + "\n")
        return file

    return write
