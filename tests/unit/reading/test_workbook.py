"""Workbooks: cells with type and number format, formulas, sheets, and files that are none."""

from __future__ import annotations

import datetime
import zipfile
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.formula import ArrayFormula

from multicentric.reading import DropFault, ProblemKind, TableSpec, read_tables
from multicentric.reading import package as limits


@pytest.fixture
def book():
    book = openpyxl.Workbook()
    book.active.title = "Patients"
    return book


@pytest.fixture
def read(drop, book):
    """Save the workbook and read a sheet of it."""

    def save_and_read(**declared):
        book.save(drop / "p.xlsx")
        return read_saved(drop, **declared)

    return save_and_read


def read_saved(drop, **declared):
    spec = TableSpec.model_validate({"file": "p.xlsx", "format": "workbook", **declared})
    return read_tables(drop, {"p": spec})["p"]


def rewrite(path: Path, part: str, old: str, new: str) -> None:
    """Replace text in one part of a workbook."""
    with zipfile.ZipFile(path) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
    # Writers differ in how they close an empty element.
    text = content[part].decode().replace(" />", "/>").replace("<v></v>", "<v/>")
    assert old in text
    content[part] = text.replace(old, new).encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def kinds(table):
    return [(problem.row, problem.column, problem.kind) for problem in table.problems]


@pytest.mark.parametrize(
    ("value", "code", "text", "native"),
    [
        (90, "General", "90", 90),
        (90.0, "0.00", "90", 90),
        (0.59, "General", "0.59", 0.59),
        (0.59, "0%", "59%", 0.59),
        (0.595, "0.0%", "59.5%", 0.595),
        (0.125, "0%;[Red]-0%", "13%", 0.125),
        (1.74, "0.0", "1.74", 1.74),
        (0.00001, "General", "0.00001", 0.00001),
        (12345678901, "0", "12345678901", 12345678901),
        (9, "000", "009", 9),
        (1234, "000", "1234", 1234),
        (7, '"AR-"0000', "AR-0007", 7),
        (12345, "000-000", "012-345", 12345),
        (True, "General", "TRUE", True),
        ("+1", "@", "+1", None),
        (" x ", "General", " x ", None),
        ("line_x000D_", "General", "line\r", None),
        (datetime.date(1964, 12, 15), "dd.mm.yyyy", "1964-12-15", datetime.date(1964, 12, 15)),
        (
            datetime.datetime(2020, 3, 8, 14, 30),
            "yyyy-mm-dd h:mm:ss",
            "2020-03-08 14:30:00",
            datetime.datetime(2020, 3, 8, 14, 30),
        ),
        (datetime.date(2019, 5, 1), "mm.yyyy", "2019-05", None),
        (datetime.date(2019, 5, 1), "[$-41F]mmm\\ yy;@", "2019-05", None),
        (datetime.date(2019, 5, 17), "mmm yy", "2019-05-17", datetime.date(2019, 5, 17)),
        (datetime.date(2019, 1, 1), "yyyy", "2019", None),
        (datetime.time(8, 30), "h:mm", "08:30:00", None),
        (43899, "General", "43899", 43899),
        (43899, "dd/mm/yyyy", "2020-03-09", datetime.date(2020, 3, 9)),
    ],
)
def test_cells_give_what_was_seen_and_what_it_is(book, read, value, code, text, native):
    sheet = book.active
    sheet.append(["id", "v"])
    sheet.append(["A", None])
    sheet["B2"].value = value
    sheet["B2"].number_format = code
    column = read().columns["v"]
    assert (column.text[0], column.native[0]) == (text, native)
    assert type(column.native[0]) is type(native) or isinstance(native, float | int)


def test_the_1904_date_system_is_respected(book, read):
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["id", "v"])
    book.active.append(["A", datetime.date(2019, 5, 2)])
    book.active.append(["B", 1])
    book.active["B3"].number_format = "dd.mm.yyyy"
    table = read()
    assert list(table.columns["v"].text) == ["2019-05-02", "1904-01-02"]


def test_a_formula_without_stored_result_is_no_empty_cell(book, read, drop):
    sheet = book.active
    sheet.append(["id", "v", "w"])
    sheet.append(["A", "=1+1", None])
    sheet.append(["B", "=2+2", None])
    sheet.append(["C", '=""', None])
    sheet["C2"] = ArrayFormula("C2:C2", "=SUM(B2:B3)")
    read()
    # As a spreadsheet program saves it: one number, one empty text, two never calculated.
    part = "xl/worksheets/sheet1.xml"
    for old, new in (
        ("<f>2+2</f><v/>", "<f>2+2</f><v>4</v>"),
        ('<c r="B4"><f>""</f><v/>', '<c r="B4" t="str"><f>""</f><v></v>'),
        ("<f>1+1</f><v/>", "<f>1+1</f>"),
    ):
        rewrite(drop / "p.xlsx", part, old, new)
    table = read_saved(drop)
    assert list(table.columns["v"].text) == ["=1+1", "4", None]
    assert list(table.columns["v"].native) == [None, 4, None]
    assert kinds(table) == [
        (2, "v", ProblemKind.FORMULA_WITHOUT_RESULT),
        (2, "w", ProblemKind.FORMULA_WITHOUT_RESULT),
    ]
    assert table.problems[0].raw == "=1+1"


def test_a_formula_that_openpyxl_wrote_has_no_result(book, read):
    book.active.append(["id", "v"])
    book.active.append(["A", "=1+1"])
    table = read()
    assert kinds(table) == [(2, "v", ProblemKind.FORMULA_WITHOUT_RESULT)]


def test_error_cells_are_text_and_reported(book, read):
    book.active.append(["id", "v"])
    book.active.append(["A", "#REF!"])
    book.active.append(["B", "#DEĞER!"])
    table = read()
    assert list(table.columns["v"].text) == ["#REF!", "#DEĞER!"]
    assert kinds(table) == [(2, "v", ProblemKind.ERROR_VALUE), (3, "v", ProblemKind.ERROR_VALUE)]


def test_a_date_out_of_range_and_the_day_zero_are_reported(book, read):
    book.active.append(["id", "v"])
    book.active.append(["A", 99999999])
    book.active.append(["B", 0])
    for cell in ("B2", "B3"):
        book.active[cell].number_format = "dd.mm.yyyy"
    table = read()
    assert list(table.columns["v"].text) == ["#VALUE!", "1900-01-00"]
    assert list(table.columns["v"].native) == [None, None]
    assert kinds(table) == [(2, "v", ProblemKind.ERROR_VALUE), (3, "v", ProblemKind.DAY_ZERO)]


def test_cells_beside_the_table_and_headings_never_given(book, read):
    sheet = book.active
    sheet.append(["id", None, "v"])
    sheet.append(["A", "x", 1])
    sheet.append(["B", None, 2])
    sheet["XFD3"] = "stray"
    table = read()
    assert list(table.columns) == ["id", "column B", "v"]
    assert kinds(table) == [
        (1, "column B", ProblemKind.COLUMN_WITHOUT_HEADING),
        (3, "XFD", ProblemKind.OUTSIDE_TABLE),
    ]
    assert table.problems[1].raw is None


def test_a_stray_cell_in_the_last_row_costs_no_memory(book, read):
    book.active.append(["id", "v"])
    book.active.append(["A", 1])
    book.active["A1048576"] = "end"
    assert list(read().rows) == [2, 1048576]


def test_headings_merged_over_rows_and_columns(book, read):
    sheet = book.active
    sheet.append(["Title"])
    sheet.append(["Patient no", "Tumor", None, "Note"])
    sheet.append([None, "ER", "PR", None])
    sheet.append(["A", 90, 80, "x"])
    for area in ("A2:A3", "B2:C2", "D2:D3", "A1:D1"):
        sheet.merge_cells(area)
    assert list(read(heading_rows="2-3").columns) == ["Patient no", "ER", "PR", "Note"]
    joined = read(heading_rows="2-3", headings="joined")
    assert list(joined.columns) == ["Patient no", "Tumor / ER", "Tumor / PR", "Note"]
    assert joined.problems == []


def test_merged_cells_inside_the_table_are_reported(book, read):
    sheet = book.active
    sheet.append(["id", "visit"])
    for visit in range(3):
        sheet.append(["A" if visit == 0 else None, visit])
    sheet.merge_cells("A2:A4")
    table = read()
    assert kinds(table) == [
        (3, "id", ProblemKind.MERGED_CELLS),
        (4, "id", ProblemKind.MERGED_CELLS),
    ]


def test_sheets_are_chosen_by_name_and_hidden_ones_left_alone(book, read):
    book.active.append(["id", "v"])
    book.active.append(["A", 1])
    old = book.create_sheet("old")
    old.append(["id"])
    old.append(["Z"])
    old.sheet_state = "hidden"
    assert list(read().columns["id"].text) == ["A"]
    assert list(read(sheet="old").columns["id"].text) == ["Z"]
    assert read(sheet=" patients ").sheet == "Patients"
    with pytest.raises(DropFault, match=r"no sheet Patinets; did you mean Patients\?"):
        read(sheet="Patinets")
    old.sheet_state = "visible"
    with pytest.raises(DropFault, match=r"shows 2 \(Patients, old\); name the sheet"):
        read()


def test_a_workbook_is_opened_once_for_all_its_sheets(book, drop, monkeypatch):
    book.active.append(["id"])
    book.create_sheet("Visits").append(["id"])
    book.save(drop / "p.xlsx")
    opened = []
    load = openpyxl.load_workbook
    monkeypatch.setattr(
        openpyxl, "load_workbook", lambda path, **how: opened.append(path) or load(path, **how)
    )
    specs = {
        name: TableSpec(file="p.xlsx", format="workbook", sheet=name)
        for name in ("Patients", "Visits")
    }
    assert [table.sheet for table in read_tables(drop, specs).values()] == ["Patients", "Visits"]
    assert len(opened) == 1


def test_an_empty_sheet_is_a_fault(read):
    with pytest.raises(DropFault, match=r"p.xlsx, sheet Patients: is empty"):
        read()


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (OLE + "Workbook".encode("utf-16-le"), "old .xls kind; ask for it saved as .xlsx"),
        (OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (b"<html><table><tr><td>id</td></tr></table></html>", "but a web page"),
        (b"id;er\n1;2\n", "but a text file"),
        (b"PK\x03\x04 cut off", "the workbook is damaged"),
    ],
)
def test_files_that_are_no_workbook_say_what_they_are(drop, content, message):
    (drop / "p.xlsx").write_bytes(content)
    with pytest.raises(DropFault, match=message):
        read_saved(drop)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        (["mimetype", "content.xml"], "an OpenDocument file"),
        (["[Content_Types].xml", "xl/workbook.bin"], "a binary workbook"),
        (["a.txt"], "another zip archive"),
        (["[Content_Types].xml"], "the workbook is damaged"),
    ],
)
def test_other_archives_say_what_they_are(drop, parts, message):
    with zipfile.ZipFile(drop / "p.xlsx", "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    with pytest.raises(DropFault, match=message):
        read_saved(drop)


def test_a_zip_bomb_is_not_opened(drop, monkeypatch):
    with zipfile.ZipFile(drop / "p.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "x")
        archive.writestr("xl/worksheets/sheet1.xml", bytes(limits.RATIO_APPLIES_ABOVE_BYTES + 1))
    monkeypatch.setattr(openpyxl, "load_workbook", None)
    with pytest.raises(DropFault, match=r"would unpack to 32 MB in 2 parts and is not opened"):
        read_saved(drop)


def test_a_workbook_above_the_size_limit_is_not_opened(book, read, monkeypatch):
    book.active.append(["id"])
    monkeypatch.setattr(limits, "MAX_UNCOMPRESSED_BYTES", 1000)
    with pytest.raises(DropFault, match="is not opened"):
        read()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<row r="3"', '<row r="2"'),
        ('<row r="3"', '<row r="99999999"'),
        ("</sheetData>", ""),
        ('t="n"', 't="s"'),
    ],
)
def test_a_damaged_sheet_loses_no_row_in_silence(book, read, drop, old, new):
    for row in (["id"], [7], [8]):
        book.active.append(row)
    assert len(read().rows) == 2
    rewrite(drop / "p.xlsx", "xl/worksheets/sheet1.xml", old, new)
    with pytest.raises(DropFault, match="the workbook is damaged"):
        read_saved(drop)
