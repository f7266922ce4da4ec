"""The logistic model of a treatment on covariates against R's glm."""

import numpy as np
import pytest

from multicentric.survival.logistic import fit_logistic
from multicentric.survival.two_groups import compare_two_groups


@pytest.mark.gold("logistic")
def test_logistic(case, agree):
    want, treated = case.values, case.data["trt"]
    got = fit_logistic(treated, case.x([name for name in case.terms if name != "trt"]))
    agree("coefficients", [got.intercept, *got.coef], want["coef"], rel=1e-9)
    agree("log-likelihood", got.loglik, want["loglik"], rel=1e-11)
    agree("fitted", got.probability[:25], want["fitted"], rel=1e-9)
    score = got.probability.round(12)
    exposed, others = score[treated == 1], score[treated == 0]
    pairs = exposed.size * others.size
    found = compare_two_groups(exposed, others).rank_sum / pairs
    agree("concordance", found, want["concordance"], rel=1e-12)
    assert np.isfinite(score).all()
