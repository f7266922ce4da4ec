"""A treatment effect that varies between centers, with a baseline hazard of its own for each.

Every center's random effect meets only its own block, so the joint information has the shape of an
arrow and the centers can be eliminated one by one: nothing but block terms is needed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .block import Terms
from .cox import ESTIMATED, CoxFit
from .distributions import chi2_sf, t_quantile, t_two_sided
from .observations import Floats
from .variance import ENDLESS, most_likely_variance, variance_interval

_STEPS = 100


@dataclass(frozen=True)
class RandomSlopeFit:
    """A stratified Cox model whose term `slope` varies between centers.

    `coef[slope]` is the effect in an average center, to be read with t on `df` = J - 1 degrees of
    freedom, J the number of centers that inform it. `tau2` is the variance of the effects, exactly
    0 at the border; `p_value` of tau2 = 0 by the half-half mixture. `effects` are the shrunken
    deviations of the `centers`; 0 with the full spread where a center says nothing, and 0 with a
    NaN standard error where tau2 is 0.
    `loglik` is integrated over the random effects by Laplace, `penalized_loglik` the maximum it is
    taken at.
    """

    names: tuple[str, ...]
    slope: str
    coef: Floats
    std_error: Floats
    covariance: Floats
    tau2: float
    tau2_low: float
    tau2_high: float
    loglik: float
    loglik_common: float
    penalized_loglik: float
    p_value: float
    centers: NDArray
    effects: Floats
    effects_std_error: Floats
    n_centers: int
    df: int
    converged: bool
    note: str

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Limits of a coefficient with Student's t on J - 1 degrees of freedom."""
        j = self.names.index(name)
        half = t_quantile(0.5 + level / 2, self.df) * self.std_error[j]
        return float(self.coef[j] - half), float(self.coef[j] + half)

    def coefficient_p_value(self, name: str) -> float:
        """Two-sided p-value of a coefficient against 0, with t on J - 1 degrees of freedom."""
        j = self.names.index(name)
        return t_two_sided(self.coef[j] / self.std_error[j], self.df)

    def prediction_interval(self, level: float = 0.95) -> tuple[float, float]:
        """Where the effect in a new center is expected: t on J - 2 degrees of freedom."""
        j = self.names.index(self.slope)
        spread = np.sqrt(self.std_error[j] ** 2 + self.tau2)
        half = t_quantile(0.5 + level / 2, self.df - 1) * spread
        return float(self.coef[j] - half), float(self.coef[j] + half)


@dataclass(frozen=True)
class _AtVariance:
    tau2: float
    integrated: float
    penalized: float
    beta: Floats
    effects: Floats
    covariance: Floats
    effects_variance: Floats
    converged: bool


def fit_random_slope(
    fit: CoxFit, name: str, *, tau2: float | None = None, level: float = 0.95
) -> RandomSlopeFit:
    """Let one term of a stratified fit vary between its strata.

    Parameters
    ----------
    fit : a Cox model stratified by center.
    name : the term that varies (treatment).
    tau2 : a fixed variance instead of the best one.
    level : coverage of the likelihood interval of tau2.

    Returns
    -------
    RandomSlopeFit
        All NaN with a note when the common effect has no estimate, fewer than two centers inform
        it, or the likelihood rises without end in the variance. Terms of `fit` without an estimate
        stay as they were.

    Notes
    -----
    Ripatti & Palmgren 2000, the model and Laplace likelihood of R's
    `coxme(strata(center) + (0 + trt | center))`. Laplace is biased low when centers are very
    small. Assumes that the centers' true effects are normal.
    """
    j = fit.position(name)
    information = np.array([b.block_terms(fit.beta).information[j, j] for b in fit.blocks])
    informative = int(
        np.count_nonzero(information > 1e-10 * max(information.max(initial=0), 1e-300))
    )
    if fit.status[j] != ESTIMATED or informative < 2:
        reason = fit.note[j] or f"{informative} center(s) inform {name}"
        return _unanswered(fit, name, informative, f"not estimable: {reason}")
    model = _Model(fit, j)
    # the effect of one standard deviation of the term within a risk set, squared
    unit = fit.n_events / float(information.sum())
    low = high = p_value = float("nan")
    if tau2 is not None:
        at = model.at(tau2)
    else:
        best = most_likely_variance(model.integrated, unit)
        if not np.isfinite(best):
            return _unanswered(fit, name, informative, f"not estimable: {ENDLESS}")
        at = model.at(best)
        low, high = variance_interval(model.integrated, at.tau2, level, unit)
        p_value = 1.0 if at.tau2 == 0 else chi2_sf(2 * (at.integrated - fit.loglik), 1) / 2
    p = len(fit.names)
    coef, covariance = np.full(p, np.nan), np.full((p, p), np.nan)
    coef[model.estimated] = at.beta
    covariance[np.ix_(model.estimated, model.estimated)] = at.covariance
    return RandomSlopeFit(
        names=fit.names,
        slope=name,
        coef=coef,
        std_error=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        tau2=at.tau2,
        tau2_low=low,
        tau2_high=high,
        loglik=at.integrated,
        loglik_common=fit.loglik,
        penalized_loglik=at.penalized,
        p_value=p_value,
        centers=np.array([block.label for block in fit.blocks]),
        effects=at.effects,
        effects_std_error=np.sqrt(at.effects_variance),
        n_centers=informative,
        df=informative - 1,
        converged=at.converged,
        note="" if at.converged else "not converged",
    )


class _Model:
    """The joint penalized likelihood of coefficients and center effects."""

    def __init__(self, fit: CoxFit, slope: int) -> None:
        self.fit = fit
        self.estimated = fit.estimated
        self.slope = int(np.flatnonzero(self.estimated == slope)[0])
        self.column = slope
        self.last = (fit.coef[self.estimated], np.zeros(len(fit.blocks)))

    def integrated(self, tau2: float) -> float:
        """The integrated log-likelihood at a fixed variance, to about 1e-9."""
        return self.at(tau2, small_step=1e-5).integrated

    def at(self, tau2: float, small_step: float = 1e-12) -> _AtVariance:
        """The maximum at a fixed variance, and the Laplace integral there."""
        fit, q, centers = self.fit, self.estimated.size, len(self.fit.blocks)
        if tau2 <= 0:
            covariance = fit.covariance[np.ix_(self.estimated, self.estimated)]
            none = np.zeros(centers)
            coef = fit.coef[self.estimated]
            unknown = np.full(centers, np.nan)
            return _AtVariance(0.0, fit.loglik, fit.loglik, coef, none, covariance, unknown, True)
        beta, effects = self.last
        terms = self._terms(beta, effects)
        value = self._penalized(terms, effects, tau2)
        converged = False
        for _ in range(_STEPS):
            score = sum((t.score[self.estimated] for t in terms), np.zeros(q))
            own = np.array([t.score[self.column] for t in terms]) - effects / tau2
            schur, cross, curvature = self._arrow(terms, tau2)
            reduced = score - cross.T @ (own / curvature)
            step = np.linalg.solve(schur, reduced)
            move = (own - cross @ step) / curvature
            decrement = float(step @ score + move @ own)
            converged = decrement < small_step
            share = 1.0
            while share > 1e-9:
                trial = (beta + share * step, effects + share * move)
                new = self._terms(*trial)
                height = self._penalized(new, trial[1], tau2)
                if height >= value - 1e-11 * (1 + abs(value)) * (decrement < 1e-4):
                    (beta, effects), terms, value = trial, new, height
                    break
                share /= 2
            if converged or share <= 1e-9:
                break
        self.last = (beta, effects)
        schur, cross, curvature = self._arrow(terms, tau2)
        covariance = np.linalg.inv(schur)
        weights = cross / curvature[:, None]
        spread = 1 / curvature + np.einsum("ci,ij,cj->c", weights, covariance, weights)
        integrated = value - np.log(tau2 * curvature).sum() / 2
        return _AtVariance(
            tau2, float(integrated), value, beta, effects, covariance, spread, converged
        )

    def _terms(self, beta: Floats, effects: Floats) -> list[Terms]:
        full = self.fit.beta.copy()
        full[self.estimated] = beta
        out = []
        for block, effect in zip(self.fit.blocks, effects, strict=True):
            moved = full.copy()
            moved[self.column] += effect
            out.append(block.block_terms(moved))
        return out

    def _penalized(self, terms: list[Terms], effects: Floats, tau2: float) -> float:
        return sum(t.loglik for t in terms) - float(effects @ effects) / (2 * tau2)

    def _arrow(self, terms: list[Terms], tau2: float) -> tuple[Floats, Floats, Floats]:
        """Information of the coefficients with the effects eliminated, and the two borders."""
        square = np.ix_(self.estimated, self.estimated)
        cross = np.array([t.information[self.column, self.estimated] for t in terms])
        curvature = np.array([t.information[self.column, self.column] for t in terms]) + 1 / tau2
        whole = sum((t.information[square] for t in terms), np.zeros((cross.shape[1],) * 2))
        return whole - cross.T @ (cross / curvature[:, None]), cross, curvature


def _unanswered(fit: CoxFit, name: str, informative: int, note: str) -> RandomSlopeFit:
    nan, p, j = float("nan"), len(fit.names), len(fit.blocks)
    return RandomSlopeFit(
        names=fit.names,
        slope=name,
        coef=np.full(p, nan),
        std_error=np.full(p, nan),
        covariance=np.full((p, p), nan),
        tau2=nan,
        tau2_low=nan,
        tau2_high=nan,
        loglik=nan,
        loglik_common=nan,
        penalized_loglik=nan,
        p_value=nan,
        centers=np.array([block.label for block in fit.blocks]),
        effects=np.full(j, nan),
        effects_std_error=np.full(j, nan),
        n_centers=informative,
        df=max(informative - 1, 0),
        converged=False,
        note=note,
    )
