"""REDCap: choices, checkboxes with odd codes, form status, and dictionaries of several origins."""

from __future__ import annotations

import pytest

from multicentric.reading import DropFault, TableSpec, read_tables
from multicentric.reading.redcap import parse_choices

DICTIONARY = (
    "Variable / Field Name,Form Name,Field Type,Field Label,"
    '"Choices, Calculations, OR Slider Labels"\n'
    "record_id,crf,text,Record,\n"
    'sites,crf,checkbox,Sites,"1, Bone | -1, Unknown | A, Liver, left | B2, Lung"\n'
    "alive,crf,truefalse,Alive,\n"
    'grade,crf,dropdown,Grade,"1, low|2, high"\n'
    'bmi,crf,calc,BMI,"[kg]/[m]^2 | 1, 2"\n'
)
EXPORT = (
    "record_id,sites___1,sites____1,sites___a,sites___b2,alive,grade,bmi,crf_complete,free\n"
    "1,1,0,1,0,1,2,22,2,x\n"
)


def read(drop, content: bytes, export: str = EXPORT, **declared):
    (drop / "data.csv").write_text(export, encoding="utf-8-sig")
    (drop / "dictionary.csv").write_bytes(content)
    spec = TableSpec.model_validate(
        {"file": "data.csv", "format": "redcap", "dictionary": "dictionary.csv", **declared}
    )
    return read_tables(drop, {"p": spec})["p"].columns


@pytest.mark.parametrize(
    "dictionary",
    [
        DICTIONARY.encode(),
        DICTIONARY.encode("utf-8-sig"),
        DICTIONARY.replace("Variable / Field Name", "field_name")
        .replace("Form Name", "form_name")
        .replace("Field Type", "field_type")
        .replace("Field Label", "field_label")
        .replace('"Choices, Calculations, OR Slider Labels"', "select_choices_or_calculations")
        .encode(),
    ],
)
def test_codes_get_their_meaning(drop, dictionary):
    columns = read(drop, dictionary)
    assert columns["sites___1"].labels == {"1": "Bone"}
    assert columns["sites____1"].labels == {"1": "Unknown"}
    assert columns["sites___a"].labels == {"1": "Liver, left"}
    assert columns["sites___b2"].description == "Sites (Lung)"
    assert columns["alive"].labels == {"0": "False", "1": "True"}
    assert columns["grade"].labels == {"1": "low", "2": "high"}
    assert columns["bmi"].labels == {}
    assert columns["bmi"].description == "BMI"
    assert columns["crf_complete"].labels["2"] == "Complete"
    assert columns["free"].labels == {}


def test_a_dictionary_separated_otherwise_than_the_data(drop):
    rows = [
        "Variable / Field Name;Form Name;Field Type;Field Label;"
        '"Choices, Calculations, OR Slider Labels"',
        "grade;crf;radio;Grade;1, low | 2, high",
    ]
    assert read(drop, "\n".join(rows).encode())["grade"].labels == {"1": "low", "2": "high"}


def test_choices():
    assert parse_choices("1, Male | 2, Female") == {"1": "Male", "2": "Female"}
    assert parse_choices("0,no|1,yes, mild|") == {"0": "no", "1": "yes, mild"}
    assert parse_choices("") == {}


def test_a_file_that_is_no_dictionary_is_a_fault(drop):
    with pytest.raises(DropFault, match=r"dictionary.csv: .*no column Variable / Field Name"):
        read(drop, b"name,label\nx,y\n")


def test_a_missing_dictionary_is_a_fault(drop):
    with pytest.raises(DropFault, match=r"dict.csv: the drop holds no such file"):
        read(drop, DICTIONARY.encode(), dictionary="dict.csv")
