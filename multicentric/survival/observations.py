"""Patients as the estimators take them: time, event, entry and weight as checked float arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

# numpy's stubs lose float64 in most operations; the shape is in each docstring
Floats = NDArray[Any]


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
    time : (n,) time from the origin to the event or to censoring, any unit.
    event : (n,) 1 or True for an event, 0 or False for censoring.
    entry : (n,) time from which the patient is under observation; at risk at `t` means
        `entry < t <= time`.
    weights : (n,) case weights, positive; a weight of 2 counts as two patients.

    Raises
    ------
    ValueError
        In one sentence, when lengths differ, a value is missing or not finite, an event is
        neither 0 nor 1, a weight is not positive, or a patient enters at or after the end.
    """
    t = _floats(time, "time")
    raw = np.asarray(event)
    if raw.shape != t.shape:
        raise ValueError(f"event has shape {raw.shape}, but time has {t.shape}.")
    e = _floats(raw, "event")
    if not np.all((e == 0) | (e == 1)):
        raise ValueError("event must be 0 or 1 in every row.")
    entered = weight = None
    if entry is not None:
        entered = _floats(entry, "entry", t.shape)
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


def codes(labels: ArrayLike, n: int, name: str) -> tuple[NDArray[np.intp], NDArray]:
    """Number the levels of a label column in sorted order.

    Returns the code of every row, shape (n,), and the sorted levels. Raises ValueError when
    the length differs or a label is missing.
    """
    values = np.asarray(labels)
    if values.shape != (n,):
        raise ValueError(f"{name} has shape {values.shape}, expected {(n,)}.")
    missing = _missing(values)
    if missing:
        raise ValueError(f"{name} is missing in {missing} row(s).")
    levels, code = np.unique(values, return_inverse=True)
    return code.reshape(-1), levels


def _missing(values: NDArray) -> int:
    if values.dtype.kind == "f":
        return int(np.isnan(values).sum())
    if values.dtype.kind == "O":
        import pandas as pd  # labels of this kind come from a table

        return int(pd.isna(values).sum())
    return 0


def _floats(values: ArrayLike, name: str, shape: tuple[int, ...] | None = None) -> Floats:
    out = np.asarray(values, dtype=np.float64)
    if out.ndim != 1:
        raise ValueError(f"{name} must be one-dimensional, not of shape {out.shape}.")
    if shape is not None and out.shape != shape:
        raise ValueError(f"{name} has shape {out.shape}, expected {shape}.")
    if not np.all(np.isfinite(out)):
        raise ValueError(f"{name} is missing or not finite in {np.sum(~np.isfinite(out))} row(s).")
    return out
