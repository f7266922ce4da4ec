"""What a reader hands on: cells with their place, their text and, if there is one, their type."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np


class ProblemKind(StrEnum):
    """What can be wrong with a cell or a row of a file that can still be read."""

    ERROR_VALUE = "error_value"
    FORMULA_WITHOUT_RESULT = "formula_without_result"
    DAY_ZERO = "day_zero"
    GARBLED_TEXT = "garbled_text"
    MERGED_CELLS = "merged_cells"
    TOO_FEW_FIELDS = "too_few_fields"
    TOO_MANY_FIELDS = "too_many_fields"
    MISPLACED_QUOTE = "misplaced_quote"
    REPEATED_HEADING = "repeated_heading"
    DUPLICATE_HEADING = "duplicate_heading"
    COLUMN_WITHOUT_HEADING = "column_without_heading"
    OUTSIDE_TABLE = "outside_table"
    NO_ROW_SELECTED = "no_row_selected"


_WHOLE_ROW = frozenset(
    {ProblemKind.TOO_FEW_FIELDS, ProblemKind.TOO_MANY_FIELDS, ProblemKind.MISPLACED_QUOTE}
)


@dataclass(frozen=True)
class CellProblem:
    """Something a person has to look at, in a file that was otherwise read.

    `raw` is None where the text may belong to another column, and so may be a name or an id.
    """

    row: int
    column: str | None  # heading; None when the whole row is meant
    raw: str | None
    what: str  # one sentence
    kind: ProblemKind


@dataclass(frozen=True)
class RawColumn:
    """One column as sent.

    Attributes
    ----------
    heading
        The heading as sent, trimmed, in Unicode NFC, no-break spaces and line breaks as one space.
    letter
        The column's letter in a spreadsheet ("A", "AB"); for other files that of its position.
    text
        Object array of `str | None`: what a person saw; None for an empty or blank cell.
    native
        Object array of dates, numbers and booleans as the file types them, None for text cells.
        None for formats without types.
    labels
        Meaning of codes given by the file, `{raw text: label}`.
    missing
        Raw texts that the file itself declares missing.
    description
        The file's own words for the column (SPSS variable label, REDCap field label).
    """

    heading: str
    letter: str
    text: np.ndarray
    native: np.ndarray | None = None
    labels: dict[str, str] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    description: str = ""


@dataclass(frozen=True)
class RawTable:
    """One table of a drop; `rows` holds the row numbers that a spreadsheet or text editor shows."""

    name: str
    file: str
    sheet: str | None
    columns: dict[str, RawColumn]
    rows: np.ndarray
    problems: list[CellProblem] = field(default_factory=list)

    def renamed(self, name: str) -> RawTable:
        """Return the same table under another name, with a list of problems of its own."""
        return dataclasses.replace(self, name=name, problems=list(self.problems))

    @property
    def broken_rows(self) -> frozenset[int]:
        """Rows whose cells may stand under the wrong heading: no value of them can be trusted."""
        return frozenset(problem.row for problem in self.problems if problem.kind in _WHOLE_ROW)


class DropFault(Exception):
    """A fault of the delivery that keeps a file from being read: one sentence for a person.

    Parameters
    ----------
    message
        What is wrong, without place and without full stop.
    file, sheet, row, column
        Where, as far as known.
    remedy
        What to do about it, without full stop.
    """

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        sheet: str | None = None,
        row: int | None = None,
        column: str | None = None,
        remedy: str = "",
    ) -> None:
        self.file = file
        self.sheet = sheet
        self.row = row
        self.column = column
        self.message = message
        self.remedy = remedy
        super().__init__(message)

    def __str__(self) -> str:
        place = [self.file] if self.file else []
        place += [f"sheet {self.sheet}"] if self.sheet else []
        place += [f"row {self.row}"] if self.row is not None else []
        place += [f"column {self.column}"] if self.column else []
        where = f"{', '.join(place)}: " if place else ""
        return f"{where}{self.message}{'; ' + self.remedy if self.remedy else ''}."


def column_letter(position: int) -> str:
    """Letter of the column at `position`, counted from 0: 0 is "A", 26 is "AA"."""
    letters = ""
    number = position + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def is_filled(text: np.ndarray) -> np.ndarray:
    """Mask of the cells that are not empty."""
    return np.not_equal(text, object_array([None])).astype(bool)


def object_array(values: Sequence[object]) -> np.ndarray:
    """One-dimensional object array of `values`, whatever they are (numpy would guess otherwise)."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array
