"""Restricted mean survival time against R's survfit."""

import math

import pytest

from multicentric.survival.kaplan_meier import kaplan_meier
from multicentric.survival.restricted_mean import compare_restricted_means, restricted_mean


@pytest.mark.gold("rmst", "rmst_by_center")
def test_restricted_mean(case, agree):
    want = case.values
    time, event = case.outcome
    means = []
    for group in want["group"]:
        rows = case.data[want["group_var"]] == group
        means.append(restricted_mean(kaplan_meier(time[rows], event[rows]), want["tau"]))
    agree("mean", [m.mean for m in means], want["rmst"], rel=1e-10)
    agree("std_error", [m.std_error for m in means], want["se"], rel=1e-9)
    if "diff" in want:
        got = compare_restricted_means(means[1], means[0])
        agree("difference", got.difference, want["diff"], rel=1e-9)
        agree("difference SE", got.difference_std_error, want["diff_se"], rel=1e-9)
        limits = [got.difference_low, got.difference_high]
        agree("limits", limits, [want["diff_lower"], want["diff_upper"]], rel=1e-8)
        agree("p", got.difference_p_value, want["diff_p"], rel=1e-7)
        agree("log ratio", math.log(got.ratio), want["log_ratio"], rel=1e-9)
        agree("log ratio SE", got.log_ratio_std_error, want["log_ratio_se"], rel=1e-9)
