"""A continuous variable in two groups: rank-sum and Welch tests, standardized difference."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .distributions import normal_two_sided, t_two_sided


@dataclass(frozen=True)
class TwoGroups:
    """First group against second; NaN where a group is too small or does not vary."""

    rank_sum: float
    rank_sum_p_value: float
    t: float
    t_df: float
    t_p_value: float
    standardized_difference: float


def compare_two_groups(first: ArrayLike, second: ArrayLike) -> TwoGroups:
    """Wilcoxon's rank sum, Welch's t and the standardized mean difference.

    Parameters
    ----------
    first, second : (n1,), (n2,) values without missing ones.

    Notes
    -----
    `rank_sum` is R's W (Mann & Whitney 1947), its p-value the normal approximation with ties and
    continuity correction. `standardized_difference` is first minus second over the root of the
    mean of both variances (Austin 2009). Assumes independent patients; NaN where a group is too
    small or nothing varies.
    """
    x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    n, m = x.size, y.size
    nan = float("nan")
    if n == 0 or m == 0:
        return TwoGroups(nan, nan, nan, nan, nan, nan)
    every = np.concatenate((x, y))
    ordered = np.sort(every)
    left = np.searchsorted(ordered, x, side="left")
    rank = (left + np.searchsorted(ordered, x, side="right") + 1) / 2
    w = float(rank.sum() - n * (n + 1) / 2)
    ties = np.unique(every, return_counts=True)[1].astype(float)
    total = n + m
    spread = n * m / 12 * (total + 1 - (ties**3 - ties).sum() / (total * max(total - 1, 1)))
    distance = w - n * m / 2
    z = (distance - np.sign(distance) * 0.5) / np.sqrt(spread) if spread > 0 else nan
    if n < 2 or m < 2:
        return TwoGroups(w, normal_two_sided(z), nan, nan, nan, nan)
    u, v = x.var(ddof=1), y.var(ddof=1)
    if u + v == 0:
        return TwoGroups(w, normal_two_sided(z), nan, nan, nan, nan)
    error = u / n + v / m
    t = float((x.mean() - y.mean()) / np.sqrt(error))
    df = float(error**2 / ((u / n) ** 2 / (n - 1) + (v / m) ** 2 / (m - 1)))
    difference = float((x.mean() - y.mean()) / np.sqrt((u + v) / 2))
    return TwoGroups(w, normal_two_sided(z), t, df, t_two_sided(t, df), difference)
