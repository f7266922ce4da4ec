"""Tables for a manuscript: real tables in Word, and CSV, with the report's own numbers."""

import csv
import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path

import docx
import pandas as pd
import pypdfium2
import pytest
from docx.oxml.ns import qn
from lxml import html as parser

from multicentric.report import Page, compose
from multicentric.report.word import printed_tables, separated_files, write_word
from multicentric.report.word.printed import Head, Line, PrintedTable, Run
from tests.unit.report import simulated
from tests.unit.report.conftest import plain
from tests.unit.report.test_record import numbers_in
from tests.unit.report.test_safety import evil_inputs

ROOT = Path(__file__).resolve().parents[3]
DAY = date(2024, 3, 9)
SCENARIOS = {
    "plain": {},
    "one center": {"centers": ("alpha",)},
    "no event": {"events": False},
    "twelve groups": {"groups": {f"g{n}": f"Group number {n}" for n in range(12)}, "per_group": 12},
    "long names": {"groups": {"new": "N" * 60, "old": "O" * 60}},
    "eleven centers": {"centers": tuple(f"center-{n}" for n in range(11)), "per_group": 110},
}


@pytest.fixture(scope="module", params=SCENARIOS)
def page(request) -> Page:
    return compose(simulated.inputs(**SCENARIOS[request.param]))


@pytest.fixture(scope="module")
def on_paper(page):
    """Every table of the page, read by another parser."""
    return parser.fromstring(page.html).xpath("//table")


@pytest.fixture(scope="module")
def printed(page):
    return printed_tables(page.html)


@pytest.fixture(scope="module")
def word(printed):
    return docx.Document(io.BytesIO(write_word(printed, "TRIAL-7", DAY)))


@pytest.fixture(scope="module")
def files(printed):
    return {name: read(content) for name, content in separated_files(printed.tables).items()}


def read(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def rows_of(table) -> list:
    """Rows of a table as Word holds it, without asking it to lay out its grid."""
    return [
        ["\n".join(part.text for part in cell.p_lst) for cell in row.tc_lst]
        for row in table._tbl.tr_lst
    ]


def said(texts) -> Counter[str]:
    return numbers_in(plain(" ".join(texts)))


def test_every_table_of_the_report_is_a_table_in_word_with_the_same_numbers(on_paper, word):
    assert len(word.tables) == len(on_paper) > 5
    for told, table in zip(on_paper, word.tables, strict=True):
        shown = told.xpath("./thead//text() | ./tbody//text()")
        written = [text for row in rows_of(table) for text in row]
        assert said(written) == said(shown)


def test_every_number_in_a_cell_is_in_the_record_of_the_report(page, on_paper, word):
    """But for dates, digests and versions, and for what leads to pages."""
    recorded = said(entry.text for entry in page.numbers.printed)
    elsewhere = {"reproducibility", "strobe", "record", "remark", "esmo-grow"}
    counted = 0
    for told, table in zip(on_paper, word.tables, strict=True):
        around = set(told.xpath("ancestor::section/@id | ancestor::div/@id"))
        if around & {*elsewhere, "drops", "files"}:
            continue
        for row in rows_of(table)[1:]:
            numbers = said(row[1:])
            assert set(numbers) <= set(recorded)
            counted += numbers.total()
    assert counted > 50


def test_rows_have_the_cells_that_their_heads_announce(word):
    for table in word.tables:
        widths = len(table._tbl.tblGrid.gridCol_lst)
        for row in table._tbl.tr_lst:
            assert sum(cell.grid_span for cell in row.tc_lst) == widths


def test_heads_are_repeated_and_no_row_is_cut(word):
    for table in word.tables:
        kinds = [
            (row.trPr.find(qn("w:tblHeader")) is not None, row.trPr.find(qn("w:cantSplit")))
            for row in table._tbl.tr_lst
        ]
        heads = [is_head for is_head, _ in kinds]
        assert heads[0]
        assert heads == sorted(heads, reverse=True)
        assert sum(heads) in (1, 2)
        assert all(uncut is not None for _, uncut in kinds)


def test_no_rule_is_vertical_and_nothing_is_shaded(word):
    for table in word.tables:
        for name in ("left", "right", "insideV", "start", "end"):
            assert list(table._tbl.iter(qn(f"w:{name}"))) == [
                margin for margin in table._tbl.tblPr.iter(qn(f"w:{name}")) if margin.get(qn("w:w"))
            ]
        assert list(table._tbl.iter(qn("w:shd"))) == []
        borders = table._tbl.tblPr.find(qn("w:tblBorders"))
        assert [border.tag for border in borders] == [qn("w:top"), qn("w:bottom")]


def test_captions_stand_above_and_notes_below(printed, word):
    blocks = list(word.iter_inner_content())
    places = [n for n, block in enumerate(blocks) if isinstance(block, docx.table.Table)]
    for place, table in zip(places, printed.tables, strict=True):
        above = blocks[place - 1]
        # Word's own style, so that a list of tables finds it; not one of the same name.
        assert above.style.builtin
        assert above.style.element.find(qn("w:name")).get(qn("w:val")) == "caption"
        assert above.text == "".join(run.text for run in table.caption)
        assert above.paragraph_format.keep_with_next or above.style.paragraph_format.keep_with_next
        below = [block.text for block in blocks[place + 1 : place + 1 + len(table.notes)]]
        assert below == ["".join(run.text for run in note) for note in table.notes]
    labels = [table.label for table in printed.tables if table.label.startswith("Table")]
    numbers = [int(label.split()[1]) for label in labels]
    assert numbers == sorted(numbers)
    assert set(numbers) == set(range(1, max(numbers) + 1))


def test_letters_of_footnotes_are_raised_and_statistics_slanted():
    word = docx.Document(
        io.BytesIO(
            write_word(printed_tables(compose(simulated.inputs(events=False)).html), "T", DAY)
        )
    )
    runs = [
        run for row in word.element.body.iter(qn("w:r")) for run in [docx.text.run.Run(row, None)]
    ]
    raised = {run.text for run in runs if run.font.superscript}
    assert "a" in raised
    assert "P" in {run.text for run in runs if run.italic}


def test_wide_tables_stand_on_pages_laid_across(page, word):
    widest = max(len(table._tbl.tblGrid.gridCol_lst) for table in word.tables)
    turned = [section.page_width > section.page_height for section in word.sections]
    assert any(turned) == (widest > 8)
    assert turned[0] is False


def test_it_says_whose_tables_these_are_and_names_no_clock(word):
    about = word.core_properties
    assert (about.author, about.last_modified_by) == ("TRIAL-7", "TRIAL-7")
    assert about.created == about.modified
    assert about.created.replace(tzinfo=None) == datetime(2024, 3, 9)
    opening = "\n".join(paragraph.text for paragraph in word.paragraphs[:4])
    assert "Simulated data" in opening
    assert "New versus old arm in a disease" in opening


def converted(office: str, document: bytes, folder: Path) -> Path:
    folder.mkdir()
    (folder / "tables.docx").write_bytes(document)
    profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
    convert = ["--headless", "--convert-to", "pdf", "--outdir", folder]
    subprocess.run(
        [office, profile, *convert, folder / "tables.docx"],
        capture_output=True,
        timeout=300,
        check=False,
    )
    return folder / "tables.pdf"


def test_an_office_program_shows_every_caption_and_number(tmp_path):
    """LibreOffice, where it is installed with its writer; the archive itself everywhere."""
    printed = printed_tables(compose(simulated.inputs()).html)
    document = write_word(printed, "TRIAL-7", DAY)
    with zipfile.ZipFile(io.BytesIO(document)) as packed:
        assert packed.testzip() is None
        assert {"[Content_Types].xml", "word/document.xml"} <= set(packed.namelist())
    empty = io.BytesIO()
    docx.Document().save(empty)
    office = shutil.which("soffice")
    if office is None or not converted(office, empty.getvalue(), tmp_path / "empty").exists():
        return
    pdf = pypdfium2.PdfDocument(converted(office, document, tmp_path / "tables"))
    text = plain(" ".join(page.get_textpage().get_text_range() for page in pdf))
    assert len(pdf) > len(printed.tables)
    for table in printed.tables:
        assert plain("".join(run.text for run in table.caption if run.bold)) in text
        cells = ["".join(r.text for r in runs) for line in table.lines for runs in line.cells[1:]]
        for cell in cells:
            assert set(said([cell.replace("\n", " ")])) <= set(numbers_in(text)), table.id


# --- CSV ---


def test_each_table_is_a_file_with_its_numbers(on_paper, printed, files):
    assert len(files) == len(on_paper) + 1
    tables = [files[name] for name, *_ in files["index.csv"][1:]]
    for told, rows in zip(on_paper, tables, strict=True):
        assert len({len(row) for row in rows}) == 1
        cells = told.xpath("./tbody//td//text()[not(ancestor::sup)]")
        without_marks = [re.sub(r" \[\w+\]", "", text) for row in rows[1:] for text in row[1:]]
        # Thousands lose their comma where a cell is a number and nothing else.
        assert said(t.replace(",", "") for t in without_marks) == said(
            t.replace(",", "") for t in cells
        )


def test_a_row_says_by_itself_what_it_is(files):
    table = next(rows for name, rows in files.items() if "baseline" in name)
    firsts = [row[0] for row in table]
    assert "Stage: Early" in firsts
    assert len(set(firsts)) == len(firsts)
    at_risk = [rows for name, rows in files.items() if "at-risk" in name]
    for rows in at_risk:
        assert rows[0][0] == "Months"
        assert len({row[0] for row in rows}) == len(rows)


def test_the_index_tells_captions_and_notes(printed, files):
    head, *rows = files["index.csv"]
    assert head == ["file", "label", "caption", "notes"]
    assert {row[0] for row in rows} == set(files) - {"index.csv"}
    key = next(row for row in rows if row[0] == "key-results.csv")
    assert key[2].startswith("Key results.")
    assert "hazard ratio" in key[3]


def a_table(*texts: str) -> PrintedTable:
    lines = [Line(((Run("row"),), (Run(text),)), "plain") for text in texts]
    heads = (Head((Run("Of"),)), Head((Run("Value"),)))
    return PrintedTable("t", "Table 1", (Run("Table 1."),), (), heads, tuple(lines), ())


@pytest.mark.parametrize(
    ("printed_as", "cell"),
    [
        ("=1+1", "'=1+1"),
        ("+49 30", "'+49 30"),
        ("-cmd|' /C calc'!A0", "'-cmd|' /C calc'!A0"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("−5.2", "-5.2"),
        ("−5", "-5"),
        ("12,345", "12345"),
        ("0·73", "0.73"),
        ("−3.1 (−12.0 to 5.9)", "−3.1 (−12.0 to 5.9)"),
        ("<0.001", "<0.001"),
        ("2024-01-02", "2024-01-02"),
        ("a, “b”", "a, “b”"),
        ("–", "–"),
    ],
)
def test_a_cell_is_a_number_or_a_text_and_never_a_formula(printed_as, cell):
    rows = read(separated_files([a_table(printed_as)])["table-01-t.csv"])
    assert rows == [["Of", "Value"], ["row", cell]]


def test_a_number_that_is_alone_is_read_as_a_number():
    content = separated_files([a_table("−5.2", "12,345")])["table-01-t.csv"]
    assert content.startswith(b"\xef\xbb\xbf")
    assert pd.read_csv(io.BytesIO(content))["Value"].tolist() == [-5.2, 12345.0]


# --- what people wrote, and the machine ---


def test_what_people_wrote_stays_text():
    page = compose(evil_inputs())
    printed = printed_tables(page.html)
    word = docx.Document(io.BytesIO(write_word(printed, "<b>&\"'", DAY)))
    text = "\n".join(
        [p.text for p in word.paragraphs]
        + [cell for table in word.tables for row in rows_of(table) for cell in row]
    )
    assert text.count("<script>alert(1)</script>") > 5
    assert "<b>alpha</b>" in text
    assert "1337" not in text
    assert word.core_properties.author == "<b>&\"'"


def test_signs_that_xml_cannot_hold_do_not_break_a_document():
    html = compose(simulated.inputs()).html.replace("New arm", "New\x0barm\x01")
    word = docx.Document(io.BytesIO(write_word(printed_tables(html), "T", DAY)))
    assert "New\ufffdarm" in "\n".join(cell for row in rows_of(word.tables[0]) for cell in row)


def test_tables_that_share_a_name_are_told_apart():
    html = "<body><div id='x'><table><caption><b>A.</b></caption><thead><tr><th>H</th></tr></thead>"
    html += "<tbody><tr><th>1</th></tr></tbody></table></div></body>"
    assert [t.id for t in printed_tables(html + html).tables] == ["x", "x-2"]


PROGRAM = """
import hashlib, sys, datetime, time
sys.path.insert(0, sys.argv[1])
from multicentric.report import compose
from multicentric.report.word import printed_tables, separated_files, write_word
from tests.unit.report import simulated
printed = printed_tables(compose(simulated.inputs()).html)
first = write_word(printed, "T", datetime.date(2024, 3, 9))
time.sleep(2.1)  # an archive's clock ticks every two seconds
assert write_word(printed, "T", datetime.date(2024, 3, 9)) == first
for content in (first, *separated_files(printed.tables).values()):
    print(hashlib.sha256(content).hexdigest())
"""


def test_the_same_bytes_whatever_the_machine_is_set_to(tmp_path):
    made = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(ROOT)],
            cwd=tmp_path,
            env={**os.environ, "PYTHONHASHSEED": seed, "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed, zone in (("1", "Asia/Istanbul"), ("4711", "America/St_Johns"))
    ]
    assert made[0] == made[1]
    assert made[0].count("\n") > 5


def test_the_archive_holds_no_time(printed):
    with zipfile.ZipFile(io.BytesIO(write_word(printed, "T", DAY))) as packed:
        assert {part.date_time for part in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
