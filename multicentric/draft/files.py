"""What a file nobody has described yet is: format, encoding, delimiter, sheets, heading, notes."""

from __future__ import annotations

import csv
import io
import itertools
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from multicentric.draft.grid import TOP_ROWS, heading_rows, notes_below
from multicentric.draft.words import REDCAP_DICTIONARY, REDCAP_EVENT, compact
from multicentric.mapping.folding import tidy
from multicentric.reading import DropFault, RawTable, TableSpec
from multicentric.reading.cells import is_filled
from multicentric.reading.delimited import read_bytes, read_delimited
from multicentric.reading.encoding import codec_of, likely_encoding
from multicentric.reading.package import damaged
from multicentric.reading.redcap import read_redcap
from multicentric.reading.spss import read_spss
from multicentric.reading.table import where
from multicentric.reading.workbook import Workbook

_DELIMITERS = (",", ";", "\t", "|")
_SPSS = (b"$FL2", b"$FL3")
_ZIP, _OLE = b"PK", bytes.fromhex("d0cf11e0a1b11ae1")
# The names of encodings under which people know them.
_SHOWN = {"cp1254": "windows-1254", "cp1252": "windows-1252"}
# A syntax error is that of either XML parser; see `multicentric.reading.workbook`.
_DAMAGE = (zipfile.BadZipFile, zlib.error, SyntaxError, KeyError, ValueError)


# What a mapping says of a table: option to text, or to texts for `where`.
Shape = dict[str, str | dict[str, str]]


@dataclass(frozen=True)
class Found:
    """One table that was found.

    Attributes
    ----------
    name
        What the mapping may call it.
    shape
        What the mapping says of it, key aside.
    table
        Its cells.
    """

    name: str
    shape: Shape
    table: RawTable


@dataclass
class Files:
    """Everything found in the files, and what a person should know of it."""

    tables: list[Found] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def look_at(paths: Sequence[Path]) -> Files:
    """Find the tables of some files.

    Raises
    ------
    DropFault
        If a file cannot be read, or none holds a table.
    """
    found = Files()
    dictionaries = [path for path in paths if _is_redcap_dictionary(path)]
    for path in paths:
        if path in dictionaries:
            continue
        head = read_bytes(path, path.name)[:8]
        if head.startswith(_SPSS):
            spec = TableSpec(file=path.name, format="spss")
            table = read_spss(path, path.name, "patients", spec)
            shape: Shape = {"file": path.name, "format": "spss"}
            found.tables.append(Found("patients", shape, table))
        elif head.startswith((_ZIP, _OLE)):
            _look_at_workbook(path, found)
        else:
            _look_at_text(path, dictionaries, found)
    if not found.tables:
        raise DropFault("no table was found", file=", ".join(path.name for path in paths))
    return replace_names(found)


def replace_names(found: Files) -> Files:
    """Give tables of one name numbers."""
    seen: dict[str, int] = {}
    tables = []
    for one in found.tables:
        seen[one.name] = seen.get(one.name, 0) + 1
        name = one.name if seen[one.name] == 1 else f"{one.name}_{seen[one.name]}"
        tables.append(replace(one, name=name))
    return Files(tables, found.notes)


def _is_redcap_dictionary(path: Path) -> bool:
    raw = read_bytes(path, path.name)
    if raw.startswith((_ZIP, _OLE, *_SPSS)):
        return False
    first = raw.split(b"\n", 1)[0].replace(b"\0", b"").decode("utf-8", "replace")
    names = [tidy(cell).strip('"') for cell in re.split("[,;\t]", first)]
    return any(name in names for name in REDCAP_DICTIONARY)


def _look_at_text(path: Path, dictionaries: Sequence[Path], found: Files) -> None:
    raw = read_bytes(path, path.name)
    encoding = likely_encoding(raw)
    lines = io.StringIO(raw.decode(codec_of(raw, encoding, path.name)), newline="")
    top = list(itertools.islice(lines, TOP_ROWS))
    shape: Shape = {"file": path.name}
    declared: dict[str, str] = {"encoding": encoding}
    delimiter, skipped = _delimiter(top)
    declared["delimiter"] = delimiter
    rows: list[list[str]] = [[] for _ in range(skipped)]
    rows += csv.reader(top[skipped:], delimiter=delimiter)
    heading = heading_rows(rows)
    is_redcap = any(REDCAP_EVENT in row for row in rows[:1]) or bool(dictionaries)
    if is_redcap:
        shape["format"] = "redcap"
        if len(dictionaries) == 1:
            shape["dictionary"] = dictionaries[0].name
    else:
        shape["format"] = "delimited"
        if heading is None:
            # Taking the first row for one would print a patient's texts as headings.
            raise DropFault(
                f"no heading was recognized in its first {len(rows)} rows",
                file=path.name,
                remedy="ask for the file with its headings, or write the mapping by hand",
            )
        if heading.text != "1":
            declared["heading_rows"] = heading.text
    spec = TableSpec.model_validate({**shape, **declared})
    dictionary = dictionaries[0] if len(dictionaries) == 1 else None
    if is_redcap:
        table = read_redcap(path, path.name, "patients", spec, dictionary)
    else:
        table = read_delimited(path, path.name, "patients", spec)
        if _has_notes(table):
            declared["ends"] = "first_empty_row"
            spec = TableSpec.model_validate({**shape, **declared})
            table = read_delimited(path, path.name, "patients", spec)
    said: Shape = {
        option: _SHOWN.get(value, value)
        for option, value in declared.items()
        if (option, value) not in (("encoding", "utf-8"), ("delimiter", ","))
    }
    if said.get("delimiter") == "\t":
        said["delimiter"] = "tab"
    if REDCAP_EVENT in table.columns:
        found.tables += _by_event(shape | said, table)
    else:
        found.tables.append(Found("patients", shape | said, table))


def _delimiter(lines: Sequence[str]) -> tuple[str, int]:
    """The sign that separates the fields, and how many lines come before the table."""
    first = re.fullmatch(r'"?sep=([^\r\n])"?\s*', lines[0].lstrip("\ufeff"), re.IGNORECASE)
    if first:
        return first[1], 1
    counts = {sign: sorted(line.count(sign) for line in lines) for sign in _DELIMITERS}
    # The sign that stands in most lines; a comma inside free text stands in few of them.
    return max(_DELIMITERS, key=lambda sign: (counts[sign][len(lines) // 2], sum(counts[sign]))), 0


def _by_event(shape: Shape, table: RawTable) -> Iterator[Found]:
    events = dict.fromkeys(text for text in table.columns[REDCAP_EVENT].text if text)
    for event in events:
        chosen = where(table, {REDCAP_EVENT: event})
        filled = {
            heading: column
            for heading, column in chosen.columns.items()
            if is_filled(column.text).any()
        }
        name = _slug(re.sub(r"_arm_\d+$", "", event))
        here = {**shape, "where": {REDCAP_EVENT: event}}
        yield Found(name, here, replace(chosen, name=name, columns=filled))


def _look_at_workbook(path: Path, found: Files) -> None:
    with Workbook(path, path.name) as book:
        for title, visible, rows in _sheets(path):
            if not visible:
                found.notes.append(f"{path.name}: the hidden sheet '{title}' was not looked at.")
                continue
            heading = heading_rows(rows)
            if heading is None or len(rows) <= heading.last:
                found.notes.append(f"{path.name}: the sheet '{title}' holds no table.")
                continue
            shape: Shape = {
                "file": path.name,
                "format": "workbook",
                "sheet": title,
            }
            if heading.text != "1":
                shape["heading_rows"] = heading.text
            name = _slug(title)
            table = book.read(name, TableSpec.model_validate(shape))
            if _has_notes(table):
                shape["ends"] = "first_empty_row"
                table = book.read(name, TableSpec.model_validate(shape))
            found.tables.append(Found(name, shape, table))


def _sheets(path: Path) -> Iterator[tuple[str, bool, list[list[str | None]]]]:
    """Title, whether it is shown, and the first rows of each sheet."""
    import openpyxl

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
        try:
            for sheet in book.worksheets:
                sheet.reset_dimensions()
                rows = [
                    [None if value is None else str(value) for value in row]
                    for row in sheet.iter_rows(max_row=TOP_ROWS, values_only=True)
                ]
                yield sheet.title, sheet.sheet_state == "visible", rows
        finally:
            book.close()
    except _DAMAGE as error:
        raise damaged(path.name) from error


def _has_notes(table: RawTable) -> bool:
    counts = np.zeros(len(table.rows), dtype=int)
    for column in table.columns.values():
        counts += is_filled(column.text)
    return notes_below(table.rows.tolist(), counts.tolist(), len(table.columns))


def _slug(title: str) -> str:
    return compact(title) if compact(title).isascii() and compact(title) else "table"
