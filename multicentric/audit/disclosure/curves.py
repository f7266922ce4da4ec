"""Survival curves from protected counts on a coarse grid, and what is read off them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from multicentric.audit.disclosure.counts import Gate
from multicentric.protocol import Study
from multicentric.survival.kaplan_meier import survival_interval

COLUMNS = (
    "endpoint", "level", "time", "n_risk", "n_event", "n_censor", "survival", "ci_low", "ci_high",
)  # fmt: skip


@dataclass(frozen=True)
class Redrawn:
    """A curve at the months of the grid; it ends where too few are at risk.

    Attributes
    ----------
    months, n_risk, survival, ci_low, ci_high
        One entry per month of the grid, from 0.
    events, lost
        Events, and patients whose follow-up ended without one, up to each month; reckoned.
    shown_events, shown_lost
        The same as they may be shown; None where redacted.
    """

    months: np.ndarray
    n_risk: np.ndarray
    events: np.ndarray
    lost: np.ndarray
    shown_events: list[int | None]
    shown_lost: list[int | None]
    survival: np.ndarray
    ci_low: np.ndarray
    ci_high: np.ndarray

    @property
    def end(self) -> float:
        """The last month that is shown."""
        return float(self.months[-1])

    def at(self, month: float) -> int | None:
        """Where a month stands on the grid; None off it and beyond its end."""
        found = np.flatnonzero(np.isclose(self.months, month))
        return int(found[0]) if found.size else None


def redrawn(gate: Gate, study: Study, data: pd.DataFrame, size: int) -> Redrawn:
    """The curve of some patients from their protected counts.

    Parameters
    ----------
    data
        Patients with ``months`` and ``event``.
    size
        How many they are, as it is shown.

    Notes
    -----
    Events and ends of follow-up up to each month of the grid are redacted and rounded as any count,
    and the product-limit formula with Greenwood's variance runs on them, each interval of the grid
    as one time: risk sets and times cannot be read back from it.
    """
    rules = gate.rules
    time, event = data["months"].to_numpy(float), data["event"].to_numpy(bool)
    grid = np.arange(0.0, (time.max() if time.size else 0.0) + rules.grid_months, rules.grid_months)
    months = [float(month) for month in grid if (time > month).sum() >= rules.threshold]
    exact = [(int((event & (time <= m)).sum()), int((~event & (time <= m)).sum())) for m in months]
    return _curve(
        study,
        size,
        months,
        [(rules.reckoned(events), rules.reckoned(lost)) for events, lost in exact],
        [(rules.shown(events), rules.shown(lost)) for events, lost in exact],
        rules.threshold,
    )


def together(gate: Gate, study: Study, parts: list[Redrawn]) -> Redrawn:
    """The curve of several groups as one, from the sums of what is shown of each."""
    steps = max(len(part.months) for part in parts)
    longest = next(part for part in parts if len(part.months) == steps)

    def summed(which: str, at: int) -> int:
        # A group whose curve has ended keeps the counts of its end.
        return int(sum(getattr(part, which)[min(at, len(part.months) - 1)] for part in parts))

    def shown(which: str, at: int) -> int | None:
        cells = [getattr(part, which)[min(at, len(part.months) - 1)] for part in parts]
        return None if any(cell is None for cell in cells) else int(sum(cells))

    # Beyond the shortest curve the sums would be wrong, so it ends there.
    months = list(longest.months[: min(len(part.months) for part in parts)])
    return _curve(
        study,
        int(sum(part.n_risk[0] for part in parts)),
        months,
        [(summed("events", at), summed("lost", at)) for at in range(len(months))],
        [(shown("shown_events", at), shown("shown_lost", at)) for at in range(len(months))],
        gate.rules.threshold,
    )


def _curve(
    study: Study,
    size: int,
    months: list[float],
    reckoned: list[tuple[int, int]],
    shown: list[tuple[int | None, int | None]],
    threshold: int,
) -> Redrawn:
    gone = [events + lost for events, lost in reckoned]
    # Roundings must not leave fewer at risk than may be shown.
    keep = next((at for at, out in enumerate(gone) if size - out < threshold), len(gone))
    keep = max(keep, 1)
    events = np.array([events for events, _ in reckoned[:keep]], float)
    lost = np.array([out for _, out in reckoned[:keep]], float)
    left = size - events - lost
    new = np.diff(events, prepend=events[:1])
    before = np.concatenate((left[:1], left[:-1]))
    with np.errstate(divide="ignore", invalid="ignore"):
        survival = np.cumprod(1 - new / before)
        log_error = np.sqrt(np.cumsum(new / (before * (before - new))))
    models = study.models
    low, high = survival_interval(
        survival, log_error, models.kaplan_meier_interval, models.interval_level
    )
    return Redrawn(
        months=np.array(months[:keep]),
        n_risk=left,
        events=events,
        lost=lost,
        shown_events=[events for events, _ in shown[:keep]],
        shown_lost=[out for _, out in shown[:keep]],
        survival=survival,
        ci_low=low,
        ci_high=high,
    )


def steps_of(endpoint: str, level: str, curve: Redrawn) -> list[dict[str, Any]]:
    """A curve as rows of the table of curves; who was censored when stays out of it."""
    return [
        {
            "endpoint": endpoint,
            "level": level,
            "time": float(curve.months[at]),
            "n_risk": float(curve.n_risk[at]),
            "survival": round(float(curve.survival[at]), 4),
            "ci_low": round(float(curve.ci_low[at]), 4),
            "ci_high": round(float(curve.ci_high[at]), 4),
        }
        for at in range(len(curve.months))
    ]


def as_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Rows of curves in the types of ``results/curves.parquet``."""
    kinds = {name: "string" if name in COLUMNS[:2] else "Float64" for name in COLUMNS}
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(kinds)
