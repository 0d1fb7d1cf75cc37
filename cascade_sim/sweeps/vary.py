"""One varied key: a list of values, a range, or a distribution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from cascade_sim.scenario.diagnosis import diagnose
from cascade_sim.scenario.findings import Finding, WrongError
from cascade_sim.scenario.part import Part
from cascade_sim.scenario.resolve import resolve
from cascade_sim.scenario.suggest import listed, nearest
from cascade_sim.sweeps.distributions import DISTRIBUTIONS, Distribution, Loguniform, Uniform
from cascade_sim.sweeps.numbers import mixed_kinds, plain
from cascade_sim.sweeps.ranges import EXAMPLE, Range, range_of_text


@dataclass(frozen=True)
class Varied:
    """What one key is varied over.

    Attributes
    ----------
    kind : str
        ``list``, ``range`` or ``dist``. A range without steps is a ``dist``, uniform or loguniform.
    values : list
        Of a list, as written; of a range, plain numbers; of a distribution, empty.
    written : object
        The same in one way of writing: a list, or a mapping with numbers in base units.
    distribution : Distribution, optional
        Where values are drawn from.
    log : bool
        Whether its natural axis is logarithmic.
    whole : bool
        Whether numbers are rounded to whole ones, because the key counts something.
    """

    kind: Literal["list", "range", "dist"]
    values: list[Any]
    written: Any
    distribution: Distribution | None = None
    log: bool = False
    whole: bool = False

    @property
    def bounded(self) -> bool:
        """Whether no value can lie outside known bounds."""
        return self.distribution is None or self.distribution.bounded

    def ppf(self, u: Any) -> Any:
        """Return quantiles of a distribution; see `Distribution.ppf`.

        Raises
        ------
        TypeError
            If this is a list or a range.
        """
        if self.distribution is None:
            raise TypeError(f"a {self.kind} has no quantiles; use at()")
        drawn = self.distribution.ppf(u)
        return drawn.round() if self.whole else drawn

    def at(self, u: Any) -> list[Any]:
        """Return the value for each number of the unit interval.

        Parameters
        ----------
        u : array_like, one-dimensional
            From 0 to 1. Lists and ranges are divided into equal shares.
        """
        import numpy as np

        if self.distribution is not None:
            return [plain(number) for number in self.ppf(u)]
        count = len(self.values)
        places = np.minimum((np.asarray(u, dtype=np.float64) * count).astype(np.int64), count - 1)
        return [self.values[place] for place in places]

    def rounded(self) -> Varied:
        """Return the same for a key that counts something: whole numbers only."""
        values = [round(value) for value in self.values] if self.kind == "range" else self.values
        return replace(self, values=values, whole=self.kind != "list")

    def samples(self) -> list[tuple[tuple[str | int, ...], Any]]:
        """Return values that it can take, each with the key or index that it was written under."""
        if self.kind == "list":
            return [((index,), value) for index, value in enumerate(self.values)]
        if self.distribution is None:
            return [((), value) for value in self.values]
        low, high = self.distribution.bounds()
        names = ("from", "to") if "from" in self.written else ("low", "high")
        ends = [((name,), end) for name, end in zip(names, (low, high), strict=True) if end is not None]
        found = [((), self.distribution.middle()), *ends]
        return [(path, plain(round(value) if self.whole else value)) for path, value in found]


def read_varied(value: Any) -> Varied:
    """Read what a key is varied over.

    Parameters
    ----------
    value : object
        A list, the text of a range, or the mapping of a range or a distribution.

    Raises
    ------
    WrongError
        With all that is wrong, paths starting at the key.
    """
    if isinstance(value, list):
        if not value:
            raise WrongError(Finding((), "is empty", "give it values, such as [5, 10, 20]"))
        return Varied("list", value, value)
    if isinstance(value, str):
        return _of_range(range_of_text(value), as_text=True)
    if isinstance(value, Mapping) and "dist" in value:
        return _of_distribution(value)
    if isinstance(value, Mapping) and {"from", "to", "steps"} & set(value):
        return _of_range(value)
    if isinstance(value, Mapping):
        fix = "put it in a list to vary whole mappings; a range has from, to and steps, a distribution has dist"
        raise WrongError(Finding((), "is neither a list, a range nor a distribution", fix))
    what = "is empty" if value is None else f"{value} is a single value"
    raise WrongError(Finding((), what, f"write a list, such as [5, 10, 20], or a range: {EXAMPLE}"))


def _of_range(written: Mapping[str, Any], as_text: bool = False) -> Varied:
    found = _checked(written, Range, ("from", "to"))
    if isinstance(found, list):
        raise WrongError(*(_of_text(finding) if as_text else finding for finding in found))
    log = found.scale == "log"
    resolved = resolve(found)
    if found.steps is None:
        between = {"low": found.from_, "high": found.to}
        kind: Any = Loguniform(dist="loguniform", **between) if log else Uniform(dist="uniform", **between)
        return Varied("dist", [], resolved, kind, log)
    return Varied("range", found.values(), resolved, None, log)


def _of_text(finding: Finding) -> Finding:
    """Return what is wrong with an end or the steps of a range that was written as one text."""
    what = f"{finding.path[0]} {finding.message}" if finding.message.startswith("is ") else finding.message
    return replace(finding, path=(), message=what)


def _of_distribution(written: Mapping[str, Any]) -> Varied:
    name = written["dist"]
    kind = DISTRIBUTIONS.get(name) if isinstance(name, str) else None
    if kind is None:
        meant = nearest(name, DISTRIBUTIONS)
        fix = f"did you mean {meant}?" if meant else f"choose {listed(DISTRIBUTIONS)}"
        raise WrongError(Finding(("dist",), f"there is no distribution {name}", fix))
    found = _checked(written, kind, kind.numbers)
    if isinstance(found, list):
        raise WrongError(*found)
    return Varied("dist", [], resolve(found), found, found.log)


def _checked(written: Mapping[str, Any], part: type[Part], numbers: tuple[str, ...]) -> Any:
    """Return the part, or the list of what is wrong with it."""
    data = dict(written)
    mixed = list(mixed_kinds(data, numbers))
    told = {finding.path for finding in mixed}
    wrong = [finding for finding in diagnose(data, part.model_validate, part) if finding.path not in told]
    return [*mixed, *wrong] or part.model_validate(data)
