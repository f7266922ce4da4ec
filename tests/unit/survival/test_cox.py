"""Cox fits that a formula cannot answer, and what they say instead; and a hand-worked one."""

from decimal import Decimal, getcontext

import numpy as np
import pandas as pd
import pytest

from multicentric.survival.block import sum_blocks
from multicentric.survival.cox import fit_blocks, fit_cox


def sample(n=200, seed=1, centers=5):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 2))
    time = np.ceil(rng.exponential(np.exp(-0.5 * x[:, 0])) * 20)
    return time, rng.random(n) < 0.7, x, rng.integers(centers, size=n)


def naive_loglik(time, event, x, beta, ties):
    """The partial likelihood as Therneau & Grambsch write it, one event time after the other."""
    eta = x @ beta
    total = 0.0
    for t in np.unique(time[event]):
        died, risk = event & (time == t), time >= t
        d = died.sum()
        for i, share in enumerate(np.arange(d) / d if ties == "efron" else np.zeros(d)):
            total += eta[died][i]
            total -= np.log(np.exp(eta[risk]).sum() - share * np.exp(eta[died]).sum())
    return total


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_terms_are_derivatives_of_the_partial_likelihood(ties):
    time, event, x, _ = sample(60)
    fit = fit_cox(time, event, x, ["a", "b"], ties=ties)
    beta, h = np.array([0.3, -0.2]), 1e-5
    terms = sum_blocks(fit.blocks, beta)
    assert terms.loglik == pytest.approx(naive_loglik(time, event, x, beta, ties), abs=1e-10)
    for j, step in enumerate(np.eye(2) * h):
        up, down = sum_blocks(fit.blocks, beta + step), sum_blocks(fit.blocks, beta - step)
        assert (up.loglik - down.loglik) / (2 * h) == pytest.approx(terms.score[j], abs=1e-5)
        slope = (up.score - down.score) / (2 * h)
        assert -slope == pytest.approx(terms.information[j], abs=1e-5)


def test_late_entry_equals_risk_sets_written_out():
    time, event, x, _ = sample(80)
    entry = time * np.random.default_rng(3).random(80) * 0.9
    fit = fit_cox(time, event, x, ["a", "b"], entry=entry, ties="breslow")
    beta = np.array([0.4, 0.1])
    eta = x @ beta
    want = sum(
        eta[i] - np.log(np.exp(eta[(time >= time[i]) & (entry < time[i])]).sum())
        for i in np.flatnonzero(event)
    )
    assert sum_blocks(fit.blocks, beta).loglik == pytest.approx(want, abs=1e-10)


def test_therneau_grambsch_test_data_1_breslow():
    # Modeling Survival Data, appendix E.1: six patients, exp(beta) solves a cubic in closed form
    time, event = [1, 1, 6, 6, 8, 9], [1, 0, 1, 1, 0, 1]
    fit = fit_cox(time, event, np.array([[1, 1, 1, 0, 0, 0.0]]).T, ["x"], ties="breslow")
    assert fit.coef[0] == pytest.approx(1.475285, abs=5e-7)
    assert fit.loglik == pytest.approx(-3.824750, abs=5e-7)


def test_therneau_grambsch_test_data_1_efron():
    time, event = [1, 1, 6, 6, 8, 9], [1, 0, 1, 1, 0, 1]
    fit = fit_cox(time, event, np.array([[1, 1, 1, 0, 0, 0.0]]).T, ["x"])
    assert fit.coef[0] == pytest.approx(1.676857, abs=5e-7)


def test_constant_and_collinear_terms_are_named_and_the_rest_estimated():
    time, event, x, _ = sample()
    alone = fit_cox(time, event, x, ["a", "b"])
    wide = np.column_stack([x, np.full(len(x), 7.0), x[:, 0] - 2 * x[:, 1]])
    fit = fit_cox(time, event, wide, ["a", "b", "seven", "sum"])
    assert fit.status == ("estimated", "estimated", "not estimable", "not estimable")
    assert fit.note[2] == "does not vary among patients at risk"
    assert fit.note[3] == "collinear with a, b"
    assert np.isnan(fit.coef[2:]).all()
    assert np.isnan(fit.std_error[2:]).all()
    assert fit.coef[:2] == pytest.approx(alone.coef, rel=1e-9)
    assert fit.std_error[:2] == pytest.approx(alone.std_error, rel=1e-9)
    assert fit.likelihood_ratio_test.df == 2


def test_a_center_characteristic_is_not_estimable_within_centers():
    time, event, x, center = sample()
    wide = np.column_stack([x, center * 1000.0])
    fit = fit_cox(time, event, wide, ["a", "b", "volume"], strata=center)
    assert fit.status[2] == "not estimable"
    assert fit.note[2] == "does not vary among patients at risk within a stratum"


def test_monotone_likelihood_is_said_and_the_rest_estimated():
    time, event, x, _ = sample()
    never = np.zeros(len(x))
    never[:40] = 1
    event = event & (never == 0)  # nobody with the marker has an event
    fit = fit_cox(time, event, np.column_stack([x, never]), ["a", "b", "marker"])
    assert fit.converged
    assert fit.status == ("estimated", "estimated", "not estimable")
    assert fit.note[2] == "monotone likelihood: rises without end towards -infinity"
    assert np.isnan(fit.coef[2])
    # in the limit the marked patients leave every risk set
    rest = fit_cox(time[40:], event[40:], x[40:], ["a", "b"])
    assert fit.coef[:2] == pytest.approx(rest.coef, abs=1e-6)
    assert fit.std_error[:2] == pytest.approx(rest.std_error, rel=1e-5)
    assert fit.loglik == pytest.approx(rest.loglik, abs=1e-6)


def test_a_covariate_that_orders_every_event_is_monotone():
    time = np.arange(1.0, 301.0)
    fit = fit_cox(time, np.ones(300), -time[:, None] / 10, ["clock"])
    assert fit.status == ("not estimable",)
    assert "+infinity" in fit.note[0]
    assert fit.loglik == pytest.approx(0, abs=1e-6)


def test_no_events_no_answer():
    time, _, x, center = sample()
    fit = fit_cox(time, np.zeros(len(time)), x, ["a", "b"], strata=center)
    assert set(fit.status) == {"not estimable"}
    assert set(fit.note) == {"no events"}
    assert np.isnan(fit.likelihood_ratio_test.p_value)


def test_empty_and_one_patient_strata_add_nothing():
    time, event, x, center = sample()
    fit = fit_cox(time, event, x, ["a", "b"], strata=center)
    more = fit_cox(
        np.append(time, [3.0, 5.0]),
        np.append(event, [True, False]),
        np.vstack([x, [[9, 9], [1, 1]]]),
        ["a", "b"],
        strata=np.append(center, [77, 78]),
    )
    assert np.array_equal(fit.coef, more.coef)
    assert np.array_equal(fit.covariance, more.covariance)


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_huge_scales(scale):
    time, event, x, center = sample()
    want = fit_cox(time, event, x, ["a", "b"], strata=center)
    got = fit_cox(time, event, x * [scale, 1] + [1e3 * scale, 0], ["a", "b"], strata=center)
    assert got.coef * [scale, 1] == pytest.approx(want.coef, rel=1e-8)
    assert got.std_error * [scale, 1] == pytest.approx(want.std_error, rel=1e-8)


def test_relative_hazards_beyond_a_double():
    time, event, x, _ = sample(50)
    fit = fit_cox(time, event, x, ["a", "b"])
    beta = np.array([900.0, -700.0])
    got = sum_blocks(fit.blocks, beta)
    eta = x @ beta
    want = 0.0
    for t in np.unique(time[event]):
        died, risk = event & (time == t), time >= t
        d = died.sum()
        for i in range(d):
            weight = np.where(died[risk], 1 - i / d, 1.0)
            top = eta[risk].max()
            want += eta[died][i] - top - np.log((weight * np.exp(eta[risk] - top)).sum())
    assert got.loglik == pytest.approx(want, rel=1e-12)
    assert np.isfinite(got.information).all()


def test_a_left_in_missing_code_is_still_fitted():
    time, event, x, _ = sample()
    x[0, 0] = 999999
    event[0] = False
    time[0] = time.max() + 1
    fit = fit_cox(time, event, x, ["a", "b"])
    assert fit.converged
    assert fit.status[1] == "estimated"


def test_the_sum_of_blocks_is_the_pooled_fit():
    time, event, x, center = sample(400, centers=7)
    fit = fit_cox(time, event, x, ["a", "b"], strata=center)
    parts = [
        block
        for c in range(7)
        for block in fit_cox(
            *(v[center == c] for v in (time, event, x)), ["a", "b"], strata=center[center == c]
        ).blocks
    ]
    again = fit_blocks(parts, ["a", "b"], start=fit.beta)
    assert again.iterations <= 2
    assert again.coef == pytest.approx(fit.coef, rel=1e-12)
    assert again.std_error == pytest.approx(fit.std_error, rel=1e-12)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"time": [1, np.nan, 3]}, "time is missing"),
        ({"event": [0, 1, 2]}, "event must be 0 or 1"),
        ({"X": [[1], [2], [np.nan]]}, "X is missing or not finite in a"),
        ({"strata": ["x", None, "y"]}, "strata is missing in 1 row"),
        ({"strata": pd.array(["x", None, "y"], "string")}, "strata is missing in 1 row"),
        ({"entry": [0, 5, 0]}, "enter at or after the end"),
        ({"weights": [1, 0, 1]}, "weights must be positive"),
        ({"ties": "exact"}, "efron or breslow"),
    ],
)
def test_wrong_input_is_one_sentence(change, words):
    call = {"time": [1, 2, 3], "event": [1, 0, 1], "X": [[1], [2], [3]], "names": ["a"]} | change
    with pytest.raises(ValueError, match=words):
        fit_cox(**call)


@pytest.mark.parametrize("stratified", [False, True])
def test_the_likelihood_of_covariates_far_from_zero_is_exact(stratified):
    # in 50 digits: R's coxph is 1.9e-9 off at these shifts, this 2e-14
    rng = np.random.default_rng(12)
    n = 120
    x = np.column_stack(
        [rng.integers(2, size=n), 1e4 + 1e-3 * rng.normal(size=n), 1e6 + rng.integers(4, size=n)]
    )
    time, event, center = rng.exponential(size=n), rng.random(n) < 0.6, rng.integers(3, size=n)
    strata = center if stratified else np.zeros(n, dtype=int)
    fit = fit_cox(time, event, x, ["a", "b", "c"], strata=strata)
    getcontext().prec = 50
    beta = [Decimal(float(b)) for b in fit.beta]
    eta = [sum(Decimal(float(v)) * b for v, b in zip(row, beta, strict=True)) for row in x]
    exact = Decimal(0)
    for i in np.flatnonzero(event):
        at_risk = np.flatnonzero((time >= time[i]) & (strata == strata[i]))
        exact -= sum((eta[j] - eta[i]).exp() for j in at_risk).ln()
    assert abs(Decimal(float(fit.loglik)) - exact) < Decimal("1e-12")
