"""A recorded path in the tick: the push that lands on it, what brings the price back, and pushes that are run again.

Written from the model, section 9: nothing here is taken from the kernel.
"""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import NamedTuple

from naive.plain import price_of
from naive.reduction import quantity_to_close
from naive.triggers import LONG, SHORT, crossed_down, crossed_up

JUST_BEYOND = 1e-12  # log-distance beyond a trigger, so that rounding does not decide whether it fires
NOTHING = 1e-14  # displacements below this are not pushed
ON_TARGET = 1e-12
WITHIN = 1e-9


class UnreachedError(Exception):
    """The book cannot bring the mid to a recorded price."""


def log_ratio(price: float, index: float) -> float:
    """Return ln(price / index); prices of triggers that never fire are zero or infinite."""
    if price <= 0.0:
        return -math.inf
    return math.inf if price == math.inf else math.log(price / index)


class Replay:
    """Tracked (``rules.replay`` 1) or pushed (2); without either nothing here does anything."""

    def __init__(self, world):
        self.world, self.rules, self.tape = world, world.rules, world.tape
        self.engine, self.market = world.engine, world.market
        self.ready = {LONG: 0.0, SHORT: 0.0}  # who absorbed in the replay and may still do so: buyers, sellers
        self.forced_before = {LONG: 0.0, SHORT: 0.0}  # in the row, before this tick's push
        self.absorbed_in_row = 0.0  # since the last row
        self.tracked_ticks = self.missed_ticks = self.absorbed_ticks = 0
        self.tracking_error = self.absorbed_quantity = 0.0
        self.mode, self.by_news = self.rules.replay, bool(self.rules.push_news)
        self.engine.backlog_goes_first = self.mode != 0

    @property
    def target(self) -> float | None:
        """Log of the recorded mid at the end of this tick, if there is one."""
        target = self.tape.target[self.engine.tick]
        return None if math.isnan(target) else target

    def gap(self) -> float:
        """How far the mid has to move to the recorded one."""
        return self.target - self.tape.log_path[self.engine.tick] - self.market.index_shift - self.market.imbalance()

    # before the mark is taken

    def push(self, halted: bool) -> None:
        """What waits in the engine goes first; then the push."""
        if self.mode == 0:
            return
        engine = self.engine
        self.forced_before = dict(engine.forced)
        if not halted and (engine.waiting[LONG] or engine.waiting[SHORT]):
            self.market.mark = self.market.mark_price()
            engine.work_backlog()
            engine.desk.settle_fills(engine)
            engine.forget_dust()
        if self.mode == 1:
            self.tape.push_before[engine.tick] = self.solved(halted)
        before = self.tape.push_before[engine.tick]
        self.held_up = halted and not self.by_news and before != 0.0
        if before != 0.0 and self.by_news:
            self.move_index(before)
        elif before != 0.0 and not halted:
            self.world.flow_in_row += self.send(before)

    def solved(self, halted: bool) -> float:
        if self.target is None or (halted and not self.by_news):
            return 0.0
        solution = Solution(self)
        if not self.by_news:
            return solution.order()
        return solution.gap if halted else solution.news()

    def move_index(self, log_return: float) -> None:
        market = self.market
        market.index_shift += log_return
        market.index = self.tape.path[self.engine.tick] * math.exp(market.index_shift)
        for side in (market.bids, market.asks):
            side.price = market.index * math.exp(side.touch + side.direction * side.distance)

    def send(self, signed: float) -> float:
        """Send a market order of flow; returns what was filled of it, signed."""
        engine, accounts = self.engine, self.engine.accounts
        direction, worst = (1.0, math.inf) if signed > 0.0 else (-1.0, 0.0)
        filled, value = engine.order(direction, abs(signed), worst)
        engine.desk.settle_fills(engine)
        accounts.flow_cash -= direction * value
        accounts.flow_quantity += direction * filled
        return direction * filled

    # after the rounds and the backstop

    def bring_back(self, halted: bool) -> None:
        """What is still missing comes after the forced trades; against them, it is absorbed."""
        if self.mode == 1:
            tick, tape = self.engine.tick, self.tape
            tape.push_after[tick] = tape.push_absorbs[tick] = 0.0
        if self.mode == 0 or self.target is None:
            return
        if self.mode == 1:
            self.land(halted)
        else:
            self.send_again(halted)

    def land(self, halted: bool) -> None:
        gap = self.gap()
        if halted and abs(gap) > ON_TARGET:
            self.missed_ticks += 1
            return
        self.tracked_ticks += 1
        if halted:
            return
        if abs(gap) > ON_TARGET:
            after, absorbs = self.back(gap)
            self.tape.push_after[self.engine.tick], self.tape.push_absorbs[self.engine.tick] = after, float(absorbs)
            self.send_last(after, absorbs)
            gap = self.gap()
        if not abs(gap) <= WITHIN:
            raise UnreachedError(f"tick {self.engine.tick}: {gap} from the recorded price")
        self.tracking_error = max(self.tracking_error, abs(gap))

    def send_again(self, halted: bool) -> None:
        """Flow as it was; who absorbed stands ready, and takes the price no further than the recorded one."""
        after, absorbs = self.tape.push_after[self.engine.tick], self.tape.push_absorbs[self.engine.tick] == 1.0
        if absorbs:
            self.ready[LONG] += max(after, 0.0)
            self.ready[SHORT] += max(-after, 0.0)
        self.missed_ticks += self.held_up or (halted and after != 0.0)
        if halted:
            return
        if after != 0.0 and not absorbs:
            self.send_last(after, False)
            return
        gap = self.gap()
        side = LONG if gap > 0.0 else SHORT
        if self.ready[side] > 0.0 and abs(gap) > ON_TARGET:
            needed, against = self.back(gap)
            if against:
                sent = min(self.ready[side], abs(needed))
                self.ready[side] -= sent
                self.send_last(side * sent, True)

    def send_last(self, after: float, absorbs: bool) -> None:
        if after == 0.0:
            return
        filled = self.send(after)
        if absorbs:
            self.absorbed_in_row += filled
            self.absorbed_quantity += abs(filled)
            self.absorbed_ticks += 1
        else:
            self.world.flow_in_row += filled
        self.market.mark = self.market.mark_price()

    def back(self, gap: float) -> tuple[float, bool]:
        """The order, signed, that moves the mid by a log-return, and whether it is against forced trades."""
        direction = 1.0 if gap > 0.0 else -1.0
        makers = self.makers(direction)
        end = makers.distance + 2.0 * abs(gap)
        density = (makers.depth_to(end) - makers.eaten) / self.market.thinning
        offered = self.offered(direction, end)
        order = direction * (max(density, 0.0) + self.resting(direction, end)) + direction * offered
        with_it, other_way = (self.engine.forced[side] > self.forced_before[side] for side in (direction, -direction))
        return order, (with_it and not other_way) or offered > 0.0

    # how much it takes

    def makers(self, direction: float):
        return self.market.asks if direction > 0.0 else self.market.bids

    def quote_at(self, direction: float, distance: float) -> float:
        try:
            return self.market.index * math.exp(self.makers(direction).touch + direction * distance)
        except OverflowError:  # a mark that hardly follows can ask for a distance beyond all numbers
            return math.inf

    def offered(self, direction: float, distance: float) -> float:
        """What the engine offers at better prices than the makers do at a log-distance."""
        end, total = self.quote_at(direction, distance), 0.0
        for unit, _, event in self.engine.offers[direction].in_preorder():
            if direction * (end - price_of(self.rules, direction * unit)) > 0.0:
                total += event.open
        return total

    def resting(self, direction: float, distance: float) -> float:
        """What accounts' resting orders show at better prices than the makers do at a log-distance."""
        end, total = self.quote_at(direction, distance), 0.0
        for order in self.engine.desk.resting[-direction]:
            if direction * (end - order.price) > 0.0:
                total += order.quantity
        return total

    def quantity_to(self, direction: float, distance: float) -> float:
        """What an order has to be to move one side of the book to a log-distance, but for what the engine offers."""
        makers = self.makers(direction)
        return (makers.depth_to(distance) - makers.eaten) / self.market.thinning + self.resting(direction, distance)


class Link(NamedTuple):
    """Something that the target crosses, or after the last of them the target."""

    price: float  # NaN for the target
    distance: float  # of the near book, at which the mark meets it
    sold: float  # what is expected to have been traded there by force before


class Solution:
    """One tick's push. For shorts everything is mirrored: ``side`` turns every log-displacement round."""

    def __init__(self, replay: Replay):
        self.replay, self.rules, self.market, self.engine = replay, replay.rules, replay.market, replay.engine
        level = replay.tape.log_path[self.engine.tick] + self.market.index_shift
        self.target = replay.target
        self.wanted = self.target - level  # displacement of the mid from the index
        self.gap = self.wanted - self.market.imbalance()

    def books(self, side: float):
        """The book that a side's forced trades eat, and the other."""
        return self.replay.makers(-side), self.replay.makers(side)

    def level(self, side: float, price: float) -> float:
        return side * log_ratio(price, self.market.index)

    def met(self, side: float, mark: float) -> list[tuple]:
        """(price, position) of all that a mark on its way to there meets, in firing order; no take-profits."""
        if self.rules.policy == "none" and not self.rules.moves:
            return []
        meets = crossed_down if side == LONG else crossed_up
        found = [(meets(p, mark), p) for p in self.engine.positions if p.quantity > 0.0 and p.side == side]
        crossed = [(price, p) for price, p in found if price is not None]
        return sorted(crossed, key=lambda entry: (-side * entry[0], entry[1].index))

    def expected(self, position, quote: float) -> float:
        """What a firing is expected to trade at once, where the makers' quote at the target is that."""
        rules, side = self.rules, position.side
        if position.kind == "call":
            return 0.0
        if position.kind == "stop":
            return position.quantity
        if rules.policy not in ("market", "limit") or (rules.policy == "market" and rules.delay_ticks > 0):
            return 0.0
        quantity = position.quantity
        if rules.partial != "none":
            quantity = quantity_to_close(rules, self.replay.tape, position.trigger, position, self.engine.tick)
        if rules.policy == "limit" or rules.adl:
            event = SimpleNamespace(side=side, bankruptcy=position.bankruptcy)
            if not side * (quote - self.engine.worst_price(event, quantity, at_any_price=False)) > 0.0:
                return 0.0
        return quantity * (1.0 - rules.absorb_share)

    def order(self) -> float:
        """The order before the mark is taken, signed."""
        chains = {side: self.crossed(side) for side in (LONG, SHORT)}
        if chains[LONG] and (self.gap < 0.0 or not chains[SHORT]):
            return self.set_off(LONG, chains[LONG])
        if chains[SHORT]:
            return self.set_off(SHORT, chains[SHORT])
        return 0.0 if 2.0 * abs(self.gap) < NOTHING else self.reach()

    def reach(self) -> float:
        """The order that gets to the target if nobody is forced to trade."""
        direction = 1.0 if self.gap > 0.0 else -1.0
        end = self.replay.makers(direction).distance + 2.0 * abs(self.gap)
        return direction * self.replay.quantity_to(direction, end)

    def at_target(self, side: float) -> float:
        """Distance of the near book at which the mid is the target, if the far one stays."""
        return self.books(side)[1].distance + 2.0 * (side * self.market.centre - side * self.wanted)

    def mark_at_target(self, side: float) -> float:
        market, rules = self.market, self.rules
        near, far = self.books(side)
        if rules.mark == "mid":
            displacement = self.wanted
        elif rules.mark == "index":
            displacement = 0.0
        elif rules.mark == "index_ema":
            average = market.premium_ema + rules.mark_weight * (self.wanted - market.premium_ema)
            displacement = min(max(average, -rules.mark_cap), rules.mark_cap)
        elif side * self.gap > 0.0:  # an order towards the target makes the far quote the last price
            displacement = side * (side * far.touch + far.distance + 2.0 * abs(self.gap))
        else:
            displacement = near.touch - side * self.at_target(side)
        return market.index * math.exp(displacement)

    def meets(self, side: float, price: float) -> float:
        """Distance of the near book at which the mark meets a price."""
        market, rules = self.market, self.rules
        near, far = self.books(side)
        level = self.level(side, price)
        if rules.mark == "last":
            return side * near.touch - level
        if rules.mark == "index":
            return -math.inf if level >= 0.0 else math.inf
        if rules.mark == "index_ema":
            if level < -rules.mark_cap:
                return math.inf
            if level >= rules.mark_cap:
                return -math.inf
            average = side * market.premium_ema
            level = average + (level - average) / rules.mark_weight
        return far.distance + 2.0 * (side * market.centre - level)

    def crossed(self, side: float) -> list[Link]:
        """Everything that the mark at the target has met, in firing order, and the target."""
        end = self.at_target(side)
        quote = self.replay.quote_at(-side, end)
        chain, sold = [], 0.0
        for price, position in self.met(side, self.mark_at_target(side)):
            chain.append(Link(price, self.meets(side, price), sold))
            sold += self.expected(position, quote)
        return [*chain, Link(math.nan, end, sold)] if chain else []

    def set_off(self, side: float, chain: list[Link]) -> float:
        """The smallest push with which all of a chain fire; none of them holds up what forced trades move."""
        near = self.books(side)[0]
        ends = [self.just_beyond(side, place, link) for place, link in enumerate(chain)]
        push = max(self.needed(side, end, link.sold) for end, link in zip(ends, chain, strict=True))
        if push > 0.0:
            moved = near.distance_to(push * self.market.thinning) - near.distance
            return 0.0 if moved < NOTHING else -side * push
        return self.reach() if side * self.gap >= NOTHING else 0.0

    def just_beyond(self, side: float, place: int, link: Link) -> float:
        """Distance of the near book at which a trigger is met for certain."""
        near, rules = self.books(side)[0], self.rules
        if math.isnan(link.price):
            return link.distance
        distance = link.distance
        if rules.mark == "last" and place == 0 and side * (self.market.mark_price() - link.price) > 0.0:
            distance = max(distance, near.distance)  # where nothing trades, the mark stays away from the quote
        return distance + (JUST_BEYOND / rules.mark_weight if rules.mark == "index_ema" else JUST_BEYOND)

    def needed(self, side: float, distance: float, sold: float) -> float:
        """What is missing to move the near book to a distance, beside what is sold there by force."""
        if distance == -math.inf:
            return -math.inf
        near = self.books(side)[0]
        depth = near.depth_to(distance) if distance > 0.0 else 0.0
        return ((depth - near.eaten) / self.market.thinning + self.replay.resting(-side, distance)) - sold

    # by news

    def news(self) -> float:
        """The news return before the mark is taken."""
        found = {side: self.news_for(side) for side in (LONG, SHORT)}
        if found[LONG] is not None and (self.gap < 0.0 or found[SHORT] is None):
            return found[LONG]
        return self.gap if found[SHORT] is None else found[SHORT]

    def news_for(self, side: float) -> float | None:
        """The return with which all that the target crosses fire; None where that is nothing."""
        market = self.market
        near = self.books(side)[0]
        quote = math.exp(self.target - market.imbalance() + near.touch - side * near.distance)
        mark = near.price if self.rules.mark == "last" else market.mark_price()
        sold, lowest = 0.0, math.inf
        for price, position in self.met(side, mark * math.exp(self.gap)):
            there, beyond = self.displacements(side, sold, price)
            if self.level(side, price) < there + beyond:
                break
            lowest = min(lowest, self.level(side, price) - beyond - JUST_BEYOND)
            sold += self.expected(position, quote)
        if lowest == math.inf:
            return None
        there, _ = self.displacements(side, sold, math.nan)
        return side * min(lowest, there, max(side * self.gap, 0.0))

    def displacements(self, side: float, sold: float, price: float) -> tuple[float, float]:
        """The index's move to the target after so much has been sold, and the mark's displacement from the index."""
        market, rules = self.market, self.rules
        near, far = self.books(side)
        distance = near.distance_to(sold * market.thinning)
        mid = side * market.centre + 0.5 * (far.distance - distance)
        there = side * self.wanted - mid
        if rules.mark == "mid":
            return there, mid
        if rules.mark == "index":
            return there, 0.0
        if rules.mark == "index_ema":
            average = side * market.premium_ema
            average += rules.mark_weight * (mid - average)
            return there, min(max(average, -rules.mark_cap), rules.mark_cap)
        if sold > 0.0 or side * (price - market.last) >= 0.0:
            return there, side * near.touch - distance
        return there, side * far.touch + far.distance
