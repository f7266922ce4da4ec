"""Profile-likelihood intervals: right also where the likelihood is far from a parabola."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

from .block import Terms, sum_blocks
from .cox import CoxFit
from .maximum import maximize
from .observations import Floats


class Interval(NamedTuple):
    """Limits on the log scale; `note` says why one is infinite or NaN."""

    ci_low: float
    ci_high: float
    note: str


def profile_interval(fit: CoxFit, name: str, level: float = 0.95) -> Interval:
    """The values of one coefficient that a likelihood-ratio test at `level` does not reject.

    Parameters
    ----------
    fit : a fitted model. `name` one of its terms.
    level : coverage of the interval.

    Returns
    -------
    Interval
        For a term with a monotone likelihood one limit is infinite and the other finite. NaN for
        a term that is collinear or does not vary.

    Notes
    -----
    Venzon & Moolgavkar 1988. Every other term is maximized over at each value tried. Assumes the
    chi-square law of the likelihood ratio, not a parabola.
    """
    j = fit.position(name)
    if j not in fit.free or not fit.converged:
        return Interval(float("nan"), float("nan"), f"not estimable: {fit.note[j]}")
    others = fit.free[fit.free != j]
    square = np.ix_(others, others)
    drop = special.chdtri(1, 1 - level) / 2
    guess = fit.beta.copy()

    def profile(value: float) -> tuple[float, float]:
        """Log-likelihood and its slope at a fixed value of term j."""

        def evaluate(part: Floats) -> Terms:
            beta = np.zeros_like(fit.beta)
            beta[others], beta[j] = part, value
            full = sum_blocks(fit.blocks, beta)
            return Terms(full.loglik, full.score[others], full.information[square])

        found = maximize(evaluate, guess[others], reference=fit.at_zero.information[square])
        guess[others] = found.beta
        beta = np.zeros_like(fit.beta)
        beta[others], beta[j] = found.beta, value
        return found.terms.loglik - (fit.loglik - drop), sum_blocks(fit.blocks, beta).score[j]

    finite = not np.isnan(fit.coef[j])
    scale = fit.std_error[j] if finite else 1 / np.sqrt(fit.at_zero.information[j, j])
    if not np.isfinite(scale):
        scale = 1 / np.sqrt(fit.at_zero.information[j, j])
    # a search from a far end would have to come back over a flat likelihood
    origin = fit.beta[j] if finite else 0.0
    step = scale * np.sqrt(2 * drop)
    if finite:
        low = _limit(profile, origin, -step)
        guess[others] = fit.beta[others]
        return Interval(low, _limit(profile, origin, step), "")
    towards = 1.0 if fit.beta[j] > 0 else -1.0
    inside = origin
    while profile(inside)[0] < 0:
        inside += towards * step
    limit = _limit(profile, inside, -towards * step)
    if towards > 0:
        return Interval(limit, float("inf"), fit.note[j])
    return Interval(float("-inf"), limit, fit.note[j])


def _limit(profile: Callable[[float], tuple[float, float]], inside: float, step: float) -> float:
    """Where the profile crosses 0, walking from a point above it: Newton kept in a bracket."""
    value, far = inside + step, 1000 * abs(step)
    height, slope = profile(value)
    while height > 0:
        inside, value = value, value + step
        step *= 2
        height, slope = profile(value)
        if abs(step) > far:  # the other terms make up for any value of this one
            return float(np.copysign(np.inf, step))
    outside = value
    for _ in range(100):
        trial = value - height / slope if slope else float("nan")
        if not min(inside, outside) < trial < max(inside, outside):
            trial = (inside + outside) / 2
        moved, value = abs(trial - value), trial
        if moved < 1e-11 * (1 + abs(value)):
            break
        height, slope = profile(value)
        if height > 0:
            inside = value
        else:
            outside = value
    return float(value)
