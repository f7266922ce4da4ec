"""Residuals of a Cox fit, consistent with its tie rule, in the order of the rows fitted.

Where a monotone likelihood has driven relative hazards apart by more than a double holds (a factor
of 10^140 within a stratum), the rows of that stratum are NaN.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .block import Block, Risk
from .cox import CoxFit
from .observations import Floats


@dataclass(frozen=True)
class Schoenfeld:
    """Residuals of the D events, in order of time; `terms` are the columns.

    `residuals` (D, q) covariate minus its mean over the risk set; `scaled` the same times the
    covariance and the number of events, plus the coefficient: a moving estimate of beta(t)
    (Grambsch & Therneau 1994).
    """

    terms: tuple[str, ...]
    time: Floats
    rows: Floats
    residuals: Floats
    scaled: Floats


def martingale_residuals(fit: CoxFit) -> Floats:
    """Events seen minus events expected, shape (n,); Efron's expectation for tied events.

    Barlow & Prentice 1988. A row of a stratum without events has 0. Their sum over a stratum is 0
    whether the model holds or not; their pattern against a covariate shows its form only if the
    other terms are right. Terms that run away count with the last value of their search; NaN where
    that has driven relative hazards beyond a double.
    """
    out = np.empty(fit.n)
    for block in fit.blocks:
        if block.n_deaths == 0:
            out[block.rows] = 0.0
            continue
        with np.errstate(over="ignore", invalid="ignore"):  # NaN where a double does not reach
            expected = block.moment_weights(block.risk(block.linear_predictor(fit.beta)))
        if block.weight is not None:
            expected = expected / block.weight
        out[block.rows] = -expected
        out[block.rows[block.death]] += 1
    return out


def deviance_residuals(fit: CoxFit) -> Floats:
    """Martingale residuals made symmetric around 0, shape (n,).

    Therneau, Grambsch & Fleming 1990; for finding patients the model does not fit. Assumes what
    the fit does; far from normal with much censoring, so that no limit makes an outlier. NaN where
    the martingale residual is; weights do not enter.
    """
    martingale = martingale_residuals(fit)
    event = np.zeros(fit.n)
    for block in fit.blocks:
        event[block.rows[block.death]] = 1
    expected = np.where(event > 0, event - martingale, 1.0)
    part = martingale + event * np.log(np.maximum(expected, 1e-300))
    return np.sign(martingale) * np.sqrt(np.maximum(-2 * part, 0))


def score_residuals(fit: CoxFit, beta: Floats | None = None) -> Floats:
    """Each row's part of the score, shape (n, p), without its case weight.

    Parameters
    ----------
    fit : a fitted model.
    beta : (p,) where the score is taken, by default the estimate.

    Returns
    -------
    (n, p) array
        Times the weights the rows sum to the score. 0 in a stratum without events; NaN where
        relative hazards are beyond a double.

    Notes
    -----
    Therneau, Grambsch & Fleming 1990. Independent between patients to first order only: every row
    stands in the risk sets of others. Assumes what the fit does.
    """
    beta = fit.beta if beta is None else beta
    out = np.zeros((fit.n, beta.size))
    for block in fit.blocks:
        if block.n_deaths:
            with np.errstate(over="ignore", invalid="ignore"):
                out[block.rows] = _block_score(block, beta)
    return out


def dfbeta(fit: CoxFit) -> Floats:
    """How much each row moves each coefficient, shape (n, p), weighted; NaN where not estimated.

    The infinitesimal jackknife (Cain & Lange 1984): weighted score residual times the covariance.
    First order, so rather too small for a patient of great leverage.
    """
    residuals = score_residuals(fit)
    for block in fit.blocks:
        if block.weight is not None:
            residuals[block.rows] *= block.weight[:, None]
    out = np.full((fit.n, len(fit.names)), np.nan)
    estimated = fit.estimated
    out[:, estimated] = residuals[:, estimated] @ fit.covariance[np.ix_(estimated, estimated)]
    return out


def schoenfeld_residuals(fit: CoxFit) -> Schoenfeld:
    """Schoenfeld residuals (1982), raw and scaled, of the estimated terms at every event.

    Empty without events or without an estimated term.
    """
    estimated = fit.estimated
    times, rows, parts = [], [], []
    for block in fit.blocks:
        if block.n_deaths == 0:
            continue
        with np.errstate(over="ignore", invalid="ignore"):
            risk = block.risk(block.linear_predictor(fit.beta))
            mean = _mean_at_events(block, risk)
        parts.append((block.x[:, block.death] - mean[:, block.day])[estimated].T)
        times.append(block.time[block.death])
        rows.append(block.rows[block.death])
    if not parts:
        none = np.empty((0, estimated.size))
        return Schoenfeld(
            tuple(fit.names[j] for j in estimated), np.empty(0), np.empty(0), none, none
        )
    time = np.concatenate(times)
    order = np.argsort(time, kind="stable")
    raw = np.concatenate(parts)[order]
    covariance = fit.covariance[np.ix_(estimated, estimated)]
    return Schoenfeld(
        terms=tuple(fit.names[j] for j in estimated),
        time=time[order],
        rows=np.concatenate(rows)[order],
        residuals=raw,
        scaled=raw @ covariance * fit.n_events + fit.coef[estimated],
    )


def _mean_at_events(block: Block, risk: Risk) -> Floats:
    """Mean covariates (p, K) a death is compared with; over tied deaths Efron's average."""
    s1, d1 = block.first_moments(risk)
    weight = block.death_sum(np.ones(block.n) if block.weight is None else block.weight)
    return (risk.a * s1 - risk.b * d1) / weight


def _block_score(block: Block, beta: Floats) -> Floats:
    risk = block.risk(block.linear_predictor(beta))
    s1, d1 = block.first_moments(risk)
    weight = np.ones(block.n) if block.weight is None else block.weight
    mean = (risk.a * s1 - risk.b * d1) / block.death_sum(weight)
    hazard = risk.e / weight
    share = block.while_at_risk(risk.a)
    share[block.death] -= risk.b[block.day]
    out = np.empty((block.n, beta.size))
    for j in range(beta.size):
        moved = block.while_at_risk(risk.p * s1[j] - risk.q * d1[j])
        moved[block.death] -= (risk.q * s1[j] - risk.r * d1[j])[block.day]
        out[:, j] = -hazard * (block.x[j] * share - moved)
    out[block.death] += (block.x[:, block.death] - mean[:, block.day]).T
    return out
