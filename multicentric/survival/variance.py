"""Finding the variance of a random effect: its maximum over the whole range, and its interval."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize, special

Loglik = Callable[[float], float]

_GRID = np.log([1e-4, 1e-2, 0.1, 0.5, 2.0, 10.0])
_LARGEST = 1e4
ENDLESS = "the likelihood rises without end in the variance"


def most_likely_variance(loglik: Loglik, unit: float = 1.0) -> float:
    """The variance, 0 included, at which a marginal log-likelihood is largest.

    `unit` is a variance that would be large, such as that of a log hazard ratio of one standard
    deviation of its covariate; the search goes from 1e-4 to 10 of them, and on to 1e4 as long as
    the likelihood rises. Infinity when it still does there: it has no maximum.

    A coarse grid finds the right hill, Brent's method its top, to five digits. A likelihood that
    is higher at 0 than anywhere on the grid has its maximum there.
    """
    grid = list(_GRID + np.log(unit))
    heights = [loglik(float(np.exp(point))) for point in grid]
    while np.argmax(heights) == len(grid) - 1 and loglik(0.0) < heights[-1]:
        if grid[-1] >= np.log(_LARGEST * unit):
            return float("inf")
        grid.append(grid[-1] + np.log(10))
        heights.append(loglik(float(np.exp(grid[-1]))))
    best = int(np.argmax(heights))
    if loglik(0.0) >= heights[best]:
        return 0.0
    low, high = grid[max(best - 1, 0)], grid[best + 1]
    found = optimize.minimize_scalar(
        lambda log_variance: -loglik(float(np.exp(log_variance))),
        bounds=(low, high),
        method="bounded",
        options={"xatol": 1e-5},
    )
    return float(np.exp(found.x))


def variance_interval(
    loglik: Loglik, variance: float, level: float, unit: float = 1.0
) -> tuple[float, float]:
    """Where the log-likelihood is half a chi-square quantile below that of `variance`.

    The lower limit is 0 when 0 is not rejected, the upper one infinity when it never falls so far.
    """
    floor = loglik(variance) - special.chdtri(1, 1 - level) / 2

    def above(log_variance: float) -> float:
        return loglik(float(np.exp(log_variance))) - floor

    low = 0.0
    if variance > 0 and loglik(0.0) < floor:
        low = _crossing(above, np.log(variance), -1.0, unit)
    return low, _crossing(above, np.log(max(variance, 1e-3 * unit)), 1.0, unit)


def _crossing(above: Loglik, inside: float, step: float, unit: float) -> float:
    outside = inside + step
    while above(outside) > 0:
        inside, outside = outside, outside + step
        if outside > np.log(_LARGEST * unit):
            return float("inf")
    low, high = sorted((inside, outside))
    return float(np.exp(optimize.brentq(above, low, high, xtol=1e-5)))
