"""Profile-likelihood intervals: right also where the likelihood is far from a parabola."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import special

from .block import Terms, gather, sum_blocks
from .cox import CoxFit
from .maximum import maximize
from .observations import Floats

_STEPS = 100
_NOT_CONVERGED = "not estimable: the profile likelihood did not converge"

SEVERAL = "not estimable: several terms run away together"


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
        For a term with a monotone likelihood one limit is infinite and the other finite. NaN, with
        a note, for a term that is collinear or does not vary, where several terms run away (each
        makes up for the others, over a flat likelihood that no search can be sure of), and for a
        limit at which a search did not converge.

    Notes
    -----
    Venzon & Moolgavkar 1988. Every other term is maximized over at each value tried. Assumes the
    chi-square law of the likelihood ratio, not a parabola.
    """
    j = fit.position(name)
    if j not in fit.free or not fit.converged:
        return Interval(float("nan"), float("nan"), f"not estimable: {fit.note[j]}")
    finite = not np.isnan(fit.coef[j])
    if not finite and np.isnan(fit.coef[fit.free]).sum() > 1:
        return Interval(float("nan"), float("nan"), SEVERAL)
    others = fit.free[fit.free != j]
    square = np.ix_(others, others)
    blocks = gather(fit.blocks)
    drop = special.chdtri(1, 1 - level) / 2
    guess = fit.beta.copy()

    def profile(value: float) -> tuple[float, float]:
        """Log-likelihood and its slope at a fixed value of term j."""

        def evaluate(part: Floats) -> Terms:
            beta = np.zeros_like(fit.beta)
            beta[others], beta[j] = part, value
            full = sum_blocks(blocks, beta)
            return Terms(full.loglik, full.score[others], full.information[square])

        reference = fit.at_zero.information[square]
        found = maximize(evaluate, guess[others], reference=reference)
        # the last point may be far off
        for begin in (fit.beta[others], np.zeros(others.size), guess[others] / 4):
            if not found.converged:
                found = maximize(evaluate, begin, reference=reference)
        if not found.converged:
            return float("nan"), float("nan")
        guess[others] = found.beta
        beta = np.zeros_like(fit.beta)
        beta[others], beta[j] = found.beta, value
        return found.terms.loglik - (fit.loglik - drop), sum_blocks(blocks, beta).score[j]

    scale = fit.std_error[j] if finite else 1 / np.sqrt(fit.at_zero.information[j, j])
    if not np.isfinite(scale):
        scale = 1 / np.sqrt(fit.at_zero.information[j, j])
    # a search from a far end would have to come back over a flat likelihood
    origin = fit.beta[j] if finite else 0.0
    step = scale * np.sqrt(2 * drop)
    if finite:
        low = limit_of(profile, origin, -step)
        guess[others] = fit.beta[others]
        high = limit_of(profile, origin, step)
        return Interval(low, high, _NOT_CONVERGED if np.isnan([low, high]).any() else "")
    towards = 1.0 if fit.beta[j] > 0 else -1.0
    inside, height = origin, profile(origin)[0]
    for _ in range(_STEPS):
        if not height < 0:
            break
        inside += towards * step
        height = profile(inside)[0]
    limit = limit_of(profile, inside, -towards * step) if height >= 0 else float("nan")
    note = _NOT_CONVERGED if np.isnan(limit) else fit.note[j]
    if towards > 0:
        return Interval(limit, float("inf"), note)
    return Interval(float("-inf"), limit, note)


def limit_of(profile: Callable[[float], tuple[float, float]], inside: float, step: float) -> float:
    """Where a profile crosses 0, walking from a point above it: Newton kept in a bracket.

    Parameters
    ----------
    profile : height above the limit, and its slope, at a value.
    inside : a value at which it is above 0. `step` : the first step out, about as far as the limit.

    Returns
    -------
    float
        To well below 1e-7 of the first step. Infinity, on the side of the step, when the profile
        is still above 0 at 1000 steps; NaN when it cannot be evaluated.
    """
    value, tolerance, far = inside + step, 1e-7 * abs(step), 1000 * abs(step)
    height, slope = profile(value)
    while height > 0:
        inside, value = value, value + step
        step *= 2
        height, slope = profile(value)
        if abs(step) > far:  # the other terms make up for any value of this one
            return float(np.copysign(np.inf, step))
    outside = value
    for _ in range(100):
        if np.isnan(height):
            break
        trial = value - height / slope if slope else float("nan")
        if not min(inside, outside) < trial < max(inside, outside):
            trial = (inside + outside) / 2
        moved, value = abs(trial - value), trial
        if moved < tolerance:
            return float(value)
        height, slope = profile(value)
        if height > 0:
            inside = value
        else:
            outside = value
    return float("nan")
