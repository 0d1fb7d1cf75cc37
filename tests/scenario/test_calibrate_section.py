"""What is fitted is read, refused and written like the rest of a scenario, and changes no run."""

from __future__ import annotations

import pytest

from cascade_sim import run
from cascade_sim.scenario import load_scenario
from cascade_sim.tables import differences

SECTION = """\
calibrate:
  free:
    depth: {sets: {market.book.depth.notional: open_interest}, from: 1%, to: 10%, scale: log}
    refill: {sets: [market.book.refill.half_life], from: 10s, to: 5min}
  targets:
    max_drawdown: {value: 30%, tolerance: 2%, source: bars}
    low_time: {value: [2020-03-12T10:00:10Z, 2020-03-12T10:00:20Z], tolerance: 10s}
"""


def test_parameters_and_targets_are_read_with_their_units(write, small_text):
    section = load_scenario(write(small_text + SECTION)).calibrate
    depth, refill = section.free.values()
    assert (depth.sets, depth.from_, depth.to, depth.scale) == (
        {"market.book.depth.notional": "open_interest"}, 0.01, 0.10, "log",
    )  # fmt: skip
    assert (refill.sets, refill.from_, refill.to) == ({"market.book.refill.half_life": 1.0}, 10.0, 300.0)
    assert (section.targets["max_drawdown"].value, section.targets["max_drawdown"].tolerance) == (0.30, 0.02)
    assert section.targets["low_time"].ends == ("2020-03-12T10:00:10Z", "2020-03-12T10:00:20Z")


def test_what_is_fitted_survives_being_written_and_read_again(write, small_text):
    scenario = load_scenario(write(small_text + SECTION))
    again = load_scenario(write(scenario.to_yaml(), "again.yaml"))
    assert again.calibrate == scenario.calibrate
    assert again.hash == scenario.hash


def test_what_is_fitted_changes_nothing_in_a_run(write, small, small_text):
    fitted = load_scenario(write(small_text + SECTION))
    assert run(fitted).summary == run(small).summary
    assert differences(small, fitted) == []
    assert fitted.bare().calibrate is None


def test_a_file_may_leave_the_targets_to_those_that_extend_it(write, small_text):
    free, targets = SECTION.split("  targets:\n")
    write(small_text + free, "base.yaml")
    child = load_scenario(write("extends: base.yaml\ncalibrate:\n  targets:\n" + targets))
    assert list(child.calibrate.free) == ["depth", "refill"]
    assert list(child.calibrate.targets) == ["max_drawdown", "low_time"]


@pytest.mark.parametrize(
    ("section", "line"),
    [
        ("{fre: {}}", "calibrate.fre: there is no such key; did you mean free?"),
        ("{free: {a: {sets: x.y, from: 2, to: 1}}}",
         "calibrate.free.a.to: 1 is not above 2; give a value above from"),
        ("{free: {a: {sets: x.y, from: 0, to: 1, scale: log}}}",
         "calibrate.free.a.from: 0 has no logarithm; give a value above 0, or scale: linear"),
        ("{free: {a: {sets: x.y, from: 0, to: 1, start: 2}}}",
         "calibrate.free.a.start: 2 does not lie between 0 and 1; widen the range, or start inside of it"),
        ("{free: {a: {sets: {x.y: twice}, from: 0, to: 1}}}",
         "calibrate.free.a.sets.x.y: 'twice' is nothing to multiply by; write a number, open_interest, rest, "
         "written or a dotted key"),
        ("{free: {a: {sets: {x.y: 1, x.z: rest}, from: 0, to: 1}}}",
         "calibrate.free.a.sets.x.z: rest is what is left of the open interest; use it for "
         "crowd.NAME.open_interest"),
        ("{free: {a: {sets: x.y, from: 0, to: 1}, b: {sets: x.y, from: 0, to: 1}}}",
         "calibrate.free.b.sets.x.y: is set by a already; let one parameter set a key"),
        ("{free: {a b: {sets: x.y, from: 0, to: 1}}}",
         "calibrate.free.a b: 'a b' cannot be a name; use letters, digits and _ only"),
        ("{free: {a: {sets: x.y, from: 0, to: 1}}, targets: {max_drawdown: {value: 30%}}}",
         "calibrate.targets.max_drawdown.tolerance: is missing; add it: what counts as one unit of error: of a "
         "fraction in points (2% is 0.02), of an amount above 0 as a fraction of it (20%), of a time a duration, of an "
         "amount of 0 an amount"),
        ("{free: {a: {sets: x.y, from: 0, to: 1}}, targets: {max_drawdown: {value: [3%, 2%], tolerance: 1%}}}",
         "calibrate.targets.max_drawdown.value: the range ends below its beginning; write the lower number first"),
    ],
)  # fmt: skip
def test_a_wrong_section_is_told_with_its_place_and_what_to_change(problems_of, small_text, section, line):
    (problem,) = problems_of(f"{small_text}calibrate: {section}\n")
    place, _, words = str(problem).partition(" ")
    assert (place.rpartition(":")[0], words) == ("case.yaml:14", line)
