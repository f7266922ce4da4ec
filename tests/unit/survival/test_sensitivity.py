"""E-values, power, verdicts and pooling against published or hand-worked numbers."""

import math

import numpy as np
import pytest

from multicentric.survival.kaplan_meier import kaplan_meier
from multicentric.survival.meta_analysis import meta_analysis
from multicentric.survival.restricted_mean import (
    compare_restricted_means,
    pooled_contrasts,
    restricted_mean,
)
from multicentric.survival.rubin import pool_imputations
from multicentric.survival.sensitivity import e_value, power_at_events, verdict


def test_e_value_of_vanderweele_and_ding():
    # Annals of Internal Medicine 2017: a risk ratio of 3.9 (1.8 to 8.7) has 7.26 and 3.0
    got = e_value(3.9, 1.8, 8.7, common_outcome=False)
    assert got.estimate == pytest.approx(7.26, abs=0.005)
    assert got.limit == pytest.approx(3.0, abs=0.005)


def test_e_value_is_symmetric_and_1_across_no_effect():
    a = e_value(0.5, 0.3, 0.8, common_outcome=True)
    b = e_value(2.0, 1.25, 1 / 0.3, common_outcome=True)
    assert a == pytest.approx(b)
    assert e_value(0.9, 0.7, 1.1, common_outcome=False).limit == 1
    assert math.isnan(e_value(math.nan, math.nan, math.nan, common_outcome=True).limit)


def test_power_by_schoenfeld():
    # 88 events give 90 % power for a hazard ratio of 2 with equal arms (Schoenfeld 1983)
    assert power_at_events(88, 2.0, 0.5).power == pytest.approx(0.90, abs=0.005)
    assert power_at_events(88, 0.5, 0.5).power == power_at_events(88, 2.0, 0.5).power
    got = power_at_events(200, 0.7, 0.4)
    again = power_at_events(200, got.detectable_hazard_ratio, 0.4)
    assert again.power == pytest.approx(got.target, abs=1e-6)
    assert power_at_events(0, 0.7, 0.5).power == pytest.approx(0.05)


@pytest.mark.parametrize(
    ("low", "high", "want"),
    [
        (1.3, 1.9, "relevant difference"),
        (0.5, 0.7, "relevant difference"),
        (0.9, 1.2, "no relevant difference"),
        (0.9, 1.4, "inconclusive"),
        (0.6, 0.75, "relevant difference"),
        (0.7, 0.95, "difference"),
        (0.85, 0.95, "difference within the margin"),
        (math.nan, math.nan, "inconclusive"),
    ],
)
def test_verdict(low, high, want):
    assert verdict(low, high, 0.8, 1.25) == want


def test_margins_enclose_one():
    with pytest.raises(ValueError, match="does not enclose 1"):
        verdict(0.9, 1.1, 1.1, 1.3)


def test_restricted_mean_by_hand():
    # S is 1 until 1, 0.75 until 2, 0.5 from there: area to 3 is 1 + 0.75 + 0.5
    curve = kaplan_meier([1, 2, 3, 4], [1, 1, 0, 0])
    got = restricted_mean(curve, 3)
    assert got.mean == pytest.approx(2.25)
    variance = 1.25**2 / (4 * 3) + 0.5**2 / (3 * 2)
    assert got.std_error == pytest.approx(math.sqrt(variance))


def test_restricted_mean_beyond_follow_up_is_not_estimable():
    got = restricted_mean(kaplan_meier([1, 2, 3], [1, 0, 0]), 5)
    assert math.isnan(got.mean)
    assert got.note == "not estimable: follow-up ends at 3, before 5"
    # a curve that has come down to 0 is known to the end
    full = restricted_mean(kaplan_meier([1, 2], [1, 1]), 5)
    assert full.mean == pytest.approx(1.5)
    assert compare_restricted_means(got, full).note == got.note


def test_restricted_mean_difference_pooled_over_centers():
    rng = np.random.default_rng(5)
    n = 2000
    group, center = rng.integers(2, size=n), rng.integers(5, size=n)
    time = rng.exponential(np.where(group == 1, 30, 20) * (1 + center / 5))
    event = rng.random(n) < 0.8
    got = pooled_contrasts(time, event, group, center, 12, first=1, second=0)
    parts = []
    for c in range(5):
        means = [
            restricted_mean(kaplan_meier(time[rows], event[rows]), 12)
            for rows in ((center == c) & (group == g) for g in (1, 0))
        ]
        parts.append(compare_restricted_means(*means))
    # by hand, as a meta-analysis of the centers
    by_hand = meta_analysis(
        [part.difference for part in parts], [part.difference_std_error for part in parts]
    )
    assert got.difference == by_hand
    assert got.difference.k == 5
    by_hand = meta_analysis(
        [math.log(part.ratio) for part in parts], [part.log_ratio_std_error for part in parts]
    )
    assert got.log_ratio.wald == pytest.approx(by_hand.wald)


def test_a_center_too_short_for_the_horizon_is_left_out_of_the_pooled_contrasts():
    rng = np.random.default_rng(6)
    group, center = rng.integers(2, size=300), rng.integers(3, size=300)
    time = np.where(center == 2, 5.0, rng.exponential(20, size=300))
    got = pooled_contrasts(time, time < 40, group, center, 12, first=1, second=0)
    assert (got.difference.k, got.log_ratio.k) == (3 - 1, 3 - 1)
    nobody = pooled_contrasts(time, time < 0, group, center, 500, first=1, second=0)
    assert math.isnan(nobody.difference.wald.estimate)
    assert nobody.difference.note


def test_pooling_identical_imputations_adds_nothing():
    got = pool_imputations([[1.0], [1.0], [1.0]], [[0.04]] * 3, complete_df=100)
    assert got.std_error[0] == pytest.approx(0.2)
    assert got.df[0] == pytest.approx(101 / 103 * 100)
    with pytest.raises(ValueError, match="at least two"):
        pool_imputations([[1.0]], [[0.04]], complete_df=100)


@pytest.mark.parametrize("common", [False, True])
def test_no_confounder_explains_an_effect_without_end(common):
    for ratio, low, high in ((0.0, 0.0, 0.5), (math.inf, 2.0, math.inf)):
        got = e_value(ratio, low, high, common_outcome=common)
        assert got.estimate == math.inf
        assert 1 < got.limit < math.inf
    assert e_value(2.0, 1.5, math.inf, common_outcome=common).limit < math.inf
    assert math.isnan(e_value(math.nan, 0.0, math.inf, common_outcome=common).estimate)


@pytest.mark.parametrize("value", [0.0, 0.1, -3.7])
def test_identical_estimates_have_no_spread_to_go_by(value):
    got = meta_analysis([value] * 3, [1.0, 1.0, 1.0])
    assert np.isnan(got.hartung_knapp).all()
    assert got.hartung_knapp_note == "not estimable: all centers have the same estimate"
    assert np.isfinite(got.hartung_knapp_floor).all()
    assert got.hartung_knapp_floor.std_error == pytest.approx(math.sqrt(1 / 3))
    assert meta_analysis([0.1, 0.1001, 0.1], [1.0, 1.0, 1.0]).hartung_knapp_note == ""
