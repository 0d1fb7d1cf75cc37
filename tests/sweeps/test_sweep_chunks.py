from __future__ import annotations

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cascade_sim.sweeps.chunks import Chunk, Pieces, Sizes
from cascade_sim.sweeps.plan import Task


def task(point, replicates, keep=()):
    numbers = tuple(range(replicates))
    return Task(point, {"seed": point}, numbers, tuple(100 * point + each for each in numbers), keep)


def runs_of(tasks):
    return [
        (each.point, replicate, seed, replicate in each.keep)
        for each in tasks
        for replicate, seed in zip(each.replicates, each.seeds, strict=True)
    ]


def chunks_of(tasks, size):
    pieces, chunks = Pieces(tasks), []
    while (chunk := pieces.take(size)) is not None:
        chunks.append(chunk)
    return chunks


@given(st.lists(st.integers(1, 20), max_size=10), st.integers(1, 30))
def test_chunks_hold_every_run_once_and_in_order(replicates, size):
    tasks = [task(point, count, keep=(0, count - 1)) for point, count in enumerate(replicates)]
    chunks = chunks_of(tasks, size)
    assert [run for chunk in chunks for run in runs_of(chunk.tasks)] == runs_of(tasks)
    assert all(0 < chunk.runs <= size for chunk in chunks)
    for chunk, following in pairwise(chunks):
        assert chunk.runs + min(len(following.tasks[0].replicates), size) > size


@given(st.lists(st.integers(1, 20), max_size=10), st.integers(1, 30))
def test_a_task_is_cut_only_where_it_is_larger_than_a_chunk(replicates, size):
    tasks = [task(point, count) for point, count in enumerate(replicates)]
    pieces = Counter(piece.point for chunk in chunks_of(tasks, size) for piece in chunk.tasks)
    assert pieces == {each.point: -(-len(each.replicates) // size) for each in tasks}


def test_a_chunk_falls_apart_into_its_runs():
    tasks = [task(0, 3, keep=(1,)), task(4, 2)]
    singles = Chunk(tasks, deaths=2).single_runs()
    assert [run for chunk in singles for run in runs_of(chunk.tasks)] == runs_of(tasks)
    assert all(chunk.runs == 1 and chunk.alone and chunk.deaths == 0 for chunk in singles)


def test_chunks_grow_until_they_take_a_second():
    sizes, given_out = Sizes(10**6), []
    for _ in range(8):
        runs = sizes.next(workers=2)
        given_out.append(runs)
        sizes.measured(runs, seconds=0.01 * runs)
    assert given_out == [1, 4, 16, 64, 99, 99, 99, 99] or given_out == [1, 4, 16, 64, 100, 100, 100, 100]


def test_one_slow_start_does_not_keep_chunks_small():
    sizes = Sizes(10**6)
    for seconds in (2.0, 2.0, 0.001, 0.001, 0.001):
        sizes.measured(1, seconds)
    assert sizes.next(workers=2) == 4


def test_a_run_longer_than_a_second_is_a_chunk():
    sizes = Sizes(100)
    sizes.measured(1, seconds=30.0)
    assert sizes.next(workers=2) == 1


def test_chunks_shrink_near_the_end():
    sizes, left, given_out = Sizes(4_000), 4_000, []
    sizes.measured(2_000, seconds=0.01)
    while left:
        runs = min(sizes.next(workers=2), left)
        sizes.handed_out(runs)
        left -= runs
        given_out.append(runs)
    assert given_out[0] == 1_000
    assert given_out[-1] == 1
    assert given_out == sorted(given_out, reverse=True)
