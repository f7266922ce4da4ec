"""A first mapping of a drop that nobody has described yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from multicentric.dictionary import Dictionary
from multicentric.draft.columns import Column, case_differs, column_of
from multicentric.draft.files import Found, look_at
from multicentric.draft.matching import Proposal, propose
from multicentric.draft.suggestions import (
    Order,
    collapse_for,
    orders_of,
    suggested_centers,
    suggested_filters,
)
from multicentric.draft.values import date_forms
from multicentric.draft.words import KEYS, REDCAP_EVENT, compact
from multicentric.mapping.folding import folding
from multicentric.reading import RawTable

_KEYS = {compact(key) for key in KEYS}
# Share of a patient table's rows whose id stands once; what stands twice is found at intake.
_MOSTLY_DISTINCT = 0.9
_TURKISH = re.compile("[ğĞıİşŞ]")


@dataclass(frozen=True)
class DraftTable:
    """One table of the draft: how it is described, its key, whether patients have many rows."""

    found: Found
    key: str | None
    visits: bool
    decimal: str


@dataclass(frozen=True)
class Draft:
    """What a draft says, before it is written.

    Attributes
    ----------
    tables
        That of the patients first; tables without a key cannot be joined and are not among them.
    ignore_case
        Whether one word stands in capitals here and in small letters there.
    proposals
        Column to variable, with the confidence of each.
    columns
        All columns of the tables, keys aside.
    centers, filters
        Lines of blocks that the files suggest and that a person must decide on.
    notes
        What a person should know of the files.
    """

    center: str
    language: str
    ignore_case: bool
    tables: tuple[DraftTable, ...]
    proposals: tuple[Proposal, ...]
    columns: tuple[Column, ...]
    centers: tuple[str, ...]
    filters: tuple[str, ...]
    notes: tuple[str, ...]


def draft(center: str, files: Sequence[Path], dictionary: Dictionary) -> Draft:
    """Look at the files of a drop and propose how they become the dictionary.

    Parameters
    ----------
    center
        Id of the center.
    files
        The files of one drop; a REDCap data dictionary among them gives its export the labels.

    Raises
    ------
    DropFault
        If a file cannot be read, or none holds a table.
    """
    looked = look_at(files)
    notes = list(looked.notes)
    tables = _tables(looked.tables, notes)
    raw = [column for one in tables for column in one.found.table.columns.values()]
    ignore_case = case_differs(raw)
    fold = folding(ignore_case=ignore_case)
    columns = [
        column_of(one.found.name, column, fold)
        for one in tables
        for column in one.found.table.columns.values()
        if column.heading not in (one.key, REDCAP_EVENT)
    ]
    usable = [column for column in columns if column.personal is None]
    dates = date_forms(usable)
    proposals = propose(
        usable,
        dictionary,
        dates,
        {one.found.name: one.decimal for one in tables},
        {one.found.name for one in tables if one.visits},
    )
    orders = {t.found.name: orders_of(usable, t.found.name, dates) for t in tables if t.visits}
    proposals = [_collapsed(one, tables, orders) for one in proposals]
    filters = [
        line
        for one in tables
        for line in suggested_filters(one.found.name, one.found.table, one.key, usable)
    ]
    letters = " ".join([*(c.heading for c in raw), *(t for c in usable for t in c.counts)])
    turkish = dates.language == "en" and _TURKISH.search(letters)
    return Draft(
        center,
        "tr" if turkish else dates.language,
        ignore_case,
        tuple(tables),
        tuple(proposals),
        tuple(columns),
        tuple(suggested_centers(usable, tables[0].found.name)),
        tuple(filters),
        tuple(notes),
    )


def _collapsed(
    one: Proposal, tables: Sequence[DraftTable], orders: dict[str, list[Order]]
) -> Proposal:
    """The proposal with what its rows say of which to pick, where a patient has many."""
    (table,) = [table for table in tables if table.found.name == one.column.table]
    if not table.visits or table.key is None:
        return one
    others = (by for by in orders[table.found.name] if by.column is not one.column)
    by = next(others, None)
    line = collapse_for(one.variable, one.column, table.found.table, table.key, by)
    return replace(one, collapse=line)


def _tables(found: Sequence[Found], notes: list[str]) -> list[DraftTable]:
    keyed = [_keyed(one) for one in found]
    patients = [one for one in keyed if one.key is not None and not one.visits]
    visits = [one for one in keyed if one.key is not None]
    if not patients and visits:
        first = max(visits, key=lambda one: len(one.found.table.rows))
        rest = [one for one in visits if one is not first]
    elif not patients:
        largest = max(keyed, key=lambda one: len(one.found.table.rows))
        notes.append(
            f"No column of '{largest.found.name}' looks like a patient's id with one row each: "
            "give its heading as key, or keep numbered for a file that is sent once."
        )
        first = DraftTable(largest.found, None, False, largest.decimal)
        rest = []
    else:
        first = max(patients, key=lambda one: len(one.found.table.columns))
        rest = [one for one in keyed if one is not first and one.key is not None]
    for one in keyed:
        if one.found is not first.found and one not in rest:
            notes.append(f"'{one.found.name}' has no column with the patients' ids; left out.")
    return [first, *rest]


def _keyed(found: Found) -> DraftTable:
    columns = found.table.columns
    named = [heading for heading in columns if compact(heading) in _KEYS]
    named += [
        heading
        for heading, column in columns.items()
        if heading not in named and compact(column.description) in _KEYS
    ]
    key = max(named, key=lambda heading: _distinct(found.table, heading), default=None)
    visits = key is not None and _distinct(found.table, key) < _MOSTLY_DISTINCT
    return DraftTable(found, key, visits, _decimal(found.table))


def _distinct(table: RawTable, heading: str) -> float:
    """Share of the filled cells of a column that are different texts."""
    texts = [text for text in table.columns[heading].text if text is not None]
    return len(set(texts)) / len(texts) if texts else 0.0


def _decimal(table: RawTable) -> str:
    """The decimal mark of numbers written as text; a comma only where no point stands."""
    found = {mark: False for mark in ".,"}
    for text in _texts(table):
        number = re.fullmatch(r"[<>%]?\s?-?\d+([.,])\d+\s?%?", text.strip())
        if number:
            found[number[1]] = True
    return "," if found[","] and not found["."] else "."


def _texts(table: RawTable) -> Iterable[str]:
    for column in table.columns.values():
        natives = column.native if column.native is not None else [None] * len(column.text)
        for text, native in zip(column.text, natives, strict=True):
            if text is not None and native is None:
                yield text
