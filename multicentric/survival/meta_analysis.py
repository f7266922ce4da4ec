"""Two-stage meta-analysis of per-center estimates: fixed and random effects, and heterogeneity."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .distributions import chi2_sf, half_width, normal_two_sided, t_quantile, t_two_sided
from .observations import Floats

METHODS = ("fixed", "DL", "PM", "ML", "REML")


class Pooled(NamedTuple):
    """A pooled estimate with its interval, p-value and prediction interval.

    The prediction interval is where the effect of a new center is expected; NaN where it is not
    defined (fixed effect, or too few centers).
    """

    estimate: float
    std_error: float
    ci_low: float
    ci_high: float
    p_value: float
    prediction_low: float
    prediction_high: float


@dataclass(frozen=True)
class MetaAnalysis:
    """A meta-analysis of k centers.

    `wald` uses the normal distribution, `hartung_knapp` the t with k - 1 degrees of freedom and
    the spread of the centers themselves; `hartung_knapp_floor` is the same with a standard error
    never below that of the fixed-effect model. Where all estimates are the same there is no spread
    to go by: `hartung_knapp` is NaN, and `hartung_knapp_note` says so. Prediction intervals use t
    with k - 2. `tau2` is
    the variance between centers, with its Q-profile interval; `i2` in percent, with the interval
    that follows from it. With one center everything about heterogeneity is NaN; with none
    everything is, and `note` says so.
    """

    method: str
    k: int
    wald: Pooled
    hartung_knapp: Pooled
    hartung_knapp_floor: Pooled
    tau2: float
    tau2_low: float
    tau2_high: float
    i2: float
    i2_low: float
    i2_high: float
    h2: float
    q: float
    q_df: int
    q_p_value: float
    hartung_knapp_note: str
    note: str


_NO_RESULT = Pooled(*([float("nan")] * 7))


def _without_spread(method: str, k: int, wald: Pooled, q: float, note: str) -> MetaAnalysis:
    """Of fewer than two centers: nothing between them can be known."""
    nan = float("nan")
    return MetaAnalysis(
        method=method,
        k=k,
        wald=wald,
        hartung_knapp=_NO_RESULT,
        hartung_knapp_floor=_NO_RESULT,
        tau2=nan,
        tau2_low=nan,
        tau2_high=nan,
        i2=nan,
        i2_low=nan,
        i2_high=nan,
        h2=nan,
        q=q,
        q_df=0,
        q_p_value=nan,
        hartung_knapp_note=note,
        note=note,
    )


def meta_analysis(
    estimates: ArrayLike, std_errors: ArrayLike, method: str = "REML", level: float = 0.95
) -> MetaAnalysis:
    """Pool estimates of the same quantity from k centers.

    Parameters
    ----------
    estimates, std_errors : (k,) for example log hazard ratios; NaN marks a center without one and
        leaves it out.
    method : how tau2 is estimated: "fixed" (tau2 = 0), "DL" (DerSimonian & Laird 1986), "PM"
        (Paule & Mandel 1982), "ML" or "REML"; all truncated at 0.
    level : coverage of all intervals.

    Notes
    -----
    As R's metafor: I2 and H2 by Higgins & Thompson 2002, Q-profile interval by Viechtbauer 2007,
    Hartung & Knapp 2001, prediction intervals with k - 2 degrees of freedom by Higgins,
    Thompson & Spiegelhalter 2009. Assumes known standard errors and normal center effects; small
    centers violate the first.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}.")
    y, s = np.asarray(estimates, dtype=float), np.asarray(std_errors, dtype=float)
    if y.shape != s.shape or y.ndim != 1:
        raise ValueError(f"estimates {y.shape} and std_errors {s.shape} must be of one length.")
    known = np.isfinite(y) & np.isfinite(s)
    y, v = y[known], s[known] ** 2
    if np.any(v <= 0):
        raise ValueError("every standard error must be above 0.")
    k = y.size
    nan = float("nan")
    if k == 0:
        return _without_spread(
            method, 0, _NO_RESULT, nan, "not estimable: no center has an estimate"
        )
    w = 1 / v
    fixed = float(w @ y / w.sum())
    q = float(w @ (y - fixed) ** 2)
    tau2 = _tau2(y, v, method)
    total = 1 / (v + tau2)
    mean = float(total @ y / total.sum())
    error = float(np.sqrt(1 / total.sum()))
    z = half_width(level)
    low, high = (nan, nan)
    if method != "fixed" and k > 2:
        half = t_quantile(0.5 + level / 2, k - 2) * np.sqrt(error**2 + tau2)
        low, high = mean - half, mean + half
    wald = Pooled(
        mean, error, mean - z * error, mean + z * error, normal_two_sided(mean / error), low, high
    )
    if k == 1:
        return _without_spread(method, 1, wald, q, "one center: nothing to pool")
    spread = float(np.sqrt((total @ (y - mean) ** 2) / ((k - 1) * total.sum())))
    same = spread < 1e-12 * error
    floor = max(spread, float(np.sqrt(1 / w.sum())))
    low, high = _tau2_interval(y, v, level)
    typical = (k - 1) / (w.sum() - (w @ w) / w.sum())
    if method == "fixed":
        i2, h2 = max(0.0, 100 * (q - (k - 1)) / q) if q > 0 else 0.0, q / (k - 1)
    else:
        i2, h2 = 100 * tau2 / (tau2 + typical), tau2 / typical + 1
    return MetaAnalysis(
        method=method,
        k=k,
        wald=wald,
        hartung_knapp=_NO_RESULT if same else _with_t(mean, spread, tau2, k, method, level),
        hartung_knapp_floor=_with_t(mean, floor, tau2, k, method, level),
        tau2=tau2,
        tau2_low=low,
        tau2_high=high,
        i2=float(i2),
        i2_low=100 * low / (low + typical),
        i2_high=100 * high / (high + typical),
        h2=float(h2),
        q=q,
        q_df=k - 1,
        q_p_value=chi2_sf(q, k - 1),
        hartung_knapp_note="not estimable: all centers have the same estimate" if same else "",
        note="",
    )


def _with_t(mean: float, error: float, tau2: float, k: int, method: str, level: float) -> Pooled:
    half = t_quantile(0.5 + level / 2, k - 1) * error
    low = high = float("nan")
    if method != "fixed" and k > 2:
        far = t_quantile(0.5 + level / 2, k - 2) * np.sqrt(error**2 + tau2)
        low, high = mean - far, mean + far
    p = t_two_sided(mean / error, k - 1)
    return Pooled(mean, error, mean - half, mean + half, p, float(low), float(high))


def _generalized_q(y: Floats, v: Floats, tau2: float) -> float:
    w = 1 / (v + tau2)
    return float(w @ (y - w @ y / w.sum()) ** 2)


def _tau2(y: Floats, v: Floats, method: str) -> float:
    k = y.size
    if method == "fixed" or k == 1:
        return 0.0
    w = 1 / v
    excess = _generalized_q(y, v, 0.0) - (k - 1)
    moment = max(0.0, float(excess / (w.sum() - (w @ w) / w.sum())))
    if method == "DL":
        return moment
    if method == "PM":
        return _decreasing_root(lambda tau2: _generalized_q(y, v, tau2) - (k - 1))

    def slope(tau2: float) -> float:
        """Twice the derivative of the (restricted) log-likelihood."""
        w = 1 / (v + tau2)
        mean = w @ y / w.sum()
        restricted = (w @ w) / w.sum() if method == "REML" else 0.0
        return float(w**2 @ (y - mean) ** 2 - w.sum() + restricted)

    def height(tau2: float) -> float:
        w = 1 / (v + tau2)
        mean = w @ y / w.sum()
        restricted = np.log(w.sum()) if method == "REML" else 0.0
        return float(np.log(w).sum() - restricted - w @ (y - mean) ** 2)

    # the likelihood may have two peaks: look at every place where its slope changes sign
    grid = np.concatenate(([0.0], np.geomspace(1e-8, 1e4, 121) * max(float(np.var(y)), v.min())))
    slopes = [slope(tau2) for tau2 in grid]
    peaks = [0.0]
    for i in np.flatnonzero((np.array(slopes[:-1]) > 0) & (np.array(slopes[1:]) <= 0)):
        peaks.append(_bisect(slope, grid[i], grid[i + 1]))
    return max(peaks, key=height)


def _tau2_interval(y: Floats, v: Floats, level: float) -> tuple[float, float]:
    """Values of tau2 at which the generalized Q is an unremarkable chi-square."""
    df = y.size - 1
    low, high = special.chdtri(df, 0.5 - level / 2), special.chdtri(df, 0.5 + level / 2)
    return (
        _decreasing_root(lambda tau2: _generalized_q(y, v, tau2) - low),
        _decreasing_root(lambda tau2: _generalized_q(y, v, tau2) - high),
    )


def _decreasing_root(function: Callable[[float], float]) -> float:
    if function(0.0) <= 0:
        return 0.0
    high = 1e-6
    while function(high) > 0:
        high *= 4
    return _bisect(function, 0.0, high)


def _bisect(function: Callable[[float], float], low: float, high: float) -> float:
    """The root of a function that is positive at `low` and not at `high`."""
    while high - low > 2 * np.spacing(high):
        middle = (low + high) / 2
        if function(middle) > 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
