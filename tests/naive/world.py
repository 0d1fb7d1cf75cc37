"""A whole world in plain Python: the order of a tick, exogenous orders, the ledger and the rows. Model, section 6."""

from __future__ import annotations

import math

import numpy as np
from naive.backstop import backstop, place_shortfall
from naive.desk import Desk
from naive.engine import LONG, SHORT, Engine, Position
from naive.funding import Funding
from naive.heat import liquidation_map
from naive.lending_run import LendingRun
from naive.market import Market
from naive.plain import plain_rules, plain_tape, quantity_of, unit_of
from naive.replay import Replay
from naive.turnover import Comings, dress


class NaiveWorld:
    """Takes what `world_of_arrays` takes, of accounts their cash and their instructions by tick, and lending."""

    def __init__(
        self, rules, tape, price, index_start, side, trigger, quantity, bankruptcy, entry, turnover=None,
        accounts=(), instructions=None, lending=None,
    ):  # fmt: skip
        self.rules = plain_rules(rules[0])
        self.rules.moves = bool(self.rules.moving or len(accounts))  # whether triggers change one at a time
        self.tape = plain_tape(tape)
        self.market = Market(self.rules, self.tape, price, index_start)
        columns = (side, quantity, trigger, bankruptcy, entry)
        self.positions = [
            Position(index, float(values[0]), *values[1:], liquidation=values[2])
            for index, values in enumerate(zip(*(column.tolist() for column in columns), strict=True))
        ]
        if self.rules.moving:
            for position in self.positions:
                terms = None if turnover is None or turnover.terms is None else turnover.terms[position.index]
                dress(self.rules, self.tape, position, terms)
        desk = Desk(accounts, instructions)
        first = side.size + (0 if turnover is None else turnover.entrants.size)
        desk.positions = [Position(first + a, LONG, 0.0, None, 0.0, 0.0) for a in range(len(accounts))]
        self.engine = Engine(self.rules, self.tape, self.market, self.positions + desk.positions, desk)
        for which in (LONG, SHORT):
            in_order = sorted((p for p in self.positions if p.side == which), key=Position.in_order)
            # The world's builder sums with numpy, whose order of additions is its own.
            self.engine.open_quantity[which] = float(np.array([p.quantity for p in in_order]).sum())
        self.positions = self.engine.positions
        self.comings = Comings(turnover if self.rules.moving else None)
        self.funding = Funding(self.rules)
        self.replay = Replay(self)
        self.lending = None if lending is None else LendingRun(self, lending)
        self.tick = 0
        self.trend_mean = math.log(price)
        self.orders_sent = 0
        self.flow_in_row = 0.0
        self.halted_in_row = 0.0
        self.rows: list[list[float]] = []
        self.frames: list[list[int]] = []
        self.minutes: dict[int, float] = {}
        self.marks = [price]
        self.indices = [index_start]
        self.ledger_error = 0.0
        self.imbalance = 0.0

    def run(self) -> NaiveWorld:
        for _ in self.tape.path:
            self.do_tick()
        return self

    def do_tick(self) -> None:
        engine, market, now = self.engine, self.market, self.tick
        engine.tick = now
        engine.desk.receive(now)
        market.refill()
        market.requote(self.tape.path[now], self.tape.log_path[now])
        market.set_band()
        engine.throttle.next_tick()
        halted = engine.halt.stands(now) or self.in_outage(now)
        if not halted:
            engine.desk.cross(engine)
            self.send_orders()
            engine.vault.unwind(engine)
            engine.desk.settle_fills(engine)
            engine.desk.carry_out(engine)
            self.comings.do_tick(engine)
            engine.desk.settle_fills(engine)
        if self.lending is not None:
            self.lending.do_tick(now, halted)
        self.replay.push(halted)
        market.mark = market.mark_price()
        if not halted:
            halted = engine.halt.trips(now, market.mark)
        if not halted and (self.rules.policy != "none" or self.rules.moving):
            halted = engine.rounds()
        if not halted:
            backstop(engine)
            engine.desk.settle_fills(engine)
            engine.forget_dust()
        self.replay.bring_back(halted)
        self.funding.end_of_tick(engine, halted)
        place_shortfall(engine)
        self.close_tick(halted)

    def in_outage(self, now: int) -> bool:
        return any(first <= now < end for first, end in zip(self.tape.outage_from, self.tape.outage_to, strict=True))

    def send_orders(self) -> None:
        notional = self.background()
        if notional != 0.0:
            self.send(notional)
        orders = self.tape.order_tick
        while self.orders_sent < len(orders) and orders[self.orders_sent] <= self.tick:
            self.send(self.tape.order_notional[self.orders_sent])
            self.orders_sent += 1

    def background(self) -> float:
        """Noise, momentum and value traders, netted."""
        rules, market = self.rules, self.market
        level = self.tape.log_path[self.tick] + market.index_shift + market.imbalance()
        notional = self.tape.noise[self.tick] if self.tape.noise else 0.0
        if rules.momentum_notional > 0.0:
            trend = (level - self.trend_mean) / rules.momentum_at
            notional += rules.momentum_notional * min(max(trend, -1.0), 1.0)
            self.trend_mean += rules.momentum_weight * (level - self.trend_mean)
        if rules.value_notional > 0.0:
            gap = rules.value_log_price - level if rules.value_fixed else -market.imbalance()
            notional += rules.value_notional * min(max(gap / rules.value_at, -1.0), 1.0)
        return notional

    def send(self, notional: float) -> None:
        market, accounts = self.market, self.engine.accounts
        market.mark = market.mark_price()
        want = quantity_of(self.rules, abs(notional), market.mark)
        direction, worst = (1.0, math.inf) if notional > 0.0 else (-1.0, 0.0)
        filled, value = self.engine.order(direction, want, worst)
        accounts.flow_cash -= direction * value
        accounts.flow_quantity += direction * filled
        self.flow_in_row += direction * filled

    def close_tick(self, halted: bool) -> None:
        rules, engine = self.rules, self.engine
        if rules.mark == "index_ema":
            self.market.premium_ema = self.market.averaged_premium()
        self.halted_in_row += halted
        if not halted:
            engine.halt.watch(self.tick, self.market.mark)
        minute = int((rules.start_in_minute_s + (self.tick + 0.5) * rules.tick_s) / 60.0)
        self.minutes[minute] = self.minutes.get(minute, 0.0) + engine.forced_notional
        engine.forced_notional = 0.0
        engine.stood = []
        self.marks.append(self.market.mark)
        self.indices.append(self.market.index)
        error = self.check_ledger()
        self.tick += 1
        if self.tick % rules.row_ticks == 0 or self.tick == len(self.tape.path):
            self.write_row(error)
        if rules.heat_bins > 0 and (self.tick % rules.frame_ticks == 0 or self.tick == len(self.tape.path)):
            self.frames.append(liquidation_map(rules, self.positions))

    def check_ledger(self) -> float:
        accounts, engine = self.engine.accounts, self.engine
        cash = (
            accounts.crowd_cash + accounts.maker_cash + accounts.flow_cash
            + engine.inventory_cash[LONG] + engine.inventory_cash[SHORT]
            + accounts.fund_cash + accounts.settled_cash + accounts.written_off
            + accounts.vault_cash + accounts.fees_cash + accounts.desk_cash + accounts.lending_cash
            - engine.shortfall
        )  # fmt: skip
        quantity = (
            accounts.crowd_quantity + accounts.maker_quantity + accounts.flow_quantity
            + engine.inventory[LONG] - engine.inventory[SHORT] + engine.vault.quantity
            + accounts.lending_quantity
        )  # fmt: skip
        error = abs(cash) / self.rules.open_interest_margin
        self.ledger_error = max(self.ledger_error, error)
        self.imbalance = max(self.imbalance, abs(quantity))
        return error

    def write_row(self, error: float) -> None:
        market, engine, vault = self.market, self.engine, self.engine.vault
        self.rows.append(
            [
                market.mark,
                market.index,
                market.mid(),
                market.bids.price,
                market.asks.price,
                1.0 / market.thinning,
                self.flow_in_row,
                engine.forced[LONG],
                engine.forced[SHORT],
                engine.fired[LONG],
                engine.fired[SHORT],
                engine.rounds_in_row,
                engine.open_quantity[LONG] + engine.open_quantity[SHORT],
                self.rules.fund_start + engine.accounts.fund_cash,
                engine.deleveraged,
                engine.bad_debt,
                engine.inventory[LONG] - engine.inventory[SHORT],
                self.halted_in_row,
                error,
                self.funding.rate,
                engine.entered,
                engine.exited,
                engine.topped_up,
                vault.taken,
                vault.quantity,
                engine.accounts.vault_cash + vault.quantity * unit_of(self.rules, market.mark),
                engine.accounts.fees_cash,
                market.bids.distance,
                market.asks.distance,
                self.replay.absorbed_in_row,
                0.0 if self.lending is None else self.lending.sold_in_row,
            ]
        )
        if self.lending is not None:
            self.lending.write_row(market.mark)
        self.replay.absorbed_in_row = 0.0
        self.flow_in_row = self.halted_in_row = engine.deleveraged = engine.rounds_in_row = 0.0
        engine.entered = engine.exited = engine.topped_up = vault.taken = 0.0
        engine.forced = {LONG: 0.0, SHORT: 0.0}
        engine.fired = {LONG: 0.0, SHORT: 0.0}
