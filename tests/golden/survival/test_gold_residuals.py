"""Residuals, robust errors, concordance, proportional hazards and prediction against R."""

import numpy as np
import pytest

from multicentric.survival.coefficient_over_time import coefficient_over_time
from multicentric.survival.concordance import concordance, fit_concordance
from multicentric.survival.cox import fit_cox
from multicentric.survival.predict import predict_survival
from multicentric.survival.proportional_hazards import proportional_hazards_test
from multicentric.survival.residuals import (
    deviance_residuals,
    dfbeta,
    martingale_residuals,
    schoenfeld_residuals,
    score_residuals,
)
from multicentric.survival.robust import cluster_sandwich, robust_score_test

FITS = [
    *("cox_plain_efron", "cox_strata_efron", "cox_plain_breslow", "cox_strata_breslow"),
    *("cox_entry_strata_efron", "cox_entry_strata_breslow"),
    *("cox_weight_strata_efron", "cox_weight_strata_breslow"),
]
CLUSTERED = [
    *("cox_cluster", "cox_strata_cluster", "cox_robust"),
    *("cox_weight_strata_cluster_efron", "cox_weight_strata_cluster_breslow"),
]


def choices(case):
    return {
        "strata": case.data["center"] if "strata" in case.kind else None,
        "entry": case.data["entry"] if "entry" in case.kind else None,
        "weights": case.data["weight"] if "weight" in case.kind else None,
    }


def fit(case, **changes):
    ties = "breslow" if "breslow" in case.kind else "efron"
    return fit_cox(
        *case.outcome, case.x(), case.terms, **({"ties": ties} | choices(case) | changes)
    )


@pytest.mark.gold(*FITS)
def test_concordance(case, agree):
    want = case.values["concordance"]
    got = fit_concordance(fit(case))
    agree("C", got.concordance, want["C"], rel=1e-10)
    agree("SE", got.std_error, want["se(C)"], rel=1e-9)
    score = case.x() @ list(case.values["coef"].values())
    direct = concordance(*case.outcome, score, **choices(case))
    agree("C of a score", direct.concordance, want["C"], rel=1e-10)


@pytest.mark.gold(*CLUSTERED)
def test_cluster_errors(case, agree):
    want = case.values
    model = fit(case)
    cluster = np.arange(model.n) if case.kind == "cox_robust" else case.data["center"]
    got = cluster_sandwich(model, cluster, correction=False)
    agree("robust_se", got.std_error, list(want["robust_se"].values()), rel=1e-8)
    agree("robust_vcov", got.covariance, want["robust_vcov"], rel=1e-8)
    if "robust_wald" in want:
        agree("wald", got.wald().chisq, want["robust_wald"], rel=1e-6)
        score = robust_score_test(model, cluster)
        agree("score", score.chisq, want["robust_score"][0], rel=1e-6)


@pytest.mark.gold("residuals_plain_efron")
def test_residuals(case, agree):
    want = case.values
    model = fit(case)
    rows = np.array(want["row"]) - 1
    agree("martingale", martingale_residuals(model)[rows], want["martingale"], rel=1e-9)
    agree("deviance", deviance_residuals(model)[rows], want["deviance"], rel=1e-9)
    q = len(model.names)
    agree("score", score_residuals(model)[rows], np.reshape(want["score"], (-1, q)), rel=1e-8)
    agree("dfbeta", dfbeta(model)[rows], np.reshape(want["dfbeta"], (-1, q)), rel=1e-8)
    squares = (schoenfeld_residuals(model).residuals ** 2).sum(axis=0)
    agree("schoenfeld", squares, np.atleast_1d(want["schoenfeld_ss"]), rel=1e-9)


@pytest.mark.gold("zph_km", "zph_rank", "zph_identity", "zph_log")
def test_proportional_hazards(case, agree):
    want = case.values
    transform = case.kind.removeprefix("zph_")
    for prefix, strata in (("", None), ("strata_", case.data["center"])):
        got = proportional_hazards_test(fit(case, strata=strata), transform)
        tests = [*got.tests, got.overall][: len(want["terms"])]
        agree(f"{prefix}chisq", [t.chisq for t in tests], want[f"{prefix}chisq"], rel=1e-6)
        agree(f"{prefix}p", [t.p_value for t in tests], want[f"{prefix}p"], rel=1e-6)
        if not prefix:
            assert [t.df for t in tests] == want["df"]


@pytest.mark.gold("predict_strata_efron")
def test_prediction_in_each_center(case, agree):
    want = case.values
    model = fit(case)
    profile = [want["profile"][name] for name in model.names]
    for center in want["centers"]:
        curves = predict_survival(model, profile, center["times"])
        (got,) = [curve for curve in curves if curve.label == center["center"]]
        agree("survival", got.survival, center["surv"], rel=1e-9)
        agree("cumulative hazard", got.cumulative_hazard, center["cumhaz"], rel=1e-9)
        agree("std_error", got.std_error, center["se_surv"], rel=1e-9)
        agree("ci_low", got.ci_low, center["lower_log"], rel=1e-9)
        agree("ci_high", got.ci_high, center["upper_log"], rel=1e-9)


@pytest.mark.gold("zph_smooth_km", "zph_smooth_identity")
def test_smooth_of_scaled_schoenfeld_residuals(case, agree):
    want = case.values
    model = fit_cox(*case.outcome, case.x(), case.terms, strata=case.data["center"])
    got = coefficient_over_time(model, case.kind.removeprefix("zph_smooth_"))
    agree("places", got.grid, want["places"], rel=1e-11)
    spread = np.sqrt(np.diag(model.covariance) * model.n_events)
    agree("mean squares", np.nanmean(got.residuals**2, axis=0), want["residuals"], rel=1e-9)
    smooth, half = np.transpose(want["smooth"]), np.transpose(want["half"])
    agree("smooth", got.smooth / spread, smooth / spread, abs=1e-9)
    agree("upper limit", (got.ci_high - got.smooth) / half, np.ones_like(half), rel=1e-9)
    agree("lower limit", (got.smooth - got.ci_low) / half, np.ones_like(half), rel=1e-9)
