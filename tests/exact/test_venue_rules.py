"""What each venue rule promises, in any world: brakes brake, the vault keeps to its room, parts are parts."""

from __future__ import annotations

import numpy as np
from drawn_rules import venue_worlds
from hypothesis import given, settings
from hypothesis import strategies as st
from worlds import WorldArrays, column, event_rows, unit_of

from cascade_sim.engine.advance import advance
from cascade_sim.kernels import state as k

TRADED = (
    "flow", "forced_sell", "forced_buy", "liquidations_long", "liquidations_short", "rounds", "adl", "entries",
    "exits", "top_ups", "vault_taken",
)  # fmt: skip


def each_tick(arrays: WorldArrays):
    """Yield the world before each tick and after it, with a row for every tick."""
    arrays.rules["row_ticks"] = 1
    world = arrays.build()
    for _ in range(world.ticks):
        before = world.state[0].copy()
        advance(world, 1)
        yield before, world


@settings(deadline=None, max_examples=100)
@given(venue_worlds())
def test_nothing_trades_in_a_halt_or_an_outage(arrays):
    for before, world in each_tick(arrays):
        now = before["tick"]
        outage = ((arrays.tape.outage_from <= now) & (now < arrays.tape.outage_to)).any()
        if now < before["halt_until"] or outage:
            assert column(world, "halted")[-1] == 1.0
            assert [column(world, name)[-1] for name in TRADED] == [0.0] * len(TRADED)
            assert column(world, "open_interest")[-1] == before["open_long"] + before["open_short"]
            assert world.state["maker_quantity"][0] == before["maker_quantity"]


@settings(deadline=None, max_examples=100)
@given(venue_worlds(), st.sampled_from([0.01, 0.03]), st.sampled_from([1, 4]))
def test_a_halt_lasts_as_long_as_it_says_and_follows_a_move_of_that_size(arrays, move, lasts):
    arrays = arrays.with_rules(halt_move=move, halt_over_ticks=3, halt_for_ticks=lasts)
    marks: dict[int, float] = {}
    ends = 0
    for before, world in each_tick(arrays):
        now, until = int(before["tick"]), int(world.state["halt_until"][0])
        if until != before["halt_until"]:
            window = [mark for tick, mark in marks.items() if now - tick < 3 and tick >= ends]
            mark = float(world.state["mark"][0])
            assert mark <= (1.0 - move) * max(window) or mark >= (1.0 + move) * min(window)
            assert until == now + 1 + lasts
            ends = until
        elif column(world, "halted")[-1] == 0.0:
            marks[now] = column(world, "mark")[-1]


@settings(deadline=None, max_examples=150)
@given(venue_worlds(), st.sampled_from([0.02, 0.1]), st.sampled_from([0, 1]))
def test_nobody_sells_below_the_price_band_or_buys_above_it(arrays, within, of_mark):
    arrays = arrays.with_rules(band=within, band_of_mark=of_mark, absorb_share=0.0, adl=0)
    contract, kept = int(arrays.rules["contract"][0]), float(arrays.rules["refill_kept"][0])
    spent = np.zeros((0, 2))
    for before, world in each_tick(arrays):
        state, events = world.state[0], event_rows(world)
        middle = before["mark"] if of_mark else state["index"]
        low, high = middle * (1.0 - within) * (1.0 - 1e-9), middle * (1.0 + within) * (1.0 + 1e-9)
        assert state["distance_bid"] <= before["distance_bid"] * kept or state["bid"] >= low
        assert state["distance_ask"] <= before["distance_ask"] * kept or state["ask"] <= high
        now = np.column_stack([events["filled"], events["value"]])
        filled, value = (now - np.vstack([spent, np.zeros((len(now) - len(spent), 2))])).T
        some = filled > 1e-9 * events["quantity"]
        price = value[some] / filled[some] if contract == k.LINEAR else -filled[some] / value[some]
        assert np.where(events["side"][some] > 0, price >= low, price <= high).all()
        spent = now


@settings(deadline=None, max_examples=150)
@given(venue_worlds(), st.sampled_from([0.02, 0.2]), st.sampled_from([1, 3, 10]))
def test_a_window_never_holds_more_liquidations_than_the_throttle_allows(arrays, share, ticks):
    """Contracts of an inverse contract are notional themselves; else at the mark, here the index, of their tick."""
    inverse = arrays.rules["contract"][0] == k.INVERSE
    held = float(arrays.quantity.sum()) or 1.0
    allowed = share * held * (1.0 if inverse else arrays.price)
    world = arrays.with_rules(
        moving=1, row_ticks=1, throttle=allowed, throttle_ticks=ticks, **({} if inverse else {"mark": k.MARK_INDEX})
    ).run()
    events = event_rows(world)
    notional = events["quantity"] * (1.0 if inverse else column(world, "mark")[events["tick"]])
    by_tick = np.bincount(events["tick"], notional, minlength=world.ticks)
    for last in range(world.ticks):
        assert by_tick[max(0, last - ticks + 1) : last + 1].sum() <= allowed * (1.0 + 1e-9)


@settings(deadline=None, max_examples=100)
@given(venue_worlds(), st.sampled_from([1e3, 0.01, 1e-4]), st.sampled_from([1.0, 5.0]), st.sampled_from([0.3, 1.0]))
def test_the_vault_takes_its_share_and_never_more_than_its_room(arrays, capital, leverage, share):
    """Without impact the mark stands still within a tick, so the vault's equity is worth the same before each order."""
    scale = float(arrays.rules["open_interest_margin"][0])
    arrays = arrays.with_rules(
        policy=k.POLICY_MARKET, shape=k.SHAPE_INFINITE, half_spread=0.0, mark=k.MARK_INDEX, absorb_share=share,
        absorb_capital=capital * scale, absorb_leverage=leverage, absorb_below=1.0, absorb_unwind=0.0, funding=0,
        delay_ticks=0,
    )  # fmt: skip
    contract = int(arrays.rules["contract"][0])
    done = 0
    for before, world in each_tick(arrays):
        events = event_rows(world)[done:]
        done += events.size
        taken = column(world, "vault_taken")[-1]
        wanted = float(events["quantity"].sum())
        assert taken <= share * wanted * (1.0 + 1e-9)
        if events.size != 1 or taken == 0.0:
            continue
        unit = unit_of(contract, float(world.state["mark"][0]))
        equity = capital * scale + before["vault_cash"] + before["vault_quantity"] * unit
        after = world.state["vault_quantity"][0] * events["side"][0]
        assert after * abs(unit) <= leverage * equity * (1.0 + 1e-9)
