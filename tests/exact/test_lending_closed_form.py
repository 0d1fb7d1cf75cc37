"""Lending and exchange in one flat book: falls, blocks and bad debt against docs/lending.md, to 1e-9."""

from __future__ import annotations

import math

import numpy as np
import pytest
from textbook import cells
from textbook_lending import lending, loan_by_loan, pieces, run, steps_of

from cascade_sim.metrics.lending_theory import (
    Loans,
    block_steps,
    resting_drop,
    second_order_drop,
    small_drop,
    stripped_bad_debt,
    tipping_step,
)

EXACT = {"rel": 1e-9, "abs": 1e-15}


def fall_of(world) -> float:
    return float(world.state["distance_bid"][0])


def sold_by_keepers(world) -> float:
    return float(world.lending.keepers["sold"].sum())


def lattice(density: float, ratio: float, reach: float, count: int):
    """Equal amounts whose triggers lie at the share (1 - R) / 2 of their cells, `ratio` being all that sells."""
    edges = np.linspace(0.0, reach, count + 1)
    return cells(edges, density * edges, place=0.5 * (1.0 - ratio))


def settled(first: float, loans: Loans, book: float = 1.0, blocks: int = 60):
    """Return the steps that the recursion gives, and edges of cells in each of which all loans fare alike."""
    steps = block_steps(first, book, loans, blocks)
    falls = np.concatenate([[0.0], np.cumsum(steps)])
    depths = [depth for depth in loans.depths() if depth < first]
    between = [fall - depth for fall in falls for depth in depths if fall > depth]
    grid = np.linspace(0.0, falls[-1] + 0.05, 1500)
    return steps, np.unique(np.concatenate([grid, falls, between]))


@pytest.mark.parametrize("close_factor", [0.5, 1.0])
@pytest.mark.parametrize("ratio", [0.3, 0.6, 0.9])
def test_where_all_collateral_goes_the_fall_is_q_over_d_less_rho(ratio, close_factor):
    loans = Loans(ratio, threshold=0.8, bonus=0.25, close_factor=close_factor)
    sale = 0.1 * (1.0 - ratio)
    world = run(lending(*lattice(ratio, ratio, 0.2, 2000), loans), [(0, sale)], ticks=1000)
    assert fall_of(world) == pytest.approx(small_drop(sale, 1.0, 0.0, loans), **EXACT)
    assert sold_by_keepers(world) == pytest.approx(0.1 * ratio, **EXACT)


@pytest.mark.parametrize(("positions", "pool"), [(0.3, 0.3), (0.5, 0.4), (0.05, 0.9)])
def test_pool_and_exchange_together_fall_by_q_over_d_less_both_densities(positions, pool):
    loans = Loans(pool, threshold=0.8, bonus=0.25)
    together = positions + pool
    sale = 0.1 * (1.0 - together)
    reach = (together, 0.2, 2000)
    world = run(lending(*lattice(pool, *reach), loans), [(0, sale)], positions=lattice(positions, *reach), ticks=1000)
    assert fall_of(world) == pytest.approx(small_drop(sale, 1.0, positions, loans), **EXACT)
    assert fall_of(world) == pytest.approx(0.1, **EXACT)
    assert fall_of(world) > 1.05 * sale / ((1.0 - positions) * (1.0 - pool))


@pytest.mark.parametrize("bonus", [0.05, 0.1, 0.2])
@pytest.mark.parametrize("sale", [0.01, 0.05, 0.1])
def test_every_block_takes_what_the_sales_before_it_crossed(sale, bonus):
    loans = Loans(0.5, threshold=0.8, bonus=bonus)
    steps, edges = settled(sale, loans)
    assert max(steps[1:]) < math.log1p(bonus)  # what would move the price further waits for the next block
    world = run(lending(*pieces(loans, edges), loans), [(0, sale)])
    assert fall_of(world) == pytest.approx(math.fsum(steps), **EXACT)
    found = steps_of(world)[:8]
    np.testing.assert_allclose(found, steps[1 : 1 + found.size], rtol=1e-9)


def test_positions_follow_between_two_blocks_as_if_the_book_were_thinner():
    loans, positions = Loans(0.5, threshold=0.8, bonus=0.2), 0.25
    steps, edges = settled(0.05 / (1.0 - positions), loans, book=1.0 - positions, blocks=90)
    crowd = cells(edges, positions * edges, place=0.01)
    world = run(lending(*pieces(loans, edges), loans, first_block=1), [(0, 0.05)], positions=crowd)
    assert fall_of(world) == pytest.approx(math.fsum(steps), **EXACT)
    assert fall_of(world) > 1.01 * small_drop(0.05, 1.0, positions, loans)


def test_loans_found_deep_below_their_trigger_are_liquidated_until_they_are_healthy():
    loans = Loans(0.4, threshold=0.8, bonus=0.15, close_factor=0.3)
    steps, edges = settled(0.06, loans, blocks=1)
    assert next(loans.depths()) < 0.06
    world = run(lending(*pieces(loans, edges), loans), [(0, 0.06)], ticks=1)
    assert fall_of(world) == pytest.approx(math.fsum(steps), **EXACT)
    per_loan = np.bincount(world.lending.actions["loan"][: int(world.lending.chain["actions"][0])])
    assert per_loan.max() > 1


@pytest.mark.parametrize(
    "loans",
    [
        Loans(0.5, 0.8, 0.1),
        Loans(0.7, 0.8, 0.1, 0.5),
        Loans(0.9, 0.8, 0.1, 0.3),
        Loans(0.6, 0.8, 0.3, 0.5),
    ],
    ids=["closed at once", "half", "a third, again and again", "toxic"],
)
def test_the_tick_agrees_with_the_rules_one_loan_at_a_time(loans):
    random = np.random.default_rng(5)
    distance = np.sort(random.uniform(0.0, 0.35, 300))
    collateral = loans.density * 0.35 * random.dirichlet(np.full(300, 3.0))
    falls, lost = loan_by_loan(distance, collateral, loans, 0.06, 1.0, 150)
    world = run(lending(distance, collateral, loans), [(0, 0.06)], ticks=150)
    assert fall_of(world) == pytest.approx(falls[-1], **EXACT)
    assert float(world.lending.pools["bad_debt"][0]) == pytest.approx(lost, rel=1e-9, abs=1e-12)


def test_the_law_for_small_sales_misses_a_large_one_by_what_the_blocks_say():
    loans = Loans(0.5, threshold=0.8, bonus=0.2)
    assert loans.worth < 1.0  # no balance caps what is seized
    steps, edges = settled(0.15, loans)
    fall = fall_of(run(lending(*pieces(loans, edges), loans), [(0, 0.15)]))
    law = small_drop(0.15, 1.0, 0.0, loans)
    assert fall / law - 1.0 > 0.02
    assert fall / law == pytest.approx(math.fsum(steps) / law, rel=1e-9)


@pytest.mark.parametrize("close_factor", [0.5, 1.0])
def test_the_law_for_small_sales_is_right_to_first_order_and_its_correction_to_second(close_factor):
    loans = Loans(0.7, 0.8, 0.05, close_factor)
    misses = []
    for sale in (1e-2, 1e-3):
        fall = math.fsum(block_steps(sale, 1.0, loans, 200))
        laws = (law(sale, 1.0, 0.0, loans) for law in (small_drop, second_order_drop))
        misses.append([abs(fall / law - 1.0) for law in laws])
    (small, second), (small_tenth, second_tenth) = misses
    assert small_tenth / small == pytest.approx(0.1, rel=0.05)
    assert second_tenth / second == pytest.approx(0.01, rel=0.1)


def test_bad_debt_is_what_the_price_fell_past_the_collateral_between_blocks():
    loans = Loans(0.5, threshold=0.85, bonus=0.25)
    steps, edges = settled(0.1, loans)
    world = run(lending(*pieces(loans, edges), loans), [(0, 0.1)])
    expected = stripped_bad_debt(1.0, np.cumsum(steps).tolist(), loans)
    assert float(world.lending.pools["bad_debt"][0]) == pytest.approx(expected, **EXACT)


@pytest.mark.parametrize("parts", [40, 160, 640])
def test_small_steps_meet_the_law_with_second_liquidations_at_order_one_over_n(parts):
    loans = Loans(0.8, 0.8, 0.1, 0.5)
    orders = [(30 * part, 0.08 / parts) for part in range(parts)]
    world = run(lending(*pieces(loans, np.linspace(0.0, 0.3, 8001)), loans), orders, ticks=30 * parts + 60)
    assert fall_of(world) > 1.2 * loans.second_crossing()
    expected = loans.sold_within(fall_of(world))
    assert expected < sold_by_keepers(world) < expected * (1.0 + 0.3 / parts)
    assert loans.sold_density * fall_of(world) < 0.95 * expected


@pytest.mark.parametrize("sale", [0.02, 0.08, 0.1])
def test_the_resting_place_is_where_the_book_has_taken_the_sale_and_what_it_set_off(sale):
    loans = Loans(0.8, 0.8, 0.1, 0.5)
    rest = resting_drop(sale, 1.0, loans)
    assert rest == pytest.approx(sale + loans.sold_within(rest), rel=1e-14)
    short = np.linspace(0.0, rest, 1000, endpoint=False)
    assert all(fall < sale + loans.sold_within(fall) for fall in short)


def test_loans_liquidated_a_second_time_can_sell_faster_than_the_book_absorbs():
    loans = Loans(1.6, 0.8, 0.1, 0.5)
    stable = loans.second_crossing() * (1.0 - loans.sold_density)
    assert resting_drop(0.999 * stable, 1.0, loans) == pytest.approx(0.999 * loans.second_crossing(), rel=1e-12)
    assert resting_drop(1.001 * stable, 1.0, loans) == math.inf


def test_a_step_above_the_tipping_point_runs_away_though_the_ratio_is_below_one():
    loans = Loans(1.6, threshold=0.2, bonus=1.5)
    assert loans.sold_density < 1.0
    tip = tipping_step(loans.sold_density)
    assert loans.sold_density * math.expm1(tip) == pytest.approx(tip, rel=1e-12)
    assert tip < -math.log(loans.worth)
    falls = []
    for share in (0.7, 1.1):
        stock = pieces(loans, np.linspace(0.0, 6.0, 3001))
        falls.append(fall_of(run(lending(*stock, loans), [(0, share * tip)], ticks=400)))
    assert falls[0] == pytest.approx(math.fsum(block_steps(0.7 * tip, 1.0, loans, 200)), rel=1e-2)
    assert falls[0] < 3.0
    assert falls[1] > 6.0


def test_a_bonus_below_the_slippage_spreads_the_sales_over_blocks_and_does_not_end_them():
    ratio = 0.8
    loans = Loans(ratio, threshold=0.98, bonus=0.03)
    sale = 0.2 * (1.0 - ratio)
    reach = lattice(ratio, ratio, 0.3, 3000)
    world = run(lending(*reach, loans), [(0, sale)], ticks=1000)
    assert sale * ratio > math.log1p(loans.bonus)
    assert steps_of(world).max() == pytest.approx(math.log1p(loans.bonus), rel=1e-3)
    assert steps_of(world).max() <= math.log1p(loans.bonus) * (1.0 + 1e-12)
    assert fall_of(world) == pytest.approx(sale / (1.0 - ratio), **EXACT)


@pytest.mark.parametrize("change", [{"margin": 0.26}, {"kept": 1.0}, {"gas_limit": -1.0}], ids=str)
def test_keepers_who_ask_too_much_hold_or_do_not_come_add_nothing_to_the_fall(change):
    loans = Loans(0.6, threshold=0.8, bonus=0.25)
    world = run(lending(*lattice(0.6, 0.6, 0.3, 1000), loans, **change), [(0, 0.05)])
    assert fall_of(world) == pytest.approx(0.05, rel=1e-14)
    assert sold_by_keepers(world) == 0.0
