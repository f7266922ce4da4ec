"""A center that comes in costs its own block and at most three evaluations of the others."""

import numpy as np
import pytest

from multicentric.survival.block import Block, make_block
from multicentric.survival.cox import add_block, fit_cox
from multicentric.survival.observations import observations

NAMES = ["a", "b", "c"]


def study(rows, centers=50, seed=4):
    rng = np.random.default_rng(seed)
    center = np.concatenate((np.arange(centers), rng.integers(centers, size=rows - centers)))
    x = np.column_stack([rng.normal(size=rows), rng.integers(2, size=rows), rng.normal(size=rows)])
    hazard = np.exp(x @ [0.5, -0.4, 0.1] + rng.normal(scale=0.5, size=centers)[center])
    time = np.ceil(rng.exponential(900 / hazard))
    return np.minimum(time, 700), time <= 700, x, center


def parted(time, event, x, center, label):
    """The fit without a center, and its block."""
    rest, own = center != label, center == label
    cached = fit_cox(time[rest], event[rest], x[rest], NAMES, strata=center[rest])
    block = make_block(label, np.arange(own.sum()), observations(time[own], event[own]), x[own])
    return cached, block


@pytest.mark.parametrize("rows", [600, 5000])
@pytest.mark.parametrize("label", [0, 20, 49])
def test_others_are_evaluated_three_times_at_most(rows, label, monkeypatch):
    time, event, x, center = study(rows)
    cached, block = parted(time, event, x, center, label)
    evaluations, evaluate = {}, Block.terms_at

    def counted(self, eta, time_weight=None):
        evaluations.setdefault(id(self), [self, 0])[1] += 1
        return evaluate(self, eta, time_weight)

    monkeypatch.setattr(Block, "terms_at", counted)
    got = add_block(cached, block)
    monkeypatch.undo()
    # small centers are evaluated together
    assert max(count for one, count in evaluations.values() if one is not block) <= 3
    whole = fit_cox(time, event, x, NAMES, strata=center)
    np.testing.assert_allclose(got.coef, whole.coef, rtol=1e-9)
    np.testing.assert_allclose(got.std_error, whole.std_error, rtol=1e-9)
    assert got.loglik == pytest.approx(whole.loglik, abs=1e-8)
    assert got.loglik_null == pytest.approx(whole.loglik_null, abs=1e-8)
    assert got.n == whole.n


def test_a_term_that_only_the_new_center_tells_is_estimated_with_it():
    time, event, x, center = study(600)
    x[center != 7, 2] = 0.0
    cached, block = parted(time, event, x, center, 7)
    assert np.isnan(cached.coef[2])
    got = add_block(cached, block)
    np.testing.assert_allclose(
        got.coef, fit_cox(time, event, x, NAMES, strata=center).coef, rtol=1e-9
    )


def test_a_center_that_ends_a_monotone_likelihood_is_met_from_zero():
    time, event, x, center = study(600)
    apart = center != 7
    x[apart, 1] = event[apart]
    cached, block = parted(time, event, x, center, 7)
    assert np.isnan(cached.coef[1])
    got = add_block(cached, block)
    want = fit_cox(time, event, x, NAMES, strata=center)
    assert got.status == want.status
    np.testing.assert_allclose(got.coef, want.coef, rtol=1e-9)


def test_an_empty_center_changes_nothing():
    time, event, x, center = study(600)
    cached, _ = parted(time, event, x, center, 7)
    block = make_block(7, np.arange(0), observations([], []), np.empty((0, 3)))
    np.testing.assert_allclose(add_block(cached, block).coef, cached.coef, rtol=1e-12)
