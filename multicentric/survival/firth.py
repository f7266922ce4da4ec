"""Firth's penalized partial likelihood: finite answers where the likelihood is monotone."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy import optimize, special

from .block import Block, Indices, Risk, gather, sum_blocks
from .cox import CoxFit
from .observations import Floats
from .profile import Interval, limit_of

_STEPS = 100
_LAST_STEPS = 5
_SMALL = 1e-5  # slope of the penalized likelihood per standard error
_WIDEST = 20.0  # log hazard ratio of one standard deviation
PROFILE = "profile penalized likelihood"


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
        """Profile penalized-likelihood limits of one coefficient.

        Heinze & Schemper 2001: the other terms are maximized over at each value tried, always from
        the same start, so that a limit does not depend on the values tried before it. Assumes the
        chi-square law of the likelihood ratio. NaN with a note for a term without an estimate, and
        on a side where a search does not converge or the likelihood does not fall far enough.
        """
        j = self.fit.position(name)
        if np.isnan(self.coef[j]):
            return Interval(float("nan"), float("nan"), self.note[j])
        drop = special.chdtri(1, 1 - level) / 2
        floor = self.penalized_loglik - drop
        model = _Penalized(self.fit)
        center = np.where(np.isnan(self.coef), 0.0, self.coef)
        others = self.fit.free[self.fit.free != j]
        information = model.information(center)
        along = np.linalg.lstsq(
            information[np.ix_(others, others)], information[others, j], rcond=None
        )[0]

        def profile(value: float) -> tuple[float, float]:
            start = center.copy()
            start[j] = value
            moved = start - _placed(along * (value - center[j]), others, start)
            # The penalized likelihood can have several maxima over the other terms.
            tried = [
                model.maximum(begin, others)
                for begin in (moved, start)
                if np.isfinite(model.value(begin))
            ]
            found = [(height, top) for top, height, converged in tried if converged]
            if not found:
                return (-np.inf, 0.0) if not tried else (float("nan"), float("nan"))
            height, top = max(found, key=lambda pair: pair[0])
            return height - floor, float(model.slope(top)[j])

        step = float(self.std_error[j] * np.sqrt(2 * drop))
        low, high = (limit_of(profile, float(center[j]), side * step) for side in (-1, 1))
        if np.isfinite([low, high]).all():
            return Interval(low, high, PROFILE)
        low, high = (side if np.isfinite(side) else float("nan") for side in (low, high))
        return Interval(low, high, "not estimable: the penalized profile has no limit")


def fit_firth(fit: CoxFit) -> FirthFit:
    """Refit a Cox model with Jeffreys' penalty, half the log determinant of the information.

    Parameters
    ----------
    fit : any Cox fit; what is collinear or constant there stays without an estimate.

    Returns
    -------
    FirthFit
        NaN with a note where the search does not converge, and for a term that varies so little
        among patients at risk that the standard error of its effect, per standard deviation among
        all rows, is above 20.

    Notes
    -----
    Firth 1993, Heinze & Schemper 2001. Exists wherever the information has full rank, and shrinks
    every coefficient a little, not only those that run away. Assumes what the Cox model does.
    """
    p = len(fit.names)
    coef, std_error = np.full(p, np.nan), np.full(p, np.nan)
    note = list(fit.note)
    model = _Penalized(fit)
    beta, height, converged = model.maximum(np.where(np.isnan(fit.coef), 0.0, fit.coef), fit.free)
    if not converged and fit.free.size:
        beta, height, converged = model.maximum(np.zeros(p), fit.free)
    if converged:
        inverse = _inverse(model.information(beta)[np.ix_(fit.free, fit.free)])
        error = np.sqrt(np.diag(inverse))
        wide = error * _standard_deviation(fit)[fit.free] > _WIDEST
        coef[fit.free] = np.where(wide, np.nan, beta[fit.free])
        std_error[fit.free] = np.where(wide, np.nan, error)
        for j, lost in zip(fit.free, wide, strict=True):
            note[j] = _HARDLY if lost else "Firth's penalized likelihood"
    else:
        for j in fit.free:
            note[j] = f"not estimable: penalized likelihood not converged after {_STEPS} iterations"
    return FirthFit(fit.names, coef, std_error, height, converged, tuple(note), fit)


_HARDLY = "not estimable: hardly varies among patients at risk"


class _Penalized:
    """The penalized likelihood of a fit's strata; the determinant is that of all free terms."""

    def __init__(self, fit: CoxFit) -> None:
        self.free = fit.free
        self.square = np.ix_(fit.free, fit.free)
        self.blocks = gather(fit.blocks)

    def information(self, beta: Floats) -> Floats:
        """(p, p), without the penalty."""
        return sum_blocks(self.blocks, beta).information

    def value(self, beta: Floats) -> float:
        """The penalized log-likelihood; -inf where the information has no determinant."""
        return self._value_and_inverse(beta)[0]

    def slope(self, beta: Floats) -> Floats:
        """Its derivative (p,); 0 where there is none."""
        return self._value_and_slope(beta)[1]

    def maximum(self, start: Floats, moving: Indices) -> tuple[Floats, float, bool]:
        """Maximize over the `moving` terms; where, how high, and whether the search got there.

        BFGS, on the axes of the information at the start: alone it is a poor guess of the penalized
        curvature, off by a factor of 2 where one event decides.
        """
        height = self.value(start)
        if moving.size == 0 or not np.isfinite(height):
            return start, height, bool(np.isfinite(height))
        information = self.information(start)[np.ix_(moving, moving)]
        units = np.sqrt(np.maximum(np.diag(information), 1e-300))
        values, vectors = np.linalg.eigh(information / np.outer(units, units))
        axes = vectors / np.sqrt(np.maximum(values, 1e-12)) / units[:, None]

        def place(z: Floats) -> Floats:
            return start + _placed(axes @ z, moving, start)

        def downhill(z: Floats) -> tuple[float, Floats]:
            value, slope = self._value_and_slope(place(z))
            return -value, -(axes.T @ slope[moving])

        found = optimize.minimize(
            downhill,
            np.zeros(moving.size),
            jac=True,
            method="BFGS",
            options={"gtol": _SMALL, "maxiter": _STEPS},
        )
        z, height, slope = found.x, found.fun, found.jac
        # closer to the top heights are rounding: follow the slope alone
        for _ in range(_LAST_STEPS):
            trial = z - found.hess_inv @ slope
            value, new = downhill(trial)
            if not (np.isfinite(value) and np.abs(new).max() < np.abs(slope).max() / 2):
                break
            z, height, slope = trial, value, new
        converged = bool(np.isfinite(height) and np.abs(slope).max() < _SMALL)
        return place(z), -float(height), converged

    def _value_and_slope(self, beta: Floats) -> tuple[float, Floats]:
        value, inverse, score = self._value_and_inverse(beta)
        if not np.isfinite(value):
            return -np.inf, np.zeros(beta.size)
        whole = np.zeros((beta.size, beta.size))
        whole[self.square] = inverse
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for block in self.blocks:
                for part, risk, _ in block.parts(block.linear_predictor(beta)):
                    score = score + _pull(part, risk, whole)
        if not np.all(np.isfinite(score)):
            return -np.inf, np.zeros(beta.size)
        return value, score

    def _value_and_inverse(self, beta: Floats) -> tuple[float, Floats, Floats]:
        terms = sum_blocks(self.blocks, beta)
        information = terms.information[self.square]
        if np.all(np.isfinite(information)) and np.all(np.diag(information) > 0):
            sign, log_determinant = np.linalg.slogdet(information)
            if sign > 0:
                value = terms.loglik + log_determinant / 2
                return float(value), _inverse(information), terms.score
        return -np.inf, np.empty((0, 0)), terms.score


def _pull(block: Block, risk: Risk, inverse: Floats) -> Floats:
    """What a block adds to the derivative of half the log determinant, shape (p,).

    Half the sum over deaths of E[(x - m) (x - m)' H (x - m)], m the mean and E the expectation over
    the risk set with the death's tie rule, H the `inverse` information (p, p). Multiplied out, all
    but the cube of m are sums over event times that `Risk` holds.
    """
    x = block.x
    s1, d1 = block.first_moments(risk)
    along = inverse @ x
    size = np.einsum("ij,ij->j", x, along)
    third = x @ (block.moment_weights(risk) * size)
    mean_risk, mean_death = risk.p * s1 - risk.q * d1, risk.q * s1 - risk.r * d1
    for j in range(x.shape[0]):
        share = block.while_at_risk(mean_risk[j])
        share[block.death] -= mean_death[j, block.day]
        third -= 2 * x @ (risk.e * share * along[j])
    weighted = risk.e * size
    t1, u1 = block.risk_sum(weighted, risk.unreliable), block.death_sum(weighted)
    third -= s1 @ (risk.p * t1 - risk.q * u1) - d1 @ (risk.q * t1 - risk.r * u1)
    day, c = block.day, block.tie_fraction
    mean = (s1[:, day] - c * d1[:, day]) / (risk.s0[day] - c * risk.d0[day])
    third += 2 * mean @ (block.mean_death_weight() * np.einsum("ij,ij->j", mean, inverse @ mean))
    return third / 2


def _placed(values: Floats, at: Indices, like: Floats) -> Floats:
    out = np.zeros_like(like)
    out[at] = values
    return out


def _standard_deviation(fit: CoxFit) -> Floats:
    """(p,) of the covariates among all rows."""
    rows = [block.x + block.mean[:, None] for block in fit.blocks]
    return np.concatenate(rows, axis=1).std(axis=1) if fit.n else np.zeros(len(fit.names))


def _inverse(information: Floats) -> Floats:
    scale = np.sqrt(np.diag(information))
    return np.linalg.pinv(information / np.outer(scale, scale), hermitian=True) / np.outer(
        scale, scale
    )
