"""A second count of what lending has: from loans, auctions, keepers and the rows of what was done."""

from __future__ import annotations

import numpy as np
from lending_worlds import LendingWorld, actions_of, auctions_of
from naive.lending_keepers import ACTIONS
from worlds import COLUMN

from cascade_sim.engine.world import World
from cascade_sim.kernels import lending_state as ls

LIQUIDATED, KICKED, BID, LOWERED, DEALT, TAKEN, RESTARTED, SOLD = (ACTIONS.index(name) for name in ACTIONS)
WITHIN = 1e-10  # of all that there is of it


class LendingLedger:
    """To be asked after every tick."""

    def __init__(self, lending_world: LendingWorld):
        lending = lending_world.lending
        self.fee = float(lending_world.arrays.rules["taker_fee"][0])
        self.debt = lending.debt.copy()
        self.cash = lending.keepers["cash"].copy()
        self.collateral = float(lending.collateral.sum())
        self.money = float(self.debt.sum() + self.cash.sum())
        self.done = 0
        self.standing = {}  # collateral and debt by pool and place, after the last action on them
        for number, pool in enumerate(lending.pools):
            for slot in range(pool["first"], pool["end"]):
                place = number, int(lending.index[slot])
                self.standing[place] = float(lending.collateral[slot]), float(lending.debt[slot])

    def near(self, value, wanted, scale: float, what: object) -> None:
        assert abs(value - wanted) <= WITHIN * scale, f"{what}: {value!r} instead of {wanted!r}"

    def check(self, world: World) -> None:
        actions = actions_of(world)
        self.check_conserved(world)
        for number in range(world.lending.pools.size):
            self.check_pool(world, number, actions[actions["pool"] == number])
        self.check_keepers(world, actions)
        self.check_loans(world, actions)
        self.check_market(world, actions)

    def check_conserved(self, world: World) -> None:
        """What keepers, pools, gas and backstops hold more than at the start is what collateral was sold for."""
        lending, state, chain = world.lending, world.state[0], world.lending.chain[0]
        pools, keepers = lending.pools, lending.keepers
        cash = (keepers["cash"] - self.cash).sum() + pools["cash"].sum() + chain["gas_spent"] + chain["backstop_cash"]
        self.near(cash, state["lending_cash"], self.money, "cash")
        lots = auctions_of(world)["lot"].sum()
        outside = keepers["quantity"].sum() + pools["fees"].sum() + pools["returned"].sum()
        held = lending.collateral.sum() + lots + outside
        self.near(held - self.collateral, state["lending_quantity"], self.collateral, "collateral")
        self.near(-chain["backstop_cash"], pools["covered"].sum(), self.money, "backstops")
        for amounts in (lending.collateral, lending.debt, keepers["quantity"], pools["bad_debt"], pools["surplus"]):
            assert (amounts >= 0.0).all()
        assert (pools["covered"] <= pools["bad_debt"]).all()
        assert (keepers["cash"] >= -WITHIN * self.money).all()

    def check_pool(self, world: World, number: int, actions: np.ndarray) -> None:
        lending, auctions = world.lending, auctions_of(world)
        pool = lending.pools[number]
        mine, what = auctions[auctions["pool"] == number], actions["what"]
        running = mine[mine["ended"] == ls.NOBODY]
        slots = slice(int(pool["first"]), int(pool["end"]))
        flip = pool["kind"] == ls.FLIP
        owed, held, start = lending.debt[slots].sum(), lending.collateral[slots].sum(), self.debt[slots].sum()
        paid_in_part = 0.0 if flip else running["bid"].sum()
        in_auctions = running["principal"].sum() - paid_in_part
        counted = owed + (pool["repaid"] - pool["surplus"]) + pool["bad_debt"] + in_auctions
        self.near(counted, start, start, "debt")
        ended = np.isin(what, (LIQUIDATED, DEALT, TAKEN))
        bids = running["bid"].sum() if flip else 0.0
        rewards = pool["tip"] * (what == KICKED).sum() + pool["chip"] * mine["start_tab"].sum()
        sums = {
            "debt": (pool["debt"], owed, start),
            "collateral": (pool["collateral"], held, self.collateral),
            "in_auction": (pool["in_auction"], running["lot"].sum(), self.collateral),
            "litter": (pool["litter"], running["tab"].sum(), 2.0 * start),
            "repaid": (pool["repaid"], actions["paid"][ended].sum(), start),
            "seized": (pool["seized"], actions["quantity"][ended].sum(), self.collateral),
            "bad_debt": (pool["bad_debt"], actions["bad_debt"].sum(), start),
            "liquidated": (pool["liquidated"], (actions["quantity"] * actions["mid"])[ended].sum(), self.money),
            "open": (pool["open"], running.size, 0.0),
            "toxic": (pool["toxic"], actions["toxic"].sum(), 0.0),
            "liquidations": (pool["liquidations"], (what == LIQUIDATED).sum() + mine.size - running.size, 0.0),
        }
        if pool["kind"] != ls.CLIP or not ((what == RESTARTED).any() and pool["tip"] + pool["chip"] > 0.0):
            received = pool["repaid"] + bids + pool["covered"]
            paid = rewards if pool["kind"] == ls.CLIP else 0.0
            sums["cash"] = pool["cash"], received - paid, start
        for name, (value, wanted, scale) in sums.items():
            self.near(value, wanted, scale, f"pool {number}, {name}")

    def check_keepers(self, world: World, actions: np.ndarray) -> None:
        """Cash, gas, collateral and sales of every keeper, from what it did."""
        lending, auctions = world.lending, auctions_of(world)
        rewarding = ((lending.pools["tip"] + lending.pools["chip"]) * (lending.pools["kind"] == ls.CLIP)).any()
        kinds = lending.pools["kind"][auctions["pool"]]
        for number, keeper in enumerate(lending.keepers):
            mine = actions[actions["keeper"] == number]
            what = mine["what"]
            self.near(keeper["gas_paid"], mine["gas"].sum(), self.money, f"keeper {number}, gas")
            self.near(keeper["sold"], mine["sold"].sum(), self.collateral, f"keeper {number}, sold")
            assert keeper["actions"] == (what != SOLD).sum()
            bids = (auctions["bidder"] == number) & (kinds == ls.FLIP) & (auctions["ended"] == ls.NOBODY)
            paid = mine["paid"][np.isin(what, (LIQUIDATED, DEALT, TAKEN))].sum() + auctions["bid"][bids].sum()
            if not rewarding:
                cash = self.cash[number] + mine["value"].sum() - mine["gas"].sum() - paid
                self.near(keeper["cash"], cash, self.money, f"keeper {number}, cash")
        won = actions["quantity"][np.isin(actions["what"], (LIQUIDATED, DEALT, TAKEN))].sum()
        inventory = won - lending.pools["fees"].sum() - actions["sold"].sum()
        self.near(lending.keepers["quantity"].sum(), inventory, self.collateral, "inventory")
        self.near(lending.chain["gas_spent"][0], actions["gas"].sum(), self.money, "gas")

    def check_loans(self, world: World, actions: np.ndarray) -> None:
        """Every loan stands as its last action says; no action raises its debt or its collateral."""
        lending = world.lending
        for row in actions[self.done :]:
            if row["what"] in (LIQUIDATED, KICKED):
                place = int(row["pool"]), int(row["loan"])
                left = float(row["collateral_left"]), float(row["debt_left"])
                assert left[0] <= self.standing[place][0]
                assert left[1] <= self.standing[place][1]
                self.standing[place] = left
        self.done = actions.size
        for number, pool in enumerate(lending.pools):
            for slot in range(pool["first"], pool["end"]):
                stands = float(lending.collateral[slot]), float(lending.debt[slot])
                assert stands == self.standing[number, int(lending.index[slot])]
                assert (stands[0] == 0.0) == (stands[1] == 0.0)

    def check_market(self, world: World, actions: np.ndarray) -> None:
        """What was sold on the exchange is what the exchange says was sold there."""
        state = world.state[0]
        self.near(-state["lending_quantity"], actions["sold"].sum(), self.collateral, "sold")
        self.near(state["lending_cash"], actions["value"].sum(), self.money, "brought in")
        recorded = world.log.rows[: int(state["row"]), COLUMN["keeper_sold"]].sum()
        self.near(recorded + state["row_keeper_sold"], actions["sold"].sum(), self.collateral, "recorded as sold")
        if world.moves is None:  # nobody else pays taker fees
            fees = actions["value"].sum() * self.fee / (1.0 - self.fee)
            self.near(state["fees_cash"], fees, self.money, "fees")
        margin = float(world.rules["open_interest_margin"][0])
        assert state["ledger_error"] * margin <= 1e-9 * (margin + self.money)
