"""Finding the variance of a random effect: its maximum over the whole range, and its interval."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy import optimize, special

Loglik = Callable[[float], float]

LARGEST_VARIANCE = 10.0  # of random effects that are effects of centers
_GRID = np.log([1e-4, 1e-2, 0.1, 0.5, 2.0, LARGEST_VARIANCE])
_DECADE = np.log(10.0)
_SMALLEST, _LARGEST = 1e-12, 1e4
ENDLESS = "the variance between centers rises without end"


def most_likely_variance(loglik: Loglik, unit: float = 1.0) -> float:
    """The variance, 0 included, at which a marginal log-likelihood is largest.

    Parameters
    ----------
    loglik : the log-likelihood as a function of the variance.
    unit : a variance that would be large, such as that of a log hazard ratio of one standard
        deviation of its covariate.

    Returns
    -------
    float
        Exactly 0 when the likelihood falls from 0 on. Infinity when it still rises at 10 units:
        random effects of that size are no center effects, and a maximum beyond is none.

    Notes
    -----
    A coarse grid finds the right hill, Brent's method its top, to five digits. Where the grid, from
    1e-4 units, begins beyond the top, it is continued towards 0: large homogeneous data have their
    maximum there. Assumes one hill between two neighbours of the grid.
    """
    grid = list(_GRID + np.log(unit))
    heights = [loglik(float(np.exp(point))) for point in grid]
    none = loglik(0.0)
    if max(heights) <= none and _falls(loglik, none, grid, heights):
        return 0.0
    best = int(np.argmax(heights))
    if best == len(grid) - 1:
        if loglik(float(np.exp(grid[-1] + 1e-3))) >= heights[-1]:
            return float("inf")
        grid.append(grid[-1] + 1e-3)
    while best == 0 and grid[0] > np.log(_SMALLEST * unit):
        grid.insert(0, grid[0] - _DECADE)
        heights.insert(0, loglik(float(np.exp(grid[0]))))
        best = int(np.argmax(heights))
    found = optimize.minimize_scalar(
        lambda log_variance: -loglik(float(np.exp(log_variance))),
        bounds=(grid[max(best - 1, 0)], grid[best + 1]),
        method="bounded",
        options={"xatol": 1e-5},
    )
    return float(np.exp(found.x)) if -found.fun > none else 0.0


def _falls(loglik: Loglik, none: float, grid: list[float], heights: list[float]) -> bool:
    """Whether a likelihood below `none` on the whole grid falls from 0 on; extends the grid.

    Its slope at 0 is extrapolated from the slopes of two chords; where that is not negative there
    may be a hill still closer to 0.
    """
    noise = 1e-9 + 1e-13 * abs(none)
    while none - heights[0] > noise:
        grid.insert(0, grid[0] - _DECADE)
        heights.insert(0, loglik(float(np.exp(grid[0]))))
        if heights[0] > none:
            return False
        near, far = ((heights[i] - none) / np.exp(grid[i]) for i in (0, 1))
        if near + (near - far) / 9 < 0:
            return True
    return True


def variance_interval(
    loglik: Loglik, variance: float, level: float, unit: float = 1.0
) -> tuple[float, float]:
    """Where the log-likelihood is half a chi-square quantile below that of `variance`.

    Parameters
    ----------
    loglik, unit : as `most_likely_variance` takes them.
    variance : where the likelihood is largest.
    level : coverage of the interval.

    Returns
    -------
    tuple of float
        The lower limit is 0 when 0 is not rejected, the upper one infinity when the likelihood
        has not fallen so far at 1e4 units. NaN where the likelihood cannot be evaluated close
        to a variance of 0 that is the largest.
    """
    floor = loglik(variance) - special.chdtri(1, 1 - level) / 2

    def above(log_variance: float) -> float:
        return loglik(float(np.exp(log_variance))) - floor

    if variance > 0:
        low = _crossing(above, np.log(variance), -1.0, unit) if loglik(0.0) < floor else 0.0
        return low, _crossing(above, np.log(variance), 1.0, unit)
    inside = np.log(1e-3 * unit)
    while not above(inside) > 0:
        inside -= _DECADE
        if inside < np.log(_SMALLEST * unit):
            return 0.0, float("nan")
    return 0.0, _crossing(above, inside, 1.0, unit)


def _crossing(above: Loglik, inside: float, step: float, unit: float) -> float:
    """The variance at which `above`, positive `inside`, is 0, walking by `step` until it is not."""
    outside = inside + step
    while above(outside) > 0:
        inside, outside = outside, outside + step
        if outside > np.log(_LARGEST * unit):
            return float("inf")
    low, high = sorted((inside, outside))
    return float(np.exp(optimize.brentq(above, low, high, xtol=1e-5)))
