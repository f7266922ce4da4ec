"""First layer: files, sheets and columns of two drops. A rename is proposed, never applied."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from multicentric.changes.table import Change
from multicentric.mapping import Mapping as CenterMapping
from multicentric.reading import DropFault, RawColumn, RawTable, read_tables

# Columns count as one under two names if at least this share of their texts is the same, or their
# names are this alike.
SAME_TEXTS = 0.8
ALIKE = 0.75


def file_changes(before: Mapping[str, RawTable], after: Mapping[str, RawTable]) -> Iterator[Change]:
    """Differences in files, sheets and headings of the tables that a mapping declares.

    Parameters
    ----------
    before, after
        Name of each table to what was read.
    """
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if old is None or new is None:
            table = old or new
            assert table is not None
            kind = "table_gone" if new is None else "table_added"
            yield Change("files", kind, file=table.file, sheet=table.sheet, note=name)
            continue
        place: dict[str, Any] = {"file": new.file, "sheet": new.sheet}
        if old.file != new.file:
            yield Change("files", "file_renamed", old=old.file, new=new.file, **place)
        if old.sheet != new.sheet:
            yield Change("files", "sheet_renamed", old=old.sheet, new=new.sheet, **place)
        yield from _column_changes(old, new)
        if len(old.rows) != len(new.rows):
            yield Change("files", "rows", old=str(len(old.rows)), new=str(len(new.rows)), **place)


def _column_changes(old: RawTable, new: RawTable) -> Iterator[Change]:
    place: dict[str, Any] = {"file": new.file, "sheet": new.sheet}
    gone = [heading for heading in old.columns if heading not in new.columns]
    added = [heading for heading in new.columns if heading not in old.columns]
    for heading in gone:
        twin = _twin(old.columns[heading], [new.columns[name] for name in added])
        if twin is None:
            yield Change("files", "column_gone", column=heading, file=old.file, sheet=old.sheet)
        else:
            added.remove(twin)
            yield Change("files", "column_renamed", column=twin, old=heading, new=twin, **place)
    for heading in added:
        yield Change("files", "column_added", column=heading, **place)


def _twin(column: RawColumn, candidates: list[RawColumn]) -> str | None:
    """Heading of the added column that seems to be the one that is gone."""
    texts = _texts(column)
    best: tuple[float, str] | None = None
    for other in candidates:
        others = _texts(other)
        shared = len(texts & others) / max(len(texts | others), 1)
        alike = difflib.SequenceMatcher(
            None, column.heading.casefold(), other.heading.casefold()
        ).ratio()
        if shared >= SAME_TEXTS or alike >= ALIKE:
            best = max(best or (0.0, ""), (shared + alike, other.heading))
    return best[1] if best else None


def _texts(column: RawColumn) -> set[str]:
    return {text for text in column.text.tolist() if text}


def tables_of(drop: Path, mapping: CenterMapping) -> dict[str, RawTable]:
    """The tables of a drop; none where a file cannot be read, which a finding says already."""
    try:
        return read_tables(drop, {name: table.spec for name, table in mapping.tables.items()})
    except DropFault:
        return {}
