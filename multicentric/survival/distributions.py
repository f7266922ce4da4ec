"""Tail probabilities and quantiles, from `scipy.special` (`scipy.stats` takes half a second)."""

from __future__ import annotations

from scipy import special


def chi2_sf(statistic: float, df: float) -> float:
    """P(chi-square with `df` degrees of freedom > statistic); NaN for 0 degrees of freedom."""
    return float(special.chdtrc(df, max(statistic, 0.0))) if df > 0 else float("nan")


def normal_two_sided(z: float) -> float:
    """P(|N(0, 1)| > |z|)."""
    return float(2 * special.ndtr(-abs(z)))


def normal_quantile(p: float) -> float:
    """The standard normal quantile."""
    return float(special.ndtri(p))


def t_two_sided(t: float, df: float) -> float:
    """P(|T with df degrees of freedom| > |t|); NaN unless df > 0."""
    return float(2 * special.stdtr(df, -abs(t))) if df > 0 else float("nan")


def t_quantile(p: float, df: float) -> float:
    """The quantile of Student's t; NaN unless df > 0."""
    return float(special.stdtrit(df, p)) if df > 0 else float("nan")


def half_width(level: float) -> float:
    """The two-sided normal multiplier of a confidence level, 1.96 for 0.95."""
    return normal_quantile(0.5 + level / 2)
