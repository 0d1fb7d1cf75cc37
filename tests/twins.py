"""Two worlds that ought to agree to the last bit: of the kernels and its plain twin, or of the kernels twice."""

from __future__ import annotations

import pytest
from naive.engine import LONG, SHORT
from second_ledger import open_positions
from worlds import event_rows

from cascade_sim.engine.world import World
from cascade_sim.kernels.state import ROW, STATE

EVENT_FIELDS = (
    "tick",
    "round",
    "position",
    "side",
    "quantity",
    "trigger",
    "bankruptcy",
    "filled",
    "value",
    "fund_change",
)


def assert_rows_equal(world, twin) -> None:
    for number, (row, expected) in enumerate(zip(world.log.rows.tolist(), twin.rows, strict=True)):
        for name, value, wanted in zip(ROW, row, expected, strict=True):
            assert value == wanted, f"row {number}, {name}: {value!r} instead of {wanted!r}"


def assert_events_equal(world, twin) -> None:
    rows = event_rows(world)
    assert rows.size == len(twin.engine.events), f"{rows.size} events instead of {len(twin.engine.events)}"
    for number, (row, event) in enumerate(zip(rows, twin.engine.events, strict=True)):
        for name in EVENT_FIELDS:
            value, wanted = row[name].item(), getattr(event, name)
            assert value == wanted, f"event {number}, {name}: {value!r} instead of {wanted!r}"


def assert_levels_equal(world, twin) -> None:
    engine, market = twin.engine, twin.market
    expected = vars(engine.accounts) | {
        "engine_long": engine.inventory[LONG],
        "engine_short": engine.inventory[SHORT],
        "engine_long_cash": engine.inventory_cash[LONG],
        "engine_short_cash": engine.inventory_cash[SHORT],
        "open_long": engine.open_quantity[LONG],
        "open_short": engine.open_quantity[SHORT],
        "bad_debt": engine.bad_debt,
        "adl_notional": engine.adl_notional,
        "adl_forgone": engine.adl_forgone,
        "socialised": engine.socialised,
        "overdrawn": engine.overdrawn,
        "overdrawn_paid": engine.overdrawn_paid,
        "fund_low": engine.fund_low,
        "shortfall": engine.shortfall,
        "exhausted": engine.exhausted,
        "index_shift": market.index_shift,
        "centre": market.centre,
        "distance_bid": market.bids.distance,
        "distance_ask": market.asks.distance,
        "eaten_bid": market.bids.eaten,
        "eaten_ask": market.asks.eaten,
        "index": market.index,
        "bid": market.bids.price,
        "ask": market.asks.price,
        "band_low": market.band[0],
        "band_high": market.band[1],
        "thinning": market.thinning,
        "last": market.last,
        "mark": market.mark,
        "premium_ema": market.premium_ema,
        "level_mean": market.level_mean,
        "level_variance": market.level_variance,
        "forced_notional": 0.0,
        "trend_mean": twin.trend_mean,
        "ledger_error": twin.ledger_error,
        "imbalance": twin.imbalance,
    }
    expected |= {
        "vault_quantity": engine.vault.quantity,
        "throttle_used": engine.throttle.used,
        "funding_rate": twin.funding.rate,
        "halt_until": engine.halt.until,
        "returned": engine.returned,
        "topped_up": engine.topped_up_ever,
        "accounts": len(engine.desk.cash),
        "resting_bids": len(engine.desk.resting[LONG]),
        "resting_asks": len(engine.desk.resting[SHORT]),
        "touched": 0,
        "instructions": len(engine.desk.waiting),
        "buyers": twin.replay.ready[LONG],
        "sellers": twin.replay.ready[SHORT],
        "tracked_ticks": twin.replay.tracked_ticks,
        "missed_ticks": twin.replay.missed_ticks,
        "absorbed_ticks": twin.replay.absorbed_ticks,
        "absorbed": twin.replay.absorbed_quantity,
        "tracking_error": twin.replay.tracking_error,
    }
    state = world.state[0]
    for name, wanted in expected.items():
        assert state[name].item() == wanted, f"{name}: {state[name].item()!r} instead of {wanted!r}"
    for side, name in ((LONG, "long"), (SHORT, "short")):
        assert state[f"queue_{name}_tail"] - state[f"queue_{name}_head"] == len(engine.waiting[side]), name
    assert state["max_drawdown"] == pytest.approx(largest_fall(twin.marks), abs=1e-15)
    assert state["max_runup"] == pytest.approx(largest_rise(twin.marks), rel=1e-15, abs=1e-15)
    assert state["index_drawdown"] == pytest.approx(largest_fall(twin.indices), abs=1e-15)


def largest_fall(prices) -> float:
    return max(1.0 - low / max(prices[: place + 1]) for place, low in enumerate(prices))


def largest_rise(prices) -> float:
    return max(high / min(prices[: place + 1]) - 1.0 for place, high in enumerate(prices))


def standing_quantities(world) -> dict[int, tuple[float, float]]:
    """Quantity and bankruptcy of every open position, by position."""
    positions = world.positions
    last = positions.key.size if world.moves is None else int(world.state["next_slot"][0])
    rows = zip(positions.index[:last], positions.quantity[:last], positions.bankruptcy[:last], strict=True)
    return {int(index): (float(quantity), float(value)) for index, quantity, value in rows if quantity > 0.0}


def assert_crowd_equal(world, twin) -> None:
    still_open = {p.index: (p.quantity, p.bankruptcy) for p in twin.positions if p.quantity > 0.0}
    assert standing_quantities(world) == still_open
    if world.moves is None:
        return
    for position in twin.positions:
        terms = world.moves.terms[position.index]
        for name in ("wallet", "answers", "side"):
            wanted = getattr(position, name)
            assert terms[name] == wanted, f"position {position.index}, {name}: {terms[name]!r} instead of {wanted!r}"


def assert_same_log(world, twin) -> None:
    assert world.log.frames.tolist() == twin.frames
    for minute, notional in twin.minutes.items():
        assert world.log.minutes[minute] == notional, f"minute {minute}"


def assert_twins(world, twin) -> None:
    assert_rows_equal(world, twin)
    assert_events_equal(world, twin)
    assert_levels_equal(world, twin)
    assert_crowd_equal(world, twin)
    assert_same_log(world, twin)


# Where a world stands, but for how its crowd is laid out.
LAYOUT = (
    "head_long", "head_short", "sorted_end", "next_slot", "down_size", "up_size", "next_long", "next_short",
    "batch_at", "batch_down", "batch_size", "round",
)  # fmt: skip


def outcome(world: World) -> dict:
    state = {name: world.state[name].item() for name in STATE.names if name not in LAYOUT}
    terms = {} if world.moves is None else {name: world.moves.terms[name].tolist() for name in ("wallet", "answers")}
    log = {"rows": world.log.rows.tolist(), "events": event_rows(world).tolist(), "minutes": world.log.minutes.tolist()}
    return state | log | terms | {"crowd": open_positions(world)}
