from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from multicentric.adjudications import Adjudication
from multicentric.pool import findings_across_centers, part_of, pool_centers
from multicentric.pool.endpoints import time_to_event
from multicentric.protocol import Criterion, Derived, Exposure, SamePerson, Sensitivity, TimeToEvent

MONTH = 30.4375
SURVIVAL = TimeToEvent.model_validate(
    {
        "kind": "time_to_event",
        "label": "Survival",
        "short": "S",
        "definition": "",
        "start": "start",
        "events": [
            {"date": "relapse", "called": "relapse"},
            {"date": "death", "called": "death"},
        ],
        "censored": {"date": "seen", "called": "last contact"},
        "or_sent": {
            "duration": "sent",
            "unit": "months",
            "event": {"had_event": "yes"},
            "event_called": "event as sent",
            "censored_called": "no event as sent",
        },
    }
)


def patients(*rows):
    frame = pd.DataFrame(rows)
    table = pd.DataFrame(
        {"center": frame["center"], "patient_id": frame["patient_id"]}, dtype="string"
    )
    for name in ("born", "start", "relapse", "death", "seen"):
        table[name] = pd.to_datetime(frame.get(name, pd.Series(None, index=frame.index)))
    table["sent"] = frame.get("sent", pd.Series(None, index=frame.index)).astype("Float64")
    had_event = frame.get("had_event", pd.Series(None, index=frame.index, dtype=object))
    table["had_event"] = had_event.astype("boolean")
    table["arm"] = frame.get("arm", pd.Series("a", index=frame.index)).astype("string")
    return table


def one(**values):
    row = {"center": "c1", "patient_id": "p1", "start": "2020-01-01", **values}
    result = time_to_event(patients(row), SURVIVAL, MONTH).iloc[0]
    return result["days"], result["event"], result["description"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"seen": "2020-01-31"}, (30, False, "last contact")),
        ({"relapse": "2020-01-11", "seen": "2020-01-31"}, (10, True, "relapse")),
        ({"relapse": "2020-01-21", "death": "2020-01-11"}, (10, True, "death")),
        # on one day, the outcome declared first names the event
        ({"relapse": "2020-01-11", "death": "2020-01-11"}, (10, True, "relapse")),
        ({"sent": 1.0, "had_event": True}, (30, True, "event as sent")),
        ({"sent": 12.3, "had_event": False}, (374, False, "no event as sent")),
        # a tenth of a month is three days; almost nothing is one day; nothing is nothing
        ({"sent": 0.1, "had_event": True}, (3, True, "event as sent")),
        ({"sent": 0.01, "had_event": True}, (1, True, "event as sent")),
        ({"sent": 0.0, "had_event": False}, (0, False, "no event as sent")),
        # dates win over what was sent
        ({"sent": 5.0, "had_event": True, "seen": "2020-01-31"}, (30, False, "last contact")),
    ],
)
def test_time_to_event(values, expected):
    assert one(**values) == expected


@pytest.mark.parametrize("values", [{}, {"sent": 5.0}, {"had_event": True}])
def test_a_time_that_cannot_be_told_is_missing(values):
    days, event, _ = one(**values)
    assert pd.isna(days)
    assert pd.isna(event)


def protocol(**changes):
    return SimpleNamespace(
        **{
            "month_days": MONTH,
            "cut_off": date(2025, 1, 1),
            "same_person": SamePerson(same=["born", "start"], keep_latest="seen"),
            "derived": {},
            "eligibility": [],
            "exposure": Exposure(variable="arm", groups=["a", "b"], reference="b", term="arm"),
            "times_to_event": {"s": SURVIVAL},
            "sensitivity": {},
            **changes,
        }
    )


def pool(table, held=(), adjudications=(), **changes):
    validated = {c: part.reset_index(drop=True) for c, part in table.groupby("center")}
    records = {}
    for center, part in validated.items():
        ids = [*part["patient_id"], *[p for c, p in held if c == center]]
        known = set(part["patient_id"])
        records[center] = pd.DataFrame(
            {
                "center": pd.array([center] * len(ids), dtype="string"),
                "patient_id": pd.array(ids, dtype="string"),
                "held": pd.array([i not in known for i in ids], dtype="boolean"),
            }
        )
    return pool_centers(validated, records, protocol(**changes), adjudications)


def fate(pooled):
    return {
        (row["center"], row["patient_id"]): (
            row["disposition"],
            None if pd.isna(row["reason"]) else row["reason"],
        )
        for row in pooled.disposition.to_dict("records")
    }


def person(center, patient_id, **values):
    return {
        "center": center,
        "patient_id": patient_id,
        "born": "1950-01-01",
        "start": "2020-01-01",
        "seen": "2021-01-01",
        **values,
    }


def test_one_person_under_two_centers_stays_where_followed_longest():
    pooled = pool(
        patients(
            person("c1", "1"),
            person("c2", "2", seen="2022-01-01"),
            person("c1", "3", born="1960-01-01"),
        )
    )
    assert fate(pooled) == {
        ("c1", "1"): ("duplicate", "duplicate"),
        ("c2", "2"): ("analysed", None),
        ("c1", "3"): ("analysed", None),
    }
    (question,) = pooled.questions.to_dict("records")
    assert (question["other_center"], question["other_patient_id"]) == ("c2", "2")


@pytest.mark.parametrize("seen", ["2021-01-01", None])
def test_when_the_dates_do_not_decide_nobody_does(seen):
    pooled = pool(patients(person("c1", "1"), person("c2", "2", seen=seen, sent=1, had_event=True)))
    assert {what for what, _ in fate(pooled).values()} == {"quarantined"}
    assert pooled.questions["rule"].tolist() == ["duplicate_undecided"] * 2


def test_two_records_of_one_center_are_not_one_person():
    pooled = pool(patients(person("c1", "1"), person("c1", "2", seen="2022-01-01")))
    assert {what for what, _ in fate(pooled).values()} == {"analysed"}


def test_the_first_criterion_not_met_is_the_reason_and_no_answer_is_a_question():
    criteria = [
        Criterion(id="too_early", keep={"start": {"at_least": "2019-01-01"}}, excluded=""),
        Criterion(id="no_relapse_date", keep={"relapse": {"above": "2000-01-01"}}, excluded=""),
    ]
    pooled = pool(
        patients(
            person("c1", "1", start="2018-01-01", seen="2020-01-01"),
            person("c1", "2"),
            person("c1", "3", relapse="2020-06-01"),
        ),
        eligibility=criteria,
    )
    assert fate(pooled) == {
        ("c1", "1"): ("excluded", "too_early"),
        ("c1", "2"): ("quarantined", "quarantined"),
        ("c1", "3"): ("analysed", None),
    }
    assert pooled.questions["rule"].tolist() == ["eligibility_unknown"]


def test_every_record_sent_has_one_fate():
    pooled = pool(
        patients(person("c1", "1"), person("c2", "2", born="1960-01-01")), held=[("c1", "9")]
    )
    assert fate(pooled)[("c1", "9")] == ("quarantined", "quarantined")
    assert len(pooled.disposition) == 3


def test_derived_variables_may_ask_for_follow_up_and_for_each_other():
    derived = {
        "long": Derived(label="", flag={"years": {"above": "1"}}),
        "years": Derived(label="", years_between=("start", "seen")),
    }
    criteria = [Criterion(id="none", keep={"s_days": {"above": "0"}}, excluded="")]
    pooled = pool(
        patients(person("c1", "1"), person("c1", "2", seen="2020-01-01", born="1960-01-01")),
        derived=derived,
        eligibility=criteria,
    )
    assert fate(pooled)[("c1", "2")] == ("excluded", "none")
    (patient,) = pooled.patients.to_dict("records")
    assert patient["years"] == pytest.approx(366 / 365.25)
    assert bool(patient["long"]) is True


def test_each_patient_is_flagged_for_the_sets_of_the_sensitivity_analyses():
    sensitivity = {
        "late": Sensitivity(label="", keep={"born": {"at_least": "1955-01-01"}}),
        "everyone": Sensitivity(label=""),
    }
    pooled = pool(
        patients(
            person("c1", "1"),
            person("c1", "2", born="1960-01-01"),
            person("c1", "3", born=None),
        ),
        same_person=None,
        sensitivity=sensitivity,
    )
    assert pooled.patients["in_late"].tolist() == [False, True, False]
    assert "in_everyone" not in pooled.patients


def test_who_is_in_none_of_the_groups_is_not_analysed():
    pooled = pool(patients(person("c1", "1", arm="z"), person("c1", "2", born="1960-01-01")))
    assert fate(pooled)[("c1", "1")] == ("excluded", "exposure_missing")


def test_the_order_of_centers_changes_nothing():
    rows = [
        person("c1", "1"),
        person("c2", "2", born="1960-01-01"),
        person("c3", "3", born="1961-01-01"),
    ]
    first, second = pool(patients(*rows)), pool(patients(*rows[::-1]))
    pd.testing.assert_frame_equal(first.patients, second.patients)
    pd.testing.assert_frame_equal(first.times, second.times)


def test_a_duplicate_is_a_finding_with_the_place_of_its_record():
    pooled = pool(patients(person("c1", "1"), person("c2", "2", seen="2022-01-01")))
    cells = pd.DataFrame(
        {
            "patient_id": ["1"],
            "variable": ["start"],
            "file": ["drop.csv"],
            "sheet": [None],
            "row": pd.array([7], dtype="Int64"),
            "column": ["Start"],
            "raw": ["01.01.2020"],
        }
    )
    (finding,) = findings_across_centers(pooled.questions, {"c1": cells}).to_dict("records")
    assert (finding["rule"], finding["center"], finding["patient_id"]) == ("duplicate", "c1", "1")
    assert (finding["file"], finding["row"]) == ("drop.csv", 7)
    assert (finding["column"], finding["raw"]) == ("Start", "1; 01.01.2020")
    assert "c2 2" in finding["message"]


def found_across(*rows, **rules):
    pooled = pool(patients(*rows), **rules)
    nothing = pd.DataFrame(
        columns=["patient_id", "variable", "file", "sheet", "row", "column", "raw"]
    ).astype("string")
    centers = set(pooled.questions["center"])
    return findings_across_centers(pooled.questions, dict.fromkeys(centers, nothing))


def test_a_centers_own_part_names_no_patient_of_another_center():
    found = found_across(person("c1", "1"), person("c2", "Z-77", seen="2022-01-01"))
    assert "c2 Z-77" in found["message"].iloc[0]
    own = part_of("c1", found)
    assert own[["patient_id", "rule", "severity"]].to_numpy().tolist() == [
        ["1", "duplicate", "query"]
    ]
    assert not own.astype("string").apply(lambda c: c.str.contains("Z-77|c2")).any(axis=None)
    assert part_of("c2", found).empty


def test_another_centers_new_drop_leaves_a_centers_own_part_as_it_was():
    before = found_across(person("c1", "1"), person("c2", "2", seen="2022-01-01"))
    others = person("c3", "9", born="1960-01-01", seen=None)
    after = found_across(person("c1", "1"), person("c2", "2", seen="2023-01-01"), others)
    assert set(after["center"]) - set(before["center"]) == {"c3"}
    pd.testing.assert_frame_equal(part_of("c1", before), part_of("c1", after))


def test_what_people_have_decided_is_asked_of_nobody():
    decided = Adjudication(
        records={"c1": "1", "c2": "2"}, decision="same person", keep="c2", reason="Seen."
    )
    rows = person("c1", "1"), person("c2", "2", seen="2022-01-01")
    found = found_across(*rows, adjudications=[decided])
    assert found["severity"].tolist() == ["note"]
