"""A second count of a world's money and positions under any rules: from positions, wallets, event rows and rows."""

from __future__ import annotations

import numpy as np
from worlds import WorldArrays, column, event_rows

from cascade_sim.engine.world import World


def open_positions(world: World) -> dict[int, tuple[float, float]]:
    """Signed quantity and bankruptcy value of every open position, by position."""
    crowd, last = world.positions, world.positions.key.size
    sides = np.where(np.arange(last) < crowd.longs, 1.0, -1.0)
    if world.moves is not None:
        last = int(world.state["next_slot"][0])
        sides = np.sign(world.moves.terms["side"][crowd.index])
    found: dict[int, tuple[float, float]] = {}
    for slot in np.flatnonzero(crowd.quantity[:last] > 0.0):
        place = int(crowd.index[slot])
        assert place not in found, f"position {place} stands twice"
        found[place] = float(sides[slot] * crowd.quantity[slot]), float(crowd.bankruptcy[slot])
    return found


def arrived(world: World, standing: int) -> set[int]:
    if world.moves is None:
        return set()
    last = standing + world.moves.entrants.size
    return set(standing + np.flatnonzero(world.moves.slot[standing:last] >= 0))


class SecondLedger:
    """To be asked after every tick of a world that records every tick.

    Positions, wallets, the engine's inventory, open interest and the fund are counted anew; what the counterparties
    (makers, flow, vault, fee account, settled traders) hold is what the venue says.
    """

    def __init__(self, arrays: WorldArrays, cash=()):
        """Take the world's arrays, and the cash of its accounts before the first tick."""
        self.arrays, self.standing = arrays, arrays.side.size
        self.balances = sum(cash)
        side, quantity = arrays.side.astype(float), arrays.quantity
        self.cash_at_start = -float((side * quantity * arrays.bankruptcy).sum())
        self.net_at_start = float((side * quantity).sum())
        self.scale = float(arrays.rules["open_interest_margin"][0])
        self.held = float(quantity.sum())
        self.here: set[int] = set()
        self.before: dict[int, tuple[float, float]] = {}
        self.deposits = self.wallets = 0.0
        if arrays.turnover is not None and arrays.turnover.terms is not None and arrays.rules["moving"][0]:
            self.wallets = float(arrays.turnover.terms["wallet"][: self.standing].sum())

    def check(self, world: World) -> None:
        crowd = open_positions(world)
        self.welcome(world, crowd)
        self.check_money(world, crowd)
        self.check_quantities(world, crowd)
        self.check_wallets(world)
        first_account = self.standing + (0 if world.moves is None else world.moves.entrants.size)
        for place, (signed, _) in self.before.items():
            if place >= first_account:
                continue
            now = crowd.get(place, (0.0, 0.0))[0]
            assert 0.0 <= now * np.sign(signed) <= abs(signed), f"position {place} has grown or turned"
        self.before = crowd
        assert world.state["ledger_error"][0] <= 1e-9

    def welcome(self, world: World, crowd) -> None:
        """Count what arrivals bring: collateral, what backs it, the fee, and a wallet."""
        new = sorted(arrived(world, self.standing) - self.here)
        self.here |= set(new)
        if not new:
            return
        filled = [abs(crowd.get(place, (0.0, 0.0))[0]) for place in new]
        entries = float(column(world, "entries")[-1])
        if abs(sum(filled) - entries) > 1e-12 * entries:  # somebody came and left, whole or in part, in one tick
            if len(new) > 1:
                self.deposits = self.wallets = np.nan
                return
            filled = [entries]
        for place, quantity in zip(new, filled, strict=True):
            row = self.arrays.turnover.entrants[place - self.standing]
            value = abs(quantity * float(world.positions.entry[place]))
            collateral = value / float(row["leverage"])
            self.deposits += (
                collateral * (1.0 + float(row["backing"])) + float(self.arrays.rules["taker_fee"][0]) * value
            )
            self.wallets += collateral * float(row["wallet"])

    def check_money(self, world: World, crowd) -> None:
        state, events = world.state[0], event_rows(world)
        left = events["side"] * (events["quantity"] - events["filled"])
        cash = {
            "positions": -sum(signed * ruin for signed, ruin in crowd.values()) - self.cash_at_start,
            "engine": -float((left * events["bankruptcy"]).sum()),
            "fund": float(column(world, "insurance_fund")[-1] - self.arrays.rules["fund_start"][0]),
            "bad debt": -float(column(world, "bad_debt")[-1]),
            "top-ups": -float(column(world, "top_ups").sum()),
            "deposits": -self.deposits,
        } | {name: float(state[f"{name}_cash"]) for name in ("maker", "flow", "vault", "fees", "settled")}
        if world.desk is not None:
            assert (world.desk.accounts["cash"] >= 0.0).all()
            cash["accounts"] = float(world.desk.accounts["cash"].sum()) - self.balances
            assert abs(cash["accounts"] - state["desk_cash"]) <= 1e-9 * max(self.scale, self.balances)
        if not np.isnan(self.deposits):
            assert abs(sum(cash.values())) <= 1e-9 * self.scale, (world.tick, cash)
        assert column(world, "insurance_fund")[-1] >= 0.0
        assert (np.diff(column(world, "bad_debt"), prepend=0.0) >= 0.0).all()

    def check_quantities(self, world: World, crowd) -> None:
        state, events = world.state[0], event_rows(world)
        entries, exits, deleveraged = (float(column(world, name).sum()) for name in ("entries", "exits", "adl"))
        held = (self.held + entries) or 1.0
        standing = sum(abs(signed) for signed, _ in crowd.values())
        gone = float(events["quantity"].sum()) + exits + deleveraged
        if world.desk is None:  # accounts trade with everybody
            assert abs(self.held + entries - gone - standing) <= 1e-9 * held
        assert abs(column(world, "open_interest")[-1] - standing) <= 1e-9 * held
        left = events["side"] * (events["quantity"] - events["filled"])
        net = sum(signed for signed, _ in crowd.values()) + float(left.sum()) - self.net_at_start
        others = state["maker_quantity"] + state["flow_quantity"] + state["vault_quantity"]
        assert abs(net + others) <= 1e-9 * held
        assert (events["filled"] >= 0.0).all()
        assert (events["filled"] <= events["quantity"] * (1.0 + 1e-12)).all()

    def check_wallets(self, world: World) -> None:
        """What wallets have lost is what was topped up."""
        if world.moves is None or np.isnan(self.wallets):
            return
        members = [*range(self.standing), *self.here]
        left = world.moves.terms["wallet"][members]
        assert (left >= 0.0).all()
        topped_up = float(column(world, "top_ups").sum())
        assert abs(self.wallets - float(left.sum()) - topped_up) <= 1e-9 * max(self.scale, self.wallets)
