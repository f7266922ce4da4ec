"""Patients as the estimators take them: time, event, entry and weight as checked float arrays."""

from __future__ import annotations

import numbers
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# numpy's stubs lose float64 in most operations; the shape is in each docstring
Floats = NDArray[Any]
_SAME_TIME = float(np.sqrt(np.finfo(float).eps))  # of the mean time


@dataclass(frozen=True)
class Observations:
    """One row per patient; all arrays have shape (n,).

    `entry` and `weight` are None where nobody enters late and everybody counts once.
    """

    time: Floats
    event: NDArray[np.bool_]
    entry: Floats | None
    weight: Floats | None

    def __len__(self) -> int:
        return self.time.size

    def take(self, rows: NDArray) -> Observations:
        """The same for a selection of rows (positions or a mask)."""
        return Observations(
            self.time[rows],
            self.event[rows],
            None if self.entry is None else self.entry[rows],
            None if self.weight is None else self.weight[rows],
        )


def observations(
    time: ArrayLike,
    event: ArrayLike,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
) -> Observations:
    """Check and convert what describes a patient's follow-up.

    Parameters
    ----------
    time : (n,) time from the origin, 0 or more, to the event or to censoring, any unit.
    event : (n,) 1 or True for an event, 0 or False for censoring.
    entry : (n,) time from which the patient is under observation; at risk at `t` means
        `entry < t <= time`. One before the origin is as good as none.
    weights : (n,) case weights, positive; a weight of 2 counts as two patients.

    Returns
    -------
    Observations
        Times and entries that differ by rounding alone are made equal: gaps of up to 1.5e-8 of the
        mean time, as R's `timefix` has it, but without its absolute limit. Whole numbers stay as
        they are.

    Raises
    ------
    ValueError
        In one sentence, when lengths differ, a value is missing, not finite or not a number (a
        date, a text), a time is negative, an event is neither 0 nor 1, a weight is not positive,
        or a patient enters at or after the end.
    """
    t = _floats(time, "time")
    early = np.flatnonzero(t < 0)
    if early.size:
        raise ValueError(
            f"time is before the origin, 0, in {early.size} row(s) (first: row {early[0]})."
        )
    e = _floats(event, "event", t.shape)
    if not np.all((e == 0) | (e == 1)):
        raise ValueError("event must be 0 or 1 in every row.")
    entered = weight = None
    if entry is not None:
        entered = _floats(entry, "entry", t.shape)
    t, entered = _without_rounding(t, entered)
    if entered is not None:
        late = np.flatnonzero(entered >= t)
        if late.size:
            raise ValueError(
                f"{late.size} row(s) enter at or after the end of their follow-up "
                f"(first: row {late[0]})."
            )
    if weights is not None:
        weight = _floats(weights, "weights", t.shape)
        if np.any(weight <= 0):
            raise ValueError("weights must be positive in every row.")
    return Observations(t, e == 1, entered, weight)


def _without_rounding(time: Floats, entry: Floats | None) -> tuple[Floats, Floats | None]:
    """Times and entries on one grid; of several within rounding of their neighbour the lowest.

    An entry before 0 is none, and no time is near it.
    """
    if np.array_equal(time, np.floor(time)) and (
        entry is None or np.array_equal(entry, np.floor(entry))
    ):
        return time, entry
    grid = np.sort(time if entry is None else np.concatenate((time, entry[entry >= 0])))
    tolerance = _SAME_TIME * time.mean()
    gaps = np.diff(grid)
    moved = np.flatnonzero((gaps > 0) & (gaps <= tolerance)) + 1
    if not moved.size:
        return time, entry
    lowest = np.flatnonzero(np.append(True, gaps > tolerance))
    to = grid[lowest[np.searchsorted(lowest, moved, side="right") - 1]]

    def placed(values: Floats) -> Floats:
        where = np.searchsorted(grid[moved], values).clip(max=moved.size - 1)
        return np.where(grid[moved[where]] == values, to[where], values)

    return placed(time), None if entry is None else placed(entry)


def codes(labels: ArrayLike, n: int, name: str) -> tuple[NDArray[np.intp], NDArray]:
    """Number the levels of a label column in sorted order.

    Returns the code of every row, shape (n,), and the sorted levels. Raises ValueError when
    the length differs, a label is missing, or labels are of kinds that have no common order.
    """
    values = np.asarray(labels)
    if values.shape != (n,):
        raise ValueError(f"{name} has shape {values.shape}, expected {(n,)}.")
    missing = _missing(values)
    if missing:
        raise ValueError(f"{name} is missing in {missing} row(s).")
    try:
        levels, code = np.unique(values, return_inverse=True)
    except TypeError as error:
        kinds = sorted({type(value).__name__ for value in values})
        raise ValueError(f"{name} mixes labels of the kinds {', '.join(kinds)}.") from error
    return code.reshape(-1), levels


def _missing(values: NDArray) -> int:
    if values.dtype.kind == "f":
        return int(np.isnan(values).sum())
    if values.dtype.kind == "O":
        import pandas as pd  # labels of this kind come from a table

        return int(pd.isna(values).sum())
    return 0


def _floats(values: ArrayLike, name: str, shape: tuple[int, ...] | None = None) -> Floats:
    out = as_floats(values, name)
    if out.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, not of shape {out.shape}.")
    if shape is not None and out.shape != shape:
        raise ValueError(f"{name} has shape {out.shape}, expected {shape}.")
    if not np.all(np.isfinite(out)):
        raise ValueError(f"{name} is missing or not finite in {np.sum(~np.isfinite(out))} row(s).")
    return out


def as_floats(values: ArrayLike, name: str) -> Floats:
    """Numbers of any kind as floats, missing ones (also pandas' own) as NaN.

    Raises ValueError, in a sentence with the `name`, for dates, durations, texts, and whatever else
    is no real number.
    """
    raw = np.asarray(values)
    if raw.dtype.kind in "biuf":
        return raw.astype(np.float64, copy=False)
    if raw.dtype.kind == "O":
        import pandas as pd  # missing values of this kind come from a table

        missing = pd.isna(raw)
        if all(isinstance(value, numbers.Real | np.bool_) for value in raw[~missing]):
            return np.where(missing, np.nan, raw).astype(np.float64)
    raise ValueError(f"{name} must be numbers; dates, durations and texts are none.")
