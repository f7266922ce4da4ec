"""The stage that compares: the last two drops of a center as results hold them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from multicentric.changes.compare import Delivery, compare
from multicentric.changes.files import tables_of
from multicentric.changes.outcomes import outcomes_of
from multicentric.dictionary import Dictionary
from multicentric.mapping import load_mapping
from multicentric.tables import read_table


def compare_results(
    folders: Sequence[str],
    mappings: Sequence[str],
    tables: Sequence[str],
    lineages: Sequence[str],
    findings: Sequence[str],
    records: Sequence[str],
    protocol: Any,
    dictionary: Dictionary,
) -> pd.DataFrame:
    """Compare two drops, the earlier first, from the files that earlier stages wrote for each.

    Parameters
    ----------
    protocol
        The study's part for pooling: its endpoints, and what makes two records one person.
    """
    parts = zip(folders, mappings, tables, lineages, findings, records, strict=True)
    before, after = (
        Delivery(
            drop=Path(folder).name,
            harmonized=read_table(Path(table)),
            lineage=read_table(Path(lineage)),
            findings=read_table(Path(found)),
            records=read_table(Path(sent)),
            files=tables_of(Path(folder), load_mapping(Path(mapping))),
        )
        for folder, mapping, table, lineage, found, sent in parts
    )
    same = protocol.same_person.same if protocol.same_person else []
    return compare(before, after, outcomes_of(protocol), dictionary, same)
