"""The closed form of lending beside an exchange: one shock, a book that nothing refills, keepers who sell at once.

Distances are log-distances below the start price, quantities base units of collateral. Loans of equal collateral whose
health factors are log-uniform have triggers that lie evenly in log price: `Loans.density` of collateral per unit. A
block takes what the sales before it have crossed, at the price that stands when it begins and not at the loans'
triggers. docs/lending.md derives every formula.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

# Liquidations of one loan in one block after which what is left of it is lost in rounding.
MOST_CALLS = 2_000


@dataclass(frozen=True)
class Loans:
    """Loans of one fixed-spread pool, evenly placed in the log price of their triggers.

    Attributes
    ----------
    density : float
        Collateral per unit of log price, ``kappa``.
    threshold, bonus, close_factor : float
        The pool's ``LT``, ``b`` and ``f``, fractions.
    """

    density: float
    threshold: float
    bonus: float
    close_factor: float = 1.0

    @property
    def worth(self) -> float:
        """Collateral given for all of a debt, over the collateral at a health factor of 1: ``A = LT (1 + b)``."""
        return self.threshold * (1.0 + self.bonus)

    @property
    def share(self) -> float:
        """Share of the collateral that one liquidation at a health factor of 1 takes, ``min(1, f A)``; 1 if toxic."""
        return 1.0 if self.worth >= 1.0 else self.close_factor * self.worth

    @property
    def sold_density(self) -> float:
        """Collateral sold per unit of log price in small steps, before any loan's second time: ``rho_eff``."""
        return self.density * self.share

    def health_after(self, health: float) -> float:
        """Return the health factor that one liquidation leaves, ``(HF - f A) / (1 - f)``; infinite once repaid."""
        left = 1.0 - self.close_factor
        return math.inf if left <= 0.0 else (health - self.close_factor * self.worth) / left

    def second_crossing(self, overshoot: float = 0.0) -> float:
        """Return how much further the price falls until a liquidated loan can be liquidated again.

        Parameters
        ----------
        overshoot : float
            How far below the loan's trigger the price stood when it was liquidated.

        Returns
        -------
        float
            ``ln(HF')``: 0 or less where it can be liquidated again at once, infinite where nothing is left of it.
        """
        after = self.health_after(math.exp(-overshoot))
        return math.log(after) if after > 0.0 else -math.inf

    def depths(self) -> Iterator[float]:
        """Yield ``x_n``: how far below its trigger a loan may be found so that `n` liquidations make it healthy.

        ``exp(-x_n) = A + (1 - A) (1 - f)^n``, rising to ``-ln A``; below that no number of them does, and all of the
        collateral is taken. Ends when further ones differ by rounding only; empty where ``A >= 1``.
        """
        if self.worth >= 1.0:
            return
        left, last = 1.0, 0.0
        for _ in range(MOST_CALLS):
            left *= 1.0 - self.close_factor
            depth = -math.log(self.worth + (1.0 - self.worth) * left)
            if depth <= last:
                return
            yield depth
            last = depth

    def seized(self, step: float) -> float:
        """Return the collateral that a block takes of the loans that a step of the price has crossed.

        Parameters
        ----------
        step : float
            Log-distance that the price fell since the block before.

        Returns
        -------
        float
            Base units, of loans that have not been liquidated before. Exact at any size of the step.

        Notes
        -----
        ``n`` liquidations of a loan found at ``x`` take ``(1 - (1 - f)^n) A exp(x)`` of it, so that the integral is
        one of exponentials. For ``f = 1`` it is ``kappa A (exp(step) - 1)`` up to a step of ``-ln A``.
        """
        taken, start, left = 0.0, 0.0, 1.0
        for depth in self.depths():
            left *= 1.0 - self.close_factor
            end = min(step, depth)
            taken += (1.0 - left) * self.worth * math.exp(start) * math.expm1(end - start)
            start = end
            if step <= depth:
                return self.density * taken
        return self.density * (taken + step - start)

    def sold_within(self, fall: float) -> float:
        """Return the collateral sold once the price has fallen that far in steps too small to overshoot.

        A loan is liquidated at its trigger and again after every further `second_crossing`, each time for the share
        `a` of what it still has: per unit of log price ``kappa (1 - (1 - a)^(j + 1))`` with ``j`` the number of whole
        crossings in the fall. In the end all of the collateral is sold.
        """
        again = self.second_crossing()
        if not 0.0 < again < math.inf:
            return self.sold_density * fall
        whole = math.floor(fall / again)
        kept = 1.0 - self.share
        before = again * (whole - kept * (1.0 - kept**whole) / self.share)
        return self.density * (before + (1.0 - kept ** (whole + 1)) * (fall - again * whole))


def amplification(positions: float, loans: float) -> float:
    """Return by how much forced selling in both places multiplies a fall, ``1 / (1 - R_ex - R_ch)``.

    Parameters
    ----------
    positions, loans : float
        Branching ratios: quantity that positions on the exchange, or keepers of the pool, sell per unit of the book.

    Returns
    -------
    float
        Infinite from a sum of 1 on. Each alone multiplies by ``1 / (1 - R)``; the product of those two is smaller by
        the term ``R_ex R_ch`` in its denominator: what one sets off in the other.
    """
    together = positions + loans
    return math.inf if together >= 1.0 else 1.0 / (1.0 - together)


def small_drop(quantity: float, book: float, positions: float, loans: Loans) -> float:
    """Return the fall ``Q / (D - rho_exchange - rho_eff)`` of a sale so small that no block's step matters.

    Parameters
    ----------
    quantity : float
        The sale.
    book, positions : float
        Densities of the bids and of the positions' triggers, per unit of log price.
    loans : Loans

    Returns
    -------
    float
        Log-distance; infinite where the forced quantity is as dense as the book. Exact at any size for ``A >= 1``,
        where every loan that is crossed loses all of its collateral.
    """
    return quantity / book * amplification(positions / book, loans.sold_density / book)


def second_order_drop(quantity: float, book: float, positions: float, loans: Loans) -> float:
    """Return the fall to second order in the sale: `small_drop` times ``1 + R step / (2 (1 - R^2))``.

    ``step = Q / (D - rho)`` is the fall before the first block and ``R = rho_eff / (D - rho)``. Of loans with
    ``A < 1`` that one liquidation a block heals.
    """
    left = book - positions
    step, ratio = quantity / left, loans.sold_density / left
    return small_drop(quantity, book, positions, loans) * (1.0 + 0.5 * ratio * step / (1.0 - ratio * ratio))


def block_steps(first: float, book: float, loans: Loans, blocks: int) -> list[float]:
    """Return how far the price falls from block to block, ``y_{k + 1} - y_k = seized(y_k - y_{k - 1}) / D``.

    Parameters
    ----------
    first : float
        Fall before the first block, log-distance.
    book : float
        Density of the bids, less that of the positions on the exchange where those follow between blocks.
    loans : Loans
    blocks : int

    Returns
    -------
    list of float
        `first`, then one step a block. Exact as long as no loan that has been liquidated is crossed again: until the
        fall after it is more than `Loans.second_crossing`. For ``f = 1`` that is always.
    """
    steps = [first]
    for _ in range(blocks):
        steps.append(loans.seized(steps[-1]) / book)
    return steps


def tipping_step(ratio: float) -> float:
    """Return the step above which blocks amplify though ``R < 1``: the positive root of ``R (exp(x) - 1) = x``.

    Parameters
    ----------
    ratio : float
        ``rho_eff / D``, more than 0.

    Returns
    -------
    float
        Log-distance; 0 from a ratio of 1 on. Only steps up to ``-ln A`` follow the exponential: a larger root is never
        met, which is always so where the book is denser than the collateral.
    """
    if ratio >= 1.0:
        return 0.0
    low, high = -math.log(ratio), 2.0 * (1.0 - math.log(ratio)) + 2.0  # the slope of R (exp(x) - 1) is 1 at `low`
    while ratio * math.expm1(high) < high:
        high *= 2.0
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if ratio * math.expm1(middle) < middle else (low, middle)
    return 0.5 * (low + high)


def resting_drop(quantity: float, book: float, loans: Loans) -> float:
    """Return where a sale comes to rest if every step is small: the least ``y`` with ``D y = Q + sold_within(y)``.

    Parameters
    ----------
    quantity, book : float
        The sale; the density of the bids, less that of positions on the exchange.
    loans : Loans

    Returns
    -------
    float
        Log-distance; infinite where loans that are liquidated a second or later time sell faster than the book absorbs.

    Notes
    -----
    Between whole multiples of `Loans.second_crossing` both sides are straight; the slope of what is sold only rises.
    """
    again = loans.second_crossing()
    repeats = 0.0 < again < math.inf
    begin, kept = 0.0, 1.0 - loans.share
    while True:
        slope = loans.density * (1.0 - kept) if repeats else loans.sold_density
        if slope >= book:
            return math.inf
        rest = begin + (quantity + loans.sold_within(begin) - book * begin) / (book - slope)
        if not repeats or rest <= begin + again:
            return rest
        begin, kept = begin + again, kept * (1.0 - loans.share)


def stripped_bad_debt(price: float, falls: list[float], loans: Loans) -> float:
    """Return the debt that is left of loans that lose all their collateral as soon as they are crossed (``A >= 1``).

    Parameters
    ----------
    price : float
        Start price, quote.
    falls : list of float
        Log-distance of the price from its start at every block, rising.
    loans : Loans

    Returns
    -------
    float
        Quote: per block ``kappa p0 (LT (exp(-y') - exp(-y)) - (y - y') exp(-y) / (1 + b))``, debts less repayments.
    """
    lost, before = 0.0, 0.0
    for fall in falls:
        debt = loans.threshold * math.exp(-fall) * math.expm1(fall - before)
        lost += debt - (fall - before) * math.exp(-fall) / (1.0 + loans.bonus)
        before = fall
    return price * loans.density * lost
