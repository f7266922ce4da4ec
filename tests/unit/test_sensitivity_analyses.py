"""Sensitivity analyses that change until when patients are followed."""

import numpy as np
import pandas as pd
import pytest

from multicentric.estimates.endpoints import estimate
from multicentric.protocol import Recensored, Sensitivity
from tests.unit.test_estimates import SURVIVAL, cohort, protocol

START = pd.Timestamp("2020-01-01")


def study(where_missing, assessed):
    """A cohort whose patients were assessed for the last time so many days after the start."""
    patients, times = cohort(n=90)
    patients["start"] = START
    patients["assessed"] = START + pd.to_timedelta(assessed, unit="D")
    part = protocol()
    part.month_days = 30.4375
    part.times_to_event = {"s": SURVIVAL.model_copy(update={"start": "start"})}
    change = Recensored(date="assessed", where_missing=where_missing)
    part.sensitivity = {"assessed": Sensitivity(label="", censored={"s": change})}
    readmitted = patients.head(0).assign(reason=pd.Series(dtype="string"))
    return patients, times, readmitted, part


def rows(table, population, statistic="hazard_ratio"):
    own = table[(table["model"] == "cox_adjusted_stratified") & (table["statistic"] == statistic)]
    return own[own["population"] == population].reset_index(drop=True)


def numbers(table):
    return table[["value", "ci_low", "ci_high"]].to_numpy(float)


def test_a_date_after_the_last_contact_changes_nothing():
    table = estimate(*study("as_primary", np.full(90, 5000.0)))
    assert np.array_equal(
        numbers(rows(table, "primary")), numbers(rows(table, "sensitivity:assessed"))
    )


def test_who_has_no_event_ends_at_the_date_and_an_event_stays():
    assessed = np.full(90, 60.0)
    patients, times, readmitted, part = study("as_primary", assessed)
    table = estimate(patients, times, readmitted, part)
    ended = times.assign(
        months=times["months"].where(times["event"], np.minimum(times["months"], 60 / 30.4375))
    )
    part.sensitivity = {}
    by_hand = estimate(patients, ended, readmitted, part)
    assert np.array_equal(
        numbers(rows(by_hand, "primary")), numbers(rows(table, "sensitivity:assessed"))
    )
    assert not np.array_equal(numbers(rows(table, "primary")), numbers(rows(by_hand, "primary")))
    (told,) = rows(table, "sensitivity:assessed", "recensored").to_dict("records")
    later = times["months"] > 60 / 30.4375
    assert told["value"] == (~times["event"] & later).sum()
    assert 0 < told["value"] < (~times["event"]).sum()


def test_without_the_date_a_patient_is_censored_as_before_and_that_is_said():
    patients, times, readmitted, part = study("as_primary", np.full(90, 60.0))
    elsewhere = patients["center"] != "c1"
    patients.loc[elsewhere, "assessed"] = pd.NaT
    table = estimate(patients, times, readmitted, part)
    (told,) = rows(table, "sensitivity:assessed", "recensored").to_dict("records")
    event = times["event"].to_numpy(bool)
    later = times["months"].to_numpy(float) > 60 / 30.4375
    assert told["value"] == (~elsewhere & ~event & later).sum()
    others = (~event).sum() - int(told["value"])
    assert told["note"] == (
        f"1 of 3 centers sent this date; {others} are censored as in the primary analysis"
    )
    assert rows(table, "sensitivity:assessed")["n"].tolist() == [90] * 3


def test_left_out_is_left_out_by_center_so_that_no_center_counts_by_its_events_alone():
    patients, times, readmitted, part = study("left_out", np.full(90, 60.0))
    patients.loc[patients["center"] == "c3", "assessed"] = pd.NaT
    free = np.flatnonzero((patients["center"] == "c1") & ~times["event"])[0]
    patients.loc[free, "assessed"] = pd.NaT
    table = estimate(patients, times, readmitted, part)
    assert rows(table, "sensitivity:assessed")["n"].tolist() == [59] * 3
    (told,) = rows(table, "sensitivity:assessed", "recensored").to_dict("records")
    assert told["note"] == "2 of 3 centers sent this date; 31 patients are left out"


@pytest.mark.parametrize("where_missing", ["as_primary", "left_out"])
def test_a_date_that_no_center_sent_ends_in_words(where_missing):
    patients, times, readmitted, part = study(where_missing, np.full(90, 60.0))
    patients["assessed"] = pd.NaT
    table = estimate(patients, times, readmitted, part)
    (told,) = rows(table, "sensitivity:assessed", "recensored").to_dict("records")
    assert told["note"].startswith("0 of 3 centers sent this date")
    found = rows(table, "sensitivity:assessed")
    if where_missing == "as_primary":
        assert np.array_equal(numbers(found), numbers(rows(table, "primary")))
    else:
        assert found["note"].tolist() == ["not estimable: no events"] * 3
