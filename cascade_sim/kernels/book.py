"""The order book: cumulative depth, and what an order receives for eating it.

Cumulative depth ``Q(x)`` is the quantity between the touch and log-distance ``x``. An order of quantity ``q`` moves
the distance from ``x0`` to ``x1`` with ``m (Q(x1) - Q(x0)) = q``; sells walk down (``direction`` -1), buys walk up
(+1). Prices are ``touch exp(direction x)``. ``u(p)`` is ``p`` for a linear contract and ``-1/p`` for an inverse one.
"""

from __future__ import annotations

import math

from cascade_sim.kernels.jit import inlined, inner, kernel, melded
from cascade_sim.kernels.state import INVERSE, SHAPE_INFINITE, SHAPE_LINEAR, SHAPE_POWER


@inlined
def mean_exp(z):
    """Mean of ``exp(t)`` over ``t`` in [0, z]: ``expm1(z) / z``, to full precision for small ``z``. Cost: 2 ns."""
    if abs(z) < 1e-3:
        return 1.0 + z * (0.5 + z * (1.0 / 6.0 + z * (1.0 / 24.0 + z * (1.0 / 120.0))))
    return math.expm1(z) / z


@inner
def table_segment(quantities, eaten):
    """Index of the table's segment in which cumulative quantity ``eaten`` lies. Cost: O(log rows)."""
    low, high = 0, quantities.size - 1
    while low < high:
        middle = (low + high) // 2
        if quantities[middle] > eaten:
            high = middle
        else:
            low = middle + 1
    return low


@inner
def distance_at(rules, table, scale, eaten):
    """Log-distance ``x`` with ``Q(x) = eaten``; infinite past the end of a table. Cost: 1 ns linear, 15 ns power.

    ``table`` is None, or for a book of shape `table` the pair (distances, cumulative quantities).
    """
    if table is not None:
        distances, quantities = table
        last = quantities.size - 1
        if eaten >= quantities[last]:
            return distances[last] if eaten == quantities[last] else math.inf
        k = table_segment(quantities, eaten)
        q0 = quantities[k - 1] if k > 0 else 0.0
        x0 = distances[k - 1] if k > 0 else 0.0
        return x0 + (distances[k] - x0) * ((eaten - q0) / (quantities[k] - q0))
    if rules.shape == SHAPE_LINEAR:
        return eaten / scale
    if rules.shape == SHAPE_POWER:
        if rules.exponent == 2.0:
            return math.sqrt(eaten / scale)
        return math.pow(eaten / scale, 1.0 / rules.exponent)
    return 0.0


@inner
def quantity_at(rules, table, scale, distance):
    """Cumulative depth ``Q(x)``: ``D x``, ``Q1 (x/x1)^g`` or piecewise linear. Cost: as `distance_at`."""
    if table is not None:
        distances, quantities = table
        q0, x0 = 0.0, 0.0
        for k in range(distances.size):
            if distance < distances[k]:
                return q0 + (quantities[k] - q0) * ((distance - x0) / (distances[k] - x0))
            q0, x0 = quantities[k], distances[k]
        return q0
    if rules.shape == SHAPE_POWER:
        return scale * math.pow(distance, rules.exponent)
    return scale * distance


@kernel
def power_moment(exponent, x, z):
    """``g`` times the integral of ``t^(g-1) exp(z t)`` over [0, x], for z = -1 or +1, by a series of positive terms.

    For z = +1 the Taylor series ``x^g sum x^k g/(k!(g+k))``; for z = -1 Kummer's form
    ``x^g exp(-x) sum x^k / ((g+1)...(g+k))`` (Abramowitz and Stegun 6.5.29). Cost: about 20 terms at x = 1.
    """
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


@inner
def mean_power(exponent, scale, x0, x1, e0, e1, z):
    """Mean of ``exp(z (x - x0))`` over the quantity between two distances of a power book.

    Steps below 1e-4 of what is eaten already take the series of ``x = x0 (1 + u)^a``, ``a = 1/g``, in the relative
    step ``u``; other steps within a distance of 1 the Taylor series of the exponential, whose terms are moments
    ``g/(g+k) (e1 x1^k - e0 x0^k)``; all that to 1e-12. Beyond a distance of 1, two Gauss-Legendre nodes in quantity for
    steps below 1e-3, else the difference of `power_moment`: to 1e-10 at a distance of 7. Cost: 5, 25, 60, 200 ns.
    """
    if x1 <= x0:
        return 1.0
    step = e1 - e0
    if step < 1e-4 * e0 and x1 - x0 < 1e-4:
        a = 1.0 / exponent
        u = step / e0
        slope = z * x0 * a * u
        first = 0.5 + u * (a - 1.0) * (1.0 / 6.0 + u * (a - 2.0) / 24.0)
        return 1.0 + slope * (first + slope * (1.0 / 6.0 + u * (a - 1.0) / 8.0 + slope / 24.0))
    if x1 < 1.0:
        near, far, weight, total, k = e0 / step, e1 / step, exponent, 1.0, 0.0
        while k < 30.0:
            k += 1.0
            near *= x0
            far *= x1
            weight *= z / k
            add = weight / (exponent + k) * (far - near)
            total += add
            if abs(add) < 1e-17:
                break
        return total * math.exp(-z * x0)
    if step < 1e-3 * e0:
        a = 1.0 / exponent
        near = math.pow((e0 + 0.21132486540518712 * step) / scale, a) - x0
        far = math.pow((e0 + 0.78867513459481288 * step) / scale, a) - x0
        return 0.5 * (math.exp(z * near) + math.exp(z * far))
    moment = power_moment(exponent, x1, z) - power_moment(exponent, x0, z)
    return moment * math.exp(-z * x0) * scale / step


@inner
def mean_table(table, x0, x1, e0, e1, z):
    """Mean of ``exp(z (x - x0))`` over the quantity between two distances of a table. Cost: O(segments crossed)."""
    distances, quantities = table
    if e1 <= e0:
        return 1.0
    k = table_segment(quantities, e0)
    total, x, eaten = 0.0, x0, e0
    while eaten < e1 and k < quantities.size:
        end_x, end_e = (x1, e1) if quantities[k] >= e1 else (distances[k], quantities[k])
        total += (end_e - eaten) * math.exp(z * (x - x0)) * mean_exp(z * (end_x - x))
        x, eaten = end_x, end_e
        k += 1
    return total / (e1 - e0)


@melded
def fill(rules, table, scale, direction, index, touch, price, x0, e0, thinning, want, worst):
    """Eat up to ``want`` from one side of the book, at prices no worse than ``worst``.

    Parameters
    ----------
    direction : -1 for a sell (into the bids), +1 for a buy (from the asks).
    index, touch : index price, and log-displacement of the untouched side from it.
    price : best price of the side now.
    x0, e0 : distance and eaten quantity of that side now.
    thinning : the full depth over what the makers show, at least 1.
    worst : the limit; 0 for a sell and infinity for a buy at any price.

    Returns
    -------
    filled, value, x1, e1, price1 : what was taken, the integral of ``u(p) dq`` over it, and the side afterwards.
        ``filled < want`` only at the limit or at the end of the book.

    Source: model.md section 2 (block-shaped book of Obizhaeva and Wang 2013, in log price). Cost: 15 ns linear.
    """
    unit = -1.0 / price if rules.contract == INVERSE else price
    if rules.shape == SHAPE_INFINITE:
        if direction * (price - worst) > 0.0:
            return 0.0, 0.0, x0, e0, price
        return want, want * unit, x0, e0, price
    e1 = e0 + want * thinning
    x1 = distance_at(rules, table, scale, e1)
    filled = want
    if x1 > rules.until:
        x1 = rules.until
        e1 = quantity_at(rules, table, scale, x1)
        filled = min(want, (e1 - e0) / thinning)  # the last digit of the depth may lie above what is wanted
        if filled <= 0.0:
            return 0.0, 0.0, x0, e0, price
    price1 = index * math.exp(touch + direction * x1)
    if direction * (price1 - worst) > 0.0:
        if direction * (price - worst) >= 0.0:
            return 0.0, 0.0, x0, e0, price
        x1 = direction * (math.log(worst / index) - touch)
        if x1 <= 0.0:  # a limit that only rounding tells from the untouched quote
            return 0.0, 0.0, x0, e0, price
        e1 = quantity_at(rules, table, scale, x1)
        filled = min(want, (e1 - e0) / thinning)
        price1 = worst
        if filled <= 0.0:
            return 0.0, 0.0, x0, e0, price
    z = -direction if rules.contract == INVERSE else direction
    if table is not None:
        mean = mean_table(table, x0, x1, e0, e1, z)
    elif rules.shape == SHAPE_POWER:
        mean = mean_power(rules.exponent, scale, x0, x1, e0, e1, z)
    else:
        mean = mean_exp(z * (x1 - x0))
    return filled, filled * unit * mean, x1, e1, price1
