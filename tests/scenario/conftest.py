"""Scenario files to take apart."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from cascade_sim.errors import Problem
from cascade_sim.scenario import Scenario, ScenarioError, load_scenario

SAMPLE = """\
name: Two clusters, one sale
description: What a clustered book of 20x longs does to one large market order.
seed: 7
clock: {start: 2020-03-12T10:00:00Z, duration: 2h, tick: 1s}
market:
  contract: linear                    # linear | inverse
  price: 7900
  book: {shape: linear, depth: {within: 1%, notional: 20M}, half_spread: 0.01%,
         refill: {half_life: 45s, permanent: 30%}, withdrawal: {volatility: 1%, over: 1min, power: 2, floor: 2%}}
  mark: {kind: index_ema, half_life: 30s}        # last | mid | index | index_ema
  index: {path: {kind: constant}, pull: {half_life: 10min}, follow: {half_life: never}}
exchange:
  maintenance: {rate: 0.5%, basis: mark}         # or tiers: [[0, 0.4%], [50k, 0.5%], ...]
  liquidation: {policy: market}                  # market | partial | paced | none
  insurance_fund: 5M
  adl: true
crowd:
  longs:  {side: long, traders: 200_000, open_interest: 600M,
           leverage: {kind: discrete, weights: {5: 30%, 10: 30%, 20: 25%, 50: 10%, 100: 5%}},
           entry: {kind: clusters, at: [7900, 7750], weights: [60%, 40%], width: 0.4%},
           size: {kind: pareto, exponent: 1.5}}
  shorts: {side: short, traders: 100_000, open_interest: 500M, leverage: {kind: lognormal, mean: 8, sigma: 0.6}}
flow:
  noise: {notional_per_second: 40k}
  orders: [{at: 20min, sell: 30M}]
record: {every: 1s, heatmap: {bins: 200, every: 1min}}
compare:                                         # named counterfactuals, run with the same luck and flow
  no_forced_selling: {exchange.liquidation.policy: none}
  leverage_cap: {crowd.longs.leverage.cap: 20}
reported: {max_drawdown: {value: 50%, source: "..."}}   # real figures, printed beside the simulated ones
"""

SMALL = """\
name: Small
clock: {start: 2020-03-12T10:00:00Z, duration: 100s, tick: 1s}
market:
  price: 100
  book: {shape: linear, depth: {within: 1%, notional: 1M}}
exchange:
  max_leverage: 125
crowd:
  longs:
    side: long
    traders: 1000
    open_interest: 10M
    leverage: {kind: fixed, value: 10}
"""

Write = Callable[..., Path]


@pytest.fixture
def sample_text() -> str:
    """Return the published example of the format."""
    return SAMPLE


@pytest.fixture
def small_text() -> str:
    """Return a scenario with one cohort and nothing special."""
    return SMALL


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Return a function that writes a file into a working folder of its own."""
    monkeypatch.chdir(tmp_path)

    def write_file(text: str, name: str = "case.yaml") -> Path:
        file = Path(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    return write_file


@pytest.fixture
def small(write: Write, small_text: str) -> Scenario:
    """Return the small scenario, loaded."""
    return load_scenario(write(small_text, "small.yaml"))


@pytest.fixture
def sample(write: Write, sample_text: str) -> Scenario:
    """Return the published example, loaded."""
    return load_scenario(write(sample_text, "sample.yaml"))


@pytest.fixture
def problems_with(small: Scenario) -> Callable[[Mapping[str, Any]], list[Problem]]:
    """Return a function that lists what is wrong with the small scenario under changes."""

    def find(changes: Mapping[str, Any]) -> list[Problem]:
        try:
            small.with_overrides(changes)
        except ScenarioError as error:
            return list(error.problems)
        return []

    return find


@pytest.fixture
def problems_of(write: Write) -> Callable[[str], list[Problem]]:
    """Return a function that lists what is wrong with the text of a file."""

    def find(text: str) -> list[Problem]:
        try:
            load_scenario(write(text))
        except ScenarioError as error:
            return list(error.problems)
        return []

    return find
