"""What must not matter, does not: order of rows and centers, units, shifts, splits, copies."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multicentric.survival.concordance import concordance
from multicentric.survival.cox import fit_cox
from multicentric.survival.frailty import fit_frailty
from multicentric.survival.kaplan_meier import kaplan_meier
from multicentric.survival.log_rank import log_rank
from multicentric.survival.proportional_hazards import proportional_hazards_test
from multicentric.survival.random_slope import fit_random_slope
from multicentric.survival.residuals import martingale_residuals, score_residuals
from multicentric.survival.robust import center_jackknife, cluster_sandwich

NAMES = ["arm", "age"]
seeds = st.integers(0, 10**6)
checked = settings(max_examples=25, deadline=None, derandomize=True)


def study(seed, n=120, centers=5):
    """A small multicenter study with tied days and uneven centers."""
    rng = np.random.default_rng(seed)
    center = rng.choice(centers, size=n, p=np.arange(1, centers + 1) / sum(range(centers + 1)))
    x = np.column_stack([rng.integers(2, size=n), np.round(rng.normal(60, 10, size=n), 1)])
    hazard = np.exp(0.4 * x[:, 0] + 0.02 * (x[:, 1] - 60) + 0.3 * center)
    time = np.ceil(rng.exponential(10 / hazard) * 3)
    return time, rng.random(n) < 0.75, x, center


def same(a, b, rel=1e-8):
    assert a.status == b.status
    assert b.coef == pytest.approx(a.coef, rel=rel, abs=1e-10, nan_ok=True)
    assert b.std_error == pytest.approx(a.std_error, rel=rel, nan_ok=True)
    assert b.loglik == pytest.approx(a.loglik, rel=1e-10)


@checked
@given(seeds)
def test_order_of_rows(seed):
    time, event, x, center = study(seed)
    order = np.random.default_rng(seed).permutation(len(time))
    a = fit_cox(time, event, x, NAMES, strata=center)
    b = fit_cox(time[order], event[order], x[order], NAMES, strata=center[order])
    same(a, b)
    assert martingale_residuals(b) == pytest.approx(martingale_residuals(a)[order], abs=1e-8)
    robust_a = cluster_sandwich(a, center)
    robust_b = cluster_sandwich(b, center[order])
    assert robust_b.std_error == pytest.approx(robust_a.std_error, rel=1e-7)
    km_a, km_b = kaplan_meier(time, event), kaplan_meier(time[order], event[order])
    assert np.array_equal(km_a.survival, km_b.survival)
    rank_a = log_rank(time, event, x[:, 0], strata=center)
    rank_b = log_rank(time[order], event[order], x[order, 0], strata=center[order])
    assert rank_b.chisq == pytest.approx(rank_a.chisq, rel=1e-10)
    c_a = concordance(time, event, x[:, 1], strata=center)
    c_b = concordance(time[order], event[order], x[order, 1], strata=center[order])
    assert c_b.concordance == pytest.approx(c_a.concordance, rel=1e-12)
    assert c_b.std_error == pytest.approx(c_a.std_error, rel=1e-10)


@checked
@given(seeds)
def test_names_and_order_of_centers(seed):
    time, event, x, center = study(seed)
    renamed = np.array(["e", "a", "d", "b", "c"])[center]
    a = fit_cox(time, event, x, NAMES, strata=center)
    b = fit_cox(time, event, x, NAMES, strata=renamed)
    same(a, b)
    jack_a, jack_b = center_jackknife(a), center_jackknife(b)
    assert jack_b.std_error == pytest.approx(jack_a.std_error, rel=1e-7, nan_ok=True)


@settings(max_examples=5, deadline=None, derandomize=True)
@given(seeds)
def test_random_effects_do_not_see_the_order_of_centers(seed):
    time, event, x, center = study(seed, n=300)
    renamed = np.array(["e", "a", "d", "b", "c"])[center]
    plain = fit_cox(time, event, x, NAMES)
    a, b = fit_frailty(plain, center), fit_frailty(plain, renamed)
    assert b.theta == pytest.approx(a.theta, rel=1e-4)
    assert b.loglik == pytest.approx(a.loglik, abs=1e-8)
    by_center = fit_random_slope(fit_cox(time, event, x, NAMES, strata=center), "arm")
    by_name = fit_random_slope(fit_cox(time, event, x, NAMES, strata=renamed), "arm")
    assert by_name.tau2 == pytest.approx(by_center.tau2, rel=1e-4, abs=1e-9)
    assert by_name.loglik == pytest.approx(by_center.loglik, abs=1e-8)


@checked
@given(seeds, st.sampled_from([1 / 30.4375, 1 / 365.25, 24.0, 1e-6, 1e6]))
def test_unit_of_time(seed, unit):
    time, event, x, center = study(seed)
    a = fit_cox(time, event, x, NAMES, strata=center)
    b = fit_cox(time * unit, event, x, NAMES, strata=center)
    same(a, b)
    assert kaplan_meier(time * unit, event).median().value == pytest.approx(
        kaplan_meier(time, event).median().value * unit, nan_ok=True
    )
    for transform in ("identity", "rank", "km"):
        tests = [proportional_hazards_test(fit, transform).overall.chisq for fit in (a, b)]
        assert tests[1] == pytest.approx(tests[0], rel=1e-6)


@checked
@given(seeds, st.floats(-1e4, 1e4), st.sampled_from([1e-6, 0.01, 7.0, 1e5]))
def test_shift_and_scale_of_a_covariate(seed, shift, scale):
    time, event, x, center = study(seed)
    moved = x.copy()
    moved[:, 1] = (x[:, 1] + shift) * scale
    a = fit_cox(time, event, x, NAMES, strata=center)
    b = fit_cox(time, event, moved, NAMES, strata=center)
    assert b.coef * [1, scale] == pytest.approx(a.coef, rel=1e-6, abs=1e-9)
    assert b.std_error * [1, scale] == pytest.approx(a.std_error, rel=1e-6)
    assert b.loglik == pytest.approx(a.loglik, rel=1e-9)


@checked
@given(seeds)
def test_a_weight_of_two_is_a_second_copy(seed):
    time, event, x, center = study(seed)
    weight = np.random.default_rng(seed).integers(1, 4, size=len(time))
    copies = np.repeat(np.arange(len(time)), weight)
    a = fit_cox(time, event, x, NAMES, strata=center, weights=weight, ties="breslow")
    b = fit_cox(
        time[copies], event[copies], x[copies], NAMES, strata=center[copies], ties="breslow"
    )
    same(a, b)


@checked
@given(seeds, st.floats(0.1, 9))
def test_a_common_weight_scales_the_information_only(seed, weight):
    time, event, x, center = study(seed)
    a = fit_cox(time, event, x, NAMES, strata=center)
    b = fit_cox(time, event, x, NAMES, strata=center, weights=np.full(len(time), weight))
    assert b.coef == pytest.approx(a.coef, rel=1e-7, abs=1e-10)
    assert b.std_error * np.sqrt(weight) == pytest.approx(a.std_error, rel=1e-7)


@checked
@given(seeds)
def test_centers_that_are_not_strata_may_be_split_and_merged(seed):
    time, event, x, center = study(seed)
    plain = fit_cox(time, event, x, NAMES)
    # the score of a cluster is the sum of its parts', however it is cut
    parts = score_residuals(plain)
    whole = [parts[center == c].sum(axis=0) for c in np.unique(center)]
    assert np.sum(whole, axis=0) == pytest.approx(parts.sum(axis=0), abs=1e-8)
    assert parts.sum(axis=0) == pytest.approx(plain.at_beta.score, abs=1e-6)
    single = cluster_sandwich(plain, np.arange(len(time)), correction=False)
    paired = cluster_sandwich(plain, np.arange(len(time)) // 2, correction=False)
    assert single.coef == pytest.approx(paired.coef, rel=1e-12)


@checked
@given(seeds)
def test_entry_at_time_zero_is_no_late_entry(seed):
    time, event, x, center = study(seed)
    a = fit_cox(time, event, x, NAMES, strata=center)
    b = fit_cox(time, event, x, NAMES, strata=center, entry=np.zeros(len(time)))
    same(a, b)


@checked
@given(seeds)
def test_a_split_follow_up_is_the_same_patient(seed):
    time, event, x, center = study(seed)
    rng = np.random.default_rng(seed)
    cut = np.floor(time * rng.random(len(time)))
    split = np.flatnonzero((cut > 0) & (cut < time))
    a = fit_cox(time, event, x, NAMES, strata=center)
    b = fit_cox(
        np.concatenate((cut[split], time)),
        np.concatenate((np.zeros(split.size), event)),
        np.vstack((x[split], x)),
        NAMES,
        strata=np.concatenate((center[split], center)),
        entry=np.concatenate(
            (np.zeros(split.size), np.where(np.isin(np.arange(len(time)), split), cut, 0))
        ),
    )
    assert b.coef == pytest.approx(a.coef, rel=1e-7, abs=1e-10)
    assert b.loglik == pytest.approx(a.loglik, rel=1e-10)


@checked
@given(seeds)
def test_martingale_residuals_sum_to_zero_in_every_stratum(seed):
    time, event, x, center = study(seed)
    residuals = martingale_residuals(fit_cox(time, event, x, NAMES, strata=center))
    for c in np.unique(center):
        assert residuals[center == c].sum() == pytest.approx(0, abs=1e-9)


@checked
@given(seeds)
def test_concordance_counts_every_pair(seed):
    time, event, x, center = study(seed, n=40)
    got = concordance(time, event, x[:, 1], strata=center)
    pairs = {"less": 0.0, "more": 0.0, "even": 0.0}
    for i in np.flatnonzero(event):
        later = (time > time[i]) | ((time == time[i]) & ~event)
        rest = x[later & (center == center[i]), 1]
        pairs["less"] += (rest < x[i, 1]).sum()
        pairs["more"] += (rest > x[i, 1]).sum()
        pairs["even"] += (rest == x[i, 1]).sum()
    assert (got.concordant, got.discordant, got.tied) == tuple(pairs.values())


@checked
@given(seeds)
def test_log_rank_is_the_score_test_without_ties(seed):
    time, event, x, center = study(seed)
    time = time + np.random.default_rng(seed).permutation(len(time)) / 1000
    score = fit_cox(time, event, x[:, :1], ["arm"], strata=center).score_test
    got = log_rank(time, event, x[:, 0], strata=center)
    assert got.chisq == pytest.approx(score.chisq, rel=1e-9)
