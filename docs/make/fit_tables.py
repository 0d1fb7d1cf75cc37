"""What the tables of fits share: parameters with their intervals, and what is not identified."""

from __future__ import annotations

from tables import markdown

import cascade_sim as cs


def parameters_of(result: cs.CalibrationResult) -> str:
    """Return the parameters of a fit as a table, and below it what is not identified."""
    rows = [
        [f"`{name}`", f"{row['start']:.3g}", f"{row['fitted']:.3g}", f"{row['low']:.3g} to {row['high']:.3g}",
         f"{row['from']:.3g} to {row['to']:.3g}", "yes" if row["identified"] else "**no**"]
        for name, row in result.parameters.to_dict("index").items()
    ]  # fmt: skip
    start, best, tried = result.start_point.objective, result.objective, len(result.evaluations)
    words = (
        f"Sum of squared errors: {start:.1f} at the start, {best:.1f} at the best of {tried} points. Not identified:"
    )
    unseen = [f"* {line}" for line in result.not_identified] or ["* nothing"]
    table = markdown(["parameter", "start", "fitted", "interval", "range", "identified"], rows)
    return "\n".join([table, "", words, "", *unseen])
