"""The report's other editions: for a screen, and its tables for a manuscript."""

from __future__ import annotations

from pathlib import Path

from multicentric.report.document import compose
from multicentric.report.inputs import ReportInputs
from multicentric.report.web import write_web
from multicentric.report.word import printed_tables, separated_files, write_word

WORD = "tables.docx"


def write_editions(inputs: ReportInputs, page: Path, tables: Path) -> None:
    """Write the report for a screen, and every table of it in Word and as CSV.

    Parameters
    ----------
    inputs
        What the PDF is made from, too; all are made from the one page that is composed of it.
    page
        Where the report for a screen goes.
    tables
        The folder for the tables; made where missing.

    Raises
    ------
    multicentric.report.web.NotInPage
        The composed page asks for something that does not travel within it.
    """
    composed = compose(inputs)
    page.write_bytes(write_web(composed))
    printed = printed_tables(composed.html)
    tables.mkdir(parents=True, exist_ok=True)
    word = write_word(printed, inputs.study.id, inputs.study.cut_off)
    (tables / WORD).write_bytes(word)
    for name, content in separated_files(printed.tables).items():
        (tables / name).write_bytes(content)
