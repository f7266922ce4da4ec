"""The six deliveries against the truth that came with them: every cell, and every planted fault."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from multicentric.dictionary import DTYPES
from multicentric.harmonize import harmonize_center
from multicentric.harmonize.lineage import COLUMNS
from multicentric.mapping import load_mapping
from multicentric.schema import dictionary_of, load_model

ROOT = Path(__file__).parents[2]
TRUTH = Path(__file__).parent / "truth"
CENTERS = ("aras", "ceyhan", "dicle", "firat", "gediz", "meric")
# Faults that the dictionary's ranges find after harmonization: the harmonized value is as sent.
OUT_OF_RANGE = {
    ("aras", "AR-0004", "ki67_percent"): 150.0,
    ("ceyhan", "20314", "ki67_percent"): -5.0,
    ("meric", "101-4", "ecog"): 9,
}
# Everything that reading and harmonizing find in the six deliveries.
FOUND = {
    ("ceyhan", "20323X", "her2_ihc", "unmapped_code", "record held"),
    ("ceyhan", "20327X", "start_date", "unreadable_date", "record held"),
    ("dicle", "D004", "ecog", "unmapped_code", "value removed"),
    ("dicle", "D038X", "her2_ihc", "unmapped_code", "record held"),
    ("dicle", "D050", "progression_date", "imputed_date", "none"),
}


@pytest.fixture(scope="module")
def dictionary():
    return dictionary_of(load_model(ROOT / "schemas/patient.py", date(2025, 5, 31)))


@pytest.fixture(scope="module")
def harmonized(dictionary):
    return {
        center: harmonize_center(
            center,
            ROOT / "centers" / center / "2025-06-02",
            load_mapping(ROOT / "centers" / center / "mapping.yaml"),
            dictionary,
        )
        for center in CENTERS
    }


@pytest.fixture(scope="module")
def truth():
    return pd.read_csv(TRUTH / "analysed.csv", dtype=str)


def _as_sent_in_truth(text, kind):
    if pd.isna(text):
        return None
    if kind == "date":
        return pd.Timestamp(text)
    if kind == "flag":
        return {"True": True, "False": False}[text]
    if kind == "integer":
        return int(float(text))
    return float(text) if kind == "number" else text


@pytest.mark.parametrize("center", CENTERS)
def test_every_cell_of_every_analysed_patient_is_as_it_must_be(
    center, harmonized, truth, dictionary
):
    expected = truth[truth["center"] == center].set_index("patient_id")
    table = harmonized[center].table.set_index("patient_id")
    assert len(expected) >= 30
    compared = 0
    for variable in dictionary:
        if variable.name not in expected:
            continue
        for patient in expected.index:
            wanted = _as_sent_in_truth(expected.at[patient, variable.name], variable.kind)
            wanted = OUT_OF_RANGE.get((center, patient, variable.name), wanted)
            value = table.at[patient, variable.name]
            place = f"{center} {patient} {variable.name}: {value!r} instead of {wanted!r}"
            assert (value == wanted) if wanted is not None else pd.isna(value), place
            compared += 1
    assert compared == len(expected) * 27


def test_every_record_sent_is_in_the_table(harmonized):
    disposition = pd.read_csv(TRUTH / "disposition.csv", dtype=str)
    for center in CENTERS:
        sent = disposition[disposition["center"] == center]["patient_id"]
        assert sorted(sent) == list(harmonized[center].table["patient_id"])


def test_durations_come_as_they_were_sent(harmonized, truth):
    table = harmonized["gediz"].table.set_index("patient_id")
    for row in truth[truth["center"] == "gediz"].itertuples():
        sent = table.loc[row.patient_id]
        for endpoint, days in (("pfs", row.pfs_days), ("os", row.os_days)):
            assert max(round(sent[f"{endpoint}_months"] * 30.4375), 1) == int(days)
        assert str(bool(sent["progression_or_death"])) == row.pfs_event
        assert (sent["vital_status"] == "dead") == (row.os_event == "True")


def test_the_planted_faults_are_found_and_nothing_else(harmonized):
    found = pd.concat([harmonized[center].intake for center in CENTERS])
    found = found[found["rule"] != "identifier_column"]
    rows = found[["center", "patient_id", "variables", "rule", "effect"]]
    assert set(rows.itertuples(index=False, name=None)) == FOUND
    assert len(found) == len(FOUND)
    planted = pd.read_csv(TRUTH / "findings.csv", dtype=str).set_index(["center", "patient_id"])
    for finding in found.itertuples():
        fault = planted.loc[(finding.center, finding.patient_id)]
        assert fault["variable"] == finding.variables
        assert fault["raw_value"] == finding.raw
        kind = {"record held": "record", "value removed": "value", "none": "imputed"}
        assert kind[finding.effect] == fault["kind"]
        assert finding.row > 1
        assert finding.file


@pytest.mark.parametrize("center", CENTERS)
def test_tables_have_the_contracts_columns_and_types(center, harmonized, dictionary):
    made = harmonized[center]
    assert list(made.table.columns) == ["center", "patient_id", *dictionary.names]
    for variable in dictionary:
        assert str(made.table[variable.name].dtype) == DTYPES[variable.kind]
    assert made.table["patient_id"].is_monotonic_increasing
    assert tuple(made.lineage.columns) == COLUMNS
    assert len(made.lineage) == len(made.table) * len(dictionary.names)
    assert not made.lineage.duplicated(["patient_id", "variable"]).any()
    missing = made.lineage["missing_reason"].notna()
    assert (missing == (made.lineage["outcome"] == "missing")).all()


@pytest.mark.parametrize("center", CENTERS)
def test_a_value_is_there_exactly_where_its_lineage_says_so(center, harmonized, dictionary):
    made = harmonized[center]
    outcome = made.lineage.set_index(["patient_id", "variable"])["outcome"].unstack()
    there = outcome.isin(["copied", "mapped", "converted", "derived", "imputed"])
    table = made.table.set_index("patient_id")
    for variable in dictionary.names:
        assert (table[variable].notna() == there[variable]).all(), variable


def test_columns_that_tell_persons_apart_are_noted_by_heading(harmonized):
    found = pd.concat([harmonized[center].intake for center in CENTERS])
    noted = found[found["rule"] == "identifier_column"]
    assert set(zip(noted["center"], noted["column"], strict=True)) == {
        ("ceyhan", "Adı Soyadı"),
        ("ceyhan", "T.C. Kimlik No"),
        ("ceyhan", "Telefon"),
        ("ceyhan", "Dosya No"),  # the patients' key, of which it is said that it is one
    }
    assert len(noted) == 4
    assert set(noted["severity"]) == {"note"}
    assert set(noted["effect"]) == {"none"}
    assert noted[["raw", "patient_id", "row"]].isna().all(axis=None)


def test_names_and_ids_of_persons_never_leave_the_file(harmonized):
    made = harmonized["ceyhan"]
    assert "Kimlik" not in made.lineage.astype("string").fillna("").to_csv()
    for frame in (made.table, made.lineage, made.intake):
        text = frame.astype("string").fillna("").to_csv()
        assert "HASTA ADI" not in text
        assert "0532 000" not in text
    raw = Path(__file__).parents[2] / "centers/ceyhan/2025-06-02/hasta_listesi.csv"
    rows = [line.split(";") for line in raw.read_text("windows-1254").splitlines()[1:] if line]
    numbers = [row[2] for row in rows if len(row) > 2 and row[2]]
    noted = made.intake.astype("string").fillna("").to_csv()
    assert len(numbers) > 30
    assert not [number for number in numbers if number in noted]
