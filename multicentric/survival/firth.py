"""Firth's penalized partial likelihood: finite answers where the likelihood is monotone."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import optimize, special

from .block import Indices, Terms, sum_blocks
from .cox import CoxFit
from .observations import Floats
from .profile import Interval

_STEPS = 200


@dataclass(frozen=True)
class FirthFit:
    """Penalized estimates; arrays follow `names`, NaN for terms without information.

    `std_error` is from the information at the estimate; where the likelihood is monotone read
    the interval of `interval` instead.
    """

    names: tuple[str, ...]
    coef: Floats
    std_error: Floats
    penalized_loglik: float
    converged: bool
    note: tuple[str, ...]
    fit: CoxFit = field(repr=False)

    def interval(self, name: str, level: float = 0.95) -> Interval:
        """Profile penalized-likelihood limits of one coefficient, finite on both sides."""
        j = self.fit.position(name)
        if np.isnan(self.coef[j]) or not self.converged:
            return Interval(float("nan"), float("nan"), self.note[j])
        drop = special.chdtri(1, 1 - level) / 2
        center, guess = float(self.coef[j]), np.where(np.isnan(self.coef), 0.0, self.coef)
        others = self.fit.free[self.fit.free != j]

        def above(value: float) -> float:
            start = guess.copy()
            start[j] = value
            top, height, _ = _maximum(self.fit, start, others)
            guess[others] = top[others]
            return height - (self.penalized_loglik - drop)

        limits = []
        for step in (-self.std_error[j], self.std_error[j]):
            guess[others] = self.coef[others]
            inside, outside = center, center + step
            while above(outside) > 0:
                inside, outside, step = outside, outside + 2 * step, 2 * step
            low, high = sorted((inside, outside))
            limits.append(float(optimize.brentq(above, low, high, xtol=1e-9)))
        return Interval(limits[0], limits[1], "profile penalized likelihood")


def fit_firth(fit: CoxFit) -> FirthFit:
    """Refit a Cox model with Jeffreys' penalty, half the log determinant of the information.

    Parameters
    ----------
    fit : any Cox fit; what is collinear or constant there stays without an estimate.

    Notes
    -----
    Firth 1993, Heinze & Schemper 2001. Exists always, and shrinks every coefficient a little, not
    only those that run away. The derivative of the information is taken numerically, to about
    1e-10 standard errors. Assumes what the Cox model does.
    """
    start = np.where(np.isnan(fit.coef), 0.0, fit.coef)
    beta, height, converged = _maximum(fit, start, fit.free)
    p = len(fit.names)
    coef, std_error = np.full(p, np.nan), np.full(p, np.nan)
    note = list(fit.note)
    if converged:
        information = sum_blocks(fit.blocks, beta).information[np.ix_(fit.free, fit.free)]
        coef[fit.free] = beta[fit.free]
        std_error[fit.free] = np.sqrt(np.diag(_inverse(information)))
        for j in fit.free:
            note[j] = "Firth's penalized likelihood"
    else:
        for j in fit.free:
            note[j] = f"penalized likelihood not converged after {_STEPS} iterations"
    return FirthFit(fit.names, coef, std_error, height, converged, tuple(note), fit)


def _maximum(fit: CoxFit, start: Floats, moving: Indices) -> tuple[Floats, float, bool]:
    """Maximize over the `moving` terms; the determinant is that of all free terms.

    BFGS, in units of the standard errors at the start: the information alone is a poor guess of
    the penalized curvature, off by a factor of 2 where one event decides.
    """
    units = np.sqrt(np.diag(_inverse(_information(fit, start)[np.ix_(moving, moving)])))

    def place(z: Floats) -> Floats:
        beta = start.copy()
        beta[moving] += units * z
        return beta

    def downhill(z: Floats) -> tuple[float, Floats]:
        beta = place(z)
        terms, height = _penalized(fit, beta)
        if not np.isfinite(height):
            return np.inf, np.zeros(z.size)
        inverse = _inverse(terms.information[np.ix_(fit.free, fit.free)])
        pull = [np.einsum("ij,ji->", inverse, slope) / 2 for slope in _slopes(fit, beta, moving)]
        return -height, -units * (terms.score[moving] + np.array(pull))

    if moving.size == 0:
        return start, _penalized(fit, start)[1], True
    found = optimize.minimize(
        downhill,
        np.zeros(moving.size),
        jac=True,
        method="BFGS",
        options={"gtol": 1e-9, "maxiter": _STEPS},
    )
    # near the top rounding ends the line search before the gradient is that small
    return place(found.x), -float(found.fun), bool(np.abs(found.jac).max() < 1e-5)


def _information(fit: CoxFit, beta: Floats) -> Floats:
    return sum_blocks(fit.blocks, beta).information


def _penalized(fit: CoxFit, beta: Floats) -> tuple[Terms, float]:
    terms = sum_blocks(fit.blocks, beta)
    sign, log_determinant = np.linalg.slogdet(terms.information[np.ix_(fit.free, fit.free)])
    return terms, terms.loglik + log_determinant / 2 if sign > 0 else -np.inf


def _slopes(fit: CoxFit, beta: Floats, moving: Indices) -> list[Floats]:
    """Derivative of the free terms' information along each moving term (Richardson's rule)."""
    square = np.ix_(fit.free, fit.free)

    def difference(j: int, h: float) -> Floats:
        up, down = beta.copy(), beta.copy()
        up[j] += h
        down[j] -= h
        higher, lower = (sum_blocks(fit.blocks, b).information[square] for b in (up, down))
        return (higher - lower) / (2 * h)

    slopes = []
    for j in moving:
        # a thousandth of the covariate's own scale at zero
        h = 1e-3 * np.sqrt(fit.n_events / fit.at_zero.information[j, j])
        slopes.append((4 * difference(j, h / 2) - difference(j, h)) / 3)
    return slopes


def _inverse(information: Floats) -> Floats:
    scale = np.sqrt(np.diag(information))
    return np.linalg.inv(information / np.outer(scale, scale)) / np.outer(scale, scale)
