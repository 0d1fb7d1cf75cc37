"""Putting the crowd in trigger order: quantised prices, a radix sort, an exact tie fix, and the gathers."""

from __future__ import annotations

import numpy as np

from cascade_sim.kernels.jit import kernel

DIGIT_BITS = 10
PASSES = 3
NO_BITS = np.uint64(2**64 - 1)
NEVER = 2 ** (DIGIT_BITS * PASSES) - 1  # the level of what never fires; the others stay below it


@kernel
def bit_range(bits, members, never):
    """Smallest and largest bit pattern of the members' triggers, but for ``never``; (0, 0) where there is none."""
    low, high = NO_BITS, np.uint64(0)
    for j in range(members.size):
        pattern = bits[members[j]]
        if pattern != never:
            low = min(low, pattern)
            high = max(high, pattern)
    return (low, high) if high >= low else (np.uint64(0), np.uint64(0))


@kernel
def pack(bits, members, descending, low, high, never, index_bits, words):
    """Pack each trigger, quantised to 30 bits between the extremes, and its place into one word.

    The bit patterns of positive floats sort as the numbers do, so their leading bits are a quantised price whose error
    is relative: a single far trigger does not blur the rest. Triggers that never fire (0 for a long, infinity for a
    short) come last. Cost: 2 ns a position.
    """
    low, high, never, shift = np.uint64(low), np.uint64(high), np.uint64(never), np.uint64(0)
    while ((high - low) >> shift) >= np.uint64(NEVER):
        shift += np.uint64(1)
    for j in range(members.size):
        pattern = bits[members[j]]
        level = np.uint64(NEVER)
        if pattern != never:
            level = (high - pattern if descending else pattern - low) >> shift
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
    thousand that agree to a part in 2^30 of the range); the caller then sorts in full. Cost: 1 ns a position where
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
