"""Which keys matter: Sobol indices of a whole scheme, and what each key does alone."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cascade_sim.errors import CascadeError
from cascade_sim.streams import stream
from cascade_sim.sweeps.outputs import FAILED, means_of, unit_of

if TYPE_CHECKING:
    from cascade_sim.sweeps.result import SweepResult

# Outputs that differ by less, relative to their size, differ by rounding only.
ROUNDING = 1e-12
# Share of the points at each end that stands for "low" and "high" where there is no grid.
TENTH = 0.1
_OUTPUT = "mean output"


def sobol(
    result: SweepResult,
    value: str = "max_drawdown",
    transform: Callable[[np.ndarray], np.ndarray] | None = None,
    level: float = 0.95,
    resamples: int = 1_000,
    seed: int = 0,
) -> pd.DataFrame:
    """Return Sobol indices: which share of an output's variance each key explains.

    Parameters
    ----------
    result : SweepResult
        Of a whole ``design: sobol``.
    value : str
        The output. Replicates are averaged first.
    transform : callable, optional
        Applied to the averages, an array of one number a point: ``np.log`` where effects multiply.
    level : float
        Confidence level.
    resamples, seed : int
        Of the bootstrap over base samples.

    Returns
    -------
    DataFrame
        Index: varied keys. ``S1``: share of the variance that goes with this key alone; ``ST``: share that goes with
        it alone or together with others; ``S1_conf`` and ``ST_conf``: half widths of their intervals. Where the scheme
        has second orders, ``attrs["second_order"]`` lists ``first``, ``second``, ``S2`` and ``S2_conf`` of every pair.
        ``attrs`` holds value, level, ``samples`` (base samples), ``mean`` and ``variance`` of the output.

    Raises
    ------
    CascadeError
        If SALib is missing, the design is not `sobol` or not whole, or the output is constant, missing or not finite
        at some point: an estimate without them would not be one.

    Notes
    -----
    Estimators of Saltelli et al. (2010), through SALib. They are random: S1 may come out below 0, or the sum of all S1
    above 1, by about the half widths. Luck that the replicates do not average out counts as variance of every key's
    ST; with common luck it is held fixed instead, and the indices are those of that luck.

    References
    ----------
    A. Saltelli et al., Variance based sensitivity analysis of model output, Computer Physics Communications 181 (2010)
    259-270.
    """
    try:
        from SALib.analyze import sobol as salib
    except ImportError:
        raise CascadeError("Sobol indices need SALib; install it with pip install 'cascade-sim[sensitivity]'") from None
    keys = result.keys
    samples, second_order = _scheme(result)
    outputs = _whole_output(result, value, transform)
    mean, variance = float(outputs.mean()), float(outputs.var())
    if np.ptp(outputs) <= ROUNDING * np.abs(outputs).max():
        raise CascadeError(
            f"{value} is the same at all {len(outputs):,} points ({outputs[0]:.6g}): there is no variance to "
            "share out; widen what is varied, or ask for another output"
        )
    with warnings.catch_warnings():
        # Resamples may miss the few points that differ; their indices are then 0, as SALib documents.
        warnings.filterwarnings("ignore", message="Constant values encountered")
        found = salib.analyze(
            {"num_vars": len(keys), "names": keys},
            outputs,
            calc_second_order=second_order,
            num_resamples=resamples,
            conf_level=level,
            # SALib takes seed 0 for none at all.
            seed=1 + int(stream(seed, "sweeps.sobol").integers(2**31)),
        )
    columns = ("S1", "S1_conf", "ST", "ST_conf")
    table = pd.DataFrame({name: np.asarray(found[name]) for name in columns}, index=pd.Index(keys, name="key"))
    table.attrs = {"value": value, "level": level, "samples": samples, "mean": mean, "variance": variance}
    if second_order:
        pairs = [(i, j) for i in range(len(keys)) for j in range(i + 1, len(keys))]
        table.attrs["second_order"] = [
            {
                "first": keys[i],
                "second": keys[j],
                "S2": float(found["S2"][i, j]),
                "S2_conf": float(found["S2_conf"][i, j]),
            }
            for i, j in pairs
        ]
    return table


def _scheme(result: SweepResult) -> tuple[int, bool]:
    """Return the base samples of a Saltelli scheme and whether it has second orders."""
    design = str(result.sweep.design)
    if design != "sobol":
        raise CascadeError(f"Sobol indices need `design: sobol`; this sweep's is {design}. See tornado for any design")
    samples, number, points = int(result.sweep.samples or 0), len(result.keys), len(result.points)
    for second_order, rows in ((False, number + 2), (True, 2 * number + 2)):
        if points == samples * rows:
            return samples, second_order
    raise CascadeError(
        f"{points:,} points are no whole scheme of {samples:,} base samples and {number} keys; run the sweep again"
    )


def _whole_output(result: SweepResult, value: str, transform: Callable[[np.ndarray], np.ndarray] | None) -> np.ndarray:
    """Return the averaged output of every point, refusing holes."""
    outputs = means_of(result, value)
    _refuse_holes(result, value, ~np.isfinite(outputs), "no run with this output")
    if transform is None:
        return outputs
    with np.errstate(divide="ignore", invalid="ignore"):
        changed = np.asarray(transform(outputs), dtype=np.float64)
    if changed.shape != outputs.shape:
        raise CascadeError("the transform has to return one number for each point, as numpy's functions do")
    _refuse_holes(result, value, ~np.isfinite(changed), "no finite number after the transform")
    return changed


def _refuse_holes(result: SweepResult, value: str, holes: np.ndarray, what: str) -> None:
    if not holes.any():
        return
    points = result.points.index[holes]
    named = ", ".join(str(point) for point in points[:5]) + (", ..." if len(points) > 5 else "")
    rows = result.frame[result.frame["point"].isin(points) & (result.frame["status"] == FAILED)]
    first = f" First error: {rows['error'].iloc[0]}" if len(rows) else ""
    raise CascadeError(
        f"Sobol indices of {value} need the whole scheme, but {len(points):,} of {len(holes):,} points have {what}: "
        f"point {named}. Change what is varied so that every point is valid and has the output.{first}"
    )


def tornado(result: SweepResult | pd.DataFrame, value: str = "max_drawdown", keys: list[str] | None = None) -> Any:
    """Return what each key does alone, the strongest first.

    Parameters
    ----------
    result : SweepResult, or DataFrame
        A frame needs columns ``point``, the keys and the value; rows of a point are averaged, NaN left out.
    value : str
        The output.
    keys : list of str, optional
        The keys; needed for a frame.

    Returns
    -------
    DataFrame
        Index: keys, by the size of the swing. ``low_at``, ``high_at``: values of the key; ``low``, ``high``: the mean
        output there; ``swing``: high less low; ``low_points``, ``high_points``: how many points these rest on.
        ``attrs`` holds value, unit, ``base`` and ``rule``.

    Raises
    ------
    CascadeError
        If there is no such output, or no key.

    Notes
    -----
    On a full grid (rule ``grid``): the mean at the key's lowest and highest value, all other keys at the middle of
    their values (of an even number, the lower of the two); ``base`` is the output with all keys there. On any other set
    of points (rule ``tenths``): the mean over the tenth of the points with the lowest and with the highest values of
    the key, the other keys wherever they are; ``base`` is the mean over all. A key of text has no order: its values are
    ordered by their mean output over all points, so its swing is never negative.
    """
    means, keys, unit = _point_means(result, value, keys)
    outputs = means.pop(_OUTPUT).to_numpy()
    codes = pd.DataFrame({key: _ordered(means[key], outputs) for key in keys}, index=means.index)
    sizes = codes.max() + 1
    grid = len(means) == math.prod(sizes.tolist()) and not codes.duplicated().any()
    at_middle = codes == (sizes - 1) // 2
    rows = []
    for key in keys:
        if grid:
            beside = at_middle.drop(columns=key).all(axis=1).to_numpy()
            ends = [beside & (codes[key] == place).to_numpy() for place in (0, sizes[key] - 1)]
        else:
            ends = _tenths(codes[key].to_numpy())
        low, high = (_mean(outputs[end]) for end in ends)
        at = [_at(means[key][end]) for end in ends]
        numbers = [int(np.isfinite(outputs[end]).sum()) for end in ends]
        rows.append((key, *at, low, high, high - low, *numbers))
    names = ["key", "low_at", "high_at", "low", "high", "swing", "low_points", "high_points"]
    table = pd.DataFrame(rows, columns=names).set_index("key")
    table = table.iloc[np.argsort(-np.nan_to_num(table["swing"].abs().to_numpy(), nan=-1.0), kind="stable")]
    base = _mean(outputs[at_middle.all(axis=1).to_numpy()] if grid else outputs)
    table.attrs = {"value": value, "unit": unit, "base": base, "rule": "grid" if grid else "tenths"}
    return table


def _point_means(
    result: SweepResult | pd.DataFrame, value: str, keys: list[str] | None
) -> tuple[pd.DataFrame, list[str], str]:
    """Return one row a point, the keys and the mean output; the keys; the output's unit."""
    if isinstance(result, pd.DataFrame):
        lacks = [column for column in ("point", value, *(keys or [])) if column not in result]
        if lacks or not keys:
            raise CascadeError(
                f"a tornado of a frame needs point, keys and output; {', '.join(lacks) or 'keys'} missing"
            )
        grouped = result.groupby("point", sort=True)
        means = grouped[keys].first().assign(**{_OUTPUT: grouped[value].mean()})
        return means, keys, str(result.attrs.get("units", {}).get(value) or "")
    keys = result.keys if keys is None else keys
    fixed = [key for key in keys if key not in result.points]
    if fixed or not keys:
        raise CascadeError(f"{', '.join(fixed) or 'nothing'} is not varied; the sweep varies {', '.join(result.keys)}")
    return result.points[keys].assign(**{_OUTPUT: means_of(result, value)}), keys, unit_of(result, value)


def _ordered(column: pd.Series, outputs: np.ndarray) -> np.ndarray:
    """Return the place of each point's value among the key's values, from low to high."""
    values = column.to_numpy()
    if pd.api.types.is_numeric_dtype(column):
        return np.unique(values, return_inverse=True)[1]
    by_output = pd.Series(outputs).groupby(values).mean().sort_values(kind="stable").index
    return by_output.get_indexer(values)


def _tenths(codes: np.ndarray) -> list[np.ndarray]:
    """Return which points belong to the lowest and to the highest tenth of a key's values; ties belong too."""
    ordered = np.sort(codes)
    number = max(1, round(TENTH * len(codes)))
    return [codes <= ordered[number - 1], codes >= ordered[-number]]


def _at(values: pd.Series) -> Any:
    if pd.api.types.is_numeric_dtype(values):
        return float(values.mean())
    return " | ".join(sorted(set(values.astype(str))))


def _mean(outputs: np.ndarray) -> float:
    finite = outputs[np.isfinite(outputs)]
    return float(finite.mean()) if finite.size else float("nan")
