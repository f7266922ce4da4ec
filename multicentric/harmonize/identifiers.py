"""Names, national ids and the like in a drop: reported by their heading, and never read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd

from multicentric.documents import Mistake
from multicentric.harmonize.identifier_signs import (
    RECORD_NUMBERS,
    Identifier,
    identifier_in_column,
    identifier_in_text,
)
from multicentric.harmonize.intake import Intake
from multicentric.mapping.columns import columns_read, uses_of
from multicentric.mapping.language import Mapping
from multicentric.reading import RawColumn, RawTable

# What stands for a text that nobody may see.
WITHHELD = "[withheld]"


def report_identifiers(mapping: Mapping, tables: dict[str, RawTable], intake: Intake) -> None:
    """One finding per column that tells persons apart; headings only, never a cell.

    A column that nothing reads, or that is the patients' key, is a note. Where a variable is made
    of such a column, the center is held: otherwise its texts would stand in findings and lineage.
    """
    read = columns_read(mapping)
    reported: set[tuple[str, str | None, str]] = set()
    for name, table in tables.items():
        key = mapping.tables[name].key
        for heading, column in table.columns.items():
            place = (table.file, table.sheet, heading)
            variables = read.get((name, heading), ())
            found = _identifier(column, mapped=bool(variables), key=heading == key)
            if found is None or place in reported:
                continue
            reported.add(place)
            if variables:
                intake.table(
                    table,
                    "identifier_mapped",
                    f"{_problem(heading, found, variables[0])} {_REMEDY}",
                    column=heading,
                    variables=variables,
                )
                continue
            words = "nothing reads it, and it stays in the raw file"
            if heading == key:
                words = "it is the patients' key; a number that the center gives would do"
            intake.table(
                table,
                "identifier_column",
                f"The column '{heading}' looks like {found.kind}: {words}.",
                severity="note",
                effect="none",
                column=heading,
            )


def identifiers_mapped(mapping: Mapping, tables: dict[str, RawTable]) -> Iterator[Mistake]:
    """Blocks of the mapping that make a variable of a column that tells persons apart."""
    for use in uses_of(mapping):
        column = tables[use.table].columns.get(use.heading)
        if column is not None and use.variable is not None:
            found = _identifier(column, mapped=True, key=False)
            if found is not None:
                line = mapping.line(use.location)
                problem = _problem(use.heading, found, use.variable)
                yield Mistake(mapping.file, line, problem, _REMEDY)


def withhold(mapping: Mapping, tables: dict[str, RawTable]) -> dict[str, RawTable]:
    """The tables with `WITHHELD` for each text of a mapped column that holds an identifier.

    So the text reaches neither table nor lineage nor findings; what stands for it is like any text
    that the mapping does not provide for.
    """
    hidden = dict(tables)
    for (name, heading), variables in columns_read(mapping).items():
        table = hidden[name]
        if not variables or heading not in table.columns:
            continue
        column = _without_identifiers(table.columns[heading])
        if column is not table.columns[heading]:
            hidden[name] = replace(table, columns={**table.columns, heading: column})
    return hidden


def report_withheld(mapping: Mapping, tables: dict[str, RawTable], intake: Intake) -> None:
    """A note for each mapped column in which texts are withheld, since a copied one asks nobody."""
    for (name, heading), variables in columns_read(mapping).items():
        column = tables[name].columns.get(heading)
        cells = int((column.text == WITHHELD).sum()) if variables and column is not None else 0
        if cells:
            intake.table(
                tables[name],
                "identifier_withheld",
                f"Cells of the column '{heading}' that hold an identifier of a person were not "
                f"read: {cells}.",
                severity="note",
                effect="none",
                column=heading,
                variables=variables,
            )


_REMEDY = "Map another column, or ask the center for one."


def _problem(heading: str, found: Identifier, variable: str) -> str:
    return f"'{variable}' is made of the column '{heading}', which looks like {found.kind}."


def _identifier(column: RawColumn, *, mapped: bool, key: bool) -> Identifier | None:
    found = identifier_in_column(column.heading, column.description, _texts(column))
    if found is None or (mapped and not found.certain):
        return None
    # The center's own number of the record is what a key is meant to be.
    return None if key and found.kind == RECORD_NUMBERS else found


def _texts(column: RawColumn) -> Iterator[str]:
    return (str(text) for text in pd.unique(column.text) if text is not None)


def _without_identifiers(column: RawColumn) -> RawColumn:
    telling = {text for text in _texts(column) if identifier_in_text(text) is not None}
    if not telling:
        return column
    mask = np.array([text in telling for text in column.text], dtype=bool)
    text = column.text.copy()
    text[mask] = WITHHELD
    native = column.native
    if native is not None:
        native = native.copy()
        native[mask] = None
    return replace(column, text=text, native=native)
