"""SPSS files (.sav, .zsav): codes as they stand, with value labels and codes for missing."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multicentric.reading.cells import (
    CellProblem,
    DropFault,
    RawColumn,
    RawTable,
    column_letter,
    is_filled,
    object_array,
)
from multicentric.reading.delimited import read_bytes
from multicentric.reading.encoding import codec_of
from multicentric.reading.headings import clean_heading
from multicentric.reading.number_text import number_text
from multicentric.reading.spec import TableSpec
from multicentric.reading.table import text_problems

_MAGIC = (b"$FL2", b"$FL3", "$FL2".encode("cp037"))
# SPSS counts dates in seconds from the day on which the Gregorian calendar began.
_EPOCH = datetime.datetime(1582, 10, 14)
_LAST_SECOND = (datetime.datetime.max - _EPOCH).total_seconds()
_DATES = ("DATE", "ADATE", "EDATE", "JDATE", "SDATE", "DATETIME", "YMDHMS")
_PARTS_OF_DATES = ("MOYR", "QYR", "WKYR")
_TIMES = ("TIME", "DTIME", "MTIME")


def read_spss(path: Path, file: str, name: str, spec: TableSpec) -> RawTable:
    """Read an SPSS file.

    Parameters
    ----------
    path
        The file.
    file
        Its path inside the drop.
    name
        Name of the table in the mapping.
    spec
        An `encoding` overrides what the file says of itself. `spec.where` is not applied.

    Returns
    -------
    RawTable
        `rows` are case numbers as SPSS shows them. User-missing codes stay in `text` and are listed
        in `RawColumn.missing`; system-missing values are None.

    Raises
    ------
    DropFault
        If the file is no SPSS file, is damaged, or its text has another encoding.
    """
    head = read_bytes(path, file)[:4]
    if head not in _MAGIC:
        raise DropFault("is no SPSS file (.sav)", file=file, remedy="correct format in the mapping")
    import pyreadstat

    try:
        data, meta = pyreadstat.read_sav(
            str(path),
            encoding=spec.encoding,
            user_missing=True,
            disable_datetime_conversion=True,
            output_format="dict",
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        raise _unreadable(file, spec, str(error)) from error
    columns: dict[str, RawColumn] = {}
    for at, variable in enumerate(meta.column_names):
        heading = clean_heading(variable)
        columns[heading] = _column(
            heading,
            column_letter(at),
            data[variable],
            (meta.original_variable_types.get(variable) or "").upper(),
            meta.variable_value_labels.get(variable, {}),
            meta.missing_ranges.get(variable, []),
            meta.column_names_to_labels.get(variable) or "",
        )
    _refuse_damaged_text(columns, file, spec.encoding or "utf-8")
    filled = np.zeros(meta.number_rows or 0, dtype=bool)
    for column in columns.values():
        filled |= is_filled(column.text)
    rows = np.flatnonzero(filled).astype(np.int64) + 1
    kept = {heading: _only(column, filled) for heading, column in columns.items()}
    problems: list[CellProblem] = text_problems(kept, rows)
    return RawTable(name, file, None, kept, rows, problems)


def _only(column: RawColumn, keep: np.ndarray) -> RawColumn:
    if keep.all():
        return column
    native = None if column.native is None else column.native[keep]
    return RawColumn(
        column.heading,
        column.letter,
        column.text[keep],
        native,
        column.labels,
        column.missing,
        column.description,
    )


def _unreadable(file: str, spec: TableSpec, reason: str) -> DropFault:
    if "encoding" in reason or "codec" in reason:
        said = spec.encoding or "the encoding that the file names"
        return DropFault(
            f"its text is not written in {said}",
            file=file,
            remedy="set another encoding in the mapping, such as cp1254",
        )
    return DropFault("the SPSS file is damaged", file=file, remedy="ask the center for it anew")


def _refuse_damaged_text(columns: dict[str, RawColumn], file: str, declared: str) -> None:
    """Apply the checks for damaged letters to everything in the file that is text."""
    words: list[str] = []
    for column in columns.values():
        words += [column.heading, column.description, *column.labels.values()]
        if column.native is None:
            words += [text for text in column.text if text is not None]
    codec_of("\n".join(words).encode(declared, "replace"), declared, file)


def _column(
    heading: str,
    letter: str,
    values: list[object],
    format_name: str,
    labels: Mapping[Any, str],
    missing: Sequence[Any],
    description: str,
) -> RawColumn:
    known = {_text(code, format_name): str(label) for code, label in labels.items()}
    distinct = set(values) | {code for area in missing for code in area.values()}
    declared = {
        text
        for code in distinct
        if _is_missing(code, missing) and (text := _text(code, format_name)) is not None
    }
    texts: dict[object, str | None] = {}
    natives: dict[object, object] = {}
    for value in set(values):
        texts[value] = _text(value, format_name)
        natives[value] = _native(value, format_name)
    typed = not format_name.startswith("A") or format_name.startswith("ADATE")
    return RawColumn(
        heading,
        letter,
        object_array([texts[value] for value in values]),
        object_array([natives[value] for value in values]) if typed else None,
        {text: label for text, label in known.items() if text is not None},
        frozenset(declared),
        description.strip(),
    )


def _is_missing(value: object, areas: Sequence[Any]) -> bool:
    if isinstance(value, str):
        return any(value.rstrip() == str(area["lo"]).rstrip() for area in areas)
    if not isinstance(value, int | float) or not math.isfinite(value):
        return False
    return any(
        not isinstance(area["lo"], str) and area["lo"] <= value <= area["hi"] for area in areas
    )


def _kind(format_name: str) -> str:
    return format_name.rstrip("0123456789.")


def _moment(value: float) -> datetime.datetime | None:
    return _EPOCH + datetime.timedelta(seconds=value) if 0 <= value <= _LAST_SECOND else None


def _native(value: object, format_name: str) -> object:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    kind = _kind(format_name)
    if kind in _DATES:
        moment = _moment(value)
        is_day = moment is not None and moment.time() == datetime.time(0)
        return moment.date() if moment is not None and is_day else moment
    if kind in _PARTS_OF_DATES or kind in _TIMES:
        return None
    return int(value) if float(value).is_integer() else float(value)


def _text(value: object, format_name: str) -> str | None:
    """Text of a value as SPSS shows it: numbers without needless decimals, dates in ISO form."""
    if isinstance(value, str):
        return value.rstrip() if value.strip() else None
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    kind = _kind(format_name)
    if kind in _TIMES:
        minutes, seconds = divmod(round(value), 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours:02d}:{minutes:02d}:{seconds:02d}"
    moment = _moment(value) if kind in _DATES or kind in _PARTS_OF_DATES else None
    if moment is None:
        return number_text(value)
    day = moment.date().isoformat()
    if kind == "MOYR":
        return day[:7]
    if kind == "QYR":
        return f"{day[:4]}-Q{(moment.month + 2) // 3}"
    if kind == "WKYR":
        return f"{day[:4]}-W{(moment.timetuple().tm_yday + 6) // 7:02d}"
    if moment.time() == datetime.time(0):
        return day
    return moment.isoformat(sep=" ", timespec="seconds")
