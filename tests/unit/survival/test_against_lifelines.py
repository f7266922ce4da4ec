"""An independent library where it is known to be right: curves, log-rank, stratified Cox."""

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, KaplanMeierFitter
from lifelines.datasets import load_lung
from lifelines.statistics import multivariate_logrank_test

from multicentric.survival.cox import fit_cox
from multicentric.survival.kaplan_meier import kaplan_meier
from multicentric.survival.log_rank import log_rank


@pytest.fixture(scope="module")
def lung():
    frame = load_lung()[["time", "status", "age", "ph.ecog", "sex", "inst"]].dropna()
    return frame.astype(float)


def test_curve_and_interval(lung):
    theirs = KaplanMeierFitter().fit(lung["time"], lung["status"])
    ours = kaplan_meier(lung["time"], lung["status"])
    grid = np.arange(0, 1000, 25)
    at = ours.at(grid)
    assert at["survival"].to_numpy() == pytest.approx(
        theirs.survival_function_at_times(grid).to_numpy(), rel=1e-12
    )
    limits = theirs.confidence_interval_.reindex(grid, method="ffill").to_numpy()
    assert at[["ci_low", "ci_high"]].to_numpy() == pytest.approx(limits, rel=1e-9)
    assert ours.median().value == theirs.median_survival_time_


def test_log_rank(lung):
    theirs = multivariate_logrank_test(lung["time"], lung["sex"], lung["status"])
    ours = log_rank(lung["time"], lung["status"], lung["sex"])
    assert ours.chisq == pytest.approx(theirs.test_statistic, rel=1e-10)
    assert ours.p_value == pytest.approx(theirs.p_value, rel=1e-9)


def test_stratified_fit(lung):
    names = ["age", "ph.ecog", "sex"]
    theirs = CoxPHFitter().fit(pd.DataFrame(lung), "time", "status", strata=["inst"])
    ours = fit_cox(lung["time"], lung["status"], lung[names], names, strata=lung["inst"])
    assert ours.coef == pytest.approx(theirs.params_[names].to_numpy(), rel=1e-5)
    assert ours.std_error == pytest.approx(theirs.standard_errors_[names].to_numpy(), rel=1e-5)
