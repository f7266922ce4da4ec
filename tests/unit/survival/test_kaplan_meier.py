"""Curves small enough to work out by hand."""

import math

import numpy as np
import pytest

from multicentric.survival.kaplan_meier import kaplan_meier, reverse_kaplan_meier


def test_by_hand():
    km = kaplan_meier([1, 2, 2, 3, 4], [1, 1, 0, 0, 1])
    assert km.n_risk.tolist() == [5, 4, 2, 1]
    assert km.survival == pytest.approx([0.8, 0.6, 0.6, 0])
    # Greenwood at 2: 0.6^2 (1/(5*4) + 1/(4*3))
    assert km.std_error[1] == pytest.approx(0.6 * math.sqrt(1 / 20 + 1 / 12))
    assert math.isnan(km.std_error[3])
    assert km.median().value == 4


def test_median_is_the_middle_of_a_flat_part():
    assert kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1]).median().value == 2.5
    # flat to the end of follow-up: the middle between reaching 0.5 and the last time
    assert kaplan_meier([1, 2, 5, 9], [1, 1, 0, 0]).median().value == 5.5


def test_not_reached_is_nan():
    km = kaplan_meier([1, 2, 3], [1, 0, 0])
    assert math.isnan(km.median().value)
    assert math.isnan(km.median().ci_high)


def test_table_under_the_curve_adds_up():
    km = kaplan_meier([1, 2, 2, 3, 4, 6], [1, 1, 0, 0, 1, 0])
    table = km.at_risk([0, 2, 2.5, 4, 9])
    assert table["n_risk"].tolist() == [6, 5, 3, 2, 0]
    assert (table[["n_risk", "n_censor", "n_event"]].sum(axis=1) == 6).all()


def test_at_before_and_beyond():
    km = kaplan_meier([2, 4], [1, 0])
    at = km.at([1, 10])
    assert at["survival"].tolist() == [1.0, 0.5]
    assert at["n_risk"].tolist() == [2, 0]
    assert at[["ci_low", "ci_high"]].iloc[0].tolist() == [1, 1]


def test_reverse_curve_exchanges_the_roles():
    time, event = [1, 2, 3, 4, 5], [1, 0, 1, 0, 0]
    reverse = reverse_kaplan_meier(time, event)
    assert reverse.survival == pytest.approx(kaplan_meier(time, [0, 1, 0, 1, 1]).survival)


def test_late_entry_leaves_the_risk_set():
    km = kaplan_meier([3, 4, 5], [1, 1, 1], entry=[0, 3, 0])
    assert km.n_risk.tolist() == [2, 2, 1]  # entering at 3 is not at risk at 3
    assert km.at_risk([2, 3, 4])["n_risk"].tolist() == [2, 2, 2]


def test_nobody():
    km = kaplan_meier([], [])
    assert km.n == 0
    assert math.isnan(km.median().value)
    assert km.at([1.0])["survival"].tolist() == [1.0]


def test_unknown_interval_is_refused():
    with pytest.raises(ValueError, match="conf_type"):
        kaplan_meier([1], [1], conf_type="arcsin")


def test_weights_are_numbers_of_patients():
    time, event = np.array([1, 2, 3, 4.0]), np.array([1, 1, 0, 1])
    twice = kaplan_meier(np.repeat(time, 2), np.repeat(event, 2))
    weighted = kaplan_meier(time, event, weights=np.full(4, 2.0))
    assert weighted.survival == pytest.approx(twice.survival)
    assert weighted.std_error[:3] == pytest.approx(twice.std_error[:3])


def test_a_curve_ends_at_0_whatever_weights_and_late_entries_add_up_to():
    for seed in range(100):
        rng = np.random.default_rng(seed)
        time = rng.integers(5, 30, size=30).astype(float)
        entry, weights = time - rng.integers(1, 5, size=30), rng.uniform(0.1, 3, size=30)
        got = kaplan_meier(time, np.ones(30), entry=entry, weights=weights)
        # everybody at risk has the event at once at least at the last time
        assert got.survival[-1] == 0
        assert np.all((got.survival == 0) | (got.survival > 1e-10))
        gone = got.survival == 0
        assert np.isnan(got.std_error[gone]).all()
        assert np.isfinite(got.std_error[~gone]).all()


def test_a_survival_of_1_is_certain():
    got = kaplan_meier([1, 2, 3], [0, 1, 0])
    assert (got.survival[0], got.ci_low[0], got.ci_high[0]) == (1, 1, 1)
