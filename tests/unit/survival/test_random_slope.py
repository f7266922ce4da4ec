"""A random slope with a variance above 0, against likelihoods written down again here.

`coxme` is not installed where the references were made, and no other package of R has this model.
The partial likelihood of a center is therefore coded a second time below, straight from its
definition, and maximized by scipy: once with the Laplace approximation the engine states, once with
the integral over each center's effect done by quadrature, which shares nothing with it.
"""

import numpy as np
import pytest
from scipy import optimize

from multicentric.survival.cox import fit_cox
from multicentric.survival.random_slope import fit_random_slope


def study(centers=15, per_center=40, spread=0.7, seed=3):
    rng = np.random.default_rng(seed)
    center = np.repeat(np.arange(centers), per_center)
    arm = rng.integers(2, size=center.size).astype(float)
    age = rng.normal(size=center.size)
    effect = -0.4 + rng.normal(0, spread, size=centers)[center]
    time = rng.exponential(np.exp(-(effect * arm + 0.3 * age)))
    censored = rng.exponential(2, size=center.size)
    return np.minimum(time, censored), time <= censored, np.column_stack([arm, age]), center


class Center:
    """One center's log partial likelihood (no tied times) as a function of its two effects."""

    def __init__(self, time, event, x):
        order = np.argsort(-time)
        self.x, self.event = x[order], event[order]

    def loglik(self, arm, age):
        eta = self.x @ [arm, age]
        return ((eta - np.logaddexp.accumulate(eta)) * self.event).sum()

    def information(self, arm, age):
        """Minus the second derivative in the effect of the arm."""
        h = 1e-3
        up, at, down = (self.loglik(arm + d, age) for d in (h, 0, -h))
        return -(up - 2 * at + down) / h**2


@pytest.fixture(scope="module")
def both():
    time, event, x, center = study()
    fit = fit_cox(time, event, x, ["arm", "age"], strata=center)
    parts = [Center(*(v[center == c] for v in (time, event, x))) for c in np.unique(center)]
    return fit, parts


def laplace(parts, tau2):
    """The joint penalized maximum and the Laplace likelihood there."""

    def penalized(free):
        (arm, age), effects = free[:2], free[2:]
        total = sum(one.loglik(arm + b, age) for one, b in zip(parts, effects, strict=True))
        return effects @ effects / (2 * tau2) - total

    found = optimize.minimize(penalized, np.zeros(2 + len(parts)), options={"gtol": 1e-6})
    (arm, age), effects = found.x[:2], found.x[2:]
    own = [one.information(arm + b, age) for one, b in zip(parts, effects, strict=True)]
    return -found.fun - np.log1p(tau2 * np.array(own)).sum() / 2, found.x


def test_the_laplace_likelihood_and_its_maximum(both):
    fit, parts = both
    got = fit_random_slope(fit, "arm")
    assert got.tau2 > 0.1
    height, where = laplace(parts, got.tau2)
    assert got.loglik == pytest.approx(height, abs=1e-5)
    assert got.coef == pytest.approx(where[:2], abs=1e-4)
    assert got.effects == pytest.approx(where[2:], abs=1e-3)
    found = optimize.minimize_scalar(
        lambda log: -laplace(parts, np.exp(log))[0], bounds=np.log([0.05, 5]), method="bounded"
    )
    assert got.tau2 == pytest.approx(np.exp(found.x), rel=1e-3)
    assert got.loglik == pytest.approx(-found.fun, abs=1e-5)
    drop = 3.841458820694124 / 2
    for limit in (got.tau2_low, got.tau2_high):
        assert laplace(parts, limit)[0] == pytest.approx(got.loglik - drop, abs=1e-3)


def test_the_exact_integral_is_near(both):
    # Laplace is an approximation, and maximizes the coefficients under the penalty: with 40
    # patients a center tau2 is 0.454 instead of 0.460, the loglik 0.08 too low, and the
    # coefficients differ by 0.03 standard errors
    fit, parts = both
    nodes, weights = np.polynomial.hermite_e.hermegauss(40)

    def marginal(free):
        arm, age, log_tau = free
        total = 0.0
        for one in parts:
            heights = [one.loglik(arm + np.exp(log_tau) * z, age) for z in nodes]
            total += np.logaddexp.reduce(heights + np.log(weights / np.sqrt(2 * np.pi)))
        return -total

    found = optimize.minimize(marginal, [-0.4, 0.3, np.log(0.7)], method="BFGS")
    got = fit_random_slope(fit, "arm")
    assert got.tau2 == pytest.approx(np.exp(2 * found.x[2]), rel=0.05)
    assert np.abs((got.coef - found.x[:2]) / got.std_error).max() < 0.05
    assert got.loglik == pytest.approx(-found.fun, abs=0.1)


def test_no_variance_leaves_no_interval_of_a_center():
    # every center has the same patients
    time, event, x = (np.concatenate([v[:80]] * 4) for v in study()[:3])
    fit = fit_cox(time, event, x, ["arm", "age"], strata=np.repeat(np.arange(4), 80))
    got = fit_random_slope(fit, "arm")
    assert got.tau2 == 0
    assert not got.effects.any()
    assert np.isnan(got.effects_std_error).all()
