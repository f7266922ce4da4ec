"""A likelihood without a maximum: the term that runs away is named, the others are estimated."""

import numpy as np
import pytest

from multicentric.survival.cox import fit_cox


def small_study(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.choice([5, 8, 15, 40]))
    centers, terms = int(rng.choice([1, 2, 4, n])), int(rng.integers(1, 4))
    x = rng.normal(size=(n, terms))
    rare = rng.random(terms) < 0.5
    x[:, rare] = rng.random((n, int(rare.sum()))) < 0.1
    units = 10.0 ** rng.integers(-8, 9, terms) if rng.random() < 0.3 else np.ones(terms)
    time = np.ceil(rng.exponential(size=n) * rng.choice([1, 3, 10]))
    event = rng.random(n) < rng.choice([0.1, 0.5, 1])
    center = rng.integers(0, centers, size=n)
    entry = time * rng.uniform(-0.3, 0.9, n) if rng.random() < 0.2 else None
    ties = str(rng.choice(["efron", "breslow"]))
    return time, event, x * units, center, entry, ties


def test_every_term_is_estimated_or_told_from_the_data():
    for seed in (*range(200), 1055, 1204):
        time, event, x, center, entry, ties = small_study(seed)
        names = [f"x{j}" for j in range(x.shape[1])]
        for strata in (None, center):
            fit = fit_cox(time, event, x, names, strata=strata, entry=entry, ties=ties)
            assert fit.converged, seed
            known = ~np.isnan(fit.coef)
            assert np.array_equal(known, ~np.isnan(fit.std_error)), seed
            assert np.array_equal(known, np.array(fit.note) == ""), seed


def test_rows_that_never_meet_the_event_do_not_hide_it():
    # the two at risk at the one event differ by 0.07, the others by 40 times that
    x = np.array([0.48, 0.01, 2.17, 0.08, 1.18, -0.92])
    time = [1.0, 3.0, 1.0, 2.0, 1.0, 1.0]
    fit = fit_cox(time, [0, 0, 0, 1, 0, 0], x[:, None], ["x"])
    assert fit.note == ("monotone likelihood: rises without end towards +infinity",)


@pytest.mark.parametrize("units", [1.0, 1e8])
def test_the_bounded_term_keeps_its_estimate(units):
    rng = np.random.default_rng(16)
    marker = (np.arange(60) < 12).astype(float)
    age, time = rng.normal(size=60), rng.exponential(size=60)
    event = (rng.random(60) < 0.6) & (marker == 0)
    both = fit_cox(time, event, np.column_stack([marker * units, age]), ["marker", "age"])
    assert both.note[0].startswith("monotone likelihood: rises without end towards -inf")
    # those with the marker are as good as never at risk
    rest = marker == 0
    alone = fit_cox(time[rest], event[rest], age[rest][:, None], ["age"])
    assert both.coef[1] == pytest.approx(alone.coef[0], rel=1e-6)
    assert both.std_error[1] == pytest.approx(alone.std_error[0], rel=1e-6)
