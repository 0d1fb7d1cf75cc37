"""The tick loop against its plain-Python twin, bit for bit."""

from __future__ import annotations

import pytest
from drawn import drawn_worlds
from drawn_rules import venue_worlds
from hypothesis import given, settings
from naive.world import NaiveWorld
from twins import assert_twins
from worlds import WorldArrays


def assert_same_bits(arrays: WorldArrays) -> None:
    assert_twins(arrays.run(), NaiveWorld(*arrays.arguments).run())


@settings(deadline=None, max_examples=250)
@given(drawn_worlds())
def test_any_world_equals_its_plain_twin_bit_for_bit(arrays):
    assert_same_bits(arrays)


@pytest.mark.slow
@settings(deadline=None, max_examples=10_000)
@given(drawn_worlds())
def test_ten_thousand_worlds_equal_their_plain_twins_bit_for_bit(arrays):
    assert_same_bits(arrays)


@settings(deadline=None, max_examples=250)
@given(venue_worlds())
def test_any_world_under_any_venue_rules_equals_its_plain_twin_bit_for_bit(arrays):
    assert_same_bits(arrays)


@pytest.mark.slow
@settings(deadline=None, max_examples=10_000)
@given(venue_worlds())
def test_ten_thousand_worlds_under_any_venue_rules_equal_their_plain_twins(arrays):
    assert_same_bits(arrays)
