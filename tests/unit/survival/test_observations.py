"""What counts as one time, and what is refused, in a sentence."""

import numpy as np
import pandas as pd
import pytest

from multicentric.survival.concordance import concordance
from multicentric.survival.cox import fit_cox
from multicentric.survival.imputation import nelson_aalen
from multicentric.survival.kaplan_meier import kaplan_meier, reverse_kaplan_meier
from multicentric.survival.log_rank import log_rank
from multicentric.survival.observations import codes, observations
from multicentric.survival.proportional_hazards import TRANSFORMS, proportional_hazards_test
from multicentric.survival.restricted_mean import restricted_mean


def dated(scale=1.0, seed=0, n=200):
    """The same follow-up in whole days, and as a difference of two dates in years."""
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 25000, size=n) / 365.25 + 8
    days = rng.integers(30, 300, size=n) // 30 * 30
    time = (start + days / 365.25) - start
    early = rng.integers(0, 30, size=n) // 10 * 10
    entry = (start + early / 365.25) - start
    event, x = rng.integers(2, size=n), rng.normal(size=(n, 2))
    assert len(np.unique(time)) > len(np.unique(days))
    return days, early, time * scale, entry * scale, event, x


@pytest.mark.parametrize("scale", [1.0, 1e-8, 1e8])
def test_dates_that_differ_by_rounding_are_tied(scale):
    days, early, time, entry, event, x = dated(scale)
    unit = 365.25 / scale
    for late in ((None, None), (early, entry)):
        whole = fit_cox(days, event, x, ["a", "b"], entry=late[0])
        got = fit_cox(time, event, x, ["a", "b"], entry=late[1])
        assert got.coef == pytest.approx(whole.coef, rel=1e-12)
        assert got.loglik == pytest.approx(whole.loglik, rel=1e-13)
        for transform in TRANSFORMS:
            a, b = (proportional_hazards_test(fit, transform).overall for fit in (whole, got))
            assert b.chisq == pytest.approx(a.chisq, rel=1e-9)
        a = kaplan_meier(days, event, entry=late[0])
        b = kaplan_meier(time, event, entry=late[1])
        assert np.array_equal(a.n_risk, b.n_risk)
        assert np.array_equal(a.survival, b.survival)
        a, b = (restricted_mean(c, tau).mean for c, tau in ((a, 240), (b, 240 / unit)))
        assert b * unit == pytest.approx(a, rel=1e-12)
    a, b = (log_rank(t, event, x[:, 0] > 0) for t in (days, time))
    assert b.chisq == pytest.approx(a.chisq, rel=1e-12)
    assert np.array_equal(nelson_aalen(days, event), nelson_aalen(time, event))
    a, b = (concordance(t, event, x[:, 0]) for t in (days, time))
    assert a == b


def test_an_entry_is_before_its_end_on_the_same_grid():
    # who enters at 0.3 has not been at risk at an event at 0.3, however either was computed
    time, entry = [0.1 + 0.2, 0.3, 1.0, 2.0], [0.0, 0.0, 0.3, 0.1 + 0.2]
    curve = kaplan_meier(time, [1, 1, 0, 0], entry=entry)
    assert curve.n_risk.tolist() == [2, 2, 1]
    with pytest.raises(ValueError, match=r"1 row\(s\) enter at or after the end"):
        observations([0.1 + 0.2, 1.0], [1, 1], entry=[0.3, 0.1])


def test_what_is_further_apart_than_rounding_stays_apart():
    for time in (np.array([1e-9, 2e-9, 3e-9]), np.array([1.0, 2.0, 3.0]) + 1e12):
        assert np.array_equal(observations(time, [1, 1, 1]).time, time)
    days = np.random.default_rng(0).integers(0, 4000, size=500).astype(float)
    assert np.array_equal(observations(days, np.ones(500)).time, days)
    once = observations(dated()[2], np.ones(200)).time
    assert np.array_equal(observations(once, np.ones(200)).time, once)


N = 6
TIME, EVENT = np.arange(1.0, N + 1), np.array([1, 0] * 3)
X = np.arange(2.0 * N).reshape(N, 2) % 5
LABELS = np.array(["a", "b"] * 3)
REFUSED = {
    "a time before 0": ({"time": TIME - 2}, "time is before the origin, 0, in 1 row"),
    "dates": (
        {"time": pd.to_datetime("2020-01-01") + pd.to_timedelta(TIME, unit="D")},
        "time must be numbers",
    ),
    "durations": ({"time": pd.to_timedelta(TIME, unit="D")}, "time must be numbers"),
    "texts": ({"time": TIME.astype(str)}, "time must be numbers"),
    "texts among numbers": (
        {"time": np.array([*TIME[:-1], "6"], dtype=object)},
        "time must be numbers",
    ),
    "complex numbers": ({"time": TIME + 1j}, "time must be numbers"),
    "a missing nullable time": (
        {"time": pd.array([None, *TIME[1:]], dtype="Float64")},
        r"time is missing or not finite in 1 row",
    ),
    "a missing nullable event": (
        {"event": pd.array([None, *[True] * (N - 1)], dtype="boolean")},
        r"event is missing or not finite in 1 row",
    ),
    "a missing nullable covariate": (
        {"X": pd.DataFrame({"a": pd.array([None, 1, 2, 3, 4, 5], dtype="Int64"), "b": X[:, 0]})},
        "X is missing or not finite in a",
    ),
    "a covariate of texts": ({"X": pd.DataFrame({"a": LABELS, "b": X[:, 0]})}, "X must be numbers"),
    "labels of several kinds": (
        {"strata": np.array([1, "a"] * 3, dtype=object)},
        "strata mixes labels of the kinds int, str",
    ),
    "a missing label": ({"strata": pd.Categorical([None, *LABELS[1:]])}, r"strata is missing in 1"),
    "one name for two terms": ({"names": ["a", "a"]}, "more than one term has the name a"),
    "a missing weight": (
        {"weights": pd.array([None, *TIME[1:]], dtype="Float64")},
        "weights is missing",
    ),
}


@pytest.mark.parametrize("case", list(REFUSED))
def test_what_is_refused_is_told_in_a_sentence(case):
    changed, told = REFUSED[case]
    given = {"time": TIME, "event": EVENT, "X": X, "names": ["a", "b"], "strata": LABELS} | changed
    with pytest.raises(ValueError, match=told):
        fit_cox(**given)


def test_nullable_columns_without_missing_values_are_numbers():
    plain = fit_cox(TIME, EVENT, X, ["a", "b"])
    got = fit_cox(
        pd.Series(TIME, dtype="Float64", index=range(9, 9 + N)),
        pd.array(EVENT == 1, dtype="boolean"),
        pd.DataFrame(X).astype("Int64"),
        ["a", "b"],
    )
    assert np.array_equal(got.coef, plain.coef)
    curves = (reverse_kaplan_meier(TIME, e) for e in (EVENT, pd.array(EVENT == 1, dtype="boolean")))
    first, second = (curve.survival for curve in curves)
    assert np.array_equal(first, second)


def test_levels_come_back_sorted():
    code, levels = codes(LABELS, N, "center")
    assert levels.tolist() == ["a", "b"]
    assert code.tolist() == [0, 1] * 3
