"""Each table as comma-separated values, safe to open in a spreadsheet.

A cell that is a number and nothing else is written as one: point, hyphen for minus, no comma in
thousands. Every other cell stands as printed; one that a spreadsheet would take for a formula gets
an apostrophe before it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator

from multicentric.report.numbers import MINUS
from multicentric.report.word.printed import Head, PrintedTable, Run, text_of

INDEX = "index.csv"
# Spreadsheets know by it that a file is UTF-8.
_MARK = "\ufeff"
_NUMBER = re.compile(rf"{MINUS}?\d{{1,3}}(?:,\d{{3}})+|{MINUS}?\d+(?:[.·]\d+)?")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def separated_files(tables: Iterable[PrintedTable]) -> dict[str, bytes]:
    """File name to content: one file per table, and an index of captions and notes.

    A row that belongs to a group bears the group's name before its own, so that it says by itself
    what it is; a group's head that holds no number is no row.
    """
    files = {}
    index = [["file", "label", "caption", "notes"]]
    for table in tables:
        name = f"{file_name(table)}.csv"
        files[name] = _file(_rows(table))
        notes = " ".join(text_of(_marked(note)) for note in table.notes)
        index.append([name, table.label, text_of(table.caption), notes])
    return files | {INDEX: _file([_cell(text) for text in row] for row in index)}


def file_name(table: PrintedTable) -> str:
    """``table-03-os``: label, then what the table is called in the page."""
    kind, _, number = table.label.partition(" ")
    return f"{kind.lower()}-{int(number):02}-{_name(table.id)}" if number else _name(table.id)


def _name(id: str) -> str:
    return id.removeprefix("table-")


def _file(rows: Iterable[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return (_MARK + out.getvalue()).encode()


def _rows(table: PrintedTable) -> Iterator[list[str]]:
    spanned = list(_spanned(table.spanners)) or [""] * len(table.heads)
    yield [
        _cell(": ".join(text for text in (above, text_of(_marked(head.runs))) if text))
        for above, head in zip(spanned, table.heads, strict=True)
    ]
    group = ""
    for line in table.lines:
        texts = [text_of(_marked(runs)) for runs in line.cells]
        if line.kind == "group":
            group = texts[0]
            if not any(texts[1:]):
                continue
        elif line.kind == "level":
            texts[0] = f"{group}: {texts[0]}" if group else texts[0]
        yield [_cell(text) for text in texts]


def _spanned(spanners: Iterable[Head]) -> Iterator[str]:
    for head in spanners:
        yield from [text_of(head.runs)] * head.columns


def _marked(runs: Iterable[Run]) -> Iterator[Run]:
    """Letters of footnotes in brackets, since nothing is raised in plain text."""
    for run in runs:
        yield Run(f" [{run.text}]") if run.raised else run


def _cell(text: str) -> str:
    text = " ".join(text.split())
    if _NUMBER.fullmatch(text):
        return text.replace(MINUS, "-").replace(",", "").replace("·", ".")
    return f"'{text}" if text.startswith(_FORMULA) else text
