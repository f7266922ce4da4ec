"""Edge cases of the table of numbers; agreement with R is in tests/golden."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from multicentric.dictionary import Dictionary, Variable
from multicentric.estimates.baseline import baseline_table
from multicentric.estimates.curves import curves
from multicentric.estimates.endpoints import estimate as estimate_all
from multicentric.estimates.table import COLUMNS
from multicentric.protocol import (
    Exposure,
    Imputation,
    Models,
    Proportion,
    Sensitivity,
    Term,
    TimeToEvent,
)
from multicentric.survival.log_rank import log_rank
from multicentric.survival.response import chi_square, wilson_rate

SURVIVAL = TimeToEvent(
    kind="time_to_event", label="", short="S", definition="", axis_months=24, tick_months=6
)
RESPONSE = Proportion(
    kind="proportion", label="", short="R", definition="", variable="response", success=["yes"]
)
DICTIONARY = Dictionary(
    (
        Variable("arm", "Arm", "code", codes={"a": "A", "b": "B"}),
        Variable("age", "Age", "number", unit="years", decimals=1),
        Variable("grade", "Grade", "integer", minimum=1, maximum=3),
        Variable("bone", "Bone", "flag"),
        Variable("response", "Response", "code", codes={"yes": "Yes", "no": "No"}),
    )
)


def protocol(groups=("a", "b")):
    return SimpleNamespace(
        exposure=Exposure(variable="arm", groups=list(groups), reference=groups[-1], term="arm"),
        times_to_event={"s": SURVIVAL},
        proportions={"r": RESPONSE},
        landmarks=[12.0],
        terms={
            "arm": Term(variable="arm", level="a", reference="b", label="A v B"),
            "age10": Term(variable="age", per=10, label="Age"),
            "grade3": Term(variable="grade", at_least=3, label="Grade 3"),
        },
        models=Models(adjusted=["arm", "age10", "grade3"], univariable=["arm"]),
        derived={},
        subgroups=["bone"],
        sensitivity={},
        baseline=["age", "grade", "bone", "response"],
    )


def cohort(n=60, seed=1, centers=("c1", "c2", "c3"), groups=("a", "b")):
    draw = np.random.default_rng(seed)
    arm = [groups[i % len(groups)] for i in range(n)]
    patients = pd.DataFrame(
        {
            "center": pd.array([centers[i % len(centers)] for i in range(n)], dtype="string"),
            "patient_id": pd.array([f"p{i:03d}" for i in range(n)], dtype="string"),
            "arm": pd.array(arm, dtype="string"),
            "age": pd.array(draw.normal(60, 10, n), dtype="Float64"),
            "grade": pd.array(draw.integers(1, 4, n), dtype="Int64"),
            "bone": pd.array(draw.random(n) < 0.5, dtype="boolean"),
            "response": pd.array(np.where(draw.random(n) < 0.4, "yes", "no"), dtype="string"),
        }
    )
    months = np.ceil(draw.exponential(12, n) * 30) / 30.4375
    times = patients[["center", "patient_id"]].assign(
        endpoint=pd.array(["s"] * n, dtype="string"),
        months=pd.array(months, dtype="Float64"),
        event=pd.array(draw.random(n) < 0.6, dtype="boolean"),
    )
    return patients, times


def estimate(patients, times, part):
    """The table without anybody to take back in."""
    nobody = patients.head(0).assign(reason=pd.Series(dtype="string"))
    return estimate_all(patients, times, nobody, part)


def rows(table, **wanted):
    for name, value in wanted.items():
        table = table[table[name] == value]
    return table


def test_the_columns_are_those_of_the_contract():
    assert list(estimate(*cohort(), protocol()).columns) == list(COLUMNS)


def test_every_absent_number_says_why():
    patients, times = cohort()
    times["event"] = False
    table = estimate(patients, times, protocol())
    silent = table[table["value"].isna() & (table["note"] == "")]
    assert silent.empty, silent[["endpoint", "model", "statistic", "level"]]


def test_without_events_no_hazard_ratio_but_a_reason():
    patients, times = cohort()
    times["event"] = False
    table = rows(estimate(patients, times, protocol()), statistic="hazard_ratio")
    assert table["value"].isna().all()
    assert set(table["note"]) == {"not estimable: no events"}


def test_a_monotone_likelihood_never_prints_a_huge_ratio():
    patients, times = cohort()
    # All events in group a: the hazard ratio runs away.
    times["event"] = (patients["arm"] == "a").to_numpy()
    table = rows(estimate(patients, times, protocol()), term="arm", statistic="hazard_ratio")
    penalized = table["model"].str.endswith("_firth")
    assert table.loc[~penalized, "value"].isna().all()
    assert (table["note"] != "").all()
    assert table.loc[penalized, "value"].between(1, 200).all()


def test_one_center_gives_the_same_with_and_without_strata():
    table = estimate(*cohort(centers=("only",)), protocol())
    plain = rows(table, model="cox_adjusted")["value"].to_numpy(float)
    stratified = rows(table, model="cox_adjusted_stratified")["value"].to_numpy(float)
    np.testing.assert_array_equal(plain, stratified)


def test_a_group_without_patients_says_so():
    table = estimate(*cohort(groups=("a",)), protocol(("a", "b")))
    empty = rows(table, level="b", model="kaplan_meier", statistic="median")
    assert empty["note"].tolist() == ["nobody in this group"]
    difference = rows(table, model="response_difference")
    assert difference["value"].isna().all()
    assert "no patients" in difference["note"].iloc[0]
    assert set(curves(*cohort(groups=("a",)), protocol(("a", "b")))["level"]) == {"a"}


def test_three_groups_are_compared_with_the_reference():
    table = estimate(*cohort(groups=("a", "b", "c")), protocol(("a", "b", "c")))
    assert rows(table, model="response_difference")["level"].tolist() == ["a", "b"]
    assert rows(table, model="log_rank")["p_value"].notna().all()


def test_missing_covariates_leave_complete_cases():
    patients, times = cohort()
    patients.loc[:9, "age"] = pd.NA
    table = estimate(patients, times, protocol())
    assert set(rows(table, model="cox_adjusted")["n"]) == {50}
    assert set(rows(table, model="cox")["n"]) == {60}


def test_the_risk_table_adds_up_to_all_patients_at_every_tick():
    table = rows(estimate(*cohort(), protocol()), model="kaplan_meier", population="primary")
    counted = table[table["statistic"].isin(["at_risk", "censored", "events"])]
    sums = counted.groupby(["level", "at"])["value"].sum().unstack()
    assert (sums.nunique(axis=1) == 1).all()
    assert sums.loc[""].iloc[0] == 60


def test_no_landmark_is_told_beyond_the_follow_up():
    patients, times = cohort()
    times["months"] = times["months"].clip(upper=11)
    times["event"] = [i % 4 == 0 for i in range(len(times))]
    landmarks = rows(estimate(patients, times, protocol()), statistic="survival")
    assert landmarks["value"].isna().all()
    assert set(landmarks["note"]) == {"nobody was followed so long"}


def test_the_order_of_patients_changes_no_number():
    patients, times = cohort()
    forward = estimate(patients, times, protocol())
    backward = estimate(patients[::-1], times[::-1], protocol())
    pd.testing.assert_frame_equal(forward, backward, rtol=1e-10)


def test_baseline_counts_what_is_known_and_what_is_missing():
    patients, _ = cohort()
    patients.loc[:5, ["age", "response"]] = pd.NA
    table = baseline_table(patients, protocol(), DICTIONARY)
    age = rows(table, variable="age", group="all").iloc[0]
    assert (age["n"], age["n_missing"], age["unit"]) == (54, 6, "years")
    assert age["mean"] == pytest.approx(patients["age"].mean())
    yes = rows(table, variable="response", level="yes")
    assert yes["n"].tolist() == [27, 27, 54]
    assert yes["count"].iloc[2] == yes["count"].iloc[0] + yes["count"].iloc[1]
    assert rows(table, variable="bone")["level"].unique().tolist() == ["yes"]


def test_the_standardized_difference_is_the_textbook_one():
    patients, _ = cohort()
    table = baseline_table(patients, protocol(), DICTIONARY)
    a, b = (patients.loc[patients["arm"] == g] for g in "ab")
    by_hand = abs(a["age"].mean() - b["age"].mean()) / math.sqrt(
        (a["age"].var() + b["age"].var()) / 2
    )
    assert rows(table, variable="age", group="all")["smd"].iloc[0] == pytest.approx(by_hand)
    p, q = (float((part["bone"]).mean()) for part in (a, b))
    by_hand = abs(p - q) / math.sqrt((p * (1 - p) + q * (1 - q)) / 2)
    assert rows(table, variable="bone", group="all")["smd"].iloc[0] == pytest.approx(by_hand)


def test_who_is_not_asked_is_not_missing():
    patients, _ = cohort()
    patients["bone"] = patients["bone"].mask(patients["grade"] == 3)
    asked = Dictionary(
        tuple(
            Variable("bone", "Bone", "flag", asked_of={"grade": ["1", "2"]})
            if variable.name == "bone"
            else variable
            for variable in DICTIONARY
        )
    )
    table = rows(baseline_table(patients, protocol(), asked), variable="bone", group="all")
    assert table["n_missing"].tolist() == [0]
    assert table["n"].tolist() == [int((patients["grade"] < 3).sum())]


def test_a_grade_is_told_by_its_levels_and_an_amount_by_its_mean():
    patients, _ = cohort()
    assert set(
        rows(baseline_table(patients, protocol(), DICTIONARY), variable="grade")["kind"]
    ) == {"code"}
    amount = Dictionary(
        tuple(
            Variable("grade", "Calories", "integer", minimum=0, maximum=4000)
            if variable.name == "grade"
            else variable
            for variable in DICTIONARY
        )
    )
    table = rows(baseline_table(patients, protocol(), amount), variable="grade")
    assert set(table["kind"]) == {"number"}


def test_a_landmark_without_events_has_no_interval():
    patients, times = cohort()
    times["event"] = times["event"].to_numpy(bool) & (times["months"].to_numpy(float) > 12)
    landmarks = rows(estimate(patients, times, protocol()), statistic="survival", level="a")
    assert landmarks["value"].tolist() == [1.0]
    assert landmarks["ci_low"].isna().all()
    assert landmarks["note"].tolist() == ["no interval: nobody had the event by then"]


def test_groups_that_share_no_level_have_no_standardized_difference():
    patients, _ = cohort()
    patients["response"] = patients["arm"].map({"a": "yes", "b": "no"}).astype("string")
    table = baseline_table(patients, protocol(), DICTIONARY)
    smd = rows(table, variable="response", group="all")["smd"].iloc[0]
    assert pd.isna(smd)


def test_complete_cases_are_counted_for_every_endpoint():
    patients, times = cohort()
    patients.loc[:9, "age"] = pd.NA
    patients.loc[5:11, "grade"] = pd.NA
    known = np.arange(60) > 11
    told = rows(estimate(patients, times, protocol()), model="complete_cases")
    assert set(told["n"]) == {60}
    assert set(told["n_events"]) == {int(times["event"].sum())}
    assert rows(told, statistic="patients")["value"].tolist() == [48]
    assert rows(told, statistic="events")["value"].tolist() == [int(times["event"][known].sum())]
    missing = rows(told, statistic="missing").set_index("term")["value"]
    assert missing.to_dict() == {"arm": 0, "age10": 10, "grade3": 7}


def test_tests_that_weigh_early_and_late_events_alike_or_not_stand_side_by_side():
    patients, times = cohort()
    table = estimate(patients, times, protocol())
    for model, strata, rho in (
        ("log_rank", None, 0.0),
        ("log_rank_stratified", patients["center"], 0.0),
        ("peto_peto", None, 1.0),
        ("peto_peto_stratified", patients["center"], 1.0),
    ):
        (row,) = rows(table, model=model).to_dict("records")
        by_hand = log_rank(times["months"], times["event"], patients["arm"], strata, rho)
        assert row["p_value"] == by_hand.p_value


def test_response_is_told_in_every_way_that_readers_ask_for():
    patients, times = cohort()
    table = estimate(patients, times, protocol())
    yes = (patients["response"] == "yes").to_numpy()
    first = (patients["arm"] == "a").to_numpy()
    (wilson,) = rows(table, model="response_rate_wilson", level="a").to_dict("records")
    by_hand = wilson_rate(int((yes & first).sum()), int(first.sum()))
    assert (wilson["ci_low"], wilson["ci_high"]) == (by_hand.ci_low, by_hand.ci_high)
    (test,) = rows(table, model="response_chi_square").to_dict("records")
    counts = [[int((yes & who).sum()), int((~yes & who).sum())] for who in (first, ~first)]
    assert test["value"] == chi_square(counts).chisq
    assert test["unit"] == "1 degree of freedom"


def imputing(**changes):
    part = protocol()
    asked = Imputation(imputations=3, cycles=2, seed=1)
    part.models = part.models.model_copy(update={"imputation": asked, **changes})
    return part


def test_imputation_uses_everybody_and_is_the_same_every_time():
    patients, times = cohort()
    patients.loc[:9, "age"] = pd.NA
    first, second = (
        rows(estimate(patients, times, imputing()), model="cox_adjusted_stratified_imputed")
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(first, second)
    assert set(first["n"]) == {60}
    assert rows(first, statistic="imputed_values")["value"].tolist() == [10]
    assert rows(first, statistic="hazard_ratio")["value"].notna().all()


def test_with_nothing_missing_imputation_changes_nothing():
    table = estimate(*cohort(), imputing())
    complete = rows(
        table,
        model="cox_adjusted_stratified",
        population="primary",
        statistic="hazard_ratio",
    )
    pooled = rows(table, model="cox_adjusted_stratified_imputed", statistic="hazard_ratio")
    np.testing.assert_allclose(
        pooled["value"].to_numpy(float), complete["value"].to_numpy(float), rtol=1e-12
    )


def test_what_nobody_has_cannot_be_imputed():
    patients, times = cohort()
    patients["age"] = pd.array([pd.NA] * len(patients), dtype="Float64")
    table = rows(estimate(patients, times, imputing()), model="cox_adjusted_stratified_imputed")
    assert set(table["note"]) == {"not estimable: a variable is missing in everybody"}


def test_whom_a_sensitivity_analysis_takes_back_in_is_counted_there_alone():
    patients, times = cohort()
    back = patients.head(6).assign(
        patient_id=pd.array([f"back{i}" for i in range(6)], dtype="string"),
        arm=pd.array(["unclear"] * 6, dtype="string"),
        reason=pd.array(["unclear_arm"] * 6, dtype="string"),
        s_months=pd.array([5.0] * 6, dtype="Float64"),
        s_event=pd.array([True] * 6, dtype="boolean"),
    )
    part = protocol()
    part.sensitivity = {
        "as_a": Sensitivity(label="", readmit=["unclear_arm"], counted_as="a"),
        "grade_3": Sensitivity(label="", keep={"grade": "3"}, without=["grade3"]),
    }
    table = estimate_all(patients, times, back, part)
    primary = rows(table, model="cox_adjusted_stratified", population="primary", term="arm")
    taken_in = rows(table, population="sensitivity:as_a", term="arm")
    restricted = rows(table, population="sensitivity:grade_3")
    assert primary["n"].tolist() == [60]
    assert taken_in["n"].tolist() == [66]
    assert taken_in["value"].iloc[0] != primary["value"].iloc[0]
    assert set(restricted["n"]) == {int((patients["grade"] == 3).sum())}
    assert restricted["term"].tolist() == ["arm", "age10"]


def test_every_subgroup_has_its_patients_and_one_interaction():
    table = estimate(*cohort(), protocol())
    inside = table[table["population"].str.startswith("subgroup:bone=")]
    assert rows(inside, model="interaction")["n"].sum() == 60
    assert len(rows(table, model="interaction", population="subgroup:bone")) == 1


def test_a_study_with_one_center_says_why_center_effects_are_absent():
    table = estimate(*cohort(centers=("only",)), protocol())
    frailty = rows(table, model="cox_adjusted_gamma_frailty")
    assert frailty["note"].tolist() == ["not estimable: one center"]


def test_a_monotone_exposure_has_its_one_limit_and_firths_estimate():
    patients, times = cohort(90)
    times["event"] = times["event"] & (patients["arm"] != "a")
    table = estimate(patients, times, protocol())
    arm = table[(table["term"] == "arm") & (table["population"] == "primary")]
    plain, firth = (
        arm[arm["model"] == model].iloc[0]
        for model in ("cox_adjusted_stratified", "cox_adjusted_stratified_firth")
    )
    assert pd.isna(plain["value"])
    assert pd.isna(plain["ci_low"])
    assert 0 < plain["ci_high"] < 1
    assert plain["note"].startswith("monotone likelihood")
    assert 0 < firth["ci_low"] < firth["value"] < firth["ci_high"] < 1


def test_an_adjusted_model_is_told_as_a_whole():
    table = estimate(*cohort(90), protocol())
    model = table[(table["model"] == "cox_adjusted_stratified") & (table["term"] == "")]
    told = model.set_index("statistic")
    assert told.loc["likelihood_ratio_test", "unit"] == "3 degrees of freedom"
    assert 0 < told.loc["score_test", "p_value"] < 1
    concordance = told.loc["concordance"]
    assert 0 < concordance["ci_low"] < concordance["value"] < concordance["ci_high"] < 1
    counted = table[table["model"] == "complete_cases"].set_index("statistic")
    share = counted.loc["events", "value"] / 3
    assert counted.loc["events_per_term", "value"] == pytest.approx(share)


def test_groups_are_counted_in_every_center_and_subgroup():
    patients, times = cohort(90)
    counts = estimate(patients, times, protocol())
    counts = counts[counts["model"] == "group_counts"]
    of_centers = counts[counts["population"].str.startswith("center:")]
    assert of_centers["n"].sum() == len(patients)
    assert of_centers["n_events"].sum() == times["event"].sum()
    of_levels = counts[counts["population"].str.startswith("subgroup:bone=")]
    assert of_levels.groupby("level")["n"].sum().to_dict() == {"a": 45, "b": 45}
