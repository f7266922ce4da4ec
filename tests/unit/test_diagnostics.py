"""What the appendix draws of the primary model; agreement with R is in tests/golden."""

import numpy as np
import pandas as pd
import pytest

from multicentric.estimates.curves import curves
from multicentric.estimates.diagnostics import COLUMNS, diagnostics
from multicentric.protocol import Models
from multicentric.survival.cox import fit_cox
from tests.unit.test_estimates import cohort, protocol


def drawn(patients, times, groups=("a", "b"), **models):
    part = protocol(groups)
    part.models = Models(**({"adjusted": ["arm", "age10", "grade3"], "univariable": []} | models))
    return diagnostics(patients, times, part)


def test_every_event_stands_once_for_every_term_that_varies_in_its_center():
    patients, times = cohort(n=90)
    table = drawn(patients, times)
    assert tuple(table.columns) == COLUMNS
    events = int(times["event"].sum())
    points = table[table["kind"] == "schoenfeld"].groupby("term").size()
    assert points.to_dict() == {"arm": events, "age10": events, "grade3": events}
    smooth = table[table["kind"] == "schoenfeld_smooth"]
    assert (smooth["ci_low"] < smooth["value"]).all()
    assert (smooth["value"] < smooth["ci_high"]).all()
    coefficient = table[table["kind"] == "coefficient"].set_index("term")
    assert (coefficient["n_events"] == events).all()


def test_a_center_where_a_term_does_not_vary_says_nothing_of_its_course():
    patients, times = cohort(n=90)
    patients.loc[patients["center"] == "c1", "grade"] = 3
    table = drawn(patients, times)
    elsewhere = int(times.loc[patients["center"] != "c1", "event"].sum())
    assert ((table["kind"] == "schoenfeld") & (table["term"] == "grade3")).sum() == elsewhere


def test_events_seen_and_expected_add_up_over_the_values_of_a_number():
    patients, times = cohort(n=90)
    table = drawn(patients, times)
    groups = table[table["kind"] == "martingale"]
    assert set(groups["term"]) == {"age10", "grade3"}  # arm is no number
    assert groups.loc[groups["term"] == "grade3", "level"].tolist() == ["1", "2", "3"]
    for _, of_term in groups.groupby("term"):
        assert of_term["n"].sum() == 90
        assert of_term["n_events"].sum() == times["event"].sum()
        assert of_term["expected"].sum() == pytest.approx(float(times["event"].sum()))
    assert ((groups["ci_low"] <= groups["value"]) & (groups["value"] <= groups["ci_high"])).all()


def test_influence_is_what_leaving_a_patient_out_changes():
    patients, times = cohort(n=300)
    table = drawn(patients, times, adjusted=["age10"])
    time, event = times["months"].to_numpy(float), times["event"].to_numpy(bool)
    age, center = patients[["age"]].to_numpy(float) / 10, patients["center"].to_numpy(str)
    fit = fit_cox(time, event, age, ["age10"], strata=center)
    moved = []
    for out in range(300):
        rest = np.arange(300) != out
        left = fit_cox(time[rest], event[rest], age[rest], ["age10"], strata=center[rest])
        moved.append((fit.coef[0] - left.coef[0]) / fit.std_error[0])
    told = table[table["kind"] == "dfbeta"]
    exact = np.quantile(moved, told["x"].to_numpy(float))
    # a first-order answer: off by the leverage of the patient
    np.testing.assert_allclose(told["value"].to_numpy(float), exact, rtol=0.15, atol=0.005)


def test_a_term_without_an_estimate_says_why_and_the_others_are_drawn():
    patients, times = cohort(n=90)
    patients["grade"] = pd.array([2] * 90, dtype="Int64")
    table = drawn(patients, times)
    (row,) = table[table["term"] == "grade3"].to_dict("records")
    assert row["kind"] == "schoenfeld_smooth"
    assert row["note"].startswith("not estimable: does not vary")
    assert set(table.loc[table["kind"] == "schoenfeld", "term"]) == {"arm", "age10"}


@pytest.mark.parametrize("n", [0, 1])
def test_nobody_and_one_patient_give_no_number(n):
    patients, times = cohort(n=90)
    table = drawn(patients.head(n), times.head(n))
    assert table["value"].isna().all()


def test_no_event_gives_no_number():
    patients, times = cohort(n=90)
    times["event"] = pd.array(np.zeros(90, dtype=bool), dtype="boolean")
    table = drawn(patients, times)
    of_terms = table[table["term"] != ""]
    assert of_terms["note"].tolist() == ["not estimable: no events"] * 3
    of_groups = table[table["kind"] == "log_log"]
    assert of_groups["note"].tolist() == ["no events in this group"] * 2


def test_one_event_has_residuals_and_no_smooth():
    patients, times = cohort(n=90)
    times["event"] = pd.array(np.arange(90) == int(times["months"].argmin()), dtype="boolean")
    table = drawn(patients, times, adjusted=["age10"])
    shown = table[table["kind"] == "schoenfeld_smooth"]
    assert shown["note"].str.startswith(("no smooth", "not estimable")).all()


def test_the_log_log_curve_of_a_group_is_that_of_its_kaplan_meier_curve():
    patients, times = cohort(n=90)
    table = drawn(patients, times)
    steps = curves(patients, times, protocol())
    for group in ("a", "b"):
        own = table[(table["kind"] == "log_log") & (table["level"] == group)]
        curve = steps[steps["level"] == group]
        falls = curve[(curve["n_event"] > 0) & (curve["survival"] > 0)]
        last = curve["time"].max()
        ends = [] if falls["time"].max() == last else [last]
        assert own["at"].tolist() == [*falls["time"], *ends]
        value = np.log(-np.log(falls["survival"].to_numpy(float)))
        np.testing.assert_allclose(own["value"].to_numpy(float)[: len(falls)], value, rtol=1e-12)
        assert own["n"].dropna().tolist() == falls["n_risk"].tolist()
        assert own["n_events"].dropna().tolist() == falls["n_event"].tolist()


def test_a_curve_that_falls_to_nothing_ends_where_it_does():
    patients, times = cohort(n=60)
    times["event"] = True
    own = drawn(patients, times)
    own = own[(own["kind"] == "log_log") & (own["level"] == "a")]
    assert np.isfinite(own["value"].to_numpy(float)).all()
    members = times.loc[(patients["arm"] == "a").to_numpy(), "months"]
    assert own["at"].iloc[-1] == members.max()
    assert own["value"].iloc[-1] == own["value"].iloc[-2]


def test_a_group_whose_curve_says_nothing_has_one_row_that_says_why():
    patients, times = cohort(n=90)
    table = drawn(patients, times, groups=("a", "b", "nobody"))
    (row,) = table[(table["kind"] == "log_log") & (table["level"] == "nobody")].to_dict("records")
    assert row["note"] == "nobody in this group"
    times.loc[(patients["arm"] == "a").to_numpy(), ["months", "event"]] = [5.0, True]
    table = drawn(patients, times)
    (row,) = table[(table["kind"] == "log_log") & (table["level"] == "a")].to_dict("records")
    assert row["note"] == "all had the event at once"
