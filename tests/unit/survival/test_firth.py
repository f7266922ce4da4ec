"""Firth's penalty where the answer is known on paper, and where the likelihood has none."""

import math

import numpy as np
import pytest
from scipy import optimize

from multicentric.survival.block import Block, sum_blocks
from multicentric.survival.cox import fit_cox
from multicentric.survival.firth import _Penalized, fit_firth
from multicentric.survival.profile import SEVERAL, profile_interval

from .test_maximum import small_study


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


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_the_slope_is_the_derivative_of_the_penalized_likelihood(late, weighted, ties):
    rng = np.random.default_rng(3)
    n, beta, h = 60, rng.normal(size=3), 1e-5
    time = rng.integers(1, 9, size=n).astype(float)
    fit = fit_cox(
        time,
        rng.random(n) < 0.6,
        rng.normal(size=(n, 3)),
        ["a", "b", "c"],
        strata=rng.integers(5, size=n),
        entry=time - rng.integers(1, 5, size=n) if late else None,
        weights=rng.uniform(0.3, 2, size=n) if weighted else None,
        ties=ties,
    )
    model = _Penalized(fit)
    steps = h * np.eye(3)
    numeric = [(model.value(beta + s) - model.value(beta - s)) / (2 * h) for s in steps]
    assert model.slope(beta) == pytest.approx(numeric, abs=1e-6)


def test_small_studies_have_an_estimate_with_limits_around_it():
    answered = 0
    for seed in (*range(30), 56, 183):
        time, event, x, center, entry, ties = small_study(seed)
        names = [f"x{j}" for j in range(x.shape[1])]
        for strata in (None, center):
            fit = fit_cox(time, event, x, names, strata=strata, entry=entry, ties=ties)
            got = fit_firth(fit)
            for j, name in enumerate(names):
                low, high, note = got.interval(name)
                if np.isnan(got.coef[j]):
                    assert got.note[j] != "Firth's penalized likelihood"
                    assert np.isnan([low, high]).all()
                    assert note == got.note[j]
                else:
                    answered += 1
                    assert note == "profile penalized likelihood", (seed, name)
                    assert low < got.coef[j] < high
    assert answered > 40


def test_a_limit_does_not_depend_on_the_other_side():
    got = fit_firth(separated())
    first, again = got.interval("marker"), got.interval("marker")
    assert first == again
    wide = got.interval("marker", level=0.99)
    assert wide.ci_low < first.ci_low < first.ci_high < wide.ci_high


@pytest.mark.parametrize(("n", "centers", "terms"), [(300, 30, 10), (120, 120, 3), (600, 200, 9)])
def test_many_small_strata_cost_few_evaluations(n, centers, terms, monkeypatch):
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.integers(2, size=n), rng.normal(size=(n, terms - 1))])
    event = (rng.random(n) < 0.5) & (x[:, 0] == 0)
    names = [f"x{j}" for j in range(terms)]
    strata = rng.integers(centers, size=n)
    fit = fit_cox(rng.exponential(size=n), event, x, names, strata=strata)
    evaluations, evaluate = [0], Block.risk

    def counted(block, eta):
        evaluations[0] += 1
        return evaluate(block, eta)

    monkeypatch.setattr(Block, "risk", counted)
    interval = fit_firth(fit).interval("x0")
    profile = profile_interval(fit, "x0")
    assert np.isfinite(interval[:2]).all()
    alone = np.isnan(fit.coef[fit.free]).sum() == 1
    assert profile.ci_low == -np.inf if alone else profile.note == SEVERAL
    assert np.isnan(profile.ci_high) != alone
    assert evaluations[0] < 2000


def test_a_term_that_hardly_varies_at_risk_has_no_estimate():
    # two at risk at the one event, 0.005 apart where a standard deviation is 1: SE 460
    x = np.array([0.480, 0.475, 2.17, 0.08, 1.18, -0.92])
    fit = fit_cox([2, 3, 1, 1, 1, 1], [1, 0, 0, 0, 0, 0], x[:, None], ["x"])
    got = fit_firth(fit)
    assert np.isnan(got.coef[0])
    assert got.note == ("not estimable: hardly varies among patients at risk",)
