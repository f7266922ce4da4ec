"""Findings: our own keyed rows, one per patient and rule, with the place of the cell involved."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    "finding_id",
    "center",
    "patient_id",
    "variables",
    "rule",
    "severity",
    "effect",
    "message",
    "file",
    "sheet",
    "row",
    "column",
    "raw",
    "expected",
    "state",
)


@dataclass(frozen=True)
class Finding:
    """Something that a center or the coordinating center must know.

    Attributes
    ----------
    patient_id
        Empty where a file, a sheet or a row without a key is concerned.
    variables
        The dictionary's variables involved, the first being the one whose cell is named.
    rule
        Stable id: of the reading (``unmapped_code``, ``unreadable_date`` …) or of a study's rule.
    severity
        ``block`` (the record or the center is held), ``query`` (the center is asked), ``note``.
    effect
        ``center held``, ``record held``, ``value removed`` or ``none``.
    state
        ``new``: a finding is about one drop. What became of it over the drops stands in
        ``results/queries``, under the same id.
    row, column
        As a spreadsheet shows them; several cells of one row are joined with ``; ``.
    table
        The mapping's name of the table, where a row or a column of one is concerned: what it is
        called in every drop, whatever its file is called. Empty where the center as a whole is
        meant, so that the id does not hang on a file either.
    """

    center: str | None
    rule: str
    severity: str
    effect: str
    message: str
    patient_id: str | None = None
    variables: tuple[str, ...] = ()
    file: str | None = None
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    raw: str | None = None
    expected: str | None = None
    state: str = "new"
    table: str | None = None

    @property
    def finding_id(self) -> str:
        """Stable across drops: what it is about, not where it stands or what it says."""
        key: list[str | int | None] = [self.center, self.patient_id, self.rule, *self.variables]
        if self.table is not None:
            key.append(self.table)
        if self.patient_id is None:
            place = [] if self.table is not None else [self.file, self.sheet]
            key += [*place, self.row, self.column]
        text = "\x1f".join("" if part is None else str(part) for part in key)
        return _short(text)


def as_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Findings as a table in a stable order: patient, rule, row; no two have one id.

    Findings about the same thing, such as two rows of one patient's key, are told apart by their
    place in that order.
    """
    # What finds is told apart from what tabulates: the workflow itself loads the former only.
    import pandas as pd

    rows = [
        {**asdict(f), "finding_id": f.finding_id, "variables": ", ".join(f.variables)}
        for f in findings
    ]
    table = pd.DataFrame(rows, columns=list(COLUMNS)).astype(
        {name: "Int64" if name == "row" else "string" for name in COLUMNS}
    )
    order = ["center", "patient_id", "rule", "variables", "row", "column"]
    table = table.sort_values(order, kind="stable", na_position="first").reset_index(drop=True)
    number = table.groupby("finding_id").cumcount()
    for row in table.index[number > 0]:
        again = f"{table.at[row, 'finding_id']}\x1f{number[row]}"
        table.at[row, "finding_id"] = _short(again)
    return table


def _short(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
