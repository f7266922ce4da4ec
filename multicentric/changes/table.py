"""The one table of changes: a row is one thing that differs between two drops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields

import pandas as pd

LAYERS = ("files", "patients", "cells", "distributions")


@dataclass(frozen=True)
class Change:
    """One difference.

    Attributes
    ----------
    layer
        ``files`` (files and columns), ``patients``, ``cells``, ``distributions``.
    kind
        What happened, such as ``column_gone``, ``patient_added``, ``cell_changed``.
    cause
        ``data`` where the center sent something else; ``mapping`` where it sent the same and we
        read it otherwise.
    about
        Of a changed cell: ``answer`` (a question of ours stood on it), ``outcome`` (a date or event
        of an endpoint) or ``silent``; both of the first are joined.
    variables
        The dictionary's variables that the cell feeds.
    file, sheet, row, column
        The cell in the later drop (in the earlier one, for what is gone).
    note
        Of a value that we read otherwise, the text sent both times; of a change of unit, its
        factor; of a table, its name in the mapping; else what makes the change a grave one.
    """

    layer: str
    kind: str
    cause: str = "data"
    about: str = ""
    patient_id: str | None = None
    variables: str | None = None
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    old: str | None = None
    new: str | None = None
    note: str = ""


COLUMNS = tuple(field.name for field in fields(Change))


def as_table(changes: Iterable[Change]) -> pd.DataFrame:
    """Changes as a table: by layer, then patient and column."""
    table = pd.DataFrame([asdict(change) for change in changes], columns=list(COLUMNS))
    table = table.astype({name: "Int64" if name == "row" else "string" for name in COLUMNS})
    rank = {layer: number for number, layer in enumerate(LAYERS)}
    order = ["layer", "kind", "patient_id", "column", "variables", "old", "new"]
    return table.sort_values(
        order, kind="stable", key=lambda c: c.map(rank) if c.name == "layer" else c
    ).reset_index(drop=True)
