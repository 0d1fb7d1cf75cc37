"""What a check of a scenario finds: where, what is wrong, what to change."""

from __future__ import annotations

from dataclasses import dataclass, replace

Path = tuple[str | int | float, ...]
"""Where something stands: keys and list indices from the root, e.g. ``("flow", "orders", 0, "sell")``."""


@dataclass(frozen=True)
class Finding:
    """One thing wrong in a part of a scenario.

    Attributes
    ----------
    path : tuple
        Keys from the part that raises the finding.
    message, fix : str
        What is wrong, and what to change.
    incomplete : bool
        Whether the complaint is that something is not there. Such a complaint is dropped when what is there
        already has a problem of its own: the missing key may be the misspelt one.
    at : tuple, optional
        Keys to what brought it about, whose place is shown; that of ``path`` if left out.
    rests_on : tuple, optional
        Keys to what is said not to be there or to be at its default. The complaint is dropped when what stands there
        was wrong, and so was not read.
    """

    path: Path
    message: str
    fix: str
    incomplete: bool = False
    at: Path | None = None
    rests_on: Path | None = None

    def under(self, path: Path) -> Finding:
        """Return the finding as seen from further up."""
        at = None if self.at is None else (*path, *self.at)
        rests_on = None if self.rests_on is None else (*path, *self.rests_on)
        return replace(self, path=(*path, *self.path), at=at, rests_on=rests_on)


class WrongError(ValueError):
    """Raised by checks that look at several keys; carries all that they found."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = findings
        super().__init__("; ".join(finding.message for finding in findings))
