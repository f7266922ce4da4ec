"""Center effects: what they say of centers without information, and how they fit together."""

import math

import numpy as np
import pytest

from multicentric.survival.center_effects import (
    center_estimates,
    fixed_center_fit,
    heterogeneity_score_test,
    interaction,
    leave_one_center_out,
)
from multicentric.survival.cox import fit_cox
from multicentric.survival.frailty import fit_frailty, median_hazard_ratio
from multicentric.survival.meta_analysis import meta_analysis
from multicentric.survival.random_slope import fit_random_slope
from multicentric.survival.robust import center_jackknife, cluster_sandwich
from multicentric.survival.variance import most_likely_variance, variance_interval


def study(n=600, centers=12, spread=0.6, slope=0.0, seed=4):
    rng = np.random.default_rng(seed)
    center = rng.integers(centers, size=n)
    arm = rng.integers(2, size=n).astype(float)
    age = rng.normal(size=n)
    effect = -0.5 + slope * rng.normal(size=centers)
    log_hazard = spread * rng.normal(size=centers)[center] + effect[center] * arm + 0.3 * age
    time = np.ceil(rng.exponential(np.exp(-log_hazard)) * 300)
    event = time < 600
    return np.minimum(time, 600), event, np.column_stack([arm, age]), center


NAMES = ["arm", "age"]


def test_jackknife_is_close_to_refits_without_each_center():
    time, event, x, center = study()
    fit = fit_cox(time, event, x, NAMES, strata=center)
    got = center_jackknife(fit)
    moved = np.array([one.coef for one in leave_one_center_out(fit, "arm")]) - fit.coef[0]
    exact = math.sqrt((len(moved) - 1) / len(moved) * (moved**2).sum())
    assert got.std_error[0] == pytest.approx(exact, rel=0.05)
    assert (got.n_clusters, got.df) == (12, 11)


def test_centers_without_events_count_for_nothing():
    time, event, x, center = study()
    fit = fit_cox(time, event, x, NAMES, strata=center)
    more = fit_cox(
        np.append(time, [5, 9]),
        np.append(event, [False, False]),
        np.vstack([x, [[1, 0], [0, 1]]]),
        NAMES,
        strata=np.append(center, [90, 91]),
    )
    labels = np.append(center, [90, 91])
    assert np.array_equal(center_jackknife(fit).std_error, center_jackknife(more).std_error)
    a, b = cluster_sandwich(fit, center), cluster_sandwich(more, labels)
    assert b.std_error == pytest.approx(a.std_error, rel=1e-12)
    assert (a.df, b.df) == (11, 11)
    slope, slope_more = fit_random_slope(fit, "arm"), fit_random_slope(more, "arm")
    assert slope_more.interval("arm") == pytest.approx(slope.interval("arm"), rel=1e-6)


def test_one_center_has_no_spread():
    time, event, x, _ = study()
    fit = fit_cox(time, event, x, NAMES)
    one = np.zeros(len(time))
    got = cluster_sandwich(fit, one)
    assert np.isnan(got.std_error).all()
    assert got.note.startswith("not estimable")
    assert fit_frailty(fit, one).note == "not estimable: 1 center(s)"
    assert fit_random_slope(fit, "arm").note.startswith("not estimable")


def test_fixed_effects_name_a_center_without_events():
    time, event, x, center = study()
    event = event & (center != 3)
    got = fixed_center_fit(time, event, x, NAMES, center)
    where = got.fit.names.index("center 3")
    assert got.fit.status[where] == "not estimable"
    assert "monotone" in got.fit.note[where]
    assert got.fit.status[:2] == ("estimated", "estimated")
    assert got.center_test.df == 11


def test_interaction_with_a_binary_subgroup_equals_a_product_term():
    time, event, x, center = study()
    old = (x[:, 1] > 0).astype(float)
    wide = np.column_stack([x, old])
    got = interaction(time, event, wide, [*NAMES, "old"], "arm", old, strata=center)
    product = fit_cox(
        time,
        event,
        np.column_stack([wide, x[:, 0] * old]),
        [*NAMES, "old", "arm x old"],
        strata=center,
    )
    assert got.test.df == 1
    assert got.coef[0] == pytest.approx(product.coef[0], rel=1e-7)
    assert got.coef[1] - got.coef[0] == pytest.approx(product.coef[3], rel=1e-7)


def test_interaction_level_without_both_arms_says_so():
    time, event, x, center = study()
    x[center == 2, 0] = 1
    got = interaction(time, event, x, NAMES, "arm", center, strata=center)
    assert np.isnan(got.coef[2])
    assert got.note[2] == "does not vary among patients at risk within a stratum"
    assert got.test.df == 10


def test_heterogeneity_score_test_is_near_the_likelihood_ratio():
    time, event, x, center = study(n=3000, slope=0.5)
    fit = fit_cox(time, event, x, NAMES, strata=center)
    score = heterogeneity_score_test(fit, "arm")
    ratio = interaction(time, event, x, NAMES, "arm", center, strata=center).test
    assert score.df == ratio.df == 11
    assert score.chisq == pytest.approx(ratio.chisq, rel=0.1)


def test_frailty_finds_the_spread_it_was_made_with():
    time, event, x, center = study(n=6000, centers=60)
    plain = fit_cox(time, event, x, NAMES)
    gaussian = fit_frailty(plain, center, "gaussian", level=0.999)
    assert gaussian.theta_low < 0.36 < gaussian.theta_high
    assert gaussian.p_value < 1e-10
    low, high = gaussian.effect_intervals()
    assert ((low < gaussian.effects) & (gaussian.effects < high)).all()


def test_frailty_without_spread_is_exactly_the_plain_fit():
    # every center has the same patients
    time, event, x, center = (np.concatenate([v] * 4) for v in study(n=80, centers=1))
    center = np.repeat(np.arange(4), 80)
    plain = fit_cox(time, event, x, NAMES)
    got = fit_frailty(plain, center)
    assert got.theta == 0
    assert got.p_value == 1
    assert got.theta_low == 0
    assert got.theta_high > 0
    assert np.array_equal(got.coef, plain.coef)
    assert got.median_hazard_ratio == 1


def test_median_hazard_ratio():
    # Larsen & Merlo: exp(0.954 sqrt(theta))
    assert median_hazard_ratio(0.25, "gaussian") == pytest.approx(math.exp(0.9539 * 0.5), rel=1e-4)
    # theta = 1: the ratio of two exponentials, whose upper quartile is 3
    assert median_hazard_ratio(1.0, "gamma") == pytest.approx(3)


def test_random_slope_finds_the_spread_it_was_made_with():
    time, event, x, center = study(n=8000, centers=50, slope=0.4)
    fit = fit_cox(time, event, x, NAMES, strata=center)
    got = fit_random_slope(fit, "arm", level=0.999)
    assert got.tau2_low < 0.16 < got.tau2_high
    assert got.p_value < 0.01
    low, high = got.interval("arm")
    assert low < -0.5 < high
    wide = got.prediction_interval()
    assert wide[0] < low
    assert wide[1] > high


def test_two_stage_of_center_estimates():
    time, event, x, center = study(n=4000)
    fit = fit_cox(time, event, x[:, :1], ["arm"], strata=center)
    ones = center_estimates(fit, "arm")
    got = meta_analysis([one.coef for one in ones], [one.std_error for one in ones])
    assert got.k == 12
    assert got.wald.estimate == pytest.approx(fit.coef[0], abs=0.02)
    assert got.hartung_knapp_floor.std_error >= 1 / math.sqrt(
        sum(one.std_error**-2 for one in ones)
    ) * (1 - 1e-12)


@pytest.mark.parametrize(
    ("logs", "errors", "expected"),
    [
        # R 4.2.2: metafor 3.8-1, confint(rma(logs, sei = errors, method = "REML"))
        ([-2, 1, 0.5, 3], [0.3, 0.2, 0.4, 0.5], (97.50852968716, 92.06787211157, 99.82405666348)),
        (
            [-0.608105343798918, 0.502025191801883, 0.206650971473413, 0.42893665554922],
            [0.395352491849652, 0.331336820168431, 0.432229413608263, 0.406910331651398],
            (43.61933052446, 0.0, 95.81665974917),
        ),
    ],
)
def test_the_share_between_centers_has_an_interval(logs, errors, expected):
    got = meta_analysis(logs, errors)
    # metafor's search for tau2 and its limits stops at about 1e-5
    assert (got.i2, got.i2_low, got.i2_high) == pytest.approx(expected, rel=1e-5, abs=1e-9)


@pytest.mark.parametrize(("k", "words"), [(0, "no center"), (1, "one center")])
def test_meta_analysis_of_nothing_and_of_one(k, words):
    got = meta_analysis([0.3] * k + [np.nan], [0.1] * k + [np.nan])
    assert got.k == k
    assert words in got.note
    assert math.isnan(got.tau2)


def test_identical_centers_do_not_vary():
    got = meta_analysis([0.2, 0.2, 0.2], [0.1, 0.2, 0.3])
    assert got.tau2 == 0
    assert got.q == pytest.approx(0, abs=1e-12)
    assert got.wald.estimate == pytest.approx(0.2)


def test_a_variance_is_looked_for_as_far_as_centers_can_differ():
    def peaked(variance, top=8.0):
        return -((np.log(max(variance, 1e-9)) - np.log(top)) ** 2)

    assert most_likely_variance(peaked) == pytest.approx(8.0, rel=1e-4)
    assert most_likely_variance(lambda variance: -variance) == 0
    assert most_likely_variance(lambda variance: variance) == np.inf
    assert most_likely_variance(lambda variance: peaked(variance, 30.0)) == np.inf
    low, high = variance_interval(peaked, 8.0, 0.95)
    # half the chi-square quantile, 1.92, is lost at 1.386 on the log scale
    assert np.log([low, high]) == pytest.approx(np.log(8) + np.array([-1.386, 1.386]), abs=1e-3)


@pytest.mark.parametrize("slope", [1.0, 1e3, 1e6, 1e9])
def test_the_interval_of_no_variance_in_large_homogeneous_data(slope):
    def falling(variance):
        return -1e6 - slope * variance

    assert most_likely_variance(falling) == 0
    low, high = variance_interval(falling, 0.0, 0.95)
    assert low == 0
    assert high == pytest.approx(1.920729 / slope, rel=1e-4)


@pytest.mark.parametrize("top", [1e-3, 2e-5, 3e-7])
@pytest.mark.parametrize("unit", [1.0, 40.0])
def test_a_small_variance_is_found(top, unit):
    # a rise of 0.026 as 60 centers of 3,000 patients had it, and steep beyond
    def hill(variance):
        return -3e5 + 0.026 * (2 * variance / (top * unit) - (variance / (top * unit)) ** 2)

    assert most_likely_variance(hill, unit) == pytest.approx(top * unit, rel=1e-3)
    low, high = variance_interval(hill, top * unit, 0.95, unit)
    assert low == 0
    assert high == pytest.approx(top * unit * (1 + np.sqrt(1.920729 / 0.026)), rel=1e-4)


def test_large_centers_without_a_difference_have_an_interval():
    rng = np.random.default_rng(0)
    center = np.repeat(np.arange(30), 1000)
    time = np.ceil(rng.exponential(20, size=center.size))
    arm = rng.integers(2, size=center.size).astype(float)
    event = time < 40
    plain = fit_cox(np.minimum(time, 40), event, arm[:, None], ["arm"])
    for distribution in ("gamma", "gaussian"):
        got = fit_frailty(plain, center, distribution)
        assert 0 <= got.theta_low <= got.theta < got.theta_high < 1e-3
    stratified = fit_cox(np.minimum(time, 40), event, arm[:, None], ["arm"], strata=center)
    got = fit_random_slope(stratified, "arm")
    assert 0 <= got.tau2_low <= got.tau2 < got.tau2_high < 0.01


@pytest.mark.parametrize("distribution", ["gamma", "gaussian"])
def test_no_variance_leaves_no_interval_of_a_center(distribution):
    time, event, x, _ = (np.concatenate([v] * 4) for v in study(n=80, centers=1))
    got = fit_frailty(fit_cox(time, event, x, NAMES), np.repeat(np.arange(4), 80), distribution)
    assert got.theta == 0
    assert got.note == ""
    assert got.effects_note == "no variance between centers"
    assert not got.effects.any()
    assert np.isnan(got.effects_std_error).all()
    assert np.isnan(got.effect_intervals()).all()


@pytest.mark.parametrize("distribution", ["gamma", "gaussian"])
def test_centers_that_are_worlds_apart_are_no_random_sample(distribution):
    # in every center all have the event before anyone in the next has
    center = np.repeat(np.arange(5), 20)
    arm = np.tile([0.0, 1.0], 50)
    time = 100.0 * center + np.random.default_rng(0).permutation(100) % 97 + 1
    plain = fit_cox(time, np.ones(100), arm[:, None], ["arm"])
    got = fit_frailty(plain, center, distribution)
    assert got.note == "not estimable: the variance between centers rises without end"
    assert np.isnan(got.coef).all()


def test_small_studies_have_a_sane_frailty_or_a_note():
    for seed in range(80):
        rng = np.random.default_rng(seed)
        n = int(rng.choice([3, 5, 8, 15]))
        time, event = np.ceil(3 * rng.exponential(size=n)), rng.random(n) < 0.8
        arm, center = rng.integers(2, size=n).astype(float), rng.integers(0, max(n // 2, 2), n)
        entry = time * rng.uniform(-0.3, 0.9, n) if seed % 3 == 0 else None
        plain = fit_cox(time, event, arm[:, None], ["arm"], entry=entry)
        for distribution, method in (("gamma", "ml"), ("gaussian", "ml"), ("gaussian", "reml")):
            got = fit_frailty(plain, center, distribution, method=method)
            assert bool(got.note) == np.isnan(got.theta)
            assert got.note or got.theta <= 10.1
            if np.isfinite(got.coef[0]):
                assert got.std_error[0] < 5 * plain.std_error[0]
