import io
import re
import shutil
import subprocess
import zipfile
from xml.etree import ElementTree

import openpyxl
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multicentric.dictionary import Dictionary, Variable
from multicentric.queries.answers import read_pack
from multicentric.queries.expected import expected_here
from multicentric.queries.pack import GIVEN, HEADING_ROW, Addressee, write_pack
from multicentric.queries.shown import fingerprint
from multicentric.queries.states import follow
from multicentric.queries.told import in_words
from multicentric.queries.words import load_words
from multicentric.reading.returned import is_pack
from tests.unit.queries.cases import drop, finding

TO = Addressee("c1", "Somewhere", "2025-06-02")
HOSTILE = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "=cmd|' /C calc'!A0", "<b>x</b>", "_x0041_"]


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def columns_of(sheet):
    return {cell.value: cell.column for cell in sheet[1]}


def answered(content, path, *answers):
    """Fill in answers as a person would: finding id to the texts of its answer columns."""
    book = opened(content)
    sheet = book.worksheets[0]
    columns = columns_of(sheet)
    for finding_id, texts in answers:
        row = next(r for r in range(1, sheet.max_row + 1) if sheet.cell(r, 1).value == finding_id)
        for name, text in texts.items():
            sheet.cell(row, columns[name]).value = text
    book.save(path)
    return path


@pytest.fixture
def queries():
    return follow([drop("2025-06-02", finding(), finding(patient="p0", raw="=1+1"))])


def test_the_sheets_part_open_answered_and_solved(queries, words):
    book = opened(write_pack(queries, TO, words))
    assert book.sheetnames == ["Open", "Answered", "Solved", "_multicentric"]
    assert book["_multicentric"].sheet_state == "hidden"
    keys = [book["Open"].cell(row, 2).value for row in (HEADING_ROW + 1, HEADING_ROW + 2)]
    assert keys == ["p0", "p1"]
    assert book["Solved"].cell(HEADING_ROW + 1, 1).value == "None."


def test_a_question_shows_the_cell_and_what_is_expected(queries, words):
    sheet = opened(write_pack(queries, TO, words))["Open"]
    row = {name: sheet.cell(HEADING_ROW + 2, at).value for name, at in columns_of(sheet).items()}
    shown = {name: row[name] for name in ("file", "row", "column", "raw", "told", "wanted")}
    assert shown == {
        "file": "d.csv",
        "row": "2",
        "column": "G",
        "raw": "7",
        "told": "7 is wrong.",
        "wanted": "1 to 3",
    }


def test_only_the_answer_columns_of_open_questions_can_be_written_in(words):
    solved = drop("d2", finding(), cells={("p0", "grade"): "2"}, patients=["p0", "p1"])
    queries = follow([drop("d1", finding(), finding(patient="p0")), solved])
    book = opened(write_pack(queries, TO, words))
    open_to_all = {
        (sheet.title, sheet.cell(1, cell.column).value)
        for sheet in book
        for line in sheet.iter_rows()
        for cell in line
        if not cell.protection.locked
    }
    assert open_to_all == {("Open", name) for name in GIVEN}
    assert all(sheet.protection.sheet for sheet in book)


def test_answers_are_offered_as_a_list(queries, words):
    book = opened(write_pack(queries, TO, words))
    (choice,) = book["Open"].data_validations.dataValidation
    assert choice.formula1 == "_multicentric!$C$2:$C$5"
    offered = [book["_multicentric"].cell(row, 3).value for row in range(2, 6)]
    assert offered == [words(f"answer.{code}") for code in (
        "corrected", "value_is_right", "cannot_be_resolved", "mapping_is_wrong"
    )]  # fmt: skip


@pytest.mark.parametrize("raw", HOSTILE)
def test_raw_text_is_text_and_nothing_else(raw, words, tmp_path):
    queries = follow([drop("d1", finding(patient=raw, raw=raw))])
    content = write_pack(queries, TO, words)
    sheet = opened(content)["Open"]
    columns = columns_of(sheet)
    for name in ("raw", "patient_id"):
        cell = sheet.cell(HEADING_ROW + 1, columns[name])
        assert (cell.data_type, cell.number_format) == ("s", "@")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/")]
        for name in sheets:
            root = ElementTree.fromstring(archive.read(name))
            assert not [e for e in root.iter() if e.tag.endswith("}f")]
    path = tmp_path / "pack.xlsx"
    path.write_bytes(content)
    filled = answered(content, path, (queries["finding_id"][0], {"answer": "The value is right"}))
    (answer,) = read_pack(filled, "pack.xlsx").answers
    assert answer.about == fingerprint(raw)


@settings(max_examples=25, deadline=None)
@given(raw=st.text(min_size=1, max_size=40).filter(lambda text: bool(text.strip())))
def test_any_text_survives_the_way_out_and_back(raw, tmp_path_factory):
    queries = follow([drop("d1", finding(raw=raw))])
    words = load_words("en", [])
    path = tmp_path_factory.mktemp("pack") / "pack.xlsx"
    content = write_pack(queries, TO, words)
    answered(content, path, (queries["finding_id"][0], {"answer": "The value is right"}))
    (answer,) = read_pack(path, "pack.xlsx").answers
    assert answer.about == fingerprint(raw)


def test_the_same_questions_give_the_same_bytes_whatever_the_clock_says(
    queries, words, monkeypatch
):
    first = write_pack(queries, TO, words)
    monkeypatch.setattr("time.time", lambda: 2_000_000_000.0)
    assert write_pack(queries, TO, words) == first
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        properties = archive.read("docProps/core.xml").decode()
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
    assert set(re.findall(r"\d{4}-\d\d-\d\dT", properties)) == {"2025-06-02T"}


def test_a_filled_pack_is_known_by_what_it_holds_and_not_by_its_name(queries, words, tmp_path):
    content = write_pack(queries, TO, words)
    renamed = tmp_path / "yanıtlar (2).xlsx"
    renamed.write_bytes(content)
    other = tmp_path / "extract.xlsx"
    openpyxl.Workbook().save(other)
    text = tmp_path / "text.xlsx"
    text.write_text("_multicentric")
    assert [is_pack(path) for path in (renamed, other, text)] == [True, False, False]


def test_a_filled_pack_is_read_with_everything_said(queries, words, tmp_path):
    first, second = queries["finding_id"]
    said = {
        "answer": "Corrected in our records",
        "new_value": "=2",
        "comment": "a slip",
        "answered_by": "data manager",
        "answered_on": "2025-07-01",
    }
    path = answered(write_pack(queries, TO, words), tmp_path / "a.xlsx", (second, said))
    back = read_pack(path, "a.xlsx")
    assert (back.center, back.drop, back.problems) == ("c1", "2025-06-02", ())
    (answer,) = back.answers
    assert (answer.finding_id, answer.code, answer.raw) == (second, "corrected", "7")
    assert (answer.comment, answer.by, answer.on) == ("a slip", "data manager", "2025-07-01")
    assert first != second


def test_an_answer_may_be_chosen_in_any_language_and_case(queries, words, tmp_path):
    texts = {"answer": " DEĞER DOĞRU "}
    content = write_pack(queries, TO, words)
    path = answered(content, tmp_path / "a.xlsx", (queries["finding_id"][0], texts))
    assert [a.code for a in read_pack(path, "a.xlsx").answers] == ["value_is_right"]


def test_an_answer_that_was_never_offered_is_a_problem_with_its_place(queries, words, tmp_path):
    texts = {"answer": "ask my colleague"}
    content = write_pack(queries, TO, words)
    path = answered(content, tmp_path / "a.xlsx", (queries["finding_id"][0], texts))
    back = read_pack(path, "a.xlsx")
    (problem,) = back.problems
    assert (problem.file, problem.sheet, problem.row) == ("a.xlsx", "Open", HEADING_ROW + 1)
    assert (problem.kind, problem.raw) == ("unknown_answer", "ask my colleague")
    assert [a.code for a in back.answers] == [""]


def test_a_pack_that_is_cut_off_is_a_problem_and_no_exception(queries, words, tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(write_pack(queries, TO, words)[:2000])
    assert not is_pack(path)
    (problem,) = read_pack(path, "a.xlsx").problems
    assert (problem.kind, problem.file) == ("unreadable", "a.xlsx")


def test_what_is_expected_is_said_in_the_centers_own_texts(mapping, dictionary):
    turkish = load_words("tr", dictionary)
    said = {v.name: expected_here(v, mapping, turkish) for v in dictionary}
    assert said == {
        "sex": "K = Female; E, Erkek = Male",
        "grade": "1 – 3",
        "start": "tarih (DD.MM.YYYY veya YYYY-MM-DD)",
        "bone": "x = evet; boş hücre = hayır",
    }


def test_a_message_is_said_in_the_centers_language_with_its_values(mapping, dictionary, tmp_path):
    messages = tmp_path / "messages"
    messages.mkdir()
    (messages / "tr.yaml").write_text(
        "variables: {grade: Derece}\ncodes: {sex: {female: Kadın}}\n"
        "rules: {R1: '{sex} hastada derece {grade}, başlangıç {start}.'}\n"
    )
    turkish = load_words("tr", dictionary, messages)
    harmonized = dictionary.empty_table()
    harmonized.loc[0] = ["c1", "p1", "female", 3, pd.NaT, True]
    found = drop("d1", finding(rule="R1"), finding(rule="odd"), finding()).findings
    told = in_words(found, harmonized, mapping, turkish, dictionary)
    assert dict(zip(told["rule"], told["told"], strict=True)) == {
        "R1": "Kadın hastada derece 3, başlangıç eksik.",
        "odd": "7 is wrong.",
        "out_of_range": "Derece: “7” olanaklı bir değer değil.",
    }


def test_the_workbook_opens_as_it_is(words, tmp_path):
    queries = follow(
        [drop("d1", *(finding(patient=f"p{n}", raw=r) for n, r in enumerate(HOSTILE)))]
    )
    ids = queries["finding_id"].tolist()
    path = tmp_path / "pack.xlsx"
    path.write_bytes(write_pack(queries, TO, words))
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        for name in archive.namelist():
            ElementTree.fromstring(archive.read(name))
    if shutil.which("soffice"):
        path = saved_by_libreoffice(path)
    assert is_pack(path)
    sheet = openpyxl.load_workbook(path)["Open"]
    raw = columns_of(sheet)["raw"]
    cells = [sheet.cell(HEADING_ROW + 1 + at, raw) for at in range(len(HOSTILE))]
    assert [cell.data_type for cell in cells] == ["s"] * len(HOSTILE)
    answered(path.read_bytes(), path, *((i, {"answer": "The value is right"}) for i in ids))
    back = read_pack(path, "pack.xlsx").answers
    assert [answer.about for answer in back] == [fingerprint(raw) for raw in HOSTILE]


def saved_by_libreoffice(path):
    folder = path.parent / "saved"
    profile = f"-env:UserInstallation=file://{path.parent}/profile"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", folder, path]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return folder / path.name


def test_two_variables_of_one_label_are_told_apart_by_their_unit():
    twins = Dictionary(
        (Variable("er", "Receptor", "code"), Variable("er_percent", "Receptor", "number", unit="%"))
    )
    words = load_words("en", twins)
    assert (words.label("er"), words.label("er_percent")) == ("Receptor", "Receptor (%)")
