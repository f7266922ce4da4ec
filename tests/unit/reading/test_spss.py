"""SPSS: dates and times in their formats, text variables, missing ranges, encodings, damage."""

from __future__ import annotations

import datetime

import pandas as pd
import pyreadstat
import pytest

from multicentric.reading import DropFault, TableSpec, read_tables

DELIVERY = "gediz/2025-06-02/gediz.sav"


@pytest.fixture
def read(drop):
    def write_and_read(frame: pd.DataFrame, declared: dict | None = None, **how):
        pyreadstat.write_sav(frame, drop / "p.sav", **how)
        return read_saved(drop, **declared or {})

    return write_and_read


def read_saved(drop, **declared):
    spec = TableSpec.model_validate({"file": "p.sav", "format": "spss", **declared})
    return read_tables(drop, {"p": spec})["p"]


def seconds(*date: int) -> float:
    return (datetime.datetime(*date) - datetime.datetime(1582, 10, 14)).total_seconds()


@pytest.mark.parametrize(
    ("code", "value", "text", "native"),
    [
        ("DATE11", seconds(1964, 12, 15), "1964-12-15", datetime.date(1964, 12, 15)),
        ("EDATE10", seconds(1964, 12, 15), "1964-12-15", datetime.date(1964, 12, 15)),
        ("ADATE10", seconds(1964, 12, 15), "1964-12-15", datetime.date(1964, 12, 15)),
        (
            "DATETIME20",
            seconds(2020, 3, 8, 14, 30),
            "2020-03-08 14:30:00",
            datetime.datetime(2020, 3, 8, 14, 30),
        ),
        ("MOYR8", seconds(2019, 5, 1), "2019-05", None),
        ("QYR8", seconds(2019, 5, 1), "2019-Q2", None),
        ("TIME8", 3661.0, "01:01:01", None),
        ("F8.2", 90.0, "90", 90),
        ("F8.2", 25.6, "25.6", 25.6),
        ("PCT8", 12.5, "12.5", 12.5),
    ],
)
def test_values_under_their_formats(read, code, value, text, native):
    frame = pd.DataFrame({"id": [1.0, 2.0], "v": [value, None]})
    column = read(frame, variable_format={"v": code}).columns["v"]
    assert list(column.text) == [text, None]
    assert list(column.native) == [native, None]


def test_text_variables_have_no_native_values(read):
    frame = pd.DataFrame({"id": ["A  ", "B"], "note": ["çok iyi", "  "]})
    table = read(frame)
    assert list(table.columns["id"].text) == ["A", "B"]
    assert list(table.columns["note"].text) == ["çok iyi", None]
    assert table.columns["note"].native is None


def test_missing_ranges_list_the_codes_that_occur(read):
    frame = pd.DataFrame({"ki67": [10.0, 997.0, 999.0, 40.0], "s": ["a", "X", "b", "a"]})
    table = read(frame, missing_ranges={"ki67": [{"lo": 990, "hi": 999}], "s": ["X"]})
    assert table.columns["ki67"].missing == {"997", "999", "990"}
    assert list(table.columns["ki67"].text) == ["10", "997", "999", "40"]
    assert table.columns["s"].missing == {"X"}


def test_empty_cases_are_no_records(read):
    frame = pd.DataFrame({"id": [1.0, None, 3.0], "v": [5.0, None, None]})
    assert list(read(frame).rows) == [1, 3]


def test_text_in_another_encoding_than_the_file_says(read, drop):
    frame = pd.DataFrame({"id": [1.0], "cins": [1.0]})
    read(frame, variable_value_labels={"cins": {1.0: "Kad\u0131n, de\u011fil"}})
    raw = (drop / "p.sav").read_bytes()
    label = "Kadın, değil".encode()
    wrong = "Kadın, değil".encode("cp1254")
    raw = raw.replace(bytes([len(label)]) + label, bytes([len(wrong)]) + wrong + b"\0\0")
    (drop / "p.sav").write_bytes(raw.replace(label, wrong + b"  "))
    with pytest.raises(DropFault, match=r"p.sav: its text is not written in .*cp1254"):
        read_saved(drop)
    labels = read_saved(drop, encoding="cp1254").columns["cins"].labels
    assert labels["1"].startswith("Kadın, değil")
    with pytest.raises(DropFault, match="not written in cp1252 but most likely in cp1254"):
        read_saved(drop, encoding="cp1252")


@pytest.mark.parametrize("content", [b"", b"id;er\n1;2\n", b"$FL2 cut off"])
def test_files_that_are_not_spss(drop, content):
    (drop / "p.sav").write_bytes(content)
    with pytest.raises(DropFault, match=r"p\.sav: (is empty|is no SPSS|the SPSS file is damaged)"):
        read_saved(drop)


def test_a_library_that_crashes_is_a_fault_of_the_file(drop, monkeypatch, tmp_path):
    (drop / "p.sav").write_bytes(b"$FL2" + bytes(200))
    crashing = tmp_path / "crash.py"
    crashing.write_text("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr("multicentric.reading.spss_process.__file__", str(crashing))
    with pytest.raises(DropFault, match="the SPSS file is damaged"):
        read_saved(drop)
