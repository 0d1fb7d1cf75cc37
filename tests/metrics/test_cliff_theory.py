"""Where theory sees the cliff: the steepest branching ratio, and the fall, of a scenario and its crowd."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cascade_sim.crowd.build import build_crowd
from cascade_sim.metrics.cliff_theory import WINDOWS, cliff_theory, crowd_ratio, discrete_move, triggers
from cascade_sim.metrics.fixed_point import Book
from cascade_sim.metrics.theory import closed_form, measured
from cascade_sim.simulation import run

UNIFORM = {"kind": "uniform", "to": "50%"}
SHORTS = {"crowd.longs.side": "short", "flow.orders.0": {"at": "1min", "buy": "20M"}}
POWER = {"market.book": {"shape": "power", "exponent": 2}}
LEVERAGE = {
    "crowd.longs": {
        "side": "long",
        "traders": 3_000,
        "open_interest": "500M",
        "leverage": {"kind": "lognormal", "mean": 15, "sigma": 0.5, "cap": 50},
        "size": {"kind": "pareto", "exponent": 1.3},
    },
    "exchange.maintenance.rate": "0.5%",
}


@pytest.mark.parametrize("placed", ["even", "random"])
@pytest.mark.parametrize("interest", [100e6, 500e6, 999e6, 3e9])
def test_of_a_uniform_map_the_ratio_is_open_interest_over_span_and_depth(plain, interest, placed):
    changes = {"crowd.longs.liquidation": {**UNIFORM, "placed": placed}, "crowd.longs.open_interest": interest}
    density = 20e6 / 0.01
    assert cliff_theory(plain(changes)).ratio == pytest.approx(interest / (0.5 * density), rel=1e-12)


@pytest.mark.parametrize("changes", [{}, SHORTS, POWER], ids=["longs", "shorts", "power"])
@pytest.mark.parametrize("contract", ["linear", "inverse"])
def test_the_fall_is_that_of_the_simulation_of_the_same_crowd(plain, changes, contract):
    for seed, crowd in ((3, {"crowd.longs.liquidation.placed": "random"}), (4, LEVERAGE)):
        base = plain({"market.contract": contract, "exchange.adl": False})
        scenario = base.with_overrides(crowd).with_overrides(changes)
        said = cliff_theory(scenario, seed=seed)
        done = run(scenario, counterfactuals=False, seed=seed)
        moves = (done.scenario.market.price / done.summary["low_mark"], 1.0 + done.summary["max_runup"])
        assert said.move == pytest.approx(math.log(moves[0] if said.direction < 0.0 else moves[1]), rel=1e-9)


def test_the_fall_of_an_even_map_is_the_closed_form_s_to_order_one_over_traders(plain):
    scenario = plain()
    form, said = closed_form(scenario), cliff_theory(scenario)
    assert said.move == pytest.approx(form.move, rel=2.0 / scenario.crowd["longs"].traders)
    assert said.direction == form.direction
    assert measured(form, run(scenario, counterfactuals=False))[0] == pytest.approx(said.move, rel=1e-9)


def test_of_evenly_placed_positions_the_crowd_s_ratio_is_that_of_the_law(plain):
    scenario = plain({"crowd.longs.liquidation": UNIFORM})
    distance, sold = triggers(build_crowd(scenario, 0), scenario.market.price, -1.0)
    book = Book(20e6 / 0.01 / scenario.market.price)
    assert crowd_ratio(book, distance, sold, 0.01, 0.2, 0.2 / WINDOWS) == pytest.approx(0.5 * 0.5 / 0.5, rel=1e-9)


def test_the_steepest_place_is_looked_for_between_push_and_threshold_only(plain):
    cluster = {"crowd.longs.liquidation": {"kind": "gaussian", "at": "15%", "width": "1%"}}
    scenario = plain(cluster)
    peak = 500e6 / (20e6 / 0.01) / (0.01 * math.sqrt(2.0 * math.pi))
    assert cliff_theory(scenario, threshold=0.3).ratio == pytest.approx(peak, rel=1e-4)
    assert cliff_theory(scenario, threshold=0.05).ratio < 1e-6
    beyond = scenario.with_overrides({"flow.orders.0.sell": "500M"})
    assert cliff_theory(beyond, threshold=0.3).ratio < 1e-6


def test_a_square_root_book_is_steepest_where_the_push_ends(plain):
    scenario = plain({"crowd.longs.liquidation": UNIFORM}).with_overrides(POWER)
    said = cliff_theory(scenario)
    rho = 500e6 / scenario.market.price / 0.5
    scale = 20e6 / scenario.market.price / said.push**2
    assert said.push == pytest.approx(0.01, rel=0.01)
    assert said.ratio == pytest.approx(rho / (2.0 * scale * said.push), rel=1e-9)


def test_the_size_of_the_move_is_a_fraction_of_the_price(plain):
    fall, rise = cliff_theory(plain()), cliff_theory(plain(SHORTS))
    assert fall.size == pytest.approx(1.0 - math.exp(-fall.move))
    assert rise.size == pytest.approx(math.exp(rise.move) - 1.0)


def test_one_large_position_does_not_pass_for_a_dense_crowd(plain):
    """Of one distribution of leverage, equal sizes and fat-tailed ones have the same ratio within sampling noise."""
    fat, equal = (
        np.mean(
            [
                cliff_theory(plain(LEVERAGE).with_overrides({"crowd.longs.size": size}), seed=seed).ratio
                for seed in (1, 2, 3)
            ]
        )
        for size in ({"kind": "pareto", "exponent": 1.1}, {"kind": "equal"})
    )
    assert fat == pytest.approx(equal, rel=0.03)


def test_positions_one_after_the_other_end_at_the_first_gap():
    book, distance, sold = Book(1.0), np.array([0.1, 0.15, 0.4]), np.array([0.1, 0.1, 5.0])
    assert discrete_move(book, distance, sold, 0.09) == pytest.approx(0.09)
    assert discrete_move(book, distance, sold, 0.1) == pytest.approx(0.3)
    assert discrete_move(book, distance, sold, 0.2) == pytest.approx(5.4)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"market.book": {"shape": "infinite"}}, "its book is infinite"),
        ({"flow.orders": []}, "no order that would start a fall"),
        ({"flow.orders": [{"at": "1s", "sell": "1M"}, {"at": "2s", "buy": "1M"}]}, "both buy and sell"),
        ({"crowd.longs": None}, "no crowd"),
        ({"exchange.liquidation.policy": "none"}, "nobody is liquidated"),
        ({"crowd.longs.side": "short"}, "no longs"),
        ({"crowd.longs.exits": {"half_life": "1min"}}, "leave or arrive"),
    ],
)
def test_where_theory_cannot_speak_it_says_why(plain, changes, reason):
    said = cliff_theory(plain(changes))
    assert reason in said.reason
    assert math.isnan(said.ratio)
    assert math.isnan(said.move)


def test_what_theory_leaves_out_is_named(plain):
    assert cliff_theory(plain({"exchange.adl": False})).beyond == ()
    late = plain({"exchange.adl": False, "exchange.liquidation.delay": "1s"})
    assert cliff_theory(late).beyond == ()
    refilled = late.with_overrides({"market.book.refill.half_life": "5s"})
    assert cliff_theory(refilled).beyond == ("refill", "delayed liquidation")
    withdrawn = plain({"exchange.adl": False, "market.book.withdrawal": {"volatility": "1%"}})
    assert cliff_theory(withdrawn).beyond == ("withdrawal",)
