"""Random center effects on the baseline hazard: gamma and Gaussian frailty, at the true maximum.

For a fixed variance theta the frailties are penalized coefficients of a Cox model; theta itself is
found by searching its whole range, not by a fixed number of steps. Sums by center live on the grid
of event times: K x J numbers, whatever the number of patients.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, special

from .block import Block, Indices, Terms
from .cox import CoxFit
from .distributions import chi2_sf, half_width, normal_quantile
from .maximum import Maximum, maximize
from .observations import Floats, codes
from .variance import ENDLESS, LARGEST_VARIANCE, most_likely_variance, variance_interval

NO_VARIANCE = "no variance between centers"
_REML_GRID = np.log([1e-5, 1e-3, 1e-2, 0.05, 0.25, 1.0, 4.0, 16.0])


@dataclass(frozen=True)
class FrailtyFit:
    """A Cox model with a random effect of each center on the log hazard.

    `coef`, `std_error`, `covariance` follow `names`, NaN for terms without an estimate. `theta` is
    the variance (of the frailty for gamma, of its logarithm for Gaussian), exactly 0 at the border;
    `theta_low` and `theta_high` its likelihood interval. `effects` are the shrunken log hazard
    ratios of the `centers` against an average center, with their standard errors; where theta is 0
    they are 0, the standard errors NaN, and `effects_note` says why. `loglik` is the
    marginal log-likelihood (integrated by Laplace for Gaussian), `loglik_none` that without
    frailty, `p_value` of theta = 0 by the half-half mixture of chi-squares with 0 and 1 df.
    `median_hazard_ratio` compares two centers drawn at random, the worse with the better.
    """

    distribution: str
    method: str
    names: tuple[str, ...]
    coef: Floats
    std_error: Floats
    covariance: Floats
    theta: float
    theta_low: float
    theta_high: float
    loglik: float
    loglik_none: float
    penalized_loglik: float
    partial_loglik: float
    p_value: float
    median_hazard_ratio: float
    centers: NDArray
    effects: Floats
    effects_std_error: Floats
    effects_note: str
    converged: bool
    note: str

    def effect_intervals(self, level: float = 0.95) -> tuple[Floats, Floats]:
        """Limits of the centers' log hazard ratios, shape (J,) each; NaN where theta is 0."""
        half = half_width(level) * self.effects_std_error
        return self.effects - half, self.effects + half


@dataclass(frozen=True)
class _AtTheta:
    """The penalized fit at one variance; the first q entries of `beta` are covariates."""

    theta: float
    marginal: float
    penalized: float
    partial: float
    beta: Floats
    covariance: Floats
    note: str


def fit_frailty(
    fit: CoxFit,
    center: ArrayLike,
    distribution: str = "gamma",
    *,
    method: str = "ml",
    theta: float | None = None,
    level: float = 0.95,
) -> FrailtyFit:
    """Add a random center effect to a Cox model.

    Parameters
    ----------
    fit : the model without it. Not stratified by center: a stratum leaves a frailty nothing.
    center : (n,) labels in the order of the rows fitted.
    distribution : "gamma" (mean 1, variance theta) or "gaussian" (log frailty, variance theta).
    method : "ml", or "reml" for Gaussian frailty (no likelihood, test or interval of theta then).
    theta : a fixed variance instead of the best one.
    level : coverage of the interval of theta.

    Returns
    -------
    FrailtyFit
        Every field NaN but the names, with a note, without events, with fewer than two centers,
        when the variance rises beyond 10 (events in one center alone; a median hazard ratio of
        about 20 is no difference between centers), when a term without an end or a search that
        did not converge leaves nothing to report, or when a monotone likelihood has driven the
        relative hazards beyond what a double holds.

    Notes
    -----
    Gamma: Therneau, Grambsch & Pankratz 2003, the penalized likelihood that gives the exact
    marginal one; Gaussian: Ripatti & Palmgren 2000, the Laplace approximation of R's `coxme`, or
    REML as in R's `coxph`. Standard errors treat theta as known. Assumes that centers are a sample
    and their effects proportional over time. Interval of theta: where the marginal
    log-likelihood has dropped by half the chi-square quantile.
    """
    if distribution not in ("gamma", "gaussian"):
        raise ValueError(f"distribution must be gamma or gaussian, not {distribution!r}.")
    if method not in ("ml", "reml") or (method == "reml" and distribution == "gamma"):
        raise ValueError(f"method must be ml, or reml for gaussian frailty, not {method!r}.")
    group, centers = codes(center, fit.n, "center")
    if fit.n_events == 0:
        return _unanswered(fit, distribution, method, centers, "no events")
    if centers.size < 2:
        return _unanswered(fit, distribution, method, centers, f"{centers.size} center(s)")
    model = _Model(fit, group, centers.size, distribution)
    if not model.is_finite():
        return _unanswered(fit, distribution, method, centers, "monotone likelihood without it")
    if theta is not None:
        at = model.at(theta)
    elif method == "reml":
        at = _reml(model)
        if at.theta > LARGEST_VARIANCE:
            return _unanswered(fit, distribution, method, centers, ENDLESS)
    else:
        best = most_likely_variance(model.marginal)
        if not np.isfinite(best):
            return _unanswered(fit, distribution, method, centers, ENDLESS)
        at = model.at(best)
    if at.note:
        return _unanswered(fit, distribution, method, centers, at.note)
    low = high = p_value = float("nan")
    if theta is None and method == "ml":
        low, high = variance_interval(model.marginal, at.theta, level)
        rise = max(0.0, 2 * (at.marginal - fit.loglik))
        p_value = 1.0 if at.theta == 0 else chi2_sf(rise, 1) / 2
    return _result(model, at, centers, method, low, high, p_value)


def median_hazard_ratio(theta: float, distribution: str) -> float:
    """Median of the larger over the smaller hazard of two random centers.

    Gaussian: exp(sqrt(2 theta) z_0.75), Larsen & Merlo 2005. Gamma: the upper quartile of F on
    2/theta and 2/theta degrees of freedom, the law of the ratio of two such frailties. 1 for a
    variance of 0. Assumes that the frailties have the distribution named.
    """
    if not theta > 0:
        return 1.0 if theta == 0 else float("nan")
    if distribution == "gaussian":
        return float(np.exp(np.sqrt(2 * theta) * normal_quantile(0.75)))
    half = special.betaincinv(1 / theta, 1 / theta, 0.75)
    return float(half / (1 - half))


class _Model:
    """Evaluates the penalized likelihood; keeps the last estimate as the next start."""

    def __init__(self, fit: CoxFit, group: Indices, n_centers: int, distribution: str) -> None:
        self.fit = fit
        self.distribution = distribution
        self.estimated = fit.estimated
        self.q = self.estimated.size
        self.j = n_centers
        held = fit.beta.copy()
        held[self.estimated] = 0.0
        self.parts = [
            (block, group[block.rows], block.linear_predictor(held))
            for block in fit.blocks
            if block.n_deaths
        ]
        self.deaths = sum(
            (
                np.bincount(g[b.death], _weight(b)[b.death], minlength=n_centers)
                for b, g, _ in self.parts
            ),
            np.zeros(n_centers),
        )
        self.last = np.concatenate((fit.coef[self.estimated], np.zeros(n_centers)))
        self.loglik, _, self.information = self._partial(self.last)

    def is_finite(self) -> bool:
        """Whether the likelihood can be evaluated at the estimate without frailty."""
        return bool(np.isfinite(self.loglik) and np.all(np.isfinite(self.information)))

    def marginal(self, theta: float) -> float:
        """The marginal log-likelihood at a fixed variance, to about 1e-9; -inf if there is none."""
        value = self.at(theta, small_step=1e-5).marginal
        return value if np.isfinite(value) else -np.inf

    def at(self, theta: float, small_step: float = 1e-12) -> _AtTheta:
        """The maximum over coefficients and frailties at a fixed variance."""
        if theta <= 0:
            return self._without()
        penalty = self._gamma_penalty if self.distribution == "gamma" else self._gaussian_penalty

        def evaluate(beta: Floats) -> Terms:
            loglik, score, information = self._partial(beta)
            value, slope, curvature = penalty(beta[self.q :], theta)
            score[self.q :] += slope
            information[self.q :, self.q :] += np.diag(curvature)
            return Terms(loglik + value, score, information)

        reference = self.information.copy()
        reference[self.q :, self.q :] += np.eye(self.j) / theta
        found = maximize(evaluate, self.last, reference=reference, small_step=small_step)
        self.last = found.beta
        effects = found.beta[self.q :]
        value = penalty(effects, theta)[0]
        penalized = found.terms.loglik
        if self.distribution == "gamma":
            marginal = penalized + self._gamma_correction(theta)
        else:
            own = found.terms.information[self.q :, self.q :]
            marginal = penalized - (np.linalg.slogdet(own)[1] + self.j * np.log(theta)) / 2
        return _AtTheta(
            theta,
            float(marginal),
            penalized,
            penalized - value,
            found.beta,
            found.covariance,
            self._verdict(found),
        )

    def _verdict(self, found: Maximum) -> str:
        """Why the fit at one variance is no answer, or ""."""
        if not found.converged:
            return f"not converged after {found.iterations} iterations"
        endless = [self.fit.names[self.estimated[j]] for j in found.unbounded if j < self.q]
        return f"monotone likelihood in {', '.join(endless)}" if endless else ""

    def _without(self) -> _AtTheta:
        fit, q, j = self.fit, self.q, self.j
        covariance = np.zeros((q + j, q + j))
        covariance[:q, :q] = fit.covariance[np.ix_(self.estimated, self.estimated)]
        beta = np.concatenate((fit.coef[self.estimated], np.zeros(j)))
        return _AtTheta(0.0, fit.loglik, fit.loglik, fit.loglik, beta, covariance, "")

    def _gamma_penalty(self, effects: Floats, theta: float) -> tuple[float, Floats, Floats]:
        with np.errstate(over="ignore"):  # a step too far: infinite, and so rejected
            excess = np.expm1(effects)
            return (
                float((effects - excess).sum() / theta),
                -excess / theta,
                (1 + excess) / theta,
            )

    def _gaussian_penalty(self, effects: Floats, theta: float) -> tuple[float, Floats, Floats]:
        return -float(effects @ effects) / (2 * theta), -effects / theta, np.full(self.j, 1 / theta)

    def _gamma_correction(self, theta: float) -> float:
        """What turns the penalized into the marginal likelihood, summed over centers.

        d - (nu + d) log(nu + d) + nu log nu + log(Gamma(nu + d) / Gamma(nu)), nu = 1/theta, so
        that the likelihood at theta = 0 is the partial likelihood without frailty.
        """
        nu, d = 1 / theta, self.deaths
        growth = np.log1p(d / nu)
        if nu > 1e4:  # Stirling's series, in which the large terms cancel on paper
            total = nu + d
            tail = (1 / total - 1 / nu) / 12 - (1 / total**3 - 1 / nu**3) / 360
            return float((tail - growth / 2).sum())
        ratio = special.gammaln(nu + d) - special.gammaln(nu)
        return float((d - (nu + d) * growth - d * np.log(nu) + ratio).sum())

    def _partial(self, beta: Floats) -> tuple[float, Floats, Floats]:
        """Log partial likelihood, score and information of covariates and frailties together.

        Not finite after a step too far: the search turns back from it.
        """
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            return self._summed(beta)

    def _summed(self, beta: Floats) -> tuple[float, Floats, Floats]:
        q, size = self.q, self.q + self.j
        loglik, score, information = 0.0, np.zeros(size), np.zeros((size, size))
        mine, full = self.estimated, np.zeros(len(self.fit.names))
        full[mine] = beta[:q]
        for block, group, held in self.parts:
            eta = full @ block.x + held + beta[q:][group]
            risk = block.risk(eta)
            a = block.moment_weights(risk)
            square, line = block.crossed(a)
            s1, d1 = block.first_moments(risk)
            s = np.vstack((s1[mine], _by_center(block, risk.e, group, self.j)))
            d = np.vstack((d1[mine], _deaths_by_center(block, risk.e, group, self.j)))
            crossed = (s * risk.q) @ d.T
            information -= (s * risk.p) @ s.T - crossed - crossed.T + (d * risk.r) @ d.T
            expected = np.bincount(group, a, minlength=self.j)
            mixed = np.empty((q, self.j))
            for row, column in enumerate(mine):
                mixed[row] = np.bincount(group, block.x[column] * a, minlength=self.j)
            information[:q, :q] += square[np.ix_(mine, mine)]
            information[:q, q:] += mixed
            information[q:, :q] += mixed.T
            information[q:, q:] += np.diag(expected)
            score[:q] += block.death_x[mine].sum(axis=1) - line[mine]
            score[q:] -= expected
            loglik += risk.loglik.sum()
        score[q:] += self.deaths
        return float(loglik), score, information


def _weight(block: Block) -> Floats:
    return np.ones(block.n) if block.weight is None else block.weight


def _by_center(block: Block, e: Floats, group: Indices, j: int) -> Floats:
    """Sums of e over each risk set by center, shape (J, K)."""
    k = block.event_times.size
    ended = np.bincount(block.stop * j + group, e, minlength=(k + 1) * j).reshape(k + 1, j)
    if block.start is not None:
        began = np.bincount(block.start * j + group, e, minlength=(k + 1) * j)
        ended = ended - began.reshape(k + 1, j)
    return ended[:0:-1].cumsum(axis=0)[::-1].T


def _deaths_by_center(block: Block, e: Floats, group: Indices, j: int) -> Floats:
    k = block.event_times.size
    cells = block.day * j + group[block.death]
    return np.bincount(cells, e[block.death], minlength=k * j).reshape(k, j).T


def _reml(model: _Model) -> _AtTheta:
    """The fixed point theta = (b'b + trace of the frailties' covariance) / J."""

    def excess(log_theta: float) -> float:
        at = model.at(float(np.exp(log_theta)))
        effects = at.beta[model.q :]
        spread = np.trace(at.covariance[model.q :, model.q :])
        return float(effects @ effects + spread) / (model.j * at.theta) - 1

    values = np.array([excess(point) for point in _REML_GRID])
    falls = np.flatnonzero((values[:-1] > 0) & (values[1:] <= 0))
    if not falls.size:
        return model.at(0.0)
    root = optimize.brentq(excess, *_REML_GRID[falls[-1] : falls[-1] + 2], xtol=1e-10)
    return model.at(float(np.exp(root)))


def _result(
    model: _Model,
    at: _AtTheta,
    centers: NDArray,
    method: str,
    low: float,
    high: float,
    p_value: float,
) -> FrailtyFit:
    fit, q = model.fit, model.q
    p = len(fit.names)
    coef, covariance = np.full(p, np.nan), np.full((p, p), np.nan)
    coef[model.estimated] = at.beta[:q]
    covariance[np.ix_(model.estimated, model.estimated)] = at.covariance[:q, :q]
    reml = method == "reml"
    spread = np.sqrt(np.diag(at.covariance)[q:])
    return FrailtyFit(
        distribution=model.distribution,
        method=method,
        names=fit.names,
        coef=coef,
        std_error=np.sqrt(np.diag(covariance)),
        covariance=covariance,
        theta=at.theta,
        theta_low=low,
        theta_high=high,
        loglik=float("nan") if reml else at.marginal,
        loglik_none=fit.loglik,
        penalized_loglik=at.penalized,
        partial_loglik=at.partial,
        p_value=p_value,
        median_hazard_ratio=median_hazard_ratio(at.theta, model.distribution),
        centers=centers,
        effects=at.beta[q:],
        effects_std_error=spread if at.theta > 0 else np.full(model.j, np.nan),
        effects_note="" if at.theta > 0 else NO_VARIANCE,
        converged=True,
        note="",
    )


def _unanswered(
    fit: CoxFit, distribution: str, method: str, centers: NDArray, reason: str
) -> FrailtyFit:
    nan = float("nan")
    p, j = len(fit.names), centers.size
    return FrailtyFit(
        distribution=distribution,
        method=method,
        names=fit.names,
        coef=np.full(p, nan),
        std_error=np.full(p, nan),
        covariance=np.full((p, p), nan),
        theta=nan,
        theta_low=nan,
        theta_high=nan,
        loglik=nan,
        loglik_none=nan,
        penalized_loglik=nan,
        partial_loglik=nan,
        p_value=nan,
        median_hazard_ratio=nan,
        centers=centers,
        effects=np.full(j, nan),
        effects_std_error=np.full(j, nan),
        effects_note=f"not estimable: {reason}",
        converged=False,
        note=f"not estimable: {reason}",
    )
