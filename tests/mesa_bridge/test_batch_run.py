"""Mesa's own sweep over the model's parameters; Mesa 4 has it no longer."""

import pandas as pd
import pytest

pytest.importorskip("mesa")

import mesa
from small_runs import crash

import cascade_sim as cs
from cascade_sim.mesa_bridge import CascadeModel

if not hasattr(mesa, "batch_run"):
    pytest.skip("Mesa 4 has no batch_run", allow_module_level=True)

LEVERAGES = [5, 10, 20]


@pytest.fixture(scope="module")
def scenario():
    return crash({"clock.duration": "3min"})


@pytest.fixture(scope="module")
def frame(scenario):
    # In a list: batch_run iterates over whatever can be iterated, and a scenario gives its fields.
    parameters = {"scenario": [scenario], "leverage": LEVERAGES}
    rows = mesa.batch_run(CascadeModel, parameters, data_collection_period=1, display_progress=False)
    return pd.DataFrame(rows)


def test_batch_run_over_leverage_gives_a_frame_with_the_timelines_columns(frame, scenario):
    timeline = cs.run(scenario, counterfactuals=False).timeline
    assert set(timeline.columns) <= set(frame.columns)
    assert list(frame["leverage"].unique()) == LEVERAGES
    assert len(frame) == len(LEVERAGES) * scenario.clock.ticks


def test_each_of_its_runs_is_the_run_of_that_leverage(frame, scenario):
    for leverage, rows in frame.groupby("leverage"):
        model = CascadeModel(scenario, leverage=leverage)
        model.run_model()
        for column in ("mark", "mid", "open_interest", "forced_sell"):
            assert (rows[column].to_numpy() == model.run.timeline[column].to_numpy()).all(), column


def test_more_leverage_falls_further(frame):
    lowest = frame.groupby("leverage")["mark"].min()
    assert lowest.is_monotonic_decreasing
    assert lowest[20] < lowest[5]


def test_a_bundled_name_and_other_parameters_will_do():
    parameters = {"scenario": "textbook/two_clusters", "depth": ["20M", "80M"]}
    rows = mesa.batch_run(CascadeModel, parameters, display_progress=False)
    lowest = {row["depth"]: row["mark"] for row in rows}
    assert lowest["20M"] < lowest["80M"]
