"""Log-rank tests at their borders."""

import math

import numpy as np
import pytest

from multicentric.survival.log_rank import log_rank


def test_by_hand():
    # times 1 (A), 2 (B), 3 (A), 4 (B censored)
    got = log_rank([1, 2, 3, 4], [1, 1, 1, 0], ["A", "B", "A", "B"])
    assert got.observed.tolist() == [2, 1]
    assert got.expected == pytest.approx([1 / 2 + 1 / 3 + 1 / 2, 1 / 2 + 2 / 3 + 1 / 2])
    variance = 1 / 4 + 2 / 9 + 1 / 4
    assert got.chisq == pytest.approx((2 - 4 / 3) ** 2 / variance)
    assert got.df == 1


def test_one_group_or_no_event_has_no_answer():
    for event, group in (([1, 1, 0], ["A", "A", "A"]), ([0, 0, 0], ["A", "B", "A"])):
        got = log_rank([1, 2, 3], event, group)
        assert got.df == 0
        assert math.isnan(got.p_value)
        assert got.note.startswith("not estimable")


def test_groups_never_together_in_a_stratum_have_no_answer():
    got = log_rank([1, 2, 3, 4], [1] * 4, ["A", "A", "B", "B"], strata=["x", "x", "y", "y"])
    assert got.df == 0
    assert math.isnan(got.p_value)


def test_strata_add_up():
    rng = np.random.default_rng(0)
    time, event = rng.integers(1, 20, 80), rng.integers(0, 2, 80)
    group, strata = rng.integers(0, 3, 80), rng.integers(0, 4, 80)
    whole = log_rank(time, event, group, strata=strata)
    parts = [
        log_rank(time[rows], event[rows], group[rows]) for rows in (strata == s for s in range(4))
    ]
    assert whole.observed == pytest.approx(sum(part.observed for part in parts))
    assert whole.expected == pytest.approx(sum(part.expected for part in parts))
