"""The test of proportional hazards where next to nothing varies over time."""

import numpy as np
import pytest

from multicentric.survival.cox import fit_cox
from multicentric.survival.proportional_hazards import TRANSFORMS, proportional_hazards_test


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_events_at_one_time_have_no_drift(transform):
    # 0.1 * 60 / 60 is not 0.1: the mean of equal times may miss them by rounding
    x = np.random.default_rng(1).normal(size=(60, 2))
    fit = fit_cox(np.full(60, 0.1), np.ones(60), x, ["a", "b"])
    got = proportional_hazards_test(fit, transform)
    for one in (*got.tests, got.overall):
        assert one.df == 0
        assert np.isnan(one.chisq)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_small_studies_have_a_moderate_statistic_or_none(transform):
    for seed in range(80):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(3, 9))
        stratum = rng.integers(0, n, size=n)
        x = rng.normal(size=(n, 2)) * [1e2, 1e8]
        time, event = rng.integers(1, 4, size=n), rng.random(n) < 0.8
        for strata in (None, stratum):
            got = proportional_hazards_test(
                fit_cox(time, event, x, ["a", "b"], strata=strata), transform
            )
            for one in (*got.tests, got.overall):
                assert np.isnan(one.chisq) if one.df == 0 else 0 <= one.chisq < 100
