"""Kaplan-Meier curves and log-rank tests against R's survfit and survdiff."""

import numpy as np
import pytest

from multicentric.survival.kaplan_meier import kaplan_meier, reverse_kaplan_meier
from multicentric.survival.log_rank import log_rank

CURVES = ["km_plain", "km_log", "km_log-log"]
BY_CENTER = [f"{kind}_by_center" for kind in CURVES]
QUARTILES = (0.25, 0.5, 0.75)


@pytest.mark.gold(*CURVES, *BY_CENTER)
def test_curve_equals_survfit(case, agree):
    want = case.values
    conf_type = case.kind.removeprefix("km_").removesuffix("_by_center")
    time, event = case.outcome
    for i, group in enumerate(want["group"]):
        rows = case.data[want["group_var"]] == group
        km = kaplan_meier(time[rows], event[rows], conf_type=conf_type)
        assert (km.n, km.n_events) == (want["n"][i], want["events"][i])
        quantiles = np.array([km.quantile(q) for q in want["quantile_probs"]])
        agree("quantile", quantiles[:, 0], want["quantile"][i], abs=0)
        agree("quantile low", quantiles[:, 1], want["quantile_lower"][i], abs=0)
        agree("quantile high", quantiles[:, 2], want["quantile_upper"][i], abs=0)
        at = km.at(want["times"])
        key = str(group)
        agree("n_risk", at["n_risk"], want["n_risk"][key], abs=0)
        agree("survival", at["survival"], want["surv"][key], rel=1e-10)
        agree("std_error", at["std_error"], want["std_err"][key], rel=1e-10)
        agree("ci_low", at["ci_low"], want["lower"][key], rel=1e-9)
        agree("ci_high", at["ci_high"], want["upper"][key], rel=1e-9)


@pytest.mark.gold("reverse_km_followup")
def test_follow_up_equals_survfit_of_censoring(case, agree):
    quantiles = np.array([reverse_kaplan_meier(*case.outcome).quantile(q) for q in QUARTILES])
    agree("quantile", quantiles[:, 0], case.values["quantile"], abs=0)
    agree("low", quantiles[:, 1], case.values["lower"], abs=0)
    agree("high", quantiles[:, 2], case.values["upper"], abs=0)


@pytest.mark.gold("km_entry_log-log", "km_weight")
def test_late_entry_and_weights(case, agree):
    want = case.values
    late = case.kind.startswith("km_entry")
    for i, arm in enumerate((0, 1)):
        rows = case.data["trt"] == arm
        extra = {"entry": case.data["entry"]} if late else {"weights": case.data["weight"]}
        km = kaplan_meier(
            case.data["time"][rows],
            case.data["event"][rows],
            **{name: column[rows] for name, column in extra.items()},
        )
        at = km.at(want["times"])
        agree("survival", at["survival"], want["surv"][i], rel=1e-10)
        agree("median", km.median().value, want["median"][i], abs=0)
        if late:
            agree("ci_low", at["ci_low"], want["lower"][i], rel=1e-9)
            agree("ci_high", at["ci_high"], want["upper"][i], rel=1e-9)
            agree("n_risk", at["n_risk"], want["n_risk"][i], abs=0)


@pytest.mark.gold(
    "logrank_rho0",
    "logrank_strata_rho0",
    "logrank_rho1",
    "logrank_strata_rho1",
    "logrank_rho0_by_center",
    "logrank_rho1_by_center",
)
def test_log_rank_equals_survdiff(case, agree):
    want = case.values
    got = log_rank(
        *case.outcome,
        case.data[want["group_var"]],
        strata=case.data["center"] if "strata" in case.kind else None,
        rho=1.0 if "rho1" in case.kind else 0.0,
    )
    agree("chisq", got.chisq, want["chisq"], rel=1e-9)
    agree("p", got.p_value, want["p"], rel=1e-8)
    agree("observed", got.observed, want["observed"], rel=1e-10)
    agree("expected", got.expected, want["expected"], rel=1e-10)
    agree("variance", got.variance, want["var"], abs=1e-9)
    assert got.df == want["df"]


@pytest.mark.gold("meta_peto")
def test_peto_log_hazard_ratio(case, agree):
    got = log_rank(*case.outcome, case.data["trt"], strata=case.data["center"])
    o_minus_e, v = got.observed[1] - got.expected[1], got.variance[1, 1]
    agree("O - E", o_minus_e, case.values["o_minus_e"], rel=1e-9)
    agree("V", v, case.values["v"], rel=1e-9)
    agree("log HR", o_minus_e / v, case.values["log_hr"], rel=1e-9)
    agree("SE", 1 / np.sqrt(v), case.values["se"], rel=1e-9)
