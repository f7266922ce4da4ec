"""Published and hand-worked intervals of rates."""

import math

import pytest

from multicentric.survival.response import (
    chi_square,
    exact_rate,
    fisher_exact,
    mantel_haenszel,
    risk_difference,
    wilson_rate,
)


def test_intervals_of_newcombe_1998_table_1():
    # Statistics in Medicine 17:857, methods 3 (score) and 5 (exact): 81/263, 15/148, 0/20, 1/29
    exact = exact_rate(81, 263)
    assert (exact.ci_low, exact.ci_high) == pytest.approx((0.2527, 0.3676), abs=5e-5)
    score = wilson_rate(15, 148)
    assert (score.ci_low, score.ci_high) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    none = exact_rate(0, 20)
    assert (none.ci_low, none.ci_high) == pytest.approx((0, 0.1684), abs=5e-5)
    one = wilson_rate(1, 29)
    assert (one.ci_low, one.ci_high) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_difference_of_newcombe_1998_table_2():
    # Statistics in Medicine 17:873, method 10: 56/70 - 48/80 and 10/10 - 0/10
    got = risk_difference(56, 70, 48, 80)
    assert got.difference == pytest.approx(0.2)
    assert (got.ci_low, got.ci_high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    got = risk_difference(10, 10, 0, 10)
    assert (got.ci_low, got.ci_high) == pytest.approx((0.6075, 1.0), abs=5e-5)


def test_tea_tasting():
    got = fisher_exact([[3, 1], [1, 3]])
    assert got.p_value == pytest.approx(34 / 70)
    assert got.odds_ratio == pytest.approx(6.408309, abs=5e-5)

    # the limits solve P(X >= 3) = 0.025 and P(X <= 3) = 0.025 over the weights 1, 16, 36, 16, 1
    def tail(odds, successes):
        weights = [w * odds**k for k, w in enumerate((1, 16, 36, 16, 1))]
        return sum(weights[k] for k in successes) / sum(weights)

    assert tail(got.ci_low, (3, 4)) == pytest.approx(0.025)
    assert tail(got.ci_high, (0, 1, 2, 3)) == pytest.approx(0.025)


def test_borders():
    assert exact_rate(5, 5).ci_high == 1
    assert wilson_rate(0, 9).ci_low == 0
    assert math.isnan(exact_rate(0, 0).rate)
    assert math.isnan(risk_difference(0, 0, 1, 2).difference)
    assert fisher_exact([[0, 0], [3, 4]]).p_value == 1
    assert fisher_exact([[5, 0], [0, 5]]).odds_ratio == math.inf
    assert math.isnan(chi_square([[3, 0], [4, 0]]).p_value)
    assert mantel_haenszel([[[3, 0], [4, 0]]]).note.startswith("not estimable")
    with pytest.raises(ValueError, match="rate"):
        exact_rate(6, 5)
    with pytest.raises(ValueError, match="whole numbers"):
        chi_square([[1.5, 2], [3, 4]])


def test_chi_square_of_a_larger_table():
    got = chi_square([[10, 20, 30], [20, 20, 20]])
    assert got.df == 2
    assert got.chisq == pytest.approx(16 / 3)
    assert math.isnan(got.chisq_corrected)


def test_no_continuity_correction_for_less_than_half_a_patient():
    # R 4: mantelhaen.test of these tables, with correct=TRUE and FALSE alike
    got = mantel_haenszel([[[3, 2], [2, 3]], [[2, 3], [3, 2]], [[3, 3], [2, 3]]])
    assert got.chisq_corrected == pytest.approx(0.03487621098, rel=1e-9)
    assert got.chisq == got.chisq_corrected
