"""Pooling the estimates of multiply imputed tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .distributions import t_quantile
from .observations import Floats


@dataclass(frozen=True)
class PooledImputations:
    """Estimates pooled over m imputations, arrays of shape (p,).

    `within`, `between`, `total` are the parts of the variance; `df` Barnard and Rubin's degrees of
    freedom; `relative_increase` and `fraction_missing` say what the missing values cost.
    """

    estimate: Floats
    std_error: Floats
    within: Floats
    between: Floats
    total: Floats
    df: Floats
    relative_increase: Floats
    fraction_missing: Floats
    p_value: Floats
    m: int

    def interval(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Confidence limits with Student's t, shape (p,) each."""
        half = np.array([t_quantile(0.5 + level / 2, df) for df in self.df]) * self.std_error
        return self.estimate - half, self.estimate + half


def pool_imputations(
    estimates: ArrayLike, variances: ArrayLike, complete_df: float
) -> PooledImputations:
    """Rubin's rules.

    Parameters
    ----------
    estimates, variances : (m, p) per imputation; coefficients and squared standard errors.
    complete_df : degrees of freedom without missing values: observations (for Cox: events) minus
        coefficients.

    Returns
    -------
    PooledImputations
        NaN for a coefficient that one of the imputations could not estimate.

    Raises
    ------
    ValueError
        With fewer than two imputations: the spread between them is unknown.

    Notes
    -----
    Rubin 1987; degrees of freedom by Barnard & Rubin 1999, as R's `mice::pool`. Assumes values
    missing at random given what the imputation model saw.
    """
    q, u = np.asarray(estimates, dtype=float), np.asarray(variances, dtype=float)
    if q.ndim != 2 or q.shape != u.shape:
        raise ValueError(f"estimates {q.shape} and variances {u.shape} must both be (m, p).")
    m = q.shape[0]
    if m < 2:
        raise ValueError("pooling needs at least two imputations.")
    estimate, within, between = q.mean(axis=0), u.mean(axis=0), q.var(axis=0, ddof=1)
    total = within + (1 + 1 / m) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        share = (1 + 1 / m) * between / total
        increase = (1 + 1 / m) * between / within
        old = (m - 1) / share**2
        observed = (complete_df + 1) / (complete_df + 3) * complete_df * (1 - share)
        df = np.where(share > 0, old * observed / (old + observed), observed)
        fraction = (increase + 2 / (df + 3)) / (increase + 1)
        p_value = 2 * special.stdtr(df, -np.abs(estimate / np.sqrt(total)))
    return PooledImputations(
        estimate, np.sqrt(total), within, between, total, df, increase, fraction, p_value, m
    )
