"""Replays from scenario files: recorded paths, saved pushes, counterfactuals, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import cascade_sim as cs
from cascade_sim.engine.recorded import log_target, recorded_path
from cascade_sim.simulation import Simulation

HISTORY = Path(__file__).resolve().parents[3] / "shared" / "data" / "history"
START = "2021-05-19T12:00:00Z"
CLOSES = [42_000, 41_000, 40_500, 38_000, 37_500, 38_500, 39_800, 39_000]
TIMES = [f"2021-05-19T12:0{minute}:00Z" for minute in range(9)]
MARKET: dict[str, Any] = {
    "name": "A fall of ten per cent",
    "seed": 4,
    "clock": {"start": START, "duration": "8min", "tick": "1s"},
    "market": {
        "price": 42_000,
        "book": {
            "shape": "linear",
            "depth": {"within": "1%", "notional": "20M"},
            "half_spread": "0.01%",
            "refill": {"half_life": "20s", "permanent": "30%"},
        },
        "mark": {"kind": "mid"},
    },
    "exchange": {"maintenance": {"rate": "0.5%"}, "insurance_fund": "50M"},
    "crowd": {
        "longs": {
            "side": "long",
            "traders": 500,
            "open_interest": "40M",
            "leverage": {"kind": "lognormal", "mean": 25, "sigma": 0.5, "cap": 100},
        }
    },
    "flow": {"replay": {"points": list(zip(TIMES[1:], CLOSES, strict=True))}},
    "compare": {
        "no_forced_selling": {"exchange.liquidation.policy": "none"},
        "double_depth": {"market.book.depth.notional": "40M"},
    },
}


def scenario(**changes: Any) -> cs.Scenario:
    return cs.Scenario(**MARKET).with_overrides(changes)


def candles(path: Path, rows: list[tuple[Any, ...]]) -> Path:
    lines = ["time_utc,open,high,low,close,volume", *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def bars(path: Path) -> Path:
    opens = [42_000, *CLOSES[:-1]]
    ends = zip(TIMES, opens, CLOSES, strict=False)
    return candles(path, [(t, o, max(o, c) + 150, min(o, c) - 250, c, 1) for t, o, c in ends])


def closes_of(run: cs.Run) -> np.ndarray:
    return run.timeline["mid"].to_numpy()[59::60]


@pytest.mark.parametrize("push", ["order", "news"])
@pytest.mark.parametrize("mark", ["last", "mid", "index", "index_ema"])
def test_the_mid_is_the_recorded_price_at_every_close(mark, push):
    run = cs.run(scenario(**{"market.mark": {"kind": mark}, "flow.replay.push": push}), counterfactuals=False)
    assert closes_of(run) == pytest.approx(np.array(CLOSES), rel=1e-9)
    assert run.summary["tracked_ticks"] == 480 - 59
    assert run.summary["tracking_error"] < 1e-9
    assert run.summary["missed_ticks"] == 0
    assert run.summary["conservation_error"] < 1e-9
    assert (run.push["kind"] == push).all()


@pytest.mark.parametrize("push", ["order", "news"])
def test_saved_pushes_run_forward_under_the_same_rules_are_the_same_run_to_the_bit(tmp_path, push):
    tracked = scenario(**{"flow.replay.push": push})
    first = cs.run(tracked, counterfactuals=False)
    assert len(first.liquidations) > 0
    assert first.summary["absorbed_ticks"] > 0
    first.save(tmp_path / "first")
    replay = {"mode": "push", "file": str(tmp_path / "first" / "push.parquet")}
    again = cs.run(cs.Scenario(**(MARKET | {"flow": {"replay": replay}})), counterfactuals=False)
    pd.testing.assert_frame_equal(again.timeline, first.timeline, check_exact=True)
    pd.testing.assert_frame_equal(again.liquidations, first.liquidations, check_exact=True)
    own = {"tracked_ticks", "tracking_error"}
    assert {key: again.summary[key] for key in again.summary.keys() - own} == {
        key: first.summary[key] for key in first.summary.keys() - own
    }
    assert cs.Run.load(tmp_path / "first").push.equals(first.push)


def test_counterfactuals_take_the_pushes_of_the_replay(tmp_path):
    run = cs.run(scenario())
    run.save(tmp_path / "run")
    replay = {"mode": "push", "file": str(tmp_path / "run" / "push.parquet")}
    for name, changes in MARKET["compare"].items():
        forward = cs.Scenario(**(MARKET | {"flow": {"replay": replay}, "compare": {}})).with_overrides(changes)
        alone = cs.run(forward)
        pd.testing.assert_frame_equal(alone.timeline, run.counterfactuals[name].timeline, check_exact=True)
        assert run.counterfactuals[name].push is None
    assert run.summary["amplification"] > 1.0
    assert run.counterfactuals["no_forced_selling"].summary["absorbed_ticks"] == 0


def test_a_replay_that_was_interrupted_ends_with_the_same_bits(tmp_path):
    whole = cs.run(scenario())
    half = Simulation(scenario())
    half.prepare()
    from cascade_sim.engine.advance import advance

    advance(half.world("base.run"), 200)
    half.save(tmp_path / "checkpoint")
    rest = Simulation.restored(tmp_path / "checkpoint")
    rest.advance()
    run = rest.run()
    pd.testing.assert_frame_equal(run.push, whole.push, check_exact=True)
    for name, other in whole.counterfactuals.items():
        pd.testing.assert_frame_equal(run.counterfactuals[name].timeline, other.timeline, check_exact=True)


@pytest.mark.parametrize(
    ("intrabar", "second"), [("ohlc", "high"), ("olhc", "low"), ("by_direction", "high"), ("close", None)]
)
def test_highs_and_lows_are_met_in_the_order_that_is_stated(tmp_path, intrabar, second):
    replay = {"file": str(bars(tmp_path / "spot.csv")), "intrabar": intrabar}
    path = np.exp(log_target(cs.Scenario(**(MARKET | {"flow": {"replay": replay}}))))
    opened, closed = 42_000, CLOSES[1]  # the second bar falls from 42,000 to 41,000
    high, low = opened + 150, closed - 250
    early, late = path[60 + 19], path[60 + 39]
    expected = {"high": (high, low), "low": (low, high)}.get(str(second))
    if expected is None:
        expected = tuple(opened * (closed / opened) ** share for share in (1 / 3, 2 / 3))
    assert (early, late) == pytest.approx(expected, rel=1e-12)
    assert path[59::60] == pytest.approx(CLOSES, rel=1e-12)


def test_nothing_is_tracked_where_nothing_is_recorded():
    path = log_target(scenario(**{"flow.replay.points": [["2min", 41_000], ["4min", 40_000]]}))
    ticks = np.flatnonzero(~np.isnan(path)) + 1
    assert (ticks[0], ticks[-1]) == (120, 240)


def test_an_outage_is_counted_as_missed_and_the_price_is_caught_up_with_afterwards():
    outage = [{"from": "2min", "to": "3min"}]
    run = cs.run(scenario(**{"exchange.outages": outage}), counterfactuals=False)
    assert run.summary["missed_ticks"] == 60
    assert closes_of(run)[3:] == pytest.approx(np.array(CLOSES[3:]), rel=1e-9)
    news = cs.run(scenario(**{"exchange.outages": outage, "flow.replay.push": "news"}), counterfactuals=False)
    assert closes_of(news) == pytest.approx(np.array(CLOSES), rel=1e-9)


def test_a_price_beyond_the_end_of_the_book_is_refused_with_its_line(tmp_path):
    tracked = cs.Scenario(**(MARKET | {"flow": {"replay": {"file": str(bars(tmp_path / "spot.csv"))}}}))
    shallow = tracked.with_overrides({"market.book.depth.until": "2%"})
    with pytest.raises(cs.CascadeError, match=r"spot.csv:\d+: tick \d+: the recorded price .* cannot be reached"):
        cs.run(shallow, counterfactuals=False)


def test_a_recorded_start_far_from_the_market_is_refused(tmp_path):
    file = bars(tmp_path / "spot.csv")
    wrong = cs.Scenario(**(MARKET | {"flow": {"replay": {"file": str(file)}}})).with_overrides({"market.price": 4200})
    with pytest.raises(cs.CascadeError, match=r"spot.csv:2: the recorded price at the start .*42,000.*4,200.*zone"):
        cs.run(wrong, counterfactuals=False)


def test_bars_that_end_between_ticks_are_refused(tmp_path):
    file = bars(tmp_path / "spot.csv")
    tracked = cs.Scenario(**(MARKET | {"flow": {"replay": {"file": str(file)}}}))
    with pytest.raises(cs.CascadeError, match=r"spot.csv:2: the bar ends between two ticks of 7 s"):
        recorded_path(tracked.with_overrides({"clock.tick": 7, "clock.duration": 476}))


def test_a_file_of_another_day_is_refused(tmp_path):
    file = bars(tmp_path / "spot.csv")
    tracked = cs.Scenario(**(MARKET | {"flow": {"replay": {"file": str(file)}}}))
    with pytest.raises(cs.CascadeError, match=r"do not cover the run .*time zone"):
        recorded_path(tracked.with_overrides({"clock.start": "2021-05-20T12:00:00Z"}))


def test_a_file_that_ends_before_the_run_is_refused(tmp_path):
    file = bars(tmp_path / "spot.csv")
    tracked = cs.Scenario(**(MARKET | {"flow": {"replay": {"file": str(file)}}}))
    with pytest.raises(cs.CascadeError, match=r"its bars run from .* and do not cover the run .* for 600 s"):
        recorded_path(tracked.with_overrides({"clock.duration": "10min"}))


def saved_push(tmp_path: Path) -> Path:
    cs.run(scenario(), counterfactuals=False).save(tmp_path / "run")
    return tmp_path / "run" / "push.parquet"


def rewritten(path: Path, change: Any) -> Path:
    from cascade_sim.engine.replay import about_pushes
    from cascade_sim.engine.store import read_parquet, write_parquet

    frame = read_parquet(path)
    write_parquet(path, change(frame), about_pushes(scenario()))
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame: frame.drop(columns="after"), "has no column after"),
        (lambda frame: frame.iloc[::-1], "row 1: tick 478 does not follow"),
        (lambda frame: frame.assign(before=np.nan), "row 0: a push is not a finite number"),
        (lambda frame: frame.assign(kind=["order", "news"] * 210 + ["order"]), "kind is news, order"),
    ],
)
def test_damaged_pushes_are_refused(tmp_path, change, said):
    path = rewritten(saved_push(tmp_path), change)
    with pytest.raises(cs.CascadeError, match=said):
        cs.run(cs.Scenario(**(MARKET | {"flow": {"replay": {"mode": "push", "file": str(path)}}})))


def test_pushes_of_another_clock_or_contract_are_refused(tmp_path):
    path = saved_push(tmp_path)
    forward = cs.Scenario(**(MARKET | {"flow": {"replay": {"mode": "push", "file": str(path)}}}))
    with pytest.raises(cs.CascadeError, match="saved by a run with the clock"):
        cs.run(forward.with_overrides({"clock.start": "2021-05-19T11:00:00Z"}))
    with pytest.raises(cs.CascadeError, match="saved by a run with the contract"):
        cs.run(forward.with_overrides({"market.contract": "inverse"}))
    with pytest.raises(cs.CascadeError, match="there is no such file"):
        cs.run(forward.with_overrides({"flow.replay.file": "elsewhere.parquet"}))


@pytest.mark.parametrize(
    ("replay", "said"),
    [
        ({}, "flow.replay.file: is missing"),
        ({"file": "a.csv", "points": [[0, 1]]}, "excludes"),
        ({"mode": "push", "points": [[0, 1]]}, "points: means nothing where mode is push"),
        ({"points": [[0, 1]], "intrabar": "ohlc"}, "intrabar: means nothing for points"),
        ({"file": "a.csv", "column": "low", "intrabar": "ohlc"}, "column: is not used where intrabar is ohlc"),
    ],
)
def test_a_replay_that_says_too_little_or_too_much_is_refused(replay, said):
    with pytest.raises(cs.ScenarioError, match=said):
        cs.Scenario(**(MARKET | {"flow": {"replay": replay}}))


def test_points_out_of_order_are_refused_with_their_row():
    with pytest.raises(cs.ScenarioError, match=r"flow.replay.points.1.* is earlier than the point before it"):
        scenario(**{"flow.replay.points": [["2min", 41_000], ["1min", 40_000]]})


def test_orders_into_a_book_without_impact_are_refused():
    with pytest.raises(cs.ScenarioError, match=r"flow.replay.push.*no order moves"):
        cs.Scenario(**(MARKET | {"market": {"price": 42_000, "book": {"shape": "infinite"}}}))


@pytest.mark.parametrize(
    ("file", "start", "price"),
    [
        ("may2021_BTCUSDT_binance-spot_1m.csv", "2021-05-19T11:00:00Z", 39_690),
        ("oct2025_BTCUSDT_binance-usdm-perp_1m.csv", "2025-10-10T20:46:00Z", 116_975.8),
    ],
)
def test_recorded_minutes_are_matched_at_every_close(file, start, price):
    if not (HISTORY / file).is_file():
        pytest.skip("the recorded prices of ../shared/data are not here")
    changes = {"clock.start": start, "clock.duration": "90min", "market.price": price}
    recorded = cs.Scenario(**(MARKET | {"flow": {"replay": {"file": str(HISTORY / file)}}, "compare": {}}))
    run = cs.run(recorded.with_overrides(changes))
    table = pd.read_csv(HISTORY / file, comment="#", index_col="time_utc", parse_dates=True)
    ends = run.timeline.index[59::60]
    wanted = table["close"].reindex(ends - pd.Timedelta("1min"))
    assert len(wanted) == 90
    assert wanted.notna().all()
    assert run.timeline.loc[ends, "mid"].to_numpy() == pytest.approx(wanted.to_numpy(), rel=1e-9)
