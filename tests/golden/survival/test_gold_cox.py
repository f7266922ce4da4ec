"""Cox fits against R's coxph."""

import numpy as np
import pytest

from multicentric.survival.cox import fit_cox

PLAIN = ["cox_plain_efron", "cox_strata_efron", "cox_plain_breslow", "cox_strata_breslow"]
ENTRY = ["cox_entry_strata_efron", "cox_entry_strata_breslow"]
WEIGHT = ["cox_weight_strata_efron", "cox_weight_strata_breslow"]


def fit(case, terms=None, **changes):
    terms = terms or case.terms
    choices = {
        "strata": case.data["center"] if "strata" in case.kind else None,
        "entry": case.data["entry"] if "entry" in case.kind else None,
        "weights": case.data["weight"] if "weight" in case.kind else None,
        "ties": "breslow" if "breslow" in case.kind else "efron",
    }
    return fit_cox(*case.outcome, case.x(terms), terms, **(choices | changes))


@pytest.mark.gold(*PLAIN, *ENTRY, *WEIGHT)
def test_fit_equals_coxph(case, agree):
    want = case.values
    got = fit(case, want["terms"])
    assert got.converged
    assert set(got.status) == {"estimated"}
    agree("coef", got.coef, list(want["coef"].values()), rel=1e-9)
    agree("std_error", got.std_error, list(want["se"].values()), rel=1e-9)
    agree("covariance", got.covariance, want["vcov"], rel=1e-8)
    agree("loglik_null", got.loglik_null, want["loglik_null"], abs=1e-9)
    agree("loglik", got.loglik, want["loglik"], abs=1e-9)
    for test, name in ((got.likelihood_ratio_test, "lr"), (got.score_test, "score")):
        agree(name, test.chisq, want[name]["test"], rel=1e-6)
        agree(f"{name} p", test.p_value, want[name]["pvalue"], rel=1e-6)
        assert test.df == want[name]["df"]
    # R prints the Wald statistic with two decimals, its p-value in full
    agree("wald", got.wald_test.chisq, want["wald"]["test"], abs=0.0051)
    agree("wald p", got.wald_test.p_value, want["wald"]["pvalue"], rel=1e-6)
    assert (got.n, got.n_events) == (want["n"], want["events"])


@pytest.mark.gold("center_blocks_at_zero", "center_blocks_at_beta")
def test_each_center_contributes_its_block(case, agree):
    want = case.values
    blocks = fit(case, strata=case.data["center"]).blocks
    beta = [float(b) for b in want["beta"]]
    terms = [block.block_terms(np.array(beta)) for block in blocks]
    assert [block.label for block in blocks] == want["center"]
    agree("loglik", [t.loglik for t in terms], want["loglik"], abs=1e-9)
    agree("score", [t.score for t in terms], want["score"], abs=1e-8)
    agree("information", [t.information for t in terms], want["information"], abs=1e-7)
    agree("sum", sum(t.loglik for t in terms), want["sum_loglik"], abs=1e-9)
