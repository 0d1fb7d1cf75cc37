"""One page about a run: a single HTML file that opens anywhere, from a disk and without a network."""

from cascade_sim.report.page import write_report

__all__ = ["write_report"]
