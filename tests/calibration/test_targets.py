from __future__ import annotations

import math

import pytest
from fits import small

from cascade_sim.calibration.asked import asked_for
from cascade_sim.calibration.targets import MISSING, Target
from cascade_sim.errors import ScenarioError


def target(key: str, **written: object) -> Target:
    return asked_for(small(targets={key: written})).events[0].targets[0]


def test_the_error_of_a_fraction_is_in_points():
    drawdown = target("max_drawdown", value="30%", tolerance="2%")
    assert drawdown.error(drawdown.compared(0.34)) == pytest.approx(2.0, rel=1e-12)


def test_the_error_of_an_amount_is_the_logarithm_of_its_ratio():
    notional = target("liquidated_notional", value="10M", tolerance="20%")
    assert notional.error(notional.compared(20e6)) == pytest.approx(math.log(2.0) / 0.2, rel=1e-12)
    assert notional.error(notional.compared(5e6)) == pytest.approx(-math.log(2.0) / 0.2, rel=1e-12)


def test_nothing_liquidated_is_a_thousandth_of_the_target():
    notional = target("liquidated_notional", value="10M", tolerance="20%")
    assert notional.error(notional.compared(0.0)) == pytest.approx(-math.log(1_000.0) / 0.2, rel=1e-12)


def test_an_amount_of_nothing_is_compared_as_it_is():
    deleveraged = target("adl_notional", value=0, tolerance="1M")
    assert deleveraged.error(deleveraged.compared(3e6)) == pytest.approx(3.0, rel=1e-12)


def test_nothing_inside_of_a_range_is_better_than_anything_else():
    cleared = target("open_interest_cleared", value=["25%", "35%"], tolerance="5%")
    errors = [cleared.error(cleared.compared(share)) for share in (0.20, 0.25, 0.30, 0.35, 0.45)]
    assert errors == pytest.approx([-1.0, 0.0, 0.0, 0.0, 2.0], abs=1e-12)
    assert cleared.width == pytest.approx(0.10, rel=1e-12)


def test_the_error_of_a_time_is_in_seconds_over_the_tolerance():
    low = target("low_time", value="2020-03-12T10:05:30Z", tolerance="30s")
    assert low.error(low.compared(low.number("2020-03-12T10:06:30+00:00"))) == pytest.approx(2.0, rel=1e-12)
    between = target("low_time", value=["2020-03-12T10:05:30Z", "2020-03-12T10:07:30Z"], tolerance="30s")
    assert between.error(between.compared(between.number("2020-03-12T10:06:30+00:00"))) == 0.0


def test_a_figure_that_a_run_does_not_have_is_a_large_error():
    recovery = target("half_recovery_s", value="10s", tolerance="5s")
    assert math.isnan(recovery.compared(recovery.number(None)))
    assert recovery.error(math.nan) == MISSING


def test_a_target_without_a_value_is_the_reported_figure():
    reported = {"max_drawdown": {"value": ["30%", "32%"], "source": "x"}}
    scenario = small(targets={"max_drawdown": {"tolerance": "2%"}}, reported=reported)
    one = asked_for(scenario).events[0].targets[0]
    assert (one.least, one.most) == pytest.approx((0.30, 0.32), rel=1e-12)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"max_drawdwn": {"value": 1, "tolerance": 1}},
         "there is no such figure in the summary; did you mean max_drawdown?"),
        ({"amplification": {"value": 1.2, "tolerance": 0.1}}, "needs a second run without forced selling"),
        ({"status": {"value": "completed", "tolerance": 1}}, "is no number; leave it out"),
        ({"open_interest_cleared": {"tolerance": "5%"}},
         "there is no recorded figure: the scenario reports no open_interest_cleared; add value:"),
        ({"max_drawdown": {"value": "deep", "tolerance": "5%"}}, "'deep' is not a number"),
        ({"low_time": {"value": "12 Mar 10:05", "tolerance": "5min"}}, "is not a time"),
        ({"low_time": {"value": "2021-03-12T10:05Z", "tolerance": "5min"}}, "does not lie within the run"),
    ],
)  # fmt: skip
def test_a_target_that_cannot_be_met_is_refused_before_the_first_run(written, words):
    with pytest.raises(ScenarioError) as refused:
        asked_for(small(targets=written))
    assert words in str(refused.value)
    assert f"calibrate.targets.{next(iter(written))}:" in str(refused.value)


def test_a_scenario_that_says_nothing_of_a_fit_is_refused():
    with pytest.raises(ScenarioError, match="calibrate: is missing; add calibrate: with free: and targets:"):
        asked_for(small().with_overrides({"calibrate": None}))
    with pytest.raises(ScenarioError, match=r"calibrate\.targets: is missing"):
        asked_for(small(targets={}))
