"""Mesa's own counter of redraws: what reads it is drawn again when a page of Mesa's, or ours, has something new."""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # solara tells of hooks in Mesa's own components when they are imported
    from mesa.visualization.utils import force_update, update_counter

__all__ = ["force_update", "update_counter"]
