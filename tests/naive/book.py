"""One side of the book: how far an order walks, and what it receives. Model, section 2."""

from __future__ import annotations

import math

from naive.plain import unit_of


def mean_exp(z: float) -> float:
    """Mean of exp(t) for t between 0 and z."""
    if abs(z) < 1e-3:
        return 1.0 + z * (0.5 + z * (1.0 / 6.0 + z * (1.0 / 24.0 + z * (1.0 / 120.0))))
    return math.expm1(z) / z


def power_moment(exponent: float, x: float, z: float) -> float:
    """Integral of exp(z t) d(t^g) for t from 0 to x: the Taylor series for z = 1, Kummer's for z = -1."""
    total, term, k = 1.0, 1.0, 0
    while k < 10_000:
        k += 1
        if z > 0.0:
            term *= x / k
            add = term * exponent / (exponent + k)
        else:
            term *= x / (exponent + k)
            add = term
        total += add
        if add <= 1e-17 * total:
            break
    if z < 0.0:
        total *= math.exp(-x)
    return math.pow(x, exponent) * total


def taylor_mean(g: float, x0: float, x1: float, near: float, far: float, z: float) -> float:
    """Sum over k of z^k / k! times the k-th moment, g / (g + k) (far x1^k - near x0^k)."""
    weight, total = g, 1.0
    for k in range(1, 31):
        near *= x0
        far *= x1
        weight *= z / k
        add = weight / (g + k) * (far - near)
        total += add
        if abs(add) < 1e-17:
            break
    return total


class BookSide:
    """Bids (direction -1: sells walk down) or asks (+1)."""

    def __init__(self, rules, levels: list[tuple[float, float]], direction: float):
        self.rules = rules
        self.levels = levels  # of a table: (distance, cumulative quantity)
        self.direction = direction
        self.scale = rules.scale_bid if direction < 0.0 else rules.scale_ask
        self.distance = 0.0
        self.eaten = 0.0
        self.touch = 0.0
        self.price = math.nan

    def distance_at(self, eaten: float) -> float:
        """Log-distance from the touch up to which this much quantity stands."""
        if self.rules.shape == "linear":
            return eaten / self.scale
        if self.rules.shape == "power":
            share = eaten / self.scale
            return math.sqrt(share) if self.rules.exponent == 2.0 else math.pow(share, 1.0 / self.rules.exponent)
        if self.rules.shape == "infinite":
            return 0.0
        near_x, near_quantity = 0.0, 0.0
        for far_x, far_quantity in self.levels:
            if eaten < far_quantity:
                share = (eaten - near_quantity) / (far_quantity - near_quantity)
                return near_x + (far_x - near_x) * share
            near_x, near_quantity = far_x, far_quantity
        return near_x if eaten == near_quantity else math.inf

    def quantity_at(self, distance: float) -> float:
        """Quantity that stands up to this log-distance from the touch."""
        if self.rules.shape == "linear":
            return self.scale * distance
        if self.rules.shape == "power":
            return self.scale * math.pow(distance, self.rules.exponent)
        near_x, near_quantity = 0.0, 0.0
        for far_x, far_quantity in self.levels:
            if distance < far_x:
                share = (distance - near_x) / (far_x - near_x)
                return near_quantity + (far_quantity - near_quantity) * share
            near_x, near_quantity = far_x, far_quantity
        return near_quantity

    def depth_to(self, distance: float) -> float:
        """`quantity_at`, in a book that ends."""
        return self.quantity_at(min(distance, self.rules.until))

    def distance_to(self, more: float) -> float:
        """Distance after so much more has been eaten of the full book, which ends."""
        return min(self.distance_at(self.eaten + more), self.rules.until)

    def mean_factor(self, x1: float, e1: float, z: float) -> float:
        """Mean of exp(z (x - x0)) over the quantity between where the side stands and (x1, e1)."""
        if self.rules.shape == "table":
            return self._mean_table(x1, e1, z)
        if self.rules.shape == "power":
            return self._mean_power(x1, e1, z)
        return mean_exp(z * (x1 - self.distance))

    def _mean_table(self, x1: float, e1: float, z: float) -> float:
        if e1 <= self.eaten:
            return 1.0
        total, x, eaten = 0.0, self.distance, self.eaten
        for far_x, far_quantity in self.levels:
            if far_quantity <= eaten or eaten >= e1:
                continue
            end_x, end_eaten = (x1, e1) if far_quantity >= e1 else (far_x, far_quantity)
            total += (end_eaten - eaten) * math.exp(z * (x - self.distance)) * mean_exp(z * (end_x - x))
            x, eaten = end_x, end_eaten
        return total / (e1 - self.eaten)

    def _mean_power(self, x1: float, e1: float, z: float) -> float:
        x0, e0, g, scale = self.distance, self.eaten, self.rules.exponent, self.scale
        if x1 <= x0:
            return 1.0
        step = e1 - e0
        if step < 1e-4 * e0 and x1 - x0 < 1e-4:
            a = 1.0 / g
            u = step / e0
            slope = z * x0 * a * u
            first = 0.5 + u * (a - 1.0) * (1.0 / 6.0 + u * (a - 2.0) / 24.0)
            return 1.0 + slope * (first + slope * (1.0 / 6.0 + u * (a - 1.0) / 8.0 + slope / 24.0))
        if x1 < 1.0:
            return taylor_mean(g, x0, x1, e0 / step, e1 / step, z) * math.exp(-z * x0)
        if step < 1e-3 * e0:
            a = 1.0 / g
            near = math.pow((e0 + 0.21132486540518712 * step) / scale, a) - x0
            far = math.pow((e0 + 0.78867513459481288 * step) / scale, a) - x0
            return 0.5 * (math.exp(z * near) + math.exp(z * far))
        moment = power_moment(g, x1, z) - power_moment(g, x0, z)
        return moment * math.exp(-z * x0) * scale / step

    def worse(self, price: float, limit: float) -> bool:
        """Whether an order with this limit would rather not trade at the price: bids are too low, asks too high."""
        return self.direction * (price - limit) > 0.0

    def fill(self, index: float, thinning: float, want: float, worst: float) -> tuple[float, float]:
        """Eat up to ``want`` at prices no worse than ``worst``; returns what was filled and the integral of u dq.

        ``thinning`` is the full depth over what the makers show.
        """
        unit = unit_of(self.rules, self.price)
        if self.rules.shape == "infinite":
            return (0.0, 0.0) if self.worse(self.price, worst) else (want, want * unit)
        filled = want
        e1 = self.eaten + want * thinning
        x1 = self.distance_at(e1)
        if x1 > self.rules.until:
            x1 = self.rules.until
            e1 = self.quantity_at(x1)
            filled = min(want, (e1 - self.eaten) / thinning)
            if filled <= 0.0:
                return 0.0, 0.0
        price1 = index * math.exp(self.touch + self.direction * x1)
        if self.worse(price1, worst):
            if self.worse(self.price, worst) or self.price == worst:
                return 0.0, 0.0
            x1 = self.direction * (math.log(worst / index) - self.touch)
            if x1 <= 0.0:  # a limit that only rounding tells from the untouched quote
                return 0.0, 0.0
            e1 = self.quantity_at(x1)
            filled = min(want, (e1 - self.eaten) / thinning)
            price1 = worst
            if filled <= 0.0:
                return 0.0, 0.0
        z = -self.direction if self.rules.contract == "inverse" else self.direction
        value = filled * unit * self.mean_factor(x1, e1, z)
        self.distance, self.eaten, self.price = x1, e1, price1
        return filled, value
