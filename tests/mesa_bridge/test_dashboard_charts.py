from __future__ import annotations

import io
import json

import numpy as np
import pytest

pytest.importorskip("mesa")
pytest.importorskip("solara", reason="needs solara")

import PIL.Image

from cascade_sim.mesa_bridge import CascadeModel
from cascade_sim.mesa_bridge.dashboard.chart import Axis, Bars, Image, Line, Spec, Stack, legend_of
from cascade_sim.mesa_bridge.dashboard.clock import words_of
from cascade_sim.mesa_bridge.dashboard.echarts import option_of, scale_of
from cascade_sim.mesa_bridge.dashboard.figure import _heading, png
from cascade_sim.mesa_bridge.dashboard.headline import tiles_of
from cascade_sim.mesa_bridge.dashboard.heatmap_panel import colours, heatmap_spec, shades
from cascade_sim.mesa_bridge.dashboard.liquidations_panel import liquidations_spec
from cascade_sim.mesa_bridge.dashboard.map_panel import map_spec
from cascade_sim.mesa_bridge.dashboard.price_panel import price_spec
from cascade_sim.mesa_bridge.dashboard.reading import Reading, joined

SMALL = {"crowd.longs.traders": 600, "crowd.shorts.traders": 400}
SPECS = (price_spec, liquidations_spec, map_spec, heatmap_spec)


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
    mark = spec.lines[1].y
    assert mark[0] == 60_000
    assert mark[-1] == pytest.approx(model.market.mark, rel=1e-6)
    assert spec.lines[1].x[-1] == pytest.approx(700 / 60, rel=1e-6)
    assert spec.left.min < mark.min() < mark.max() < spec.left.max


def test_bars_add_up_to_the_running_total(reading):
    spec = liquidations_spec(reading)
    stacks = sum(stack.y.sum() for stack in spec.bars.stacks)
    assert stacks == pytest.approx(spec.lines[0].y[-1], rel=1e-5)
    assert stacks > 0


def test_the_map_holds_what_the_crowd_says_waits_there(model, reading):
    spec, bins = map_spec(reading), reading.bins
    longs, shorts = (stack.y for stack in spec.bars.stacks)
    place = int(np.argmax(shorts))
    low = bins.low + place * bins.width
    middle = low + 0.5 * bins.width
    expected = model.crowd.liquidatable_between(low, low + bins.width) * middle
    assert shorts[place] == pytest.approx(expected, rel=bins.width / middle)
    assert not (longs * shorts).any()


def test_running_totals_of_the_map_begin_at_the_mark(model, reading):
    spec = map_spec(reading)
    down, up = spec.lines
    assert np.all(down.x < model.market.mark)
    assert np.all(np.diff(down.y) <= 0)
    assert np.all(np.diff(up.y) >= 0)
    assert up.y[-1] == pytest.approx(spec.bars.stacks[1].y.sum(), rel=1e-5)


def test_a_heatmap_has_a_column_a_frame_and_a_colour_for_every_cell(reading):
    image = heatmap_spec(reading).image
    assert image.cells.shape == (700 // 15, reading.bins.number)
    assert len(colours()) == 3 * 256
    assert image.cells.max() == 255


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
        drawn = [option_of(spec_of(Reading(model))) for spec_of in SPECS]
        assert "NaN" not in json.dumps(drawn)
        assert len(tiles_of(Reading(model))) == 6
        model.step()


def test_a_scenario_without_a_map_says_how_to_record_one():
    reading = Reading(played(1, "textbook/two_clusters", None))
    assert "add  record: {heatmap:" in map_spec(reading).empty
    assert "add  record: {heatmap:" in heatmap_spec(reading).empty


def test_a_message_is_small_enough_for_ten_a_second():
    reading = Reading(played(3_600))
    assert sum(len(json.dumps(option_of(spec_of(reading)))) for spec_of in SPECS) < 150_000


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


def test_axes_count_amounts_in_the_largest_word_that_fits():
    assert scale_of(Axis(0.0, 143e6, "USD", "amount"), rounded=True) == (0.0, 150.0, 25.0, 1e6, "million ")
    assert scale_of(Axis(0.0, 1.2e6, "USD", "amount"), rounded=True).word == "thousand "
    assert scale_of(Axis(0.0, 40.0, "USD", "amount"), rounded=True) == (0.0, 40.0, 10.0, 1.0, "")
    assert scale_of(Axis(52_913.0, 60_037.0, "USD"), rounded=False)[:3] == (52_913.0, 60_037.0, 2_000.0)


def drawn_of(spec: Spec, kind: str) -> list:
    return [each for each in option_of(spec)["series"] if each["type"] == kind and each.get("silent")]


def told_of(spec: Spec) -> dict[str, list]:
    return {each["name"]: each["data"] for each in option_of(spec)["series"] if "name" in each}


BARRED = Spec(
    "bars",
    "Bars",
    Axis(0.0, 4.0, "minutes"),
    Axis(0.0, 8e6, "USD per min", "amount", "USD"),
    right=Axis(0.0, 9e6, "USD in all", "amount", "USD"),
    bars=Bars(0.0, 1.0, 4, [Stack(np.array([2e6, 0.0, 6e6, 0.0]), "red", "longs")]),
    lines=[Line(np.array([0.0, 1.0, 2.2, 3.0]), np.array([0.0, 2e6, 3e6, 8e6]), "black", "total", axis="right")],
)


def test_bars_stand_in_their_middles_and_lines_on_their_axis():
    (bars,) = drawn_of(BARRED, "bar")
    (line,) = drawn_of(BARRED, "line")
    assert bars["data"] == [[0.5, 2.0], [1.5, 0.0], [2.5, 6.0], [3.5, 0.0]]
    assert line["data"] == [[0.0, 0.0], [1.0, 2.0], [2.2, 3.0], [3.0, 8.0]]
    assert line["yAxisIndex"] == 1
    assert [axis["name"] for axis in option_of(BARRED)["yAxis"]] == ["million USD per min", "million USD in all"]


def test_what_is_said_at_the_pointer_stands_at_the_bars_and_leaves_out_nothing_and_the_future():
    assert told_of(BARRED) == {
        "total, million USD": [[0.5, 0.0], [1.5, 2.0], [2.5, 3.0]],
        "longs, million USD": [[0.5, 2.0], [2.5, 6.0]],
    }


def test_what_is_said_of_the_price_is_the_mark_of_that_moment(model, reading):
    told = told_of(price_spec(reading))
    assert set(told) == {"mark", "index"}
    assert [x for x, _ in told["mark"]] == [x for x, _ in told["index"]]
    assert told["mark"][-1][1] == pytest.approx(model.market.mark, rel=1e-4)


def test_a_line_has_no_more_points_than_a_panel_can_show_and_keeps_the_lowest():
    model = played(3_600)
    mark = price_spec(Reading(model)).lines[1]
    assert mark.x.size <= 300
    assert mark.y.min() == model.run.timeline["mark"].min()


def test_a_picture_of_cells_has_a_pixel_each_and_the_first_row_at_the_bottom():
    cells = np.array([[0, 1], [2, 3], [255, 0]], dtype=np.uint8)
    picture = PIL.Image.open(io.BytesIO(png(Image(cells, 0.0, 1.0, 0.0, 1.0, colours(), "grey"))))
    assert picture.size == (3, 2)
    pixels = np.asarray(picture.convert("RGB"))
    expected = np.frombuffer(colours(), np.uint8).reshape(256, 3)
    assert np.array_equal(pixels[1], expected[[0, 2, 255]])
    assert np.array_equal(pixels[0], expected[[1, 3, 0]])


def test_words_of_a_scenario_are_words_on_the_page():
    spec = Spec(
        "own", "<b>", Axis(0.0, 1.0, ""), Axis(0.0, 1.0, ""), note="<script>", legend=legend_of(("<i>", "red", "area"))
    )
    assert "<b>&lt;b&gt;</b>" in _heading(spec)
    assert "&lt;script&gt;" in _heading(spec)
    assert "&lt;i&gt;</span>" in _heading(spec)
