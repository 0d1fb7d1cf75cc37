"""Write the tables of docs/venues.md from the preset files.

Run ``python docs/make/venues.py`` after a preset has changed; a test compares page and presets.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from tables import markdown, write_tables

from cascade_sim.scenario import library
from cascade_sim.scenario.absorb import Absorb
from cascade_sim.scenario.funding import Funding
from cascade_sim.scenario.liquidation import Liquidation
from cascade_sim.scenario.partial import Partial
from cascade_sim.scenario.preset_kinds import Preset
from cascade_sim.scenario.presets import load_preset
from cascade_sim.units import format_duration, format_percent, format_quantity

PAGE = Path(__file__).parent.parent / "venues.md"
NO = "–"


def presets() -> dict[str, Preset]:
    """Return the bundled presets by name."""
    files = {name: library.find_preset(name) for name in library.presets()}
    return {name.partition("/")[2]: load_preset(file) for name, file in files.items() if file is not None}


def brackets_words(preset: Preset) -> str:
    """Say what maintenance asks for: from the smallest to the largest position."""
    rows = preset.maintenance.tiers
    if not rows:
        return format_percent(preset.maintenance.rate)
    return f"{format_percent(rows[0][1])} to {format_percent(rows[-1][1])}, {len(rows)} brackets"


def leverage_words(preset: Preset) -> str:
    """Say how the largest leverage falls with size."""
    first, last = preset.bracket_leverage[0], preset.bracket_leverage[-1]
    return f"{first:g}x" if first == last else f"{first:g}x to {last:g}x"


def liquidation_words(liquidation: Liquidation) -> str:
    """Say what happens to a position below maintenance."""
    if liquidation.policy == "limit":
        return "limit order at bankruptcy"
    return steps_words(liquidation.partial) if liquidation.partial else "market order, whole"


def steps_words(partial: Partial) -> str:
    """Say how large the steps are."""
    how = {
        "tiers": f"{partial.tiers} bracket{'s' if partial.tiers > 1 else ''} down",
        "share": f"{format_percent(partial.share)} first",
        "health": f"back to {format_percent(1.0 + partial.buffer)} of maintenance",
    }[partial.by]
    above = f", whole up to {format_quantity(partial.above)}" if partial.above else ""
    wait = f", then {format_duration(partial.cooldown)} of rest" if partial.cooldown else ""
    return f"steps: {how}{above}{wait}"


def vault_words(absorb: Absorb | None) -> str:
    """Say what a vault takes off the book."""
    if absorb is None:
        return NO
    return f"{format_percent(absorb.share)} of what is below {format_percent(absorb.below, 4)} of maintenance"


def funding_words(funding: Funding | None) -> str:
    """Say how funding is computed and when it is paid."""
    if funding is None:
        return NO
    own = {"clamp": f" {format_percent(funding.clamp)}", "dampened": f" {format_percent(funding.dampener)}"}
    offset = f", {format_duration(funding.offset)} past" if funding.offset else ""
    cap = f", cap {format_percent(funding.cap)}" if funding.cap else ""
    return f"{funding.kind}{own.get(funding.kind, '')}, every {format_duration(funding.interval)}{offset}{cap}"


def rules_table() -> str:
    """Return the rules of all presets side by side."""
    known = presets()
    rows = {
        "largest leverage": leverage_words,
        "maintenance": brackets_words,
        "… on notional at": lambda preset: preset.maintenance.basis,
        "… plus closing fee": lambda preset: format_percent(preset.closing_fee) if preset.closing_fee else NO,
        "liquidation": lambda preset: liquidation_words(preset.liquidation),
        "what is left goes to": lambda preset: preset.liquidation.surplus,
        "liquidation fee, at most": lambda preset: (
            format_percent(preset.fees.liquidation) if preset.fees.liquidation else NO
        ),
        "taker fee": lambda preset: format_percent(preset.fees.taker),
        "vault": lambda preset: vault_words(preset.liquidation.absorb),
        "fund": lambda preset: format_quantity(preset.insurance_fund),
        "deleveraging by": lambda preset: preset.adl_ranking if preset.adl else NO,
        "funding": lambda preset: funding_words(preset.funding),
        "price band": lambda preset: (
            f"{format_percent(preset.price_band.within)} of {preset.price_band.of}" if preset.price_band else NO
        ),
    }
    body = [[rule, *(words(preset) for preset in known.values())] for rule, words in rows.items()]
    return markdown(["", *known], body)


def sources_table() -> str:
    """Return what each preset stands for, and its sources."""
    rows = [
        [f"`venues/{name}`", preset.name, preset.description, "; ".join(preset.sources)]
        for name, preset in presets().items()
    ]
    lines = [["preset", "stands for", "in short", "sources"], ["---"] * 4, *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


TABLES = {"rules": rules_table, "sources": sources_table}

if __name__ == "__main__":
    write_tables(PAGE, TABLES, sys.argv[1:])
