"""How far the groups overlap in the factors; agreement of the model with R is in tests/golden."""

import numpy as np
import pandas as pd
import pytest

from multicentric.estimates.diagnostics import diagnostics
from multicentric.protocol import Models
from tests.unit.test_estimates import cohort, protocol


def told(patients, times, groups=("a", "b"), adjusted=("arm", "age10", "grade3")):
    part = protocol(groups)
    part.models = Models(adjusted=list(adjusted), univariable=[])
    table = diagnostics(patients, times, part)
    return table[table["kind"].str.startswith("overlap_")]


def of(table, kind, **wanted):
    for name, value in ({"kind": f"overlap_{kind}"} | wanted).items():
        table = table[table[name] == value]
    return table


def reason(table):
    (row,) = table.to_dict("records")
    assert row["kind"] == "overlap_concordance"
    assert pd.isna(row["value"])
    return row["note"]


def older_in_a(n=120):
    """Groups of which one is the older by half a standard deviation."""
    patients, times = cohort(n=n)
    patients["age"] = patients["age"] + np.where(patients["arm"] == "a", 5.0, 0.0)
    return patients, times


def test_scores_of_one_number_are_in_the_order_of_that_number():
    patients, times = older_in_a()
    table = told(patients, times, adjusted=["arm", "age10"])
    older, younger = (patients.loc[patients["arm"] == g, "age"].to_numpy(float) for g in "ab")
    higher = (older[:, None] > younger[None, :]).mean()
    assert of(table, "concordance")["value"].item() == pytest.approx(higher)
    outside = of(table, "outside").set_index("level")["value"]
    assert outside["a"] == ((older > younger.max()) | (older < younger.min())).sum()
    assert outside["b"] == ((younger > older.max()) | (younger < older.min())).sum()
    scores = of(table, "score", level="a").set_index("x")["value"].astype(float)
    assert scores.is_monotonic_increasing
    assert 0 < scores[0.0] < scores[1.0] < 1


def test_the_mean_score_is_the_share_of_the_exposed_group():
    """As of any logistic model with an intercept, here to the width of a bin."""
    patients, times = older_in_a()
    bins = of(told(patients, times), "bin")
    width = np.diff(bins.loc[bins["level"] == "a", "x"].to_numpy(float))
    assert width == pytest.approx(width[0])
    mean = ((bins["x"] + width[0] / 2) * bins["n"]).sum() / bins["n"].sum()
    assert mean == pytest.approx(0.5, abs=width[0] / 2)


def test_the_bins_hold_every_complete_case_of_their_group_once():
    patients, times = cohort(n=90)
    patients.loc[:4, "age"] = pd.NA
    table = told(patients, times)
    complete = patients[patients["age"].notna()]
    for group, members in complete.groupby("arm"):
        bins = of(table, "bin", level=group)
        assert bins["n"].sum() == len(members)
        assert bins["value"].sum() == pytest.approx(1)
        assert of(table, "outside", level=group)["n"].item() == len(members)


def test_patients_of_centers_with_one_group_are_counted():
    patients, times = cohort(n=90)
    alone = patients["center"] == "c1"
    patients.loc[alone, "arm"] = "b"
    counted = of(told(patients, times), "center").set_index("level")["value"]
    assert counted.to_dict() == {"a": 0, "b": alone.sum()}


def test_three_groups_are_each_held_to_the_reference():
    table = told(*cohort(n=90, groups=("a", "b", "c")), groups=("a", "b", "c"))
    assert of(table, "concordance")["compared"].tolist() == ["a", "b"]
    assert of(table, "concordance")["n"].tolist() == [60, 60]
    assert set(of(table, "score", compared="b")["level"]) == {"b", "c"}


def test_a_factor_that_tells_the_groups_apart_leaves_no_score():
    patients, times = cohort(n=90)
    patients["grade"] = pd.array(np.where(patients["arm"] == "a", 3, 1), dtype="Int64")
    assert "monotone likelihood" in reason(told(patients, times))
    # of some patients only
    patients, times = cohort(n=90)
    patients.loc[patients["arm"] == "a", "grade"] = 1
    assert "monotone likelihood" in reason(told(patients, times))


def test_a_factor_said_twice_counts_once():
    patients, times = cohort(n=90)
    part = protocol()
    part.terms = part.terms | {"again": part.terms["age10"]}
    part.models = Models(adjusted=["arm", "age10", "grade3", "again"], univariable=[])
    twice = diagnostics(patients, times, part)
    once = told(patients, times)
    twice = twice[twice["kind"].str.startswith("overlap_")]
    np.testing.assert_allclose(
        twice["value"].to_numpy(float), once["value"].to_numpy(float), rtol=1e-9
    )


@pytest.mark.parametrize(
    ("said", "made", "change"),
    [
        ("one group only", {"groups": ("a",)}, {"groups": ("a",)}),
        ("no factor beside the exposure", {}, {"adjusted": ("arm",)}),
        ("fewer than ten complete cases in a group", {"n": 18}, {}),
        ("fewer than ten complete cases in a group", {"groups": ("a",)}, {}),
    ],
)
def test_where_there_is_no_score_it_says_why(said, made, change):
    assert said in reason(told(*cohort(**made), **change))


def test_factors_that_do_not_vary_tell_nothing():
    patients, times = cohort(n=90)
    patients["grade"] = pd.array([2] * 90, dtype="Int64")
    assert "no factor varies" in reason(told(patients, times, adjusted=("arm", "grade3")))


def test_nobody_has_no_row():
    patients, times = cohort(n=60)
    assert told(patients.head(0), times.head(0)).empty
