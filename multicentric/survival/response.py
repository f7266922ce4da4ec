"""Rates of response and their comparison: intervals, risk difference, tests, center by center."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from .distributions import chi2_sf, half_width
from .observations import Floats


@dataclass(frozen=True)
class Rate:
    """A proportion with its interval; all NaN when `n` is 0."""

    responders: int
    n: int
    rate: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class Difference:
    """First rate minus second, with its interval; NaN when either group is empty."""

    difference: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class FisherTest:
    """Fisher's exact test of a 2 x 2 table.

    `odds_ratio` is the conditional maximum likelihood estimate with its exact interval (0 or
    infinity at the border of the sample space). All NaN, p 1, when a margin is 0.
    """

    p_value: float
    odds_ratio: float
    ci_low: float
    ci_high: float


@dataclass(frozen=True)
class ChiSquare:
    """Pearson's chi-square test, and with Yates' correction for a 2 x 2 table (else NaN)."""

    chisq: float
    df: int
    p_value: float
    chisq_corrected: float
    p_value_corrected: float


@dataclass(frozen=True)
class MantelHaenszel:
    """Cochran-Mantel-Haenszel test and common odds ratio over `n_strata` informative strata.

    NaN where no stratum is informative; `note` says so.
    """

    n_strata: int
    chisq: float
    p_value: float
    chisq_corrected: float
    p_value_corrected: float
    odds_ratio: float
    ci_low: float
    ci_high: float
    note: str


def exact_rate(responders: int, n: int, level: float = 0.95) -> Rate:
    """Clopper & Pearson 1934: never below its level, whatever the true rate.

    Assumes independent patients of one rate; NaN for nobody.
    """
    _check_rate(responders, n)
    if n == 0:
        return Rate(0, 0, *([float("nan")] * 3))
    alpha = (1 - level) / 2
    low = special.betaincinv(responders, n - responders + 1, alpha) if responders else 0.0
    high = special.betaincinv(responders + 1, n - responders, 1 - alpha) if responders < n else 1.0
    return Rate(responders, n, responders / n, float(low), float(high))


def wilson_rate(responders: int, n: int, level: float = 0.95) -> Rate:
    """Wilson 1927: the score interval, close to its level also in small groups.

    Assumes independent patients of one rate; NaN for nobody.
    """
    _check_rate(responders, n)
    if n == 0:
        return Rate(0, 0, *([float("nan")] * 3))
    z2 = half_width(level) ** 2
    rate = responders / n
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = np.sqrt(z2 * (rate * (1 - rate) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    low = 0.0 if responders == 0 else middle - half
    high = 1.0 if responders == n else middle + half
    return Rate(responders, n, rate, float(low), float(high))


def risk_difference(
    responders_1: int, n_1: int, responders_2: int, n_2: int, level: float = 0.95
) -> Difference:
    """Rate 1 minus rate 2 with Newcombe's interval (1998, method 10: two Wilson intervals).

    Assumes two independent groups of independent patients; NaN when either is empty.
    """
    a = wilson_rate(responders_1, n_1, level)
    b = wilson_rate(responders_2, n_2, level)
    difference = a.rate - b.rate
    low = difference - np.hypot(a.rate - a.ci_low, b.ci_high - b.rate)
    high = difference + np.hypot(a.ci_high - a.rate, b.rate - b.ci_low)
    return Difference(float(difference), float(low), float(high))


def fisher_exact(table: ArrayLike, level: float = 0.95) -> FisherTest:
    """Fisher's exact test of a 2 x 2 table of counts, two-sided by the probabilities.

    The p-value adds all tables at most as probable as the one seen; odds ratio and interval come
    from the noncentral hypergeometric distribution (Fisher 1935, as R's `fisher.test`). Assumes
    independent patients and both margins given; see `FisherTest` for an empty margin.
    """
    (a, b), (c, d) = _counts(table, (2, 2))
    row, column, total = a + b, a + c, a + b + c + d
    low, high = max(0, column - (total - row)), min(row, column)
    support = np.arange(low, high + 1)
    if low == high:
        return FisherTest(1.0, *([float("nan")] * 3))
    log_central = -(
        special.gammaln(support + 1)
        + special.gammaln(row - support + 1)
        + special.gammaln(column - support + 1)
        + special.gammaln(total - row - column + support + 1)
    )

    def probabilities(log_odds: float) -> Floats:
        log_p = log_central + support * log_odds
        p = np.exp(log_p - log_p.max())
        return p / p.sum()

    central = probabilities(0.0)
    seen = central[a - low]
    p_value = float(min(1.0, central[central <= seen * (1 + 1e-7)].sum()))
    alpha = (1 - level) / 2

    def solve(excess: Callable[[float], float]) -> float:
        return float(np.exp(_root(excess)))

    estimate = ci_low = 0.0
    ci_high = float("inf")
    if a == high:
        estimate = float("inf")
    elif a > low:
        estimate = solve(lambda log_odds: probabilities(log_odds) @ support - a)
    if a > low:
        ci_low = solve(lambda log_odds: probabilities(log_odds)[support >= a].sum() - alpha)
    if a < high:
        ci_high = solve(lambda log_odds: alpha - probabilities(log_odds)[support <= a].sum())
    return FisherTest(p_value, estimate, ci_low, ci_high)


def chi_square(table: ArrayLike) -> ChiSquare:
    """Pearson's chi-square test (1900) of independence in an r x c table of counts.

    Assumes independent patients, and expected counts of about 5 or more. Rows and columns without
    patients are left out. NaN on 0 degrees of freedom when fewer than two of either remain.
    """
    counts = _counts(table, None).astype(float)
    counts = counts[counts.sum(axis=1) > 0][:, counts.sum(axis=0) > 0]
    df = max(counts.shape[0] - 1, 0) * max(counts.shape[1] - 1, 0)
    if df == 0:
        return ChiSquare(float("nan"), 0, *([float("nan")] * 3))
    expected = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / counts.sum()
    gap = np.abs(counts - expected)
    chisq = float((gap**2 / expected).sum())
    corrected = float("nan")
    if counts.shape == (2, 2):
        corrected = float(((gap - min(0.5, gap.min())) ** 2 / expected).sum())
    return ChiSquare(chisq, df, chi2_sf(chisq, df), corrected, chi2_sf(corrected, df))


def mantel_haenszel(tables: ArrayLike, level: float = 0.95) -> MantelHaenszel:
    """The association of two binary variables within strata (centers).

    Parameters
    ----------
    tables : (S, 2, 2) counts, one table per stratum.

    Notes
    -----
    Mantel & Haenszel 1959, with and without continuity correction (as in R, none where the sum is
    less than 0.5 from its expectation); the interval of the common
    odds ratio by Robins, Breslow & Greenland 1986. Strata with an empty margin say nothing of the
    association; `n_strata` counts the others. Assumes one odds ratio for all strata. NaN with a
    note where no stratum is left.
    """
    counts = np.asarray(tables)
    if counts.ndim != 3 or counts.shape[1:] != (2, 2):
        raise ValueError(f"tables has shape {counts.shape}, expected (strata, 2, 2).")
    counts = _counts(counts.reshape(-1, 2), None).reshape(-1, 2, 2).astype(float)
    counts = counts[counts.sum(axis=(1, 2)) >= 2]
    (a, b), (c, d) = counts.transpose(1, 2, 0)
    n = a + b + c + d
    row, column = a + b, a + c
    variance = (row * (n - row) * column * (n - column) / (n**2 * (n - 1))).sum()
    informative = int(((row * (n - row) > 0) & (column * (n - column) > 0)).sum())
    if informative == 0:
        none = float("nan")
        note = "not estimable: no stratum has both groups and outcomes"
        return MantelHaenszel(0, none, none, none, none, none, none, none, note)
    gap = abs((a - row * column / n).sum())
    chisq = float(gap**2 / variance)
    corrected = float((gap - 0.5 if gap >= 0.5 else gap) ** 2 / variance)
    agree, differ = a * d / n, b * c / n
    r, s = agree.sum(), differ.sum()
    if r == 0 or s == 0:
        odds_ratio = 0.0 if r == 0 else float("inf")
        low, high, note = float("nan"), float("nan"), "no interval: the odds ratio is at its border"
    else:
        odds_ratio, note = float(r / s), ""
        p, q = (a + d) / n, (b + c) / n
        log_variance = (
            (p * agree).sum() / (2 * r**2)
            + (p * differ + q * agree).sum() / (2 * r * s)
            + (q * differ).sum() / (2 * s**2)
        )
        half = half_width(level) * np.sqrt(log_variance)
        low, high = float(odds_ratio * np.exp(-half)), float(odds_ratio * np.exp(half))
    return MantelHaenszel(
        informative,
        chisq,
        chi2_sf(chisq, 1),
        corrected,
        chi2_sf(corrected, 1),
        odds_ratio,
        low,
        high,
        note,
    )


def _root(increasing: Callable[[float], float]) -> float:
    """Where an increasing function of a log odds ratio crosses 0, by bisection."""
    low, high = -1.0, 1.0
    while increasing(low) > 0:
        low *= 2
    while increasing(high) < 0:
        high *= 2
    while high - low > 4 * np.spacing(max(abs(low), abs(high))):
        middle = (low + high) / 2
        if increasing(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _counts(table: ArrayLike, shape: tuple[int, int] | None) -> np.ndarray:
    raw = np.asarray(table)
    counts = raw.astype(np.int64)
    if raw.ndim != 2 or (shape is not None and raw.shape != shape):
        raise ValueError(f"table has shape {raw.shape}, expected {shape or 'two dimensions'}.")
    if np.any(counts != raw) or np.any(counts < 0):
        raise ValueError("a table of counts needs whole numbers of 0 or more.")
    return counts


def _check_rate(responders: int, n: int) -> None:
    if not 0 <= responders <= n:
        raise ValueError(f"{responders} responders of {n} patients is not a rate.")
