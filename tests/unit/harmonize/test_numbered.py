"""A table whose rows carry no id: the row's number stands for it."""

from pathlib import Path

import pytest

from multicentric.dictionary import Dictionary, Variable
from multicentric.documents import Mistakes
from multicentric.harmonize import harmonize_center, unassigned_rows
from multicentric.mapping import parse_mapping

MAPPING = """\
center: {name: Registry}
tables:
  rows: {file: rows.csv, format: delimited, numbered: yes}
centers:
  column: inst
  codes: {"1": inst-01, "2": inst-02}
variables:
  sex: {from: sex, codes: {F: female, M: male}}
"""
DICTIONARY = Dictionary(
    (Variable(name="sex", label="Sex", kind="code", codes={"female": "Female", "male": "Male"}),)
)


@pytest.fixture
def drop(tmp_path: Path) -> Path:
    (tmp_path / "rows.csv").write_text("inst,sex\n2,F\n1,M\n,M\n2,M\n")
    return tmp_path


def test_the_number_of_the_row_is_the_patients_id(drop: Path) -> None:
    made = harmonize_center("inst-02", drop, parse_mapping(MAPPING), DICTIONARY, split="2")
    assert made.table[["patient_id", "sex"]].to_numpy().tolist() == [["2", "female"], ["5", "male"]]


def test_a_row_of_no_center_keeps_its_number(drop: Path) -> None:
    nobodys = unassigned_rows(drop, parse_mapping(MAPPING), DICTIONARY)
    assert nobodys.records["patient_id"].tolist() == ["4"]


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("{file: rows.csv, format: delimited}", "a table has a key, or is numbered"),
        ("{file: rows.csv, format: delimited, numbered: yes, key: id}", "a table has a key, or"),
    ],
)
def test_a_table_has_ids_in_one_way(table: str, says: str) -> None:
    wrong = MAPPING.replace("{file: rows.csv, format: delimited, numbered: yes}", table)
    with pytest.raises(Mistakes, match=says):
        parse_mapping(wrong)


def test_a_table_without_ids_is_joined_to_nothing() -> None:
    more = "  visits: {file: v.csv, format: delimited, numbered: yes, rows: visit}\ncenters:"
    with pytest.raises(Mistakes, match="cannot be joined"):
        parse_mapping(MAPPING.replace("centers:", more, 1))
