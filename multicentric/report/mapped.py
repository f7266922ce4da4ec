"""What the centers' mappings provide: the status of every variable at every center, as a grid."""

from __future__ import annotations

from typing import Any

from multicentric.dictionary import Variable
from multicentric.report.sources import Sources
from multicentric.report.table import Cell, Column, Row, Table

# A grid of more centers than this goes on below.
CENTERS_PER_PART = 9
_SHOWN = {
    "complete": Cell("yes", style="complete"),
    "partial": Cell("in part", style="shade-1"),
    "impossible": Cell("no", style="shade-3"),
    "undetermined": Cell("open", style="shade-2"),
}
_CAPTION = (
    "Yes: mapped completely; in part: only for some patients or in part; no: impossible at this "
    "center; open: not decided yet, or not in the mapping. Variables that are complete at every "
    "center are left out."
)


def _named(variable: Variable) -> str:
    """With its unit, which tells a number from the class made from it; a date is told as one."""
    if variable.kind == "date" and "date" not in variable.label.lower():
        return f"{variable.label}, date"
    return f"{variable.label}, {variable.unit}" if variable.unit else variable.label


def mapping_grid(sources: Sources, status: dict[str, Any], number: int) -> list[Table]:
    """The grid of statuses, a table for every few centers; none where all is complete.

    Parameters
    ----------
    status
        The gate's word on every center; those whose mapping could not be read have no column.
    number
        The number of the table.
    """
    centers = sorted((c for c in status["centers"] if c["mapping"]), key=lambda c: c["center"])
    rows = [
        (_named(variable), [c["mapping"].get(variable.name, "undetermined") for c in centers])
        for variable in sources.dictionary
    ]
    gaps = [(label, statuses) for label, statuses in rows if set(statuses) - {"complete"}]
    if not gaps:
        return []
    return [
        Table(
            f"mapping-{start}" if start else "mapping",
            "Status of the mapping by variable and center" + (" (continued)" if start else ""),
            [
                Column("Variable", align="left"),
                *(Column(c["center"], align="center-head") for c in centers[start:end]),
            ],
            [
                Row((Cell(label), *(_SHOWN[one] for one in statuses[start:end])))
                for label, statuses in gaps
            ],
            caption="" if start else _CAPTION,
            number=number,
            style="quality",
        )
        for start in range(0, len(centers), CENTERS_PER_PART)
        for end in [start + CENTERS_PER_PART]
    ]
