from __future__ import annotations

import base64
import importlib.util
import json

import numpy as np
import pytest

pytest.importorskip("mesa")
pytest.importorskip("solara", reason="needs solara")

from cascade_sim.mesa_bridge import CascadeModel
from cascade_sim.mesa_bridge.dashboard.chart import packed
from cascade_sim.mesa_bridge.dashboard.clock import words_of
from cascade_sim.mesa_bridge.dashboard.headline import tiles_of
from cascade_sim.mesa_bridge.dashboard.heatmap_panel import colours, heatmap_spec, shades
from cascade_sim.mesa_bridge.dashboard.liquidations_panel import liquidations_spec
from cascade_sim.mesa_bridge.dashboard.map_panel import map_spec
from cascade_sim.mesa_bridge.dashboard.price_panel import price_spec
from cascade_sim.mesa_bridge.dashboard.reading import Reading, joined

SMALL = {"crowd.longs.traders": 600, "crowd.shorts.traders": 400}
SPECS = (price_spec, liquidations_spec, map_spec, heatmap_spec)


def numbers(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4").astype(float)


def played(ticks: int, scenario: str = "playground", overrides=SMALL) -> CascadeModel:
    model = CascadeModel(scenario, overrides=overrides)
    for _ in range(ticks):
        model.step()
    return model


@pytest.fixture(scope="module")
def model() -> CascadeModel:
    return played(700)


@pytest.fixture(scope="module")
def reading(model) -> Reading:
    return Reading(model)


def test_the_price_runs_from_the_start_to_the_mark_of_now(model, reading):
    spec = price_spec(reading)
    mark = numbers(spec.lines[1].y)
    assert mark[0] == 60_000
    assert mark[-1] == pytest.approx(model.market.mark, rel=1e-6)
    assert numbers(spec.lines[1].x)[-1] == pytest.approx(700 / 60, rel=1e-6)
    assert spec.left.min < mark.min() < mark.max() < spec.left.max


def test_bars_add_up_to_the_running_total(reading):
    spec = liquidations_spec(reading)
    stacks = sum(numbers(stack.y).sum() for stack in spec.bars[0].stacks)
    assert stacks == pytest.approx(numbers(spec.lines[0].y)[-1], rel=1e-5)
    assert stacks > 0


def test_the_map_holds_what_the_crowd_says_waits_there(model, reading):
    spec, bins = map_spec(reading), reading.bins
    longs, shorts = (numbers(stack.y) for stack in spec.bars[0].stacks)
    place = int(np.argmax(shorts))
    low = bins.low + place * bins.width
    middle = low + 0.5 * bins.width
    expected = model.crowd.liquidatable_between(low, low + bins.width) * middle
    assert shorts[place] == pytest.approx(expected, rel=bins.width / middle)
    assert not (longs * shorts).any()


def test_running_totals_of_the_map_begin_at_the_mark(model, reading):
    spec = map_spec(reading)
    down, up = spec.lines
    assert np.all(numbers(down.x) < model.market.mark)
    assert np.all(np.diff(numbers(down.y)) <= 0)
    assert np.all(np.diff(numbers(up.y)) >= 0)
    assert numbers(up.y)[-1] == pytest.approx(numbers(spec.bars[0].stacks[1].y).sum(), rel=1e-5)


def test_a_heatmap_has_a_column_a_frame_and_a_colour_for_every_cell(reading):
    image = heatmap_spec(reading).image
    cells = np.frombuffer(base64.b64decode(image.cells), np.uint8)
    assert image.columns == 700 // 15
    assert cells.size == image.columns * image.rows
    assert len(base64.b64decode(colours())) == 3 * 256
    assert cells.max() == 255


def test_shades_are_logarithmic_and_nothing_has_one_of_its_own():
    assert shades(np.array([0.0, 1.0, 100.0, 10_000.0, 1e9]), 1.0, 10_000.0).tolist() == [0, 1, 128, 255, 255]


def test_frames_are_joined_by_their_maximum():
    frames = np.array([[1, 0], [3, 0], [2, 5]])
    assert joined(frames, 2)[0].tolist() == [[3, 0], [2, 5]]
    assert joined(frames, 3)[0] is frames
    assert joined(np.zeros((0, 2)), 3)[0].shape == (0, 2)


@pytest.mark.parametrize("scenario", ["march_2020", "textbook/glossary", "endogenous", "textbook/short_squeeze"])
def test_every_kind_of_market_can_be_drawn_before_and_after_its_first_tick(scenario):
    overrides = {"crowd.leveraged.traders": 1_000, "crowd.low_leverage.traders": 100, "crowd.hedged.traders": 100}
    model = CascadeModel(scenario, overrides=overrides if scenario == "march_2020" else None)
    for _ in range(2):
        drawn = [spec_of(Reading(model)).as_data() for spec_of in SPECS]
        assert "NaN" not in json.dumps(drawn)
        assert len(tiles_of(Reading(model))) == 6
        model.step()


def test_a_scenario_without_a_map_says_how_to_record_one():
    reading = Reading(played(1, "textbook/two_clusters", None))
    assert "add  record: {heatmap:" in map_spec(reading).empty
    assert "add  record: {heatmap:" in heatmap_spec(reading).empty


def test_a_message_is_small_enough_for_ten_a_second():
    reading = Reading(played(3_600))
    assert sum(len(json.dumps(spec_of(reading).as_data())) for spec_of in SPECS) < 150_000


def test_headline_figures_are_the_summarys(model, reading):
    summary = model.run.summary
    tiles = {tile.name: tile for tile in tiles_of(reading)}
    assert tiles["Liquidated"].below == f"{summary['liquidated_count']:,} liquidations"
    assert tiles["Largest fall"].figure == f"{100 * summary['max_drawdown']:.2f} %"
    assert tiles["Time"] == ("Time", "11 min 40 s", "of 1 h")


def test_a_squeeze_has_a_largest_rise():
    tiles = tiles_of(Reading(played(120, "textbook/short_squeeze", None)))
    assert "Largest rise" in [tile.name for tile in tiles]


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.25, "0.25 s"),
        (59, "59 s"),
        (60, "1 min"),
        (500, "8 min 20 s"),
        (93_600, "1 d 2 h"),
        (7_200, "2 h"),
    ],
)
def test_times_are_written_in_two_units_at_most(seconds, words):
    assert words_of(seconds) == words


def test_numbers_are_packed_as_float32():
    assert numbers(packed([1.5, -2.0])).tolist() == [1.5, -2.0]


@pytest.mark.skipif(
    importlib.util.find_spec("mesa.experimental.scenarios") is not None,
    reason="the page of this Mesa takes models only whose scenario is one of Mesa's",
)
def test_panels_are_components_of_mesas_own_page():
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from mesa.visualization import SolaraViz
    import solara

    from cascade_sim.mesa_bridge.dashboard.panels import HeatmapPanel, LiquidationsPanel, MapPanel, PricePanel

    page = SolaraViz(played(3), components=[PricePanel, LiquidationsPanel, MapPanel, HeatmapPanel])
    _, context = solara.render(page, handle_error=False)
    context.close()
