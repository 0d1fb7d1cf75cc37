"""Running a scenario with its counterfactuals, from the scenario to a summarised run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cascade_sim.crowd import Crowd, build_crowd, crowd_map
from cascade_sim.engine.advance import advance
from cascade_sim.engine.checkpoint import load_world, read_manifest, save_world
from cascade_sim.engine.folder import CHECKPOINT_MANIFEST, SCENARIO, all_or_nothing
from cascade_sim.engine.frames import CROWD_UNITS, liquidations_frame, timeline_frame, units_of
from cascade_sim.engine.heatmap import heatmap_frame
from cascade_sim.engine.interrupt import interrupts_held
from cascade_sim.engine.lending import loans_of
from cascade_sim.engine.lending_frames import (
    actions_frame,
    add_chain_columns,
    auctions_frame,
    keepers_frame,
    loans_frame,
    with_chain_liquidations,
)
from cascade_sim.engine.memory import refuse_what_does_not_fit
from cascade_sim.engine.paths import index_path
from cascade_sim.engine.provenance import data_digests
from cascade_sim.engine.recorded import located
from cascade_sim.engine.reference import same_without_liquidations
from cascade_sim.engine.replay import Pushes, check_replay, push_frame, pushes_of, same_replay
from cascade_sim.engine.run import Run
from cascade_sim.engine.simulate import Progress, build_world, crowd_signature, run_world
from cascade_sim.engine.store import at_home, write_json
from cascade_sim.engine.world import World
from cascade_sim.errors import RunError, ScenarioError, UnreachableError
from cascade_sim.kernels.state import TRACKED
from cascade_sim.metrics.cascade import add_amplification, summarise
from cascade_sim.scenario import Scenario, load_scenario

# No counterfactual can have a name with a dot.
BASE = "base.run"
NO_FORCED_SELLING = "no_forced_selling"


def collect(world: World, scenario: Scenario, seed: int, crowd: Crowd) -> Run:
    """Turn a world, finished or not, into a run."""
    timeline = timeline_frame(world, scenario)
    add_chain_columns(timeline, world, scenario)
    liquidations = liquidations_frame(world, scenario, crowd)
    return Run(
        scenario=scenario,
        seed=seed,
        summary=summarise(world, scenario, float(crowd.quantity.sum())),
        timeline=timeline,
        liquidations=with_chain_liquidations(liquidations, world, scenario),
        lending=actions_frame(world, scenario),
        auctions=auctions_frame(world, scenario),
        keepers=keepers_frame(world, scenario),
        heatmap=heatmap_frame(world, scenario),
        push=push_frame(world, scenario) if world.rules["replay"][0] == TRACKED else None,
    )


@contextmanager
def shown(label: str, total: int, show: bool) -> Iterator[Progress | None]:
    """Show a progress bar with the time left on standard error, if asked to."""
    if not show or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    text = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("ticks")
    with Progress(*text, TimeRemainingColumn(), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda ticks: bar.update(task, advance=ticks)


class Simulation:
    """A scenario and its counterfactuals on their way: what is done can be put away and taken up again.

    Parameters
    ----------
    scenario : Scenario
    seed : int, optional
        The scenario's own if left out.
    positions : pandas.DataFrame, optional
        Positions beside the scenario's cohorts.
    counterfactuals : bool
        Whether to run the scenario's ``compare`` entries too.
    """

    def __init__(
        self, scenario: Scenario, seed: int | None = None, positions: Any = None, counterfactuals: bool = True
    ) -> None:
        self.scenario = scenario
        self.seed = scenario.seed if seed is None else seed
        self.positions = positions
        self.scenarios = {BASE: scenario}
        if counterfactuals:
            self.scenarios |= {name: scenario.counterfactual(name) for name in scenario.compare}
        self.worlds: dict[str, World] = {}
        self._crowds: dict[str, Crowd] = {}
        self._data = data_digests(self.scenarios.values())

    def crowd(self, name: str) -> Crowd:
        """Return the crowd of one of the runs; runs whose rules leave it unchanged share it."""
        signature = crowd_signature(self.scenarios[name])
        if signature not in self._crowds:
            self._crowds[signature] = build_crowd(self.scenarios[name], self.seed, self.positions)
        return self._crowds[signature]

    def prepare(self) -> None:
        """Meet every error that the data can hold, and compile, now rather than after an hour of running.

        Ctrl-C is heard at the end: an interrupted compiler fails in ways of its own.

        Raises
        ------
        ScenarioError, DataError
            A crowd or loans cannot be built as the scenario says, or a data file cannot be used.
        RunError
            The runs do not fit into memory.
        """
        refuse_what_does_not_fit(self.scenarios.values())
        with interrupts_held("stopping as soon as the run is prepared"):
            for name, scenario in self.scenarios.items():
                self.crowd(name)
                if scenario.market.index.path.kind == "csv":
                    index_path(scenario, self.seed)
                if name == BASE or not same_replay(scenario, self.scenario):
                    check_replay(scenario)
                if name != BASE and scenario.lending != self.scenario.lending:
                    loans_of(scenario, self.seed)
            advance(self.world(BASE), 0)

    def world(self, name: str) -> World:
        """Return the world of one of the runs, built if it is not there yet."""
        if name not in self.worlds:
            self.worlds[name] = build_world(self.scenarios[name], self.seed, self.crowd(name), pushes=self.pushes(name))
        return self.worlds[name]

    def pushes(self, name: str) -> Pushes | None:
        """Return the pushes that a counterfactual of a tracked replay takes from the run it is compared with."""
        if name == BASE or not same_replay(self.scenarios[name], self.scenario):
            return None
        return pushes_of(self.world(BASE))

    def advance(self, show: bool = False) -> None:
        """Run everything to its end; after a KeyboardInterrupt, calling it again goes on."""
        for name, scenario in self.scenarios.items():
            world = self.world(name)
            label = scenario.name if name == BASE else name
            with shown(label, world.ticks - world.tick, show) as progress:
                try:
                    run_world(world, progress)
                except UnreachableError as error:
                    raise located(error, scenario) from None

    def run(self) -> Run:
        """Return the run with all its counterfactuals."""
        run = collect(self.worlds[BASE], self.scenario, self.seed, self.crowd(BASE))
        run.crowd_map = self.crowd_map()
        run.loans = loans_frame(self.worlds[BASE], self.scenario)
        for name, scenario in self.scenarios.items():
            if name != BASE:
                run.counterfactuals[name] = collect(self.worlds[name], scenario, self.seed, self.crowd(name))
        if NO_FORCED_SELLING in run.counterfactuals:
            without = run.counterfactuals[NO_FORCED_SELLING].summary
            add_amplification(run.summary, without)
            for name, other in run.counterfactuals.items():
                if same_without_liquidations(self.scenario, self.scenarios[name]):
                    add_amplification(other.summary, without)
        return run

    def crowd_map(self) -> Any:
        """Return the crowd before the run as `Run.crowd_map` has it; None where nobody stands in the market."""
        import pandas as pd

        crowd = self.crowd(BASE)
        if not crowd.side.size:
            return None
        frame = pd.DataFrame(crowd_map(crowd, self.scenario))
        frame.attrs["units"] = units_of(CROWD_UNITS, self.scenario)
        return frame

    def save(self, folder: Path) -> None:
        """Put everything that has been started into a folder, to be taken up by `restored`.

        Raises
        ------
        OutputError
            It cannot be written; an earlier checkpoint is then left as it was.
        """
        about = {
            "name": self.scenario.name,
            "seed": self.seed,
            "scenario_hash": self.scenario.hash,
            "base_dir": None if self.scenario.base_dir is None else str(self.scenario.base_dir),
            "data": self._data,
        }
        folder.mkdir(parents=True, exist_ok=True)
        old = [entry.name for entry in folder.iterdir()]
        with all_or_nothing(folder, CHECKPOINT_MANIFEST, old) as place:
            for name, world in self.worlds.items():
                save_world(world, place(f"{name}.npz"))
            place(SCENARIO).write_text(self.scenario.to_yaml(), encoding="utf-8")
            write_json(place(CHECKPOINT_MANIFEST), about)

    @classmethod
    def restored(cls, folder: Path) -> Simulation:
        """Take up what `save` put away.

        Raises
        ------
        RunError
            It cannot be read, or the scenario or its data were changed since.
        """
        about = read_manifest(folder)
        try:
            scenario = at_home(load_scenario(folder / SCENARIO), about["base_dir"])
        except ScenarioError as error:
            raise RunError(f"{error}; the checkpoint is damaged, start the run again") from error
        simulation = cls(scenario, about["seed"])
        if scenario.hash != about["scenario_hash"]:
            raise RunError(f"{folder / SCENARIO}: was changed since the run stopped; start the run again")
        for name, digest in simulation._data.items():
            if digest != about["data"].get(name):
                raise RunError(f"{name}: was changed since the run stopped; start the run again")
        for name in simulation.scenarios:
            file = folder / f"{name}.npz"
            if file.is_file():
                simulation.worlds[name] = load_world(file)
        return simulation


def run(
    scenario: Scenario,
    seed: int | None = None,
    *,
    progress: bool = False,
    positions: Any = None,
    counterfactuals: bool = True,
) -> Run:
    """Run a scenario and its counterfactuals.

    Parameters
    ----------
    scenario : Scenario
        From `load_scenario`, or built in Python.
    seed : int, optional
        Seed of every random stream; the scenario's own if left out.
    progress : bool
        Whether to show a progress bar with the time left on standard error.
    positions : pandas.DataFrame, optional
        Positions that stand in the market beside the scenario's cohorts: columns side (long, short), quantity
        (base units, or contracts of an inverse contract), entry_price (quote) and collateral (margin
        currency).
    counterfactuals : bool
        Whether to run the ``compare`` entries too; without ``no_forced_selling`` the amplification is null.

    Returns
    -------
    Run

    Raises
    ------
    ScenarioError, DataError
        The crowd cannot be built as the scenario says, or a data file cannot be used.
    RunError
        The runs do not fit into memory.

    Notes
    -----
    The same scenario and seed give the same bits, whatever the number of ticks done at a time. Ctrl-C stops
    between two chunks of about a tenth of a second; the command line then keeps what is done (``--resume``).
    """
    simulation = Simulation(scenario, seed, positions, counterfactuals)
    simulation.prepare()
    simulation.advance(show=progress)
    return simulation.run()
