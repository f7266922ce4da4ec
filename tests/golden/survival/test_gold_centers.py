"""Center effects against R's coxph, coxme and metafor."""

import numpy as np
import pytest

from multicentric.survival.center_effects import (
    center_estimates,
    fixed_center_fit,
    interaction,
    leave_one_center_out,
)
from multicentric.survival.cox import fit_cox
from multicentric.survival.frailty import fit_frailty
from multicentric.survival.meta_analysis import meta_analysis
from multicentric.survival.random_slope import fit_random_slope

INTERVAL = ("est", "se", "lower", "upper", "p")


def pooled(result):
    return [result.estimate, result.std_error, result.ci_low, result.ci_high, result.p_value]


@pytest.mark.gold("cox_fixed_center")
def test_fixed_center_effects(case, agree):
    want, q = case.values, len(case.terms)
    got = fixed_center_fit(*case.outcome, case.x(), case.terms, case.data["center"])
    agree("coef", got.fit.coef[:q], list(want["coef"].values()), rel=1e-9)
    agree("std_error", got.fit.std_error[:q], list(want["se"].values()), rel=1e-9)
    agree("covariance", got.fit.covariance[:q, :q], want["vcov"], rel=1e-8)
    agree("loglik", got.fit.loglik, want["loglik"], abs=1e-9)
    agree("center test", got.center_test.chisq, want["center_lr"]["chisq"], rel=1e-6)
    assert got.center_test.df == want["center_lr"]["df"]


@pytest.mark.gold("trt_by_center_lr")
def test_treatment_by_center(case, agree):
    want, center = case.values, case.data["center"]
    got = interaction(*case.outcome, case.x(), case.terms, "trt", center, strata=center)
    agree("chisq", got.test.chisq, want["chisq"], rel=1e-6)
    assert got.test.df == want["df"]


@pytest.mark.gold("leave_one_center_out")
def test_leave_one_center_out(case, agree):
    want = case.values
    fit = fit_cox(*case.outcome, case.x(), case.terms, strata=case.data["center"])
    got = leave_one_center_out(fit, "trt")
    assert [one.center for one in got] == want["center"]
    # where the likelihood is monotone R prints a large number and we print none
    finite = np.abs(want["coef"]) < 20
    assert all(("monotone" in one.note) != ok for one, ok in zip(got, finite, strict=True))
    for what, name in (("coef", "coef"), ("se", "std_error")):
        values = np.array([getattr(one, name) for one in got])
        agree(what, values[finite], np.array(want[what])[finite], rel=1e-9)


@pytest.mark.gold("frailty_gamma_theta0.3", "frailty_gaussian_theta0.3")
def test_frailty_of_a_given_variance(case, agree):
    want = case.values
    plain = fit_cox(*case.outcome, case.x(), case.terms)
    got = fit_frailty(plain, case.data["center"], case.kind.split("_")[1], theta=0.3)
    agree("coef", got.coef, list(want["coef"].values()), rel=1e-8)
    agree("std_error", got.std_error, list(want["se"].values()), rel=1e-8)
    agree("effects", got.effects, want["log_frailty"], abs=1e-9)
    if got.distribution == "gamma":
        agree("marginal", got.loglik, want["marginal_loglik"], abs=1e-7)
        agree("partial", got.partial_loglik, want["fitted_loglik"], abs=1e-7)
    else:
        agree("integrated", got.loglik, want["integrated_loglik"], abs=1e-7)
        agree("penalized", got.penalized_loglik, want["penalized_loglik"], abs=1e-7)


@pytest.mark.gold("frailty_gamma_ml", "frailty_gaussian_laplace", "frailty_gaussian_reml")
def test_frailty_at_its_maximum(case, agree):
    want = case.values
    plain = fit_cox(*case.outcome, case.x(), case.terms)
    _, distribution, method = case.kind.split("_")
    method = "reml" if method == "reml" else "ml"
    got = fit_frailty(plain, case.data["center"], distribution, method=method)
    if want.get("boundary", want["theta"] < 1e-6):
        assert got.theta == 0
    else:
        tolerance = 1e-4 if distribution == "gamma" else 1e-3
        agree("theta", got.theta, want["theta"], rel=tolerance)
    agree("coef", got.coef, list(want["coef"].values()), rel=5e-5)
    agree("std_error", got.std_error, list(want["se"].values()), rel=1e-5)
    agree("effects", got.effects, want["log_frailty"], abs=2e-5)
    if method == "ml":
        marginal = want.get("marginal_loglik", want.get("integrated_loglik"))
        # R was searched down to a variance of 1e-6, not to 0
        agree("loglik", got.loglik, marginal, abs=1e-4 if got.theta == 0 else 1e-6)
        assert got.loglik >= marginal - 1e-9
    if distribution == "gamma":
        rise = 2 * (got.loglik - got.loglik_none)
        agree("lr", rise, max(want["lr_variance"], 0), abs=1e-6)


@pytest.mark.gold("frailty_gamma_r_default")
def test_never_below_the_answer_of_an_early_stop(case, agree):
    plain = fit_cox(*case.outcome, case.x(), case.terms)
    got = fit_frailty(plain, case.data["center"], "gamma")
    assert got.loglik >= case.values["marginal_loglik"] - 1e-9


@pytest.mark.gold("random_slope_theta0.1", "random_slope_laplace")
def test_random_treatment_effect(case, agree):
    want = case.values
    fit = fit_cox(*case.outcome, case.x(), case.terms, strata=case.data["center"])
    given = 0.1 if case.kind.endswith("0.1") else None
    got = fit_random_slope(fit, "trt", tau2=given)
    assert got.converged
    exact = given is not None
    agree("coef", got.coef, list(want["coef"].values()), rel=1e-8 if exact else 2e-5)
    agree("std_error", got.std_error, list(want["se"].values()), rel=1e-8 if exact else 1e-5)
    agree("effects", got.effects, want["log_frailty"], abs=1e-9 if exact else 1e-5)
    if exact:
        agree("integrated", got.loglik, want["integrated_loglik"], abs=1e-6)
        agree("penalized", got.penalized_loglik, want["penalized_loglik"], abs=1e-6)
    else:
        assert want["boundary"]
        assert got.tau2 == 0
        # R was searched down to a variance of 1e-6, not to 0
        agree("integrated", got.loglik, want["integrated_loglik"], abs=2e-5)
        assert got.loglik >= want["integrated_loglik"]


@pytest.mark.gold("meta_EE", "meta_DL", "meta_PM", "meta_REML", "meta_ML")
def test_two_stage(case, agree):
    want = case.values
    alone = fit_cox(*case.outcome, case.x(["trt"]), ["trt"], strata=case.data["center"])
    usable = [one for one in center_estimates(alone, "trt") if one.note == "" and one.n_events >= 2]
    assert [one.center for one in usable] == want["center"]
    assert [one.n for one in usable] == want["n"]
    assert [one.n_events for one in usable] == want["events"]
    agree("yi", [one.coef for one in usable], want["yi"], rel=1e-9)
    agree("sei", [one.std_error for one in usable], want["sei"], rel=1e-9)

    method = case.kind.removeprefix("meta_")
    got = meta_analysis(want["yi"], want["sei"], "fixed" if method == "EE" else method)
    agree("Q", got.q, want["Q"], rel=1e-9)
    agree("Q p", got.q_p_value, want["Q_p"], rel=1e-8)
    assert got.q_df == want["Q_df"]
    if method == "PM":
        # metafor stops Paule and Mandel's iteration when Q is within 1e-3 of its degrees of
        # freedom; ours is the root itself, so the comparison is at metafor's own answer
        w = 1 / (np.array(want["sei"]) ** 2 + got.tau2)
        y = np.array(want["yi"])
        q = w @ (y - w @ y / w.sum()) ** 2
        assert got.tau2 == 0 or q == pytest.approx(got.q_df, rel=1e-12)
        w = 1 / (np.array(want["sei"]) ** 2 + want["tau2"])
        stopped = w @ (y - w @ y / w.sum()) ** 2
        assert want["tau2"] == 0 or abs(stopped - got.q_df) < 1e-3
        return
    agree("wald", pooled(got.wald), [want["z"][name] for name in INTERVAL], rel=1e-8)
    agree("tau2", got.tau2, want["tau2"], abs=1e-8)
    agree("I2", got.i2, want["I2"], abs=1e-7)
    agree("H2", got.h2, want["H2"], abs=1e-8)
    if "knha" in want:
        knha = [want["knha"][name] for name in INTERVAL]
        agree("hartung-knapp", pooled(got.hartung_knapp), knha, rel=1e-8)
    if "tau2_ci_qprofile" in want:
        # metafor searches the limits with a tolerance of 1e-4
        limits = [got.tau2_low, got.tau2_high]
        agree("tau2 interval", limits, want["tau2_ci_qprofile"], abs=1e-4)
    if "pi_hts_k_minus_2" in want:
        wald, knapp = got.wald, got.hartung_knapp
        agree(
            "prediction",
            [wald.prediction_low, wald.prediction_high],
            want["pi_hts_k_minus_2"],
            rel=1e-8,
        )
        agree(
            "prediction with t",
            [knapp.prediction_low, knapp.prediction_high],
            want["pi_knha_k_minus_2"],
            rel=1e-8,
        )
