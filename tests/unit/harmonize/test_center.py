"""A whole drop: keys, joins, filters, corrections, shared drops, and what holds a center."""

from pathlib import Path

import pandas as pd
import pytest

from multicentric.dictionary import DTYPES
from multicentric.harmonize import harmonize_center, unassigned_rows
from multicentric.mapping import parse_mapping

MORE = "  more: {file: m.csv, format: delimited, key: ID}\n"


def test_patients_come_sorted_whatever_the_files_order(harmonize):
    made = harmonize("grade: {from: A}", "A,ID\n2,p2\n1,p10\n3, p1 \n")
    assert list(made.table.index) == ["p1", "p10", "p2"]
    assert list(made.table["grade"]) == [3, 1, 2]
    assert made.lineage.loc[("p1", "grade"), "row"] == 4


def test_rows_without_a_key_and_rows_that_share_one_are_held_not_lost(harmonize):
    made = harmonize("grade: {from: A}", "ID,A\np1,1\n,2\np2,3\n p1,1\n  ,4\n")
    assert list(made.table.index) == ["p2"]
    found = made.intake.sort_values("row")
    assert list(found["rule"]) == ["duplicate_key", "no_key", "duplicate_key", "no_key"]
    assert list(found["row"]) == [2, 3, 5, 6]
    assert set(found["effect"]) == {"record held"}
    assert list(found["patient_id"].fillna("")) == ["p1", "", "p1", ""]
    assert found["raw"].isna().all()


def test_a_broken_row_gives_no_value(harmonize):
    made = harmonize("grade: {from: A}", "ID,A,B\np1,1,x\np2,2\np3,3,y,z\n")
    assert list(made.table.index) == ["p1"]
    assert made.rules == ["broken_row", "broken_row"]
    assert set(made.intake["effect"]) == {"record held"}


def test_a_further_table_is_joined_on_the_key(harmonize):
    made = harmonize(
        "grade: {table: more, from: B}",
        "ID,A\np1,1\np2,2\np3,3\n",
        tables=MORE,
        m="B,ID\n7, p1\n8,p9\n9,\n5,p3\n6,p3\n",
    )
    assert list(made.table["grade"].fillna(-1)) == [7, -1, -1]
    assert made.lineage.loc[("p2", "grade"), "missing_reason"] == "no_row"
    found = made.intake.set_index("row")[["rule", "effect", "patient_id"]].fillna("")
    assert found.loc[3].tolist() == ["no_such_patient", "none", "p9"]
    assert found.loc[4].tolist() == ["no_key", "none", ""]
    assert found.loc[5].tolist() == ["duplicate_key", "record held", "p3"]
    assert found.loc[6].tolist() == ["duplicate_key", "record held", "p3"]


def test_who_is_held_in_the_first_table_is_no_orphan_in_the_next(harmonize):
    made = harmonize(
        "grade: {table: more, from: B}", "ID\np1\np1\np2\n", tables=MORE, m="ID,B\np1,1\np2,2\n"
    )
    assert made.rules == ["duplicate_key", "duplicate_key"]


def test_filters_leave_rows_out_in_order_and_say_why(harmonize):
    made = harmonize(
        "grade: {from: A}",
        "ID,A,Kind\np1,1,real\np2,2,test\np3,3,\np4,4,odd\n",
        tail="filters:\n"
        "  - {id: tests, drop: {Kind: test}, reason: Records of a training.}\n"
        "  - {id: known, keep: {Kind: [real, '']}, reason: Of an unknown kind}\n",
    )
    assert list(made.table.index) == ["p1", "p3"]
    notes = made.intake.set_index("patient_id")
    assert notes.at["p2", "message"] == "The row is left out: Records of a training."
    assert notes.at["p4", "rule"] == "filter_known"
    assert set(notes["severity"]) == {"note"}


def test_corrections_change_only_what_still_stands_as_it_was(harmonize):
    made = harmonize(
        "grade: {from: A}\nsex: {from: B, codes: {F: female, M: male}}",
        "ID,A,B\np1,7,F\np2,2,X\np3,3,M\n",
        tail="corrections:\n"
        "  - {patient: p1, variable: grade, was: '7', becomes: '1', reason: typing error}\n"
        "  - {patient: p2, variable: sex, was: X, becomes: M, reason: chart, on: 2025-06-01}\n"
        "  - {patient: p3, variable: sex, was: F, becomes: M, reason: chart}\n"
        "  - {patient: p9, variable: sex, was: F, becomes: M, reason: chart}\n",
    )
    assert list(made.table["grade"]) == [1, 2, 3]
    assert list(made.table["sex"]) == ["female", "male", "male"]
    assert made.lineage.loc[("p1", "grade"), "raw"] == "7"
    assert made.lineage.loc[("p1", "grade"), "rule"] == "corrections.1"
    rules = made.intake.set_index("patient_id")["rule"].to_dict()
    assert rules == {
        "p1": "corrected",
        "p2": "corrected",
        "p3": "stale_correction",
        "p9": "stale_correction",
    }
    assert set(made.intake["effect"]) == {"none"}


def held(made, rule):
    assert made.table.empty
    assert set(made.intake["effect"]) == {"center held"}
    assert rule in made.rules
    return " ".join(made.intake["message"])


def test_a_missing_column_holds_the_center_and_names_the_nearest(harmonize, dictionary):
    made = harmonize(
        "start: {from: Sart, dates: [D.M.YYYY]}\nsex: {from: Sexx}", "ID,Start,Sex\np1,1.2.2020,F\n"
    )
    words = held(made, "missing_column")
    assert "The column 'Sart' is missing; did you mean Start?" in words
    assert "did you mean Sex?" in words
    assert list(made.made.table.columns) == ["center", "patient_id", *dictionary.names]
    for variable in dictionary:
        assert str(made.made.table[variable.name].dtype) == DTYPES[variable.kind]


def test_an_unreadable_file_holds_the_center(harmonize):
    assert "a.csv" in held(harmonize("grade: {from: A}", ""), "unreadable_file")


def test_a_table_without_rows_holds_the_center(harmonize):
    held(harmonize("grade: {from: A}", "ID,A\n"), "empty_table")


def test_a_mapping_that_does_not_fit_the_dictionary_holds_the_center(harmonize):
    made = harmonize("graad: {from: A}\nsex: {from: A, codes: {F: famale}}", "ID,A\np1,1\n")
    words = held(made, "mapping_mistake")
    assert "no variable 'graad'. Did you mean 'grade'?" in words
    assert "'famale' is no value of sex. Did you mean 'female'?" in words


def test_a_heading_over_two_columns_that_differ_is_not_the_first_of_two(harmonize):
    held(harmonize("sex: {from: A}", "ID,A,A\np1,male,female\n"), "duplicate_heading")
    same = harmonize("grade: {from: A}", "ID,A,A\np1,1,1\n")
    assert list(same.table["grade"]) == [1]
    told_apart = harmonize("grade: {from: A}\ncomment: {from: A (2)}", "ID,A,A\np1,1,2\n")
    assert list(told_apart.table["grade"]) == [1]


def test_an_error_cell_gives_no_value_unless_the_mapping_names_it(harmonize):
    made = harmonize("comment: {from: A}", "ID,A\np1,#REF!\np2,fine\n")
    assert list(made.table["comment"].fillna("")) == ["", "fine"]
    assert made.rules == ["unreadable_cell"]
    named = harmonize("comment: {from: A, missing: {'#REF!': unknown}}", "ID,A\np1,#REF!\n")
    assert not named.rules


SHARED = "centers:\n  column: Site\n  codes: {'1': one, '2': two}\n"
SITES = "ID,Site,A\np1,1,1\np2,2,2\np3, 1,3\np4,,4\np5,7,5\n"


def test_a_shared_drop_is_split_and_loses_no_row(harmonize, tmp_path, dictionary):
    first = harmonize("grade: {from: A}", SITES, head=SHARED, split="1")
    second = harmonize("grade: {from: A}", SITES, head=SHARED, split="2")
    assert list(first.table.index) == ["p1", "p3"]
    assert list(second.table.index) == ["p2"]
    assert not first.rules
    rest = unassigned_rows(tmp_path, first.mapping, dictionary)
    assert list(rest.records["patient_id"]) == ["p4", "p5"]
    assert rest.records["center"].isna().all()
    assert rest.records["held"].all()
    assert list(rest.findings["row"]) == [5, 6]
    assert set(rest.findings["effect"]) == {"record held"}


def test_what_nobody_maps_is_in_no_result(harmonize):
    made = harmonize(
        "grade: {from: A}", "ID,Name,A,Phone\np1,Ann Secret,x,0532\n,Bob Secret,1,0533\n"
    )
    text = "".join(
        frame.astype("string").to_csv()
        for frame in (made.made.table, made.made.lineage, made.made.intake)
    )
    assert "Secret" not in text
    assert "053" not in text


@pytest.mark.parametrize(
    "text", ["ID,A\n", "ID;A\np1;1\n", "\ufeff", "\x00\x01", "a\nb\nc\n", "ID,A\np1,1"]
)
def test_any_file_ends_in_tables_of_the_same_shape(harmonize, text, dictionary):
    made = harmonize("grade: {from: A}", text).made
    assert list(made.table.columns) == ["center", "patient_id", *dictionary.names]
    assert len(made.lineage) == len(made.table) * len(dictionary.names)


def test_a_missing_drop_holds_the_center(dictionary):
    mapping = parse_mapping(
        "center: {name: T}\ntables:\n  p: {file: a.csv, format: delimited, key: ID}\n"
        "variables:\n  grade: {from: A}\n"
    )
    made = harmonize_center("t", Path("no/such/folder"), mapping, dictionary)
    assert list(made.intake["rule"]) == ["unreadable_file"]
    assert isinstance(made.table, pd.DataFrame)
