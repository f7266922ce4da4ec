"""Where a harmonized value came from, for findings that name its cell."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd


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
        self._cells = lineage.drop_duplicates(["patient_id", "variable"]).set_index(
            ["patient_id", "variable"]
        )[["file", "sheet", "row", "column", "raw"]]

    def of(self, patient_id: str, variables: tuple[str, ...]) -> Place:
        """The cells of some variables of a patient.

        The file, sheet and row are those of the first variable that has a cell; columns and raw
        texts of all of them are joined with ``; `` in the order asked.
        """
        cells = [
            self._cells.loc[(patient_id, variable)]
            for variable in variables
            if (patient_id, variable) in self._cells.index
        ]
        cells = [cell for cell in cells if pd.notna(cell["file"])]
        if not cells:
            return Place()
        first = cells[0]
        raws = ["" if pd.isna(cell["raw"]) else str(cell["raw"]) for cell in cells]
        return Place(
            file=first["file"],
            sheet=None if pd.isna(first["sheet"]) else first["sheet"],
            row=None if pd.isna(first["row"]) else int(first["row"]),
            column="; ".join(str(c["column"]) for c in cells if pd.notna(c["column"])) or None,
            raw="; ".join(raws) if any(raws) else None,
        )
