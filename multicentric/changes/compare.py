"""Two drops side by side."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pandas as pd

from multicentric.changes.cells import cell_changes, mapping_changes, patient_changes
from multicentric.changes.distributions import distribution_changes
from multicentric.changes.files import file_changes
from multicentric.changes.outcomes import Outcomes
from multicentric.changes.table import as_table
from multicentric.dictionary import Dictionary
from multicentric.reading import RawTable

_ASKED = ("block", "query")


@dataclass(frozen=True)
class Delivery:
    """One drop as it was read, harmonized and validated.

    Attributes
    ----------
    files
        Tables of the drop by their names in the mapping; empty where it could not be read.
    """

    drop: str
    harmonized: pd.DataFrame
    lineage: pd.DataFrame
    findings: pd.DataFrame
    records: pd.DataFrame
    files: Mapping[str, RawTable] = field(default_factory=dict)


def compare(
    before: Delivery,
    after: Delivery,
    outcomes: Outcomes,
    dictionary: Dictionary,
    same_person: Collection[str] = (),
) -> pd.DataFrame:
    """What differs between two drops of one center.

    Changed cells compare raw texts: the data moved. Values that differ although the raw text is the
    same have the cause ``mapping``: we moved.

    Parameters
    ----------
    same_person
        Variables by which a patient is known again under a new key.

    Returns
    -------
    pandas.DataFrame
        `multicentric.changes.table.COLUMNS`.
    """
    had = outcomes.had(before.harmonized)
    asked = before.findings[before.findings["severity"].isin(_ASKED)]
    cells = {
        (row["patient_id"], name)
        for row in asked.dropna(subset=["patient_id", "variables"]).to_dict("records")
        for name in row["variables"].split(", ")
    }
    tables = before.harmonized, after.harmonized
    lineages = before.lineage, after.lineage
    found = [
        *file_changes(before.files, after.files),
        *patient_changes(
            *tables, (before.records, after.records), same_person, set(had.index[had.any(axis=1)])
        ),
        *cell_changes(*lineages, cells, outcomes.variables),
        *mapping_changes(lineages, tables),
        *distribution_changes(tables, lineages, outcomes, dictionary),
    ]
    return as_table(found)
