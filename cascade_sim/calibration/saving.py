"""What a fit leaves in its folder, whole or not at all: figures, evaluations, scenarios that can be run, pictures."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any

from cascade_sim.calibration.asked import Event
from cascade_sim.calibration.ledger import EVALUATIONS, FIT
from cascade_sim.calibration.parameters import overrides_of
from cascade_sim.calibration.result import CalibrationResult
from cascade_sim.calibration.words import figure, recorded
from cascade_sim.engine.folder import all_or_nothing, output_error
from cascade_sim.engine.provenance import versions
from cascade_sim.engine.store import write_json, write_parquet
from cascade_sim.scenario.overrides import override_layer
from cascade_sim.scenario.yaml_out import as_yaml


def save_result(result: CalibrationResult, folder: Path) -> Path:
    """Write a fit into a folder; see `CalibrationResult.save`."""
    from cascade_sim.calibration.pictures import PICTURES
    from cascade_sim.plots.saving import drawn
    from cascade_sim.plots.style import FILE_DPI

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise output_error(folder, error) from error
    with all_or_nothing(folder, FIT) as place:
        write_parquet(place(EVALUATIONS), result.frame, {"digest": result.asked.digest})
        for event in result.asked.events:
            place(file_of(result, event)).write_text(fitted_yaml(result, event, folder), encoding="utf-8")
        for name, draw in PICTURES.items():
            place(f"{name}.png").write_bytes(drawn(draw(result), "png", FILE_DPI))
        write_json(place(FIT), as_plain(result))
    return folder


def file_of(result: CalibrationResult, event: Event) -> str:
    """Return the name of an event's fitted scenario."""
    return "fitted.yaml" if len(result.asked.events) == 1 else f"fitted_{event.name}.yaml"


def fitted_yaml(result: CalibrationResult, event: Event, folder: Path) -> str:
    """Return an event's scenario with the fitted values: what it changes where it came from a file, else whole."""
    if event.source is None:
        return result.asked.fitted(event, result.best).to_yaml()
    file = Path(event.source)
    base = os.path.relpath(file, folder) if file.is_file() else event.source
    changes = {**event.changes, **overrides_of(event.scenario, result.best)}
    return as_yaml({"extends": base, **override_layer(changes).plain()})


def as_plain(result: CalibrationResult) -> dict[str, Any]:
    """Return a fit as plain values for JSON; null for what there is not."""
    asked, found = result.asked, result.sensitivity
    parameters = result.parameters.reset_index().to_dict("records")
    targets = result.targets.to_dict("records")
    for row, (event, target), compared in zip(targets, asked.targets, result.best_point.compared, strict=True):
        row |= {"recorded_as_text": recorded(event, target), "simulated_as_text": figure(event, target, compared)}
    plain = {
        "events": [
            {
                "name": event.name,
                "scenario": event.source,
                "scenario_hash": event.scenario.hash,
                "changes": event.changes,
                "fitted": overrides_of(event.scenario, result.best),
                "file": file_of(result, event),
            }
            for event in asked.events
        ],
        "seeds": asked.seeds,
        "evaluations": len(result.evaluations),
        "objective": {"start": result.start_point.objective, "best": result.objective},
        "parameters": parameters,
        "targets": targets,
        "sensitivity": None
        if found is None
        else {
            "rows": [asked.label(event, target.key) for event, target in asked.targets],
            "columns": asked.names,
            "jacobian": found.jacobian.tolist(),
            "singular_values": found.values.tolist(),
            "directions": found.directions.tolist(),
        },
        "not_identified": result.not_identified,
        "versions": versions(),
    }
    return _without_nan(plain)


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _without_nan(child) for key, child in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(child) for child in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.item() if hasattr(value, "item") else value
