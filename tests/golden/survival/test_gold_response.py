"""Two-by-two tables against R's fisher.test, chisq.test and mantelhaen.test."""

import numpy as np
import pytest

from multicentric.survival.response import chi_square, fisher_exact, mantel_haenszel


def cross_table(trt, event):
    return np.array([[np.sum((trt == i) & (event == j)) for j in (0, 1)] for i in (0, 1)])


@pytest.mark.gold("fisher_chisq")
def test_one_table(case, agree):
    want = case.values
    table = cross_table(case.data["trt"], case.data["event"])
    assert table.tolist() == want["table"]
    fisher, chi2 = fisher_exact(table), chi_square(table)
    agree("fisher p", fisher.p_value, want["fisher_p"], rel=1e-9)
    agree("chisq", chi2.chisq, want["chisq"], rel=1e-10)
    agree("chisq p", chi2.p_value, want["p"], rel=1e-9)
    agree("yates", chi2.chisq_corrected, want["chisq_yates"], rel=1e-10)
    agree("yates p", chi2.p_value_corrected, want["p_yates"], rel=1e-9)
    # R solves for these with a tolerance of 1e-4; ours are solved to the last digits
    agree("odds ratio", fisher.odds_ratio, want["fisher_or"], rel=2e-4)
    agree("limits", [fisher.ci_low, fisher.ci_high], want["fisher_ci"], rel=2e-4)


@pytest.mark.gold("cmh")
def test_table_by_center(case, agree):
    want = case.values
    trt, event, center = (case.data[name] for name in ("trt", "event", "center"))
    tables = [cross_table(trt[center == c], event[center == c]) for c in np.unique(center)]
    got = mantel_haenszel(tables)
    agree("chisq", got.chisq, want["chisq"], rel=1e-9)
    agree("p", got.p_value, want["p"], rel=1e-8)
    agree("chisq corrected", got.chisq_corrected, want["chisq_corrected"], rel=1e-9)
    agree("p corrected", got.p_value_corrected, want["p_corrected"], rel=1e-8)
    agree("odds ratio", got.odds_ratio, want["or"], rel=1e-9)
    agree("limits", [got.ci_low, got.ci_high], want["or_ci"], rel=1e-9)
