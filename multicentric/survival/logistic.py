"""Logistic regression: the probability of one of two outcomes by what is known beforehand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .block import Terms
from .maximum import maximize, rank_of
from .observations import Floats, as_floats

_CONSTANT = 1e-12  # spread of a column by its largest value: rounding


@dataclass(frozen=True)
class LogisticFit:
    """A fitted logistic model; all NaN where there is no maximum, and `note` says why.

    `coef` (p,) are log odds ratios; NaN also for a column that is constant or a combination of
    those before it. `probability` (n,) is that of outcome 1.
    """

    intercept: float
    coef: Floats
    loglik: float
    probability: Floats
    note: str


def fit_logistic(outcome: ArrayLike, x: ArrayLike) -> LogisticFit:
    """Maximum likelihood of a logistic model with an intercept.

    Parameters
    ----------
    outcome : (n,) 1 or 0.
    x : (n, p) what predicts it, without missing values.

    Notes
    -----
    Cox 1958. Assumes independent rows and log odds that are linear in `x`. Where some combination
    of the columns separates rows of one outcome from those of the other, the likelihood rises
    without end (Albert & Anderson 1984): no estimate, with a note.
    """
    y, columns = as_floats(outcome, "outcome"), as_floats(x, "x")
    mean, spread = columns.mean(axis=0), columns.std(axis=0)
    varies = spread > _CONSTANT * np.abs(columns).max(axis=0, initial=0)
    scaled = np.where(varies, columns - mean, 0.0) / np.where(varies, spread, 1.0)
    design = np.column_stack([np.ones(y.size), scaled])

    def evaluate(beta: Floats) -> Terms:
        linear = used @ beta
        fitted = special.expit(linear)
        weight = fitted * (1 - fitted)
        loglik = float((y * linear - np.logaddexp(0, linear)).sum())
        return Terms(loglik, used.T @ (y - fitted), (used * weight[:, None]).T @ used)

    # At zero everybody's weight is a quarter.
    kept = rank_of(design.T @ design / 4, np.zeros(design.shape[1])).kept
    used = design[:, kept]
    found = maximize(evaluate, np.zeros(kept.size))
    coef = np.full(mean.size, np.nan)
    if found.unbounded.size or not found.converged:
        note = (
            "not estimable: monotone likelihood (it tells some patients apart with certainty)"
            if found.unbounded.size
            else f"not estimable: not converged after {found.iterations} iterations"
        )
        nothing = np.full(y.size, np.nan)
        return LogisticFit(float("nan"), coef, float("nan"), nothing, note)
    # The first of the kept columns is the intercept.
    place = kept[1:] - 1
    coef[place] = found.beta[1:] / spread[place]
    intercept = float(found.beta[0] - coef[place] @ mean[place])
    return LogisticFit(intercept, coef, found.terms.loglik, special.expit(used @ found.beta), "")
