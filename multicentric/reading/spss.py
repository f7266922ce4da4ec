"""SPSS files (.sav, .zsav): codes as they stand, with value labels and codes for missing."""

from __future__ import annotations

import codecs
import datetime
import math
import pickle
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from multicentric.reading import spss_process
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
from multicentric.reading.encoding import refuse_damaged
from multicentric.reading.headings import clean_heading
from multicentric.reading.number_text import number_text
from multicentric.reading.spec import TableSpec
from multicentric.reading.table import text_problems

_MAGIC = (b"$FL2", b"$FL3", "$FL2".encode("cp037"))
# SPSS counts dates in seconds from the day on which the Gregorian calendar began.
_EPOCH = datetime.datetime(1582, 10, 14)
_LAST_SECOND = (datetime.datetime.max - _EPOCH).total_seconds()
# Far above what any sound file takes (about a second for 10 MB); a damaged one may never end.
_SECONDS = 60.0
_SECONDS_PER_BYTE = 1e-6
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
    content = _content(path, file, spec)
    columns: dict[str, RawColumn] = {}
    for at, variable in enumerate(content["names"]):
        heading = clean_heading(variable)
        columns[heading] = _column(
            heading,
            column_letter(at),
            content["values"][at],
            (content["formats"].get(variable) or "").upper(),
            content["labels"].get(variable, {}),
            content["missing"].get(variable, []),
            content["descriptions"].get(variable) or "",
        )
    _refuse_damaged_text(columns, file, spec.encoding or _codec(content["encoding"]))
    filled = np.zeros(content["rows"], dtype=bool)
    for column in columns.values():
        filled |= is_filled(column.text)
    rows = np.flatnonzero(filled).astype(np.int64) + 1
    kept = {heading: _only(column, filled) for heading, column in columns.items()}
    problems: list[CellProblem] = text_problems(kept, rows)
    return RawTable(name, file, None, kept, rows, problems)


def _content(path: Path, file: str, spec: TableSpec) -> dict[str, Any]:
    command = [sys.executable, "-I", spss_process.__file__, str(path)]
    if spec.encoding:
        command.append(spec.encoding)
    limit = _SECONDS + path.stat().st_size * _SECONDS_PER_BYTE
    try:
        run = subprocess.run(command, capture_output=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired as error:
        raise _unreadable(file, spec, "timeout") from error
    if run.returncode < 0:  # ended by a signal: the file crashed the library
        raise _unreadable(file, spec, "crash")
    if run.returncode:
        raise RuntimeError(run.stderr.decode(errors="replace"))
    content = pickle.loads(run.stdout)
    if "error" in content:
        raise _unreadable(file, spec, content["error"])
    return content


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
    refuse_damaged("\n".join(words), declared, file, lines=False)


def _codec(named: str | None) -> str:
    """Python's name of the encoding that an SPSS file names; UTF-8 where it names none it knows."""
    try:
        return codecs.lookup(named or "utf-8").name
    except LookupError:
        return "utf-8"


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
