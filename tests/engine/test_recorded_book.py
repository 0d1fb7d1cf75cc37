"""A table book from a snapshot file is the same book as its rows written into the scenario."""

from __future__ import annotations

import json

import pytest
from small_runs import assert_same_frame, crash

import cascade_sim as cs

BIDS = [[8000 - 5 * step, 10 + 3 * step] for step in range(60)]
ASKS = [[8001 + 4 * step, 8 + 2 * step] for step in range(80)]


@pytest.fixture
def beside(tmp_path):
    """Write a crash with a table book beside a snapshot, and load it."""
    (tmp_path / "depth.json").write_text(json.dumps({"bids": BIDS, "asks": ASKS}))

    def load(**book):
        scenario = crash({"market.book": {"shape": "table", "half_spread": "0.01%", **book}})
        (tmp_path / "crash.yaml").write_text(scenario.to_yaml())
        return cs.load_scenario(tmp_path / "crash.yaml")

    return load


@pytest.mark.parametrize("side", ["bids", "asks", "mean"])
def test_a_snapshot_is_the_book_of_its_rows(side, beside, tmp_path):
    rows = cs.history.load_level2(tmp_path / "depth.json").table(side)
    recorded = cs.run(beside(file="depth.json", side=side))
    assert_same_frame(recorded.timeline, cs.run(beside(levels=[list(row) for row in rows])).timeline)


def test_the_three_sides_are_three_books(beside):
    runs = [cs.run(beside(file="depth.json", side=side)) for side in ("bids", "asks", "mean")]
    assert len({run.timeline["mid"].min() for run in runs}) == 3


def test_a_snapshot_that_is_missing_or_crossed_is_named(beside, tmp_path):
    with pytest.raises(cs.DataError, match=r"nowhere\.json: there is no such file"):
        cs.run(beside(file="nowhere.json", side="bids"))
    scenario = beside(file="depth.json", side="bids")
    (tmp_path / "depth.json").write_text(json.dumps({"bids": BIDS, "asks": [[7999, 1], [8000, 1]]}))
    with pytest.raises(cs.DataError, match=r"^depth\.json: bids\[0\] crossed"):
        cs.run(scenario)


def test_the_result_names_the_snapshot_by_its_contents(beside, tmp_path):
    folder = cs.run(beside(file="depth.json", side="bids")).save(tmp_path / "run")
    assert len(json.loads((folder / "run.json").read_text())["data"]["depth.json"]) == 64
