"""Names, national ids and the like in a drop: reported by their heading, and never read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from multicentric.harmonize.identifier_signs import (
    RECORD_NUMBERS,
    Identifier,
    identifier_in_column,
    identifier_in_text,
)
from multicentric.harmonize.intake import Intake
from multicentric.mapping.columns import columns_read
from multicentric.mapping.drops import Table
from multicentric.mapping.language import Mapping
from multicentric.reading import RawColumn, RawTable

# What stands for a text that nobody may see.
WITHHELD = "[withheld]"


@dataclass(frozen=True)
class _Judged:
    """What a column that may tell persons apart comes to."""

    rule: str
    words: str

    @property
    def held(self) -> bool:
        return self.rule in ("identifier_mapped", "identifier_key")


def report_identifiers(
    mapping: Mapping, tables: dict[str, RawTable], intake: Intake, *, keys_hidden: bool
) -> None:
    """One finding per column that tells persons apart; headings only, never a cell.

    A column that nothing reads is a note. Where a variable is made of such a column, or patients
    are called by it, the center is held: otherwise its texts would stand in all that follows. A
    heading that the mapping declares harmless does not count; what stands below it does.

    Parameters
    ----------
    keys_hidden
        Whether patients are called by a hash of their key. Then the key may be anything, but no
        variable may be made of its column.
    """
    read = columns_read(mapping)
    noted: set[tuple[str, str | None, str]] = set()
    for name, table in tables.items():
        for heading, column in table.columns.items():
            variables = read.get((name, heading), ())
            judged = _judged(mapping.tables[name], column, variables, keys_hidden)
            place = (table.file, table.sheet, heading)
            # Two tables may be rows of one sheet: what is only noted is noted once.
            if judged is None or (place in noted and not judged.held):
                continue
            noted.add(place)
            intake.table(
                table,
                judged.rule,
                judged.words,
                severity="block" if judged.held else "note",
                effect="center held" if judged.held else "none",
                column=heading,
                variables=variables,
            )


def _judged(
    table: Table, column: RawColumn, variables: tuple[str, ...], keys_hidden: bool
) -> _Judged | None:
    heading, is_key = column.heading, column.heading == table.key
    harmless = table.harmless.get(heading)
    found = _identifier(column, heading_counts=harmless is None)
    if variables and is_key and keys_hidden:
        words = f"'{variables[0]}' is made of the column '{heading}', the patients' key, which the "
        return _Judged("identifier_mapped", f"{words}settings hide.")
    if variables and found is not None and found.certain:
        words = f"'{variables[0]}' is made of the column '{heading}', which looks like {found.kind}"
        return _Judged("identifier_mapped", f"{words}. {_REMEDY}")
    if harmless is not None and found is None:
        words = f"The heading '{heading}' is declared harmless: {harmless.rstrip('.')}."
        return _Judged("identifier_waived", words)
    if found is None or variables:
        return None
    words = f"The column '{heading}' looks like {found.kind}"
    if not is_key:
        return _Judged("identifier_column", f"{words}: it stays in the raw file.")
    if keys_hidden:
        return _Judged("identifier_column", f"{words}: patients are called by a hash of it.")
    if found.certain and found.kind != RECORD_NUMBERS:
        return _Judged("identifier_key", f"{words}, and patients are called by it. {_KEY_REMEDY}")
    return _Judged("identifier_column", f"{words}, and patients are called by it.")


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


_REMEDY = "Map another column, ask the center for one, or declare the heading harmless."
_KEY_REMEDY = "Hash the keys (patient_keys in config/config.yaml), or give another column as key."


def _identifier(column: RawColumn, *, heading_counts: bool) -> Identifier | None:
    heading, words = (column.heading, column.description) if heading_counts else ("", "")
    return identifier_in_column(heading, words, _texts(column))


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
