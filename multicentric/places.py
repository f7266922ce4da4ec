"""Where a harmonized value came from, for findings that name its cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

_SHOWN = ["file", "sheet", "row", "column", "raw"]


@dataclass(frozen=True)
class Place:
    """The cell or cells behind one finding, as a center would look them up."""

    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    raw: str | None = None


class Places:
    """Look-up of cells by patient and variable in a center's lineage."""

    def __init__(self, lineage: pd.DataFrame) -> None:
        keys = zip(lineage["patient_id"], lineage["variable"], strict=True)
        self._at: dict[tuple[str, str], int] = {}
        for position, key in enumerate(keys):
            self._at.setdefault(key, position)
        cells = lineage[_SHOWN].astype(object)
        self._cells = cells.where(cells.notna(), None).to_numpy()

    def of_column(self, variable: str) -> Place:
        """The column that a variable was read from; of several that of the first patient."""
        for (_, name), position in self._at.items():
            if name == variable:
                file, sheet, _, column, _ = self._cells[position]
                if file is not None:
                    return Place(file=file, sheet=sheet, column=column)
        return Place()

    def of(self, patient_id: str, variables: tuple[str, ...]) -> Place:
        """The cells of some variables of a patient.

        The file, sheet and row are those of the first variable that has a cell; columns and raw
        texts of all of them are joined with ``; `` in the order asked.
        """
        keys = [(patient_id, variable) for variable in variables]
        cells = [
            dict(zip(_SHOWN, self._cells[self._at[key]], strict=True))
            for key in keys
            if key in self._at
        ]
        cells = [cell for cell in cells if cell["file"] is not None]
        if not cells:
            return Place()
        first: dict[str, Any] = cells[0]
        raws = ["" if cell["raw"] is None else str(cell["raw"]) for cell in cells]
        return Place(
            file=first["file"],
            sheet=first["sheet"],
            row=None if first["row"] is None else int(first["row"]),
            column="; ".join(str(c["column"]) for c in cells if c["column"] is not None) or None,
            raw="; ".join(raws) if any(raws) else None,
        )
