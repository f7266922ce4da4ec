"""Logistic models at their borders; agreement with R is in tests/golden."""

import numpy as np
import pytest
from statsmodels.discrete.discrete_model import Logit

from multicentric.survival.logistic import fit_logistic


def drawn(n=200, seed=20240309):
    rng = np.random.default_rng(seed)
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.4])
    y = rng.random(n) < 1 / (1 + np.exp(-(0.3 + 0.8 * x[:, 0] - 0.5 * x[:, 1])))
    return y.astype(float), x.astype(float)


def test_it_is_the_fit_of_statsmodels():
    y, x = drawn()
    got = fit_logistic(y, x)
    want = Logit(y, np.column_stack([np.ones(y.size), x])).fit(disp=False, tol=1e-12)
    assert [got.intercept, *got.coef] == pytest.approx(want.params, rel=1e-8)
    assert got.loglik == pytest.approx(want.llf, rel=1e-12)
    assert got.probability == pytest.approx(want.predict(), rel=1e-8)


@pytest.mark.parametrize(("scale", "shift"), [(1e9, 0), (1e-9, 0), (1e-3, 1e6)])
def test_units_change_no_probability(scale, shift):
    y, x = drawn()
    moved = fit_logistic(y, x * scale + shift)
    assert moved.probability == pytest.approx(fit_logistic(y, x).probability, rel=1e-6)


def test_a_column_without_information_of_its_own_has_no_coefficient():
    y, x = drawn()
    got = fit_logistic(y, np.column_stack([x, x.sum(axis=1), np.full(y.size, 7.0)]))
    assert np.isnan(got.coef).tolist() == [False, False, True, True]
    assert got.probability == pytest.approx(fit_logistic(y, x).probability)


@pytest.mark.parametrize("threshold", [0.0, 1.5], ids=["all", "some"])
def test_outcomes_told_apart_have_no_estimate(threshold):
    y, x = drawn()
    # Beyond the threshold everybody has the outcome; with 0 nobody below it.
    y[x[:, 0] > threshold] = 1
    column = x[:, 0] if threshold == 0 else (x[:, 0] > threshold).astype(float)
    if threshold == 0:
        y[x[:, 0] <= threshold] = 0
    got = fit_logistic(y, column[:, None])
    assert got.note.startswith("not estimable: monotone likelihood")
    assert np.isnan(got.probability).all()


def test_one_outcome_has_no_estimate():
    y, x = drawn()
    assert "not estimable" in fit_logistic(np.ones_like(y), x).note
