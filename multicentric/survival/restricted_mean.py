"""Restricted mean survival time: the area under a Kaplan-Meier curve up to a time tau."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .distributions import half_width, normal_two_sided
from .kaplan_meier import KaplanMeier, kaplan_meier
from .meta_analysis import MetaAnalysis, meta_analysis
from .observations import codes


@dataclass(frozen=True)
class RestrictedMean:
    """Mean time lived up to `tau`; NaN, with `note`, when the curve does not reach that far."""

    tau: float
    mean: float
    std_error: float
    ci_low: float
    ci_high: float
    note: str


@dataclass(frozen=True)
class Contrast:
    """Two restricted means compared: first minus second, and first over second."""

    difference: float
    difference_std_error: float
    difference_low: float
    difference_high: float
    difference_p_value: float
    ratio: float
    log_ratio_std_error: float
    ratio_low: float
    ratio_high: float
    ratio_p_value: float
    note: str


def restricted_mean(curve: KaplanMeier, tau: float, level: float = 0.95) -> RestrictedMean:
    """The area under the curve from 0 to `tau`; NaN with a note when it is not known so far.

    Parameters
    ----------
    curve : a Kaplan-Meier curve.
    tau : the horizon, in the curve's unit, fixed before looking at the data.
    level : coverage of the interval.

    Returns
    -------
    RestrictedMean
        NaN with a note when the last patient is censored before tau: the curve beyond is unknown,
        and so is the mean. A standard error of 0 when nobody had the event before tau.

    Raises
    ------
    ValueError
        tau is not above 0.

    Notes
    -----
    Variance by Greenwood's formula for the area (Klein & Moeschberger 2003, 4.5): the sum over
    events of (area still to come)^2 d / (n (n - d)); an event that empties the risk set adds
    nothing, because no area is left after it. Assumes censoring independent of the event, a tau
    not chosen by the data, and enough patients at risk at tau for a normal mean.
    """
    if not tau > 0:
        raise ValueError(f"tau must be above 0, not {tau}.")
    nan = float("nan")
    last = curve.times[-1] if curve.times.size else 0.0
    reached_zero = bool(curve.survival.size and curve.survival[-1] == 0)
    if last < tau and not reached_zero:
        note = f"not estimable: follow-up ends at {last:g}, before {tau:g}"
        return RestrictedMean(tau, nan, nan, nan, nan, note)
    inside = curve.times < tau
    knots = np.concatenate(([0.0], curve.times[inside], [tau]))
    heights = np.concatenate(([1.0], curve.survival[inside]))
    pieces = np.diff(knots) * heights
    to_come = np.cumsum(pieces[::-1])[::-1][1:]
    n, d = curve.n_risk[inside], curve.n_event[inside]
    hazard = np.divide(d, n * (n - d), out=np.zeros_like(n), where=n > d)
    mean, error = float(pieces.sum()), float(np.sqrt((to_come**2 * hazard).sum()))
    half = half_width(level) * error
    return RestrictedMean(tau, mean, error, mean - half, mean + half, "")


def compare_restricted_means(
    first: RestrictedMean, second: RestrictedMean, level: float = 0.95
) -> Contrast:
    """Difference and ratio of the restricted means of two independent groups.

    The ratio's interval is on the log scale (delta method; Royston & Parmar 2013). Assumes
    independent groups, not proportional hazards. NaN, with the note of the group that has no mean,
    when one of them is not estimable.
    """
    if first.tau != second.tau:
        raise ValueError(f"restricted means up to {first.tau} and {second.tau} do not compare.")
    note = first.note or second.note
    z = half_width(level)
    difference = first.mean - second.mean
    error = float(np.hypot(first.std_error, second.std_error))
    with np.errstate(divide="ignore", invalid="ignore"):
        log_ratio = float(np.log(first.mean / second.mean))
        log_error = float(np.hypot(first.std_error / first.mean, second.std_error / second.mean))
        p_difference = normal_two_sided(np.float64(difference) / error)
        p_ratio = normal_two_sided(np.float64(log_ratio) / log_error)
    return Contrast(
        difference,
        error,
        difference - z * error,
        difference + z * error,
        p_difference,
        float(np.exp(log_ratio)),
        log_error,
        float(np.exp(log_ratio - z * log_error)),
        float(np.exp(log_ratio + z * log_error)),
        p_ratio,
        note,
    )


class PooledContrasts(NamedTuple):
    """Restricted means compared within centers and pooled: the difference, and the log ratio."""

    difference: MetaAnalysis
    log_ratio: MetaAnalysis


def pooled_contrasts(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    center: ArrayLike,
    tau: float,
    *,
    first: object,
    second: object,
    method: str = "REML",
    level: float = 0.95,
) -> PooledContrasts:
    """Difference and ratio of restricted means, first to second group, pooled over centers.

    Parameters
    ----------
    time, event, group, center : (n,) one row per patient.
    tau : the horizon. `first`, `second` : the labels of the two groups.
    method, level : as in `meta_analysis`.

    Returns
    -------
    PooledContrasts
        Of the centers in which both groups reach tau with at least one event in each; `k` tells
        how many. The others are left out, so read it beside the unpooled comparison; with none
        left everything is NaN and the note says so.

    Notes
    -----
    Two stages, centers weighted by the inverse of their variance. Assumes that what a center
    lacks to reach tau has nothing to do with its difference.
    """
    t, e, g = np.asarray(time), np.asarray(event), np.asarray(group)
    code, centers = codes(center, t.size, "center")
    found = np.full((centers.size, 4), np.nan)
    for c in range(centers.size):
        mean_1, mean_2 = (
            restricted_mean(kaplan_meier(t[rows], e[rows]), tau)
            for rows in ((code == c) & (g == label) for label in (first, second))
        )
        if mean_1.std_error > 0 and mean_2.std_error > 0:  # False also for NaN
            contrast = compare_restricted_means(mean_1, mean_2)
            found[c] = (
                contrast.difference,
                contrast.difference_std_error,
                np.log(contrast.ratio),
                contrast.log_ratio_std_error,
            )
    difference, difference_error, log_ratio, log_ratio_error = found.T
    return PooledContrasts(
        meta_analysis(difference, difference_error, method, level),
        meta_analysis(log_ratio, log_ratio_error, method, level),
    )
