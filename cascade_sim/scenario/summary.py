"""A scenario, a venue preset, or a lending protocol, in one line."""

from __future__ import annotations

from cascade_sim.scenario import library
from cascade_sim.scenario.loading import load_scenario
from cascade_sim.scenario.model import Scenario
from cascade_sim.scenario.preset_kinds import KINDS, VENUE, ClipProtocol, FixedSpreadProtocol, FlipProtocol, Preset
from cascade_sim.scenario.presets import load_preset, preset_file
from cascade_sim.units import format_duration, format_percent, format_quantity


def check_in_one_line(path_or_name: str) -> str:
    """Load a scenario, a venue preset or a lending protocol and say what it is.

    Raises
    ------
    ScenarioError
        If anything is wrong.
    """
    found = preset_file(path_or_name)
    if found is None:
        return in_one_line(load_scenario(path_or_name))
    said = preset_in_one_line if found[1] is VENUE else protocol_in_one_line
    return said(load_preset(*found))


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


def protocol_in_one_line(protocol: FixedSpreadProtocol | FlipProtocol | ClipProtocol) -> str:
    """Say what a lending protocol is: threshold, and how bad loans are sold."""
    parts = [f"{protocol.name or 'no name'}: lending protocol", f"threshold {format_percent(protocol.threshold)}"]
    if isinstance(protocol, FixedSpreadProtocol):
        parts += [f"bonus {format_percent(protocol.bonus)}", f"close factor {format_percent(protocol.close_factor)}"]
    else:
        how = "rising bids" if isinstance(protocol, FlipProtocol) else f"a {protocol.curve.kind} price"
        parts += [f"auctions by {how}", f"penalty {format_percent(protocol.penalty)}"]
    return ", ".join(parts)


def bundled() -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Return what the bundled scenarios are called, by the name to load them by, and by folder the presets."""
    scenarios = {name: load_scenario(str(library.find(name))).name for name in library.names()}
    presets: dict[str, dict[str, str]] = {}
    for kind in KINDS:
        files = {name: library.find_preset(name, kind.folder) for name in library.presets(kind.folder)}
        presets[kind.folder] = {name: load_preset(file, kind).name for name, file in files.items() if file is not None}
    return scenarios, presets


def in_one_line(scenario: Scenario) -> str:
    """Say what a scenario is: contract, length, ticks, cohorts, traders, open interest, and pools."""
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
    if scenario.lending:
        parts += _lending_words(scenario)
    return ", ".join(parts)


def _lending_words(scenario: Scenario) -> list[str]:
    loans = [pool.loans for pool in scenario.lending]
    keepers = sum(cohort.count for cohort in scenario.keepers.values())
    words = [_count(len(loans), "pool")]
    number = sum(pool.count or 0 for pool in loans)
    if number:
        words.append(_count(number, "loan"))
    from_files = sum(pool.file is not None for pool in loans)
    if from_files:
        words.append(f"loans of {_count(from_files, 'pool')} from files")
    return [*words, _count(keepers, "keeper")]


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
