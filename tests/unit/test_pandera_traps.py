"""Ways in which pandera's failure table loses, doubles or misplaces a finding; ours must not.

The seven traps were reproduced on pandera 0.32: `drop_invalid_rows` inside a schema returns bad
rows without an error; with a repeated index it drops good rows too; a frame-level rule is repeated
once per column of the row; checks that only warn never reach the failure table; a failed coercion
is listed twice; a failed conversion to dates blames every row; some backends give no row positions.
"""

import pytest

from multicentric.findings import Finding, as_table
from multicentric.places import Places
from multicentric.schema import dictionary_of, gate
from multicentric.validate import validate_center
from multicentric.validate.center import _through_the_gate
from tests.unit.test_validate import harmonized, lineage_of
from tests.unit.test_validate import model as model

SOUND = {"start": "2020-01-01", "end": "2021-01-01", "grade": 2, "arm": "a", "marked": False}


@pytest.fixture(scope="module")
def dictionary(model):
    return dictionary_of(model)


def validated(model, dictionary, *rows, index=None):
    table = harmonized(dictionary, *({**SOUND, **row} for row in rows))
    lineage = lineage_of(table, dictionary)
    if index is not None:
        table.index = index
    return validate_center("c1", table, lineage, as_table([]), model, dictionary)


def test_1_a_bad_row_never_comes_back_without_a_finding(model, dictionary):
    result = validated(
        model, dictionary, {"patient_id": "good"}, {"patient_id": "bad", "end": "2019-01-01"}
    )
    assert result.table["patient_id"].tolist() == ["good"]
    assert result.findings["patient_id"].tolist() == ["bad"]
    gate(model, result.table)


def test_2_a_repeated_index_costs_no_good_row(model, dictionary):
    rows = [{"patient_id": "a"}, {"patient_id": "b", "end": "2019-01-01"}, {"patient_id": "c"}]
    result = validated(model, dictionary, *rows, index=[0, 0, 0])
    assert result.table["patient_id"].tolist() == ["a", "c"]
    assert result.findings[["patient_id", "row"]].to_numpy().tolist() == [["b", 3]]


def test_3_a_rule_over_several_columns_is_one_finding_of_its_own_cells(model, dictionary):
    result = validated(model, dictionary, {"patient_id": "p", "end": "2019-01-01"})
    (finding,) = result.findings.to_dict("records")
    assert (finding["rule"], finding["column"]) == ("R1", "col 1; col 0")
    assert finding["raw"] == "2019-01-01 00:00:00; 2020-01-01 00:00:00"


def test_4_a_rule_that_only_warns_is_a_finding_like_the_others(model, dictionary):
    result = validated(model, dictionary, {"patient_id": "p", "end": "2030-01-01"})
    assert result.findings["rule"].tolist() == ["R3"]
    assert len(result.table) == 1


def test_5_a_row_that_breaks_the_gate_twice_is_held_once(model, dictionary):
    table = harmonized(dictionary, {**SOUND, "patient_id": "p", "grade": 9, "arm": "z"})
    kept, refused = _through_the_gate("c1", table, model, Places(lineage_of(table, dictionary)))
    assert kept.empty
    (finding,) = refused
    assert (finding.patient_id, finding.row) == ("p", 2)
    assert set(finding.variables) == {"arm", "grade"}


def test_6_only_the_row_with_the_bad_date_is_blamed(model, dictionary):
    rows = [
        {"patient_id": "valid"},
        {"patient_id": "empty", "end": None},
        {"patient_id": "bad", "end": "2019-01-01"},
    ]
    result = validated(model, dictionary, *rows)
    assert result.findings["patient_id"].tolist() == ["bad"]
    assert result.table["patient_id"].tolist() == ["empty", "valid"]


def test_7_every_finding_about_a_patient_has_its_place(model, dictionary):
    rows = [
        {"patient_id": f"p{n}", "end": "2019-01-01", "grade": 9, "marked": True} for n in range(5)
    ]
    result = validated(model, dictionary, *rows)
    assert result.findings[["patient_id", "file", "row", "column"]].notna().all(axis=None)
    by_patient = result.findings.groupby("patient_id")["row"].agg(set).to_dict()
    assert by_patient == {f"p{n}": {n + 2} for n in range(5)}


def test_no_two_findings_have_one_id(model, dictionary):
    rows = [{"patient_id": f"p{n}", "end": "2019-01-01", "grade": 9} for n in range(5)]
    result = validated(model, dictionary, *rows)
    assert result.findings["finding_id"].is_unique
    twice = [
        Finding("c1", "duplicate_key", "block", "record held", "?", "p", file="d.csv", row=row)
        for row in (5, 6)
    ]
    forward, backward = as_table(twice), as_table(twice[::-1])
    assert forward["finding_id"].is_unique
    assert forward["finding_id"].tolist() == backward["finding_id"].tolist()
