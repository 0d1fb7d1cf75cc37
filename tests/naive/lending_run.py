"""The chain: its blocks, their gas, who acts in them, and its rows.

Written from the model, section 8, and the block's specification: nothing here is taken from the kernels.
"""

from __future__ import annotations

import math

from naive.lending_auctions import Clip, Flip
from naive.lending_keepers import Action, Keeper, available
from naive.lending_pool import FixedSpread, Loan, Pool
from naive.plain import plain_record

KINDS = (FixedSpread, Flip, Clip)


class LendingRun:
    """Takes the arrays of `cascade_sim.kernels.lending_state.Lending` before the first tick."""

    def __init__(self, world, lending):
        vars(self).update(vars(plain_record(lending.chain[0])))
        self.rules, self.market, self.engine = world.rules, world.market, world.engine
        windows = (lending.window_from, lending.window_to, lending.window_share)
        self.windows = list(zip(*(column.tolist() for column in windows), strict=True))
        self.keepers = [Keeper(self, number, record) for number, record in enumerate(lending.keepers)]
        self.pools = [self.pool_of(number, record, lending) for number, record in enumerate(lending.pools)]
        self.actions: list[Action] = []
        self.auctions: list = []
        self.rows: list[list[float]] = []
        self.now = 0
        self.halted = False
        self.sold_in_row = 0.0

    def pool_of(self, number: int, record, lending) -> Pool:
        first, end = int(record["first"]), int(record["end"])
        loans = [
            Loan(
                slot, int(lending.index[slot]), float(lending.collateral[slot]), float(lending.debt[slot]),
                float(lending.threshold[slot]), -float(lending.key[slot]), int(lending.since[slot]),
            )
            for slot in range(first, end)
        ]  # fmt: skip
        return KINDS[int(record["kind"])](self, number, record, loans)

    def seconds(self, ticks: int) -> float:
        return ticks * self.rules.tick_s

    def available(self, limit: float) -> float:
        return available(self, limit)

    def act(self, what: str, keeper: Keeper, pool=None, auction=None, **more) -> Action:
        """Write down what is done, before it changes anything."""
        action = Action(what, self.now, self.block, keeper.number, self.market.mid())
        if pool is not None:
            action.pool, action.oracle, action.gas = pool.number, pool.oracle, pool.cost
        if auction is not None:
            action.auction, action.loan = auction.number, auction.loan.index
        for name, value in more.items():
            setattr(action, name, value)
        self.actions.append(action)
        return action

    def do_tick(self, now: int, halted: bool) -> None:
        self.now, self.halted = now, halted
        if now < self.next_block:
            return
        self.start_block()
        self.do_block()
        for pool in self.pools:
            pool.end_block()
        self.block += 1
        self.next_block = now + self.interval_ticks
        self.engine.desk.settle_fills(self.engine)

    def congest(self) -> float:
        """What is left of the capacity while prices move, or while somebody says that it is short."""
        share, level = 1.0, math.log(self.market.index) + self.market.imbalance()
        if self.congests:
            weight, gap = self.weight, level - self.level_mean
            self.level_mean += weight * gap
            self.level_variance = (1.0 - weight) * (self.level_variance + weight * gap * gap)
            ratio = self.level_variance / (self.volatility * self.volatility)
            if self.power != 2.0:
                ratio = math.pow(ratio, 0.5 * self.power)
            share = max(self.floor, 1.0 / (1.0 + ratio))
        for first, end, window_share in self.windows:
            if first <= self.now < end:
                share = min(share, window_share)
        return share

    def start_block(self) -> None:
        self.share = self.congest()
        self.gas_now = self.gas_price / self.share
        self.gas_high = max(self.gas_high, self.gas_now)
        self.token = self.token_price if self.token_price > 0.0 else self.market.mid()
        self.left = min(self.left, self.most_gas) + self.capacity * self.share
        self.eligible_keepers = [keeper for keeper in self.keepers if keeper.gas_limit >= self.gas_now]
        self.eligible = len(self.eligible_keepers)
        for keeper in self.keepers:
            if keeper.quantity > 0.0 and keeper.kept < 1.0 and not self.halted:
                want = keeper.quantity * (1.0 - keeper.kept)
                action = self.act("sold", keeper, quantity=want)
                action.sold, action.value = keeper.sell(want)
        for pool in self.pools:
            pool.update_oracle()
        for pool in self.pools:
            pool.start_block()
        self.pool = self.idle = 0

    def do_block(self) -> None:
        """Pools take turns, a transaction each, until none of them has anything left to do."""
        if self.eligible == 0:
            return
        while self.idle < len(self.pools):
            pool = self.pools[self.pool]
            if self.left >= pool.gas and pool.step():
                if self.left < math.inf:
                    self.left -= pool.gas
                self.idle = 0
            else:
                self.idle += 1
            self.pool = (self.pool + 1) % len(self.pools)

    def write_row(self, mark: float) -> None:
        profit = inventory = 0.0
        for keeper in self.keepers:
            profit += keeper.cash - keeper.capital + keeper.quantity * mark
            inventory += keeper.quantity
        row = [self.gas_now, self.share, profit, inventory]
        for pool in self.pools:
            row += [pool.oracle, pool.liquidated, pool.bad_debt, pool.collateral, pool.debt, float(len(pool.auctions))]
        self.rows.append(row)
        self.sold_in_row = 0.0
