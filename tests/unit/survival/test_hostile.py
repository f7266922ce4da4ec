"""Data that break estimators: each one answers or says why not, without an exception or warning."""

import warnings

import numpy as np
import pytest

from multicentric.survival.center_effects import (
    center_estimates,
    fixed_center_fit,
    heterogeneity_score_test,
    interaction,
    leave_one_center_out,
)
from multicentric.survival.concordance import fit_concordance
from multicentric.survival.cox import fit_cox
from multicentric.survival.firth import fit_firth
from multicentric.survival.frailty import fit_frailty
from multicentric.survival.predict import predict_survival
from multicentric.survival.profile import SEVERAL, profile_interval
from multicentric.survival.proportional_hazards import proportional_hazards_test
from multicentric.survival.random_slope import fit_random_slope
from multicentric.survival.residuals import (
    deviance_residuals,
    dfbeta,
    martingale_residuals,
    schoenfeld_residuals,
)
from multicentric.survival.robust import center_jackknife, cluster_sandwich, robust_score_test

N = 30
RNG = np.random.default_rng(0)
CENTER = RNG.integers(4, size=N)
TIME = np.ceil(RNG.exponential(10, size=N))
EVENT = RNG.random(N) < 0.6
ARM = RNG.integers(2, size=N).astype(float)
AGE = RNG.normal(size=N)
X = np.column_stack([ARM, AGE])
CLOCK = np.column_stack([-np.arange(N, dtype=float), AGE])

STUDIES = {
    "ordinary": (TIME, EVENT, X, CENTER),
    "nobody in one arm has an event": (TIME, EVENT & (ARM == 0), X, CENTER),
    "no events": (TIME, np.zeros(N), X, CENTER),
    "one event": (TIME, TIME.argmin() == np.arange(N), X, CENTER),
    "one arm": (TIME, EVENT, X * [0, 1], CENTER),
    "one patient": (TIME[:1], [1], X[:1], CENTER[:1]),
    "nobody": (TIME[:0], [], X[:0], CENTER[:0]),
    "two patients": (np.array([1.0, 2.0]), [1, 1], np.eye(2), CENTER[:2]),
    "all on one day": (np.ones(N), EVENT, X, CENTER),
    "every patient a center": (TIME, EVENT, X, np.arange(N)),
    "a covariate that tells the time": (np.arange(1.0, N + 1), np.ones(N), CLOCK, CENTER),
    "time zero": (TIME - 1, EVENT, X, CENTER),
    "huge and tiny units": (TIME * 1e9, EVENT, X * [1e8, 1e-8], CENTER),
}
NAMES = ["arm", "age"]


@pytest.fixture(params=list(STUDIES))
def study(request):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield STUDIES[request.param]


@pytest.mark.parametrize("stratified", [False, True])
def test_a_fit_and_what_follows_from_it(study, stratified):
    time, event, x, center = study
    fit = fit_cox(time, event, x, NAMES, strata=center if stratified else None)
    assert fit.converged
    for j, status in enumerate(fit.status):
        known = status == "estimated"
        assert np.isfinite(fit.coef[j]) == np.isfinite(fit.std_error[j]) == known
        assert bool(fit.note[j]) != known
        assert not known or abs(fit.coef[j]) * np.std(x[:, j]) < 20  # never 10^5
    assert len(fit.table()) == 2
    n = len(time)
    assert martingale_residuals(fit).shape == deviance_residuals(fit).shape == (n,)
    assert dfbeta(fit).shape == (n, 2)
    assert len(schoenfeld_residuals(fit).time) == fit.n_events
    fit_concordance(fit)
    for transform in ("identity", "rank", "km"):
        tests = proportional_hazards_test(fit, transform)
        assert len(tests.tests) == fit.estimated.size
    curves = predict_survival(fit, [0, 0], [1.0, 5.0])
    assert len(curves) == len(fit.blocks)
    cluster_sandwich(fit, center).wald()
    robust_score_test(fit, center)


@pytest.mark.parametrize("stratified", [False, True])
def test_intervals_without_a_parabola(study, stratified):
    time, event, x, center = study
    fit = fit_cox(time, event, x, NAMES, strata=center if stratified else None)
    firth = fit_firth(fit)
    for j, name in enumerate(NAMES):
        profile = profile_interval(fit, name)
        penalized = firth.interval(name)
        if j not in fit.free:
            assert np.isnan(profile.ci_low)
            assert np.isnan(penalized.ci_low)
            continue
        if np.isnan(fit.coef[fit.free]).sum() > 1 and np.isnan(fit.coef[j]):
            assert profile.note == SEVERAL
        else:
            assert profile.ci_low < profile.ci_high
            assert np.isinf(profile[:2]).any() if fit.note[j] else np.isfinite(profile[:2]).all()
        assert penalized.ci_low < firth.coef[j] < penalized.ci_high
        assert np.isfinite(penalized[:2]).all()


def test_center_effects(study):
    time, event, x, center = study
    plain = fit_cox(time, event, x, NAMES)
    for distribution, method in (("gamma", "ml"), ("gaussian", "ml"), ("gaussian", "reml")):
        frailty = fit_frailty(plain, center, distribution, method=method)
        assert (frailty.theta >= 0) == (frailty.note == "")
    fixed_center_fit(time, event, x, NAMES, center)
    interaction(time, event, x, NAMES, "arm", center, strata=center)
    fit = fit_cox(time, event, x, NAMES, strata=center)
    slope = fit_random_slope(fit, "arm")
    assert (slope.tau2 >= 0) == (slope.note == "")
    center_jackknife(fit)
    heterogeneity_score_test(fit, "arm")
    for one in [*leave_one_center_out(fit, "arm"), *center_estimates(fit, "arm")]:
        assert np.isfinite(one.coef) == (one.note == "")
