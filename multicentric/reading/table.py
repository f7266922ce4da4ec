"""From the rows of a file to a table: headings, columns, and which rows are records."""

from __future__ import annotations

import dataclasses
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from multicentric.reading.cells import (
    CellProblem,
    DropFault,
    ProblemKind,
    RawColumn,
    RawTable,
    column_letter,
    is_filled,
    object_array,
)
from multicentric.reading.encoding import is_garbled
from multicentric.reading.headings import MergedRange, clean_heading, column_headings
from multicentric.reading.nearest import did_you_mean
from multicentric.reading.spec import TableSpec

# Row number, texts and (for formats with types) native values of one row of a file.
Record = tuple[int, Sequence[str | None], Sequence[object] | None]

# Error values of spreadsheets in English, Turkish, German, Italian, French and Spanish, and cells
# that were too narrow to show their number.
_ERROR_VALUE = re.compile(
    r"#(?:N/[AD]|YOK|NV|GETTING_DATA|(?:DIV|SAYI|BÖL)/0!|[¡¿]?[A-ZÇĞİÖŞÜÉ]+[!?])|#{3,}"
)
_CHUNK = 4096


@dataclass
class _Body:
    """Columns growing row by row, a chunk at a time so that memory stays near that of the cells."""

    width: int
    typed: bool
    rows: list[int] = field(default_factory=list)
    problems: list[CellProblem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.texts: list[list[str | None]] = [[] for _ in range(self.width)]
        self.natives: list[list[object]] = [[] for _ in range(self.width)] if self.typed else []
        self._waiting: list[Sequence[str | None]] = []
        self._waiting_natives: list[Sequence[object]] = []

    def add(self, row: int, texts: Sequence[str | None], natives: Sequence[object]) -> None:
        self.rows.append(row)
        self._waiting.append(_fit(texts, self.width))
        if self.typed:
            self._waiting_natives.append(_fit(natives, self.width))
        if len(self._waiting) >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        for target, values in zip(self.texts, zip(*self._waiting, strict=True), strict=False):
            target.extend(values)
        for cells, kept in zip(
            self.natives, zip(*self._waiting_natives, strict=True), strict=False
        ):
            cells.extend(kept)
        self._waiting.clear()
        self._waiting_natives.clear()


class _SeenTexts(dict[str | None, str | None]):
    """One string object for each text, since codes repeat down a column; None for a blank one."""

    def __missing__(self, text: str | None) -> str | None:
        kept = text if text and not text.isspace() else None
        self[text] = kept
        return kept


def _fit(values: Sequence, width: int) -> Sequence:
    if len(values) == width:
        return values
    return [*values[:width], *[None] * (width - len(values))]


def build_table(
    name: str,
    file: str,
    sheet: str | None,
    spec: TableSpec,
    records: Iterable[Record],
    *,
    typed: bool,
    merged: Sequence[MergedRange] = (),
) -> RawTable:
    """Build a table from the rows of a sheet or a text file.

    Empty rows, notes below the declared end and headings repeated inside the table are no records.
    In a file without types, where fields are told apart by delimiters only, a row with too few or
    too many fields is kept and reported, since its cells may stand under the wrong heading.

    Parameters
    ----------
    records
        All rows in file order; texts may be ragged, empty cells None, "" or blank.
    typed
        Whether the records carry native values.
    merged
        Merged cells of the sheet.

    Raises
    ------
    DropFault
        If the heading is not where the mapping says, or there is none.
    """
    rows = iter(records)
    heading_rows, early = _heading_rows(rows, spec, file, sheet)
    headings, problems = column_headings(heading_rows, merged, spec.headings)
    width = len(headings)
    if typed:  # a sheet has no fields to count: it is as wide as its headings
        while width and not headings[width - 1]:
            width -= 1
    body = _Body(width, typed, problems=problems)
    _fill(body, early, rows)
    texts = [object_array(column) for column in body.texts]
    numbers = np.asarray(body.rows, dtype=np.int64)
    natives = [object_array(column) for column in body.natives] if typed else [None] * width

    keep = _records_only(texts, numbers, spec, heading_rows, headings, body.problems)
    kept_rows = numbers[keep]
    columns: dict[str, RawColumn] = {}
    for at, heading in enumerate(headings[:width]):
        text, native = texts[at][keep], natives[at]
        if not heading:
            if not is_filled(text).any():
                continue
            heading = _unnamed(at, headings, heading_rows[-1][0], body.problems)
        columns[heading] = RawColumn(
            heading, column_letter(at), text, None if native is None else native[keep]
        )
    inside = set(kept_rows.tolist()) | {number for number, _ in heading_rows}
    found = [
        problem
        for problem in body.problems
        if problem.row in inside or problem.kind is ProblemKind.REPEATED_HEADING
    ]
    found += text_problems(columns, kept_rows)
    found += _merged_problems(columns, kept_rows, merged)
    return RawTable(name, file, sheet, columns, kept_rows, sorted(found, key=_place))


def _place(problem: CellProblem) -> tuple[int, str, str]:
    return problem.row, problem.column or "", problem.kind.value


def _heading_rows(
    rows: Iterable[Record], spec: TableSpec, file: str, sheet: str | None
) -> tuple[list[tuple[int, Sequence[str | None]]], list[Record]]:
    """Take the heading rows off `rows`; also return a record read one too far."""
    wanted = spec.heading_range
    found: list[tuple[int, Sequence[str | None]]] = []
    for record in rows:
        number, texts, _ = record
        has_content = any(clean_heading(text) for text in texts)
        if wanted is None:
            if has_content:
                return [(number, texts)], []
            continue
        if number > wanted[-1]:
            if any(clean_heading(text) for _, row in found for text in row):
                return found, [record]
            break
        if number in wanted:
            found.append((number, texts))
    if any(clean_heading(text) for _, row in found for text in row):
        return found, []
    if wanted is None:
        raise DropFault(
            "is empty", file=file, sheet=sheet, remedy="ask the center for the file anew"
        )
    raise DropFault(
        "holds no heading where the mapping says",
        file=file,
        sheet=sheet,
        row=wanted[0],
        remedy="correct heading_rows in the mapping",
    )


def _fill(body: _Body, early: Sequence[Record], rows: Iterable[Record]) -> None:
    seen = _SeenTexts()
    empty_before = False
    for number, raw, natives in itertools.chain(early, rows):
        texts = [seen[text] for text in raw]
        empty = not any(texts)
        if empty and empty_before:
            continue
        empty_before = empty
        if len(texts) != body.width and not empty:
            _check_width(body, number, texts)
        body.add(number, texts, natives or ())
    body.flush()


def _check_width(body: _Body, number: int, texts: Sequence[str | None]) -> None:
    surplus = next((at for at in range(body.width, len(texts)) if texts[at]), None)
    if body.typed:
        if surplus is not None:
            letter = column_letter(surplus)
            what = f"a cell in column {letter} stands beside the table, where there is no heading"
            body.problems.append(CellProblem(number, letter, None, what, ProblemKind.OUTSIDE_TABLE))
        return
    counts = f"the row has {len(texts)} fields, the heading {body.width}"
    if surplus is not None:
        body.problems.append(CellProblem(number, None, None, counts, ProblemKind.TOO_MANY_FIELDS))
    elif len(texts) < body.width:
        body.problems.append(CellProblem(number, None, None, counts, ProblemKind.TOO_FEW_FIELDS))


def _records_only(
    texts: Sequence[np.ndarray],
    numbers: np.ndarray,
    spec: TableSpec,
    heading_rows: Sequence[tuple[int, Sequence[str | None]]],
    headings: Sequence[str],
    problems: list[CellProblem],
) -> np.ndarray:
    """Mask of the rows that are records; repeated headings are added to `problems`."""
    keep = np.zeros(len(numbers), dtype=bool)
    for text in texts:
        keep |= is_filled(text)
    if spec.ends == "first_empty_row" and keep.any():
        first = int(np.argmax(keep))
        if not keep[first:].all():
            keep[first + int(np.argmin(keep[first:])) :] = False
    patterns = [[clean_heading(text) for text in row] for _, row in heading_rows]
    for pattern in (*patterns, list(headings)):
        pattern = (pattern + [""] * len(texts))[: len(texts)]
        key = next((at for at, text in enumerate(pattern) if text), None)
        if key is None or (len(texts) > 1 and sum(map(bool, pattern)) < 2):
            continue
        same_key = np.array(
            [clean_heading(text) == pattern[key] for text in texts[key]], dtype=bool
        )
        for index in np.flatnonzero(keep & same_key):
            if [clean_heading(text[index]) for text in texts] == pattern:
                keep[index] = False
                what = "the heading is repeated inside the table; the row is no record"
                row = int(numbers[index])
                problems.append(CellProblem(row, None, None, what, ProblemKind.REPEATED_HEADING))
    return keep


def _unnamed(at: int, headings: Sequence[str], row: int, problems: list[CellProblem]) -> str:
    letter = column_letter(at)
    name = f"column {letter}"
    while name in headings:
        name += " (no heading)"
    what = f"column {letter} holds values but has no heading; it is called {name}"
    problems.append(CellProblem(row, name, None, what, ProblemKind.COLUMN_WITHOUT_HEADING))
    return name


def text_problems(columns: Mapping[str, RawColumn], rows: np.ndarray) -> list[CellProblem]:
    """List cells that hold an error value of a spreadsheet or text damaged by a wrong encoding."""
    found: list[CellProblem] = []
    for heading, column in columns.items():
        odd: dict[str, tuple[str, ProblemKind]] = {}
        for text in set(column.text.tolist()) - {None}:
            if _ERROR_VALUE.fullmatch(text.strip()):
                odd[text] = (f"the cell shows the error {text.strip()}", ProblemKind.ERROR_VALUE)
            elif is_garbled(text):
                what = "the text was damaged by a wrong encoding before it was sent"
                odd[text] = (what, ProblemKind.GARBLED_TEXT)
        if odd:
            found += [
                CellProblem(int(row), heading, text, *odd[text])
                for row, text in zip(rows, column.text, strict=True)
                if text in odd
            ]
    return found


def _merged_problems(
    columns: Mapping[str, RawColumn], rows: np.ndarray, merged: Sequence[MergedRange]
) -> list[CellProblem]:
    by_letter = {column.letter: heading for heading, column in columns.items()}
    found: list[CellProblem] = []
    for area in merged:
        covered = rows[(rows >= area.first_row) & (rows <= area.last_row)]
        if not len(covered):
            continue
        last = min(area.last_column, area.first_column + len(columns) + 1)
        for at in range(area.first_column - 1, last):
            heading = by_letter.get(column_letter(at))
            for row in covered if heading else ():
                if row == area.first_row and at == area.first_column - 1:
                    continue
                corner = f"{column_letter(area.first_column - 1)}{area.first_row}"
                what = f"the cell is merged with {corner}, which alone holds the value"
                found.append(CellProblem(int(row), heading, None, what, ProblemKind.MERGED_CELLS))
    return found


def select_rows(table: RawTable, keep: np.ndarray) -> RawTable:
    """Return the rows of `table` where `keep` (boolean, one per row) holds, with their problems."""
    gone = set(table.rows[~keep].tolist())
    columns = {
        heading: dataclasses.replace(
            column,
            text=column.text[keep],
            native=None if column.native is None else column.native[keep],
        )
        for heading, column in table.columns.items()
    }
    return dataclasses.replace(
        table,
        columns=columns,
        rows=table.rows[keep],
        problems=[problem for problem in table.problems if problem.row not in gone],
    )


def where(table: RawTable, conditions: Mapping[str, str | list[str]]) -> RawTable:
    """Return the rows whose cells hold, apart from spaces around them, one of the texts asked for.

    Raises
    ------
    DropFault
        If the table has no such column.
    """
    if not conditions:
        return table
    keep = np.ones(len(table.rows), dtype=bool)
    for heading, wanted in conditions.items():
        if heading not in table.columns:
            raise DropFault(
                f"the table has no column {heading}, by which its rows are to be chosen",
                file=table.file,
                sheet=table.sheet,
                remedy=did_you_mean(heading, table.columns),
            )
        texts = {wanted} if isinstance(wanted, str) else set(wanted)
        column = table.columns[heading].text
        keep &= np.array(
            [text is not None and text.strip() in texts for text in column], dtype=bool
        )
    chosen = select_rows(table, keep)
    if not keep.any():
        asked = " and ".join(
            f"{heading} = {' or '.join([wanted] if isinstance(wanted, str) else wanted)}"
            for heading, wanted in conditions.items()
        )
        what = f"no row has {asked}"
        first = next(iter(conditions))
        chosen.problems.append(CellProblem(1, first, None, what, ProblemKind.NO_ROW_SELECTED))
    return chosen
