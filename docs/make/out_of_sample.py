"""Fit March 2020 and May 2021 together, and write what the same parameters come to in the events that were held back.

Run ``python docs/make/out_of_sample.py`` after a scenario or the engine has changed (some minutes), or
``python docs/make/out_of_sample.py FOLDER`` with the folder of

    cascade-sim calibrate march_2020 may_2021 --seeds 2 --out FOLDER

to make that fit there, or take it up. The tables go into every page that has a place for them.
"""

from __future__ import annotations

import math
import statistics
import sys
from collections.abc import Mapping, Sequence
from functools import cache, partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from fit_tables import parameters_of
from tables import markdown, write_tables

import cascade_sim as cs
from cascade_sim.calibration.asked import Event, asked_for
from cascade_sim.calibration.parameters import overrides_of
from cascade_sim.calibration.targets import Target
from cascade_sim.calibration.words import figure, recorded
from cascade_sim.text_table import shown

PAGES = [Path(__file__).parent.parent / name for name in ("calibration.md", "history.md", "validation.md")]
FITTED = ("march_2020", "may_2021")
HELD_BACK = ("october_2024", "october_2025")
FIT_SEEDS = 2
SEEDS = range(1, 11)
WITHOUT = "no_forced_selling"
# Objectives nearer to the best than this are no worse: the 68 % point of chi-squared with five degrees of freedom, if
# tolerances are standard deviations. So many of these points are run, one seed each.
NEAR, MOST_NEAR = 5.9, 8
# The design goals of the model.
GOAL_DRAWDOWN, GOAL_CLEARED, GOAL_AMPLIFICATION, GOAL_VOLUME = 0.20, 0.10, 1.1, 0.05


@cache
def fit(folder: Path | None = None) -> cs.CalibrationResult:
    """Return the joint fit."""
    return cs.calibrate(list(FITTED), seeds=FIT_SEEDS, out=folder)


def near_points(result: cs.CalibrationResult) -> list[dict[str, float]]:
    """Return points that fit about as well as the best one, spread over how well."""
    best = result.best_point
    found = sorted(result.evaluations, key=lambda each: each.objective)
    near = [each for each in found if each is not best and each.objective <= best.objective + NEAR]
    step = max(1, math.ceil(len(near) / MOST_NEAR))
    return [result.asked.values(each.unit) for each in near[::step]]


def event_of(name: str) -> Event:
    """Return an event with its targets, and with no counterfactual but that without forced selling."""
    written = cs.load_scenario(name)
    dropped = {f"compare.{each}": None for each in written.compare if each != WITHOUT}
    return asked_for(written.with_overrides({**dropped, "record.heatmap": None})).events[0]


@cache
def runs_of(name: str, folder: Path | None) -> tuple[list[cs.Run], list[cs.Run]]:
    """Return runs at the best point over the seeds, and one run at each of the points near it."""
    event, result = event_of(name), fit(folder)
    at_best = event.scenario.with_overrides(overrides_of(event.scenario, result.best))
    near = [
        cs.run(event.scenario.with_overrides(overrides_of(event.scenario, values))) for values in near_points(result)
    ]
    return [cs.run(at_best, seed=seed) for seed in SEEDS], near


def compared(target: Target, runs: Sequence[cs.Run]) -> list[float]:
    """Return a figure of runs as it is compared, without those that do not have it."""
    found = [target.compared(target.number(run.summary[target.key])) for run in runs]
    return [each for each in found if not math.isnan(each)]


def spread_words(event: Event, target: Target, runs: Sequence[cs.Run]) -> str:
    """Write the least and the largest of a figure."""
    found = compared(target, runs)
    if not found:
        return "–"
    ends = [figure(event, target, pick(found)) for pick in (min, max)]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def error_words(target: Target, value: float) -> str:
    """Write how far a compared figure is from the recorded one, or from the nearer end of its range."""
    beyond = value - min(max(value, target.least), target.most)
    if target.unit == "UTC":
        return f"{beyond / 60:+,.0f} min"
    if target.log:
        return f"{100 * math.expm1(beyond):+.0f}%"
    return f"{100 * beyond:+.1f} points"


def targets_table(folder: Path | None) -> str:
    """Return every target of every event: recorded, simulated, error, over seeds and over points that fit as well."""
    rows = []
    for name in (*FITTED, *HELD_BACK):
        event = event_of(name)
        runs, near = runs_of(name, folder)
        for target in event.targets:
            found = compared(target, runs)
            middle = statistics.median(found) if len(found) == len(runs) else math.nan
            without = runs[0].counterfactuals[WITHOUT].summary[target.key]
            rows.append(
                [
                    f"{name}{' (fitted)' if name in FITTED else ''}",
                    f"`{target.key}`",
                    recorded(event, target),
                    shown(without, target.unit),
                    figure(event, target, middle),
                    "–" if math.isnan(middle) else error_words(target, middle),
                    spread_words(event, target, runs),
                    spread_words(event, target, near),
                ]
            )
    seeds = f"{len(SEEDS)} seeds"
    header = ["event", "figure", "recorded", "without forced selling", f"simulated, median of {seeds}", "error"]
    return markdown([*header, f"over {seeds}", "over points that fit as well"], rows)


def goals_table(folder: Path | None) -> str:
    """Return the design goals: drawdown, open interest cleared, and whether the control stays without a cascade."""
    rows = []
    for name in (*FITTED, *HELD_BACK):
        event = event_of(name)
        runs, near = runs_of(name, folder)
        targets = {target.key: target for target in event.targets}
        depth = off(targets["max_drawdown"], runs) / targets["max_drawdown"].least
        cleared = off(targets["open_interest_cleared"], runs)
        amplified = [statistics.median(run.summary["amplification"] for run in runs)]
        amplified += [pick(run.summary["amplification"] for run in near) for pick in (min, max) if near]
        control = name == "october_2024"
        share = forced_share(event, fit(folder).best)
        reached = abs(depth) <= GOAL_DRAWDOWN and abs(cleared) <= GOAL_CLEARED
        if control:
            reached = reached and amplified[0] < GOAL_AMPLIFICATION and share < GOAL_VOLUME
        rows.append(
            [
                f"{name}{' (fitted)' if name in FITTED else ''}",
                f"{100 * depth:+.0f}%",
                f"{100 * cleared:+.1f} points",
                f"{amplified[0]:.3f}" + (f" ({amplified[1]:.3f} to {amplified[2]:.3f})" if near else ""),
                f"{100 * share:.1f}%",
                "yes" if reached else "**no**",
            ]
        )
    header = ["event", "drawdown, error of its size", "open interest cleared, error", "amplification"]
    return markdown([*header, "forced trades, share of the volume", "goal reached"], rows)


def off(target: Target, runs: Sequence[cs.Run]) -> float:
    """Return how far the median over runs lies outside of the recorded range."""
    value = statistics.median(compared(target, runs))
    return value - min(max(value, target.least), target.most)


def forced_share(event: Event, values: Mapping[str, float]) -> float:
    """Return what was traded by force over all that was traded, summed over ticks, seed of the scenario."""
    changes = {**overrides_of(event.scenario, values), "record.every": event.scenario.clock.tick}
    rows = cs.run(event.scenario.with_overrides(changes), counterfactuals=False).timeline
    forced = float((rows["forced_sell"] + rows["forced_buy"]).sum())
    return forced / (forced + float(rows["flow"].abs().sum()))


def parameters_table(folder: Path | None) -> str:
    """Return the parameters of the joint fit, what is not identified, and how many points fit as well."""
    result = fit(folder)
    near = sum(each.objective <= result.objective + NEAR for each in result.evaluations)
    words = f"{near} of the {len(result.evaluations)} points are within {NEAR} of the best."
    return f"{parameters_of(result)}\n\n{words}"


TABLES = {"joint_fit": parameters_table, "out_of_sample": targets_table, "out_of_sample_goals": goals_table}

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    for page in PAGES:
        text = page.read_text(encoding="utf-8") if page.is_file() else ""
        names = [name for name in TABLES if f"<!-- begin {name} -->" in text]
        if names:
            write_tables(page, {name: partial(TABLES[name], folder) for name in names}, names)
