"""Excel workbooks (.xlsx, .xlsm): cells with type and format, formulas by their stored results."""

from __future__ import annotations

import datetime
import itertools
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from multicentric.reading.cells import CellProblem, DropFault, ProblemKind, RawTable, column_letter
from multicentric.reading.nearest import did_you_mean
from multicentric.reading.number_text import number_format, shown_date, shown_number
from multicentric.reading.package import (
    SheetFacts,
    check_package,
    damaged,
    sheet_facts,
    sheet_parts,
)
from multicentric.reading.spec import TableSpec
from multicentric.reading.table import Record, build_table

if TYPE_CHECKING:
    from openpyxl.cell.read_only import ReadOnlyCell
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

_Cell = tuple[int, object, str]
_BATCH = 1024
_DAY_ZERO = "1900-01-00"
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")

# What zipfile, the XML parser and openpyxl raise over a workbook that is cut off or contradicts
# itself. Python's own parser and lxml, with which openpyxl reads where it is installed, have no
# other error in common than that of a syntax.
_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    SyntaxError,
    EOFError,
    OSError,
    KeyError,
    IndexError,
    ValueError,
    TypeError,
    NotImplementedError,
    RuntimeError,
)


class Workbook:
    """A workbook, opened once for all tables that stand in it; a context manager.

    Raises
    ------
    DropFault
        On entering: if the file is no workbook, is protected, damaged, or unpacks beyond measure.
    """

    def __init__(self, path: Path, file: str) -> None:
        self._path = path
        self._file = file

    def __enter__(self) -> Workbook:
        check_package(self._path, self._file)
        import openpyxl

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # on decoration: extensions, print settings
                self._book = openpyxl.load_workbook(self._path, read_only=True, data_only=True)
            self._archive = zipfile.ZipFile(self._path)
            self._parts = sheet_parts(self._archive)
        except _DAMAGE as error:
            raise damaged(self._file) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._archive.close()
        self._book.close()

    def read(self, name: str, spec: TableSpec) -> RawTable:
        """Read the table on one sheet.

        Parameters
        ----------
        name
            Name of the table in the mapping.
        spec
            Sheet, heading rows and where the table ends. `spec.where` is not applied.

        Raises
        ------
        DropFault
            If the sheet is missing, cannot be chosen or is damaged, or has no heading where the
            mapping says.
        """
        sheet = self._sheet(spec.sheet)
        title = sheet.title
        try:
            facts = sheet_facts(self._archive, self._parts[title])
        except _DAMAGE as error:
            raise damaged(self._file, title) from error
        problems: list[CellProblem] = []
        records = _records(_rows(sheet, self._file), facts, problems)
        table = build_table(name, self._file, title, spec, records, typed=True, merged=facts.merged)
        return _with_problems(table, problems)

    def _sheet(self, wanted: str | None) -> ReadOnlyWorksheet:
        sheets = {sheet.title: sheet for sheet in self._book.worksheets}
        if wanted is not None:
            close = {title.strip().casefold(): title for title in sheets}
            title = wanted if wanted in sheets else close.get(wanted.strip().casefold())
            if title is None:
                raise DropFault(
                    f"the workbook has no sheet {wanted}",
                    file=self._file,
                    sheet=wanted,
                    remedy=did_you_mean(wanted, sheets),
                )
            return sheets[title]
        visible = [sheet for sheet in sheets.values() if sheet.sheet_state == "visible"]
        if len(visible) != 1:
            titles = ", ".join(sheet.title for sheet in visible) or "none"
            raise DropFault(
                f"the mapping names no sheet and the workbook shows {len(visible)} ({titles})",
                file=self._file,
                remedy="name the sheet in the mapping",
            )
        return visible[0]


def _rows(sheet: ReadOnlyWorksheet, file: str) -> Iterator[list[_Cell]]:
    """Yield each row's cells: position from 0, value, and number format where it matters."""
    sheet.reset_dimensions()  # what a sheet says of its size is often wrong
    rows = sheet.iter_rows()
    batch: list[list[_Cell]] | None = None
    while batch is None or batch:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # on dates out of range, which come as #VALUE!
                batch = [_cells(row) for row in itertools.islice(rows, _BATCH)]
        except _DAMAGE as error:
            raise damaged(file, sheet.title) from error
        yield from batch


def _cells(row: tuple[ReadOnlyCell, ...]) -> list[_Cell]:
    return [
        (at, cell.value, "" if cell.data_type == "s" else cell.number_format)
        for at, cell in enumerate(row)
        if cell.value is not None
    ]


def _records(
    rows: Iterator[list[_Cell]], facts: SheetFacts, problems: list[CellProblem]
) -> Iterator[Record]:
    for number, cells in enumerate(rows, start=1):
        formulas = facts.unsolved.get(number, {})
        width = max(cells[-1][0] + 1 if cells else 0, max(formulas, default=0))
        texts: list[str | None] = [None] * width
        natives: list[object] = [None] * width
        for at, value, code in cells:
            texts[at], natives[at] = _shown(value, code)
            if texts[at] == _DAY_ZERO:
                what = (
                    "the cell shows the day 0 of the calendar, as a formula on an empty cell does"
                )
                problems.append(
                    CellProblem(number, column_letter(at), _DAY_ZERO, what, ProblemKind.DAY_ZERO)
                )
        for column, formula in formulas.items():
            texts[column - 1] = formula
            what = "the formula has no stored result"
            kind = ProblemKind.FORMULA_WITHOUT_RESULT
            problems.append(CellProblem(number, column_letter(column - 1), formula, what, kind))
        yield number, texts, natives


def _shown(value: object, code: str) -> tuple[str, object]:
    """Text that a person saw in a cell with this number format, and its native value."""
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value), None
    if isinstance(value, bool):
        return ("TRUE" if value else "FALSE"), value
    if isinstance(value, int | float):
        return shown_number(value, code), value
    if isinstance(value, datetime.date):
        return shown_date(value, code)
    if isinstance(value, datetime.time):
        form = number_format(code)
        is_date = form.shows_year or form.shows_day
        return (_DAY_ZERO if is_date else value.isoformat(timespec="seconds")), None
    return str(value), None


def _with_problems(table: RawTable, problems: list[CellProblem]) -> RawTable:
    """Add problems found by column letter to those of the table, under the columns' headings."""
    headings = {column.letter: heading for heading, column in table.columns.items()}
    rows = set(table.rows.tolist())
    for found in problems:
        if found.row in rows and found.column in headings:
            heading = headings[found.column]
            table.problems.append(
                CellProblem(found.row, heading, found.raw, found.what, found.kind)
            )
    return table
