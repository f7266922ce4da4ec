"""The log-rank test and its Peto-Peto form, plain and stratified."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .distributions import chi2_sf
from .observations import Floats, codes, observations


@dataclass(frozen=True)
class LogRank:
    """A test of equal survival; arrays follow `groups`, the sorted group labels.

    `p_value` and `chisq` are NaN, with `note`, when fewer than two groups are ever compared.
    """

    groups: NDArray
    n: NDArray[np.intp]
    observed: Floats
    expected: Floats
    variance: Floats
    chisq: float
    df: int
    p_value: float
    note: str


def log_rank(
    time: ArrayLike,
    event: ArrayLike,
    group: ArrayLike,
    strata: ArrayLike | None = None,
    rho: float = 0.0,
) -> LogRank:
    """Compare the survival of k groups.

    Parameters
    ----------
    time, event : (n,) end of follow-up, and 1 for an event.
    group : (n,) labels of the groups compared.
    strata : (n,) labels within which the comparison is made (centers), or None.
    rho : weight S(t-)^rho per event time: 0 the log-rank test, 1 the Peto-Peto form of the
        Wilcoxon test; S is the Kaplan-Meier curve of the stratum.

    Returns
    -------
    LogRank
        p NaN on 0 degrees of freedom, with a note, where fewer than two groups are ever at risk of
        an event together.

    Notes
    -----
    Harrington & Fleming 1982, as R's `survdiff`: hypergeometric variance, `observed` and
    `expected` weighted alike. Assumes censoring independent of the event within groups.
    """
    obs = observations(time, event)
    code, groups = codes(group, len(obs), "group")
    stratum = np.zeros(len(obs), dtype=np.intp)
    if strata is not None:
        stratum, _ = codes(strata, len(obs), "strata")
    k = groups.size
    observed, expected, variance = np.zeros(k), np.zeros(k), np.zeros((k, k))
    for s in range(int(stratum.max(initial=-1)) + 1):
        rows = stratum == s
        o, e, v = _one_stratum(obs.time[rows], obs.event[rows], code[rows], k, rho)
        observed += o
        expected += e
        variance += v
    compared = np.flatnonzero(expected > 0)
    chisq = p_value = float("nan")
    df, note = 0, ""
    if compared.size >= 2:
        rest = compared[1:]
        difference = (observed - expected)[rest]
        v = variance[np.ix_(rest, rest)]
        df = int(np.linalg.matrix_rank(v, hermitian=True))
        chisq = float(difference @ np.linalg.pinv(v, hermitian=True) @ difference)
        p_value = chi2_sf(chisq, df)
    if df == 0:
        chisq = float("nan")
        note = "not estimable: no event while two groups were at risk in one stratum"
    return LogRank(
        groups=groups,
        n=np.bincount(code, minlength=k),
        observed=observed,
        expected=expected,
        variance=variance,
        chisq=chisq,
        df=df,
        p_value=p_value,
        note=note,
    )


def _one_stratum(
    time: Floats, event: NDArray[np.bool_], code: NDArray[np.intp], k: int, rho: float
) -> tuple[Floats, Floats, Floats]:
    """Observed, expected and variance of one stratum, groups in columns."""
    times = np.unique(time[event])
    ends = np.searchsorted(times, time, side="right")  # at risk at the first `ends` times
    cells = np.bincount(ends * k + code, minlength=(times.size + 1) * k).reshape(-1, k)
    at_risk = np.cumsum(cells[::-1], axis=0)[::-1][1:].astype(float)
    deaths = np.bincount((ends[event] - 1) * k + code[event], minlength=times.size * k).reshape(
        -1, k
    )
    n, d = at_risk.sum(axis=1), deaths.sum(axis=1)
    survival_before = np.concatenate(([1.0], np.cumprod(1 - d / n)))[:-1]
    weight = survival_before**rho
    share = at_risk / n[:, None]
    spread = weight**2 * d * (n - d) / np.maximum(n - 1, 1)
    variance = np.diag((spread[:, None] * share).sum(axis=0)) - (share.T * spread) @ share
    return weight @ deaths, (weight * d) @ share, variance
