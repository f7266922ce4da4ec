"""Firth's penalty where the answer is known on paper, and where the likelihood has none."""

import math

import numpy as np
import pytest
from scipy import optimize

from multicentric.survival.block import sum_blocks
from multicentric.survival.cox import fit_cox
from multicentric.survival.firth import fit_firth
from multicentric.survival.profile import profile_interval


def separated(seed=2, n=60):
    rng = np.random.default_rng(seed)
    marker = (np.arange(n) < 15).astype(float)
    age = rng.normal(size=n)
    time = rng.exponential(size=n)
    event = (rng.random(n) < 0.6) & (marker == 0)
    return fit_cox(time, event, np.column_stack([marker, age]), ["marker", "age"])


def test_one_event_time_on_paper():
    # one death among 3 exposed and 5 others: maximizes pi^1.5 (1 - pi)^0.5, so pi = 3/4
    x = np.array([1, 1, 1, 0, 0, 0, 0, 0.0])[:, None]
    fit = fit_cox(np.ones(8), [1, 0, 0, 0, 0, 0, 0, 0], x, ["x"])
    got = fit_firth(fit)
    assert got.coef[0] == pytest.approx(math.log(3 * 5 / 3), abs=1e-8)


def test_equals_a_direct_search():
    fit = separated()

    def objective(beta):
        terms = sum_blocks(fit.blocks, beta)
        return -terms.loglik - np.linalg.slogdet(terms.information)[1] / 2

    found = optimize.minimize(objective, np.zeros(2), method="BFGS", options={"gtol": 1e-9})
    got = fit_firth(fit)
    assert got.converged
    assert got.coef == pytest.approx(found.x, abs=1e-5)
    assert got.penalized_loglik == pytest.approx(-found.fun, abs=1e-9)


def test_finite_where_the_likelihood_is_monotone():
    fit = separated()
    assert fit.status[0] == "not estimable"
    got = fit_firth(fit)
    interval = got.interval("marker")
    assert interval.ci_low < got.coef[0] < interval.ci_high < 0.5
    assert np.isfinite(interval.ci_low)


def test_profile_of_a_monotone_term_is_open_on_one_side():
    fit = separated()
    got = profile_interval(fit, "marker")
    assert got.ci_low == -math.inf
    assert np.isfinite(got.ci_high)
    assert "monotone" in got.note
    # at the limit the likelihood has dropped by half the chi-square quantile
    x_age = fit_cox_at(fit, got.ci_high)
    assert fit.loglik - x_age == pytest.approx(3.841458820694124 / 2, abs=1e-5)


def fit_cox_at(fit, value):
    block = fit.blocks[0]
    time, event = block.time, np.isin(np.arange(block.n), block.death)
    offset = block.x[0] * value
    return fit_cox(time, event, block.x[1:].T, ["age"], offset=offset).loglik


def test_profile_limits_cut_the_likelihood():
    fit = separated()
    got = profile_interval(fit, "age", level=0.9)
    for limit in (got.ci_low, got.ci_high):
        block = fit.blocks[0]
        event = np.isin(np.arange(block.n), block.death)
        held = fit_cox(block.time, event, block.x[:1].T, ["marker"], offset=block.x[1] * limit)
        assert fit.loglik - held.loglik == pytest.approx(2.705543454095404 / 2, abs=1e-6)
    assert got.ci_low < fit.coef[1] < got.ci_high


def test_collinear_terms_stay_without_an_answer():
    rng = np.random.default_rng(0)
    x = rng.normal(size=40)
    fit = fit_cox(rng.exponential(size=40), np.ones(40), np.column_stack([x, 2 * x]), ["a", "b"])
    got = fit_firth(fit)
    assert np.isnan(got.coef[1])
    assert got.note[1] == "collinear with a"
    assert np.isnan(profile_interval(fit, "b").ci_low)
