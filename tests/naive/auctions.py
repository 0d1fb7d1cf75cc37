"""Maker's auctions once more, one at a time; floats or fractions, as in `naive.lending`."""

from __future__ import annotations

import math

from naive.lending import ROUNDING, below


def unsafe(ink, spot, art, rate, rounding=ROUNDING) -> bool:
    return below(ink * spot, art * rate, art * rate, rounding)


def split(ink, art, dart, rate, chop):
    lot = min(ink, ink * dart / art) if dart < art else ink
    return lot, dart * rate * chop, ink - lot, art - dart, False


def bite(ink, art, rate, chop, dunk, lump, room, dust, rounding=ROUNDING):
    nothing = 0, 0, ink, art, True
    if room <= 0 or below(room, dust, dust, rounding) or ink == 0:
        return nothing
    dart = min(art, min(dunk, room) / rate / chop)
    if lump < ink:
        dart = min(dart, lump * art / ink)
    return split(ink, art, dart, rate, chop) if dart > 0 else nothing


def bark(ink, art, rate, chop, room, dust, rounding=ROUNDING):
    nothing = 0, 0, ink, art, True
    if room <= 0 or ink == 0 or art == 0:
        return nothing
    dart = min(art, room / rate / chop)
    if dart < art:
        if below((art - dart) * rate, dust, art * rate, rounding):
            dart = art
        elif below(dart * rate, dust, dust, rounding):
            return nothing
    return split(ink, art, dart, rate, chop)


def tend_accepted(bid, previous_bid, beg, tab, rounding=ROUNDING) -> bool:
    if bid <= previous_bid or below(tab, bid, tab, rounding):
        return False
    at_the_tab = not below(bid, tab, tab, rounding)
    return at_the_tab or not below(bid, beg * previous_bid, bid, rounding)


def dent_accepted(lot, previous_lot, beg, bid, tab, rounding=ROUNDING) -> bool:
    if below(bid, tab, tab, rounding) or below(tab, bid, tab, rounding):
        return False
    return lot < previous_lot and not below(previous_lot, beg * lot, previous_lot, rounding)


def phase(now, started, last_bid, ttl, tau):
    """Return open, finished, to be started again; `last_bid` is None while there is none."""
    end = started + tau
    if last_bid is None:
        return now < end, False, now > end
    expiry = last_bid + ttl
    return now < expiry and now < end, now > expiry or now > end, False


def price(kind, elapsed, top, tau=None, cut=None, step=None):
    if kind == "linear":
        return top * ((tau - elapsed) / tau) if elapsed < tau else 0.0
    if kind == "stair":
        steps = elapsed / step
        return top * math.pow(cut, math.floor(steps + ROUNDING * steps))
    return top * math.pow(cut, elapsed)


def needs_redo(elapsed, price, top, tail, cusp, rounding=ROUNDING) -> bool:
    return below(tail, elapsed, elapsed, rounding) or below(price, cusp * top, top, rounding)


def take(lot, tab, price, amount, chost, rounding=ROUNDING):
    bought = min(lot, amount)
    owe = bought * price
    if not below(owe, tab, tab, rounding):
        owe, bought = tab, min(lot, tab / price)
    elif bought < lot and below(tab - owe, chost, tab, rounding):
        if not below(chost, tab, tab, rounding):
            return 0, 0, lot, tab, 0, 0, True
        owe = tab - chost
        bought = min(lot, owe / price)
    rest, unpaid = lot - bought, tab - owe
    if unpaid == 0:
        return bought, owe, 0, 0, rest, 0, False
    return bought, owe, rest, unpaid, 0, unpaid if rest == 0 else 0, False
