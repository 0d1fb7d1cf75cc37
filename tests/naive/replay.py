"""A recorded path in the tick: the push that lands on it, what brings the price back, and pushes that are run again.

Written from the model, section 9: nothing here is taken from the kernel.
"""

from __future__ import annotations

import math
from typing import NamedTuple

from naive.engine import Event
from naive.plain import price_of
from naive.reduction import quantity_to_close
from naive.triggers import LONG, SHORT

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
        self.absorbed_in_row = 0.0  # since the last row
        self.tracked_ticks = self.missed_ticks = self.absorbed_ticks = 0
        self.tracking_error = self.absorbed_quantity = 0.0
        self.forced_before = {LONG: 0.0, SHORT: 0.0}  # in the row, before this tick's push
        self.lost = False  # whether this tick's push was held up by a halt
        self.engine.backlog_goes_first = self.mode != 0

    @property
    def mode(self) -> int:
        return getattr(self.rules, "replay", 0)

    @property
    def by_news(self) -> bool:
        return bool(self.rules.push_news)

    def recorded(self) -> float | None:
        """Log of the recorded mid at the end of this tick, if there is one."""
        target = self.tape.target[self.engine.tick]
        return None if math.isnan(target) else target

    def wanted(self, target: float) -> float:
        """Displacement of the mid from the index at a recorded price."""
        return target - (self.tape.log_path[self.engine.tick] + self.market.index_shift)

    def gap(self, target: float) -> float:
        """How far the mid has to move."""
        return self.wanted(target) - self.market.imbalance()

    def left(self, target: float) -> float:
        """The same, after the rounds."""
        return target - self.tape.log_path[self.engine.tick] - self.market.index_shift - self.market.imbalance()

    # before the mark is taken

    def push(self, halted: bool) -> None:
        """What waits in the engine goes first; then the push."""
        if self.mode == 0:
            return
        engine = self.engine
        if not halted and (engine.waiting[LONG] or engine.waiting[SHORT]):
            self.market.mark = self.market.mark_price()
            engine.work_backlog()
            engine.desk.settle_fills(engine)
            engine.forget_dust()
        self.forced_before = dict(engine.forced)
        if self.mode == 1:
            before = self.solved(halted)
            self.tape.push_before[engine.tick] = before
        else:
            before = or_nothing(self.tape.push_before[engine.tick])
        self.lost = halted and before != 0.0
        if before != 0.0 and self.by_news:
            self.move_index(before)
        elif before != 0.0 and not halted:
            self.world.flow_in_row += self.send(before)

    def solved(self, halted: bool) -> float:
        target = self.recorded()
        if target is None or (halted and not self.by_news):
            return 0.0
        if not self.by_news:
            return Solution(self, target).order()
        return self.gap(target) if halted else Solution(self, target).news()

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

    def bring_back(self, halted: bool, halted_before: bool) -> None:
        """What is still missing comes after the forced trades; against them, it is absorbed."""
        if self.mode == 0:
            return
        if self.mode == 1:
            for side, base in self.base().items():
                base[self.engine.tick] = self.engine.taken_over[side]
            self.land(halted, halted_before)
        else:
            self.send_after(halted)

    def base(self) -> dict[float, list[float]]:
        """What had been taken over from longs and shorts by each tick, in the run that the pushes come from."""
        return {LONG: self.tape.base_long, SHORT: self.tape.base_short}

    def against(self, after: float) -> bool:
        """Whether an order is against what was forced on the market in the tick."""
        sold, bought = (self.engine.forced[side] - self.forced_before[side] for side in (LONG, SHORT))
        return (after > 0.0 and sold > bought) or (after < 0.0 and bought > sold)

    def land(self, halted: bool, halted_before: bool) -> None:
        target = self.recorded()
        self.tape.push_after[self.engine.tick] = self.tape.push_absorbs[self.engine.tick] = 0.0
        if target is None:
            return
        if halted and not (halted_before and self.by_news):
            self.missed_ticks += 1
            return
        gap = self.left(target)
        if not halted and abs(gap) > ON_TARGET:
            after = self.reach(gap)
            absorbs = self.against(after)
            self.tape.push_after[self.engine.tick], self.tape.push_absorbs[self.engine.tick] = after, float(absorbs)
            self.send_last(after, absorbs)
            gap = self.left(target)
        if not abs(gap) <= WITHIN:
            raise UnreachedError(f"tick {self.engine.tick}: {gap} from the recorded price")
        self.tracked_ticks += 1
        self.tracking_error = max(self.tracking_error, abs(gap))

    def send_after(self, halted: bool) -> None:
        after = or_nothing(self.tape.push_after[self.engine.tick])
        if halted:
            self.missed_ticks += self.lost or after != 0.0
            return
        absorbs = self.tape.push_absorbs[self.engine.tick] == 1.0
        if absorbs:
            side = LONG if after > 0.0 else SHORT
            after *= min(1.0, self.engine.taken_over[side] / self.base()[side][self.engine.tick])
        self.send_last(after, absorbs)

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

    # how much it takes

    def offered(self, direction: float, distance: float) -> float:
        """What the engine and accounts offer at better prices than the makers do at a log-distance."""
        market, desk = self.market, self.engine.desk
        makers = market.asks if direction > 0.0 else market.bids
        end = market.index * math.exp(makers.touch + direction * distance)
        total = 0.0
        if self.rules.policy == "limit":
            for event in self.engine.waiting[direction]:
                if direction * (end - price_of(self.rules, event.bankruptcy)) > 0.0:
                    total += event.open
        for order in desk.resting[-direction]:
            if direction * (end - order.price) > 0.0:
                total += order.quantity
        return total

    def quantity_to(self, direction: float, distance: float) -> float:
        """What an order has to be to move one side of the book to a log-distance."""
        makers = self.market.asks if direction > 0.0 else self.market.bids
        density = (makers.quantity_at(distance) - makers.eaten) / self.market.thinning
        return density + self.offered(direction, distance)

    def reach(self, gap: float) -> float:
        """Return the order, signed, that moves the mid by a log-return."""
        direction = 1.0 if gap > 0.0 else -1.0
        makers = self.market.asks if gap > 0.0 else self.market.bids
        return direction * max(self.quantity_to(direction, makers.distance + 2.0 * abs(gap)), 0.0)


def or_nothing(value: float) -> float:
    return 0.0 if math.isnan(value) else value


class Link(NamedTuple):
    """A trigger that the target crosses, or after the last of them the target."""

    price: float  # NaN for the target
    distance: float  # of the near book, at which the mark meets it
    sold: float  # what is expected to have been traded there by force before


class Solution:
    """One tick's push. For shorts everything is mirrored: ``side`` turns every log-displacement round."""

    def __init__(self, replay: Replay, target: float):
        self.replay, self.rules, self.market, self.target = replay, replay.rules, replay.market, target
        self.wanted, self.gap = replay.wanted(target), replay.gap(target)

    def books(self, side: float):
        """The book that a side's forced trades eat, and the other."""
        market = self.market
        return (market.bids, market.asks) if side == LONG else (market.asks, market.bids)

    def triggers(self, side: float) -> list:
        """Positions that an adverse mark meets, in firing order."""
        if self.rules.policy == "none" and not self.rules.moving:
            return []
        waits = [p for p in self.replay.engine.positions if p.side == side and p.quantity > 0.0]
        return sorted((p for p in waits if p.trigger is not None), key=lambda p: p.in_order())

    def expected(self, position, quote: float) -> float:
        """What a firing is expected to trade at once, where the makers' quote at the target is that."""
        rules = self.rules
        if position.kind == "call":
            return 0.0
        if position.kind == "stop":
            return position.quantity
        quantity, side = position.quantity, position.side
        if rules.policy == "paced" or (rules.policy == "market" and rules.delay_ticks > 0):
            return 0.0
        event = Event(0, 0, 0, side, quantity, 0.0, position.bankruptcy)
        if side * (quote - self.replay.engine.worst_price(event, quantity, at_any_price=False)) <= 0.0:
            return 0.0
        if rules.partial != "none":
            tick = self.replay.engine.tick
            quantity = quantity_to_close(rules, self.replay.tape, position.trigger, position, tick)
        return quantity * (1.0 - rules.absorb_share)

    def sold_by(self, positions, quote: float) -> list[float]:
        """What the first none, one, two, ... are expected to have traded."""
        sums = [0.0]
        for position in positions:
            sums.append(sums[-1] + self.expected(position, quote))
        return sums

    def order(self) -> float:
        """The order before the mark is taken, signed."""
        chains = {side: self.crossed(side) for side in (LONG, SHORT)}
        if chains[LONG] and (self.gap < 0.0 or not chains[SHORT]):
            return self.set_off(LONG, chains[LONG])
        if chains[SHORT]:
            return self.set_off(SHORT, chains[SHORT])
        return 0.0 if 2.0 * abs(self.gap) < NOTHING else self.replay.reach(self.gap)

    def at_target(self, side: float) -> float:
        """Distance of the near book at which the mid is the target, if the far one stays."""
        return self.books(side)[1].distance + 2.0 * (side * (self.market.centre - self.wanted))

    def meets(self, side: float, price: float) -> float:
        """Distance of the near book at which the mark meets a price."""
        market, rules = self.market, self.rules
        near, far = self.books(side)
        level = log_ratio(price, market.index)
        if rules.mark == "last":
            return side * (near.touch - level)
        if rules.mark == "index":
            return -math.inf if side * (price - market.index) >= 0.0 else math.inf
        if rules.mark == "index_ema":
            if side * level < -rules.mark_cap:
                return math.inf
            if side * level >= rules.mark_cap:
                return -math.inf
            level = market.premium_ema + (level - market.premium_ema) / rules.mark_weight
        return far.distance + 2.0 * (side * (market.centre - level))

    def far_meets(self, side: float, price: float) -> float:
        """How far the far book may be moved until its quote meets a price."""
        far = self.books(side)[1]
        return side * (log_ratio(price, self.market.index) - far.touch) - far.distance

    def crossed(self, side: float) -> list[Link]:
        """Everything that the target crosses, in firing order.

        The mark `last` is the near quote once something has been traded there. Before that an order towards the target
        alone, where it lies beyond the far quote, makes it the far one.
        """
        chain: list[Link] = []
        end = self.at_target(side)
        quote = self.market.index * math.exp(self.books(side)[0].touch - side * end)
        away = self.rules.mark == "last" and side * self.gap > 0.0
        sold = 0.0
        for position in self.triggers(side):
            price = position.trigger
            distance = self.meets(side, price)
            if distance > end or (away and sold == 0.0 and self.far_meets(side, price) < 2.0 * abs(self.gap)):
                break
            chain.append(Link(price, distance, sold))
            sold += self.expected(position, quote)
        if chain:
            chain.append(Link(math.nan, end, sold))
        return chain

    def set_off(self, side: float, chain: list[Link]) -> float:
        """The smallest push with which all of a chain fire, and the target is reached if it can be."""
        near, far = self.books(side)
        ends = [self.just_beyond(side, link) for link in chain[:-1]] + [chain[-1].distance]
        pairs = list(zip(ends, chain, strict=True))
        push = max(self.needed(side, near, end, link.sold) for end, link in pairs)
        if push > 0.0:
            moved = self.eaten_to(near, push) - near.distance
            return 0.0 if moved < NOTHING else -side * push
        raised = min(self.room(side, end, link) for end, link in pairs)
        raised = min(raised, max(2.0 * side * self.gap, 0.0))  # no order holds up what forced trades move
        return 0.0 if raised < NOTHING else side * self.replay.quantity_to(side, far.distance + raised)

    def just_beyond(self, side: float, link: Link) -> float:
        """Distance of the near book at which a trigger is met for certain."""
        near, rules = self.books(side)[0], self.rules
        distance = link.distance
        if rules.mark == "last" and link.sold == 0.0 and side * (self.market.mark_price() - link.price) > 0.0:
            distance = max(distance, near.distance)  # where nothing trades, the mark stays away from the quote
        return distance + (JUST_BEYOND / rules.mark_weight if rules.mark == "index_ema" else JUST_BEYOND)

    def room(self, side: float, end: float, link: Link) -> float:
        """How far the far book may be moved until a trigger, or the target, is out of reach."""
        near = self.books(side)[0]
        if self.rules.mark != "last" or math.isnan(link.price):
            return self.eaten_to(near, link.sold) - end
        return math.inf if link.sold > 0.0 else max(self.far_meets(side, link.price) - JUST_BEYOND, 0.0)

    def needed(self, side: float, near, distance: float, sold: float) -> float:
        """What is missing to move the near book to a distance, beside what is sold there by force."""
        if distance == -math.inf:
            return -math.inf
        depth = near.quantity_at(distance) if distance > 0.0 else 0.0
        offered = self.replay.offered(-side, distance)
        return (depth - near.eaten) / self.market.thinning + offered - sold

    def eaten_to(self, near, quantity: float) -> float:
        """Distance of a book after so much has been traded; it ends."""
        return min(near.distance_at(near.eaten + quantity * self.market.thinning), self.rules.until)

    # by news

    def news(self) -> float:
        """The news return before the mark is taken."""
        found = {side: self.news_for(side) for side in (LONG, SHORT)}
        if found[LONG] is not None and (self.gap < 0.0 or found[SHORT] is None):
            return found[LONG]
        if found[SHORT] is not None:
            return found[SHORT]
        return self.gap

    def news_for(self, side: float) -> float | None:
        """The return with which all that the target crosses fire; None where that is nothing."""
        market = self.market
        near, far = self.books(side)
        quote = math.exp(self.target - market.imbalance() + (near.touch - side * near.distance))
        positions = self.triggers(side)
        sold = self.sold_by(positions, quote)
        bounds = []
        for position, amount in zip(positions, sold, strict=False):
            mid, mark = self.displacements(side, amount, position.trigger)
            if side * (log_of(position.trigger) - (self.target + mark - mid)) < 0.0:
                break
            bounds.append(log_ratio(position.trigger, market.index) - mark - side * JUST_BEYOND)
        if not bounds:
            return None
        mid, _ = self.displacements(side, sold[len(bounds)], 0.0)
        nearest = min if side == LONG else max
        return nearest([*bounds, self.wanted - mid])

    def displacements(self, side: float, sold: float, price: float) -> tuple[float, float]:
        """Of mid and mark from the index, after so much has been sold (bought back)."""
        market, rules = self.market, self.rules
        near, far = self.books(side)
        distance = self.eaten_to(near, sold)
        mid = market.centre + 0.5 * (side * (far.distance - distance))
        if rules.mark == "mid":
            return mid, mid
        if rules.mark == "index":
            return mid, 0.0
        if rules.mark == "index_ema":
            average = market.premium_ema + rules.mark_weight * (mid - market.premium_ema)
            return mid, min(max(average, -rules.mark_cap), rules.mark_cap)
        if sold > 0.0 or side * (price - market.last) >= 0.0:
            return mid, near.touch - side * distance
        return mid, far.touch + side * far.distance


def log_of(price: float) -> float:
    return log_ratio(price, 1.0)
