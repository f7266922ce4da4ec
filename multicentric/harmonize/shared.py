"""Drops that several centers share: the rows that belong to none of them, so that none is lost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from multicentric.findings import as_table
from multicentric.harmonize.center import read_drop
from multicentric.harmonize.intake import Intake
from multicentric.harmonize.rows import filtered, keys_of, matching, report_lost_rows
from multicentric.mapping.language import Mapping


@dataclass(frozen=True)
class Unassigned:
    """The rows of a shared drop that name no center of its closed list.

    Attributes
    ----------
    findings
        One per row (`multicentric.findings.COLUMNS`), without a center.
    records
        One row per record: ``center`` (missing), ``patient_id``, ``held`` (always).
    """

    findings: pd.DataFrame
    records: pd.DataFrame


def unassigned_rows(drop: Path, mapping: Mapping) -> Unassigned:
    """Find the rows of a shared drop that no center claims.

    A drop that cannot be read gives none: each of its centers says so itself.

    Parameters
    ----------
    drop
        The drop's folder.
    mapping
        A mapping with a ``centers`` block.
    """
    reading = Intake(None)
    tables = read_drop(drop, mapping, reading)
    intake = Intake(None)
    if mapping.centers is not None and not reading.center_held:
        table = tables[mapping.first_table]
        column = table.columns[mapping.centers.column]
        claimed = matching(column.text, mapping.centers.codes, mapping.fold)
        nobodys = filtered(mapping, mapping.first_table, table, ~claimed, intake)
        keys = keys_of(table, mapping.tables[mapping.first_table].key)
        for position in np.flatnonzero(nobodys).tolist():
            code = column.text[position]
            words = (
                "names no center" if code is None else f"names the center '{code}', unknown here"
            )
            intake.table(
                table,
                "unassigned_row",
                f"The row {words}.",
                effect="record held",
                row=int(table.rows[position]),
                column=column.heading,
                patient_id=keys[position],
            )
        report_lost_rows(mapping, tables, intake)
    held = [one.patient_id for one in intake.found if one.effect == "record held"]
    records = pd.DataFrame(
        {
            "center": pd.array([None] * len(held), dtype="string"),
            "patient_id": pd.array(held, dtype="string"),
            "held": pd.array([True] * len(held), dtype="boolean"),
        }
    )
    return Unassigned(as_table(intake.found), records)
