"""Studies as they should not be: every number is finite, and every missing one says why."""

import warnings

import numpy as np
import pandas as pd
import pytest

from multicentric.estimates.diagnostics import diagnostics
from multicentric.estimates.endpoints import estimate
from multicentric.protocol import Imputation, Models, Sensitivity
from tests.unit.test_estimates import SURVIVAL, cohort, protocol

PER_PATIENT = tuple(f"c{i:02d}" for i in range(36))


def times_of(**columns):
    def change(patients, times):
        kinds = {"event": "boolean", "months": "Float64"}
        made = {
            name: pd.array(np.asarray(of(patients)), dtype=kinds[name])
            for name, of in columns.items()
        }
        return patients, times.assign(**made)

    return change


def patients_of(**columns):
    def change(patients, times):
        return patients.assign(**{name: of(patients) for name, of in columns.items()}), times

    return change


def first(n):
    return lambda patients, times: (patients.head(n), times.head(n))


def at_zero(patients, times):
    times = times.copy()
    times.loc[0, ["months", "event"]] = [0.0, True]
    return patients, times


STUDIES = {
    "one center": ({"centers": ("c1",)}, first(90)),
    "two centers": ({"centers": ("c1", "c2")}, first(90)),
    "centers of one patient": ({"centers": PER_PATIENT, "n": 36}, first(36)),
    "a center without events": ({}, times_of(event=lambda p: (p.center != "c1") & (p.age < 65))),
    "events in one center": ({}, times_of(event=lambda p: p.center == "c1")),
    "no events": ({}, times_of(event=lambda p: p.age < 0)),
    "all on one day": ({}, times_of(months=lambda p: [6.0] * len(p))),
    "events in one arm": ({}, times_of(event=lambda p: p.arm == "a")),
    "one arm before the other": (
        {},
        times_of(event=lambda p: p.arm == "a", months=lambda p: np.where(p.arm == "a", 1.0, 9.0)),
    ),
    "the arm is the center": ({}, patients_of(arm=lambda p: np.where(p.center == "c1", "a", "b"))),
    "one arm": ({}, patients_of(arm=lambda p: "a")),
    "collinear": (
        {},
        patients_of(grade=lambda p: pd.array(np.where(p.arm == "a", 3, 1), dtype="Int64")),
    ),
    "huge numbers": ({}, patients_of(age=lambda p: p.age * 1e9)),
    "tiny numbers": ({}, patients_of(age=lambda p: p.age * 1e-9)),
    "numbers far from zero": ({}, patients_of(age=lambda p: p.age * 1e-6 + 1e9)),
    "a variable that nobody has": ({}, patients_of(age=lambda p: p.age.mask(p.age > 0))),
    "a variable that a center lacks": (
        {},
        patients_of(grade=lambda p: p.grade.mask(p.center == "c1")),
    ),
    "nobody": ({}, first(0)),
    "one patient": ({}, first(1)),
    "two patients": ({}, first(2)),
    "an event at time zero": ({}, at_zero),
}


@pytest.mark.parametrize("name", STUDIES)
def test_every_number_is_finite_and_every_missing_one_says_why(name):
    made, change = STUDIES[name]
    patients, times = change(*cohort(**({"n": 60} | made)))
    part = protocol()
    part.times_to_event = {"s": SURVIVAL.model_copy(update={"restricted_mean_months": 12.0})}
    part.models = Models(
        adjusted=["arm", "age10", "grade3"],
        univariable=["arm"],
        margin=(0.8, 1.25),
        worth_finding=1.3,
        imputation=Imputation(imputations=2, cycles=2, seed=1),
    )
    part.sensitivity = {"g": Sensitivity(label="", keep={"grade": "3"}, without=["grade3"])}
    readmitted = patients.head(0).assign(reason=pd.Series(dtype="string"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = estimate(patients, times, readmitted, part)
        drawn = diagnostics(patients, times, part)
    for numbers in (table, drawn):
        columns = [c for c in ("at", "value", "std_error", "ci_low", "ci_high") if c in numbers]
        assert not np.isinf(numbers[columns].to_numpy(float, na_value=np.nan)).any()
        absent = numbers["value"].isna() & numbers["ci_low"].isna()
        assert (numbers.loc[absent, "note"] != "").all()
    ratios = table[(table["statistic"] == "hazard_ratio") & table["value"].notna()]
    assert ratios["value"].between(1e-4, 1e4).all()
    assert (ratios["ci_low"].notna() | (ratios["note"] != "")).all()
