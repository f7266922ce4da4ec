"""2,100 mutated deliveries: each ends in values that lineage explains, or in words.

No crash, no hang, no value that does not follow from its own raw text, and no text that is neither
a value nor missing for a declared reason without a finding.
"""

import csv
import io
import random
import shutil
import time
import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from multicentric.dictionary import DTYPES
from multicentric.harmonize import harmonize_center
from multicentric.harmonize.rebuild import Trace, rebuild
from multicentric.mapping import load_mapping
from multicentric.schema import dictionary_of, load_model

ROOT = Path(__file__).parents[2]
DICTIONARY = dictionary_of(load_model(ROOT / "schemas/patient.py"))
PATIENTS = 5
SLOWEST = 20.0  # seconds for one small file: far above what it takes, far below a hang
HOSTILE = [
    "", " ", "\u00a0", "x", "?", "-", "yok", "nd", "99", "9", "-1", "0", "1", "2", "1.5", "1,5",
    "1e5", "1E-400", "٣", "5²", "<5", "> 90", "150", "NaN", "inf", "None", "TRUE", "#REF!",
    "#DEĞER!", "=1+1",
    "31.02.2021", "05/03/2020", "2020-13-01", "0001-01-01", "9999-12-31", "2019-05", "05.2019",
    "43899", "2020-01-01 10:30:00", "Kadın", "KADIN", "kadin", "POZİTİF", "3+", "4+", "a" * 5000,
    "Ã¼", "ý", "\x00", "\ufeff", "\u202e",
    '"', "';--", "\r", "\n", ";", ",", "\t", "{}", "PR", "pr ",
]  # fmt: skip


def text_rows(text, delimiter):
    return list(csv.reader(io.StringIO(text), delimiter=delimiter))


def written(rows, delimiter):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return out.getvalue()


def change_cell(rng, rows):
    row = rng.choice(rows)
    if row:
        row[rng.randrange(len(row))] = rng.choice(HOSTILE)


def copy_cell(rng, rows):
    one, other = rng.choice(rows), rng.choice(rows)
    if one and other:
        one[rng.randrange(len(one))] = rng.choice(other)


def drop_cell(rng, rows):
    row = rng.choice(rows)
    if row:
        del row[rng.randrange(len(row))]


def add_cell(rng, rows):
    row = rng.choice(rows)
    row.insert(rng.randrange(len(row) + 1), rng.choice(HOSTILE))


def repeat_row(rng, rows):
    rows.insert(rng.randrange(len(rows) + 1), list(rng.choice(rows)))


def drop_row(rng, rows):
    if len(rows) > 1:
        del rows[rng.randrange(len(rows))]


def swap_columns(rng, rows):
    if not rows[0]:
        return
    one, other = rng.randrange(len(rows[0])), rng.randrange(len(rows[0]))
    for row in rows:
        if max(one, other) < len(row):
            row[one], row[other] = row[other], row[one]


def repeat_column(rng, rows):
    if not rows[0]:
        return
    at = rng.randrange(len(rows[0]))
    for row in rows:
        row.append(row[at] if at < len(row) else "")


def empty_rows(rng, rows):
    for _ in range(rng.randrange(1, 4)):
        rows.insert(rng.randrange(len(rows) + 1), [])


OF_ROWS = [
    change_cell, change_cell, change_cell, change_cell, copy_cell, drop_cell, add_cell, repeat_row,
    drop_row, swap_columns, repeat_column, empty_rows,
]  # fmt: skip


def mutate_bytes(rng, raw):
    how = rng.randrange(5)
    at = rng.randrange(len(raw) or 1)
    if how == 0:
        return raw[:at]
    if how == 1:
        return raw[:at] + rng.randbytes(rng.randrange(1, 9)) + raw[at:]
    if how == 2:
        return raw[:at] + bytes([rng.randrange(256)]) + raw[at + 1 :]
    if how == 3:
        return raw[:at] + raw[at + rng.randrange(1, 200) :]
    return b"\xef\xbb\xbf" + raw


def mutate_text(rng, raw, encoding, delimiter):
    rows = text_rows(raw.decode(encoding), delimiter)
    rows = rows[: 2 * PATIENTS + 1]
    for _ in range(rng.randrange(1, 4)):
        rng.choice(OF_ROWS)(rng, rows)
    made = written(rows, delimiter).encode(encoding, errors="replace")
    if rng.random() < 0.15:
        made = mutate_bytes(rng, made)
    if rng.random() < 0.05:
        made = made.decode(encoding, errors="replace").encode(rng.choice(["utf-8", "utf-16"]))
    return made


def mutate_workbook(rng, small):
    book = openpyxl.load_workbook(io.BytesIO(small))
    for _ in range(rng.randrange(1, 4)):
        sheet = rng.choice(book.worksheets)
        row, column = rng.randrange(1, sheet.max_row + 1), rng.randrange(1, sheet.max_column + 1)
        how = rng.randrange(8)
        if how < 4:
            text = "".join(sign for sign in rng.choice(HOSTILE) if sign >= " ")
            values = [text, rng.randrange(100), 0.5, date(2020, 2, 29), True, None]
            cell = sheet.cell(row, column)
            if not isinstance(cell, openpyxl.cell.cell.MergedCell):
                cell.value = rng.choice([text, *values])
        elif how == 4:
            sheet.insert_rows(row)
        elif how == 5:
            sheet.delete_rows(row)
        elif how == 6:
            sheet.merge_cells(
                start_row=row, end_row=row + 1, start_column=column, end_column=column
            )
        else:
            sheet.cell(row, column).number_format = rng.choice(["0%", "000", "mm.yyyy", "@"])
    out = io.BytesIO()
    book.save(out)
    made = out.getvalue()
    return mutate_bytes(rng, made) if rng.random() < 0.2 else made


def small_workbook(raw):
    """The first patients of each sheet, with headings and what stands above them."""
    book = openpyxl.load_workbook(io.BytesIO(raw))
    for sheet in book.worksheets:
        sheet.delete_rows(5 + 2 * PATIENTS, sheet.max_row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def mutate_spss(rng, frame, meta, path):
    frame = frame.copy()
    for _ in range(rng.randrange(1, 4)):
        column = rng.choice(list(frame.columns))
        at = rng.randrange(len(frame))
        if pd.api.types.is_numeric_dtype(frame[column]):
            frame.loc[at, column] = rng.choice([0, 1, 2, 9, 99, 999, -1, 1.5, 1e9, None])
        if rng.random() < 0.2:
            frame = pd.concat([frame, frame.iloc[[at]]], ignore_index=True)
        if rng.random() < 0.1:
            frame = frame.rename(columns={column: f"{column}2"})
    labels = {k: v for k, v in meta.variable_value_labels.items() if k in frame}
    missing = {k: v for k, v in meta.missing_ranges.items() if k in frame}
    formats = {k: v for k, v in meta.original_variable_types.items() if k in frame}
    pyreadstat.write_sav(
        frame, path, variable_value_labels=labels, missing_ranges=missing, variable_format=formats
    )


def judge(center, drop, mapping):
    """Harmonize and hold every value to its lineage."""
    start = time.monotonic()
    made = harmonize_center(center, drop, mapping, DICTIONARY)
    assert time.monotonic() - start < SLOWEST
    assert list(made.table.columns) == ["center", "patient_id", *DICTIONARY.names]
    assert [str(made.table[v.name].dtype) for v in DICTIONARY] == [
        DTYPES[v.kind] for v in DICTIONARY
    ]
    assert made.table["patient_id"].is_unique
    assert len(made.lineage) == len(made.table) * len(DICTIONARY.names)
    if made.table.empty:
        assert {"center held", "record held"} & set(made.intake["effect"])
        return made
    asked = set(zip(made.intake["patient_id"], made.intake["variables"], strict=True))
    values = made.table.set_index("patient_id").astype(object).to_dict("index")
    columns = ["variable", "raw", "rule", "outcome", "eligible_rows", "patient_id"]
    cells = made.lineage[columns].astype(object)
    for cell in cells.where(cells.notna(), None).to_dict("records"):
        patient = cell.pop("patient_id")
        rebuilt = rebuild(Trace(**cell), mapping, DICTIONARY)
        value = values[patient][cell["variable"]]
        if rebuilt is None:
            assert pd.isna(value), cell
        else:
            wanted = pd.Timestamp(rebuilt) if isinstance(rebuilt, date) else rebuilt
            assert value == wanted, cell
        if cell["outcome"] in ("unmapped", "unreadable"):
            assert (patient, cell["variable"]) in asked, cell
    return made


def cells_as_sent(raw, encoding, delimiter):
    """Line and heading to text, by the standard library alone; None where it is not that simple."""
    try:
        text = raw.decode(encoding)
        reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
        lines, before = {}, 0
        for fields in reader:
            lines[before + 1] = fields
            before = reader.line_num
    except (UnicodeDecodeError, csv.Error):
        return None
    filled = [line for line, fields in lines.items() if any(field.strip() for field in fields)]
    heading = [field.strip() for field in lines[filled[0]]] if filled else []
    if len(set(heading)) != len(heading) or "" in heading:
        return None
    return {
        (line, name): field
        for line, fields in lines.items()
        for name, field in zip(heading, fields, strict=False)
    }


def assert_as_sent(made, raw, encoding, delimiter):
    sent = cells_as_sent(raw, encoding, delimiter)
    if sent is None or set("\r\x00\ufeff") & set(raw.decode(encoding)):
        return
    for cell in made.lineage.dropna(subset=["raw", "row"]).itertuples():
        if "; " not in cell.column:
            assert sent[(cell.row, cell.column)] == cell.raw, cell


TEXT = {
    "aras": ("extract.csv", "utf-8", ","),
    "ceyhan": ("hasta_listesi.csv", "cp1254", ";"),
    "meric": ("MERIC_DATA_2025-06-03_1142.csv", "utf-8-sig", ","),
}


@pytest.mark.parametrize("center", TEXT)
def test_mutated_text_files(center, tmp_path):
    name, encoding, delimiter = TEXT[center]
    source = ROOT / "centers" / center / "2025-06-02"
    mapping = load_mapping(ROOT / "centers" / center / "mapping.yaml")
    shutil.copytree(source, tmp_path / "drop")
    raw = (source / name).read_bytes()
    filled = 0
    for number in range(580):
        rng = random.Random(f"{center} {number}")
        mutated = mutate_text(rng, raw, encoding, delimiter)
        (tmp_path / "drop" / name).write_bytes(mutated)
        made = judge(center, tmp_path / "drop", mapping)
        if not made.table.empty:
            filled += 1
            assert_as_sent(made, mutated, encoding, delimiter)
    assert filled > 300  # the mutations leave most deliveries readable, so values were judged


@pytest.mark.parametrize("center", ["dicle", "firat"])
def test_mutated_workbooks(center, tmp_path):
    mapping = load_mapping(ROOT / "centers" / center / "mapping.yaml")
    (source,) = (ROOT / "centers" / center / "2025-06-02").iterdir()
    small = small_workbook(source.read_bytes())
    assert zipfile.is_zipfile(io.BytesIO(small))
    filled = 0
    for number in range(150):
        rng = random.Random(f"{center} {number}")
        (tmp_path / source.name).write_bytes(mutate_workbook(rng, small))
        filled += not judge(center, tmp_path, mapping).table.empty
    assert filled > 60


def test_mutated_spss_files(tmp_path):
    mapping = load_mapping(ROOT / "centers/gediz/mapping.yaml")
    frame, meta = pyreadstat.read_sav(
        ROOT / "centers/gediz/2025-06-02/gediz.sav", user_missing=True
    )
    frame = frame.head(2 * PATIENTS)
    filled = 0
    for number in range(60):
        rng = random.Random(f"gediz {number}")
        mutate_spss(rng, frame, meta, tmp_path / "gediz.sav")
        filled += not judge("gediz", tmp_path, mapping).table.empty
    assert filled > 30
