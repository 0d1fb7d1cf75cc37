"""Sweep files to take apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from cascade_sim.errors import Problem, ScenarioError
from cascade_sim.sweeps.loading import load_sweep
from cascade_sim.sweeps.spec import Sweep

SCENARIO = """\
name: Small
clock: {start: 2020-03-12T10:00:00Z, duration: 100s, tick: 1s}
market:
  price: 100
  book: {shape: linear, depth: {within: 1%, notional: 1M}}
  mark: {kind: index_ema, half_life: 30s}
exchange:
  max_leverage: 100
crowd:
  longs:
    side: long
    traders: 1000
    open_interest: 10M
    leverage: {kind: lognormal, mean: 10, sigma: 0.5}
flow:
  orders: [{at: 10s, sell: 1M}]
compare:
  calm: {crowd.longs.leverage.mean: 5}
"""

HEAD = "name: Test\nscenario: small.yaml\n"


def sweep_of(folder: Path, body: str, head: str = HEAD) -> Sweep:
    """Load a sweep whose file lies beside the small scenario."""
    (folder / "small.yaml").write_text(SCENARIO, encoding="utf-8")
    file = folder / "sweep.yaml"
    file.write_text(head + body, encoding="utf-8")
    return load_sweep(file)


def varying(folder: Path, *lines: str, rest: str = "") -> Sweep:
    """Load a sweep with these lines below ``vary``."""
    return sweep_of(folder, "vary:\n" + "".join(f"  {line}\n" for line in lines) + rest)


def refusals(folder: Path, body: str, head: str = HEAD) -> tuple[Problem, ...]:
    """Return what is wrong with a sweep file."""
    with pytest.raises(ScenarioError) as refused:
        sweep_of(folder, body, head)
    return refused.value.problems


def refusal(folder: Path, *lines: str, rest: str = "") -> str:
    """Return the one thing that is wrong below ``vary``, without the name of the file."""
    body = "vary:\n" + "".join(f"  {line}\n" for line in lines) + rest
    (problem,) = refusals(folder, body)
    return str(problem).removeprefix(str(folder) + "/")
