"""Putting the crowd in trigger order: quantised prices, a radix sort, an exact tie fix, and the gathers."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import kernel

DIGIT_BITS = 11
PASSES = 3
LEVELS = 2 ** (DIGIT_BITS * PASSES) - 2  # one more stands for "never"


@kernel
def price_range(trigger, members):
    """Smallest and largest finite trigger of the members; (0, 0) where there is none. Cost: 1 ns a position."""
    low, high = np.inf, 0.0
    for j in range(members.size):
        price = trigger[members[j]]
        if price < np.inf:
            low = min(low, price)
            high = max(high, price)
    return (low, high) if high >= low else (0.0, 0.0)


@kernel
def pack(trigger, members, descending, low, high, index_bits, words):
    """Pack each trigger, quantised to 33 bits between the extremes, and its place into one word.

    Quantising is monotone, so the words sort as the prices do up to ties within one part in 2^33 of the range, which
    `settle_ties` puts right. Triggers that never fire (0 for a long, infinity for a short) come last.
    Cost: 2 ns a position.
    """
    scale = LEVELS / (high - low) if high > low else 0.0
    if scale == np.inf:  # a range too small to divide by: leave the order to `settle_ties`
        scale = 0.0
    for j in range(members.size):
        price = trigger[members[j]]
        level = np.uint64(LEVELS + 1)
        if price < np.inf:
            level = np.uint64((high - price) * scale if descending else (price - low) * scale)
        words[j] = (level << np.uint64(index_bits)) | np.uint64(members[j])


@kernel
def radix_sort(words, target, index_bits):
    """Sort words by their quantised price, stably, least significant digit first, into ``target``.

    ``words`` is scratch afterwards. A digit that all words share is passed over. Cost: 3 ns a position and digit on
    any processor; numpy's sort costs 5 to 60 ns a position, depending on how its vector code suits the processor.
    """
    buckets = 1 << DIGIT_BITS
    counts = np.zeros((PASSES, buckets), np.int64)
    mask = np.uint64(buckets - 1)
    for j in range(words.size):
        level = words[j] >> np.uint64(index_bits)
        counts[0, level & mask] += 1
        counts[1, (level >> np.uint64(DIGIT_BITS)) & mask] += 1
        counts[2, level >> np.uint64(2 * DIGIT_BITS)] += 1
    here, there, passes = words, target, 0
    for digit in range(PASSES):
        shift = np.uint64(index_bits + digit * DIGIT_BITS)
        if here.size == 0 or counts[digit, (here[0] >> shift) & mask] == here.size:
            continue
        place = 0
        for bucket in range(buckets):
            size = counts[digit, bucket]
            counts[digit, bucket] = place
            place += size
        offsets = counts[digit]
        for j in range(here.size):
            word = here[j]
            bucket = (word >> shift) & mask
            there[offsets[bucket]] = word
            offsets[bucket] += 1
        here, there = there, here
        passes += 1
    if passes % 2 == 0:
        for j in range(words.size):
            target[j] = words[j]


@kernel
def unpack(words, sign, trigger, index_bits, key, index):
    """Turn sorted words into places and keys (``-side trigger``); ``key`` may share the words' memory.

    Cost: one random read a position.
    """
    mask = (np.uint64(1) << np.uint64(index_bits)) - np.uint64(1)
    for j in range(words.size):
        place = np.int64(words[j] & mask)
        index[j] = place
        key[j] = sign * trigger[place]


@kernel
def settle_ties(key, index):
    """Finish a nearly sorted order by insertion: key ascending, ties by place.

    Returns False, with the order unfinished, when it would take more than eight moves a position (prices by the
    thousand that agree to a part in 2^33 of the range); the caller then sorts in full. Cost: 1 ns a position where
    nothing moves.
    """
    moves = 0
    for j in range(1, key.size):
        if key[j - 1] < key[j] or (key[j - 1] == key[j] and index[j - 1] < index[j]):
            continue
        k, i = key[j], index[j]
        p = j
        while p > 0 and (key[p - 1] > k or (key[p - 1] == k and index[p - 1] > i)):
            key[p] = key[p - 1]
            index[p] = index[p - 1]
            p -= 1
        key[p] = k
        index[p] = i
        moves += j - p
        if moves > 8 * key.size:
            return False
    return True


@kernel
def split_sides(side, longs, shorts):
    """Write the places of longs and of shorts into two arrays of the right sizes. Cost: 1 ns a position."""
    n_long, n_short = 0, 0
    for k in range(side.size):
        if side[k] > 0:
            longs[n_long] = k
            n_long += 1
        else:
            shorts[n_short] = k
            n_short += 1


@kernel
def gather(source, index, target):
    """Copy ``source`` in the order of ``index``. Cost: one random read a position."""
    for j in range(index.size):
        target[j] = source[index[j]]
