from __future__ import annotations

import math

import compiled
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import WorldArrays, column, no_crowd, rules_row, tape

from cascade_sim.engine.advance import advance
from cascade_sim.engine.shares import gap_shares, share_closed
from cascade_sim.kernels import state as k


def quiet_world(path, *, orders=(), price=100.0, index_start=None, **rules) -> WorldArrays:
    return WorldArrays(rules_row(**rules), tape(path, orders=orders), price, index_start=index_start, **no_crowd())


def state_with(**values) -> np.ndarray:
    row = np.zeros(1, k.STATE)
    for name, value in values.items():
        row[name] = value
    return row


@pytest.mark.parametrize(("last", "mark"), [(99.0, 99.0), (97.0, 98.0), (103.0, 101.0)])
def test_mark_last_is_the_last_trade_clamped_to_the_quotes(last, mark):
    state = state_with(last=last, bid=98.0, ask=101.0)
    assert compiled.mark_price(rules_row(mark=k.MARK_LAST), state) == mark


def test_mark_mid_is_the_geometric_mean_of_bid_and_ask():
    world = quiet_world(np.full(3, 100.0), mark=k.MARK_MID, half_spread=0.002, orders=[(0, -0.05)]).run()
    bid, ask = column(world, "bid"), column(world, "ask")
    np.testing.assert_allclose(column(world, "mark"), np.sqrt(bid * ask), rtol=1e-15)
    assert bid[0] < 100.0 * math.exp(-0.002)


def test_mark_index_is_the_index_to_the_bit():
    path = np.array([100.0, 93.7, 104.1])
    world = quiet_world(path, mark=k.MARK_INDEX, orders=[(0, -0.05)]).run()
    assert column(world, "mark").tolist() == path.tolist()


def test_mark_index_ema_carries_the_averaged_premium_of_the_mid():
    path, weight = np.linspace(100.0, 90.0, 12), share_closed(1.0, 3.0)
    world = quiet_world(path, mark=k.MARK_INDEX_EMA, mark_weight=weight, orders=[(0, -10.0), (4, 3.0)]).run()
    premium = np.log(column(world, "mid") / path)
    average, expected = 0.0, []
    for value in premium:
        average += weight * (value - average)
        expected.append(average)
    np.testing.assert_allclose(np.log(column(world, "mark") / path), expected, atol=1e-15)


def test_the_averaged_premium_is_committed_once_a_tick_however_often_the_mark_is_taken():
    rules = rules_row(mark=k.MARK_INDEX_EMA, mark_weight=0.25)
    state = state_with(index=100.0, centre=0.04, premium_ema=0.01)
    taken = [compiled.mark_price(rules, state) for _ in range(5)]
    assert set(taken) == {100.0 * math.exp(0.01 + 0.25 * 0.03)}
    compiled.commit_mark(rules, state)
    assert state["premium_ema"][0] == 0.01 + 0.25 * 0.03


@pytest.mark.parametrize("centre", [0.2, -0.2])
def test_mark_index_ema_stays_within_its_cap(centre):
    rules = rules_row(mark=k.MARK_INDEX_EMA, mark_weight=1.0, mark_cap=0.05)
    mark = compiled.mark_price(rules, state_with(index=100.0, centre=centre))
    assert mark == 100.0 * math.exp(math.copysign(0.05, centre))


@pytest.mark.parametrize(("shape", "exponent"), [(k.SHAPE_LINEAR, 1.0), (k.SHAPE_POWER, 2.0)])
def test_the_displacement_halves_in_one_half_life(shape, exponent):
    kept = 1.0 - share_closed(1.0, 7.0)
    world = quiet_world(
        np.full(29, 100.0), shape=shape, exponent=exponent, refill_kept=kept, orders=[(0, -3.0)],
    ).run()  # fmt: skip
    bid = np.log(column(world, "bid") / 100.0)
    np.testing.assert_allclose(bid[7::7], bid[0] / 2.0 ** np.arange(1, 5), rtol=1e-12)


def test_a_table_refills_by_the_same_half_life():
    levels = [(0.01, 5.0), (0.1, 8.0), (0.5, 60.0)]
    rules = rules_row(shape=k.SHAPE_TABLE, until=0.5, refill_kept=1.0 - share_closed(1.0, 4.0))
    events = tape(np.full(9, 1.0), orders=[(0, -20.0)], levels=levels)
    world = WorldArrays(rules, events, 1.0, **no_crowd()).run()
    bid = np.log(column(world, "bid"))
    np.testing.assert_allclose(bid[[4, 8]], bid[0] / [2.0, 4.0], rtol=1e-12)


@pytest.mark.parametrize("permanent", [0.0, 0.3, 1.0])
def test_the_permanent_share_of_an_impact_stays_in_the_mid(permanent):
    kept = 1.0 - share_closed(1.0, 2.0)
    world = quiet_world(
        np.full(200, 100.0), mark=k.MARK_MID, refill_kept=kept, permanent=permanent, orders=[(0, -10.0)],
    ).run()  # fmt: skip
    bid, ask = np.log(column(world, "bid") / 100.0), np.log(column(world, "ask") / 100.0)
    assert bid[-1] == pytest.approx(permanent * bid[0], abs=1e-12)
    assert ask[-1] == pytest.approx(bid[-1], abs=1e-12)


@pytest.mark.parametrize("dt", [0.1, 1.0, 5.0, 10.0])
def test_a_steady_one_percent_a_minute_is_a_volatility_of_one_percent_at_any_tick(dt):
    rules = rules_row(
        tick_s=dt, withdraws=1, withdrawal_volatility=0.01, withdrawal_weight=-math.expm1(-dt / 60.0),
        withdrawal_power=2.0, withdrawal_floor=0.02,
    )  # fmt: skip
    time = dt * np.arange(1, int(1800 / dt))
    world = WorldArrays(rules, tape(np.exp(-0.01 * time / 60.0)), 1.0, **no_crowd()).run()
    assert math.sqrt(world.state["level_variance"][0]) == pytest.approx(0.01, rel=0.002)
    assert column(world, "depth_multiplier")[-1] == pytest.approx(0.5, rel=0.003)


@pytest.mark.parametrize("dt", [0.1, 1.0, 5.0])
def test_one_jump_is_the_same_to_a_maker_at_any_tick(dt):
    weight = -math.expm1(-dt / 60.0)
    rules = rules_row(
        withdraws=1, withdrawal_volatility=0.01, withdrawal_weight=weight, withdrawal_power=2.0,
        withdrawal_floor=1e-6,
    )  # fmt: skip
    state = state_with()
    peak = 0.0
    for _ in range(int(120 / dt)):
        compiled.withdraw(rules, state, math.log(0.95))
        peak = max(peak, float(state["level_variance"][0]))
    # Of a step s the variance is s^2 a (1 - a) with a = exp(-t / over): at most s^2 / 4, after 42 s.
    assert math.sqrt(peak) == pytest.approx(0.5 * -math.log(0.95), rel=0.003)


@pytest.mark.parametrize("power", [1.0, 2.0, 3.5])
def test_half_of_the_depth_is_gone_at_the_stated_volatility_and_the_floor_stays(power):
    def multiplier(volatility):
        rules = rules_row(
            withdraws=1, withdrawal_volatility=0.02, withdrawal_weight=1e-300, withdrawal_power=power,
            withdrawal_floor=0.05,
        )  # fmt: skip
        state = state_with(level_variance=volatility**2)
        compiled.withdraw(rules, state, 0.0)
        return 1.0 / float(state["thinning"][0])

    assert multiplier(0.0) == 1.0
    assert multiplier(0.02) == pytest.approx(0.5, rel=1e-12)
    assert multiplier(0.04) == pytest.approx(1.0 / (1.0 + 2.0**power), rel=1e-12)
    assert multiplier(10.0) == pytest.approx(0.05, rel=1e-15)


def test_makers_who_withdraw_widen_the_spread_in_proportion():
    rules = {
        "withdraws": 1, "withdrawal_volatility": 0.01, "withdrawal_weight": 0.1, "withdrawal_power": 2.0,
        "withdrawal_floor": 0.02, "half_spread": 1e-3,
    }  # fmt: skip
    world = quiet_world(100.0 * np.exp(-0.002 * np.arange(40)), **rules).run()
    spread = np.log(column(world, "ask") / column(world, "bid"))
    np.testing.assert_allclose(spread, 2e-3 / column(world, "depth_multiplier"), rtol=1e-9)


@settings(deadline=None)
@given(st.floats(1e-3, 1e5) | st.just(math.inf), st.floats(1e-3, 1e5) | st.just(math.inf), st.integers(1, 20))
def test_the_gap_closes_at_the_sum_of_both_rates_however_time_is_cut(pull, follow, pieces):
    by_pull, by_follow = gap_shares(10.0, pull, follow)
    gap, moved = 1.0, 0.0
    for _ in range(pieces):
        small_pull, small_follow = gap_shares(10.0 / pieces, pull, follow)
        moved += gap * small_follow
        gap *= 1.0 - small_pull - small_follow
    assert gap == pytest.approx(1.0 - by_pull - by_follow, abs=1e-12)
    assert moved == pytest.approx(by_follow, abs=1e-12)
    assert gap == pytest.approx(0.5 ** (10.0 / pull + 10.0 / follow), abs=1e-12)


@pytest.mark.parametrize(
    ("half_lives", "shares"),
    [((0.0, 60.0), (1.0, 0.0)), ((60.0, 0.0), (0.0, 1.0)), ((0.0, 0.0), (0.5, 0.5)), ((math.inf,) * 2, (0.0, 0.0))],
)
def test_a_half_life_of_zero_means_at_once(half_lives, shares):
    assert gap_shares(1.0, *half_lives) == shares


def test_pull_brings_the_quotes_to_the_index_and_follow_the_index_to_the_quotes():
    for pull, follow, meets in ((5.0, math.inf, 1.0), (math.inf, 5.0, 0.9), (5.0, 5.0, math.sqrt(0.9))):
        pull_share, follow_share = gap_shares(1.0, pull, follow)
        world = quiet_world(
            np.full(400, 1.0), price=0.9, index_start=1.0, mark=k.MARK_MID, pull_share=pull_share,
            follow_share=follow_share,
        ).run()  # fmt: skip
        assert column(world, "mark")[-1] == pytest.approx(meets, rel=1e-12)
        assert column(world, "index")[-1] == pytest.approx(meets, rel=1e-12)


def test_news_moves_every_quote_by_the_same_log_return():
    world = quiet_world(np.array([1.0, 0.9]), orders=[(0, -0.2), (0, 0.1)], half_spread=0.01).build()
    advance(world, 1)
    before = {name: column(world, name)[0] for name in ("bid", "ask", "mid")}
    advance(world, 1)
    for name, price in before.items():
        assert column(world, name)[1] == pytest.approx(0.9 * price, rel=1e-15)
