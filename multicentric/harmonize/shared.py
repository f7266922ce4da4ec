"""Drops that several centers share: the rows that belong to none of them, so that none is lost."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from multicentric.dictionary import Dictionary
from multicentric.findings import as_table
from multicentric.harmonize.center import read_drop
from multicentric.harmonize.intake import Intake
from multicentric.harmonize.rows import filtered, matching, report_lost_rows
from multicentric.keyed_hash import KeyedHash
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


def unassigned_rows(
    drop: Path, mapping: Mapping, dictionary: Dictionary, secret: KeyedHash | None = None
) -> Unassigned:
    """Find the rows of a shared drop that no center claims.

    A drop that cannot be read gives none: each of its centers says so itself.

    Parameters
    ----------
    drop
        The drop's folder.
    mapping
        A mapping with a ``centers`` block.
    secret
        See `multicentric.harmonize.harmonize_center`.
    """
    delivered = read_drop(drop, mapping, dictionary, Intake(None), secret)
    intake = Intake(None)
    if mapping.centers is not None and delivered is not None:
        table = delivered.tables[mapping.first_table]
        keys = delivered.keys[mapping.first_table]
        column = table.columns[mapping.centers.column]
        claimed = matching(column.text, mapping.centers.codes, mapping.fold)
        nobodys = filtered(mapping, mapping.first_table, delivered, ~claimed, intake)
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
        report_lost_rows(mapping, delivered, intake)
    held = [one.patient_id for one in intake.found if one.effect == "record held"]
    records = pd.DataFrame(
        {
            "center": pd.array([None] * len(held), dtype="string"),
            "patient_id": pd.array(held, dtype="string"),
            "held": pd.array([True] * len(held), dtype="boolean"),
        }
    )
    return Unassigned(as_table(intake.found), records)
