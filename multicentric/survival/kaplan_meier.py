"""Kaplan-Meier and reverse Kaplan-Meier curves, quantiles and numbers at risk, by R's rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .distributions import half_width
from .observations import Floats, observations

if TYPE_CHECKING:
    import pandas as pd

CONF_TYPES = ("log-log", "log", "plain")


class Quantile(NamedTuple):
    """A survival quantile with its interval; NaN means not reached."""

    value: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class KaplanMeier:
    """A product-limit curve; arrays have one entry per distinct end of follow-up, ascending.

    `n_risk` is #{T >= t}, without those who have not entered yet. Counts are sums of weights
    where weights were given. `std_error` is Greenwood's, of the survival itself; it and the
    limits are NaN once the curve has reached 0.
    """

    times: Floats
    n_risk: Floats
    n_event: Floats
    n_censor: Floats
    survival: Floats
    std_error: Floats
    ci_low: Floats
    ci_high: Floats
    n: int
    n_events: int
    level: float
    conf_type: str
    entries: Floats | None
    entry_weights: Floats | None

    def median(self) -> Quantile:
        """The median survival time with its confidence limits."""
        return self.quantile(0.5)

    def quantile(self, q: float) -> Quantile:
        """The time by which a share `q` has had the event, as R's `quantile.survfit` has it.

        Where the curve is flat exactly at 1 - q the middle of the flat part is returned. The
        limits are where the curve's lower and upper limits cross (Brookmeyer & Crowley 1982).
        NaN when the curve, or its limit, does not come down to 1 - q.
        """
        if not 0 <= q <= 1:
            raise ValueError(f"a quantile's share must lie in 0 to 1, not {q}.")
        return Quantile(
            _crossing(self.times, self.survival, q),
            _crossing(self.times, self.ci_low, q),
            _crossing(self.times, self.ci_high, q),
        )

    def at(self, times: ArrayLike) -> pd.DataFrame:
        """Survival at given times, carried forward beyond the last one.

        Returns a table `time, n_risk, survival, std_error, ci_low, ci_high`, in the order
        asked (R's `summary(times=, extend=TRUE)`).
        """
        import pandas as pd

        t = np.atleast_1d(np.asarray(times, dtype=np.float64))
        last = np.searchsorted(self.times, t, side="right")

        def value(curve: Floats, start: float) -> Floats:
            return np.concatenate(([start], curve))[last]

        return pd.DataFrame(
            {
                "time": t,
                "n_risk": self._risk(t),
                "survival": value(self.survival, 1.0),
                "std_error": value(self.std_error, 0.0),
                "ci_low": value(self.ci_low, 1.0),
                "ci_high": value(self.ci_high, 1.0),
            }
        )

    def at_risk(self, times: ArrayLike) -> pd.DataFrame:
        """The table under a curve: `time, n_risk, n_censor, n_event`.

        `n_risk` is #{T >= t}; the other two count who was censored, or had the event, before
        `t`, so that without late entry the three add up to all patients (Morris 2019).
        """
        import pandas as pd

        t = np.atleast_1d(np.asarray(times, dtype=np.float64))
        before = np.searchsorted(self.times, t, side="left")

        def total(counts: Floats) -> Floats:
            return np.concatenate(([0.0], np.cumsum(counts)))[before]

        return pd.DataFrame(
            {
                "time": t,
                "n_risk": self._risk(t),
                "n_censor": total(self.n_censor),
                "n_event": total(self.n_event),
            }
        )

    def _risk(self, t: Floats) -> Floats:
        ended = np.concatenate(([0.0], np.cumsum(self.n_event + self.n_censor)))
        remaining = ended[-1] - ended[np.searchsorted(self.times, t, side="left")]
        if self.entries is None or self.entry_weights is None:
            return remaining
        entered = np.concatenate(([0.0], np.cumsum(self.entry_weights)))
        return remaining - (entered[-1] - entered[np.searchsorted(self.entries, t, side="left")])


def kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    conf_type: str = "log-log",
    level: float = 0.95,
) -> KaplanMeier:
    """The Kaplan-Meier estimate with Greenwood's variance.

    Parameters
    ----------
    time, event : (n,) end of follow-up and whether it was the event (1) or censoring (0).
    entry : (n,) late entry; the patient is at risk at t when `entry < t <= time`.
    weights : (n,) case weights, read as numbers of patients, also in the variance.
    conf_type : "log-log", "log" or "plain", the scale of the pointwise interval.
    level : coverage of the interval.

    Returns
    -------
    KaplanMeier
        With no patients, empty arrays; every quantile is then NaN. Before the first event the
        survival is 1 and its limits 1 to 1 (R has NaN for log-log limits): nothing has happened.

    Notes
    -----
    Kaplan & Meier 1958; intervals as in R's `survfit`. Assumes censoring independent of the
    event. Patients censored at the time of an event are still at risk at it.
    """
    if conf_type not in CONF_TYPES:
        raise ValueError(f"conf_type must be one of {', '.join(CONF_TYPES)}, not {conf_type!r}.")
    obs = observations(time, event, entry, weights)
    weight = np.ones(len(obs)) if obs.weight is None else obs.weight
    times, which = np.unique(obs.time, return_inverse=True)
    n_event = np.bincount(which, weight * obs.event, minlength=times.size)
    n_censor = np.bincount(which, weight * ~obs.event, minlength=times.size)
    n_risk = np.cumsum((n_event + n_censor)[::-1])[::-1].copy()
    entries = entry_weights = None
    if obs.entry is not None:
        order = np.argsort(obs.entry, kind="stable")
        entries, entry_weights = obs.entry[order], weight[order]
        later = np.concatenate((np.cumsum(entry_weights[::-1])[::-1], [0.0]))
        n_risk -= later[np.searchsorted(entries, times, side="left")]
    with np.errstate(divide="ignore", invalid="ignore"):
        # weights and late entries are added and subtracted: who is left over is rounding
        left = np.where(n_event < n_risk * (1 - 1e-12), 1 - n_event / n_risk, 0.0)
        survival = np.cumprod(left)
        # the standard error of log S, the scale every interval starts from
        log_error = np.sqrt(np.cumsum(n_event / (n_risk * (n_risk - n_event))))
        log_error[survival == 0] = np.nan
        std_error = survival * log_error
    ci_low, ci_high = survival_interval(survival, log_error, conf_type, level)
    return KaplanMeier(
        times=times,
        n_risk=n_risk,
        n_event=n_event,
        n_censor=n_censor,
        survival=survival,
        std_error=std_error,
        ci_low=ci_low,
        ci_high=ci_high,
        n=len(obs),
        n_events=int(obs.event.sum()),
        level=level,
        conf_type=conf_type,
        entries=entries,
        entry_weights=entry_weights,
    )


def reverse_kaplan_meier(
    time: ArrayLike,
    event: ArrayLike,
    *,
    entry: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    conf_type: str = "log-log",
    level: float = 0.95,
) -> KaplanMeier:
    """Potential follow-up: the Kaplan-Meier curve with events and censoring exchanged.

    Schemper & Smith 1996; its median is the median follow-up. Parameters and result as
    `kaplan_meier`, where `n_event` now counts ends of follow-up without the event; a median that
    is not reached is NaN. Assumes that patients would have been followed as long had they not had
    the event.
    """
    ended = ~observations(time, event).event
    return kaplan_meier(time, ended, entry=entry, weights=weights, conf_type=conf_type, level=level)


def survival_interval(
    survival: Floats, log_error: Floats, conf_type: str, level: float
) -> tuple[Floats, Floats]:
    """Pointwise limits of a survival curve from the standard error of its logarithm."""
    z = half_width(level)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if conf_type == "plain":
            half = z * log_error * survival
            return np.maximum(survival - half, 0.0), np.minimum(survival + half, 1.0)
        if conf_type == "log":
            low = survival * np.exp(-z * log_error)
            return low, np.minimum(survival * np.exp(z * log_error), 1.0)
        half = z * log_error / np.log(survival)
        low = survival ** np.exp(-half)
        high = survival ** np.exp(half)
    certain = survival == 1
    low[certain] = high[certain] = 1.0
    return low, high


def _crossing(times: Floats, curve: Floats, q: float) -> float:
    """Where 1 - curve first reaches q; the middle of a flat part that lies exactly at q."""
    tolerance = np.sqrt(np.finfo(float).eps)
    if times.size == 0 or q == 0:
        return float("nan") if times.size == 0 else 0.0
    x = np.concatenate(([0.0], times))
    y = np.concatenate(([0.0], 1 - curve))
    # censoring repeats a level: keep the first time of each
    first = np.sort(np.unique(y, return_index=True)[1])
    x_end, x, y = x[-1], x[first], y[first]
    ends_at_q = abs(y[-1] - q) < tolerance
    known = ~np.isnan(y)
    x, y = x[known], y[known]
    # limits may not be monotone: like R, take the next higher level, not the next time
    order = np.argsort(y, kind="stable")
    x, y = x[order], y[order]
    begin = np.searchsorted(y + tolerance, q, side="left")
    if begin == y.size:
        return float("nan")
    if ends_at_q:
        return float((x[begin] + x_end) / 2)
    end = np.searchsorted(y - tolerance, q, side="left")
    return float((x[begin] + x[end]) / 2) if end < y.size else float("nan")
