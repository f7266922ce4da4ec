"""Delimited text files (CSV and its kin), row by row, with the line on which each record starts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from multicentric.reading.cells import CellProblem, DropFault, ProblemKind, RawTable
from multicentric.reading.encoding import codec_of
from multicentric.reading.spec import TableSpec
from multicentric.reading.table import Record, build_table

if TYPE_CHECKING:
    from _csv import Reader

_DELIMITERS = (",", ";", "\t", "|")
# A quoted cell whose inner lines look like this many fields or more has swallowed rows.
_FEWEST_SWALLOWED_FIELDS = 4


def read_bytes(path: Path, file: str) -> bytes:
    """Return the content of a file of the drop.

    Raises
    ------
    DropFault
        If it cannot be read or holds nothing.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise DropFault(f"cannot be read ({error.strerror})", file=file) from error
    if not raw.strip(b"\0\r\n\t \xef\xbb\xbf\xff\xfe"):
        raise DropFault("is empty", file=file, remedy="ask the center for the file anew")
    return raw


def read_delimited(path: Path, file: str, name: str, spec: TableSpec) -> RawTable:
    """Read a delimited text file.

    Parameters
    ----------
    path
        The file.
    file
        Its path inside the drop, for messages and for the place of each cell.
    name
        Name of the table in the mapping.
    spec
        Encoding, delimiter, quotation mark and heading rows.

    Returns
    -------
    RawTable
        All records of the file; `rows` are line numbers. `spec.where` is not applied.

    Raises
    ------
    DropFault
        If the file cannot be read as declared: missing, empty, another encoding, another delimiter,
        a quotation mark that is never closed.
    """
    raw = read_bytes(path, file)
    source = _Source(raw, codec_of(raw, spec.encoding or "utf-8", file), file, spec)
    try:
        return build_table(name, file, None, spec, source.records(), typed=False)
    except csv.Error:
        # Some quotation mark is out of place: find out where, and whether rows were swallowed.
        misplaced: list[CellProblem] = []
        table = build_table(name, file, None, spec, source.tolerant_records(misplaced), typed=False)
        kept = set(table.rows.tolist())
        table.problems.extend(problem for problem in misplaced if problem.row in kept)
        return table


class _Source:
    """A text file and how its fields are told apart."""

    def __init__(self, raw: bytes, codec: str, file: str, spec: TableSpec) -> None:
        self._raw = raw
        self._codec = codec
        self._file = file
        lines = self._lines()
        first = next(lines)
        found = re.fullmatch(r'"?sep=([^\r\n])"?[\r\n]*', first.lstrip("\ufeff"), re.IGNORECASE)
        self._skipped = 1 if found else 0
        if found and spec.delimiter not in (None, found[1]):
            raise DropFault(
                f"says itself that {found[1]!r} separates its fields, not {spec.delimiter!r}",
                file=file,
                row=1,
                remedy="correct the delimiter in the mapping",
            )
        delimiter = spec.delimiter or (found[1] if found else ",")
        self._delimiter = delimiter
        self._quote = spec.quote or None
        self._check_delimiter(delimiter, spec)

    def _lines(self) -> Iterator[str]:
        return io.TextIOWrapper(io.BytesIO(self._raw), encoding=self._codec, newline="")

    def _body_lines(self) -> Iterator[str]:
        lines = self._lines()
        for _ in range(self._skipped):
            next(lines)
        return lines

    def _reader(self, lines: Iterable[str], strict: bool) -> Reader:
        return csv.reader(
            lines,
            delimiter=self._delimiter,
            quotechar=self._quote,
            quoting=csv.QUOTE_MINIMAL if self._quote else csv.QUOTE_NONE,
            strict=strict,
        )

    def _check_delimiter(self, delimiter: str, spec: TableSpec) -> None:
        wanted = spec.heading_range
        for number, line in enumerate(self._body_lines(), start=self._skipped + 1):
            if number == wanted[-1] if wanted else line.strip("\ufeff \r\n\t"):
                break
        else:
            return
        counts = {sign: line.count(sign) for sign in _DELIMITERS}
        likely = max(_DELIMITERS, key=lambda sign: counts[sign])
        if delimiter not in line and counts[likely]:
            raise DropFault(
                f"its heading holds no {delimiter!r} but {counts[likely]} {likely!r}",
                file=self._file,
                row=number,
                remedy="correct the delimiter in the mapping",
            )

    def records(self) -> Iterator[Record]:
        """Yield the records of a file; raise `csv.Error` at a quotation mark out of place."""
        reader = self._reader(self._body_lines(), strict=True)
        start = self._skipped + 1
        width = 0
        for fields in reader:
            next_start = self._skipped + reader.line_num + 1
            width = max(width, len(fields))
            if next_start - start > 1:
                self._refuse_swallowed(fields, start, width)
            yield start, fields, None
            start = next_start

    def _refuse_swallowed(self, fields: list[str], start: int, width: int) -> None:
        """Refuse a quoted cell with line breaks if its inner lines look like records."""
        delimiter = self._delimiter
        expected = max(width, _FEWEST_SWALLOWED_FIELDS) - 1
        for text in fields:
            if any(line.count(delimiter) >= expected for line in text.splitlines()[1:]):
                raise self._unclosed(start)

    def _unclosed(self, row: int) -> DropFault:
        return DropFault(
            "a quotation mark opened in this row is not closed and swallows later rows",
            file=self._file,
            row=row,
            remedy="correct the row, or set quote: none in the mapping",
        )

    def tolerant_records(self, problems: list[CellProblem]) -> Iterator[Record]:
        """Yield records although quotation marks are out of place, adding to `problems` where.

        Raises
        ------
        DropFault
            Where a misplaced quotation mark joins several lines: patients would vanish.
        """
        taken: list[str] = []

        def remembered() -> Iterator[str]:
            for line in self._body_lines():
                taken.append(line)
                yield line

        reader = self._reader(remembered(), strict=False)
        start = self._skipped + 1
        width = 0
        while True:
            taken.clear()
            try:
                fields = next(reader, None)
            except csv.Error as error:
                raise self._unclosed(start) from error
            if fields is None:
                return
            width = max(width, len(fields))
            if not self._well_quoted(taken):
                if len(taken) > 1:
                    raise self._unclosed(start)
                what = "a quotation mark in the row is out of place"
                kind = ProblemKind.MISPLACED_QUOTE
                problems.append(CellProblem(start, None, None, what, kind))
            elif len(taken) > 1:
                self._refuse_swallowed(fields, start, width)
            yield start, fields, None
            start += len(taken)

    def _well_quoted(self, lines: list[str]) -> bool:
        try:
            list(self._reader(lines, strict=True))
        except csv.Error:
            return False
        return True
