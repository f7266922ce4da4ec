import sys
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from multicentric.dictionary import DTYPES, read_dictionary
from multicentric.findings import Finding, as_table
from multicentric.schema import (
    SchemaErrors,
    dictionary_of,
    gate,
    load_model,
    rules_of,
    shape_gate,
)
from multicentric.validate import validate_center

SCHEMA = """
import pandas as pd
import pandera.pandas as pa
from multicentric.schema import PatientModel, rule, variable

class Patient(PatientModel):
    start: pa.DateTime = variable("Start", kind="date", needed="always")
    end: pa.DateTime = variable("End", kind="date", needed="if_sent")
    grade: pd.Int64Dtype = variable("Grade", kind="integer", possible=(1, 3), plausible=(1, 2))
    arm: pd.StringDtype = variable("Arm", kind="code", needed="if_sent", codes={"a": "A", "b": "B"})
    marked: pd.BooleanDtype = variable("Marked", kind="flag")

    @rule("R1", severity="block", variables=["end", "start"], message="End {end} before {start}.")
    def in_order(cls, patients):
        return (patients.start <= patients.end).astype("boolean").mask(patients.end.isna())

    @rule("R2", severity="query", variables=["marked", "grade"], effect="value removed",
          message="Marked at grade {grade}.")
    def marked_from_grade_2(cls, patients):
        return (patients.grade >= 2).mask(~patients.marked.fillna(False))

    @rule("R3", severity="query", variables=["end"], message="End {end} after the cut-off.")
    def before_cut_off(cls, patients):
        return (patients.end <= cls.cut_off()).astype("boolean").mask(patients.end.isna())
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    path = tmp_path_factory.mktemp("schema") / "patient.py"
    path.write_text(SCHEMA)
    return load_model(path, date(2025, 1, 1))


@pytest.fixture(scope="module")
def dictionary(model):
    return dictionary_of(model)


def harmonized(dictionary, *rows):
    frame = pd.DataFrame(rows)
    table = pd.DataFrame({"center": "c1", "patient_id": frame["patient_id"]}, dtype="string")
    for variable in dictionary:
        values = frame.get(variable.name, pd.Series(None, index=frame.index, dtype=object))
        if variable.kind == "date":
            values = pd.to_datetime(values)
        table[variable.name] = values.astype(DTYPES[variable.kind])
    return table


def lineage_of(table, dictionary):
    rows = []
    for number, row in table.iterrows():
        for position, name in enumerate(dictionary.names):
            rows.append(
                {
                    "patient_id": row["patient_id"],
                    "variable": name,
                    "file": "drop.csv",
                    "sheet": None,
                    "row": number + 2,
                    "column": f"col {position}",
                    "raw": None if pd.isna(row[name]) else str(row[name]),
                    "outcome": "missing" if pd.isna(row[name]) else "copied",
                    "missing_reason": "empty" if pd.isna(row[name]) else None,
                }
            )
    return pd.DataFrame(rows).astype({"row": "Int64"})


def validate(model, dictionary, *rows, intake=()):
    table = harmonized(dictionary, *rows)
    return validate_center(
        "c1", table, lineage_of(table, dictionary), as_table(intake), model, dictionary
    )


def test_a_sound_record_passes_untouched(model, dictionary):
    result = validate(
        model, dictionary, {"patient_id": "p1", "start": "2020-01-01", "end": "2021-01-01"}
    )
    assert len(result.findings) == 0
    assert result.table["patient_id"].tolist() == ["p1"]
    assert result.records["held"].tolist() == [False]


def test_an_impossible_value_is_removed_and_asked_about_with_its_cell(model, dictionary):
    result = validate(model, dictionary, {"patient_id": "p1", "start": "2020-01-01", "grade": 7})
    (finding,) = result.findings.to_dict("records")
    assert (finding["rule"], finding["effect"]) == ("out_of_range", "value removed")
    assert (finding["file"], finding["row"], finding["column"]) == ("drop.csv", 2, "col 2")
    assert finding["raw"] == "7"
    assert finding["expected"] == "1 to 3"
    assert result.table["grade"].isna().all()
    assert len(result.table) == 1


def test_an_unusual_value_is_asked_about_and_kept(model, dictionary):
    result = validate(model, dictionary, {"patient_id": "p1", "start": "2020-01-01", "grade": 3})
    assert result.findings["rule"].tolist() == ["implausible"]
    assert result.table["grade"].tolist() == [3]


def test_a_record_without_what_the_study_needs_is_held(model, dictionary):
    result = validate(
        model, dictionary, {"patient_id": "p1"}, {"patient_id": "p2", "start": "2020-01-01"}
    )
    assert result.findings["rule"].tolist() == ["missing_needed"]
    assert result.table["patient_id"].tolist() == ["p2"]
    assert dict(zip(result.records["patient_id"], result.records["held"], strict=True)) == {
        "p1": True,
        "p2": False,
    }


def test_a_value_lost_at_intake_is_not_asked_about_twice(model, dictionary):
    lost = Finding(
        "c1", "unreadable_date", "block", "record held", "?", patient_id="p1", variables=("start",)
    )
    result = validate(model, dictionary, {"patient_id": "p1"}, intake=[lost])
    assert result.findings["rule"].tolist() == ["unreadable_date"]
    assert result.table.empty


def test_a_broken_rule_is_one_finding_with_the_cells_of_its_variables(model, dictionary):
    result = validate(
        model, dictionary, {"patient_id": "p1", "start": "2020-01-02", "end": "2020-01-01"}
    )
    (finding,) = result.findings.to_dict("records")
    assert finding["rule"] == "R1"
    assert finding["message"] == "End 2020-01-01 before 2020-01-02."
    assert finding["variables"] == "end, start"
    assert finding["column"] == "col 1; col 0"
    assert result.table.empty


def test_a_rule_removes_the_value_of_its_first_variable_alone(model, dictionary):
    result = validate(
        model,
        dictionary,
        {"patient_id": "p1", "start": "2020-01-01", "grade": 1, "marked": True},
    )
    assert result.findings["rule"].tolist() == ["R2"]
    assert result.table["marked"].isna().all()
    assert result.table["grade"].tolist() == [1]


def test_a_query_without_effect_passes_the_gate(model, dictionary):
    result = validate(
        model, dictionary, {"patient_id": "p1", "start": "2020-01-01", "end": "2030-01-01"}
    )
    assert result.findings["rule"].tolist() == ["R3"]
    assert len(result.table) == 1


def test_a_center_fault_takes_the_center_out_with_its_reason(model, dictionary):
    fault = Finding(
        "c1", "missing_column", "block", "center held", "Column 'x' is missing.", file="drop.csv"
    )
    result = validate(
        model, dictionary, {"patient_id": "p1", "start": "2020-01-01"}, intake=[fault]
    )
    assert (result.state, result.reason) == ("out", "Column 'x' is missing.")
    assert result.place == "drop.csv"
    assert result.table.empty
    assert list(result.table.columns) == ["center", "patient_id", *dictionary.names]


def test_each_row_of_the_file_that_never_became_a_patient_is_a_record(model, dictionary):
    lost = [
        Finding("c1", "no_key", "block", "record held", "?", file="d.csv", row=5),
        Finding("c1", "no_key", "block", "record held", "?", file="d.csv", row=6),
        Finding("c1", "duplicate_key", "block", "record held", "?", "p9", file="d.csv", row=7),
        Finding("c1", "duplicate_key", "block", "record held", "?", "p9", file="d.csv", row=8),
    ]
    result = validate(model, dictionary, {"patient_id": "p1", "start": "2020-01-01"}, intake=lost)
    assert len(result.records) == 5
    assert result.records["held"].sum() == 4


def test_the_status_counts_and_holds_no_value(model, dictionary):
    result = validate(
        model,
        dictionary,
        {"patient_id": "secret", "start": "2020-01-01", "grade": 7},
        {"patient_id": "p2"},
    )
    status = result.status("c1", "2025-01-01")
    assert (status["records"], status["held"], status["queries"]) == (2, 1, 2)
    assert "secret" not in str(status)


def test_the_order_of_rows_changes_nothing(model, dictionary):
    rows = [
        {"patient_id": "p2", "start": "2020-01-01", "grade": 9},
        {"patient_id": "p1", "start": "2020-01-01", "end": "2019-01-01"},
        {"patient_id": "p3", "start": "2020-01-01", "arm": "a"},
    ]
    forward = validate(model, dictionary, *rows)
    backward = validate(model, dictionary, *rows[::-1])
    pd.testing.assert_frame_equal(forward.table, backward.table)
    assert forward.findings["finding_id"].tolist() == backward.findings["finding_id"].tolist()


def test_the_dictionary_survives_its_journey(dictionary, tmp_path):
    dictionary.write(tmp_path / "dictionary.json")
    assert read_dictionary(tmp_path / "dictionary.json") == dictionary


def test_every_rule_of_the_example_answers_for_an_empty_table():
    path = Path(__file__).resolve().parents[2] / "schemas/patient.py"
    example = load_model(path, date(2025, 5, 31))
    empty = dictionary_of(example).empty_table()
    assert [len(rule.check(empty)) for rule in rules_of(example)] == [0] * len(rules_of(example))


@pytest.mark.parametrize("fault", ["type", "column", "key"])
def test_a_harmonized_table_of_another_shape_is_a_fault_of_the_program(model, dictionary, fault):
    table = harmonized(dictionary, {"patient_id": "p1", "start": "2020-01-01"})
    lineage = lineage_of(table, dictionary)
    if fault == "type":
        table["grade"] = table["grade"].astype("Float64")
    elif fault == "column":
        table = table.drop(columns="arm")
    else:
        table = pd.concat([table, table], ignore_index=True)
    with pytest.raises(SchemaErrors):
        validate_center("c1", table, lineage, as_table([]), model, dictionary)


def test_the_gate_of_harmonization_leaves_the_rules_in_place(model, dictionary):
    table = harmonized(dictionary, {"patient_id": "p1", "start": "2020-01-01", "grade": 7})
    shape_gate(model, table)
    with pytest.raises(SchemaErrors):
        gate(model, table)


def a_study(folder, label):
    """A schema of two files, as a study's folder holds it."""
    folder.mkdir()
    (folder / "fields.py").write_text(
        "import pandas as pd\n"
        "from multicentric.schema import PatientModel, variable\n\n\n"
        "class Fields(PatientModel):\n"
        f"    sex: pd.StringDtype = variable('{label}', kind='code', codes={{'f': 'Female'}})\n"
    )
    (folder / "patient.py").write_text(
        "from multicentric.schema import rule\n\n"
        "from .fields import Fields\n\n\n"
        "class Patient(Fields):\n"
        "    @rule('R1', severity='query', variables=['sex'], message='{sex}?')\n"
        "    def known(cls, patients):\n"
        "        return patients.sex.notna()\n"
    )
    return folder / "patient.py"


def test_a_schema_imports_its_neighbours_and_two_studies_never_meet(tmp_path):
    before, path = set(sys.modules), list(sys.path)
    models = [load_model(a_study(tmp_path / name, name)) for name in ("one", "two")]
    assert [dictionary_of(model)["sex"].label for model in models] == ["one", "two"]
    assert [[rule.id for rule in rules_of(model)] for model in models] == [["R1"], ["R1"]]
    assert {name for name in set(sys.modules) - before if "schema" in name} == set()
    assert sys.path == path


def test_a_neighbour_that_is_missing_is_told_and_leaves_nothing_behind(tmp_path):
    path = a_study(tmp_path / "one", "one")
    path.with_name("fields.py").unlink()
    with pytest.raises(ImportError, match="fields"):
        load_model(path)
    assert [name for name in sys.modules if name.startswith("study_schema")] == []
