"""Replays in a world: the recorded path laid out, pushes handed on from run to run, saved and read back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cascade_sim.engine.paths import data_path
from cascade_sim.engine.recorded import log_target
from cascade_sim.engine.world import World
from cascade_sim.errors import DataError
from cascade_sim.kernels.state import PUSHED, TRACKED, Tape
from cascade_sim.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

KINDS = ("order", "news")
COLUMNS = ("tick", "before", "after", "kind", "absorbs", "log_recorded")
ABOUT_CLOCK, ABOUT_CONTRACT = "clock", "contract"


class Pushes(NamedTuple):
    """What a replay pushed, tick by tick; arrays of shape (ticks,) as in `kernels.state.Tape`, and whether as news."""

    before: np.ndarray
    after: np.ndarray
    absorbs: np.ndarray
    target: np.ndarray
    news: bool


def pushes_of(world: World) -> Pushes:
    """Return the pushes of a world with a replay; its own arrays."""
    tape = world.tape
    news = bool(world.rules["push_news"][0])
    return Pushes(tape.push_before, tape.push_after, tape.push_absorbs, tape.target, news)


def lay_replay(scenario: Scenario, rules: np.ndarray, tape: Tape, pushes: Pushes | None) -> Tape:
    """Return the tape with what a scenario replays, and tell the rules of it.

    Parameters
    ----------
    scenario : Scenario
    rules : ndarray of RULES, shape (1,)
        Written.
    tape : Tape
    pushes : Pushes, optional
        Those of another run, sent again instead of what the scenario says.

    Raises
    ------
    DataError
        A recorded path or saved pushes cannot be used.
    """
    replay, ticks = scenario.flow.replay, tape.path.size
    if replay is None:
        return tape
    if pushes is None and replay.mode == "push":
        pushes = read_pushes(data_path(scenario, str(replay.file)), scenario, str(replay.file))
    if pushes is None:
        rules["replay"], rules["push_news"] = TRACKED, replay.push == "news"
        arrays = [np.zeros(ticks) for _ in range(3)]
        target = log_target(scenario)
    else:
        rules["replay"], rules["push_news"] = PUSHED, pushes.news
        arrays = list(pushes[:3])
        target = pushes.target
    names = "push_before", "push_after", "push_absorbs"
    return tape._replace(target=target, **dict(zip(names, arrays, strict=True)))


def check_replay(scenario: Scenario) -> None:
    """Meet every error that a replay's file can hold."""
    replay = scenario.flow.replay
    if replay is not None and replay.mode == "tracked":
        log_target(scenario)
    elif replay is not None:
        read_pushes(data_path(scenario, str(replay.file)), scenario, str(replay.file))


def same_replay(scenario: Scenario, other: Scenario) -> bool:
    """Tell whether two scenarios track the same path: one then takes the other's pushes."""
    replay = scenario.flow.replay
    return replay is not None and replay.mode == "tracked" and replay == other.flow.replay


def push_frame(world: World, scenario: Scenario) -> pd.DataFrame:
    """Return a world's pushes as `Run.push` has them: one row a tick with a recorded price."""
    import pandas as pd

    pushes = pushes_of(world)
    done = slice(0, world.tick)
    before, after, absorbs, target = (array[done] for array in pushes[:4])
    ticks = np.flatnonzero(~np.isnan(target))
    quantity = "contracts" if scenario.market.contract == "inverse" else "base"
    frame = pd.DataFrame(
        {
            "tick": ticks,
            "before": before[ticks],
            "after": after[ticks],
            "kind": pd.Categorical.from_codes(np.full(ticks.size, int(pushes.news)), categories=list(KINDS)),
            "absorbs": absorbs[ticks] > 0.0,
            "log_recorded": target[ticks],
        }
    )
    signed = f"{quantity}, buys positive"
    frame.attrs["units"] = {
        "tick": "index of the tick, from 0",
        "before": "log return of the index" if pushes.news else signed,
        "after": signed,
        "kind": "order or news; of before",
        "absorbs": "whether after goes against forced trades",
        "log_recorded": "log of the recorded price in quote per base",
    }
    return frame


def about_pushes(scenario: Scenario) -> dict[str, str]:
    """Return what saved pushes are good for: the clock and the contract they were solved with."""
    clock = scenario.clock
    return {
        ABOUT_CLOCK: f"{clock.start.isoformat()} {clock.tick!r}",
        ABOUT_CONTRACT: f"{scenario.market.contract} {scenario.market.base}/{scenario.market.quote}",
    }


def read_pushes(path: Path, scenario: Scenario, source: str) -> Pushes:
    """Read saved pushes for a scenario.

    Raises
    ------
    DataError
        The file cannot be read, lacks a column, holds ticks out of order or both kinds of push, or was saved by a run
        with another start, tick or contract.
    """
    import pyarrow.parquet as pq

    from cascade_sim.engine.store import read_parquet

    try:
        frame = read_parquet(path)
        about = pq.read_schema(path).metadata or {}
    except FileNotFoundError:
        raise DataError(f"{source}: there is no such file; run the tracked scenario with --out first") from None
    except (OSError, ValueError) as error:
        raise DataError(f"{source}: is not a push.parquet: {str(error).partition(chr(10))[0]}") from None
    missing = [name for name in COLUMNS if name not in frame.columns]
    if missing:
        raise DataError(f"{source}: has no column {', '.join(missing)}; give the push.parquet of a tracked run")
    for key, wanted in about_pushes(scenario).items():
        found = about.get(f"cascade_sim.{key}".encode(), b"").decode()
        if found != wanted:
            raise DataError(
                f"{source}: was saved by a run with the {key} {found or '(not stated)'}, this one has {wanted}; pushes "
                "are of one clock and one contract"
            )
    return _by_tick(frame, scenario.clock.ticks, source)


def _by_tick(frame: Any, ticks: int, source: str) -> Pushes:
    tick = frame["tick"].to_numpy()
    if tick.size and (tick[0] < 0 or (np.diff(tick) <= 0).any()):
        row = int(np.argmax(np.diff(tick, prepend=-1) <= 0))
        raise DataError(f"{source}: row {row}: tick {tick[row]} does not follow on the row before")
    kinds = [str(kind) for kind in frame["kind"].unique()]
    if len(kinds) > 1 or not set(kinds) <= set(KINDS):
        raise DataError(f"{source}: kind is {', '.join(sorted(kinds))}; all pushes have to be order, or all news")
    numbers = frame[["before", "after", "absorbs", "log_recorded"]].to_numpy(np.float64)
    if not np.isfinite(numbers).all():
        row = int(np.argmax(~np.isfinite(numbers).all(axis=1)))
        raise DataError(f"{source}: row {row}: a push is not a finite number")
    inside = tick < ticks
    tick, numbers = tick[inside], numbers[inside]
    by_tick = np.zeros((4, ticks))
    by_tick[3] = np.nan
    by_tick[:, tick] = numbers.T
    before, after, absorbs, target = by_tick
    return Pushes(before, after, absorbs, target, kinds == ["news"])
