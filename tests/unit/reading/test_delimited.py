"""Delimited text: delimiters, quotation marks, ragged rows, headings, and where a record starts."""

from __future__ import annotations

import pytest

from multicentric.reading import DropFault, ProblemKind


def kinds(table):
    return [(problem.row, problem.kind) for problem in table.problems]


def test_a_separator_line_names_the_delimiter_and_counts_as_a_line(read_bytes):
    table = read_bytes("\ufeffsep=;\r\nid;er\r\nA;12,5\r\n".encode())
    assert list(table.columns) == ["id", "er"]
    assert list(table.rows) == [3]
    assert table.columns["er"].text[0] == "12,5"


def test_a_separator_line_against_the_mapping_is_refused(read_bytes):
    with pytest.raises(DropFault, match="says itself that ';' separates"):
        read_bytes(b"sep=;\nid;er\nA;1\n", delimiter="comma")


def test_a_wrong_delimiter_is_named(read_bytes):
    with pytest.raises(DropFault, match=r"extract.csv, row 1: .* no ',' but 2 ';'"):
        read_bytes(b"id;er;pr\nA;1;2\n")


@pytest.mark.parametrize("name", ["tab", "\\t", "\t"])
def test_tab_has_several_names(read_bytes, name):
    assert list(read_bytes(b"id\ter\nA\t1\n", delimiter=name).columns) == ["id", "er"]


def test_rows_are_the_lines_on_which_records_start(read_bytes):
    table = read_bytes(b'id,note\n1,"one\ntwo\r\nthree"\n2,x\n\n3,y\n')
    assert list(table.rows) == [2, 5, 7]
    assert table.columns["note"].text[0] == "one\ntwo\r\nthree"
    assert table.problems == []


def test_empty_and_blank_cells_are_none_and_empty_rows_no_records(read_bytes):
    table = read_bytes('id,a,b\n1,, \n,,\n \xa0,,""\n2,"",x\n'.encode())
    assert list(table.rows) == [2, 5]
    assert list(table.columns["a"].text) == [None, None]
    assert list(table.columns["b"].text) == [None, "x"]


def test_text_is_kept_with_its_spaces(read_bytes):
    assert read_bytes(b"id,a\n1, x \n").columns["a"].text[0] == " x "


def test_ragged_rows_are_reported_and_the_others_survive(read_bytes):
    table = read_bytes(b"id,a,b\n1,2,3\n2,12,5,0\n3,1\n4,5,6,\n5,7,8\n")
    assert list(table.rows) == [2, 3, 4, 5, 6]
    assert kinds(table) == [
        (3, ProblemKind.TOO_MANY_FIELDS),
        (4, ProblemKind.TOO_FEW_FIELDS),
    ]
    assert table.broken_rows == {3, 4}
    assert all(problem.raw is None for problem in table.problems)  # may be another column's text


def test_duplicate_headings_are_numbered_and_reported(read_bytes):
    table = read_bytes(b"id,ER,ER,ER (2),ER\n1,2,3,4,5\n")
    assert list(table.columns) == ["id", "ER", "ER (3)", "ER (2)", "ER (4)"]
    assert [table.columns[h].text[0] for h in table.columns] == ["1", "2", "3", "4", "5"]
    assert kinds(table) == [(1, ProblemKind.DUPLICATE_HEADING)] * 2


def test_a_heading_repeated_inside_the_table_is_no_record(read_bytes):
    table = read_bytes(b"id,er\n1,5\n id ,er\n2,6\n")
    assert list(table.rows) == [2, 4]
    assert kinds(table) == [(3, ProblemKind.REPEATED_HEADING)]


def test_columns_without_heading(read_bytes):
    table = read_bytes(b"id,,er,,\n1,x,5,,\n")
    assert list(table.columns) == ["id", "column B", "er"]
    assert table.columns["er"].letter == "C"
    assert kinds(table) == [(1, ProblemKind.COLUMN_WITHOUT_HEADING)]


def test_headings_are_cleaned(read_bytes):
    table = read_bytes('id,"Ki-67\n (%)", HER2\xa0IHC ,Tu\u0308mo\u0308r\n1,2,3,4\n'.encode())
    assert list(table.columns) == ["id", "Ki-67 (%)", "HER2 IHC", "Tümör"]
    assert list(table.rows) == [3]


def test_heading_rows_below_a_title_and_groups_without_merged_cells(read_bytes):
    content = b"Center X\n,,,\nPatient,,Tumor,\nid,age,ER,age\n1,50,90,3\n"
    table = read_bytes(content, heading_rows="3-4")
    assert list(table.columns) == ["id", "Patient / age", "ER", "Tumor / age"]
    joined = read_bytes(content, heading_rows="3-4", headings="joined")
    assert next(iter(joined.columns)) == "Patient / id"
    assert list(joined.rows) == [5]


def test_a_heading_that_is_not_there_is_a_fault(read_bytes):
    with pytest.raises(DropFault, match=r"row 9: holds no heading where the mapping says"):
        read_bytes(b"id,er\n1,5\n", heading_rows="9")


def test_notes_after_an_empty_row_are_cut_off_where_declared(read_bytes):
    content = b"id,er\n\n1,5\n2,6\n,\nNote: by hand,\n"
    assert list(read_bytes(content, ends="first_empty_row").rows) == [3, 4]
    assert list(read_bytes(content).rows) == [3, 4, 6]


def test_a_heading_alone_gives_a_table_without_rows(read_bytes):
    table = read_bytes(b"id,er\n")
    assert len(table.rows) == 0
    assert table.rows.dtype == "int64"


@pytest.mark.parametrize("content", [b"", b"\n\r\n  \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_a_fault(read_bytes, content):
    with pytest.raises(DropFault, match="is empty"):
        read_bytes(content)


def test_a_quotation_mark_never_closed_is_refused_with_its_row(read_bytes):
    with pytest.raises(DropFault, match=r"row 3: a quotation mark opened in this row"):
        read_bytes(b'id,a\n1,x\n2,"x\n3,y\n4,z\n')


def test_quotation_marks_that_swallow_rows_are_refused(read_bytes):
    # Read naively this is two well-formed records, and the patients 3 and 4 are gone.
    content = b'id,a,b,c\n1,x,y,z\n2,x,y,"z\n3,x,y,z\n4,x,y,z"\n5,x,y,z\n'
    with pytest.raises(DropFault, match=r"row 3: .*swallows later rows"):
        read_bytes(content)


def test_a_stray_quotation_mark_is_reported_on_its_row(read_bytes):
    table = read_bytes(b'id,a\n1,x\n2,"5" lesion\n3,"line\nbreak"\n')
    assert kinds(table) == [(3, ProblemKind.MISPLACED_QUOTE)]
    assert table.broken_rows == {3}
    assert list(table.rows) == [2, 3, 4]


def test_a_file_without_quotation_marks(read_bytes):
    table = read_bytes(b'id,a\n1,"5" lesion\n2,"x\n', quote="none")
    assert list(table.columns["a"].text) == ['"5" lesion', '"x']
    assert table.problems == []


@pytest.mark.parametrize("text", ["#REF!", "#DEĞER!", "#WERT!", "#YOK", "#N/A", "#SAYI/0!", "####"])
def test_error_values_of_spreadsheets_are_text_and_reported(read_bytes, text):
    table = read_bytes(f"id,a\n1,{text}\n2,# 3\n3,#4\n".encode())
    assert table.columns["a"].text[0] == text
    assert [(p.row, p.column, p.raw, p.kind) for p in table.problems] == [
        (2, "a", text, ProblemKind.ERROR_VALUE)
    ]


def test_rows_chosen_by_a_column(read_bytes, drop):
    content = b"id,event\n1,base\n1, visit \n2,base\n2,visit,x\n"
    table = read_bytes(content, where={"event": "visit"})
    assert list(table.rows) == [3, 5]
    assert table.broken_rows == {5}
    assert read_bytes(content, where={"event": ["base"]}).problems == []
    none = read_bytes(content, where={"event": "follow-up"})
    assert len(none.rows) == 0
    assert [problem.kind for problem in none.problems] == [ProblemKind.NO_ROW_SELECTED]
    with pytest.raises(DropFault, match=r"no column evnt.*did you mean event\?"):
        read_bytes(content, where={"evnt": "base"})


def test_ten_thousand_columns(read_bytes):
    headings = ",".join(f"v{n}" for n in range(10_000))
    table = read_bytes(f"{headings}\n{headings.replace('v', '')}\n".encode())
    assert len(table.columns) == 10_000
    assert table.columns["v9999"].letter == "NTP"
    assert table.columns["v9999"].text[0] == "9999"
