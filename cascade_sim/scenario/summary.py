"""A scenario, or a venue preset, in one line."""

from __future__ import annotations

from cascade_sim.scenario import library
from cascade_sim.scenario.loading import load_scenario
from cascade_sim.scenario.model import Scenario
from cascade_sim.scenario.presets import Preset, load_preset, preset_file
from cascade_sim.units import format_duration, format_percent, format_quantity


def check_in_one_line(path_or_name: str) -> str:
    """Load a scenario or a venue preset and say what it is.

    Raises
    ------
    ScenarioError
        If anything is wrong.
    """
    file = preset_file(path_or_name)
    return in_one_line(load_scenario(path_or_name)) if file is None else preset_in_one_line(load_preset(file))


def preset_in_one_line(preset: Preset) -> str:
    """Say what a venue preset is: leverage, brackets, policy, fund."""
    policy = preset.liquidation.policy
    steps = f" by {preset.liquidation.partial.by}" if preset.liquidation.partial else ""
    parts = [
        f"{preset.name or 'no name'}: venue preset",
        "any leverage" if preset.max_leverage is None else f"up to {preset.max_leverage:g}x",
        f"{_count(len(preset.brackets), 'bracket')} from {format_percent(preset.lowest_rate)}",
        f"policy {policy}{steps}",
        f"fund {format_quantity(preset.insurance_fund)}",
    ]
    return ", ".join(parts)


def bundled() -> tuple[dict[str, str], dict[str, str]]:
    """Return what the bundled scenarios are called, and the venue presets, each by the name to load it by."""
    scenarios = {name: load_scenario(str(library.find(name))).name for name in library.names()}
    files = {name: library.find_preset(name) for name in library.presets()}
    return scenarios, {name: load_preset(file).name for name, file in files.items() if file is not None}


def in_one_line(scenario: Scenario) -> str:
    """Say what a scenario is: contract, length, ticks, cohorts, traders and open interest."""
    clock, crowd = scenario.clock, scenario.crowd.values()
    traders = sum(cohort.traders or 0 for cohort in crowd)
    open_interest = sum(cohort.open_interest or 0.0 for cohort in crowd)
    parts = [
        f"{scenario.name}: {scenario.market.contract}",
        f"{format_duration(clock.duration)} in {clock.ticks:,} ticks",
        _count(len(scenario.crowd), "cohort"),
    ]
    if traders:
        parts.append(f"{_count(traders, 'trader')}, {format_quantity(open_interest)} open interest")
    from_files = sum(cohort.positions is not None for cohort in crowd)
    if from_files:
        parts.append(f"{from_files} from files")
    return ", ".join(parts)


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
