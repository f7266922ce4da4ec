"""Two groups of a continuous variable, and Rubin's rules, against R."""

import numpy as np
import pytest

from multicentric.survival.rubin import pool_imputations
from multicentric.survival.two_groups import compare_two_groups


@pytest.mark.gold("age_by_trt")
def test_age_in_two_arms(case, agree):
    want = case.values
    arms = [case.data["age"][case.data["trt"] == arm] for arm in (1, 0)]
    got = compare_two_groups(*arms)
    agree("W", got.rank_sum, want["w"], abs=1e-9)
    agree("W p", got.rank_sum_p_value, want["wilcox_p"], rel=1e-9)
    agree("SMD", got.standardized_difference, want["smd"], rel=1e-9)
    agree("t", got.t, want["t"], rel=1e-9)
    agree("df", got.t_df, want["t_df"], rel=1e-9)
    agree("t p", got.t_p_value, want["t_p"], rel=1e-9)


@pytest.mark.gold("rubin_pool")
def test_rubin(case, agree):
    want = case.values
    q, u = np.array(want["q"])[:, None], np.array(want["u"])[:, None]
    got = pool_imputations(q, u, want["n"] - want["k"])
    for name, column in (
        ("qbar", got.estimate),
        ("ubar", got.within),
        ("b", got.between),
        ("t", got.total),
        ("df", got.df),
        ("riv", got.relative_increase),
        ("fmi", got.fraction_missing),
        ("lower", got.interval()[0]),
        ("upper", got.interval()[1]),
    ):
        agree(name, column[0], want[name], rel=1e-9)
