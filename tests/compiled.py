"""Faces that Python can call, for kernels that only kernels call."""

from __future__ import annotations

from cascade_sim.kernels import backstop, book, funding, heap, liquidation, quotes
from cascade_sim.kernels.jit import kernel


@kernel
def fill(rules_row, table, scale, direction, index, touch, price, x0, e0, thinning, want, worst):
    rules = rules_row[0]
    return book.fill(rules, table, scale, direction, index, touch, price, x0, e0, thinning, want, worst)


@kernel
def quantity_at(rules_row, table, scale, distance):
    return book.quantity_at(rules_row[0], table, scale, distance)


@kernel
def push(priority, identity, size, new_priority, new_identity):
    return heap.push(priority, identity, size, new_priority, new_identity)


@kernel
def pop(priority, identity, size):
    return heap.pop(priority, identity, size)


@kernel
def heapify(priority, identity, size):
    heap.heapify(priority, identity, size)


@kernel
def crossed(key, head, end, limit):
    return liquidation.crossed(key, head, end, limit)


@kernel
def mark_price(rules_row, state_row):
    return quotes.mark_price(rules_row[0], state_row[0])


@kernel
def commit_mark(rules_row, state_row):
    quotes.commit_mark(rules_row[0], state_row[0])


@kernel
def withdraw(rules_row, state_row, level):
    quotes.withdraw(rules_row[0], state_row[0], level)


@kernel
def score_of(rules_row, side, unit, entry, bankruptcy):
    return backstop.score_of(rules_row[0], side, unit, entry, bankruptcy)


@kernel
def funding_rate(rules_row, premium):
    return funding.funding_rate(rules_row[0], premium)
