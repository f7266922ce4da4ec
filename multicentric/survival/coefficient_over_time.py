"""How a coefficient moves with time: scaled Schoenfeld residuals, their smooth and its band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .block import Indices
from .cox import CoxFit
from .distributions import half_width
from .observations import Floats
from .proportional_hazards import time_scale
from .residuals import Schoenfeld, schoenfeld_residuals

DEGREES = 4


@dataclass(frozen=True)
class CoefficientOverTime:
    """What a plot of scaled Schoenfeld residuals draws; `terms` are the q estimated terms.

    `time`, `scale` (D,) the events and their places on the time scale; `residuals` (D, q) around
    the coefficient, NaN where a term does not vary in the event's stratum. `grid`, `grid_time` (m,)
    the places at which the smooth stands, and the time that each stands for; `smooth`, `ci_low`,
    `ci_high` (m, q), NaN for a term with too few event times; without any event m is 0.
    """

    terms: tuple[str, ...]
    transform: str
    time: Floats
    scale: Floats
    residuals: Floats
    grid: Floats
    grid_time: Floats
    smooth: Floats
    ci_low: Floats
    ci_high: Floats


def coefficient_over_time(
    fit: CoxFit, transform: str = "km", *, points: int = 40, level: float = 0.95
) -> CoefficientOverTime:
    """Smooth the scaled Schoenfeld residuals of every estimated term over a time scale.

    Parameters
    ----------
    fit : a fitted model.
    transform : the time scale, as `proportional_hazards_test` takes it.
    points : places of the smooth, evenly over the scale.
    level : of the pointwise band.

    Returns
    -------
    CoefficientOverTime
        No smooth (NaN) for a term whose events stand at fewer than two places; no grid at all
        without an event or an estimated term.

    Notes
    -----
    Grambsch & Therneau 1994: the residuals scatter around beta(t). Each is scaled by the mean
    information of an event, over the strata in which its terms vary. Least squares on a natural
    cubic spline with four degrees of freedom, and a band from the same mean, as R's `cox.zph` and
    `plot.cox.zph` have them since survival 3.0; fewer degrees where event times are few. Assumes
    no case weights, and that risk sets vary about equally at all times, which
    `proportional_hazards_test` does not.
    """
    found = schoenfeld_residuals(fit)
    q = len(found.terms)
    if found.time.size == 0 or q == 0:
        nothing, none = np.empty(0), np.empty((0, q))
        scale = np.full(found.time.size, np.nan)
        return CoefficientOverTime(
            *(found.terms, transform, found.time, scale, found.scaled),
            *(nothing, nothing, none, none, none),
        )
    residuals, variance = _scaled(fit, found)
    scale = np.asarray(time_scale(fit, transform)(found.time), dtype=float)
    grid = np.linspace(scale.min(), scale.max(), points)
    smooth, half = np.full((points, q), np.nan), np.full((points, q), np.nan)
    for j in range(q):
        known = np.isfinite(residuals[:, j])
        of_events = np.append(np.zeros(points, bool), known)
        basis = _natural_spline(np.concatenate((grid, scale)), of_events)
        if basis is None:
            continue
        at_grid, at_events = basis[:points], basis[points:][known]
        orthogonal, triangle = np.linalg.qr(at_events)
        projected = np.linalg.solve(triangle.T, at_grid.T).T
        smooth[:, j] = projected @ (orthogonal.T @ residuals[known, j])
        half[:, j] = half_width(level) * np.sqrt(variance[j] * (projected**2).sum(axis=1))
    return CoefficientOverTime(
        *(found.terms, transform, found.time, scale, residuals),
        *(grid, np.interp(grid, scale, found.time), smooth, smooth - half, smooth + half),
    )


def _scaled(fit: CoxFit, found: Schoenfeld) -> tuple[Floats, Floats]:
    """Residuals (D, q) around the coefficients, and the mean variance (q,) of one."""
    estimated = fit.estimated
    q = estimated.size
    varies, shared = [], np.zeros((q, q))
    stratum = np.empty(fit.n, dtype=np.intp)
    for number, block in enumerate(fit.blocks):
        stratum[block.rows] = number
        vary = np.ptp(block.x[estimated], axis=1) > 0
        varies.append(vary)
        shared += block.n_deaths * np.outer(vary, vary)
    information = fit.at_beta.information[np.ix_(estimated, estimated)]
    mean = information / np.maximum(shared, 1)
    own = np.sqrt(np.diag(mean))
    if np.linalg.eigvalsh(mean / np.outer(own, own))[0] < 1e-8:
        # Pairs of terms that share few strata can leave no covariance at all: one mean over all.
        mean = information / fit.n_events
    residuals = np.full(found.residuals.shape, np.nan)
    for number, vary in enumerate(varies):
        own = np.flatnonzero(stratum[found.rows] == number)
        if own.size and vary.any():
            inner = mean[np.ix_(vary, vary)]
            scaled = np.linalg.solve(inner, found.residuals[np.ix_(own, vary)].T).T
            residuals[np.ix_(own, vary)] = scaled + fit.coef[estimated][vary]
    return residuals, np.diag(np.linalg.inv(mean))


def _natural_spline(places: Floats, used: Indices) -> Floats | None:
    """A basis (n, df) of the natural cubic splines, as R's `ns` spans it; None below two degrees.

    Knots at the quantiles of `places`; fewer degrees where knots coincide, or where those `used`
    cannot tell as many apart.
    """
    for df in range(DEGREES, 1, -1):
        knots = np.quantile(places, np.linspace(0, 1, df))
        if np.unique(knots).size < df:
            continue
        # a unit interval keeps the cubes small
        x = (places - knots[0]) / (knots[-1] - knots[0])
        inner = (knots - knots[0]) / (knots[-1] - knots[0])
        cubes = np.maximum(x[:, None] - inner[:-1], 0) ** 3
        cubes = (cubes - np.maximum(x[:, None] - 1, 0) ** 3) / (1 - inner[:-1])
        basis = np.column_stack([np.ones_like(x), x, cubes[:, :-1] - cubes[:, -1:]])
        if np.linalg.matrix_rank(basis[used]) == df:
            return basis
    return None
