"""Profile limits of terms that run away, held against a maximizer that knows none of ours."""

import numpy as np
import pytest
from scipy import optimize, special

from multicentric.survival.block import sum_blocks
from multicentric.survival.cox import fit_cox
from multicentric.survival.profile import SEVERAL, profile_interval

NAMES = ["arm", "age", "grade"]


def sparse_study(seed, n=20, events=4):
    """So few events that several terms can run away together."""
    rng = np.random.default_rng(seed)
    x = np.column_stack(
        [rng.integers(2, size=n), rng.normal(60, 10, size=n), rng.integers(1, 4, size=n) == 3]
    ).astype(float)
    time = np.ceil(rng.exponential(100, size=n))
    return time, rng.random(n) < events / n, x, rng.integers(3, size=n)


def highest(fit, j, value):
    """The likelihood at a fixed value of term j, over the others, with next to no penalty."""
    others = np.setdiff1d(fit.free, [j])

    def falls(part, penalty):
        beta = np.zeros(fit.beta.size)
        beta[others], beta[j] = part, value
        terms = sum_blocks(fit.blocks, beta)
        return (
            penalty * part @ part / 2 - terms.loglik,
            penalty * part - terms.score[others],
            terms.loglik,
        )

    best = -np.inf
    for penalty in (1e-2, 1e-4, 1e-6):
        found = optimize.minimize(
            lambda part, penalty=penalty: falls(part, penalty)[:2],
            np.zeros(others.size),
            jac=True,
            method="L-BFGS-B",
            options={"maxiter": 3000},
        )
        best = max(best, falls(found.x, 0.0)[2])
    return best


@pytest.mark.parametrize("stratified", [False, True])
def test_a_limit_is_where_the_likelihood_has_fallen_far_enough(stratified):
    drop = special.chdtri(1, 0.05) / 2
    found = worst = several = 0
    for seed in range(120):
        time, event, x, center = sparse_study(seed)
        x[:, 1] = (x[:, 1] - 60) / 10
        fit = fit_cox(time, event, x, NAMES, strata=center if stratified else None)
        for name in np.array(NAMES)[np.isnan(fit.coef)]:
            limits = profile_interval(fit, str(name))
            if np.isnan(fit.coef[fit.free]).sum() > 1 and fit.position(name) in fit.free:
                several += 1
                assert np.isnan(limits[:2]).all()
                assert limits.note == SEVERAL
            finite = [one for one in (limits.ci_low, limits.ci_high) if np.isfinite(one)]
            if not finite:
                continue
            found += 1
            fallen = fit.loglik - highest(fit, fit.position(name), finite[0])
            worst = max(worst, abs(fallen - drop))
    print(f"{found} limits, {several} untold, worst {worst:.3f} beside the fall of {drop:.3f}")
    assert found > 8
    assert several > 8
    assert worst < 0.05
