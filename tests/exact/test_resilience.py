"""Books that recover between rounds move the threshold of a runaway (validation.md C1, C2, VE-5)."""

from __future__ import annotations

import math

import numpy as np
import pytest
from textbook import cells, setting
from worlds import column, event_rows

from cascade_sim.engine.advance import advance
from cascade_sim.kernels import state as k

PUSH = 1e-9  # so that ten decades of map end at a log-distance of ten
GOLDEN = 0.5 * (1.0 + math.sqrt(5.0))


def geometric_map(ratio=2e-3):
    """Uniform density 1 from the start price to 1e10 pushes away, in cells that grow with the distance."""
    steps = math.ceil(math.log(1e10) / ratio)
    edges = np.concatenate([np.linspace(0.0, PUSH, 500, endpoint=False), PUSH * np.exp(ratio * np.arange(steps + 1))])
    return cells(edges, edges)


def runs_away(ratio, ticks, **rules) -> bool:
    """Whether a push sells the whole map where ``rho = ratio D``; seen from a book of density ``1 / ratio``."""
    distance, quantity = geometric_map()
    world = setting(distance, quantity, [(0, PUSH / ratio)], density=1.0 / ratio, ticks=ticks, **rules).build()
    while world.tick < world.ticks and world.state["open_long"][0] > 0.0:
        advance(world, 1000)
    return world.state["head_long"][0] == distance.size


def threshold(lowest, highest, ticks, **rules) -> float:
    assert not runs_away(lowest, ticks, **rules)
    assert runs_away(highest, ticks, **rules)
    while highest - lowest > 1e-3 * lowest:
        middle = 0.5 * (lowest + highest)
        if runs_away(middle, ticks, **rules):
            highest = middle
        else:
            lowest = middle
    return 0.5 * (lowest + highest)


@pytest.mark.parametrize("phi", [1.0, 0.9, 0.5, 0.0])
def test_with_a_delay_of_one_tick_the_runaway_ratio_is_raised_by_recovery(phi):
    expected = (1.0 + math.sqrt(1.0 - phi)) ** 2
    found = threshold(0.9 * expected, 1.1 * expected, 8000, delay_ticks=1, refill_kept=phi)
    assert found == pytest.approx(expected, rel=0.01)


@pytest.mark.parametrize(("phi", "ratio"), [(1.0, 0.8), (0.9, 0.6), (0.9, 1.5), (0.5, 2.0), (0.0, 2.5)])
def test_each_round_adds_the_ratio_of_the_last_and_keeps_its_share(phi, ratio):
    """y' = phi y + R (y - y_before) while the price makes new lows, then plain recovery."""
    edges = np.linspace(0.0, 0.02, 400_001)
    distance, quantity = cells(edges, edges)
    world = setting(
        distance, quantity, [(0, 1e-3 / ratio)], density=1.0 / ratio, ticks=12, delay_ticks=1, refill_kept=phi,
    ).run()  # fmt: skip
    drops = -np.log(column(world, "bid"))
    lowest, sold, now = 1e-3, 1e-3, 1e-3
    for drop in drops[1:]:
        now = phi * now + ratio * sold
        sold = max(0.0, now - lowest)
        lowest = max(lowest, now)
        assert drop == pytest.approx(now, abs=2e-6)
        if now >= 0.02:
            break


@pytest.mark.parametrize("phi", [0.9, 0.5, 0.2])
def test_a_second_round_comes_if_the_ratio_beats_what_recovers(phi):
    for ratio, rounds in ((1.0 - phi - 0.01, 1), (1.0 - phi + 0.01, 2)):
        distance, quantity = cells(np.linspace(0.0, 2e-3, 20_001), np.linspace(0.0, 2e-3, 20_001))
        world = setting(
            distance, quantity, [(0, 1e-3 / ratio)], density=1.0 / ratio, ticks=9, delay_ticks=1, refill_kept=phi,
        ).run()  # fmt: skip
        assert min(2, np.unique(event_rows(world)["tick"]).size) == rounds


def last_new_lows(ratio, count):
    """Distances that the rounds of a book which recovers whole reach: y' = R (y - y_before)."""
    reached = [0.0, 1.0]
    for _ in range(count):
        reached.append(ratio * (reached[-1] - reached[-2]))
    return np.array(reached[1:])


@pytest.mark.parametrize(("extra", "critical"), [(1, 1.0), (2, 2.0), (3, GOLDEN**2), (4, 3.0)])
def test_where_the_book_recovers_whole_rounds_are_added_at_known_ratios(extra, critical):
    """One more at 4 cos^2(pi / (n + 2)), told apart one part in a million on either side."""
    assert critical == pytest.approx(4.0 * math.cos(math.pi / (extra + 2)) ** 2, rel=1e-14)
    around = np.geomspace(1e-9, 1e-2, 400)
    near = np.concatenate([-around, np.linspace(-1e-4, 1e-4, 20_001), around])
    fine = (last_new_lows(critical, extra)[:, None] * (1.0 + near)).ravel()
    edges = 1e-3 * np.unique(np.concatenate([np.linspace(0.0, 10.0, 2001), fine]))
    distance, quantity = cells(edges, edges, place=0.5)
    for ratio, rounds in ((critical * (1.0 - 1e-6), extra), (critical * (1.0 + 1e-6), extra + 1)):
        world = setting(
            distance, quantity, [(0, 1e-3 / ratio)], density=1.0 / ratio, ticks=12, delay_ticks=1, refill_kept=0.0,
        ).run()  # fmt: skip
        assert np.unique(event_rows(world)["tick"]).tolist() == list(range(rounds))


def resilient(theta, kappa, dt, **rules):
    """Rules of a liquidation rate theta and a recovery rate kappa, per second."""
    paces = {"pace_share": -math.expm1(-theta * dt), "refill_kept": math.exp(-kappa * dt)}
    return {"policy": k.POLICY_PACED, "tick_s": dt} | paces | rules


def amplification(ratio, dt, theta=1.0, kappa=0.1, reach=6.0) -> float:
    edges = 1e-3 * np.linspace(0.0, reach, 60_001)
    distance, quantity = cells(edges, edges)
    world = setting(
        distance, quantity, [(0, 1e-3 / ratio)], density=1.0 / ratio, ticks=round(40.0 / dt),
        **resilient(theta, kappa, dt),
    ).run()  # fmt: skip
    return -math.log1p(-float(world.state["max_drawdown"][0])) / 1e-3


@pytest.mark.parametrize(("dt", "expected"), [(0.1, 2.1918), (0.01, 2.2013), (0.001, 2.2022)])
def test_the_amplification_of_a_paced_engine_converges_at_first_order(dt, expected):
    assert amplification(0.9, dt) == pytest.approx(expected, abs=1.5e-4)


@pytest.mark.parametrize(("ratio", "expected"), [(0.5, 1.3036), (0.9, 2.2023), (1.2, 4.3628), (1.6, 80.87)])
def test_the_amplification_of_a_paced_engine_is_that_of_the_resilient_book(ratio, expected):
    assert amplification(ratio, 0.0002, reach=1.2 * expected) == pytest.approx(expected, rel=1e-3)


def test_there_is_no_second_wave_where_the_book_recovers_faster_than_the_engine_sells():
    assert amplification(0.45, 0.01, theta=0.2, kappa=0.1) == pytest.approx(1.0, abs=1e-3)
    assert amplification(0.6, 0.01, theta=0.2, kappa=0.1) > 1.005


@pytest.mark.parametrize(("ratio", "ticks"), [(0.0, 60_000), (0.1, 40_000), (1.0, 20_000)])
def test_a_paced_engine_runs_away_beyond_the_raised_threshold(ratio, ticks):
    """R_c = (1 + sqrt(kappa / theta))^2."""
    expected = (1.0 + math.sqrt(ratio)) ** 2
    dt = 0.05 if ratio == 0.0 else 0.005
    found = threshold(0.9 * expected, 1.1 * expected, ticks, **resilient(1.0, ratio, dt))
    assert found == pytest.approx(expected, rel=0.01)
