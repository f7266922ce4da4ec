"""Blocks as a sum: strata evaluated together, and a fit in one go, give the same to rounding."""

import numpy as np
import pytest

from multicentric.survival.block import gather, make_blocks, sum_blocks
from multicentric.survival.center_effects import center_estimates, leave_one_center_out
from multicentric.survival.cox import fit_cox, fit_without_each
from multicentric.survival.observations import codes, observations


def study(n, centers, terms, seed=0, late=False, weighted=False):
    rng = np.random.default_rng(seed)
    center = rng.integers(centers, size=n)
    x = np.column_stack([rng.integers(2, size=n), rng.normal(size=(n, terms - 1))])
    time = np.ceil(rng.exponential(size=n) * 20)
    entry = time - rng.integers(1, 9, size=n) if late else None
    weights = rng.uniform(0.2, 3, size=n) if weighted else None
    return time, rng.random(n) < 0.6, x, center, entry, weights


def fitted(time, event, x, center, entry, weights, **choices):
    names = [f"x{j}" for j in range(x.shape[1])]
    return fit_cox(time, event, x, names, strata=center, entry=entry, weights=weights, **choices)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n", "centers"), [(300, 30), (120, 120), (9000, 300), (300, 1)])
def test_strata_evaluated_together_add_up_to_their_sum(n, centers, weighted, late, ties):
    fit = fitted(*study(n, centers, 4, 1, late, weighted), ties=ties, offset=np.arange(n) % 7 / 3)
    together = gather(fit.blocks)
    rng = np.random.default_rng(2)
    # the last linear predictors differ by more than exp holds: evaluated in parts
    for beta in (np.zeros(4), rng.normal(size=4), 10 * rng.normal(size=4), np.full(4, 300.0)):
        want, got = sum_blocks(fit.blocks, beta), sum_blocks(together, beta)
        assert got.loglik == pytest.approx(want.loglik, rel=1e-13)
        for mine, theirs in ((got.score, want.score), (got.information, want.information)):
            assert np.abs(mine - theirs).max() <= 1e-12 * max(np.abs(theirs).max(), 1.0)
    if centers > 100 and not late:
        assert len(together) < centers / 50


def test_each_center_left_out_is_the_fit_of_the_others():
    for seed, (n, centers) in enumerate([(200, 8), (120, 40), (600, 200)]):
        time, event, x, center, _, _ = study(n, centers, 3, seed)
        x[center != 0, 2] = 0.0  # varies in one center alone
        fit = fitted(time, event, x, center, None, None)
        without = zip(np.unique(center), fit_without_each(fit), strict=True)
        for label, got in [*without][:: centers // 8]:
            rest = center != label
            want = fitted(time[rest], event[rest], x[rest], center[rest], None, None)
            assert got.status == want.status
            assert got.note == want.note
            np.testing.assert_allclose(got.coef, want.coef, rtol=1e-9, atol=1e-9)
            np.testing.assert_allclose(got.std_error, want.std_error, rtol=1e-9)
            assert got.loglik == pytest.approx(want.loglik, rel=1e-12)
            assert (got.n, got.n_events) == (want.n, want.n_events)


def test_leaving_out_small_centers_evaluates_them_together():
    time, event, x, center, _, _ = study(600, 200, 9)
    fit = fitted(time, event, x, center, None, None)
    counted = Counted()
    with counted:
        got = leave_one_center_out(fit, "x0")
    assert len(got) == len(fit.blocks)
    # two of each center, and three or four of the joined ones for each that is left out
    assert counted.evaluations < 7 * len(fit.blocks)


class Counted:
    """Counts evaluations of blocks while it is entered."""

    def __enter__(self):
        from multicentric.survival.block import Block

        self.evaluations, self.evaluate, self.block = 0, Block.terms_at, Block

        def count(block, *given):
            self.evaluations += 1
            return self.evaluate(block, *given)

        Block.terms_at = count

    def __exit__(self, *_):
        self.block.terms_at = self.evaluate


def test_without_strata_there_is_no_center_to_tell_apart():
    time, event, x, _, _, _ = study(60, 1, 2)
    fit = fit_cox(time, event, x, ["x0", "x1"])
    for ask in (leave_one_center_out, center_estimates):
        with pytest.raises(ValueError, match="the fit is not stratified by center"):
            ask(fit, "x0")
    one = fit_cox(time, event, x, ["x0", "x1"], strata=np.full(60, "all"))
    assert [center.center for center in center_estimates(one, "x0")] == ["all"]


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize(("late", "weighted"), [(False, False), (True, False), (False, True)])
def test_blocks_of_the_centers_sum_to_the_fit_in_one_go(ties, late, weighted):
    # The terms of every center alone, made from its rows alone, against those of the pooled fit,
    # at zero and at its estimate. The largest difference measured is 9.3e-16: of the loglik itself,
    # and of the largest entry of the information in score and information.
    worst = 0.0
    for seed, (n, centers, shift) in enumerate(
        [(300, 6, 0.0), (600, 200, 0.0), (5000, 12, 0.0), (200, 5, 1e6)]
    ):
        time, event, x, center, entry, weights = study(n, centers, 3, seed, late, weighted)
        x = x + shift
        fit = fitted(time, event, x, center, entry, weights, ties=ties)
        for beta, pooled in ((np.zeros(3), fit.at_zero), (fit.beta, fit.at_beta)):
            loglik, score, information = 0.0, np.zeros(3), np.zeros((3, 3))
            for label in np.unique(center):
                own = center == label
                obs = observations(
                    time[own],
                    event[own],
                    None if entry is None else entry[own],
                    None if weights is None else weights[own],
                )
                code, labels = codes(center[own], len(obs), "center")
                (block,) = make_blocks(obs, x[own], code, labels, ties=ties)
                terms = block.block_terms(beta)
                loglik += terms.loglik
                score += terms.score
                information += terms.information
            largest = np.abs(information).max()
            worst = max(
                worst,
                abs(loglik / pooled.loglik - 1),
                np.abs(score - pooled.score).max() / largest,
                np.abs(information - pooled.information).max() / largest,
            )
    print(f"largest relative difference {worst:.1e}")
    assert worst <= 1e-12
