"""Maker's collateral auctions: what goes to auction, what it costs at each moment, which bids are taken.

Maker's words: a vault holds `ink` of collateral and owes ``art rate``; `chop` is one plus the penalty, `tab` the DAI to
be raised, `lot` the collateral for sale. The first design (Cat and Flip) auctions upwards in DAI and then downwards in
collateral; the second (Dog and Clip, "Liquidations 2.0") lets a price fall until somebody takes it. Where a contract
would revert, the kernel says so and changes nothing.

Sources: github.com/makerdao/dss, cat.sol, flip.sol, dog.sol, clip.sol and abaci.sol. Comparisons as in
`cascade_sim.kernels.health`. Roundings of the contracts themselves (down to their last unit) are left out.
"""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.health import ROUNDING, below
from cascade_sim.kernels.jit import inlined, inner, kernel

LINEAR, STAIR, EXPONENTIAL = 0, 1, 2


@inlined
def vault_is_unsafe(ink, spot, art, rate):
    """Tell whether a vault may be liquidated: ``ink spot < art rate``, with ``spot = price / mat``; equal is safe."""
    return below(ink * spot, art * rate, art * rate)


@inner
def _grabbed(ink, art, dart, rate, chop):
    lot = min(ink, ink * dart / art) if dart < art else ink
    return lot, dart * rate * chop, ink - lot, art - dart


@inner
def bite(ink, art, rate, chop, dunk, lump, room, dust):
    """Return what Cat sends to auction: lot, tab, collateral and debt left in the vault, and whether it reverts.

    ``dart = min(art, lump art / ink, min(dunk, room) / chop / rate)``; `lot` is the same share of the collateral.

    Parameters
    ----------
    ink, art : float
        Collateral units; normalised debt.
    rate, chop : float
        Debt per `art`; one plus the penalty.
    dunk, lump : float
        Most DAI (with penalty), or most collateral, of one auction; infinite where the version has no such limit.
    room, dust : float
        ``box - litter``, DAI that may still be put to auction; it reverts without room or with less than `dust`.

    Notes
    -----
    The rest of the vault may be dusty: Cat does not look.
    """
    if room <= 0.0 or below(room, dust, dust):
        return 0.0, 0.0, ink, art, True
    dart = min(art, min(dunk, room) / rate / chop)
    if lump < ink:
        dart = min(dart, lump * art / ink)
    if not (dart > 0.0 and ink > 0.0):
        return 0.0, 0.0, ink, art, True
    lot, tab, ink_left, art_left = _grabbed(ink, art, dart, rate, chop)
    return lot, tab, ink_left, art_left, False


@inner
def bark(ink, art, rate, chop, room, dust):
    """Return what Dog sends to auction: lot, tab, collateral and debt left in the vault, and whether it reverts.

    ``dart = min(art, room / rate / chop)``. A rest below `dust` is taken too, though that may exceed the room; a
    partial auction that is itself below `dust` reverts, and so does one without room or collateral.

    Parameters
    ----------
    room : float
        ``min(Hole - Dirt, hole - dirt)`` in DAI.
    ink, art, rate, chop, dust
        As in `bite`; `dust` is the least debt of a vault, in DAI without penalty.
    """
    if room <= 0.0 or not (ink > 0.0 and art > 0.0):
        return 0.0, 0.0, ink, art, True
    dart = min(art, room / rate / chop)
    if art > dart:
        if below((art - dart) * rate, dust, art * rate):
            dart = art
        elif below(dart * rate, dust, dust):
            return 0.0, 0.0, ink, art, True
    lot, tab, ink_left, art_left = _grabbed(ink, art, dart, rate, chop)
    return lot, tab, ink_left, art_left, False


@inlined
def tend_is_accepted(bid, previous_bid, beg, tab):
    """Tell whether Flip takes a bid of more DAI: above the last, by `beg` or to the tab, and not above the tab."""
    over = below(tab, bid, tab)
    at_tab = not over and not below(bid, tab, tab)
    return bid > previous_bid and not over and (at_tab or not below(bid, beg * previous_bid, bid))


@inlined
def dent_is_accepted(lot, previous_lot, beg, bid, tab):
    """Tell whether Flip takes a bid for less collateral: the tab is bid, and the lot is smaller by at least `beg`."""
    at_tab = not below(bid, tab, tab) and not below(tab, bid, tab)
    return at_tab and lot < previous_lot and not below(previous_lot, beg * lot, previous_lot)


@inner
def phase(now, started, last_bid, ttl, tau):
    """Return whether a Flip auction is open to bids, finished, or to be started again; seconds on one clock.

    Without a bid `last_bid` is infinite. Open before ``last_bid + ttl`` and ``started + tau``; finished after either,
    with a bid; to be started again after ``started + tau``, without one.
    """
    end, expiry = started + tau, last_bid + ttl
    has_bid = last_bid < np.inf
    return now < min(expiry, end), has_bid and now > min(expiry, end), not has_bid and now > end


@inner
def price(kind, elapsed, top, tau, cut, step):
    """Return the price of a falling auction, `elapsed` seconds after its start.

    ``top (1 - t/tau)``, zero from `tau` on; ``top cut^floor(t/step)``; ``top cut^t``.

    Parameters
    ----------
    kind : int
        `LINEAR`, `STAIR` or `EXPONENTIAL`; the parameters of the other kinds are not read.
    elapsed, top : float
        Seconds; price at the start.
    tau, step : float
        Seconds until zero; seconds between two drops.
    cut : float
        Factor of one step, or of one second.
    """
    if kind == LINEAR:
        return top * ((tau - elapsed) / tau) if elapsed < tau else 0.0
    if kind == STAIR:
        steps = elapsed / step
        return top * cut ** np.floor(steps + ROUNDING * steps)
    return top * cut**elapsed


@inlined
def needs_redo(elapsed, price, top, tail, cusp):
    """Tell whether a falling auction must be restarted: later than `tail`, or the price below ``cusp top``."""
    return below(tail, elapsed, elapsed) or below(price, cusp * top, top)


@inlined
def reward(tab, tip, chip):
    """Return what the keeper gets for starting an auction, ``tip + chip tab``, in DAI."""
    return tip + chip * tab


@inner
def take(lot, tab, price, amount, chost):
    """Return a purchase: slice, owe, lot and tab left, returned to the owner, bad debt, and whether it reverts.

    ``slice = min(lot, amount)``, ``owe = slice price``, capped at the tab. A purchase of part of the lot that would
    leave less than `chost` is lowered to leave exactly that, and reverts if the tab is not above `chost`. Once the tab
    is paid the owner gets the rest of the lot back, and no lot is left. If the lot runs out first, the tab left is bad
    debt.

    Parameters
    ----------
    lot, amount : float
        Collateral for sale and wanted.
    tab, chost : float
        DAI to be raised; least DAI that a purchase may leave, ``dust chop``.
    price : float
        DAI per unit of collateral, zero or more.
    """
    bought = min(lot, amount)
    owe = bought * price
    if not below(owe, tab, tab):
        owe = tab
        bought = min(lot, owe / price)
    elif bought < lot and below(tab - owe, chost, tab):
        if not below(chost, tab, tab):
            return 0.0, 0.0, lot, tab, 0.0, 0.0, True
        owe = tab - chost
        bought = min(lot, owe / price)
    lot_left, tab_left = lot - bought, tab - owe
    if tab_left == 0.0:
        return bought, owe, 0.0, 0.0, lot_left, 0.0, False
    return bought, owe, lot_left, tab_left, 0.0, tab_left if lot_left == 0.0 else 0.0, False


@kernel
def unsafe_vaults(ink, spot, art, rate, out):
    """Write every vault's `vault_is_unsafe` to `out`, booleans; arrays of shape (n,)."""
    for i in range(out.size):
        out[i] = vault_is_unsafe(ink[i], spot[i], art[i], rate[i])


@kernel
def bites(ink, art, rate, chop, dunk, lump, room, dust, out, reverts):
    """Write every vault's `bite` to `out`, shape (4, n), and `reverts`; the inputs have shape (n,)."""
    for i in range(ink.size):
        out[0, i], out[1, i], out[2, i], out[3, i], reverts[i] = bite(
            ink[i], art[i], rate[i], chop[i], dunk[i], lump[i], room[i], dust[i]
        )


@kernel
def barks(ink, art, rate, chop, room, dust, out, reverts):
    """Write every vault's `bark` to `out`, shape (4, n), and `reverts`; each vault has the room it is given."""
    for i in range(ink.size):
        out[0, i], out[1, i], out[2, i], out[3, i], reverts[i] = bark(
            ink[i], art[i], rate[i], chop[i], room[i], dust[i]
        )


@kernel
def barks_in_turn(ink, art, rate, chop, room, dust, out, reverts):
    """Write every vault's `bark` as `barks` does, in order, each in the room (one number) that those before it left."""
    for i in range(ink.size):
        out[0, i], out[1, i], out[2, i], out[3, i], reverts[i] = bark(ink[i], art[i], rate[i], chop[i], room, dust[i])
        room -= out[1, i]


@kernel
def tends(bid, previous_bid, beg, tab, accepted):
    """Write every bid's `tend_is_accepted`; arrays of shape (n,)."""
    for i in range(bid.size):
        accepted[i] = tend_is_accepted(bid[i], previous_bid[i], beg[i], tab[i])


@kernel
def dents(lot, previous_lot, beg, bid, tab, accepted):
    """Write every bid's `dent_is_accepted`; arrays of shape (n,)."""
    for i in range(lot.size):
        accepted[i] = dent_is_accepted(lot[i], previous_lot[i], beg[i], bid[i], tab[i])


@kernel
def phases(now, started, last_bid, ttl, tau, out):
    """Write every auction's `phase` to `out`, booleans of shape (3, n); the inputs have shape (n,)."""
    for i in range(now.size):
        out[0, i], out[1, i], out[2, i] = phase(now[i], started[i], last_bid[i], ttl[i], tau[i])


@kernel
def prices(kind, elapsed, top, tau, cut, step, out):
    """Write every moment's `price` to `out`; arrays of shape (n,), one kind. Cost: 1 ns, with a power 11 ns."""
    for i in range(out.size):
        out[i] = price(kind, elapsed[i], top[i], tau[i], cut[i], step[i])


@kernel
def kicks(debt, oracle, chop, buf, tip, chip, out):
    """Write every auction's tab, start price and `reward` to `out`, shape (3, n); the inputs have shape (n,)."""
    for i in range(debt.size):
        out[0, i] = debt[i] * chop[i]
        out[1, i] = oracle[i] * buf[i]
        out[2, i] = reward(out[0, i], tip[i], chip[i])


@kernel
def redo_rewards(tab, lot, oracle, chost, tip, chip, out):
    """Write the keeper's `reward` for every restart to `out`; none below `chost`. Arrays of shape (n,)."""
    for i in range(out.size):
        small = below(tab[i], chost[i], chost[i]) or below(lot[i] * oracle[i], chost[i], chost[i])
        out[i] = 0.0 if small else reward(tab[i], tip[i], chip[i])


@kernel
def redo_needed(elapsed, price, top, tail, cusp, out):
    """Write every auction's `needs_redo` to `out`, booleans; arrays of shape (n,)."""
    for i in range(out.size):
        out[i] = needs_redo(elapsed[i], price[i], top[i], tail[i], cusp[i])


@kernel
def takes(lot, tab, price, amount, chost, out, reverts):
    """Write every purchase's `take` to `out`, shape (6, n), and `reverts`; each row is an auction of its own."""
    for i in range(lot.size):
        out[0, i], out[1, i], out[2, i], out[3, i], out[4, i], out[5, i], reverts[i] = take(
            lot[i], tab[i], price[i], amount[i], chost[i]
        )


@kernel
def takes_in_turn(lot, tab, price, amount, chost, out, reverts):
    """Write the purchases of one auction as `takes` does, in order; those after its end revert.

    Parameters
    ----------
    lot, tab, chost : float
        The auction at its start; least DAI that a purchase may leave.
    price, amount : array of float, shape (n,)
        Price at the moment of each purchase, collateral wanted.
    """
    for i in range(price.size):
        if lot > 0.0 and tab > 0.0:
            out[0, i], out[1, i], out[2, i], out[3, i], out[4, i], out[5, i], reverts[i] = take(
                lot, tab, price[i], amount[i], chost
            )
            lot, tab = out[2, i], out[3, i]
        else:
            out[0, i], out[1, i], out[2, i], out[3, i], out[4, i], out[5, i] = 0.0, 0.0, lot, tab, 0.0, 0.0
            reverts[i] = True
