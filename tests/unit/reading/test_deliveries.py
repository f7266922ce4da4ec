"""The six deliveries, each against a reading by other means or against the cells as seen."""

from __future__ import annotations

import csv
import datetime

import numpy as np
import openpyxl
import pyreadstat

from .conftest import CENTERS


def test_comma_separated_file_gives_every_cell_with_its_line(delivered):
    table = delivered("aras", p={"file": "extract.csv", "format": "delimited"})["p"]
    path = CENTERS / "aras/2025-06-02/extract.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        expected = list(csv.DictReader(stream))
    assert len(table.rows) == len(expected)
    assert list(table.columns) == list(expected[0])
    for heading, column in table.columns.items():
        assert [text or "" for text in column.text] == [record[heading] for record in expected]
        assert column.native is None
    lines = path.read_text(encoding="utf-8").split("\n")
    for row, patient in zip(table.rows, table.columns["PatientID"].text, strict=True):
        assert lines[row - 1].startswith(patient)
    assert table.columns["Comment"].letter == "AA"
    assert table.problems == []


def test_turkish_file_keeps_text_as_seen_and_drops_the_empty_rows_at_its_foot(delivered):
    table = delivered(
        "ceyhan",
        p={
            "file": "hasta_listesi.csv",
            "format": "delimited",
            "encoding": "windows-1254",
            "delimiter": ";",
        },
    )["p"]
    raw = (CENTERS / "ceyhan/2025-06-02/hasta_listesi.csv").read_bytes()
    lines = raw.decode("cp1254").split("\r\n")
    assert [lines[row - 1].split(";")[0] for row in table.rows] == list(
        table.columns["Dosya No"].text
    )
    assert sum(bool(line.strip(";")) for line in lines) == len(table.rows) + 1
    assert table.columns["Cinsiyet"].text[0] == "Kadın "
    assert table.columns["De novo metastatik"].text[0] == "\N{NO-BREAK SPACE}HAYIR"
    assert table.columns["CDK 4/6 inh."].text[0] == "RİBOSİKLİB"
    assert table.columns["ER"].text[0] == "%95"
    assert table.problems == []


def test_two_row_heading_merged_groups_and_notes_under_the_table(delivered):
    declared = {
        "file": "dicle_2025-06.xlsx",
        "format": "workbook",
        "sheet": "Hastalar",
        "heading_rows": "4-5",
        "ends": "first_empty_row",
    }
    tables = delivered(
        "dicle",
        last=declared,
        joined={**declared, "headings": "joined"},
        noted={**declared, "ends": "last_row"},
        visits={"file": "dicle_*.xlsx", "format": "workbook", "sheet": "Takip"},
    )
    patients = tables["last"]
    assert list(patients.columns)[:2] == ["Hasta kodu", "Cinsiyet (K/E)"]
    assert list(tables["joined"].columns)[7] == "Tümör / ER %"
    assert list(patients.rows) == list(range(6, 68))
    birth = patients.columns["Doğum tarihi"]
    assert birth.text[0] == "1964-12-15"
    assert birth.native[0] == datetime.date(1964, 12, 15)
    assert patients.columns["ER %"].text[0] == "50"
    assert patients.columns["ER %"].native[0] == 50
    assert patients.columns["ISH"].text[1] is None
    assert len(tables["noted"].rows) == len(patients.rows) + 2
    visits = tables["visits"]
    assert visits.sheet == "Takip"
    assert visits.columns["Ölüm tarihi"].text[0] == "05/03/2020"
    assert visits.columns["Ölüm tarihi"].native[0] is None
    assert visits.columns["Vital durum"].native[0] == 1
    assert patients.problems == visits.problems == []


def test_workbook_with_a_row_per_visit_equals_openpyxls_own_reading(delivered):
    sheets = ("baseline", "imaging", "outcome")
    file = {"file": "FIRAT_export.xlsx", "format": "workbook"}
    tables = delivered("firat", **{sheet: {**file, "sheet": sheet} for sheet in sheets})
    book = openpyxl.load_workbook(CENTERS / "firat/2025-06-02/FIRAT_export.xlsx")
    for sheet in sheets:
        expected = list(book[sheet].iter_rows(min_row=2, values_only=True))
        columns = list(tables[sheet].columns.values())
        assert list(tables[sheet].rows) == list(range(2, len(expected) + 2))
        for at, column in enumerate(columns):
            for text, native, value in zip(
                column.text, column.native, (row[at] for row in expected), strict=True
            ):
                if isinstance(value, datetime.datetime):
                    assert (text, native) == (value.date().isoformat(), value.date())
                elif isinstance(value, str) or value is None:
                    assert (text, native) == (value, None)
                else:
                    assert (float(text), native) == (value, value)
    assert tables["baseline"].columns["Ki-67 index"].text[0] == "0.59"


def test_spss_keeps_codes_labels_and_missing_codes(delivered):
    table = delivered("gediz", p={"file": "gediz.sav", "format": "spss"})["p"]
    frame, meta = pyreadstat.read_sav(
        CENTERS / "gediz/2025-06-02/gediz.sav", user_missing=True, output_format="pandas"
    )
    assert list(table.columns) == list(frame.columns)
    assert list(table.rows) == list(range(1, len(frame) + 1))
    for heading, column in table.columns.items():
        for text, native, value in zip(column.text, column.native, frame[heading], strict=True):
            if isinstance(value, datetime.date):
                assert (text, native) == (value.isoformat(), value)
            elif np.isnan(value):
                assert text is native is None
            else:
                assert (float(text), native) == (value, value)
                assert not text.endswith(".0")
    menopause = table.columns["menopoz"]
    assert menopause.labels == {"1": "Premenopozal", "2": "Postmenopozal", "9": "Bilinmiyor"}
    assert menopause.missing == {"9"}
    assert "9" in menopause.text
    assert table.columns["ki67"].missing == {"999"}
    assert table.columns["id"].description == "Hasta no"
    assert meta.missing_ranges["grad"]
    assert table.columns["grad"].missing == {"9"}


def test_redcap_export_gets_its_meaning_from_the_dictionary(delivered):
    declared = {
        "file": "MERIC_DATA_*.csv",
        "format": "redcap",
        "dictionary": "MERIC_DataDictionary.csv",
    }
    tables = delivered(
        "meric",
        all=declared,
        baseline={**declared, "where": {"redcap_event_name": "baseline_arm_1"}},
        followup={**declared, "where": {"redcap_event_name": ["followup_arm_1"]}},
    )
    both = sorted([*tables["baseline"].rows, *tables["followup"].rows])
    assert both == list(tables["all"].rows) == list(range(2, len(both) + 2))
    columns = tables["baseline"].columns
    assert next(iter(columns)) == "record_id"
    assert columns["sex"].labels == {"1": "Male", "2": "Female"}
    assert columns["grade"].labels["99"] == "Unknown"
    assert columns["mets___5"].labels == {"1": "Lymph node"}
    assert columns["mets___5"].description == "mets (Lymph node)"
    assert columns["de_novo"].labels == {"0": "No", "1": "Yes"}
    assert columns["er_pct"].labels == {}
    assert set(tables["followup"].columns["redcap_event_name"].text) == {"followup_arm_1"}
    assert tables["all"].file.startswith("MERIC_DATA_")
