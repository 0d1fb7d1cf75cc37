"""The venue's quotes around the index, and the mark price. Model, sections 2 and 3."""

from __future__ import annotations

import math

from naive.book import BookSide

SMALLEST_SHARE = 1e-6  # of the start price: the end of prices


class Market:
    def __init__(self, rules, tape, price: float, index_start: float):
        self.rules = rules
        levels = list(zip(tape.table_distance, tape.table_quantity, strict=True))
        self.bids = BookSide(rules, levels, -1.0)
        self.asks = BookSide(rules, levels, 1.0)
        self.index = index_start
        self.lowest_price = price * SMALLEST_SHARE
        self.highest_price = price / SMALLEST_SHARE
        self.band = (self.lowest_price, self.highest_price)
        self.index_shift = 0.0
        self.centre = math.log(price / index_start)
        self.thinning = 1.0  # full depth over what the makers show
        self.bids.price = self.asks.price = self.last = self.mark = price
        self.premium_ema = self.centre
        self.level_mean = math.log(price)
        self.level_variance = 0.0

    def imbalance(self) -> float:
        """Log-displacement of the mid from the index."""
        return self.centre + 0.5 * (self.asks.distance - self.bids.distance)

    def mid(self) -> float:
        return self.index * math.exp(self.imbalance())

    def refill(self) -> None:
        rules = self.rules
        closed = 1.0 - rules.refill_kept
        self.centre += rules.permanent * closed * (self.asks.distance - self.bids.distance)
        for side in (self.bids, self.asks):
            side.distance *= rules.refill_kept
            if rules.shape == "table":
                side.eaten = side.quantity_at(side.distance)
            else:
                side.eaten *= rules.refill_kept_eaten

    def withdraw(self, level: float) -> None:
        rules = self.rules
        weight = rules.withdrawal_weight
        gap = level - self.level_mean
        self.level_mean += weight * gap
        self.level_variance = (1.0 - weight) * (self.level_variance + weight * gap * gap)
        ratio = self.level_variance / (rules.withdrawal_volatility * rules.withdrawal_volatility)
        ratio = math.pow(ratio, 0.5 * rules.withdrawal_power)
        self.thinning = min(1.0 / rules.withdrawal_floor, 1.0 + ratio)

    def requote(self, path: float, log_path: float) -> None:
        rules = self.rules
        gap = self.centre
        self.centre = gap * (1.0 - rules.pull_share - rules.follow_share)
        self.index_shift += gap * rules.follow_share
        self.index = path * math.exp(self.index_shift)
        if rules.withdraws:
            self.withdraw(log_path + self.index_shift + self.imbalance())
        half_spread = rules.half_spread * self.thinning
        self.bids.touch = self.centre - half_spread
        self.asks.touch = self.centre + half_spread
        self.bids.price = self.index * math.exp(self.bids.touch - self.bids.distance)
        self.asks.price = self.index * math.exp(self.asks.touch + self.asks.distance)

    def set_band(self) -> None:
        """Nothing trades too far from the index, or from the mark at the end of the last tick."""
        rules = self.rules
        if rules.band > 0.0:
            middle = self.mark if rules.band_of_mark else self.index
            low, high = middle * (1.0 - rules.band), middle * (1.0 + rules.band)
            self.band = (max(low, self.lowest_price), min(high, self.highest_price))

    def averaged_premium(self) -> float:
        return self.premium_ema + self.rules.mark_weight * (self.imbalance() - self.premium_ema)

    def mark_price(self) -> float:
        if self.rules.mark == "last":
            return min(max(self.last, self.bids.price), self.asks.price)
        if self.rules.mark == "mid":
            return self.mid()
        if self.rules.mark == "index":
            return self.index
        cap = self.rules.mark_cap
        return self.index * math.exp(min(max(self.averaged_premium(), -cap), cap))

    def take(self, direction: float, want: float, worst: float) -> tuple[float, float]:
        """A sell (-1) eats the bids, a buy (+1) the asks, within the price band."""
        side = self.bids if direction < 0.0 else self.asks
        worst = max(worst, self.band[0]) if direction < 0.0 else min(worst, self.band[1])
        filled, value = side.fill(self.index, self.thinning, want, worst)
        if filled > 0.0:
            self.last = side.price
        return filled, value
