"""Survival that a Cox model predicts for a covariate profile, stratum by stratum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from .cox import CoxFit
from .kaplan_meier import survival_interval
from .observations import Floats


@dataclass(frozen=True)
class Prediction:
    """A predicted curve of one stratum at given times; arrays have one entry per time.

    `std_error` is that of the survival and contains the uncertainty of the coefficients.
    """

    label: object
    times: Floats
    cumulative_hazard: Floats
    survival: Floats
    std_error: Floats
    ci_low: Floats
    ci_high: Floats


def predict_survival(
    fit: CoxFit,
    profile: ArrayLike,
    times: ArrayLike,
    *,
    conf_type: str = "log",
    level: float = 0.95,
) -> list[Prediction]:
    """The survival of somebody with covariates `profile` in each stratum.

    Parameters
    ----------
    fit : a fitted model. A collinear or constant term counts as not in the model.
    profile : (p,) covariates in the order of `fit.names`.
    times : (m,) where to read the curves; beyond a stratum's last event they stay level.
    conf_type, level : as in `kaplan_meier`.

    Returns
    -------
    list of Prediction
        One per stratum in the order of its blocks; a stratum without events has survival 1 and
        standard error 0: its hazard cannot be told from none. All NaN when a term's likelihood is
        monotone: there is no estimate to predict from.

    Notes
    -----
    Tsiatis 1981 with the baseline hazard of the fit's own tie rule, as R's `survfit.coxph`.
    Assumes that the patient belongs to the stratum and the model holds there.
    """
    z = np.asarray(profile, dtype=np.float64)
    if z.shape != (len(fit.names),):
        raise ValueError(f"profile has shape {z.shape}, expected {(len(fit.names),)}.")
    t = np.atleast_1d(np.asarray(times, dtype=np.float64))
    estimated = fit.estimated
    covariance = fit.covariance[np.ix_(estimated, estimated)]
    beta = np.zeros(len(fit.names))
    beta[estimated] = fit.coef[estimated]
    curves = []
    if not np.array_equal(estimated, fit.free):
        none = np.full(t.size, np.nan)
        return [Prediction(b.label, t, none, none, none, none, none) for b in fit.blocks]
    for block in fit.blocks:
        hazard, variance = np.zeros(t.size), np.zeros(t.size)
        if block.n_deaths:
            eta = block.linear_predictor(fit.beta)
            risk = block.risk(eta)
            s1, d1 = block.first_moments(risk)
            relative = np.exp((z - block.mean) @ beta - eta.max())
            drift = relative * ((z - block.mean)[:, None] * risk.a - (risk.p * s1 - risk.q * d1))
            last = np.searchsorted(block.event_times, t, side="right")

            def until(steps: Floats, last: Floats = last) -> Floats:
                return np.concatenate(([0.0], np.cumsum(steps)))[last]

            hazard = until(risk.a) * relative
            moved = np.array([until(row) for row in drift[estimated]]).reshape(-1, t.size)
            own = until(risk.p) * relative**2
            variance = own + np.einsum("im,ij,jm->m", moved, covariance, moved)
        survival = np.exp(-hazard)
        log_error = np.sqrt(variance)
        low, high = survival_interval(survival, log_error, conf_type, level)
        curves.append(Prediction(block.label, t, hazard, survival, survival * log_error, low, high))
    return curves
